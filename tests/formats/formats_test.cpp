// Every golden message of every format has the outcome that its independent encoder wrote down, however the
// network split it.

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <random>
#include <set>

#include "event/codec/cloudevents.hpp"
#include "event/text.hpp"
#include "golden.hpp"

namespace bongsu::event {

namespace {

using golden::Message;

const std::vector<std::string> kFolders{"scsns_tcp", "scsns_aria", "telegram", "wearable", "cloudevents"};

std::vector<Message> all_messages() {
    std::vector<Message> all;
    for (const auto& folder : kFolders) {
        for (auto& message : golden::messages_of(folder)) all.push_back(std::move(message));
    }
    return all;
}

const Profile& profile_of(const Message& message) {
    return golden::profile_of(std::string(message.expected.at("profile").get_string()));
}

bool is_bounded(const Decoding& got) {
    const auto texts = [](const std::map<std::string, std::string>& items) {
        return items.size() <= kItemsMax && std::all_of(items.begin(), items.end(), [](const auto& item) {
                   return item.first.size() <= kItemKeyBytesMax && item.second.size() <= kItemValueBytesMax &&
                          is_utf8(item.first) && is_utf8(item.second);
               });
    };
    const auto place = [](const std::optional<Position>& p) {
        return !p || (p->lon_e7 >= 1'240'000'000 && p->lon_e7 <= 1'320'000'000 && p->lat_e7 >= 330'000'000 &&
                      p->lat_e7 <= 390'000'000);
    };
    if (const auto* e = got.event()) {
        const bool is_cloud = e->codec.starts_with("cloudevents/");  // Its id and type are any text.
        const auto number_max = is_cloud ? 4 * cloudevents::kIdLettersMax : 64;
        return is_state(e->state) && is_grade(e->grade) && !e->number.empty() && e->number.size() <= number_max &&
               (is_word(e->type) || is_cloud) && is_utf8(e->type) && e->type.size() <= 4 * cloudevents::kCloudTypeLettersMax && e->text.size() <= kTextBytesMax && e->place.size() <= kPlaceBytesMax &&
               is_utf8(e->text) && is_utf8(e->place) && e->faults.size() <= kFaultsMax && texts(e->items) &&
               place(e->position);
    }
    if (const auto* t = got.telemetry())
        return texts(t->items) && place(t->position) && t->source.size() <= 64;
    return true;
}

std::string mutated(std::string bytes, std::mt19937_64& chance) {
    const auto below = [&](std::size_t bound) { return chance() % std::max<std::size_t>(bound, 1); };
    for (auto rounds = 1 + below(3); rounds > 0; --rounds) {
        const auto at = below(bytes.size());
        switch (below(6)) {
            case 0:
                if (!bytes.empty()) bytes[at] = static_cast<char>(chance());
                break;
            case 1:
                bytes.insert(at, 1 + below(3), "\x1E\x1F;,\xD1\xD2\xD3\xDF\n"[below(9)]);
                break;
            case 2:
                bytes.erase(at, 1 + below(20));
                break;
            case 3:
                bytes.insert(below(bytes.size()), bytes.substr(at, 1 + below(60)));
                break;
            default: {
                const auto digit = bytes.find_first_of("0123456789", at);
                if (digit != std::string::npos) bytes[digit] = static_cast<char>('0' + below(10));
            }
        }
    }
    return bytes;
}

/// What a socket's framer said of each piece of a stream, judge_frame says of the piece alone.
bool is_judged_as_framed(const Profile& profile, const std::string& bytes) {
    if (profile.format != Format::scsns_tcp && profile.format != Format::wearable) return true;
    StreamFramer framer(profile);
    auto fed = framer.feed(bytes);
    auto pieces = std::move(fed.messages);
    if (fed.ok()) {
        fed = framer.finish();
        pieces.insert(pieces.end(), fed.messages.begin(), fed.messages.end());
    }
    return std::all_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return judge_frame(profile, piece).code == Code::ok; }) &&
           (fed.ok() || judge_frame(profile, framer.pending()).code != Code::ok);
}

}  // namespace

TEST(GoldenFormats, EveryMessageHasItsOutcome) {
    for (const auto& message : all_messages()) {
        const auto& profile = profile_of(message);

        const auto got = golden::decode_stream(profile, message.bytes, message.bytes.size() + 1);

        EXPECT_EQ(golden::difference(got, message.expected, profile), "") << message.name();
    }
}

