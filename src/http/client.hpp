#pragma once
// One HTTP request to an address that was checked before, plain or TLS, and its answer.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "http/answer_reader.hpp"

namespace bongsu::http {

struct ClientRequest {
    boost::asio::ip::tcp::endpoint to;  ///< Connected to as it is: names are the caller's business.
    std::string host;                   ///< Of the Host header, and whom a certificate must stand for: a name or an address.
    bool is_tls = false;
    std::string tls_sha256;  ///< 32 bytes: that very certificate, whoever made it. Empty: the machine's authorities decide.
    std::string method = "POST", target = "/";
    std::vector<std::pair<std::string, std::string>> headers;  ///< Without Host, Content-Length and Connection.
    std::string body;
    std::chrono::milliseconds time_max{5'000};  ///< From the first step to the last byte.
    std::size_t body_bytes_max = 1U << 20U;     ///< Of the answer.
};

/// Under way until `done` was called or cancel(); holds itself meanwhile. A connection of its own, closed at the end.
/// Threads: the loop's.
class ClientExchange {
  public:
    using Done = std::function<void(Result<ClientAnswer>)>;

    /// `done` is called once, later and on the loop. Errors: unavailable (not reached, broken off), timeout, forbidden (a
    /// certificate that is not trusted: the message ends with its SHA-256), invalid (a request that cannot be written), and those
    /// of AnswerReader. Their code says more: refused, timed_out, no_route (not reached), tls. No redirect is followed.
    static std::shared_ptr<ClientExchange> start(boost::asio::io_context& loop, ClientRequest request, Done done);
    virtual ~ClientExchange() = default;
    /// Nothing is called after it.
    virtual void cancel() = 0;
};

/// The bytes of the request. Errors: invalid, for a control character or a space where none may be.
Result<std::string> to_text(const ClientRequest& request);

}  // namespace bongsu::http
