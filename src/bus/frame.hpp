#pragma once
// Cuts a byte stream into JSON messages: 4 bytes of length, little endian, then one object. Pure.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bongsu::bus {

constexpr std::size_t kMessageBytesMax = 16U << 20;

/// One message with its length in front; a byte that is no UTF-8 becomes '?', for the other end reads strictly and would hang
/// up on a stranger's word that got this far. BONGSU_CHECKs that it is within kMessageBytesMax.
std::string to_frame(const boost::json::object& message);

/// Feed it bytes as they come. After an error it is finished: the stream has no way to resynchronise.
/// Errors: corrupt, for a length above kMessageBytesMax or bytes that are no JSON object.
class FrameReader {
  public:
    Result<std::vector<boost::json::object>> feed(std::string_view bytes);

  private:
    std::string pending_;
};

}  // namespace bongsu::bus
