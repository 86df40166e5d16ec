#include "outbound/sender.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "address/networks.hpp"

namespace bongsu::outbound {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// One try. Everything that may be slow ends at its deadline.
class Sender::Attempt : public std::enable_shared_from_this<Sender::Attempt> {
  public:
    Attempt(Sender& owner, const event::Profile& profile, address::Networks opened, address::Target target, Try attempt,
            std::string session_key)
        : owner_(owner),
          profile_(profile),
          opened_(std::move(opened)),
          target_(target),
          attempt_(std::move(attempt)),
          exchange_(profile, std::move(target), attempt_.message, owner.clock_.wall(), std::move(session_key)),
          resolver_(owner.loop_),
          socket_(owner.loop_),
          deadline_(owner.loop_) {}

    void start() {
        deadline_.expires_after(profile_.send->answer);
        deadline_.async_wait([self = shared_from_this()](error_code code) {
            if (!code) self->end({Verdict::again, "no answer within " + std::to_string(self->profile_.send->answer.count()) + " ms"});
        });
        if (target_.literal) return use({*target_.literal});
        resolver_.async_resolve(target_.host, std::to_string(target_.port), tcp::resolver::numeric_service,
                                [self = shared_from_this()](error_code code, const tcp::resolver::results_type& results) {
                                    if (self->is_over_) return;
                                    if (code) return self->end({Verdict::again, "the name cannot be resolved: " + code.message()});
                                    std::vector<asio::ip::address> addresses;
                                    for (const auto& result : results) addresses.push_back(result.endpoint().address());
                                    self->use(addresses);
                                });
    }

    void stop() {
        is_over_ = true;
        close();
    }

    const std::string& id() const { return attempt_.id; }
    const std::string& session_key() const { return exchange_.session_key(); }

  private:
    /// From here on the name is not used again: what was checked is what is connected to.
    void use(const std::vector<asio::ip::address>& addresses) {
        const auto chosen = address::choose(addresses, opened_);
        if (!chosen) return end({Verdict::again, chosen.error().message});
        endpoint_ = tcp::endpoint(*chosen, target_.port);
        connect();
    }

    void connect() {
        error_code ignored;
        socket_.close(ignored);
        ++connection_;
        socket_.async_connect(endpoint_, [self = shared_from_this(), mine = connection_](error_code code) {
            if (self->is_over_ || mine != self->connection_) return;
            if (code) return self->end({Verdict::again, "not reached: " + code.message()});
            self->ask();
        });
    }

    void ask() {
        request_ = exchange_.request();
        asio::async_write(socket_, asio::buffer(request_),
                          [self = shared_from_this(), mine = connection_](error_code code, std::size_t) {
                              if (self->is_over_ || mine != self->connection_) return;
                              if (code) return self->end({Verdict::again, "not sent: " + code.message()});
                              self->listen();
                          });
    }

    void listen() {
        socket_.async_read_some(asio::buffer(piece_), [self = shared_from_this(), mine = connection_](error_code code, std::size_t n) {
            if (self->is_over_ || mine != self->connection_) return;
            const bool is_end = code == asio::error::eof;
            if (code && !is_end) return self->end({Verdict::again, "the connection broke: " + code.message()});
            const auto step = is_end ? self->exchange_.ended() : self->exchange_.feed({self->piece_.data(), n});
            if (step.outcome) return self->end(*step.outcome);
            if (step.another) return self->connect();
            if (is_end) return self->end({Verdict::again, "the partner closed without an answer"});
            self->listen();
        });
    }

    void close() {
        error_code ignored;
        deadline_.cancel();
        resolver_.cancel();
        socket_.close(ignored);
    }

    void end(Outcome outcome) {
        if (is_over_) return;
        is_over_ = true;
        close();
        owner_.finish(attempt_.partner, std::move(outcome));
    }

    Sender& owner_;
    const event::Profile& profile_;
    address::Networks opened_;
    address::Target target_;
    Try attempt_;
    Exchange exchange_;
    tcp::resolver resolver_;
    tcp::socket socket_;
    asio::steady_timer deadline_;
    tcp::endpoint endpoint_;
    std::string request_;
    std::array<char, 4096> piece_;
    unsigned connection_ = 0;
    bool is_over_ = false;
};

Sender::Sender(asio::io_context& loop, const env::Clock& clock, std::function<void(Done)> done)
    : loop_(loop), clock_(clock), done_(std::move(done)) {}

Sender::~Sender() {
    for (const auto& [partner, attempt] : attempts_) attempt->stop();
}

void Sender::send(const event::Profile& profile, Try attempt) {
    BONGSU_CHECK(profile.send.has_value());
    if (attempts_.contains(attempt.partner)) return;  // Its end will have the store ask again.
    auto opened = address::Networks::parse(profile.send->networks);
    auto target = address::parse_target(profile.send->to);
    if (!opened || !target) {
        const auto& why = opened ? target.error() : opened.error();
        return done_({attempt.id, attempt.partner, {Verdict::again, why.message}});
    }
    const auto partner = attempt.partner;
    attempts_[partner] = std::make_shared<Attempt>(*this, profile, *std::move(opened), *std::move(target),
                                                   std::move(attempt), sessions_[partner]);
    attempts_[partner]->start();
}

void Sender::finish(const std::string& partner, Outcome outcome) {
    const auto found = attempts_.find(partner);
    if (found == attempts_.end()) return;
    const auto attempt = found->second;  // Until it has been asked for its key.
    attempts_.erase(found);
    sessions_[partner] = attempt->session_key();
    done_({attempt->id(), partner, std::move(outcome)});
}

}  // namespace bongsu::outbound
