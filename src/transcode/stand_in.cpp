#include "transcode/stand_in.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::transcode {
namespace {

using namespace std::chrono_literals;
constexpr auto kTick = 250ms;
constexpr auto kRanWell = 10s;
constexpr std::size_t kSentMax = 64;

/// The same for ever, as the cameras' own.
std::uint32_t ssrc_of(const CameraId& id) {
    const std::string digest = crypto::sha256(id.value + "/stand-in");
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<std::uint8_t>(digest[i]);
    return out;
}

}  // namespace

StandIn::StandIn(Given given, StandInLimits limits)
    : given_(std::move(given)), limits_(limits), made_(ssrc_of(given_.camera)), timer_(given_.loop) {
    stream_.on_wanted = [this] { wanted(); };
    stream_.on_unwanted = [this] { unwanted(); };
}

StandIn::~StandIn() { end(); }

void StandIn::end() {
    stop("the camera is not served here any more");
    state_ = State::ended;
    timer_.cancel();
}

void StandIn::wanted() {
    wanted_ = true;
    // A place may have come free since the last one was refused.
    const bool may_begin = state_ == State::idle || (state_ == State::resting && (busy_ || given_.clock.mono() >= rest_until_));
    if (may_begin) begin();
    arm();
}

/// May be in the middle of publish(): what follows from it is the tick's.
void StandIn::unwanted() {
    wanted_ = false;
    unwanted_at_ = given_.clock.mono();
    arm();
}

void StandIn::begin() {
    state_ = State::opening;
    begun_at_ = given_.clock.mono();
    busy_ = live_ = caught_up_ = dropping_ = false;
    key_wanted_ = true;
    sent_.clear();
    oldest_good_ = next_id_;
    skipped_ = 0;
    stream_.refuse(nullptr);
    auto* original = given_.original();
    if (original == nullptr) return refuse(ErrorKind::unavailable, "transcode_failed", "the camera is not served here any more");
    if (original->live() && original->format().codec != media::Codec::h265)
        return refuse(ErrorKind::invalid, "codec_unsupported",
                      "the camera sends " + std::string(media::to_string(original->format().codec)) + ", which is not transcoded");
    cursor_ = std::make_unique<hub::Cursor>(*original, [this] { pump(); });
    connect();
}

void StandIn::connect() {
    connection_ = std::make_shared<Connection>(
        given_.loop, given_.socket_path,
        Connection::Events{.accepted = [this] { on_accepted(); },
                           .picture = [this](const Answer& answer, std::span<const std::uint8_t> bytes) { on_picture(answer, bytes); },
                           .done = [this](const Answer& answer) { on_done(answer); },
                           .writable = [this] { pump(); },
                           .ended = [this](const Error& error) { on_ended(error); }});
    connection_->open();
}

void StandIn::on_accepted() {
    state_ = State::running;
    begun_at_ = answered_at_ = given_.clock.mono();
    ++given_.counters.begun;
    ++given_.counters.running;
    LOG_INFO("transcode.begun", {{"camera", given_.camera.value}});
    pump();
}

void StandIn::original_lost() {
    live_ = dropping_ = false;
    key_wanted_ = true;
    oldest_good_ = next_id_;
    stream_.lose();
}

/// May be in the middle of the original's publish(): sends, and destroys nothing.
void StandIn::pump() {
    if (state_ != State::running) return;
    auto& original = cursor_->stream();
    if (live_ && !original.live()) return original_lost();
    if (original.format().codec != media::Codec::h265) return;  // The tick ends it.
    const MonoTime now = given_.clock.mono();
    while (connection_->can_send()) {
        const auto block = cursor_->next(now);
        if (!block) break;
        live_ = true;
        given_.counters.behind += cursor_->skipped_total() - std::exchange(skipped_, cursor_->skipped_total());
        if (is_to_go(*block, now)) continue;
        const bool is_newest = !cursor_->is_behind();
        const bool is_first = sent_.empty();
        const bool shown = is_first || is_newest || (caught_up_ && now - block->received <= limits_.hurry);
        if (is_newest || now - begun_at_ > limits_.head_start) caught_up_ = true;
        send(*block, now, shown);
    }
}

/// Too late: delay is what nobody wants, and pictures behind a missing one are nothing up to the next key picture.
bool StandIn::is_to_go(const media::Block& block, MonoTime now) {
    const bool is_late = caught_up_ && now - block.received > limits_.late;
    dropping_ = is_late || (dropping_ && !block.key);
    if (dropping_) ++given_.counters.behind;
    return dropping_;
}

