// The live stream's items: what changed, in the shapes of the API, with who may see it.
#include <boost/json/serialize.hpp>

#include "app/site/fields.hpp"
#include "app/site/turning.hpp"
#include "device/http.hpp"
#include "grant/json.hpp"
#include "grant/read.hpp"
#include "incident/fold.hpp"
#include "journal/erasable.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::app {

namespace {

std::string subject(const journal::Entry& entry, std::string_view prefix) {
    for (const auto& item : entry.subjects) {
        if (item.starts_with(prefix)) return item.substr(prefix.size());
    }
    return {};
}

/// Nobody's screen changes by the others: a desk that reads all of the duty anew for each would never rest.
bool changes_a_desk(const journal::Entry& entry) { return entry.kind != "duty.screens_lit" && entry.kind != "duty.picture_kept"; }

}  // namespace

/// The agencies that hold or held a grant of this incident, and the one that sent it.
std::set<std::string> Site::agencies_of(const IncidentId& incident) {
    std::set<std::string> agencies;
    if (const auto sent = incident::all_reports(*folds_db_, incident)) {
        for (const auto& report : *sent) agencies.insert(report.agency().value);
    }
    if (const auto holders = grant::agencies_of_incident(*folds_db_, incident)) agencies.insert(holders->begin(), holders->end());
    return agencies;
}

/// What was erased goes from the screens too.
void Site::publish_erased(const journal::Entry& entry, ToldIncidents& told, Outputs& out) {
    const auto order = journal::order_of(entry);
    if (!order) return;  // The journal took it, so it reads.
    for (const auto& erased : order->entries) {
        const auto* id = erased.left.if_contains("incident");
        if (id == nullptr || !id->is_string()) continue;
        const IncidentId incident{std::string(id->get_string())};
        journal::Entry about = entry;
        about.kind = erased.kind;
        about.subjects = {"incident:" + incident.value, "grant:" + text_field(erased.left, "grant")};
        if (erased.kind == "cameras.chosen") {
            // An older choice than the one that stands is on no screen.
            if (const auto standing = incident::cameras(*folds_db_, incident); !standing || !standing->empty()) continue;
            about.payload = {{"cameras", boost::json::array{}}};
        } else if (!erased.kind.starts_with("incident.") && !erased.kind.starts_with("grant.")) {
            continue;
        }
        publish(about, told, out);
    }
}

/// What belongs to an incident that only some of our people see is told to those alone.
void Site::publish(const journal::Entry& entry, ToldIncidents& told, Outputs& out) {
    const auto before = out.published.size();
    publish_all(entry, told, out);
    const auto id = subject(entry, "incident:");
    if (id.empty() || out.published.size() == before) return;
    const auto incident = incident::get(*folds_db_, {id});
    const auto desk = incident ? desk_of(incident->type) : std::set<identity::Role>{};
    for (auto i = before; i < out.published.size(); ++i) {
        auto& change = out.published[i];
        if (change.kind != "dead_letters" && change.kind != "deliveries" && change.kind != "duty" && change.kind != "alarms") change.desk.insert(desk.begin(), desk.end());
    }
}

void Site::publish_all(const journal::Entry& entry, ToldIncidents& told, Outputs& out) {
    if (entry.kind == journal::kErasureOrdered) return publish_erased(entry, told, out);
    if (entry.kind == "message.refused" || entry.kind == "message.released") {
        // The folds hold the whole batch already: a flood of refusals is one number, told once.
        if (!told.try_emplace("dead letters").second) return;
        const auto waiting = event::dead_letters_waiting(*folds_db_);
        out.published.push_back({entry.seq, "dead_letters", "",
                                 boost::json::serialize(boost::json::object{{"waiting", waiting.value_or(0)}}), {}});
        return;
    }
    if (entry.kind == "outbound.failed" || entry.kind == "outbound.requeued") {
        if (!told.try_emplace("failed deliveries").second) return;
        const auto failed = outbound::count(*folds_db_, outbound::State::failed);
        out.published.push_back({entry.seq, "deliveries", "",
                                 boost::json::serialize(boost::json::object{{"failed", failed.value_or(0)}}), {}});
        return;
    }
    if (entry.kind.starts_with("duty.")) {
        if (changes_a_desk(entry) && told.try_emplace("duty").second) publish_duty(entry.seq, out);
        return;
    }
    if (entry.kind.starts_with("alarm.")) {
        if (told.try_emplace("alarms").second) out.published.push_back({entry.seq, "alarms", "", boost::json::serialize(boost::json::object{{"kind", entry.kind}}), {}});
        return;
    }
    if (entry.kind == "ptz.leased" || entry.kind == "ptz.released") {
        turning_->publish(entry, out);
        tell_incident(entry.seq, subject(entry, "incident:"), told, out);
        return;
    }
    if (entry.kind == event::kDeviceSeen) {
        // For the desks, which read the timeline anew; where a person is, is not for an agency's screen.
        const auto id = subject(entry, "incident:");
        if (const auto incident = incident::get(*folds_db_, {id}); incident && told.try_emplace("seen " + id).second)
            out.published.push_back({entry.seq, "incident", id, incident::to_json(*incident, type_names_), {}});
        return;
    }
    if (!entry.kind.starts_with("incident.") && !entry.kind.starts_with("cameras.") &&
        !entry.kind.starts_with("grant.") && !entry.kind.starts_with("view.") && !entry.kind.starts_with("sop.") &&
        !entry.kind.starts_with("hold.") && !entry.kind.starts_with("service.") && entry.kind != "event.late") {
        return;
    }
    // A merge or a split changes two.
    if (entry.kind == "incident.merged" || entry.kind == "incident.split") tell_incident(entry.seq, text_field(entry.payload, "other"), told, out);
    const auto incident_id = subject(entry, "incident:");
    const auto agencies = tell_incident(entry.seq, incident_id, told, out);
    if (entry.kind.starts_with("grant.")) {
        const auto id = subject(entry, "grant:");
        const auto found = grant::find_grant(*folds_db_, {id});
        if (!found) return;
        std::set<std::string> holder;
        if (found->holder.agency) holder.insert(found->holder.agency->value);
        out.published.push_back({entry.seq, "grant", id,
                                 boost::json::serialize(grant::grant_json(*found, purposes_, entry.time)),
                                 std::move(holder)});
    } else if (entry.kind == "cameras.chosen") {
        publish_choice(entry, incident_id, agencies, out);
    } else if (entry.kind.starts_with("view.")) {
        out.published.push_back({entry.seq,
                                 "view",
                                 subject(entry, "view:"),
                                 boost::json::serialize(boost::json::object{
                                     {"kind", entry.kind}, {"camera", subject(entry, "camera:")}}),
                                 {}});
    }
}

