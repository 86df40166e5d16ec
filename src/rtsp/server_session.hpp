#pragma once
// The serving side of RTSP (RFC 2326): one track, interleaved on channel 0 or over UDP. Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "rtsp/auth.hpp"
#include "rtsp/message.hpp"
#include "rtsp/transport.hpp"

namespace bongsu::rtsp {

/// One connection's conversation. The driver feeds requests, sends `Step::send`, and answers the questions
/// that the session asks by `Step::want`: admit → admitted(), describe → described(), play → played(). Requests
/// that come meanwhile wait.
///
/// The first request that is admitted fixes path and credentials of the connection. Being admitted is no view:
/// what may be watched is decided at PLAY.
/// Time:    deadline() says when the driver has to cut: 30 s without PLAY, 10 s without a request before it,
///          60 s of silence after it (the advertised timeout, twice its keep-alive), or the lease of a relay.
/// Bounds:  16 requests waiting, 5 refusals of credentials. Beyond: Want::close, with an answer to each (503 to all that wait).
/// Threads: none inside.
class ServerSession {
  public:
    enum class Want : std::uint8_t {
        nothing,
        admit,     ///< Look at admission() and call admitted().
        describe,  ///< Call described().
        play,      ///< Call played(); when that was a yes, send its `send` and then the pictures.
        close,     ///< Send `send`, then close.
    };
    struct Step {
        std::string send;
        Want want = Want::nothing;
    };
    struct Admission {
        std::string path;           ///< "/11440-0001"; without query, trailing '/' and track.
        std::string method;         ///< For Digest.
        std::string authorization;  ///< As sent; may be empty. Secret.
        std::string ticket;         ///< Of `?ticket=`; may be empty. Secret.
    };

    /// `challenge` goes out with each 401. `session_id` is unguessable.
    ServerSession(Challenge challenge, std::string session_id, MonoTime now);

    Step on_text(std::string_view head, std::string_view body, MonoTime now);
    /// Any traffic that shows life without being a request, such as RTCP. Does not renew a lease.
    void on_life(MonoTime now);
    /// An error of kind unauthenticated is answered with 401, forbidden 403, not_found 404, exhausted 453,
    /// others 503.
    Step admitted(const Result<void>& verdict, MonoTime now);
    Step described(const Result<std::string>& sdp, MonoTime now);
    /// A refusal ends the connection.
    Step played(const Result<void>& verdict, MonoTime now);
    /// From now on SETUP may have RTP over UDP, to `peer` alone, from these ports of ours. Again when more is known of them.
    void serve_udp(std::string peer, ServedPorts ports);
    /// Why RTP over UDP is not served, for the refusal; a literal. What is said before any call: that it is not served here.
    void refuse_udp(std::string_view why) { no_udp_ = why; }
    /// From now on only requests within `lease` of each other keep the session (a relay, ADR 0004), and
    /// RTP goes over TCP.
    void set_lease(std::chrono::milliseconds lease) { lease_ = lease; }

    const Admission& admission() const { return admission_; }
    bool playing() const { return playing_; }
    /// What the last SETUP got.
    const Chosen& transport() const { return chosen_; }
    bool leased() const { return lease_.count() > 0; }
    MonoTime deadline() const;

  private:
    enum class Phase : std::uint8_t { open, asking, admitted };

    Step answer(const Request& request, MonoTime now);
    Step answer_admitted(const Request& request);
    Step answer_setup(const Request& request);
    Step refuse_setup(const Request& request, const Chosen& chosen);
    Step answer_play(const Request& request);
    Step reply_playing(const Request& request);
    Step reply(const Request& request, int status, Headers extra = {}, std::string body = {});
    Step resume(Step step, MonoTime now);
    Step refuse(const Error& error, MonoTime now);
    Step refuse_all();

    Challenge challenge_;
    std::string session_id_;
    Phase phase_ = Phase::open;
    Admission admission_;
    Request asked_;  // The request that an open question belongs to.
    std::vector<Request> waiting_;
    int refused_ = 0;
    bool set_up_ = false, playing_ = false;
    Chosen chosen_;
    std::string peer_;
    ServedPorts served_;
    std::string_view no_udp_ = "RTP over UDP is not served here";
    MonoTime born_, renewed_, alive_;
    std::chrono::milliseconds lease_{0};
};

}  // namespace bongsu::rtsp
