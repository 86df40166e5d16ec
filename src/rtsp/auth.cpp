#include "rtsp/auth.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <vector>

#include "crypto/crypto.hpp"

namespace bongsu::rtsp {
namespace {

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

/// `name=value, name="quoted \" value"`; at most 32. Stops at the first thing that is neither.
Parameters parameters_of(std::string_view text) {
    Parameters out;
    while (out.size() < 32) {
        const auto from = text.find_first_not_of(", \t");
        if (from == std::string_view::npos) break;
        text.remove_prefix(from);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) break;
        const auto name = trim(text.substr(0, equals));
        text.remove_prefix(equals + 1);
        std::string value;
        if (!text.empty() && text[0] == '"') {
            std::size_t i = 1;
            for (; i < text.size() && text[i] != '"'; ++i) {
                if (text[i] == '\\' && i + 1 < text.size()) ++i;
                value += text[i];
            }
            text.remove_prefix(std::min(i + 1, text.size()));
        } else {
            const auto end = std::min(text.find(','), text.size());
            value = std::string(trim(text.substr(0, end)));
            text.remove_prefix(end);
        }
        out.emplace_back(name, std::move(value));
    }
    return out;
}

std::string get(const Parameters& parameters, std::string_view name) {
    for (const auto& [key, value] : parameters) {
        if (equal_ignoring_case(key, name)) return value;
    }
    return {};
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c >= 0 && c < 0x20) continue;  // A header value cannot carry it.
        out += c;
    }
    return out + "\"";
}

std::string hash_hex(Scheme scheme, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const EVP_MD* kind = scheme == Scheme::digest_sha256 ? EVP_sha256() : EVP_md5();
    // MD5 is missing in FIPS mode only; the empty answer is then refused by the camera and shown as such.
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, kind, nullptr) != 1) return {};
    return crypto::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

struct DigestInput {
    std::string_view method, url, nonce, nc, cnonce, qop;
};

/// RFC 2617 3.2.2.1; without qop as RFC 2069 did and many cameras do.
std::string digest_answer(Scheme scheme, const Credentials& who, std::string_view realm,
                          const DigestInput& in) {
    const std::string ha1 = hash_hex(scheme, who.user + ":" + std::string(realm) + ":" + who.password);
    const std::string ha2 = hash_hex(scheme, std::string(in.method) + ":" + std::string(in.url));
    std::string middle(in.nonce);
    if (!in.qop.empty()) {
        for (const auto part : {in.nc, in.cnonce, in.qop}) middle.append(":").append(part);
    }
    return hash_hex(scheme, ha1 + ":" + middle + ":" + ha2);
}

std::optional<Challenge> parse_challenge(std::string_view text) {
    const auto space = text.find(' ');
    const auto scheme = text.substr(0, space);
    const auto parameters = parameters_of(space == std::string_view::npos ? "" : text.substr(space + 1));
    Challenge out;
    out.realm = get(parameters, "realm");
    if (equal_ignoring_case(scheme, "Basic")) return out;
    if (!equal_ignoring_case(scheme, "Digest")) return std::nullopt;
    const std::string algorithm = get(parameters, "algorithm");
    if (algorithm.empty() || equal_ignoring_case(algorithm, "MD5")) {
        out.scheme = Scheme::digest_md5;
    } else if (equal_ignoring_case(algorithm, "SHA-256")) {
        out.scheme = Scheme::digest_sha256;
    } else {
        return std::nullopt;
    }
    out.nonce = get(parameters, "nonce");
    out.opaque = get(parameters, "opaque");
    out.stale = equal_ignoring_case(get(parameters, "stale"), "true");
    const std::string qop = get(parameters, "qop");
    for (std::string_view rest = qop; !rest.empty();) {
        const auto comma = std::min(rest.find(','), rest.size());
        out.qop_auth = out.qop_auth || equal_ignoring_case(trim(rest.substr(0, comma)), "auth");
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (out.nonce.empty() || (!qop.empty() && !out.qop_auth)) return std::nullopt;
    return out;
}

}  // namespace

