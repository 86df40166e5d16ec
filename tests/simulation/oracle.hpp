#pragma once
// What must hold whatever happens: read from the journals as they grow and as they are found again.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "http/message.hpp"
#include "incident/incident.hpp"
#include "journal/entry.hpp"
#include "told.hpp"
#include "world.hpp"

namespace bongsu::simulation {

struct Node;

/// What one site's journal says, folded by a second hand: nothing of the rooms' own folds is used.
struct SiteWatch {
    struct Grant {
        std::string incident;
        WallTime from, to;
        std::set<std::string> cameras;
        bool ended = false;
    };
    struct Checkpoint {
        std::uint64_t seq = 0;
        std::string digest;
    };
    /// What an incident shows: of the entry `seq`, or nothing when that one's contents are gone.
    struct Shown {
        std::uint64_t opened = 0, seq = 0;
        std::string place, text, outcome;
    };
    /// What a call says of its case by now, and the entry of that.
    struct CallWords {
        std::string place, text;
        std::uint64_t seq = 0, came = 0;  ///< `came`: the entry that brought the call to its incident.
        std::int64_t time = 0;
    };
    std::map<std::string, CallWords> words_of_event;
    /// An entry whose contents may be ordered erased.
    struct Content {
        std::string kind, incident, event;  ///< The incident or the event that it names.
        std::uint64_t raw = 0;              ///< The raw message that it names.
        std::uint64_t order = 0;            ///< Entry that ordered it erased.
        bool is_erased = false;             ///< As the journal gave it when it was read from its first entry.
        bool is_bare = false;               ///< Nothing would go of it: it need not be ordered.
        WallTime time{};
        std::string named{};                ///< The incident that it names, also where it is no part of that.
    };
    std::uint64_t seq = 0;
    std::map<std::uint64_t, std::string> digests;
    std::map<std::tuple<std::string, std::string, std::string, std::int64_t>, std::uint64_t>
        messages;  ///< -> seq
    std::map<std::string, std::string> merged_into;
    /// The case that it is, or went on as.
    std::string case_of(std::string incident) const {
        for (auto next = merged_into.find(incident); next != merged_into.end(); next = merged_into.find(incident)) incident = next->second;
        return incident;
    }
    std::size_t joined = 0;  ///< Calls that were reports of an incident that was open.
    std::map<std::pair<std::string, std::string>, std::string> incident_of;
    std::map<std::string, std::string> incident_states;
    std::map<std::string, std::uint64_t> ended_by;  ///< Incident -> the entry that ended it.
    std::map<std::string, Shown> shown;  ///< By incident.
    std::set<std::string> touched;       ///< Incidents that changed since the lists were looked at.
    std::map<std::uint64_t, Content> contents;
    std::map<std::string, std::string> incident_of_event;
    std::map<std::uint64_t, std::string> event_of_raw;
    std::map<std::uint64_t, std::string> orders;  ///< Of erasure -> their ids.
    std::set<std::uint64_t> open_orders;          ///< That no entry closes yet.
    bool an_order_was_closed = false;             ///< In the batch under way.
    std::map<std::string, Grant> grants;
    std::set<std::string> live_grants;                 ///< Issued and not ended.
    std::map<std::string, std::set<std::string>> relays;  ///< Grant -> cameras that may be pulled under it.
    std::set<std::string> urgent,
        ended;  ///< Incidents of the batch under way that opened urgent, that ended.
    std::set<std::pair<std::string, std::string>> received;  ///< Sender and number of its messages.
    std::set<std::string> acts, views_permitted;
    std::size_t acts_unread = 0;  ///< Erased before anybody outside had read them.
    std::set<std::tuple<std::string, std::string, std::string>> looks;  ///< Session, route and subject.
    /// kind, source, n, view and camera of each view record; when it was written.
    std::map<std::tuple<std::string, std::string, std::int64_t, std::string, std::string>, WallTime>
        view_records;
    std::map<std::string, std::int64_t> told;  ///< Media process -> number of its last record here.
    std::map<std::string, Checkpoint> held;  ///< Newest of each other site.
    std::vector<std::uint64_t> made;
    OutboxWatch outbox;
    std::map<std::string, bool> found;   ///< Incidents that were found on a screen: whether with a picture.
    std::map<std::string, bool> seated;  ///< Who has sat at a seat: whether they do now.
    std::uint64_t refused_messages = 0;
    std::uint64_t released_seq = 0;  ///< The last entry of which the world outside may know.

    std::uint64_t erased() const {
        return static_cast<std::uint64_t>(std::count_if(contents.begin(), contents.end(), [](const auto& one) { return one.second.order != 0; }));
    }
    bool has_what_runs_out() const { return !live_grants.empty() || !relays.empty() || outbox.any_waits(); }
};

class Oracle {
  public:
    explicit Oracle(Schedule& schedule) : schedule_(schedule), told_(schedule, [this](const std::string& what) { violated(what); }) {}

