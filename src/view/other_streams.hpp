#pragma once
// What a viewer may have of a camera who cannot play the stream that his ticket is for.

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "hub/stream.hpp"

namespace bongsu::view {

/// One after the other, each once: the camera's small stream, then what is made of it in H.264. Pure.
class OtherStreams {
  public:
    /// Null where there is none.
    using Find = std::function<hub::Stream*(const CameraId& camera, int height)>;

    OtherStreams() = default;
    /// `finds` outlives it.
    OtherStreams(const std::vector<Find>& finds, CameraId camera, int height) : finds_(&finds), camera_(std::move(camera)), height_(height) {}

    /// The next one that is there and is not `now`; null when there is no further one.
    hub::Stream* next(const hub::Stream* now) {
        while (finds_ != nullptr && at_ < finds_->size()) {
            auto* found = (*finds_)[at_++](camera_, height_);
            if (found != nullptr && found != now) return found;
        }
        return nullptr;
    }
    bool begun() const { return at_ > 0; }

  private:
    const std::vector<Find>* finds_ = nullptr;
    CameraId camera_;
    int height_ = 0;
    std::size_t at_ = 0;
};

/// Whether a stream that has no picture will have none: it says why itself. Null: wait.
inline std::shared_ptr<const Error> refusal_of_stream(const hub::Stream& stream) { return stream.live() ? nullptr : stream.refusal(); }

}  // namespace bongsu::view
