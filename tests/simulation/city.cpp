#include "city.hpp"

#include <boost/json/serialize.hpp>

#include "app/site/routes.hpp"
#include "databases.hpp"
#include "device/catalogue.hpp"
#include "duty/verbs.hpp"
#include "grant/purpose.hpp"
#include "listener.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr auto kData = "DATA";
const SiteId kCentre{"11000"};
constexpr auto kBusyTick = 200ms;  ///< As the program's.
constexpr auto kIdleTick = 10s;    ///< Where nothing can run out but a checkpoint's minute.
constexpr auto kMediaTick = 50ms;
constexpr std::uint64_t kNever = 1ULL << 62U;  ///< Steps of a disk.

/// One crew that is always there: whoever logs in is expected, on any day.
constexpr std::string_view kDuty = R"(anchor = 2020-01-01
cycle = ["all"]
crew = [{ key = "A", name = { ko = "가", en = "A" } }]
shift = [{ key = "all", name = { ko = "종일", en = "All day" }, from = "00:00", to = "00:00" }]
seat = [
  { key = "police", name = { ko = "경찰", en = "Police" }, role = "police" },
  { key = "op-1", name = { ko = "하나", en = "One" }, role = "operator" },
  { key = "op-2", name = { ko = "둘", en = "Two" }, role = "operator" }]
patrol = [{ from = "00:00", to = "00:00", purposes = [], risk = 2, seconds = 15 }]
[needs]
operator = 1
[limits]
cameras = 50
late_minutes = 10
early_minutes = 60
overtime_minutes = 60
rest_hours = 0
week_hours = 168
)";

/// Services' calls about one case, rather too many than too few.
constexpr std::string_view kJoining = R"([[join]]
key = "services"
agencies = []
types = ["112UC001", "112UC120", "119UC001", "EBSCP110", "WPSSF110"]
with = ["112UC001", "112UC120", "119UC001", "EBSCP110", "WPSSF110"]
window_s = 600
radius_m = 500
)";

/// Two cameras of a site round its middle, and of the centre one in each third district: what is chosen for a place
/// belongs to several sites.
std::string catalogue_of(Node& node, double lon, double lat, unsigned first, unsigned count) {
    std::string lines;
    for (unsigned i = 0; i < count; ++i) {
        device::Camera camera;
        camera.id.value = node.id.value + "-00" + std::to_string(10 + first + i);
        camera.site = node.id;
        camera.name = "모의 카메라";
        camera.owner.value = "B" + node.id.value + "00000";
        camera.lon = lon + 0.0002 * i;
        camera.lat = lat + 0.0001 * i;
        camera.bearing = static_cast<float>(i * 90);
        camera.field_of_view = 90;
        camera.range_m = 100;
        camera.purpose = "crime";
        camera.main_url = "rtsp://127.0.0.1:9/" + camera.id.value;
        camera.state = device::State::idle;
        node.cameras.push_back(camera.id.value);
        lines += device::catalogue_line(camera, device::Urls::keep);
    }
    return lines;
}

std::string contract_of(const SiteId& site) {
    json::array purposes;
    for (const auto& purpose : grant::Purposes::defaults().all()) purposes.emplace_back(purpose.key);
    return json::serialize(json::object{{"site", site.value},
                                        {"with", kCentre.value},
                                        {"purposes", purposes},
                                        {"kinds", json::array{"live"}}});
}

/// A grid of 5 by 5, 900 m apart: each place has cameras of its own district and of the neighbours in reach.
std::pair<double, double> middle_of(std::size_t district) {
    const auto row = (district - 1) / 5, column = (district - 1) % 5;
    return {126.95 + 0.010 * static_cast<double>(column), 37.53 + 0.008 * static_cast<double>(row)};
}

bool orders_erasure(const app::Input& input) {
    const auto* asked = std::get_if<app::HttpInput>(&input);
    return asked != nullptr && asked->request.method == "POST" && asked->request.path == "/api/v1/journal/erasures";
}

}  // namespace

