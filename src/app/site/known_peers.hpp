#pragma once
// Who stands behind a key: the queues before the store take turns among partners, not among keys.

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bongsu::app {

/// Filled by the site when it let a key in; a key that nobody let in yet is nobody's. It says in which queue a message
/// waits and nothing else: whether the key is still good the site asks anew for each.
/// Bounds: 4,096 keys, by a number made of them; then it begins anew. Threads: any.
class KnownPeers {
  public:
    void know(std::string_view key, std::string_view peer) {
        const std::lock_guard lock(mutex_);
        if (peers_.size() >= kKeysMax) peers_.clear();
        auto& known = peers_[std::hash<std::string_view>{}(key)];
        if (known != peer) known = peer;
    }
    /// Empty: nobody's.
    std::string peer_of(std::string_view key) const {
        const std::lock_guard lock(mutex_);
        const auto found = peers_.find(std::hash<std::string_view>{}(key));
        return found == peers_.end() ? std::string() : found->second;
    }

  private:
    static constexpr std::size_t kKeysMax = 4096;
    mutable std::mutex mutex_;
    std::unordered_map<std::size_t, std::string> peers_;
};

}  // namespace bongsu::app
