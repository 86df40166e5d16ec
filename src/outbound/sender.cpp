#include "outbound/sender.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "address/networks.hpp"

namespace bongsu::outbound {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// One try. Everything that may be slow ends at its deadline.
class Sender::Attempt : public std::enable_shared_from_this<Sender::Attempt> {
  public:
    Attempt(Sender& owner, const Known& known, address::Networks opened, address::Target target, Try attempt)
        : owner_(owner),
          profile_(known.profile),
          tls_(known.tls),
          opened_(std::move(opened)),
          target_(target),
          attempt_(std::move(attempt)),
          exchange_(*profile_, std::move(target), attempt_.message, owner.clock_.wall(), known.session_key),
          resolver_(owner.loop_),
          deadline_(owner.loop_) {}

    void start() {
        deadline_.expires_after(profile_->send->answer);
        deadline_.async_wait([self = shared_from_this()](error_code code) {
            if (!code) self->give_up();
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
        if (wire_) wire_->close();
        wire_ = tls_ ? tls_->wire(owner_.loop_, target_) : plain_wire(owner_.loop_);
        wire_->open(endpoint_, [self = shared_from_this()](const std::string& why) {
            if (!why.empty()) return self->end({Verdict::again, why});
            self->ask();
        });
    }

    void ask() {
        auto request = exchange_.request();
        if (!request) return end({Verdict::again, request.error().message});
        request_ = *std::move(request);
        wire_->write(request_, [self = shared_from_this()](const std::string& why) {
            if (!why.empty()) return self->end({Verdict::again, why});
            self->listen();
        });
    }

    void listen() {
        wire_->read([self = shared_from_this()](const Wire::Piece& piece) {
            if (!piece.why.empty()) return self->end({Verdict::again, piece.why});
            const auto step = piece.ended ? self->exchange_.ended() : self->exchange_.feed(piece.bytes);
            if (step.outcome) return self->end(*step.outcome);
            if (step.another) return self->connect();
            if (piece.ended) return self->end({Verdict::again, "the partner closed without an answer"});
            self->listen();
        });
    }

    void give_up() {
        const auto missing = wire_ ? wire_->missing() : std::string_view("the name was not resolved");
        end({Verdict::again, std::string(missing) + " within " + std::to_string(profile_->send->answer.count()) + " ms"});
    }

    void close() {
        deadline_.cancel();
        resolver_.cancel();
        if (wire_) wire_->close();
    }

    void end(Outcome outcome) {
        if (is_over_) return;
        is_over_ = true;
        close();
        owner_.finish(attempt_.partner, std::move(outcome));
    }

    Sender& owner_;
    std::shared_ptr<const event::Profile> profile_;
    std::shared_ptr<const TlsClient> tls_;
    address::Networks opened_;
    address::Target target_;
    Try attempt_;
    Exchange exchange_;
    tcp::resolver resolver_;
    asio::steady_timer deadline_;
    tcp::endpoint endpoint_;
    std::shared_ptr<Wire> wire_;  ///< Of the connection that is under way.
    std::string request_;
    bool is_over_ = false;
};

Sender::Sender(asio::io_context& loop, const env::Clock& clock, std::function<void(Done)> done)
    : loop_(loop), clock_(clock), done_(std::move(done)) {}

Sender::~Sender() {
    for (const auto& [partner, attempt] : attempts_) attempt->stop();
}

void Sender::send(std::shared_ptr<const event::Profile> profile, Try attempt) {
    BONGSU_CHECK(profile->send.has_value());
    if (attempts_.contains(attempt.partner)) return;  // Its end will have the store ask again.
    const auto [id, partner] = std::pair{attempt.id, attempt.partner};
    auto begun = begin(std::move(profile), std::move(attempt));
    if (!begun) return done_({id, partner, {Verdict::again, begun.error().message}});
    attempts_[partner] = *begun;
    (*begun)->start();
}

Result<std::shared_ptr<Sender::Attempt>> Sender::begin(std::shared_ptr<const event::Profile> profile, Try attempt) {
    auto& known = known_[attempt.partner];
    if (known.profile != profile) {
        known = {};
        if (profile->send->is_tls()) {
            TRY(known.tls, TlsClient::make(*profile->send));
        }
        known.profile = std::move(profile);
    }
    const auto& send = *known.profile->send;
    TRY(auto opened, address::Networks::parse(send.networks));
    TRY(auto target, address::parse_target(send.to));
    return std::make_shared<Attempt>(*this, known, std::move(opened), std::move(target), std::move(attempt));
}

void Sender::finish(const std::string& partner, Outcome outcome) {
    const auto found = attempts_.find(partner);
    if (found == attempts_.end()) return;
    const auto attempt = found->second;  // Until it has been asked for its key.
    attempts_.erase(found);
    known_[partner].session_key = attempt->session_key();
    done_({attempt->id(), partner, std::move(outcome)});
}

}  // namespace bongsu::outbound
