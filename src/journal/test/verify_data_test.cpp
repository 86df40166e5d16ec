#include "crypto/crypto.hpp"
#include "journal/brought.hpp"
#include "journal/head.hpp"
#include "journal/verify.hpp"
#include "sample.hpp"

namespace bongsu::journal {
namespace {

/// A centre and two districts that hold one another's checkpoints.
class VerifyData : public testing::Test {
  protected:
    env::sim::World world{31};
    const std::vector<std::string> sites{"11000", "11440", "11680"};

    void SetUp() override {
        for (std::size_t i = 0; i < sites.size(); ++i) {
            write(sites[i], 12);
            const auto key = key_of(static_cast<char>('a' + i));
            world.disk.put("data/" + sites[i] + "/keys/checkpoint.pub",
                           sites[i] + "-c1 " + crypto::to_hex(key.public_key) + "\n");
        }
        for (std::size_t i = 0; i < sites.size(); ++i) {
            for (std::size_t other = 0; other < sites.size(); ++other) {
                if (other != i) hold(sites[other], checkpoint_of(i));
            }
        }
    }
    void write(const std::string& site, int count) {
        const auto journal = Journal::open(world.env, "data/" + site + "/journal").value();
        fill(world, *journal, count);
    }
    Checkpoint checkpoint_of(std::size_t i) {
        const auto journal = Journal::open(world.env, "data/" + sites[i] + "/journal").value();
        return make({{sites[i]}, 10, all_of(*journal)[9].digest, world.clock.wall(), sites[i] + "-c1"},
                    key_of(static_cast<char>('a' + i)));
    }
    void hold(const std::string& site, const Checkpoint& checkpoint) {
        const auto journal = Journal::open(world.env, "data/" + site + "/journal").value();
        ASSERT_TRUE(journal->append(
            {std::string(kCheckpointHeld), "site:" + checkpoint.site.value, {}, to_json(checkpoint)}));
        ASSERT_TRUE(journal->commit());
    }
    std::string path(const std::string& site) { return "data/" + site + "/journal/00000000000000000001.bj"; }
    static std::string text(const DataReport& report) {
        std::string all;
        for (const auto& line : report.lines) all += line + "\n";
        return all;
    }
};

TEST_F(VerifyData, SitesThatAgreeHold) {
    world.disk.put("data/city/map.json", "{}");
    const auto report = verify_data(world.disk, "data/");

    EXPECT_TRUE(report.holds) << text(report);
    ASSERT_EQ(report.sites.size(), 3U);
    for (const auto& site : report.sites) {
        EXPECT_EQ(site.checkpoints, 2U);
        EXPECT_EQ(site.checkpoints_held, 2U);
        EXPECT_EQ(site.journal.entries, 14U);
    }
}

TEST_F(VerifyData, ASiteThatTheDiskDoesNotGiveIsNamedSoAndTheOthersAreVerified) {
    DataQuestion question;
    question.joined = std::vector<SiteId>{{"11000"}, {"11440"}, {"11680"}};
    world.disk.lock_folder("data/11440");
    const auto folder = verify_data(world.disk, "data", question);
    EXPECT_FALSE(folder.holds);
    EXPECT_NE(text(folder).find("FAULT site 11440: its journal cannot be read: "), std::string::npos) << text(folder);
    EXPECT_EQ(text(folder).find("gone"), std::string::npos) << text(folder);
    EXPECT_EQ(folder.sites.size(), 2U);

    world.disk.lock_folder("data/11680/journal");
    const auto journal = verify_data(world.disk, "data", question);
    EXPECT_NE(text(journal).find("FAULT site 11680: its journal cannot be read: "), std::string::npos) << text(journal);
    ASSERT_EQ(journal.sites.size(), 1U);
    EXPECT_EQ(journal.sites[0].journal.entries, 14U);
}

TEST_F(VerifyData, AFolderThatCannotBeListedIsNamedAndTheSitesAreJudgedForThemselves) {
    ASSERT_TRUE(world.disk.make_folders("data/lost+found"));
    world.disk.lock_folder("data/lost+found");
    const auto usual = verify_data(world.disk, "data");
    EXPECT_TRUE(usual.holds) << text(usual) << "every file system has this one";
    EXPECT_NE(text(usual).find("data/lost+found was not looked through"), std::string::npos) << text(usual);

    ASSERT_TRUE(world.disk.make_folders("data/11440/private"));
    world.disk.lock_folder("data/11440/private");
    const auto report = verify_data(world.disk, "data");
    EXPECT_FALSE(report.holds) << "a journal may be hidden in it";
    EXPECT_EQ(report.sites.size(), 3U);
    EXPECT_NE(text(report).find("FAULT data/11440/private was not looked through"), std::string::npos) << text(report);
    EXPECT_EQ(text(report).find("none of a site"), std::string::npos) << text(report);
}

TEST_F(VerifyData, ACutTailIsFoundThroughTheOthers) {
    const auto bytes = world.disk.read(path("11440")).value();
    std::size_t size = 0;
    for (int i = 0; i < 5; ++i) size += cut_record(std::string_view(bytes).substr(size)).record.size;
    world.disk.put(path("11440"), bytes.substr(0, size));

    const auto report = verify_data(world.disk, "data");

    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("FAULT site 11440: the tail is cut off: entry 6 "), std::string::npos)
        << text(report);
}

TEST_F(VerifyData, AJournalWrittenAnewIsFoundAlsoWithANewKeyBesideIt) {
    world.disk.put(path("11440"), "");
    write("11440", 20);
    const auto rewritten = verify_data(world.disk, "data");
    world.disk.put("data/11440/keys/checkpoint.pub", "11440-c1 " + crypto::to_hex(key_of('z').public_key));
    const auto with_key = verify_data(world.disk, "data");

    EXPECT_FALSE(rewritten.holds);
    EXPECT_NE(text(rewritten).find("history was rewritten"), std::string::npos) << text(rewritten);
    EXPECT_FALSE(with_key.holds);
    EXPECT_NE(text(with_key).find("forged signature"), std::string::npos) << text(with_key);
}

TEST_F(VerifyData, AJournalThatIsGoneIsFound) {
    ASSERT_TRUE(world.disk.remove(path("11440")));
    EXPECT_FALSE(verify_data(world.disk, "data").holds);

    env::sim::World other(1);
    for (const auto& site : {"11000", "11680"}) {
        other.disk.put(path(site), world.disk.read(path(site)).value());
        const auto keys = "data/" + std::string(site) + "/keys/checkpoint.pub";
        other.disk.put(keys, world.disk.read(keys).value());
    }
    const auto absent = verify_data(other.disk, "data");
    EXPECT_TRUE(absent.holds) << text(absent);
    EXPECT_NE(text(absent).find("site 11440 is not here"), std::string::npos) << text(absent);
    EXPECT_EQ(absent.lines.back(), "what is here holds; not here, and so not compared: site 11440");

    other.disk.put("data/11440/contract.toml", "");
    const auto gone = verify_data(other.disk, "data");
    EXPECT_FALSE(gone.holds);
    EXPECT_NE(text(gone).find("its journal is gone"), std::string::npos) << text(gone);
}

TEST_F(VerifyData, AJoinedSiteWhoseFolderIsGoneIsNamed) {
    const std::optional<std::vector<SiteId>> joined{{{"11000"}, {"11440"}, {"11680"}}};
    EXPECT_TRUE(verify_data(world.disk, "data", {.joined = joined}).holds);
    env::sim::World other(1);
    for (const auto& site : {"11000", "11680"}) {
        other.disk.put(path(site), world.disk.read(path(site)).value());
        const auto keys = "data/" + std::string(site) + "/keys/checkpoint.pub";
        other.disk.put(keys, world.disk.read(keys).value());
    }

    const auto gone = verify_data(other.disk, "data", {.joined = joined});
    // Also when the list of sites was shortened: the others still hold its checkpoints.
    const auto hidden = verify_data(other.disk, "data", {.joined = std::vector<SiteId>{{"11000"}, {"11680"}}});
    const auto all_gone = verify_data(other.disk, "elsewhere", {.joined = joined});

    for (const auto& report : {gone, hidden}) {
        EXPECT_FALSE(report.holds);
        EXPECT_NE(text(report).find("FAULT site 11440: its journal is gone; 2 checkpoints"), std::string::npos)
            << text(report);
    }
    EXPECT_FALSE(all_gone.holds);
    for (const auto& site : sites) EXPECT_NE(text(all_gone).find("site " + site), std::string::npos) << text(all_gone);
}

TEST_F(VerifyData, AnEmptyJournalDoesNotHold) {
    env::sim::World alone(2);
    for (const auto* bytes : {"", "BJ1"}) {
        alone.disk.put(path("11440"), bytes);
        for (const auto* where : {"data", "data/11440", "data/11440/journal"}) {
            const auto report = verify_data(alone.disk, where);
            EXPECT_FALSE(report.holds) << where;
            EXPECT_NE(text(report).find("its journal is empty"), std::string::npos) << text(report);
        }
    }
    // In a city the missing entries are told too.
    world.disk.put(path("11440"), "");
    const auto report = verify_data(world.disk, "data");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("FAULT site 11440: the tail is cut off: entry 1 "), std::string::npos) << text(report);
}

