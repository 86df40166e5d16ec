#include "event/secret.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace bongsu::event {

namespace {

using Place = Masked::Place;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The byte that `digits` hex digits at `at` name; nullopt when they name none.
std::optional<char> hex_byte(std::string_view bytes, std::size_t at, std::size_t digits) {
    if (at + digits > bytes.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const int digit = hex_digit(bytes[at + i]);
        if (digit < 0) return std::nullopt;
        value = value * 16 + digit;
    }
    if (value > 0x7F) return std::nullopt;
    return static_cast<char>(value);
}

/// How many bytes at `at` say `wanted`; 0: they do not.
std::size_t said(std::string_view bytes, std::size_t at, char wanted) {
    if (at >= bytes.size()) return 0;
    if (bytes[at] == wanted) return 1;
    const auto rest = bytes.substr(at);
    if (rest.starts_with("\\u") && hex_byte(bytes, at + 2, 4) == wanted) return 6;
    if (rest.starts_with("%5Cu") || rest.starts_with("%5cu")) return hex_byte(bytes, at + 4, 4) == wanted ? 8 : 0;
    return rest.starts_with('%') && hex_byte(bytes, at + 1, 2) == wanted ? 3 : 0;
}

std::size_t secret_at(std::string_view bytes, std::size_t at, std::string_view secret) {
    const auto begin = at;
    for (const char wanted : secret) {
        const auto size = said(bytes, at, wanted);
        if (size == 0) return 0;
        at += size;
    }
    return at - begin;
}

bool take(std::string_view bytes, std::size_t& at, std::string_view piece) {
    if (!bytes.substr(at).starts_with(piece)) return false;
    at += piece.size();
    return true;
}

void skip_space(std::string_view bytes, std::size_t& at) {
    at = std::min(bytes.find_first_not_of(" \t\r\n", at), bytes.size());
}

/// The value behind each `rrKey`: a text of JSON, plain or within a text or a form, or a form's own field. What is
/// null or a number is left as it is: masked, it would be JSON no more.
void find_named(std::string_view bytes, std::vector<Place>& places) {
    constexpr std::string_view kName = "rrKey";
    constexpr std::array<std::pair<std::string_view, char>, 3> kQuotes{{{"\\\"", '\\'}, {"\"", '"'}, {"%22", '%'}}};
    for (auto at = bytes.find(kName); at != std::string_view::npos; at = bytes.find(kName, at)) {
        at += kName.size();
        auto value = at;
        for (const auto& quote : kQuotes) {
            if (take(bytes, value, quote.first)) break;
        }
        skip_space(bytes, value);
        std::size_t end = 0;
        if (take(bytes, value, "=")) {
            end = bytes.find('&', value);
        } else if (take(bytes, value, ":") || take(bytes, value, "%3A") || take(bytes, value, "%3a")) {
            skip_space(bytes, value);
            const auto* quote = std::find_if(kQuotes.begin(), kQuotes.end(),
                                             [&](const auto& each) { return take(bytes, value, each.first); });
            if (quote == kQuotes.end()) continue;
            end = bytes.find(quote->second, value);
        }
        end = std::min(end, bytes.size());
        if (end > value) places.push_back({value, end - value});
        at = std::max(at, end);
    }
}

/// The tenth header field of the format over TCP.
void find_tenth(std::string_view bytes, std::vector<Place>& places) {
    constexpr std::size_t kFieldsBefore = 9;
    std::size_t at = 0;
    for (std::size_t field = 0; field < kFieldsBefore; ++field) {
        at = bytes.find('\xD1', at);
        if (at == std::string_view::npos) return;
        ++at;
    }
    const auto end = std::min(bytes.find_first_of("\xD0\xD1", at), bytes.size());
    if (end > at) places.push_back({at, end - at});
}

void find_secret(std::string_view bytes, std::string_view secret, std::vector<Place>& places) {
    // What can begin it: its first letter, or what spells a letter otherwise.
    const auto begins = [first = secret.front()](char c) { return c == first || c == '\\' || c == '%'; };
    const auto next = [&](std::size_t from) {
        return static_cast<std::size_t>(std::find_if(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), begins) - bytes.begin());
    };
    for (auto at = next(0); at < bytes.size(); at = next(at)) {
        const auto size = secret_at(bytes, at, secret);
        if (size != 0) places.push_back({at, size});
        at += std::max<std::size_t>(size, 1);
    }
}

std::vector<std::string_view> to_look_for(const std::vector<std::string>& secrets) {
    std::vector<std::string_view> out;
    for (const auto& secret : secrets) {
        const bool is_possible = secret.size() >= kSecretBytesMin && secret.size() <= kSecretBytesMax;
        if (is_possible && std::find(out.begin(), out.end(), secret) == out.end()) out.emplace_back(secret);
    }
    return out;
}

/// True when `text` held one; it is gone then.
bool mask_text(std::string& text, const std::vector<std::string_view>& secrets) {
    std::vector<Place> places;
    for (const auto secret : secrets) find_secret(text, secret, places);
    for (const auto& place : places) std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(place.at), place.bytes, '*');
    return !places.empty();
}

}  // namespace

Masked mask_secrets(Format format, std::string bytes, const std::vector<std::string>& secrets) {
    Masked out;
    std::vector<Place> places;
    if (format == Format::scsns) find_named(bytes, places);
    if (format == Format::scsns_tcp) find_tenth(bytes, places);
    out.secrets = secrets;
    for (const auto& place : places) {
        const bool is_named = place.bytes >= kSecretBytesMin && out.secrets.size() < secrets.size() + kMaskedMax;
        if (is_named) out.secrets.push_back(bytes.substr(place.at, place.bytes));
    }
    for (const auto secret : to_look_for(out.secrets)) find_secret(bytes, secret, places);
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.at < b.at; });
    std::size_t told_to = 0;  // Behind the last place, so that nothing is told twice.
    for (auto place : places) {
        const auto end = place.at + place.bytes;
        place.at = std::max(place.at, told_to);
        if (place.at >= end) continue;
        place.bytes = end - place.at;
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(place.at), place.bytes, '*');
        out.total += place.bytes;
        if (out.places.size() < kMaskedMax) out.places.push_back(place);
        told_to = end;
    }
    out.bytes = std::move(bytes);
    return out;
}

bool mask_event(Event& event, const std::vector<std::string>& secrets) {
    const auto keys = to_look_for(secrets);
    if (keys.empty()) return true;
    const auto note = [&](const char* field) {
        if (event.faults.size() < kFaultsMax) event.faults.push_back("secret:" + std::string(field));
    };
    for (auto* word : {&event.number, &event.type, &event.sender, &event.sender_user}) {
        if (mask_text(*word, keys)) return false;
    }
    const std::pair<std::string*, const char*> texts[] = {{&event.place, "place"},
                                                          {&event.text, "text"},
                                                          {&event.type_name, "typeName"},
                                                          {&event.detail, "detail"}};
    for (const auto& [text, name] : texts) {
        if (mask_text(*text, keys)) note(name);
    }
    bool is_in_items = false;
    std::map<std::string, std::string> items;
    for (const auto& [key, content] : event.items) {
        auto name = key;
        auto value = content;
        is_in_items = mask_text(name, keys) || is_in_items;
        is_in_items = mask_text(value, keys) || is_in_items;
        items.emplace(std::move(name), std::move(value));
    }
    event.items = std::move(items);
    if (is_in_items) note("items");
    return true;
}

}  // namespace bongsu::event
