// From a person's word to a camera's head: leases, what media is asked, what it answers.
#include "app/site/turning.hpp"

#include <boost/json/serialize.hpp>

#include "app/site/fields.hpp"
#include "app/site/handlers.hpp"
#include "base/log.hpp"
#include "grant/read.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

/// Behind it nobody waits any more: what media asks of a camera takes 8.5 s at most.
constexpr auto kAnswerMost = 10s;

CameraId camera_of(const Call& call) { return {call.request.captures.at(0)}; }

http::Response done() {
    http::Response out;
    out.status = 204;
    return out;
}

/// The camera's own word, and never one about the caller: that the camera refuses our login is not the caller's.
Error error_of(const json::object& message) {
    const auto kind = text_field(message, "error"), code = text_field(message, "code"), words = text_field(message, "message");
    if (kind == "exhausted") return {ErrorKind::exhausted, words, Where::here()};
    if (kind == "timeout") return {.kind = ErrorKind::timeout, .message = words, .where = Where::here(), .code = "camera_silent"};
    if (kind == "conflict" && code == "does_not_turn") return {.kind = ErrorKind::conflict, .message = words, .where = Where::here(), .code = code};
    if (kind == "invalid" || kind == "not_found") return {.kind = ErrorKind::conflict, .message = "the camera refuses it: " + words, .where = Where::here(), .code = "camera_refused"};
    return {.kind = ErrorKind::unavailable, .message = "the camera cannot be asked: " + words, .where = Where::here(), .code = "camera_away"};
}

}  // namespace

// --- what a person asks for ---

Result<void> Turning::check_turnable(const CameraId& camera) const {
    const auto* known = site_.directory_.find(camera);
    if (known == nullptr) return fail(ErrorKind::not_found, "camera " + camera.value + " is not known");
    if (known->site != site_.options_.id) return fail_code(ErrorKind::conflict, "foreign_camera", "the camera is another site's: it is turned there");
    if (!site_.media_up_) return fail_code(ErrorKind::unavailable, "media_away", "the media process is away: no camera can be asked");
    if (!turns_.contains(camera)) return fail_code(ErrorKind::conflict, "does_not_turn", "the camera is not reached by ONVIF: it cannot be turned from here");
    return {};
}

/// An agency knows the cameras of its own living grants.
Result<bool> Turning::may_see(const identity::Session& session, const CameraId& camera) {
    if (session.role != identity::Role::agency) return site_.directory_.find(camera) != nullptr;
    TRY(const auto page, grant::list_grants(*site_.folds_db_, {.incident = {}, .holder = session, .before = {}, .limit = grant::kPageMax}));
    const auto now = site_.env_.clock.wall();
    for (const auto& grant : page.items) {
        if (grant.has(camera) && grant.state_at(now) == grant::GrantState::live) return true;
    }
    return false;
}

ptz::Owner Turning::owner_of(const ptz::Lease& lease) {
    const auto person = site_.accounts_->person(lease.user);
    return person ? ptz::Owner{person->name_ko, person->name_en} : ptz::Owner{};
}

json::value Turning::face(const std::optional<ptz::Lease>& lease, const ptz::Onlooker& who) {
    if (!lease) return nullptr;
    return ptz::to_json(*lease, owner_of(*lease), who, site_.env_.clock.wall() + heads_.left(lease->camera, site_.env_.clock.mono()));
}

http::Response Turning::show(const Call& call) {
    const auto camera = camera_of(call);
    auto answer = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(call.request, {}));
        TRY(const bool is_seen, may_see(*call.session, camera));
        if (!is_seen) return fail(ErrorKind::not_found, "camera " + camera.value + " is not known");
        TRY(const auto lease, ptz::lease_of(*site_.folds_db_, camera));
        const auto turnable = check_turnable(camera);
        auto response = http::json_response(200, json::object{{"camera", camera.value},
                                                              {"turns", turnable.has_value()},
                                                              {"why", turnable ? json::value(nullptr) : json::value(turnable.error().code)},
                                                              {"lease", face(lease, {call.session->user, call.session->agency})}});
        response.headers["Cache-Control"] = "no-store";
        return response;
    }();
    return answer ? *std::move(answer) : http::problem(answer.error());
}

