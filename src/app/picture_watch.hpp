#pragma once
// Looks at the pictures of all cameras in turn: which of them are black or frozen.

#include <functional>
#include <memory>
#include <vector>

#include "app/media_loop.hpp"
#include "decode/client.hpp"
#include "ingest/picture_health.hpp"

namespace bongsu::app {

/// Cameras that stream are looked at as they are pulled anyway: nothing is pulled for it.
///
/// Threads: the first loop; asks the others by their post(). Loops and decoder outlive it.
class PictureWatch {
  public:
    using Told = std::function<void(const CameraId&, ingest::PictureVerdict)>;

    PictureWatch(env::Clock& clock, decode::Decoder& decoder, std::vector<MediaLoop*> loops, Told told);

    /// Each 100 ms.
    void tick();

  private:
    struct Found {
        media::BlockPtr block;
        media::Format format;
    };
    static Found find(MediaLoop& loop, const CameraId& camera);
    void gather();
    void look_at(const CameraId& camera);
    void judge(const CameraId& camera, const Found& found);
    void tell(const CameraId& camera, std::optional<ingest::PictureVerdict> verdict);

    env::Clock& clock_;
    decode::Decoder& decoder_;
    std::vector<MediaLoop*> loops_;
    Told told_;

    ingest::PictureRounds rounds_;
    std::vector<std::vector<CameraId>> showing_;  // By loop, as it said last.
    MonoTime gathered_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::app
