#include "journal/erasures.hpp"

namespace bongsu::journal {

void Erasures::add(const ErasureOrder& order) {
    add({order.seq, order.entries.front().seq, order.entries.back().seq}, true);
}

void Erasures::add(Place place, bool is_open) {
    places_.push_back(place);
    if (is_open) open_.insert(place.order);
}

bool Erasures::close(std::uint64_t order) { return open_.erase(order) > 0; }

}  // namespace bongsu::journal
