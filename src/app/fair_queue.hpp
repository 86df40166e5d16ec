#pragma once
// A queue of several peers' things: they take turns, each peer's own in their order.

#include <deque>
#include <map>
#include <string>
#include <utility>

namespace bongsu::app {

/// One peer that sends a thousand things holds up its own: whoever sends one waits for one of each other's.
/// Bounds: `places` things wait in all, and of one peer at most a quarter of them. Threads: the caller's lock.
template <class T>
class FairQueue {
  public:
    explicit FairQueue(std::size_t places) : places_(places) {}

    bool has_room(const std::string& peer) const {
        if (size_ >= places_) return false;
        const auto found = queues_.find(peer);
        return found == queues_.end() || found->second.size() < places_ / 4;
    }
    /// Whether or not there is room: has_room() is for what can be refused.
    void push(const std::string& peer, T&& thing) {
        auto& queue = queues_[peer];
        if (queue.empty()) turns_.push_back(peer);
        queue.push_back(std::move(thing));
        ++size_;
    }
    /// Of the peer whose turn it is. Not of an empty queue.
    T pop() {
        auto peer = std::move(turns_.front());
        turns_.pop_front();
        const auto found = queues_.find(peer);
        auto thing = std::move(found->second.front());
        found->second.pop_front();
        --size_;
        if (found->second.empty()) {
            queues_.erase(found);
        } else {
            turns_.push_back(std::move(peer));
        }
        return thing;
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

  private:
    std::size_t places_, size_ = 0;
    std::map<std::string, std::deque<T>> queues_;  ///< Of peers that have something waiting.
    std::deque<std::string> turns_;                ///< The same peers, each once.
};

}  // namespace bongsu::app
