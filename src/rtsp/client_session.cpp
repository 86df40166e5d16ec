#include "rtsp/client_session.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace bongsu::rtsp {
namespace {

constexpr std::size_t kControlMax = 1024;

/// The track's or session's control URL against its base (RFC 2326 C.1.1, as cameras understand it:
/// appended).
std::string resolve(const std::string& base, const std::string& control) {
    if (control.empty() || control == "*") return base;
    if (equal_ignoring_case(std::string_view(control).substr(0, 7), "rtsp://")) return control;
    if (base.ends_with('/')) return base + (control.starts_with('/') ? control.substr(1) : control);
    return base + (control.starts_with('/') ? "" : "/") + control;
}

bool fit_for_request_line(std::string_view url) {
    return url.size() <= 2 * kControlMax &&
           std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20; });
}

/// The value of `name=` among the `;` parameters of a header.
std::string_view parameter(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const auto part = trim(header.substr(0, end));
        const auto equals = part.find('=');
        if (equals != std::string_view::npos && equal_ignoring_case(part.substr(0, equals), name)) {
            return trim(part.substr(equals + 1));
        }
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return {};
}

Error refusal(const Response& response) {
    const std::string words =
        "the camera answered " + std::to_string(response.status) + " " +
        (response.reason.empty() ? std::string(reason_of(response.status)) : response.reason.substr(0, 80));
    switch (response.status) {
        case 401:
            return {ErrorKind::unauthenticated, "the camera refuses the user name or password",
                    Where::here()};
        case 403:
            return {ErrorKind::forbidden, words, Where::here()};
        case 404:
            return {ErrorKind::not_found, words, Where::here()};
        default:
            return {ErrorKind::unavailable, words, Where::here()};
    }
}

}  // namespace

ClientSession::ClientSession(Options options)
    : options_(std::move(options)), url_(options_.url.without_secrets()), base_(url_) {
    if (options_.basic_at_once) challenge_ = Challenge{};
}

std::string ClientSession::start() { return send_for_state(); }

std::string ClientSession::request(std::string_view method, const std::string& url) {
    Request out{std::string(method), url, {}, {}};
    out.headers.add("CSeq", std::to_string(++cseq_));
    out.headers.add("User-Agent", "Bongsu");
    if (!session_.empty()) out.headers.add("Session", session_);
    if (challenge_) {
        out.headers.add("Authorization", authorization(*challenge_, options_.credentials, method, url,
                                                       ++nonce_count_, options_.cnonce));
    }
    if (method == "DESCRIBE") out.headers.add("Accept", "application/sdp");
    if (method == "SETUP") out.headers.add("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1");
    if (method == "PLAY") out.headers.add("Range", "npt=0.000-");
    return write(out);
}

std::string ClientSession::send_for_state() {
    std::string out;
    switch (state_) {
        case State::options:
            out = request("OPTIONS", url_);
            break;
        case State::describe:
            out = request("DESCRIBE", url_);
            break;
        case State::setup:
            out = request("SETUP", resolve(base_, track_.control));
            break;
        case State::play:
            out = request("PLAY", resolve(base_, track_.session_control));
            break;
        case State::playing:
            break;
    }
    awaited_ = cseq_;
    return out;
}

Result<std::string> ClientSession::on_text(std::string_view head, std::string_view body, MonoTime now) {
    TRY(const Message message, parse(head, body));
    if (const auto* response = std::get_if<Response>(&message)) return on_response(*response, now);
    // Cameras may ask too (ONVIF devices send OPTIONS or SET_PARAMETER as their keep-alive): a polite no is
    // enough.
    const auto& asked = std::get<Request>(message);
    Response no{asked.method == "OPTIONS" ? 200 : 501, {}, {}, {}};
    no.headers.add("CSeq", std::string(asked.headers.get("CSeq")));
    return write(no);
}

Result<std::string> ClientSession::on_response(const Response& response, MonoTime now) {
    TRY(const std::uint32_t cseq, cseq_of(response.headers));
    if (response.status < 200) return std::string{};  // 100 Continue.
    if (state_ == State::playing || cseq != awaited_) {
        // A keep-alive's answer. Cameras answer 4xx and 5xx to GET_PARAMETER and stream on, but a session
        // that is gone or a ticket that ended is the end.
        const bool over = response.status == 401 || response.status == 403 || response.status == 454;
        if (state_ == State::playing && over) return tl::unexpected(refusal(response));
        return std::string{};
    }
    if (response.status == 401) return on_unauthorized(response);
    // Some cameras know no OPTIONS: DESCRIBE decides.
    if (response.status >= 300 && state_ != State::options) return tl::unexpected(refusal(response));
    return on_accepted(response, now);
}

