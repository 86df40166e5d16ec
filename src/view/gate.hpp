#pragma once
// The gate: the one place where a ticket becomes a view. No ticket, no frame; every view is in the spool.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "env/env.hpp"
#include "ticket/ticket.hpp"
#include "view/spool.hpp"
#include "view/state.hpp"

namespace bongsu::view {

enum class Way : std::uint8_t { whep, rtsp, fmp4, hls, snapshot };
std::string_view to_string(Way way);

/// What an open view may do. `height` 0 = no limit. `to` empty = until its grant is revoked.
struct Lease {
    ViewId view;
    GrantId grant;
    CameraId camera;
    std::string holder;
    int height = 0;
    std::string kind;  ///< "live" | "relay"
    WallTime opened_at{};
    std::optional<WallTime> to;
    std::uint64_t spool_n = 0;  ///< Number of its view.opened: see Spool::when_synced().
};

struct GateStats {
    std::uint64_t opened = 0, closed = 0, cut = 0, refused = 0;
    std::uint64_t refused_unrecorded = 0;  ///< Refusals beyond the bounds: without an item of their own, a sum has them.
};

/// Threads: the loop of the process. Owned by app/; outlives every view.
/// Bounds:  kUsedMax remembered tickets, kViewsMax open views; at either it refuses (exhausted). The record grows for ever, and
///          anybody can be refused: a refusal has its own item when one of our keys signed the ticket, kRefusalsPerSecond at most,
///          or is among the first kStrangersPerMinute of a minute. Of all others one item a minute says how many they were.
class Gate {
  public:
    static constexpr std::size_t kUsedMax = 200'000;
    static constexpr std::size_t kViewsMax = 20'000;
    static constexpr std::size_t kVerifiedMax = 4'096;
    static constexpr unsigned kRefusalsPerSecond = 100;
    static constexpr unsigned kStrangersPerMinute = 6;
    /// A ticket that expires later than this from now is refused: its use could not be remembered for long
    /// enough.
    static constexpr std::chrono::seconds kTicketLifeMax{120};
    using Cut = std::function<void(std::string reason)>;

    /// Takes used tickets and unclosed views of an earlier run from `spool`; the latter are closed there with
    /// reason "media restarted". Serves nothing before set_state().
    Gate(env::Env& env, Spool& spool);

    /// Replaces keys, origins, revocations and permitted relays; ends the views that these no longer allow.
    void set_state(const Desired& desired);
    /// Replaces what these grants may pull; ends the relays that they may not any more.
    void permit(const Relays& grants);
    /// Ends the views of these grants (of the listed cameras, or all) and refuses new ones.
    void revoke(const std::vector<Revoked>& grants);
    /// Replaces who has left their seat; ends the views of those who have.
    void set_off_duty(std::set<std::string> holders);

    /// Checks everything that open() checks and changes nothing; answers what the ticket claims.
    Result<ticket::Claims> check(std::string_view ticket, const CameraId& camera,
                                 std::string_view kind_wanted) const;
    /// Turns the ticket into a view and spools view.opened; a refusal spools view.refused.
    /// `kind_wanted`: "live", "relay", or empty for either. `remote` is "host:port", for the record.
    /// Errors: unauthenticated with the reason (forged, expired, used, foreign, revoked, window, relay not
    /// permitted), unavailable (no state or a broken spool: fail closed), exhausted (a bound above).
    Result<Lease> open(std::string_view ticket, const CameraId& camera, std::string_view kind_wanted, Way way,
                       std::string remote);
    /// Spools view.refused for a check() that failed, within the bounds; open() does so by itself.
    void record_refusal(std::string_view ticket, const CameraId& camera, Way way, const std::string& remote,
                        const Error& error);
    /// The owner of an open view says how it is ended. Called at most once; the owner calls close() in it or
    /// after. From that call on not a byte may be sent for the view. It may run inside set_state, revoke and
    /// tick.
    void on_cut(const ViewId& view, Cut cut);
    /// True while bytes may be sent for this view.
    bool allowed(const ViewId& view) const;
    /// Spools view.closed; unknown or already closed views are ignored.
    void close(const ViewId& view, std::string reason, std::uint64_t frames, std::uint64_t bytes);
    /// Ends views past their `to`, forgets old tickets and sums up refusals. Call at least each 250 ms.
    void tick(WallTime now);
    /// Spools how many were refused without an item of their own, if any; before the end, as tick() comes no more.
    void sum_up_refusals();

    bool has_state() const { return state_.has_value(); }
    /// Origins of desks that may use the media endpoints from a browser.
    const std::vector<std::string>& origins() const;
    std::size_t views() const { return views_.size(); }
    const GateStats& stats() const { return stats_; }
    Spool& spool() { return spool_; }

  private:
    struct View {
        Lease lease;
        std::string way, remote;
        Cut cut;
        bool is_cut = false;
    };
    struct State {
        SiteId site;
        ticket::Keys keys;
        std::vector<std::string> origins;
        Relays relays;
        std::set<std::string> off_duty;
        bool permits(const GrantId& grant, const CameraId& camera) const;
    };

    Result<ticket::Claims> evaluate(std::string_view ticket, const CameraId& camera,
                                    std::string_view kind_wanted, WallTime now) const;
    Result<ticket::Claims> read(std::string_view ticket) const;
    Result<void> check_grant(const ticket::Claims& claims, WallTime now) const;
    std::optional<std::string> revoked_reason(const GrantId& grant, const CameraId& camera) const;
    void remember_revoked(const Revoked& revoked);
    void cut(const ViewId& view, const std::string& reason);
    void forget(const Lease& lease);
    using ReasonOf = std::function<std::optional<std::string>(const Lease&)>;
    void cut_where(const ReasonOf& reason_of);
    void cut_of_grant(const GrantId& grant, const ReasonOf& reason_of);
    std::optional<std::string> forbidden_relay(const Lease& lease) const;
    std::optional<std::string> off_duty_reason(const std::string& holder) const;
    void use(std::string jti, WallTime until);
    Item item_of(const View& view, std::string kind, WallTime at) const;
    void sum_up_minute(MonoTime now);

    /// So many in so much time.
    struct Rate {
        MonoTime since{};
        unsigned taken = 0;
        bool takes(MonoTime now, std::chrono::seconds time, unsigned most);
    };

    env::Env& env_;
    Spool& spool_;

    std::optional<State> state_;
    std::map<GrantId, std::string> revoked_whole_;
    std::map<std::pair<GrantId, CameraId>, std::string> revoked_camera_;
    std::unordered_map<ViewId, View> views_;
    // Of the views: a revocation or an end looks at its own, not at all of them.
    std::multimap<GrantId, ViewId> by_grant_;
    std::set<std::pair<WallTime, ViewId>> ends_;
    // Claims of tickets whose signature held, by the tickets' SHA-256: who asks first and opens then pays for one
    // signature. Kept until the ticket is used or kVerifiedMax others came; the keys' change forgets all. And the last
    // that was no ticket of ours: its refusal is recorded next.
    mutable std::unordered_map<std::string, ticket::Claims> verified_;
    mutable std::deque<std::string> verified_order_;
    mutable std::optional<std::pair<std::string, Error>> unsigned_;
    std::set<std::string, std::less<>> used_;
    std::multimap<WallTime, std::string> used_until_;
    Rate refusals_, strangers_;
    std::uint64_t unlisted_ = 0;  ///< Refusals that no item has told yet.
    MonoTime unlisted_since_{};   ///< Of the first of them.
    GateStats stats_;
};

}  // namespace bongsu::view
