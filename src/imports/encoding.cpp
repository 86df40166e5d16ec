// iconv is glibc's own: CP949 is its charset of that name (UHC).
#include "imports/encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

namespace bongsu::imports {

namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kBadBytesCounted = 1000;  ///< Enough to say "many".

struct Converted {
    std::string utf8;
    std::size_t bad = 0;
    std::size_t first_bad = 0;
};

/// Converts with iconv; each byte that is none becomes U+FFFD. Stops counting after kBadBytesCounted when it
/// only looks.
Result<Converted> convert(std::string_view bytes, const char* charset, bool only_look) {
    const iconv_t how = iconv_open("UTF-8", charset);
    if (how == reinterpret_cast<iconv_t>(-1)) {
        return fail(ErrorKind::unavailable, "this machine's C library cannot read " + std::string(charset));
    }
    Converted out;
    out.utf8.reserve(bytes.size() + bytes.size() / 2);
    char* in = const_cast<char*>(bytes.data());  // iconv's old signature; it does not write there.
    std::size_t left = bytes.size();
    char piece[64 << 10];
    while (left > 0) {
        char* to = piece;
        std::size_t room = sizeof piece;
        const auto done = iconv(how, &in, &left, &to, &room);
        out.utf8.append(piece, sizeof piece - room);
        if (done != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
        if (out.bad++ == 0) out.first_bad = bytes.size() - left;
        if (only_look && out.bad >= kBadBytesCounted) break;
        out.utf8 += kReplacement;
        ++in;
        --left;
    }
    iconv_close(how);
    return out;
}

std::size_t sequence_length(std::string_view rest) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    const auto tail = [&](std::size_t i) { return i < rest.size() && (at(i) & 0xC0U) == 0x80; };
    const auto lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (!tail(1) || !tail(2)) return 0;
        if ((lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F)) return 0;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (!tail(1) || !tail(2) || !tail(3)) return 0;
        if ((lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F)) return 0;
        return 4;
    }
    return 0;
}

/// Each byte that is not UTF-8 becomes U+FFFD.
Converted mend_utf8(std::string_view bytes) {
    Converted out;
    out.utf8.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_length(bytes.substr(at));
        if (length == 0) {
            if (out.bad++ == 0) out.first_bad = at;
            out.utf8 += kReplacement;
            ++at;
        } else {
            out.utf8 += bytes.substr(at, length);
            at += length;
        }
    }
    return out;
}

bool is_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Result<Decoded> as_asked(std::string_view bytes, std::string_view asked) {
    Decoded out;
    Converted converted;
    if (asked == "utf-8" || asked == "utf8") {
        if (bytes.starts_with(kBom)) bytes.remove_prefix(kBom.size());
        converted = mend_utf8(bytes);
        out.evidence = {"encoding", "utf-8", "as asked"};
    } else if (asked == "cp949" || asked == "euc-kr") {
        TRY(converted, convert(bytes, "CP949", false));
        out.evidence = {"encoding", "cp949", "as asked"};
    } else if (asked == "utf-16") {
        TRY(converted, convert(bytes, "UTF-16", false));
        out.evidence = {"encoding", "utf-16", "as asked"};
    } else {
        return fail_field("encoding", "must be utf-8, cp949 or utf-16");
    }
    out.utf8 = std::move(converted.utf8);
    out.replaced = converted.bad;
    if (converted.bad > 0) {
        out.evidence.why += "; " + std::to_string(converted.bad) + " bytes are none of it, the first at " +
                            std::to_string(converted.first_bad);
    }
    return out;
}

}  // namespace

std::optional<std::size_t> first_not_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto length = sequence_length(bytes.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

Result<Decoded> decode(std::string_view bytes, std::string_view asked) {
    if (!asked.empty()) return as_asked(bytes, asked);
    Decoded out;
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        TRY(auto converted, convert(bytes, "UTF-16", false));
        out.utf8 = std::move(converted.utf8);
        out.replaced = converted.bad;
        out.evidence = {"encoding", "utf-16", "the file begins with UTF-16's byte order mark"};
        return out;
    }
    const bool has_bom = bytes.starts_with(kBom);
    const auto text = has_bom ? bytes.substr(kBom.size()) : bytes;
    const auto not_utf8 = first_not_utf8(text);
    if (!not_utf8) {
        out.utf8 = std::string(text);
        out.evidence = {"encoding", "utf-8",
                        has_bom ? "the file begins with UTF-8's byte order mark and all of it is UTF-8"
                        : is_ascii(text) ? "all of it is ASCII, which is the same in every encoding"
                                         : "all of it is UTF-8, which no other Korean text is by chance"};
        return out;
    }
    TRY(auto korean, convert(bytes, "CP949", true));
    if (korean.bad == 0 && !has_bom) {
        out.utf8 = std::move(korean.utf8);
        out.evidence = {"encoding", "cp949",
                        "not UTF-8 (byte " + std::to_string(*not_utf8) + "), and all of it is CP949"};
        return out;
    }
    const auto mended = mend_utf8(text);
    out.question = {
        "encoding",
        "the file is neither UTF-8 nor CP949 throughout",
        {{"utf-8",
          std::to_string(mended.bad) + " bytes are not UTF-8, the first at " + std::to_string(*not_utf8)},
         {"cp949", std::to_string(korean.bad) + (korean.bad >= kBadBytesCounted ? " or more" : "") +
                       " bytes are not CP949, the first at " + std::to_string(korean.first_bad)}}};
    return out;
}

}  // namespace bongsu::imports
