#pragma once
// A media process as its messages show it (ADR 0005): tickets become views, revocations end them, a synced
// spool tells of both.

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "env/env.hpp"
#include "ticket/ticket.hpp"

namespace bongsu::simulation {

/// Pictures are not modelled, who may see them is. Its disk is honest: what tick() synced survives crash().
class MediaModel {
  public:
    struct View {
        ticket::Claims claims;
        MonoTime renewed_at{};  ///< Of a relay: its lease is one second.
    };
    struct Pull {
        std::optional<ViewId> view;  ///< At the camera's own media; none while there is no picture.
        MonoTime asked_at{}, waits_since{};
    };
    /// The district's media process of a camera, while the network and that process allow it.
    using Neighbour = std::function<MediaModel*(const SiteId&)>;

    MediaModel(SiteId site, const env::Clock& clock, Neighbour neighbour)
        : site_(std::move(site)), clock_(clock), neighbour_(std::move(neighbour)) {}

    std::function<void(const boost::json::object&)>
        send;                    ///< To control; nothing arrives without a connection.
    std::function<void()> wake;  ///< There is something for a tick() to do.

    /// Doubles that break a rule, for the runs that have to be found out.
    bool deaf = false;       ///< To revocations.
    bool forgetful = false;  ///< Tells of what its disk does not have.

    void connected(const std::vector<std::string>& own_cameras);
    void disconnected();
    void take(const boost::json::object& message);
    void crash();
    void restart();
    /// Each 50 ms, while needs_tick(): the spool is synced and told, leases and windows end, relays are pulled and
    /// renewed.
    void tick();
    bool needs_tick() const {
        const bool tells = connected_ && told_ < static_cast<std::int64_t>(spool_.size());
        return alive_ && (unsaved_ || tells || !unsynced_.empty() || !views_.empty() || !pulls_.empty());
    }

    /// Answers why not, or nothing.
    std::optional<std::string> open(const std::string& ticket, const CameraId& camera,
                                    const std::string& kind);
    void close(const ViewId& view, const std::string& reason);
    /// A viewer closes the camera's oldest view.
    void close_one(const CameraId& camera);

    bool alive() const { return alive_; }
    const std::map<ViewId, View>& views() const { return views_; }
    /// What it pulls from other sites because somebody watches it.
    const std::map<CameraId, Pull>& pulls() const { return pulls_; }
    /// What control let it pull, by camera: whether it is another site's.
    const std::map<std::string, bool>& may_pull() const { return desired_.cameras; }
    /// When control's full state came over the connection that stands; none without one.
    std::optional<MonoTime> state_at() const { return state_at_; }
    const std::vector<boost::json::object>& spool() const { return spool_; }
    std::int64_t acknowledged() const { return acknowledged_; }
    std::uint64_t opened() const { return opened_; }
    std::uint64_t pulled() const { return pulled_; }

  private:
    struct Desired {
        bool known = false;
        ticket::Keys keys;
        std::map<std::string, bool> cameras;  ///< Id -> of another site.
        std::set<std::string> revoked;        ///< Grants.
        std::set<std::pair<std::string, std::string>> revoked_cameras, relays;
        std::set<std::string> off_duty;  ///< Holders who left their seats.
    };
    void take_state(const boost::json::object& message);
    void take_revocations(const boost::json::value& list);
    void take_off_duty(const boost::json::value& list);
    void take_relays(const boost::json::value& list);
    void take_relay_changes(const boost::json::value& list);
    void end_what_is_not_allowed();
    std::optional<std::string> refusal(const ticket::Claims& claims, const CameraId& camera,
                                       const std::string& kind) const;
    void spool_item(const std::string& kind, const ticket::Claims& claims, const std::string& reason);
    void tell();
    void pull_relays();
    void take_ticket(const boost::json::object& message);

    SiteId site_;
    const env::Clock& clock_;
    Neighbour neighbour_;
    bool alive_ = true, connected_ = false, unsaved_ = false;
    std::optional<MonoTime> state_at_;
    Desired desired_, saved_;
    std::map<ViewId, View> views_;
    std::map<CameraId, Pull> pulls_;
    std::set<std::string> used_, saved_used_;
    std::vector<boost::json::object> spool_, unsynced_;
    std::size_t synced_ = 0;  ///< Items of the spool that a crash leaves to a forgetful one.
    std::uint64_t ticks_ = 0;
    std::int64_t next_ = 1, told_ = 0, acknowledged_ = 0;
    std::uint64_t opened_ = 0, pulled_ = 0;
};

}  // namespace bongsu::simulation
