#include "imports/http.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "base/text.hpp"
#include "http/page.hpp"

namespace bongsu::imports {

namespace json = boost::json;

namespace {

constexpr std::size_t kParameterLettersMax = 1000;

bool is_list_name(const std::string& name) {
    return !name.empty() && name.size() <= kListNameBytesMax &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

json::array to_json(const std::vector<Evidence>& detected) {
    json::array out;
    for (const auto& item : detected)
        out.push_back(json::object{{"what", item.what}, {"value", item.value}, {"why", item.why}});
    return out;
}

/// Only what would end or change the value in a query: names in Korean stay readable.
std::string query_text(std::string_view value) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f || std::string_view("&+#%\"<>").find(c) != std::string_view::npos)
            out.append(1, '%').append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
        else
            out += c;
    }
    return out;
}

json::object to_json(const Question& question) {
    json::array candidates;
    for (const auto& item : question.candidates) {
        candidates.push_back(json::object{{"value", item.value},
                                          {"say", "?" + question.parameter + "=" + query_text(item.value)},
                                          {"why", item.why}});
    }
    return {{"parameter", question.parameter},
            {"detail", question.detail},
            {"candidates", std::move(candidates)}};
}

struct Place {
    std::uint64_t before;
    std::size_t limit;
};

Result<Place> place_of(const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"limit", "cursor"}));
    TRY(const auto limit, http::page_limit(request));
    TRY(const auto before, http::page_number(request, "cursor", 0));
    if (request.param("cursor") && before == 0) return fail_field("cursor", "must be `next` of a page before");
    return Place{before, limit};
}

}  // namespace

Result<ImportRequest> parse_import(const http::Request& request, const SiteId& here) {
    ImportRequest out;
    out.site = here;
    out.asked.content_type = request.header("content-type");
    for (const auto& [name, value] : request.query) {
        if (letters(value) > kParameterLettersMax) return fail_field(name, "must be at most 1000 letters");
        if (name == "dryRun") {
            if (value != "true" && value != "false")
                return fail_field("dryRun", "must be true or false");
            out.dry_run = value == "true";
        } else if (name == "site") {
            out.site.value = value;
        } else if (name == "list") {
            if (!is_list_name(value))
                return fail_field("list", "must be 1 to 40 small letters, digits and '-'");
            out.list = value;
        } else if (name == "format") {
            out.asked.format = value;
        } else if (name == "encoding") {
            out.asked.encoding = value;
        } else if (name == "crs") {
            out.asked.crs = value;
        } else if (name == "columns") {
            out.asked.columns = value;
        } else if (name == "sheet") {
            out.asked.sheet = value;
        } else if (name == "swapped") {
            out.asked.swapped = value;
        } else if (name == "area") {
            out.asked.area = value;
        } else if (name == "removals") {
            const auto* end = value.data() + value.size();
            const auto read = std::from_chars(value.data(), end, out.removals);
            if (read.ec != std::errc{} || read.ptr != end)
                return fail_field("removals", "must be how many cameras may go, a whole number");
        } else {
            return fail_field(name, "is no query parameter of this path");
        }
    }
    return out;
}

http::Response outcome_response(const ImportRequest& request, const std::string& import,
                                const Reading& reading, const Diff& diff) {
    json::array refused;
    for (const auto& item : reading.refused) {
        if (refused.size() == kRefusedShownMax) break;
        refused.push_back(json::object{{"row", item.row}, {"column", item.column}, {"reason", item.reason}});
    }
    json::array notes(reading.notes.begin(), reading.notes.end());
    json::array examples(diff.examples.begin(), diff.examples.end());
    json::object body{{"import", import.empty() ? json::value(nullptr) : json::value(import)},
                      {"dryRun", request.dry_run},
                      {"site", request.site.value},
                      {"list", request.list},
                      {"rows", reading.rows},
                      {"added", diff.added},
                      {"changed", diff.changed},
                      {"unchanged", diff.unchanged},
                      {"kept", reading.kept},
                      {"removed", diff.removed},
                      {"refused", std::move(refused)},
                      {"refusedCount", reading.refused.size()},
                      {"refusedCut", reading.refused.size() > kRefusedShownMax},
                      {"cameras", diff.cameras},
                      {"camerasBefore", diff.cameras_before},
                      {"detected", to_json(reading.detected)},
                      {"notes", std::move(notes)},
                      {"examples", std::move(examples)}};
    if (reading.before_apply) body["question"] = to_json(*reading.before_apply);
    return http::json_response(import.empty() ? 200 : 201, body);
}

http::Response question_response(const Question& question, const std::vector<Question>& further, const std::vector<Evidence>& detected) {
    json::object body{{"type", "/problems/import_question"},
                      {"title", "The file leaves a question open"},
                      {"status", 422},
                      {"field", question.parameter}};
    for (auto& [name, value] : to_json(question)) body[name] = value;
    json::array questions{to_json(question)};
    for (const auto& each : further) questions.push_back(to_json(each));
    body["questions"] = std::move(questions);
    body["detected"] = to_json(detected);
    auto response = http::json_response(422, body);
    response.content_type = "application/problem+json";
    return response;
}

json::object to_json(const Record& record) {
    json::object out{{"id", record.id},
                     {"kind", record.undoes.empty() ? "import" : "undo"},
                     {"site", record.site.value},
                     {"list", record.list},
                     {"time", to_rfc3339(record.time)},
                     {"user", record.user.substr(record.user.find(':') + 1)},
                     {"rows", record.rows},
                     {"added", record.added},
                     {"changed", record.changed},
                     {"unchanged", record.unchanged},
                     {"removed", record.removed},
                     {"refusedCount", record.refused},
                     {"cameras", record.cameras},
                     {"detected", record.detected}};
    out["undoes"] = record.undoes.empty() ? json::value(nullptr) : json::value(record.undoes);
    out["undoneBy"] = record.undone_by.empty() ? json::value(nullptr) : json::value(record.undone_by);
    return out;
}

http::Response get_imports(sql::Db& db, const http::Request& request) {
    const auto asked = place_of(request);
    if (!asked) return http::problem(asked.error());
    const auto found = page(db, asked->before, asked->limit + 1);
    if (!found) return http::problem(found.error());
    json::array items;
    for (const auto& item : *found) {
        if (items.size() == asked->limit) break;
        items.push_back(to_json(item));
    }
    json::value next = nullptr;
    if (found->size() > asked->limit) next = std::to_string((*found)[asked->limit - 1].seq);
    return http::json_response(200, json::object{{"items", std::move(items)}, {"next", next}});
}

}  // namespace bongsu::imports