http::Response Turning::take(Call& call) {
    auto answer = [&]() -> Result<http::Response> {
        TRY(const auto wish, ptz::wish_in(call.request, camera_of(call)));
        TRY_DO(site_.check_on_duty(*call.session));
        if (const auto lent = grant::find_grant(*site_.folds_db_, wish.grant); lent) TRY_DO(site_.may_see(*call.session, lent->incident));
        TRY(const auto taken, ptz::take(*site_.book_, *call.session, site_.options_.id, wish, site_.env_.clock.wall()));
        TRY_DO(check_turnable(wish.camera));
        if (taken.before) {
            if (heads_.motion(wish.camera) != nullptr) halt(wish.camera, call.out);
            TRY_DO(rest("user:" + call.session->user.value, *taken.before, "released"));
        }
        heads_.use(wish.camera, taken.lease.id, site_.env_.clock.mono());
        is_adopted_ = false;  // Should this answer not stand in the end, the next tick sees what does.
        auto response = http::json_response(taken.is_new ? 201 : 200, face(taken.lease, {call.session->user, call.session->agency}));
        response.headers["Cache-Control"] = "no-store";
        return response;
    }();
    return answer ? *std::move(answer) : http::problem(answer.error());
}

http::Response Turning::release(Call& call) {
    const auto camera = camera_of(call);
    const auto ended = [&]() -> Result<void> {
        TRY(const bool is_seen, may_see(*call.session, camera));
        TRY(const auto lease, ptz::lease_of(*site_.folds_db_, camera));
        if (!lease || lease->user != call.session->user) {
            if (!is_seen) return fail(ErrorKind::not_found, "camera " + camera.value + " is not known");
            return fail_code(ErrorKind::conflict, "no_lease", "you do not have the camera to turn");
        }
        return end_lease(*lease, "released", call.out);
    }();
    return ended ? done() : http::problem(ended.error());
}

Result<ptz::Lease> Turning::own_lease(const Call& call) {
    const auto camera = camera_of(call);
    TRY(const bool is_seen, may_see(*call.session, camera));
    TRY(auto lease, ptz::lease_of(*site_.folds_db_, camera));
    if (!lease || lease->user != call.session->user) {
        if (!is_seen) return fail(ErrorKind::not_found, "camera " + camera.value + " is not known");
        if (lease) return fail_code(ErrorKind::conflict, "ptz_taken", "the camera is turned by another person, of the rank " + std::string(to_string(lease->rank)));
        return fail_code(ErrorKind::conflict, "no_lease", "take the camera before you turn it");
    }
    TRY_DO(site_.check_on_duty(*call.session));
    TRY_DO(ptz::check_grant(*site_.folds_db_, *lease, site_.env_.clock.wall()));
    TRY_DO(check_turnable(camera));
    const auto now = site_.env_.clock.mono();
    if (!heads_.has(camera, lease->id)) heads_.use(camera, lease->id, now);  // Behind a start.
    TRY_DO(heads_.count_word(camera, now));
    return *std::move(lease);
}

Result<void> Turning::ask(Call& call, Asked asked, json::object message) {
    const auto of_one = std::count_if(asked_.begin(), asked_.end(), [&](const auto& one) { return one.second.camera == asked.camera; });
    if (asked_.size() >= kAskedMost || static_cast<std::size_t>(of_one) >= kAskedOfOne) return fail(ErrorKind::exhausted, "the camera is slow to answer");
    const auto id = site_.env_.ulid();
    message["t"] = "turn";
    message["id"] = id;
    message["camera"] = asked.camera.value;
    asked.reply = call.reply;
    asked.until = site_.env_.clock.mono() + kAnswerMost;
    asked.batch = batches_;
    asked_.emplace(id, std::move(asked));
    call.out.to_media.push_back(std::move(message));
    return {};
}

Turning::Later Turning::ask_or_say(Call& call, Asked asked, json::object message) {
    const auto sent = ask(call, std::move(asked), std::move(message));
    if (!sent) return http::problem(sent.error());
    return std::nullopt;
}

