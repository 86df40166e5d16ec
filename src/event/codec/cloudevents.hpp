#pragma once
// POST /api/v1/events: one event as CloudEvents 1.0 (JSON, structured mode) or as our own JSON.

#include <string_view>

#include "event/event.hpp"

namespace bongsu::event::cloudevents {

inline constexpr std::size_t kMessageBytesMax = 256 << 10;

/// Reads either form; `specversion` says which. Fields of the occurrence (`data` of a CloudEvent, the top of
/// ours): position [lon,lat]?, place?, text?, grade? ("20" when absent), items? {name: text}, revision?
/// (integer >= 0), state?
/// ("10" when absent; the codes of event.hpp). `id`, `source`, `type` and `time` are required.
///
/// Bounds: kMessageBytesMax, JSON depth 16, id and type 64 bytes, source 256, texts as event.hpp says (longer
/// is refused:
///         whoever writes this format reads our answer).
/// Errors: invalid, naming the field. Threads: any.
Result<Event> decode(std::string_view bytes);

}  // namespace bongsu::event::cloudevents
