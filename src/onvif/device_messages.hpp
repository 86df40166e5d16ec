#pragma once
// The device service's questions and answers (ONVIF Device Management, ver10/device/wsdl). Pure.

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "onvif/soap.hpp"

namespace bongsu::onvif {

inline constexpr std::size_t kServicesMax = 64;
inline constexpr std::size_t kInterfacesMax = 16;
inline constexpr std::size_t kTokenBytesMax = 256;  ///< ONVIF says 64; makers go beyond.

struct DeviceTime {
    std::optional<WallTime> utc;  ///< None where the camera says none or an impossible one.
    bool is_by_ntp = false;
    bool has_daylight_saving = false;
    std::string zone;  ///< POSIX 1003.1: "KST-9".
};
Call ask_time();  ///< Needs no login.
Result<DeviceTime> read_time(const xml::Element& answer);

/// Sets the clock by hand. For a camera without a time server alone; its recordings jump.
Call ask_set_time(WallTime utc, std::string_view zone, bool has_daylight_saving);

struct DeviceInfo {
    std::string maker, model, firmware, serial, hardware;
};
Call ask_info();
Result<DeviceInfo> read_info(const xml::Element& answer);

struct Service {
    std::string ns, xaddr;
    std::string version;  ///< "2.60".
};
Call ask_services();
/// At most kServicesMax; more are left out. Errors: corrupt when there is none.
Result<std::vector<Service>> read_services(const xml::Element& answer);
/// What came before GetServices; answers the same shape.
Call ask_capabilities();
Result<std::vector<Service>> read_capabilities(const xml::Element& answer);

struct Interface {
    std::string name, mac;  ///< MAC in lower case with colons: "00:11:22:aa:bb:cc"; empty when none is said.
    std::string ipv4;       ///< The address that is in use, "192.168.1.64/24"; may be empty.
    bool is_enabled = false;
};
Call ask_interfaces();
Result<std::vector<Interface>> read_interfaces(const xml::Element& answer);

Call ask_hostname();
Result<std::string> read_hostname(const xml::Element& answer);  ///< Empty when the camera has none.

/// A number as makers write it: spaces, a fraction or nothing. nullopt outside of [0, 10^9].
std::optional<int> number_of(const xml::Element& element);
/// "true", "1" and their capitals.
bool is_true(std::string_view text);

}  // namespace bongsu::onvif
