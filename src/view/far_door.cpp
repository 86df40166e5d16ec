#include "view/far_door.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::view {

FarDoor::FarDoor(Door& gate, Post to_gate, Post to_here)
    : gate_(gate), to_gate_(std::move(to_gate)), to_here_(std::move(to_here)) {}

template <class T>
std::function<void(Result<T>)> FarDoor::here(std::function<void(Result<T>)> done) const {
    return [to_here = to_here_, alive = std::weak_ptr(alive_), done = std::move(done)](Result<T> answer) {
        to_here([alive, done, answer = std::move(answer)] {
            if (!alive.expired()) done(answer);
        });
    };
}

void FarDoor::admit(const Ask& ask, std::function<void(Result<Admitted>)> done) {
    to_gate_([&gate = gate_, ask, done = here(std::move(done))] { gate.admit(ask, done); });
}

void FarDoor::open(Ask ask, Cut cut, std::function<void(Result<Pass>)> done) {
    auto cut_here = [to_here = to_here_, alive = std::weak_ptr(alive_), cut = std::move(cut)](const std::string& reason) {
        to_here([alive, cut, reason] {
            if (!alive.expired() && cut) cut(reason);
        });
    };
    to_gate_([&gate = gate_, ask = std::move(ask), cut_here = std::move(cut_here), done = here(std::move(done))] {
        gate.open(ask, cut_here, done);
    });
}

void FarDoor::close(std::uint64_t number, const std::string& reason, std::uint64_t frames, std::uint64_t bytes) {
    to_gate_([&gate = gate_, number, reason, frames, bytes] { gate.close(number, reason, frames, bytes); });
}

bool FarDoor::allows_origin(std::string_view origin) const {
    return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

}  // namespace bongsu::view
