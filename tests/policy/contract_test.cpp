// What docs/openapi.json says of requests is what the handlers hold to: each field and parameter is sent at its limit
// and one beyond, and every refusal names what it refuses.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <sstream>

#include "app/site/routes.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

const json::object& contract() {
    static const auto document = [] {
        std::ifstream file(BONGSU_SOURCE_DIR "/docs/openapi.json");
        std::stringstream text;
        text << file.rdbuf();
        return json::parse(text.str()).as_object();
    }();
    return document;
}

/// Follows a $ref of the document itself.
const json::object& resolved(const json::object& node) {
    const auto* ref = node.if_contains("$ref");
    if (ref == nullptr) return node;
    return contract().at("components").at("schemas").as_object().at(std::string_view(ref->as_string()).substr(21)).as_object();
}

bool has(const json::object& schema, std::string_view key) { return schema.contains(key); }
std::int64_t number(const json::object& schema, std::string_view key) { return schema.at(key).to_number<std::int64_t>(); }

/// `count` letters: of three bytes each where the schema takes any letter.
std::string letters_of(const json::object& schema, std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) text += has(schema, "pattern") ? "7" : "가";
    return text;
}

struct Values {
    std::vector<json::value> good, bad;
};

void texts_of(const json::object& schema, Values& values) {
    values.bad.emplace_back(7);
    if (has(schema, "enum")) {
        for (const auto& word : schema.at("enum").as_array()) values.good.push_back(word);
        values.bad.emplace_back("nonsense");
    }
    if (has(schema, "format") && schema.at("format") == "date") {
        values.good.emplace_back("2026-10-01");
        for (const auto* day : {"yesterday", "2026-02-30", "2026-10-1", ""}) values.bad.emplace_back(day);
        return;
    }
    if (has(schema, "maxLength")) {
        const auto most = number(schema, "maxLength");
        values.good.emplace_back(letters_of(schema, most));
        values.bad.emplace_back(letters_of(schema, most + 1));
    }
    if (has(schema, "minLength")) values.bad.emplace_back("");
    if (has(schema, "pattern")) values.bad.emplace_back("<b>");
    if (has(schema, "format") && schema.at("format") == "date-time") {
        values.good.emplace_back("2026-09-19T00:00:00+09:00");
        for (const auto* time : {"yesterday", "2026-02-30T00:00:00Z", "9999-12-31T23:59:60Z"})
            values.bad.emplace_back(time);
    }
}

void lists_of(const json::object& schema, Values& values) {
    values.bad.emplace_back("no list");
    json::array full;
    const auto& item = resolved(schema.at("items").as_object());
    if (item.at("type") == "object") {  // What stands in them is checked by itself.
        values.good.emplace_back(json::array{});
        values.bad.emplace_back(json::array{7});
        for (std::int64_t i = 0; i <= number(schema, "maxItems"); ++i) full.push_back(json::object{});
        values.bad.emplace_back(full);
        return;
    }
    const auto at = [&](std::int64_t i) -> json::value {
        if (item.at("type") == "string") return json::string("11000-" + std::to_string(1000 + i));
        return 1 + i;
    };
    for (std::int64_t i = 0; i < number(schema, "maxItems"); ++i) full.push_back(at(i));
    values.good.emplace_back(full);
    full.push_back(at(number(schema, "maxItems")));
    values.bad.emplace_back(full);
    values.bad.emplace_back(json::array{});
}

void maps_of(const json::object& schema, Values& values) {
    const auto& inner = schema.at("additionalProperties").as_object();
    const auto most = number(inner, "maxLength");
    const auto name = number(schema.at("propertyNames").as_object(), "maxLength");
    const auto full = [&](std::int64_t count) {
        json::object items;
        for (std::int64_t i = 0; i < count; ++i) items["name" + std::to_string(i)] = "x";
        return items;
    };
    values.good.emplace_back(full(number(schema, "maxProperties")));
    values.bad.emplace_back(full(number(schema, "maxProperties") + 1));
    values.good.emplace_back(json::object{{letters_of(inner, name), letters_of(inner, most)}});
    values.bad.emplace_back(json::object{{letters_of(inner, name + 1), "x"}});
    values.bad.emplace_back(json::object{{"a", letters_of(inner, most + 1)}});
    values.bad.emplace_back(json::object{{"a", nullptr}});
    values.bad.emplace_back(json::object{{"a", 1}});
    values.bad.emplace_back(json::object{{"", "x"}});
    values.bad.emplace_back(json::array{});
}

