// The linked services: which declarations are in force, what a report's code decides, what became of a case.
#include "service/http.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/own_file.hpp"
#include "app/site/reason.hpp"
#include "app/site/river.hpp"
#include "base/log.hpp"
#include "event/fold.hpp"
#include "grant/read.hpp"
#include "grant/verbs.hpp"
#include "http/face.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::string_view kEnding = ".toml";
constexpr std::size_t kFilesMax = 1000;

std::map<std::string, std::string> files_in(env::Disk& disk, const std::string& folder, std::string& wrong) {
    std::map<std::string, std::string> out;
    const auto names = disk.list(folder);
    if (!names) wrong = "services: " + names.error().message;
    for (const auto& name : names ? *names : std::vector<std::string>{}) {
        if (!name.ends_with(kEnding) || out.size() == kFilesMax) continue;
        auto text = disk.read(folder + "/" + name);
        if (text) out.emplace("services/" + name, *std::move(text));
        else wrong += (wrong.empty() ? "" : "\n") + ("services/" + name + ": " + text.error().message);
    }
    return out;
}

/// DATA/<site>/services/*.toml beside, or in the place of, those that the program brings along.
Result<service::Services> read_services(env::Disk& disk, const std::string& folder) {
    std::string wrong;
    const auto files = files_in(disk, folder, wrong);
    if (!wrong.empty()) return fail(ErrorKind::invalid, std::move(wrong));
    return service::Services::with_defaults(files);
}

/// What is lent under a purpose that is declared no more goes back.
Result<void> take_back_lent(journal::Book& book, const std::string& actor, const grant::Purposes& before, const grant::Purposes& after) {
    for (const auto& purpose : before.all()) {
        if (after.find(purpose.key) != nullptr) continue;
        TRY(const auto grants, grant::standing_of_purpose(book.db(), purpose.key, book.env().clock.wall()));
        for (const auto& id : grants) TRY_DO(grant::end_for(book, actor, id, "its service is not in force any more"));
    }
    return {};
}

}  // namespace

void Site::adopt_services(service::Services services) {
    services_ = std::move(services);
    purposes_ = services_.purposes(grant::Purposes::defaults());
    sops_ = services_.sops(own_sops_);
    type_names_.clear();
    for (const auto& one : services_.all()) {
        for (const auto& type : one.types) {
            if (!type.name.ko.empty()) type_names_[type.id] = {type.name.ko, type.name.en};
        }
    }
}

Result<void> Site::load_services() {
    TRY(auto services, read_services(env_.disk, site_folder(options_.data, options_.id) + "/services"));
    TRY(const auto before, service::standing(*folds_db_));
    std::vector<std::string> aside;
    // A slip in a file must not keep a centre from starting: what the record does not lead to lends nothing until it is put in force.
    for (const auto& [key, why] : service::wrong_of(before, services)) {
        LOG_ERROR("service.set_aside", {{"service", key}, {"why", why}});
        aside.push_back(key);
    }
    services.set_aside(aside);
    adopt_services(std::move(services));
    return {};
}

/// In force once the batch is durable. Errors: conflict, saying what is wrong with which file; what stands stays.
Result<service::Change> Site::renew_services(const std::string& actor, const std::string& why) {
    constexpr std::string_view kStays = "the services stay as they were: ";
    auto read = read_services(env_.disk, site_folder(options_.data, options_.id) + "/services");
    if (!read) return fail(ErrorKind::conflict, std::string(kStays) + read.error().message);
    TRY(const auto before, service::standing(*folds_db_));
    if (const auto may = service::check_change(before, *read); !may) return fail(ErrorKind::conflict, std::string(kStays) + may.error().message);
    for (const auto& one : services_.all()) {
        if (!one.desk.empty() && read->find(one.key) == nullptr)
            return fail(ErrorKind::conflict, std::string(kStays) + one.key + ": its past cases are seen by some roles alone: leave its file, retired");
    }
    TRY(auto change, service::declare(*book_, actor, why, *read));
    for (const auto& one : read->all()) {
        if (!one.is_in_force() || !one.own_sop) continue;
        if (const auto said = sop::publish(*book_, actor, *one.own_sop); !said) return fail(ErrorKind::conflict, std::string(kStays) + one.key + ": sop: " + said.error().message);
    }
    TRY_DO(take_back_lent(*book_, actor, purposes_, read->purposes(grant::Purposes::defaults())));
    if (!change.is_empty()) services_coming_ = *std::move(read);
    return change;
}

