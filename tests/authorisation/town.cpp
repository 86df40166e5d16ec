#include "town.hpp"

#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "crypto/crypto.hpp"
#include "device/catalogue.hpp"
#include "duty/verbs.hpp"
#include "grant/purpose.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "identity/password.hpp"
#include "policy/world.hpp"

namespace bongsu::authorisation {

namespace json = boost::json;
using policy::body_of;
using policy::request_of;

namespace {

const std::string kCentreAgency = "B1100000000";

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void must(const http::Response& answer, int status, const std::string& what) {
    if (answer.status != status) throw std::runtime_error(what + ": " + std::to_string(answer.status) + " " + answer.body);
}

identity::Role role_of(char person) {
    using identity::Role;
    switch (person) {
        case 'o':
        case 'z':
            return Role::operator_;
        case 'p':
            return Role::police;
        case 's':
            return Role::supervisor;
        case 'f':
        case 'e':
            return Role::official;
        case 'a':
            return Role::admin;
        default:
            return Role::agency;
    }
}

/// Three kilometres from each other: no camera sees two of them.
device::Position place_of(const std::string& name) {
    const auto& all = law().incidents;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name == name) return {126.80 + 0.04 * static_cast<double>(i % 7), 37.48 + 0.04 * static_cast<double>(i / 7)};
    }
    throw std::runtime_error("no incident " + name);
}

device::Camera camera_at(const std::string& id, const std::string& name, const device::Position& at, const std::string& site) {
    device::Camera camera;
    camera.id.value = id;
    camera.site.value = site;
    camera.name = name;
    camera.owner.value = "B" + site + "00000";
    camera.lon = at.lon;
    camera.lat = at.lat - 0.0004;
    camera.bearing = 0;
    camera.field_of_view = 120;
    camera.range_m = 200;
    camera.purpose = "crime";
    camera.main_url = "rtsp://127.0.0.1:9/" + id;
    camera.state = device::State::idle;
    return camera;
}

grant::Purposes purposes_of(std::string_view kinds) {
    std::string list;
    for (std::size_t at = 0; at < kinds.size();) {
        const auto end = std::min(kinds.find(' ', at), kinds.size());
        list += (list.empty() ? "\"" : ", \"") + std::string(kinds.substr(at, end - at)) + "\"";
        at = end + 1;
    }
    std::string text;
    for (const auto& [key, holder, roles] : {std::tuple("lent", "requesting-agency", "\"agency\""), std::tuple("own", "centre", R"("operator", "police", "supervisor")"),
                                             std::tuple("duty", "person", "\"operator\"")}) {
        text += std::string("[[purpose]]\nkey = \"") + key + "\"\nname = { ko = \"x\", en = \"x\" }\nbasis = [{ from = 2019-01-01, text = \"x\" }]\n" +
                "events = []\nopens_at_grades = []\nagencies = []\nasked_by = []\nholder = \"" + holder + "\"\nroles = [" + roles +
                "]\ncameras = { rule = \"nearest-views\", count = 6, radius_m = 1000 }\nkinds = [" + list +
                "]\nheight = 0\nptz = false\npersons = 1\nminutes = 600\n";
    }
    return must(grant::Purposes::parse(text));
}

/// The same case from two services, at one place.
constexpr std::string_view kJoining = R"([[join]]
key = "112-119"
agencies = []
types = ["112UC001", "119UC001"]
with = ["112UC001", "119UC001"]
window_s = 300
radius_m = 50
)";

constexpr std::string_view kPartners = R"([[partner]]
key = "zqpartner"
format = "scsns"
sender = "P1100000000"
)";

}  // namespace

std::string code_of(char agency) { return std::string(1, agency) + "1100000000"; }

std::string word_of(const std::string& what, const std::string& name) {
    std::string out = "Zq";
    for (const auto& text : {what, name}) {
        bool starts = true;
        for (const char c : text) {
            const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (is_letter) out += starts && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            starts = !is_letter;
        }
    }
    return out + "qZ";
}

Town::Town() {
    found();
    enter_people();
    connect();
    tell_incidents();
    lend();
    leave_words();
    gather_grants();
}

