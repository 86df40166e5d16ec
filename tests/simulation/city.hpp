#pragma once
// One world: a centre and 25 joined districts, each on a machine of its own (clock, disk), with links that break.

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
inline constexpr std::size_t kDistricts = 25;

/// A double that breaks a rule on purpose: a run with one has to be found out.
enum class Sabotage : std::uint8_t {
    none,
    disks_lie,         ///< Syncs do nothing: answers leave before anything is durable.
    media_deaf,        ///< Media does not hear of a grant's end.
    media_forgetful,   ///< Media tells of spool items that its disk does not have.
    links_lose,        ///< A connection loses messages and stands.
    partner_jumps,     ///< A partner sends its messages in another order than it says.
};

struct SimSettings {
    std::uint64_t seed = 1;
    Sabotage sabotage = Sabotage::none;
    /// Of the seed's faults, by their number, those that happen; empty: all. For shrinking a failing run.
    std::optional<std::vector<std::size_t>> only_faults = {};
    bool rare_branches = true;  ///< Whether env::Buggify takes any.
};

/// One site: its control process as app::Site on its own disk, its media process as messages.
struct Node {
    Node(SiteId name, const env::sim::SimClock& world, std::uint64_t seed)
        : id(std::move(name)), clock(world), random(seed), rare(seed), env{clock, random, disk, &rare} {}
    SiteId id;
    NodeClock clock;
    env::sim::SimRandom random;
    env::sim::SimDisk disk;
    env::sim::SimBuggify rare;
    env::Env env;
    /// Accounts outlive their process, as a file would; folds do at times, and are made anew from the journal at others.
    std::shared_ptr<sql::Db> accounts, folds;
    std::unique_ptr<app::Site> site;  ///< Null while the control process is dead.
    std::uint64_t life = 0;           ///< One more each time that it dies.
    std::vector<app::Input> waiting;
    std::optional<app::Outputs> written;  ///< Of the batch before, which waits for its sync.
    bool turn_planned = false, media_tick_planned = false;
    std::optional<MonoTime> tick_at;  ///< When its next tick comes.
    bool killed_at_next_turn = false;
    bool disk_is_full = false;
    std::function<void()> at_next_erasure;  ///< Called once, before the batch that orders one.
    std::function<void()> at_next_try;      ///< Called once, when a message leaves for a partner.
    MonoTime slow_until{};  ///< Until then its store needs long for each batch.
    MonoTime clock_stepped_at{};
    std::unique_ptr<MediaModel> media;
    std::unique_ptr<Link> media_link, bus_link;  ///< The bus link of a district goes to the centre.
    std::vector<std::string> cameras;
    double lon = 0, lat = 0;  ///< Its middle.
    SiteWatch watch;
};

struct Person {
    std::string login, password, api_key;
    identity::Role role;
    AgencyId agency;
    SiteId site{"11000"};  ///< Where the account is.
};

/// The city. Who uses it is in people.hpp and partners.hpp, what happens to it in faults.hpp.
class SimCity {
  public:
    explicit SimCity(SimSettings settings);
    void run();

    /// Hears of each message that the centre lets go to a partner.
    std::function<void(outbound::Try)> on_try;

    using Done = std::function<void(std::optional<http::Response>)>;
    /// To the centre, or to `node`; `done` is called once, with nothing when no answer came in time.
    void request(http::Request request, Done done) { request_of(centre(), std::move(request), std::move(done)); }
    void request_of(Node& node, http::Request request, Done done);
    /// A message from a partner's own port to the centre; `done` hears its answer, or never anything.
    void partner_says(const std::string& profile, std::string bytes, const event::Refusal& framing,
                      std::function<void(std::string)> done);
    Node& centre() { return *nodes_.front(); }
    /// An account that is made at its site's first start; answers its place in person().
    std::size_t enrol(Person person);
    Person& person(std::size_t index) { return people_[index]; }

    /// The districts, by their place in nodes(), where this run's calls come from.
    const std::vector<std::size_t>& busy() const { return busy_; }
    const SimSettings& settings() const { return settings_; }
    Schedule& schedule() { return schedule_; }
    Chance& chance() { return chance_; }
    Oracle& oracle() { return oracle_; }
    Trace& trace() { return trace_; }
    env::sim::SimClock& clock() { return clock_; }
    const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
    std::uint64_t deaths() const { return deaths_; }

    /// Its memory is gone, its connections fall; with the power also what its disk had not synced.
    void die(Node& node, bool power_fails);
    void post(Node& node, app::Input input);
    /// All clocks go on by more than two years: what is kept for so long is old now.
    void let_years_pass();
    bool years_passed() const { return years_passed_; }
    /// Everything is mended, and no rare branch is taken any more.
    void heal();

  private:
    void found();
    void found(Node& node, std::size_t index);
    void wire(Node& node);
    app::SiteInfo info_of(const Node& node, const app::SiteKey& ticket, const app::SiteKey& checkpoint) const;
    Link::End control_end(Node& node, const app::Input& up, const app::Input& down,
                          std::function<app::Input(const boost::json::object&)> wrap);
    void open(Node& node);
    Result<void> enter_people(Node& node);
    void turn(Node& node);
    void release(Node& node, app::Outputs out);
    /// False when the node died of it.
    bool release_written(Node& node);
    void begin_links_anew(Node& node);
    void plan_tick(Node& node, Span delay);
    void tick(Node& node);
    void plan_media_tick(Node& node);
    void look_round();

    SimSettings settings_;
    env::sim::SimClock clock_;
    Chance chance_;
    Schedule schedule_;
    Trace trace_;
    Oracle oracle_;
    app::City city_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Person> people_;
    std::vector<std::size_t> busy_;
    std::uint64_t deaths_ = 0, looks_ = 0;
    bool years_passed_ = false;
};

}  // namespace bongsu::simulation
