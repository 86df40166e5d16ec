#pragma once
// What the first process of a guest kernel sets up: a disk that writes down every write, flush and mark.

#include <string>

namespace bongsu::powercut {

/// The host's files are there and cannot be written. Mounts what programs need (/proc, a memory disk on /run) and takes the loopback interface up.
void begin_guest();

/// A file system on a device of dm-log-writes: /dev/ubda holds the data, /dev/ubdb the log. Ends our process (and with it
/// the kernel) with a sentence when something cannot be had.
class LoggedDisk {
  public:
    explicit LoggedDisk(const std::string& mount_point);
    LoggedDisk(const LoggedDisk&) = delete;
    LoggedDisk& operator=(const LoggedDisk&) = delete;

    /// Writes the text, its spaces as '/', into the log, behind every write that a flush has made durable before this call.
    void mark(const std::string& text);
    /// Unmounts, and leaves the log whole.
    void end();

  private:
    int control_ = -1;  // /dev/mapper/control
    std::string mount_point_;
};

}  // namespace bongsu::powercut