TEST_F(VerifyData, AMissingOrBadKeyFileDoesNotHold) {
    for (const auto* bad : {"", "11440-c1", "11440-c1 xyz", "11440-c1 aabb", "11440-c1 aabb cc"}) {
        world.disk.put("data/11440/keys/checkpoint.pub", bad);
        const auto report = verify_data(world.disk, "data");
        EXPECT_FALSE(report.holds) << bad;
        EXPECT_NE(text(report).find("checkpoint.pub"), std::string::npos) << text(report);
    }
    const auto right = "11440-c1 " + crypto::to_hex(key_of('b').public_key) + "\n", wrong = "11440-c1 " + std::string(64, 'a') + "\n";
    for (const auto& twice : {right + wrong, wrong + right}) {
        world.disk.put("data/11440/keys/checkpoint.pub", twice);
        const auto report = verify_data(world.disk, "data");
        EXPECT_FALSE(report.holds);
        EXPECT_NE(text(report).find("FAULT site 11440: its keys/checkpoint.pub holds the key 11440-c1 twice"), std::string::npos) << text(report);
    }
    ASSERT_TRUE(world.disk.remove("data/11440/keys/checkpoint.pub"));
    const auto missing = verify_data(world.disk, "data");
    EXPECT_FALSE(missing.holds);
    EXPECT_NE(text(missing).find("FAULT site 11440: its keys/checkpoint.pub is missing: no checkpoint of it can be checked"), std::string::npos) << text(missing);
}

