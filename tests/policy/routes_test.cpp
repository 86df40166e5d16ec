// Route x role x grant state. What is expected is written here by hand from the public contract and the rules
// of grants, not read from the route table: a route that changes its policy, or a new one, has to be thought
// about twice.

#include <boost/json/parse.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "app/site/routes.hpp"
#include "event/codec/scsns_writer.hpp"
#include "world.hpp"

namespace bongsu::policy {
namespace {

namespace json = boost::json;

/// One status for each of kCallers: nobody, operator, police, supervisor, official, admin, the 112 room
/// (whose grant state it is), the 119 room.
using Statuses = std::array<int, kCallers.size()>;

/// A route whose answer does not hang on a grant.
struct PlainRow {
    std::string route, body;
    Statuses statuses;
};

/// A route under an incident or a grant, in each state that a grant can have for the 112 room.
struct GrantRow {
    std::string route, body;
    Statuses none, own_live, others_live, own_ended;
    bool changes = false;  ///< What it does bears on the next answer: each gets a world of its own.
};

constexpr auto kEvent =
    R"({"id":"e1","source":"s","type":"119UC001","time":"2026-09-21T00:00:00Z","grade":"20",)"
    R"("position":[126.978,37.5665]})";

// clang-format off
const std::vector<PlainRow> kPlain{
    //                                              none op   pol  sup  off  adm  112  119
    {"GET /ready", "",                             {200, 200, 200, 200, 200, 200, 200, 200}},
    {"GET /metrics", "",                           {200, 200, 200, 200, 200, 200, 200, 200}},
    {"POST /api/v1/login", R"({"user":"nobody","password":"wrong"})",
                                                   {401, 401, 401, 401, 401, 401, 401, 401}},
    {"POST /api/v1/logout", "",                    {401, 204, 204, 204, 204, 204, 204, 204}},
    {"GET /api/v1/me", "",                         {401, 200, 200, 200, 200, 200, 200, 200}},
    // A partner's door takes the partner's own key; a person's session does not open it.
    {"POST /api/getAuth.json", "AUTH",             {401, 401, 401, 401, 401, 401, 401, 401}},
    {"POST /linkHttp/recvEvent.json", "EVENT",     {401, 401, 401, 401, 401, 401, 401, 401}},
    {"POST /api/reqEvent.json", "EVENT",           {401, 401, 401, 401, 401, 401, 401, 401}},
    {"POST /api/v1/events", kEvent,                {401, 201, 201, 201, 403, 403, 201, 201}},
    // What the whole city has is the staff's to see: an agency knows its own grants.
    {"GET /api/v1/messages/refused", "",           {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/messages/dead", "",              {401, 200, 200, 200, 200, 200, 403, 403}},
    // What is released may open an incident: the crew's to decide.
    {"POST /api/v1/messages/dead/release", R"({"reason":"x"})",
                                                   {401, 200, 200, 200, 403, 403, 403, 403}},
    {"POST /api/v1/messages/dead/{raw}/release", R"({"reason":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"POST /api/v1/messages/dead/{raw}/dismiss", R"({"reason":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"GET /api/v1/deliveries", "",                 {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/deliveries/{id}/retry", R"({"reason":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    // With whom the city has agreed what is the officials' to change; a world without a file reloads nothing.
    {"GET /api/v1/partners", "",                   {401, 403, 403, 200, 200, 200, 403, 403}},
    {"POST /api/v1/partners/reload", R"({"reason":"x"})",
                                                   {401, 403, 403, 403, 200, 200, 403, 403}},
    // What is lent for what is no secret of the staff; putting it in force is the officials'.
    {"GET /api/v1/services", "",                   {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/services/statistics", "",        {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/services/reload", R"({"reason":"x"})",
                                                   {401, 403, 403, 403, 200, 200, 403, 403}},
    {"GET /api/v1/incidents/{id}/service", "",     {401, 404, 404, 404, 404, 404, 404, 404}},
    {"GET /api/v1/sites", "",                      {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/cameras", "",                    {401, 200, 200, 200, 200, 200, 403, 403}},
    // Whose cameras there are is the officials' to say; the crew chief may look.
    {"GET /api/v1/cameras/imports", "",            {401, 403, 403, 200, 200, 200, 403, 403}},
    {"POST /api/v1/cameras/imports", "",           {401, 403, 403, 403, 400, 400, 403, 403}},  // An empty file.
    {"GET /api/v1/cameras/imports/{id}", "",       {401, 403, 403, 404, 404, 404, 403, 403}},
    {"POST /api/v1/cameras/imports/{id}/undo", "", {401, 403, 403, 403, 404, 404, 403, 403}},
    // Cameras are turned by who may look under a grant; one that is not there is found by nobody.
    {"GET /api/v1/cameras/{id}/ptz", "",           {401, 404, 404, 404, 403, 403, 404, 404}},
    {"DELETE /api/v1/cameras/{id}/ptz/lease", "",  {401, 404, 404, 404, 403, 403, 404, 404}},
    {"POST /api/v1/cameras/{id}/ptz/move", R"({"pan":1,"ms":500})",
                                                   {401, 404, 404, 404, 403, 403, 404, 404}},
    {"POST /api/v1/cameras/{id}/ptz/stop", "",     {401, 404, 404, 404, 403, 403, 404, 404}},
    {"POST /api/v1/cameras/{id}/ptz/preset", R"({"preset":"1"})",
                                                   {401, 404, 404, 404, 403, 403, 404, 404}},
    {"POST /api/v1/cameras/{id}/ptz/home", "",     {401, 404, 404, 404, 403, 403, 404, 404}},
    {"GET /api/v1/cameras/{id}/ptz/presets", "",   {401, 404, 404, 404, 403, 403, 404, 404}},
    // Who plans the duty sees the persons; the crew sees its seats. The callers of this world sit at theirs.
    {"GET /api/v1/people", "",                     {401, 403, 403, 200, 200, 403, 403, 403}},
    {"GET /api/v1/duty", "",                       {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/duty/seat", "{}",               {401, 201, 201, 201, 403, 403, 403, 403}},
    {"DELETE /api/v1/duty/seat", "",               {401, 200, 200, 200, 403, 403, 403, 403}},
    {"POST /api/v1/duty/break", "",                {401, 200, 200, 200, 403, 403, 403, 403}},
    {"DELETE /api/v1/duty/break", "",              {401, 409, 409, 409, 403, 403, 403, 403}},
    // What an operator watches is the operator's; who watches what is the room's.
    {"GET /api/v1/duty/watch", "",                 {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/duty/watch/own", "",             {401, 200, 403, 403, 403, 403, 403, 403}},
    {"POST /api/v1/duty/watch/passes", R"({"pass":0})",
                                                   {401, 201, 403, 403, 403, 403, 403, 403}},
    {"GET /api/v1/duty/watch/lit", "",             {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/duty/watch/lit/2026-09-21T13:00:00Z", "", {401, 403, 403, 200, 200, 403, 403, 403}},
    {"POST /api/v1/duty/watch/lit", "{}",          {401, 400, 403, 403, 403, 403, 403, 403}},
    {"GET /api/v1/duty/findings/kinds", "",        {401, 200, 200, 200, 200, 200, 403, 403}},
    // Nobody in this world has looked at anything yet.
    {"POST /api/v1/duty/findings", R"({"camera":"11000-0001","kind":"fire"})",
                                                   {401, 403, 403, 403, 403, 403, 403, 403}},
    {"GET /api/v1/duty/shifts", "",                {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/duty/shifts/2026-09-21-night", "", {401, 403, 403, 200, 200, 403, 403, 403}},
    {"GET /api/v1/duty/shifts/2026-09-21-night/log", "", {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/duty/shifts/{id}/brief", "",     {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/duty/shifts/{id}/brief/acks", R"({"kind":"note","subject":"1"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"GET /api/v1/duty/results", "",               {401, 403, 403, 200, 200, 403, 403, 403}},
    {"POST /api/v1/duty/notes", R"({"text":"x"})", {401, 201, 201, 201, 403, 403, 403, 403}},
    {"GET /api/v1/duty/shortcomings", "",          {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/duty/shortcomings", R"({"text":"x"})",
                                                   {401, 201, 201, 201, 403, 403, 403, 403}},
    {"POST /api/v1/duty/shortcomings/{no}/assign", R"({"user":"x"})",
                                                   {401, 403, 403, 400, 400, 403, 403, 403}},  // Nobody of that id.
    {"POST /api/v1/duty/shortcomings/{no}/answer", R"({"text":"x"})",
                                                   {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/duty/shifts/{id}/absences", R"({"user":"x","reason":"sick"})",
                                                   {401, 403, 403, 404, 404, 403, 403, 403}},
    {"DELETE /api/v1/duty/shifts/{id}/absences/{user}", "",
                                                   {401, 403, 403, 404, 404, 403, 403, 403}},
    {"POST /api/v1/duty/shifts/{id}/calls", R"({"user":"x"})",
                                                   {401, 403, 403, 400, 400, 403, 403, 403}},  // Nobody of that id.
    {"GET /api/v1/duty/crews", "",                 {401, 403, 403, 200, 200, 403, 403, 403}},
    {"PUT /api/v1/duty/crews/A", R"({"members":[]})",
                                                   {401, 403, 403, 200, 200, 403, 403, 403}},
    // Each sees the alarms of its role's seats.
    {"GET /api/v1/alarms", "",                     {401, 200, 200, 200, 200, 200, 403, 403}},
    {"GET /api/v1/alarms/load", "",                {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/alarms/{id}/ack", "",           {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/alarms/{id}/shelve", R"({"reason":"x"})",
                                                   {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/alarms/{id}/unshelve", "",      {401, 404, 404, 404, 404, 404, 403, 403}},
    // What each sender says of a case, and what the centre does about it, is the centre's.
    {"GET /api/v1/incidents/{id}/reports", "",     {401, 404, 404, 404, 404, 404, 403, 403}},
    {"GET /api/v1/incidents/{id}/ahead", "",       {401, 404, 404, 404, 404, 404, 403, 403}},
    {"GET /api/v1/incidents/{id}/near", "",        {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/incidents/{id}/merge", R"({"other":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"POST /api/v1/incidents/{id}/split", R"({"event":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"GET /api/v1/incidents/{id}/procedure", "",   {401, 404, 404, 404, 404, 404, 403, 403}},
    {"POST /api/v1/incidents/{id}/procedure/steps", R"({"step":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    {"POST /api/v1/incidents/{id}/procedure/acks", R"({"step":"x"})",
                                                   {401, 404, 404, 404, 403, 403, 403, 403}},
    // Drills are for those who plan.
    {"GET /api/v1/drills", "",                     {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/drills", R"({"incident":"x"})", {401, 403, 403, 404, 404, 403, 403, 403}},
    {"POST /api/v1/drills/{id}/stop", "",          {401, 403, 403, 404, 404, 403, 403, 403}},
    // What is held is for the police and the officials to end.
    {"GET /api/v1/holds", "",                      {401, 200, 200, 200, 200, 200, 403, 403}},
    {"POST /api/v1/holds/{id}/end", R"({"reason":"x"})",
                                                   {401, 403, 404, 404, 404, 403, 403, 403}},
    // Lists are open to all who are logged in; what stands in them is tested below.
    {"GET /api/v1/incidents", "",                  {401, 200, 200, 200, 200, 200, 200, 200}},
    {"GET /api/v1/grants", "",                     {401, 200, 200, 200, 200, 200, 200, 200}},
    // Who watches is watched: the record is not the watchers' own, and an agency sees its own part.
    {"GET /api/v1/views", "",                      {401, 403, 403, 200, 200, 200, 200, 200}},
    {"GET /api/v1/journal", "",                    {401, 403, 403, 200, 200, 200, 403, 403}},
    {"GET /api/v1/journal/checkpoints", "",        {401, 403, 403, 200, 200, 200, 403, 403}},
    {"GET /api/v1/journal/access", "",             {401, 403, 403, 200, 200, 200, 403, 403}},
    // What goes by law is the officials' to order; the crew chief sees that it went.
    {"GET /api/v1/journal/erasures", "",           {401, 403, 403, 200, 200, 200, 403, 403}},
    {"POST /api/v1/journal/erasures", R"({"reason":"retention","basis":"PIPA 21","seqs":[1]})",
                                                   {401, 403, 403, 403, 400, 400, 403, 403}},  // Of a kind that stays.
};

const Statuses kStaffAnd112{401, 200, 200, 200, 200, 200, 200, 404};
const Statuses kStaffAnd119{401, 200, 200, 200, 200, 200, 404, 200};
const Statuses kNobody{401, 404, 404, 404, 404, 404, 404, 404};
const Statuses kNoFinding{401, 404, 404, 404, 404, 404, 403, 403};
const Statuses kNoPicture{401, 404, 404, 404, 404, 403, 403, 403};
const Statuses kActs{401, 201, 201, 201, 403, 403, 403, 403};
const Statuses kIssues{401, 403, 201, 201, 201, 403, 403, 403};

constexpr auto kNewGrant =
    R"({"incident":"{incident}","purpose":"operator-incident","cameras":["11000-0001"]})";
constexpr auto kTicket = R"({"grant":"{grant}","camera":"11000-0001","kind":"live"})";
constexpr auto kLease = R"({"grant":"{grant}","reason":"the person walks away"})";
constexpr auto kCentreLease = R"({"grant":"{centre-grant}","reason":"the person walks away"})";
constexpr auto kCentreTicket = R"({"grant":"{centre-grant}","camera":"11000-0001","kind":"live"})";

const std::vector<GrantRow> kUnderGrant{
    //                                                  no grant    its own       another's     its own, ended
    // What an agency sent it sees, grant or none; its cameras are a grant's.
    {"GET /api/v1/incidents/{incident}", "",            kStaffAnd112, kStaffAnd112, kStaffAnd119, kStaffAnd112},
    {"GET /api/v1/incidents/{incident}/timeline", "",   kStaffAnd112, kStaffAnd112, kStaffAnd119, kStaffAnd112},
    {"GET /api/v1/incidents/{incident}/cameras", "",    kStaffAnd112, kStaffAnd112, kStaffAnd119, kStaffAnd112},
    // None of them was found on a screen.
    {"GET /api/v1/incidents/{incident}/finding", "",    kNoFinding, kNoFinding, kNoFinding, kNoFinding},
    {"GET /api/v1/incidents/{incident}/picture", "",    kNoPicture, kNoPicture, kNoPicture, kNoPicture},
    {"POST /api/v1/incidents/{incident}/acts", R"({"act":"note","text":"seen"})",
                                                        kActs,      kActs,        kActs,        kActs},
    {"GET /api/v1/grants/{grant}", "",                  kNobody,    kStaffAnd112, kStaffAnd119, kStaffAnd112},
    {"POST /api/v1/grants", kNewGrant,                  kIssues,    kIssues,      kIssues,
                                                        {401, 403, 409, 409, 409, 403, 403, 403}},
    {"DELETE /api/v1/grants/{grant}", R"({"reason":"no longer needed"})",
                                                        {401, 403, 404, 404, 404, 403, 403, 403},
                                                        {401, 403, 200, 200, 200, 403, 403, 403},
                                                        {401, 403, 200, 200, 200, 403, 403, 403},
                                                        {401, 403, 409, 409, 409, 403, 403, 403}, true},
    // Pictures are the holder's people's alone: the crew that sees an agency's grant cannot use it.
    {"POST /api/v1/tickets", kTicket,                   {401, 404, 404, 404, 403, 403, 404, 404},
                                                        {401, 403, 403, 403, 403, 403, 201, 404},
                                                        {401, 403, 403, 403, 403, 403, 404, 201},
                                                        {401, 403, 403, 403, 403, 403, 409, 404}},
    {"POST /api/v1/tickets", kCentreTicket,             {401, 404, 404, 404, 403, 403, 404, 404},
                                                        {401, 201, 201, 201, 403, 403, 404, 404},
                                                        {401, 201, 201, 201, 403, 403, 404, 404},
                                                        {401, 409, 409, 409, 403, 403, 404, 404}},
    // Cameras are turned by the holder's people, under the police's own grant and under the centre's; 119's purpose turns none.
    {"POST /api/v1/cameras/11000-0001/ptz/lease", kLease, {401, 404, 404, 404, 403, 403, 404, 404},
                                                        {401, 403, 403, 403, 403, 403, 201, 404},
                                                        {401, 403, 403, 403, 403, 403, 404, 403},
                                                        {401, 403, 403, 403, 403, 403, 409, 404}, true},
    {"POST /api/v1/cameras/11000-0001/ptz/lease", kCentreLease, {401, 404, 404, 404, 403, 403, 404, 404},
                                                        {401, 201, 201, 201, 403, 403, 404, 404},
                                                        {401, 201, 201, 201, 403, 403, 404, 404},
                                                        {401, 409, 409, 409, 403, 403, 404, 404}, true},
};
// clang-format on

std::string filled(std::string text, const Case& in) {
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{incident}", in.incident},
                                      {"{grant}", in.grant},
                                      {"{centre-grant}", in.centre_grant}}) {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
            text.replace(at, name.size(), value);
    }
    return text;
}

http::Response ask(World& world, std::string_view caller, const std::string& route, std::string body,
                   const Case& in = {}) {
    const auto space = route.find(' ');
    auto request = request_of(route.substr(0, space), filled(route.substr(space + 1), in));
    request.headers["content-type"] = "application/json";
    event::scsns::WriterHead head{.send_cd = "P1100000000",
                                  .rcv_cd = "B1100000000",
                                  .rr_key = std::string(32, '0'),
                                  .at = world.clock().wall()};
    if (body == "AUTH") body = event::scsns::write_get_auth(head, "a-key-of-nobody");
    if (body == "EVENT") {
        event::scsns::WriterEvent event;
        event.number = "1";
        event.occurred_at = event.state_time = world.clock().wall();
        body = event::scsns::write_event(head, event);
    }
    request.body = filled(std::move(body), in);
    return world.ask(caller, std::move(request));
}

/// "GET /api/v1/grants/{}": the same for every name of a placeholder.
std::string shape(const std::string& route) {
    std::string out;
    bool inside = false;
    for (const char c : route) {
        if (!inside) out += c;
        if (c == '{') inside = true;
        if (c == '}' && inside) {
            inside = false;
            out += c;
        }
    }
    return out;
}

/// The pattern that takes a path: what is expected may name an id.
std::string pattern_of(const std::string& route) {
    for (const auto& [path, pattern] : {std::pair("GET /api/v1/duty/shifts/2026-09-21-night", "GET /api/v1/duty/shifts/{}"),
                                        std::pair("GET /api/v1/duty/watch/lit/2026-09-21T13:00:00Z", "GET /api/v1/duty/watch/lit/{}"),
                                        std::pair("GET /api/v1/duty/shifts/2026-09-21-night/log", "GET /api/v1/duty/shifts/{}/log"),
                                        std::pair("POST /api/v1/cameras/11000-0001/ptz/lease", "POST /api/v1/cameras/{}/ptz/lease"),
                                        std::pair("PUT /api/v1/duty/crews/A", "PUT /api/v1/duty/crews/{}")})
        if (route == path) return pattern;
    return shape(route);
}

std::set<std::string> served_routes() {
    std::set<std::string> routes;
    for (const auto& route : app::Site::routes())
        routes.insert(shape(std::string(route.method) + " " + std::string(route.pattern)));
    return routes;
}

TEST(Routes, EveryRouteHasAnExpectationAndEveryExpectationARoute) {
    std::set<std::string> expected;
    for (const auto& row : kPlain) expected.insert(pattern_of(row.route));
    for (const auto& row : kUnderGrant) expected.insert(pattern_of(row.route));

    EXPECT_EQ(served_routes(), expected);
}

TEST(Routes, TheDescriptionNamesExactlyWhatIsServed) {
    std::ifstream file(BONGSU_SOURCE_DIR "/docs/openapi.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto document = json::parse(text.str()).as_object();
    std::set<std::string> described;
    for (const auto& [path, methods] : document.at("paths").as_object()) {
        if (path.starts_with("/whep") || path.starts_with("/hls")) continue;  // Media's.
        for (const auto& [method, operation] : methods.as_object()) {
            std::string upper(method);
            for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
            described.insert(shape(upper + " " + std::string(path)));
        }
    }

    auto served = served_routes();
    // What the process serves without the site: its own pulse, files and the live stream.
    for (const auto* route :
         {"GET /health", "GET /api/openapi.json", "GET /map/base.json", "GET /api/v1/stream"})
        served.insert(route);
    EXPECT_EQ(described, served);
}

TEST(Routes, ARoleGetsWhatItMayAndNothingElse) {
    for (const auto& row : kPlain) {
        World world;
        for (std::size_t i = 0; i < kCallers.size(); ++i) {
            world.clock().advance(61s);  // The login's limit on wrong passwords is another test's.
            const auto before = world.entries();
            const auto answer = ask(world, kCallers[i], row.route, row.body);
            // One event for each who may send it: the agencies' own names keep the same number apart.
            const bool again = row.route == "POST /api/v1/events" && answer.status == 200;
            EXPECT_EQ(again ? 201 : answer.status, row.statuses[i]) << row.route << " as " << kCallers[i];
            if (answer.status >= 400) {
                EXPECT_EQ(world.entries(), before) << row.route << " as " << kCallers[i];
            }
        }
    }
}

TEST(Routes, AGrantsStateDecidesForEachRole) {
    using Column = std::pair<Statuses GrantRow::*, Case World::*>;
    const std::array<std::pair<const char*, Column>, 4> states{{
        {"no grant", {&GrantRow::none, &World::none}},
        {"its own grant", {&GrantRow::own_live, &World::own_live}},
        {"another agency's grant", {&GrantRow::others_live, &World::others_live}},
        {"its own ended grant", {&GrantRow::own_ended, &World::own_ended}},
    }};
    auto shared = std::make_unique<World>();
    for (const auto& row : kUnderGrant) {
        for (const auto& [name, column] : states) {
            for (std::size_t i = 0; i < kCallers.size(); ++i) {
                if (row.changes) shared = std::make_unique<World>();
                auto& world = *shared;
                // Looks have tests of their own.
                const auto changes = [&] { return world.entries() - world.entries_of("record.read"); };
                const auto before = changes();
                const auto answer = ask(world, kCallers[i], row.route, row.body, world.*column.second);
                const auto what = row.route + " " + row.body + " as " + std::string(kCallers[i]) + " with " +
                                  name + ": " + answer.body;
                EXPECT_EQ(answer.status, (row.*column.first)[i]) << what;
                EXPECT_EQ(changes() > before, answer.status < 400 && !row.route.starts_with("GET"))
                    << what;
            }
        }
    }
}

TEST(Routes, WhatAnAgencyMayNotSeeLooksLikeWhatIsNotThere) {
    World world;
    const Case unknown{std::string(kUnknownId), std::string(kUnknownId), std::string(kUnknownId)};
    for (const auto& row : kUnderGrant) {
        for (const auto& [caller, hidden] :
             {std::pair{"room112", &world.others_live}, std::pair{"room119", &world.own_live},
              std::pair{"room119", &world.none}, std::pair{"room119", &world.own_ended}}) {
            const auto real = ask(world, caller, row.route, row.body, *hidden);
            const auto absent = ask(world, caller, row.route, row.body, unknown);
            const auto what = row.route + " " + row.body + " as " + caller;
            ASSERT_GE(real.status, 400) << what;
            EXPECT_EQ(real.status, absent.status) << what;
            // The same words, and no id but the one that was asked for.
            auto words = real.body;
            for (const auto& id : {hidden->incident, hidden->grant, hidden->centre_grant}) {
                for (auto at = words.find(id); at != std::string::npos; at = words.find(id))
                    words.replace(at, id.size(), kUnknownId);
            }
            EXPECT_EQ(words, absent.body) << what;
            EXPECT_EQ(real.headers, absent.headers) << what;
        }
    }
}

/// A role is one's work at one's own site.
TEST(Routes, WhoWorksAtAnotherSiteHasNoPartInThisOnes) {
    World world;
    auto& site = world.site();
    ASSERT_TRUE(site.book().begin());
    const auto created = site.accounts().create_account(site.book(), {.login = "elsewhere", .name_ko = "시험", .name_en = "Test", .role = identity::Role::official,
                                                                      .site = {"11440"}, .agency = {"B1100000000"}, .send_cd = "", .rcv_cd = ""});
    ASSERT_TRUE(created) << created.error().message;
    ASSERT_TRUE(site.book().commit());
    const auto login = world.ask("anonymous", "POST", "/api/v1/login", {{"user", "elsewhere"}, {"password", created->password}});
    const std::string token(body_of(login).at("token").as_string());
    for (const auto* path : {"/api/v1/incidents", "/api/v1/grants", "/api/v1/cameras", "/api/v1/me", "/api/v1/journal"}) {
        auto request = request_of("GET", path);
        request.headers["authorization"] = "Bearer " + token;
        EXPECT_EQ(world.ask("anonymous", request).status, 403) << path;
    }
    bool is_heard = true;
    world.run(app::SessionQuery{token, [&](std::optional<identity::Session> session, std::uint64_t) { is_heard = session.has_value(); }});
    EXPECT_FALSE(is_heard);
}

std::set<std::string> ids_in(const http::Response& list) {
    std::set<std::string> ids;
    const auto body = body_of(list);
    for (const auto& item : body.at("items").as_array()) ids.insert(std::string(item.at("id").as_string()));
    return ids;
}

TEST(Routes, AnAgencysListsHoldItsOwnAlone) {
    World world;
    const auto& [live, none, others, ended] =
        std::tie(world.own_live, world.none, world.others_live, world.own_ended);
    const auto incidents = [&](const char* caller) {
        return ids_in(world.ask(caller, "GET", "/api/v1/incidents"));
    };
    const auto grants = [&](const char* caller, const std::string& query = "") {
        return ids_in(world.ask(caller, "GET", "/api/v1/grants" + query));
    };

    EXPECT_EQ(incidents("room112"), (std::set{live.incident, none.incident, ended.incident}));
    EXPECT_EQ(incidents("room119"), (std::set{others.incident}));
    EXPECT_EQ(incidents("operator"),
              (std::set{live.incident, none.incident, others.incident, ended.incident}));
    EXPECT_EQ(grants("room112"), (std::set{live.grant, ended.grant}));
    EXPECT_EQ(grants("room119"), (std::set{others.grant}));
    EXPECT_EQ(grants("room119", "?incident=" + live.incident), std::set<std::string>{});
    EXPECT_EQ(grants("operator", "?incident=" + live.incident), (std::set{live.grant, live.centre_grant}));
}

TEST(Routes, AnAgencyReadsItsOwnViewsAlone) {
    World world;
    ASSERT_EQ(ask(world, "room112", "POST /api/v1/tickets", kTicket, world.own_live).status, 201);
    ASSERT_EQ(ask(world, "operator", "POST /api/v1/tickets", kCentreTicket, world.own_live).status, 201);

    const auto views = [&](const char* caller) {
        return body_of(world.ask(caller, "GET", "/api/v1/views")).at("items").as_array().size();
    };
    EXPECT_EQ(views("supervisor"), 2U);
    EXPECT_EQ(views("room112"), 1U);
    EXPECT_EQ(views("room119"), 0U);
}

/// Everything in the journal that was published or shown to an agency names no camera outside its grants.
TEST(Routes, AnAgencyIsNotToldWhichOtherCamerasWereChosen) {
    World world;
    const auto timeline =
        world.ask("room112", "GET", "/api/v1/incidents/" + world.own_live.incident + "/timeline");
    ASSERT_EQ(timeline.status, 200);
    EXPECT_EQ(timeline.body.find(world.camera()), std::string::npos) << timeline.body;

    event::scsns::WriterEvent moved;
    moved.number = "own-live";
    moved.state = "40";
    moved.position = event::Position{1'269'781'000, 375'666'000};
    moved.occurred_at = moved.state_time = world.clock().wall() + 1s;
    auto request = request_of("POST", "/linkHttp/recvEvent.json");
    request.body = event::scsns::write_event({.send_cd = "P1100000000",
                                              .rcv_cd = "B1100000000",
                                              .rr_key = world.partner_key(),
                                              .at = world.clock().wall()},
                                             moved);
    const auto out = world.run(app::HttpInput{request, [](const http::Response&) {}});
    const auto grant = body_of(world.ask("room112", "GET", "/api/v1/grants/" + world.own_live.grant));
    std::set<std::string> granted;
    for (const auto& camera : grant.at("cameras").as_array()) granted.insert(camera.as_string().c_str());
    std::size_t to_staff = 0, to_agencies = 0;
    for (const auto& change : out.published) {
        if (change.kind != "camera_choice") continue;
        ++(change.staff ? to_staff : to_agencies);
        // Of staff's own words no agency hears; an agency's hold what its grants hold.
        EXPECT_EQ(change.agencies, change.staff ? std::set<std::string>{} : std::set<std::string>{"P1100000000"});
        const auto said = json::parse(change.item);  // Outlives the loop over a part of it.
        for (const auto& item : said.at("cameras").as_array()) {
            EXPECT_TRUE(change.staff || granted.contains(item.at("camera").as_string().c_str())) << change.item;
        }
    }
    EXPECT_EQ(to_staff, 1U);
    EXPECT_EQ(to_agencies, 1U);
}

TEST(Routes, NoKeyOfAPartnerIsWrittenDown) {
    World world;
    const std::string second(32, 'e'), api_key = "an-api-key-that-came-in-by-the-wrong-door";
    auto request = request_of("POST", "/linkHttp/recvEvent.json");
    request.headers["content-type"] = "application/json";
    request.headers["x-scsns-secret"] = world.partner_key();
    request.body = event::scsns::write_get_auth(
        {.send_cd = "P1100000000", .rcv_cd = "B1100000000", .rr_key = second, .at = world.clock().wall()},
        api_key);
    const auto before = world.entries();
    world.ask("anonymous", request);
    ASSERT_GT(world.entries(), before) << "the message is kept";

    const auto journal =
        world.ask("supervisor", "GET", "/api/v1/journal?after=" + std::to_string(before)).body;
    for (const auto& secret : {api_key, second, world.partner_key()})
        EXPECT_EQ(journal.find(secret), std::string::npos) << secret;
}

}  // namespace
}  // namespace bongsu::policy