Turning::Later Turning::move(Call& call) {
    const auto camera = camera_of(call);
    const auto sent = [&]() -> Result<void> {
        TRY(const auto input, ptz::move_in(call.request));
        TRY(const auto lease, own_lease(call));
        const auto actor = "user:" + call.session->user.value;
        const auto wall = site_.env_.clock.wall();
        const auto mono = site_.env_.clock.mono();
        if (!heads_.goes_on(camera, input.speed, input.lasts, wall, mono)) {
            TRY_DO(rest(actor, lease, "changed"));
            TRY(const auto motion, ptz::begin_motion(*site_.book_, actor, lease, {.act = "move", .speed = input.speed}));
            heads_.begin(camera, motion, input.speed, input.lasts, wall, mono);
        }
        Asked asked{.camera = camera, .motion = heads_.motion(camera)->id};
        return ask(call, std::move(asked), {{"act", "move"}, {"pan", input.speed.pan}, {"tilt", input.speed.tilt}, {"zoom", input.speed.zoom}, {"ms", input.lasts.count()}});
    }();
    if (!sent) return http::problem(sent.error());
    return std::nullopt;
}

Turning::Later Turning::stop(Call& call) {
    const auto lease = own_lease(call);
    if (!lease) return http::problem(lease.error());
    if (const auto rested = rest("user:" + call.session->user.value, *lease, "stopped"); !rested) return http::problem(rested.error());
    heads_.use(lease->camera, lease->id, site_.env_.clock.mono());
    return ask_or_say(call, {.camera = lease->camera}, {{"act", "stop"}});
}

/// A movement that ends by itself.
Result<void> Turning::go_to(Call& call, const ptz::Order& order, const ptz::Lease& lease) {
    const auto actor = "user:" + call.session->user.value;
    TRY_DO(rest(actor, lease, "changed"));
    TRY_DO(ptz::begin_motion(*site_.book_, actor, lease, order));
    heads_.use(lease.camera, lease.id, site_.env_.clock.mono());
    return ask(call, {.camera = lease.camera}, {{"act", order.act}, {"preset", order.preset}});
}

Turning::Later Turning::preset(Call& call) {
    const auto sent = [&]() -> Result<void> {
        TRY(const auto preset, ptz::preset_in(call.request));
        TRY(const auto lease, own_lease(call));
        return go_to(call, {.act = "preset", .preset = preset}, lease);
    }();
    if (!sent) return http::problem(sent.error());
    return std::nullopt;
}

Turning::Later Turning::home(Call& call) {
    const auto sent = [&]() -> Result<void> {
        TRY(const auto lease, own_lease(call));
        return go_to(call, {.act = "home"}, lease);
    }();
    if (!sent) return http::problem(sent.error());
    return std::nullopt;
}

Turning::Later Turning::presets(Call& call) {
    if (const auto known = http::only_parameters(call.request, {}); !known) return http::problem(known.error());
    const auto lease = own_lease(call);
    if (!lease) return http::problem(lease.error());
    return ask_or_say(call, {.camera = lease->camera, .wants_presets = true}, {{"act", "presets"}});
}

Handlers::Answer Handlers::ptz(Site& site, Call& call) { return site.turning_->show(call); }
Handlers::Answer Handlers::take_ptz(Site& site, Call& call) { return site.turning_->take(call); }
Handlers::Answer Handlers::release_ptz(Site& site, Call& call) { return site.turning_->release(call); }
Handlers::Answer Handlers::move_ptz(Site& site, Call& call) { return site.turning_->move(call); }
Handlers::Answer Handlers::stop_ptz(Site& site, Call& call) { return site.turning_->stop(call); }
Handlers::Answer Handlers::goto_ptz_preset(Site& site, Call& call) { return site.turning_->preset(call); }
Handlers::Answer Handlers::goto_ptz_home(Site& site, Call& call) { return site.turning_->home(call); }
Handlers::Answer Handlers::ptz_presets(Site& site, Call& call) { return site.turning_->presets(call); }

// --- media ---

void Turning::learn(const json::object& message) {
    turns_.clear();
    const auto* cameras = message.if_contains("turns");
    if (cameras == nullptr || !cameras->is_array()) return;
    for (const auto& id : cameras->get_array()) {
        if (id.is_string()) turns_.insert(CameraId{std::string(id.get_string())});
    }
}

