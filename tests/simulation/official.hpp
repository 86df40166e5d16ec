#pragma once
// Who has the law's erasures done at a site: of an incident that has ended, of single entries, or of all that is old.

#include <string>
#include <vector>

#include "city.hpp"

namespace bongsu::simulation {

class Official {
  public:
    Official(SimCity& city, Node& node);

  private:
    void again();
    void step();
    void log_in();
    void order_incident();
    void order_entries();
    /// Whatever is older than a time, a piece after the other.
    void order_by_age();
    void order_older(WallTime before, std::uint64_t after, int more);
    /// Whether the law lets it go today.
    bool may_go(const SiteWatch::Content& content) const;
    /// The request goes out once, and again under the eyes of who got no answer.
    void order(boost::json::object what, const std::string& incident, int more);

    SimCity& city_;
    Node& node_;
    Chance chance_;
    std::size_t person_;
    std::string token_, remote_;
    std::uint64_t logins_ = 0;
};

}  // namespace bongsu::simulation
