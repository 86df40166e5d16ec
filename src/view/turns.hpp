#pragma once
// Work that may wait: a quarter of a millisecond of it a turn of the loop, so that whoever asks for something has the loop in between.

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "env/env.hpp"

namespace bongsu::view {

/// Threads: the loop. What waits is dropped with it.
template <class Item>
class Turns {
  public:
    static constexpr std::chrono::microseconds kTurn{250};

    Turns(boost::asio::io_context& loop, const env::Clock& clock, std::function<void(Item&)> serve)
        : loop_(loop), clock_(clock), serve_(std::move(serve)) {}

    /// Behind all that waits already.
    void add(Item item) {
        waiting_.push_back(std::move(item));
        post();
    }

  private:
    void post() {
        if (std::exchange(posted_, true)) return;
        boost::asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
            if (alive.expired()) return;
            const MonoTime end = clock_.mono() + kTurn;
            while (!waiting_.empty() && clock_.mono() < end) {
                Item item = std::move(waiting_.front());
                waiting_.pop_front();
                serve_(item);
                if (alive.expired()) return;
            }
            posted_ = false;
            if (!waiting_.empty()) post();
        });
    }

    boost::asio::io_context& loop_;
    const env::Clock& clock_;
    const std::function<void(Item&)> serve_;
    std::deque<Item> waiting_;
    bool posted_ = false;
    const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::view
