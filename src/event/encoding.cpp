#include "event/encoding.hpp"

#include <iconv.h>

#include <optional>

#include "event/text.hpp"

namespace bongsu::event {

namespace {

/// glibc's converter; CP949 is part of Debian's libc6.
class Converter {
  public:
    Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {
        BONGSU_CHECK(handle_ != reinterpret_cast<iconv_t>(-1));
    }
    ~Converter() { iconv_close(handle_); }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    /// nullopt when a letter is wrong or lacking. No letter grows to more than three times its bytes.
    std::optional<std::string> convert(std::string_view bytes) {
        std::string out(bytes.size() * 3 + 4, '\0');
        auto* from = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there.
        auto from_left = bytes.size();
        auto* to = out.data();
        auto to_left = out.size();
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        const auto irreversible = iconv(handle_, &from, &from_left, &to, &to_left);
        if (irreversible != 0 || from_left != 0) return std::nullopt;
        out.resize(out.size() - to_left);
        return out;
    }

  private:
    iconv_t handle_;
};

std::size_t letter_bytes(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

Result<std::string> to_utf8(std::string_view bytes, Encoding encoding, std::string_view field) {
    if (encoding == Encoding::utf8) {
        if (!is_utf8(bytes)) return fail(ErrorKind::invalid, std::string(field) + " is not UTF-8");
        return std::string(bytes);
    }
    auto text = Converter("UTF-8", "CP949").convert(bytes);
    if (!text || !is_utf8(*text)) return fail(ErrorKind::invalid, std::string(field) + " is not CP949");
    return *std::move(text);
}

std::string from_utf8(std::string_view text, Encoding encoding) {
    if (encoding == Encoding::utf8) return std::string(text);
    Converter converter("CP949", "UTF-8");
    if (auto whole = converter.convert(text)) return *std::move(whole);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto size = letter_bytes(text[at]);
        out += converter.convert(text.substr(at, size)).value_or("?");
        at += size;
    }
    return out;
}

}  // namespace bongsu::event
