#pragma once
// The media process's door for rtsps://, and the certificate that it shows: read again when its files change.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "app/media_settings.hpp"
#include "view/rtsps_listener.hpp"

namespace bongsu::app {

/// Each `look_every` the files are looked at; a new pair that holds is shown to new connections, one that does not is said in the log
/// and the old one stays.
///
/// Threads: the first loop of the process; files are read on `disk`, which is joined before this ends.
class MediaTls {
  public:
    struct Given {
        boost::asio::io_context& loop;
        boost::asio::thread_pool& disk;
        env::Env& env;
        int listen_fd = -1;  ///< Taken over.
        RtspsSettings settings;
        /// Takes a connection over, its TLS agreed on.
        std::function<void(int fd, std::unique_ptr<rtsp::Tls>)> take;
        std::chrono::milliseconds look_every{10'000};
    };
    /// Errors: invalid names the setting.
    static Result<std::unique_ptr<MediaTls>> open(Given given);

    void add_stats(boost::json::object& out) const;

  private:
    MediaTls(Given given, RtspsFiles shown, std::shared_ptr<const rtsp::TlsIdentity> identity);
    void look_later();
    void show(const Result<RtspsFiles>& files);

    Given given_;
    RtspsFiles shown_;
    std::string refused_;  // Said already.
    view::RtspsListener listener_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bongsu::app
