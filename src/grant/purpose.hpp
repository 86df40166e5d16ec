#pragma once
// Purposes: for what cameras are lent, as declarations.

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "identity/role.hpp"

namespace bongsu::config {
class Reader;
}

namespace bongsu::grant {

/// A legal basis and the day from which it holds, until the next one begins.
struct Basis {
    WallTime from;
    std::string text;
};

enum class HolderRule : std::uint8_t { requesting_agency, centre, person };

/// How cameras are chosen for it; the rule is "nearest-views" (coverage/choose.hpp).
struct CameraRule {
    std::size_t count = 6;
    double radius_m = 1000;
};

/// One declaration; purposes.toml describes the fields.
struct Purpose {
    std::string key, name_ko, name_en;
    std::vector<Basis> basis;  ///< By `from`; at least one.
    std::vector<std::string> events, opens_at_grades, agencies;
    std::vector<identity::Role> asked_by;
    HolderRule holder = HolderRule::requesting_agency;
    std::vector<identity::Role> roles;
    CameraRule cameras;
    std::vector<std::string> kinds;
    int height = 0;
    bool ptz = false;
    int persons = 1;
    std::chrono::minutes duration{0};

    /// The basis that holds at `time`; the first one before that.
    const std::string& basis_at(WallTime time) const;
    /// Whether an event of this type and from this agency may open it.
    bool triggered_by(std::string_view event_type, const AgencyId& agency) const;
    /// Whether such an event opens it without a person.
    bool opens_by_itself(std::string_view grade) const;
    bool may_be_asked_by(identity::Role role) const;
};

/// Immutable once loaded. Threads: any.
class Purposes {
  public:
    /// All errors at once, a line each, each with the purpose's key and the field: "112-emergency-video:
    /// minutes must be …". Unknown fields and keys that stand twice are errors. Bounds: 1 MiB, 200 purposes.
    static Result<Purposes> parse(std::string_view toml);
    /// The declarations that the program brings along.
    static const Purposes& defaults();

    const Purpose* find(std::string_view key) const;
    /// Those that an event of this type and agency may open, in the order of the file.
    std::vector<const Purpose*> for_event(std::string_view event_type, const AgencyId& agency) const;
    const std::vector<Purpose>& all() const { return purposes_; }
    /// These and `more`; of two with one key that of `more`.
    Purposes with(const std::vector<Purpose>& more) const;
    /// These without the ones that `keys` names.
    Purposes without(const std::vector<std::string>& keys) const;

  private:
    std::vector<Purpose> purposes_;
};

/// One declaration that stands in another file; what is wrong with it is gathered by `reader`, which reads `table`.
Purpose read_purpose(config::Reader& reader, const boost::json::object& table);

/// The text of purposes.toml.
std::string_view default_purposes();

}  // namespace bongsu::grant
