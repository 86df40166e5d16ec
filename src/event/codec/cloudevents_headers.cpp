#include "event/codec/cloudevents_headers.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/crypto.hpp"
#include "event/codec/cloudevents_content.hpp"
#include "event/text.hpp"

namespace bongsu::event::cloudevents {

namespace json = boost::json;

namespace {

/// The first five decide whether there is an event.
constexpr std::array<std::string_view, 8> kRead{"specversion", "id",         "source", "type", "time",
                                                "subject",     "dataschema", "datacontenttype"};
constexpr std::size_t kDeciding = 5;

bool is_among(std::string_view name, std::size_t count) {
    const auto end = kRead.begin() + static_cast<std::ptrdiff_t>(count);
    return std::find(kRead.begin(), end, name) != end;
}

/// RFC 7230 3.2.6: a value in double quotes, with backslashes before what stands for itself.
std::string unquoted(std::string_view value) {
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        out += value[i];
    }
    return out;
}

/// As the binding writes a value, so that it can stand in the record: other bytes than visible ASCII as %XX. Read, it says
/// what it said.
std::string kept(std::string_view value) {
    std::string out;
    for (const char c : value) out += c >= ' ' && c <= '~' ? std::string(1, c) : "%" + crypto::to_hex({&c, 1});
    return out.substr(0, kHeaderBytesMax);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const int high = value[i] == '%' && i + 2 < value.size() ? hex_digit(value[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex_digit(value[i + 2]);
        out += low < 0 ? value[i] : static_cast<char>(high * 16 + low);
        if (low >= 0) i += 2;
    }
    return out;
}

}  // namespace

Headers kept_headers(const Input& input) {
    Headers out;
    const auto mode = mode_of(input);
    if (!mode || *mode != Mode::binary) return out;
    for (const auto name : kRead) {
        const auto found = input.headers->find(std::string(kHeaderPrefix) + std::string(name));
        if (found != input.headers->end()) out.emplace(found->first, kept(found->second));
    }
    for (auto at = input.headers->lower_bound(std::string(kHeaderPrefix));
         at != input.headers->end() && at->first.starts_with(kHeaderPrefix) && out.size() < kHeadersMax; ++at) {
        out.emplace(at->first, kept(at->second));
    }
    return out;
}

Result<json::object> attributes_of(const Headers& headers, Event& event) {
    json::object out;
    for (const auto& [header, value] : headers) {
        const auto name = header.substr(kHeaderPrefix.size());
        auto text = percent_decoded(unquoted(value));
        if (is_utf8(text)) {
            out[name] = std::move(text);
        } else if (is_among(name, kDeciding)) {
            return fail_field(header, "is not UTF-8");
        } else {
            note_once(event, is_among(name, kRead.size()) ? "attribute:" + name : "attributeValue");
        }
    }
    return out;
}

}  // namespace bongsu::event::cloudevents
