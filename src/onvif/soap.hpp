#pragma once
// SOAP 1.2 as ONVIF speaks it: calls written, answers and faults read (ONVIF Core 5.3 to 5.11). Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "onvif/xml.hpp"

namespace bongsu::onvif {

/// One operation of one service, its parameters written already.
struct Call {
    std::string_view service;    ///< A namespace of names.hpp.
    std::string_view operation;  ///< "GetProfiles".
    std::string body;            ///< The element of that name, with the prefixes of soap::kPrefixes.
    bool needs_login = true;     ///< PRE_AUTH operations are asked without: ONVIF Core 5.9.4.3.

    /// "http://www.onvif.org/ver10/media/wsdl/GetProfiles", as the WSDLs name their actions.
    std::string action() const;
};

namespace soap {

/// WS-UsernameToken with a digest (WSS Username Token Profile 1.0).
struct UsernameToken {
    std::string user, password;  ///< Secret.
    std::string nonce;           ///< 16 random bytes: some makers refuse longer ones.
    WallTime created{};          ///< By the camera's clock.
};

/// Base64(SHA-1(nonce + created + password)).
std::string password_digest(std::string_view nonce, std::string_view created, std::string_view password);

/// An envelope with every prefix of names.hpp declared: s, tds, trt, tr2, tptz, tt.
std::string write(std::string_view body, const std::optional<UsernameToken>& token);

/// A writer of a Call's body that has opened its one element: `begin("trt:GetProfiles")`.
xml::Writer begin(std::string_view qualified_operation);

struct Answer {
    xml::Document document;
    xml::Element body;  ///< The element <operation>Response.
};

struct Fault {
    std::string code;                   ///< "Sender", "Receiver", also of SOAP 1.1's Client and Server.
    std::vector<std::string> subcodes;  ///< Local names, outermost first: "InvalidArgVal", "NoProfile". At most 8.
    std::string reason;                 ///< The camera's own words, at most 200 bytes.
};

/// The fault in an envelope's body, if it is one.
std::optional<Fault> fault_of(const xml::Element& body);

/// unauthenticated (NotAuthorized and its kin), forbidden (OperationProhibited), not_found with the code
/// "not_supported" (an action that the camera lacks), not_found (no such token), unavailable (Receiver), else invalid.
Error to_error(const Fault& fault, std::string_view operation);

/// What came over HTTP for `call`. SOAP 1.1 is read too. Errors: as to_error; as xml::Document::parse; for what is no
/// envelope by its status: 401 unauthenticated, 403 forbidden, 404, 405 and 501 not_found, 400 invalid with the code
/// "bad_request", 5xx unavailable, 2xx corrupt. Never quotes what was sent.
Result<Answer> read(int http_status, std::string_view body, const Call& call);

}  // namespace soap

/// An element's text, cut at a letter's end; for what people read.
std::string words_of(const xml::Element& element, std::size_t bytes_max = 256);
/// The same of any valid UTF-8.
std::string cut(std::string_view text, std::size_t bytes_max);

}  // namespace bongsu::onvif
