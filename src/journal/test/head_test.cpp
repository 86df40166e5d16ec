// Two readers of one form: the fast one takes nothing that the other would not, and reads the same from it.

#include "journal/head.hpp"

#include "crypto/crypto.hpp"
#include "journal/record.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

std::string head_of(std::vector<std::string> subjects, std::string actor = "user:01J9ZQ4Y7M3T8V6W5X2R1N0P9K") {
    Entry entry;
    entry.seq = 4711;
    entry.time = from_us(1'790'000'000'123'456);
    entry.kind = "incident.opened";
    entry.actor = std::move(actor);
    entry.subjects = std::move(subjects);
    entry.payload_digest = std::string(64, 'a');
    entry.prev = std::string(64, 'b');
    return write_head(entry);
}

/// What the slow way says: the canonical form of what a JSON reader finds.
bool is_canonical(const std::string& head) {
    boost::system::error_code code;
    const auto value = boost::json::parse(head, code);
    if (code || !value.is_object()) return false;
    const auto text = crypto::canonical_json(value);
    return text && *text == head;
}

TEST(Head, IsReadAsItWasWritten) {
    for (const auto& subjects : {std::vector<std::string>{}, {"incident:1"}, {"incident:1", "camera:11440-0001", ""}}) {
        const auto head = head_of(subjects);
        EXPECT_TRUE(is_canonical(head));
        const auto scanned = scan_head(head);
        ASSERT_TRUE(scanned) << head;
        const auto read = read_head(head);
        ASSERT_TRUE(read);
        EXPECT_EQ(text_of(*read), text_of(*scanned));
        EXPECT_EQ(read->subjects, subjects);
        EXPECT_EQ(read->time, from_us(1'790'000'000'123'456));
        EXPECT_EQ(read->seq, 4711U);
    }
}

TEST(Head, WithAnEscapeOrAnotherLetterIsReadTheSlowWay) {
    for (const auto* actor : {"user:\"", "user:\\", "user:\n", "user:가", "user:\x7f"}) {
        const auto head = head_of({"incident:1"}, actor);
        EXPECT_FALSE(scan_head(head)) << actor;
        const auto read = read_head(head);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->actor, actor);
    }
}

TEST(Head, TheFastReaderTakesNothingThatIsNotCanonical) {
    env::sim::SimRandom random(8);
    const auto good = head_of({"incident:1", "camera:11440-0001"});
    const std::string letters = "\"\\{}[]:, 0123456789abcZT.-+eE\x01\xff";
    int taken = 0;
    for (int i = 0; i < 200'000; ++i) {
        auto head = good;
        for (auto changes = 1 + random.below(2); changes > 0; --changes) {
            const auto at = random.below(head.size());
            const auto letter = letters[random.below(letters.size())];
            switch (random.below(3)) {
                case 0: head[at] = letter; break;
                case 1: head.insert(at, 1, letter); break;
                default: head.erase(at, 1);
            }
        }
        const auto scanned = scan_head(head);
        if (!scanned) continue;
        ++taken;
        ASSERT_TRUE(is_canonical(head)) << head;
        ASSERT_EQ(to_rfc3339(scanned->time), std::string(boost::json::parse(head).at("time").as_string())) << head;
        ASSERT_EQ(scanned->seq, boost::json::parse(head).at("seq").to_number<std::uint64_t>()) << head;
        ASSERT_EQ(read_head(head).has_value(), head == good) << head;
    }
    EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace bongsu::journal
