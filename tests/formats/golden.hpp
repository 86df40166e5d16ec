#pragma once
// The golden messages of all formats, and what must come of each: written by tools/golden_*.py.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "event/codec/codec.hpp"

namespace bongsu::event::golden {

/// A message of tests/golden/<folder>.
struct Message {
    std::string folder, file, bytes;
    boost::json::object expected;
    std::string name() const { return folder + "/" + file; }
};

/// Bytes of a file below tests/golden.
std::string bytes_of(const std::string& path);
/// All messages that a folder's expected.json lists, in its order.
std::vector<Message> messages_of(const std::string& folder);
/// The profile of tests/golden/partners.toml, its ARIA pass phrase filled.
const Profile& profile_of(const std::string& key);

/// When a golden message came: 2026-11-23 21:30:06 in Seoul.
WallTime received_at();

/// As a listener does: cut by the framer in steps of `step` bytes, closed, decoded; or decoded at once where
/// the format has no framer. The first refusal or the first content counts.
Decoding decode_stream(const Profile& profile, const std::string& bytes, std::size_t step);
Decoding decode_file(const std::string& path, const std::string& profile);

/// "" when `got` is what `expected` says, else what differs.
std::string difference(const Decoding& got, const boost::json::object& expected, const Profile& profile);

}  // namespace bongsu::event::golden
