#include "view/spool.hpp"

#include <boost/json/serialize.hpp>

#include "env/posix.hpp"
#include "view/test/gate_fixture.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;

constexpr auto kPath = "s/views.log";

struct SpoolTest : testing::Test {
    std::unique_ptr<Spool> open() {
        auto opened = Spool::open(disk, clock, "s");
        EXPECT_TRUE(opened) << opened.error().message;
        return opened ? *std::move(opened) : nullptr;
    }
    Item item(const std::string& kind, const std::string& view) {
        Item out;
        out.kind = kind;
        out.view = {view};
        out.camera = {"11440-0001"};
        out.at = clock.wall();
        if (kind == "view.opened") {
            out.jti = "jti-" + view;
            out.ticket_expires = clock.wall() + 60s;
        }
        if (kind == "view.closed") out.frames = 3, out.bytes = 4;
        return out;
    }
    env::sim::SimClock clock{from_us(1'790'000'000'000'000)};
    env::sim::SimRandom random{1};
    env::sim::SimDisk disk;
};

TEST_F(SpoolTest, TellsControlOnlyWhatIsSynced) {
    auto spool = open();
    int synced = 0;
    EXPECT_EQ(*spool->append(item("view.opened", "v1")), 1U);
    spool->when_synced(1, [&] { ++synced; });

    EXPECT_TRUE(spool->flush_due());
    EXPECT_TRUE(spool->unacked().empty());
    const SpoolBatch batch = spool->begin_sync();
    EXPECT_EQ(*spool->append(item("view.closed", "v1")), 2U);
    EXPECT_FALSE(spool->flush_due()) << "one batch at a time";
    spool->end_sync(spool->write(batch));

    EXPECT_EQ(synced, 1);
    ASSERT_EQ(spool->unacked().size(), 1U);
    EXPECT_TRUE(spool->flush_due());
    ASSERT_TRUE(spool->sync());
    EXPECT_EQ(spool->unacked().size(), 2U);
    spool->ack(1);
    ASSERT_EQ(spool->unacked().size(), 1U);
    EXPECT_EQ(spool->unacked()[0].n, 2U);
}

TEST_F(SpoolTest, SendsTheFieldsOfTheContractAndNoTicket) {
    const auto message = to_message(item("view.opened", "v1"));

    for (const char* field :
         {"n", "kind", "view", "grant", "camera", "holder", "at", "way", "ticketKind", "remote", "reason"}) {
        EXPECT_TRUE(message.contains(field)) << field;
    }
    EXPECT_EQ(boost::json::serialize(message).find("jti"), std::string::npos);
    EXPECT_EQ(to_message(item("view.closed", "v1")).at("frames"), 3);
    auto many = item("view.refused", "");
    EXPECT_FALSE(to_message(many).contains("count"));
    many.count = 494;
    EXPECT_EQ(to_message(many).at("count"), 494);
}

TEST_F(SpoolTest, GoesOnCountingAfterARestart) {
    auto spool = open();
    ASSERT_TRUE(spool->append(item("view.opened", "v1")));
    ASSERT_TRUE(spool->append(item("view.closed", "v1")));
    ASSERT_TRUE(spool->sync());

    spool = open();

    EXPECT_EQ(spool->unacked().size(), 2U);
    EXPECT_EQ(spool->items()[0].jti, "jti-v1");
    EXPECT_EQ(spool->items()[1].bytes, 4U);
    EXPECT_EQ(*spool->append(item("view.opened", "v2")), 3U);
}

TEST_F(SpoolTest, KeepsEverySyncedItemOverAnyCrash) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        env::sim::SimRandom chance{seed};
        disk = {};
        auto spool = open();
        std::uint64_t synced = 0;
        for (int i = 0; i < 40; ++i) {
            (void)spool->append(item("view.opened", std::to_string(i)));
            if (chance.below(3) == 0 && spool->sync()) synced = spool->synced();
        }
        disk.power_off_after(chance.below(3));
        if (spool->sync()) synced = spool->synced();
        disk.crash(chance);

        spool = open();

        ASSERT_TRUE(spool);
        ASSERT_GE(spool->synced(), synced) << "seed " << seed;
        for (std::size_t i = 0; i < spool->items().size(); ++i) EXPECT_EQ(spool->items()[i].n, i + 1);
        const std::uint64_t next = spool->items().size() + 1;
        EXPECT_EQ(*spool->append(item("view.opened", "next")), next);
        EXPECT_TRUE(spool->sync());
        EXPECT_TRUE(open());
    }
}

TEST_F(SpoolTest, CutsOffATornLastLine) {
    auto spool = open();
    ASSERT_TRUE(spool->append(item("view.opened", "v1")));
    ASSERT_TRUE(spool->append(item("view.opened", "v2")));
    ASSERT_TRUE(spool->sync());
    std::string bytes = *disk.read(kPath);
    const std::string first = bytes.substr(0, bytes.find('\n') + 1);
    for (std::size_t cut = first.size() + 1; cut < bytes.size(); cut += 7) {
        disk.put(kPath, bytes.substr(0, cut));

        spool = open();

        ASSERT_EQ(spool->items().size(), 1U) << cut;
        EXPECT_EQ(spool->torn_total(), 1U);
        EXPECT_EQ(*disk.read(kPath), first);
        EXPECT_EQ(spool->next_n(), 2U);
    }
}

