#pragma once
// Why a camera shows no picture, or one that shows nothing: one word for programs, an Error's message for people.

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "ingest/picture_verdict.hpp"

namespace bongsu::ingest {

enum class Cause : std::uint8_t {
    none,            ///< It streams, or is about to.
    nobody_watches,  ///< Not pulled.
    settings,        ///< Its URL, or how it proves itself, cannot be used as it is written down.
    // Not reached.
    address,       ///< Its address, or where it redirects to, is not of the cameras' networks.
    unknown_name,  ///< Its host name leads nowhere.
    no_route,      ///< No way to its network, or nobody has its address there.
    timed_out,     ///< No answer to a connection.
    refused,       ///< Its host is there, and nothing listens at its port.
    unreachable,   ///< Not connected for another reason.
    // Reached, and no stream.
    tls,          ///< No agreement on TLS, or not the certificate that is believed.
    credentials,  ///< Its user name or password is wrong, or missing.
    denied,       ///< It answers and says no: no such path or transport, too many viewers.
    hung_up,      ///< It closed the connection.
    no_answer,    ///< Connected, then silent.
    protocol,     ///< What it speaks is no RTSP.
    onvif,        ///< Its ONVIF service does not say where its streams are.
    no_video,     ///< It offers no video at all.
    codec,        ///< It offers video, and none that we can show.
    no_frames,    ///< It plays, and no whole picture comes.
    // It streams.
    black,   ///< Its pictures are black.
    frozen,  ///< Its pictures do not change.
};
inline constexpr Cause kCauseLast = Cause::frozen;
std::string_view to_string(Cause cause);

/// Of an error that the camera's own words led to.
Cause cause_of(const Error& error);
/// Of a connection that was lost.
Cause cause_of_loss(const Error& error);
/// Of a connection that could not be made.
Cause cause_of_dial(const boost::system::error_code& code);
Cause cause_of(PictureVerdict verdict);

/// Only a person can mend it: asking again soon would lock the account.
constexpr bool is_hopeless(Cause cause) { return cause == Cause::credentials; }

}  // namespace bongsu::ingest