/// What a schema takes and does not take, at its very limits.
Values values_of(const json::object& reference) {
    const auto& schema = resolved(reference);
    Values values;
    const std::string type(schema.at("type").as_string());
    if (type == "string") texts_of(schema, values);
    if (type == "array") lists_of(schema, values);
    if (type == "object") maps_of(schema, values);
    if (type == "boolean") {
        values.good = {true, false};
        values.bad = {"true", 1, json::object{}};
    }
    if (type == "number") {
        values.good = {number(schema, "minimum"), number(schema, "maximum"), 0.5};
        values.bad = {static_cast<double>(number(schema, "minimum")) - 0.01, static_cast<double>(number(schema, "maximum")) + 0.01, "0.5", true};
    }
    if (type == "integer") {
        values.good.emplace_back(number(schema, "minimum"));
        values.good.emplace_back(number(schema, "maximum"));
        values.bad.emplace_back(number(schema, "minimum") - 1);
        if (number(schema, "maximum") < INT64_MAX) values.bad.emplace_back(number(schema, "maximum") + 1);
        values.bad.emplace_back("1");
        values.bad.emplace_back(1.5);
    }
    return values;
}

json::object problem_of(const http::Response& answer) {
    EXPECT_EQ(answer.content_type, "application/problem+json") << answer.body;
    return json::parse(answer.body).as_object();
}

/// The answer refuses `field`, in the contract's shape.
void expect_refused(const http::Response& answer, std::string_view field, const std::string& what) {
    ASSERT_EQ(answer.status, 400) << what << ": " << answer.body;
    const auto body = problem_of(answer);
    EXPECT_EQ(body.at("type"), "/problems/invalid") << what;
    ASSERT_TRUE(body.contains("field")) << what << ": " << answer.body;
    const std::string named(body.at("field").as_string());
    EXPECT_TRUE(named == field || named.starts_with(std::string(field) + ".")) << what << ": " << answer.body;
    EXPECT_TRUE(body.at("detail").as_string().starts_with(named)) << what << ": " << answer.body;
}

/// The answer does not find `field` malformed; what it names may still not be there.
void expect_taken(const http::Response& answer, std::string_view field, const std::string& what) {
    if (answer.status != 400) return;
    const auto body = problem_of(answer);
    // A bound that only the named thing has is no fault of the form: "at most 720 for this purpose".
    const bool of_its_own = body.at("detail").as_string().find("for this purpose") != json::string::npos;
    const bool blamed = body.contains("field") && body.at("field").as_string() == field && !of_its_own;
    EXPECT_FALSE(blamed && body.at("detail").as_string().find("must") != json::string::npos) << what << ": " << answer.body;
}

/// The answer takes what is wrong with `field`, and the record has the note that the contract promises.
void expect_noted(World& world, const http::Response& answer, std::string_view note, const std::string& what) {
    ASSERT_EQ(answer.status, 201) << what << ": " << answer.body;
    const auto incidents = body_of(world.ask("operator", "GET", "/api/v1/incidents?limit=1")).at("items").as_array();
    ASSERT_EQ(incidents.size(), 1U) << what;
    EXPECT_NE(json::serialize(incidents[0].at("faults")).find(note), std::string::npos) << what;
}

struct Write {
    std::string_view schema, caller;
    std::string path, base;
    std::string_view method = "POST";
};

