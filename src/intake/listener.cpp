#include "intake/listener.hpp"

#include <openssl/x509.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <set>
#include <tuple>

#include "base/log.hpp"
#include "event/code_map.hpp"
#include "intake/places.hpp"

namespace bongsu::intake {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Tls = ssl::stream<tcp::socket>;

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::chrono::seconds kLinger{1};
constexpr std::chrono::seconds kAcceptPause{1};  ///< When the process has no descriptors left.

constexpr std::chrono::milliseconds kAskForPlace{20};  ///< While somebody waits at the door.

/// Of either kind of connection, for the port's end.
struct Closable : Guest {
    virtual void close() = 0;
};

/// What the connections of a port share; lives as long as any of them. It holds each until that closes: one that waits
/// for the store has nothing under way by itself.
struct Port {
    asio::io_context& loop;
    const env::Clock& clock;
    std::shared_ptr<const event::Profile> profile;
    Counters& counters;
    Listener::Deliver deliver;
    RateBucket bucket;
    std::shared_ptr<ssl::context> tls;
    Places places;
    asio::steady_timer asking;
    bool is_asking = false;
    std::set<std::shared_ptr<Closable>> open{};
};

/// A place comes free by an answer or a close, or a half frame grows old: whoever waits is thought of until it has one.
void ask_for_places(const std::shared_ptr<Port>& port) {
    if (!port->places.is_waited_for() || std::exchange(port->is_asking, true)) return;
    port->asking.expires_after(kAskForPlace);
    port->asking.async_wait([weak = std::weak_ptr(port)](error_code) {
        const auto alive = weak.lock();
        if (!alive) return;
        alive->is_asking = false;
        alive->places.let_in(alive->clock.mono());
        ask_for_places(alive);
    });
}

std::string hex_digest_of_peer(SSL* session) {
    std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(session), &X509_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += "0123456789abcdef"[digest.at(i) >> 4];
        out += "0123456789abcdef"[digest.at(i) & 15];
    }
    return out;
}

/// Stream: tcp::socket or Tls.
template <class Stream>
class Connection final : public Closable, public std::enable_shared_from_this<Connection<Stream>> {
  public:
    Connection(Stream stream, std::shared_ptr<Port> port, std::string remote)
        : stream_(std::move(stream)),
          port_(std::move(port)),
          profile_(port_->profile),
          remote_(std::move(remote)),
          session_(*profile_, port_->bucket, port_->counters, port_->clock.mono()),
          timer_(port_->loop) {
        ++port_->counters.connections;
        ++port_->counters.connections_total;
    }
    ~Connection() override { --port_->counters.connections; }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start() {
        port_->open.insert(this->shared_from_this());
        if (!port_->places.come(*this)) {
            ++port_->counters.connections_refused;
            return close();
        }
        // Nobody stands at the door for longer: not with half a handshake, and not before a port that stays full.
        timer_.expires_after(profile_->listen->frame);
        timer_.async_wait([weak = this->weak_from_this()](error_code code) {
            const auto self = weak.lock();
            if (code || !self || self->is_in_ || self->closed_) return;
            ++self->port_->counters.connections_refused;
            self->close();
        });
        if constexpr (std::is_same_v<Stream, Tls>) {
            stream_.async_handshake(ssl::stream_base::server, [self = this->shared_from_this()](error_code code) {
                if (self->closed_) return;
                if (code || !self->is_expected_peer()) return self->refuse(code);
                self->knock();
            });
        } else {
            knock();
        }
    }

    std::optional<MonoTime> idle_since() const override { return finishing_ || closed_ ? std::nullopt : session_.idle_since(); }
    std::optional<MonoTime> half_since() const override { return finishing_ || closed_ ? std::nullopt : session_.half_since(); }

    void go_in() override {
        is_in_ = true;
        timer_.cancel();
        session_.begin(port_->clock.mono());
        go_on();
    }

    /// Half a frame is kept as it came, as one that took too long would be.
    void give_way() override {
        const auto self = this->shared_from_this();
        ++port_->counters.closed_for_room;
        auto rest = session_.ended(port_->clock.mono());
        close();
        for (auto& delivery : rest.deliver) hand_over(std::move(delivery));
    }

    void close() override {
        if (closed_) return;
        closed_ = true;
        const auto self = this->shared_from_this();
        port_->places.gone(*this);
        port_->open.erase(self);
        timer_.cancel();
        error_code ignored;
        lowest().close(ignored);
    }

