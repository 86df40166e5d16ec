// The agreements with partners while the site runs: which are in force, and a new file put in force as a whole.
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/reason.hpp"
#include "base/log.hpp"
#include "event/agreement.hpp"
#include "event/lane.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

event::Agreements agreements_of(const Partners& partners) {
    event::Agreements out;
    out.file = partners.digest;
    for (const auto& partner : partners.profiles) out.digests[partner->key] = partner->digest;
    return out;
}

json::array names(const std::vector<std::string>& keys) {
    json::array out;
    for (const auto& key : keys) out.emplace_back(key);
    return out;
}

json::object to_json(const event::Profile& partner) {
    json::value port = nullptr;
    json::value told = nullptr;
    if (partner.listen) port = json::object{{"tls", partner.tls}};
    if (partner.send) told = json::object{{"tls", partner.send->is_tls()}, {"aria", !partner.aria_phrase_file.empty()}};
    return {{"key", partner.key},
            {"format", json::string(event::to_string(partner.format))},
            {"sender", partner.sender},
            {"digest", partner.digest},
            {"listens", std::move(port)},
            {"isTold", std::move(told)}};
}

/// What of a new file only a start can do, a line each; empty when there is nothing of it.
std::string start_needed(const Partners& now, const Partners& next) {
    std::string out;
    const auto line = [&](const std::string& key, std::string_view what) {
        out += (out.empty() ? "" : "\n") + key + ": " + std::string(what);
    };
    for (const auto& partner : next.profiles) {
        const auto before = now.find(partner->key);
        const bool listened = before && before->listen;
        if (listened != partner->listen.has_value()) {
            line(partner->key, partner->listen ? "listen is a port that is bound at a start only"
                                               : "listen is gone, and its port is let go at a start only");
        } else if (listened && (before->listen->port != partner->listen->port || before->listen->offset != partner->listen->offset)) {
            line(partner->key, "listen.port and listen.offset take effect at a start only");
        }
    }
    for (const auto& partner : now.profiles) {
        if (partner->listen && !next.find(partner->key)) line(partner->key, "is gone, and its port is let go at a start only");
    }
    return out;
}

}  // namespace

/// The record says what is in force from the start on, where it does not say so already.
Result<void> Site::record_partners() {
    const auto now = agreements_of(*partners_);
    TRY(const auto before, event::agreements(*folds_db_));
    const auto change = event::difference(before, now);
    if (before.file == now.file && change.is_empty()) return {};
    return event::record_agreements(*book_, "site:" + options_.id.value, "start", now, change);
}

/// In force once the batch is durable. Errors: conflict, saying what is wrong with the file; the old one stays.
Result<event::AgreementChange> Site::renew_partners(const std::string& actor, const std::string& why) {
    const auto& base = partners_coming_ ? *partners_coming_ : *partners_;
    auto loaded = load_partners(env_.disk, site_folder(options_.data, options_.id));
    if (!loaded) {
        LOG_WARN("partners.refused", {{"site", options_.id.value}, {"why", loaded.error().message}});
        return fail(ErrorKind::conflict, "partners.toml was not taken, the agreements stay as they were: " + loaded.error().message);
    }
    if (const auto needed = start_needed(base, *loaded); !needed.empty())
        return fail(ErrorKind::conflict, "partners.toml was not taken, the agreements stay as they were: " + needed);
    auto change = event::difference(agreements_of(base), agreements_of(*loaded));
    for (auto& partner : loaded->profiles) {
        const auto before = base.find(partner->key);
        if (!before || before->digest != partner->digest) continue;
        if (same_secrets(*before, *partner)) {
            partner = before;  // Who is not concerned is not disturbed.
        } else {
            change.changed.push_back(partner->key);
        }
    }
    if (base.digest != loaded->digest || !change.is_empty()) {
        TRY_DO(event::record_agreements(*book_, actor, why, agreements_of(*loaded), change));
        partners_coming_ = std::make_shared<const Partners>(*std::move(loaded));
    }
    return change;
}

