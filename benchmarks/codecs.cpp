// Each codec in MB/s: golden messages of every format, decoded again and again on one core.
//
// A round decodes one message set for about 200 ms; the figure is the median round, min and max beside it.
// Messages are those that the codec takes; refusals are cheaper and would flatter.

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "event/codec/cloudevents.hpp"
#include "event/codec/codec.hpp"

namespace bongsu::event {

namespace {

namespace json = boost::json;

constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.2;

/// CPU time of this thread: other work on the machine does not count.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct Subject {
    std::string name;
    std::vector<std::string> messages;
    std::function<bool(const std::string&)> decode;
};

struct Figure {
    double median = 0, min = 0, max = 0;
    std::size_t bytes = 0;  ///< Of an average message.
};

/// Keeps what the codec takes, at least one message. nullopt when it takes none: then something is broken.
std::optional<Figure> measure(Subject& subject) {
    auto& messages = subject.messages;
    messages.erase(
        std::remove_if(messages.begin(), messages.end(),
                       [&](const std::string& m) { return m.size() > 8'000 || !subject.decode(m); }),
        messages.end());
    if (messages.empty()) return std::nullopt;
    std::size_t set_bytes = 0;
    for (const auto& message : messages) set_bytes += message.size();
    std::vector<double> rates;
    for (int round = 0; round < kRounds; ++round) {
        double bytes = 0;
        const auto begin = cpu_seconds();
        double spent = 0;
        while (spent < kRoundSeconds) {
            for (const auto& message : messages) {
                if (!subject.decode(message)) return std::nullopt;
            }
            bytes += static_cast<double>(set_bytes);
            spent = cpu_seconds() - begin;
        }
        rates.push_back(bytes / spent / 1e6);
    }
    std::sort(rates.begin(), rates.end());
    return Figure{rates[rates.size() / 2], rates.front(), rates.back(), set_bytes / messages.size()};
}

std::vector<std::string> messages_of(const std::string& folder, std::string_view extension) {
    std::vector<std::filesystem::path> paths;
    const auto root = std::filesystem::path(BONGSU_SOURCE_DIR) / "tests/golden" / folder;
    for (const auto& file : std::filesystem::directory_iterator(root)) {
        const auto name = file.path().filename().string();
        if (name.ends_with(extension) && name != "expected.json") paths.push_back(file.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> out;
    for (const auto& path : paths) out.push_back(read(path));
    return out;
}

std::vector<Subject> subjects(const std::vector<Profile>& profiles) {
    const auto profile = [&](std::string_view key) -> const Profile& {
        return *std::find_if(profiles.begin(), profiles.end(),
                             [&](const Profile& p) { return p.key == key; });
    };
    const auto by = [&](std::string_view key, std::string_view content_type) {
        return [found = &profile(key), content_type](const std::string& bytes) {
            return decode(*found, {.bytes = bytes, .received_at = from_us(0), .content_type = content_type})
                .ok();
        };
    };
    // As a listener does it: framer, then decoder.
    const auto streamed = [&](std::string_view key) {
        return [found = &profile(key)](const std::string& bytes) {
            StreamFramer framer(*found);
            const auto fed = framer.feed(bytes);
            return fed.ok() && fed.messages.size() == 1 &&
                   decode(*found, {.bytes = fed.messages.front(), .received_at = from_us(0)}).ok();
        };
    };
    const std::string cloud =
        R"({"specversion":"1.0","id":"1","source":"bench","type":"112UC001","time":"2026-11-23T12:30:04Z","data":)"
        R"({"position":[126.9236512,37.5571034],"place":"서울특별시 마포구 양화로 160","text":"폭행 신고, 용의자 도주 중",)"
        R"("grade":"10","items":{"OCCUR_FCLT_ID":"11440-0001","CODE":"1"}}})";
    return {
        {"scsns_json", messages_of("scsns", ".json"), by("police-http", "application/json")},
        {"scsns_form", messages_of("scsns", ".form"), by("police-http", "application/x-www-form-urlencoded")},
        {"scsns_aria", messages_of("scsns_aria", ".json"), by("aria-ecb", "application/json")},
        {"scsns_tcp", messages_of("scsns_tcp", ".bin"), streamed("police-tcp")},
        {"telegram", messages_of("telegram", ".bin"), streamed("fire")},
        {"telegram_cp949", messages_of("telegram", "cp949.bin"), streamed("fire-cp949")},
        {"wearable", messages_of("wearable", ".txt"), streamed("bells")},
        {"cloudevents", {cloud}, by("cloudevents", "application/json")}};
}

int run(bool as_json) {
    const auto folder = std::filesystem::path(BONGSU_SOURCE_DIR) / "tests/golden";
    auto profiles = parse_profiles(read(folder / "partners.toml"), "partners.toml");
    if (!profiles) {
        std::fprintf(stderr, "%s\n", profiles.error().message.c_str());
        return 1;
    }
    for (auto& profile : *profiles) {
        if (!profile.aria_phrase_file.empty())
            profile.aria_phrase = read(folder / "scsns_aria" / profile.aria_phrase_file);
    }
    auto& cloud = profiles->emplace_back();
    cloud.key = "cloudevents";
    cloud.format = Format::cloudevents;

    if (!as_json)
        std::fprintf(stdout, "%-18s%12s%12s%12s%14s%12s\n", "codec", "MB/s", "min", "max", "messages/s",
                     "bytes");
    for (auto& subject : subjects(*profiles)) {
        const auto figure = measure(subject);
        if (!figure) {
            std::fprintf(stderr, "%s took none of its messages\n", subject.name.c_str());
            return 1;
        }
        const auto rounded = [](double value) {
            return static_cast<double>(static_cast<long>(value * 100 + 0.5)) / 100;
        };
        if (as_json) {
            const json::object row{{"figure", "codec_mb_per_s"},
                                   {"subject", subject.name},
                                   {"value", rounded(figure->median)},
                                   {"unit", "MB/s"},
                                   {"n", kRounds},
                                   {"min", rounded(figure->min)},
                                   {"max", rounded(figure->max)}};
            std::fprintf(stdout, "%s\n", json::serialize(row).c_str());
        } else {
            std::fprintf(stdout, "%-18s%12.2f%12.2f%12.2f%14.0f%12zu\n", subject.name.c_str(), figure->median,
                         figure->min, figure->max, figure->median * 1e6 / static_cast<double>(figure->bytes),
                         figure->bytes);
        }
    }
    return 0;
}

}  // namespace

}  // namespace bongsu::event

int main(int count, char** words) {
    const bool as_json = count > 1 && std::string_view(words[1]) == "--json";
    return bongsu::event::run(as_json);
}
