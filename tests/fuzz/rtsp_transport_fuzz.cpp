// A viewer's Transport, whatever it says: RTP goes to an even port from 1024 on and the next one or is refused in our own words,
// and our answer is read by our own puller as it was meant.

#include <algorithm>
#include <string>

#include "camera_fuzz.hpp"
#include "rtsp/transport.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::rtsp;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script(data, size);
    const std::uint8_t flags = script.byte();
    const std::string_view no_udp = (flags & 1U) != 0 ? "not here" : "";
    const std::string_view peer = (flags & 2U) != 0 ? "2001:db8::7" : "192.0.2.7";
    const auto list = script.text('\0');
    const auto chosen = choose_transport(list, peer, no_udp);

    const int status = chosen.status;
    fuzz::require(status == 200 || status == 400 || status == 403 || status == 461);
    fuzz::require((status == 200) == chosen.why.empty());
    fuzz::require(std::all_of(chosen.why.begin(), chosen.why.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    if (status != 200) return 0;
    if (chosen.udp) {
        fuzz::require(no_udp.empty());
        fuzz::require(chosen.client_rtp >= 1024 && chosen.client_rtp % 2 == 0 && chosen.client_rtcp == chosen.client_rtp + 1);
        // Without another's address in it the choice is the same for everybody.
        std::string plain(list);
        std::transform(plain.begin(), plain.end(), plain.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        fuzz::require(plain.find("destination") != std::string::npos || choose_transport(list, "198.51.100.1", "").udp);
    }
    Headers answer;
    answer.add("Transport", write_served(chosen, {6000, 6001, 0x8000'0001}));
    const auto read = read_transport(answer, chosen.udp, "192.0.2.1", "h");
    fuzz::require(read.has_value() && read->udp == chosen.udp);
    fuzz::require(!chosen.udp || (read->server_rtp == 6000 && read->server_rtcp == 6001 && read->ssrc == 0x8000'0001));
    return 0;
}