  private:
    tcp::socket& lowest() {
        if constexpr (std::is_same_v<Stream, Tls>) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    bool is_expected_peer() {
        if constexpr (std::is_same_v<Stream, Tls>) {
            const auto& wanted = profile_->client_sha256;
            return wanted.empty() || event::folded(hex_digest_of_peer(stream_.native_handle()), event::CaseRule::ignore) ==
                                         event::folded(wanted, event::CaseRule::ignore);
        }
        return true;
    }

    void knock() {
        port_->places.knock(*this, port_->clock.mono());
        ask_for_places(port_);
    }

    void refuse(error_code code) {
        ++port_->counters.connections_refused;
        LOG_WARN("intake.tls_refused", {{"partner", profile_->key},
                                        {"remote", remote_},
                                        {"why", code ? code.message() : std::string("the certificate is not the agreed one")}});
        close();
    }

    void apply(Step step) {
        for (auto& delivery : step.deliver) hand_over(std::move(delivery));
        if (closed_) return;
        unsent_ += step.send;
        ends_ = ends_ || step.close;
        go_on();
    }

    void hand_over(Delivery delivery) {
        const auto id = delivery.id;
        const bool taken = port_->deliver(
            {.profile = profile_->key,
             .remote = remote_,
             .bytes = std::move(delivery.bytes),
             .framing = std::move(delivery.framing),
             .answer = [weak = this->weak_from_this(), id](std::string answer) {
                 if (auto self = weak.lock(); self && !self->closed_)
                     self->apply(self->session_.answered(id, std::move(answer), self->port_->clock.mono()));
             }});
        if (!taken && !closed_) apply(session_.not_taken(id, port_->clock.mono()));
    }

    void go_on() {
        if (finishing_ || closed_) return;
        write();
        if (ends_ && unsent_.empty() && !writing_) return finish();
        read();
        wait();
    }

    /// The last answer is out. What the peer still sends is read and thrown away for a moment: closing over unread
    /// bytes would reset the connection, and the reset could overtake the answer.
    void finish() {
        if (std::exchange(finishing_, true)) return;
        timer_.expires_after(kLinger);
        timer_.async_wait([self = this->shared_from_this()](error_code code) {
            if (!code) self->close();
        });
        if constexpr (std::is_same_v<Stream, Tls>) {
            stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
        } else {
            error_code ignored;
            stream_.shutdown(tcp::socket::shutdown_send, ignored);
            drain();
        }
    }

    void drain_on(error_code code) {
        if constexpr (std::is_same_v<Stream, tcp::socket>) {
            if (!code) return drain();
        }
        if (code) close();
    }

    void drain() {
        if (reading_ || closed_) return;
        reading_ = true;
        stream_.async_read_some(asio::buffer(piece_), [self = this->shared_from_this()](error_code code, std::size_t) {
            self->reading_ = false;
            if (code) return self->close();
            self->drain();
        });
    }

    void read() {
        if (reading_ || closed_ || ends_ || !session_.wants_bytes()) return;
        reading_ = true;
        stream_.async_read_some(asio::buffer(piece_), [self = this->shared_from_this()](error_code code, std::size_t n) {
            self->reading_ = false;
            if (self->closed_ || self->finishing_) return self->drain_on(code);
            const auto now = self->port_->clock.mono();
            if (!code) return self->apply(self->session_.received({self->piece_.data(), n}, now));
            const bool is_end = code == asio::error::eof || code == ssl::error::stream_truncated;
            if (!is_end) return self->close();
            self->apply(self->session_.ended(now));
        });
    }

    void write() {
        if (writing_ || closed_ || unsent_.empty()) return;
        writing_ = true;
        leaving_ = std::exchange(unsent_, {});
        asio::async_write(stream_, asio::buffer(leaving_), [self = this->shared_from_this()](error_code code, std::size_t) {
            self->writing_ = false;
            if (code) return self->close();
            self->session_.sent(self->leaving_.size(), self->port_->clock.mono());
            self->go_on();
        });
    }

    void wait() {
        const auto at = session_.deadline();
        if (closed_ || finishing_ || at == MonoTime::max()) return;
        const auto left = at - port_->clock.mono();
        timer_.expires_after(std::max<MonoClock::duration>(left, MonoClock::duration::zero()));
        timer_.async_wait([weak = this->weak_from_this()](error_code code) {
            auto self = weak.lock();
            if (code || !self || self->closed_) return;
            self->apply(self->session_.expired(self->port_->clock.mono()));
        });
    }

    Stream stream_;
    std::shared_ptr<Port> port_;
    std::shared_ptr<const event::Profile> profile_;  ///< As it stood when this connection began.
    std::string remote_;
    Session session_;
    asio::steady_timer timer_;
    std::array<char, kReadBytes> piece_;
    std::string unsent_, leaving_;
    bool reading_ = false, writing_ = false, ends_ = false, finishing_ = false, closed_ = false, is_in_ = false;
};

Result<std::shared_ptr<ssl::context>> make_context(const event::Profile& profile) {
    const auto& files = *profile.listen;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    error_code code;
    const auto bad = [&](std::string_view what) {
        return fail(ErrorKind::invalid, std::string(what) + " cannot be read: " + code.message());
    };
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->use_certificate_chain(asio::buffer(files.certificate), code);
    if (code) return bad("listen.certificate_file");
    // A key with a pass phrase would have the program ask at a terminal.
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string{}; }, code);
    context->use_private_key(asio::buffer(files.key), ssl::context::pem, code);
    if (code) return bad("listen.key_file");
    if (!files.client_ca.empty()) {
        context->add_certificate_authority(asio::buffer(files.client_ca), code);
        if (code) return bad("listen.client_ca_file");
    }
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, code);
    // A certificate that is known by its digest needs nobody to vouch for it; it is compared after the handshake.
    if (files.client_ca.empty()) context->set_verify_callback([](bool, ssl::verify_context&) { return true; }, code);
    if (code) return bad("the certificates");
    return context;
}

