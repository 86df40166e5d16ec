#pragma once
// Where a wearable was last, and how long it lasts, while somebody has its occurrence in hand. On record at a bounded rate.

#include <optional>
#include <string>

#include "event/codec/wearable.hpp"
#include "journal/book.hpp"

namespace bongsu::event {

inline constexpr std::string_view kDeviceSeen = "device.seen";

/// One line of a device, without what its person is called.
struct DeviceSeen {
    IncidentId incident;
    std::string sender, number, device;
    WallTime at;  ///< When it came: the format has no time of its own.
    std::optional<Position> position;
    std::optional<int> battery;  ///< 0 to 100.
    std::string status;          ///< The device's own word, cleaned.
};

/// The number of the newest occurrence that this device of `sender` began, whatever its state; none: it never did.
/// `prefix` as of wearable::number_prefix.
Result<std::optional<std::string>> newest_number(sql::Db& db, const std::string& sender, const std::string& prefix);

/// Appends `device.seen`, under the incident. Between book.begin() and book.commit().
Result<void> record_seen(journal::Book& book, const DeviceSeen& seen);

}  // namespace bongsu::event
