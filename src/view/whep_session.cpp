#include "view/whep_session.hpp"

#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace bongsu::view {

WhepSession::WhepSession(const Tools& tools, WhepAsk ask, hub::Stream& stream, OtherStreams others, WhepAnswer answer,
                         std::function<void(const std::string& id)> ended)
    : tools_(tools),
      id_(std::move(ask.id)),
      camera_(ask.ask.camera),
      ask_(std::move(ask.ask)),
      offer_(std::move(ask.offer)),
      stream_(&stream),
      others_(std::move(others)),
      answer_(std::move(answer)),
      ended_(std::move(ended)),
      timer_(tools.loop) {}

void WhepSession::start() { wait_for_picture(); }

void WhepSession::wait_for_picture() {
    // The cursor's being there asks for the camera; it takes its place in the ring with the first next().
    cursor_ = std::make_unique<hub::Cursor>(*stream_, [this] { on_block(); });
    arm("no picture of this camera within 3 s");
    look();
}

/// A picture, or the word that there will be none.
void WhepSession::look() {
    if (stream_->live()) return open_door();
    const auto why = refusal_of_stream(*stream_);
    if (why) fail_with(*why, why->message);
}

void WhepSession::arm(const char* what) {
    timer_.expires_after(kPictureWait);
    timer_.async_wait([self = weak_from_this(), what](const boost::system::error_code& error) {
        const auto session = self.lock();
        if (error || !session || session->phase_ > Phase::record) return;
        // Of a small stream that does not come: the next one need not be made of it.
        if (session->phase_ == Phase::picture && session->others_.begun() && session->fall_back()) return;
        session->fail_with({ErrorKind::unavailable, what, Where::here()}, what);
    });
}

/// May run in the middle of publish(): whatever could destroy the cursor is posted.
void WhepSession::on_block() {
    if (phase_ == Phase::open) return pump();
    if (phase_ != Phase::picture || !(stream_->live() || stream_->refusal())) return;
    boost::asio::post(tools_.loop, [self = weak_from_this()] {
        const auto session = self.lock();
        if (session && session->phase_ == Phase::picture) session->look();
    });
}

void WhepSession::open_door() {
    if (!is_playable() && fall_back()) return;
    if (!is_playable()) {
        // The ticket is not used up: it is as good for a way out that can carry this codec.
        Error error{ErrorKind::invalid,
                    "the camera sends " + std::string(to_string(stream_->format().codec)) +
                        ", which this browser does not take over WebRTC",
                    Where::here()};
        error.code = "codec_unsupported";
        const std::string reason = error.message;
        return fail_with(std::move(error), reason);
    }
    phase_ = Phase::record;
    codec_ = stream_->format().codec;
    arm("the view could not be recorded within 3 s");
    const auto self = weak_from_this();
    auto cut = [self](const std::string& reason) {
        if (const auto session = self.lock()) session->end(reason);
    };
    tools_.door.open(std::exchange(ask_, {}), std::move(cut), [self, &door = tools_.door](Result<Pass> pass) {
        const auto session = self.lock();
        if (session && session->phase_ == Phase::record) return session->on_pass(std::move(pass));
        if (pass) door.close(pass->number, "viewer left before it was opened", 0, 0);
    });
}

/// True when there is another stream, whose picture is waited for from here on.
bool WhepSession::fall_back() {
    auto* other = others_.next(stream_);
    if (other == nullptr) return false;
    stream_ = other;
    wait_for_picture();
    return true;
}

void WhepSession::on_pass(Result<Pass> pass) {
    if (!pass) {
        const Error error = pass.error();
        return fail_with(error, error.message);
    }
    pass_ = *std::move(pass);
    open_peer();
}

webrtc::PeerEvents WhepSession::events() {
    const auto self = weak_from_this();
    webrtc::PeerEvents events;
    events.ready = [self] {
        if (const auto session = self.lock()) session->pump();
    };
    events.key_wanted = [self] {
        if (const auto session = self.lock()) session->restart();
    };
    events.closed = [self](const std::string& reason) {
        if (const auto session = self.lock()) session->end(reason);
    };
    return events;
}

void WhepSession::open_peer() {
    auto opened = tools_.endpoint.open(offer_, codec_, events(), camera_.value);
    if (!opened) {
        const Error error = opened.error();
        return fail_with(error, error.message);
    }
    peer_ = std::move(opened->peer);
    phase_ = Phase::open;
    timer_.cancel();
    const WhepAnswer answer = std::exchange(answer_, {});
    answer(std::move(opened->answer));
}

void WhepSession::pump() {
    if (phase_ != Phase::open || !peer_->ready() || !cursor_) return;
    const MonoTime now = tools_.env.clock.mono();
    // A camera may come back as another one.
    const char* over = stream_->format().codec != codec_ ? "the camera changed its codec"
                       : cursor_->overrun(now) ? "viewer is too slow"
                                               : nullptr;
    if (over != nullptr) {
        boost::asio::post(tools_.loop, [self = weak_from_this(), over] {
            if (const auto session = self.lock()) session->end(over);
        });
        return;
    }
    while (const auto block = cursor_->next(now)) peer_->send_block(block, now);
}

/// The viewer lost a picture: its place becomes the newest key block again.
void WhepSession::restart() {
    if (phase_ != Phase::open) return;
    // The new one first: a moment without readers would stop the pull.
    auto fresh = std::make_unique<hub::Cursor>(*stream_, [this] { on_block(); });
    cursor_ = std::move(fresh);
    pump();
}

void WhepSession::fail_with(Error error, const std::string& reason) {
    const WhepAnswer answer = std::exchange(answer_, {});
    end(reason);
    if (answer) answer(tl::unexpected(std::move(error)));
}

void WhepSession::end(const std::string& reason) {
    if (phase_ == Phase::ended) return;
    phase_ = Phase::ended;
    const auto self = shared_from_this();  // `ended_` drops the map's reference.
    timer_.cancel();
    cursor_.reset();
    if (peer_) tools_.endpoint.close(peer_);
    if (pass_) {
        const webrtc::PeerStats stats = peer_ ? peer_->stats() : webrtc::PeerStats{};
        tools_.door.close(pass_->number, reason, stats.blocks, stats.bytes);
        LOG_INFO("view.closed", {{"view", pass_->view.value}, {"camera", camera_.value}, {"reason", reason}});
    }
    // Cut, or its camera removed, before there was an answer.
    if (const WhepAnswer answer = std::exchange(answer_, {})) {
        answer(fail(ErrorKind::unavailable, reason));
    }
    ended_(id_);
}

}  // namespace bongsu::view
