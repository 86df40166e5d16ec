#include "app/site/kept.hpp"

namespace bongsu::app {

namespace {

/// The device whose open occurrence a wearable's line may belong to; empty when the line cannot be read.
std::string device_of(const event::Profile& profile, std::string_view bytes) {
    const auto got = event::wearable::read(profile, bytes);
    return got.refusal.code == event::Code::ok && !got.reading.is_test() ? event::wearable::number_prefix(got.reading)
                                                                           : std::string{};
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

Result<event::Decoding> decode_kept(const Partners& partners, const event::KeptMessage& kept, const std::string& agency,
                                    const OpenNumber& open_number, event::scsns::Decoded* interpreted) {
    const auto& message = kept.message;
    event::Decoding out;
    if (kept.is_cut) {
        out.refusal = {event::Code::bad_request, "", "it was too long to be kept whole"};
        return out;
    }
    if (message.format == "cloudevents") {
        event::Profile plain;
        plain.format = event::Format::cloudevents;
        plain.sender = agency;
        // By the agreement of today, also with whom there was none when it came.
        const auto agreed = partners.find({agency}, event::Format::cloudevents);
        return event::decode(agreed ? *agreed : plain, {.bytes = message.bytes,
                                                        .received_at = kept.time,
                                                        .content_type = message.content_type,
                                                        .headers = &message.headers});
    }
    const auto profile = partners.find(message.profile);
    if (message.format == "scsns") {
        const event::Profile plain;
        out = event::decode(profile ? *profile : plain, {.bytes = message.bytes,
                                                         .received_at = kept.time,
                                                         .content_type = message.content_type,
                                                         .headers = &message.headers,
                                                         .interpreted = interpreted});
        if (out.content && out.event() != nullptr) std::get<event::Event>(*out.content).sender = agency;
        return out;
    }
    if (!profile) return fail(ErrorKind::conflict, "there is no partner " + message.profile + " any more");
    return decode_message(*profile, message.bytes, kept.time, open_number);
}

}  // namespace bongsu::app
