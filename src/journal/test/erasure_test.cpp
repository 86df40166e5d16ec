// Contents go only by an entry of the chain that orders it, and then for good.

#include "journal/record.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

/// Where each record of the one segment begins.
std::vector<std::size_t> offsets_of(const std::string& bytes) {
    std::vector<std::size_t> offsets;
    for (std::size_t at = 0; at < bytes.size(); at += cut_record(std::string_view(bytes).substr(at)).record.size)
        offsets.push_back(at);
    return offsets;
}

TEST(Erasure, TakesTheContentsLeavesWhatTheOrderLeftAndKeepsTheChain) {
    env::sim::World world(21);
    auto journal = open_journal(world.env, {.segment_bytes_max = 6000});
    fill(world, *journal, 100);
    const auto before = all_of(*journal);
    const std::vector<std::uint64_t> seqs{1, 50, 64, 65, 100};

    const auto ordered = order(*journal, seqs);
    EXPECT_EQ(journal->open_erasures(), std::vector<std::uint64_t>{ordered});
    carry_out_and_close(*journal, ordered);
    EXPECT_TRUE(journal->carry_out(ordered)) << "twice is no error";
    EXPECT_EQ(journal->carry_out(3).error().kind, ErrorKind::not_found);
    EXPECT_TRUE(journal->open_erasures().empty());

    journal.reset();
    journal = open_journal(world.env, {.segment_bytes_max = 6000});
    const auto after = all_of(*journal);
    ASSERT_EQ(after.size(), 102U);
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool erased = std::find(seqs.begin(), seqs.end(), before[i].seq) != seqs.end();
        EXPECT_EQ(after[i].erased, erased) << before[i].seq;
        EXPECT_EQ(after[i].digest, before[i].digest);
        EXPECT_EQ(after[i].payload, erased ? left_of(before[i].kind, before[i].payload) : before[i].payload);
        EXPECT_EQ(journal->is_ordered_erased(before[i].seq).value(), erased);
    }
    const auto report = verify_folder(world.disk, kFolder).value();
    EXPECT_FALSE(report.problem) << to_string(*report.problem);
    EXPECT_EQ(report.erased, 5U);
    EXPECT_EQ(report.unfinished_erasures, 0U);
    const auto shown = to_json(after[49]);
    EXPECT_TRUE(shown.at("erased").as_bool());
    EXPECT_TRUE(shown.at("payload").is_null());
    EXPECT_FALSE(to_json(after[48]).contains("erased"));
    const auto names = world.disk.list(kFolder).value();
    for (const auto& name : names) {
        const auto bytes = world.disk.read(kFolder + "/" + name).value();
        EXPECT_EQ(bytes.find("\"number\":49,"), std::string::npos) << "the erased payload is still in " << name;
    }
}

TEST(Erasure, AMarkAloneIsFoundAndNoStartWipesAnythingOnItsWord) {
    env::sim::World world(22);
    { fill(world, *open_journal(world.env), 20); }
    const auto whole = world.disk.read(first_segment()).value();
    const auto offsets = offsets_of(whole);
    for (const std::uint64_t seq : {1U, 7U, 20U}) {
        auto marked = whole;
        marked[offsets[seq - 1] + kFlagOffset] = 'E';
        auto wiped = marked;
        const auto cut = cut_record(std::string_view(whole).substr(offsets[seq - 1]));
        const auto body_at = offsets[seq - 1] + kRecordStartBytes + cut.record.head.size();
        wiped.replace(offsets[seq - 1] + kFlagOffset - 4, 4, 4, '\0');
        wiped.replace(body_at, cut.record.body.size(), cut.record.body.size(), '\0');
        for (const auto& bytes : {marked, wiped}) {
            world.disk.put(first_segment(), bytes);

            const auto report = verify_folder(world.disk, kFolder).value();
            const auto opened = Journal::open(world.env, kFolder);

            ASSERT_TRUE(report.problem) << seq;
            EXPECT_EQ(report.problem->seq, seq);
            EXPECT_EQ(report.problem->offset, offsets[seq - 1]);
            EXPECT_NE(report.problem->what.find("no entry of the chain orders"), std::string::npos);
            ASSERT_FALSE(opened);
            EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
            EXPECT_NE(opened.error().message.find("entry " + std::to_string(seq)), std::string::npos);
            EXPECT_EQ(world.disk.read(first_segment()).value(), bytes) << "the start wrote to a journal that does not hold";
        }
    }
}

