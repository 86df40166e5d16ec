#pragma once
// Whether a camera that sends pictures shows anything: black, frozen, or well. Pure.

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "ingest/picture_verdict.hpp"
#include "media/still.hpp"

namespace bongsu::ingest {

std::string_view to_string(PictureVerdict verdict);

/// What two pictures, or one, have to be like; the README has the films that the numbers were measured on. A camera writes its
/// clock into a corner: the outer rows of tiles, and the corners of the next ones, tell nothing of movement or black.
struct HealthRules {
    /// Black: each inner tile's mean and texture are at most this. A lens cap's noise stays below, a lamp in the dark does not.
    float black_mean = 10, black_texture = 6;
    /// A tile that tells something: its texture is at least this. Clipped black and white have no noise to look for.
    float telling_texture = 0.25F;
    std::size_t telling_min = 8;
    /// No noise: this share of telling tiles moved by at most `noise`. No movement: no inner tile moved by more than
    /// `movement`. Frozen is a pair of pictures with neither.
    float noise = 2.0F / 256, noise_share = 0.75F, movement = 0.125F;
    /// For how long, and over how many pictures, before it is said.
    std::chrono::seconds frozen_after{30}, black_after{10};
    unsigned frozen_pictures = 4, black_pictures = 2;
};

/// One camera's. Bounds: the last picture's tiles.
class PictureHealth {
  public:
    explicit PictureHealth(const HealthRules& rules = {}) : rules_(rules) {}

    /// The next picture that was looked at; `at` is when the camera sent it. An older or the same one changes nothing.
    PictureVerdict take(const media::PictureNumbers& numbers, MonoTime at);
    PictureVerdict verdict() const { return verdict_; }
    /// The last picture was like the one before it, or black: another look soon decides.
    bool is_suspect() const { return still_pictures_ > 1 || black_pictures_ > 0; }

  private:
    bool is_black(const media::PictureNumbers& numbers) const;
    bool is_still(const media::PictureNumbers& before, const media::PictureNumbers& now) const;

    HealthRules rules_;
    PictureVerdict verdict_ = PictureVerdict::ok;
    std::optional<media::PictureNumbers> last_;
    MonoTime last_at_{}, still_since_{}, black_since_{};
    unsigned still_pictures_ = 0, black_pictures_ = 0;
};

/// Which camera is looked at next, within a budget of decoded pictures, and what came of it.
///
/// A visit is two pictures of a camera, kPauses[0] apart; who is suspect is visited on until it is decided, and once a minute as long as
/// it is black or frozen. At most one picture each kBetween, and a round of visits each kRound: 12,000 cameras are all visited
/// in 100 minutes, 60 in half a minute.
///
/// Threads: one. Bounds: what it keeps of each camera that is visited or is not well; a visit is forgotten after its end.
class PictureRounds {
  public:
    static constexpr std::chrono::milliseconds kBetween{250};
    /// Between a visit's pictures, the last one from then on. Not of one length: what comes round in ten seconds, a sign, a film
    /// that repeats, must not be met at the same moment each time.
    static constexpr std::array<std::chrono::seconds, 3> kPauses{std::chrono::seconds(7), std::chrono::seconds(11), std::chrono::seconds(13)};
    static constexpr std::chrono::seconds kAgain{61}, kRound{31};

    explicit PictureRounds(const HealthRules& rules = {}) : rules_(rules) {}

    /// The camera to look at now, if one is due; `showing` is asked once a round for those that show pictures, sorted.
    std::optional<CameraId> next(MonoTime now, const std::function<std::vector<CameraId>()>& showing);
    /// The picture of a camera that next() named; `sent` is when the camera sent it. Answers the verdict when it
    /// changed, and with each picture while it is not well.
    std::optional<PictureVerdict> take(const CameraId& camera, const media::PictureNumbers& numbers, MonoTime sent, MonoTime now);
    /// There was no picture of it to look at. Answers `ok` when it was not well before: a camera without pictures is another
    /// matter's.
    std::optional<PictureVerdict> lose(const CameraId& camera);

  private:
    struct Visit {
        PictureHealth health;
        MonoTime due{};
        bool is_out = false;  ///< Named by next(), and not answered yet.
        unsigned pictures = 0;
    };
    void plan(std::map<CameraId, Visit>::iterator visit, MonoTime now);

    HealthRules rules_;
    std::map<CameraId, Visit> visits_;
    std::deque<CameraId> round_;
    MonoTime last_{};
    std::optional<MonoTime> round_began_;
    bool suspects_turn_ = false;
};

}  // namespace bongsu::ingest
