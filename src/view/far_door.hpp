#pragma once
// The door of a loop that is not the gate's.

#include <memory>
#include <string>
#include <vector>

#include "base/post.hpp"
#include "view/door.hpp"

namespace bongsu::view {

/// Carries each question to the gate's loop and its answer back. A cut arrives one turn of this loop after the gate's: the
/// view's last bytes leave with it, far within the second that is promised.
///
/// Threads: its own loop; what it posts to the gate's loop touches `gate` there, which outlives this loop's last turn.
class FarDoor final : public Door {
  public:
    FarDoor(Door& gate, Post to_gate, Post to_here);

    void admit(const Ask& ask, std::function<void(Result<Admitted>)> done) override;
    void open(Ask ask, Cut cut, std::function<void(Result<Pass>)> done) override;
    void close(std::uint64_t number, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) override;
    bool allows_origin(std::string_view origin) const override;
    /// The gate's, as they change. None before the first call.
    void set_origins(std::vector<std::string> origins) { origins_ = std::move(origins); }

  private:
    /// An answer that is given on this loop, and not any more once we are gone.
    template <class T>
    std::function<void(Result<T>)> here(std::function<void(Result<T>)> done) const;

    Door& gate_;
    Post to_gate_, to_here_;
    std::vector<std::string> origins_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Looked at on this loop only.
};

}  // namespace bongsu::view