TEST(Erasure, AnOrderForAnotherEntryIsNoOrderForThisOne) {
    env::sim::World world(23);
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 10);
        carry_out_and_close(*journal, order(*journal, {4}));
    }
    auto bytes = world.disk.read(first_segment()).value();
    bytes[offsets_of(bytes)[4] + kFlagOffset] = 'E';
    world.disk.put(first_segment(), bytes);

    const auto report = verify_folder(world.disk, kFolder).value();

    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->seq, 5U);
}

TEST(Erasure, ContentsThatComeBackAfterItsEndAreFoundAndWipedAgainByTheNextStart) {
    env::sim::World world(24);
    std::string before;
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 10);
        before = world.disk.read(first_segment()).value();
        carry_out_and_close(*journal, order(*journal, {4, 6}));
    }
    const auto after = world.disk.read(first_segment()).value();
    const auto offsets = offsets_of(after);
    auto restored = after;
    restored.replace(offsets[3], offsets[4] - offsets[3], before, offsets[3], offsets[4] - offsets[3]);
    world.disk.put(first_segment(), restored);

    const auto report = verify_folder(world.disk, kFolder).value();
    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->seq, 4U);
    EXPECT_NE(report.problem->what.find("erased its contents, and they are here"), std::string::npos);

    ASSERT_TRUE(Journal::open(world.env, kFolder));
    EXPECT_EQ(world.disk.read(first_segment()).value(), after);
    EXPECT_FALSE(verify_folder(world.disk, kFolder).value().problem);
}

TEST(Erasure, ADeathAtAnyStepIsFinishedByTheNextStart) {
    int finished_by_the_start = 0;
    for (std::uint64_t seed = 0; seed < 240; ++seed) {
        env::sim::World world(seed);
        auto journal = open_journal(world.env, {.segment_bytes_max = 2500});
        fill(world, *journal, 12);
        const auto whole = all_of(*journal);
        world.disk.power_off_after(seed % 24);
        std::optional<std::uint64_t> ordered;
        {
            ErasureOrder wanted{.seq = 0, .id = "E1", .reason = "retention", .basis = "PIPA 21", .entries = {}};
            for (const std::uint64_t seq : {2U, 3U, 9U})
                wanted.entries.push_back({seq, whole[seq - 1].kind, left_of(whole[seq - 1].kind, whole[seq - 1].payload)});
            const auto entry = journal->append({std::string(kErasureOrdered), "user:U", {}, to_json(wanted)});
            ASSERT_TRUE(entry);
            if (journal->commit()) ordered = entry->seq;
            if (ordered) (void)journal->carry_out(*ordered);  // Its error is the power's end.
        }
        world.disk.crash(world.random);

        journal = open_journal(world.env);
        ASSERT_NE(journal, nullptr) << seed;

        const auto entries = all_of(*journal);
        const bool stands = entries.size() == 13;
        ASSERT_TRUE(!ordered || stands) << seed << ": an acknowledged order is lost";
        for (const std::uint64_t seq : {2U, 3U, 9U}) {
            EXPECT_EQ(entries[seq - 1].erased, stands) << seed;
            EXPECT_EQ(entries[seq - 1].digest, whole[seq - 1].digest);
        }
        if (stands) {
            ++finished_by_the_start;
            EXPECT_EQ(journal->open_erasures().size(), 1U) << "the site closes it with an entry";
            carry_out_and_close(*journal, 13);
        }
        const auto report = verify_folder(world.disk, kFolder).value();
        EXPECT_FALSE(report.problem) << seed << " " << to_string(*report.problem);
    }
    EXPECT_GT(finished_by_the_start, 50);
}

