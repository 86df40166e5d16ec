#pragma once
// One connection to a partner, plain or TLS: opened to an address that was checked, then written and read.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bongsu::outbound {

/// One open(), then write() and read() one at a time; what ends with a reason ends the wire.
/// Threads: the loop's. Ownership: holds itself while something is under way; close() ends that, and nothing is called
/// after it.
class Wire {
  public:
    virtual ~Wire() = default;
    /// `why` is empty when it worked, else a sentence for the delivery's record.
    using Done = std::function<void(std::string why)>;
    struct Piece {
        std::string_view bytes;  ///< Until the next call.
        bool ended = false;      ///< The partner said that there is no more.
        std::string why{};       ///< As of Done.
    };

    virtual void open(const boost::asio::ip::tcp::endpoint& to, Done done) = 0;
    /// `bytes` stand until `done`.
    virtual void write(std::string_view bytes, Done done) = 0;
    virtual void read(std::function<void(Piece)> got) = 0;
    virtual void close() = 0;
    /// What has not come yet, for who waits no longer: "no answer".
    virtual std::string_view missing() const = 0;
};

std::shared_ptr<Wire> plain_wire(boost::asio::io_context& loop);

}  // namespace bongsu::outbound
