#include "law.hpp"

#include <algorithm>

namespace bongsu::authorisation {

namespace {

bool has(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

bool has_word(std::string_view words, std::string_view word) {
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find(' ', at), words.size());
        if (words.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

const std::string kStaff = "ozpsfa", kAnybody = "nozpsfae129j", kAgencies = "129j";
const std::string kCrew = "ozps";         // Who does the work: receives, writes down, acts, decides on messages.
const std::string kPlan = "sf";           // Who plans the duty, and so sees the persons in it.
const std::string kAudit = "sfa";         // Who looks through the record: not the watchers themselves.
const std::string kSite = "fa";           // Who changes what the site has and with whom it is linked, and orders what goes by law.

// clang-format off
std::vector<Row> make_rows() {
    return {
        // --- Its own pulse: for probes, without a word of anybody. ---
        {"GET /ready", kAnybody, {200}},
        {"GET /metrics", kAnybody, {200}},
        // --- Who is there. A person's session is the person's alone. ---
        {"POST /api/v1/login", "", {}, R"({"user":"nobody","password":"wrong"})", 401, true},
        {"GET /api/v1/me", kStaff + kAgencies, {200}},
        // --- An agency's system comes with its own key; no person's session stands in for it. ---
        {"POST /api/getAuth.json", "", {}, "AUTH", 401, true},
        {"POST /linkHttp/recvEvent.json", "", {}, "EVENT", 401, true},
        {"POST /api/reqEvent.json", "", {}, "EVENT", 401, true},
        {"POST /api/v1/events", kCrew + kAgencies, {201, 200, 409}, R"({"id":"matrix","source":"s","type":"119UC001","time":"2026-09-21T00:00:00Z","grade":"20"})"},
        // --- What partners got wrong and what they are told is the centre's: an agency knows its own messages' answers. ---
        {"GET /api/v1/messages/refused", kStaff, {200}},
        {"GET /api/v1/messages/dead", kStaff, {200}},
        {"POST /api/v1/messages/dead/release", kCrew, {200}, R"({"reason":"x","dryRun":true})"},
        {"POST /api/v1/messages/dead/{raw}/release", kCrew, {404}, R"({"reason":"x"})"},
        {"POST /api/v1/messages/dead/{raw}/dismiss", kCrew, {404}, R"({"reason":"x"})"},
        {"GET /api/v1/deliveries", kStaff, {200}},
        {"POST /api/v1/deliveries/{delivery}/retry", kCrew, {404}, R"({"reason":"x"})"},
        {"GET /api/v1/partners", kAudit, {200}},
        {"POST /api/v1/partners/reload", kSite, {200}, R"({"reason":"x"})"},
        // --- The linked services: what is lent for what is no secret of the staff; putting it in force is the officials'. ---
        {"GET /api/v1/services", kStaff, {200}},
        {"GET /api/v1/services/statistics", kStaff, {200}},
        {"POST /api/v1/services/reload", kSite, {200}, R"({"reason":"x"})"},
        // --- The directory, and every way to search it: an agency sees cameras by its grants and no others. ---
        {"GET /api/v1/sites", kStaff, {200}},
        {"GET /api/v1/cameras?near=126.9,37.5&limit=50", kStaff, {200}},
        {"GET /api/v1/cameras?bbox=126.5,37.0,127.5,38.0", kStaff, {200}},
        {"GET /api/v1/cameras?site=11000", kStaff, {200}},
        {"GET /api/v1/cameras?site=11440", kStaff, {200}},
        {"GET /api/v1/cameras?q=Zq", kStaff, {200}},
        // To turn one is work at a seat, or an agency's under its own grant: never of who plans or runs the machines.
        {"GET /api/v1/cameras/{unknown}/ptz", kCrew + kAgencies, {404}},
        {"POST /api/v1/cameras/{unknown}/ptz/lease", "ops" + kAgencies, {404}, R"({"grant":"x","reason":"x"})"},
        {"DELETE /api/v1/cameras/{unknown}/ptz/lease", kCrew + kAgencies, {404}},
        {"POST /api/v1/cameras/{unknown}/ptz/move", kCrew + kAgencies, {404}, R"({"pan":1,"ms":500})"},
        {"POST /api/v1/cameras/{unknown}/ptz/stop", kCrew + kAgencies, {404}},
        {"POST /api/v1/cameras/{unknown}/ptz/preset", kCrew + kAgencies, {404}, R"({"preset":"1"})"},
        {"POST /api/v1/cameras/{unknown}/ptz/home", kCrew + kAgencies, {404}},
        {"GET /api/v1/cameras/{unknown}/ptz/presets", kCrew + kAgencies, {404}},
        {"GET /api/v1/cameras/imports", kAudit, {200}},
        {"POST /api/v1/cameras/imports", kSite, {400}},
        {"GET /api/v1/cameras/imports/{import}", kAudit, {200}},
        {"POST /api/v1/cameras/imports/{unknown}/undo", kSite, {404}},
        // --- Duty: the room sees its seats, who plans sees the persons, nobody outside sees either. ---
        {"GET /api/v1/people", kPlan, {200}},
        {"GET /api/v1/duty", kStaff, {200}},
        {"GET /api/v1/duty/watch", kStaff, {200}},
        {"GET /api/v1/duty/watch/own", "oz", {200}},
        {"POST /api/v1/duty/watch/passes", "o", {201}, R"({"pass":0})", 409},
        {"GET /api/v1/duty/watch/lit", kStaff, {200}},
        {"GET /api/v1/duty/watch/lit/{hour}", kPlan, {200}},
        {"POST /api/v1/duty/watch/lit", "oz", {400}, "{}"},
        {"GET /api/v1/duty/findings/kinds", kStaff, {200}},
        {"POST /api/v1/duty/findings", kCrew, {400}, R"({"camera":"{camera}","kind":"dragon"})"},
        {"GET /api/v1/duty/shifts", kStaff, {200}},
        {"GET /api/v1/duty/shifts/{shift}", kPlan, {200}},
        {"GET /api/v1/duty/shifts/{shift}/log", kStaff, {200}},
        {"GET /api/v1/duty/shifts/{shift}/brief", kStaff, {404}},  // It has not ended.
        {"POST /api/v1/duty/shifts/{shift}/brief/acks", kCrew, {404}, R"({"kind":"note","subject":"1"})"},
        {"GET /api/v1/duty/results", kPlan, {200}},
        {"POST /api/v1/duty/notes", "ops", {201}, R"({"text":"x"})", 409},
        {"GET /api/v1/duty/shortcomings", kStaff, {200}},
        {"POST /api/v1/duty/shortcomings", "ops", {201}, R"({"text":"x"})", 409},
        {"POST /api/v1/duty/shortcomings/{shortcoming}/assign", kPlan, {400}, R"({"user":"x"})"},
        {"POST /api/v1/duty/shortcomings/{shortcoming}/answer", kPlan, {201, 409}, R"({"text":"x"})"},
        {"POST /api/v1/duty/shifts/{shift}/absences", kPlan, {404}, R"({"user":"x","reason":"sick"})"},
        {"DELETE /api/v1/duty/shifts/{shift}/absences/{unknown}", kPlan, {404}},
        {"POST /api/v1/duty/shifts/{shift}/calls", kPlan, {400}, R"({"user":"x"})"},
        {"GET /api/v1/duty/crews", kPlan, {200}},
        {"PUT /api/v1/duty/crews/{crew}", kPlan, {400}, R"({"members":7})"},
        // --- Alarms are of sources and rules, for the seats of a role. ---
        {"GET /api/v1/alarms", kStaff, {200}},
        {"GET /api/v1/alarms/load", kStaff, {200}},
        {"POST /api/v1/alarms/{unknown}/ack", kStaff, {404}},
        {"POST /api/v1/alarms/{unknown}/shelve", kStaff, {404}, R"({"reason":"x"})"},
        {"POST /api/v1/alarms/{unknown}/unshelve", kStaff, {404}},
        // --- Incidents: the centre's all; an agency's are those that it reported or that cameras were lent to it for. ---
        {"GET /api/v1/incidents", kStaff + kAgencies, {200}},
        {"GET /api/v1/incidents?state=new", kStaff + kAgencies, {200}},
        {"GET /api/v1/incidents?state=closed,released,cancelled", kStaff + kAgencies, {200}},
        {"GET /api/v1/incidents?limit=1", kStaff + kAgencies, {200}},
        {"GET /api/v1/incidents/{incident}", kStaff + "w", {200}},
        {"GET /api/v1/incidents/{incident}/timeline", kStaff + "w", {200}},
        {"GET /api/v1/incidents/{incident}/timeline?after=1", kStaff + "w", {200}},
        {"GET /api/v1/incidents/{incident}/cameras", kStaff + "w", {200}},
        {"GET /api/v1/incidents/{incident}/service", kStaff + "w", {200}},
        // Where a person may be by now is for those who look for that person.
        {"GET /api/v1/incidents/{incident}/ahead", kStaff, {200, 404, 409}},
        // What each sender says, what stands near, what is to be done and who found it: the centre's own work.
        {"GET /api/v1/incidents/{incident}/reports", kStaff, {200}},
        {"GET /api/v1/incidents/{incident}/near", kStaff, {200}},
        {"GET /api/v1/incidents/{incident}/procedure", kStaff, {200, 404}},
        {"GET /api/v1/incidents/{incident}/finding", kStaff, {200, 404}},
        // A still is a picture: for who is at a seat and for the official in charge; who runs the system sees none.
        {"GET /api/v1/incidents/{incident}/picture", "opsf", {200, 404}},
        {"POST /api/v1/incidents/{incident}/acts", kCrew, {201, 409}, R"({"act":"note","text":"x"})"},
        {"POST /api/v1/incidents/{incident}/merge", kCrew, {400}, R"({"other":""})"},
        {"POST /api/v1/incidents/{incident}/split", kCrew, {400}, R"({"event":""})"},
        {"POST /api/v1/incidents/{incident}/procedure/steps", kCrew, {400, 404}, "{}"},
        {"POST /api/v1/incidents/{incident}/procedure/acks", kCrew, {400, 404}, "{}"},
        {"GET /api/v1/holds", kStaff, {200}},
        {"POST /api/v1/holds/{incident}/end", "psf", {400, 404}, "{}"},
        {"GET /api/v1/drills", kStaff, {200}},
        {"POST /api/v1/drills", kPlan, {400}, "{}"},
        {"POST /api/v1/drills/{unknown}/stop", kPlan, {404}},
        // --- Grants: seen by who works here and by who holds them; given and ended by who answers for it. ---
        {"GET /api/v1/grants", kStaff + kAgencies, {200}},
        {"GET /api/v1/grants?incident={incident}", kStaff + kAgencies, {200}},
        {"GET /api/v1/grants/{grant}", kStaff + "w", {200}},
        {"POST /api/v1/grants", "psf", {201, 409}, R"({"incident":"{incident}","purpose":"operator-incident","cameras":["{camera}"],"minutes":5})"},
        {"DELETE /api/v1/grants/{grant}", "psf", {400}},
        {"POST /api/v1/tickets", kCrew + kAgencies, {400}, "{}"},
        // --- The record is for who answers for it, and an agency's for its own part; never for those whom it watches. ---
        {"GET /api/v1/views", kAudit + kAgencies, {200}},
        {"GET /api/v1/views?incident={incident}", kAudit + kAgencies, {200}},
        {"GET /api/v1/views?camera={camera}", kAudit + kAgencies, {200}},
        {"GET /api/v1/journal?after=0", kAudit, {200}},
        {"GET /api/v1/journal/access", kAudit, {200}},
        {"GET /api/v1/journal/erasures", kAudit, {200}},
        {"POST /api/v1/journal/erasures", kSite, {400}, "{}"},
        {"GET /api/v1/journal/checkpoints", kAudit, {200}},
        // --- What ends something for the person who asks; last, in the order in which one follows from the other. ---
        {"POST /api/v1/duty/break", "ops", {200}, "", 409},
        {"DELETE /api/v1/duty/break", "ops", {200}, "", 409},
        {"DELETE /api/v1/duty/seat", "ops", {200}, "", 409},
        {"POST /api/v1/duty/seat", "ops", {201}, "{}"},
        {"POST /api/v1/logout", kStaff + kAgencies, {204}},
    };
}
// clang-format on

Law make_law() {
    Law out;
    out.rows = make_rows();
    out.incidents = {
        {"expired", "P", "P"}, {"live", "P", "P"},   {"none", "P", ""},     {"ended", "P", "P"},  {"revoked", "P", "P"},
        {"coming", "P", "P"},  {"fire", "F", "F"},   {"fire-none", "F", ""}, {"joint", "PF", "PF"}, {"lent", "P", "PF"},
        {"found", "", ""},     {"drill", "", ""},    {"district", "P", "P"},
    };
    // Watching is the crew's work and what an agency was lent; who is in charge or runs the machines asks for no picture.
    out.may_ask_tickets = "ops129j";
    out.centre_watchers = "ops";
    out.states_that_open = "live";
    out.kinds_served = "live snapshot";
    // A kind of ticket opens its own ways and no other. A copy or a recording has no way yet.
    out.ways = {{"whep", "live"}, {"fmp4", "live"}, {"hls", "live"}, {"rtsp", "live relay"}, {"snapshot", "snapshot"}};
    // Of the room's own work no agency hears; of an incident and a grant who has a part in it, in words of its own.
    out.told = {{"incident", kStaff + "w"}, {"grant", kStaff + "w"}, {"camera_choice", kStaff + "w"}, {"view", kStaff},
                {"dead_letters", kStaff},   {"duty", kStaff},        {"alarms", kStaff},              {"camera", kStaff},
                {"site", kStaff},           {"media", kStaff + kAgencies}, {"deliveries", kStaff}};
    return out;
}

}  // namespace

std::string_view agency_of(char person) {
    if (person == '1' || person == '2') return "P";
    if (person == '9') return "F";
    return person == 'j' ? "J" : "";
}

const Law& law() {
    static const Law kLaw = make_law();
    return kLaw;
}

bool has_part(const Thing& incident, char person) {
    const auto agency = agency_of(person);
    return !agency.empty() && (has(incident.senders, agency[0]) || has(incident.holders, agency[0]));
}

Expected expected_of(const Row& row, char person, const Thing* incident, const std::string* holders) {
    if (row.of_partners) return {false, 401};
    const auto agency = agency_of(person);
    if (has(row.may, person)) return {true, 0};
    if (person == 'n') return {false, 401};
    if (!agency.empty() && has(row.may, 'w')) {
        const bool is_its_own = holders != nullptr ? has(*holders, agency[0]) : incident != nullptr && has_part(*incident, person);
        // The same as what does not exist: it must not learn what there is.
        return is_its_own ? Expected{true, 0} : Expected{false, 404};
    }
    return {false, person == 'z' && has(row.may, 'o') ? row.off : 403};
}

bool may_know(const Lent& lent, char person) {
    const bool is_ours = has(kStaff, person);
    const auto agency = agency_of(person);
    return is_ours || (!agency.empty() && lent.holder == agency) || lent.holder == std::string(1, person);
}

bool may_have_ticket(const Law& law, const Lent& lent, char person, std::string_view kind, bool in_grant) {
    const auto agency = agency_of(person);
    const bool holds = lent.holder == std::string(1, person) || (!agency.empty() && lent.holder == agency) ||
                       (lent.holder == "centre" && has(law.centre_watchers, person));
    return has(law.may_ask_tickets, person) && holds && has_word(law.states_that_open, lent.state) && in_grant && has_word(lent.kinds, kind) &&
           has_word(law.kinds_served, kind);
}

}  // namespace bongsu::authorisation
