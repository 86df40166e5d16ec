#pragma once
// One world: a centre and three joined districts over one clock, each on a disk of its own, with links that
// break.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/site/site.hpp"
#include "link.hpp"
#include "media_model.hpp"
#include "oracle.hpp"
#include "world.hpp"

namespace bongsu::simulation {

inline constexpr auto kRunLength = 300s;
inline constexpr auto kHealedAt = 270s;

struct SimSettings {
    std::uint64_t seed = 1;
    bool disks_lie = false;  ///< Syncs do nothing: the invariants must notice.
};

/// One site: its control process as app::Site on its own disk, its media process as messages.
struct Node {
    Node(SiteId name, env::Clock& clock, std::uint64_t seed)
        : id(std::move(name)), random(seed), env{clock, random, disk} {}
    SiteId id;
    env::sim::SimRandom random;
    env::sim::SimDisk disk;
    env::Env env;
    std::unique_ptr<app::Site> site;  ///< Null while the control process is dead.
    std::uint64_t life = 0;           ///< One more each time that it dies.
    std::vector<app::Input> waiting;
    bool turn_planned = false;
    bool killed_at_next_turn = false;
    bool disk_is_full = false;
    std::unique_ptr<MediaModel> media;
    std::unique_ptr<Link> media_link, bus_link;  ///< The bus link of a district goes to the centre.
    std::vector<std::string> cameras;
    SiteWatch watch;
};

struct Person {
    std::string login, password, api_key;
    identity::Role role;
    AgencyId agency;
};

/// The city with its faults. Who uses it is in people.hpp.
class SimCity {
  public:
    explicit SimCity(SimSettings settings);
    void run();

    using Done = std::function<void(std::optional<http::Response>)>;
    /// To the centre; `done` is called once, with nothing when no answer came in time.
    void request(http::Request request, Done done);
    Node& centre() { return *nodes_.front(); }
    Person& person(std::size_t index) { return people_[index]; }

    Schedule& schedule() { return schedule_; }
    Chance& chance() { return chance_; }
    Oracle& oracle() { return oracle_; }
    Trace& trace() { return trace_; }
    env::sim::SimClock& clock() { return clock_; }
    const std::vector<std::string>& faults() const { return faults_; }
    const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
    std::uint64_t deaths() const { return deaths_; }

  private:
    void found();
    void wire(Node& node);
    void open(Node& node);
    Result<void> enter_people(Node& node);
    void post(Node& node, app::Input input);
    void turn(Node& node);
    void release(Node& node, app::Outputs out);
    void die(Node& node, bool power_fails);
    void begin_links_anew(Node& node);
    void every(Span period, std::function<void()> what);
    void plan_faults();
    void fault(unsigned kind);
    void lose_power(Node& node);
    void heal();
    Node& any_node() { return *nodes_[chance_.below(nodes_.size())]; }

    SimSettings settings_;
    env::sim::SimClock clock_;
    Chance chance_;
    Schedule schedule_;
    Trace trace_;
    Oracle oracle_;
    app::City city_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Person> people_;
    std::vector<std::string> faults_;
    std::uint64_t deaths_ = 0;
};

}  // namespace bongsu::simulation