void Town::found() {
    city_.centre = kCentre;
    city_.area = app::kDemonstrationArea;
    for (const auto& id : {kCentre, kDistrict, kOtherDistrict}) {
        must(disk_.make_folders(app::site_folder("DATA", id)));
        const auto ticket = must(app::load_or_make_key(env_, "DATA", id, "ticket"));
        const auto checkpoint = must(app::load_or_make_key(env_, "DATA", id, "checkpoint"));
        app::SiteInfo info;
        info.id = id;
        info.name_ko = info.name_en = "site";
        info.agency = {"B" + id.value + "00000"};
        info.joined = true;
        info.http = 1;
        info.media = 2;
        info.rtsp = 3;
        info.ticket_kid = ticket.kid;
        info.ticket_public = ticket.pair.public_key;
        info.checkpoint_kid = checkpoint.kid;
        info.checkpoint_public = checkpoint.pair.public_key;
        city_.sites.push_back(std::move(info));
    }
    std::string own;
    int number = 0;
    for (const auto& thing : law().incidents) {
        const bool is_district = thing.name == "district";
        const auto id = is_district ? "11440-0001" : "11000-" + std::to_string(1000 + ++number);
        cameras_[thing.name] = id;
        if (!is_district) own += device::catalogue_line(camera_at(id, word_of("camera", thing.name), place_of(thing.name), "11000"), device::Urls::keep);
    }
    cameras_["elsewhere"] = "11000-1099";
    own += device::catalogue_line(camera_at("11000-1099", word_of("camera", "elsewhere"), {127.15, 37.70}, "11000"), device::Urls::keep);
    std::string theirs = device::catalogue_line(camera_at("11440-0001", word_of("camera", "district"), place_of("district"), "11440"), device::Urls::keep);
    theirs += device::catalogue_line(camera_at("11440-0002", word_of("camera", "district's other"), {127.15, 37.60}, "11440"), device::Urls::keep);
    const auto folder = app::site_folder("DATA", kCentre);
    disk_.put(folder + "/joining.toml", std::string(kJoining));
    disk_.put(folder + "/partners.toml", std::string(kPartners));
    disk_.put(app::site_folder("DATA", kDistrict) + "/contract.json",
              R"({"site":"11440","with":"11000","purposes":["112-emergency-video","operator-incident"],"kinds":["live"]})");
    centre_ = open(kCentre, own);
    district_ = open(kDistrict, theirs);
}

std::unique_ptr<app::Site> Town::open(const SiteId& id, const std::string& catalogue) {
    disk_.put(app::site_folder("DATA", id) + "/catalogue.jsonl", catalogue);
    return must(app::Site::open(env_, {.data = "DATA", .id = id, .city = city_, .in_memory = true}));
}

app::Outputs Town::run(app::Site& site, app::Input input) {
    std::vector<app::Input> batch;
    batch.push_back(std::move(input));
    auto out = site.run(std::move(batch));
    if (watch) watch(out);
    for (const auto& reply : out.replies) reply();
    site.tidy();
    for (auto& check : out.password_checks) {
        const bool right = identity::verify(check.candidate.encoded, check.password);
        run(site, app::PasswordChecked{check.candidate, right, check.remote, check.reply});
    }
    for (auto slices = std::exchange(out.again, {}); !slices.empty();) {
        auto next = site.run(std::move(slices));
        slices = std::move(next.again);
        for (const auto& reply : next.replies) reply();
        out.imports.insert(out.imports.end(), next.imports.begin(), next.imports.end());
    }
    for (const auto& job : out.imports) {
        app::run_import(disk_, *job);
        run(site, app::ImportDone{job});
    }
    return out;
}

namespace {

http::Response answer_of(Town& town, app::Site& site, http::Request request) {
    request.remote = "127.0.0.1:40000";
    std::optional<http::Response> answer;
    town.run(site, app::HttpInput{std::move(request), [&](http::Response response) { answer = std::move(response); }});
    if (!answer) throw std::runtime_error("no answer");
    return *std::move(answer);
}

}  // namespace

http::Response Town::ask(http::Request request) { return answer_of(*this, *centre_, std::move(request)); }
http::Response Town::ask_district(http::Request request) { return answer_of(*this, *district_, std::move(request)); }
http::Response Town::ask(char person, http::Request request) {
    request.headers["authorization"] = "Bearer " + tokens_.at(person);
    return ask(std::move(request));
}
http::Response Town::ask(char person, const std::string& method, const std::string& path, const json::object& body) {
    return ask(person, request_of(method, path, body.empty() ? "" : json::serialize(body)));
}

