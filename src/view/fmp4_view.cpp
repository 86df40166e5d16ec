#include "view/fmp4_view.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "view/played_codecs.hpp"

namespace bongsu::view {
namespace {

Fmp4Code code_of(const Error& error) {
    if (error.code == "codec_unsupported") return Fmp4Code::codec;
    switch (error.kind) {
        case ErrorKind::unauthenticated:
            return Fmp4Code::ticket;
        case ErrorKind::forbidden:
            return Fmp4Code::cut;
        case ErrorKind::not_found:
            return Fmp4Code::unknown;
        case ErrorKind::exhausted:
            return Fmp4Code::exhausted;
        case ErrorKind::invalid:
            return Fmp4Code::invalid;
        default:
            return Fmp4Code::unavailable;
    }
}

}  // namespace

Fmp4View::Fmp4View(const Tools& tools, Ask ask, std::vector<std::string> codecs, Events events)
    : tools_(tools),
      camera_(ask.camera),
      ask_(std::move(ask)),
      codecs_(std::move(codecs)),
      events_(std::move(events)),
      timer_(tools.loop) {}

void Fmp4View::start() {
    tools_.door.admit(ask_, [self = weak_from_this()](const Result<Admitted>& admitted) {
        if (const auto view = self.lock()) view->on_admitted(admitted);
    });
}

void Fmp4View::on_admitted(const Result<Admitted>& admitted) {
    if (phase_ != Phase::admit) return;
    if (!admitted) return fail_with(admitted.error());
    auto* stream = tools_.stream(camera_, admitted->height);
    if (stream == nullptr) return fail_with({ErrorKind::not_found, "this camera is not served here", Where::here()});
    phase_ = Phase::picture;
    others_ = OtherStreams(tools_.others, camera_, admitted->height);
    wait_for(*stream);
}

void Fmp4View::wait_for(hub::Stream& stream) {
    arm("no picture of this camera within 3 s");
    // The cursor's being there asks for the camera; it takes its place in the ring with the first next().
    cursor_ = std::make_unique<hub::Cursor>(stream, [this] { on_block(); });
    on_block();
}

/// True when there is another stream, whose picture is waited for from here on.
bool Fmp4View::fall_back() {
    auto* other = others_.next(&cursor_->stream());
    if (other == nullptr) return false;
    muxer_.reset();
    wait_for(*other);
    return true;
}

void Fmp4View::arm(const char* what) {
    timer_.expires_after(kPictureWait);
    timer_.async_wait([self = weak_from_this(), what](const boost::system::error_code& error) {
        const auto view = self.lock();
        if (error || !view || view->phase_ > Phase::record) return;
        // Of a small stream that does not come: the next one need not be made of it.
        if (view->phase_ == Phase::picture && view->others_.begun() && view->fall_back()) return;
        view->fail_with({ErrorKind::unavailable, what, Where::here()});
    });
}

/// May run in the middle of publish(): whatever could destroy a cursor is posted.
void Fmp4View::on_block() {
    if (phase_ == Phase::open) return events_.ready();
    if (phase_ != Phase::picture) return;
    boost::asio::post(tools_.loop, [self = weak_from_this()] {
        const auto view = self.lock();
        if (view && view->cursor_ && view->phase_ == Phase::picture) view->look();
    });
}

/// A picture, or the word that there will be none.
void Fmp4View::look() {
    const auto& stream = cursor_->stream();
    if (stream.live() && stream.format().known()) return open_door();
    if (const auto why = refusal_of_stream(stream)) fail_with(*why);
}

void Fmp4View::open_door() {
    auto muxer = tools_.muxer(cursor_->stream());
    if (!muxer && muxer.error().code == "codec_unsupported" && fall_back()) return;
    if (!muxer) return fail_with(muxer.error());
    muxer_ = *std::move(muxer);
    const bool is_played = muxer_->init() && plays(codecs_, muxer_->init()->codec);
    if (!is_played && fall_back()) return;
    if (!is_played) return fail_with(not_played(cursor_->stream().format().codec));
    phase_ = Phase::record;
    arm("the view could not be recorded within 3 s");
    auto cut = [self = weak_from_this()](const std::string& reason) {
        if (const auto view = self.lock()) view->end(Fmp4Code::cut, reason);
    };
    tools_.door.open(std::exchange(ask_, {}), std::move(cut), [self = weak_from_this(), &door = tools_.door](Result<Pass> pass) {
        const auto view = self.lock();
        if (view && view->phase_ == Phase::record) return view->on_pass(std::move(pass));
        if (pass) door.close(pass->number, "viewer left before it was opened", 0, 0);
    });
}

void Fmp4View::on_pass(Result<Pass> pass) {
    if (!pass) return fail_with(std::move(pass).error());
    pass_ = *std::move(pass);
    phase_ = Phase::open;
    timer_.cancel();
    events_.ready();
}

std::optional<Fmp4View::Piece> Fmp4View::next(MonoTime now) {
    if (phase_ != Phase::open) return std::nullopt;
    if (held_) {
        ++frames_;
        bytes_ += held_->size();
        return Piece{nullptr, std::exchange(held_, nullptr)};
    }
    while (const auto block = cursor_->next(now)) {
        const auto* fragment = muxer_->fragment_of(block);
        // Without one picture those that follow it are nothing, up to the next key picture.
        needs_key_ = !fragment || !fragment->bytes || (needs_key_ && !fragment->key);
        if (fragment && !fragment->init) end_later(Fmp4Code::codec, "the camera changed to a codec that is not put into MP4");
        if (!needs_key_) return piece_of(*fragment);
    }
    return std::nullopt;
}

std::optional<Fmp4View::Piece> Fmp4View::piece_of(const Fmp4Fragment& fragment) {
    if (fragment.init != told_) {
        if (!plays(codecs_, fragment.init->codec)) {
            end_later(Fmp4Code::codec, "the camera changed its codec");
            return std::nullopt;
        }
        told_ = fragment.init;
        held_ = fragment.bytes;
        bytes_ += told_->bytes->size();
        return Piece{told_, told_->bytes};
    }
    ++frames_;
    bytes_ += fragment.bytes->size();
    return Piece{nullptr, fragment.bytes};
}

void Fmp4View::check(MonoTime now) {
    if (phase_ == Phase::open && cursor_->overrun(now)) end(Fmp4Code::slow, "viewer is too slow");
}

void Fmp4View::end_later(Fmp4Code code, std::string reason) {
    boost::asio::post(tools_.loop, [self = weak_from_this(), code, reason = std::move(reason)] {
        if (const auto view = self.lock()) view->end(code, reason);
    });
}

void Fmp4View::fail_with(Error error) {
    if (phase_ == Phase::ended) return;
    const std::string reason = error.message;
    const auto code = code_of(error);
    error_ = std::move(error);
    end(code, reason);
}

void Fmp4View::end(Fmp4Code code, const std::string& reason) {
    if (phase_ == Phase::ended) return;
    phase_ = Phase::ended;
    const auto self = shared_from_this();  // `ended` drops the owner's reference.
    timer_.cancel();
    held_ = nullptr;
    cursor_.reset();
    muxer_.reset();
    if (pass_) {
        tools_.door.close(pass_->number, reason, frames_, bytes_);
        LOG_INFO("view.closed", {{"view", pass_->view.value}, {"camera", camera_.value}, {"reason", reason}});
    } else if (!error_) {
        error_ = Error{ErrorKind::unavailable, reason, Where::here()};  // Cut, or its camera removed, before it opened.
    }
    const auto events = std::exchange(events_, {});
    events.ended({code, reason, error_});
}

}  // namespace bongsu::view
