#pragma once
// The Transport header (RFC 2326 12.39): what we ask for and cameras answer in all their ways, what viewers ask for and we
// answer. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "rtsp/message.hpp"

namespace bongsu::rtsp {

enum class Transport : std::uint8_t {
    tcp,        ///< Interleaved in the RTSP connection.
    udp,        ///< A pair of ports.
    automatic,  ///< UDP; TCP where the camera refuses that.
};
std::string_view to_string(Transport transport);
/// "tcp", "udp", "auto". Errors: invalid.
Result<Transport> parse_transport(std::string_view text);

/// Where a track's packets come from and go to.
struct Path {
    bool udp = false;
    std::uint8_t rtp_channel = 0;
    std::optional<std::uint8_t> rtcp_channel;     ///< None: the camera gave one channel for both.
    std::uint16_t server_rtp = 0, server_rtcp = 0;  ///< The camera's ports; 0 where it did not say.
    std::optional<std::uint32_t> ssrc;            ///< As it says; many cameras send another one.
};

/// The value of a request's Transport. `client_port` is the even port of our pair; RTCP is the next.
std::string write_transport(bool udp, std::uint16_t client_port);

/// The first of an answer's choices that we can take. No Transport at all is what we asked for.
/// `peer` is the address that was dialed, `host` what it is called in the URL: `source=` may be nothing else.
/// Errors: corrupt (a port or channel that is none), unavailable (only what we did not ask for), forbidden (another source,
/// multicast).
Result<Path> read_transport(const Headers& answer, bool asked_udp, std::string_view peer, std::string_view host);

/// What a viewer's SETUP gets.
struct Chosen {
    int status = 200;  ///< Or 400: malformed; 403: to another address than its own; 461: nothing that is served.
    std::string why;   ///< The refusal in words that may be a reason phrase; never quotes the viewer.
    bool udp = false;
    std::uint16_t client_rtp = 0, client_rtcp = 0;  ///< Of UDP: an even port from 1024 on, and the next.
};
/// The first of the list that can be served: what a viewer adds to be on the safe side spoils nothing. RTP goes to `peer`, the
/// address of the RTSP connection, and nowhere else: a `destination=` of another would let anybody aim our pictures at anybody.
/// `no_udp`: why RTP over UDP is not served; empty where it is.
Chosen choose_transport(std::string_view list, std::string_view peer, std::string_view no_udp);

/// The value of an answer's Transport over UDP.
struct ServedPorts {
    std::uint16_t rtp = 0, rtcp = 0;
    std::optional<std::uint32_t> ssrc;  ///< None until there was a picture.
};
std::string write_served(const Chosen& chosen, const ServedPorts& ports);

/// The value of `name=` among the `;` parameters of a header, blanks and quotes around it left out.
std::string_view parameter(std::string_view header, std::string_view name);

}  // namespace bongsu::rtsp
