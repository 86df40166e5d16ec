#include "onvif/discovery.hpp"

#include <algorithm>
#include <array>

#include "charset/utf8.hpp"
#include "crypto/crypto.hpp"
#include "onvif/names.hpp"
#include "onvif/soap.hpp"
#include "onvif/xml.hpp"

namespace bongsu::onvif {

namespace {

constexpr std::size_t kDevicesMax = 2'000;
constexpr std::uint64_t kDatagramsMax = 20'000;
constexpr std::uint64_t kDatagramsInSecondMax = 500;

std::vector<std::string> words(std::string_view text, std::size_t count_max, std::size_t bytes_max) {
    std::vector<std::string> out;
    while (out.size() < count_max) {
        const auto begin = text.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
        if (end <= bytes_max) out.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return out;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return charset::is_utf8(out) ? cut(out, 256) : std::string(text.substr(0, 256));
}

/// The part of a scope that follows "onvif://www.onvif.org/<kind>/", of the first that has one.
std::string of_kind(const std::vector<std::string>& scopes, std::string_view kind) {
    const auto prefix = "onvif://www.onvif.org/" + std::string(kind) + "/";
    for (const auto& each : scopes)
        if (each.size() > prefix.size() && each.starts_with(prefix)) return percent_decoded(each.substr(prefix.size()));
    return {};
}

/// Ids are written with and without "urn:", in both cases.
std::string plain_id(std::string_view id) {
    std::string out;
    for (const char c : id) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (const std::string_view prefix : {"urn:", "uuid:"})
        if (out.starts_with(prefix)) out.erase(0, prefix.size());
    return out;
}

}  // namespace

std::string make_message_id(env::Random& random) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
    const auto hex = crypto::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string write_probe(std::string_view message_id) {
    xml::Writer out;
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").open("s:Envelope");
    out.attribute("xmlns:s", names::soap12).attribute("xmlns:a", names::addressing);
    out.attribute("xmlns:d", names::discovery).attribute("xmlns:dn", names::network);
    out.open("s:Header").open("a:Action").attribute("s:mustUnderstand", "1");
    out.text("http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe").close().element("a:MessageID", message_id);
    out.open("a:To").attribute("s:mustUnderstand", "1").text("urn:schemas-xmlsoap-org:ws:2005:04:discovery").close().close();
    out.open("s:Body").open("d:Probe").element("d:Types", "dn:NetworkVideoTransmitter");
    return out.take();
}

Result<std::vector<Match>> read_probe_matches(std::string_view datagram, std::string_view message_id) {
    TRY(const auto document, xml::Document::parse(datagram));
    const auto root = document.root();
    const auto part = [&](std::string_view name) {
        const auto found = root.child(names::soap12, name);
        return found ? found : root.child(names::soap11, name);
    };
    const auto matches = part("Body").child(names::discovery, "ProbeMatches");
    if (!matches) return fail(ErrorKind::corrupt, "the datagram holds no ProbeMatches");
    const auto relates = part("Header").child(names::addressing, "RelatesTo").text();
    if (plain_id(relates) != plain_id(message_id)) return fail(ErrorKind::conflict, "the datagram answers another probe");
    std::vector<Match> out;
    for (const auto& each : matches.children(names::discovery, "ProbeMatch")) {
        if (out.size() == kMatchesMax) break;
        Match match;
        match.endpoint = words_of(each.child(names::addressing, "EndpointReference").child(names::addressing, "Address"));
        match.xaddrs = words(each.child(names::discovery, "XAddrs").text(), kXaddrsMax, 1000);
        match.scopes = words(each.child(names::discovery, "Scopes").text(), kScopesMax, 512);
        match.name = of_kind(match.scopes, "name");
        match.location = of_kind(match.scopes, "location");
        match.hardware = of_kind(match.scopes, "hardware");
        if (!match.endpoint.empty() || !match.xaddrs.empty()) out.push_back(std::move(match));
    }
    return out;
}

void Gathering::add(std::string_view datagram, std::string_view from, MonoTime now) {
    ++counters_.datagrams;
    if (now - second_ >= std::chrono::seconds{1}) {
        second_ = now;
        in_second_ = 0;
    }
    if (++in_second_ > kDatagramsInSecondMax || counters_.datagrams > kDatagramsMax || datagram.size() > kDatagramBytesMax) {
        ++counters_.dropped;
        return;
    }
    auto matches = read_probe_matches(datagram, message_id_);
    if (!matches) {
        ++(matches.error().kind == ErrorKind::conflict ? counters_.foreign : counters_.unread);
        return;
    }
    for (auto& each : *matches) {
        each.from = std::string(from);
        // A maker that gives all its cameras one endpoint, or none, is told apart by where it answers from.
        auto key = each.endpoint.empty() ? std::string(from) : plain_id(each.endpoint);
        const auto known = found_.find(key);
        if (known != found_.end() && known->second.from != each.from && known->second.xaddrs != each.xaddrs) key += " " + each.from;
        if (found_.contains(key)) {
            ++counters_.repeats;
        } else if (found_.size() == kDevicesMax) {
            ++counters_.dropped;
        } else {
            found_.emplace(std::move(key), std::move(each));
        }
    }
}

}  // namespace bongsu::onvif