void Turning::answered(const json::object& message, Outputs& out) {
    const auto at = asked_.find(text_field(message, "id"));
    if (at == asked_.end()) return;  // Of a connection before, or too late.
    const auto asked = std::move(at->second);
    asked_.erase(at);
    http::Response response = done();
    if (message.contains("error")) {
        response = http::problem(error_of(message));
        const auto* motion = heads_.motion(asked.camera);
        if (motion != nullptr && motion->id == asked.motion) {
            const auto rested = site_.attempt([&]() -> Result<void> {
                TRY(const auto lease, ptz::lease_of(*site_.folds_db_, asked.camera));
                return lease ? rest(here(), *lease, "refused") : Result<void>{};
            });
            if (!rested) forget_all(rested.error());
        }
    } else if (asked.wants_presets) {
        const auto* presets = message.if_contains("presets");
        response = http::json_response(200, json::object{{"items", presets != nullptr ? *presets : json::array{}}, {"next", nullptr}});
        response.headers["Cache-Control"] = "no-store";
    }
    out.replies.push_back([reply = asked.reply, response = std::move(response)] { reply(response); });
}

void Turning::media_gone(Outputs& out) {
    const auto why = http::problem(Error{.kind = ErrorKind::unavailable, .message = "the media process went away before the camera answered", .where = Where::here(), .code = "media_away"});
    for (const auto& [id, asked] : std::exchange(asked_, {})) out.replies.push_back([reply = asked.reply, why] { reply(why); });
}

// --- what ends ---

Result<void> Turning::rest(const std::string& actor, const ptz::Lease& lease, std::string_view why) {
    auto motion = heads_.end(lease.camera);
    if (!motion) return {};
    motion->to = std::min(motion->to, site_.env_.clock.wall());
    return ptz::end_motion(*site_.book_, actor, lease, *motion, why);
}

/// Nobody waits for the answer: the camera stops by itself a second later at the latest.
void Turning::halt(const CameraId& camera, Outputs& out) {
    if (site_.media_up_) out.to_media.push_back({{"t", "turn"}, {"id", ""}, {"camera", camera.value}, {"act", "stop"}});
}

Result<void> Turning::end_lease(const ptz::Lease& lease, std::string_view why, Outputs& out) {
    const auto actor = why == "released" ? "user:" + lease.user.value : here();
    if (heads_.motion(lease.camera) != nullptr) halt(lease.camera, out);
    TRY_DO(rest(actor, lease, "released"));
    TRY_DO(ptz::release(*site_.book_, actor, lease, why));
    heads_.forget(lease.camera);
    return {};
}

/// Behind a start, or a batch that was lost: what stands goes on from now, and a move of which nobody knows is over.
void Turning::adopt() {
    const auto adopted = site_.attempt([&]() -> Result<void> {
        TRY(const auto standing, ptz::standing(*site_.folds_db_));
        heads_.keep_only(standing);
        const auto wall = site_.env_.clock.wall();
        for (const auto& lease : standing) {
            if (heads_.has(lease.camera, lease.id)) continue;
            heads_.use(lease.camera, lease.id, site_.env_.clock.mono());
            if (!lease.motion.empty()) TRY_DO(ptz::end_motion(*site_.book_, here(), lease, {.id = lease.motion, .speed = {}, .from = wall, .to = wall, .count = 0}, "restarted"));
        }
        return {};
    });
    is_adopted_ = adopted.has_value();
    if (!adopted) LOG_ERROR("ptz.not_adopted", {{"why", adopted.error().message}});
}

/// The grant, or the seat of who has it.
Result<void> Turning::end_over(Outputs& out) {
    TRY(const auto standing, ptz::standing(*site_.folds_db_));
    const auto now = site_.env_.clock.wall();
    for (const auto& lease : standing) {
        if (const auto goes_on = ptz::check_grant(*site_.folds_db_, lease, now); !goes_on) {
            TRY_DO(end_lease(lease, "grant_ended", out));
            continue;
        }
        const auto person = site_.accounts_->person(lease.user);
        if (!person || !site_.check_on_duty(*person)) TRY_DO(end_lease(lease, "seat_left", out));
    }
    return {};
}

