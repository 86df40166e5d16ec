#pragma once
// Carries out tries: resolves, checks the address, connects, asks and listens, within one deadline.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "env/env.hpp"
#include "outbound/exchange.hpp"
#include "outbound/tls.hpp"

namespace bongsu::outbound {

struct Try {
    std::string id, partner;
    Message message;
};
struct Done {
    std::string id, partner;
    Outcome outcome;
};

/// Bounds: one try for each partner, by its caller; the profile's `send.answer` for all of it.
/// Threads: the loop's; `done` is called there, once for each try, unless the sender went before.
/// Ownership: loop and clock outlive it; a profile is held while a try of it is under way, and until another comes.
class Sender {
  public:
    Sender(boost::asio::io_context& loop, const env::Clock& clock, std::function<void(Done)> done);
    ~Sender();

    /// The profile has `send`. A profile of the same key but another object is one that changed.
    void send(std::shared_ptr<const event::Profile> profile, Try attempt);

  private:
    class Attempt;
    /// What is kept of a partner from one try to the next.
    struct Known {
        std::shared_ptr<const event::Profile> profile;
        std::shared_ptr<const TlsClient> tls;  ///< Null without TLS.
        std::string session_key;               ///< A secret: here alone.
    };
    Result<std::shared_ptr<Attempt>> begin(std::shared_ptr<const event::Profile> profile, Try attempt);
    void finish(const std::string& partner, Outcome outcome);

    boost::asio::io_context& loop_;
    const env::Clock& clock_;
    std::function<void(Done)> done_;
    std::map<std::string, std::shared_ptr<Attempt>> attempts_;  ///< By partner.
    std::map<std::string, Known> known_;                        ///< By partner.
};

}  // namespace bongsu::outbound
