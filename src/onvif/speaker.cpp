#include "onvif/speaker.hpp"

#include <array>
#include <span>

#include "crypto/crypto.hpp"

namespace bongsu::onvif {

namespace {

constexpr int kRequestsMax = 4;
constexpr int kRedirectsMax = 2;

std::string random_bytes(env::Random& random, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    random.fill(bytes);
    return {bytes.begin(), bytes.end()};
}

std::optional<rtsp::Challenge> digest_of(const http::ClientAnswer& answer) {
    rtsp::Headers headers;
    for (const auto& [name, value] : answer.headers) headers.add(name, value);
    auto challenge = rtsp::choose_challenge(headers);
    if (challenge && challenge->scheme == rtsp::Scheme::basic) challenge.reset();
    return challenge;
}

}  // namespace

Speaker::Speaker(rtsp::Credentials credentials, env::Random& random) : credentials_(std::move(credentials)), random_(random) {}

Outgoing Speaker::ask(Call call, Place place, WallTime now) {
    call_ = std::move(call);
    place_ = std::move(place);
    with_login_ = call_.needs_login && !credentials_.user.empty();
    sent_ = 0;
    redirects_ = 0;
    return write(now);
}

Outgoing Speaker::write(WallTime now) {
    ++sent_;
    Outgoing out;
    out.place = place_;
    out.headers.emplace_back("Content-Type", "application/soap+xml; charset=utf-8; action=\"" + call_.action() + "\"");
    std::optional<soap::UsernameToken> token;
    if (with_login_ && way_ == Way::token) {
        token = soap::UsernameToken{credentials_.user, credentials_.password, random_bytes(random_, 16),
                                    now + offset_.value_or(std::chrono::microseconds{0})};
    }
    if (with_login_ && way_ == Way::digest && challenge_) {
        const auto cnonce = crypto::to_hex(random_bytes(random_, 16));
        out.headers.emplace_back("Authorization", rtsp::authorization(*challenge_, credentials_, "POST", place_.path, ++nonce_count_, cnonce));
    }
    out.body = soap::write(call_.body, token);
    return out;
}

Speaker::Step Speaker::over(Result<soap::Answer> result) { return {.again = {}, .over = std::move(result)}; }

Speaker::Step Speaker::redirected(const http::ClientAnswer& answer, WallTime now) {
    const auto goal = reach(answer.header("Location"), place_);
    if (!goal) return over(fail(ErrorKind::corrupt, std::string(call_.operation) + ": the camera redirects to nowhere"));
    if (!goal->note.empty()) return over(fail(ErrorKind::forbidden, std::string(call_.operation) + ": the camera redirects to another host"));
    if (++redirects_ > kRedirectsMax || goal->place == place_ || sent_ == kRequestsMax)
        return over(fail(ErrorKind::unavailable, std::string(call_.operation) + ": the camera redirects in a circle"));
    place_ = goal->place;
    return {.again = write(now), .over = {}};
}

/// A camera that wants to know who asks, where there is more to say than was said.
std::optional<Speaker::Step> Speaker::challenged(const http::ClientAnswer& answer, WallTime now) {
    if (credentials_.user.empty() || sent_ == kRequestsMax) return std::nullopt;
    if (auto challenge = digest_of(answer); challenge && answer.status == 401) {
        const bool was_digest = with_login_ && way_ == Way::digest;
        // A nonce that served before may have grown old without a word; a new one that is refused was refused for the password.
        const bool is_old = was_digest && (challenge->stale || nonce_count_ > 1) && challenge_->nonce != challenge->nonce;
        if (was_digest && !is_old) return std::nullopt;
        way_ = Way::digest;
        challenge_ = std::move(challenge);
        nonce_count_ = 0;
        with_login_ = true;
        return Step{.again = write(now), .over = {}};
    }
    if (with_login_) return std::nullopt;
    with_login_ = true;
    return Step{.again = write(now), .over = {}};
}

Speaker::Step Speaker::answered(const Result<http::ClientAnswer>& got, WallTime now) {
    if (!got) {
        auto error = got.error();
        error.message = std::string(call_.operation) + ": " + error.message;
        return over(tl::unexpected(std::move(error)));
    }
    if (got->status >= 300 && got->status < 400) return redirected(*got, now);
    auto answer = got->status == 401 ? soap::read(401, {}, call_) : soap::read(got->status, got->body, call_);
    if (answer || answer.error().kind != ErrorKind::unauthenticated) return over(std::move(answer));
    if (auto step = challenged(*got, now)) return *std::move(step);
    auto error = std::move(answer).error();
    if (credentials_.user.empty()) {
        error.message = std::string(call_.operation) + ": the camera wants a user name and password, none is given";
    } else if (way_ == Way::token && !offset_) {
        error.message += " (its clock is not known, which the login depends on)";
    }
    return over(tl::unexpected(std::move(error)));
}

}  // namespace bongsu::onvif
