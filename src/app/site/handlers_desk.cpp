// What a desk, an agency's page or an auditor asks for.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/site/handlers.hpp"
#include "device/http.hpp"
#include "duty/roster.hpp"
#include "grant/http.hpp"
#include "grant/json.hpp"
#include "grant/mint.hpp"
#include "grant/read.hpp"
#include "http/page.hpp"
#include "incident/fold.hpp"
#include "incident/http.hpp"
#include "ledger/http.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::size_t kJournalPage = 500;
constexpr std::size_t kJournalPageBytes = 8 << 20;  ///< A page ends after the entry that passes it.

/// "http://127.0.0.1:8301" as the caller reaches us: by the name that it used, when that is this machine's
/// own.
std::string host_of(const http::Request& request) {
    const auto host = request.header("host");
    return host.starts_with("localhost") ? "localhost" : "127.0.0.1";
}

}  // namespace

Result<incident::Viewer> Handlers::viewer(Site& site, const Call& call) {
    incident::Viewer viewer{.user = call.session->user,
                            .role = std::string(identity::to_string(call.session->role)),
                            .only_these = {},
                            .sits = [&site](const UserId& user) { return duty::is_on_duty(*site.folds_db_, site.duty_rules_, user, site.env_.clock.wall()); }};
    viewer.names = &site.type_names_;
    if (call.session->role != identity::Role::agency) {
        viewer.hidden = site.services_.hidden_from(call.session->role);
        return viewer;
    }
    TRY(const auto page,
        grant::list_grants(
            *site.folds_db_,
            {.incident = {}, .holder = *call.session, .before = {}, .limit = grant::kPageMax}));
    viewer.only_these.emplace();
    viewer.sender = call.session->agency.value;
    for (const auto& item : page.items) {
        if (!item.incident.value.empty()) viewer.only_these->push_back(item.incident);
    }
    return viewer;
}

Handlers::Answer Handlers::sites(Site& site, Call& call) {
    if (const auto known = http::only_parameters(call.request, {}); !known) return http::problem(known.error());
    return device::get_sites(site.directory_, site.site_infos());
}
Handlers::Answer Handlers::cameras(Site& site, Call& call) {
    return device::get_cameras(site.directory_, call.request);
}

Handlers::Answer Handlers::incidents(Site& site, Call& call) {
    const auto who = viewer(site, call);
    return who ? incident::get_incidents(*site.book_, call.request, *who) : http::problem(who.error());
}

Handlers::Answer Handlers::incident(Site& site, Call& call) {
    const auto who = viewer(site, call);
    return who ? incident::get_incident(*site.book_, call.request, *who) : http::problem(who.error());
}

Handlers::Answer Handlers::timeline(Site& site, Call& call) {
    const auto who = viewer(site, call);
    return who ? incident::get_timeline(*site.book_, call.request, *who) : http::problem(who.error());
}

/// The chosen cameras with score and reasons; an agency sees those of its own grants.
Handlers::Answer Handlers::incident_cameras(Site& site, Call& call) {
    const auto who = viewer(site, call);
    if (!who) return http::problem(who.error());
    const auto seen = incident::get_incident(*site.book_, call.request, *who);
    if (seen.status != 200) return seen;
    const IncidentId id{call.request.captures.at(0)};
    const auto chosen = incident::cameras(*site.folds_db_, id);
    if (!chosen) return http::problem(chosen.error());
    std::set<std::string> granted;
    if (who->only_these) {
        auto of_grants =
            grant::cameras_of_incident(*site.folds_db_, id, call.session->agency, call.session->user);
        if (!of_grants) return http::problem(of_grants.error());
        granted = *std::move(of_grants);
    }
    std::string items;
    for (const auto& choice : *chosen) {
        const auto* camera = site.directory_.find(choice.id);
        if (camera == nullptr || (who->only_these && !granted.contains(choice.id.value))) continue;
        json::array reasons;
        for (const auto& reason : choice.reasons) reasons.emplace_back(reason);
        auto item = device::camera_json(*camera);
        item.pop_back();  // Its closing brace: two fields more.
        items += (items.empty() ? "" : ",") + item + ",\"score\":" + std::to_string(choice.score) +
                 ",\"reasons\":" + json::serialize(reasons) + "}";
    }
    http::Response response;
    response.body = "{\"items\":[" + items + "],\"next\":null}";
    return response;
}

Handlers::Answer Handlers::act(Site& site, Call& call) {
    const auto who = viewer(site, call);
    if (!who) return http::problem(who.error());
    const IncidentId id{call.request.captures.at(0)};
    if (const auto may = site.may_see(*call.session, id); !may) return http::problem(may.error());
    if (const auto may = site.may_be_handed(id, call.request); !may) return http::problem(may.error());
    const auto before = incident::get(*site.folds_db_, id);
    if (const auto open = site.check_gate(id, call.request); !open) return http::problem(open.error());
    auto response = incident::post_act(*site.book_, call.request, *who);
    if (response.status != 201 || !before) return response;
    const auto body = http::parse_object(call.request.body);
    const auto name =
        body ? http::required_text(*body, "act", 40) : Result<std::string>(tl::unexpected(body.error()));
    if (!name) return http::problem(name.error());
    const auto actor = "user:" + call.session->user.value;
    if (const auto noted = site.note_result(id, *name, call.request, actor); !noted) return http::problem(noted.error());
    if (const auto done = site.after_act(id, *name, before->state, actor); !done) return http::problem(done.error());
    return response;
}