TEST(Erasure, AWipeWhoseSyncFailedIsDoneAgainBeforeAnythingClosesIt) {
    for (std::uint64_t sync = 1; sync <= 2; ++sync) {  // Of the marks, of the contents.
        env::sim::World world(30 + sync);
        std::uint64_t ordered = 0;
        {
            const auto journal = open_journal(world.env);
            fill(world, *journal, 10);
            ordered = order(*journal, {4, 6});
            world.disk.fail_sync(sync);
            ASSERT_FALSE(journal->carry_out(ordered));
            EXPECT_FALSE(journal->usable());
        }
        {
            // The process alone starts again: what it wrote still reads back although no disk has it.
            const auto journal = open_journal(world.env);
            carry_out_and_close(*journal, ordered);
        }

        world.disk.crash(world.random);

        const auto report = verify_folder(world.disk, kFolder).value();
        EXPECT_FALSE(report.problem) << sync << " " << to_string(*report.problem);
        EXPECT_EQ(report.erased, 2U);
        const auto journal = open_journal(world.env);
        EXPECT_TRUE(all_of(*journal).at(3).erased);
    }
}

TEST(Erasure, AnOrderThatNoVerificationWouldTakeIsNotWritten) {
    env::sim::World world(25);
    const auto journal = open_journal(world.env);
    fill(world, *journal, 3);
    ASSERT_TRUE(journal->append({"grant.issued", "site:11000", {}, {{"grant", "G"}}}));
    ASSERT_TRUE(journal->commit());
    const auto tried = [&](boost::json::object change) {
        boost::json::object payload{
            {"erasure", "E1"},
            {"reason", "retention"},
            {"basis", "PIPA 21"},
            {"entries", {{{"seq", 1}, {"kind", "incident.opened"}, {"left", boost::json::object{}}}}}};
        for (auto& [name, value] : change) payload[name] = value;
        const auto done = journal->append({std::string(kErasureOrdered), "user:U", {}, payload});
        return done ? std::string("written") : done.error().message;
    };
    const auto entry = [](std::int64_t seq, const char* kind, boost::json::object left = {}) {
        return boost::json::object{{"seq", seq}, {"kind", kind}, {"left", std::move(left)}};
    };

    EXPECT_NE(tried({{"reason", "because"}}).find("reason"), std::string::npos);
    EXPECT_NE(tried({{"basis", ""}}).find("basis"), std::string::npos);
    EXPECT_NE(tried({{"entries", boost::json::array{}}}).find("1 to 300"), std::string::npos);
    EXPECT_NE(tried({{"entries", {entry(4, "grant.issued")}}}).find("a kind that stays"), std::string::npos);
    EXPECT_NE(tried({{"entries", {entry(1, "erasure.ordered")}}}).find("a kind that stays"), std::string::npos);
    EXPECT_NE(tried({{"entries", {entry(9, "incident.opened")}}}).find("entry 9"), std::string::npos);
    EXPECT_NE(tried({{"entries", {entry(2, "incident.opened"), entry(2, "incident.opened")}}}).find("twice"),
              std::string::npos);
    EXPECT_NE(tried({{"entries", {entry(2, "incident.opened", {{"text", "her name"}})}}}).find("leaves the field text"),
              std::string::npos);
    EXPECT_EQ(journal->append({std::string(kErasureDone), "site:1", {}, {{"order", 99}}}).error().kind,
              ErrorKind::invalid);
    EXPECT_EQ(tried({}), "written");
    ASSERT_TRUE(journal->commit());
    // It calls an entry by another kind than it has: nothing is wiped.
    ASSERT_EQ(tried({{"entries", {entry(2, "incident.opened"), entry(3, "incident.acted")}}}), "written");
    ASSERT_TRUE(journal->commit());
    EXPECT_EQ(journal->carry_out(6).error().kind, ErrorKind::corrupt);
    EXPECT_FALSE(all_of(*journal)[1].erased);
}

TEST(Erasure, LeavesOnlyTheUsualWordsOfAnOutcome) {
    for (const auto* word : {"true", "false", "drill", ""}) {
        EXPECT_TRUE(left_of("incident.acted", {{"outcome", word}, {"text", "x"}}).contains("outcome")) << word;
    }
    const auto left = left_of("incident.acted", {{"outcome", "홍길동 씨 귀가"}, {"text", "x"}, {"to", "closed"}});
    EXPECT_FALSE(left.contains("outcome"));
    EXPECT_FALSE(left.contains("text"));
    EXPECT_TRUE(left.contains("to"));
    EXPECT_TRUE(left_of("grant.issued", {{"grant", "G"}}).empty());
}

