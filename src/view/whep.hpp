#pragma once
// WHEP (RFC 9725) as a function of a request: POST /whep/{camera}, DELETE /whep/session/{id}.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "http/message.hpp"
#include "view/whep_session.hpp"

namespace bongsu::view {

struct WhepHooks {
    /// The stream of this camera that fits the height (0 = no limit), or null for an unknown camera. It stays
    /// valid until Whep::forget(camera) returned. Readers drive the pull: see hub::Stream::on_wanted.
    std::function<hub::Stream*(const CameraId& camera, int height)> stream;
    /// For a viewer that does not take the codec of `stream`, in this order.
    std::vector<OtherStreams::Find> others = {};
    std::function<void(std::size_t)> on_sessions = {};  ///< How many sessions there are, whenever that changed.
    std::string prefix = {};                            ///< Of each session's id: whose it is, where there are several.
};

struct WhepStats {
    std::uint64_t answered = 0, refused = 0, no_picture = 0;
};

/// Threads: the loop. Destroy it before the endpoint, the door and the streams.
/// Bounds:  kWaitingMax sessions before their answer; the endpoint bounds those after it.
class Whep {
  public:
    static constexpr std::size_t kWaitingMax = 256;
    using Reply = std::function<void(http::Response)>;  ///< http::Reply

    Whep(WhepSession::Tools tools, WhepHooks hooks);
    ~Whep();
    Whep(const Whep&) = delete;
    Whep& operator=(const Whep&) = delete;

    /// Serves everything below /whep; `reply` is called once on the loop, at once or within 12 s.
    /// 201, 204 (preflight), 200 (DELETE), 400 an offer that can never work (`field` names its line; the
    /// ticket is as good as before), 401 ticket, 403 origin, 404 camera or session, 405, 415, 429, 503.
    void handle(const http::Request& request, Reply reply);
    /// Ends the sessions of a camera whose streams are about to be destroyed.
    void forget(const CameraId& camera, const std::string& reason);
    /// Ends all, for a clean stop.
    void stop(const std::string& reason);

    std::size_t sessions() const { return sessions_.size(); }
    const WhepStats& stats() const { return stats_; }

  private:
    http::Response preflight() const;
    void post(const http::Request& request, const std::string& camera, const Reply& reply);
    void begin(Ask ask, const http::Request& request, int height, const Reply& reply);
    http::Response remove(const std::string& id);
    http::Response answer_of(const std::string& id, Result<std::string> answer);
    std::string random_id();
    void count() const;

    WhepSession::Tools tools_;
    WhepHooks hooks_;
    std::map<std::string, std::shared_ptr<WhepSession>> sessions_;
    std::size_t waiting_ = 0;
    WhepStats stats_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::view
