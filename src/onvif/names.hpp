#pragma once
// The namespaces that ONVIF's messages live in. Prefixes mean nothing here.

#include <string_view>

namespace bongsu::onvif::names {

inline constexpr std::string_view soap12 = "http://www.w3.org/2003/05/soap-envelope";
inline constexpr std::string_view soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view wsse =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
inline constexpr std::string_view wsu =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
inline constexpr std::string_view addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
inline constexpr std::string_view discovery = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
inline constexpr std::string_view network = "http://www.onvif.org/ver10/network/wsdl";
inline constexpr std::string_view device = "http://www.onvif.org/ver10/device/wsdl";
inline constexpr std::string_view media = "http://www.onvif.org/ver10/media/wsdl";
inline constexpr std::string_view media2 = "http://www.onvif.org/ver20/media/wsdl";
inline constexpr std::string_view ptz = "http://www.onvif.org/ver20/ptz/wsdl";
inline constexpr std::string_view schema = "http://www.onvif.org/ver10/schema";

}  // namespace bongsu::onvif::names
