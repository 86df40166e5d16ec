#pragma once
// Binary mode: attributes as HTTP headers.

#include <boost/json/object.hpp>

#include "event/codec/cloudevents.hpp"

namespace bongsu::event::cloudevents {

inline constexpr std::string_view kHeaderPrefix = "ce-";

/// The attributes that ce-* headers carry, all of them texts: freed of double quotes, then percent-decoded once
/// (http-protocol-binding 3.1.3.2). What is no percent-encoding stays as it is. An optional attribute that is no UTF-8 then
/// is left out and noted in `event`: "attribute:NAME", or "attributeValue" of an extension.
/// Errors: invalid of the header's name where that is one of specversion, id, source, type and time.
Result<boost::json::object> attributes_of(const Headers& headers, Event& event);

}  // namespace bongsu::event::cloudevents
