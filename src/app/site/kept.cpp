#include "app/site/kept.hpp"

#include "event/codec/claim.hpp"

namespace bongsu::app {

namespace {

/// The device whose open occurrence a wearable's line may belong to; empty when nobody can tell. `refused`: of a line that cannot be
/// read whole the device may be all that can.
std::string device_of(const event::Profile& profile, std::string_view bytes, bool refused = false) {
    const auto got = event::wearable::read(profile, bytes);
    if ((got.refusal.code != event::Code::ok) != refused || got.reading.is_test() || got.reading.device.empty()) return {};
    return event::wearable::number_prefix(got.reading);
}

}  // namespace

event::Decoding decode_message(const event::Profile& profile, std::string_view bytes, WallTime received, const OpenNumber& open_number) {
    event::Wire wire{.bytes = bytes, .received_at = received};
    if (profile.format == event::Format::wearable) {
        const auto device = device_of(profile, bytes);
        if (!device.empty()) wire.open_number = open_number(profile.sender, device);
    }
    return event::decode(profile, wire);
}

Result<ProfilePtr> agreed_for(const Partners& partners, const event::RawMessage& message, const std::string& agency) {
    // By the agreement of today, also with whom there was none when it came.
    if (message.format == "cloudevents") {
        if (auto agreed = partners.find({agency}, event::Format::cloudevents)) return agreed;
        event::Profile plain;
        plain.format = event::Format::cloudevents;
        plain.sender = agency;
        return std::make_shared<const event::Profile>(std::move(plain));
    }
    if (message.format == "scsns") {
        static const auto kPlain = std::make_shared<const event::Profile>();
        auto agreed = partners.agreed_with({agency});
        return agreed ? agreed : kPlain;
    }
    auto agreed = partners.find(message.profile);
    if (!agreed) return fail(ErrorKind::conflict, "there is no partner " + message.profile + " any more");
    return agreed;
}

Result<event::Decoding> decode_kept(const Partners& partners, const event::KeptMessage& kept, const std::string& agency,
                                    const OpenNumber& open_number, event::scsns::Decoded* interpreted, event::Rule aside) {
    const auto& message = kept.message;
    event::Decoding out;
    if (kept.is_cut) {
        out.refusal = {event::Code::bad_request, "", "it was too long to be kept whole"};
        return out;
    }
    TRY(auto agreed, agreed_for(partners, message, agency));
    if (aside != event::Rule::none) {
        auto other = *agreed;
        if (aside == event::Rule::sender) other.pairs.clear();
        if (aside == event::Rule::type) other.types.clear();
        agreed = std::make_shared<const event::Profile>(std::move(other));
    }
    if (message.format != "cloudevents" && message.format != "scsns") {
        // Only its socket's framer said so when it came: the bytes of half a message may be all that the codec asks for.
        out.refusal = event::judge_frame(*agreed, message.bytes);
        return out.ok() ? decode_message(*agreed, message.bytes, kept.time, open_number) : out;
    }
    out = event::decode(*agreed, {.bytes = message.bytes,
                                  .received_at = kept.time,
                                  .content_type = message.content_type,
                                  .headers = &message.headers,
                                  .interpreted = interpreted});
    const bool is_of_session = message.format == "scsns" && out.content && out.event() != nullptr;
    if (is_of_session) std::get<event::Event>(*out.content).sender = agency;
    return out;
}

Result<event::SentUnder> sent_under(const Partners& partners, const event::KeptMessage& kept, const std::string& agency, const OpenNumber& open_number) {
    const auto& message = kept.message;
    TRY(const auto agreed, agreed_for(partners, message, agency));
    auto profile = *agreed;
    if (message.format == "scsns") profile.format = event::Format::scsns;  // Agreed with its sender in another format, perhaps.
    event::Wire wire{.bytes = message.bytes, .received_at = kept.time, .content_type = message.content_type, .headers = &message.headers};
    if (profile.format == event::Format::wearable) {
        const auto device = device_of(profile, message.bytes, true);
        if (!device.empty()) wire.open_number = open_number(profile.sender, device);
    }
    const auto claim = event::claim_of(profile, wire);
    if (claim.number.empty()) return event::SentUnder{};
    if (profile.format == event::Format::scsns) return event::SentUnder{agency, claim.number};
    const bool has_source = profile.format == event::Format::cloudevents;
    return event::SentUnder{has_source ? profile.sender + ":" + claim.source : profile.sender, claim.number};
}

}  // namespace bongsu::app