std::optional<Challenge> choose_challenge(const Headers& headers) {
    std::optional<Challenge> best;
    for (const auto value : headers.all("WWW-Authenticate")) {
        auto challenge = parse_challenge(value);
        if (challenge && (!best || challenge->scheme > best->scheme)) best = std::move(challenge);
    }
    return best;
}

std::string authorization(const Challenge& challenge, const Credentials& who, std::string_view method,
                          std::string_view url, std::uint32_t count, std::string_view cnonce) {
    if (challenge.scheme == Scheme::basic) return "Basic " + crypto::to_base64(who.user + ":" + who.password);
    std::array<char, 8> nc{};
    nc.fill('0');
    for (std::size_t i = nc.size(); count > 0 && i-- > 0; count >>= 4)
        nc[i] = "0123456789abcdef"[count & 15U];
    const std::string_view nc_text(nc.data(), nc.size());
    const DigestInput input{method, url, challenge.nonce, nc_text, cnonce, challenge.qop_auth ? "auth" : ""};
    std::string out = "Digest username=" + quoted(who.user) + ", realm=" + quoted(challenge.realm) +
                      ", nonce=" + quoted(challenge.nonce) + ", uri=" + quoted(url) +
                      ", response=" + quoted(digest_answer(challenge.scheme, who, challenge.realm, input));
    if (challenge.scheme == Scheme::digest_sha256) out += ", algorithm=SHA-256";
    if (!challenge.opaque.empty()) out += ", opaque=" + quoted(challenge.opaque);
    if (challenge.qop_auth) {
        out += ", qop=auth, nc=";
        out += nc_text;
        out += ", cnonce=" + quoted(cnonce);
    }
    return out;
}

bool digest_holds(std::string_view text, const Challenge& ours, const Credentials& expected,
                  std::string_view method) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos || !equal_ignoring_case(text.substr(0, space), "Digest"))
        return false;
    const auto parameters = parameters_of(text.substr(space + 1));
    const std::string url = get(parameters, "uri"), nc = get(parameters, "nc"),
                      cnonce = get(parameters, "cnonce"), qop = get(parameters, "qop"),
                      algorithm = get(parameters, "algorithm");
    if (ours.scheme == Scheme::digest_sha256 && !equal_ignoring_case(algorithm, "SHA-256")) return false;
    if (get(parameters, "username") != expected.user || get(parameters, "nonce") != ours.nonce) return false;
    const std::string right =
        digest_answer(ours.scheme, expected, ours.realm, {method, url, ours.nonce, nc, cnonce, qop});
    return !right.empty() && crypto::equal_in_constant_time(right, get(parameters, "response"));
}

std::string write_challenge(const Challenge& challenge) {
    if (challenge.scheme == Scheme::basic) return "Basic realm=" + quoted(challenge.realm);
    std::string out = "Digest realm=" + quoted(challenge.realm) + ", nonce=" + quoted(challenge.nonce);
    if (challenge.qop_auth) out += ", qop=\"auth\"";
    if (challenge.scheme == Scheme::digest_sha256) out += ", algorithm=SHA-256";
    return out;
}

Result<Credentials> parse_basic(std::string_view text) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos || !equal_ignoring_case(text.substr(0, space), "Basic")) {
        return fail(ErrorKind::unauthenticated, "Authorization is not Basic");
    }
    const auto plain = crypto::from_base64(trim(text.substr(space + 1)), "Authorization");
    if (!plain) return fail(ErrorKind::invalid, "Authorization: Basic holds no base64");
    const auto colon = plain->find(':');
    if (colon == std::string::npos) return fail(ErrorKind::invalid, "Authorization: Basic holds no colon");
    return Credentials{plain->substr(0, colon), plain->substr(colon + 1)};
}

}  // namespace bongsu::rtsp
