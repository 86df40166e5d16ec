#include "event/arrival.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bongsu::event {

namespace {

constexpr std::string_view kPrefix = "x-scsns-", kSecret = "x-scsns-secret";
constexpr std::size_t kHeadersMax = 16, kHeaderBytesMax = 200;

/// The X-Scsns-* headers that stand in for fields of the message, as the record keeps them: none that holds a key.
std::map<std::string, std::string> kept_headers(const std::map<std::string, std::string>& all, const std::vector<std::string>& secrets) {
    std::map<std::string, std::string> out;
    for (auto at = all.lower_bound(std::string(kPrefix));
         at != all.end() && at->first.starts_with(kPrefix) && out.size() < kHeadersMax; ++at) {
        const auto& [name, value] = *at;
        const bool holds_key = std::any_of(secrets.begin(), secrets.end(), [&value = value](const std::string& secret) {
            return secret.size() >= kSecretBytesMin && value.find(secret) != std::string::npos;
        });
        if (!holds_key && name != kSecret && !name.ends_with("key")) out.emplace(name, value.substr(0, kHeaderBytesMax));
    }
    return out;
}

}  // namespace

Arrival::Arrival(const scsns::Input& input) : parsed_(input) {
    sender = scsns::sender_of(input, *parsed_);
    if (input.headers != nullptr) {
        if (const auto found = input.headers->find(std::string(kSecret)); found != input.headers->end()) key = found->second;
    }
    if (key.empty()) key = sender.rr_key;
}

void Arrival::read(const scsns::Input& input, std::shared_ptr<const Profile> agreed) {
    // The key of the header or another one beside it, or that of an AUTH message sent to the wrong door.
    std::vector<std::string> secrets{key, sender.rr_key, sender.api_key};
    if (agreed) secrets.push_back(agreed->api_key);
    if (agreed && agreed->api_key_field != input.api_key_field) {
        auto own = input;
        own.api_key_field = agreed->api_key_field;
        scsns::Parsed again(own);
        secrets.push_back(scsns::sender_of(own, again).api_key);
    }
    if (!is_read) {
        masked = mask_secrets(Format::scsns, std::string(input.bytes), secrets);
        if (input.headers != nullptr) headers = kept_headers(*input.headers, secrets);
    }
    profile = std::move(agreed);
    // From what is kept and nothing else, so that a release finds the same.
    static const Profile kNone;
    auto kept = input;
    kept.bytes = masked.bytes;
    kept.headers = &headers;
    kept.profile = profile ? profile.get() : &kNone;
    const bool is_same = parsed_ && parsed_->is_whole() && masked.total == 0;
    decoded = is_same ? scsns::interpret(kept, *std::move(parsed_)) : scsns::interpret(kept);
    parsed_.reset();
    is_read = true;
}

}  // namespace bongsu::event
