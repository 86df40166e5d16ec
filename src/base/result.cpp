#include "base/result.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace bongsu {

std::string_view to_string(ErrorKind kind) {
    switch (kind) {  // No default: a new kind is a build failure here.
        case ErrorKind::invalid:
            return "invalid";
        case ErrorKind::unauthenticated:
            return "unauthenticated";
        case ErrorKind::forbidden:
            return "forbidden";
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::conflict:
            return "conflict";
        case ErrorKind::exhausted:
            return "exhausted";
        case ErrorKind::unavailable:
            return "unavailable";
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::cancelled:
            return "cancelled";
        case ErrorKind::corrupt:
            return "corrupt";
    }
    return "?";
}

tl::unexpected<Error> fail_code(ErrorKind kind, std::string code, std::string message, Where where) {
    Error error{kind, std::move(message), where};
    error.code = std::move(code);
    return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> fail_field(std::string_view field, std::string_view why, Where where) {
    constexpr std::size_t kFieldBytesMax = 120;
    auto end = std::min(field.size(), kFieldBytesMax);
    while (end < field.size() && end > 0 && (static_cast<unsigned char>(field[end]) & 0xC0) == 0x80) --end;
    std::string name(field.substr(0, end));
    auto message = name + " " + std::string(why);
    return tl::unexpected<Error>(Error{ErrorKind::invalid, std::move(message), where, std::move(name)});
}

void check_failed(const char* condition, Where where) {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", where.file, where.line, condition);
    std::abort();
}

}  // namespace bongsu