TEST(Contract, EachFieldOfABodyIsTakenAtItsLimitAndRefusedBeyondIt) {
    World world;
    const auto& live = world.own_live;
    const Write writes[] = {
        {"Login", "anonymous", "/api/v1/login", R"({"user":"nobody","password":"x"})"},
        {"EventInput", "operator", "/api/v1/events",
         R"({"id":"e","source":"s","type":"119UC001","time":"2026-09-21T00:00:00Z","grade":"20"})"},
        {"Act", "operator", "/api/v1/incidents/" + world.none.incident + "/acts", R"({"act":"note","text":"x"})"},
        {"GrantInput", "supervisor", "/api/v1/grants",
         R"({"incident":")" + live.incident + R"(","purpose":"operator-incident","cameras":["11000-0001"]})"},
        {"TicketInput", "room112", "/api/v1/tickets",
         R"({"grant":")" + live.grant + R"(","camera":"11000-0001","kind":"live"})"},
        {"ErasureInput", "official", "/api/v1/journal/erasures", R"({"reason":"retention","basis":"PIPA 21","seqs":[1]})"},
        {"SeatInput", "operator", "/api/v1/duty/seat", "{}"},
        {"AbsenceInput", "supervisor", "/api/v1/duty/shifts/2026-09-21-night/absences", R"({"user":"x","reason":"sick"})"},
        {"CallInput", "official", "/api/v1/duty/shifts/2026-09-22-night/calls", R"({"user":"x"})"},
        {"ShelveInput", "supervisor", "/api/v1/alarms/none/shelve", R"({"reason":"x"})"},
        {"PassInput", "operator", "/api/v1/duty/watch/passes", R"({"pass":0})"},
        {"FindingInput", "operator", "/api/v1/duty/findings", R"({"camera":"11000-0001","kind":"fire"})"},
        {"NoteInput", "operator", "/api/v1/duty/notes", R"({"text":"x"})"},
        {"BriefAckInput", "operator", "/api/v1/duty/shifts/none/brief/acks", R"({"kind":"note","subject":"1"})"},
        {"ShortcomingInput", "police", "/api/v1/duty/shortcomings", R"({"text":"x"})"},
        {"AssignmentInput", "supervisor", "/api/v1/duty/shortcomings/none/assign", R"({"user":"x"})"},
        {"ShortcomingAnswerInput", "official", "/api/v1/duty/shortcomings/none/answer", R"({"text":"x"})"},
        {"StepInput", "operator", "/api/v1/incidents/none/procedure/steps", R"({"step":"x"})"},
        {"StepAckInput", "operator", "/api/v1/incidents/none/procedure/acks", R"({"step":"x"})"},
        {"MergeInput", "operator", "/api/v1/incidents/none/merge", R"({"other":"x"})"},
        {"SplitInput", "operator", "/api/v1/incidents/none/split", R"({"event":"x"})"},
        {"HoldEndInput", "official", "/api/v1/holds/none/end", R"({"reason":"x"})"},
        {"DrillInput", "official", "/api/v1/drills", R"({"incident":"x"})"},
        {"PtzLeaseInput", "operator", "/api/v1/cameras/11000-0001/ptz/lease", R"({"grant":")" + live.centre_grant + R"(","reason":"x"})"},
        {"PtzMoveInput", "supervisor", "/api/v1/cameras/11000-0001/ptz/move", R"({"pan":0.5,"ms":500})"},
        {"PtzPresetInput", "supervisor", "/api/v1/cameras/11000-0001/ptz/preset", R"({"preset":"1"})"},
        {"CrewInput", "official", "/api/v1/duty/crews/A", R"({"members":[]})", "PUT"},
    };
    for (const auto& write : writes) {
        const auto& schema = contract().at("components").at("schemas").at(write.schema).as_object();
        const auto ask = [&](const json::object& body) {
            if (write.schema == "Login") world.clock().advance(61s);  // Its own limit is another test's.
            return world.ask(write.caller, request_of(std::string(write.method), write.path, json::serialize(body)));
        };
        std::size_t cases = 0;
        for (const auto& [field, shape] : schema.at("properties").as_object()) {
            const auto values = values_of(shape.as_object());
            const auto body_with = [&](const json::value& value) {
                auto body = json::parse(write.base).as_object();
                body[field] = value;
                if (field == "outcome") body["act"] = "close";
                if (field == "incident" || field == "before" || field == "after") body.erase("seqs");
                if (field == "after") body["before"] = "2026-09-01T00:00:00Z";
                if (write.schema == "EventInput" && field != "id") body["id"] = "e" + std::to_string(cases);
                ++cases;
                return body;
            };
            for (const auto& value : values.bad) {
                const auto what = std::string(write.schema) + "." + std::string(field) + " = " + json::serialize(value).substr(0, 80);
                const auto answer = ask(body_with(value));
                if (has(shape.as_object(), "x-noted")) {
                    expect_noted(world, answer, shape.at("x-noted").as_string(), what);
                } else {
                    expect_refused(answer, field, what);
                }
            }
            for (const auto& value : values.good)
                expect_taken(ask(body_with(value)), field, std::string(write.schema) + "." + std::string(field) + " = " +
                                                               json::serialize(value).substr(0, 80));
            EXPECT_FALSE(values.bad.empty()) << write.schema << "." << field;
        }
        for (const auto& field : schema.at("required").as_array()) {
            auto body = json::parse(write.base).as_object();
            body.erase(field.as_string());
            expect_refused(ask(body), field.as_string(), std::string(write.schema) + " without " + std::string(field.as_string()));
        }
        EXPECT_GT(cases, schema.at("properties").as_object().size()) << write.schema;
    }
}

