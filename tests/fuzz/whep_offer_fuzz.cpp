// A browser's offer. Properties: what passes is bounded and can be answered; the answer is lines of ours, with one m-line for
// each of the offer's in its order, and nothing that the offer said begins a line of its own.

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "camera_fuzz.hpp"
#include "webrtc/sdp.hpp"

using namespace bongsu;          // tidy-ok: a program of one function
using namespace bongsu::webrtc;  // tidy-ok: a program of one function

namespace {

void check_answer(const Offer& offer, const std::string& answer) {
    fuzz::require(answer.starts_with("v=0\r\n") && answer.ends_with("\r\n") && answer.size() < 128 * 1024);
    std::size_t media = 0, setups = 0;
    for (std::size_t at = 0; at < answer.size();) {
        const auto end = answer.find("\r\n", at);
        fuzz::require(end != std::string::npos);
        const std::string_view line(answer.data() + at, end - at);
        fuzz::require(line.size() >= 2 && line[1] == '=' && std::string_view("vostcam").find(line[0]) != std::string_view::npos);
        fuzz::require(std::none_of(line.begin(), line.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\t'; }));
        if (line.starts_with("m=")) {
            fuzz::require(media < offer.media.size() && line.substr(2).starts_with(offer.media[media].kind + " "));
            ++media;
        }
        setups += line == "a=setup:passive" ? 1U : 0U;
        at = end + 2;
    }
    fuzz::require(media == offer.media.size() && setups == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto offer = parse_offer({reinterpret_cast<const char*>(data), size});
    if (!offer) {
        fuzz::require(offer.error().kind == ErrorKind::invalid && !offer.error().message.empty() && offer.error().message.size() < 1000);
        return 0;
    }
    fuzz::require(size <= 64 * 1024 && offer->video < offer->media.size() && offer->media.size() <= 16);
    fuzz::require(offer->media[offer->video].kind == "video" && offer->fingerprint.size() == 32);
    fuzz::require(offer->ufrag.size() >= 4 && offer->ufrag.size() <= 256 && offer->pwd.size() >= 22 && offer->pwd.size() <= 256);
    fuzz::require(offer->h264 || offer->h265);
    const std::array candidates{*Address::parse("127.0.0.1", 5000)};
    const AnswerFields fields{.session = 1, .ufrag = "ours", .pwd = "ours-ours-ours-ours-ours", .fingerprint = std::string(32, 'f'), .ssrc = 7,
                              .cname = "c", .stream_id = "s", .candidates = candidates};
    for (const auto codec : {media::Codec::h264, media::Codec::h265}) {
        const auto* format = offer->format(codec);
        if (format == nullptr) continue;
        fuzz::require(format->payload_type < 128);
        check_answer(*offer, write_answer(*offer, codec, fields));
    }
    return 0;
}
