// How a ticket becomes a view. What a view's requests are answered: hls_views.cpp.
#include "view/hls_out.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "crypto/crypto.hpp"
#include "view/http_ask.hpp"
#include "view/played_codecs.hpp"

namespace bongsu::view {
namespace {

std::string host_of(const std::string& remote) { return remote.substr(0, remote.rfind(':')); }

http::Response playlist_response(std::string text) {
    http::Response response;
    response.content_type = "application/vnd.apple.mpegurl";
    response.headers["Cache-Control"] = "no-store";
    response.body = std::move(text);
    return response;
}

}  // namespace

HlsOut::HlsOut(Tools tools, Hooks hooks) : tools_(tools), hooks_(std::move(hooks)), timer_(tools.loop) {}

HlsOut::~HlsOut() { stop("media stops"); }

std::size_t HlsOut::muxers() const {
    return static_cast<std::size_t>(
        std::count_if(sources_.begin(), sources_.end(), [](const auto& entry) { return !entry.second.expired(); }));
}

std::string HlsOut::random_id() {
    std::array<std::uint8_t, 16> bytes{};
    tools_.env.random.fill(bytes);
    return hooks_.prefix + crypto::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void HlsOut::handle(const http::Request& request, Reply reply) {
    // A browser's own player sends no Origin.
    auto allowed = for_origin(tools_.door, request, std::move(reply));
    if (!allowed) return;
    reply = *std::move(allowed);
    const auto target = hls::read_target(request.path);
    if (!target) return reply(http::problem(target.error()));
    if (request.method == "OPTIONS") return reply(preflight_of("GET, HEAD, DELETE, OPTIONS", "Authorization, Range"));
    const std::string_view wanted = target->what == hls::What::view ? "DELETE" : "GET";
    if (request.method != wanted) return reply(http::not_allowed(request.path, wanted == "GET" ? "GET, HEAD, OPTIONS" : "DELETE, OPTIONS"));
    if (target->what == hls::What::index) return index(request, *target, std::move(reply));
    view_request(request, *target, std::move(reply));
}

void HlsOut::index(const http::Request& request, const hls::Target& target, Reply reply) {
    Ask ask{CameraId{target.camera}, ticket_of(request), "live", Way::hls, request.remote};
    if (request.is_head ? answer_known(ask, reply) : follow(ask, reply)) return;
    auto codecs = codecs_of(request);
    if (!codecs) return reply(http::problem(codecs.error()));
    tools_.door.admit(ask, [this, alive = std::weak_ptr(alive_), ask, codecs = *std::move(codecs), is_head = request.is_head,
                            reply = std::move(reply)](const Result<Admitted>& admitted) {
        if (alive.expired()) return;
        if (admitted) return begin(ask, codecs, *admitted, is_head, reply);
        ++stats_.refused;
        reply(refusal_of(admitted.error()));
    });
}

bool HlsOut::answer_known(const Ask& ask, const Reply& reply) {
    const auto view = again(ask.ticket, ask.remote);
    if (view) reply(welcome(*view));
    return view != nullptr;
}

/// Of two that come at once with one ticket the second gets the first's view, or waits for the first's answer. False: there is no first.
bool HlsOut::follow(const Ask& ask, const Reply& reply) {
    if (ask.ticket.empty()) return false;
    if (answer_known(ask, reply)) return true;
    const auto first = std::find_if(openings_.begin(), openings_.end(), [&](const Opening& other) {
        return other.first == 0 && other.ask.ticket == ask.ticket && other.ask.camera == ask.camera && host_of(other.ask.remote) == host_of(ask.remote);
    });
    if (first == openings_.end() || openings_.size() >= kOpeningMax) return false;
    Opening second{++openings_made_, ask, first->source, first->until, reply, {}, {}};
    second.asked = true;
    second.first = first->number;
    openings_.push_back(std::move(second));
    return true;
}

/// The view that this ticket opened a moment ago for the same address.
HlsOut::ViewPtr HlsOut::again(const std::string& ticket, const std::string& remote) const {
    if (ticket.empty() || by_ticket_.empty()) return nullptr;
    const auto found = by_ticket_.find(crypto::sha256(ticket));
    if (found == by_ticket_.end()) return nullptr;
    const View& view = *found->second;
    const bool is_it = view.host == host_of(remote) && tools_.env.clock.mono() - view.opened <= kSwapAgain;
    return is_it ? found->second : nullptr;
}

http::Response HlsOut::welcome(const View& view) {
    return playlist_response(view.source->muxer()->multivariant("../view/" + view.id + "/media.m3u8"));
}

void HlsOut::begin(const Ask& ask, std::vector<std::string> codecs, const Admitted& admitted, bool is_head, const Reply& reply) {
    hub::Stream* stream = hooks_.stream(ask.camera, admitted.height);
    if (stream == nullptr) return reply(http::problem(Error{ErrorKind::not_found, "camera " + ask.camera.value + " is not here", Where::here()}));
    if (is_head) return reply(playlist_response({}));
    if (follow(ask, reply)) return;  // The first may have come while the door was asked.
    if (openings_.size() >= kOpeningMax) {
        ++stats_.turned_away;
        return reply(http::problem(Error{ErrorKind::exhausted, "too many viewers wait", Where::here(), {}, {}, std::chrono::seconds(1)}));
    }
    openings_.push_back({++openings_made_, ask, source_of(*stream), tools_.env.clock.mono() + kPictureWait, reply, std::move(codecs),
                         OtherStreams(hooks_.others, ask.camera, admitted.height)});
    arm();
    const std::uint64_t number = openings_made_;
    if (openings_.back().source->muxer() != nullptr) open_door(number);
}

std::shared_ptr<HlsSource> HlsOut::source_of(hub::Stream& stream) {
    std::weak_ptr<HlsSource>& known = sources_[&stream];
    if (auto source = known.lock(); source && !source->failure()) return source;
    auto source = std::make_shared<HlsSource>(tools_.loop, tools_.env.clock, stream, [this](HlsSource& one) { on_change(one); });
    known = source;
    source->start();
    return source;
}

std::list<HlsOut::Opening>::iterator HlsOut::opening(std::uint64_t number) {
    return std::find_if(openings_.begin(), openings_.end(), [&](const Opening& one) { return one.number == number; });
}

/// Parts came, or the stream cannot be had by HLS.
void HlsOut::on_change(HlsSource& source) {
    if (source.failure())
        end_where([&](const View& view) { return view.source.get() == &source; }, source.failure()->message);
    std::vector<std::uint64_t> ready;
    for (const Opening& one : openings_) {
        if (one.source.get() == &source && !one.asked && (source.muxer() != nullptr || source.failure())) ready.push_back(one.number);
    }
    for (const std::uint64_t number : ready) open_door(number);
    settle(&source, false);
}

void HlsOut::open_door(std::uint64_t number) {
    const auto one = opening(number);
    if (one == openings_.end() || one->asked) return;
    const auto codec = one->source->stream().format().codec;
    const auto& failure = one->source->failure();  // A JPEG camera's small stream may be in another codec.
    const bool is_played = !failure && plays(one->codecs, codec);
    if (!is_played && fall_back(*one)) return;
    if (!is_played) return fail_opening(number, failure ? *failure : not_played(codec));
    one->asked = true;
    one->until = tools_.env.clock.mono() + kPictureWait;
    auto view = std::make_shared<View>();
    view->camera = one->ask.camera;
    view->source = one->source;
    view->host = host_of(one->ask.remote);
    view->ticket = crypto::sha256(one->ask.ticket);
    one->view = view;
    const auto alive = std::weak_ptr(alive_);
    auto cut = [this, alive, weak = std::weak_ptr(view)](const std::string& reason) {
        const auto cut_view = weak.lock();
        if (!alive.expired() && cut_view) end(cut_view, reason);
    };
    // The view itself stays on this loop: the question may be let go of on the gate's.
    tools_.door.open(one->ask, std::move(cut), [this, alive, number, &door = tools_.door](Result<Pass> pass) {
        if (!alive.expired()) return on_pass(number, std::move(pass));
        if (pass) door.close(pass->number, "media stops", 0, 0);
    });
}

/// True when there is another stream, whose picture is waited for from here on.
bool HlsOut::fall_back(Opening& one) {
    auto* other = one.others.next(&one.source->stream());
    if (other == nullptr) return false;
    one.source = source_of(*other);
    one.until = tools_.env.clock.mono() + kPictureWait;
    for (auto& second : openings_) {
        if (second.first == one.number) second.source = one.source;
    }
    const bool is_there = one.source->muxer() != nullptr || one.source->failure();
    // Posted: a chain of streams that are there already must not become a stack of calls.
    if (is_there) boost::asio::post(tools_.loop, [this, alive = std::weak_ptr(alive_), number = one.number] {
        if (!alive.expired()) open_door(number);
    });
    return true;
}

std::vector<HlsOut::Reply> HlsOut::take_followers(std::uint64_t number) {
    std::vector<Reply> replies;
    std::erase_if(openings_, [&](Opening& one) {
        if (one.first != number) return false;
        replies.push_back(std::move(one.reply));
        return true;
    });
    return replies;
}

void HlsOut::on_pass(std::uint64_t number, Result<Pass> pass) {
    const auto one = opening(number);
    if (one == openings_.end()) {
        if (pass) tools_.door.close(pass->number, "viewer left before it was opened", 0, 0);
        return;
    }
    if (!pass) return fail_opening(number, pass.error());
    const ViewPtr view = one->view;
    view->id = random_id();
    view->pass = *std::move(pass);
    view->opened = view->seen = tools_.env.clock.mono();
    views_.emplace(view->id, view);
    by_ticket_.emplace(view->ticket, view);
    ++stats_.opened;
    std::vector<Reply> replies{std::move(one->reply)};
    openings_.erase(one);
    for (auto& reply : take_followers(number)) replies.push_back(std::move(reply));
    const auto failure = view->source->failure();
    if (failure) end(view, failure->message);
    for (const auto& reply : replies) reply(failure ? refusal_of(*failure) : welcome(*view));
}

void HlsOut::fail_opening(std::uint64_t number, const Error& error) {
    const auto one = opening(number);
    if (one == openings_.end()) return;
    ++(error.kind == ErrorKind::unavailable ? stats_.no_picture : stats_.refused);
    std::vector<Reply> replies{std::move(one->reply)};
    const Error told = error;  // It may be the source's, which goes with the opening.
    openings_.erase(one);
    for (auto& reply : take_followers(number)) replies.push_back(std::move(reply));
    for (const auto& reply : replies) reply(refusal_of(told));
}

}  // namespace bongsu::view
