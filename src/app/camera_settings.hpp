#pragma once
// How a site's cameras are reached: DATA/<site>/cameras.toml (docs/cameras.md).

#include <map>

#include "base/id.hpp"
#include "env/env.hpp"
#include "ingest/supervisor.hpp"

namespace bongsu::app {

struct CameraSettings {
    struct Way {
        rtsp::Transport transport = rtsp::Transport::tcp;
        rtsp::TlsProof tls = {};
    };
    ingest::PullSettings pull;
    rtsp::Transport transport = rtsp::Transport::tcp;  ///< Of cameras that have no table of their own.
    std::map<CameraId, Way> ways;

    /// Sets how this source is reached.
    void apply(ingest::CameraSource& source) const;
};

/// The defaults when there is no file. Errors: invalid names each setting that cannot be.
Result<CameraSettings> read_camera_settings(env::Disk& disk, const std::string& data, const SiteId& site);

}  // namespace bongsu::app
