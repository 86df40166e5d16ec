#pragma once
// Who looks at the city: operators, the police officer, the agency's own screen.

#include <map>
#include <string>

#include "city.hpp"

namespace bongsu::simulation {

/// A person at a screen: logs in, reads, acts, looks through cameras, leaves.
class Viewer {
  public:
    Viewer(SimCity& city, std::size_t person)
        : city_(city), chance_(city.chance().fork()), person_(person) {
        again();
    }

  private:
    void again();
    void step();
    void log_in();
    void leave_seat();
    void write_log();
    void find(const std::string& camera);
    void choose_incident();
    void act_on(const std::string& incident, const std::string& state);
    void work_on(const std::string& incident);
    void merge(const std::string& incident);
    void act(const std::string& incident, const std::string& name, const std::string& outcome);
    void try_act(http::Request request, const std::string& said, int more);
    void choose_grant(const std::string& incident);
    void end_grant(const std::string& grant);
    void ask_ticket(const std::string& grant, const std::string& camera);
    void use(const std::string& ticket, const std::string& camera);
    std::string words(std::string_view what);
    /// With the token; a 401 forgets it, anything but `status` ends the step.
    void ask(const std::string& method, const std::string& path, boost::json::object body,
             std::map<std::string, std::string> query, int status,
             std::function<void(const boost::json::object&)> then);

    SimCity& city_;
    Chance chance_;
    std::size_t person_;
    std::string token_, remote_;
    std::uint64_t acts_ = 0, logins_ = 0, words_ = 0;
};

}  // namespace bongsu::simulation
