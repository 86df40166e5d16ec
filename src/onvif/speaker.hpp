#pragma once
// One call to a camera, with all that it takes to be let in: whose login, by which clock, in which way. Pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "env/env.hpp"
#include "http/answer_reader.hpp"
#include "onvif/soap.hpp"
#include "onvif/url.hpp"
#include "rtsp/auth.hpp"

namespace bongsu::onvif {

/// A POST of `body` to `place`.
struct Outgoing {
    Place place;
    std::vector<std::pair<std::string, std::string>> headers;  ///< Secret.
    std::string body;                                          ///< Secret.
};

/// Begin a call with ask(), hand what came to answered(), until it says that the call is over.
///
/// Login: the first call carries a WS-UsernameToken by the camera's clock (ONVIF Core 5.9.4.2); a camera that answers 401
///        with a Digest challenge gets HTTP Digest from then on (5.9.4.1), and no token. Basic is never answered: it is the
///        password itself. A call that needs no login is tried without first.
/// Bounds: four requests a call; two redirects, to the same host alone and never from TLS to the clear.
/// Never:  a password, nonce or digest in an error.
/// Threads: none inside.
class Speaker {
  public:
    Speaker(rtsp::Credentials credentials, env::Random& random);

    /// The camera's clock minus ours.
    void set_clock_offset(std::chrono::microseconds offset) { offset_ = offset; }

    Outgoing ask(Call call, Place place, WallTime now);

    struct Step {
        std::optional<Outgoing> again;              ///< Send this.
        std::optional<Result<soap::Answer>> over;   ///< Or that was it.
    };
    Step answered(const Result<http::ClientAnswer>& got, WallTime now);

    /// Where the last call ended up: a redirect's goal.
    const Place& place() const { return place_; }

  private:
    enum class Way : std::uint8_t { token, digest };

    Outgoing write(WallTime now);
    Step over(Result<soap::Answer> result);
    Step redirected(const http::ClientAnswer& answer, WallTime now);
    std::optional<Step> challenged(const http::ClientAnswer& answer, WallTime now);

    rtsp::Credentials credentials_;
    env::Random& random_;
    std::optional<std::chrono::microseconds> offset_;
    Way way_ = Way::token;
    std::optional<rtsp::Challenge> challenge_;
    std::uint32_t nonce_count_ = 0;
    // Of the call that is under way.
    Call call_;
    Place place_;
    bool with_login_ = false;
    int sent_ = 0, redirects_ = 0;
};

}  // namespace bongsu::onvif
