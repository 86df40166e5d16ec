#include "onvif/soap.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "crypto/crypto.hpp"
#include "onvif/names.hpp"

namespace bongsu::onvif {

std::string Call::action() const { return std::string(service) + "/" + std::string(operation); }

std::string cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    auto end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end));
}

std::string words_of(const xml::Element& element, std::size_t bytes_max) { return cut(element.text(), bytes_max); }

namespace soap {

namespace {

constexpr std::size_t kReasonBytesMax = 200;
constexpr std::size_t kSubcodesMax = 8;

struct Prefix {
    std::string_view name, uri;
};
constexpr std::array kPrefixes{Prefix{"xmlns:s", names::soap12},   Prefix{"xmlns:tds", names::device},
                               Prefix{"xmlns:trt", names::media},  Prefix{"xmlns:tr2", names::media2},
                               Prefix{"xmlns:tptz", names::ptz},   Prefix{"xmlns:tt", names::schema}};

/// To the second: makers have refused longer ones.
std::string created_text(WallTime time) { return to_rfc3339(time).substr(0, 19) + "Z"; }

void write_security(xml::Writer& out, const UsernameToken& token) {
    const auto created = created_text(token.created);
    out.open("wsse:Security").attribute("s:mustUnderstand", "1");
    out.attribute("xmlns:wsse", names::wsse).attribute("xmlns:wsu", names::wsu);
    out.open("wsse:UsernameToken").element("wsse:Username", token.user);
    out.open("wsse:Password")
        .attribute("Type", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest")
        .text(password_digest(token.nonce, created, token.password))
        .close();
    out.open("wsse:Nonce")
        .attribute("EncodingType", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary")
        .text(crypto::to_base64(token.nonce))
        .close();
    out.element("wsu:Created", created).close().close();
}

std::string_view local(std::string_view qualified) {
    const auto colon = qualified.rfind(':');
    return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

/// Of the two SOAPs, whichever the element is of.
xml::Element child(const xml::Element& of, std::string_view name) {
    if (const auto found = of.child(names::soap12, name)) return found;
    return of.child(names::soap11, name);
}

std::string_view one_code(std::string_view code) {
    if (code == "Client") return "Sender";
    if (code == "Server") return "Receiver";
    return code;
}

/// By words that only SOAP 1.1's single code or a reason carry.
bool has(const Fault& fault, std::initializer_list<std::string_view> names) {
    return std::any_of(fault.subcodes.begin(), fault.subcodes.end(), [&](const std::string& each) {
        return std::find(names.begin(), names.end(), std::string_view(each)) != names.end();
    });
}

tl::unexpected<Error> no_envelope(int status, std::string_view operation) {
    const auto say = [&](ErrorKind kind, std::string_view why, std::string_view code) {
        Error error{kind, std::string(operation) + ": the camera answered " + std::to_string(status) + std::string(why), Where::here()};
        error.code = code;
        return tl::unexpected<Error>(std::move(error));
    };
    switch (status) {
        case 401: return say(ErrorKind::unauthenticated, ", it wants another user name or password", "");
        case 403: return say(ErrorKind::forbidden, ", this account may not", "");
        case 404:
        case 405:
        case 501: return say(ErrorKind::not_found, ", it has no such service", "not_supported");
        default: break;
    }
    if (status >= 500) return say(ErrorKind::unavailable, " and no envelope", "");
    if (status >= 400) return say(ErrorKind::invalid, " without saying why", "bad_request");
    return say(ErrorKind::corrupt, " and something that is no SOAP envelope", "");
}

}  // namespace

std::string password_digest(std::string_view nonce, std::string_view created, std::string_view password) {
    std::string text(nonce);
    text.append(created).append(password);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    // SHA-1 is what the profile says; missing in FIPS mode only: the camera refuses the empty digest then.
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
    return crypto::to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string write(std::string_view body, const std::optional<UsernameToken>& token) {
    xml::Writer out;
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").open("s:Envelope");
    for (const auto& prefix : kPrefixes) out.attribute(prefix.name, prefix.uri);
    if (token) {
        out.open("s:Header");
        write_security(out, *token);
        out.close();
    }
    return out.open("s:Body").raw(body).take();
}

xml::Writer begin(std::string_view qualified_operation) {
    xml::Writer out;
    out.open(qualified_operation);
    return out;
}

std::optional<Fault> fault_of(const xml::Element& body) {
    const auto element = child(body, "Fault");
    if (!element) return std::nullopt;
    Fault out;
    if (const auto code = child(element, "Code")) {
        out.code = cut(one_code(local(child(code, "Value").text())), 64);
        for (auto at = child(code, "Subcode"); at && out.subcodes.size() < kSubcodesMax; at = child(at, "Subcode"))
            out.subcodes.push_back(cut(local(child(at, "Value").text()), 64));
        out.reason = words_of(child(child(element, "Reason"), "Text"), kReasonBytesMax);
        return out;
    }
    // SOAP 1.1: unqualified faultcode and faultstring; what follows a dot or stands in its place is the subcode.
    const auto code = local(element.child("", "faultcode").text());
    const auto dot = std::min(code.find('.'), code.size());
    out.code = cut(one_code(code.substr(0, dot)), 64);
    if (dot < code.size()) out.subcodes.push_back(cut(code.substr(dot + 1), 64));
    if (out.code != "Sender" && out.code != "Receiver" && !out.code.empty()) out.subcodes.push_back(out.code);
    out.reason = words_of(element.child("", "faultstring"), kReasonBytesMax);
    return out;
}

Error to_error(const Fault& fault, std::string_view operation) {
    Error out{ErrorKind::invalid, std::string(operation) + ": the camera says " + (fault.code.empty() ? "Fault" : fault.code), Where::here()};
    for (const auto& each : fault.subcodes) out.message += ", " + each;
    if (!fault.reason.empty()) out.message += ": " + fault.reason;
    if (has(fault, {"NotAuthorized", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck", "MessageExpired"})) {
        out.kind = ErrorKind::unauthenticated;
    } else if (has(fault, {"OperationProhibited", "AccessDenied"})) {
        out.kind = ErrorKind::forbidden;
    } else if (has(fault, {"ActionNotSupported", "ActionNotImplemented", "OptionalActionNotImplemented", "UnknownAction", "NoSuchService"})) {
        out.kind = ErrorKind::not_found;
        out.code = "not_supported";
    } else if (has(fault, {"NoProfile", "NoToken", "NoEntity", "NoConfig", "NoSource", "NoPTZProfile", "NoHomePosition"})) {
        out.kind = ErrorKind::not_found;
    } else if (fault.code == "Receiver") {
        out.kind = ErrorKind::unavailable;
    }
    return out;
}

Result<Answer> read(int http_status, std::string_view body, const Call& call) {
    auto document = xml::Document::parse(body);
    if (!document) {
        const bool is_ok = http_status >= 200 && http_status < 300;
        if (!is_ok || body.empty()) return no_envelope(http_status, call.operation);
        auto error = std::move(document).error();
        error.message = std::string(call.operation) + ": " + error.message;
        return tl::unexpected(std::move(error));
    }
    const auto root = document->root();
    const bool is_envelope = root.name() == "Envelope" && (root.ns() == names::soap12 || root.ns() == names::soap11 || root.ns().empty());
    const auto inside = is_envelope ? child(root, "Body") : xml::Element{};
    if (!inside) return no_envelope(http_status, call.operation);
    if (const auto fault = fault_of(inside)) return tl::unexpected(to_error(*fault, call.operation));
    const auto answer = inside.child(call.service, std::string(call.operation) + "Response");
    if (!answer) {
        if (http_status >= 400) return no_envelope(http_status, call.operation);
        return fail(ErrorKind::corrupt, std::string(call.operation) + ": the camera answered something that was not asked");
    }
    return Answer{*std::move(document), answer};
}

}  // namespace soap
}  // namespace bongsu::onvif
