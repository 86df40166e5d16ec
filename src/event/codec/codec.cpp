#include "event/codec/codec.hpp"

#include "event/attachment.hpp"
#include "event/codec/cloudevents.hpp"

namespace bongsu::event {

namespace {

Decoding of(scsns::Decoded decoded) {
    Decoding out;
    out.refusal = std::move(decoded.refusal);
    if (!out.ok()) return out;
    if (decoded.event) {
        out.content = *std::move(decoded.event);
    } else {
        out.content = Login{.codec = "scsns/1",
                            .system = decoded.envelope.sys_cd,
                            .user = decoded.envelope.send_cd,
                            .secret = std::move(decoded.api_key),
                            .at = decoded.envelope.req_date.value_or(WallTime{})};
    }
    return out;
}

Decoding decode_scsns(const Profile& profile, const Wire& wire) {
    scsns::Input input{.content_type = wire.content_type, .bytes = wire.bytes, .headers = wire.headers};
    input.api_key_field = wire.api_key_field;
    input.profile = &profile;
    input.received_at = wire.received_at;
    auto decoded = wire.interpreted == nullptr ? scsns::interpret(input) : std::move(*wire.interpreted);
    scsns::admit(input, decoded);
    return of(std::move(decoded));
}

Decoding decode_cloudevent(const Profile& profile, const Wire& wire) {
    Decoding out;
    auto decoded = cloudevents::decode({wire.bytes, wire.received_at, wire.content_type, wire.headers});
    if (!decoded) {
        out.refusal = {Code::invalid, decoded.error().field, decoded.error().message};
        return out;
    }
    auto& event = decoded->event;
    const auto source = event.sender;
    out.refusal = admit(profile, event, {}, {});
    if (!out.ok()) {
        out.refusal = {out.refusal.code, "type", "type is not agreed with this partner"};  // Its own name of the event's id.
        return out;
    }
    if (!decoded->is_timed) event.occurred_at = event.state_time = wire.received_at;  // Ours, not by the partner's clock.
    // `source` is the sender's own word: under its agency's name it cannot touch another agency's events.
    if (!profile.sender.empty()) event.sender = profile.sender + ":" + source;
    out.content = std::move(event);
    return out;
}

std::variant<scsns_tcp::Framer, telegram::Framer, wearable::Framer> framer_of(const Profile& profile) {
    if (profile.format == Format::scsns_tcp) return scsns_tcp::Framer{};
    if (profile.format == Format::telegram) return telegram::Framer(profile.length, profile.encoding);
    BONGSU_CHECK(profile.format == Format::wearable);
    return wearable::Framer{};
}

}  // namespace

namespace {

Decoding decode_unbounded(const Profile& profile, const Wire& wire) {
    switch (profile.format) {
        case Format::scsns:
            return decode_scsns(profile, wire);
        case Format::scsns_tcp:
            return of(scsns_tcp::decode({wire.bytes, &profile, wire.received_at}));
        case Format::telegram:
            return telegram::decode(profile, {wire.bytes, wire.received_at});
        case Format::cloudevents:
            return decode_cloudevent(profile, wire);
        case Format::wearable:
            break;
    }
    auto got = wearable::read(profile, wire.bytes);
    if (got.refusal.code == Code::ok) {
        return wearable::to_content(profile, got.reading, wire.received_at, wire.open_number);
    }
    Decoding out;
    out.refusal = std::move(got.refusal);
    return out;
}

}  // namespace

Decoding decode(const Profile& profile, const Wire& wire) {
    auto out = decode_unbounded(profile, wire);
    if (out.content) {
        if (auto* event = std::get_if<Event>(&*out.content)) {
            bound_clock(*event, wire.received_at, profile.ahead_max);
            note_attachments(*event);
        }
    }
    return out;
}

std::string answer(const Profile& profile, const Refusal& refusal) {
    switch (profile.format) {
        case Format::scsns:
            return scsns::reply(refusal);
        case Format::scsns_tcp:
            return scsns_tcp::reply(refusal);
        case Format::telegram:
            return telegram::answer(refusal, profile.encoding);
        case Format::wearable:
        case Format::cloudevents:
            return {};
    }
    return {};
}

StreamFramer::StreamFramer(const Profile& profile) : framer_(framer_of(profile)) {}

Fed StreamFramer::feed(std::string_view bytes) {
    return std::visit([&](auto& framer) { return framer.feed(bytes); }, framer_);
}

Fed StreamFramer::finish() {
    if (auto* telegrams = std::get_if<telegram::Framer>(&framer_)) return telegrams->finish();
    if (auto* lines = std::get_if<wearable::Framer>(&framer_)) return lines->finish();
    auto& messages = std::get<scsns_tcp::Framer>(framer_);
    auto out = messages.feed("");
    if (out.ok() && !messages.pending().empty()) {
        out.refusal = {Code::missing, "finishTag", "finishTag is missing: the message is not whole"};
    }
    return out;
}

const std::string& StreamFramer::pending() const {
    return std::visit([](const auto& framer) -> const std::string& { return framer.pending(); }, framer_);
}

Refusal judge_frame(const Profile& profile, std::string_view bytes) {
    // A telegram's codec asks its framer itself.
    if (profile.format != Format::scsns_tcp && profile.format != Format::wearable) return {};
    StreamFramer framer(profile);
    auto fed = framer.feed(bytes);
    if (!fed.ok()) return std::move(fed.refusal);
    auto rest = framer.finish();
    if (!rest.ok()) return std::move(rest.refusal);
    if (fed.messages.size() + rest.messages.size() > 1) return {Code::bad_request, "", "there must be one message"};
    return {};
}

}  // namespace bongsu::event
