#include "incident/joining.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "config/reader.hpp"
#include "config/toml.hpp"

namespace bongsu::incident {

namespace {

using config::Reader;

constexpr std::size_t kRulesMax = 100;
constexpr double kMetresPerDegree = 6'371'008.8 * std::numbers::pi / 180;

JoinRule read_rule(Reader& reader, const boost::json::object& table) {
    JoinRule rule;
    reader.only(table, "join", {"key", "agencies", "types", "with", "window_s", "radius_m"});
    rule.key = reader.text("key");
    if (rule.key.size() > Reader::kWordMax || rule.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
        reader.wrong("key", "must be of a-z, 0-9 and '-', at most 40");
    rule.agencies = reader.texts("agencies");
    rule.types = reader.texts("types");
    rule.with = reader.texts("with");
    if (rule.types.empty()) reader.wrong("types", "must name what joins");
    if (rule.with.empty()) reader.wrong("with", "must name what it may join");
    rule.window = std::chrono::seconds(reader.whole("window_s", 1, 24 * 3600));
    rule.radius_m = static_cast<double>(reader.whole("radius_m", 1, 1000));
    return rule;
}

}  // namespace

bool JoinRule::is_for(const event::Event& event) const {
    const bool is_type = std::find(types.begin(), types.end(), event.type) != types.end();
    const bool is_sender = agencies.empty() || std::any_of(agencies.begin(), agencies.end(), [&](const std::string& code) { return event.sender.starts_with(code); });
    return is_type && is_sender;
}

Result<Joining> Joining::parse(std::string_view text) {
    TRY(const auto root, config::parse_toml(text, "joining"));
    Joining out;
    std::string errors;
    Reader file(root, "joining", errors);
    file.only(root, "the file", {"join"});
    // A site may join nothing by itself.
    if (!root.contains("join")) return out;
    for (const auto* table : file.tables("join", kRulesMax)) {
        Reader reader(*table, config::text_at(*table, "key").value_or("join " + std::to_string(out.rules_.size() + 1)), errors);
        auto rule = read_rule(reader, *table);
        const bool is_known = std::any_of(out.rules_.begin(), out.rules_.end(), [&](const JoinRule& one) { return one.key == rule.key; });
        if (is_known) reader.wrong("key", "is declared twice");
        out.rules_.push_back(std::move(rule));
    }
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

const Joining& Joining::defaults() {
    static const Joining joining = [] {
        auto parsed = parse(default_joining());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return joining;
}

double metres_between(const event::Position& a, const event::Position& b) {
    const double mean = (a.lat_e7 / 1e7 + b.lat_e7 / 1e7) / 2 * std::numbers::pi / 180;
    const double north = (a.lat_e7 - b.lat_e7) / 1e7 * kMetresPerDegree;
    const double east = (a.lon_e7 - b.lon_e7) / 1e7 * kMetresPerDegree * std::cos(mean);
    return std::hypot(north, east);
}

}  // namespace bongsu::incident
