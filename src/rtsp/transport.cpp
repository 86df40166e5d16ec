#include "rtsp/transport.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <vector>

namespace bongsu::rtsp {
namespace {

struct Pair {
    unsigned first = 0;
    std::optional<unsigned> second;
};

/// "4-5", "4", "4 - 5".
std::optional<Pair> parse_pair(std::string_view text, unsigned most) {
    const auto number = [most](std::string_view part) -> std::optional<unsigned> {
        part = trim(part);
        unsigned value = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (part.empty() || error != std::errc{} || end != part.data() + part.size() || value > most) return std::nullopt;
        return value;
    };
    const auto dash = text.find('-');
    const auto first = number(text.substr(0, dash));
    if (!first) return std::nullopt;
    Pair out{*first, std::nullopt};
    if (dash != std::string_view::npos) {
        out.second = number(text.substr(dash + 1));
        if (!out.second) return std::nullopt;
    }
    return out;
}

/// As parse_pair(), without blanks and with so many digits at most: what viewers send is held to the grammar.
std::optional<Pair> parse_plain_pair(std::string_view text, std::size_t digits, unsigned most) {
    const auto dash = std::min(text.find('-'), text.size());
    const auto second = text.substr(std::min(dash + 1, text.size()));
    if (text.find_first_not_of("0123456789-") != std::string_view::npos || dash > digits || second.size() > digits) return std::nullopt;
    return parse_pair(text, most);
}

std::optional<std::string_view> find_parameter(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const auto part = header.substr(0, end);
        const auto equals = part.find('=');
        if (equals != std::string_view::npos && equal_ignoring_case(trim(part.substr(0, equals)), name)) {
            auto value = trim(part.substr(equals + 1));
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
            return value;
        }
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return std::nullopt;
}

bool has_word(std::string_view choice, std::string_view word) {
    while (!choice.empty()) {
        const auto end = std::min(choice.find(';'), choice.size());
        if (equal_ignoring_case(trim(choice.substr(0, end)), word)) return true;
        choice.remove_prefix(std::min(end + 1, choice.size()));
    }
    return false;
}

/// Whether the protocol's name ends with /TCP; some leave it out and only give channels.
bool is_tcp(std::string_view choice) {
    const auto name = trim(choice.substr(0, choice.find(';')));
    const auto slash = name.rfind('/');
    if (slash != std::string_view::npos && equal_ignoring_case(name.substr(slash), "/TCP")) return true;
    return !parameter(choice, "interleaved").empty();
}

bool is_same_place(std::string_view source, std::string_view peer, std::string_view host) {
    if (source.starts_with('[') && source.ends_with(']')) source = source.substr(1, source.size() - 2);
    boost::system::error_code code;
    const auto named = boost::asio::ip::make_address(std::string(source), code);
    if (code) return equal_ignoring_case(source, host);
    if (named.is_unspecified()) return true;  // "0.0.0.0": it does not know.
    const auto dialed = boost::asio::ip::make_address(std::string(peer), code);
    return !code && named == dialed;
}

Result<Path> read_tcp(std::string_view choice) {
    Path out;
    out.rtcp_channel = 1;
    const auto text = parameter(choice, "interleaved");
    if (text.empty()) return out;
    const auto channels = parse_pair(text, 255);
    if (!channels) return fail(ErrorKind::corrupt, "SETUP: bad interleaved channel");
    out.rtp_channel = static_cast<std::uint8_t>(channels->first);
    const unsigned rtcp = channels->second.value_or(channels->first + 1);
    out.rtcp_channel.reset();
    if (rtcp <= 255 && rtcp != channels->first) out.rtcp_channel = static_cast<std::uint8_t>(rtcp);
    return out;
}

Result<Path> read_udp(std::string_view choice, std::string_view peer, std::string_view host) {
    Path out;
    out.udp = true;
    if (has_word(choice, "multicast")) return fail(ErrorKind::forbidden, "the camera wants to send by multicast");
    const auto source = parameter(choice, "source");
    if (!source.empty() && !is_same_place(source, peer, host))
        return fail(ErrorKind::forbidden, "the camera wants another address than its own to send (source=)");
    const auto text = parameter(choice, "server_port");
    if (text.empty()) return out;
    const auto ports = parse_pair(text, 65'535);
    if (!ports) return fail(ErrorKind::corrupt, "SETUP: bad server_port");
    out.server_rtp = static_cast<std::uint16_t>(ports->first);
    const unsigned rtcp = ports->second.value_or(ports->first == 0 || ports->first == 65'535 ? 0 : ports->first + 1);
    out.server_rtcp = static_cast<std::uint16_t>(rtcp);
    return out;
}

/// Numbers from 0 to 255, and two of them must differ.
bool channels_valid(std::string_view value) {
    const auto channels = parse_plain_pair(value, 3, 255);
    return channels && channels->second != channels->first;
}

Chosen refusal(int status, std::string why) {
    Chosen out;
    out.status = status;
    out.why = std::move(why);
    return out;
}

/// The pair of ports of a viewer.
Chosen choose_ports(std::string_view value) {
    if (value.empty()) return refusal(400, "RTP/AVP over UDP needs client_port");
    const auto ports = parse_plain_pair(value, 5, 65'535);
    if (!ports) return refusal(400, "client_port must be two numbers such as 5000-5001");
    if (ports->first == 0) return refusal(400, "client_port must not be 0");
    if (ports->first < 1024) return refusal(400, "client_port must not be below 1024");
    if (ports->first % 2 != 0) return refusal(400, "client_port must begin with an even port");
    if (ports->second.value_or(ports->first + 1) != ports->first + 1)
        return refusal(400, "client_port must be an even port and the next one");
    Chosen out;
    out.udp = true;
    out.client_rtp = static_cast<std::uint16_t>(ports->first);
    out.client_rtcp = static_cast<std::uint16_t>(ports->first + 1);
    return out;
}

/// One transport of a viewer's list: RTP, to one receiver, for playing.
Chosen choose_one(std::string_view choice, std::string_view peer, std::string_view no_udp) {
    const auto name = trim(choice.substr(0, choice.find(';')));
    const bool tcp = equal_ignoring_case(name, "RTP/AVP/TCP");
    if (!tcp && !equal_ignoring_case(name, "RTP/AVP") && !equal_ignoring_case(name, "RTP/AVP/UDP"))
        return refusal(461, "only RTP/AVP is served");
    if (has_word(choice, "multicast")) return refusal(461, "multicast is not served");
    const auto mode = parameter(choice, "mode");
    if (!mode.empty() && !equal_ignoring_case(mode, "PLAY")) return refusal(461, "only mode=PLAY is served");
    if (tcp) {
        const auto channels = find_parameter(choice, "interleaved");
        if (channels && !channels_valid(*channels)) return refusal(400, "interleaved must be two different numbers from 0 to 255");
        return {};
    }
    if (!no_udp.empty()) return refusal(461, std::string(no_udp));
    const auto destination = parameter(choice, "destination");
    if (!destination.empty() && !is_same_place(destination, peer, ""))
        return refusal(403, "destination must be the address of this connection");
    return choose_ports(parameter(choice, "client_port"));
}

}  // namespace

Chosen choose_transport(std::string_view list, std::string_view peer, std::string_view no_udp) {
    Chosen worst = refusal(461, "SETUP needs a Transport");
    bool is_first = true;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        Chosen one = choose_one(trim(list.substr(0, end)), peer, no_udp);
        if (one.status == 200) return one;
        // What is said: that something is wrong rather than that something is not served.
        if (is_first || (worst.status == 461 && one.status != 461)) worst = std::move(one);
        is_first = false;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return worst;
}

std::string write_served(const Chosen& chosen, const ServedPorts& ports) {
    if (!chosen.udp) return "RTP/AVP/TCP;unicast;interleaved=0-1";
    const auto pair = [](std::uint16_t a, std::uint16_t b) { return std::to_string(a) + "-" + std::to_string(b); };
    std::string out = "RTP/AVP;unicast;client_port=" + pair(chosen.client_rtp, chosen.client_rtcp) + ";server_port=" + pair(ports.rtp, ports.rtcp);
    if (!ports.ssrc) return out;
    out += ";ssrc=";
    for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789ABCDEF"[*ports.ssrc >> shift & 15];
    return out;
}

std::string_view to_string(Transport transport) {
    switch (transport) {
        case Transport::tcp:
            return "tcp";
        case Transport::udp:
            return "udp";
        case Transport::automatic:
            return "auto";
    }
    return "tcp";
}

Result<Transport> parse_transport(std::string_view text) {
    for (const auto one : {Transport::tcp, Transport::udp, Transport::automatic}) {
        if (text == to_string(one)) return one;
    }
    return fail_field("transport", "must be tcp, udp or auto");
}

std::string write_transport(bool udp, std::uint16_t client_port) {
    if (!udp) return "RTP/AVP/TCP;unicast;interleaved=0-1";
    return "RTP/AVP;unicast;client_port=" + std::to_string(client_port) + "-" + std::to_string(client_port + 1);
}

Result<Path> read_transport(const Headers& answer, bool asked_udp, std::string_view peer, std::string_view host) {
    std::vector<std::string_view> choices;
    for (auto value : answer.all("Transport")) {
        for (; !value.empty() && choices.size() < 8; value.remove_prefix(std::min(value.find(',') + 1, value.size()))) {
            const auto choice = trim(value.substr(0, value.find(',')));
            if (!choice.empty()) choices.push_back(choice);
            if (value.find(',') == std::string_view::npos) break;
        }
    }
    if (choices.empty()) choices.push_back(asked_udp ? "RTP/AVP" : "RTP/AVP/TCP");
    const auto chosen =
        std::find_if(choices.begin(), choices.end(), [&](auto choice) { return is_tcp(choice) != asked_udp; });
    if (chosen == choices.end()) {
        return fail(ErrorKind::unavailable, asked_udp ? "the camera does not send RTP over UDP"
                                                      : "the camera does not send RTP over TCP");
    }
    TRY(Path out, asked_udp ? read_udp(*chosen, peer, host) : read_tcp(*chosen));
    auto ssrc = parameter(*chosen, "ssrc");
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(ssrc.data(), ssrc.data() + ssrc.size(), value, 16);
    if (!ssrc.empty() && error == std::errc{} && end == ssrc.data() + ssrc.size()) out.ssrc = value;
    return out;
}

std::string_view parameter(std::string_view header, std::string_view name) { return find_parameter(header, name).value_or(""); }

}  // namespace bongsu::rtsp
