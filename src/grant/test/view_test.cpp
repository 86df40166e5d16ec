#include "grant/test/desk.hpp"

namespace bongsu::grant {
namespace {

using identity::Role;

class ViewTest : public GrantTest {
  protected:
    Grant grant = issued();
    Minted minted = try_mint(person(Role::agency), grant.id).value();

    ViewReport report(std::int64_t n, std::string kind) {
        ViewReport item;
        item.n = n;
        item.kind = std::move(kind);
        item.view = minted.claims.view;
        item.grant = grant.id;
        item.camera = minted.claims.camera;
        item.holder = "U1";
        item.at = now();
        item.way = "whep";
        item.ticket_kind = "live";
        item.remote = "127.0.0.1:5000";
        item.source = kDistrict;
        return item;
    }
    Result<bool> record(const ViewReport& item) {
        return site.in_batch([&] { return record_view(*site.book, item); });
    }
    View view() { return find_view(*site.db, minted.claims.view).value(); }
};

TEST_F(ViewTest, TheRecordTellsWhoSawWhatFromWhenToWhenAndWhy) {
    EXPECT_FALSE(view().opened_at);
    const auto opened = now();
    EXPECT_TRUE(*record(report(1, "view.opened")));
    EXPECT_EQ(view().opened_at, opened);
    EXPECT_FALSE(view().closed_at);
    site.world.clock.advance(std::chrono::seconds(20));
    auto closed = report(2, "view.closed");
    closed.reason = "grant ended";
    closed.frames = 300;
    closed.bytes = 4'000'000;
    EXPECT_TRUE(*record(closed));
    const auto row = view();
    EXPECT_EQ(row.user, "U1");
    EXPECT_EQ(row.agency, "P1100000000");
    EXPECT_EQ(row.camera.value, "11440-1001");
    EXPECT_EQ(row.closed_at, opened + std::chrono::seconds(20));
    EXPECT_EQ(row.purpose, "112-emergency-video");
    EXPECT_EQ(row.basis, grant.basis);
    EXPECT_EQ(row.incident, "INCIDENT1");
    EXPECT_EQ(row.way, "whep");
    EXPECT_EQ(row.frames, 300);
    EXPECT_EQ(row.bytes, 4'000'000);
    EXPECT_EQ(row.reason, "grant ended");
    expect_pure();
}

TEST_F(ViewTest, AnItemCountsOnceHoweverOftenMediaRepeatsIt) {
    EXPECT_TRUE(*record(report(1, "view.opened")));
    EXPECT_FALSE(*record(report(1, "view.opened")));
    auto closed = report(2, "view.closed");
    EXPECT_TRUE(*record(closed));
    EXPECT_FALSE(*record(report(1, "view.opened")));
    EXPECT_FALSE(*record(closed));
    EXPECT_EQ(entries("view.opened").size(), 1U);
    EXPECT_EQ(entries("view.closed").size(), 1U);
    auto elsewhere = report(1, "view.refused");
    elsewhere.source = kCentre;
    EXPECT_TRUE(*record(elsewhere));
}

TEST_F(ViewTest, TheFoldItselfTakesAnItemOnce) {
    auto closed = report(2, "view.closed");
    closed.frames = 300;
    EXPECT_TRUE(*record(closed));
    auto payload = entries("view.closed").at(0).payload;
    payload["frames"] = 0;
    EXPECT_TRUE(site.in_batch([&] { return site.book->append({"view.closed", "site:11440", {}, payload}); }));
    EXPECT_EQ(view().frames, 300);
    expect_pure();
}

TEST_F(ViewTest, ASpoolThatBeganAnewIsNotTakenForARepeat) {
    EXPECT_TRUE(*record(report(1, "view.opened")));
    site.world.clock.advance(std::chrono::seconds(1));
    auto other = report(1, "view.closed");
    EXPECT_TRUE(*record(other));
    EXPECT_TRUE(view().closed_at);
    EXPECT_FALSE(*record(other));
    expect_pure();
}

TEST_F(ViewTest, ARefusalLeavesTheViewAsItIs) {
    EXPECT_TRUE(*record(report(1, "view.opened")));
    auto refused = report(2, "view.refused");
    refused.reason = "ticket was used";
    EXPECT_TRUE(*record(refused));
    EXPECT_FALSE(view().closed_at);
    EXPECT_EQ(view().reason, "");
    EXPECT_EQ(site.db->query("select reason from views_refused").value()[0].text(0), "ticket was used");
    ViewReport bare;
    bare.n = 3;
    bare.kind = "view.refused";
    bare.at = now();
    bare.source = kDistrict;
    bare.reason = "ticket is malformed";
    EXPECT_TRUE(*record(bare));
    EXPECT_FALSE(entries("view.refused").back().payload.contains("count"));
    expect_pure();
}

TEST_F(ViewTest, ARefusalThatStandsForManySaysForHowMany) {
    boost::json::object item{{"n", 1}, {"kind", "view.refused"}, {"at", to_rfc3339(now())}, {"reason", "not listed one by one"}, {"count", 494}};
    EXPECT_TRUE(*record(parse_view_report(item, kDistrict).value()));
    EXPECT_EQ(entries("view.refused").back().payload.at("count"), 494);
    item["count"] = -1;
    EXPECT_EQ(parse_view_report(item, kDistrict).error().message, "view report: count must be a number of refusals");
    item["kind"] = "view.closed";
    item["count"] = 2;
    EXPECT_FALSE(parse_view_report(item, kDistrict));
    expect_pure();
}

TEST_F(ViewTest, ARelaysViewBeginsWithItsOpening) {
    auto relay = report(1, "view.opened");
    relay.view.value = "RELAYVIEW";
    relay.holder = "site:11000";
    relay.ticket_kind = "relay";
    EXPECT_TRUE(*record(relay));
    const auto row = find_view(*site.db, {"RELAYVIEW"}).value();
    EXPECT_EQ(row.user, "");
    EXPECT_EQ(row.holder, "site:11000");
    EXPECT_EQ(row.kind, "relay");
    EXPECT_EQ(row.incident, "INCIDENT1");
    expect_pure();
}

TEST_F(ViewTest, ADistrictKeepsCopiesOfWhatTheCentreWrote) {
    EXPECT_TRUE(*record(report(1, "view.opened")));
    auto closed = report(2, "view.closed");
    closed.frames = 7;
    EXPECT_TRUE(*record(closed));
    identity::TestSite district(folds());
    const auto copy_all = [&] {
        std::size_t fresh = 0;
        for (const auto& entry : site.entries()) {
            if (!entry.kind.starts_with("view.")) continue;
            const auto copied = district.in_batch(
                [&] { return record_copied(*district.book, kCentre, entry.kind, entry.payload); });
            EXPECT_TRUE(copied) << copied.error().message;
            fresh += *copied ? 1 : 0;
        }
        return fresh;
    };
    EXPECT_EQ(copy_all(), 3U);
    EXPECT_EQ(copy_all(), 0U);
    const auto row = find_view(*district.db, minted.claims.view).value();
    EXPECT_EQ(row.user, "U1");
    EXPECT_EQ(row.frames, 7);
    EXPECT_EQ(row.purpose, "112-emergency-video");
    EXPECT_TRUE(row.opened_at && row.closed_at);
    const auto bad = district.in_batch([&] {
        return record_copied(*district.book, kCentre, "view.permitted", {{"view", "V"}, {"grant", "G"}});
    });
    EXPECT_EQ(bad.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(
        district.in_batch([&] { return record_copied(*district.book, kCentre, "incident.opened", {}); }));
}

TEST_F(ViewTest, ReportsAreReadStrictly) {
    const auto good = boost::json::object{
        {"n", 1},        {"kind", "view.opened"}, {"view", "V"},   {"grant", "G"},
        {"camera", "C"}, {"holder", "U"},         {"way", "whep"}, {"at", "2026-01-01T00:00:01.000002Z"}};
    ASSERT_TRUE(parse_view_report(good, kDistrict));
    EXPECT_EQ(to_rfc3339(parse_view_report(good, kDistrict)->at), "2026-01-01T00:00:01.000002Z");
    const std::pair<std::string_view, boost::json::value> cases[] = {
        {"n", 0},
        {"n", "1"},
        {"kind", "view.seen"},
        {"view", ""},
        {"camera", 7},
        {"at", "x"},
        {"at", 0},
        {"holder", boost::json::string(65, 'a')},
        {"frames", -1},
        {"remote", boost::json::string(301, 'a')}};
    for (const auto& [field, value] : cases) {
        auto bad = good;
        bad[field] = value;
        const auto parsed = parse_view_report(bad, kDistrict);
        ASSERT_FALSE(parsed) << field;
        EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
        EXPECT_NE(parsed.error().message.find(field), std::string::npos) << parsed.error().message;
    }
}

TEST_F(ViewTest, TheRecordIsFoundByIncidentCameraUserAndAgency) {
    site.world.clock.advance(std::chrono::seconds(1));
    const auto desk = issued("operator-incident");
    const auto second = try_mint(person(Role::operator_, "U2"), desk.id, 2).value();
    const auto count = [&](const ViewFilter& filter) {
        return views_of(*site.db, filter).value().items.size();
    };
    ViewFilter filter;
    EXPECT_EQ(count(filter), 2U);
    filter.incident = kIncident;
    EXPECT_EQ(count(filter), 2U);
    filter.agency = kPolice112;
    EXPECT_EQ(count(filter), 1U);
    filter = {};
    filter.camera = cameras({2})[0];
    EXPECT_EQ(views_of(*site.db, filter)->items.at(0).id, second.claims.view);
    filter = {};
    filter.user = UserId{"U2"};
    EXPECT_EQ(count(filter), 1U);
    filter = {};
    filter.limit = 1;
    auto page = views_of(*site.db, filter).value();
    EXPECT_EQ(page.items.at(0).id, second.claims.view);
    filter.before = page.next;
    page = views_of(*site.db, filter).value();
    EXPECT_EQ(page.items.at(0).id, minted.claims.view);
    EXPECT_EQ(page.next, "");
}

}  // namespace
}  // namespace bongsu::grant
