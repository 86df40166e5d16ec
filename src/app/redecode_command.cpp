#include "app/redecode_command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "app/site/redecode.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"

namespace bongsu::app {

namespace {

namespace json = boost::json;

std::string_view name_of(Reread what) { return kRereadNames.at(static_cast<std::size_t>(what)); }

/// "changed: text, position" or "no longer readable: ocrLc.crdntX must be a number".
std::string words_of(const Differing& one) {
    std::string out(name_of(one.what));
    for (auto& letter : out) letter = letter == '_' ? ' ' : letter;
    std::string rest = one.reason;
    for (const auto& field : one.fields) rest += (rest.empty() ? "" : ", ") + field;
    return rest.empty() ? out : out + ": " + rest;
}

/// A sender's own number on a terminal: no sign of it may steer that.
std::string shown(std::string number) {
    for (auto& letter : number) {
        if (static_cast<unsigned char>(letter) <= ' ' || letter == 0x7F) letter = '?';
    }
    return number.empty() ? "-" : number;
}

json::object json_of(const SiteId& site, const RedecodeReport& report) {
    json::object out{{"site", site.value}, {"upTo", report.last_seq}, {"raw", report.raw}};
    for (std::size_t i = 0; i < report.counts.size(); ++i) out[kRereadNames[i]] = report.counts[i];
    json::array differing;
    for (const auto& one : report.differing) {
        json::array fields;
        for (const auto& field : one.fields) fields.emplace_back(field);
        differing.push_back({{"seq", one.seq},
                             {"time", to_rfc3339(one.time)},
                             {"what", name_of(one.what)},
                             {"partner", one.partner},
                             {"format", one.format},
                             {"number", one.number},
                             {"fields", std::move(fields)},
                             {"reason", one.reason}});
    }
    out["differing"] = std::move(differing);
    out["more"] = report.more;
    return out;
}

void print(const SiteInfo& site, const RedecodeReport& report) {
    std::printf("%s %s: %llu raw messages up to entry %llu\n ", site.id.value.c_str(), site.name_ko.c_str(),
                static_cast<unsigned long long>(report.raw), static_cast<unsigned long long>(report.last_seq));
    for (std::size_t i = 0; i < report.counts.size(); ++i) {
        std::printf("%s %s %llu", i == 0 ? "" : ",", std::string(kRereadNames[i]).c_str(), static_cast<unsigned long long>(report.counts[i]));
    }
    std::printf("\n");
    for (const auto& one : report.differing) {
        std::printf("  entry %llu %s %s %s %s %s\n", static_cast<unsigned long long>(one.seq), to_rfc3339(one.time).c_str(),
                    one.partner.empty() ? "-" : one.partner.c_str(), one.format.c_str(), shown(one.number).c_str(),
                    words_of(one).c_str());
    }
    if (report.more > 0) std::printf("  and %llu more\n", static_cast<unsigned long long>(report.more));
}

Result<RedecodeFilter> filter_of(const RedecodeCommand& command) {
    RedecodeFilter filter;
    if (!command.partner.empty()) filter.partner = command.partner;
    if (!command.from.empty()) {
        TRY(filter.from, parse_rfc3339(command.from, "--from"));
    }
    if (!command.to.empty()) {
        TRY(filter.to, parse_rfc3339(command.to, "--to"));
    }
    return filter;
}

}  // namespace

Result<int> run_redecode_command(const RedecodeCommand& command) {
    auto& disk = env::process_env().disk;
    TRY_DO(check_format(disk, command.data));
    TRY(const auto city, load_city(disk, command.data));
    TRY(const auto filter, filter_of(command));
    const SiteId only{command.site.empty() && !command.config.empty() ? city.centre.value : command.site};
    const auto* wanted = city.find(only);
    if (!only.value.empty() && (wanted == nullptr || !wanted->joined))
        return fail(ErrorKind::invalid, "--site must be a joined site of this city");
    if (!command.config.empty() && !disk.exists(command.config + "/partners.toml"))
        return fail(ErrorKind::invalid, "--config: " + command.config + " has no partners.toml");
    std::uint64_t differ = 0, not_compared = 0;
    for (const auto& site : city.sites) {
        if (!site.joined || (!only.value.empty() && site.id != only)) continue;
        const auto folder = site_folder(command.data, site.id);
        TRY(const auto partners, load_partners(disk, command.config.empty() ? folder : command.config));
        const auto report = redecode(disk, folder + "/journal", partners, site.agency, filter);
        if (!report) return fail(report.error().kind, "site " + site.id.value + ": " + report.error().message);
        if (command.json) std::printf("%s\n", json::serialize(json_of(site.id, *report)).c_str());
        else print(site, *report);
        differ += report->differ();
        not_compared += report->count(Reread::not_compared);
    }
    if (!command.json) {
        if (differ > 0) std::printf("%llu DIFFER\n", static_cast<unsigned long long>(differ));
        else if (not_compared > 0) std::printf("nothing differs, %llu NOT COMPARED\n", static_cast<unsigned long long>(not_compared));
        else std::printf("nothing differs\n");
    }
    return differ + not_compared == 0 ? 0 : 1;
}

}  // namespace bongsu::app
