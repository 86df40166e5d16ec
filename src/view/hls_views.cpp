// What a view's requests are answered, and how views end. How they begin: hls_out.cpp.
#include <algorithm>

#include "base/log.hpp"
#include "view/hls_out.hpp"

namespace bongsu::view {
namespace {

using hls::What;

http::Piece piece_of(const HlsBytes& bytes) {
    return {bytes, std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size())};
}

Error come_again(ErrorKind kind, std::string why) { return {kind, std::move(why), Where::here(), {}, {}, std::chrono::seconds(1)}; }

/// What of the pieces a range is.
std::vector<http::Piece> cut_out(const std::vector<http::Piece>& pieces, hls::Range range) {
    std::vector<http::Piece> out;
    for (const http::Piece& piece : pieces) {
        const std::size_t skipped = std::min(range.from, piece.bytes.size());
        const auto bytes = piece.bytes.substr(skipped, range.size);
        range.from -= skipped;
        range.size -= bytes.size();
        if (!bytes.empty()) out.push_back({piece.owner, bytes});
    }
    return out;
}

http::Response gone(const std::string& reason) { return http::problem(410, "view_ended", "The view is over", reason); }

http::Response missing(std::string why) { return http::problem(Error{ErrorKind::not_found, std::move(why), Where::here()}); }

}  // namespace

void HlsOut::view_request(const http::Request& request, const hls::Target& target, Reply reply) {
    const auto found = views_.find(target.view);
    if (found == views_.end()) {
        const auto ended = ended_.find(target.view);
        return reply(ended == ended_.end() ? missing("there is no such view") : gone(ended->second.reason));
    }
    const ViewPtr view = found->second;
    if (target.what == What::view) {
        // Its id is 128 random bits that only the first answer told: having it is the right to end it.
        end(view, "viewer left");
        http::Response response;
        response.content_type.clear();
        return reply(std::move(response));
    }
    view->seen = tools_.env.clock.mono();
    Asked asked{target, {}, std::string(request.header("range")), request.is_head};
    if (!request.header("if-range").empty()) asked.range.clear();  // Nothing here has a validator.
    if (target.what == What::playlist) {
        const auto reload = hls::read_reload(request.query);
        if (!reload) return reply(http::problem(reload.error()));
        asked.reload = *reload;
    }
    if (auto response = answer(*view, asked, false)) return reply(*std::move(response));
    if (waiting_.size() >= kWaitingMax || view->waiting >= kWaitingPerView) {
        ++stats_.turned_away;
        return reply(http::problem(come_again(ErrorKind::exhausted, "too many requests wait")));
    }
    ++view->waiting;
    const auto wait = std::chrono::seconds(3 * view->source->muxer()->target_seconds());
    waiting_.push_back({view, std::move(asked), view->seen + wait, std::move(reply)});
}

std::optional<http::Response> HlsOut::answer(View& view, const Asked& asked, bool late) {
    const HlsMuxer& muxer = *view.source->muxer();
    const std::uint64_t number = asked.target.number;
    if (asked.target.what == What::playlist) return answer_playlist(muxer, asked.reload, late);
    if (asked.target.what == What::part) return answer_part(view, asked, late);
    if (asked.target.what == What::init) {
        const HlsBytes bytes = number > UINT32_MAX ? nullptr : muxer.init(static_cast<std::uint32_t>(number));
        if (!bytes) return missing("no segment that is kept needs this init segment");
        return answer_media(view, asked, {piece_of(bytes)}, 0);
    }
    const HlsSegment* segment = muxer.segment(number);
    if (segment == nullptr) return missing("there is no such segment yet, or it has left the window");
    std::vector<http::Piece> pieces;
    for (const HlsPart& part : segment->parts) pieces.push_back(piece_of(part.bytes));
    return answer_media(view, asked, std::move(pieces), segment->pictures);
}

std::optional<http::Response> HlsOut::answer_playlist(const HlsMuxer& muxer, const hls::Reload& reload, bool late) {
    const auto& [segment, part] = reload;
    if (segment && !muxer.may_wait(*segment, part)) {
        const bool is_part = muxer.may_wait(*segment, std::nullopt);
        return http::problem(fail_field(is_part ? "_HLS_part" : "_HLS_msn", "is too far ahead of what there is").value());
    }
    if (!muxer.ready() && !late) return std::nullopt;
    if (!muxer.ready()) {
        ++stats_.no_picture;
        return http::problem(come_again(ErrorKind::unavailable, "there is no segment of this camera yet"));
    }
    if (segment && !muxer.has(*segment, part) && !late) return std::nullopt;
    http::Response response;
    response.content_type = "application/vnd.apple.mpegurl";
    response.headers["Cache-Control"] = "no-store";
    response.body = muxer.playlist();
    return response;
}

std::optional<http::Response> HlsOut::answer_part(View& view, const Asked& asked, bool late) {
    const HlsMuxer& muxer = *view.source->muxer();
    const HlsEdge place{asked.target.number, static_cast<std::size_t>(asked.target.part)};
    if (const HlsPart* part = muxer.part(place.segment, place.part))
        return answer_media(view, asked, {piece_of(part->bytes)}, part->pictures);
    if (muxer.edge() != place) return missing("there is no such part, or it has left the window");
    if (!late) return std::nullopt;
    return missing("the part did not come in time");
}

