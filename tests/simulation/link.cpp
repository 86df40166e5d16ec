#include "link.hpp"

namespace bongsu::simulation {

Link::Link(Schedule& schedule, std::uint64_t seed, End dialer, End listener)
    : schedule_(schedule), chance_(seed), ends_{std::move(dialer), std::move(listener)} {}

void Link::keep() {
    keeps_ = true;
    try_soon();
}

void Link::try_soon() {
    if (!keeps_ || stands_ || std::exchange(trying_, true)) return;
    schedule_.in(chance_.span(50ms, 150ms), [this] {
        trying_ = false;
        try_connect();
        try_soon();
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

void Link::stall(Span span) { stalled_until_ = std::max(stalled_until_, schedule_.now() + span); }

void Link::send(int from, const boost::json::object& message) {
    if (!stands_) return;
    const auto to = static_cast<std::size_t>(1 - from);
    if (loses_one_in_ > 0 && chance_.below(loses_one_in_) == 0) return;
    enqueue(1 - from, [this, to, message] { ends_[to].message(message); });
}

void Link::break_off(int dead) {
    breaks_after_.reset();
    if (!stands_) return;
    stands_ = false;
    for (const int side : {0, 1}) {
        auto& queue = on_their_way_[static_cast<std::size_t>(side)];
        if (side == dead || chance_.percent(50)) queue.clear();
        if (side != dead) enqueue(side, [this, side] { ends_[static_cast<std::size_t>(side)].down(); });
    }
    try_soon();
}

void Link::enqueue(int to, std::function<void()> what) {
    const auto side = static_cast<std::size_t>(to);
    const auto number = ++numbers_;
    on_their_way_[side].push_back({number, std::move(what)});
    last_at_[side] =
        std::max({last_at_[side], stalled_until_, schedule_.now() + chance_.span(1ms, 20ms)});
    schedule_.at(last_at_[side], [this, to, number] { deliver(to, number); });
}

void Link::deliver(int to, std::uint64_t number) {
    auto& queue = on_their_way_[static_cast<std::size_t>(to)];
    if (queue.empty() || queue.front().number != number) return;  // Lost.
    const auto what = std::move(queue.front().what);
    queue.pop_front();
    what();
    if (breaks_after_ && (*breaks_after_)-- == 0) break_off();
}

}  // namespace bongsu::simulation
