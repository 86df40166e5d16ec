#include "footage/lettering.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "footage/barcode.hpp"
#include "footage/process.hpp"
#include "footage/scene.hpp"

namespace bongsu::footage {
namespace {

constexpr std::size_t kLineColumns = 1'560;
constexpr std::size_t kLineRows = 200;
constexpr int kNumberSize = 176;
constexpr int kNameSize = 96;
constexpr int kNameColumn = 268;
constexpr Pixel kDial{1'790, 130};
constexpr float kDialRadius = 92;
constexpr Colour kWhite{1, 1, 1};
constexpr Colour kBlack{0, 0, 0};

Result<void> write_file(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (file >= 0) ::close(file);
    if (!written) return fail(ErrorKind::exhausted, "footage: cannot write " + path);
    return {};
}

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail(ErrorKind::corrupt, "footage: ffmpeg wrote no letters");
    std::size_t have = 0;
    while (have < size) {
        const ssize_t got = ::read(file, bytes.data() + have, size - have);
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
    }
    ::close(file);
    if (have < size) return fail(ErrorKind::corrupt, "footage: ffmpeg wrote too few letters");
    return bytes;
}

std::string drawtext(const std::string& font, const std::string& file, int size, int column,
                     std::size_t row) {
    const std::string top = std::to_string(row * kLineRows);
    // Centred on the line by the font's own height, so that all names stand on one base line.
    return "drawtext=fontfile='" + font + "':textfile=" + file +
           ":expansion=none:fontcolor=white:fontsize=" + std::to_string(size) +
           ":x=" + std::to_string(column) + ":y=" + top + "+(" + std::to_string(kLineRows) + "-text_h)/2";
}

void bar(Canvas& canvas, BarRow row, std::uint16_t value) {
    constexpr auto kWidth = static_cast<float>(kMainWidth);
    constexpr auto kHeight = static_cast<float>(kMainHeight);
    const auto top = static_cast<float>(row.top) * kHeight;
    const auto bottom = static_cast<float>(row.bottom) * kHeight;
    const std::array<bool, kBarCells> cells = encode_bar(value);
    constexpr float kCell = static_cast<float>(kBarWidth) / kBarCells * kWidth;
    for (std::size_t cell = 0; cell < kBarCells; ++cell) {
        const float begin = static_cast<float>(kBarLeft) * kWidth + static_cast<float>(cell) * kCell;
        const float left = std::round(begin);  // Whole pixels: no seam between cells of one colour.
        canvas.rectangle(left, top, std::round(begin + kCell), bottom,
                         {.colour = cells[cell] ? kWhite : kBlack});
    }
}

void letters(Canvas& canvas, const Lettering& lettering, int x, int y) {
    for (const int dx : {-5, 0, 5}) {  // A rim keeps them readable on any picture.
        for (const int dy : {-5, 0, 5}) {
            canvas.stencil(lettering.mask, lettering.columns, x + dx, y + dy, {.colour = kBlack});
        }
    }
    canvas.stencil(lettering.mask, lettering.columns, x, y, {.colour = kWhite});
}

Pixel on_dial(float turn, float radius) {
    const float angle = 6.2831853F * turn;
    return {kDial.x + std::sin(angle) * radius, kDial.y - std::cos(angle) * radius};
}

}  // namespace

Result<std::string> find_font() {
    constexpr std::array<const char*, 5> kPlaces{"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
                                                 "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
                                                 "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
                                                 "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
                                                 "/usr/share/fonts/truetype/nanum/NanumBarunGothicBold.ttf"};
    for (const char* place : kPlaces) {
        if (::access(place, R_OK) == 0) return std::string(place);
    }
    return fail(ErrorKind::unavailable,
                "footage: no Korean font: apt-get install fonts-noto-cjk (or fonts-nanum)");
}

Result<std::vector<Lettering>> draw_lettering(const LetteringJob& job) {
    if (::access(job.font.c_str(), R_OK) != 0) {
        return fail(
            ErrorKind::unavailable,
            "footage: font " + job.font + " cannot be read: apt-get install fonts-noto-cjk (or fonts-nanum)");
    }
    if (job.font.find_first_of("'\\:,;[]%") != std::string::npos) {
        return fail(ErrorKind::invalid,
                    "footage: font " + job.font + " has letters that ffmpeg's filters do not take");
    }
    std::string filter;
    for (std::size_t i = 0; i < job.lines.size(); ++i) {
        const std::string number = "number" + std::to_string(i);
        const std::string name = "name" + std::to_string(i);
        TRY_DO(write_file(job.folder + "/" + number, job.lines[i].first));
        TRY_DO(write_file(job.folder + "/" + name, job.lines[i].second));
        filter += (i == 0 ? "" : ",") + drawtext(job.font, number, kNumberSize, 14, i) + "," +
                  drawtext(job.font, name, kNameSize, kNameColumn, i);
    }
    TRY_DO(write_file(job.folder + "/letters.filter", filter));
    const std::string size =
        std::to_string(kLineColumns) + "x" + std::to_string(kLineRows * job.lines.size());
    TRY(Process process,
        Process::start({job.ffmpeg, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                        "color=black:s=" + size + ":r=1:d=1", "-filter_script:v", "letters.filter",
                        "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "letters.gray"},
                       job.folder, "letters.log"));
    TRY_DO(process.wait());
    constexpr std::size_t kLineBytes = kLineColumns * kLineRows;
    TRY(const std::vector<std::uint8_t> all,
        read_file(job.folder + "/letters.gray", kLineBytes * job.lines.size()));
    std::vector<Lettering> drawn;
    for (std::size_t i = 0; i < job.lines.size(); ++i) {
        Lettering line{kLineColumns, std::vector<std::uint8_t>(kLineBytes)};
        for (std::size_t at = 0; at < kLineBytes; ++at) {  // ffmpeg's black may be 16 and its white 235.
            const int level = (all[i * kLineBytes + at] - 16) * 255 / 219;
            line.mask[at] = static_cast<std::uint8_t>(std::clamp(level, 0, 255));
        }
        drawn.push_back(std::move(line));
    }
    return drawn;
}

void lay_over(Canvas& canvas, const Lettering& lettering, int number) {
    constexpr auto kWidth = static_cast<float>(kMainWidth);
    constexpr auto kHeight = static_cast<float>(kMainHeight);
    const Paint shade{.colour = kBlack, .alpha = 0.30F, .hides = true};
    std::size_t used = 0;  // The band ends where the letters end.
    for (std::size_t at = 0; at < lettering.mask.size(); ++at) {
        if (lettering.mask[at] > 8) used = std::max(used, at % lettering.columns);
    }
    canvas.rectangle(0, 0, static_cast<float>(used) + 70, static_cast<float>(kLineRows) + 30, shade);
    letters(canvas, lettering, 24, 14);
    canvas.disc(kDial, kDialRadius + 20, kDialRadius + 20, {.colour = kBlack, .alpha = 0.45F, .hides = true});
    for (int tick = 0; tick < 10; ++tick) {
        const Pixel at = on_dial(static_cast<float>(tick) / 10, kDialRadius);
        const float radius = tick == 0 ? 9.0F : 5.0F;
        canvas.disc(at, radius, radius, {.colour = kWhite, .hides = true});
    }
    const Paint margin{.colour = {0.5F, 0.5F, 0.5F}, .hides = true};
    canvas.rectangle(0, kHeight * 0.80F, kWidth * 0.44F, kHeight * 0.98F, margin);
    bar(canvas, kCameraRow, static_cast<std::uint16_t>(number + 1));
}

void lay_over_frame(Canvas& canvas, int frame) {
    const float share = static_cast<float>(frame) / kFrames;
    const float second = static_cast<float>(frame % kFramesPerSecond) / kFramesPerSecond;
    const Pixel tip = on_dial(share, kDialRadius - 18);
    const Pixel left = on_dial(share + 0.25F, 7);
    const Pixel right = on_dial(share - 0.25F, 7);
    const std::array<Pixel, 3> hand{left, tip, right};
    canvas.polygon(hand, {.colour = kWhite});
    const Pixel dot = on_dial(second, kDialRadius);
    canvas.disc(dot, 14, 14, {.colour = {1.0F, 0.25F, 0.2F}});
    bar(canvas, kFrameRow, static_cast<std::uint16_t>(frame));
}

}  // namespace bongsu::footage