    // What was acknowledged to somebody.
    void partner_was_answered(const std::string& sender, const std::string& number, const std::string& state,
                              WallTime state_time);
    void partner_was_refused() { ++refusals_; }
    void act_was_answered(const std::string& text) { acts_.insert(text); }
    void ticket_was_handed_out(const std::string& view) { views_.insert(view); }
    void finding_was_answered(const std::string& incident, bool has_picture);
    /// At the moment in which the answer leaves: whom it shows stands in the journal, or is owed to a disk that takes nothing.
    void look_was_answered(const Node& centre, const http::Request& request, const http::Response& response);
    void grant_end_was_answered(const std::string& grant) { ended_grants_.insert(grant); }
    /// Of everything about `incident` (empty: of entries by their numbers): each of `orders` stands.
    void erasure_was_answered(const Node& centre, const std::string& incident, const std::map<std::uint64_t, std::string>& orders);
    /// Of everything older than `before` in `range` (behind, up to); `asked_at`: the last entry when it was asked for.
    void retention_was_answered(const Node& node, WallTime before, std::pair<std::uint64_t, std::uint64_t> range, std::uint64_t asked_at,
                                const std::map<std::uint64_t, std::string>& orders);
    /// An occurrence whose messages go out one after the other: their order in the journal is theirs.
    void sent_in_order(const std::string& sender, const std::string& number, const std::string& state,
                       WallTime state_time);

    /// After each batch, and after each restart (`found_again`: the journal is read anew from its first
    /// entry).
    void watch(Node& node, bool found_again);
    /// Twice a second: no view is open that may not be, where media could know it for a second.
    void check_views(Node& node, const Node& centre);
    /// A camera that somebody watches under a living grant, and whose district said yes, has a picture after five
    /// seconds.
    void check_pulls(const std::vector<std::unique_ptr<Node>>& nodes);
    /// At rest, after the last fault: everything arrived everywhere, chains whole, folds equal to their
    /// replay.
    void check_end(const std::vector<std::unique_ptr<Node>>& nodes);
    void check_replay(Node& node);
    /// What was ordered is gone and nothing else, from the files and from the folds; where anything was ordered or the
    /// site died since this was looked at.
    void check_erased(Node& node);
    void check_chain(Node& node);
    /// Each incident of the journal is on a list, in the state and with the words that the journal says.
    void check_lists(Node& centre);
    /// The same of those that changed, where the folds are level: after each batch.
    void check_touched(Node& centre);

    ToldOracle& told() { return told_; }
    void violated(const std::string& what);
    const std::vector<std::string>& violations() const { return violations_; }
    std::uint64_t findings() const { return findings_.size(); }
    std::uint64_t acknowledged() const { return messages_.size() + acts_.size() + views_.size(); }
    std::uint64_t checks() const { return checks_ + told_.checks(); }
    std::uint64_t erasures() const { return erasures_.size(); }
    std::uint64_t retentions() const { return retentions_; }

  private:
    void fold(Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh);
    void fold_incident(SiteWatch& watch, const journal::Entry& entry);
    void fold_merged(SiteWatch& watch, const journal::Entry& entry);
    void fold_view(const Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh);
    void fold_grant(SiteWatch& watch, const journal::Entry& entry, bool fresh);
    void fold_relay(const Node& node, SiteWatch& watch, const journal::Entry& entry, bool fresh);
    void fold_checkpoint(const Node& node, SiteWatch& watch, const journal::Entry& entry);
    void fold_content(const Node& node, SiteWatch& watch, const journal::Entry& entry);
    void fold_shown(SiteWatch& watch, const journal::Entry& entry);
    void fold_order(const Node& node, SiteWatch& watch, const journal::Entry& entry);
    void forget(SiteWatch& watch, std::uint64_t seq, std::uint64_t order);
    void check_files(Node& node);
    void check_tables(Node& node);
    void check_orders_stand(const Node& node);
    void check_shown(const SiteWatch& watch, const incident::Incident& item);
    /// Words that stood in ordered entries alone; `closed_only`: of orders that are done.
    std::set<std::string> gone_words(const SiteWatch& watch, bool closed_only) const;
    void check_may_pull(const Node& centre);
    void check_nothing_waits(const Node& district, Node& centre);
    bool should_have_picture(const CameraId& camera, const Node& district, const Node& centre);
    void check_grants_follow(SiteWatch& watch);
    void check_acknowledged(const Node& centre);
    bool catch_up(Node& node);
    void check_relays(const Node& node, const Node& centre);
    void check_records(const Node& node, const Node& centre);
    void check_checkpoints(const std::vector<std::unique_ptr<Node>>& nodes);
    void check_order(const Node& centre);

    Schedule& schedule_;
    ToldOracle told_;
    std::set<std::tuple<std::string, std::string, std::string, std::int64_t>> messages_;
    std::set<std::string> acts_, views_, ended_grants_;
    std::map<std::string, bool> findings_;  ///< Incident -> with a picture.
    std::map<std::pair<std::string, std::uint64_t>, std::string> erasures_;  ///< Orders that were acknowledged, by site and entry: their ids.
    /// What entries said before their contents went, by their digests.
    struct Said {
        std::vector<std::string> words;
        std::string act;
        std::size_t payload = 0;  ///< Hash of its text.
    };
    std::unordered_map<std::string, Said> said_;
    std::map<std::string, std::pair<std::uint64_t, std::size_t>> looked_at_;  ///< Life and number of orders, by site.
    std::map<std::pair<std::string, std::string>, std::vector<std::pair<std::string, WallTime>>> in_order_;
    std::map<std::string, MonoTime> grant_ended_at_, seat_left_at_;
    std::map<std::pair<std::string, std::string>, MonoTime> camera_left_at_;
    std::map<std::string, MonoTime> pull_without_grant_since_;          ///< By camera, as media of the centre knows it.
    std::map<std::string, MonoTime> relays_changed_at_;                 ///< By site.
    std::map<std::pair<std::string, std::uint64_t>, MonoTime> made_at_;  ///< Checkpoints, by site and entry.
    std::vector<std::string> violations_;
    std::uint64_t checks_ = 0, refusals_ = 0, quiet_ = 0, retentions_ = 0;
};

}  // namespace bongsu::simulation