/// Once a batch; answers its agencies.
std::set<std::string> Site::tell_incident(std::uint64_t seq, const std::string& id, ToldIncidents& told, Outputs& out) {
    if (id.empty()) return {};
    auto [known, first] = told.try_emplace(id);
    if (first) {
        known->second = agencies_of({id});
        publish_incident(seq, {id}, known->second, out);
    }
    return known->second;
}

/// An agency hears its own report of the case, and nothing of who of ours does what.
void Site::publish_incident(std::uint64_t seq, const IncidentId& id, const std::set<std::string>& agencies, Outputs& out) {
    const auto incident = incident::get(*folds_db_, id);
    if (!incident) return;
    out.published.push_back({seq, "incident", id.value, incident::to_json(*incident, type_names_), {}});
    const auto reports = incident::all_reports(*folds_db_, id);
    if (!reports) return;
    for (const auto& agency : agencies) {
        if (agency == here().agency.value) continue;
        Published change{seq, "incident", id.value, incident::to_json(incident::face_for(*incident, *reports, agency), type_names_), {agency}};
        change.staff = false;
        out.published.push_back(std::move(change));
    }
}

/// All of the choice to our own people; to an agency what of it stands in its grants.
void Site::publish_choice(const journal::Entry& entry, const std::string& incident,
                          const std::set<std::string>& agencies, Outputs& out) {
    const auto* chosen = entry.payload.if_contains("cameras");
    if (chosen == nullptr || !chosen->is_array()) return;
    const auto tell = [&](const boost::json::array& cameras, std::set<std::string> to, bool staff) {
        Published change{entry.seq, "camera_choice", incident,
                         boost::json::serialize(boost::json::object{{"incident", incident}, {"cameras", cameras}}),
                         std::move(to)};
        change.staff = staff;
        out.published.push_back(std::move(change));
    };
    tell(chosen->get_array(), {}, true);
    for (const auto& agency : agencies) {
        if (agency == here().agency.value) continue;  // Our own people have heard it.
        const auto granted = grant::cameras_of_incident(*folds_db_, IncidentId{incident}, AgencyId{agency});
        boost::json::array seen;
        for (const auto& item : chosen->get_array()) {
            if (granted && granted->contains(text_field(item.as_object(), "camera"))) seen.push_back(item);
        }
        tell(seen, {agency}, false);
    }
}

/// Every picture of this site's media process is gone with it: pages need not wait until theirs have aged.
void Site::publish_media(Outputs& out) {
    Published change;
    change.seq = journal_->last_seq();
    change.kind = "media";
    change.id = options_.id.value;
    change.item = media_up_ ? "{\"up\":true}" : "{\"up\":false}";
    change.everyone = true;
    out.published.push_back(std::move(change));
}

void Site::publish_camera(const CameraId& id, Outputs& out) {
    const auto* camera = directory_.find(id);
    if (camera != nullptr)
        out.published.push_back({journal_->last_seq(), "camera", id.value, device::camera_json(*camera), {}});
}

std::vector<device::SiteInfo> Site::site_infos() const {
    std::vector<device::SiteInfo> infos;
    for (const auto& site : options_.city.sites) {
        const bool online = site.id == options_.id || peers_up_.contains(site.id);
        infos.push_back({site.id, site.name_ko, site.name_en, site.joined, online});
    }
    return infos;
}

void Site::publish_site(const SiteId& id, Outputs& out) {
    const auto online = peers_up_.contains(id);
    out.published.push_back(
        {journal_->last_seq(),
         "site",
         id.value,
         boost::json::serialize(boost::json::object{{"id", id.value}, {"joined", true}, {"online", online}}),
         {}});
}

}  // namespace bongsu::app
