#include "base/result.hpp"

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

void check_failed(const char* condition, Where where) {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", where.file, where.line, condition);
    std::abort();
}

}  // namespace bongsu
