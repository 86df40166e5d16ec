#include "link.hpp"

namespace bongsu::simulation {

Link::Link(Schedule& schedule, Chance& chance, End dialer, End listener)
    : schedule_(schedule), chance_(chance), ends_{std::move(dialer), std::move(listener)} {}

void Link::keep() {
    schedule_.in(chance_.span(50ms, 150ms), [this] {
        try_connect();
        keep();
    });
}

void Link::try_connect() {
    // The ends of a broken connection hear of it before there is another one.
    if (stands_ || cut_ || !on_their_way_[0].empty() || !on_their_way_[1].empty()) return;
    if (!ends_[0].alive() || !ends_[1].alive()) return;
    stands_ = true;
    stood_at_ = schedule_.now();
    for (const int side : {0, 1}) enqueue(side, [this, side] { ends_[static_cast<std::size_t>(side)].up(); });
}

void Link::cut_network(bool cut) {
    cut_ = cut;
    if (cut) break_off();
}

void Link::send(int from, const boost::json::object& message) {
    if (!stands_) return;
    const auto to = static_cast<std::size_t>(1 - from);
    enqueue(1 - from, [this, to, message] { ends_[to].message(message); });
}

void Link::break_off(int dead) {
    if (!stands_) return;
    stands_ = false;
    for (const int side : {0, 1}) {
        auto& queue = on_their_way_[static_cast<std::size_t>(side)];
        if (side == dead || chance_.percent(50)) queue.clear();
        if (side != dead) enqueue(side, [this, side] { ends_[static_cast<std::size_t>(side)].down(); });
    }
}

void Link::enqueue(int to, std::function<void()> what) {
    const auto side = static_cast<std::size_t>(to);
    const auto number = ++numbers_;
    on_their_way_[side].push_back({number, std::move(what)});
    last_at_[side] = std::max(last_at_[side], schedule_.now() + chance_.span(1ms, 20ms));
    schedule_.at(last_at_[side], [this, to, number] { deliver(to, number); });
}

void Link::deliver(int to, std::uint64_t number) {
    auto& queue = on_their_way_[static_cast<std::size_t>(to)];
    if (queue.empty() || queue.front().number != number) return;  // Lost.
    const auto what = std::move(queue.front().what);
    queue.pop_front();
    what();
}

}  // namespace bongsu::simulation
