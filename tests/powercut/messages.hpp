#pragma once
// Partners' messages as a file of bytes, and the connections that send them.

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bongsu::powercut {

/// One message as its partner puts it on the wire.
struct Message {
    std::size_t lane = 0;  ///< The connection that sends it, after the lane's messages before it.
    std::string way;       ///< "http" or the key of a partner that has a port of its own.
    std::string name;      ///< "SENDER NUMBER STATE": what the acknowledgement is called.
    std::string bytes;
};

/// Reads "LANE WAY SIZE NAME\n", SIZE bytes and "\n", again and again. Ends the process with a sentence when it is not so.
std::vector<Message> read_messages(const std::string& path);

/// Sends each lane's messages in order, all lanes at once, each message after the answer to the one before.
/// `ports`: of each way, on the loopback address. `acknowledged` is called with the name after the positive answer
/// has come whole, from the lanes' threads, one call at a time. Answers what went wrong; empty when all was acknowledged.
/// A lane ends at its first message that was not.
std::string send_all(const std::vector<Message>& messages, const std::map<std::string, int>& ports,
                     const std::function<void(const std::string&)>& acknowledged);

/// One HTTP request, as bytes, on a connection of its own; its answer, empty when there was none within a minute.
std::string ask_http(int port, const std::string& request);

/// Prints the sentence and ends the process with 1; as the first process of a kernel, the kernel too.
[[noreturn]] void give_up(const std::string& what);

}  // namespace bongsu::powercut