TEST(Contract, ABodyThatIsNoJsonObjectIsNamedAsTheBody) {
    World world;
    for (const auto* path : {"/api/v1/login", "/api/v1/events", "/api/v1/grants", "/api/v1/tickets"}) {
        for (const auto* bytes : {"", "{", "[]", "\"x\"", "{\"a\":\"\xff\"}"}) {
            auto request = request_of("POST", path);
            request.body = bytes;
            expect_refused(world.ask("supervisor", request), "body", std::string(path) + " " + bytes);
        }
    }
    const auto refused = body_of(world.ask("operator", "GET", "/api/v1/messages/refused"));
    ASSERT_EQ(refused.at("items").as_array().size(), 5U) << "events that were refused are on record";
    for (const auto& item : refused.at("items").as_array()) EXPECT_EQ(item.at("field"), "body");
}

TEST(Contract, AnEventsBodyIsOfTheTypesThatAreWrittenDown) {
    World world;
    const auto& post = contract().at("paths").at("/api/v1/events").at("post").as_object();
    const auto& body = post.at("requestBody").as_object();
    EXPECT_FALSE(body.at("required").as_bool()) << "binary mode may have none";
    for (const auto* type : {"application/json", "application/cloudevents+json", "*/*"}) EXPECT_TRUE(body.at("content").as_object().contains(type));

    int number = 0;
    const auto status = [&](std::map<std::string, std::string> headers, std::string bytes) {
        auto request = request_of("POST", "/api/v1/events", std::move(bytes));
        for (auto& [name, value] : headers) request.headers[name] = value;
        return world.ask("operator", std::move(request)).status;
    };
    const auto binary = [&](std::string_view type, std::string bytes) {
        std::map<std::string, std::string> headers{
            {"ce-specversion", "1.0"}, {"ce-id", "b" + std::to_string(++number)}, {"ce-source", "s"}, {"ce-type", "119UC001"}};
        if (!type.empty()) headers["content-type"] = type;
        return status(std::move(headers), std::move(bytes));
    };
    for (const auto* type : {"application/json", "application/geo+json", "text/plain", "image/png", "application/octet-stream", ""}) {
        EXPECT_EQ(binary(type, "{}"), 201) << type;
        EXPECT_EQ(binary(type, ""), 201) << type << ": no data";
    }
    EXPECT_EQ(binary("application/cloudevents+avro", "{}"), 415);

    const std::string ours = R"({"id":"o","source":"s","type":"119UC001","time":"2026-09-21T00:00:00Z"})";
    EXPECT_EQ(status({{"content-type", "text/plain"}}, ours), 201) << "JSON by what it is";
    EXPECT_EQ(status({{"content-type", "image/png"}}, ours), 200);
    EXPECT_EQ(status({}, ""), 400) << "without ce-* headers the body is needed";
}

TEST(Contract, ARefusedEventIsOnRecordWithItsField) {
    World world;
    world.ask("operator", "POST", "/api/v1/events",
              {{"id", "e"}, {"source", "s"}, {"type", "<b>"}, {"time", "2026-09-21T00:00:00Z"}});
    const auto items = body_of(world.ask("operator", "GET", "/api/v1/messages/refused?limit=1")).at("items").as_array();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].at("field"), "type");
    EXPECT_EQ(items[0].at("code"), "400");
}