/// With a batch that is durable or lost.
void Site::settle_partners(bool committed, Outputs& out) {
    if (!partners_coming_) return;
    auto coming = std::exchange(partners_coming_, nullptr);
    if (!committed) return;
    LOG_INFO("partners.changed", {{"site", options_.id.value}, {"digest", coming->digest}});
    adopt(std::move(coming));
    out.partners_changed = true;
}

namespace {

/// Names a session's agreement: with another key it is another.
std::string agreement_of(const event::Profile& profile) { return profile.key + " " + digest_of_key(profile.api_key); }

}  // namespace

Result<std::string> Site::open_agreed_session(const event::scsns::Decoded& auth, std::string_view remote) {
    const auto profile = partners_->of_api_key(auth.api_key, event::Format::scsns);
    if (!profile) return fail(ErrorKind::not_found, "the API key is no agreement's");
    const auto& said = auth.envelope;
    const bool is_its = profile->pairs.empty() ? said.send_cd == profile->sender : profile->allows_pair(said.send_cd, said.rcv_cd);
    if (!is_its) return fail(ErrorKind::unauthenticated, "sendCd is not the one of this API key");
    return accounts_->open_agreed_session(*book_, agreement_of(*profile), {profile->sender}, remote);
}

Result<identity::Partner> Site::partner_of(std::string_view session_key) {
    TRY(auto partner, accounts_->partner_of_session_key(session_key));
    if (partner.agreement.empty()) return partner;
    const auto profile = partners_->find(partner.profile);
    if (!profile || profile->api_key.empty() || agreement_of(*profile) != partner.agreement) 
        return fail(ErrorKind::unauthenticated, "the session key's API key is agreed no more");
    partner.agency = {profile->sender};
    if (profile->pairs.empty()) partner.send_cd = profile->sender;  // Else the pairs say who it may be.
    return partner;
}

std::optional<identity::Session> Site::session_of_api_key(std::string_view api_key) const {
    const auto profile = partners_->of_api_key(api_key, event::Format::cloudevents);
    if (!profile) return std::nullopt;
    identity::Session session;
    session.user = {"partner:" + profile->key};
    session.role = identity::Role::agency;
    session.site = options_.id;
    session.agency = {profile->sender};
    return session;
}

bool Site::may_send(const ProfilePtr& agreed, const AgencyId& agency, const http::Request& request) {
    const auto now = env_.clock.mono();
    const auto& rate = agreed->rate;
    auto found = allowances_.find(agreed->key + " " + agency.value);
    if (found == allowances_.end()) {
        const intake::RateBucket full(rate.per_second, rate.burst, now);
        found = allowances_.emplace(agreed->key + " " + agency.value, Allowance{agreed, full, full}).first;
    }
    auto& own = found->second;
    if (own.under != agreed) {
        own.under = agreed;
        own.ordinary.set_rate(rate.per_second, rate.burst, now);
        own.urgent.set_rate(rate.per_second, rate.burst, now);
    }
    const bool is_urgent = agreed->format == event::Format::cloudevents
                               ? event::is_urgent_event(*agreed, request.header("ce-type"), request.body)
                               : event::is_urgent(*agreed, request.body, request.header("x-scsns-encat"));
    if ((is_urgent ? own.urgent : own.ordinary).take(now)) return true;
    ++messages_over_rate_;
    return false;
}

Handlers::Answer Handlers::partners(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(call.request, {}));
        json::array items;
        for (const auto& partner : site.partners_->profiles) items.push_back(to_json(*partner));
        return http::json_response(200, json::object{{"file", site.partners_->digest}, {"items", std::move(items)}});
    }();
    return answer ? *answer : http::problem(answer.error());
}

Handlers::Answer Handlers::reload_partners(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY(const auto body, http::parse_object(call.request.body));
        TRY(const auto why, reason_in(body));
        TRY(const auto change, site.renew_partners("user:" + call.session->user.value, why));
        const auto& now = site.partners_coming_ ? *site.partners_coming_ : *site.partners_;
        return http::json_response(200, json::object{{"file", now.digest},
                                                     {"added", names(change.added)},
                                                     {"changed", names(change.changed)},
                                                     {"removed", names(change.removed)}});
    }();
    return answer ? *answer : http::problem(answer.error());
}

}  // namespace bongsu::app
