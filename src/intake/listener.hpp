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

/// Bounds: the profile's connections are in, as many are at the door; who gives way says places.hpp. Each holds at most
/// 16 KiB of reading, 64 KiB of unread answers and a frame as its format bounds it (256 KiB): 64 and 64 are 42 MiB at worst.
/// Threads: the loop's. Ownership: loop, clock and counters outlive it. Its end closes its connections.
class Listener {
  public:
    /// False: the store takes no more; the session says so to the peer.
    using Deliver = std::function<bool(Arrival)>;

    virtual ~Listener() = default;

    /// `fd` is a listening TCP socket and belongs to the listener from now on; the profile has `listen`.
    /// Errors: invalid for certificates that cannot be read.
    static Result<std::unique_ptr<Listener>> start(boost::asio::io_context& loop, const env::Clock& clock, int fd,
                                                   std::shared_ptr<const event::Profile> profile, Counters& counters,
                                                   Deliver deliver);

    /// From here on connections are let in and bounded by this profile, on the same port. Those that are open go on as they
    /// were agreed, unless what lets a partner in or how its bytes are read is another now: then they are closed.
    /// Errors: as start(); the old profile stays.
    virtual Result<void> update(std::shared_ptr<const event::Profile> profile) = 0;
};

/// Errors: invalid, naming the field of `listen` whose certificate or key cannot be used. Threads: any.
Result<void> check_certificates(const event::Profile& profile);

}  // namespace bongsu::intake