std::string Town::log_in(app::Site& site, const std::string& login, const std::string& password) {
    const auto answer = answer_of(*this, site, request_of("POST", "/api/v1/login", json::serialize(json::object{{"user", login}, {"password", password}})));
    must(answer, 200, "login of " + login);
    return std::string(body_of(answer).at("token").as_string());
}
std::string Town::log_in(char person) { return log_in(*centre_, logins_.at(person), passwords_.at(person)); }

identity::CreatedAccount Town::account(app::Site& site, const std::string& login, char person, const SiteId& of) {
    const auto agency = agency_of(person);
    const auto code = agency.empty() ? "B" + of.value + "00000" : code_of(agency[0]);
    const bool sends = !agency.empty() && person != '2';
    auto created = must(site.accounts().create_account(site.book(), {.login = login,
                                                                     .name_ko = word_of("name", login),
                                                                     .name_en = word_of("name", login),
                                                                     .role = role_of(person),
                                                                     .site = of,
                                                                     .agency = {code},
                                                                     .send_cd = sends ? code : "",
                                                                     .rcv_cd = sends ? kCentreAgency : ""}));
    if (!created.api_key.empty()) secret("API key of " + login, created.api_key, "");
    secret("password of " + login, created.password, "");
    return created;
}

void Town::enter_people() {
    must(centre_->book().begin());
    for (const auto& [person, login] : {std::pair('o', "operator"), std::pair('z', "operator-off"), std::pair('p', "police"), std::pair('s', "supervisor"),
                                        std::pair('f', "official"), std::pair('a', "admin"), std::pair('e', "official-elsewhere"), std::pair('1', "room112"),
                                        std::pair('2', "room112-second"), std::pair('9', "room119"), std::pair('j', "justice")}) {
        const auto created = account(*centre_, login, person, person == 'e' ? kDistrict : kCentre);
        users_[person] = created.user.value;
        logins_[person] = login;
        passwords_[person] = created.password;
        if (person == '1') api_key_ = created.api_key;
    }
    const auto gone = account(*centre_, "gone", 'o', kCentre);
    const auto& rules = duty::Rules::defaults();
    const auto shift = rules.pattern().at(clock_.wall());
    values_["{shift}"] = shift.id;
    values_["{crew}"] = shift.crew;
    must(duty::set_crew(centre_->book(), rules, "user:" + users_['f'], shift.crew, duty::day_of(clock_.wall()),
                        {{UserId{users_['o']}, identity::Role::operator_, ""}, {UserId{users_['p']}, identity::Role::police, ""}, {UserId{users_['s']}, identity::Role::supervisor, ""}}));
    must(centre_->book().commit());
    for (const char person : kPersons) {
        if (person == 'n') continue;
        tokens_[person] = log_in(person);
        secret(std::string("token of ") + person, tokens_[person], "");
    }
    false_tokens_["a token of a disabled account"] = log_in(*centre_, "gone", gone.password);
    must(centre_->book().begin());
    must(centre_->accounts().disable_account(centre_->book(), "user:" + users_['a'], gone.user));
    must(centre_->book().commit());
    const auto ended = log_in('o');
    auto bye = request_of("POST", "/api/v1/logout");
    bye.headers["authorization"] = "Bearer " + ended;
    must(ask(bye), 204, "logout");
    false_tokens_["a token that was logged out"] = ended;
    tokens_['o'] = log_in('o');  // A logout from one of two places leaves the seat as it is.
    secret("the operator's token", tokens_['o'], "");
    false_tokens_["a forged token"] = std::string(43, 'A');

    must(district_->book().begin());
    std::map<char, std::string> passwords;
    for (const char person : std::string("opsfa")) passwords[person] = account(*district_, std::string("district-") + person, person, kDistrict).password;
    must(district_->book().commit());
    for (const auto& [person, password] : passwords) district_tokens_[person] = log_in(*district_, std::string("district-") + person, password);
    false_tokens_["a token of another site"] = district_tokens_['s'];
}

