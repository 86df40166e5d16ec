#include "imports/encoding.hpp"

#include <algorithm>

#include "charset/convert.hpp"
#include "charset/utf8.hpp"

namespace bongsu::imports {

namespace {

using charset::Charset;

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::size_t kBadBytesCounted = 1000;  ///< Enough to say "many".
constexpr std::size_t kUtf16Looked = 64 << 10;
constexpr std::size_t kBytesAZero = 10;  ///< One byte of so many at least: every fifth letter is Latin.

bool is_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Zeros at every second place.
struct Zeros {
    std::size_t high = 0, looked = 0;
    bool high_first = false;  ///< Big-endian.
    /// Digits, delimiters and line ends in UTF-16 have such a zero each; no text of the other encodings has any.
    bool tell() const { return high > 0 && high * kBytesAZero >= looked; }
};

Zeros zeros_in(std::string_view bytes) {
    Zeros out;
    std::size_t even = 0, odd = 0;
    const auto looked = bytes.substr(0, kUtf16Looked);
    for (std::size_t i = 0; i < looked.size(); ++i) {
        if (looked[i] == '\0') ++(i % 2 == 0 ? even : odd);
    }
    out.looked = looked.size();
    out.high_first = even > odd;
    out.high = std::max(even, odd) > 4 * std::min(even, odd) ? std::max(even, odd) : 0;
    return out;
}

std::string why_not(std::size_t bad, std::size_t first, std::string_view name) {
    if (bad == 0) return "all of it is " + std::string(name);
    return std::to_string(bad) + (bad >= kBadBytesCounted ? " or more" : "") + " bytes are not " +
           std::string(name) + ", the first at " + std::to_string(first);
}

Result<Decoded> as_asked(std::string_view bytes, std::string_view asked) {
    Decoded out;
    charset::Converted converted;
    if (asked == "utf-8" || asked == "utf8") {
        if (bytes.starts_with(kBom)) bytes.remove_prefix(kBom.size());
        TRY(converted, charset::to_utf8(bytes, Charset::utf8));
        out.evidence = {"encoding", "utf-8", "as asked"};
    } else if (asked == "cp949" || asked == "euc-kr") {
        TRY(converted, charset::to_utf8(bytes, Charset::cp949));
        out.evidence = {"encoding", "cp949", "as asked"};
    } else if (asked == "utf-16") {
        const bool has_mark = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
        const bool high_first = !has_mark && zeros_in(bytes).high_first;  // Else low first is meant.
        const auto marked = high_first ? "\xFE\xFF" + std::string(bytes) : std::string();
        TRY(converted, charset::to_utf8(high_first ? std::string_view(marked) : bytes, Charset::utf16));
        out.evidence = {"encoding", "utf-16",
                        high_first ? "as asked; its zeros say that the high byte comes first" : "as asked"};
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

Result<Decoded> decode(std::string_view bytes, std::string_view asked) {
    if (!asked.empty()) return as_asked(bytes, asked);
    Decoded out;
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        TRY(auto converted, charset::to_utf8(bytes, Charset::utf16));
        out.utf8 = std::move(converted.utf8);
        out.replaced = converted.bad;
        out.evidence = {"encoding", "utf-16", "the file begins with UTF-16's byte order mark"};
        return out;
    }
    const bool has_bom = bytes.starts_with(kBom);
    const auto text = has_bom ? bytes.substr(kBom.size()) : bytes;
    const auto not_utf8 = charset::first_not_utf8(text);
    const auto zeros = zeros_in(bytes);
    if (!not_utf8 && !zeros.tell()) {
        out.utf8 = std::string(text);
        out.evidence = {"encoding", "utf-8",
                        has_bom ? "the file begins with UTF-8's byte order mark and all of it is UTF-8"
                        : is_ascii(text) ? "all of it is ASCII, which is the same in every encoding"
                                         : "all of it is UTF-8, which no other Korean text is by chance"};
        return out;
    }
    TRY(auto korean, charset::to_utf8(bytes, Charset::cp949, kBadBytesCounted));
    if (korean.bad == 0 && !has_bom && !zeros.tell()) {
        out.utf8 = std::move(korean.utf8);
        out.evidence = {"encoding", "cp949",
                        "not UTF-8 (byte " + std::to_string(*not_utf8) + "), and all of it is CP949"};
        return out;
    }
    TRY(const auto mended, charset::to_utf8(text, Charset::utf8, kBadBytesCounted));
    out.question = {"encoding",
                    zeros.tell() ? "the file looks like UTF-16, but has no byte order mark"
                                 : "the file is neither UTF-8 nor CP949 throughout",
                    {{"utf-8", why_not(mended.bad, not_utf8.value_or(0), "UTF-8")},
                     {"cp949", why_not(korean.bad, korean.first_bad, "CP949")}}};
    if (zeros.tell()) {
        const Candidate wide{"utf-16", std::to_string(zeros.high) + " of the first " + std::to_string(zeros.looked) +
                                           " bytes are zeros, at every second place"};
        out.question->candidates.insert(out.question->candidates.begin(), wide);
    }
    return out;
}

}  // namespace bongsu::imports
