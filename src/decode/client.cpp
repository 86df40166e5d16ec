#include "decode/client.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <utility>
#include <vector>

#include "media/still.hpp"

namespace bongsu::decode {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using namespace std::chrono_literals;
constexpr auto kRetry = 50ms;

struct Job {
    Ask ask;
    std::vector<Decoder::Done> done;
};

class Client final : public Decoder, public std::enable_shared_from_this<Client> {
  public:
    Client(asio::io_context& loop, env::Clock& clock, std::string path, ClientLimits limits)
        : loop_(loop), clock_(clock), path_(std::move(path)), limits_(limits), timer_(loop), retry_(loop) {}

    void ask(Ask ask, Done done) override {
        ++counters_.asked;
        auto& queue = ask.wants_jpeg ? pictures_ : numbers_;
        const auto same = std::find_if(queue.begin(), queue.end(), [&](const Job& job) {
            return job.ask.camera == ask.camera && job.ask.height == ask.height;
        });
        if (same != queue.end() && same->done.size() < limits_.joined_max) {
            ++counters_.joined;
            same->done.push_back(std::move(done));
            return;
        }
        if (same != queue.end() || waiting() >= limits_.waiting_max) {
            ++counters_.turned_away;
            return tell({std::move(done)}, fail(ErrorKind::exhausted, "too many pictures wait to be decoded"));
        }
        queue.push_back({std::move(ask), {}});
        queue.back().done.push_back(std::move(done));
        if (!busy_) next();
    }

    const Counters& counters() const override { return counters_; }
    std::size_t waiting() const override { return pictures_.size() + numbers_.size(); }

    void stop() {
        stopped_ = true;
        pictures_.clear();
        numbers_.clear();
        now_ = {};
        timer_.cancel();
        retry_.cancel();
        socket_.reset();
    }

  private:
    using Answered = Result<std::shared_ptr<const Picture>>;

    /// Posted: whoever asked is not called from within its own question.
    void tell(std::vector<Done> done, Answered answer) {
        asio::post(loop_, [done = std::move(done), answer = std::move(answer)] {
            for (const auto& one : done) one(answer);
        });
    }

    void next() {
        busy_ = false;
        if (stopped_ || waiting() == 0) return;
        auto& queue = pictures_.empty() ? numbers_ : pictures_;
        now_ = std::move(queue.front());
        queue.pop_front();
        busy_ = true;
        until_ = clock_.mono() + limits_.away;
        bytes_.assign(kQuestionSize, 0);
        if (const auto made = media::append_still(bytes_, *now_.ask.block, now_.ask.format); !made) return finish(tl::unexpected(made.error()));
        if (bytes_.size() - kQuestionSize > kPictureBytesMax) return finish(fail(ErrorKind::corrupt, "the picture is larger than 4 MiB"));
        const auto head = write(Question{.id = ++id_,
                                         .codec = now_.ask.format.codec,
                                         .wants_jpeg = now_.ask.wants_jpeg,
                                         .height = static_cast<std::uint16_t>(std::clamp(now_.ask.height, 0, kSideMax)),
                                         .bytes = static_cast<std::uint32_t>(bytes_.size() - kQuestionSize)});
        std::copy(head.begin(), head.end(), bytes_.begin());
        connect();
    }

    void finish(Answered answer) {
        timer_.cancel();
        auto done = std::exchange(now_.done, {});
        now_.ask.block.reset();
        tell(std::move(done), std::move(answer));
        // Posted: a line of pictures that are none must not become a stack of calls.
        asio::post(loop_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->next();
        });
    }

    /// A connection that is left from the last picture may be dead: send() finds out.
    void connect() {
        if (socket_) return send(true);
        auto socket = std::make_shared<Local::socket>(loop_);
        socket->async_connect(Local::endpoint(path_), [weak = weak_from_this(), socket](boost::system::error_code code) {
            const auto self = weak.lock();
            if (!self || self->stopped_) return;
            if (code) return self->retry(code.message());
            self->socket_ = socket;
            self->send(false);
        });
    }

    void retry(const std::string& why) {
        socket_.reset();
        if (clock_.mono() >= until_) {
            ++counters_.lost;
            return finish(fail(ErrorKind::unavailable, "the decoder is away: " + why));
        }
        retry_.expires_after(kRetry);
        retry_.async_wait([weak = weak_from_this()](boost::system::error_code code) {
            const auto self = weak.lock();
            if (!code && self && !self->stopped_) self->connect();
        });
    }

