#include "intake/session.hpp"

#include <algorithm>

#include "event/lane.hpp"

namespace bongsu::intake {

namespace {

const event::Profile::Listen& listen_of(const event::Profile& profile) {
    BONGSU_CHECK(profile.listen.has_value());
    return *profile.listen;
}

}  // namespace

Session::Session(const event::Profile& profile, RateBucket& bucket, Counters& counters, MonoTime now)
    : profile_(profile),
      bucket_(bucket),
      counters_(counters),
      framer_(profile),
      idle_(listen_of(profile).idle),
      frame_(listen_of(profile).frame),
      last_byte_(now) {}

bool Session::has_answers() const { return profile_.format != event::Format::wearable; }

bool Session::wants_bytes() const {
    return !closed_ && !no_more_ && waiting_.empty() && under_way_.size() < kUnderWayMax &&
           unsent_bytes_ < kUnsentBytesMax;
}

void Session::take(event::Fed fed, MonoTime now) {
    for (auto& message : fed.messages) waiting_.push_back({std::move(message), {}});
    if (!fed.ok()) {
        ++counters_.broken_frames;
        waiting_.push_back({framer_.pending(), fed.refusal});
        no_more_ = true;
        frame_begun_.reset();
        return;
    }
    if (framer_.pending().empty()) {
        frame_begun_.reset();
    } else if (!frame_begun_ || !fed.messages.empty()) {
        frame_begun_ = now;
    }
}

Step Session::received(std::string_view bytes, MonoTime now) {
    if (closed_ || no_more_) return {};
    auto fed = framer_.feed(bytes);
    // Ends of lines between messages are skipped and are no sign of life: a port's places are not held with them.
    if (!fed.ok() || !fed.messages.empty() || !framer_.pending().empty()) last_byte_ = now;
    take(std::move(fed), now);
    return go_on(now);
}

Step Session::ended(MonoTime now) {
    if (closed_) return {};
    if (!no_more_) take(framer_.finish(), now);
    no_more_ = true;
    frame_begun_.reset();
    return go_on(now);
}

Step Session::answered(std::uint64_t id, std::string answer, MonoTime now) {
    const auto found =
        std::find_if(under_way_.begin(), under_way_.end(), [&](const UnderWay& u) { return u.id == id; });
    if (found == under_way_.end() || closed_) return {};
    found->answer = std::move(answer);
    return go_on(now);
}

Step Session::not_taken(std::uint64_t id, MonoTime now) {
    ++counters_.not_taken;
    auto step = answered(id, event::answer(profile_, {event::Code::unavailable, "", "not stored: send it again"}), now);
    // A device that hears nothing learns from the end of its connection that it was not heard either.
    if (!has_answers() && !closed_) closed_ = step.close = true;
    return step;
}

void Session::sent(std::size_t bytes, MonoTime now) {
    unsent_bytes_ -= std::min(bytes, unsent_bytes_);
    unsent_since_.reset();
    if (unsent_bytes_ > 0) unsent_since_ = now;  // The peer reads: it is not silent, however much still waits for it.
}

void Session::deliver(Step& step, MonoTime now) {
    held_until_.reset();
    while (!waiting_.empty() && under_way_.size() < kUnderWayMax) {
        // An emergency is never told to come later: its sender's share of the store's queue bounds it, and the messages under
        // way. What has no answer is held and not thrown away, so it needs no exception.
        const bool is_exempt = has_answers() && waiting_.front().framing.code == event::Code::ok &&
                               event::is_urgent(profile_, waiting_.front().bytes);
        if (!is_exempt && !bucket_.take(now)) {
            ++counters_.over_rate;
            if (!has_answers()) {
                held_until_ = bucket_.next();
                return;
            }
            under_way_.push_back(
                {next_++, event::answer(profile_, {event::Code::too_many, "", "too many messages: send it again later"})});
            waiting_.pop_front();
            continue;
        }
        ++counters_.messages;
        auto& next = waiting_.front();
        step.deliver.push_back({next_, std::move(next.bytes), std::move(next.framing)});
        under_way_.push_back({next_++, std::nullopt});
        waiting_.pop_front();
    }
}

Step Session::go_on(MonoTime now) {
    Step step;
    // Answers make room for what waited behind the bound, and what waited may be answered here, without the store: nobody
    // would come back for it.
    for (bool room = true; room;) {
        deliver(step, now);
        room = false;
        for (; !under_way_.empty() && under_way_.front().answer; under_way_.pop_front()) {
            step.send += *under_way_.front().answer;
            room = true;
        }
    }
    if (!step.send.empty()) {
        unsent_bytes_ += step.send.size();
        if (!unsent_since_) unsent_since_ = now;
        last_byte_ = now;
    }
    if (no_more_ && waiting_.empty() && under_way_.empty()) {
        closed_ = step.close = true;
    }
    return step;
}

Step Session::expired(MonoTime now) {
    Step step;
    if (closed_) return step;
    if (unsent_since_ && now >= *unsent_since_ + idle_) {
        ++counters_.slow;
        closed_ = step.close = true;
        return step;
    }
    if (frame_begun_ && now >= *frame_begun_ + frame_) {
        ++counters_.silent;
        return ended(now);
    }
    if (held_until_ && now >= *held_until_) return go_on(now);
    if (is_idle() && now >= last_byte_ + idle_) {
        ++counters_.silent;
        closed_ = step.close = true;
    }
    return step;
}

std::optional<MonoTime> Session::idle_since() const {
    if (closed_ || frame_begun_ || !is_idle()) return std::nullopt;
    return last_byte_;
}

std::optional<MonoTime> Session::half_since() const {
    if (closed_ || !is_idle()) return std::nullopt;
    return frame_begun_;
}

MonoTime Session::deadline() const {
    auto at = MonoTime::max();
    if (closed_) return at;
    if (unsent_since_) at = std::min(at, *unsent_since_ + idle_);
    if (frame_begun_) at = std::min(at, *frame_begun_ + frame_);
    if (held_until_) at = std::min(at, *held_until_);
    if (is_idle()) at = std::min(at, last_byte_ + idle_);
    return at;
}

}  // namespace bongsu::intake