TEST_F(SpoolTest, NamesTheLineWhenItsMiddleIsDamaged) {
    auto spool = open();
    for (const char* view : {"v1", "v2", "v3"}) ASSERT_TRUE(spool->append(item("view.opened", view)));
    ASSERT_TRUE(spool->sync());
    std::string bytes = *disk.read(kPath);
    bytes[bytes.find('\n') + 1] = '#';
    disk.put(kPath, bytes);

    const auto opened = Spool::open(disk, clock, "s");

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
    EXPECT_NE(opened.error().message.find("line 2"), std::string::npos);
}

TEST_F(SpoolTest, CompactsWhatIsOldAndAcknowledgedButKeepsNumbersOpenViewsAndFreshTickets) {
    auto spool = open();
    ASSERT_TRUE(spool->append(item("view.opened", "still-open")));
    for (int i = 0; i < 4000; ++i) {
        ASSERT_TRUE(spool->append(item("view.opened", "v" + std::to_string(i))));
        ASSERT_TRUE(spool->append(item("view.closed", "v" + std::to_string(i))));
    }
    ASSERT_TRUE(spool->sync());
    const std::size_t before = disk.read(kPath)->size();
    spool->ack(spool->synced());
    clock.advance(151s);
    ASSERT_TRUE(spool->append(item("view.opened", "fresh")));

    ASSERT_TRUE(spool->sync());

    EXPECT_LT(disk.read(kPath)->size(), before / 100);
    spool = open();
    ASSERT_EQ(spool->items().size(), 2U);
    EXPECT_EQ(spool->items()[0].view.value, "still-open");
    EXPECT_EQ(spool->items()[1].n, 8002U);
    EXPECT_EQ(spool->next_n(), 8003U);
    EXPECT_EQ(spool->unacked().size(), 1U);
}

TEST_F(SpoolTest, LosesNothingWhenPowerFailsAtAnyStepOfACompaction) {
    for (std::uint64_t step = 0; step < 8; ++step) {
        disk = {};
        auto spool = open();
        for (int i = 0; i < 4500; ++i) {
            ASSERT_TRUE(
                spool->append(item(i % 2 == 0 ? "view.opened" : "view.closed", "v" + std::to_string(i / 2))));
        }
        ASSERT_TRUE(spool->sync());
        spool->ack(spool->synced());
        clock.advance(151s);
        ASSERT_TRUE(spool->append(item("view.opened", "kept")));
        disk.power_off_after(step);
        const bool synced = spool->sync().has_value();
        disk.crash(random);

        spool = open();

        ASSERT_TRUE(spool) << step;
        EXPECT_GE(spool->next_n(), synced ? 4502U : 4501U) << step;
        if (synced) {
            EXPECT_EQ(spool->items().back().view.value, "kept");
        }
    }
}

TEST_F(SpoolTest, NumbersPastWhatControlAlreadyHas) {
    auto spool = open();

    spool->ack(41);
    ASSERT_TRUE(spool->sync());

    EXPECT_EQ(*spool->append(item("view.opened", "v1")), 42U);
    ASSERT_TRUE(spool->sync());
    spool = open();
    EXPECT_EQ(spool->next_n(), 43U);
    EXPECT_EQ(spool->unacked().size(), 1U);
}

TEST_F(SpoolTest, TriesAFullDiskAgainAndLosesNothing) {
    auto spool = open();
    ASSERT_TRUE(spool->append(item("view.opened", "v1")));
    disk.disk_full(true);
    EXPECT_FALSE(spool->sync());
    EXPECT_FALSE(spool->broken());
    EXPECT_FALSE(spool->flush_due()) << "not in a hot loop";
    disk.disk_full(false);
    clock.advance(1s);

    EXPECT_TRUE(spool->flush_due());
    ASSERT_TRUE(spool->append(item("view.opened", "v2")));
    ASSERT_TRUE(spool->sync());

    spool = open();
    ASSERT_EQ(spool->items().size(), 2U);
    EXPECT_EQ(spool->items()[1].n, 2U);
}

TEST_F(SpoolTest, StopsForGoodAfterAFailedSync) {
    auto spool = open();
    ASSERT_TRUE(spool->append(item("view.opened", "v1")));
    disk.fail_sync(1);

    EXPECT_FALSE(spool->sync());

    EXPECT_TRUE(spool->broken());
    EXPECT_TRUE(spool->unacked().empty());
    EXPECT_FALSE(spool->append(item("view.opened", "v2")));
    EXPECT_FALSE(spool->flush_due());
}

}  // namespace
}  // namespace bongsu::view
