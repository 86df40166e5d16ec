#pragma once
// What an occurrence's own JSON says: the data of a CloudEvent, the top of our own form.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"

namespace bongsu::event::cloudevents {

/// Empty when absent or null. `prefix` ("data." or "") is for the error only. Errors: invalid, naming the field.
Result<std::string> optional_text(const boost::json::object& object, std::string_view prefix, std::string_view key,
                                  std::size_t letters_max);

/// The fields of cloudevents::decode into `event`. `prefix` stands in the note of a position that is none, too.
/// Errors: invalid, "data.grade must be …".
Result<void> read_content(const boost::json::object& object, std::string_view prefix, Event& event);

/// Adds `fault` where it does not stand yet; kNotesMax is the bound.
void note_once(Event& event, std::string fault);

/// Strict JSON in UTF-8, depth 16. Errors: invalid of `field`.
Result<boost::json::value> parse_value(std::string_view bytes, std::string_view field);

}  // namespace bongsu::event::cloudevents
