#include "event/arrival.hpp"

#include <utility>

namespace bongsu::event {

Arrival read_arrival(const scsns::Input& input) {
    Arrival out;
    scsns::Parsed raw(input);
    out.sender = scsns::sender_of(input, raw);
    if (input.headers != nullptr) {
        if (const auto found = input.headers->find("x-scsns-secret"); found != input.headers->end()) out.key = found->second;
    }
    if (out.key.empty()) out.key = out.sender.rr_key;
    // The key of the header or another one beside it, or that of an AUTH message sent to the wrong door.
    out.masked = mask_secrets(Format::scsns, std::string(input.bytes), {out.key, out.sender.rr_key, out.sender.api_key});
    if (out.masked.total == 0) {
        if (raw.is_whole()) out.parsed = std::move(raw);
        return out;
    }
    auto masked = input;
    masked.bytes = out.masked.bytes;
    out.parsed.emplace(masked);
    return out;
}

}  // namespace bongsu::event
