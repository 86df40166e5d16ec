#include "faults.hpp"

#include <algorithm>

namespace bongsu::simulation {

namespace {

constexpr unsigned kKinds = 12;
constexpr unsigned kErasure = kKinds, kTry = kKinds + 1;
constexpr std::uint64_t kErasureSteps = 60;  ///< Writes and syncs of one: three an entry and some.

}  // namespace

Faults::Faults(SimCity& city) : city_(city) {
    auto& chance = city.chance();
    // Each run loses the power of a control process once at least; the rest is drawn.
    std::vector<unsigned> kinds{0};
    for (auto more = chance.between(3, 8); more > 0; --more)
        kinds.push_back(static_cast<unsigned>(chance.below(kKinds)));
    // Besides, in two of five runs, in the midst of an erasure, when one is ordered.
    if (chance.percent(40)) kinds.push_back(kErasure);
    // And in as many while a partner is told something.
    if (chance.percent(40)) kinds.push_back(kTry);
    planned_ = kinds.size();
    for (std::size_t number = 0; number < kinds.size(); ++number) {
        const auto when = chance.span(10s, 250s);
        auto fault = std::make_shared<Fault>(Fault{number, Chance(chance.fork())});
        const auto& only = city.settings().only_faults;
        if (only && std::find(only->begin(), only->end(), number) == only->end()) continue;
        city.schedule().in(when, [this, fault, kind = kinds[number]] { happen(*fault, kind); });
    }
}

/// Mostly where something happens: at the centre and in the districts whose cameras are looked through.
Node& Faults::victim(Chance& chance) {
    return chance.percent(40) ? city_.centre() : district(chance);
}

Node& Faults::district(Chance& chance) {
    const auto& busy = city_.busy();
    const auto index = chance.percent(85) ? busy[chance.below(busy.size())] : chance.between(1, kDistricts);
    return *city_.nodes()[index];
}

void Faults::note(const Fault& fault, const Node& node, const std::string& what) {
    happened_.push_back(std::to_string(fault.number) + ": " + what + " at " + node.id.value);
    city_.trace().add(city_.schedule().now(), "fault", happened_.back());
}

void Faults::happen(Fault& fault, unsigned kind) {
    auto& chance = fault.chance;
    switch (kind) {
        case 0: {
            auto& node = victim(chance);
            note(fault, node, "the power fails in the middle of a batch");
            return lose_power(node, chance);
        }
        case 1: {
            auto& node = victim(chance);
            note(fault, node, "the control process is killed");
            node.killed_at_next_turn = true;
            return;
        }
        case 2:
            return fill_disk(fault);
        case 3:
            return fail_sync(fault);
        case 4:
            return cut_link(fault);
        case 5:
            return kill_media(fault);
        case 6:
            return step_clock(fault);
        case 7:
            return stall_link(fault);
        case 8: {
            auto& node = district(chance);
            note(fault, node, "the link drops between two messages");
            return node.bus_link->break_after(chance.below(6));
        }
        case 9: {
            auto& node = victim(chance);
            note(fault, node, "the store is slow");
            node.slow_until = city_.schedule().now() + chance.span(2s, 15s);
            return;
        }
        case 10:
            return lose_everything(fault);
        case kErasure:
            return break_erasure(fault);
        case kTry:
            return break_try(fault);
        default: {
            auto& node = victim(chance);
            note(fault, node, "a write fails");
            return node.disk.fail_write(chance.between(1, 3));
        }
    }
}

void Faults::lose_power(Node& node, Chance& chance) {
    node.disk.power_off_after(chance.below(6));
    // A site that writes nothing loses its power all the same.
    city_.schedule().in(5s, [this, &node] {
        if (node.disk.is_off()) city_.die(node, true);
    });
}

void Faults::break_erasure(Fault& fault) {
    auto& node = fault.chance.percent(25) ? *city_.nodes()[city_.busy().front()] : city_.centre();
    node.at_next_erasure = [this, fault, &node]() mutable {
        const auto what = fault.chance.below(100);
        if (what < 60) {
            note(fault, node, "the power fails in the midst of an erasure");
            node.disk.power_off_after(fault.chance.below(kErasureSteps));
            city_.schedule().in(5s, [this, &node] {
                if (node.disk.is_off()) city_.die(node, true);
            });
        } else if (what < 75) {
            note(fault, node, "a write fails in the midst of an erasure");
            node.disk.fail_write(fault.chance.between(1, kErasureSteps));
        } else {
            note(fault, node, "a sync fails in the midst of an erasure");
            node.disk.fail_sync(fault.chance.between(1, 3));  // Of the order, of the marks, of the contents.
            lose_power_later(fault, node);
        }
    };
}

/// The partner has the message, or half of it, or its answer is on its way; or the entry that says so is half written.
void Faults::break_try(Fault& fault) {
    auto& node = city_.centre();
    node.at_next_try = [this, fault, &node]() mutable {
        const auto what = fault.chance.below(100);
        if (what < 50) {
            note(fault, node, "control dies while a partner is told");
            const bool power_fails = fault.chance.percent(50);
            return city_.schedule().in(fault.chance.span(1ms, 60ms), [this, &node, power_fails] { city_.die(node, power_fails); });
        }
        if (what < 80) {
            note(fault, node, "the power fails while a partner is told");
            return lose_power(node, fault.chance);
        }
        note(fault, node, "a sync fails while a partner is told");
        node.disk.fail_sync(1);
        lose_power_later(fault, node);
    };
}

/// A machine room: control and media of one site, and a neighbour, in one moment.
void Faults::lose_everything(Fault& fault) {
    auto& first = victim(fault.chance);
    auto& second = district(fault.chance);
    note(fault, first, "everything loses power here and in " + second.id.value);
    for (auto* node : {&first, &second}) {
        city_.die(*node, true);
        if (!node->media->alive()) continue;
        node->media->crash();
        node->media_link->break_off(0);
        city_.schedule().in(fault.chance.span(300ms, 3000ms), [node] { node->media->restart(); });
    }
}

void Faults::fill_disk(Fault& fault) {
    auto& node = victim(fault.chance);
    note(fault, node, "the disk is full");
    node.disk.disk_full(node.disk_is_full = true);
    city_.schedule().in(fault.chance.span(1s, 10s),
                        [&node] { node.disk.disk_full(node.disk_is_full = false); });
}

void Faults::fail_sync(Fault& fault) {
    auto& node = victim(fault.chance);
    note(fault, node, "a sync fails");
    node.disk.fail_sync(fault.chance.between(1, 3));
    lose_power_later(fault, node);
}

void Faults::lose_power_later(Fault& fault, Node& node) {
    // What such a sync left behind shows only when the power goes, too.
    const auto steps = fault.chance.fork();
    city_.schedule().in(fault.chance.span(3s, 15s), [this, &node, steps] {
        if (city_.schedule().now() >= MonoTime{} + kHealedAt) return;  // Nothing fails any more.
        Chance chance(steps);
        lose_power(node, chance);
    });
}

void Faults::cut_link(Fault& fault) {
    auto& node = district(fault.chance);
    note(fault, node, "the link is cut");
    node.bus_link->cut_network(true);
    city_.schedule().in(fault.chance.span(1s, 20s), [&node] { node.bus_link->cut_network(false); });
}

void Faults::stall_link(Fault& fault) {
    auto& node = district(fault.chance);
    note(fault, node, "the link carries nothing and stands");
    node.bus_link->stall(fault.chance.span(500ms, 8000ms));
}

void Faults::kill_media(Fault& fault) {
    auto& node = victim(fault.chance);
    if (!node.media->alive()) return note(fault, node, "the media process is dead already");
    note(fault, node, "the media process is killed");
    node.media->crash();
    node.media_link->break_off(0);
    city_.schedule().in(fault.chance.span(100ms, 1000ms), [&node] { node.media->restart(); });
}

void Faults::step_clock(Fault& fault) {
    auto& chance = fault.chance;
    auto& node = victim(chance);
    // Two hours end every grant; back goes who was ahead.
    auto by = chance.percent(20) ? Span(7'500'000) : chance.span(1s, 600s);
    if (chance.percent(40)) by = -chance.span(1s, 120s);
    note(fault, node, "the clock steps by " + std::to_string(by.count()) + " ms");
    node.clock.step(by);
    node.clock_stepped_at = city_.schedule().now();
}

}  // namespace bongsu::simulation