/// What an open connection rests on: who was let in, and how its bytes are cut and answered.
bool speaks_alike(const event::Profile& one, const event::Profile& other) {
    const auto face = [](const event::Profile& profile) {
        const auto& listen = *profile.listen;
        return std::tie(profile.format, profile.encoding, profile.length, profile.tls, profile.client_sha256, listen.certificate,
                        listen.key, listen.client_ca);
    };
    return face(one) == face(other);
}

class TcpListener final : public Listener {
  public:
    TcpListener(std::shared_ptr<Port> port, int fd)
        : port_(std::move(port)), acceptor_(port_->loop, tcp::v4(), fd), pause_(port_->loop) {
        accept();
    }
    ~TcpListener() override {
        *alive_ = false;
        error_code ignored;
        acceptor_.close(ignored);
        close_connections();
    }

    Result<void> update(std::shared_ptr<const event::Profile> profile) override {
        BONGSU_CHECK(profile->listen.has_value());
        if (profile == port_->profile) return {};
        std::shared_ptr<ssl::context> tls;
        if (profile->tls) {
            TRY(tls, make_context(*profile));
        }
        const auto before = std::exchange(port_->profile, std::move(profile));
        port_->tls = std::move(tls);
        port_->places.set_most(static_cast<std::size_t>(port_->profile->listen->connections));
        port_->bucket.set_rate(port_->profile->rate.per_second, port_->profile->rate.burst, port_->clock.mono());
        if (!speaks_alike(*before, *port_->profile)) close_connections();
        ask_for_places(port_);
        return {};
    }

  private:
    void close_connections() {
        for (const auto& connection : std::set(port_->open)) connection->close();
    }

    void accept() {
        acceptor_.async_accept([this, alive = alive_](error_code code, tcp::socket socket) {
            if (!*alive || code == asio::error::operation_aborted) return;
            if (code) return accept_later();
            take(std::move(socket));
            accept();
        });
    }

    void accept_later() {
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this, alive = alive_](error_code code) {
            if (*alive && !code) accept();
        });
    }

    void take(tcp::socket socket) {
        error_code code;
        const auto peer = socket.remote_endpoint(code);
        if (code) return;
        socket.set_option(tcp::no_delay(true), code);
        const auto remote = peer.address().to_string() + ":" + std::to_string(peer.port());
        if (port_->tls) {
            std::make_shared<Connection<Tls>>(Tls(std::move(socket), *port_->tls), port_, remote)->start();
        } else {
            std::make_shared<Connection<tcp::socket>>(std::move(socket), port_, remote)->start();
        }
    }

    std::shared_ptr<Port> port_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<void> check_certificates(const event::Profile& profile) {
    if (!profile.tls || !profile.listen) return {};
    TRY_DO(make_context(profile));
    return {};
}

Result<std::unique_ptr<Listener>> Listener::start(asio::io_context& loop, const env::Clock& clock, int fd,
                                                  std::shared_ptr<const event::Profile> profile, Counters& counters,
                                                  Deliver deliver) {
    BONGSU_CHECK(profile->listen.has_value());
    const auto rate = profile->rate;
    const auto most = static_cast<std::size_t>(profile->listen->connections);
    auto port = std::make_shared<Port>(Port{.loop = loop,
                                            .clock = clock,
                                            .profile = std::move(profile),
                                            .counters = counters,
                                            .deliver = std::move(deliver),
                                            .bucket = RateBucket(rate.per_second, rate.burst, clock.mono()),
                                            .tls = nullptr,
                                            .places = Places(most),
                                            .asking = asio::steady_timer(loop)});
    if (port->profile->tls) {
        TRY(port->tls, make_context(*port->profile));
    }
    return std::unique_ptr<Listener>(std::make_unique<TcpListener>(std::move(port), fd));
}

}  // namespace bongsu::intake