void Turning::follow(Outputs& out) {
    ++batches_;
    if (heads_.empty()) return;
    const auto& entries = site_.book_->appended();
    const bool is_asked = std::any_of(entries.begin(), entries.end(), [](const journal::Entry& entry) {
        return entry.kind.starts_with("grant.") || entry.kind.starts_with("duty.") || entry.kind.starts_with("account.");
    });
    if (!is_asked) return;
    if (const auto ended = site_.attempt([&] { return end_over(out); }); !ended) forget_all(ended.error());
}

Result<void> Turning::end_silent() {
    for (const auto& camera : heads_.silent(site_.env_.clock.mono())) {
        TRY(const auto lease, ptz::lease_of(*site_.folds_db_, camera));
        if (lease) TRY_DO(rest(here(), *lease, "silent"));
        else heads_.forget(camera);
    }
    return {};
}

Result<void> Turning::end_idle(Outputs& out) {
    for (const auto& camera : heads_.idle(site_.env_.clock.mono())) {
        TRY(const auto lease, ptz::lease_of(*site_.folds_db_, camera));
        if (lease) TRY_DO(end_lease(*lease, "idle", out));
        else heads_.forget(camera);
    }
    return {};
}

void Turning::give_up(Outputs& out) {
    const auto now = site_.env_.clock.mono();
    for (auto at = asked_.begin(); at != asked_.end();) {
        if (now < at->second.until) {
            ++at;
            continue;
        }
        ++unanswered_total_;
        out.replies.push_back([reply = std::move(at->second.reply)] {
            reply(http::problem(Error{.kind = ErrorKind::timeout, .message = "the camera did not answer", .where = Where::here(), .code = "camera_silent"}));
        });
        at = asked_.erase(at);
    }
}

void Turning::tick(Outputs& out) {
    if (!is_adopted_) adopt();
    if (heads_.empty()) return;
    const auto ended = site_.attempt([&]() -> Result<void> {
        TRY_DO(end_silent());
        TRY_DO(end_idle(out));
        return end_over(out);  // A grant's window is judged by the clock, a seat by the shift.
    });
    if (!ended) forget_all(ended.error());
}

/// What was undone or lost is in no head: each is made again by what stands on record, and the next word of a move is one of a new move.
void Turning::forget_all(const Error& why) {
    LOG_ERROR("ptz.forgotten", {{"why", why.message}});
    heads_.clear();
    is_adopted_ = false;
}

void Turning::lose() {
    std::erase_if(asked_, [&](const auto& one) { return one.second.batch + 1 == batches_; });  // Their askers hear of the batch.
    heads_.clear();
    is_adopted_ = false;
}

// --- the live stream ---

void Turning::publish(const journal::Entry& entry, Outputs& out) {
    const auto changed = ptz::find(*site_.folds_db_, text_field(entry.payload, "lease"));
    if (!changed) return;
    const auto standing = ptz::lease_of(*site_.folds_db_, changed->camera);
    if (!standing) return;
    const auto item_for = [&](const AgencyId& agency) {
        json::object item{{"camera", changed->camera.value}, {"lease", face(*standing, {{}, agency})}, {"ended", nullptr}};
        if (entry.kind == "ptz.released") {
            item["ended"] = json::object{{"lease", changed->id}, {"user", changed->agency == agency ? json::value(changed->user.value) : json::value(nullptr)}, {"why", changed->why}};
        }
        return json::serialize(item);
    };
    const auto& own = site_.here().agency;
    out.published.push_back({entry.seq, "ptz", changed->camera.value, item_for(own), {}});
    std::set<std::string> agencies{changed->agency.value};
    if (*standing) agencies.insert((*standing)->agency.value);
    for (const auto& agency : agencies) {
        if (agency == own.value) continue;  // Our own people have heard it.
        Published change{entry.seq, "ptz", changed->camera.value, item_for({agency}), {agency}};
        change.staff = false;
        out.published.push_back(std::move(change));
    }
}

}  // namespace bongsu::app
