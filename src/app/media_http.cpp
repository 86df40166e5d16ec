#include "app/media_http.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bongsu::app {
namespace {

constexpr std::string_view kWhep = "/whep/", kSession = "/whep/session/";

}  // namespace

Result<std::unique_ptr<MediaHttp>> MediaHttp::start(int fd, std::vector<MediaLoop*> loops, std::function<http::Response()> ready) {
    std::unique_ptr<MediaHttp> out(new MediaHttp(std::move(loops), std::move(ready)));
    TRY(out->server_, http::Server::start(out->loops_.front()->context(), fd,
                                          {.request = [self = out.get()](http::Request request,
                                                                         http::Reply reply) { self->take(std::move(request), std::move(reply)); },
                                           .upgrade = {}},
                                          {.body_bytes_max = 64 << 10}));
    return out;
}

std::size_t MediaHttp::choose(std::size_t owner, const std::vector<std::size_t>& viewers) {
    const auto emptiest = std::min_element(viewers.begin(), viewers.end());
    return viewers[owner] > *emptiest + kLeanMax ? static_cast<std::size_t>(emptiest - viewers.begin()) : owner;
}

std::size_t MediaHttp::loop_of_session(const std::string& path, std::size_t loops) {
    if (!path.starts_with(kSession)) return 0;
    std::size_t number = 0;
    const char* const begin = path.data() + kSession.size();
    const auto [end, error] = std::from_chars(begin, path.data() + path.size(), number);
    return error == std::errc{} && *end == '.' && number < loops ? number : 0;
}

void MediaHttp::take(http::Request request, http::Reply reply) {
    if (request.path.starts_with(kSession)) {
        return whep(*loops_[loop_of_session(request.path, loops_.size())], std::move(request), std::move(reply));
    }
    if (request.path.starts_with(kWhep)) {
        std::vector<std::size_t> viewers;
        for (const auto* loop : loops_) viewers.push_back(loop->viewers);
        const auto owner = MediaLoop::owner_of(CameraId{request.path.substr(kWhep.size())}, loops_.size());
        return whep(*loops_[choose(owner, viewers)], std::move(request), std::move(reply));
    }
    if (request.path == "/health") return reply(http::json_response(200, boost::json::object{{"alive", true}}));
    if (request.path == "/ready") return reply(ready_());
    reply(http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()}));
}

void MediaHttp::whep(MediaLoop& loop, http::Request request, http::Reply reply) {
    if (&loop == loops_.front()) return loop.ways->whep().handle(request, std::move(reply));
    loop.post()([&loop, request = std::move(request), reply = std::move(reply)] { loop.ways->whep().handle(request, reply); });
}

}  // namespace bongsu::app
