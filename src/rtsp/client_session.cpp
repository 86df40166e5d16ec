#include "rtsp/client_session.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "charset/utf8.hpp"

namespace bongsu::rtsp {
namespace {

constexpr std::size_t kControlMax = 1024;
constexpr int kStaleMost = 3;

bool is_absolute(std::string_view url) {
    return equal_ignoring_case(url.substr(0, 7), "rtsp://") || equal_ignoring_case(url.substr(0, 8), "rtsps://");
}

/// The track's or session's control URL against its base (RFC 2326 C.1.1, as cameras understand it:
/// appended).
std::string resolve(const std::string& base, const std::string& control) {
    if (control.empty() || control == "*") return base;
    if (is_absolute(control)) return control;
    if (base.ends_with('/')) return base + (control.starts_with('/') ? control.substr(1) : control);
    return base + (control.starts_with('/') ? "" : "/") + control;
}

bool fit_for_request_line(std::string_view url) {
    return url.size() <= 2 * kControlMax &&
           std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20; });
}

/// The other reading of a control URL, where there is one: before the query, from the root, or in the place of the path's last
/// part (RFC 3986 5.3).
std::optional<std::string> resolve_otherwise(const std::string& base, const std::string& control) {
    if (control.empty() || control == "*" || is_absolute(control)) return std::nullopt;
    const auto authority = base.find("//");
    const auto root = authority == std::string::npos ? authority : base.find('/', authority + 2);
    if (root == std::string::npos) return std::nullopt;
    if (const auto query = base.find('?'); query != std::string::npos) {
        return resolve(base.substr(0, query), control) + base.substr(query);
    }
    if (control.starts_with('/')) return base.substr(0, root) + control;
    if (base.ends_with('/')) return std::nullopt;
    return base.substr(0, base.rfind('/') + 1) + control;
}

/// A camera's own words, at most 80 bytes of whole letters: they go on into logs, JSON and pages. Old firmware speaks EUC-KR.
std::string shown(std::string_view words) {
    std::string out;
    while (!words.empty()) {
        const auto letter = charset::first_letter(words);
        const auto size = std::max<std::size_t>(letter.size, 1);
        if (out.size() + size > 80) break;
        out += letter.size == 0 ? "?" : words.substr(0, size);
        words.remove_prefix(size);
    }
    return out;
}