TEST(Erasure, LeavesATypeThatIsACodeAndNoneInSomebodysWords) {
    for (const auto* kind : {"event.received", "incident.opened", "outbound.queued"}) {
        for (const auto& code : {std::string("112UC001"), std::string("kr.go.seoul.bell-1_a"), std::string(64, 'a')})
            EXPECT_TRUE(left_of(kind, {{"type", code}}).contains("type")) << kind << " " << code;
        for (const auto& words : {std::string("홍길동 신고"), std::string("Hong Gildong"), std::string("01012345678"), std::string(65, 'a'), std::string()})
            EXPECT_FALSE(left_of(kind, {{"type", words}}).contains("type")) << kind << " " << words;
        EXPECT_FALSE(left_of(kind, {{"type", 5}}).contains("type"));
    }
}

TEST(Erasure, AnOrderThatLeftASendersOwnTypeStillStands) {
    Entry entry;
    entry.seq = 3;
    entry.kind = kErasureOrdered;
    const boost::json::object left{{"incident", "I"}, {"type", "홍길동 신고"}, {"typeName", "홍길동"}};
    entry.payload = to_json(ErasureOrder{.seq = 3, .id = "E", .reason = "retention", .basis = "PIPA 21", .entries = {{2, "incident.opened", left}}});
    const auto order = order_of(entry);
    ASSERT_TRUE(order) << order.error().message;
    EXPECT_EQ(left_of("incident.opened", order->entries[0].left), (boost::json::object{{"incident", "I"}})) << "what folds go by";
    entry.payload = to_json(ErasureOrder{.seq = 3, .id = "E", .reason = "retention", .basis = "PIPA 21", .entries = {{2, "view.opened", {{"type", "x"}}}}});
    EXPECT_FALSE(order_of(entry)) << "a kind that has none";
}

TEST(BatchMark, ChangedInAnyRecordItLosesNothingOrCutsATailThatACheckpointShows) {
    // ADR 0003: the mark is in no digest. What it can do is what cutting the file can do, and no more.
    env::sim::World world(26);
    std::vector<Entry> entries;
    {
        const auto journal = open_journal(world.env);
        fill(world, *journal, 24);
        entries = all_of(*journal);
    }
    const auto whole = world.disk.read(first_segment()).value();
    const auto key = key_of('v');
    for (const auto offset : offsets_of(whole)) {
        auto record = whole.substr(offset, cut_record(std::string_view(whole).substr(offset)).record.size);
        if (record[kBatchEndOffset] == kBatchEnd) {
            auto entry = decode_entry(cut_record(record).record).value();
            const auto text = record.substr(record.size() - cut_record(record).record.body.size() + kSaltBytes);
            record = encode_record(entry, text);  // The same entry without its mark, CRCs right.
        } else {
            mark_batch_end(record);
        }
        auto bytes = whole;
        bytes.replace(offset, record.size(), record);
        ASSERT_NE(bytes, whole);
        world.disk.put(first_segment(), bytes);

        const auto report = verify_folder(world.disk, kFolder).value();

        ASSERT_FALSE(report.problem) << to_string(*report.problem);
        ASSERT_LE(report.digests.size(), entries.size());
        for (std::size_t i = 0; i < report.digests.size(); ++i) {
            EXPECT_EQ(crypto::to_hex({report.digests[i].data(), report.digests[i].size()}), entries[i].digest);
        }
        const auto findings = verify_against(report, {held(entries.back(), key)}, {{"11440-c1", key.public_key}});
        EXPECT_EQ(findings.empty(), report.digests.size() == entries.size());
        for (const auto& finding : findings)
            EXPECT_NE(finding.what.find("the tail is cut off"), std::string::npos) << finding.what;
    }
}

}  // namespace
}  // namespace bongsu::journal
