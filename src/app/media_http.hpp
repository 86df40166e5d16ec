#pragma once
// HTTP of the media process: which path is answered by what, and on which loop.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/media_loop.hpp"
#include "http/server.hpp"

namespace bongsu::app {

/// Requests come in on the first loop. A WHEP session lives on the loop of its camera, or on the one with the fewest
/// viewers where that has many more; its name says which, so that its end finds it.
///
/// Threads: the first loop.
class MediaHttp {
  public:
    /// Viewers that the loop of a camera may have more than the emptiest.
    static constexpr std::size_t kLeanMax = 32;

    /// Takes over `fd`, a listening socket. `ready` answers /ready. Errors: of the server.
    static Result<std::unique_ptr<MediaHttp>> start(int fd, std::vector<MediaLoop*> loops, std::function<http::Response()> ready);

    /// The loop for one more viewer of this camera.
    static std::size_t choose(std::size_t owner, const std::vector<std::size_t>& viewers);
    /// The loop whose WHEP session this path names: "/whep/session/1.xyz". The first one where it names none.
    static std::size_t loop_of_session(const std::string& path, std::size_t loops);

  private:
    MediaHttp(std::vector<MediaLoop*> loops, std::function<http::Response()> ready) : loops_(std::move(loops)), ready_(std::move(ready)) {}
    void take(http::Request request, http::Reply reply);
    void whep(MediaLoop& loop, http::Request request, http::Reply reply);

    std::vector<MediaLoop*> loops_;
    std::function<http::Response()> ready_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace bongsu::app
