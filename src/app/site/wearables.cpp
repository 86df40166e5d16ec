// Where a wearable was last, for who has its incident in hand; of a device without one nothing is kept.
#include "app/site/site.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace {

/// No more often than this on record: a device may speak each second for hours.
constexpr std::chrono::seconds kSeenEach{30};
/// Devices whose last line is remembered; one more waits for its next line after others have gone.
constexpr std::size_t kDevicesMax = 10'000;

}  // namespace

/// The incident that the device's newest occurrence leads to, until somebody has ended it. "Released" is the device's own
/// word, and may be the word of who took it away.
Result<std::optional<event::DeviceSeen>> Site::seen_of(const event::Profile& profile, std::string_view bytes) {
    std::optional<event::DeviceSeen> none;
    const auto got = event::wearable::read(profile, bytes);
    const auto& reading = got.reading;
    if (got.refusal.code != event::Code::ok || reading.is_test() || reading.device.empty()) return none;
    TRY(auto number, event::newest_number(*folds_db_, profile.sender, event::wearable::number_prefix(reading)));
    if (!number) return none;
    TRY(const auto event, event::event_by_number(*folds_db_, profile.sender, *number));
    if (!event) return none;
    TRY(auto incident, incident::incident_of_event(*folds_db_, *event));
    if (!incident) return none;
    return event::DeviceSeen{.incident = *std::move(incident),
                             .sender = profile.sender,
                             .number = *std::move(number),
                             .device = reading.device,
                             .at = env_.clock.wall(),
                             .position = reading.position,
                             .battery = reading.battery,
                             .status = reading.status};
}

Result<bool> Site::is_in_hand(const IncidentId& id) {
    TRY(const auto known, incident::get(*folds_db_, id));
    return !incident::is_terminal(known.state);
}

/// After each line of a wearable that was understood.
Result<void> Site::see_device(const event::Profile& profile, std::string_view bytes) {
    TRY(auto seen, seen_of(profile, bytes));
    if (!seen) return {};
    TRY(const bool in_hand, is_in_hand(seen->incident));
    if (!in_hand) return {};
    const auto now = env_.clock.mono();
    const auto key = seen->sender + " " + seen->device;
    auto known = devices_seen_.find(key);
    if (known == devices_seen_.end()) {
        if (devices_seen_.size() >= kDevicesMax) {
            ++devices_not_kept_;
            return {};
        }
        known = devices_seen_.emplace(key, Seen{}).first;
    } else if (known->second.incident == seen->incident && now - known->second.kept_at < kSeenEach) {
        known->second.newest = *std::move(seen);
        return {};
    }
    known->second = {.incident = seen->incident, .kept_at = now, .newest = std::nullopt};
    return event::record_seen(*book_, *seen);
}

/// The last line before a silence is the one that matters: it is kept when its turn comes.
Result<void> Site::keep_devices_seen() {
    const auto now = env_.clock.mono();
    for (auto at = devices_seen_.begin(); at != devices_seen_.end();) {
        auto& seen = at->second;
        if (now - seen.kept_at < kSeenEach) {
            ++at;
            continue;
        }
        TRY(const bool in_hand, is_in_hand(seen.incident));
        if (in_hand && seen.newest) {
            TRY_DO(event::record_seen(*book_, *std::exchange(seen.newest, std::nullopt)));
            seen.kept_at = now;
            ++at;
        } else {
            at = devices_seen_.erase(at);  // Silent, or nobody's any more.
        }
    }
    return {};
}

}  // namespace bongsu::app
