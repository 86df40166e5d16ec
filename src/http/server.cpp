// This and web_socket.cpp include Boost.Beast (20 s of compiling).
#include "http/server.hpp"

#include "http/beast_assertions.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <list>
#include <optional>

#include "base/log.hpp"
#include "http/answer.hpp"
#include "http/arrival.hpp"
#include "http/flow.hpp"
#include "http/head.hpp"
#include "http/shared.hpp"
#include "http/web_socket.hpp"

namespace bongsu::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Loop = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<tcp, Loop>;
using Stream = WebSocket::Stream;

constexpr std::chrono::seconds kRequestDeadline{15};
constexpr std::size_t kUnreadBytesMax = 64 << 10;  // More than a chunk's size or trailers have any use for.
constexpr std::size_t kFilePiece = 1 << 20;     // Each so many bytes of a file have kRequestDeadline.
constexpr std::size_t kStrangersFilesMax = 1;  // Of those that are under way.
constexpr std::chrono::seconds kUnreadDeadline{5};
constexpr std::size_t kUnreadMost = 64 << 20;

/// Beast's request as ours, without its body; nullopt when the target cannot be read.
std::optional<Request> to_request(const beast::http::request<beast::http::string_body>& in,
                                  std::string remote) {
    Request out;
    out.method = std::string(in.method_string());
    out.remote = std::move(remote);
    if (!read_target(in.target(), out)) return std::nullopt;
    for (const auto& field : in) {
        std::string name(field.name_string());
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        auto [place, fresh] = out.headers.emplace(std::move(name), std::string(field.value()));
        if (!fresh) place->second += ", " + std::string(field.value());
    }
    return out;
}

Head head_of(const beast::http::request<beast::http::string_body>& in) {
    Head head{in.version(), {}, {}, in.find(beast::http::field::content_length) != in.end()};
    for (const auto& field : in) {
        if (field.name() == beast::http::field::host) head.hosts.push_back(field.value());
        if (field.name() == beast::http::field::transfer_encoding) head.transfer_encodings.push_back(field.value());
    }
    return head;
}

