// The demonstration's four crews, and which of them is on duty when it starts.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/city.hpp"
#include "app/site/site.hpp"
#include "duty/verbs.hpp"
#include "place/people.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr int kCrews = 4;

/// What was planned at an earlier start: the first people's crew, and the day from which on.
struct Plan {
    std::string crew, from;
};

Plan read_plan(env::Disk& disk, const std::string& path) {
    const auto text = disk.read(path);
    boost::system::error_code code;
    const auto value = text ? json::parse(*text, code) : json::value{};
    if (code || !value.is_object()) return {};
    const auto word = [&](const char* name) {
        const auto* found = value.get_object().if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    return {word("crew"), word("from")};
}

/// "2026-12-01 07:00" by the clock in Seoul.
std::string seoul_text(WallTime time) {
    const auto text = to_rfc3339(time + std::chrono::hours(9));
    return text.substr(0, 10) + " " + text.substr(11, 5);
}

/// Of crew `number`, 1 to 4: those of its people who have an account here.
std::vector<duty::Member> people_of(const std::vector<identity::Colleague>& colleagues, int number) {
    std::vector<duty::Member> out;
    for (const auto& person : place::people()) {
        if (person.crew != number) continue;
        for (const auto& one : colleagues) {
            if (one.login == person.login) out.push_back({one.user, one.role, {}});
        }
    }
    return out;
}

/// A shift that began yesterday is past changing: its people are called in.
Result<void> call_in_first_crew(Site& site, const std::string& actor, const duty::Shift& shift, const std::vector<duty::Member>& people) {
    for (const auto& member : people) {
        const auto called = duty::call_in(site.book(), site.duty_rules(), actor, shift.id, member);
        if (!called && called.error().kind != ErrorKind::conflict) return tl::unexpected(called.error());
    }
    return {};
}

Result<void> plan(Site& site, const std::string& actor, const duty::Shift& shift, duty::Day today, bool anew) {
    TRY(const auto colleagues, site.accounts().colleagues());
    const auto& crews = site.duty_rules().pattern().crews();
    const auto first = static_cast<std::size_t>(std::find(crews.begin(), crews.end(), shift.crew) - crews.begin());
    // Nobody is in two crews, in between neither.
    for (const auto& crew : crews) {
        if (anew) TRY_DO(duty::set_crew(site.book(), site.duty_rules(), actor, crew, today, {}));
    }
    for (int number = 1; number <= kCrews && number <= static_cast<int>(crews.size()); ++number) {
        const auto& crew = crews[(first + static_cast<std::size_t>(number) - 1) % crews.size()];
        TRY_DO(duty::set_crew(site.book(), site.duty_rules(), actor, crew, today, people_of(colleagues, number)));
    }
    return shift.day < today ? call_in_first_crew(site, actor, shift, people_of(colleagues, 1)) : Result<void>{};
}

}  // namespace

Result<void> plan_demonstration_duty(env::Env& env, const CityOptions& options, const City& city) {
    const auto path = options.data + "/city/duty.json";
    const auto before = read_plan(env.disk, path);
    const auto now = env.clock.wall();
    const auto today = duty::day_of(now);
    TRY(const auto rules, read_duty_rules(env.disk, options.data, city.centre));
    auto shift = rules.pattern().at(now);
    if (shift.to - now < rules.limits().early) shift = rules.pattern().next(shift);
    const bool is_other = before.crew != shift.crew;
    if (is_other || duty::to_text(shift.day) < before.from) {
        TRY(const auto site, Site::open(env, {.data = options.data, .id = city.centre, .city = city, .in_memory = false}));
        TRY_DO(site->book().begin());
        TRY_DO(plan(*site, "site:" + city.centre.value, shift, today, !before.crew.empty()));
        TRY_DO(site->book().commit());
    }
    return env.disk.replace(path, json::serialize(json::object{{"crew", shift.crew},
                                                               {"from", is_other ? duty::to_text(today) : before.from},
                                                               {"shift", shift.id},
                                                               {"until", seoul_text(shift.to)}}) + "\n");
}

}  // namespace bongsu::app
