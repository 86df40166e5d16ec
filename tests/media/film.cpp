// media_film SDP CAPTURE PREFIX: the capture's blocks as files for other programs to judge: PREFIX-N.mp4, one
// of each format of the stream, or PREFIX-0.mjpeg; PREFIX.json says what they should be.
// tests/media/judge_films.py runs it.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "capture.hpp"
#include "media/fmp4.hpp"
#include "media/jpeg.hpp"

using namespace bongsu;  // tidy-ok: a program of two functions

namespace {

constexpr std::uint64_t kWall =
    1'796'000'000ULL * media::fmp4::kTimescale;  // A day in 2026: the timeline of live video.
constexpr std::size_t kSamples = 3;              // Of each fragment.

Result<test::Buffer> film_of(const test::Film& film, std::size_t from, std::size_t to,
                             const media::Format& format) {
    if (format.codec == media::Codec::jpeg) {
        test::Buffer out;
        for (std::size_t i = from; i < to; ++i) {
            TRY(const auto file, media::jpeg::to_file(*film.blocks[i], format));
            out.insert(out.end(), file.begin(), file.end());
        }
        return out;
    }
    TRY(auto out, media::fmp4::init_segment(format));
    const std::uint32_t start = film.blocks[from]->rtp_time;
    for (std::size_t i = from; i < to;) {
        std::vector<media::fmp4::Sample> samples;
        const media::fmp4::Place place{static_cast<std::uint32_t>(i / kSamples + 1),
                                       kWall + (film.blocks[i]->rtp_time - start)};
        for (; i < to && samples.size() < kSamples; ++i) {
            const std::uint32_t next =
                i + 1 < to ? film.blocks[i + 1]->rtp_time : film.blocks[i]->rtp_time + 9000;
            samples.push_back({film.blocks[i].get(), next - film.blocks[i]->rtp_time});
        }
        TRY_DO(media::fmp4::append_fragment(out, format, place, samples));
    }
    return out;
}

Result<void> write_films(const char* sdp, const char* capture, const std::string& prefix) {
    const auto text = test::read_file(sdp);
    TRY(const auto track, media::parse_camera_sdp(media::as_text(text)));
    const auto film = test::show(track, test::read_capture(capture));
    boost::json::array parts;
    for (std::size_t i = 0; i < film.parts.size(); ++i) {
        const auto& [format, from] = film.parts[i];
        const std::size_t to = i + 1 < film.parts.size() ? film.parts[i + 1].first_block : film.blocks.size();
        if (from == to) continue;
        TRY(const auto bytes, film_of(film, from, to, format));
        const std::string path = prefix + "-" + std::to_string(parts.size()) +
                                 (format.codec == media::Codec::jpeg ? ".mjpeg" : ".mp4");
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        parts.push_back({{"file", path},
                         {"width", format.width},
                         {"height", format.height},
                         {"frames", to - from},
                         {"codecs", media::codec_string(format)}});
    }
    std::ofstream(prefix + ".json") << boost::json::serialize(parts);
    return {};
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    const auto written = write_films(arguments[1], arguments[2], arguments[3]);
    if (written) return 0;
    std::ofstream("/dev/stderr") << written.error().message << '\n';
    return 1;
}
