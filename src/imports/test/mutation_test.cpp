// Files that were damaged on purpose: whatever comes, each row is accounted for and nothing leaves its
// bounds.
#include <random>

#include "support.hpp"

namespace bongsu::imports {

namespace {

constexpr int kMutationsOfAFile = 150;

void damage(std::string& bytes, std::mt19937& chance) {
    const auto at = [&] { return chance() % (bytes.size() + 1); };
    const std::string_view pieces[] = {"\"",   ",",        "\n",   "\xFF",        std::string_view("\0", 1),
                                       "\"\"", "epsg5174", "{",    "]",           "1e309",
                                       "-",    "37.5",     "경도", "\xEF\xBB\xBF"};
    for (auto times = 1 + chance() % 8; times > 0 && !bytes.empty(); --times) {
        switch (chance() % 5) {
            case 0:
                bytes[at() % bytes.size()] = static_cast<char>(chance());
                break;
            case 1:
                bytes.insert(at(), pieces[chance() % std::size(pieces)]);
                break;
            case 2:
                bytes.erase(at() % bytes.size(), 1 + chance() % 40);
                break;
            case 3:
                bytes.resize(at());
                break;
            default: {
                const auto from = at() % bytes.size();
                bytes.insert(at(), bytes.substr(from, chance() % 200));
            }
        }
    }
}

void check(const Reading& reading) {
    ASSERT_EQ(reading.rows, reading.list.size() + reading.refused.size());
    for (const auto& place : reading.list) {
        ASSERT_GE(place.cameras, 1);
        ASSERT_LE(place.cameras, kCamerasInRowMax);
        for (const auto& camera : cameras_of({place}, {"11000"}, {"B1100000000"})) {
            // What is taken fits the directory's own strict reader, to the letter.
            const auto line = device::catalogue_line(camera, device::Urls::keep);
            const auto back = device::parse_catalogue(line);
            ASSERT_TRUE(back.has_value()) << back.error().message << line;
        }
    }
    const auto back = parse_lines(to_lines(reading.list));
    ASSERT_TRUE(back.has_value());
    ASSERT_EQ(back->size(), reading.list.size());
    for (const auto& refusal : reading.refused) ASSERT_FALSE(refusal.reason.empty());
}

}  // namespace

TEST(Mutation, DamagedFilesAreReadAskedAboutOrRefusedAndEveryRowIsAccountedFor) {
    const char* const names[] = {
        "standard_2017_utf8.csv", "standard_2024_cp949.csv", "standard_2024_utf16.csv", "ansim_no_header.csv",
        "standard_mess.csv",      "standard_shared.xlsx",    "merged_cells.xlsx",       "wgs84.geojson",
        "named_5186.geojson",     "metres_5186.csv",         "metres_named_5174.csv"};
    std::mt19937 chance(20260131);
    std::size_t read = 0, asked = 0, refused = 0;
    for (const auto* name : names) {
        const auto whole = golden(name);
        for (int i = 0; i < kMutationsOfAFile; ++i) {
            auto bytes = whole;
            damage(bytes, chance);
            Asked how;
            if (chance() % 4 == 0) how = {.encoding = "cp949", .swapped = "turn", .area = "korea"};
            const auto reading = read_file(bytes, how, centre());
            if (!reading) {
                ++refused;
                ASSERT_FALSE(reading.error().message.empty());
            } else if (reading->question) {
                ++asked;
                ASSERT_TRUE(reading->list.empty());
            } else {
                ++read;
                ASSERT_NO_FATAL_FAILURE(check(*reading)) << name << " " << i;
            }
        }
    }
    // All three ends were really walked.
    EXPECT_GT(read, 150U);
    EXPECT_GT(asked, 20U);
    EXPECT_GT(refused, 100U);
}

TEST(Mutation, EveryPrefixOfAFileIsHandled) {
    for (const auto* name : {"standard_2024_cp949.csv", "wgs84.geojson", "standard_shared.xlsx"}) {
        const auto whole = golden(name);
        for (std::size_t size = 0; size < whole.size(); size += 7) {
            const auto reading = read_file(whole.substr(0, size), {}, centre());
            if (reading) check(*reading);
        }
    }
}

}  // namespace bongsu::imports
