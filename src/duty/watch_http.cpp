// Who watches what, in the words of the contract.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <set>

#include "device/http.hpp"
#include "duty/faces.hpp"
#include "duty/patrol.hpp"
#include "duty/watch.hpp"
#include "http/face.hpp"
#include "http/page.hpp"

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using http::answer;

constexpr std::size_t kTiles = 6, kTilesMax = 16, kUnwatchedMax = 1000;

json::array ids_json(const std::vector<CameraId>& cameras) {
    json::array out;
    for (const auto& camera : cameras) out.emplace_back(camera.value);
    return out;
}

json::object pass_json(const Office& office, const Pass& pass) {
    return {{"user", pass.user.value},
            {"name", names_of(office, pass.user)},
            {"shift", pass.shift},
            {"pass", static_cast<std::int64_t>(pass.number)},
            {"cameras", static_cast<std::int64_t>(pass.cameras)},
            {"began", to_rfc3339(pass.began)},
            {"ended", to_rfc3339(pass.ended)}};
}

/// Cameras an operator: by those who are there and by all who work here, which are different figures of the same room.
Result<json::object> load_json(const Watch& watch, std::size_t on_duty) {
    TRY(const auto colleagues, watch.office.accounts.colleagues());
    const auto employed = static_cast<std::size_t>(std::count_if(colleagues.begin(), colleagues.end(), [](const auto& one) { return one.role == identity::Role::operator_; }));
    const auto cameras = watch.monitored.size(), limit = watch.office.rules.limits().cameras;
    const auto each = [&](std::size_t persons) -> json::value {
        if (persons == 0) return nullptr;
        return static_cast<double>(cameras * 10 / persons) / 10;
    };
    const auto needed = (cameras + limit - 1) / limit;
    return json::object{{"monitored", static_cast<std::int64_t>(cameras)},
                        {"onDuty", static_cast<std::int64_t>(on_duty)},
                        {"employed", static_cast<std::int64_t>(employed)},
                        {"perOnDuty", each(on_duty)},
                        {"perEmployed", each(employed)},
                        {"limit", static_cast<std::int64_t>(limit)},
                        {"missingPersons", static_cast<std::int64_t>(needed > on_duty ? needed - on_duty : 0)}};
}

json::object unwatched_json(const Watch& watch, const std::vector<Assigned>& sets, const std::vector<Stay>& sitting) {
    std::set<CameraId> seen;
    for (const auto& set : sets) {
        const auto stay = std::find_if(sitting.begin(), sitting.end(), [&](const Stay& one) { return one.user == set.user; });
        // What is theirs who are away is looked after by whom it is lent to, or by nobody.
        if (stay == sitting.end() || stay->away_since) continue;
        seen.insert(set.own.begin(), set.own.end());
        seen.insert(set.lent.begin(), set.lent.end());
    }
    std::size_t count = 0;
    json::array first;
    for (const auto& camera : watch.monitored) {
        if (seen.contains(camera)) continue;
        if (++count <= kUnwatchedMax) first.emplace_back(camera.value);
    }
    return {{"count", static_cast<std::int64_t>(count)}, {"cameras", std::move(first)}};
}

/// Of the running shift and of those in which somebody sits: who came early or stays is at work in another one.
Result<json::array> passes_json(const Watch& watch, const std::vector<Stay>& sitting) {
    std::set<std::string> shifts{watch.office.rules.pattern().at(now_of(watch.office)).id};
    for (const auto& stay : sitting) shifts.insert(stay.shift);
    std::vector<Pass> all;
    for (const auto& shift : shifts) {
        TRY(auto done, passes(watch.office.book.db(), shift));
        std::move(done.begin(), done.end(), std::back_inserter(all));
    }
    std::sort(all.begin(), all.end(), [](const Pass& a, const Pass& b) { return a.seq < b.seq; });
    json::array out;
    for (const auto& pass : all) out.push_back(pass_json(watch.office, pass));
    return out;
}

