#include "partners.hpp"

#include <algorithm>

#include "payload.hpp"
#include "ways.hpp"

namespace bongsu::simulation {

Partner::Partner(SimCity& city, std::unique_ptr<Way> way, std::string name, std::size_t calls)
    : city_(city), chance_(city.chance().fork()), way_(std::move(way)), name_(std::move(name)) {
    for (std::size_t i = 0; i < calls; ++i) plan_call(i);
}

void Partner::plan_call(std::size_t index) {
    auto& chance = chance_;
    auto call = std::make_unique<Call>();
    call->number = name_ + "-2026010100000" + std::to_string(1000 + index);
    std::vector<std::string> states{"10"};
    if (chance.percent(40) && name_.starts_with("112")) states.emplace_back("20");
    if (chance.percent(50)) states.emplace_back("40");
    if (chance.percent(25)) states.emplace_back("40");
    // One that was dialled by mistake is taken back before all have heard of it.
    call->hasty = chance.percent(15);
    const auto end = call->hasty ? 5 : chance.below(5);
    if (call->hasty) states = {"10", "50"};
    if (end == 0) states.emplace_back("90");
    if (end == 1 || end == 2) states.emplace_back("50");
    if (end == 2 || end == 3) states.emplace_back("91");
    if (end == 3 && chance.percent(30)) states.emplace_back("91");
    const std::string grade = chance.percent(70) ? "10" : "20";
    const bool is_drill = (name_ == "patrol" || name_ == "disaster") && chance.percent(25);
    if (is_drill) city_.oracle().told().sent_as_drill(call->number);
    const auto& busy = city_.busy();
    for (const auto& state : states) {
        Statement statement;
        statement.event.grade = grade;
        statement.event.number = call->number;
        statement.event.state = state;
        statement.is_drill = is_drill;
        // A place that moves goes to another busy district, or stays in its own.
        const auto& near = *city_.nodes()[busy[chance.below(busy.size())]];
        statement.event.position =
            event::Position{static_cast<std::int32_t>(near.lon * 1e7) + static_cast<std::int32_t>(chance.below(8000)),
                            static_cast<std::int32_t>(near.lat * 1e7) + static_cast<std::int32_t>(chance.below(8000))};
        // Who drives on leaves all cameras behind.
        if (&state != &states.front() && chance.percent(20)) statement.event.position->lat_e7 += 500'000;
        const auto word = std::string(kWord) + call->number + "-" + std::to_string(call->statements.size());
        statement.event.place = "모의 장소 " + word + "p";
        statement.event.text = "상태 " + state + " " + word + "t";
        call->statements.push_back(std::move(statement));
    }
    calls_.push_back(std::move(call));
    city_.schedule().in(chance.span(2s, 210s), [this, &call = *calls_.back()] { begin(call); });
}

void Partner::begin(Call& call) {
    auto& chance = chance_;
    // Whole seconds, as the formats have them, each message a few later than the one before.
    auto at = std::chrono::floor<std::chrono::seconds>(city_.clock().wall());
    const auto occurred = at;
    call.in_order = way_->has_revisions() || !chance.percent(25);
    for (auto& statement : call.statements) {
        statement.event.occurred_at = occurred;
        statement.event.state_time = at;
        if (call.in_order)
            city_.oracle().sent_in_order(way_->sender(), call.number, statement.event.state, at);
        at += std::chrono::seconds(chance.between(2, 9));
    }
    if (call.in_order && city_.settings().sabotage == Sabotage::partner_jumps)
        std::reverse(call.statements.begin(), call.statements.end());
    if (call.in_order) return send_next(call);
    const bool one_is_late = chance.percent(30);
    for (auto& statement : call.statements) {
        const auto delay = chance.span(0ms, 20s) + (one_is_late && chance.percent(30) ? 60s : 0s);
        city_.schedule().in(delay, [this, &call, &statement] { send(call, statement, false); });
    }
}

void Partner::send_next(Call& call) {
    if (call.next < call.statements.size()) send(call, call.statements[call.next], false);
}

void Partner::send(Call& call, Statement& statement, bool repeat) {
    const auto right = [this, &call, &statement, repeat] {
        way_->send(statement,
                   [this, &call, &statement, repeat](Heard heard) { take_answer(call, statement, repeat, heard); });
    };
    if (!chance_.percent(7)) return right();
    way_->send_broken(statement, [this, right](Heard heard) {
        if (heard == Heard::taken) city_.oracle().violated("a broken message of " + name_ + " was taken");
        right();
    });
}

void Partner::take_answer(Call& call, Statement& statement, bool repeat, Heard heard) {
    auto& chance = chance_;
    if (heard == Heard::refused) return city_.oracle().violated("a right message of " + name_ + " was refused");
    if (heard == Heard::again) {
        return city_.schedule().in(chance.span(500ms, 2000ms), [this, &call, &statement, repeat] {
            way_->send(statement, [this, &call, &statement, repeat](Heard again) {
                take_answer(call, statement, repeat, again);
            });
        });
    }
    city_.oracle().partner_was_answered(way_->sender(), call.number, statement.event.state,
                                        statement.event.state_time);
    if (chance.percent(12))
        city_.schedule().in(chance.span(0ms, 8s), [this, &call, &statement] { send(call, statement, true); });
    if (repeat || std::exchange(statement.done, true) || !call.in_order) return;
    ++call.next;
    const auto pause = call.hasty ? chance.span(1ms, 60ms) : chance.span(2s, 25s);
    city_.schedule().in(pause, [this, &call] { send_next(call); });
}

Partners::Partners(SimCity& city) {
    auto profiles = event::parse_profiles(partners_toml(), "partners.toml");
    BONGSU_CHECK(profiles.has_value());
    profiles_ = *std::move(profiles);
    auto& chance = city.chance();
    const auto add = [&](std::unique_ptr<Way> way, std::string name, std::size_t calls) {
        partners_.push_back(std::make_unique<Partner>(city, std::move(way), std::move(name), calls));
    };
    session_ = std::make_unique<PartnerSession>(
        city, city.enrol({"police112", "", "", identity::Role::agency, {"P1100000000"}}));
    add(make_scsns_way(city, *session_, Wrapping::json), "112J", chance.between(2, 6));
    add(make_scsns_way(city, *session_, Wrapping::form), "112F", chance.below(3));
    add(make_cloud_way(city, "C1100000000"), "CLOUD", chance.below(3));
    for (const auto& profile : profiles_) {
        if (!profile.listen) continue;
        listeners_.push_back(std::make_unique<Listener>(city, profile));
        if (profile.format != event::Format::wearable) {
            add(make_socket_way(city, *listeners_.back()), profile.key, chance.below(3));
            continue;
        }
        for (auto more = chance.below(3); more > 0; --more)
            devices_.push_back(make_device(city, *listeners_.back(), "dev" + std::to_string(more)));
    }
}

}  // namespace bongsu::simulation
