#pragma once
// Why a camera shows no picture: one word for programs, an Error's message for people.

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::ingest {

enum class Cause : std::uint8_t {
    none,            ///< It streams, or is about to.
    nobody_watches,  ///< Not pulled.
    settings,        ///< Its URL, or how it proves itself, cannot be used as it is written down.
    address,         ///< Its address, or where it redirects to, is not of the cameras' networks.
    unreachable,     ///< No such name, no route, no answer to a connection.
    refused,         ///< Somebody is there and said no: no such port, path, transport; hung up.
    tls,             ///< No agreement on TLS, or not the certificate that is believed.
    credentials,     ///< Its user name or password is wrong, or missing.
    no_answer,       ///< Connected, then silent.
    protocol,        ///< What it speaks is no RTSP.
    no_frames,       ///< It plays, and no whole picture comes.
    no_video,        ///< It has no video that we can show.
};
std::string_view to_string(Cause cause);

/// Of an error that the camera's own words led to.
Cause cause_of(const Error& error);

/// Only a person can mend it: asking again soon would lock the account.
constexpr bool is_hopeless(Cause cause) { return cause == Cause::credentials; }

}  // namespace bongsu::ingest
