// RFC 8785, JSON Canonicalization Scheme, for values without fractions.

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <vector>

#include "crypto/crypto.hpp"

namespace bongsu::crypto {
namespace {

namespace json = boost::json;

// Section 3.2.2.3 writes numbers as IEEE 754 doubles: past 2^53-1 (RFC 7493) readers would see another one.
constexpr std::int64_t kIntegerMax = (1LL << 53) - 1;
constexpr int kDepthMax = 32;  // What Boost.JSON reads back by default.

constexpr std::array<bool, 256> kStandsAsItIs = [] {
    std::array<bool, 256> plain{};
    for (unsigned char letter = ' '; letter <= '~'; ++letter) plain[letter] = letter != '"' && letter != '\\';
    return plain;
}();

/// Bytes of the UTF-8 sequence at `at` (RFC 3629: no surrogates, nothing overlong), 0 when it is none.
std::size_t sequence_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first == 0xe0) return follows(1, 0xa0) && follows(2) ? 3 : 0;
    if (first == 0xed) return follows(1, 0x80, 0x9f) && follows(2) ? 3 : 0;
    if (first >= 0xe1 && first <= 0xef) return follows(1) && follows(2) ? 3 : 0;
    if (first == 0xf0) return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0;
    if (first >= 0xf1 && first <= 0xf3) return follows(1) && follows(2) && follows(3) ? 4 : 0;
    if (first == 0xf4) return follows(1, 0x80, 0x8f) && follows(2) && follows(3) ? 4 : 0;
    return 0;
}

/// Where a byte of UTF-8 stands when sorted by UTF-16: code points past U+FFFF (lead F0 to F4) are surrogates
/// there, D800 to DFFF, and so come before U+E000 to U+FFFF (lead EE and EF).
unsigned rank(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return value == 0xee || value == 0xef ? value + 0x10U : value;
}

bool before_in_utf16(std::string_view a, std::string_view b) {
    const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    if (x == a.end() || y == b.end()) return y != b.end();
    return rank(*x) < rank(*y);
}

bool is_in_order(const json::object& object) {
    return std::is_sorted(object.begin(), object.end(),
                          [](const auto& a, const auto& b) { return before_in_utf16(a.key(), b.key()); });
}

Result<void> write(const json::value& value, int depth, std::string& out);

Result<void> write_member(const json::key_value_pair& member, int depth, std::string& out) {
    if (out.back() != '{') out += ',';
    TRY_DO(append_json_string(member.key(), out));
    out += ':';
    auto done = write(member.value(), depth, out);
    // The path of what is wrong, outermost name last to be added.
    if (!done) done.error().message = std::string(member.key()) + ": " + done.error().message;
    return done;
}

Result<void> write_object(const json::object& object, int depth, std::string& out) {
    out += '{';
    if (is_in_order(object)) {
        for (const auto& member : object) TRY_DO(write_member(member, depth, out));
    } else {
        std::vector<const json::key_value_pair*> members;
        members.reserve(object.size());
        for (const auto& member : object) members.push_back(&member);
        std::sort(members.begin(), members.end(),
                  [](const auto* a, const auto* b) { return before_in_utf16(a->key(), b->key()); });
        for (const auto* member : members) TRY_DO(write_member(*member, depth, out));
    }
    out += '}';
    return {};
}

Result<void> write_array(const json::array& array, int depth, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i > 0) out += ',';
        TRY_DO(write(array[i], depth, out));
    }
    out += ']';
    return {};
}

Result<void> write_integer(std::int64_t value, std::string& out) {
    if (value > kIntegerMax || value < -kIntegerMax) {
        return fail(ErrorKind::invalid, "an integer is past 2^53-1; write it as a string");
    }
    out += std::to_string(value);
    return {};
}

Result<void> write(const json::value& value, int depth, std::string& out) {
    if (depth >= kDepthMax && value.is_structured())
        return fail(ErrorKind::invalid, "JSON nests deeper than 32 levels");
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            return {};
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return {};
        case json::kind::int64:
            return write_integer(value.get_int64(), out);
        case json::kind::uint64:
            return write_integer(
                static_cast<std::int64_t>(std::min<std::uint64_t>(value.get_uint64(), kIntegerMax + 1)), out);
        case json::kind::double_:
            return fail(ErrorKind::invalid, "a number with a fraction or an exponent; integers only");
        case json::kind::string:
            return append_json_string(value.get_string(), out);
        case json::kind::array:
            return write_array(value.get_array(), depth + 1, out);
        case json::kind::object:
            return write_object(value.get_object(), depth + 1, out);
    }
    return fail(ErrorKind::invalid, "a JSON value of no kind");
}

}  // namespace

Result<void> append_json_string(std::string_view text, std::string& out) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    std::size_t copied = 0;  // What needs no escape goes over in one piece.
    for (std::size_t at = 0; at < text.size();) {
        if (kStandsAsItIs[static_cast<unsigned char>(text[at])]) {
            ++at;
            continue;
        }
        const char letter = text[at];
        const auto size = sequence_at(text, at);
        if (size == 0) return fail(ErrorKind::invalid, "a JSON string is not valid UTF-8");
        if (size > 1 || letter == '\x7f') {
            at += size;
            continue;
        }
        out += text.substr(copied, at - copied);
        copied = at + 1;
        switch (letter) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                out += "\\u00";
                out += kHex[static_cast<unsigned char>(letter) >> 4U];
                out += kHex[static_cast<unsigned char>(letter) & 0xfU];
        }
        ++at;
    }
    out += text.substr(copied);
    out += '"';
    return {};
}

void put_in_canonical_order(json::value& value) {
    if (value.is_uint64() && value.get_uint64() <= INT64_MAX) {  // Past that canonical_json() refuses it.
        value = static_cast<std::int64_t>(value.get_uint64());
    } else if (value.is_array()) {
        for (auto& item : value.get_array()) put_in_canonical_order(item);
    } else if (value.is_object()) {
        put_in_canonical_order(value.get_object());
    }
}

void put_in_canonical_order(json::object& object) {
    for (auto& member : object) put_in_canonical_order(member.value());
    if (is_in_order(object)) return;
    std::vector<json::key_value_pair*> members;
    members.reserve(object.size());
    for (auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return before_in_utf16(a->key(), b->key()); });
    json::object sorted(object.storage());
    sorted.reserve(members.size());
    for (auto* member : members) sorted.emplace(member->key(), std::move(member->value()));
    object = std::move(sorted);
}

Result<std::string> canonical_json(const json::value& value) {
    std::string out;
    TRY_DO(write(value, 0, out));
    return out;
}

Result<std::string> canonical_json(const json::object& object) {
    std::string out;
    TRY_DO(write_object(object, 1, out));
    return out;
}

}  // namespace bongsu::crypto