http::Response HlsOut::answer_media(View& view, const Asked& asked, std::vector<http::Piece> pieces, std::uint32_t pictures) {
    std::size_t total = 0;
    for (const http::Piece& piece : pieces) total += piece.bytes.size();
    const auto range = hls::read_range(asked.range, total);
    if (!range) {
        auto response = http::problem(416, "range_not_satisfiable", "Range not satisfiable", range.error().message);
        response.headers["Content-Range"] = "bytes */" + std::to_string(total);
        return response;
    }
    http::Response response;
    response.content_type = "video/mp4";
    response.headers["Cache-Control"] = "private, no-store";
    response.headers["Accept-Ranges"] = "bytes";
    if (*range) {
        const hls::Range part = **range;
        response.status = 206;
        response.headers["Content-Range"] =
            "bytes " + std::to_string(part.from) + "-" + std::to_string(part.from + part.size - 1) + "/" + std::to_string(total);
        pieces = cut_out(pieces, part);
    }
    response.pieces = std::move(pieces);
    response.tap = view.tap;
    // A picture counts with the bytes that it begins with.
    if (!asked.is_head && (!*range || (*range)->from == 0)) view.frames += pictures;
    return response;
}

/// Answers those who wait and need not any more; of all sources for null, and those whose time is over when `late`.
void HlsOut::settle(const HlsSource* source, bool late) {
    const MonoTime now = tools_.env.clock.mono();
    std::vector<std::pair<Reply, http::Response>> answers;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const bool is_late = late && now >= at->until;
        const bool looks = is_late || (source != nullptr && at->view->source.get() == source);
        auto response = looks ? answer(*at->view, at->asked, is_late) : std::nullopt;
        if (!response) {
            ++at;
            continue;
        }
        --at->view->waiting;
        at->view->seen = now;
        answers.emplace_back(std::move(at->reply), *std::move(response));
        at = waiting_.erase(at);
    }
    for (auto& [reply, response] : answers) reply(std::move(response));
}

void HlsOut::arm() {
    if (std::exchange(armed_, true)) return;
    timer_.expires_after(kTick);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        armed_ = false;
        tick();
        if (!views_.empty() || !openings_.empty() || !ended_.empty()) arm();
    });
}

void HlsOut::tick() {
    const MonoTime now = tools_.env.clock.mono();
    std::vector<std::uint64_t> overdue;
    for (const Opening& one : openings_) {
        if (now >= one.until) overdue.push_back(one.number);
    }
    for (const std::uint64_t number : overdue) {
        const auto one = opening(number);
        const bool asked = one->asked;
        // Of a small stream that does not come: the next one need not be made of it.
        if (!asked && one->others.begun() && fall_back(*one)) continue;
        fail_opening(number, {ErrorKind::unavailable, asked ? "the view could not be recorded within 3 s" : "no picture of this camera within 3 s", Where::here()});
    }
    settle(nullptr, true);
    for (const auto& [id, view] : views_) {
        if (std::exchange(view->bytes_seen, view->tap->bytes()) != view->tap->bytes() || view->waiting > 0) view->seen = now;
    }
    end_where([&](const View& view) { return now - view.seen >= kIdle; }, "viewer left");
    std::erase_if(ended_, [&](const auto& entry) { return now >= entry.second.until; });
    std::erase_if(sources_, [](const auto& entry) { return entry.second.expired(); });
}

void HlsOut::end_where(const std::function<bool(const View&)>& is_over, const std::string& reason) {
    std::vector<ViewPtr> ending;
    for (const auto& [id, view] : views_) {
        if (is_over(*view)) ending.push_back(view);
    }
    for (const ViewPtr& view : ending) end(view, reason);
}

void HlsOut::end(const ViewPtr& view, const std::string& reason) {
    if (views_.erase(view->id) == 0) return;
    by_ticket_.erase(view->ticket);
    view->tap->close();
    ++stats_.left;
    if (ended_.size() < kEndedMax) ended_[view->id] = {reason, tools_.env.clock.mono() + kRemembered};
    std::vector<Reply> replies;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->view != view) {
            ++at;
            continue;
        }
        replies.push_back(std::move(at->reply));
        at = waiting_.erase(at);
    }
    tools_.door.close(view->pass.number, reason, view->frames, view->tap->bytes());
    LOG_INFO("view.closed", {{"view", view->pass.view.value}, {"camera", view->camera.value}, {"reason", reason}});
    for (const Reply& reply : replies) reply(gone(reason));
}

void HlsOut::forget(const CameraId& camera, const std::string& reason) {
    end_where([&](const View& view) { return view.camera == camera; }, reason);
    std::vector<std::uint64_t> ending;
    for (const Opening& one : openings_) {
        if (one.ask.camera == camera) ending.push_back(one.number);
    }
    for (const std::uint64_t number : ending) fail_opening(number, {ErrorKind::unavailable, reason, Where::here()});
}

void HlsOut::stop(const std::string& reason) {
    end_where([](const View&) { return true; }, reason);
    while (!openings_.empty()) fail_opening(openings_.front().number, {ErrorKind::unavailable, reason, Where::here()});
}

}  // namespace bongsu::view
