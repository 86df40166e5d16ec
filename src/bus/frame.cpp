#include "bus/frame.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "charset/utf8.hpp"

namespace bongsu::bus {

namespace {

/// Such bytes stand within strings alone, so that what is around them stays JSON.
void replace_bad_bytes(std::string& text) {
    const auto bad = charset::first_not_utf8(text);
    for (std::size_t at = bad.value_or(text.size()); at < text.size();) {
        const auto letter = charset::first_letter(std::string_view(text).substr(at));
        if (letter.size == 0) text[at] = '?';
        at += std::max<std::size_t>(letter.size, 1);
    }
}

}  // namespace

std::string to_frame(const boost::json::object& message) {
    auto text = boost::json::serialize(message);
    replace_bad_bytes(text);
    BONGSU_CHECK(text.size() <= kMessageBytesMax);
    std::string frame;
    frame.reserve(text.size() + 4);
    for (unsigned shift = 0; shift < 32; shift += 8) frame += static_cast<char>(text.size() >> shift & 0xffU);
    return frame + text;
}

Result<std::vector<boost::json::object>> FrameReader::feed(std::string_view bytes) {
    pending_.append(bytes);
    std::vector<boost::json::object> messages;
    std::size_t at = 0;
    while (pending_.size() - at >= 4) {
        std::size_t size = 0;
        for (unsigned i = 0; i < 4; ++i)
            size |= std::size_t{static_cast<unsigned char>(pending_[at + i])} << (8 * i);
        if (size > kMessageBytesMax) return fail(ErrorKind::corrupt, "bus message longer than 16 MiB");
        if (pending_.size() - at - 4 < size) break;
        boost::system::error_code code;
        auto value = boost::json::parse(std::string_view(pending_).substr(at + 4, size), code);
        if (code || !value.is_object()) return fail(ErrorKind::corrupt, "bus message is not a JSON object");
        messages.push_back(std::move(value.get_object()));
        at += 4 + size;
    }
    pending_.erase(0, at);
    return messages;
}

}  // namespace bongsu::bus
