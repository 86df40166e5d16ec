#pragma once
// What the framers of the socket formats answer.

#include <string>
#include <vector>

#include "event/codec/refusal.hpp"

namespace bongsu::event {

/// Whole messages as they came, in order, and perhaps why nothing can follow: after a refusal the stream has
/// no way to find the next message, so answer it and close.
struct Fed {
    std::vector<std::string> messages;
    Refusal refusal;

    bool ok() const { return refusal.code == Code::ok; }
};

}  // namespace bongsu::event
