#pragma once
// A partner's port: accepts, speaks TLS where that is agreed, and drives a Session for each connection.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "env/env.hpp"
#include "event/profile.hpp"
#include "intake/session.hpp"

namespace bongsu::intake {

/// A message on its way to the store. `answer` may be called once, on the loop, also after the connection is
/// gone.
struct Arrival {
    std::string profile;  ///< Key.
    std::string remote;   ///< "203.0.113.7:51234".
    std::string bytes;
    event::Refusal framing;
    std::function<void(std::string)> answer;
};

/// Certificates as they stand in their files (PEM); empty without TLS.
struct Certificates {
    std::string chain, key, client_ca;
};

/// Bounds: the profile's connections; one more is accepted and closed, so that the peer learns it.
/// Threads: the loop's. Ownership: loop, clock, profile and counters outlive it. Its end closes its connections.
class Listener {
  public:
    /// False: the store takes no more; the session says so to the peer.
    using Deliver = std::function<bool(Arrival)>;

    virtual ~Listener() = default;

    /// `fd` is a listening TCP socket and belongs to the listener from now on; the profile has `listen`.
    /// Errors: invalid for certificates that cannot be read.
    static Result<std::unique_ptr<Listener>> start(boost::asio::io_context& loop, const env::Clock& clock, int fd,
                                                   const event::Profile& profile, const Certificates& certificates,
                                                   Counters& counters, Deliver deliver);
};

}  // namespace bongsu::intake