class HttpSession final : public Waiting, public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(TcpSocket socket, SharedPtr shared)
        : stream_(std::move(socket)),
          counted_(shared),
          shared_(std::move(shared)),
          buffer_(shared_->limits.header_bytes_max + kUnreadBytesMax) {
        beast::error_code code;
        const auto peer = stream_.socket().remote_endpoint(code);
        if (!code) {
            const auto host = peer.address().to_string();
            remote_ = (peer.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(peer.port());
        }
        stream_.socket().set_option(tcp::no_delay(true), code);
    }
    ~HttpSession() override {
        wait_no_more();
        for (const auto& flow : flows_) flow->let_go();
    }

    void give_up() override {
        wait_no_more();
        close();
    }

    void read() {
        if (shared_->stopping) return close();
        wait_no_more();
        waits_at_ = shared_->waiting.insert(shared_->waiting.end(), this);
        parser_.emplace();
        parser_->body_limit(boost::none);  // Its head says which limit it has.
        parser_->header_limit(static_cast<std::uint32_t>(shared_->limits.header_bytes_max));
        // The idle time runs until the first byte of a request; from there the whole of it has
        // kRequestDeadline.
        if (buffer_.size() > 0) return read_request();
        stream_.expires_after(shared_->limits.idle);
        stream_.async_read_some(buffer_.prepare(4096),
                                [self = shared_from_this()](beast::error_code code, std::size_t n) {
                                    if (code) return self->close();
                                    self->buffer_.commit(n);
                                    self->read_request();
                                });
    }

  private:
    void read_request() {
        stream_.expires_after(kRequestDeadline);
        parser_->eager(false);
        if (const auto code = feed([this] { return parser_->is_header_done(); })) return refuse(code);
        if (parser_->is_header_done()) return judge_head();
        beast::http::async_read_header(stream_, buffer_, *parser_,
                                       [self = shared_from_this()](beast::error_code code, std::size_t) {
                                           if (code) return self->refuse(code);
                                           self->judge_head();
                                       });
    }

    /// What has come goes to the parser without another turn of the loop: most requests have come whole.
    template <class Done>
    beast::error_code feed(Done done) {
        beast::error_code code;
        while (!code && !done() && buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), code));
        if (code == beast::http::error::need_more) code = {};
        return code;
    }

    /// What the request is, and which limit its body has, before any of it is read. What comes in trailers is no header: who
    /// looks at requests on their way looks at the head alone (RFC 9110 6.5.1).
    void judge_head() {
        const auto& in = parser_->get();
        if (auto fault = fault_of(head_of(in))) return last(*std::move(fault));
        head_ = to_request(in, remote_);
        if (!head_) return last({400, "the request target cannot be read"});
        is_upgrade_ = beast::websocket::is_upgrade(in);
        keeps_ = in.version() >= 11 && in.keep_alive();
        const auto& limits = shared_->limits;
        const auto announced = parser_->content_length();
        const bool may_be_file = shared_->handlers.file_bytes_max && (parser_->chunked() || announced.value_or(0) > limits.body_bytes_max);
        const std::size_t raised = may_be_file ? shared_->handlers.file_bytes_max(*head_) : 0;
        body_limit_ = std::max(limits.body_bytes_max, raised);
        if (announced && *announced > body_limit_) return refuse(beast::http::error::body_limit);
        parser_->body_limit(body_limit_);
        file_.reset();
        strangers_file_.reset();
        if (raised > limits.body_bytes_max && !begin_file()) return last({503, "too many files are coming in: try again in a minute"});
        const bool waits = in.version() >= 11 && buffer_.size() == 0 && (parser_->chunked() || announced.value_or(0) > 0) &&
                           beast::iequals(in[beast::http::field::expect], "100-continue");
        if (waits) return invite_body();
        read_body();
    }

    bool begin_file() {
        if (shared_->files >= shared_->limits.files_at_once_max) return false;
        const auto& is_known = shared_->handlers.is_known;
        if (is_known && !is_known(*head_)) {
            if (shared_->strangers_files >= kStrangersFilesMax) return false;
            strangers_file_.emplace(shared_);
        }
        file_.emplace(shared_);
        wait_no_more();  // A large file may take its minutes: files_at_once_max bounds these.
        return true;
    }

    /// A client with a large body may wait for this word.
    void invite_body() {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(stream_, asio::buffer(kContinue),
                          [self = shared_from_this()](beast::error_code code, std::size_t) {
                              if (code) return self->close();
                              self->read_body();
                          });
    }

    void read_body() {
        parser_->eager(true);
        if (const auto code = feed([this] { return parser_->is_done(); })) return refuse(code);
        if (parser_->is_done()) return handle();
        if (file_) return read_file(0);
        beast::http::async_read(stream_, buffer_, *parser_,
                                [self = shared_from_this()](beast::error_code code, std::size_t) {
                                    if (code) return self->refuse(code);
                                    self->handle();
                                });
    }

    /// `since`: bytes since the deadline was set.
    void read_file(std::size_t since) {
        if (since == 0) stream_.expires_after(kRequestDeadline);
        beast::http::async_read_some(stream_, buffer_, *parser_, [self = shared_from_this(), since](beast::error_code code, std::size_t n) {
            if (code) return self->refuse(code);
            if (self->parser_->is_done()) return self->handle();
            self->read_file(since + n >= kFilePiece ? 0 : std::max<std::size_t>(since + n, 1));
        });
    }

    void refuse(beast::error_code code) {
        if (code == beast::http::error::body_limit) {
            auto answer = to_response({413, "the body is larger than " + std::to_string(body_limit_) + " bytes"});
            if (const auto& told = shared_->handlers.too_large; told && head_) told(*head_, answer);
            leaves_rest_ = true;
            return respond(std::move(answer), false);
        }
        if (code == beast::http::error::buffer_overflow) return last({400, "a chunk's size, or the trailers, are too long"});
        if (code == beast::http::error::header_limit) return last({431, "the headers are too large"});
        if (code.category() == make_error_code(beast::http::error::end_of_stream).category() &&
            code != beast::http::error::end_of_stream && code != beast::http::error::partial_message) {
            return last({400, "this is not HTTP: " + code.message()});
        }
        close();
    }

    /// Answers and closes: after these the byte stream has no known place to go on from.
    void last(const Refusal& what) {
        leaves_rest_ = true;
        respond(to_response(what), false);
    }

    void wait_no_more() {
        if (!waits_at_) return;
        shared_->waiting.erase(*waits_at_);
        waits_at_.reset();
    }

    void handle() {
        wait_no_more();
        if (shared_->stopping) return close();  // Its owner is gone.
        let_go_of_sent();
        auto in = parser_->release();
        stream_.expires_never();
        auto request = std::exchange(head_, std::nullopt);
        if (file_) {
            request->file = std::make_shared<const std::string>(std::move(in.body()));
            file_.reset();
            strangers_file_.reset();
        } else {
            request->body = std::move(in.body());
        }
        if (is_upgrade_) return upgrade(std::move(in), *request);
        const bool keep = keeps_;
        const bool head = request->method == "HEAD";
        if (head) request->method = "GET";
        request->is_head = head;
        auto answered = std::make_shared<bool>(false);
        shared_->handlers.request(
            *std::move(request), [self = held_on_loop(), keep, head, answered](Response response) {
                asio::dispatch(self->shared_->loop,
                               [self, keep, head, answered, response = std::move(response)]() mutable {
                                   if (std::exchange(*answered, true)) return;
                                   self->respond(std::move(response), keep, head);
                               });
            });
    }

    /// A reference that any thread may drop last: the session itself (its socket, its place in the count) is
    /// always let go on the loop.
    std::shared_ptr<HttpSession> held_on_loop() {
        auto self = shared_from_this();
        auto* session = self.get();
        return {session, [self = std::move(self), shared = shared_](HttpSession*) mutable {
                    asio::post(shared->loop, [self = std::move(self)] {});
                }};
    }

    void upgrade(WebSocket::UpgradeRequest in, const Request& request) {
        if (auto fault = fault_of_handshake(request)) return respond(*std::move(fault), false);
        const auto& handlers = shared_->handlers;
        SocketPlace place{&shared_->loop, handlers.upgrade};
        if (handlers.socket_place) place = handlers.socket_place(request);
        if (place.loop != &shared_->loop) return upgrade_elsewhere(std::move(place), std::move(in), request);
        const auto made = make_socket(shared_, place, request);
        if (!made) return respond(refusal(request, made.error()), false);
        made->socket->run(std::move(stream_), std::move(in), made->events);
    }

    struct MadeSocket {
        std::shared_ptr<WebSocket> socket;
        SocketEvents events;
    };
    static Result<MadeSocket> make_socket(const SharedPtr& shared, const SocketPlace& place, const Request& request) {
        if (!place.upgrade) return fail(ErrorKind::not_found, "there is no WebSocket here");
        auto socket = std::make_shared<WebSocket>(*place.loop, shared->limits, std::make_shared<Counted>(shared));
        auto events = place.upgrade(request, socket);
        if (!events) socket->refuse();
        if (!events) return tl::unexpected(std::move(events).error());
        return MadeSocket{std::move(socket), *std::move(events)};
    }
    static Response refusal(const Request& request, const Error& error) {
        LOG_INFO("http.upgrade_refused", {{"path", request.path}, {"why", error.message}});
        return problem(error);
    }

    /// The connection goes to the other loop, refusal and all; this session is over.
    void upgrade_elsewhere(SocketPlace place, WebSocket::UpgradeRequest in, const Request& request) {
        beast::error_code code;
        const auto protocol = stream_.socket().local_endpoint(code).protocol();
        const int fd = code ? -1 : stream_.socket().release(code);
        if (code) return close();
        auto& loop = *place.loop;
        asio::post(loop, [shared = shared_, counted = std::make_shared<Counted>(shared_), place = std::move(place), in = std::move(in), request,
                          protocol, fd]() mutable {
            auto stream = std::make_shared<Stream>(TcpSocket(place.loop->get_executor(), protocol, fd));
            const auto made = make_socket(shared, place, request);
            if (made) return made->socket->run(std::move(*stream), std::move(in), made->events);
            auto out = std::make_shared<const std::string>(to_text(refusal(request, made.error()), false, false));
            stream->expires_after(kRequestDeadline);
            asio::async_write(*stream, asio::buffer(*out), [stream, out, counted](beast::error_code, std::size_t) {});
        });
    }

    /// What the kernel has not sent yet of earlier responses can still be thrown away by their taps.
    void let_go_of_sent() {
        if (flows_.empty()) return;
        const auto now = arrival_of(stream_.socket().native_handle());
        if (now && now->under_way > 0) return;
        for (const auto& flow : flows_) flow->let_go();
        flows_.clear();
    }

    /// After the last response: open until the peer has read all of it, or so long. A close at once, with bytes of his that nobody
    /// has read, would be a reset, which takes the response from him again (RFC 9112 9.6).
    void drain(std::chrono::seconds within) {
        file_.reset();  // Its place is free for another's.
        strangers_file_.reset();
        wait_no_more();
        waits_at_ = shared_->waiting.insert(shared_->waiting.end(), this);
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(within);
        drain_more(0);
    }
    void drain_more(std::size_t drained) {
        if (drained > kUnreadMost) return close();
        buffer_.consume(buffer_.size());
        stream_.async_read_some(buffer_.prepare(kUnreadBytesMax / 2), [self = shared_from_this(), drained](beast::error_code code, std::size_t n) {
            if (code) return self->close();
            self->drain_more(drained + n);
        });
    }

    void respond(Response response, bool keep, bool head = false) {
        keep = keep && !shared_->stopping;
        auto out = std::make_shared<const std::string>(to_text(response, keep, head));
        stream_.expires_after(kRequestDeadline);
        const auto ended = response.ended;
        auto sent = [self = shared_from_this(), out, keep, ended](beast::error_code code, std::size_t) {
            if (ended) ended(!code);
            if (!code && self->leaves_rest_) return self->drain(kUnreadDeadline);
            if (code || !keep) return self->close();
            self->read();
        };
        if (response.pieces.empty() || head) return asio::async_write(stream_, asio::buffer(*out), std::move(sent));
        auto reset = [&loop = shared_->loop, self = weak_from_this()] {
            asio::dispatch(loop, [self] {
                if (const auto session = self.lock()) session->reset();
            });
        };
        hold_little();
        auto flow = std::make_shared<Flow>(std::move(response), out);
        flows_.push_back(flow);  // One more only while those before it are under way: a client that does not read asks for nothing.
        flow->run(stream_, std::move(reset), [self = shared_from_this(), keep, ended](beast::error_code code, std::size_t) {
            if (ended) ended(!code);
            if (code) return self->close();
            keep ? self->read() : self->drain(kRequestDeadline);
        });
    }

    /// The kernel takes no more than this ahead of what it sends: what is cut does not lie in it for long.
    void hold_little() {
        constexpr int kAhead = 64 << 10;
        ::setsockopt(stream_.socket().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kAhead, sizeof kAhead);
    }

    /// Throws away what the kernel has not sent yet.
    void reset() {
        beast::error_code ignored;
        stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
        stream_.socket().close(ignored);
    }

    void close() {
        wait_no_more();
        beast::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
        stream_.socket().close(ignored);
    }

    Stream stream_;
    Counted counted_;
    SharedPtr shared_;
    std::string remote_ = "?";
    std::size_t body_limit_ = 0;
    std::optional<Request> head_;
    bool is_upgrade_ = false, keeps_ = false;
    bool leaves_rest_ = false;  // Of what the client says: the response is the last one.
    std::optional<FileCounted> file_;
    std::optional<StrangersFileCounted> strangers_file_;
    std::optional<std::list<Waiting*>::iterator> waits_at_;
    beast::flat_buffer buffer_;
    std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
    std::vector<std::shared_ptr<Flow>> flows_;  // Of which something may be under way.
};