/// Media and the district are there, and say that their cameras stream.
void Town::connect() {
    run(app::MediaUp{});
    for (const auto& [name, id] : cameras_) {
        if (id.starts_with("11000")) run(app::MediaInput{{{"t", "camera"}, {"id", id}, {"state", "streaming"}, {"cause", ""}}});
    }
    run(*district_, app::MediaUp{});
    run(*district_, app::MediaInput{{{"t", "camera"}, {"id", "11440-0001"}, {"state", "streaming"}, {"cause", ""}}});
    run(app::BusUp{kDistrict});
    const auto said = run(*district_, app::BusUp{kCentre});
    for (const auto& [peer, message] : said.to_bus) run(app::BusInput{kDistrict, message});
    auto auth = request_of("POST", "/api/getAuth.json");
    auth.body = event::scsns::write_get_auth({.send_cd = code_of('P'), .rcv_cd = kCentreAgency, .at = clock_.wall()}, api_key_);
    partner_key_ = std::string(body_of(ask(auth)).at("message").as_string());
    secret("session key of the 112 room's system", partner_key_, "");
    false_tokens_["the session key of an agency's system"] = partner_key_;
    false_tokens_["the API key of an agency's account"] = api_key_;
}

void Town::find_incident(const std::string& name, const std::string& number) {
    const auto rows = must(centre_->book().db().query("select id from incident where number = $1", {number}));
    if (rows.size() != 1) throw std::runtime_error("no incident for " + number);
    incidents_[name] = rows[0].text(0);
}

void Town::room112_says(const std::string& name, const std::string& grade, const std::string& state, const std::string& text) {
    const auto at = place_of(name);
    event::scsns::WriterEvent event;
    event.number = "n-" + name;
    event.grade = grade;
    event.state = state;
    event.position = event::Position{static_cast<std::int32_t>(at.lon * 1e7), static_cast<std::int32_t>(at.lat * 1e7)};
    event.place = word_of("place 112", name);
    event.text = text.empty() ? word_of("text 112", name) : text;
    event.occurred_at = event.state_time = clock_.wall();
    auto request = request_of("POST", "/linkHttp/recvEvent.json");
    request.body = event::scsns::write_event({.send_cd = code_of('P'), .rcv_cd = kCentreAgency, .rr_key = partner_key_, .at = clock_.wall()}, event);
    const auto answer = ask(std::move(request));
    if (answer.body.find("\"result\":\"0\"") == std::string::npos) throw std::runtime_error("the 112 room was refused: " + answer.body);
    clock_.advance(10ms);
    if (!incidents_.contains(name)) find_incident(name, event.number);
}

void Town::room119_says(const std::string& name, const std::string& grade, const std::string& at) {
    const auto place = place_of(at.empty() ? name : at);
    const auto answer = ask('9', "POST", "/api/v1/events",
                            {{"id", "f-" + name}, {"source", "room"}, {"type", "119UC001"}, {"time", to_rfc3339(clock_.wall())}, {"grade", grade},
                             {"position", {place.lon, place.lat}}, {"place", word_of("place 119", name)}, {"text", word_of("text 119", name)}, {"revision", ++revision_}});
    must(answer, 201, "an event of the 119 room");
    const std::string id(body_of(answer).at("incident").as_string());
    if (incidents_.contains(name) && incidents_[name] != id) throw std::runtime_error(name + " did not become one case");
    incidents_[name] = id;
    clock_.advance(10ms);
}

/// As the law's list of incidents has them.
void Town::tell_incidents() {
    room112_says("expired", "10", "10");
    clock_.advance(121min);  // A grant of 112 lives for two hours.
    run(app::Tick{});
    run(app::Tick{});
    auto auth = request_of("POST", "/api/getAuth.json");
    auth.body = event::scsns::write_get_auth({.send_cd = code_of('P'), .rcv_cd = kCentreAgency, .at = clock_.wall()}, api_key_);
    partner_key_ = std::string(body_of(ask(auth)).at("message").as_string());
    secret("newer session key of the 112 room's system", partner_key_, "");
    for (const auto* name : {"live", "ended", "revoked", "joint", "lent", "district"}) room112_says(name, "10", "10");
    for (const auto* name : {"none", "coming"}) room112_says(name, "20", "10");
    room112_says("ended", "10", "50");
    room119_says("fire", "10");
    room119_says("fire-none", "20");
    room119_says("joint", "10");

    // Found on a screen: by a ticket of the operator's own duty.
    const auto own = body_of(ask('o', "GET", "/api/v1/duty/watch/own"));
    const std::string duty(own.at("set").at("grant").as_string());
    const auto ticket = ask('o', "POST", "/api/v1/tickets", {{"grant", duty}, {"camera", camera("found")}, {"kind", "live"}});
    must(ticket, 201, "a ticket of duty");
    false_tokens_["a ticket"] = std::string(body_of(ticket).at("ticket").as_string());
    still_ = std::string("\xff\xd8\xff\xe0") + word_of("still", "found") + "\xff\xd9";
    const auto found = ask('o', "POST", "/api/v1/duty/findings",
                           {{"camera", camera("found")}, {"kind", "fire"}, {"text", word_of("text", "found")}, {"picture", crypto::to_base64(still_)}});
    must(found, 201, "a finding");
    incidents_["found"] = std::string(body_of(found).at("incident").as_string());
    const auto drill = ask('s', "POST", "/api/v1/drills", {{"incident", incident("live")}});
    must(drill, 201, "a drill");
    for (int i = 0; i < 5 && !incidents_.contains("drill"); ++i) {
        clock_.advance(1s);
        run(app::Tick{});
        const auto list = body_of(ask('s', "GET", "/api/v1/drills"));
        const auto& one = list.at("items").at(0).as_object();
        if (const auto* made = one.if_contains("incidents"); made != nullptr && !made->as_array().empty()) incidents_["drill"] = std::string(made->as_array().at(0).as_string());
    }
}