Error refusal(const Response& response) {
    const std::string words =
        "the camera answered " + std::to_string(response.status) + " " +
        (response.reason.empty() ? std::string(reason_of(response.status)) : shown(response.reason));
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
    : options_(std::move(options)),
      url_(options_.url.without_secrets()),
      base_(url_),
      udp_(options_.transport != Transport::tcp) {
    if (options_.basic_at_once) challenge_ = Challenge{};
}

std::string ClientSession::start() { return send_for_state(); }

/// Headers in the order of the client that cameras are tried with most (live555): some answer 400 to another.
std::string ClientSession::request(std::string_view method, const std::string& url) {
    Request out{std::string(method), url, {}, {}};
    out.headers.add("CSeq", std::to_string(++cseq_));
    if (challenge_) {
        out.headers.add("Authorization", authorization(*challenge_, options_.credentials, method, url,
                                                       ++nonce_count_, options_.cnonce));
    }
    out.headers.add("User-Agent", "Bongsu");
    if (method == "DESCRIBE") out.headers.add("Accept", "application/sdp");
    if (method == "SETUP") out.headers.add("Transport", write_transport(udp_, options_.client_port));
    if (!session_.empty()) out.headers.add("Session", session_);
    if (method == "PLAY" && ranged_) out.headers.add("Range", "npt=0.000-");
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
            out = request("SETUP", setup_url_);
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
    if (response.status < 200 || redirect_) return std::string{};  // 100 Continue, or we are leaving.
    if (state_ == State::playing) return on_keep_alive(response);
    const auto cseq = cseq_of(response.headers);
    // The first answer tells whether a camera counts as we do; only one request is open at a time.
    if (cseq && *cseq != awaited_ && awaited_ == 1) by_order_ = true;
    if (cseq && *cseq != awaited_ && !by_order_) return std::string{};
    if (response.status == 401) return on_unauthorized(response);
    if (response.status >= 300 && response.status < 400 && response.status != 304) {
        TRY_DO(take_redirect(response));
        return std::string{};
    }
    // Some cameras know no OPTIONS: DESCRIBE decides.
    if (response.status >= 300 && state_ != State::options) return on_refused(response);
    return on_accepted(response, now);
}

/// Cameras answer 4xx and 5xx to GET_PARAMETER and stream on, but a session that is gone or a ticket that ended is the
/// end.
Result<std::string> ClientSession::on_keep_alive(const Response& response) {
    if (response.status < 300) {
        asked_again_ = 0;
        return std::string{};
    }
    if (response.status == 401 && !options_.basic_at_once) {
        // Its nonce was of a time; the password was right a moment ago.
        const auto challenge = choose_challenge(response.headers);
        const bool fresh = challenge && challenge_ && challenge->scheme != Scheme::basic && challenge->nonce != challenge_->nonce;
        if (fresh && asked_again_++ == 0) {
            challenge_ = challenge;
            nonce_count_ = 0;
            return request(renew_by_options_ ? "OPTIONS" : "GET_PARAMETER", resolve(base_, track_.session_control));
        }
    }
    const bool over = response.status == 401 || response.status == 403 || response.status == 454;
    if (over) return tl::unexpected(refusal(response));
    renew_by_options_ = true;
    return std::string{};
}

Result<std::string> ClientSession::on_unauthorized(const Response& response) {
    const auto challenge = choose_challenge(response.headers);
    const bool once_more = challenge && challenge->stale && challenge_ && challenge_->nonce != challenge->nonce &&
                           ++asked_again_ <= kStaleMost;
    if (!challenge || (retried_ && !once_more) || options_.credentials.user.empty()) {
        if (options_.credentials.user.empty() && challenge) {
            return fail(ErrorKind::unauthenticated, "the camera wants a user name and password, none is set");
        }
        if (!challenge && !challenge_) {
            return fail(ErrorKind::unauthenticated, "the camera asks for a password in no way that is known here (Digest by MD5 or SHA-256, Basic)");
        }
        return tl::unexpected(refusal(response));
    }
    if (options_.basic_at_once) return tl::unexpected(refusal(response));  // It had the ticket already.
    if (challenge->scheme == Scheme::basic && !options_.basic_allowed) {
        return fail(ErrorKind::unauthenticated, "after a redirect the password is not sent in plain (Basic)");
    }
    challenge_ = challenge;
    nonce_count_ = 0;
    retried_ = true;
    return send_for_state();
}

Result<std::string> ClientSession::on_refused(const Response& response) {
    const int status = response.status;
    if (state_ == State::setup && status == 461 && udp_ && options_.transport == Transport::automatic) {
        udp_ = false;
        return send_for_state();
    }
    if (state_ == State::setup && (status == 400 || status == 404 || status == 459) && other_setup_) {
        setup_url_ = *std::exchange(other_setup_, std::nullopt);
        return send_for_state();
    }
    if (state_ == State::play && (status == 400 || status == 457) && ranged_) {
        ranged_ = false;
        return send_for_state();
    }
    return tl::unexpected(refusal(response));
}

Result<std::string> ClientSession::on_accepted(const Response& response, MonoTime now) {
    retried_ = false;
    asked_again_ = 0;
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
        if (!is_absolute(base)) continue;
        base_ = std::string(base);
        break;
    }
    setup_url_ = resolve(base_, track_.control);
    other_setup_ = resolve_otherwise(base_, track_.control);
    if (!other_setup_ && base_ != url_) other_setup_ = resolve(url_, track_.control);
    if (!fit_for_request_line(setup_url_) || !fit_for_request_line(other_setup_.value_or("")) ||
        !fit_for_request_line(resolve(base_, track_.session_control))) {
        return fail(ErrorKind::corrupt, "the camera's control URL is too long or holds spaces");
    }
    return {};
}

Result<void> ClientSession::take_setup(const Response& response) {
    const auto session = response.headers.get("Session");
    session_ = std::string(trim(session.substr(0, session.find(';'))));
    if (session_.empty()) return fail(ErrorKind::corrupt, "SETUP was answered without a Session");
    if (session_.size() > 256) return fail(ErrorKind::corrupt, "SETUP was answered with a Session of over 256 letters");
    auto path = read_transport(response.headers, udp_, options_.peer, options_.url.host);
    if (!path && udp_ && options_.transport == Transport::automatic && path.error().kind == ErrorKind::unavailable) {
        udp_ = false;  // It answers with what it can do instead of 461.
        path = read_transport(response.headers, udp_, options_.peer, options_.url.host);
    }
    if (!path) return tl::unexpected(std::move(path).error());
    path_ = *std::move(path);
    long seconds = 60;
    const auto timeout = parameter(session, "timeout");
    std::from_chars(timeout.data(), timeout.data() + timeout.size(), seconds);
    renew_every_ = std::chrono::milliseconds(std::clamp(seconds, 2L, 3600L) * 500);
    if (options_.renew_every) renew_every_ = *options_.renew_every;
    return {};
}

Result<void> ClientSession::take_redirect(const Response& response) {
    const bool is_known = response.status == 301 || response.status == 302 || response.status == 303 || response.status == 305;
    auto target = parse_url(response.headers.get("Location"));
    if (!is_known || options_.basic_at_once) return tl::unexpected(refusal(response));
    if (!target) return fail(ErrorKind::forbidden, "the camera redirects to what is no RTSP address");
    if (options_.url.secure && !target->secure) {
        return fail(ErrorKind::forbidden, "the camera redirects from TLS to plain RTSP");
    }
    // Whoever redirects does not choose the credentials.
    target->user = options_.url.user;
    target->password = options_.url.password;
    redirect_ = *std::move(target);
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