Result<json::object> watch_json(const Watch& watch) {
    auto& db = watch.office.book.db();
    TRY(const auto sets, assigned(db));
    TRY(const auto sitting, present(db));
    json::array items;
    for (const auto& set : sets) {
        const auto stay = std::find_if(sitting.begin(), sitting.end(), [&](const Stay& one) { return one.user == set.user; });
        json::value seat = nullptr;
        if (stay != sitting.end()) seat = json::string(stay->seat);
        items.push_back(json::object{{"user", set.user.value},
                                     {"name", names_of(watch.office, set.user)},
                                     {"seat", std::move(seat)},
                                     {"away", stay != sitting.end() && stay->away_since.has_value()},
                                     {"own", ids_json(set.own)},
                                     {"lent", ids_json(set.lent)}});
    }
    TRY(auto done, passes_json(watch, sitting));
    const auto on_duty = std::count_if(sitting.begin(), sitting.end(), [](const Stay& one) { return one.role == identity::Role::operator_; });
    TRY(auto load, load_json(watch, static_cast<std::size_t>(on_duty)));
    return json::object{{"sets", std::move(items)}, {"unwatched", unwatched_json(watch, sets, sitting)}, {"load", std::move(load)}, {"passes", std::move(done)}};
}

std::vector<Patrolled> patrolled(const Watch& watch, const Assigned& set) {
    std::vector<Patrolled> out;
    for (const auto* list : {&set.own, &set.lent}) {
        for (const auto& id : *list) {
            const auto* camera = watch.directory.find(id);
            if (camera == nullptr) continue;
            const auto& rule = watch.office.rules.patrol(camera->purpose, now_of(watch.office));
            out.push_back({id, rule.risk, rule.dwell});
        }
    }
    return out;
}

/// The stops as text: a camera is written by its own room, as text.
Result<http::Response> own_response(const Watch& watch, const identity::Session& caller, std::size_t tiles) {
    auto& db = watch.office.book.db();
    TRY(const auto set, assigned_to(db, caller.user));
    http::Response response;
    response.headers["Cache-Control"] = "no-store";
    response.body = R"({"set":null})";
    if (!set) return response;
    TRY(const auto number, pass_number(db, caller.user, set->shift));
    std::string stops;
    for (const auto& stop : pass_of(patrolled(watch, *set), number, tiles)) {
        std::string cameras;
        for (const auto& id : stop.cameras) cameras += (cameras.empty() ? "" : ",") + device::camera_json(*watch.directory.find(id));
        stops += (stops.empty() ? "" : ",") + std::string("{\"dwellSeconds\":") + std::to_string(stop.dwell.count()) + ",\"cameras\":[" + cameras + "]}";
    }
    const json::object head{{"grant", set->grant.value}, {"shift", set->shift}, {"pass", static_cast<std::int64_t>(number)}, {"lent", ids_json(set->lent)}};
    auto text = json::serialize(head);
    text.pop_back();
    response.body = "{\"set\":" + text + ",\"stops\":[" + stops + "]}}";
    return response;
}

Result<std::uint64_t> pass_in(const http::Request& request) {
    TRY(const auto body, http::parse_object(request.body));
    const auto* pass = body.if_contains("pass");
    if (pass == nullptr || !pass->is_int64() || pass->get_int64() < 0 || pass->get_int64() > 1'000'000)
        return fail_field("pass", "must be a whole number from 0 to 1000000");
    return static_cast<std::uint64_t>(pass->get_int64());
}

}  // namespace

int weight_of(const Rules& rules, const device::Camera& camera, WallTime now) { return rules.patrol(camera.purpose, now).risk; }

http::Response get_watch(Watch watch, const http::Request& request) {
    if (const auto known = http::only_parameters(request, {}); !known) return http::problem(known.error());
    return answer(200, watch_json(watch));
}

http::Response get_own_watch(Watch watch, const http::Request& request, const identity::Session& caller) {
    const auto response = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(request, {"tiles"}));
        TRY(const auto tiles, http::whole_parameter(request, "tiles", 1, kTilesMax, kTiles));
        return own_response(watch, caller, tiles);
    }();
    return response ? *response : http::problem(response.error());
}

http::Response post_pass(Watch watch, const http::Request& request, const identity::Session& caller) {
    return answer(201, [&]() -> Result<json::object> {
        TRY(const auto number, pass_in(request));
        TRY(const auto pass, confirm_pass(watch.office.book, caller.user, number));
        return pass_json(watch.office, pass);
    }());
}

}  // namespace bongsu::duty
