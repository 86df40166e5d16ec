#pragma once
// A loop whose turns a test takes by hand.

#include <deque>
#include <functional>
#include <utility>

#include "base/post.hpp"

namespace bongsu::hub::test {

struct HandLoop {
    std::deque<std::function<void()>> tasks;
    Post post = [this](std::function<void()> task) { tasks.push_back(std::move(task)); };
    void turn() {
        while (!tasks.empty()) {
            const auto task = std::move(tasks.front());
            tasks.pop_front();
            task();
        }
    }
};

}  // namespace bongsu::hub::test
