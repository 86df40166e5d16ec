#include "imports/encoding.hpp"

#include <algorithm>

#include "charset/convert.hpp"
#include "charset/utf8.hpp"

namespace bongsu::imports {

namespace {

using charset::Charset;

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::size_t kBadBytesCounted = 1000;  ///< Enough to say "many".

bool is_ascii(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
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
        TRY(converted, charset::to_utf8(bytes, Charset::utf16));
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
    if (!not_utf8) {
        out.utf8 = std::string(text);
        out.evidence = {"encoding", "utf-8",
                        has_bom ? "the file begins with UTF-8's byte order mark and all of it is UTF-8"
                        : is_ascii(text) ? "all of it is ASCII, which is the same in every encoding"
                                         : "all of it is UTF-8, which no other Korean text is by chance"};
        return out;
    }
    TRY(auto korean, charset::to_utf8(bytes, Charset::cp949, kBadBytesCounted));
    if (korean.bad == 0 && !has_bom) {
        out.utf8 = std::move(korean.utf8);
        out.evidence = {"encoding", "cp949",
                        "not UTF-8 (byte " + std::to_string(*not_utf8) + "), and all of it is CP949"};
        return out;
    }
    TRY(const auto mended, charset::to_utf8(text, Charset::utf8));
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