TEST_F(VerifyData, ACopyOfASitesJournalIsNoOtherSitesAndNoHolder) {
    {
        const auto journal = Journal::open(world.env, "data/26000/journal").value();
        ASSERT_TRUE(journal->append({"site.started", "site:26000", {}, {}}));
        ASSERT_TRUE(journal->commit());
    }
    hold("26000", checkpoint_of(1));
    const auto alone = verify_data(world.disk, "data");
    EXPECT_TRUE(alone.holds) << text(alone);
    EXPECT_EQ(alone.sites.at(1).checkpoints, 3U);

    world.disk.put("data/26000.old/journal/" + segment_name(1), world.disk.read(path("26000")).value());
    const auto report = verify_data(world.disk, "data");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("FAULT site 26000.old: its journal begins as that of site 26000: "), std::string::npos) << text(report);
    EXPECT_EQ(report.sites.at(1).checkpoints, 3U) << "a site has one voice";
}

TEST_F(VerifyData, AHeldCheckpointThatIsNoneIsFound) {
    {
        const auto journal = Journal::open(world.env, "data/11000/journal").value();
        ASSERT_TRUE(journal->append({std::string(kCheckpointHeld), "site:11440", {}, {{"site", "11440"}}}));
        ASSERT_TRUE(journal->commit());
    }
    const auto report = verify_data(world.disk, "data");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("site 11000 entry 15: checkpoint: seq"), std::string::npos) << text(report);
}

TEST_F(VerifyData, ASingleJournalIsVerifiedByItsFolderOrItsSites) {
    for (const auto* one : {"data/11440/journal", "data/11440", "data/11440/"}) {
        const auto report = verify_data(world.disk, one);
        EXPECT_TRUE(report.holds) << text(report);
        ASSERT_EQ(report.sites.size(), 1U);
        EXPECT_EQ(report.sites[0].journal.entries, 14U);
    }
    auto bytes = world.disk.read(path("11440")).value();
    bytes[100] = static_cast<char>(bytes[100] ^ 1);
    world.disk.put(path("11440"), bytes);
    const auto report = verify_data(world.disk, "data/11440");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("segment 00000000000000000001.bj offset 0 entry 1"), std::string::npos)
        << text(report);
}

