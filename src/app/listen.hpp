#pragma once
// Listening sockets, bound before anything starts and handed down to children by number.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

/// A TCP socket that listens on 127.0.0.1:port, close-on-exec. Errors: conflict, with a sentence for the
/// person at the terminal ("port 8300 is in use by another program: choose another with --port").
Result<int> listen_tcp(int port);
/// A UDP socket bound to 127.0.0.1:port with 4 MiB buffers.
Result<int> bind_udp(int port);

/// A blocking connection to 127.0.0.1:port with 2 s deadlines for reading and writing.
Result<int> connect_tcp(int port);

/// A listening Unix socket for this user alone; what lay at its path is gone. Errors: invalid for a path that is too long.
Result<int> listen_unix(const std::string& path);
/// As many descriptors as the system allows this process; shells and services begin with a thousand.
void raise_descriptors();

/// A socket that is bound to this machine alone.
bool is_on_loopback(int fd);

}  // namespace bongsu::app
