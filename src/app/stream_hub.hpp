#pragma once
// The live stream (WS /api/v1/stream): who listens, and what each may hear.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/site/outputs.hpp"
#include "http/server.hpp"

namespace bongsu::app {

/// Threads: the loop. A client says {"token"} within 2 s or is closed (4401); after {"ready":true,"seq"} it
/// hears
/// {"seq","kind","id","item"} of everything that its role and agency may see, filtered at publishing.
/// Bounds: 2,000 clients, of whom the oldest that has not logged in makes room for one more; 32 of a session, whose oldest goes
/// for one more (both 1013); a slow one is closed by the server at 4 MiB unsent and fetches anew.
class StreamHub {
  public:
    static constexpr std::size_t kClientsMax = 2000;
    static constexpr std::size_t kRecheckRound = 50;  ///< Calls: 10 s at control's 200 ms.
    using Ask = std::function<void(SessionQuery)>;
    using Gone = std::function<void(ListenerGone)>;

    /// `gone` hears of each client that closed; the site, which `ask` told of it, puts what it is told on record.
    StreamHub(boost::asio::io_context& loop, AgencyId own_agency, Ask ask, Gone gone)
        : loop_(loop), own_agency_(std::move(own_agency)), ask_(std::move(ask)), gone_(std::move(gone)) {}

    /// `remote`: the socket's address, for the record.
    Result<http::SocketEvents> attach(std::shared_ptr<http::Socket> socket, std::string remote);
    void publish(const Published& change);
    void end(const std::string& token);
    /// Asks again whether the sessions of a share of the clients stand: all of them once in kRecheckRound
    /// calls. One that ran out, was pushed out or whose account was disabled is closed (4401).
    void recheck();
    std::size_t clients() const { return clients_.size(); }

  private:
    struct Client {
        std::shared_ptr<http::Socket> socket;
        std::string token, remote;
        std::optional<identity::Session> session;
        std::unique_ptr<boost::asio::steady_timer> deadline;
        bool asked = false;
    };
    bool make_room();
    void hold_bound(const std::string& token);
    void first_frame(std::uint64_t id, const std::string& text);

    boost::asio::io_context& loop_;
    AgencyId own_agency_;
    Ask ask_;
    Gone gone_;
    std::map<std::uint64_t, Client> clients_;
    std::uint64_t next_ = 1;
    std::uint64_t rechecked_ = 0;  ///< The client that was asked about last.
};

}  // namespace bongsu::app