void StandIn::send(const media::Block& block, MonoTime now, bool shown) {
    if (connection_->waiting() == 0) answered_at_ = now;
    const Unit unit{.id = next_id_, .rtp_time = block.rtp_time, .key = block.key, .shown = shown, .key_wanted = shown && key_wanted_};
    if (!connection_->send(unit, block)) {
        ++given_.counters.undecodable;
        return;
    }
    if (shown) key_wanted_ = false;
    else ++given_.counters.hurried;
    sent_.push_back({next_id_++, block.rtp_time, block.received, now});
    if (sent_.size() > kSentMax) sent_.pop_front();
}

void StandIn::on_picture(const Answer& answer, std::span<const std::uint8_t> bytes) {
    const auto sent = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& one) { return one.id == answer.id; });
    if (sent == sent_.end() || static_cast<std::int32_t>(answer.id - oldest_good_) < 0) return;
    auto block = made_.take(bytes, sent->rtp_time, sent->received);
    if (!block) {
        ++given_.counters.undecodable;
        return;
    }
    ++given_.counters.pictures;
    if (block->key) stream_.set_format(made_.format());
    stream_.publish(std::move(block));
}

void StandIn::on_done(const Answer& answer) {
    answered_at_ = given_.clock.mono();
    if (answer.outcome != Outcome::ok) ++given_.counters.undecodable;
    pump();
}

void StandIn::on_ended(const Error& error) {
    if (state_ == State::opening && error.kind == ErrorKind::exhausted) {
        ++given_.counters.refused;
        busy_ = true;
        return refuse(ErrorKind::unavailable, "transcode_busy", "the camera sends H265, and " + error.message);
    }
    if (state_ == State::opening) {
        if (given_.clock.mono() - begun_at_ < limits_.away) return arm();  // The tick asks again.
        ++given_.counters.away;
    }
    fall(error);
}

/// Its process was lost.
void StandIn::fall(const Error& error) {
    if (state_ == State::running) ++given_.counters.died;
    const bool ran_well = state_ == State::running && given_.clock.mono() - begun_at_ >= kRanWell;
    rest_ = rest_ == 0ms || ran_well ? limits_.rest_least : std::min(2 * rest_, limits_.rest_most);
    stop(error.message);
    refuse(ErrorKind::unavailable, "transcode_failed", "the camera sends H265, and its transcode failed: " + error.message);
    rest_until_ = given_.clock.mono() + rest_;
}

void StandIn::refuse(ErrorKind kind, const char* code, std::string why) {
    stop(why);
    state_ = State::resting;
    rest_until_ = given_.clock.mono() + 2s;
    Error error{kind, std::move(why), Where::here()};
    error.code = code;
    error.retry_after = kind == ErrorKind::unavailable ? 2s : 0s;
    stream_.refuse(std::make_shared<const Error>(std::move(error)));
    arm();
}

void StandIn::stop(std::string_view reason) {
    if (state_ == State::running) {
        --given_.counters.running;
        LOG_INFO("transcode.ended", {{"camera", given_.camera.value}, {"reason", reason}});
    }
    state_ = State::idle;
    cursor_.reset();
    if (connection_) connection_->close();
    connection_.reset();
    if (stream_.live()) stream_.lose();
}

void StandIn::arm() {
    if (state_ == State::ended || std::exchange(armed_, true)) return;
    timer_.expires_after(kTick);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (alive.expired()) return;
        armed_ = false;
        if (!error) tick();
    });
}

void StandIn::tick() {
    const MonoTime now = given_.clock.mono();
    if (!wanted_ && state_ != State::idle && now - unwanted_at_ >= (state_ == State::resting ? 0ms : limits_.linger)) {
        // How long it has to rest is remembered; why, the next one is told by the next attempt.
        const bool rests = state_ == State::resting && !busy_ && now < rest_until_;
        if (!rests) stop("nobody watches");
    } else if (state_ == State::resting && now >= rest_until_) {
        begin();
    } else if (state_ == State::opening && connection_->is_over()) {
        connect();
    } else if (state_ == State::opening && now - begun_at_ > limits_.answer) {
        ++given_.counters.away;
        fall({ErrorKind::unavailable, "the transcoder did not answer in time", Where::here()});
    } else if (state_ == State::running && live_ && cursor_->stream().live() && cursor_->stream().format().codec != media::Codec::h265) {
        fall({ErrorKind::unavailable, "the camera changed its codec", Where::here()});
    } else if (state_ == State::running && connection_->waiting() > 0 && now - answered_at_ > limits_.answer) {
        fall({ErrorKind::unavailable, "the transcode's process did not answer in time", Where::here()});
    }
    if (state_ != State::idle && state_ != State::ended) arm();
}

}  // namespace bongsu::transcode
