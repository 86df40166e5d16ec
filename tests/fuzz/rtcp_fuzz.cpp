// Properties: a compound is within its bounds or refused; what it says of a stream is written and read the same again.

#include "media/rtcp.hpp"
#include "camera_fuzz.hpp"

using namespace bongsu;               // tidy-ok: a program of one function
using namespace bongsu::media::rtcp;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    std::size_t seen = 0;
    const auto walked = for_each_part(bytes, [&](std::uint8_t, std::span<const std::uint8_t> part) {
        fuzz::require(part.size() >= 4);
        seen += part.size();
    });
    fuzz::require(seen <= size);
    const auto got = parse(bytes);
    if (!got) return 0;
    fuzz::require(walked.has_value() && size <= kCompoundMax);
    fuzz::require(got->reports.size() <= size / kReportBlockSize && got->goodbyes.size() <= size / 4 && got->cname.size() <= 255);
    for (const auto& block : got->reports) {
        const auto written = write_receiver_report(got->from, block, got->cname);
        const auto again = parse(written);
        fuzz::require(again && again->reports.size() == 1 && again->reports[0] == block && again->cname == got->cname);
    }
    // The last second before the eras change (in 2104) may be rounded beyond it.
    if (!got->sender || got->sender->ntp >> 32 == 0x7FFFFFFFU) return 0;
    const WallTime shown = from_ntp(got->sender->ntp);
    fuzz::require(shown < from_us(0) || from_ntp(to_ntp(shown)) == shown);
    return 0;
}