/// With a batch that is durable or lost. Of a request that was undone in a batch that stands nothing is on record, and nothing is in force.
void Site::settle_services(bool committed) {
    if (!services_coming_) return;
    const auto& entries = book_->appended();
    const bool is_on_record = std::any_of(entries.begin(), entries.end(), [](const journal::Entry& entry) { return entry.kind == service::kDeclared; });
    if (committed && is_on_record) adopt_services(*std::move(services_coming_));
    services_coming_.reset();
}

/// What the report's own items say: how urgent it is, how far its sender's people are. Answers whether another picture follows from it.
Result<bool> Site::judge_report(const event::Event& event, const EventId& id, const IncidentId& incident) {
    const auto* service = services_.of_type(event.type);
    if (service == nullptr || !service->is_in_force() || !service->is_sent_by(event.sender)) return false;
    const auto actor = "site:" + options_.id.value;
    if (const auto* stage = service->stage_of(event.items)) TRY_DO(service::reach(*book_, actor, incident, {service->key, stage->key, event.state_time, id}));
    if (service->codes.empty()) return false;
    TRY(const auto key, event::profile_of(*folds_db_, id));
    const auto* agreed = find_partner(key);
    static const event::Profile kAny;
    const auto code = event::code_112(agreed == nullptr ? kAny : *agreed, event);
    if (!code) return false;
    return service::judge(*book_, actor, incident, {id, service->key, *code, service->codes.at(*code)});
}

/// The code became another one: what it refuses now goes back, what it opens now is opened.
Result<void> Site::follow_code(const incident::Incident& now, const EventId& event) {
    TRY(const auto judged, service::judged(*folds_db_, event));
    if (!judged) return {};
    TRY(const auto chosen, incident::cameras(*folds_db_, now.id));
    const bool is_lent = judged->decision == service::Decision::by_itself || (judged->decision == service::Decision::after_receipt && now.owner);
    if (is_lent) {
        std::vector<CameraId> cameras;
        for (const auto& camera : chosen) cameras.push_back(camera.id);
        return open_video(now, cameras, now.owner ? OpenedBy::receipt : OpenedBy::event, event);
    }
    TRY(const auto grants, grant::coming_grants_of_incident(*folds_db_, now.id, env_.clock.wall()));
    for (const auto& grant : grants) {
        if (grant.event == event && grant.holder.agency != here().agency)
            TRY_DO(grant::end_for(*book_, "site:" + options_.id.value, grant.id, "its code is " + std::to_string(judged->code) + " now"));
    }
    return {};
}

/// By the report's code where its service asks for one, else by its grade.
Result<Site::Opening> Site::opening_of_report(const EventId& event, const grant::Purpose& purpose, const std::string& grade) {
    TRY(const auto judged, service::judged(*folds_db_, event));
    if (!judged) return purpose.opens_by_itself(grade) ? Opening::by_itself : Opening::asked;
    switch (judged->decision) {
        case service::Decision::by_itself: return Opening::by_itself;
        case service::Decision::after_receipt: return Opening::asked;
        case service::Decision::refused: break;
    }
    return Opening::refused;
}

/// The purpose under which our own people look: the service's own, where it has one. None of what only some of us may see, where its
/// service declares none that is in force.
const grant::Purpose* Site::own_purpose(const std::string& type) const {
    const auto* service = services_.of_type(type);
    for (const auto& key : service == nullptr ? std::vector<std::string>{} : service->purposes) {
        const auto* purpose = purposes_.find(key);
        if (purpose != nullptr && purpose->holder == grant::HolderRule::centre) return purpose;
    }
    return service != nullptr && !service->desk.empty() ? nullptr : purposes_.find(kOperatorPurpose);
}

