#include "city.hpp"

#include <boost/json/serialize.hpp>

#include "device/catalogue.hpp"
#include "grant/purpose.hpp"

namespace bongsu::simulation {

namespace json = boost::json;

namespace {

constexpr auto kData = "DATA";
const SiteId kCentre{"11000"};

/// Cameras of one site round a place; two places two kilometres apart, so that a moving place changes the
/// choice.
std::string catalogue_of(Node& node, double lon, double lat, unsigned first, unsigned count) {
    std::string lines;
    for (unsigned i = 0; i < count; ++i) {
        device::Camera camera;
        camera.id.value = node.id.value + "-000" + std::to_string(first + i);
        camera.site = node.id;
        camera.name = "모의 카메라";
        camera.owner.value = "B" + node.id.value + "00000";
        camera.lon = lon + 0.0002 * (first + i);
        camera.lat = lat + 0.0001 * (first + i);
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

}  // namespace

SimCity::SimCity(SimSettings settings)
    : settings_(settings),
      clock_(from_us(1'767'225'600'000'000)),
      chance_(settings.seed),
      schedule_(clock_),
      oracle_(schedule_) {
    people_ = {{"operator", "", "", identity::Role::operator_, {"B1100000000"}},
               {"police", "", "", identity::Role::police, {"B1100000000"}},
               {"room112", "", "", identity::Role::agency, {"P1100000000"}}};
    found();
}

/// Keys, catalogues and contracts lie on the disks before anything can fail.
void SimCity::found() {
    city_.centre = kCentre;
    for (const auto* id : {"11000", "11110", "11440", "11680"})
        nodes_.push_back(std::make_unique<Node>(SiteId{id}, clock_, chance_.fork()));
    for (auto& node : nodes_) {
        const auto folder = app::site_folder(kData, node->id);
        const auto ticket = app::load_or_make_key(node->env, kData, node->id, "ticket");
        const auto checkpoint = app::load_or_make_key(node->env, kData, node->id, "checkpoint");
        BONGSU_CHECK(ticket && checkpoint && node->disk.make_folders(folder));
        city_.sites.push_back({.id = node->id,
                               .name_ko = "모의",
                               .name_en = "Simulated",
                               .agency = {"B" + node->id.value + "00000"},
                               .joined = true,
                               .http = 1,
                               .media = 2,
                               .rtsp = 3,
                               .udp = 4,
                               .ticket_kid = ticket->kid,
                               .ticket_public = ticket->pair.public_key,
                               .checkpoint_kid = checkpoint->kid,
                               .checkpoint_public = checkpoint->pair.public_key});
        const bool west = node->id.value != "11680", east = node->id.value != "11110";
        std::string lines;
        if (west) lines += catalogue_of(*node, 126.98, 37.56, 1, 2);
        if (east) lines += catalogue_of(*node, 127.00, 37.56, 3, 2);
        node->disk.put(folder + "/catalogue.jsonl", lines);
        if (node->id != kCentre) node->disk.put(folder + "/contract.json", contract_of(node->id));
    }
    for (auto& node : nodes_) wire(*node);
    for (auto& node : nodes_) node->disk.lie_about_syncs(settings_.disks_lie);
}

void SimCity::wire(Node& node) {
    node.media =
        std::make_unique<MediaModel>(node.id, clock_, [this, &node](const SiteId& site) -> MediaModel* {
            for (auto& other : nodes_) {
                if (other->id == site && other->media->alive() && !other->bus_link->network_is_cut() &&
                    other.get() != &node)
                    return other->media.get();
            }
            return nullptr;
        });
    const auto control = [this](Node& of, app::Input up, app::Input down,
                                std::function<app::Input(const json::object&)> wrap) -> Link::End {
        return {.alive = [&of] { return of.site != nullptr; },
                .up = [this, &of, up] { post(of, up); },
                .down = [this, &of, down] { post(of, down); },
                .message =
                    [this, &of, wrap = std::move(wrap)](const json::object& message) {
                        trace_.add(schedule_.now(), of.id.value, json::serialize(message));
                        post(of, wrap(message));
                    }};
    };
    node.media_link = std::make_unique<Link>(
        schedule_, chance_,
        Link::End{.alive = [&node] { return node.media->alive(); },
                  .up = [&node] { node.media->connected(node.cameras); },
                  .down = [&node] { node.media->disconnected(); },
                  .message =
                      [this, &node](const json::object& message) {
                          trace_.add(schedule_.now(), "media " + node.id.value, json::serialize(message));
                          node.media->take(message);
                      }},
        control(node, app::MediaUp{}, app::MediaDown{},
                [](const json::object& message) -> app::Input { return app::MediaInput{message}; }));
    node.media->send = [&node](const json::object& message) { node.media_link->send(0, message); };
    node.media_link->keep();
    if (node.id == kCentre) return;
    node.bus_link = std::make_unique<Link>(schedule_, chance_,
                                           control(node, app::BusUp{kCentre}, app::BusDown{kCentre},
                                                   [](const json::object& message) -> app::Input {
                                                       return app::BusInput{kCentre, message};
                                                   }),
                                           control(centre(), app::BusUp{node.id}, app::BusDown{node.id},
                                                   [id = node.id](const json::object& message) -> app::Input {
                                                       return app::BusInput{id, message};
                                                   }));
    node.bus_link->keep();
}

/// Starts a control process on what its disk has; tries again while the disk is full, as its supervisor does.
void SimCity::open(Node& node) {
    auto opened = app::Site::open(node.env, {.data = kData, .id = node.id, .city = city_, .in_memory = true});
    if (opened) node.site = *std::move(opened);
    if (opened && node.id == kCentre) {
        if (auto entered = enter_people(node); !entered) opened = tl::unexpected(entered.error());
    }
    if (opened) return oracle_.watch(node, true);
    node.site.reset();
    if (node.disk.is_off()) node.disk.crash(chance_.random());
    if (opened.error().kind == ErrorKind::corrupt)
        oracle_.violated("site " + node.id.value + " does not start: " + opened.error().message);
    schedule_.in(1s, [this, &node] { open(node); });
}

/// Accounts are no fold: they were lost with the memory, and are made again as an administrator would.
Result<void> SimCity::enter_people(Node& node) {
    TRY_DO(node.site->book().begin());
    for (auto& person : people_) {
        const bool agency = person.role == identity::Role::agency;
        TRY(const auto created, node.site->accounts().create_account(
                                    node.site->book(), {.login = person.login,
                                                        .name_ko = "모의",
                                                        .name_en = "Simulated",
                                                        .role = person.role,
                                                        .site = kCentre,
                                                        .agency = person.agency,
                                                        .send_cd = agency ? person.agency.value : "",
                                                        .rcv_cd = agency ? "B1100000000" : ""}));
        person.password = created.password;
        person.api_key = created.api_key;
    }
    return node.site->book().commit();
}

void SimCity::post(Node& node, app::Input input) {
    if (!node.site) return;
    node.waiting.push_back(std::move(input));
    if (node.turn_planned) return;
    node.turn_planned = true;
    schedule_.in(chance_.span(1ms, 8ms), [this, &node, life = node.life] {
        if (node.life == life) turn(node);
    });
}

void SimCity::turn(Node& node) {
    node.turn_planned = false;
    auto out = node.site->run(std::exchange(node.waiting, {}));
    // The power went while it wrote, or the process was killed before it could speak: nobody hears of this
    // batch.
    if (node.disk.is_off()) return die(node, true);
    oracle_.watch(node, false);
    if (std::exchange(node.killed_at_next_turn, false)) return die(node, false);
    const bool failed = out.failed;
    release(node, std::move(out));
    if (failed) die(node, chance_.percent(50));
}

void SimCity::release(Node& node, app::Outputs out) {
    node.watch.released_seq = node.site->book().journal().committed_seq();
    for (const auto& message : out.to_media) node.media_link->send(1, message);
    for (const auto& [site, message] : out.to_bus) {
        for (auto& other : nodes_) {
            if (node.id != kCentre && other.get() == &node) node.bus_link->send(0, message);
            if (node.id == kCentre && other->id == site) other->bus_link->send(1, message);
        }
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

/// Its memory is gone, its connections fall; with the power also what its disk had not synced.
void SimCity::die(Node& node, bool power_fails) {
    if (!node.site) return;
    ++deaths_;
    ++node.life;
    node.site.reset();
    node.waiting.clear();
    node.turn_planned = node.killed_at_next_turn = false;
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

void SimCity::request(http::Request request, Done done) {
    const auto answered = std::make_shared<int>(0);
    const auto shared = std::make_shared<Done>(std::move(done));
    schedule_.in(chance_.span(1ms, 15ms), [this, request = std::move(request), shared, answered] {
        trace_.add(schedule_.now(), request.path, request.body);
        if (!centre().site) return;  // Refused; the time runs out below.
        const auto life = centre().life;
        const auto reply = [this, shared, answered, life,
                            path = request.path](const http::Response& response) {
            if (++*answered > 1) return oracle_.violated(path + " was answered twice");
            schedule_.in(chance_.span(1ms, 15ms), [this, shared, life, path, response] {
                trace_.add(schedule_.now(), path, std::to_string(response.status) + response.body);
                if (auto tell = std::exchange(*shared, {}); tell) tell(response);
            });
        };
        post(centre(), app::HttpInput{request, reply});
        schedule_.in(4s, [this, answered, life, path = request.path] {
            if (centre().life == life && *answered == 0)
                oracle_.violated(path + " got no answer from a site that lives");
        });
    });
    schedule_.in(2s, [shared] {
        if (auto tell = std::exchange(*shared, {}); tell) tell(std::nullopt);
    });
}

void SimCity::every(Span period, std::function<void()> what) {
    schedule_.in(period, [this, period, what] {
        what();
        every(period, what);
    });
}

void SimCity::plan_faults() {
    constexpr unsigned kKinds = 8;
    // Each run loses the power of a control process once at least; the rest is drawn.
    std::vector<unsigned> kinds{0};
    for (auto more = chance_.between(2, 6); more > 0; --more)
        kinds.push_back(static_cast<unsigned>(chance_.below(kKinds)));
    for (const auto kind : kinds) {
        schedule_.in(chance_.span(10s, 250s), [this, kind] { fault(kind); });
    }
}

void SimCity::lose_power(Node& node) {
    node.disk.power_off_after(chance_.below(6));
    // A site that writes nothing loses its power all the same.
    schedule_.in(5s, [this, &node] {
        if (node.disk.is_off()) die(node, true);
    });
}

void SimCity::fault(unsigned kind) {
    auto& node = any_node();
    const auto note = [&](const std::string& what) {
        faults_.push_back(what + " at " + node.id.value);
        trace_.add(schedule_.now(), "fault", faults_.back());
    };
    switch (kind) {
        case 0:
            note("the power fails in the middle of a batch");
            return lose_power(node);
        case 1:
            note("the control process is killed");
            node.killed_at_next_turn = true;
            return;
        case 2:
            note("the disk is full");
            node.disk.disk_full(node.disk_is_full = true);
            return schedule_.in(chance_.span(1s, 10s),
                                [&node] { node.disk.disk_full(node.disk_is_full = false); });
        case 3:
            note("a sync fails");
            node.disk.fail_sync(chance_.between(1, 3));
            // What such a sync left behind shows only when the power goes, too.
            return schedule_.in(chance_.span(3s, 15s), [this, &node] { lose_power(node); });
        case 4: {
            auto& district = *nodes_[chance_.between(1, nodes_.size() - 1)];
            faults_.push_back("the link is cut at " + district.id.value);
            district.bus_link->cut_network(true);
            return schedule_.in(chance_.span(1s, 20s),
                                [&district] { district.bus_link->cut_network(false); });
        }
        case 5:
            if (!node.media->alive()) return;
            note("the media process is killed");
            node.media->crash();
            node.media_link->break_off(0);
            return schedule_.in(chance_.span(100ms, 1000ms), [&node] { node.media->restart(); });
        case 6: {
            const auto jump = chance_.percent(20) ? Span(7'500'000) : chance_.span(1s, 600s);
            note("the clock jumps by " + std::to_string(jump.count()) + " ms");
            clock_.set_wall(clock_.wall() + jump);
            oracle_.clock_jumped();
            return;
        }
        default:
            note("a write fails");
            return node.disk.fail_write(chance_.between(1, 3));
    }
}

void SimCity::heal() {
    for (auto& node : nodes_) {
        if (node->disk.is_off()) die(*node, true);
        node->disk.disk_full(node->disk_is_full = false);
        node->disk.fail_write(0);
        node->disk.fail_sync(0);
        if (node->bus_link) node->bus_link->cut_network(false);
    }
}

void SimCity::run() {
    for (auto& node : nodes_) open(*node);
    for (auto& node : nodes_) {
        every(200ms, [this, &node] { post(*node, app::Tick{}); });
        every(50ms, [&node] { node->media->tick(); });
        every(500ms, [this, &node] { oracle_.check_views(*node, centre()); });
    }
    plan_faults();
    schedule_.in(kHealedAt, [this] { heal(); });
    schedule_.run_until(MonoTime{} + kRunLength);
    oracle_.check_end(nodes_);
    for (auto& node : nodes_) {
        for (const auto& [seq, digest] : node->watch.digests)
            trace_.add(schedule_.now(), node->id.value, digest);
    }
}

}  // namespace bongsu::simulation
