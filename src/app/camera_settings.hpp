#pragma once
// How a site's cameras are reached: DATA/<site>/cameras.toml (docs/cameras.md).

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "app/sites.hpp"
#include "base/id.hpp"
#include "env/env.hpp"
#include "ingest/supervisor.hpp"

namespace bongsu::app {

struct CameraSettings {
    struct Way {
        rtsp::Transport transport = rtsp::Transport::tcp;
        rtsp::TlsProof tls = {};
        std::optional<ingest::OnvifSource> onvif = {};
    };
    ingest::PullSettings pull;
    rtsp::Transport transport = rtsp::Transport::tcp;  ///< Of cameras that have no table of their own.
    std::map<CameraId, Way> ways;

    /// Sets how this source is reached.
    void apply(ingest::CameraSource& source) const;
};

/// Where this process itself is.
struct MediaPlace {
    bool is_on_loopback = false;                ///< Its ports are bound to this machine alone: so may its cameras be.
    std::vector<std::uint16_t> own_ports = {};  ///< Of the program's own services: no camera is there.
};

/// Of all sites of this machine: control with its partners' ports, media, RTSP.
std::vector<std::uint16_t> own_ports(const City& city);

/// The defaults when there is no file: TCP, in private networks. Errors: invalid names each setting that cannot be, and a
/// password's file that others may read.
Result<CameraSettings> read_camera_settings(env::Disk& disk, const std::string& data, const SiteId& site, const MediaPlace& place);

}  // namespace bongsu::app
