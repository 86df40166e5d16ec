// Who is there: login (its slow half on a worker), logout, me; and how the site is.
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/turning.hpp"
#include "outbound/delivery.hpp"
#include "identity/http.hpp"

namespace bongsu::app {

Handlers::Answer Handlers::login(Site& site, Call& call) {
    auto request = identity::parse_login(call.request.body);
    if (!request) return http::problem(request.error());
    const auto& remote = call.request.remote;
    auto candidate = site.accounts().find_login(request->user, remote);
    if (!candidate) return http::problem(candidate.error());
    call.out.password_checks.push_back(
        {*std::move(candidate), std::move(request->password), remote, call.reply});
    return std::nullopt;
}

http::Response finish_login(Site& site, PasswordChecked& checked) {
    const auto login =
        site.accounts().complete_login(site.book(), checked.candidate, checked.right, checked.remote);
    if (!login) return http::problem(login.error());
    site.sit_at_login(login->session);
    return identity::login_response(*login);
}

Handlers::Answer Handlers::logout(Site& site, Call& call) {
    call.out.ended_tokens.emplace_back(call.request.bearer());
    auto response = identity::post_logout(site.accounts(), site.book(), call.request);
    if (response.status != 204) return response;
    if (const auto left = site.leave_at_logout(call.session->user); !left) return http::problem(left.error());
    return response;
}

Handlers::Answer Handlers::me(Site&, Call& call) { return identity::get_me(*call.session); }

namespace {

/// What a start took on trust is read through afterwards; a record that does not hold does not end the service.
void add_metric(std::string& text, std::string_view name, std::string_view help, std::string_view type, const std::string& value) {
    text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type);
    text.append("\n").append(name).append(" ").append(value).append("\n");
}

boost::json::object journal_json(std::uint64_t seq, std::size_t looks_owed, const std::shared_ptr<const JournalCheck>& check) {
    boost::json::object out{{"seq", static_cast<std::int64_t>(seq)}, {"looksOwed", looks_owed}};
    const auto now = check ? check->now() : JournalCheck::Now{};
    out["check"] = boost::json::string(to_string(now.state));
    if (!now.what.empty()) out["problem"] = now.what;
    return out;
}

}  // namespace

Handlers::Answer Handlers::ready(Site& site, Call&) {
    boost::json::object links;
    for (const auto& info : site.options_.city.sites) {
        if (info.joined && info.id != site.options_.id && site.is_centre())
            links[info.id.value] = site.peers_up_.contains(info.id);
    }
    const bool ready = site.media_up_;
    boost::json::object answer{{"ready", ready},
                               {"site", site.options_.id.value},
                               {"version", BONGSU_VERSION},
                               {"journal", journal_json(site.journal_->committed_seq(), site.looks_owed(), site.options_.check)},
                               {"media", site.media_up_},
                               {"links", links},
                               {"sandbox", boost::json::array{}}};
    if (const auto& copy = site.options_.copy) {  // Its loss is an alarm, and no reason to send anybody elsewhere.
        answer["copy"] = {{"connected", copy->connected.load()}, {"seq", static_cast<std::int64_t>(copy->copied)}};
    }
    return http::json_response(ready ? 200 : 503, answer);
}

namespace {

void add_outboxes(std::string& text, const SiteOptions& options, sql::Db& folds) {
    for (const auto& peer : options.city.sites) {
        if (!peer.joined || peer.id == options.id) continue;
        text += "bongsu_federation_outbox_waiting{district=\"" + peer.id.value + "\"} " +
                std::to_string(federation::waiting(folds, peer.id).value_or(0)) + "\n";
    }
}

}  // namespace

