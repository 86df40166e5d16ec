// Who is on duty: seats, breaks, the roster, and the people it is made of.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "app/site/handlers.hpp"
#include "app/site/own_file.hpp"
#include "base/log.hpp"
#include "duty/attendance.hpp"
#include "duty/http.hpp"
#include "duty/roster.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;
constexpr auto kLookEach = 1s;
/// A view lives as long as its grant, a day at most: who left before that has none.
constexpr auto kMayStillWatch = 25h;

}  // namespace

Result<duty::Rules> read_duty_rules(env::Disk& disk, const std::string& data, const SiteId& site) {
    return own_file(disk, site_folder(data, site) + "/duty.toml", &duty::Rules::parse, duty::Rules::defaults());
}

/// Who logs in and is expected takes the seat; for all others a login is a login. Behind the login, which stands whatever comes of this.
void Site::sit_at_login(const identity::Session& session) {
    if (!duty_rules_.has_seat_for(session.role)) return;
    const auto done = attempt([&]() -> Result<void> {
        TRY_DO(duty::clock_in(*book_, duty_rules_, {.user = session.user, .role = session.role, .seat = {}, .source = "login"}));
        return {};
    });
    const bool is_usual = done || done.error().kind == ErrorKind::forbidden || done.error().kind == ErrorKind::conflict;
    if (!is_usual) LOG_WARN("duty.no_seat_at_login", {{"user", session.user.value}, {"why", done.error().message}});
}

/// Who is logged in nowhere any more has left.
Result<void> Site::leave_at_logout(const UserId& user) {
    TRY(const bool is_there, accounts_->has_session(user));
    if (is_there) return {};
    TRY(const auto stay, duty::stay_of(*folds_db_, user));
    if (!stay) return {};
    return duty::clock_out(*book_, "user:" + user.value, *stay, "logged out");
}

Result<void> Site::watch_duty(Outputs& out) {
    const auto now = env_.clock.mono();
    if (now < duty_look_at_) return {};
    duty_look_at_ = now + kLookEach;
    share_wanted_ = true;
    TRY_DO(duty::end_forgotten(*book_, duty_rules_, "site:" + options_.id.value));
    auto shift = duty_rules_.pattern().at(env_.clock.wall()).id;
    if (shift == duty_shift_) return {};
    // Also behind a start: the shift may have ended while the process was away.
    TRY_DO(leave_brief());
    // What is needed is asked of another crew now. Behind a start nobody listens yet.
    duty_shift_ = std::move(shift);
    publish_duty(journal_->last_seq(), out);
    return {};
}

void Site::publish_duty(std::uint64_t seq, Outputs& out) {
    out.published.push_back({seq, "duty", "", json::serialize(json::object{{"shift", duty_rules_.pattern().at(env_.clock.wall()).id}}), {}});
}

Result<json::array> Site::off_duty() const {
    TRY(const auto left, duty::left_since(*folds_db_, env_.clock.wall() - kMayStillWatch));
    json::array out;
    for (const auto& user : left) out.emplace_back(user.value);
    return out;
}

/// Once a batch. Where it cannot be read the next batch says it: nobody is taken off the list for not being known.
void Site::tell_off_duty(Outputs& out) {
    if (!seats_changed_ || !media_up_) return;
    auto holders = off_duty();
    if (!holders) return LOG_ERROR("duty.off_duty_unknown", {{"why", holders.error().message}});
    seats_changed_ = false;
    out.to_media.push_back({{"t", "off_duty"}, {"holders", *std::move(holders)}});
}

Result<void> Site::check_on_duty(const identity::Session& session) {
    if (!is_centre() || !duty_rules_.has_seat_for(session.role)) return {};
    TRY(const bool on_duty, duty::is_on_duty(*folds_db_, duty_rules_, session.user, env_.clock.wall()));
    if (on_duty) return {};
    return fail_code(ErrorKind::forbidden, "not_on_duty", "pictures are for who is on duty: take your seat, or have the crew chief call you in");
}

duty::Office Site::duty_office() { return {*book_, duty_rules_, *accounts_}; }

/// With the batch in which somebody came, went or rests, behind its acts: the cameras have somebody at once. What cannot be done now is
/// tried again with the next second; the seat does not hang on it.
void Site::share_where_needed() {
    const auto& entries = book_->appended();
    const bool has_duty = std::any_of(entries.begin(), entries.end(), [](const journal::Entry& entry) { return entry.kind.starts_with("duty."); });
    if (!has_duty && !std::exchange(share_wanted_, false)) return;
    auto key = sharing_key();
    if (key && *key == shared_key_) return;
    const auto shared = key ? attempt([this] { return share_cameras(); }) : Result<void>(tl::unexpected(key.error()));
    if (shared) shared_key_ = *std::move(key);
    else LOG_ERROR("duty.cameras_not_shared", {{"why", shared.error().message}});
}

Handlers::Answer Handlers::duty_now(Site& site, Call& call) {
    return duty::get_duty(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::post_seat(Site& site, Call& call) {
    return duty::post_seat(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::delete_seat(Site& site, Call& call) {
    return duty::delete_seat(site.duty_office(), *call.session);
}
Handlers::Answer Handlers::post_break(Site& site, Call& call) {
    return duty::post_break(site.duty_office(), *call.session);
}
Handlers::Answer Handlers::delete_break(Site& site, Call& call) {
    return duty::delete_break(site.duty_office(), *call.session);
}
Handlers::Answer Handlers::shifts(Site& site, Call& call) {
    return duty::get_shifts(site.duty_office(), call.request);
}
Handlers::Answer Handlers::shift(Site& site, Call& call) {
    return duty::get_shift(site.duty_office(), call.request);
}
Handlers::Answer Handlers::post_absence(Site& site, Call& call) {
    return duty::post_absence(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::delete_absence(Site& site, Call& call) {
    return duty::delete_absence(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::post_call(Site& site, Call& call) {
    return duty::post_call(site.duty_office(), call.request, *call.session);
}
Handlers::Answer Handlers::crews(Site& site, Call& call) {
    return duty::get_crews(site.duty_office(), call.request);
}
Handlers::Answer Handlers::put_crew(Site& site, Call& call) {
    return duty::put_crew(site.duty_office(), call.request, *call.session);
}

Handlers::Answer Handlers::people(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(call.request, {}));
        TRY(const auto colleagues, site.accounts_->colleagues());
        json::array items;
        for (const auto& one : colleagues) {
            items.push_back(json::object{{"id", one.user.value},
                                         {"login", one.login},
                                         {"role", json::string(identity::to_string(one.role))},
                                         {"name", {{"ko", one.name_ko}, {"en", one.name_en}}}});
        }
        auto response = http::json_response(200, json::object{{"items", std::move(items)}, {"next", nullptr}});
        response.headers["Cache-Control"] = "no-store";
        return response;
    }();
    return answer ? *answer : http::problem(answer.error());
}

}  // namespace bongsu::app
