#include "onvif/prober.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/post.hpp>

namespace bongsu::onvif {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

namespace {
constexpr int kSends = 3;
constexpr std::chrono::milliseconds kBetweenSends{300};
constexpr int kDatagramsAtOnce = 64;
}  // namespace

Prober::Prober(asio::io_context& loop, env::Env& env, Options options)
    : env_(env), options_(std::move(options)), gathering_(""), socket_(loop), timer_(loop) {
    const auto id = make_message_id(env.random);
    probe_ = write_probe(id);
    gathering_ = Gathering(id);
}

void Prober::close() {
    done_ = nullptr;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
}

void Prober::finish(Result<void> result) {
    const auto done = std::exchange(done_, nullptr);
    close();
    if (!done) return;
    if (!result) return done(tl::unexpected(std::move(result).error()));
    done(gathering_);
}

Result<void> Prober::open() {
    error_code code;
    socket_.open(options_.to.protocol(), code);
    if (!code && !options_.interface.is_unspecified() && options_.to.address().is_v4()) {
        socket_.bind({options_.interface, 0}, code);
        if (!code && options_.to.address().is_multicast()) socket_.set_option(asio::ip::multicast::outbound_interface(options_.interface), code);
    }
    if (!code && options_.to.address().is_multicast()) socket_.set_option(asio::ip::multicast::hops(1), code);
    if (!code) socket_.non_blocking(true, code);
    if (code) return fail(ErrorKind::unavailable, "the network cannot be asked: " + code.message());
    return {};
}

void Prober::start(Done done) {
    done_ = std::move(done);
    end_ = env_.clock.mono() + options_.time_max;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        if (!self->done_) return;
        if (auto opened = self->open(); !opened) return self->finish(std::move(opened));
        self->receive();
        self->send();
    });
}

void Prober::send() {
    error_code code;
    socket_.send_to(asio::buffer(probe_), options_.to, 0, code);
    if (code && code != asio::error::would_block && sent_ == 0) return finish(fail(ErrorKind::unavailable, "the network cannot be asked: " + code.message()));
    ++sent_;
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - env_.clock.mono());
    timer_.expires_after(sent_ < kSends ? std::min(kBetweenSends, rest) : rest);
    timer_.async_wait([self = shared_from_this()](error_code stopped) {
        if (!stopped && self->done_) self->on_timer();
    });
}

void Prober::on_timer() {
    if (env_.clock.mono() >= end_) return finish({});
    if (sent_ < kSends) return send();
    finish({});
}

void Prober::receive() {
    socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](error_code code) {
        if (code || !self->done_) return;
        std::array<char, kDatagramBytesMax + 1> datagram;
        for (int i = 0; i < kDatagramsAtOnce; ++i) {
            udp::endpoint from;
            const auto size = self->socket_.receive_from(asio::buffer(datagram), from, 0, code);
            // A host that has no such port says so by an error of the next call: others may still answer.
            if (code == asio::error::connection_refused) continue;
            if (code) break;
            self->gathering_.add({datagram.data(), size}, from.address().to_string(), self->env_.clock.mono());
        }
        self->receive();
    });
}

}  // namespace bongsu::onvif
