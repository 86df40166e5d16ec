#pragma once
// A centre with two districts on simulated disks: persons of every kind, incidents and grants of every owner and state, and
// a word in each of them that stands nowhere else.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/site/site.hpp"
#include "env/sim/sim_world.hpp"
#include "event/codec/scsns_writer.hpp"
#include "http/message.hpp"
#include "law.hpp"

namespace bongsu::authorisation {

using namespace std::chrono_literals;

inline const SiteId kCentre{"11000"}, kDistrict{"11440"}, kOtherDistrict{"11200"};
/// Of the law's letters 'P', 'F' and 'J': the codes under which they are known.
std::string code_of(char agency);

/// A grant that stands in the town.
struct GrantHere {
    std::string id, name;      ///< "live/P"
    std::string incident;      ///< Name of its incident; empty for one of duty.
    std::string holders;       ///< "P", "F", or empty: the centre's or one of its persons'.
};

class Town {
  public:
    Town();

    /// Everything but the journal is in the answer's hands: outputs are released as the process would.
    app::Outputs run(app::Site& site, app::Input input);
    app::Outputs run(app::Input input) { return run(*centre_, std::move(input)); }
    http::Response ask(http::Request request);
    /// As a person of the centre.
    http::Response ask(char person, http::Request request);
    http::Response ask(char person, const std::string& method, const std::string& path, const boost::json::object& body = {});
    /// At a district, with any token.
    http::Response ask_district(http::Request request);

    /// Sees what each batch puts out.
    std::function<void(const app::Outputs&)> watch = {};

    app::Site& centre() { return *centre_; }
    app::Site& district() { return *district_; }
    env::sim::SimClock& clock() { return clock_; }
    env::Env& env() { return env_; }

    const std::string& token(char person) const { return tokens_.at(person); }
    const std::string& user(char person) const { return users_.at(person); }
    std::string log_in(char person);
    /// Of a person of the district with this letter.
    const std::string& district_token(char person) const { return district_tokens_.at(person); }
    /// By the name of the law's incident.
    const std::string& incident(const std::string& name) const { return incidents_.at(name); }
    /// The camera beside it.
    std::string camera(const std::string& name) const { return cameras_.at(name); }
    const std::vector<GrantHere>& grants() const { return grants_; }
    /// {shift}, {crew}, {import}, {shortcoming}, {raw}, …: the same for every incident.
    const std::map<std::string, std::string>& values() const { return values_; }
    /// Each with whom it is for.
    const std::vector<std::pair<Secret, std::string>>& secrets() const { return secrets_; }
    /// Credentials that are nobody's session here: by what they pretend to be.
    const std::map<std::string, std::string>& false_tokens() const { return false_tokens_; }
    const std::string& still() const { return still_; }
    const std::string& partner_key() const { return partner_key_; }

    /// A grant by the verb, as the river would issue it.
    std::string issue(const std::string& holder, const std::string& incident, const std::vector<std::string>& cameras, std::string_view kinds,
                      std::optional<std::chrono::minutes> from = {}, std::chrono::minutes long_for = 60min);
    void end_grant(const std::string& id, const std::string& how);
    /// A message of the 112 room's system.
    void room112_says(const std::string& name, const std::string& grade, const std::string& state, const std::string& text = {});

  private:
    void found();
    std::unique_ptr<app::Site> open(const SiteId& id, const std::string& catalogue);
    identity::CreatedAccount account(app::Site& site, const std::string& login, char person, const SiteId& of);
    std::string log_in(app::Site& site, const std::string& login, const std::string& password);
    void enter_people();
    void connect();
    void tell_incidents();
    void lend();
    void leave_words();
    void room119_says(const std::string& name, const std::string& grade, const std::string& at = {});
    void find_incident(const std::string& name, const std::string& number);
    void gather_grants();
    void secret(const std::string& name, const std::string& word, const std::string& may) { secrets_.push_back({{name, may}, word}); }

    env::sim::SimClock clock_{from_us(1'790'000'000'000'000)};
    env::sim::SimRandom random_{19};
    env::sim::SimDisk disk_;
    env::Env env_{clock_, random_, disk_};
    app::City city_;
    std::unique_ptr<app::Site> centre_, district_;
    std::map<char, std::string> tokens_, users_, passwords_, logins_, district_tokens_;
    std::map<std::string, std::string> incidents_, cameras_, values_, false_tokens_;
    std::vector<GrantHere> grants_;
    std::vector<std::pair<Secret, std::string>> secrets_;
    std::string api_key_, partner_key_, still_;
    std::int64_t revision_ = 0;
};

/// "Zq" and the name in letters: found nowhere but where it was put.
std::string word_of(const std::string& what, const std::string& name);

}  // namespace bongsu::authorisation
