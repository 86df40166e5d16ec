#include "address/target.hpp"

#include <algorithm>
#include <charconv>

namespace bongsu::address {

namespace {

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

/// Of dotted parts, one that begins with a digit is a number to some resolver.
bool looks_like_a_number(std::string_view host) {
    const auto last = host.substr(host.find_last_of('.') + 1);
    return !last.empty() && last[0] >= '0' && last[0] <= '9';
}

Result<void> read_host(std::string_view text, Target& out) {
    const bool is_bracketed = text.starts_with('[') && text.ends_with(']');
    const auto inner = is_bracketed ? text.substr(1, text.size() - 2) : text;
    boost::system::error_code code;
    const auto literal = boost::asio::ip::make_address(std::string(inner), code);
    if (!code && literal.is_v6() == is_bracketed) {
        out.host = std::string(inner);
        out.literal = literal;
        return {};
    }
    if (is_bracketed) return fail(ErrorKind::invalid, "the host is no IPv6 address");
    for (const char c : inner) out.host += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool is_name = !out.host.empty() && out.host.size() <= 253 && out.host.front() != '.' && out.host.front() != '-' &&
                         std::all_of(out.host.begin(), out.host.end(), is_name_letter) &&
                         out.host.find("..") == std::string::npos;
    if (!is_name || looks_like_a_number(out.host)) return fail(ErrorKind::invalid, "the host is no name and no address");
    return {};
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
    if (text.size() > kTargetBytesMax) return fail(ErrorKind::invalid, "the address is longer than 2000 bytes");
    const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != '\\'; });
    if (!is_plain) return fail(ErrorKind::invalid, "the address holds spaces or other than ASCII letters");
    Target out;
    const auto colon = text.find("://");
    out.scheme = std::string(text.substr(0, std::min(colon, text.size())));
    const bool is_http = out.scheme == "http" || out.scheme == "https";
    if (colon == std::string_view::npos || (!is_http && out.scheme != "tcp" && out.scheme != "tls"))
        return fail(ErrorKind::invalid, "the address must begin with http://, https://, tcp:// or tls://");
    const auto rest = text.substr(colon + 3);
    const auto slash = std::min(rest.find_first_of("/?#"), rest.size());
    auto authority = rest.substr(0, slash);
    out.path.reserve(rest.size() - slash + 1);
    if (is_http && !rest.substr(slash).starts_with('/')) out.path += '/';
    out.path += rest.substr(slash);
    if (out.path.find('#') != std::string::npos) return fail(ErrorKind::invalid, "the address must not have a fragment");
    if (authority.find('@') != std::string_view::npos)
        return fail(ErrorKind::invalid, "the address must not name a user");
    if (!is_http && !out.path.empty()) return fail(ErrorKind::invalid, "the address must end with its port");
    const auto bracket = authority.find(']');
    const auto port_at = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (port_at == std::string_view::npos) {
        if (!is_http) return fail(ErrorKind::invalid, "the address needs a port");
        out.port = out.scheme == "http" ? 80 : 443;
    } else {
        const auto digits = authority.substr(port_at + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (error != std::errc{} || end != digits.data() + digits.size() || out.port == 0)
            return fail(ErrorKind::invalid, "the port must be a number from 1 to 65535");
        authority = authority.substr(0, port_at);
    }
    TRY_DO(read_host(authority, out));
    return out;
}

}  // namespace bongsu::address
