#include "world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "device/catalogue.hpp"
#include "duty/verbs.hpp"
#include "grant/purpose.hpp"
#include "grant/verbs.hpp"
#include "identity/password.hpp"

namespace bongsu::policy {

namespace json = boost::json;

namespace {

const SiteId kHere{"11000"};
const std::string kCentreAgency = "B1100000000", kPolice = "P1100000000", kFire = "F1100000000";

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace

json::object body_of(const http::Response& response) {
    boost::system::error_code code;
    auto value = json::parse(response.body, code);
    return !code && value.is_object() ? std::move(value.get_object()) : json::object{};
}

http::Request request_of(std::string method, std::string path, std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers["content-type"] = "application/json";
    request.body = std::move(body);
    return request;
}

World::World(std::string_view partners, const device::Box& area, std::string_view joining, const Ground& ground) {
    found(partners, area, joining, ground);
    using identity::Role;
    must(site_->book().begin());
    enter("operator", Role::operator_, kCentreAgency);
    enter("police", Role::police, kCentreAgency);
    enter("supervisor", Role::supervisor, kCentreAgency);
    enter("official", Role::official, kCentreAgency);
    enter("admin", Role::admin, kCentreAgency);
    enter("room112", Role::agency, kPolice);
    enter("room119", Role::agency, kFire);
    plan_duty();
    must(site_->book().commit());
    for (const auto caller : kCallers) {
        if (caller != "anonymous") tokens_[std::string(caller)] = log_in(caller);
    }
    run(app::MediaUp{});
    run(app::MediaInput{{{"t", "hello"}, {"v", 1}, {"turns", json::array{json::string(camera_)}}}});
    run(app::MediaInput{{{"t", "camera"}, {"id", camera_}, {"state", "streaming"}, {"cause", ""}}});
    auto auth = request_of("POST", "/api/getAuth.json");
    auth.headers["content-type"] = "application/json";
    auth.body = event::scsns::write_get_auth(
        {.send_cd = kPolice, .rcv_cd = kCentreAgency, .at = clock_.wall()}, api_key_);
    partner_key_ = std::string(body_of(ask("anonymous", auth)).at("message").as_string());

    room112_calls("own-live", "10", "10");
    own_live = case_of("own-live");
    room112_calls("none", "20", "10");  // An ordinary case: no video before somebody at the centre agrees.
    none = case_of("none");
    room112_calls("own-ended", "10", "10");
    own_ended = case_of("own-ended");
    room112_calls("own-ended", "10", "50");
    ask("room119", "POST", "/api/v1/events",
        {{"id", "others-live"},
         {"source", "room"},
         {"type", "119UC001"},
         {"time", to_rfc3339(clock_.wall())},
         {"grade", "10"},
         {"position", {126.9880, 37.5665}}});  // Elsewhere: it is no report of the police's case.
    others_live = case_of("others-live");
}

void World::found(std::string_view partners, const device::Box& area, std::string_view joining, const Ground& ground) {
    const auto folder = app::site_folder("DATA", kHere);
    const auto ticket = must(app::load_or_make_key(env_, "DATA", kHere, "ticket"));
    const auto checkpoint = must(app::load_or_make_key(env_, "DATA", kHere, "checkpoint"));
    must(disk_.make_folders(folder));
    if (!joining.empty()) must(disk_.replace(folder + "/joining.toml", joining));
    app::City city;
    city.centre = kHere;
    city.area = area;
    city.sites.push_back({.id = kHere,
                          .name_ko = "시험",
                          .name_en = "Test",
                          .agency = {kCentreAgency},
                          .joined = true,
                          .http = 1,
                          .media = 2,
                          .rtsp = 3,
                          .udp = 4,
                          .ticket_kid = ticket.kid,
                          .ticket_public = ticket.pair.public_key,
                          .checkpoint_kid = checkpoint.kid,
                          .checkpoint_public = checkpoint.pair.public_key});
    device::Camera camera;
    camera.id.value = camera_;
    camera.site = kHere;
    camera.name = "시험 카메라";
    camera.owner.value = kCentreAgency;
    camera.lon = 126.9780;
    camera.lat = 37.5660;
    camera.bearing = 0;
    camera.field_of_view = 90;
    camera.range_m = 200;
    camera.purpose = "crime";
    camera.main_url = "rtsp://127.0.0.1:9/" + camera_;
    camera.state = device::State::idle;
    if (!partners.empty()) disk_.put(folder + "/partners.toml", std::string(partners));
    disk_.put(folder + "/catalogue.jsonl", device::catalogue_line(camera, device::Urls::keep) + ground.cameras);
    if (!ground.roads.empty()) disk_.put(folder + "/roads.geojsonl", ground.roads);
    site_ = must(
        app::Site::open(env_, {.data = "DATA", .id = kHere, .city = std::move(city), .in_memory = true}));
}

void World::enter(std::string_view caller, identity::Role role, const std::string& agency) {
    const bool is_agency = role == identity::Role::agency;
    const auto created =
        must(site_->accounts().create_account(site_->book(), {.login = std::string(caller),
                                                              .name_ko = "시험",
                                                              .name_en = "Test",
                                                              .role = role,
                                                              .site = kHere,
                                                              .agency = {agency},
                                                              .send_cd = is_agency ? agency : "",
                                                              .rcv_cd = is_agency ? kCentreAgency : ""}));
    passwords_[std::string(caller)] = created.password;
    users_[std::string(caller)] = created.user.value;
    if (caller == "room112") api_key_ = created.api_key;
}

/// The crew whose shift runs: all callers who have a seat.
void World::plan_duty() {
    const auto& rules = duty::Rules::defaults();
    const auto shift = rules.pattern().at(clock_.wall());
    must(duty::set_crew(site_->book(), rules, "user:" + users_["official"], shift.crew, duty::day_of(clock_.wall()),
                        {{user("operator"), identity::Role::operator_, ""}, {user("police"), identity::Role::police, ""}, {user("supervisor"), identity::Role::supervisor, ""}}));
}

std::string World::log_in(std::string_view caller) {
    const auto answer = ask("anonymous", "POST", "/api/v1/login",
                            {{"user", caller}, {"password", passwords_.find(caller)->second}});
    return std::string(body_of(answer).at("token").as_string());
}

app::Outputs World::run(app::Input input) {
    std::vector<app::Input> batch;
    batch.push_back(std::move(input));
    auto out = site_->run(std::move(batch));
    for (const auto& reply : out.replies) reply();
    site_->tidy();
    for (auto& check : out.password_checks) {
        const bool right = identity::verify(check.candidate.encoded, check.password);
        run(app::PasswordChecked{check.candidate, right, check.remote, check.reply});
    }
    for (auto slices = std::exchange(out.again, {}); !slices.empty();) {
        auto next = site_->run(std::move(slices));
        slices = std::move(next.again);
        for (const auto& reply : next.replies) reply();
        out.imports.insert(out.imports.end(), next.imports.begin(), next.imports.end());
    }
    held_imports_.insert(held_imports_.end(), out.imports.begin(), out.imports.end());
    if (!holds_imports_) hold_imports(false);
    return out;
}

void World::hold_imports(bool hold) {
    holds_imports_ = hold;
    if (hold) return;
    read_held_imports();
    end_held_imports();
}

void World::read_held_imports() {
    for (const auto& job : held_imports_) app::run_import(disk_, *job);
}

void World::end_held_imports() {
    const auto waiting = std::exchange(held_imports_, {});
    for (const auto& job : waiting) run(app::ImportDone{job});
}

void World::restart(std::shared_ptr<const app::CopyState> copy) {
    auto options = site_->options();
    options.copy = std::move(copy);
    site_.reset();
    site_ = must(app::Site::open(env_, options));
}

http::Response World::ask(std::string_view caller, http::Request request) {
    if (caller != "anonymous") request.headers["authorization"] = "Bearer " + tokens_.find(caller)->second;
    request.remote = "127.0.0.1:40000";
    std::optional<http::Response> answer;
    run(app::HttpInput{std::move(request), [&](http::Response response) { answer = std::move(response); }});
    if (!answer) throw std::runtime_error("no answer");
    return *answer;
}

http::Response World::ask(std::string_view caller, const std::string& method, const std::string& path,
                          const json::object& body, std::map<std::string, std::string> headers) {
    auto request = request_of(method, path);
    if (const auto mark = path.find('?'); mark != std::string::npos) {
        request.path = path.substr(0, mark);
        const auto is = path.find('=', mark);
        request.query[path.substr(mark + 1, is - mark - 1)] = path.substr(is + 1);
    }
    request.headers = std::move(headers);
    request.headers["content-type"] = "application/json";
    if (!body.empty()) request.body = json::serialize(body);
    return ask(caller, std::move(request));
}

void World::room112_calls(const std::string& number, const std::string& grade, const std::string& state) {
    event::scsns::WriterEvent event;
    event.number = number;
    event.grade = grade;
    event.state = state;
    event.position = event::Position{1'269'780'000, 375'665'000};
    event.place = "시험 장소";
    event.text = "시험";
    event.occurred_at = event.state_time = clock_.wall();
    const auto answer = room112_sends(event);
    if (answer.at("result") != "0") throw std::runtime_error("the 112 room was refused: " + json::serialize(answer));
}

json::object World::room112_sends(const event::scsns::WriterEvent& event) {
    auto request = request_of("POST", "/linkHttp/recvEvent.json");
    request.headers["content-type"] = "application/json";
    request.body = event::scsns::write_event(
        {.send_cd = kPolice, .rcv_cd = kCentreAgency, .rr_key = partner_key_, .at = clock_.wall()}, event);
    auto answer = body_of(ask("anonymous", std::move(request)));
    clock_.advance(10ms);
    return answer;
}

std::string World::tell(const std::string& profile, std::string bytes) {
    std::optional<std::string> answer;
    run(app::PartnerInput{.profile = profile,
                          .remote = "127.0.0.1:40001",
                          .bytes = std::move(bytes),
                          .framing = {},
                          .reply = [&](std::string text) { answer = std::move(text); }});
    if (!answer) throw std::runtime_error("no answer");
    clock_.advance(10ms);
    return *answer;
}

std::size_t World::entries_of(const std::string& kind) {
    std::size_t count = 0;
    must(site_->book().journal().read(0, [&](const journal::Entry& entry) -> Result<bool> {
        if (entry.kind == kind) ++count;
        return true;
    }));
    return count;
}

std::string World::incident_of(const std::string& number) {
    const auto rows = must(site_->book().db().query("select id from incident where number = $1", {number}));
    if (rows.size() != 1) throw std::runtime_error("no incident for " + number);
    return rows[0].text(0);
}

Case World::case_of(const std::string& number) {
    Case found{incident_of(number), std::string(kUnknownId), std::string(kUnknownId)};
    const auto rows = must(site_->book().db().query(
        "select id, holder_agency from grants where incident = $1", {found.incident}));
    for (const auto& row : rows)
        (row.text(1) == kCentreAgency ? found.centre_grant : found.grant) = row.text(0);
    return found;
}

}  // namespace bongsu::policy
