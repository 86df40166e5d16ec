#pragma once
// The door on the gate's own loop.

#include <functional>
#include <unordered_map>
#include <vector>

#include "env/env.hpp"
#include "view/door.hpp"

namespace bongsu::view {

/// Threads: the gate's loop. Bounds: kArrivingMax tickets that wait for their camera; more are refused at once.
class GateDoor final : public Door {
  public:
    static constexpr std::size_t kArrivingMax = 256;

    /// `is_here`: whether this process has such a camera.
    GateDoor(env::Env& env, Gate& gate, std::function<bool(const CameraId&)> is_here);

    void admit(const Ask& ask, std::function<void(Result<Admitted>)> done) override;
    void open(Ask ask, Cut cut, std::function<void(Result<Pass>)> done) override;
    void close(std::uint64_t number, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) override;
    bool allows_origin(std::string_view origin) const override;

    /// Answers those who waited for a camera that has come, or long enough. Call when cameras change, and each 250 ms.
    void serve_arrived();

  private:
    struct Arriving {
        CameraId camera;
        MonoTime until;
        std::function<void()> go;
    };
    struct View {
        ViewId id;
        Cut cut;
        std::function<void(Result<Pass>)> done;  // Until it was called.
        Pass pass;
    };

    Result<Admitted> judge(const Ask& ask);
    void on_cut(std::uint64_t number, const std::string& reason);
    void on_synced(std::uint64_t number);

    env::Env& env_;
    Gate& gate_;
    std::function<bool(const CameraId&)> is_here_;
    std::vector<Arriving> arriving_;
    std::unordered_map<std::uint64_t, View> views_;  // At most Gate::kViewsMax.
    std::uint64_t last_number_ = 0;
};

}  // namespace bongsu::view
