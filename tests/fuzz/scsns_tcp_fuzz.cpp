// Properties: how a stream is split changes nothing; a message gives an event within its bounds or a refusal;
// an event that is written again is read the same; an answer comes back.

#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

namespace {

/// The writer replaces letters that plain readers take for separators.
bool is_sendable(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0xD0 && byte <= 0xDF;
    });
}

bool is_sendable(const Event& event) {
    return is_sendable(event.type_name) && is_sendable(event.place) && is_sendable(event.text) &&
           std::all_of(event.items.begin(), event.items.end(),
                       [](const auto& item) { return is_sendable(item.first) && is_sendable(item.second); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto outcome = fuzz::require_split_invariance(scsns_tcp::Framer{}, fuzz::view(data, size));
    for (const auto& message : outcome.messages) {
        const auto got = scsns_tcp::decode({.bytes = message, .received_at = fuzz::received_at()});
        const auto back = scsns_tcp::read_reply(scsns_tcp::reply(got.refusal));
        fuzz::require(back.has_value() && back->ok == got.ok());
        static const Profile profile = [] {
            Profile out;
            out.format = Format::scsns_tcp;
            return out;
        }();
        fuzz::require_claim(profile, {.bytes = message, .received_at = fuzz::received_at()}, got.event ? &*got.event : nullptr);
        if (!got.event) continue;
        fuzz::require_bounded(*got.event);
        if (!is_sendable(*got.event)) continue;
        const scsns::WriterHead head{.send_cd = got.envelope.send_cd,
                                     .rcv_cd = got.envelope.rcv_cd,
                                     .sys_cd = got.envelope.sys_cd,
                                     .at = got.envelope.req_date.value_or(fuzz::received_at())};
        const auto again = scsns_tcp::write_event(head, fuzz::writer_event(*got.event));
        const auto second = scsns_tcp::decode({.bytes = again});
        fuzz::require(second.event.has_value());
        fuzz::require_same(*got.event, *second.event);
    }
    (void)scsns_tcp::read_reply(fuzz::view(data, size));
    return 0;
}
