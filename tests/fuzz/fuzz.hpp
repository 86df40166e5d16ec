#pragma once
// What the fuzz targets share: the bounds that every decoded value keeps, and the ways to hold a codec to a
// property.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "event/codec/claim.hpp"
#include "event/codec/cloudevents.hpp"
#include "event/codec/codec.hpp"
#include "event/text.hpp"

namespace bongsu::event::fuzz {

/// A property that does not hold ends the run; libFuzzer keeps the input.
inline void require(bool holds) {
    if (!holds) std::abort();
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A number that depends on all of the input: chooses steps and profiles without a byte of the input's own.
inline std::size_t choice_of(std::string_view bytes) {
    std::uint64_t hash = 1469598103934665603U;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return static_cast<std::size_t>(hash >> 20U);
}

inline WallTime received_at() { return from_us(1'795'000'000'000'000); }

inline bool is_bounded(const std::map<std::string, std::string>& items) {
    return items.size() <= kItemsMax && std::all_of(items.begin(), items.end(), [](const auto& item) {
               return !item.first.empty() && item.first.size() <= 4 * kItemKeyBytesMax &&
                      item.second.size() <= 4 * kItemValueBytesMax && is_utf8(item.first) &&
                      is_utf8(item.second);
           });
}

inline bool is_bounded(const std::optional<Position>& p) {
    return !p || (p->lon_e7 >= 1'240'000'000 && p->lon_e7 <= 1'320'000'000 && p->lat_e7 >= 330'000'000 &&
                  p->lat_e7 <= 390'000'000);
}

inline void require_bounded(const Event& e) {
    require(is_state(e.state) && is_grade(e.grade) && !e.number.empty() &&
            e.number.size() <= 4 * cloudevents::kIdLettersMax);
    require(!e.type.empty() && e.type.size() <= 4 * cloudevents::kCloudTypeLettersMax && e.body_digest.size() == 64);
    require(is_utf8(e.text) && is_utf8(e.place) && e.text.size() <= kTextBytesMax &&
            e.place.size() <= kPlaceBytesMax);
    require(is_bounded(e.items) && is_bounded(e.position) && e.faults.size() <= kFaultsMax);
    require(e.position.has_value() ==
                (e.position_fault == PositionFault::none || e.position_fault == PositionFault::swapped) ||
            !e.position);
}

inline void require_bounded(const Decoding& got) {
    require(got.ok() == got.content.has_value());
    if (!got.ok()) {
        require(!got.refusal.reason.empty() && is_utf8(got.refusal.reason) &&
                got.refusal.reason.size() < 1000);
        return;
    }
    if (const auto* event = got.event()) return require_bounded(*event);
    if (const auto* telemetry = got.telemetry()) {
        require(is_bounded(telemetry->items) && is_bounded(telemetry->position) &&
                telemetry->source.size() <= 64);
        require(telemetry->faults.size() <= kFaultsMax);
        return;
    }
    require(got.login()->secret.size() <= 256);
}

/// Of any bytes a number that an event may have or none; of a message that gives an event, that one's.
inline void require_claim(const Profile& profile, const Wire& wire, const Event* event) {
    const auto claim = claim_of(profile, wire);
    require(claim.number.empty() || profile.format == Format::cloudevents || is_number(claim.number));
    require(claim.number.size() <= 4 * cloudevents::kIdLettersMax && claim.source.size() <= 4 * cloudevents::kSourceLettersMax);
    require(event == nullptr || claim.number == event->number);
}

struct Outcome {
    std::vector<std::string> messages;
    bool failed = false;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// All that a framer says of a stream that comes in steps and then ends.
template <class Framer>
Outcome read_in_steps(Framer framer, std::string_view stream, std::size_t step) {
    Outcome out;
    const auto take = [&](Fed fed) {
        for (auto& message : fed.messages) out.messages.push_back(std::move(message));
        out.failed = out.failed || !fed.ok();
    };
    for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size())))
        take(framer.feed(stream.substr(0, step)));
    if constexpr (requires { framer.finish(); }) take(framer.finish());
    return out;
}

/// How the network splits a stream must not change what is read from it.
template <class Framer>
Outcome require_split_invariance(const Framer& framer, std::string_view stream) {
    auto whole = read_in_steps(framer, stream, stream.size() + 1);
    require(whole == read_in_steps(framer, stream, 1 + choice_of(stream) % 97));
    return whole;
}

/// What a writer needs to say the same again.
inline scsns::WriterEvent writer_event(const Event& event) {
    scsns::WriterEvent out;
    out.type = event.type;
    out.type_name = event.type_name;
    out.grade = event.grade;
    out.number = event.number;
    out.state = event.state;
    out.position = event.position;
    out.place = event.place;
    out.text = event.text;
    out.occurred_at = event.occurred_at;
    out.state_time = event.state_time;
    for (const auto& item : event.items) out.items.push_back(item);
    return out;
}

/// The same content, times to the second (the writers know no fraction).
inline void require_same(const Event& a, const Event& b) {
    const auto second = [](WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); };
    require(a.type == b.type && a.type_name == b.type_name && a.grade == b.grade && a.number == b.number);
    require(a.state == b.state && a.position == b.position && a.place == b.place && a.text == b.text);
    require(second(a.occurred_at) == second(b.occurred_at) && second(a.state_time) == second(b.state_time));
    require(a.items == b.items);
}

}  // namespace bongsu::event::fuzz
