#include "event/intake.hpp"

#include <gtest/gtest.h>

#include "crypto/crypto.hpp"
#include "env/sim/sim_world.hpp"
#include "event/codec/cloudevents.hpp"
#include "event/dead_letter.hpp"
#include "event/fold.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::event {

namespace {

std::vector<std::unique_ptr<journal::Fold>> folds() {
    std::vector<std::unique_ptr<journal::Fold>> all;
    all.push_back(std::make_unique<EventFold>());
    return all;
}

/// A site with a journal on a simulated disk and folds in memory.
class Intake : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(book_.catch_up()); }

    RawEntry raw(const std::string& bytes = "{}") {
        const auto entry = record_raw(book_, {.format = "scsns",
                                            .profile = "police",
                                            .agency = "P1100000000",
                                            .remote = "203.0.113.7:4711",
                                            .content_type = "application/json",
                                            .bytes = bytes});
        EXPECT_TRUE(entry) << entry.error().message;
        return entry.value_or(RawEntry{});
    }

    Recorded take(const Event& event) {
        EXPECT_TRUE(book_.begin());
        const auto recorded = record_event(book_, event, raw());
        EXPECT_TRUE(recorded) << recorded.error().message;
        EXPECT_TRUE(book_.commit());
        world_.clock.advance(std::chrono::seconds{1});
        return recorded.value_or(Recorded{});
    }

    std::vector<journal::Entry> entries() {
        std::vector<journal::Entry> all;
        EXPECT_TRUE(journal_->read(0, [&](journal::Entry entry) -> Result<bool> {
            all.push_back(std::move(entry));
            return true;
        }));
        return all;
    }

    /// The entry with what is newest of an event.
    journal::Entry newest(const EventId& id) {
        const auto rows = db_->query("select last_seq from event where id = $1", {id.value});
        EXPECT_TRUE(rows && rows->size() == 1);
        return entries().at(static_cast<std::size_t>((*rows)[0].integer(0)) - 1);
    }

    env::sim::World world_{1};
    std::unique_ptr<journal::Journal> journal_ = *journal::Journal::open(world_.env, "/site/journal");
    std::unique_ptr<sql::Db> db_ = sql::open_store();
    journal::Book book_{world_.env, *journal_, *db_, folds()};
};

