#include "onvif/client.hpp"

#include <boost/asio/post.hpp>

namespace bongsu::onvif {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Client::Client(asio::io_context& loop, env::Clock& clock, env::Random& random, Options options)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      conversation_(options_.camera, options_.credentials, random, options_.scope),
      resolver_(loop),
      timer_(loop) {}

void Client::close() {
    described_ = nullptr;
    answered_ = nullptr;
    timer_.cancel();
    resolver_.cancel();
    if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->cancel();
}

void Client::finish(Result<Description> result) {
    const auto done = std::exchange(described_, nullptr);
    close();
    if (done) done(std::move(result));
}

void Client::finish_call(Result<soap::Answer> result) {
    const auto done = std::exchange(answered_, nullptr);
    close();
    if (done) done(std::move(result));
}

Result<asio::ip::address> Client::choose(const std::vector<asio::ip::address>& addresses) const {
    return options_.choose ? options_.choose(addresses) : address::choose(addresses, options_.networks);
}

void Client::resolve(std::function<void(Result<void>)> done) {
    if (address_) return done({});
    error_code no_address;
    const auto literal = asio::ip::make_address(options_.camera.host, no_address);
    if (!no_address) {
        const auto chosen = choose({literal});
        if (!chosen) return done(tl::unexpected(chosen.error()));
        address_ = *chosen;
        return done({});
    }
    resolver_.async_resolve(options_.camera.host, "", [self = shared_from_this(), done = std::move(done)](error_code code, const auto& results) {
        if (code == asio::error::operation_aborted) return;
        if (code) {
            return done(tl::unexpected(Error{.kind = ErrorKind::not_found,
                                             .message = "the name " + self->options_.camera.host + " leads nowhere: " + code.message(),
                                             .where = Where::here(),
                                             .code = "unknown_name"}));
        }
        self->resolved(results, done);
    });
}

void Client::resolved(const tcp::resolver::results_type& results, const std::function<void(Result<void>)>& done) {
    std::vector<asio::ip::address> addresses;
    for (const auto& each : results) addresses.push_back(each.endpoint().address());
    const auto chosen = choose(addresses);
    if (!chosen) return done(tl::unexpected(chosen.error()));
    address_ = *chosen;
    done({});
}

void Client::describe(Described done) {
    if (described_ || answered_) {
        return asio::post(loop_, [done = std::move(done)] { done(fail(ErrorKind::conflict, "this camera is being asked already")); });
    }
    described_ = std::move(done);
    timer_.expires_after(options_.time_max);
    timer_.async_wait([weak = weak_from_this()](error_code code) {
        const auto self = weak.lock();
        if (!self || code || !self->described_) return;
        auto found = self->conversation_.description();
        found.failed = Error{ErrorKind::timeout, "the camera takes too long for all of it", Where::here()};
        self->finish(std::move(found));
    });
    // Later, so that `done` is never called from within.
    asio::post(loop_, [self = shared_from_this()] {
        if (!self->described_) return;
        self->resolve([self](const Result<void>& reached) {
            if (!self->described_) return;
            if (!reached) return self->finish(tl::unexpected(reached.error()));
            self->converse(self->conversation_.start(self->clock_.wall()));
        });
    });
}

void Client::converse(Outgoing outgoing) {
    send(std::move(outgoing), [self = shared_from_this()](const Result<http::ClientAnswer>& got) {
        if (auto next = self->conversation_.answered(got, self->clock_.wall())) return self->converse(*std::move(next));
        self->finish(self->conversation_.description());
    });
}

void Client::call(Call call, Answered done) {
    auto place = conversation_.place_of(call.service);
    const bool is_busy = described_ || answered_;
    if (!place || is_busy) {
        auto error = is_busy ? Error{ErrorKind::conflict, "this camera is being asked already", Where::here()} : place.error();
        return asio::post(loop_, [done = std::move(done), error] { done(tl::unexpected(error)); });
    }
    answered_ = std::move(done);
    asio::post(loop_, [self = shared_from_this(), call = std::move(call), place = *std::move(place)]() mutable {
        if (!self->answered_) return;
        self->resolve([self, call = std::move(call), place = std::move(place)](const Result<void>& reached) {
            if (!self->answered_) return;
            if (!reached) return self->finish_call(tl::unexpected(reached.error()));
            self->speak(self->conversation_.speaker().ask(call, place, self->clock_.wall()));
        });
    });
}

void Client::speak(Outgoing outgoing) {
    send(std::move(outgoing), [self = shared_from_this()](const Result<http::ClientAnswer>& got) {
        auto step = self->conversation_.speaker().answered(got, self->clock_.wall());
        if (step.again) return self->speak(*std::move(step.again));
        self->finish_call(*std::move(step.over));
    });
}

void Client::send(Outgoing outgoing, Step step) {
    const auto open = options_.check_port ? options_.check_port(*address_, outgoing.place.port) : Result<void>{};
    if (!open) {
        return asio::post(loop_, [self = shared_from_this(), step = std::move(step), error = open.error()] {
            if (self->described_ || self->answered_) step(tl::unexpected(error));
        });
    }
    http::ClientRequest request;
    request.to = {*address_, outgoing.place.port};
    request.host = outgoing.place.host;
    request.is_tls = outgoing.place.is_tls;
    request.tls_sha256 = options_.tls_sha256;
    request.target = outgoing.place.path;
    request.headers = std::move(outgoing.headers);
    request.body = std::move(outgoing.body);
    request.time_max = options_.request_time_max;
    request.body_bytes_max = xml::kBytesMax;
    exchange_ = http::ClientExchange::start(loop_, std::move(request), std::move(step));
}

}  // namespace bongsu::onvif