std::string Town::issue(const std::string& holder, const std::string& incident_id, const std::vector<std::string>& cameras, std::string_view kinds,
                        std::optional<std::chrono::minutes> from, std::chrono::minutes long_for) {
    grant::GrantRequest request;
    request.actor = "site:" + kCentre.value;
    request.purpose = holder == "centre" ? "own" : holder == "P" || holder == "F" ? "lent" : "duty";
    if (request.purpose != "duty") request.incident = {incident_id};
    if (holder == "centre") request.holder.agency = AgencyId{kCentreAgency};
    else if (request.purpose == "lent") request.holder.agency = AgencyId{code_of(holder[0])};
    else request.holder.user = UserId{users_.at(holder[0])};
    for (const auto& id : cameras) request.cameras.push_back({id});
    if (from) request.from = clock_.wall() + *from;
    request.to = request.from.value_or(clock_.wall()) + long_for;
    must(centre_->book().begin());
    const auto given = must(grant::issue(centre_->book(), purposes_of(kinds), request));
    must(centre_->book().commit());
    return given.id.value;
}

void Town::end_grant(const std::string& id, const std::string& how) {
    must(centre_->book().begin());
    if (how == "revoked") must(grant::end(centre_->book(), "user:" + users_.at('s'), {id}, "no longer needed"));
    else must(grant::end_for(centre_->book(), "site:" + kCentre.value, {id}, how));
    must(centre_->book().commit());
}

void Town::lend() {
    issue("F", incident("fire"), {camera("fire")}, "live snapshot");
    issue("F", incident("joint"), {camera("joint")}, "live snapshot");
    issue("F", incident("lent"), {camera("lent")}, "live snapshot");
    issue("P", incident("coming"), {camera("coming")}, "live snapshot", 600min, 60min);
    const auto rows = must(centre_->book().db().query("select id from grants where incident = $1 and holder_agency = $2", {incident("revoked"), code_of('P')}));
    auto request = request_of("DELETE", "/api/v1/grants/" + rows[0].text(0), json::serialize(json::object{{"reason", word_of("end", "revoked")}}));
    must(ask('s', std::move(request)), 200, "the end of a grant");
}

