#include "onvif/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "address/target.hpp"

namespace bongsu::onvif {

namespace {

constexpr std::size_t kUrlBytesMax = 1000;

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\'; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

struct Parts {
    std::string scheme;  ///< In lower case; empty for a path alone.
    std::string_view authority, path;
    bool has_user = false;
};

/// The first of what may be a list in one element.
std::string_view first_word(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, std::min(text.find_first_of(" \t\r\n"), text.size()));
}

Result<Parts> split(std::string_view text) {
    if (text.empty() || text.size() > kUrlBytesMax || !is_plain(text)) return fail(ErrorKind::invalid, "the camera's address is empty, too long or no URL");
    Parts out;
    const auto colon = text.find("://");
    const auto slash = text.find('/');
    if (colon == std::string_view::npos || colon > slash) {
        out.path = text;
        return out;
    }
    out.scheme = lower(text.substr(0, colon));
    const auto rest = text.substr(colon + 3);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    out.authority = rest.substr(0, end);
    out.path = rest.substr(end);
    if (const auto at = out.authority.rfind('@'); at != std::string_view::npos) {
        out.authority.remove_prefix(at + 1);
        out.has_user = true;
    }
    return out;
}

struct HostPort {
    std::string host;
    std::uint16_t port = 0;  ///< 0: none said.
};

/// Of a camera's own words nothing is believed but the port; the host is compared only.
HostPort host_and_port(std::string_view authority) {
    HostPort out;
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    auto host = authority.substr(0, std::min(colon, authority.size()));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    out.host = lower(host);
    if (colon != std::string_view::npos) {
        const auto digits = authority.substr(colon + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
        if (error != std::errc{} || end != digits.data() + digits.size()) out.port = 0;
    }
    return out;
}

std::string rooted(std::string_view path) {
    const auto fragment = std::min(path.find('#'), path.size());
    const auto kept = path.substr(0, fragment);
    return kept.starts_with('/') ? std::string(kept) : "/" + std::string(kept);
}

/// Xiongmai's cameras part their fields by underlines: `user=admin_password=tlJwpbo6_channel=1`.
bool begins_field(std::string_view text, std::size_t at) {
    if (text[at] != '_') return false;
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at + 1);
    return end != std::string_view::npos && end > at + 1 && text[end] == '=';
}

std::string cut_host(const std::string& host) { return host.substr(0, 64); }

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

/// Each time it takes something it leaves fewer letters, or stars for them: it ends.
std::string masked_once(std::string_view url) {
    constexpr std::array<std::string_view, 8> kNames{"password=", "passwd=", "pwd=", "psw=", "pass=", "auth=", "token=", "authinfo="};
    std::string out(url);
    if (const auto colon = out.find("://"); colon != std::string::npos) {
        // A password may hold '/' and '@' itself: all up to the last '@' before the query goes.
        const auto at = out.rfind('@', std::min(out.find_first_of("?#", colon + 3), out.size()));
        if (at != std::string::npos && at > colon) out.erase(colon + 3, at - colon - 2);
    }
    const auto low = lower(out);
    std::string shown;
    std::size_t i = 0;
    while (i < out.size()) {
        const auto name = std::find_if(kNames.begin(), kNames.end(), [&](std::string_view each) { return low.compare(i, each.size(), each) == 0; });
        if (name == kNames.end()) {
            shown += out[i++];
            continue;
        }
        shown.append(out, i, name->size()).append("***");
        i += name->size();
        while (i < out.size() && std::string_view("&;/?#").find(out[i]) == std::string_view::npos && !begins_field(low, i)) ++i;
    }
    return shown;
}

}  // namespace

std::string Place::authority() const {
    const std::uint16_t usual = is_tls ? 443 : 80;
    return bracketed(host) + (port == usual ? "" : ":" + std::to_string(port));
}

std::string Place::text() const { return (is_tls ? "https://" : "http://") + authority() + path; }

Result<Place> parse_place(std::string_view text) {
    const bool has_scheme = text.find("://") != std::string_view::npos;
    TRY(const auto target, address::parse_target(has_scheme ? std::string(text) : "http://" + std::string(text)));
    if (target.scheme != "http" && target.scheme != "https") return fail(ErrorKind::invalid, "the camera's address must be http or https");
    Place out;
    out.is_tls = target.scheme == "https";
    out.host = target.host;
    out.port = target.port;
    if (target.path != "/") out.path = target.path;
    return out;
}

Result<Reached> reach(std::string_view xaddr, const Place& dialled) {
    TRY(const auto parts, split(first_word(xaddr)));
    Reached out{dialled, {}};
    out.place.path = rooted(parts.path);
    if (parts.scheme.empty()) return out;
    if (parts.scheme != "http" && parts.scheme != "https") return fail(ErrorKind::invalid, "the camera's service address is neither http nor https");
    const auto said = host_and_port(parts.authority);
    if (said.host != lower(dialled.host)) {
        out.note = "the camera calls itself " + cut_host(said.host) + ", it was reached as " + dialled.host;
        return out;
    }
    // Never from TLS back to the clear.
    if (dialled.is_tls && parts.scheme == "http") return out;
    out.place.is_tls = parts.scheme == "https";
    out.place.port = said.port != 0 ? said.port : (out.place.is_tls ? 443 : 80);
    return out;
}

Result<StreamUrl> reach_stream(std::string_view uri, const Place& dialled, std::initializer_list<std::string_view> schemes) {
    TRY(const auto parts, split(first_word(uri)));
    const auto scheme = parts.scheme.empty() ? std::string(*schemes.begin()) : parts.scheme;
    if (std::find(schemes.begin(), schemes.end(), std::string_view(scheme)) == schemes.end())
        return fail(ErrorKind::invalid, "the camera's stream address is of an unknown kind");
    StreamUrl out;
    HostPort said{lower(dialled.host), 0};
    if (!parts.scheme.empty()) said = host_and_port(parts.authority);
    if (said.host != lower(dialled.host)) out.note = "the camera calls itself " + cut_host(said.host) + ", it was reached as " + dialled.host;
    if (parts.has_user) out.note += std::string(out.note.empty() ? "" : "; ") + "a stream's address held a user name, which was left out";
    out.url = scheme + "://" + bracketed(dialled.host) + (said.port != 0 ? ":" + std::to_string(said.port) : "") + rooted(parts.path);
    return out;
}

std::string without_secrets(std::string_view url) {
    auto shown = masked_once(url);
    // What a star took may have hidden a second address: what is shown is shown the same again.
    for (auto again = masked_once(shown); again != shown; again = masked_once(shown)) shown = std::move(again);
    return shown;
}

}  // namespace bongsu::onvif
