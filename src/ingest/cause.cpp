#include "ingest/cause.hpp"

namespace bongsu::ingest {

std::string_view to_string(Cause cause) {
    switch (cause) {
        case Cause::none:
            return "none";
        case Cause::nobody_watches:
            return "nobody_watches";
        case Cause::settings:
            return "settings";
        case Cause::address:
            return "address";
        case Cause::unreachable:
            return "unreachable";
        case Cause::refused:
            return "refused";
        case Cause::tls:
            return "tls";
        case Cause::credentials:
            return "credentials";
        case Cause::no_answer:
            return "no_answer";
        case Cause::protocol:
            return "protocol";
        case Cause::no_frames:
            return "no_frames";
        case Cause::no_video:
            return "no_video";
    }
    return "none";
}

Cause cause_of(const Error& error) {
    if (error.code == "tls") return Cause::tls;
    switch (error.kind) {
        case ErrorKind::unauthenticated:
            return Cause::credentials;
        case ErrorKind::invalid:
            return Cause::no_video;
        case ErrorKind::corrupt:
            return Cause::protocol;
        case ErrorKind::timeout:
            return Cause::no_answer;
        default:
            return Cause::refused;
    }
}

}  // namespace bongsu::ingest
