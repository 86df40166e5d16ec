#include "view/snapshot.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "http/page.hpp"
#include "view/http_ask.hpp"

namespace bongsu::view {
namespace {

constexpr std::string_view kRoot = "/snapshot/", kEnding = ".jpg";
constexpr int kHeightMin = 16, kHeightMax = 4320;

/// 0 where none is asked for.
Result<int> height_of(const http::Request& request) {
    TRY_DO(http::only_parameters(request, {"ticket", "height", "at"}));
    if (request.param("at")) return fail_field("at", "is for recordings, and there are none yet: leave it out for the picture of now");
    const auto text = request.param("height");
    if (!text) return 0;
    int height = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), height);
    if (error != std::errc{} || end != text->data() + text->size() || height < kHeightMin || height > kHeightMax)
        return fail_field("height", "must be a whole number from 16 to 4320");
    return height;
}

int lesser(int one, int other) { return one == 0 ? other : other == 0 ? one : std::min(one, other); }

}  // namespace

/// One request from its ticket to its end.
class Snapshot::Shot : public std::enable_shared_from_this<Shot> {
  public:
    Shot(Snapshot& owner, Ask ask, hub::Stream& stream, int height, http::Reply reply)
        : owner_(&owner), tools_(owner.tools_), ask_(std::move(ask)), stream_(stream), height_(height), reply_(std::move(reply)), timer_(tools_.loop) {}

    const CameraId& camera() const { return ask_.camera; }

    void start() {
        // The cursor's being there asks for the camera; it takes its place in the ring with the first next().
        cursor_ = std::make_unique<hub::Cursor>(stream_, [this] { on_block(); });
        arm("no picture of this camera within 3 s");
        if (stream_.live()) take();
    }

    /// Whatever there is to say is said with `error`, unless a picture is on its way: that connection ends. Not inside
    /// Stream::publish().
    void end(const std::string& reason, const Error& error) {
        if (phase_ == Phase::ended) return;
        const auto self = shared_from_this();  // The owner's set drops its reference.
        const bool sending = phase_ == Phase::sending;
        phase_ = Phase::ended;
        timer_.cancel();
        cursor_.reset();
        if (sending) tap_->close();
        close(reason, 0, tap_ ? tap_->bytes() : 0);
        if (const auto reply = std::exchange(reply_, {})) reply(refusal_of(error));
        if (auto* owner = std::exchange(owner_, nullptr)) owner->shots_.erase(self);
    }

  private:
    enum class Phase : std::uint8_t { picture, decoding, record, sending, ended };

    void arm(const char* what) {
        timer_.expires_after(kWait);
        timer_.async_wait([weak = weak_from_this(), what](const boost::system::error_code& code) {
            const auto self = weak.lock();
            if (code || !self || self->phase_ >= Phase::sending) return;
            self->give_up(what);
        });
    }

    void give_up(const std::string& why) {
        if (owner_ != nullptr) ++owner_->counters_.no_picture;
        Error error{ErrorKind::unavailable, why, Where::here()};
        error.retry_after = std::chrono::seconds(1);
        end(why, error);
    }

