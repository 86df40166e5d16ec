#pragma once
// What the media and decoder processes keep of the machine once they read hostile bytes (docs/adr/0017).

#include <boost/json/array.hpp>
#include <string>

#include "app/media_settings.hpp"
#include "base/id.hpp"
#include "sandbox/sandbox.hpp"

namespace bongsu::app {

/// Closes the media process: its spool, its camera settings, what names are resolved with, the authorities, the folders of
/// its certificate and key (a renewed one is another file). Call it
/// with every socket that was handed down open and no thread begun. What is missing is said in the log.
sandbox::Layers close_media(const std::string& data, const SiteId& site, const MediaSettings& settings);

/// As `/ready` shows layers: ["landlock:7", "seccomp"].
boost::json::array to_json(const std::vector<std::string>& layers);

}  // namespace bongsu::app