Event scsns(std::string state, int second, std::string text = "x") {
    Event event;
    event.codec = "scsns/1";
    event.sender = "P1100000000";
    event.number = "20261123213004123";
    event.state = std::move(state);
    event.state_time = from_us(1'800'000'000'000'000 + second * 1'000'000LL);
    event.occurred_at = from_us(1'800'000'000'000'000);
    event.body_digest = crypto::to_hex(crypto::sha256(event.state + text));
    event.type = "112UC001";
    event.type_name = "112센터 긴급영상 지원";
    event.known = true;
    event.grade = "10";
    event.position = Position{1'269'236'512, 375'571'034};
    event.place = "마포구";
    event.text = std::move(text);
    event.items = {{"CAR_NUM", "12가3456"}};
    event.faults = {"itemCount"};
    return event;
}

Event cloud(std::optional<std::int64_t> revision, const std::string& text) {
    std::string bytes =
        R"({"id":"a-1","source":"app","type":"EBSCP110","time":"2026-11-23T12:30:04Z","text":")" + text +
        "\"";
    if (revision) bytes += ",\"revision\":" + std::to_string(*revision);
    bytes += "}";
    return cloudevents::decode({.bytes = bytes, .received_at = {}})->event;
}

}  // namespace

TEST_F(Intake, ARawMessageIsKeptByteByByte) {
    const std::string bytes("\x00\xFF{가}", 7);
    ASSERT_TRUE(book_.begin());
    const auto message = raw(bytes);
    ASSERT_TRUE(book_.commit());

    const auto entry = entries().at(0);

    EXPECT_EQ(entry.seq, message.seq);
    EXPECT_EQ(entry.kind, "message.received");
    EXPECT_EQ(entry.actor, "agency:P1100000000");
    EXPECT_EQ(entry.payload.at("remote").as_string(), "203.0.113.7:4711");
    EXPECT_EQ(crypto::from_base64(std::string_view(entry.payload.at("bytes").as_string()), "bytes"), bytes);
}

TEST_F(Intake, TheLongestMessageIsKeptInParts) {
    const std::string bytes(256 << 10, 'x');
    ASSERT_TRUE(book_.begin());
    const auto message = raw(bytes);
    ASSERT_TRUE(book_.commit());

    std::string whole;
    for (const auto& entry : entries()) {
        whole += *crypto::from_base64(std::string_view(entry.payload.at("bytes").as_string()), "bytes");
        if (entry.kind == "message.continued") {
            EXPECT_EQ(entry.payload.at("raw").as_int64(), static_cast<std::int64_t>(message.seq));
        }
    }

    EXPECT_EQ(whole, bytes);
}

TEST_F(Intake, OfALongerMessageTheHeadTheSizeAndTheDigestAreKept) {
    const std::string bytes((256 << 10) + 1, 'x');
    ASSERT_TRUE(book_.begin());
    const auto message = raw(bytes);
    ASSERT_TRUE(record_refused(book_, message, 4000, "longer than 262144 bytes", ""));
    ASSERT_TRUE(book_.commit());

    const auto kept = entries();
    ASSERT_EQ(kept.size(), 2U);
    const auto& payload = kept[0].payload;
    EXPECT_EQ(payload.at("parts").as_int64(), 1);
    EXPECT_EQ(payload.at("cutFrom").as_int64(), (256 << 10) + 1);
    EXPECT_EQ(payload.at("sha256").as_string(), crypto::to_hex(crypto::sha256(bytes)));
    EXPECT_EQ(crypto::from_base64(std::string_view(payload.at("bytes").as_string()), "bytes"),
              bytes.substr(0, 128 << 10));
}

TEST_F(Intake, AnEventIsOnRecordWithAllThatItSays) {
    const auto event = scsns("10", 0);

    const auto recorded = take(event);

    EXPECT_EQ(recorded.outcome, Outcome::fresh);
    EXPECT_EQ(recorded.event.value.size(), 26U);
    const auto kept = newest(recorded.event);
    EXPECT_EQ(kept.payload, to_payload(event, recorded.event, {.seq = 1, .time = {}, .actor = {}, .format = "scsns", .profile = "police"}));
    EXPECT_EQ(kept.actor, "agency:P1100000000");
    EXPECT_EQ(kept.subjects, std::vector<std::string>{"event:" + recorded.event.value});
}

TEST_F(Intake, OfAnEventThatNoEntryCanHoldTheMessageStaysWithWhy) {
    auto far = scsns("10", 0);
    far.occurred_at = from_us(cloudevents::kRevisionMax + 1);
    ASSERT_TRUE(book_.begin());
    const auto message = raw("{}");

    const auto recorded = record_event(book_, far, message);

    ASSERT_FALSE(recorded);
    ASSERT_EQ(recorded.error().kind, ErrorKind::invalid);
    const auto refusal = unrecordable(recorded.error());
    EXPECT_NE(refusal.reason.find("occurredAt"), std::string::npos) << refusal.reason;
    ASSERT_TRUE(record_refused(book_, message, static_cast<int>(refusal.code), refusal.reason, refusal.field));
    ASSERT_TRUE(book_.commit());
    EXPECT_EQ(entries().size(), 2U);
    EXPECT_EQ(entries().back().kind, "message.refused");
}

TEST_F(Intake, ARepeatIsCountedOnItsOriginalAndAnUpdateKeepsTheId) {
    const auto first = take(scsns("10", 0));
    const auto again = take(scsns("10", 0));
    const auto update = take(scsns("40", 60, "moved"));
    const auto late_repeat = take(scsns("10", 0));

    EXPECT_EQ(again.outcome, Outcome::repeat);
    EXPECT_EQ(update.outcome, Outcome::update);
    EXPECT_EQ(late_repeat.outcome, Outcome::repeat);
    for (const auto& each : {again, update, late_repeat}) EXPECT_EQ(each.event, first.event);
    EXPECT_EQ(*repeats_of(*db_, first.event), 2);
    EXPECT_EQ(newest(first.event).payload.at("text"), "moved");
    EXPECT_EQ(entries().back().kind, "event.repeated");
}

TEST_F(Intake, AnotherBodyOrAnotherStateTimeIsNoRepeat) {
    take(scsns("40", 10, "a"));

    EXPECT_EQ(take(scsns("40", 10, "b")).outcome, Outcome::update);
    EXPECT_EQ(take(scsns("40", 11, "a")).outcome, Outcome::update);
}

TEST_F(Intake, AnOlderUpdateDoesNotReplaceNewerContent) {
    const auto first = take(scsns("10", 0));
    take(scsns("40", 60, "newer"));
    const auto older = take(scsns("40", 30, "older"));

    EXPECT_EQ(older.outcome, Outcome::update);
    EXPECT_EQ(newest(first.event).payload.at("text"), "newer");
}

TEST_F(Intake, TheSameNumberOfTwoSendersIsTwoEvents) {
    auto other = scsns("10", 0);
    other.sender = "P1199999999";

    EXPECT_NE(take(scsns("10", 0)).event, take(other).event);
    EXPECT_EQ(entries().at(3).kind, "event.received");
}

TEST_F(Intake, OneIdHasOneBodyUnlessTheRevisionRises) {
    const auto first = take(cloud(std::nullopt, "a"));

    EXPECT_EQ(take(cloud(std::nullopt, "a")).outcome, Outcome::repeat);
    EXPECT_EQ(take(cloud(std::nullopt, "b")).outcome, Outcome::conflict);
    EXPECT_EQ(take(cloud(1, "b")).outcome, Outcome::update);
    EXPECT_EQ(take(cloud(1, "c")).outcome, Outcome::conflict);
    EXPECT_EQ(take(cloud(3, "d")).outcome, Outcome::update);
    EXPECT_EQ(take(cloud(1, "b")).outcome, Outcome::repeat);
    EXPECT_EQ(take(cloud(3, "f")).outcome, Outcome::conflict);
    EXPECT_EQ(take(cloud(std::nullopt, "a")).event, first.event);
    EXPECT_EQ(newest(first.event).payload.at("text"), "d");
    const auto page = refused_messages(*db_, INT64_MAX, 2);
    ASSERT_EQ(page->items.size(), 2U);
    EXPECT_EQ(page->items[0].code, 409);
    ASSERT_TRUE(page->next);
    const auto rest = refused_messages(*db_, *page->next, 2);
    ASSERT_EQ(rest->items.size(), 1U);
    EXPECT_LT(rest->items[0].raw_seq, page->items[1].raw_seq);
    EXPECT_FALSE(rest->next);
    EXPECT_EQ(entries().back().kind, "event.repeated");
    const auto all = entries();
    const auto refused = std::find_if(all.begin(), all.end(), [](const auto& entry) { return entry.kind == "message.refused"; });
    ASSERT_NE(refused, all.end());
    EXPECT_EQ(refused->payload.at("event"), first.event.value.c_str()) << "whose number it is, is known";
    EXPECT_EQ(*event_of_raw(*db_, page->items[0].raw_seq), first.event);
    const auto about = entries_about(*db_, first.event).value();
    ASSERT_EQ(about.size(), 6U) << "three refusals and their messages";
    for (std::size_t i = 0; i < about.size(); i += 2) {
        EXPECT_EQ(about[i].raw, about[i].seq) << "a message";
        EXPECT_EQ(about[i].told.value, "");
        EXPECT_EQ(about[i + 1].raw, about[i].seq);
        EXPECT_EQ(about[i + 1].told, first.event);
    }
    const auto received = received_entries(*db_, first.event).value();
    ASSERT_EQ(received.size(), 3U);
    for (const auto& one : received) EXPECT_EQ(all.at(one.seq - 1).payload.at("raw").as_int64(), static_cast<std::int64_t>(one.raw));
}

TEST_F(Intake, AnOlderRevisionIsKeptAndChangesNothing) {
    const auto first = take(cloud(3, "newest"));

    const auto older = take(cloud(2, "older"));

    EXPECT_EQ(older.outcome, Outcome::late);
    EXPECT_EQ(older.event, first.event);
    EXPECT_EQ(entries().back().kind, "event.received") << "what it says is kept";
    EXPECT_EQ(newest(first.event).payload.at("text"), "newest");
    EXPECT_EQ(take(cloud(2, "older")).outcome, Outcome::repeat);
    EXPECT_EQ(take(cloud(2, "another")).outcome, Outcome::conflict);
    EXPECT_EQ(take(cloud(std::nullopt, "none")).outcome, Outcome::late) << "none is less than any";
    EXPECT_EQ(refused_messages(*db_, INT64_MAX, 10)->items.size(), 1U);
}

TEST_F(Intake, ARefusedMessageIsListedWithItsReason) {
    ASSERT_TRUE(book_.begin());
    const auto message = raw();
    ASSERT_TRUE(record_refused(book_, message, 4102, "evtGrad must be 10 or 20", "evtGrad"));
    ASSERT_TRUE(book_.commit());

    const auto page = refused_messages(*db_, INT64_MAX, 10);
    ASSERT_TRUE(page);
    const auto* refused = &page->items;

    ASSERT_EQ(refused->size(), 1U);
    EXPECT_EQ(refused->at(0).raw_seq, message.seq);
    EXPECT_EQ(refused->at(0).code, 4102);
    EXPECT_EQ(refused->at(0).field, "evtGrad");
    EXPECT_EQ(refused->at(0).actor, "agency:P1100000000");
    const auto letters = dead_letters(*db_, INT64_MAX, 10);
    ASSERT_TRUE(letters);
    ASSERT_EQ(letters->size(), 1U);
    EXPECT_EQ(letters->at(0).format, "scsns");
    EXPECT_EQ(letters->at(0).profile, "police");
}

TEST_F(Intake, OfAMessageRefusedTwiceTheNewestReasonStands) {
    ASSERT_TRUE(book_.begin());
    const auto message = raw();
    ASSERT_TRUE(record_refused(book_, message, 4102, "evtGrad must be 10 or 20", "evtGrad"));
    ASSERT_TRUE(record_refused(book_, message, 409, "its number was used", "id"));
    ASSERT_TRUE(book_.commit());

    const auto page = refused_messages(*db_, INT64_MAX, 10);

    ASSERT_TRUE(page);
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].code, 409);
    EXPECT_EQ(page->items[0].field, "id");
}

TEST_F(Intake, ARawMessageNamesItsEventAndTheEventItsPartner) {
    const auto first = take(scsns("10", 0));
    take(scsns("10", 0));
    const auto all = entries();

    EXPECT_EQ(*event_of_raw(*db_, all.at(0).seq), first.event);
    EXPECT_EQ(*event_of_raw(*db_, all.at(2).seq), first.event) << "its repeat too";
    EXPECT_EQ(*event_of_raw(*db_, all.at(1).seq), std::nullopt) << "no raw message";
    EXPECT_EQ(*profile_of(*db_, first.event), "police");
}

TEST_F(Intake, TheFoldIsTheSameAfterARebuild) {
    take(scsns("10", 0));
    take(scsns("10", 0));
    take(scsns("40", 60, "moved"));
    take(scsns("40", 30, "older"));
    take(cloud(std::nullopt, "a"));
    take(cloud(2, "b"));
    take(cloud(1, "c"));
    const auto live = book_.fingerprint();

    const auto rebuilt = book_.rebuild();

    ASSERT_TRUE(live && rebuilt);
    EXPECT_EQ(*live, *rebuilt);
}

}  // namespace bongsu::event
