#pragma once
// A site's control process, on sockets that are bound for it, as its supervisor does.

#include <sys/types.h>

#include <map>
#include <string>

namespace bongsu::powercut {

struct CentreOptions {
    std::string program, data, console;
    std::string log;  ///< Takes what the process says.
};

/// Started by the constructor, killed by kill -9 in the destructor. Ends our process with a sentence when it cannot start.
class Centre {
  public:
    explicit Centre(const CentreOptions& options);
    Centre(const Centre&) = delete;
    Centre& operator=(const Centre&) = delete;
    ~Centre() { kill(); }

    /// Waits until its site is open; ends our process with what it said when it dies first, or after two minutes.
    void wait_until_open();
    /// kill -9, and waits for its end.
    void kill();
    /// Of "http" and of each partner with a port of its own.
    const std::map<std::string, int>& ports() const { return ports_; }
    std::string log() const;

  private:
    pid_t pid_ = -1;
    std::string log_;
    std::map<std::string, int> ports_;
};

}  // namespace bongsu::powercut
