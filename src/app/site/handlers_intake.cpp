// What comes in: the partners' messages and our own event API. Raw first, decoded after, answered when both
// are durable.
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/kept.hpp"
#include "app/site/routes.hpp"
#include "event/arrival.hpp"
#include "event/codec/cloudevents.hpp"
#include "event/codec/scsns.hpp"
#include "event/intake.hpp"
#include "event/profile.hpp"
#include "event/secret.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace scsns = event::scsns;

namespace {

constexpr std::string_view kProfile = "default";

http::Response partner_reply(scsns::Code code, std::string_view message) {
    http::Response response;
    response.body = scsns::reply(code, message);
    // Business errors travel in the partner's own reply; only what a proxy should act on is a status of its
    // own.
    if (code == scsns::Code::unauthorised) response.status = 401;
    return response;
}

/// Read, a message takes some ten times its bytes, and some thousands may wait.
constexpr std::size_t kAheadBytesMax = 4096;

scsns::Input input_of(const http::Request& request) {
    return {.content_type = request.header("content-type"), .bytes = request.body, .headers = &request.headers};
}

std::string reply_text(const scsns::Refusal& refusal) { return refusal.reason; }

/// None of a message stays when what follows from it failed, nor the raw message: a half would make its next coming a
/// repeat that nothing follows from.
http::Response not_stored() {
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

/// An AUTH message as its sender's agreement has it: where its key stands, and under which cipher. Without an agreement as
/// everybody's.
scsns::Decoded decode_auth(const Partners& partners, const http::Request& request) {
    auto input = input_of(request);
    auto plain = scsns::decode(input);
    const auto agreed = partners.of_send_cd(plain.envelope.send_cd);
    if (!agreed) return plain;
    input.api_key_field = agreed->api_key_field;
    input.profile = agreed.get();
    return scsns::decode(input);
}

}  // namespace

void read_ahead(const Site& site, HttpInput& input) {
    const auto& request = input.request;
    if (request.method != "POST" || !is_partner_message(request) || request.body.size() > kAheadBytesMax) return;
    const auto header_key = request.header("x-scsns-secret");
    auto agency = header_key.empty() ? std::string() : site.known_peers().peer_of(header_key);
    if (!header_key.empty() && agency.empty()) return;  // A key that nobody let in yet: not worth this thread's time.
    auto arrival = std::make_shared<event::Arrival>(input_of(request));
    if (agency.empty()) agency = site.known_peers().peer_of(arrival->key);
    if (!agency.empty()) arrival->read(input_of(request), site.partners()->agreed_with({agency}));
    input.arrival = std::move(arrival);
}

Handlers::Answer Handlers::partner_auth(Site& site, Call& call) {
    const auto message = decode_auth(*site.partners_, call.request);
    // An AUTH message holds the key: it is never written down.
    if (!message.ok()) return partner_reply(message.refusal.code, reply_text(message.refusal));
    if (message.api_key.empty()) return partner_reply(scsns::Code::missing, "apiKey is required");
    auto key = site.open_agreed_session(message, call.request.remote);
    if (!key && key.error().kind == ErrorKind::not_found) {
        key = site.accounts().open_partner_session(site.book(), message.api_key, message.envelope.send_cd, kProfile, call.request.remote);
    }
    if (!key) return partner_reply(code_of(key.error()), key.error().message);
    return partner_reply(scsns::Code::ok, *key);
}

Handlers::Answer Handlers::partner_event(Site& site, Call& call) {
    auto arrival = call.arrival ? std::move(*call.arrival) : event::Arrival(input_of(call.request));
    const auto& key = arrival.key;
    // Who it is comes before what it says: unauthenticated bytes are counted, never stored.
    const auto partner = site.partner_of(key);
    if (!partner) {
        ++site.unauthenticated_messages_;
        return partner_reply(scsns::Code::unauthorised,
                             "the session key is unknown or has run out: call /api/getAuth.json");
    }
    site.known_peers_.know(key, partner->agency.value);
    const auto profile = site.partners_->find(partner->agency, event::Format::scsns);
    const auto agreed = site.partners_->agreed_with(partner->agency);
    if (agreed && !site.may_send(agreed, partner->agency, call.request))
        return partner_reply(scsns::Code::too_many, "too many messages: not taken, send it again later");
    // Not read ahead, or under another agreement than today's.
    if (!arrival.is_read || arrival.profile != agreed) arrival.read(input_of(call.request), agreed);
    // Who sends is known, and says to be somebody else: that stays on record, with what was sent.
    scsns::Refusal stranger;
    if (const auto& said = arrival.sender.send_cd; !said.empty() && !partner->send_cd.empty() && said != partner->send_cd)
        stranger = {scsns::Code::unauthorised, "sendCd", std::string(kNotOfItsSession)};
    auto& masked = arrival.masked;
    const auto refusal =
        site.keep_message({.format = "scsns",
                           .profile = profile == nullptr ? std::string(kProfile) : profile->key,
                           .agency = partner->agency.value,  // Who was authenticated, not who the message says.
                           .remote = call.request.remote,
                           .content_type = std::string(call.request.header("content-type")),
                           .headers = std::move(arrival.headers),
                           .bytes = std::move(masked.bytes),
                           .masked = std::move(masked.places),
                           .masked_bytes = masked.total},
                          masked.secrets, stranger, &arrival.decoded);
    if (!refusal) return not_stored();
    site.keep_entries_ = true;  // The raw message stays, whatever its content.
    return partner_reply(refusal->code, reply_text(*refusal));
}

namespace {

namespace cloudevents = event::cloudevents;

/// The headers of an event in binary mode, without the token that lets its sender in.
cloudevents::Headers masked_headers(const cloudevents::Input& input, const std::vector<std::string>& secrets) {
    auto headers = cloudevents::kept_headers(input);
    for (auto& [name, value] : headers)
        value = event::mask_secrets(event::Format::cloudevents, std::move(value), secrets).bytes;
    return headers;
}

Error refused(const event::Refusal& refusal) {
    return {.kind = ErrorKind::invalid, .message = refusal.reason, .where = Where::here(), .field = refusal.field};
}

}  // namespace

Handlers::Answer Handlers::post_event(Site& site, Call& call) {
    const auto& who = *call.session;
    const bool is_agency = who.role == identity::Role::agency;
    const auto& request = call.request;
    const cloudevents::Input input{.bytes = request.body,
                                   .received_at = {},
                                   .content_type = request.header("content-type"),
                                   .headers = &request.headers};
    // Who is logged in may quote the very token that lets it in.
    const std::vector<std::string> secrets{std::string(request.bearer())};
    const auto masked = event::mask_secrets(event::Format::cloudevents, request.body, secrets);
    const auto agreed = site.partners_->find(who.agency, event::Format::cloudevents);
    event::RawMessage message{.format = "cloudevents",
                              .profile = agreed ? agreed->key : "",
                              .agency = is_agency ? who.agency.value : "user:" + who.user.value,
                              .remote = request.remote,
                              .content_type = std::string(input.content_type),
                              .headers = masked_headers(input, secrets),
                              .bytes = masked.bytes,
                              .masked = masked.places,
                              .masked_bytes = masked.total};
    const auto raw = event::record_raw(site.book(), message);
    if (!raw) return http::problem(raw.error());
    const event::KeptMessage kept_message{.message = std::move(message), .actor = {}, .time = raw->time};
    const auto refuse = [&](int code, const event::Refusal& refusal, http::Response answer) -> Answer {
        site.keep_entries_ = true;  // Who sent it is known: what was sent stays, with why nothing followed.
        const auto under = site.sent_under(kept_message, secrets);
        if (!under) return http::problem(under.error());
        const auto kept = event::record_refused(site.book(), *raw, code, refusal.reason, refusal.field, *under);
        return kept ? std::move(answer) : http::problem(kept.error());
    };
    if (const auto mode = cloudevents::mode_of(input); !mode) {
        const auto& why = mode.error();
        return refuse(415, {event::Code::invalid, why.field, why.message},
                      http::problem(415, "unsupported_media_type", "Unsupported media type", why.message));
    }
    auto decoding = site.decode_kept(kept_message);
    if (!decoding) return http::problem(decoding.error());
    if (!decoding->ok()) return refuse(400, decoding->refusal, http::problem(refused(decoding->refusal)));
    auto event = std::get<event::Event>(*std::move(decoding->content));
    if (!event::mask_event(event, masked.secrets)) {
        const event::Refusal refusal{event::Code::invalid, "id", "id and type must not hold a token"};
        return refuse(400, refusal, http::problem(refused(refusal)));
    }
    const auto recorded = event::record_event(site.book(), event, *raw);
    // What no codec refused and no entry can hold: a sender that we know gets no lesser trace for it.
    if (!recorded && recorded.error().kind == ErrorKind::invalid) {
        const auto refusal = event::unrecordable(recorded.error());
        return refuse(400, refusal, http::problem(refused(refusal)));
    }
    if (!recorded) return http::problem(recorded.error());
    if (recorded->outcome == event::Outcome::conflict) {
        site.keep_entries_ = true;  // The refusal is on record.
        return http::problem(
            Error{ErrorKind::conflict,
                  "id " + event.number + " was used before with another body: send a higher revision",
                  Where::here()});
    }
    const auto incident = site.receive(event, *recorded);
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
