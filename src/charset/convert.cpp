// iconv is glibc's own: CP949 is its charset of that name, a part of Debian's libc6.
#include "charset/convert.hpp"

#include <iconv.h>

#include <cerrno>
#include <optional>

#include "charset/utf8.hpp"

namespace bongsu::charset {

namespace {

constexpr std::size_t kFailed = static_cast<std::size_t>(-1);

class Converter {
  public:
    Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
    ~Converter() {
        if (is_open()) iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    /// Appends to `out` until the end of `in` (true) or a letter that is wrong or lacking, which is then
    /// first in `in` (false).
    bool convert(std::string_view& in, std::string& out) {
        auto* from = const_cast<char*>(in.data());  // iconv's old signature; it does not write there.
        auto left = in.size();
        std::size_t done = 0;
        do {
            char piece[16 << 10];
            char* to = piece;
            auto room = sizeof piece;
            done = iconv(handle_, &from, &left, &to, &room);
            out.append(piece, sizeof piece - room);
        } while (done == kFailed && errno == E2BIG);
        in.remove_prefix(in.size() - left);
        return done != kFailed;
    }

  private:
    iconv_t handle_;
};

void mark_bad(Converted& out, std::string_view& rest, std::size_t whole) {
    if (out.bad++ == 0) out.first_bad = whole - rest.size();
    out.utf8 += kReplacement;
    rest.remove_prefix(1);
}

Converted mend_utf8(std::string_view bytes, std::size_t bad_max) {
    Converted out;
    out.utf8.reserve(bytes.size());
    auto rest = bytes;
    while (!rest.empty() && out.bad < bad_max) {
        const auto good = first_not_utf8(rest).value_or(rest.size());
        out.utf8 += rest.substr(0, good);
        rest.remove_prefix(good);
        if (!rest.empty()) mark_bad(out, rest, bytes.size());
    }
    return out;
}

}  // namespace

Result<Converted> to_utf8(std::string_view bytes, Charset charset, std::size_t bad_max) {
    if (charset == Charset::utf8) return mend_utf8(bytes, bad_max);
    const char* name = charset == Charset::cp949 ? "CP949" : "UTF-16";
    Converter converter("UTF-8", name);
    if (!converter.is_open())
        return fail(ErrorKind::unavailable, "this machine's C library cannot read " + std::string(name));
    Converted out;
    out.utf8.reserve(bytes.size() + bytes.size() / 2);
    auto rest = bytes;
    while (!rest.empty() && out.bad < bad_max && !converter.convert(rest, out.utf8))
        mark_bad(out, rest, bytes.size());
    return out;
}

std::string from_utf8(std::string_view text, Charset charset) {
    if (charset == Charset::utf8) return std::string(text);
    BONGSU_CHECK(charset == Charset::cp949);
    Converter converter("CP949", "UTF-8");
    BONGSU_CHECK(converter.is_open());
    std::string out;
    while (!text.empty() && !converter.convert(text, out)) {
        out += '?';
        const auto lacking = first_letter(text).size;
        text.remove_prefix(lacking == 0 ? 1 : lacking);
    }
    return out;
}

}  // namespace bongsu::charset