TEST_F(VerifyData, AJournalWhereNoSiteHasOneIsNotPassedOver) {
    const auto bytes = world.disk.read(path("11440")).value();
    for (const auto* folder : {"data/old/11440/journal", "data/11440/journal/journal", "data/11440/old", "data/a/b/c/d/anything"}) {
        auto copy = std::string(folder) + "/00000000000000000001.bj";
        world.disk.put(copy, bytes);
        for (const auto joined : {false, true}) {
            DataQuestion question;
            if (joined) question.joined.emplace({SiteId{"11000"}, SiteId{"11440"}, SiteId{"11680"}});
            const auto report = verify_data(world.disk, "data", question);
            EXPECT_FALSE(report.holds) << folder;
            EXPECT_NE(text(report).find("FAULT " + std::string(folder) + " holds a journal that is none of a site here"), std::string::npos) << text(report);
            EXPECT_EQ(report.sites.size(), 3U);
        }
        ASSERT_TRUE(world.disk.remove(copy));
    }
    EXPECT_TRUE(verify_data(world.disk, "data").holds);
    world.disk.put("data/11440/journal/old/00000000000000000001.bj", bytes);
    EXPECT_FALSE(verify_data(world.disk, "data/11440").holds) << "below a site alone";
    EXPECT_FALSE(verify_data(world.disk, "data/11440/journal").holds) << "below a journal alone";
    EXPECT_TRUE(verify_data(world.disk, "data/11440/journal/old").holds) << "by itself";
}

TEST_F(VerifyData, FoldersDeeperThanAreLookedThroughDoNotHold) {
    std::string folder = "data/11440";
    for (int i = 0; i < 17; ++i) folder += "/d";
    world.disk.put(folder + "/x", "");
    const auto report = verify_data(world.disk, "data");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("was not looked through for journals"), std::string::npos) << text(report);
}

TEST_F(VerifyData, OfAJournalByItselfTheFirstHeadSaysWhoseItIs) {
    const auto whole = world.disk.read(path("11440")).value();
    const auto size = cut_record(whole).record.size;
    const auto first = entry_of_head(whole);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->seq, 1U);
    EXPECT_EQ(entry_of_head(std::string_view(whole).substr(0, kRecordStartBytes + cut_record(whole).record.head.size()))->digest, first->digest);
    for (const std::size_t bytes : {0U, 3U, 23U, 24U, 100U}) EXPECT_FALSE(entry_of_head(std::string_view(whole).substr(0, bytes))) << bytes;
    auto changed = whole;
    changed[30] = static_cast<char>(changed[30] ^ 1);
    EXPECT_FALSE(entry_of_head(changed));
    EXPECT_EQ(entry_of_head(std::string_view(whole).substr(size))->seq, 2U);
}

TEST_F(VerifyData, APathWithoutAJournalDoesNotHold) {
    const auto report = verify_data(world.disk, "elsewhere");
    EXPECT_FALSE(report.holds);
    EXPECT_NE(text(report).find("no journal is found in elsewhere"), std::string::npos);
}

TEST_F(VerifyData, ACheckpointThatSomebodyKeptFindsACutTailOfOneJournalAlone) {
    const auto kept = checkpoint_of(1);
    auto written_down = to_json(kept);
    written_down["publicKey"] = crypto::to_hex(key_of('b').public_key);
    const auto brought = checkpoints_of("{\"items\":[" + boost::json::serialize(written_down) + "]}", "kept.json").value();
    const DataQuestion question{.checkpoints = brought.checkpoints, .keys = brought.keys};

    const auto whole = verify_data(world.disk, "data/11440", question);
    EXPECT_TRUE(whole.holds) << text(whole);
    EXPECT_EQ(whole.sites.at(0).agreed, 10U);
    const auto bytes = world.disk.read(path("11440")).value();
    std::size_t size = 0;
    for (int i = 0; i < 5; ++i) size += cut_record(std::string_view(bytes).substr(size)).record.size;
    world.disk.put(path("11440"), bytes.substr(0, size));
    const auto cut = verify_data(world.disk, "data/11440/journal", question);
    EXPECT_FALSE(cut.holds);
    EXPECT_NE(text(cut).find("the tail is cut off: entry 6 and all after it are missing, but a checkpoint of entry 10 held by kept.json"),
              std::string::npos)
        << text(cut);
}

