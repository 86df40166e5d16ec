#pragma once
// A site with the folds of this room, people and a grant, for its tests.

#include "device/test/lines.hpp"
#include "grant/fold.hpp"
#include "grant/mint.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "grant/views.hpp"
#include "identity/test/site.hpp"

namespace bongsu::grant {

inline const SiteId kCentre{"11000"};
inline const SiteId kDistrict{"11440"};
inline const AgencyId kPolice112{"P1100000000"};
inline const AgencyId kCity{"B1100000000"};
inline const IncidentId kIncident{"INCIDENT1"};
inline const EventId kEvent{"EVENT1"};

inline std::vector<std::unique_ptr<journal::Fold>> folds() {
    std::vector<std::unique_ptr<journal::Fold>> all;
    all.push_back(std::make_unique<GrantsFold>());
    all.push_back(std::make_unique<ViewsFold>());
    return all;
}

inline identity::Session person(identity::Role role, std::string id = "U1") {
    identity::Session session;
    session.user.value = std::move(id);
    session.role = role;
    session.site = kCentre;
    session.agency = role == identity::Role::agency ? kPolice112 : kCity;
    return session;
}

inline std::vector<CameraId> cameras(std::initializer_list<int> numbers) {
    std::vector<CameraId> ids;
    for (const int number : numbers) ids.push_back({"11440-" + std::to_string(1000 + number)});
    return ids;
}

class GrantTest : public testing::Test {
  protected:
    identity::TestSite site{folds()};
    TicketKey key{"11000-t1", crypto::key_pair_of_seed(std::string(32, 's')).value()};

    WallTime now() const { return site.world.clock.wall(); }

    GrantRequest request(std::string purpose = "112-emergency-video") {
        GrantRequest wanted;
        wanted.actor = "site:11000";
        wanted.holder.agency = purpose == "112-emergency-video" ? kPolice112 : kCity;
        wanted.purpose = std::move(purpose);
        wanted.incident = kIncident;
        wanted.event = kEvent;
        wanted.cameras = cameras({1, 2, 3});
        return wanted;
    }
    Result<Grant> try_issue(const GrantRequest& wanted) {
        return site.in_batch([&] { return issue(*site.book, Purposes::defaults(), wanted); });
    }
    Grant issued(std::string purpose = "112-emergency-video") {
        return try_issue(request(std::move(purpose))).value();
    }

    Result<Minted> try_mint(const identity::Session& session, const GrantId& grant, int camera = 1,
                            std::string kind = "live") {
        TicketRequest wanted{grant, cameras({camera})[0], std::move(kind), 0, {}, {}};
        if (wanted.kind == "playback") {
            wanted.from = now() - std::chrono::hours(1);
            wanted.to = now();
        }
        return site.in_batch(
            [&] { return mint(*site.book, session, wanted, key, kDistrict, kCentre, now()); });
    }

    std::vector<journal::Entry> entries(std::string_view kind) {
        std::vector<journal::Entry> found;
        for (auto& entry : site.entries()) {
            if (entry.kind == kind) found.push_back(entry);
        }
        return found;
    }
    /// Folds that are replayed equal the live ones.
    void expect_pure() { EXPECT_EQ(site.book->fingerprint().value(), site.book->rebuild().value()); }
};

}  // namespace bongsu::grant