SimCity::SimCity(SimSettings settings)
    : settings_(std::move(settings)),
      clock_(from_us(1'767'225'600'000'000)),
      chance_(settings_.seed),
      schedule_(clock_),
      oracle_(schedule_) {
    enrol({"operator", "", "", identity::Role::operator_, {"B1100000000"}});
    enrol({"police", "", "", identity::Role::police, {"B1100000000"}});
    enrol({"room112", "", "", identity::Role::agency, {"P1100000000"}});
    found();
}

std::size_t SimCity::enrol(Person person) {
    people_.push_back(std::move(person));
    return people_.size() - 1;
}

/// Keys, catalogues and contracts lie on the disks before anything can fail.
void SimCity::found() {
    city_.centre = kCentre;
    for (std::size_t i = 0; i <= kDistricts; ++i) {
        const SiteId id{std::to_string(11000 + 10 * i)};
        nodes_.push_back(std::make_unique<Node>(id, clock_, chance_.fork()));
        found(*nodes_.back(), i);
    }
    for (auto& node : nodes_) wire(*node);
    for (auto more = chance_.between(1, 3); more > 0; --more)
        busy_.push_back(chance_.between(1, kDistricts));
}

void SimCity::found(Node& node, std::size_t index) {
    const auto folder = app::site_folder(kData, node.id);
    node.rare.enable(false);  // The city's founding is no part of its story.
    const auto ticket = app::load_or_make_key(node.env, kData, node.id, "ticket");
    const auto checkpoint = app::load_or_make_key(node.env, kData, node.id, "checkpoint");
    BONGSU_CHECK(ticket && checkpoint && node.disk.make_folders(folder));
    city_.sites.push_back(info_of(node, *ticket, *checkpoint));
    std::string lines;
    if (index == 0) {
        node.disk.put(folder + "/duty.toml", std::string(kDuty));
        node.disk.put(folder + "/joining.toml", std::string(kJoining));
        node.disk.put(folder + "/partners.toml", std::string(partners_toml()));
        node.disk.put(folder + "/http.key", "the-key-of-ours-at-the-112-room-0001");
        for (std::size_t district = 1; district <= kDistricts; district += 3) {
            const auto [lon, lat] = middle_of(district);
            lines += catalogue_of(node, lon + 0.001, lat, static_cast<unsigned>(district), 1);
        }
    } else {
        std::tie(node.lon, node.lat) = middle_of(index);
        lines = catalogue_of(node, node.lon, node.lat, 0, 2);
        node.disk.put(folder + "/contract.json", contract_of(node.id));
    }
    node.disk.put(folder + "/catalogue.jsonl", lines);
    node.disk.lie_about_syncs(settings_.sabotage == Sabotage::disks_lie);
    node.rare.enable(settings_.rare_branches);
    // Some machines keep good time, some do not.
    if (chance_.percent(30)) node.clock.drift(static_cast<std::int64_t>(chance_.below(401)) - 200);
    if (chance_.percent(30)) node.clock.step(Span(static_cast<std::int64_t>(chance_.below(3001)) - 1500));
}

app::SiteInfo SimCity::info_of(const Node& node, const app::SiteKey& ticket,
                               const app::SiteKey& checkpoint) const {
    return {.id = node.id,
            .name_ko = "모의",
            .name_en = "Simulated",
            .agency = {"B" + node.id.value + "00000"},
            .joined = true,
            .http = 1,
            .media = 2,
            .rtsp = 3,
            .udp = 4,
            .ticket_kid = ticket.kid,
            .ticket_public = ticket.pair.public_key,
            .checkpoint_kid = checkpoint.kid,
            .checkpoint_public = checkpoint.pair.public_key};
}

Link::End SimCity::control_end(Node& node, const app::Input& up, const app::Input& down,
                               std::function<app::Input(const json::object&)> wrap) {
    return {.alive = [&node] { return node.site != nullptr; },
            .up = [this, &node, up] { post(node, up); },
            .down = [this, &node, down] { post(node, down); },
            .message =
                [this, &node, wrap = std::move(wrap)](const json::object& message) {
                    trace_.add(schedule_.now(), node.id.value, json::serialize(message));
                    post(node, wrap(message));
                }};
}

void SimCity::wire(Node& node) {
    node.media = std::make_unique<MediaModel>(
        node.id, node.clock, [this, &node](const SiteId& site) -> MediaModel* {
            for (auto& other : nodes_) {
                if (other->id == site && other->media->alive() && !other->bus_link->network_is_cut() &&
                    other.get() != &node)
                    return other->media.get();
            }
            return nullptr;
        });
    node.media->deaf = settings_.sabotage == Sabotage::media_deaf;
    node.media->forgetful = settings_.sabotage == Sabotage::media_forgetful;
    node.media->wake = [this, &node] { plan_media_tick(node); };
    node.media_link = std::make_unique<Link>(
        schedule_, chance_.fork(),
        Link::End{.alive = [&node] { return node.media->alive(); },
                  .up = [&node] { node.media->connected(node.cameras); },
                  .down = [&node] { node.media->disconnected(); },
                  .message =
                      [this, &node](const json::object& message) {
                          trace_.add(schedule_.now(), "media " + node.id.value, json::serialize(message));
                          node.media->take(message);
                      }},
        control_end(node, app::MediaUp{}, app::MediaDown{},
                    [](const json::object& message) -> app::Input { return app::MediaInput{message}; }));
    node.media->send = [&node](const json::object& message) { node.media_link->send(0, message); };
    node.media_link->keep();
    if (node.id == kCentre) return;
    node.bus_link = std::make_unique<Link>(
        schedule_, chance_.fork(),
        control_end(node, app::BusUp{kCentre}, app::BusDown{kCentre},
                    [](const json::object& message) -> app::Input {
                        return app::BusInput{kCentre, message};
                    }),
        control_end(centre(), app::BusUp{node.id}, app::BusDown{node.id},
                    [id = node.id](const json::object& message) -> app::Input {
                        return app::BusInput{id, message};
                    }));
    if (settings_.sabotage == Sabotage::links_lose) node.bus_link->lose_one_in(10);
    node.bus_link->keep();
}

/// Starts a control process on what its disk has; tries again while the disk is full, as its supervisor does.
void SimCity::open(Node& node) {
    const bool has_accounts = node.accounts != nullptr;
    if (!has_accounts) node.accounts = empty_database(Holds::accounts);
    if (!node.folds) node.folds = empty_database(Holds::folds);
    auto opened = app::Site::open(node.env, {.data = kData,
                                             .id = node.id,
                                             .city = city_,
                                             .in_memory = true,
                                             .folds_db = node.folds,
                                             .identity_db = node.accounts});
    if (opened) node.site = *std::move(opened);
    if (opened && !has_accounts) {
        node.rare.enable(false);  // An administrator tries again until it works.
        if (auto entered = enter_people(node); !entered) opened = tl::unexpected(entered.error());
        node.rare.enable(settings_.rare_branches && schedule_.now() < MonoTime{} + kHealedAt);
    }
    if (opened) {
        plan_tick(node, kBusyTick);
        if (node.id == kCentre) oracle_.told().began_anew();
        return oracle_.watch(node, true);
    }
    node.site.reset();
    node.folds.reset();
    if (!has_accounts) node.accounts.reset();  // Nobody could have used them.
    if (node.disk.is_off()) node.disk.crash(chance_.random());
    if (opened.error().kind == ErrorKind::corrupt)
        oracle_.violated("site " + node.id.value + " does not start: " + opened.error().message);
    schedule_.in(1s, [this, &node] { open(node); });
}

/// As an administrator does.
Result<void> SimCity::enter_people(Node& node) {
    const auto is_here = [&](const Person& person) { return person.site == node.id; };
    if (std::none_of(people_.begin(), people_.end(), is_here)) return {};
    TRY_DO(node.site->book().begin());
    std::vector<duty::Member> crew;
    for (auto& person : people_) {
        if (!is_here(person)) continue;
        const bool agency = person.role == identity::Role::agency;
        TRY(const auto created, node.site->accounts().create_account(
                                    node.site->book(), {.login = person.login,
                                                        .name_ko = "모의",
                                                        .name_en = "Simulated",
                                                        .role = person.role,
                                                        .site = node.id,
                                                        .agency = person.agency,
                                                        .send_cd = agency ? person.agency.value : "",
                                                        .rcv_cd = agency ? "B1100000000" : ""}));
        person.password = created.password;
        person.api_key = created.api_key;
        if (node.site->duty_rules().has_seat_for(person.role)) crew.push_back({created.user, person.role, {}});
    }
    const auto& rules = node.site->duty_rules();
    if (node.id == kCentre)
        TRY_DO(duty::set_crew(node.site->book(), rules, "user:simulated", "A", duty::day_of(node.clock.wall()), crew));
    return node.site->book().commit();
}

void SimCity::post(Node& node, app::Input input) {
    if (!node.site) return;
    if (auto* request = std::get_if<app::HttpInput>(&input); request != nullptr && node.env.buggify("store.read_ahead"))
        app::read_ahead(*node.site, *request);
    node.waiting.push_back(std::move(input));
    if (node.turn_planned) return;
    node.turn_planned = true;
    const bool slow = schedule_.now() < node.slow_until;
    const auto delay = slow ? chance_.span(100ms, 600ms) : chance_.span(1ms, 8ms);
    schedule_.in(delay, [this, &node, life = node.life] {
        if (node.life == life) turn(node);
    });
}

void SimCity::turn(Node& node) {
    node.turn_planned = false;
    auto batch = std::exchange(node.waiting, {});
    // A batch is what had come when the store thread looked: at times one input of several.
    if (batch.size() > 1 && node.env.buggify("store.batch_of_one")) {
        std::vector<app::Input> rest(std::make_move_iterator(batch.begin() + 1),
                                     std::make_move_iterator(batch.end()));
        batch.resize(1);
        for (auto& input : rest) post(node, std::move(input));
    }
    if (node.at_next_erasure && std::any_of(batch.begin(), batch.end(), orders_erasure)) std::exchange(node.at_next_erasure, {})();
    auto out = node.site->write(std::move(batch));
    // The power went while it wrote, or the process was killed before it could speak: nobody hears of this
    // batch.
    if (node.disk.is_off()) return die(node, true);
    oracle_.watch(node, false);
    oracle_.told().check_alarm(node.watch.outbox, out);
    if (std::exchange(node.killed_at_next_turn, false)) return die(node, false);
    if (!release_written(node)) return;
    const bool wrote = !node.site->book().appended().empty();
    // At times the next batch runs while this one is synced.
    const bool later = node.env.buggify("store.sync_later");
    node.written = std::move(out);
    if (!later && !release_written(node)) return;
    node.site->tidy(!later);
    if (node.disk.is_off()) return die(node, true);
    if (later) {
        schedule_.in(chance_.span(1ms, 20ms), [this, &node, life = node.life] {
            if (node.life == life) release_written(node);
        });
    }
    plan_tick(node, wrote || node.watch.has_what_runs_out() ? Span(kBusyTick) : Span(kIdleTick));
}

void SimCity::plan_tick(Node& node, Span delay) {
    const auto when = schedule_.now() + delay;
    if (node.tick_at && *node.tick_at <= when) return;
    node.tick_at = when;
    schedule_.at(when, [this, &node, when, life = node.life] {
        if (node.life != life || node.tick_at != when) return;
        node.tick_at.reset();
        post(node, app::Tick{});
    });
}

/// On the same 50 ms for all: who is asleep misses nothing.
void SimCity::plan_media_tick(Node& node) {
    if (std::exchange(node.media_tick_planned, true)) return;
    const auto since = schedule_.now() - MonoTime{};
    schedule_.at(MonoTime{} + (since / kMediaTick + 1) * kMediaTick, [this, &node] {
        node.media_tick_planned = false;
        node.media->tick();
        if (node.media->needs_tick()) plan_media_tick(node);
    });
}

bool SimCity::release_written(Node& node) {
    if (!node.written) return true;
    auto out = *std::exchange(node.written, std::nullopt);
    app::make_durable(out);
    const bool failed = out.failed, is_off = node.disk.is_off();
    if (!is_off) release(node, std::move(out));
    if (failed) (void)node.site->book().journal().settle();  // A sync that failed beside it: it hears of it here.
    if (is_off || failed) die(node, is_off || chance_.percent(50));
    return !is_off && !failed;
}

void SimCity::release(Node& node, app::Outputs out) {
    if (out.committed_seq > 0) node.watch.released_seq = out.committed_seq;
    for (const auto& message : out.to_media) node.media_link->send(1, message);
    for (const auto& [site, message] : out.to_bus) {
        if (node.id != kCentre) {
            node.bus_link->send(0, message);
            continue;
        }
        for (auto& other : nodes_) {
            if (other->id == site) other->bus_link->send(1, message);
        }
    }
    if (!out.tries.empty() && node.at_next_try) std::exchange(node.at_next_try, {})();
    for (auto& attempt : out.tries) {
        if (on_try) on_try(std::move(attempt));
    }
    for (const auto& reply : out.replies) reply();
    for (auto& check : out.password_checks) {
        schedule_.in(30ms, [this, &node, life = node.life, check = std::move(check)] {
            if (node.life != life) return;
            bool right = false;
            for (const auto& person : people_) right = right || person.password == check.password;
            post(node, app::PasswordChecked{check.candidate, right, check.remote, check.reply});
        });
    }
    if (out.links_begin_anew) begin_links_anew(node);
}

void SimCity::begin_links_anew(Node& node) {
    node.media_link->break_off();
    for (auto& other : nodes_) {
        if (other->bus_link && (other.get() == &node || node.id == kCentre)) other->bus_link->break_off();
    }
}

void SimCity::die(Node& node, bool power_fails) {
    if (!node.site) return;
    ++deaths_;
    ++node.life;
    if (!power_fails && node.site->book().journal().usable()) oracle_.check_replay(node);
    power_fails = power_fails || node.disk.is_off();  // With what was looked at.
    node.site.reset();
    // What is not kept is folded again from the first entry, and what stood beside the folds is gone with them.
    if (chance_.percent(50)) node.folds.reset();
    node.waiting.clear();
    node.written.reset();
    node.turn_planned = node.killed_at_next_turn = false;
    node.tick_at.reset();
    node.media_link->break_off(1);
    for (auto& other : nodes_) {
        if (other->bus_link && other.get() == &node) other->bus_link->break_off(0);
        if (other->bus_link && node.id == kCentre) other->bus_link->break_off(1);
    }
    if (power_fails) node.disk.crash(chance_.random());
    if (power_fails && node.disk_is_full) node.disk.disk_full(true);
    oracle_.check_chain(node);
    schedule_.in(chance_.span(200ms, 2000ms), [this, &node] { open(node); });
}

void SimCity::request_of(Node& node, http::Request request, Done done) {
    const auto answered = std::make_shared<int>(0);
    const auto shared = std::make_shared<Done>(std::move(done));
    schedule_.in(chance_.span(1ms, 15ms), [this, &node, request = std::move(request), shared, answered] {
        trace_.add(schedule_.now(), request.path, request.body);
        if (!node.site) return;  // Refused; the time runs out below.
        const auto life = node.life;
        const auto reply = [this, &node, shared, answered, life, request,
                            path = request.path](const http::Response& response) {
            if (++*answered > 1) return oracle_.violated(path + " was answered twice");
            oracle_.look_was_answered(node, request, response);
            if (chance_.percent(2)) return;  // The network lost it: it was done, and who asked never hears.
            schedule_.in(chance_.span(1ms, 15ms), [this, shared, life, path, response] {
                trace_.add(schedule_.now(), path, std::to_string(response.status) + response.body);
                if (auto tell = std::exchange(*shared, {}); tell) tell(response);
            });
        };
        post(node, app::HttpInput{request, reply});
        schedule_.in(8s, [this, &node, answered, life, path = request.path] {
            if (node.life == life && *answered == 0)
                oracle_.violated(path + " got no answer from a site that lives");
        });
    });
    schedule_.in(2s, [shared] {
        if (auto tell = std::exchange(*shared, {}); tell) tell(std::nullopt);
    });
}

void SimCity::partner_says(const std::string& profile, std::string bytes, const event::Refusal& framing,
                           std::function<void(std::string)> done) {
    trace_.add(schedule_.now(), profile, bytes);
    if (!centre().site) return;
    const auto answered = std::make_shared<bool>(false);
    const auto reply = [this, profile, answered, done = std::move(done)](const std::string& answer) {
        if (std::exchange(*answered, true)) return oracle_.violated(profile + " was answered twice");
        trace_.add(schedule_.now(), profile, answer);
        schedule_.in(chance_.span(1ms, 3ms), [done, answer] { done(answer); });
    };
    post(centre(), app::PartnerInput{profile, "127.0.0.1:5001", std::move(bytes), framing, reply});
    schedule_.in(8s, [this, answered, life = centre().life, profile] {
        if (centre().life == life && !*answered)
            oracle_.violated(profile + " got no answer from a site that lives");
    });
}

void SimCity::let_years_pass() {
    constexpr std::chrono::hours kYears{24 * 800};
    clock_.set_wall(clock_.wall() + kYears);
    years_passed_ = true;
    for (auto& node : nodes_) node->clock_stepped_at = schedule_.now();
}

void SimCity::heal() {
    for (auto& node : nodes_) {
        if (node->disk.is_off()) die(*node, true);
        if (!node->disk.is_off()) node->disk.power_off_after(kNever);  // What it waited for may come any time.
        node->disk.disk_full(node->disk_is_full = false);
        node->disk.fail_write(0);
        node->disk.fail_sync(0);
        node->slow_until = {};
        node->at_next_erasure = node->at_next_try = {};
        node->rare.enable(false);
        if (!node->bus_link) continue;
        node->bus_link->cut_network(false);
        node->bus_link->break_no_more();  // A quiet link may have waited for its message until the last second.
    }
}

/// Twice a second: who sees what. Each ten seconds the lists, each minute the folds of the centre and of a district.
void SimCity::look_round() {
    schedule_.in(500ms, [this] { look_round(); });
    for (auto& node : nodes_) oracle_.check_views(*node, centre());
    oracle_.check_pulls(nodes_);
    oracle_.told().check_due(centre());
    if (++looks_ % 20 != 0) return;
    if (centre().site) oracle_.check_lists(centre());
    if (looks_ % 120 != 0 || schedule_.now() + 10s > MonoTime{} + kRunLength) return;  // All are at the end.
    for (auto* node : {&centre(), nodes_[busy_[chance_.below(busy_.size())]].get()}) {
        if (!node->site || !node->site->book().journal().usable() || node->disk.is_off()) continue;
        oracle_.check_replay(*node);
        oracle_.check_erased(*node);
    }
}

void SimCity::run() {
    for (auto& node : nodes_) open(*node);
    look_round();
    schedule_.in(kHealedAt, [this] { heal(); });
    schedule_.run_until(MonoTime{} + kRunLength);
    oracle_.check_end(nodes_);
    for (auto& node : nodes_) {
        for (const auto& [seq, digest] : node->watch.digests)
            trace_.add(schedule_.now(), node->id.value, digest);
    }
}

}  // namespace bongsu::simulation
