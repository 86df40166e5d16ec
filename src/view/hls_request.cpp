#include "view/hls_request.hpp"

#include <algorithm>

namespace bongsu::view::hls {
namespace {

constexpr std::string_view kRoot = "/hls/", kView = "view/", kIndex = "/index.m3u8";
constexpr std::size_t kDigitsMax = 10;

tl::unexpected<Error> nothing() { return fail(ErrorKind::not_found, "there is nothing at this path"); }

bool is_word(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
}

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    if (!is_number(text) || text.size() > kDigitsMax || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return value;
}

bool take(std::string_view& text, std::string_view start) {
    if (!text.starts_with(start)) return false;
    text.remove_prefix(start.size());
    return true;
}

bool take_end(std::string_view& text, std::string_view end) {
    if (!text.ends_with(end)) return false;
    text.remove_suffix(end.size());
    return true;
}

/// A file in a view's folder.
Result<Target> read_file(std::string_view name, Target target) {
    if (name == "media.m3u8") {
        target.what = What::playlist;
        return target;
    }
    const bool is_init = take(name, "init-");
    if (!take_end(name, is_init ? ".mp4" : ".m4s")) return nothing();
    const auto dot = is_init ? std::string_view::npos : name.find('.');
    const auto number = number_of(name.substr(0, dot));
    if (!number) return nothing();
    target.number = *number;
    target.what = is_init ? What::init : What::segment;
    if (dot == std::string_view::npos) return target;
    const auto part = number_of(name.substr(dot + 1));
    if (!part) return nothing();
    target.part = *part;
    target.what = What::part;
    return target;
}

Result<std::optional<std::uint64_t>> read_number(const std::map<std::string, std::string>& query, const std::string& name) {
    const auto found = query.find(name);
    if (found == query.end()) return std::optional<std::uint64_t>{};
    const auto value = number_of(found->second);
    if (!value) return fail_field(name, "must be a number of at most 10 digits");
    return value;
}

}  // namespace

Result<Target> read_target(std::string_view path) {
    if (!take(path, kRoot)) return nothing();
    Target target;
    if (take(path, kView)) {
        const auto slash = std::min(path.find('/'), path.size());
        const std::string_view id = path.substr(0, slash);
        if (!is_word(id, kViewMax)) return nothing();
        target.view = id;
        target.what = What::view;
        path.remove_prefix(slash);
        if (path.empty() || path == "/") return target;
        return read_file(path.substr(1), std::move(target));
    }
    if (!take_end(path, kIndex) || !is_word(path, kCameraMax)) return nothing();
    target.camera = path;
    return target;
}

Result<Reload> read_reload(const std::map<std::string, std::string>& query) {
    TRY(const auto segment, read_number(query, "_HLS_msn"));
    TRY(const auto part, read_number(query, "_HLS_part"));
    if (part && !segment) return fail_field("_HLS_part", "needs _HLS_msn beside it");
    return Reload{segment, part};
}

Result<std::optional<Range>> read_range(std::string_view header, std::size_t total) {
    const std::optional<Range> whole;
    if (!take(header, "bytes=")) return whole;
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return whole;
    const std::string_view from_text = header.substr(0, dash), to_text = header.substr(dash + 1);
    // Numbers beyond any body of ours are as good as its end.
    const auto value = [](std::string_view text) {
        std::uint64_t out = 0;
        for (const char c : text) out = std::min<std::uint64_t>(out * 10 + static_cast<std::uint64_t>(c - '0'), 1ULL << 40);
        return out;
    };
    const auto beyond = [] { return fail(ErrorKind::invalid, "the range begins behind the end"); };
    if (from_text.empty()) {
        if (!is_number(to_text)) return whole;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(value(to_text), total));
        if (size == 0) return beyond();
        return std::optional(Range{total - size, size});
    }
    if (!is_number(from_text) || (!to_text.empty() && !is_number(to_text))) return whole;
    const std::uint64_t from = value(from_text), last = to_text.empty() ? ~std::uint64_t{0} - 1 : value(to_text);
    if (last < from) return whole;
    if (from >= total) return beyond();
    const auto end = static_cast<std::size_t>(std::min<std::uint64_t>(last + 1, total));
    return std::optional(Range{static_cast<std::size_t>(from), end - static_cast<std::size_t>(from)});
}

}  // namespace bongsu::view::hls
