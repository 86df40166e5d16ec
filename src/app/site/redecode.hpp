#pragma once
// The past read again: every raw message of a journal by the codecs and agreements of today, beside what the journal says
// became of it. Nothing is written.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/site/partners.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "env/env.hpp"

namespace bongsu::app {

/// Which raw messages. All of them where nothing is said.
struct RedecodeFilter {
    std::optional<std::string> partner;       ///< The key of the profile under which it was taken: "mapo-119", "default".
    std::optional<WallTime> from, to;         ///< When it came: from <= time < to.
};

/// What a message is, then and now. The last four are compared with nothing.
enum class Reread : std::uint8_t {
    same,                ///< The same event; or it could not be read and still cannot, or was refused for what is not in its bytes.
    changed,             ///< Another event: `fields` differ.
    now_readable,        ///< It led to nothing and would be an event.
    no_longer_readable,  ///< It was read and would be refused.
    erased,              ///< Its content, or what became of it, went by law.
    unknown_partner,     ///< There is no agreement with its sender any more.
    dismissed,           ///< A person laid it aside.
    not_compared,        ///< Too much was held back for later entries; see redecode().
};
inline constexpr std::array<std::string_view, 8> kRereadNames{"same",   "changed",         "now_readable", "no_longer_readable",
                                                              "erased", "unknown_partner", "dismissed",    "not_compared"};

/// One message that differs. No content of it: names of fields, and reasons, which name fields too.
struct Differing {
    std::uint64_t seq = 0;  ///< The entry of the raw message.
    WallTime time;
    Reread what = Reread::changed;
    std::string partner, format;
    std::string number;               ///< The sender's own; empty for wearables, whose numbers begin with a person's device.
    std::vector<std::string> fields;  ///< Of the event: "text", "position"; "event" when only one of both is one.
    std::string reason;               ///< Of what is no longer readable: the codec's.
};

inline constexpr std::size_t kDifferingMax = 1000;
inline constexpr std::size_t kHeldBytesMax = 64 << 20;  ///< Some 100,000 letters of 150 bytes.

struct RedecodeReport {
    std::uint64_t last_seq = 0;             ///< Up to this entry.
    std::uint64_t raw = 0;                  ///< Messages looked at: the sum of `counts`.
    std::array<std::uint64_t, 8> counts{};  ///< By Reread.
    std::vector<Differing> differing;       ///< In the order of the journal, the first kDifferingMax.
    std::uint64_t more = 0;                 ///< Differing ones beyond those.

    std::uint64_t count(Reread what) const { return counts.at(static_cast<std::size_t>(what)); }
    std::uint64_t differ() const { return count(Reread::changed) + count(Reread::now_readable) + count(Reread::no_longer_readable); }
};

/// Walks the journal in `folder` twice, beside the site that writes it or not; what is committed behind the first walk's end is
/// left out. Erased messages are counted whoever sent them. Of a repeat only whether it can be read is compared: it says what
/// its original says. Which codec version read it is no difference. A rule that a person set aside for a letter is not asked for it.
/// What a person decided stands although its entry was erased: the order says what is left of that.
///
/// `agency`: in whose name a person's own report stands where the journal does not say it (one that was refused).
///
/// Bounds, however many entries there are: a segment and a batch of it (journal/walk.hpp); the message under way; 16 bytes for
/// each dead letter that a person released or dismissed, twice that while their list grows, from the first walk; and in the second
/// the letters whose release is still to come, up to `held_bytes_max` with their headers and what holding one takes (some 500
/// bytes); what goes beyond is `not_compared`. Threads: any.
/// Errors: the disk's; corrupt, saying where, for a journal that does not hold: `bongsu verify` says more.
Result<RedecodeReport> redecode(env::Disk& disk, const std::string& folder, const Partners& partners, const AgencyId& agency,
                                const RedecodeFilter& filter = {}, std::size_t held_bytes_max = kHeldBytesMax);

}  // namespace bongsu::app
