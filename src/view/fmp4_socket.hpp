#pragma once
// One WebSocket of fMP4: one camera, or many with their numbers.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "http/server.hpp"
#include "view/fmp4_view.hpp"

namespace bongsu::view {

/// What goes over it, in the order of its streams, is one message at a time, so that no more than about one picture waits in
/// this process, whoever reads how slowly; the streams take turns.
///
/// One camera (`WS /fmp4/{camera}`): {"mime":".."}, the init segment, fragments; with a new format the three again. Its end
/// is a close frame with one of Fmp4View's codes and the reason; what never opened says {"error":{"code","message"}} first.
/// Many (`WS /fmp4`): {"open":{"id","camera","ticket","codecs"?}} and {"close":id} in; {"opened":id,"mime"},
/// {"changed":id,"mime"}, {"closed":{"id","reason"}} and {"error":{"id"?,"code","message","field"?}} out; each binary
/// message begins with the id in 4 bytes, big-endian. A frame that cannot be read is answered and the socket goes on.
///
/// Bounds:  kStreamsMax streams, kUntakenMax texts that wait; a socket that takes nothing for 5 s is closed, and so is one on
///          which nothing was watched for kIdleMax.
/// Threads: the loop. Held by shared_ptr in Fmp4Out until closed() was called.
class Fmp4Socket : public std::enable_shared_from_this<Fmp4Socket> {
  public:
    static constexpr std::size_t kStreamsMax = 100, kUntakenMax = 512;
    static constexpr std::chrono::seconds kIdleMax{60};

    /// Who looks; `remote` is "host:port".
    struct Viewer {
        std::string remote;
        std::vector<std::string> codecs;
    };
    Fmp4Socket(const Fmp4View::Tools& tools, std::shared_ptr<http::Socket> socket, Viewer viewer);

    /// For one camera; once, before anything else.
    void watch(const CameraId& camera, std::string ticket);
    /// For many.
    void hear(const std::string& text);
    void drained();
    void closed();
    void tick(MonoTime now);
    void forget(const CameraId& camera, const std::string& reason);
    void stop(const std::string& reason);

    std::size_t views() const { return streams_.size(); }
    /// Since when nothing is watched on it; none while something is, or when it has ended.
    std::optional<MonoTime> idle_since() const;

  private:
    struct Stream {
        std::shared_ptr<Fmp4View> view;
        bool is_announced = false, is_ready = false;
    };
    Result<void> take(const boost::json::object& message, std::optional<std::uint32_t>& id);
    Result<void> take_open(const boost::json::object& open, std::optional<std::uint32_t>& id);
    void open(std::uint32_t id, Ask ask, std::vector<std::string> codecs);
    void on_ready(std::uint32_t id);
    void on_ended(std::uint32_t id, const Fmp4View::End& end);
    void pump();
    void send(std::uint32_t id, Stream& stream, const Fmp4View::Piece& piece);
    void say(const boost::json::object& message);
    void say_error(std::optional<std::uint32_t> id, const Error& error);
    void end_all(Fmp4Code code, const std::string& reason);

    const Fmp4View::Tools& tools_;
    std::shared_ptr<http::Socket> socket_;
    const Viewer viewer_;
    bool is_alone_ = false;
    std::map<std::uint32_t, Stream> streams_;
    std::deque<std::uint32_t> ready_;  // Whose turn it is.
    bool busy_ = false;                // Something has not been taken by the kernel yet.
    MonoTime busy_since_{}, idle_since_;
    std::size_t untaken_texts_ = 0;
};

}  // namespace bongsu::view
