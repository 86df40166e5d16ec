#pragma once
// All cameras that this site knows, in memory, with the indexes to find them.

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device/camera.hpp"
#include "device/catalogue.hpp"

namespace bongsu::device {

/// Degrees WGS84; west <= east, south <= north.
struct Box {
    double west = 0, south = 0, east = 0, north = 0;
};

struct Near {
    const Camera* camera;
    double distance_m;
};

/// Which cameras of an answer, and how many at once.
struct Scope {
    std::optional<SiteId> site;  ///< Only this site's.
    std::string after;           ///< The cursor: the last id of the page before; empty for the first.
    std::size_t limit = 100;     ///< 1 … kPageMax.
};
constexpr std::size_t kPageMax = 1000;

struct Page {
    std::vector<const Camera*> items;  ///< By id.
    std::string next;                  ///< Empty on the last page.
};

/// Cameras of one site by state; index with static_cast<std::size_t>(State).
using Counts = std::array<std::size_t, kStates>;

/// Threads:   one at a time.
/// Ownership: pointers to cameras live until the next load() or replace_site(), or a move.
/// Bounds:    kCamerasMax cameras, about 400 bytes each. nearest() and within() cost what they find,
/// matching() a
///            scan of about 80 bytes a camera (10 ms for 300,000).
class Directory {
  public:
    Directory();

    /// Adds the lines of a catalogue; answers how many. All or nothing.
    /// Errors: invalid (line and field), conflict (an id twice), exhausted (kCamerasMax).
    Result<std::size_t> load(std::string_view lines);
    /// Puts these in the place of all that is known of `site`; a camera that stays keeps its state.
    /// Errors: as load(); invalid when a line is another site's.
    Result<std::size_t> replace_site(const SiteId& site, std::string_view lines);

    /// A directory of these cameras. Errors: conflict (an id twice), exhausted (kCamerasMax).
    static Result<Directory> of(std::vector<Camera> cameras);
    /// Takes over the states of those connected cameras that both know.
    void keep_states_of(const Directory& before);

    /// Null when unknown.
    const Camera* find(const CameraId& id) const;
    /// Telemetry from whoever pulls the camera. False when nothing changed or when `at` is older than what is
    /// known. Errors: not_found; conflict for a camera that is registered but not connected; invalid for
    /// State::not_connected.
    /// A cause is kept of a camera that is away, and of a streaming one where `code` names it; a code that is no word of
    /// [a-z_] is left out.
    Result<bool> set_state(const CameraId& id, State state, std::string_view cause, WallTime at, std::string_view code = {});
    /// The site does not answer: its connected cameras become unreachable. Answers how many changed.
    std::size_t set_site_unreachable(const SiteId& site, std::string_view cause, WallTime at);

    /// The k nearest, nearest first, ties by id.
    std::vector<Near> nearest(Position place, std::size_t k, const std::optional<SiteId>& site = {}) const;
    /// Calls `visit` for each camera within `radius_m`, in no particular order.
    void within(Position place, double radius_m,
                const std::function<void(const Camera&, double distance_m)>& visit) const;
    /// The same of connected cameras: an urgent choice does not walk past thousands that have no picture.
    void connected_within(Position place, double radius_m,
                          const std::function<void(const Camera&, double distance_m)>& visit) const;
    Page in_box(const Box& box, const Scope& scope) const;
    /// Cameras with `query` in name or id, or in the name's leading consonants. `query` is valid UTF-8.
    Page matching(std::string_view query, const Scope& scope) const;
    Page all(const Scope& scope) const;

    std::size_t size() const { return cameras_.size(); }
    const std::map<SiteId, Counts>& counts() const { return counts_; }
    const std::vector<Camera>& cameras() const { return cameras_; }  ///< By id.

  private:
    struct Span {
        std::size_t x0, x1, y0, y1;
    };

    Result<std::size_t> adopt(std::vector<Camera> cameras);
    void index_counts();
    void index_grid();
    void index_text();
    struct Cause {
        std::string words, code;
        bool operator==(const Cause&) const = default;
    };
    static Cause kept_cause(State state, std::string_view words, std::string_view code);
    void change(Camera& camera, State state, const Cause& cause, WallTime at);
    using Visit = std::function<void(const Camera&, double distance_m)>;
    using Numbers = std::vector<std::uint32_t>;
    void index_cells(Numbers& starts, Numbers& items, const std::function<bool(const Camera&)>& wanted) const;
    void visit_within(const Numbers& starts, const Numbers& items, Position place, double radius_m,
                      const Visit& visit) const;
    Span span_of(const Box& box) const;
    std::size_t first_after(std::string_view id) const;

    std::vector<Camera> cameras_;  // By id.
    std::map<SiteId, Counts> counts_;
    // A uniform grid: the cameras of cell c are grid_items_[grid_starts_[c] … grid_starts_[c + 1]).
    Box bounds_;
    double cell_lon_ = 1, cell_lat_ = 1;  // Degrees.
    std::size_t columns_ = 1, rows_ = 1;
    std::vector<std::uint32_t> grid_starts_, grid_items_;
    std::vector<std::uint32_t> connected_starts_, connected_items_;  // The same of connected cameras alone.
    // name '\n' id '\n' leading consonants '\0' for each camera, folded: one memory scan finds in order of
    // id.
    std::string text_;
    std::vector<std::uint32_t> text_starts_;
};

}  // namespace bongsu::device
