#include "event/codec/scsns_message.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/crypto.hpp"
#include "event/text.hpp"
#include "http/message.hpp"

namespace bongsu::event::scsns {

namespace json = boost::json;

namespace {

constexpr std::size_t kDepthMax = 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The end (one past the closing quote) of the string that opens at `at`.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return std::min(at + 1, text.size());
}

/// The end of the JSON value that begins at `at`.
std::size_t value_end(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = string_end(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        }
        if (depth == 0 && (c == ',' || is_space(c))) return at;
        ++at;
    }
    return text.size();
}

std::string escape_controls(std::string_view text, bool& had_control) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (in_string && byte < 0x20) {
            had_control = true;
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
            continue;
        }
        out += text[i];
        if (text[i] == '"') in_string = !in_string;
        if (in_string && text[i] == '\\' && i + 1 < text.size() &&
            static_cast<unsigned char>(text[i + 1]) >= 0x20) {
            out += text[++i];
        }
    }
    return out;
}

std::optional<json::value> parse_strict(std::string_view text) {
    json::parse_options options;
    options.max_depth = kDepthMax;
    boost::system::error_code code;
    auto value = json::parse(text, code, {}, options);
    if (code) return std::nullopt;
    return value;
}

bool starts_with_word(std::string_view text, std::string_view lower) {
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(), [](char want, char got) {
               return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got - 'A' + 'a') : got);
           });
}

Refusal bad(std::string field, std::string reason) {
    return {Code::bad_request, std::move(field), std::move(reason)};
}

Refusal read_json(std::string_view text, Message& out) {
    bool had_control = false;
    auto value = parse_tolerant(text, had_control);
    if (!value) return bad("", "the message is not whole JSON");
    if (!value->is_object()) return bad("", "the message must be a JSON object");
    if (had_control) out.faults.emplace_back("rawControl");
    out.envelope = std::move(value->get_object());
    return {};
}

Refusal read_form(std::string_view text, Message& out) {
    auto fields = http::parse_form(text);
    if (!fields) return bad("", fields.error().message);
    for (auto& [name, content] : *fields) {
        if (!is_utf8(name) || !is_utf8(content))
            return bad(is_utf8(name) ? name : "", "the message is not UTF-8");
        out.envelope[name] = content;
    }
    return {};
}

}  // namespace

std::optional<json::value> parse_tolerant(std::string_view text, bool& had_control) {
    if (auto value = parse_strict(text)) return value;
    bool found = false;
    const auto escaped = escape_controls(text, found);
    if (!found) return std::nullopt;
    auto value = parse_strict(escaped);
    if (value) had_control = true;
    return value;
}

std::string_view top_level_slice(std::string_view text, std::string_view name) {
    std::string_view slice;
    std::size_t at = std::min(text.find('{'), text.size());
    for (++at; at < text.size();) {
        if (text[at] != '"') {
            ++at;
            continue;
        }
        const auto key_end = string_end(text, at);
        const auto key = text.substr(at + 1, key_end - at - 2);
        at = std::min(text.find(':', key_end), text.size());
        while (++at < text.size() && is_space(text[at])) {
        }
        const auto end = at < text.size() ? value_end(text, at) : text.size();
        if (at < text.size() && key == name) slice = text.substr(at, end - at);
        at = end;
    }
    return slice;
}

std::string_view without_mark(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    return bytes;
}

Refusal read_message(const Input& input, Message& out) {
    auto text = input.bytes;
    if (text.size() > kMessageBytesMax) {
        return bad("", "the message is longer than " + std::to_string(kMessageBytesMax) + " bytes");
    }
    if (!is_utf8(text)) return bad("", "the message is not UTF-8");
    text = without_mark(text);
    const auto first = std::find_if_not(text.begin(), text.end(), is_space);
    if (first == text.end()) return bad("", "the message is empty");

    // Judged by the first byte: JSON under a form's content type is what `curl -d` and some partners send.
    const bool is_form =
        *first != '{' && starts_with_word(input.content_type, "application/x-www-form-urlencoded");
    auto refusal = is_form ? read_form(text, out) : read_json(text, out);
    out.text = text;
    return refusal;
}

Refusal decrypt_body(const Profile& profile, Message& message) {
    const auto cipher = profile.aria();
    BONGSU_CHECK(cipher.has_value());
    const bool small = message.envelope.contains("body");
    auto* value = message.envelope.if_contains(small ? "body" : "Body");
    if (value == nullptr || value->is_null()) return {Code::missing, "body", "body is missing"};
    if (!value->is_string()) return {Code::invalid, "body", "body must be a text when encAt is Y"};
    const auto text = std::string(value->get_string());
    const bool is_hex = profile.aria_text == Profile::AriaText::hex;
    const auto bytes = is_hex ? crypto::from_hex(text, "body") : crypto::from_base64(text, "body");
    if (!bytes) return bad("body", bytes.error().message);
    auto plain = crypto::aria_decrypt(*cipher, *bytes);
    if (!plain || !is_utf8(*plain))
        return bad("body", "body cannot be decrypted with the agreed key and mode");
    message.other_lengths.push_back(text.size());
    *value = *std::move(plain);
    return {};
}

Refusal read_body(Message& out) {
    const bool small = out.envelope.contains("body");
    if (small && out.envelope.contains("Body")) out.faults.emplace_back("bodyTwice");
    const std::string_view name = small ? "body" : "Body";
    auto* value = out.envelope.if_contains(name);
    if (value == nullptr || value->is_null()) return {Code::missing, "body", "body is missing"};
    if (auto* object = value->if_object(); object != nullptr) {
        out.body_text = top_level_slice(out.text, name);
        // A key spelt with escapes is not found by its bytes.
        if (out.body_text.empty()) out.body_text = json::serialize(*object);
        out.body = std::move(*object);  // Nobody reads it in the envelope after this.
        return {};
    }
    if (!value->is_string()) return {Code::invalid, "body", "body must be an object or a string of JSON"};
    out.body_text = std::string(value->get_string());
    if (out.body_text.empty()) return {Code::missing, "body", "body is empty"};
    bool had_control = false;
    auto parsed = parse_tolerant(out.body_text, had_control);
    if (!parsed || !parsed->is_object()) return bad("body", "body is not a JSON object");
    if (had_control) out.faults.emplace_back("rawControl");
    out.body = std::move(parsed->get_object());
    return {};
}

}  // namespace bongsu::event::scsns