void Town::leave_words() {
    const std::string staff = "ozpsfa";
    for (const auto& thing : law().incidents) {
        std::string police = staff, fire = staff;
        for (const char person : kAgencyPersons) {
            const char agency = agency_of(person)[0];
            const bool has_sent = thing.senders.find(agency) != std::string::npos, holds = thing.holders.find(agency) != std::string::npos;
            // Who has not reported it, and was lent its cameras, hears the words of the report that opened it.
            if (agency == 'P' ? has_sent : !has_sent && holds) police += person;
            if (agency == 'F' && has_sent) fire += person;
        }
        if (thing.senders.find('P') != std::string::npos)
            for (const auto* what : {"place 112", "text 112"}) secret(std::string(what) + " of " + thing.name, word_of(what, thing.name), police);
        if (thing.senders.find('F') != std::string::npos)
            for (const auto* what : {"place 119", "text 119"}) secret(std::string(what) + " of " + thing.name, word_of(what, thing.name), fire);
        std::string camera_for = staff, incident_for = staff;
        for (const char person : kAgencyPersons) {
            if (thing.holders.find(agency_of(person)[0]) != std::string::npos) camera_for += person;
            if (has_part(thing, person)) incident_for += person;
        }
        secret("name of the camera of " + thing.name, word_of("camera", thing.name), camera_for);
        secret("id of the camera of " + thing.name, camera(thing.name), camera_for);
        secret("id of incident " + thing.name, incident(thing.name), incident_for);
        // The room's own words about it.
        must(ask('o', "POST", "/api/v1/incidents/" + incident(thing.name) + "/acts", {{"act", "note"}, {"text", word_of("note", thing.name)}}),
             201, "a note about " + thing.name);
        secret("note about " + thing.name, word_of("note", thing.name), staff);
    }
    secret("name of a camera far from everything", word_of("camera", "elsewhere"), staff);
    secret("name of a district's other camera", word_of("camera", "district's other"), staff);
    secret("words about the found", word_of("text", "found"), staff);
    secret("still of the found", word_of("still", "found"), "opsf");
    secret("words of who ended the grant of revoked", word_of("end", "revoked"), staff + "12");
    secret("id of the operator", user('o'), staff);

    must(ask('o', "POST", "/api/v1/duty/notes", {{"text", word_of("note", "shift")}}), 201, "a note of the shift");
    secret("note of the shift", word_of("note", "shift"), staff);
    const auto wanting = ask('o', "POST", "/api/v1/duty/shortcomings", {{"text", word_of("wanting", "shift")}});
    must(wanting, 201, "a report of what is wanting");
    values_["{shortcoming}"] = std::string(body_of(wanting).at("no").as_string());
    secret("what is wanting", word_of("wanting", "shift"), staff);
    for (const auto* login : {"operator", "police", "supervisor"}) secret(std::string("name of ") + login, word_of("name", login), staff);
    for (const auto& [login, person] : {std::pair("operator-off", 'z'), std::pair("official", 'f'), std::pair("admin", 'a')})
        secret(std::string("name of ") + login, word_of("name", login), std::string("sf") + (person == 'f' ? "" : std::string(1, person)));
    for (const auto& [login, person] : {std::pair("room112", '1'), std::pair("room112-second", '2'), std::pair("room119", '9'), std::pair("justice", 'j')})
        secret(std::string("name of ") + login, word_of("name", login), std::string(1, person));
    secret("name of a partner's agreement", "zqpartner", "sfa");

    auto list = request_of("POST", "/api/v1/cameras/imports");
    list.headers["content-type"] = "text/csv";
    list.headers["authorization"] = "Bearer " + token('f');
    list.file = std::make_shared<const std::string>("관리번호,소재지도로명주소,설치목적구분,카메라대수,위도,경도\n" + word_of("row", "import") +
                                                    ",서울특별시 중구 세종대로 110,생활방범,1,37.666535,126.677969\n");
    const auto imported = ask(std::move(list));
    must(imported, 201, "an import");
    values_["{import}"] = std::string(body_of(imported).at("import").as_string());
    secret("id of an import", values_["{import}"], "sfa");
    values_["{unknown}"] = values_["{delivery}"] = std::string(policy::kUnknownId);
    values_["{raw}"] = "999999";
    values_["{hour}"] = "2026-09-21T13:00:00Z";
}

void Town::gather_grants() {
    const auto rows = must(centre_->book().db().query("select id, incident, holder_agency, holder_user from grants order by id", {}));
    for (const auto& row : rows) {
        GrantHere one{row.text(0), {}, {}, {}};
        for (const auto& [name, id] : incidents_) {
            if (id == row.text(1)) one.incident = name;
        }
        const auto agency = row.is_null(2) ? std::string() : row.text(2);
        if (agency == code_of('P')) one.holders = "P";
        if (agency == code_of('F')) one.holders = "F";
        one.name = (one.incident.empty() ? "duty" : one.incident) + "/" + (!one.holders.empty() ? one.holders : agency.empty() ? "person" : "centre");
        std::string may = "ozpsfa";
        for (const char person : kAgencyPersons) {
            if (!one.holders.empty() && agency_of(person) == one.holders) may += person;
        }
        secret("id of grant " + one.name, one.id, may);
        grants_.push_back(std::move(one));
    }
}

}  // namespace bongsu::authorisation
