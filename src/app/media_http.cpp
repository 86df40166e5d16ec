#include "app/media_http.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bongsu::app {
namespace {

constexpr std::string_view kWhep = "/whep/", kSession = "/whep/session/", kFmp4 = "/fmp4", kHls = "/hls/", kHlsView = "/hls/view/";
/// Of a WebSocket: about a picture. What is cut does not lie in the kernel for long.
constexpr unsigned kSocketKernelBytes = 64 << 10;

/// The number of a loop at the beginning of an unguessable name; 0 where there is none.
std::size_t loop_named(std::string_view name, char end_of_number, std::size_t loops) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_one = error == std::errc{} && end != name.data() + name.size() && *end == end_of_number && number < loops;
    return is_one ? number : 0;
}

}  // namespace

Result<std::unique_ptr<MediaHttp>> MediaHttp::start(int fd, std::vector<MediaLoop*> loops, std::function<http::Response()> ready) {
    // WebSockets without a ticket cannot keep all others out.
    const std::size_t connections_max = http::ServerLimits{}.connections_max + loops.size() * view::Fmp4Out::kSocketsMax;
    std::unique_ptr<MediaHttp> out(new MediaHttp(std::move(loops), std::move(ready)));
    TRY(out->server_, http::Server::start(out->loops_.front()->context(), fd,
                                          {.request = [self = out.get()](http::Request request,
                                                                         http::Reply reply) { self->take(std::move(request), std::move(reply)); },
                                           .upgrade = {},
                                           .socket_place = [self = out.get()](const http::Request& request) { return self->place_of(request); }},
                                          {.body_bytes_max = 64 << 10, .connections_max = connections_max, .socket_queue_bytes_max = 8 << 20, .socket_kernel_bytes = kSocketKernelBytes}));
    return out;
}

std::size_t MediaHttp::choose(std::size_t owner, const std::vector<std::size_t>& viewers) {
    const auto emptiest = std::min_element(viewers.begin(), viewers.end());
    return viewers[owner] > *emptiest + kLeanMax ? static_cast<std::size_t>(emptiest - viewers.begin()) : owner;
}

std::size_t MediaHttp::loop_of_session(const std::string& path, std::size_t loops) {
    return path.starts_with(kSession) ? loop_named(std::string_view(path).substr(kSession.size()), '.', loops) : 0;
}

std::size_t MediaHttp::loop_of_hls(std::string_view path, std::size_t loops) {
    if (path.starts_with(kHlsView)) return loop_named(path.substr(kHlsView.size()), '-', loops);
    if (!path.starts_with(kHls)) return 0;
    path.remove_prefix(kHls.size());
    return MediaLoop::owner_of(CameraId{std::string(path.substr(0, path.find('/')))}, loops);
}

/// For one more viewer of this camera; of none in particular: the emptiest.
MediaLoop& MediaHttp::loop_for(const std::string& camera) const {
    std::vector<std::size_t> viewers;
    for (const auto* loop : loops_) viewers.push_back(loop->viewers);
    if (camera.empty()) return *loops_[static_cast<std::size_t>(std::min_element(viewers.begin(), viewers.end()) - viewers.begin())];
    return *loops_[choose(MediaLoop::owner_of(CameraId{camera}, loops_.size()), viewers)];
}

http::SocketPlace MediaHttp::place_of(const http::Request& request) const {
    auto& loop = loop_for(request.path.starts_with(kFmp4) ? request.path.substr(std::min(request.path.size(), kFmp4.size() + 1)) : "");
    return {&loop.context(), [&loop](const http::Request& asked, std::shared_ptr<http::Socket> socket) -> Result<http::SocketEvents> {
                if (!loop.ways) return fail(ErrorKind::unavailable, "the media process is stopping");
                return loop.ways->fmp4().upgrade(asked, std::move(socket));
            }};
}

void MediaHttp::take(http::Request request, http::Reply reply) {
    if (request.path.starts_with(kSession)) {
        return whep(*loops_[loop_of_session(request.path, loops_.size())], std::move(request), std::move(reply));
    }
    if (request.path.starts_with(kWhep)) {
        auto& loop = loop_for(request.path.substr(kWhep.size()));
        return whep(loop, std::move(request), std::move(reply));
    }
    if (request.path.starts_with(kFmp4)) return reply(view::Fmp4Out::refuse_plain());
    if (request.path.starts_with("/snapshot/")) return loops_.front()->ways->snapshot()->handle(request, std::move(reply));
    if (request.path.starts_with("/hls")) {
        return hls(*loops_[loop_of_hls(request.path, loops_.size())], std::move(request), std::move(reply));
    }
    if (request.path == "/health") return reply(http::json_response(200, boost::json::object{{"alive", true}}));
    if (request.path == "/ready") return reply(ready_());
    reply(http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()}));
}

void MediaHttp::whep(MediaLoop& loop, http::Request request, http::Reply reply) {
    if (&loop == loops_.front()) return loop.ways->whep().handle(request, std::move(reply));
    loop.post()([&loop, request = std::move(request), reply = std::move(reply)] {
        if (loop.ways) loop.ways->whep().handle(request, reply);
    });
}

void MediaHttp::hls(MediaLoop& loop, http::Request request, http::Reply reply) {
    if (&loop == loops_.front()) return loop.ways->hls().handle(request, std::move(reply));
    loop.post()([&loop, request = std::move(request), reply = std::move(reply)] {
        if (loop.ways) loop.ways->hls().handle(request, reply);
    });
}

}  // namespace bongsu::app
