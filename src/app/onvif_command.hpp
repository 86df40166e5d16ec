#pragma once
// `bongsu onvif`: what cameras say of themselves, for whoever maintains them.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace bongsu::app {

struct OnvifCommand {
    bool is_probe = false;
    std::string host;           ///< show: "192.168.1.64", "cam.local:8080", "https://…".
    std::string user, password_file;
    std::string tls_sha256;     ///< Of the camera's own certificate, in hexadecimal.
    std::vector<std::string> networks{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fd00::/8"};
    std::string interface, to;  ///< probe: our address that asks; one host instead of the group.
    int seconds = 3;
};

/// Prints one JSON object. Answers 0, or 1 when nothing answered a probe or a camera told only a part, which is printed.
/// Errors: invalid, naming the option; those of onvif::Client and onvif::Prober.
Result<int> run_onvif_command(const OnvifCommand& command);

}  // namespace bongsu::app
