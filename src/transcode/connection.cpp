#include "transcode/connection.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "media/still.hpp"

namespace bongsu::transcode {

namespace asio = boost::asio;

Connection::Connection(asio::io_context& loop, std::string path, Events events) : socket_(loop), path_(std::move(path)), events_(std::move(events)) {}

void Connection::open() {
    socket_.async_connect(Local::endpoint(path_), [self = shared_from_this()](boost::system::error_code code) {
        if (self->over_) return;
        if (code) return self->end({ErrorKind::unavailable, "the transcoder is away: " + code.message(), Where::here()});
        self->read_head();
    });
}

void Connection::close() {
    over_ = true;
    accepted_ = false;
    boost::system::error_code none;
    socket_.close(none);
}

void Connection::end(const Error& error) {
    if (over_) return;
    close();
    const auto ended = std::exchange(events_, {}).ended;
    ended(error);
}

bool Connection::send(Unit unit, const media::Block& block) {
    out_.assign(kUnitSize, 0);
    if (!media::append_access_unit(out_, block, media::Codec::h265)) return false;
    const std::size_t size = out_.size() - kUnitSize;
    if (size == 0 || size > kUnitBytesMax) return false;
    unit.bytes = static_cast<std::uint32_t>(size);
    const auto head = write(unit);
    std::copy(head.begin(), head.end(), out_.begin());
    ++waiting_;
    writing_ = true;
    asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](boost::system::error_code code, std::size_t) {
        if (self->over_) return;
        self->writing_ = false;
        if (code) return self->end({ErrorKind::unavailable, "the transcode's process went", Where::here()});
        self->events_.writable();
    });
    return true;
}

void Connection::read_head() {
    asio::async_read(socket_, asio::buffer(head_), [self = shared_from_this()](boost::system::error_code code, std::size_t) {
        if (self->over_) return;
        if (code) return self->end({ErrorKind::unavailable, "the transcode's process went", Where::here()});
        const auto answer = read_answer(self->head_);
        if (!answer) return self->end({ErrorKind::unavailable, answer.error().message, Where::here()});
        if (answer->bytes == 0) return self->take(*answer);
        self->in_.resize(answer->bytes);
        asio::async_read(self->socket_, asio::buffer(self->in_), [self, answer = *answer](boost::system::error_code failed, std::size_t) {
            if (self->over_) return;
            if (failed) return self->end({ErrorKind::unavailable, "the transcode's process went", Where::here()});
            self->take(answer);
        });
    });
}

void Connection::take(const Answer& answer) {
    const auto nonsense = [this] { end({ErrorKind::unavailable, "the transcode's process answers what was not asked", Where::here()}); };
    switch (answer.say) {
        case Say::accepted:
            if (std::exchange(accepted_, true)) return nonsense();
            events_.accepted();
            break;
        case Say::refused:
            if (accepted_) return nonsense();
            return end({ErrorKind::exhausted, "all places for transcodes are taken", Where::here()});
        case Say::picture:
            if (!accepted_ || waiting_ == 0) return nonsense();
            events_.picture(answer, in_);
            break;
        case Say::done:
            if (!accepted_ || waiting_ == 0) return nonsense();
            --waiting_;
            events_.done(answer);
            break;
    }
    if (!over_) read_head();
}

}  // namespace bongsu::transcode
