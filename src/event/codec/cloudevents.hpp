#pragma once
// POST /api/v1/events: one event as CloudEvents 1.0 (structured or binary mode over HTTP) or as our own JSON.

#include <map>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace bongsu::event::cloudevents {

inline constexpr std::size_t kMessageBytesMax = 256 << 10;
/// Of docs/openapi.json, schema EventInput: letters, not bytes.
inline constexpr std::size_t kIdLettersMax = 128, kSourceLettersMax = 128, kTypeLettersMax = 64;
inline constexpr std::size_t kPlaceLettersMax = 512, kTextLettersMax = 4096;
inline constexpr std::size_t kItemKeyLettersMax = 100, kItemValueLettersMax = 1000;
inline constexpr std::size_t kItemsBytesMax = 128 << 10;  ///< Names and values: an event fits one journal entry.
inline constexpr std::int64_t kRevisionMax = (std::int64_t{1} << 53) - 1;  ///< The largest number that a journal entry takes.
/// A CloudEvent's `type` is any text, such as "com.github.pull_request.opened" or a URI.
inline constexpr std::size_t kCloudTypeLettersMax = 256;
/// Of the headers that are kept with a message in binary mode; `type` and all others that are read fit, percent-encoded.
inline constexpr std::size_t kHeadersMax = 64, kHeaderBytesMax = 4096;

using Headers = std::map<std::string, std::string>;  ///< Of HTTP, names in lower case.

/// One message as it came over HTTP, or as the journal kept it.
struct Input {
    std::string_view bytes;
    WallTime received_at;
    std::string_view content_type = {};
    const Headers* headers = nullptr;  ///< May be null: none.
};

enum class Mode : std::uint8_t {
    body,        ///< The body says it all: our own JSON, or a CloudEvent by its `specversion`.
    structured,  ///< application/cloudevents+json: a CloudEvent.
    binary,      ///< The attributes are headers, `ce-id`; the body is the data, as Content-Type says.
};

/// By Content-Type, and else by whether one of the headers is there that every CloudEvent has (http-protocol-binding 3).
/// Errors: invalid of Content-Type for a batch, which nobody is asked to send, and for other event formats than JSON:
/// HTTP's 415.
Result<Mode> mode_of(const Input& input);

/// The headers that carry an event in binary mode, to be kept with its raw bytes: decoded with them alone it says the
/// same. Other bytes than visible ASCII are percent-encoded in them. Empty in the other modes. Bounds: kHeadersMax, the
/// attributes that are read among them, each cut at kHeaderBytesMax.
Headers kept_headers(const Input& input);

struct Decoded {
    Event event;
    bool is_timed = true;  ///< The event says when; else its times are when it came, by our clock.
};

/// Reads an event. Fields of the occurrence (`data` of a CloudEvent, the top of our own JSON): position [lon,lat]?, place?,
/// text?, grade? ("20" when absent), items? {name: text}, revision? (0 to kRevisionMax), test? (true: a test or drill), state?
/// ("10" when absent; the codes of event.hpp). `id`, `source` and `type` are required, in our own JSON `time` too.
///
/// A position that is no pair of numbers is noted ("positionFault:data.position", in our own JSON and in binary mode
/// "positionFault:position") and refuses no event: it stands at no known place, as one whose position is zero or far.
///
/// Of a CloudEvent, noted as faults: "absent:time" (it is when the message came), "absent:data" (an event at no known
/// place), "dataUnread" (data that is not JSON by its declaration, or no object: it stays in the raw message; a text is
/// the event's text), "notUri:source", "notUri:dataschema", "attribute:NAME" (an optional one of a wrong type),
/// "attributeName" and "attributeValue" (of an extension). Extensions are allowed and stay in the raw message; `subject` is
/// an item. `data_base64` is data of the type that `datacontenttype` says, and of none where that is absent.
///
/// Bounds: kMessageBytesMax, JSON depth 16, letters as above, times in the years 2000 to 2100, kItemsMax items (longer is refused: whoever writes this
/// format reads our answer). Our own `type` is a word of ASCII letters, digits and . _ : / -.
/// Errors: invalid, with the field as the sender wrote it (`data.grade`, `items.NAME`, `ce-id`; `body` for the whole),
/// and those of mode_of. Threads: any.
Result<Decoded> decode(const Input& input);

}  // namespace bongsu::event::cloudevents