TEST(GoldenFormats, HowTheNetworkSplitsAStreamChangesNothing) {
    for (const auto& message : all_messages()) {
        const auto& profile = profile_of(message);
        const auto step_min = message.bytes.size() > 10'000 ? 97U : 1U;
        for (const std::size_t step : {step_min, step_min + 1, step_min + 6, step_min + 46}) {
            const auto got = golden::decode_stream(profile, message.bytes, step);
            EXPECT_EQ(golden::difference(got, message.expected, profile), "")
                << message.name() << " by " << step;
        }
    }
}

TEST(GoldenFormats, EveryFileOfAFolderIsListed) {
    for (const auto& folder : kFolders) {
        std::set<std::string> files{"README.md", "expected.json"};
        for (const auto& message : golden::messages_of(folder)) files.insert(message.file);
        for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(BONGSU_SOURCE_DIR) /
                                                                    "tests/golden" / folder)) {
            const auto name = file.path().filename().string();
            EXPECT_TRUE(files.count(name) == 1 || name.ends_with(".phrase")) << folder << "/" << name;
        }
    }
}

TEST(GoldenFormats, EveryRefusalNamesItsFieldAndRepeatsNothingOfTheMessage) {
    for (const auto& message : all_messages()) {
        const auto got = golden::decode_stream(profile_of(message), message.bytes, message.bytes.size() + 1);
        if (got.ok()) continue;
        EXPECT_FALSE(got.refusal.reason.empty()) << message.name();
        if (!got.refusal.field.empty()) {
            EXPECT_NE(got.refusal.reason.find(got.refusal.field), std::string::npos) << message.name();
        }
        EXPECT_EQ(got.refusal.reason.find("script"), std::string::npos) << message.name();
        EXPECT_TRUE(is_utf8(got.refusal.reason)) << message.name();
    }
}

TEST(GoldenFormats, EveryRefusalHasAnAnswerInThePartnersFormat) {
    for (const auto& message : all_messages()) {
        const auto& profile = profile_of(message);
        const auto got = golden::decode_stream(profile, message.bytes, message.bytes.size() + 1);
        const auto bytes = answer(profile, got.refusal);
        if (profile.format == Format::telegram) {
            ASSERT_EQ(bytes.size(), telegram::kAnswerBytes) << message.name();
            const auto read = telegram::AnswerReader(profile.encoding).feed(bytes);
            ASSERT_TRUE(read && *read) << message.name();
            EXPECT_EQ((*read)->ok, got.ok()) << message.name();
            EXPECT_EQ((*read)->message.empty(), got.ok()) << message.name();
        }
        if (profile.format == Format::scsns_tcp) {
            const auto read = scsns_tcp::read_reply(bytes);
            ASSERT_TRUE(read) << message.name();
            EXPECT_EQ(read->ok, got.ok()) << message.name();
            EXPECT_EQ(read->type, std::to_string(static_cast<int>(got.refusal.code))) << message.name();
        }
    }
}

TEST(GoldenFormats, FiftyThousandMutationsStayWithinTheBounds) {
    auto corpus = all_messages();
    corpus.erase(
        std::remove_if(corpus.begin(), corpus.end(), [](const Message& m) { return m.bytes.size() > 4'000; }),
        corpus.end());
    std::mt19937_64 chance(20'261'125);
    std::size_t accepted = 0;
    for (int i = 0; i < 50'000; ++i) {
        const auto& message = corpus[chance() % corpus.size()];
        const auto bytes = mutated(message.bytes, chance);

        const auto got = golden::decode_stream(profile_of(message), bytes, 1 + chance() % 200);

        ASSERT_EQ(got.ok(), got.content.has_value()) << message.name();
        ASSERT_NE(static_cast<int>(got.refusal.code), static_cast<int>(Code::internal))
            << message.name() << ": " << got.refusal.reason << " of " << bytes.size() << " bytes";
        ASSERT_TRUE(is_bounded(got)) << message.name();
        ASSERT_TRUE(is_judged_as_framed(profile_of(message), bytes)) << message.name();
        accepted += got.ok() ? 1 : 0;
    }
    EXPECT_GT(accepted, 5'000U);  // Mild enough to reach the inner fields.
}

}  // namespace bongsu::event
