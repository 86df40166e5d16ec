#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "outbound/wire.hpp"

namespace bongsu::outbound {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

class PlainWire final : public Wire, public std::enable_shared_from_this<PlainWire> {
  public:
    explicit PlainWire(asio::io_context& loop) : socket_(loop) {}

    void open(const tcp::endpoint& to, Done done) override {
        socket_.async_connect(to, [self = shared_from_this(), done = std::move(done)](error_code code) {
            if (self->is_closed_) return;
            self->is_open_ = !code;
            done(code ? "not reached: " + code.message() : std::string{});
        });
    }

    void write(std::string_view bytes, Done done) override {
        asio::async_write(socket_, asio::buffer(bytes),
                          [self = shared_from_this(), done = std::move(done)](error_code code, std::size_t) {
                              if (!self->is_closed_) done(code ? "not sent: " + code.message() : std::string{});
                          });
    }

    void read(std::function<void(Piece)> got) override {
        socket_.async_read_some(asio::buffer(piece_), [self = shared_from_this(), got = std::move(got)](error_code code, std::size_t n) {
            if (self->is_closed_) return;
            const bool is_end = code == asio::error::eof;
            got({.bytes = {self->piece_.data(), n},
                 .ended = is_end,
                 .why = code && !is_end ? "the connection broke: " + code.message() : std::string{}});
        });
    }

    void close() override {
        is_closed_ = true;
        error_code ignored;
        socket_.close(ignored);
    }

    std::string_view missing() const override { return is_open_ ? "no answer" : "not reached"; }

  private:
    tcp::socket socket_;
    std::array<char, 4096> piece_;
    bool is_open_ = false, is_closed_ = false;
};

}  // namespace

std::shared_ptr<Wire> plain_wire(asio::io_context& loop) { return std::make_shared<PlainWire>(loop); }

}  // namespace bongsu::outbound