/// Roles of ours that alone see incidents of this kind; empty: all.
std::set<identity::Role> Site::desk_of(const std::string& type) const {
    const auto* service = services_.of_type(type);
    if (service == nullptr) return {};
    return {service->desk.begin(), service->desk.end()};
}

/// 404 for who may not see it, as for one that does not exist.
Result<void> Site::may_see(const identity::Session& session, const IncidentId& id) {
    if (session.role == identity::Role::agency) return {};  // By its own grants and reports.
    const auto incident = incident::get(*folds_db_, id);
    if (!incident && incident.error().kind == ErrorKind::not_found) return {};  // Its verb says so.
    if (!incident) return tl::unexpected(incident.error());
    const auto* service = services_.of_type(incident->type);
    if (service == nullptr || service->is_seen_by(session.role)) return {};
    return fail(ErrorKind::not_found, "there is no such incident");
}

/// Nobody has in hand what that person may not see.
Result<void> Site::may_be_handed(const IncidentId& id, const http::Request& request) {
    const auto body = http::parse_object(request.body);
    const auto person = body ? http::optional_text(*body, "person", 40) : Result<std::optional<std::string>>(std::nullopt);
    const auto incident = incident::get(*folds_db_, id);
    if (!body || !person || !*person || !incident || desk_of(incident->type).empty()) return {};  // Its verb says what is wrong.
    const auto as = accounts_->person({**person});
    if (as && may_see(*as, id)) return {};
    return fail_field("person", "is nobody who may see this incident");
}

Result<void> Site::note_result(const IncidentId& id, const std::string& act, const http::Request& request, const std::string& actor) {
    TRY(const auto body, http::parse_object(request.body));
    TRY(const auto result, http::optional_text(body, "result", 40));
    if (!result || result->empty()) return {};
    TRY(const auto outcome, http::optional_text(body, "outcome", 40));
    if (act != "close" || outcome != "true") return fail_field("result", "is for a close as true only");
    TRY(const auto incident, incident::get(*folds_db_, id));
    return service::note_effect(*book_, actor, id, services_.of_type(incident.type), *result);
}

namespace {

json::array names(const std::vector<std::string>& keys) { return json::array(keys.begin(), keys.end()); }

}  // namespace

service::Office Site::service_office() { return {*book_, services_, purposes_, sops_, env_.clock.wall()}; }

Handlers::Answer Handlers::services(Site& site, Call& call) { return service::get_services(site.service_office(), call.request); }
Handlers::Answer Handlers::service_statistics(Site& site, Call& call) { return service::get_statistics(site.service_office(), call.request); }

Handlers::Answer Handlers::reload_services(Site& site, Call& call) {
    const auto answer = [&]() -> Result<json::object> {
        TRY(const auto body, http::parse_object(call.request.body));
        TRY(const auto why, reason_in(body));
        TRY(const auto change, site.renew_services("user:" + call.session->user.value, why));
        return json::object{{"added", names(change.added)}, {"changed", names(change.changed)}, {"removed", names(change.removed)}};
    }();
    return http::answer(200, answer);
}

/// Of an agency's own reports alone.
Handlers::Answer Handlers::incident_service(Site& site, Call& call) {
    const auto seen = incident(site, call);
    if (seen->status != 200) return seen;
    const IncidentId id{call.request.captures.at(0)};
    const auto answer = [&]() -> Result<json::object> {
        TRY(const auto known, incident::get(*site.folds_db_, id));
        TRY(const auto reports, incident::all_reports(*site.folds_db_, id));
        const bool is_agency = call.session->role == identity::Role::agency;
        std::vector<EventId> only;
        std::string type = known.type;
        for (const auto& report : reports) {
            if (!is_agency || report.agency() != call.session->agency) continue;
            only.push_back(report.event);
            type = report.type;
        }
        if (is_agency && only.empty()) only.push_back({"none"});
        TRY(auto known_of_it, service::case_json(site.service_office(), id, type, only));
        if (is_agency) known_of_it["result"] = nullptr;  // The centre's own word on the case.
        return known_of_it;
    }();
    return http::answer(200, answer);
}

}  // namespace bongsu::app
