#pragma once
// Talks to one camera over HTTP or HTTPS: the thin driver under the conversation.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "address/networks.hpp"
#include "env/env.hpp"
#include "http/client.hpp"
#include "onvif/device.hpp"

namespace bongsu::onvif {

/// The name is resolved once and every address of it checked against the site's camera networks; whatever the camera says of
/// itself later, that address is the one that is connected to.
/// Bounds:    5 s and 1 MiB a request, `time_max` for a whole description; one call at a time.
/// Ownership: shared with what is under way; close() ends that, and nothing is called afterwards.
/// Threads:   the loop's.
class Client : public std::enable_shared_from_this<Client> {
  public:
    struct Options {
        Place camera;
        rtsp::Credentials credentials;  ///< Secret.
        address::Networks networks;     ///< Private networks that cameras may be in; public addresses need none.
        /// A stricter choice than by `networks`, of a name's addresses. Errors: not_found, forbidden.
        std::function<Result<boost::asio::ip::address>(const std::vector<boost::asio::ip::address>&)> choose = {};
        /// Asked before each connection, as the camera names ports. Errors: forbidden.
        std::function<Result<void>(const boost::asio::ip::address&, std::uint16_t port)> check_port = {};
        Scope scope = Scope::all;       ///< Of describe().
        std::string tls_sha256;         ///< Of the camera's own certificate, 32 bytes; see http::ClientRequest.
        std::chrono::milliseconds request_time_max{5'000};
        std::chrono::milliseconds time_max{60'000};
    };
    using Described = std::function<void(Result<Description>)>;
    using Answered = std::function<void(Result<soap::Answer>)>;

    Client(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, Options options);

    /// Errors: not_found (the name), forbidden (the address), unavailable, timeout; what went wrong later stands in
    /// Description::failed.
    void describe(Described done);
    /// One call, to the service where describe() found it; before that the device service alone.
    /// Errors: conflict, while another is under way; not_found, no such service; those of the call.
    void call(Call call, Answered done);
    void close();

  private:
    using Step = std::function<void(Result<http::ClientAnswer>)>;

    void resolve(std::function<void(Result<void>)> done);
    Result<boost::asio::ip::address> choose(const std::vector<boost::asio::ip::address>& addresses) const;
    void resolved(const boost::asio::ip::tcp::resolver::results_type& results, const std::function<void(Result<void>)>& done);
    void converse(Outgoing outgoing);
    void speak(Outgoing outgoing);
    void send(Outgoing outgoing, Step step);
    void finish(Result<Description> result);
    void finish_call(Result<soap::Answer> result);

    boost::asio::io_context& loop_;
    env::Clock& clock_;
    Options options_;
    Conversation conversation_;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer timer_;
    std::optional<boost::asio::ip::address> address_;
    std::shared_ptr<http::ClientExchange> exchange_;
    Described described_;
    Answered answered_;
};

}  // namespace bongsu::onvif
