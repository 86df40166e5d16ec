#include "golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bongsu::event::golden {

namespace json = boost::json;

namespace {

const std::filesystem::path kRoot = std::filesystem::path(BONGSU_SOURCE_DIR) / "tests/golden";

std::vector<Profile> load_profiles() {
    auto profiles = parse_profiles(bytes_of("partners.toml"), "partners.toml");
    if (!profiles) ADD_FAILURE() << profiles.error().message;
    for (auto& profile : *profiles) {
        if (!profile.aria_phrase_file.empty()) {
            profile.aria_phrase = bytes_of("scsns_aria/" + profile.aria_phrase_file);
        }
    }
    return *std::move(profiles);
}

json::object items_json(const std::map<std::string, std::string>& items) {
    json::object out;
    for (const auto& [key, value] : items) out[key] = value;
    return out;
}

json::array faults_json(const std::vector<std::string>& faults) {
    json::array out;
    for (const auto& fault : faults) out.emplace_back(fault);
    return out;
}

json::object to_json(const Event& e, const Profile& profile) {
    json::object out{{"type", e.type},
                     {"known", e.known},
                     {"sender", e.sender},
                     {"number", e.number},
                     {"state", e.state},
                     {"grade", e.grade},
                     {"typeName", e.type_name},
                     {"detail", e.detail},
                     {"position", to_journal(e.position)},
                     {"positionFault", json::string(to_string(e.position_fault))},
                     {"place", e.place},
                     {"text", e.text},
                     {"user", e.sender_user},
                     {"occurred", to_rfc3339(e.occurred_at)},
                     {"stateTime", to_rfc3339(e.state_time)},
                     {"test", e.test},
                     {"items", items_json(e.items)},
                     {"faults", faults_json(e.faults)}};
    if (e.ended_at) out["ended"] = to_rfc3339(*e.ended_at);
    if (const auto code = code_112(profile, e)) out["code112"] = *code;
    return out;
}

json::object to_json(const Telemetry& t) {
    return {{"kind", t.kind},
            {"source", t.source},
            {"number", t.number},
            {"sender", t.sender},
            {"at", to_rfc3339(t.at)},
            {"position", to_journal(t.position)},
            {"positionFault", json::string(to_string(t.position_fault))},
            {"test", t.test},
            {"items", items_json(t.items)},
            {"faults", faults_json(t.faults)}};
}

/// A CloudEvent's file is a message as HTTP carries it: headers, an empty line, the body.
Decoding decode_http(const Profile& profile, std::string_view bytes) {
    std::map<std::string, std::string> headers;
    while (true) {
        const auto line = bytes.substr(0, bytes.find("\r\n"));
        bytes.remove_prefix(std::min(line.size() + 2, bytes.size()));
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) break;
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        headers[name] = line.substr(colon + 2);
    }
    return decode(profile, {.bytes = bytes,
                            .received_at = received_at(),
                            .content_type = headers["content-type"],
                            .headers = &headers});
}

std::string_view is_what(const Decoding& got) {
    if (!got.ok()) return "refused";
    if (got.event() != nullptr) return "event";
    return got.telemetry() != nullptr ? "telemetry" : "login";
}

json::object to_json(const Decoding& got, const Profile& profile) {
    if (!got.ok()) {
        return {{"code", static_cast<int>(got.refusal.code)}, {"field", got.refusal.field}};
    }
    if (const auto* event = got.event()) return to_json(*event, profile);
    if (const auto* telemetry = got.telemetry()) return to_json(*telemetry);
    const auto* login = got.login();
    return {{"user", login->user}, {"system", login->system}, {"secret", login->secret}};
}

}  // namespace

std::string bytes_of(const std::string& path) {
    std::ifstream in(kRoot / path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::vector<Message> messages_of(const std::string& folder) {
    std::vector<Message> out;
    const auto rows = json::parse(bytes_of(folder + "/expected.json"));
    for (const auto& row : rows.get_array()) {
        const auto file = std::string(row.at("file").get_string());
        out.push_back({folder, file, bytes_of(folder + "/" + file), row.get_object()});
    }
    return out;
}

const Profile& profile_of(const std::string& key) {
    static const auto profiles = load_profiles();
    const auto found =
        std::find_if(profiles.begin(), profiles.end(), [&](const Profile& p) { return p.key == key; });
    BONGSU_CHECK(found != profiles.end());
    return *found;
}

WallTime received_at() { return *parse_rfc3339("2026-11-23T12:30:06Z", "received"); }

Decoding decode_stream(const Profile& profile, const std::string& bytes, std::size_t step) {
    const auto decode_one = [&](std::string_view message) {
        return decode(profile,
                      {.bytes = message, .received_at = received_at(), .content_type = "application/json"});
    };
    if (profile.format == Format::cloudevents) return decode_http(profile, bytes);
    if (profile.format == Format::scsns) return decode_one(bytes);
    StreamFramer framer(profile);
    const auto first_of = [&](Fed fed) -> std::optional<Decoding> {
        if (!fed.messages.empty()) return decode_one(fed.messages.front());
        if (fed.ok()) return std::nullopt;
        Decoding refused;
        refused.refusal = std::move(fed.refusal);
        return refused;
    };
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (auto got = first_of(framer.feed(std::string_view(bytes).substr(at, step))))
            return *std::move(got);
    }
    if (auto got = first_of(framer.finish())) return *std::move(got);
    Decoding nothing;
    nothing.refusal = {Code::bad_request, "", "the stream holds no message"};
    return nothing;
}

Decoding decode_file(const std::string& path, const std::string& profile) {
    const auto bytes = bytes_of(path);
    return decode_stream(profile_of(profile), bytes, bytes.size() + 1);
}

std::string difference(const Decoding& got, const json::object& expected, const Profile& profile) {
    const auto what = is_what(got);
    if (what != std::string_view(expected.at("is").get_string())) {
        return std::string(what) + " " + got.refusal.field + ": " + got.refusal.reason;
    }
    const auto came = to_json(got, profile);
    for (const auto& item : expected) {
        const std::string_view key = item.key();
        if (key == "is" || key == "file" || key == "profile" ||
            (item.value().is_null() && key != "position")) {
            continue;
        }
        const auto* value = came.if_contains(key);
        const json::value found = value == nullptr ? json::value() : *value;
        if (found != item.value()) {
            return std::string(key) + " is " + json::serialize(found) + ", not " +
                   json::serialize(item.value());
        }
    }
    return "";
}

}  // namespace bongsu::event::golden