    /// May run in the middle of publish(): whatever could destroy the cursor is posted.
    void on_block() {
        if (phase_ != Phase::picture || !stream_.live()) return;
        boost::asio::post(tools_.loop, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->take();
        });
    }

    void take() {
        if (phase_ != Phase::picture) return;
        media::BlockPtr block = cursor_->next(tools_.env.clock.mono());
        while (block && !block->key) block = cursor_->next(tools_.env.clock.mono());
        if (!block) return;
        phase_ = Phase::decoding;
        tools_.decoder.ask({.camera = ask_.camera, .block = std::move(block), .format = stream_.format(), .wants_jpeg = true, .height = height_},
                           [weak = weak_from_this()](const Result<std::shared_ptr<const decode::Picture>>& picture) {
                               const auto self = weak.lock();
                               if (!self || self->phase_ != Phase::decoding) return;
                               if (!picture) return self->give_up(picture.error().message);
                               self->open(*picture);
                           });
    }

    void open(std::shared_ptr<const decode::Picture> picture) {
        phase_ = Phase::record;
        arm("the view could not be recorded within 3 s");
        auto cut = [weak = weak_from_this()](const std::string& reason) {
            const auto self = weak.lock();
            if (!self) return;
            if (self->owner_ != nullptr) ++self->owner_->counters_.cut;
            self->end(reason, {ErrorKind::forbidden, reason, Where::here()});
        };
        tools_.door.open(std::move(ask_), std::move(cut), [self = shared_from_this(), &door = tools_.door, picture = std::move(picture)](const Result<Pass>& pass) {
            if (self->phase_ != Phase::record) {
                if (pass) door.close(pass->number, "viewer left before it was opened", 0, 0);
                return;
            }
            if (!pass) {
                ++self->owner_->counters_.refused;
                return self->end(pass.error().message, pass.error());
            }
            self->pass_ = pass->number;
            self->send(picture);
        });
    }

    void send(const std::shared_ptr<const decode::Picture>& picture) {
        phase_ = Phase::sending;
        timer_.cancel();
        cursor_.reset();
        tap_ = std::make_shared<http::Tap>();
        http::Response response;
        response.content_type = "image/jpeg";
        response.headers["Cache-Control"] = "no-store";
        response.pieces.push_back({picture, picture->jpeg});
        response.tap = tap_;
        response.ended = [weak = weak_from_this()](bool whole) {
            if (const auto self = weak.lock()) self->sent(whole);
        };
        const auto reply = std::exchange(reply_, {});
        reply(std::move(response));
    }

    void sent(bool whole) {
        if (phase_ != Phase::sending) return;
        const auto self = shared_from_this();
        phase_ = Phase::ended;
        close(whole ? "snapshot sent" : "viewer left", whole ? 1 : 0, tap_->bytes());
        if (auto* owner = std::exchange(owner_, nullptr)) {
            ++(whole ? owner->counters_.sent : owner->counters_.viewer_left);
            owner->shots_.erase(self);
        }
    }

    void close(const std::string& reason, std::uint64_t frames, std::uint64_t bytes) {
        if (const auto pass = std::exchange(pass_, 0); pass != 0) tools_.door.close(pass, reason, frames, bytes);
    }

    Snapshot* owner_;  // Null once we are out of its set.
    Tools tools_;
    Ask ask_;
    hub::Stream& stream_;
    int height_;
    http::Reply reply_;
    boost::asio::steady_timer timer_;
    std::unique_ptr<hub::Cursor> cursor_;
    std::shared_ptr<http::Tap> tap_;  // Once a picture is on its way.
    std::uint64_t pass_ = 0;
    Phase phase_ = Phase::picture;
};

Snapshot::~Snapshot() { stop("media stops"); }

void Snapshot::stop(const std::string& reason) {
    const auto ending = shots_;
    for (const auto& shot : ending) shot->end(reason, {ErrorKind::unavailable, reason, Where::here()});
}

void Snapshot::forget(const CameraId& camera, const std::string& reason) {
    const auto ending = shots_;
    for (const auto& shot : ending) {
        if (shot->camera() == camera) shot->end(reason, {ErrorKind::not_found, reason, Where::here()});
    }
}

void Snapshot::handle(const http::Request& request, http::Reply reply) {
    auto allowed = for_origin(tools_.door, request, std::move(reply));
    if (!allowed) return;
    const auto& path = request.path;
    const bool is_named = path.starts_with(kRoot) && path.ends_with(kEnding) && path.size() > kRoot.size() + kEnding.size();
    const auto name = is_named ? path.substr(kRoot.size(), path.size() - kRoot.size() - kEnding.size()) : std::string();
    if (name.empty() || name.find('/') != std::string::npos)
        return (*allowed)(http::problem(404, "not_found", "Not found", "there is nothing at this path"));
    if (request.method == "OPTIONS") return (*allowed)(preflight_of("GET, OPTIONS", "Authorization"));
    if (request.method != "GET" || request.is_head) return (*allowed)(http::not_allowed(request.path, "GET, OPTIONS"));  // A ticket is for a picture.
    const auto height = height_of(request);
    if (!height) return (*allowed)(http::problem(height.error()));
    Ask ask{CameraId{name}, ticket_of(request), "snapshot", Way::snapshot, request.remote};
    tools_.door.admit(ask, [this, alive = std::weak_ptr(alive_), ask, height = *height, reply = *std::move(allowed)](const Result<Admitted>& admitted) {
        if (alive.expired()) return;
        if (admitted) return begin(ask, *admitted, height, reply);
        ++counters_.refused;
        reply(refusal_of(admitted.error()));
    });
}

void Snapshot::begin(Ask ask, const Admitted& admitted, int height, http::Reply reply) {
    const int wanted = lesser(admitted.height, height);
    auto* stream = tools_.stream(ask.camera, wanted);
    if (stream == nullptr)
        return reply(http::problem(404, "not_found", "Not found", "camera " + quotable(ask.camera.value) + " is not here"));
    if (shots_.size() >= kWaitingMax) return reply(refusal_of({ErrorKind::exhausted, "too many snapshots are under way", Where::here()}));
    auto shot = std::make_shared<Shot>(*this, std::move(ask), *stream, wanted, std::move(reply));
    shots_.insert(shot);
    shot->start();
}

}  // namespace bongsu::view