void check_parameter(World& world, const std::string& path, const json::object& parameter) {
    const std::string name(parameter.at("name").as_string());
    const auto& schema = parameter.at("schema").as_object();
    const auto ask = [&](const std::string& value) {
        auto request = request_of("GET", path);
        request.query[name] = value;
        return world.ask(path.ends_with("/own") ? "operator" : "supervisor", request);
    };
    std::vector<std::string> good, bad;
    const bool whole = schema.at("type") == "integer";
    if (has(schema, "format") && schema.at("format") == "date") {
        good = {"2026-10-01"};
        bad = {"yesterday", "2026-02-30", "2026-10-1", "", "2026-10-011"};
    } else if (has(schema, "format")) {
        bad = {"yesterday", "2026-10-01", ""};
    } else if (has(schema, "enum")) {
        for (const auto& word : schema.at("enum").as_array()) good.emplace_back(word.as_string());
        bad = {"nonsense", ""};
    } else if (whole) {
        const auto least = number(schema, "minimum"), most = number(schema, "maximum");
        good = {std::to_string(least), std::to_string(most)};
        bad = {std::to_string(least - 1), "x", "", "1.5", most == INT64_MAX ? "9223372036854775808" : std::to_string(most + 1)};
    }
    if (has(schema, "maxLength")) bad.push_back(letters_of(schema, number(schema, "maxLength") + 1));
    if (has(schema, "maxLength") && name != "cursor" && !has(schema, "format")) good.push_back(letters_of(schema, number(schema, "maxLength")));
    if (has(schema, "minLength")) bad.emplace_back("");
    if (has(schema, "pattern")) bad.emplace_back("<b>");
    if (name == "near" || name == "bbox" || name == "state") bad.emplace_back("nonsense");
    for (const auto& value : bad) expect_refused(ask(value), name, path + "?" + name + "=" + value.substr(0, 40));
    for (const auto& value : good) expect_taken(ask(value), name, path + "?" + name + "=" + value.substr(0, 40));
    EXPECT_FALSE(bad.empty()) << path << " " << name << ": the contract sets no bound";
}

TEST(Contract, EachParameterOfAListIsTakenAtItsLimitAndRefusedBeyondIt) {
    World world;
    std::size_t lists = 0;
    for (const auto& [described, methods] : contract().at("paths").as_object()) {
        if (!described.starts_with("/api/v1/") || !methods.as_object().contains("get")) continue;
        if (described == "/api/v1/stream") continue;  // Served beside the site.
        std::string path(described);
        if (const auto at = path.find("{id}"); at != std::string::npos)
            path.replace(at, 4, path.find("/grants/") != std::string::npos ? world.own_live.grant : world.own_live.incident);
        const auto& operation = methods.at("get").as_object();
        bool is_list = false;
        if (operation.contains("parameters")) {
            for (const auto& parameter : operation.at("parameters").as_array()) {
                if (parameter.at("in") != "query") continue;
                check_parameter(world, path, parameter.as_object());
                is_list = is_list || parameter.at("name") == "limit";
            }
        }
        if (!is_list) continue;
        ++lists;
        auto request = request_of("GET", path);
        request.query["offset"] = "1";
        expect_refused(world.ask("supervisor", request), "offset", path);
    }
    EXPECT_GE(lists, 9U);
}

TEST(Contract, AListIsReadWholeByItsCursor) {
    World world;
    for (int i = 0; i < 7; ++i) {
        auto request = request_of("POST", "/api/v1/events");
        request.body = "no event";
        world.ask("operator", request);
    }
    for (const auto* path : {"/api/v1/messages/refused", "/api/v1/incidents", "/api/v1/grants", "/api/v1/cameras", "/api/v1/journal"}) {
        world.ask("supervisor", "GET", std::string(path));  // The look is an entry: of the journal the list would grow by it.
        const auto whole = body_of(world.ask("supervisor", "GET", std::string(path))).at("items").as_array();
        json::array read;
        json::value next = nullptr;
        do {
            auto request = request_of("GET", path);
            request.query["limit"] = "1";
            if (!next.is_null())
                request.query[std::string_view(path).ends_with("journal") ? "after" : "cursor"] = next.as_string().c_str();
            const auto page = body_of(world.ask("supervisor", request));
            ASSERT_TRUE(page.contains("items")) << json::serialize(page);
            EXPECT_LE(page.at("items").as_array().size(), 1U) << path;
            for (const auto& item : page.at("items").as_array()) read.push_back(item);
            next = page.at("next");
        } while (!next.is_null() && read.size() < 10'000);
        EXPECT_EQ(json::serialize(read), json::serialize(whole)) << path;
        // This world has one camera: the directory's own pages are tested in device.
        EXPECT_GE(whole.size(), std::string_view(path).ends_with("cameras") ? 1U : 2U) << path;
    }
}

}  // namespace
}  // namespace bongsu::policy
