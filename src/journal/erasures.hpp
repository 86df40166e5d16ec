#pragma once
// Which orders of erasure a journal holds: by range, so that years of retention cost a few bytes an order.

#include <cstdint>
#include <set>
#include <vector>

#include "journal/erasable.hpp"

namespace bongsu::journal {

/// Threads: one.
class Erasures {
  public:
    struct Place {
        std::uint64_t order = 0;        ///< The seq of the order.
        std::uint64_t first = 0, last = 0;  ///< Every entry that it names is in here.
    };

    void add(const ErasureOrder& order);
    /// For an index that was kept: `is_open` when its wipe is not closed by an entry.
    void add(Place place, bool is_open);
    /// False when no such order is open.
    bool close(std::uint64_t order);

    bool is_open(std::uint64_t order) const { return open_.contains(order); }
    const std::set<std::uint64_t>& open() const { return open_; }  ///< By seq.
    const std::vector<Place>& places() const { return places_; }   ///< By order.

  private:
    std::vector<Place> places_;
    std::set<std::uint64_t> open_;
};

}  // namespace bongsu::journal