namespace {

grant::Desk grant_desk(Site& site, journal::Book& book, const grant::Purposes& purposes, std::function<bool(const IncidentId&)> is_seen) {
    return {.book = book,
            .purposes = purposes,
            .directory = site.directory(),
            .here = site.options().id,
            .is_open = [&book](const IncidentId& id) -> Result<bool> {
                TRY(const auto incident, incident::get(book.db(), id));
                if (incident.test) return fail(ErrorKind::conflict, "the incident is a test: it opens no video");
                return incident::is_open(incident.state);
            },
            .is_seen = std::move(is_seen)};
}

}  // namespace

Handlers::Answer Handlers::grants(Site& site, Call& call) {
    return grant::get_grants(grant_desk(site, *site.book_, site.purposes_, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); }), call.request, *call.session);
}
Handlers::Answer Handlers::grant(Site& site, Call& call) {
    return grant::get_grant(grant_desk(site, *site.book_, site.purposes_, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); }), call.request, *call.session);
}
Handlers::Answer Handlers::post_grant(Site& site, Call& call) {
    return grant::post_grant(grant_desk(site, *site.book_, site.purposes_, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); }), call.request, *call.session);
}
Handlers::Answer Handlers::delete_grant(Site& site, Call& call) {
    return grant::delete_grant(grant_desk(site, *site.book_, site.purposes_, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); }), call.request, *call.session);
}
Handlers::Answer Handlers::views(Site& site, Call& call) {
    return grant::get_views(grant_desk(site, *site.book_, site.purposes_, [&](const IncidentId& id) { return site.may_see(*call.session, id).has_value(); }), call.request, *call.session);
}

/// A ticket and where it is good. The entry view.permitted is durable before this answer leaves.
Handlers::Answer Handlers::post_ticket(Site& site, Call& call) {
    auto request = grant::parse_ticket_request(call.request.body);
    if (!request) return http::problem(request.error());
    if (const auto allowed = site.check_on_duty(*call.session); !allowed) return http::problem(allowed.error());
    if (request->kind == "playback") return http::problem(fail_field("kind", "playback is not served yet: live and snapshot are").value());
    if (const auto lent = grant::find_grant(*site.folds_db_, request->grant); lent) {
        if (const auto may = site.may_see(*call.session, lent->incident); !may) return http::problem(may.error());
    }
    const auto minted =
        grant::mint(*site.book_, *call.session, *request, {site.ticket_key_.kid, site.ticket_key_.pair},
                    site.options_.id, site.options_.id, site.env_.clock.wall());
    if (!minted) return http::problem(minted.error());
    const auto host = host_of(call.request);
    const auto& here = site.here();
    grant::TicketUrls urls;  // Those that a ticket of this kind opens.
    const auto media = "http://" + host + ":" + std::to_string(here.media);
    if (request->kind == "snapshot") {
        urls.snapshot = media + "/snapshot/" + request->camera.value + ".jpg";
    } else {
        urls.whep = media + "/whep/" + request->camera.value;
        urls.hls = media + "/hls/" + request->camera.value + "/index.m3u8";
        urls.fmp4 = "ws://" + host + ":" + std::to_string(here.media) + "/fmp4/" + request->camera.value;
        const bool is_tls = here.rtsps != 0 && !here.plain_rtsp;
        urls.rtsp = (is_tls ? "rtsps://" : "rtsp://") + host + ":" + std::to_string(is_tls ? here.rtsps : here.rtsp) + "/" + request->camera.value;
    }
    auto response = http::json_response(201, grant::ticket_json(*minted, urls));
    response.headers["Cache-Control"] = "no-store";
    return response;
}

namespace {

struct JournalPlace {
    std::uint64_t after;
    std::size_t limit;
};

Result<JournalPlace> journal_place(const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"after", "limit"}));
    TRY(const auto after, http::page_number(request, "after", 0));
    TRY(const auto limit, http::page_limit(request, kJournalPage));
    return JournalPlace{after, limit};
}

}  // namespace

Handlers::Answer Handlers::journal(Site& site, Call& call) {
    const auto place = journal_place(call.request);
    if (!place) return http::problem(place.error());
    std::string items;
    std::size_t count = 0;
    std::uint64_t last = 0;
    bool more = false;
    const auto read = site.journal_->read(place->after, [&](journal::Entry entry) -> Result<bool> {
        more = count == place->limit || items.size() > kJournalPageBytes;
        if (more) return false;
        items += (count++ == 0 ? "" : ",") + json::serialize(journal::to_json(entry));
        last = entry.seq;
        return true;
    });
    if (!read) return http::problem(read.error());
    http::Response response;
    response.body = "{\"items\":[" + items + "],\"next\":" + (more ? "\"" + std::to_string(last) + "\"" : "null") + "}";
    return response;
}

/// Who did what with whose data: the log that the safety standard asks for.
Handlers::Answer Handlers::access(Site& site, Call& call) {
    return ledger::get_access(*site.folds_db_, call.request);
}

/// Our newest checkpoint with the key that it is checked by, and how far we keep the others'.
Handlers::Answer Handlers::checkpoints(Site& site, Call& call) {
    const auto known = http::only_parameters(call.request, {"limit"});
    if (!known) return http::problem(known.error());
    if (const auto limit = http::page_limit(call.request); !limit) return http::problem(limit.error());
    json::array items;
    if (site.last_checkpoint_) {
        auto item = journal::to_json(*site.last_checkpoint_);
        item["publicKey"] = crypto::to_hex(site.checkpoint_key_.pair.public_key);
        items.push_back(std::move(item));
    }
    json::object held;
    for (const auto& info : site.options_.city.sites) {
        if (!info.joined || info.id == site.options_.id) continue;
        if (const auto seq = federation::held_seq(*site.folds_db_, info.id))
            held[info.id.value] = static_cast<std::int64_t>(*seq);
    }
    return http::json_response(200, json::object{{"items", items}, {"held", held}, {"next", nullptr}});
}

}  // namespace bongsu::app
