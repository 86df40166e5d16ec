#pragma once
// One event loop of the media process: its share of the cameras, what it reads of the others', its ways out.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "app/media.hpp"
#include "app/media_ways.hpp"
#include "base/post.hpp"
#include "hub/mirror.hpp"
#include "ingest/supervisor.hpp"
#include "transcode/stand_in.hpp"

namespace bongsu::app {

using CameraSet = std::set<CameraId>;

/// A camera belongs to one loop, by its id: that loop pulls it. Its viewers sit on any loop; those of another than the
/// owner's read a mirror. The first loop is the process's own: gate, spool, control's connection and HTTP live there.
///
/// Threads: post() from any; all else on the loop, or while none of the loops runs.
/// Bounds:  what other loops hand over is as much as they have views and cameras; counted in the longest turn.
class MediaLoop {
  public:
    /// `transcoder`: its socket; empty where nothing is transcoded.
    MediaLoop(env::Env& env, std::size_t index, ingest::Hooks hooks, const ingest::PullSettings& pull, std::string transcoder = {});
    ~MediaLoop();

    /// Which of `loops` a camera belongs to.
    static std::size_t owner_of(const CameraId& camera, std::size_t loops);

    std::size_t index() const { return index_; }
    boost::asio::io_context& context() { return loop_; }
    const Post& post() const { return post_; }
    ingest::Supervisor& cameras() { return cameras_; }

    /// All loops of the process, before any of them runs.
    void meet(std::vector<MediaLoop*> all) { all_ = std::move(all); }
    /// The stream of this camera as this loop's viewers read it; null for one that is not listed. Stays good while a cursor
    /// is on it.
    hub::Stream* find(const CameraId& camera, int height);
    /// Likewise what stands in for a camera of H.265 (transcode::StandIn); null where nothing is transcoded.
    hub::Stream* find_stand_in(const CameraId& camera);
    /// The loop's own cameras, and all that are served here. Once every loop was given its own: refresh().
    void set_cameras(const std::vector<ingest::CameraSource>& own, std::shared_ptr<const CameraSet> listed);
    /// Looks again where the other loops' cameras are.
    void refresh();

    /// The ways out of this loop; none before it is set.
    std::unique_ptr<MediaWays> ways;
    /// Browsers' views on this loop (WebRTC, MP4). Any thread.
    std::atomic<std::size_t> viewers = 0;

    /// What the loop counted, for /metrics.
    boost::json::object figures() const;

    void start_thread();
    /// Ends the thread, if there is one, after its present turn.
    void end_thread();
    /// Lets go of other loops' streams and runs what is left to do. While no loop runs, for all loops, then once more.
    void clear();

  private:
    enum class Which : std::uint8_t { main, small, stand_in };
    void hand_over(std::function<void()> task);
    void take_turn();
    hub::Stream* find_mirror(const CameraId& camera, Which which);
    hub::Stream* own_stand_in(const CameraId& camera);
    hub::Stream* original_of(const CameraId& camera);
    void end_stand_ins();

    env::Env& env_;
    const std::size_t index_;
    boost::asio::io_context loop_{1};
    std::mutex mutex_;
    std::vector<std::function<void()>> handed_over_;  // By other loops, for one turn.
    Post post_;
    ingest::Supervisor cameras_;
    std::vector<MediaLoop*> all_;
    std::shared_ptr<const CameraSet> listed_ = std::make_shared<CameraSet>();
    std::map<std::pair<CameraId, Which>, std::unique_ptr<hub::Mirror>> mirrors_;
    const std::string transcoder_;
    transcode::Counters transcodes_;
    std::map<CameraId, std::unique_ptr<transcode::StandIn>> stand_ins_;  // Of the loop's own cameras.
    std::vector<std::unique_ptr<transcode::StandIn>> ended_stand_ins_;   // Until their last reader has gone.
    std::thread thread_;
};

}  // namespace bongsu::app
