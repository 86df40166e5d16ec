// What comes in: the partners' messages and our own event API. Raw first, decoded after, answered when both
// are durable.
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "event/codec/cloudevents.hpp"
#include "event/codec/scsns.hpp"
#include "event/intake.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace scsns = event::scsns;

namespace {

constexpr std::string_view kProfile = "default";
constexpr std::size_t kKeyBytesMin = 32;  ///< A session key's; an API key is longer.

http::Response partner_reply(scsns::Code code, std::string_view message) {
    http::Response response;
    response.body = scsns::reply(code, message);
    // Business errors travel in the partner's own reply; only what a proxy should act on is a status of its
    // own.
    if (code == scsns::Code::unauthorised) response.status = 401;
    return response;
}

scsns::Decoded decode(const Call& call) {
    return scsns::decode({.content_type = call.request.header("content-type"),
                          .bytes = call.request.body,
                          .headers = &call.request.headers});
}

std::string reply_text(const scsns::Refusal& refusal) { return refusal.reason; }

/// A key opens the door for half an hour or for good: the raw copy keeps its place and length, not its
/// letters. What is shorter than our keys is none, and blanking it would blank the message.
std::string scrub(std::string bytes, std::string_view key) {
    if (key.size() < kKeyBytesMin) return bytes;
    for (auto at = bytes.find(key); at != std::string::npos; at = bytes.find(key, at + key.size())) {
        bytes.replace(at, key.size(), key.size(), '*');
    }
    return bytes;
}

/// What followed from a message failed half-way: none of it stays, nor the raw message, for a half would make its next
/// coming a repeat that nothing follows from.
http::Response not_stored(bool& keep_entries) {
    keep_entries = false;
    auto response = partner_reply(scsns::Code::unavailable, "not stored: send it again");
    response.status = 503;  // An answer of 200 would keep what was appended.
    return response;
}

scsns::Code code_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::unauthenticated:
            return scsns::Code::unauthorised;
        case ErrorKind::invalid:
            return scsns::Code::invalid;
        case ErrorKind::exhausted:
            return scsns::Code::too_many;
        case ErrorKind::unavailable:
            return scsns::Code::unavailable;
        default:
            return scsns::Code::internal;
    }
}

}  // namespace

Handlers::Answer Handlers::partner_auth(Site& site, Call& call) {
    const auto message = decode(call);
    // An AUTH message holds the key: it is never written down.
    if (!message.ok()) return partner_reply(message.refusal.code, reply_text(message.refusal));
    if (message.api_key.empty()) return partner_reply(scsns::Code::missing, "apiKey is required");
    auto key = site.accounts().open_partner_session(site.book(), message.api_key, message.envelope.send_cd,
                                                    kProfile);
    if (!key) return partner_reply(code_of(key.error()), key.error().message);
    return partner_reply(scsns::Code::ok, *key);
}

