#include "app/media_tls.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"

namespace bongsu::app {
namespace {

namespace asio = boost::asio;

}  // namespace

Result<std::unique_ptr<MediaTls>> MediaTls::open(Given given) {
    TRY(auto files, read_rtsps_files(given.env.disk, given.settings));
    TRY(auto identity, rtsp::TlsIdentity::make(files.certificate, files.key));
    return std::unique_ptr<MediaTls>(new MediaTls(std::move(given), std::move(files), std::move(identity)));
}

MediaTls::MediaTls(Given given, RtspsFiles shown, std::shared_ptr<const rtsp::TlsIdentity> identity)
    : given_(std::move(given)),
      shown_(std::move(shown)),
      listener_(given_.loop, given_.env.clock, given_.listen_fd, std::move(identity),
                [this](auto socket, auto tls) { given_.take(socket.release(), std::move(tls)); }),
      timer_(given_.loop) {
    look_later();
}

void MediaTls::look_later() {
    timer_.expires_after(given_.look_every);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        asio::post(given_.disk, [this, alive, &loop = given_.loop, &disk = given_.env.disk, settings = given_.settings] {
            const auto files = std::make_shared<Result<RtspsFiles>>(read_rtsps_files(disk, settings));
            asio::post(loop, [this, alive, files] {
                if (alive.expired()) return;
                show(*files);
                look_later();
            });
        });
    });
}

void MediaTls::show(const Result<RtspsFiles>& files) {
    if (files && *files == shown_) return;
    auto identity = files ? rtsp::TlsIdentity::make(files->certificate, files->key) : tl::unexpected(files.error());
    if (!identity) {  // Maybe one of the two is new and the other not yet.
        if (std::exchange(refused_, identity.error().message) != refused_)
            LOG_ERROR("rtsps.certificate_refused", {{"why", "media.rtsps." + identity.error().message}});
        return;
    }
    refused_.clear();
    shown_ = *files;
    listener_.set_identity(*std::move(identity));
    LOG_INFO("rtsps.certificate_shown", {{"file", given_.settings.certificate_file}});
}

void MediaTls::add_stats(boost::json::object& out) const {
    const auto& counters = listener_.counters();
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    out["rtsps_secured_total"] = number(counters.secured);
    out["rtsps_handshakes_failed_total"] = number(counters.failed + counters.timed_out);
    out["rtsps_turned_away_total"] = number(counters.turned_away);
}

}  // namespace bongsu::app
