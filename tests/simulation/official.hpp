#pragma once
// Who has the law's erasures done: of an incident that has ended, or of single entries.

#include <string>
#include <vector>

#include "city.hpp"

namespace bongsu::simulation {

class Official {
  public:
    explicit Official(SimCity& city);

  private:
    void again();
    void step();
    void log_in();
    void order_incident();
    void order_entries();
    /// The request goes out once, and again under the eyes of who got no answer.
    void order(boost::json::object what, const std::string& incident, int more);

    SimCity& city_;
    Chance chance_;
    std::size_t person_;
    std::string token_, remote_;
    std::uint64_t logins_ = 0;
};

}  // namespace bongsu::simulation