TEST_F(VerifyData, ABroughtKeyCountsMoreThanOneBesideARewrittenJournal) {
    auto written_down = to_json(checkpoint_of(1));
    written_down["publicKey"] = crypto::to_hex(key_of('b').public_key);
    const auto brought = checkpoints_of(boost::json::serialize(written_down), "kept.json").value();
    world.disk.put("data/11440/keys/checkpoint.pub", "11440-c1 " + crypto::to_hex(key_of('z').public_key) + "\n");
    world.disk.put(path("11440"), "");
    write("11440", 20);

    const auto report = verify_data(world.disk, "data/11440", {.checkpoints = brought.checkpoints, .keys = brought.keys});

    EXPECT_NE(text(report).find("history was rewritten"), std::string::npos) << text(report);
}

TEST_F(VerifyData, AnEntryThatSomebodyKeptIsLookedForInEveryJournal) {
    const auto journal = Journal::open(world.env, "data/11440/journal").value();
    auto entries = all_of(*journal);
    const auto old = to_json(entries.at(3)), young = to_json(entries.at(12));
    auto forged = old;
    forged["payload"].as_object()["number"] = 99;
    auto other = entries.at(3);
    other.actor = "user:SOMEBODY";
    write_head(other);
    auto beyond = entries.at(3);
    beyond.seq = 99;
    write_head(beyond);
    const auto ask = [&](const boost::json::object& entry) {
        return verify_data(world.disk, "data", {.entries = entries_of(boost::json::serialize(entry), "kept.json").value()});
    };

    const auto found = ask(old), is_young = ask(young);
    EXPECT_TRUE(found.holds) << text(found);
    EXPECT_NE(text(found).find("kept.json: site 11440: entry 4 is in the journal; confirmed by a checkpoint"), std::string::npos)
        << text(found);
    EXPECT_NE(text(is_young).find("entry 13 is in the journal; younger than"), std::string::npos) << text(is_young);
    for (const auto& [entry, word] : {std::pair{forged, "its payload is not the one that was recorded"},
                                      std::pair{to_json(other), "entry 4 of the journal is another one"},
                                      std::pair{to_json(beyond), "the journal holds no entry 99"}}) {
        const auto report = ask(entry);
        EXPECT_FALSE(report.holds);
        EXPECT_NE(text(report).find(word), std::string::npos) << text(report);
    }
}

TEST(Brought, ABomAndAnIntegerInAnotherFormAreRead) {
    const auto entries = entries_of("\xef\xbb\xbf{\"seq\":2.0,\"payload\":{\"n\":[1e0,1.5]}}", "f");
    ASSERT_TRUE(entries) << entries.error().message;
    EXPECT_EQ(boost::json::serialize(entries->at(0).entry), R"({"seq":2,"payload":{"n":[1,1.5E0]}})");
}

TEST(Brought, WhatCannotBeReadIsNamed) {
    const auto checkpoints = [](std::string_view text) {
        const auto read = checkpoints_of(text, "f");
        return read ? std::string() : read.error().message;
    };
    EXPECT_EQ(checkpoints("{\"items\": 5}"), "f: items is no list");
    EXPECT_EQ(checkpoints("[]"), "f: holds nothing");
    EXPECT_EQ(checkpoints("[5]"), "f: item 1 is no object");
    EXPECT_EQ(checkpoints("{\"site\":\"11440\"}"), "f: item 1: checkpoint: seq is missing or no number from 1");
    EXPECT_NE(checkpoints("{").find("f: is no JSON"), std::string::npos);
    const auto entries = entries_of("{\"seq\":0}", "f");
    ASSERT_FALSE(entries);
    EXPECT_EQ(entries.error().message, "f: item 1 has no seq from 1: it is no entry");
}

}  // namespace
}  // namespace bongsu::journal