    void send(bool was_idle) {
        arm();
        asio::async_write(*socket_, asio::buffer(bytes_),
                          [weak = weak_from_this(), socket = socket_, was_idle](boost::system::error_code code, std::size_t) {
                              const auto self = weak.lock();
                              if (!self || self->stopped_ || self->socket_ != socket) return;
                              if (code && was_idle) return self->retry(code.message());
                              if (code) return self->lose("the decoder left");
                              self->read_head(was_idle);
                          });
    }

    void arm() {
        timer_.expires_after(limits_.answer);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code code) {
            const auto self = weak.lock();
            if (!code && self && !self->stopped_) self->lose("the decoder did not answer in time", ErrorKind::timeout);
        });
    }

    void lose(const char* why, ErrorKind kind = ErrorKind::unavailable) {
        ++counters_.lost;
        socket_.reset();
        finish(fail(kind, why));
    }

    void read_head(bool was_idle) {
        asio::async_read(*socket_, asio::buffer(head_),
                         [weak = weak_from_this(), socket = socket_, was_idle](boost::system::error_code code, std::size_t) {
                             const auto self = weak.lock();
                             if (!self || self->stopped_ || self->socket_ != socket) return;
                             // Its decoder may have been started anew since the last picture: the question is asked again, once.
                             if (code && was_idle) return self->retry(code.message());
                             if (code) return self->lose("the decoder left");
                             self->take_head();
                         });
    }

    void take_head() {
        auto answer = read_answer(head_);
        if (!answer || answer->id != id_) return lose("the decoder answered something else");
        answer_ = *std::move(answer);
        jpeg_.resize(answer_.bytes);
        if (jpeg_.empty()) return answered();
        asio::async_read(*socket_, asio::buffer(jpeg_), [weak = weak_from_this(), socket = socket_](boost::system::error_code code, std::size_t) {
            const auto self = weak.lock();
            if (!self || self->stopped_ || self->socket_ != socket) return;
            if (code) return self->lose("the decoder left");
            self->answered();
        });
    }

    void answered() {
        auto picture = std::make_shared<Picture>();
        picture->jpeg = std::exchange(jpeg_, {});
        picture->numbers = answer_.numbers;
        picture->width = answer_.width;
        picture->height = answer_.height;
        auto outcome = answer_.outcome;
        // Nobody is shown what the decoder did not call a picture.
        if (outcome == Outcome::ok && now_.ask.wants_jpeg && picture->jpeg.empty()) outcome = Outcome::undecodable;
        std::uint64_t* const counts[]{&counters_.decoded, &counters_.undecodable, &counters_.too_large, &counters_.too_slow, &counters_.died};
        ++*counts[static_cast<std::size_t>(outcome)];
        if (outcome == Outcome::ok) return finish(std::shared_ptr<const Picture>(std::move(picture)));
        finish(fail(ErrorKind::corrupt, "the camera's picture cannot be decoded: " + std::string(to_string(outcome))));
    }

    // Given to us.
    asio::io_context& loop_;
    env::Clock& clock_;
    std::string path_;
    ClientLimits limits_;
    // Owned by us.
    asio::steady_timer timer_, retry_;
    std::shared_ptr<Local::socket> socket_;
    std::deque<Job> pictures_, numbers_;
    Job now_;
    bool busy_ = false, stopped_ = false;
    MonoTime until_{};
    std::uint32_t id_ = 0;
    std::vector<std::uint8_t> bytes_;
    std::array<std::uint8_t, kAnswerSize> head_{};
    Answer answer_;
    std::string jpeg_;
    Counters counters_;
};

/// Ends the client with its owner, whatever still stands on the loop.
class Owner final : public Decoder {
  public:
    explicit Owner(std::shared_ptr<Client> client) : client_(std::move(client)) {}
    ~Owner() override { client_->stop(); }
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    void ask(Ask ask, Done done) override { client_->ask(std::move(ask), std::move(done)); }
    const Counters& counters() const override { return client_->counters(); }
    std::size_t waiting() const override { return client_->waiting(); }

  private:
    std::shared_ptr<Client> client_;
};

}  // namespace

std::unique_ptr<Decoder> connect_decoder(asio::io_context& loop, env::Clock& clock, std::string socket_path, ClientLimits limits) {
    return std::make_unique<Owner>(std::make_shared<Client>(loop, clock, std::move(socket_path), limits));
}

}  // namespace bongsu::decode
