#pragma once
// A centre on a simulated disk with its people, two agencies and four incidents: one for each state that a
// grant can have from an agency's side.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/site/import_job.hpp"
#include "app/site/site.hpp"
#include "env/sim/sim_world.hpp"
#include "event/codec/scsns_writer.hpp"
#include "http/message.hpp"

namespace bongsu::policy {

using namespace std::chrono_literals;

/// Who asks. The order is that of the expectations' columns.
inline constexpr std::array<std::string_view, 8> kCallers{"anonymous", "operator", "police",  "supervisor",
                                                          "official",  "admin",    "room112", "room119"};

/// One incident and its grants, as the 112 room stands to it.
struct Case {
    std::string incident;
    std::string grant;         ///< The agency's; an id that nobody gave out where there is none.
    std::string centre_grant;  ///< The centre's operators'; the same.
};

/// What stands round the centre besides its one camera.
struct Ground {
    std::string cameras;  ///< Lines of a catalogue.
    std::string roads;    ///< roads.geojsonl; none when empty.
};

class World {
  public:
    /// `partners`, `joining`: the centre's partners.toml and joining.toml; none when empty.
    explicit World(std::string_view partners = {}, const device::Box& area = app::kDemonstrationArea, std::string_view joining = {}, const Ground& ground = {});

    http::Response ask(std::string_view caller, http::Request request);
    http::Response ask(std::string_view caller, const std::string& method, const std::string& path,
                       const boost::json::object& body = {}, std::map<std::string, std::string> headers = {});
    /// A message of the 112 room's system.
    void room112_calls(const std::string& number, const std::string& grade, const std::string& state);
    app::Outputs run(app::Input input);
    /// Bytes on a partner's own port; answers what the partner hears.
    std::string tell(const std::string& profile, std::string bytes);
    /// A JSON message of the 112 room's system, with the session key.
    boost::json::object room112_sends(const event::scsns::WriterEvent& event);
    /// While held, imports wait as they would for a busy worker; then all that wait are read before any is
    /// ended.
    void hold_imports(bool hold);
    void read_held_imports();
    void end_held_imports();
    /// After a session's life.
    void log_in_again(std::string_view caller) { tokens_[std::string(caller)] = log_in(caller); }
    UserId user(std::string_view caller) const { return {users_.find(caller)->second}; }
    const std::string& token(std::string_view caller) const { return tokens_.find(caller)->second; }
    /// The process ends and comes back on the same disk; who was logged in is so no more. With `copy` the site has one in
    /// another database, which stands as that says.
    void restart(std::shared_ptr<const app::CopyState> copy = {});

    std::uint64_t entries() { return site_->book().journal().committed_seq(); }
    /// How many entries of this kind the journal holds.
    std::size_t entries_of(const std::string& kind);
    app::Site& site() { return *site_; }
    env::sim::SimClock& clock() { return clock_; }
    env::sim::SimDisk& disk() { return disk_; }
    const std::string& camera() const { return camera_; }
    const std::string& partner_key() const { return partner_key_; }

    Case own_live, none, others_live, own_ended;

  private:
    void found(std::string_view partners, const device::Box& area, std::string_view joining, const Ground& ground);
    void enter(std::string_view caller, identity::Role role, const std::string& agency);
    void plan_duty();
    std::string log_in(std::string_view caller);
    Case case_of(const std::string& number);
    std::string incident_of(const std::string& number);

    env::sim::SimClock clock_{from_us(1'790'000'000'000'000)};
    env::sim::SimRandom random_{7};
    env::sim::SimDisk disk_;
    env::Env env_{clock_, random_, disk_};
    std::unique_ptr<app::Site> site_;
    std::vector<std::shared_ptr<app::ImportJob>> held_imports_;
    bool holds_imports_ = false;
    std::map<std::string, std::string, std::less<>> passwords_, tokens_, users_;
    std::string camera_{"11000-0001"}, api_key_, partner_key_;
};

/// A ULID in form that nobody gave out.
inline constexpr std::string_view kUnknownId = "01K0000000000000000000000Z";

http::Request request_of(std::string method, std::string path, std::string body = {});
boost::json::object body_of(const http::Response& response);

}  // namespace bongsu::policy