Result<std::string> ClientSession::on_unauthorized(const Response& response) {
    const auto challenge = choose_challenge(response.headers);
    const bool once_more =
        challenge && challenge->stale && challenge_ && challenge_->nonce != challenge->nonce;
    if (!challenge || (retried_ && !once_more) || options_.credentials.user.empty()) {
        if (options_.credentials.user.empty() && challenge) {
            return fail(ErrorKind::unauthenticated, "the camera wants a user name and password, none is set");
        }
        return tl::unexpected(refusal(response));
    }
    if (options_.basic_at_once) return tl::unexpected(refusal(response));  // It had the ticket already.
    challenge_ = challenge;
    nonce_count_ = 0;
    retried_ = true;
    return send_for_state();
}

Result<std::string> ClientSession::on_accepted(const Response& response, MonoTime now) {
    retried_ = false;
    switch (state_) {
        case State::options: {
            const auto known = response.headers.get("Public");
            renew_by_options_ = !known.empty() && known.find("GET_PARAMETER") == std::string_view::npos;
            state_ = State::describe;
            break;
        }
        case State::describe: {
            TRY_DO(take_description(response));
            state_ = State::setup;
            break;
        }
        case State::setup: {
            TRY_DO(take_setup(response));
            state_ = State::play;
            break;
        }
        case State::play: {
            state_ = State::playing;
            renew_at_ = now + renew_every_;
            break;
        }
        case State::playing:
            break;
    }
    return send_for_state();
}

Result<void> ClientSession::take_description(const Response& response) {
    auto track = media::parse_camera_sdp(response.body);
    if (!track) return tl::unexpected(std::move(track).error());
    track_ = *std::move(track);
    for (const auto* name : {"Content-Base", "Content-Location"}) {
        const auto base = response.headers.get(name);
        if (!equal_ignoring_case(base.substr(0, 7), "rtsp://")) continue;
        base_ = std::string(base);
        break;
    }
    if (!fit_for_request_line(resolve(base_, track_.control)) ||
        !fit_for_request_line(resolve(base_, track_.session_control))) {
        return fail(ErrorKind::corrupt, "the camera's control URL is too long or holds spaces");
    }
    return {};
}

Result<void> ClientSession::take_setup(const Response& response) {
    const auto session = response.headers.get("Session");
    session_ = std::string(trim(session.substr(0, session.find(';'))));
    if (session_.empty() || session_.size() > 256)
        return fail(ErrorKind::corrupt, "SETUP was answered without a Session");
    const auto transport = response.headers.get("Transport");
    if (transport.find("TCP") == std::string_view::npos) {
        return fail(ErrorKind::unavailable, "the camera does not send RTP over TCP");
    }
    const auto channels = parameter(transport, "interleaved");
    unsigned channel = 0;
    if (!channels.empty()) {
        const auto [end, error] =
            std::from_chars(channels.data(), channels.data() + channels.size(), channel);
        if (error != std::errc{} || channel > 255)
            return fail(ErrorKind::corrupt, "SETUP: bad interleaved channel");
    }
    rtp_channel_ = static_cast<std::uint8_t>(channel);
    long seconds = 60;
    const auto timeout = parameter(session, "timeout");
    std::from_chars(timeout.data(), timeout.data() + timeout.size(), seconds);
    renew_every_ = std::chrono::milliseconds(std::clamp(seconds, 2L, 3600L) * 500);
    if (options_.renew_every) renew_every_ = *options_.renew_every;
    return {};
}

std::string ClientSession::tick(MonoTime now) {
    if (state_ != State::playing || now < renew_at_) return {};
    renew_at_ = now + renew_every_;
    return request(renew_by_options_ ? "OPTIONS" : "GET_PARAMETER", resolve(base_, track_.session_control));
}

std::string ClientSession::teardown() {
    return session_.empty() ? std::string{} : request("TEARDOWN", resolve(base_, track_.session_control));
}

}  // namespace bongsu::rtsp
