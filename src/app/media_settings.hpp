#pragma once
// How a site's viewers reach its media: the table [media] of DATA/<site>/site.toml (docs/viewers.md).

#include <memory>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "env/env.hpp"
#include "rtsp/tls.hpp"

namespace bongsu::app {

/// RTSP under TLS.
struct RtspsSettings {
    std::string certificate_file, key_file;  ///< Paths.
    int port = 0;
};

struct MediaSettings {
    std::optional<RtspsSettings> rtsps;
    /// False: over plain RTSP other sites' relays alone; everybody else is told to come by rtsps://.
    bool plain_rtsp = true;
    /// Streams of H.265 that may be transcoded at a time; 0: none ever.
    unsigned transcodes = transcodes_by_default();

    /// Half of the cores, at least one.
    static unsigned transcodes_by_default();
};

/// The defaults when there is no file. The files of the certificate and its key are tried too. Errors: invalid names each
/// setting that cannot be, the key that others can read among them.
Result<MediaSettings> read_media_settings(env::Disk& disk, const std::string& data, const SiteId& site);

/// A certificate and its key as they stand on the disk. Errors: invalid names the setting.
struct RtspsFiles {
    std::string certificate, key;
    bool operator==(const RtspsFiles&) const = default;
};
Result<RtspsFiles> read_rtsps_files(env::Disk& disk, const RtspsSettings& settings);

}  // namespace bongsu::app