Handlers::Answer Handlers::partner_event(Site& site, Call& call) {
    const auto message = decode(call);
    auto key = std::string(call.request.header("x-scsns-secret"));
    if (key.empty()) key = message.envelope.rr_key;
    // Who it is comes before what it says: unauthenticated bytes are counted, never stored.
    const auto partner = site.accounts_->partner_of_session_key(key);
    if (!partner) {
        ++site.unauthenticated_messages_;
        return partner_reply(scsns::Code::unauthorised,
                             "the session key is unknown or has run out: call /api/getAuth.json");
    }
    if (!message.envelope.send_cd.empty() && !partner->send_cd.empty() &&
        message.envelope.send_cd != partner->send_cd) {
        ++site.unauthenticated_messages_;
        return partner_reply(scsns::Code::unauthorised, "sendCd is not the sender of this session");
    }
    // The key of the header or another one beside it, or that of an AUTH message sent to the wrong door.
    auto clean = call.request.body;
    for (const auto* secret :
         {static_cast<const std::string*>(&key), &message.envelope.rr_key, &message.api_key})
        clean = scrub(std::move(clean), *secret);
    const auto raw =
        event::record_raw(site.book(), {.format = "scsns",
                                        .profile = std::string(kProfile),
                                        .agency = partner->agency.value,
                                        .remote = call.request.remote,
                                        .content_type = std::string(call.request.header("content-type")),
                                        .bytes = std::move(clean)});
    site.keep_entries_ = true;  // From here on the raw message stays, whatever its content.
    if (!raw) return partner_reply(code_of(raw.error()), raw.error().message);
    auto refusal = message.refusal;
    if (message.ok() && !message.event)
        refusal = {scsns::Code::invalid, "svcTy", "svcTy must be EVENT or PREEVT here"};
    if (refusal.code != scsns::Code::ok) {
        const auto kept = event::record_refused(site.book(), *raw, static_cast<int>(refusal.code),
                                                refusal.reason, refusal.field);
        if (!kept) return not_stored(site.keep_entries_);
        return partner_reply(refusal.code, reply_text(refusal));
    }
    auto sent = *message.event;
    sent.sender = partner->agency.value;  // Who was authenticated, not who the message says.
    const auto recorded = event::record_event(site.book(), sent, *raw);
    if (!recorded) return not_stored(site.keep_entries_);
    if (recorded->outcome == event::Outcome::conflict)
        return partner_reply(scsns::Code::invalid, "ocrNbr was used with other content");
    const auto incident = site.receive(sent, *recorded);
    if (!incident) return not_stored(site.keep_entries_);
    return partner_reply(scsns::Code::ok, "");
}

Handlers::Answer Handlers::post_event(Site& site, Call& call) {
    const auto& who = *call.session;
    const bool is_agency = who.role == identity::Role::agency;
    const auto raw =
        event::record_raw(site.book(), {.format = "cloudevents",
                                        .profile = "",
                                        .agency = is_agency ? who.agency.value : "user:" + who.user.value,
                                        .remote = call.request.remote,
                                        .content_type = std::string(call.request.header("content-type")),
                                        .bytes = call.request.body});
    if (!raw) return http::problem(raw.error());
    auto event = event::cloudevents::decode(call.request.body);
    if (!event) {
        site.keep_entries_ = true;  // Who sent it is known: what was sent stays, with why nothing followed.
        const auto kept = event::record_refused(site.book(), *raw, 400, event.error().message, event.error().field);
        return http::problem(kept ? event.error() : kept.error());
    }
    // `source` is the sender's own word: under its agency's name it cannot touch another agency's events.
    event->sender = who.agency.value + ":" + event->sender;
    const auto recorded = event::record_event(site.book(), *event, *raw);
    if (!recorded) return http::problem(recorded.error());
    if (recorded->outcome == event::Outcome::conflict) {
        site.keep_entries_ = true;  // The refusal is on record.
        return http::problem(
            Error{ErrorKind::conflict,
                  "id " + event->number + " was used before with another body: send a higher revision",
                  Where::here()});
    }
    const auto incident = site.receive(*event, *recorded);
    if (!incident) return http::problem(incident.error());
    boost::json::object body{{"event", recorded->event.value}, {"incident", nullptr}};
    if (*incident) body["incident"] = (*incident)->value;
    return http::json_response(recorded->outcome == event::Outcome::repeat ? 200 : 201, body);
}

namespace {

Result<event::RefusedPage> refused_page(sql::Db& db, const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"limit", "cursor"}));
    TRY(const auto limit, http::page_limit(request));
    TRY(const auto before, http::page_number(request, "cursor", INT64_MAX));
    return event::refused_messages(db, before, limit);
}

}  // namespace

Handlers::Answer Handlers::refused_messages(Site& site, Call& call) {
    const auto page = refused_page(*site.folds_db_, call.request);
    if (!page) return http::problem(page.error());
    boost::json::array items;
    for (const auto& item : page->items) {
        items.push_back({{"seq", static_cast<std::int64_t>(item.raw_seq)},
                         {"time", to_rfc3339(item.time)},
                         {"actor", item.actor},
                         {"code", std::to_string(item.code)},
                         {"field", item.field},
                         {"reason", item.reason}});
    }
    boost::json::value next = nullptr;
    if (page->next) next = std::to_string(*page->next);
    return http::json_response(200, boost::json::object{{"items", items}, {"next", next}});
}

}  // namespace bongsu::app