class BeastServer final : public Server {
  public:
    BeastServer(asio::io_context& loop, int listen_fd, bool v6, Handlers handlers, ServerLimits limits)
        : shared_(std::make_shared<Shared>(loop, std::move(handlers), limits)),
          acceptor_(loop.get_executor()),
          pause_(loop) {
        acceptor_.assign(v6 ? tcp::v6() : tcp::v4(), listen_fd);
        accept();
    }
    ~BeastServer() override {
        shared_->stopping = true;
        beast::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        *alive_ = false;
    }
    std::size_t connections() const override { return shared_->connections; }
    std::uint64_t given_up() const override { return shared_->given_up; }

  private:
    void accept() {
        acceptor_.async_accept([this, alive = alive_](beast::error_code code, TcpSocket socket) {
            if (!*alive) return;
            if (code == asio::error::operation_aborted) return;
            if (code) return wait_then_accept();  // EMFILE and the like: give the others time to go.
            take(std::move(socket));
            accept();
        });
    }

    void wait_then_accept() {
        pause_.expires_after(std::chrono::milliseconds(20));
        pause_.async_wait([this, alive = alive_](beast::error_code code) {
            if (*alive && !code) accept();
        });
    }

    void take(TcpSocket socket) {
        // Whoever connects and says nothing must not keep a caller out: the one that was silent for longest goes.
        if (shared_->connections >= shared_->limits.connections_max && !shared_->waiting.empty()) {
            shared_->waiting.front()->give_up();
            ++shared_->given_up;
        } else if (shared_->connections >= shared_->limits.connections_max) {
            static constexpr std::string_view kBusy =
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: "
                "close\r\n\r\n";
            beast::error_code ignored;
            socket.write_some(asio::buffer(kBusy), ignored);
            return;
        }
        std::make_shared<HttpSession>(std::move(socket), shared_)->read();
    }

    SharedPtr shared_;
    asio::basic_socket_acceptor<tcp, Loop> acceptor_;
    asio::steady_timer pause_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(asio::io_context& loop, int listen_fd, Handlers handlers,
                                              ServerLimits limits) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(listen_fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return fail(ErrorKind::invalid, "file descriptor " + std::to_string(listen_fd) + " is not a socket");
    }
    return std::unique_ptr<Server>(std::make_unique<BeastServer>(
        loop, listen_fd, address.ss_family == AF_INET6, std::move(handlers), limits));
}

}  // namespace bongsu::http
