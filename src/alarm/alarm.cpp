#include "alarm/alarm.hpp"

#include <algorithm>
#include <array>

#include "config/reader.hpp"
#include "config/toml.hpp"

namespace bongsu::alarm {
namespace {

using config::Reader;

constexpr std::size_t kRulesMax = 300;

Rule read_rule(Reader& reader, const boost::json::object& table) {
    Rule rule;
    reader.only(table, "alarm", {"key", "name", "priority", "roles", "latched", "shelve_minutes"});
    rule.key = reader.text("key");
    if (rule.key.size() > Reader::kWordMax || rule.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos)
        reader.wrong("key", "must be of a-z, 0-9, '.' and '-', at most 40");
    const auto name = reader.name(table, "");
    rule.name_ko = name.ko;
    rule.name_en = name.en;
    rule.priority = static_cast<int>(reader.whole("priority", 1, 3));
    for (const auto& word : reader.texts("roles")) {
        const auto role = identity::parse_role(word, "roles");
        if (role && *role != identity::Role::agency) rule.roles.push_back(*role);
        else reader.wrong("roles", "holds \"" + word + "\", which has no seat here");
    }
    if (rule.roles.empty()) reader.wrong("roles", "must name who answers it");
    rule.latched = reader.flag("latched");
    rule.shelve = std::chrono::minutes(reader.whole("shelve_minutes", 0, 720));  // A shift: what is longer is a fault to be mended.
    return rule;
}

}  // namespace

bool Rule::is_for(identity::Role role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

Result<Rules> Rules::parse(std::string_view text) {
    TRY(const auto root, config::parse_toml(text, "alarms"));
    Rules out;
    std::string errors;
    Reader file(root, "alarms", errors);
    file.only(root, "the file", {"alarm"});
    for (const auto* table : file.tables("alarm", kRulesMax)) {
        Reader reader(*table, config::text_at(*table, "key").value_or("alarm " + std::to_string(out.rules_.size() + 1)), errors);
        auto rule = read_rule(reader, *table);
        if (out.find(rule.key) != nullptr) reader.wrong("key", "is declared twice");
        out.rules_.push_back(std::move(rule));
    }
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

const Rules& Rules::defaults() {
    static const Rules rules = [] {
        auto parsed = parse(default_rules());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return rules;
}

const Rule* Rules::find(std::string_view key) const {
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.key == key; });
    return found == rules_.end() ? nullptr : &*found;
}

std::string_view to_string(Shelved shelved) {
    constexpr std::array<std::string_view, 3> kNames{"unshelved", "timed", "one_shot"};
    return kNames.at(static_cast<std::size_t>(shelved));
}

}  // namespace bongsu::alarm
