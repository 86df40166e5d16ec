#pragma once
// How often somebody may try a password.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/time.hpp"

namespace bongsu::identity {

/// Failures within a sliding window, per key (an account and an address).
///
/// An attempt counts from its beginning, so that many at once gain nothing; a success forgets the key's
/// failures. Bounds: kKeysMax keys; past that the key that began longest ago is forgotten and counted.
class Attempts {
  public:
    static constexpr std::size_t kFailuresMax = 5;
    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kKeysMax = 10'000;

    /// False when the key has used up its attempts.
    bool begin(const std::string& key, MonoTime now);
    void succeeded(const std::string& key);
    std::uint64_t forgotten_total() const { return forgotten_total_; }

  private:
    void make_room(MonoTime now);
    std::map<std::string, std::deque<MonoTime>> begun_;
    std::uint64_t forgotten_total_ = 0;
};

}  // namespace bongsu::identity
