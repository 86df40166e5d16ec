#include "event/encoding.hpp"

#include "charset/convert.hpp"

namespace bongsu::event {

namespace {

charset::Charset charset_of(Encoding encoding) {
    return encoding == Encoding::utf8 ? charset::Charset::utf8 : charset::Charset::cp949;
}

}  // namespace

Result<std::string> to_utf8(std::string_view bytes, Encoding encoding, std::string_view field) {
    TRY(auto converted, charset::to_utf8(bytes, charset_of(encoding), 1));
    if (converted.bad > 0)
        return fail(ErrorKind::invalid,
                    std::string(field) + (encoding == Encoding::utf8 ? " is not UTF-8" : " is not CP949"));
    return std::move(converted.utf8);
}

std::string from_utf8(std::string_view text, Encoding encoding) {
    return charset::from_utf8(text, charset_of(encoding));
}

}  // namespace bongsu::event
