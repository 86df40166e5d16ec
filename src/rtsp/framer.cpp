#include "rtsp/framer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace bongsu::rtsp {
namespace {

bool is_letter(std::uint8_t c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

Result<std::size_t> content_length(std::string_view head) {
    constexpr std::string_view kName = "\r\ncontent-length:";
    std::optional<std::size_t> found;
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        if (!starts_with_ignoring_case(head.substr(at), kName)) continue;
        std::string_view value = head.substr(at + kName.size());
        value = value.substr(0, value.find("\r\n"));
        while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
        while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
        if (error != std::errc{} || end != value.data() + value.size() || size > Framer::kBodyMax) {
            return fail(ErrorKind::corrupt, "RTSP Content-Length is no number up to 65536");
        }
        if (found && *found != size)
            return fail(ErrorKind::corrupt, "RTSP message has two Content-Length headers");
        found = size;
    }
    return found.value_or(0);
}

/// How many bytes more the unit at the front of `pending` needs at least before it can be cut.
std::size_t lacking(std::span<const std::uint8_t> pending) {
    if (pending[0] != '$') return Framer::kHeadMax;  // Text: take what there is.
    if (pending.size() < 4) return 4 - pending.size();
    const std::size_t whole = 4U + (static_cast<std::size_t>(pending[2]) << 8 | pending[3]);
    return whole > pending.size() ? whole - pending.size() : 0;
}

}  // namespace

/// Hands on the whole units at the front of `bytes`; answers how many bytes they took.
Result<std::size_t> Framer::cut(std::span<const std::uint8_t> bytes, const Sink& sink) {
    std::size_t at = 0;
    while (at < bytes.size() && !stopped_) {
        const auto rest = bytes.subspan(at);
        if (nothing_ > kNothingMax) return fail(ErrorKind::corrupt, "nothing but blank lines or empty frames");
        if (rest[0] == '\r' || rest[0] == '\n') {  // Some peers end a body with an extra line.
            ++at;
            ++nothing_;
        } else if (rest[0] == '$') {
            if (rest.size() < 4) break;
            const std::size_t size = static_cast<std::size_t>(rest[2]) << 8 | rest[3];
            if (rest.size() < 4 + size) break;
            nothing_ = size == 0 ? nothing_ + 1 : 0;
            stopped_ = !sink(Interleaved{rest[1], rest.subspan(4, size)});
            at += 4 + size;
        } else if (!is_letter(rest[0])) {
            return fail(ErrorKind::corrupt, "bytes that are neither RTSP nor an interleaved frame");
        } else {
            const std::string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
            const auto head_size = text.substr(0, kHeadMax + 4).find("\r\n\r\n");
            if (head_size == std::string_view::npos) {
                if (text.size() >= kHeadMax + 4)
                    return fail(ErrorKind::corrupt, "RTSP head longer than 16 KiB");
                break;
            }
            const auto head = text.substr(0, head_size);
            TRY(const std::size_t body_size, content_length(head));
            const std::size_t body_at = head_size + 4;
            if (text.size() < body_at + body_size) break;
            nothing_ = 0;
            stopped_ = !sink(Text{head, text.substr(body_at, body_size)});
            at += body_at + body_size;
        }
    }
    return at;
}

Result<void> Framer::feed(std::span<const std::uint8_t> bytes, const Sink& sink) {
    while (!bytes.empty() && !finished_) {
        const bool fresh = pending_.empty();
        if (!fresh) {
            const auto more = bytes.first(std::min(lacking(pending_), bytes.size()));
            pending_.insert(pending_.end(), more.begin(), more.end());
            bytes = bytes.subspan(more.size());
        }
        const auto used = cut(fresh ? bytes : std::span<const std::uint8_t>(pending_), sink);
        finished_ = !used || stopped_;
        if (!used) {
            pending_ = {};
            return tl::unexpected(used.error());
        }
        if (fresh) {
            pending_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(*used), bytes.end());
            return {};
        }
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(*used));
        if (pending_.empty() && pending_.capacity() > kBodyMax) pending_ = {};
    }
    return {};
}

}  // namespace bongsu::rtsp
