#include "ingest/cause.hpp"

#include <boost/asio/error.hpp>

namespace bongsu::ingest {

std::string_view to_string(Cause cause) {
    switch (cause) {
        case Cause::none: return "none";
        case Cause::nobody_watches: return "nobody_watches";
        case Cause::settings: return "settings";
        case Cause::address: return "address";
        case Cause::unknown_name: return "unknown_name";
        case Cause::no_route: return "no_route";
        case Cause::timed_out: return "timed_out";
        case Cause::refused: return "refused";
        case Cause::unreachable: return "unreachable";
        case Cause::tls: return "tls";
        case Cause::credentials: return "credentials";
        case Cause::denied: return "denied";
        case Cause::hung_up: return "hung_up";
        case Cause::no_answer: return "no_answer";
        case Cause::protocol: return "protocol";
        case Cause::onvif: return "onvif";
        case Cause::no_video: return "no_video";
        case Cause::codec: return "codec";
        case Cause::no_frames: return "no_frames";
        case Cause::black: return "black";
        case Cause::frozen: return "frozen";
    }
    return "none";
}

Cause cause_of(const Error& error) {
    if (error.code == "tls") return Cause::tls;
    if (error.code == "codec") return Cause::codec;
    switch (error.kind) {
        case ErrorKind::unauthenticated: return Cause::credentials;
        case ErrorKind::invalid: return Cause::no_video;
        case ErrorKind::corrupt: return Cause::protocol;
        case ErrorKind::timeout: return Cause::no_answer;
        default: return Cause::denied;
    }
}

Cause cause_of_loss(const Error& error) {
    const auto cause = cause_of(error);
    return cause == Cause::denied ? Cause::hung_up : cause;
}

Cause cause_of_dial(const boost::system::error_code& code) {
    namespace error = boost::asio::error;
    if (code == error::connection_refused) return Cause::refused;
    if (code == error::timed_out) return Cause::timed_out;
    if (code == error::host_unreachable || code == error::network_unreachable || code == error::network_down) return Cause::no_route;
    return Cause::unreachable;
}

Cause cause_of(PictureVerdict verdict) {
    switch (verdict) {
        case PictureVerdict::ok: return Cause::none;
        case PictureVerdict::black: return Cause::black;
        case PictureVerdict::frozen: return Cause::frozen;
    }
    return Cause::none;
}

}  // namespace bongsu::ingest
