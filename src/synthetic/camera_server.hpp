#pragma once
// Synthetic cameras: a real RTSP server whose cameras show film loops, and that can be made to fail.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "env/env.hpp"
#include "synthetic/clip.hpp"

namespace bongsu::synthetic {

/// What is wrong with a camera.
enum class Fault : std::uint8_t {
    none,
    refuse,  ///< Cuts its readers and hangs up on whoever asks for it.
    hang,    ///< Sends nothing more and answers nothing, but keeps its sockets.
    close,   ///< Cuts its readers once; new ones are welcome.
};

struct SyntheticCamera {
    std::shared_ptr<Clip> main, sub;  ///< `sub` may be null.
};

/// Paths: /cam/<nn>/main and /cam/<nn>/sub, where nn is the camera's index in two digits (more when needed).
/// Pace:    by the monotonic clock, each camera with a phase of its own, so that they do not all send at
/// once. A reader
///          begins at the newest key picture. RTP time is the clock's, so it runs on over the loop's end and
///          is the same for all readers; RTCP sender reports go out each 5 s.
/// Bounds:  `connections_max` connections; a reader that is 2 MiB behind is cut. Each is counted.
/// Threads: the loop of the io_context. Destroy it there, or when the loop has ended.
class CameraServer {
  public:
    struct Options {
        std::string user, password;  ///< Digest (realm "camera") when the user is not empty. Secret.
        bool sha256 = false;         ///< Digest by SHA-256 instead of MD5.
        std::size_t connections_max = 2048;
    };
    struct Counters {
        std::uint64_t accepted = 0, turned_away = 0, cut_slow = 0, pictures = 0, bytes = 0;
    };

    /// Takes over `listen_fd`, a bound and listening TCP socket.
    CameraServer(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, int listen_fd,
                 std::vector<SyntheticCamera> cameras, Options options);
    ~CameraServer();

    /// Stays until it is set to none (close: at once over).
    void set_fault(std::size_t camera, Fault fault);

    std::size_t readers(std::size_t camera) const;
    const Counters& counters() const { return counters_; }

  private:
    class Reader;
    friend class Reader;

    void accept();
    void forget(Reader* reader);
    std::shared_ptr<Clip> clip_of(const std::string& path, std::size_t& camera) const;
    Fault fault_of(std::size_t camera) const { return faults_[camera]; }

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    env::Random& random_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    const std::vector<SyntheticCamera> cameras_;
    std::vector<Fault> faults_;
    const Options options_;
    MonoTime epoch_;
    WallTime epoch_wall_;
    std::vector<std::shared_ptr<Reader>> readers_;
    Counters counters_;
    std::shared_ptr<bool> alive_;
};

}  // namespace bongsu::synthetic
