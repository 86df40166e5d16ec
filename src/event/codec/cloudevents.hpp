#pragma once
// POST /api/v1/events: one event as CloudEvents 1.0 (JSON, structured mode) or as our own JSON.

#include <string_view>

#include "event/event.hpp"

namespace bongsu::event::cloudevents {

inline constexpr std::size_t kMessageBytesMax = 256 << 10;
/// Of docs/openapi.json, schema EventInput: letters, not bytes.
inline constexpr std::size_t kIdLettersMax = 128, kSourceLettersMax = 128, kTypeLettersMax = 64;
inline constexpr std::size_t kPlaceLettersMax = 512, kTextLettersMax = 4096;
inline constexpr std::size_t kItemKeyLettersMax = 100, kItemValueLettersMax = 1000;
inline constexpr std::size_t kItemsBytesMax = 128 << 10;  ///< Names and values: an event fits one journal entry.

/// Reads either form; `specversion` says which. Fields of the occurrence (`data` of a CloudEvent, the top of
/// ours): position [lon,lat]?, place?, text?, grade? ("20" when absent), items? {name: text}, revision?
/// (integer >= 0), test? (true: a test or drill), state?
/// ("10" when absent; the codes of event.hpp). `id`, `source`, `type` and `time` are required.
///
/// Bounds: kMessageBytesMax, JSON depth 16, letters as above, kItemsMax items (longer is refused: whoever writes
///         this format reads our answer). `type` is a word of ASCII letters, digits and . _ : / -.
/// Errors: invalid, with the field as the sender wrote it (`data.position`, `items.NAME`; `body` for the whole). Threads: any.
Result<Event> decode(std::string_view bytes);

}  // namespace bongsu::event::cloudevents
