#pragma once
// Where an ONVIF camera's streams are: asked once, and again when they are not there any more.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/env.hpp"
#include "ingest/camera_puller.hpp"
#include "onvif/client.hpp"

namespace bongsu::ingest {

/// A camera that is given by its device service instead of by URLs.
struct OnvifSource {
    onvif::Place device;
    rtsp::Credentials credentials;  ///< Secret. Of its streams, too.
    std::string tls_sha256;         ///< Of its certificate under https; 32 bytes, or empty: the machine's authorities.
    bool operator==(const OnvifSource& other) const {
        return device == other.device && credentials.user == other.credentials.user &&
               credentials.password == other.credentials.password && tls_sha256 == other.tls_sha256;
    }
};

/// How a camera's device service is asked: in 2.5 s a request and 6 s for all of it, at an address that `reach` allows, which outlives it.
onvif::Client::Options client_options(const OnvifSource& source, const Reach& reach, onvif::Scope scope);

/// Asks the time, the services, the profiles and the addresses (Media2 first, then Media), at most once at a time for both
/// of a camera's streams. The last good answer is given until vain(); then the camera is asked again, and where it does not
/// answer, while its pictures may still come, the old one is given once more.
/// Bounds:    2.5 s a request, 6 s for all of it; a login that failed is not tried again for 25 s, as cameras lock accounts.
/// Ownership: by the supervisor; close() ends what is under way, and nothing is called afterwards.
/// Threads:   the loop's.
class OnvifFinder : public std::enable_shared_from_this<OnvifFinder> {
  public:
    OnvifFinder(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, const Reach& reach, OnvifSource source);

    /// The main stream, or the small one; where there is none, the main stream as shared. `found` may be called at once.
    void locate(bool small, CameraPuller::Found found);
    /// What was given led to no picture.
    void vain() { is_stale_ = true; }
    void close();

    /// The camera's clock minus ours, as it said when it was asked last; to a second.
    std::optional<std::chrono::milliseconds> clock_offset() const { return clock_offset_; }
    std::uint64_t asked_total() const { return asked_; }

  private:
    struct Waiting {
        bool small;
        CameraPuller::Found found;
    };

    void take(Result<onvif::Description> got);
    void answer(const Waiting& waiting) const;

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    const Reach& reach_;
    const OnvifSource source_;
    std::shared_ptr<onvif::Client> client_;  // While it is asked.
    std::vector<Waiting> waiting_;
    std::string main_url_, sub_url_;  // Secret where a maker hides something in them.
    bool is_stale_ = false;
    std::optional<Error> locked_out_;  // A login that failed: not tried again before then, whichever stream asks.
    MonoTime locked_until_{};
    std::optional<std::chrono::milliseconds> clock_offset_;
    std::uint64_t asked_ = 0;
};

}  // namespace bongsu::ingest
