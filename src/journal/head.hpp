#pragma once
// A record's head: an entry's fields as RFC 8785 JSON, with their digest.

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "journal/entry.hpp"

namespace bongsu::journal {

/// The fields that the digest covers.
boost::json::object covered(const Entry& entry);

/// Sets the entry's digest and answers its head. Its texts are such as Journal::append() lets through.
std::string write_head(Entry& entry);

/// The entry of a head in its canonical form with the right digest; payload and salt are not in it. Errors: corrupt says
/// what does not hold. Threads: any.
Result<Entry> read_head(std::string_view head);

/// The same by reading byte after byte the one form that write_head() gives to texts without an escape, many times as
/// fast as a JSON reader; nothing for any other form, also for one that read_head() takes. The digest is not looked at.
std::optional<Entry> scan_head(std::string_view head);

}  // namespace bongsu::journal
