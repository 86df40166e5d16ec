// How a puller comes to a connection: place, address, dial, redirects.
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "crypto/crypto.hpp"
#include "ingest/camera_puller.hpp"

namespace bongsu::ingest {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A relay's other end may have to wake its camera first: its DESCRIBE waits for up to 5 s.
constexpr auto kAttemptMost = 8s;
constexpr auto kRelayRenewal = 300ms;
constexpr auto kTlsTimeout = 5s;
constexpr int kRedirectsMost = 2;

std::string random_hex(env::Random& random) {
    std::array<std::uint8_t, 8> bytes{};
    random.fill(bytes);
    return crypto::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

void CameraPuller::connect() {
    hang_up();
    trying_ = true;
    attempt_begin_ = clock_.mono();
    redirects_ = 0;
    first_.reset();
    // A camera that was lost stays "unreachable" until its picture is back.
    if (state_ != State::unreachable) set_state(State::connecting, Cause::none, "");
    if (!options_.locate) {
        auto url = rtsp::parse_url(options_.url);
        if (!url) return attempt_failed(Cause::settings, url.error());
        url_ = *std::move(url);
    }
    if (options_.gate == nullptr) return begin_attempt();
    waits_ = true;
    arm(clock_.mono() + kTickMost);
    const bool is_urgent = wanted_ || options_.relay || options_.mode == Mode::warm;
    // Posted: the place may be one that another puller gives back at this moment.
    place_ = options_.gate->ask(options_.locate ? options_.url : url_->host, is_urgent, clock_.mono(),
                                [&loop = loop_, go = of_this_attempt([](CameraPuller& self) { self.begin_attempt(); })] { asio::post(loop, go); });
}

void CameraPuller::begin_attempt() {
    waits_ = false;
    ++counters_.connects;
    attempt_begin_ = clock_.mono();
    attempt_end_ = attempt_begin_ + kAttemptMost;
    deadline_ = options_.relay || options_.locate ? attempt_end_ : attempt_begin_ + kAnswerTimeout;
    arm(deadline_);
    if (options_.locate) return locate();
    password_ = url_->password;
    if (options_.password) return ask_password();
    resolve();
}

void CameraPuller::locate() {
    options_.locate([take = of_this_attempt([](CameraPuller& self, const Result<Located>& place, Cause cause) {
                         if (!place) return self.attempt_failed(cause, place.error());
                         self.located(*place);
                     }),
                     &loop = loop_](Result<Located> place, Cause cause) {
        asio::post(loop, [take, place = std::move(place), cause] { take(place, cause); });
    });
}

void CameraPuller::located(const Located& place) {
    is_shared_ = place.is_shared;
    options_.mode = is_shared_ ? Mode::demand : own_mode_;
    if (!is_wanted()) return stop_wanting();
    auto url = rtsp::parse_url(place.url);
    if (!url) return attempt_failed(Cause::onvif, url.error());
    url_ = *std::move(url);
    url_->user = place.credentials.user;
    password_ = place.credentials.password;
    deadline_ = std::min(attempt_end_, clock_.mono() + kAnswerTimeout);
    arm(deadline_);
    resolve();
}

void CameraPuller::ask_password() {
    // Posted, so that an answer from within the question finds us ready.
    options_.password([take = of_this_attempt([](CameraPuller& self, Result<std::string> password) {
                           if (!password) return self.attempt_failed(cause_of(password.error()), password.error());
                           self.password_ = *std::move(password);
                           self.resolve();
                       }),
                       &loop = loop_](Result<std::string> password) {
        asio::post(loop, [take, password = std::move(password)] { take(password); });
    });
}

void CameraPuller::resolve() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(url_->host, error);
    if (!error) return choose({address});
    resolver_.emplace(loop_);
    resolver_->async_resolve(
        url_->host, std::to_string(url_->port),
        of_this_attempt([](CameraPuller& self, const boost::system::error_code& failed,
                           const Tcp::resolver::results_type& found) {
            std::vector<Address> addresses;
            if (!failed) {
                for (const auto& one : found) addresses.push_back(one.endpoint().address());
            }
            self.choose(addresses);
        }));
}

void CameraPuller::choose(const std::vector<Address>& resolved) {
    static const Reach anywhere;
    const auto& reach = options_.relay ? anywhere : settings_.reach;
    auto address = choose_address(resolved, reach, first_);
    if (!address) {
        const bool is_closed = address.error().kind == ErrorKind::forbidden;
        return attempt_failed(is_closed ? Cause::address : Cause::unknown_name, address.error());
    }
    if (const auto open = check_port(*address, url_->port, reach); !open) return attempt_failed(Cause::address, open.error());
    peer_ = *address;
    if (!first_) first_ = peer_;
    dial({peer_, url_->port});
}

void CameraPuller::dial(const Tcp::endpoint& peer) {
    dialing_.emplace(loop_);
    dialing_->async_connect(
        peer, of_this_attempt([](CameraPuller& self, const boost::system::error_code& error) {
            if (error) {
                return self.attempt_failed(cause_of_dial(error),
                                           {ErrorKind::unavailable, "cannot connect: " + error.message(), Where::here()});
            }
            auto socket = std::move(*self.dialing_);
            self.dialing_.reset();
            self.connected(std::move(socket));
        }));
}

rtsp::Transport CameraPuller::transport_now() const {
    const bool silent = options_.transport == rtsp::Transport::automatic && clock_.mono() < tcp_until_;
    return silent || url_->secure || options_.relay ? rtsp::Transport::tcp : options_.transport;
}

Result<std::shared_ptr<rtsp::Wire>> CameraPuller::make_wire(Tcp::socket socket) {
    if (!url_->secure) return std::make_shared<rtsp::Wire>(std::move(socket));
    TRY(auto tls, rtsp::Tls::client(settings_.tls_trust, options_.tls, url_->host, socket.native_handle()));
    deadline_ = clock_.mono() + kTlsTimeout;
    return std::make_shared<rtsp::Wire>(std::move(socket), std::move(tls));
}

void CameraPuller::connected(Tcp::socket socket) {
    rtsp::ClientSession::Options options;
    options.url = *url_;
    options.credentials = {options_.relay && url_->user.empty() ? "ticket" : url_->user, password_};
    options.basic_at_once = options_.relay;
    options.basic_allowed = peer_ == *first_;
    options.cnonce = random_hex(random_);
    if (options_.relay) options.renew_every = kRelayRenewal;
    options.transport = transport_now();
    options.peer = peer_.to_string();
    boost::system::error_code ignored;
    if (options.transport != rtsp::Transport::tcp) {
        open_datagrams(socket.local_endpoint(ignored).address());
        if (datagrams_) {
            options.client_port = datagrams_->rtp_port();
        } else {  // No ports are left: TCP needs none.
            options.transport = rtsp::Transport::tcp;
        }
    }
    session_.emplace(std::move(options));
    auto wire = make_wire(std::move(socket));
    if (!wire) return attempt_failed(Cause::settings, wire.error());
    wire_ = *std::move(wire);
    wire_->start({.on_unit = [this](const rtsp::Unit& unit) { return on_unit(unit); },
                  .on_closed = of_this_attempt([](CameraPuller& self, const Error& error) {
                      self.attempt_failed(cause_of_loss(error), error);
                  }),
                  .on_writable = {}});
    if (wire_) wire_->send(session_->start());
}

void CameraPuller::follow_redirect() {
    ++counters_.redirects;
    auto target = *session_->redirect();
    if (++redirects_ > kRedirectsMost) {
        return attempt_failed(Cause::denied, {ErrorKind::unavailable, "the camera redirects more than twice", Where::here()});
    }
    close_connection();
    ++attempt_;
    url_ = std::move(target);
    deadline_ = std::min(attempt_end_, clock_.mono() + kAnswerTimeout);
    resolve();
}

}  // namespace bongsu::ingest
