#include "app/inspect_statistics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "app/site/fields.hpp"
#include "journal/erasable.hpp"
#include "journal/walk.hpp"

namespace bongsu::app {

namespace {

namespace json = boost::json;

using Counts = std::map<std::string, std::int64_t>;

/// The order in which an incident's states follow one another.
std::size_t rank(std::string_view state) {
    constexpr std::array<std::string_view, 7> kOrder{"new",    "received",  "acting",     "released",
                                                     "closed", "cancelled", "auto_closed"};
    return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), state) - kOrder.begin());
}

class Counter {
  public:
    void add(const journal::Entry& entry) {
        ++kinds_[entry.kind];
        ++days_[to_rfc3339(entry.time).substr(0, 10)];
        if (entry.erased) {
            erased_.insert(entry.seq);
            return;  // What its order left of it comes with the order.
        }
        learn(entry.kind, entry.payload, entry.actor);
        if (entry.kind != journal::kErasureOrdered) return;
        const auto order = journal::order_of(entry);
        if (!order) return;
        for (const auto& one : order->entries) {
            // One that stands still has been counted whole.
            if (erased_.contains(one.seq)) learn(one.kind, journal::left_of(one.kind, one.left), {});
        }
    }

    json::object tables() const {
        Counts types, practice, states, outcomes;
        for (const auto& [id, incident] : incidents_) {
            if (!incident.type.empty()) ++(incident.is_practice() ? practice : types)[incident.type];
            if (incident.is_practice()) continue;
            ++states[incident.state];
            if (!incident.outcome.empty()) ++outcomes[incident.outcome];
        }
        json::object out;
        const auto put = [&](std::string_view title, const Counts& counts) {
            if (counts.empty()) return;
            json::object rows;
            for (const auto& [name, count] : counts) rows[name] = count;
            out[title] = std::move(rows);
        };
        put("Entries by kind", kinds_);
        put("Entries by day (UTC)", days_);
        put("Incidents by type", types);
        put("Drills and tests by type", practice);
        put("Incidents by state", states);
        put("Closed with the outcome", outcomes);
        put("Grants by purpose", purposes_);
        put("Views", views_);
        put("Views permitted by person", people_);
        return out;
    }

  private:
    struct Incident {
        std::string type, state, outcome;
        bool test = false, real = false;  ///< Opened as a test; its sender said afterwards that it is none.
        bool is_practice() const { return test && !real; }
    };

    void learn(const std::string& kind, const json::object& payload, const std::string& actor) {
        if (kind == "incident.opened") {
            auto& incident = incidents_[text_field(payload, "incident")];
            const auto type = text_field(payload, "type");
            incident.type = type.empty() ? "without a type" : type;
            incident.test = flag_field(payload, "test");
            // When it was learnt late, from an order, what followed is known already.
            if (incident.state.empty()) incident.state = text_field(payload, "state");
        } else if (kind == "incident.changed" || kind == "incident.acted") {
            change(payload);
        } else if (kind == "grant.issued") {
            ++purposes_[text_field(payload, "purpose")];
        } else if (kind == "view.permitted") {
            ++views_["permitted"];
            if (!actor.empty()) ++people_[actor];
        } else if (kind == "view.opened") {
            ++views_["opened"];
        } else if (kind == "view.refused") {
            views_["refused"] += std::max<std::int64_t>(number_field(payload, "count"), 1);  // One entry stands for as many as it says.
        } else if (kind == "view.closed") {
            views_["frames"] += number_field(payload, "frames");
        }
    }

    void change(const json::object& payload) {
        auto& incident = incidents_[text_field(payload, "incident")];
        const auto to = text_field(payload, "to"), outcome = text_field(payload, "outcome");
        if (flag_field(payload, "real")) incident.real = true;
        if (!outcome.empty()) incident.outcome = outcome;
        if (incident.state.empty() || rank(incident.state) <= rank(to)) incident.state = to;
    }

    Counts kinds_, days_, purposes_, people_;
    Counts views_{{"permitted", 0}, {"opened", 0}, {"refused", 0}, {"frames", 0}};
    std::map<std::string, Incident> incidents_;
    std::set<std::uint64_t> erased_;
};

}  // namespace

Result<json::object> statistics_of(env::Disk& disk, const std::string& folder) {
    Counter counter;
    TRY_DO(journal::walk(disk, folder, [&](const journal::Entry& entry) { counter.add(entry); }));
    return counter.tables();
}

}  // namespace bongsu::app
