#pragma once
// From a person's word to a camera's head: leases, what media is asked, what it answers.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/site/site.hpp"
#include "ptz/heads.hpp"
#include "ptz/http.hpp"

namespace bongsu::app {

struct Call;

/// What the site knows of turned cameras beside the record: the heads, and the questions that media has not answered.
/// Ownership: the site's, which outlives it.
/// Threads:   the store thread.
/// Bounds:    kAskedMost questions, kAskedOfOne of one camera; the next one is told to come again.
class Turning {
  public:
    static constexpr std::size_t kAskedMost = 256, kAskedOfOne = 8;

    explicit Turning(Site& site) : site_(site) {}

    http::Response show(const Call& call);
    http::Response take(Call& call);
    http::Response release(Call& call);
    /// Their answers come from media. A move and its repeats, a stop, a preset, the way home, the list of presets.
    using Later = std::optional<http::Response>;
    Later move(Call& call);
    Later stop(Call& call);
    Later preset(Call& call);
    Later home(Call& call);
    Later presets(Call& call);

    /// Which cameras media can turn: of its `hello`.
    void learn(const boost::json::object& message);
    /// Media's `turned`.
    void answered(const boost::json::object& message, Outputs& out);
    void media_gone(Outputs& out);

    /// Behind a batch's verbs: leases whose grant or seat ended with it.
    void follow(Outputs& out);
    /// Questions that nobody answered; also while nothing can be written.
    void give_up(Outputs& out);
    /// Moves that nobody repeated, leases that nobody used.
    void tick(Outputs& out);
    /// For the live stream: who has the camera now, and what became of who had it.
    void publish(const journal::Entry& entry, Outputs& out);
    /// Nothing of the batch happened.
    void lose();

    std::size_t asked() const { return asked_.size(); }
    std::uint64_t unanswered_total() const { return unanswered_total_; }

  private:
    struct Asked {
        CameraId camera;
        std::string motion = {};  ///< Of a move's word; it ends when the camera refuses it.
        bool wants_presets = false;
        std::function<void(http::Response)> reply = {};
        MonoTime until{};
        std::uint64_t batch = 0;
    };

    Result<void> check_turnable(const CameraId& camera) const;
    Result<bool> may_see(const identity::Session& session, const CameraId& camera);
    /// The caller's own lease of the camera, good for turning it now.
    Result<ptz::Lease> own_lease(const Call& call);
    boost::json::value face(const std::optional<ptz::Lease>& lease, const ptz::Onlooker& who);
    ptz::Owner owner_of(const ptz::Lease& lease);

    Result<void> ask(Call& call, Asked asked, boost::json::object message);
    Later ask_or_say(Call& call, Asked asked, boost::json::object message);
    Result<void> go_to(Call& call, const ptz::Order& order, const ptz::Lease& lease);
    /// The move that is under way, on record as ended.
    Result<void> rest(const std::string& actor, const ptz::Lease& lease, std::string_view why);
    void halt(const CameraId& camera, Outputs& out);
    Result<void> end_lease(const ptz::Lease& lease, std::string_view why, Outputs& out);
    Result<void> end_over(Outputs& out);
    Result<void> end_silent();
    Result<void> end_idle(Outputs& out);
    void adopt();
    void forget_all(const Error& why);
    std::string here() const { return "site:" + site_.options().id.value; }

    Site& site_;
    ptz::Heads heads_;
    std::set<CameraId> turns_;  ///< As media says.
    std::map<std::string, Asked> asked_;  ///< By the question's id.
    std::uint64_t batches_ = 0;           ///< That were followed.
    bool is_adopted_ = false;             ///< What stands in the record has heads.
    std::uint64_t unanswered_total_ = 0;
};

}  // namespace bongsu::app
