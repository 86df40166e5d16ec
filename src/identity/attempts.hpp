#pragma once
// How often somebody may try a password.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/time.hpp"

namespace bongsu::identity {

/// Who tries, and from where. `address` is that of the socket: behind a proxy all its users share one.
struct Attempt {
    std::string account;   ///< As typed: known or not.
    std::string address;   ///< A host, or of IPv6 its /64.
    bool familiar = false; ///< This account has logged in from this address before.
};

/// Failures within a sliding window, counted for (account, address), for the address and for the account.
///
/// No outsider can lock an account: a stranger's failures close the door for the stranger's own address, many
/// addresses at once leave each fewer tries and never none, and an address that the account has used before has an
/// allowance of its own, which counts failures of that account from that address alone.
/// An attempt counts from its beginning, so that many at once gain nothing; a success forgets the failures of its
/// account and address. Threads: one. Bounds: kKeysMax keys of each sort, kAccountMax times a key; past that the key
/// that began longest ago is forgotten and counted.
class Attempts {
  public:
    static constexpr std::size_t kStrangerMax = 5;      ///< Of one account from a new address.
    static constexpr std::size_t kFamiliarMax = 60;     ///< Of one account from an address that it has used.
    static constexpr std::size_t kAddressMax = 60;      ///< Of all accounts from one address, by strangers.
    static constexpr std::size_t kAccountMax = 100;     ///< Of one account from all addresses; then:
    static constexpr std::size_t kStrangerSlowMax = 1;  ///< instead of kStrangerMax.
    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kKeysMax = 10'000;

    /// 0 when the attempt may be made, and then it counts; else how long until one may be made, rounded up.
    std::chrono::seconds begin(const Attempt& attempt, MonoTime now);
    void succeeded(const Attempt& attempt);
    std::uint64_t forgotten_total() const { return forgotten_total_; }

  private:
    using Times = std::map<std::string, std::deque<MonoTime>>;

    /// Without those that have left the window; nullptr when there are none.
    static std::deque<MonoTime>* of(Times& times, const std::string& key, MonoTime now);
    void add(Times& times, const std::string& key, MonoTime now);
    void make_room(Times& times, MonoTime now);

    Times by_pair_, by_address_, by_account_;
    std::uint64_t forgotten_total_ = 0;
};

}  // namespace bongsu::identity