Handlers::Answer Handlers::metrics(Site& site, Call&) {
    std::string text;
    const auto line = [&](std::string_view name, std::string_view help, std::string_view type, auto value) {
        add_metric(text, name, help, type, std::to_string(value));
    };
    line("bongsu_journal_entries", "Entries in the journal", "gauge", site.journal_->committed_seq());
    const auto check = site.options_.check ? site.options_.check->now() : JournalCheck::Now{};
    line("bongsu_journal_check_state", "The journal read through after the start: 0 no, 1 under way, 2 holds, 3 does not, 4 failed",
         "gauge", static_cast<int>(check.state));
    line("bongsu_journal_check_entries", "Entries that were read through", "gauge", check.entries);
    line("bongsu_journal_index_failures_total", "Index files of segments that could not be written", "counter",
         site.journal_->index_failures());
    line("bongsu_http_requests_total", "Requests that reached the site", "counter", site.requests_total_);
    line("bongsu_store_slow_batches_total", "Batches that took 250 ms or longer; the log says at which step", "counter", site.slow_batches_);
    const auto& reads = site.reads_.counts;
    line("bongsu_record_failing", "Nothing can be written: living incidents are shown and owed to the record, nothing else is shown",
         "gauge", site.failing_since_ && !site.writes_again_ ? 1 : 0);
    line("bongsu_record_reads_total", "Entries of who was shown whose data", "counter", reads.entries);
    line("bongsu_record_reads_repeated_total", "Answers of which nothing was new within ten minutes", "counter", reads.repeated);
    line("bongsu_record_reads_forgotten_total", "Looks that were forgotten before their ten minutes: their next is an entry again",
         "counter", reads.forgotten);
    line("bongsu_record_reads_owed", "Looks that were answered and wait for a disk that takes them", "gauge", site.looks_owed());
    line("bongsu_record_reads_owed_total", "Looks that were answered before they were on record", "counter", reads.owed);
    line("bongsu_record_reads_refused_total", "Answers that were withheld as nobody could record them", "counter", reads.refused);
    line("bongsu_intake_unauthenticated_total", "Messages without a valid session key: counted, never stored",
         "counter", site.unauthenticated_messages_);
    line("bongsu_intake_over_rate_total", "Messages over HTTP beyond what is agreed with their sender: told to come again", "counter",
         site.messages_over_rate_);
    line("bongsu_intake_dead_letters", "Refused messages that wait for a person", "gauge",
         event::dead_letters_waiting(*site.folds_db_).value_or(0));
    line("bongsu_outbound_waiting", "Messages to partners that wait; counted up to 1000", "gauge",
         outbound::count(*site.folds_db_, outbound::State::waiting).value_or(0));
    line("bongsu_outbound_failed", "Messages to partners that failed for good; counted up to 1000", "gauge",
         outbound::count(*site.folds_db_, outbound::State::failed).value_or(0));
    line("bongsu_intake_partner_logins_total", "Telegrams of type 99: judged, never stored", "counter",
         site.partner_logins_);
    line("bongsu_intake_telemetry_total", "Positions and readings that lead to nothing by themselves", "counter",
         site.telemetry_total_);
    line("bongsu_intake_devices_not_kept_total", "Lines of devices that were too many to be kept with their incidents", "counter",
         site.devices_not_kept_);
    line("bongsu_identity_unknown_logins_total", "Logins under a name that is not known", "counter",
         site.accounts_->unknown_logins_total());
    line("bongsu_identity_limited_logins_total", "Logins refused by the rate limit", "counter",
         site.accounts_->limited_logins_total());
    line("bongsu_device_cameras", "Cameras in the directory", "gauge", site.directory_.size());
    line("bongsu_media_up", "The media process is connected", "gauge", site.media_up_ ? 1 : 0);
    line("bongsu_ptz_asked", "Words to cameras that wait for their answer", "gauge", site.turning_->asked());
    line("bongsu_ptz_unanswered_total", "Words to cameras that had no answer in 10 s", "counter", site.turning_->unanswered_total());
    if (const auto& copy = site.options_.copy) {
        line("bongsu_copy_connected", "The copy's database answers", "gauge", copy->connected ? 1 : 0);
        line("bongsu_copy_behind_entries", "Entries that the copy does not have yet", "gauge", copy->behind());
        line("bongsu_copy_behind_seconds", "Since when it has not held all of them", "gauge",
             copy->behind_seconds(to_us(site.env_.clock.wall())));
        line("bongsu_copy_rests_total", "Times that the copy gave way to messages", "counter", copy->rests_total.load());
        line("bongsu_copy_failures_total", "Connections to the copy and batches that failed", "counter",
             copy->failures_total.load());
    }
    if (site.is_centre()) add_outboxes(text, site.options_, *site.folds_db_);
    for (const auto& [name, value] : site.media_stats_) {
        if (value.is_int64())
            text += "bongsu_media_" + std::string(name) + " " + std::to_string(value.get_int64()) + "\n";
    }
    if (site.more_metrics_) site.more_metrics_(text);
    http::Response response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = std::move(text);
    return response;
}

}  // namespace bongsu::app
