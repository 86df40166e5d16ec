#include "event/arrival.hpp"

#include <utility>

namespace bongsu::event {

namespace {

constexpr std::string_view kPrefix = "x-scsns-", kSecret = "x-scsns-secret";
constexpr std::size_t kHeadersMax = 16;

/// The X-Scsns-* headers that stand in for fields of the message; not the secret one.
std::map<std::string, std::string> kept_headers(const std::map<std::string, std::string>& all) {
    std::map<std::string, std::string> out;
    for (auto at = all.lower_bound(std::string(kPrefix));
         at != all.end() && at->first.starts_with(kPrefix) && out.size() < kHeadersMax; ++at) {
        if (at->first != kSecret) out.insert(*at);
    }
    return out;
}

}  // namespace

Arrival read_arrival(const scsns::Input& input, const ProfileOfKey& profile_of) {
    Arrival out;
    scsns::Parsed parsed(input);
    out.sender = scsns::sender_of(input, parsed);
    if (input.headers != nullptr) {
        out.headers = kept_headers(*input.headers);
        if (const auto found = input.headers->find(std::string(kSecret)); found != input.headers->end()) out.key = found->second;
    }
    if (out.key.empty()) out.key = out.sender.rr_key;
    // The key of the header or another one beside it, or that of an AUTH message sent to the wrong door.
    out.masked = mask_secrets(Format::scsns, std::string(input.bytes), {out.key, out.sender.rr_key, out.sender.api_key});
    out.profile = profile_of(out.key);
    // From what is kept and nothing else, so that a release finds the same.
    static const Profile kNone;
    auto kept = input;
    kept.bytes = out.masked.bytes;
    kept.headers = &out.headers;
    kept.profile = out.profile ? out.profile.get() : &kNone;
    const bool is_same = out.masked.total == 0 && parsed.is_whole();
    out.decoded = is_same ? scsns::interpret(kept, std::move(parsed)) : scsns::interpret(kept);
    return out;
}

}  // namespace bongsu::event
