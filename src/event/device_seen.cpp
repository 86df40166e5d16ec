#include "event/device_seen.hpp"

#include <boost/json/object.hpp>

namespace bongsu::event {

namespace json = boost::json;

Result<std::optional<std::string>> newest_number(sql::Db& db, const std::string& sender, const std::string& prefix) {
    // ':' follows the digits: what stands between are the numbers that begin with "<prefix>-" and a digit.
    TRY(const auto rows, db.query("select number from event where sender = $1 and number >= $2 and number < $3 and "
                                  "length(number) = $4 order by first_seq desc limit 1",
                                  {sender, prefix + "-0", prefix + "-:", static_cast<std::int64_t>(prefix.size() + 18)}));
    if (rows.empty()) return std::optional<std::string>{};
    return std::optional{rows[0].text(0)};
}

Result<void> record_seen(journal::Book& book, const DeviceSeen& seen) {
    json::value battery = nullptr;
    if (seen.battery) battery = *seen.battery;
    TRY_DO(book.append({std::string(kDeviceSeen),
                        "agency:" + seen.sender,
                        {"incident:" + seen.incident.value},
                        {{"incident", seen.incident.value},
                         {"sender", seen.sender},
                         {"number", seen.number},
                         {"device", seen.device},
                         {"at", to_us(seen.at)},
                         {"position", to_journal(seen.position)},
                         {"battery", std::move(battery)},
                         {"status", seen.status}}}));
    return {};
}

}  // namespace bongsu::event
