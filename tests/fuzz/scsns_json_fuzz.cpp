// Properties: any bytes give an event within its bounds or a refusal, an event that is written again is read the same,
// and what is read before its turn is what is read in its turn.

#include "event/arrival.hpp"
#include "fuzz.hpp"

using namespace bongsu;         // tidy-ok: a program of one function
using namespace bongsu::event;  // tidy-ok: a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::view(data, size);
    const auto got = scsns::decode({.content_type = "application/json", .bytes = bytes});
    fuzz::require(!got.ok() || got.event || !got.api_key.empty());
    fuzz::require_claim({}, {.bytes = bytes, .received_at = fuzz::received_at(), .content_type = "application/json"}, got.event ? &*got.event : nullptr);

    // Read before its turn, without its keys, it says what a decoder says of what is kept.
    const std::map<std::string, std::string> headers;
    const scsns::Input input{.content_type = "application/json", .bytes = bytes, .headers = &headers};
    Arrival arrival(input);
    arrival.read(input, nullptr);
    const auto kept = scsns::decode({.content_type = "application/json", .bytes = arrival.masked.bytes, .headers = &headers});
    fuzz::require(arrival.masked.bytes.size() == bytes.size());
    fuzz::require(arrival.decoded.ok() == kept.ok() && arrival.decoded.refusal.reason == kept.refusal.reason);
    fuzz::require(arrival.decoded.event.has_value() == kept.event.has_value());
    if (kept.event) fuzz::require_same(*arrival.decoded.event, *kept.event);
    if (!got.event) return 0;
    fuzz::require_bounded(*got.event);

    const scsns::WriterHead head{.send_cd = got.envelope.send_cd,
                                 .rcv_cd = got.envelope.rcv_cd,
                                 .sys_cd = got.envelope.sys_cd,
                                 .at = got.envelope.req_date.value_or(fuzz::received_at())};
    const auto again = scsns::write_event(head, fuzz::writer_event(*got.event));
    const auto second = scsns::decode({.content_type = "application/json", .bytes = again});
    fuzz::require(second.event.has_value());
    fuzz::require_same(*got.event, *second.event);
    return 0;
}
