#include "rtsp/server_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bongsu::rtsp {
namespace {

using namespace std::chrono_literals;

constexpr auto kHandshakeTimeout = 10s;
constexpr auto kUntilPlay = 30s;
constexpr auto kSessionTimeout = 60s;
constexpr std::size_t kWaitingMax = 16;
constexpr int kRefusalsMax = 5;
constexpr std::string_view kTrack = "/trackID=";
constexpr std::string_view kMethods =
    "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

struct Target {
    std::string path, ticket;
    std::string track = "0";  // A URL without a track means the only one that we have.
};

/// Path without track and trailing '/', and the ticket of the query.
Result<Target> target_of(const std::string& url) {
    std::string_view rest = url;
    const bool is_tls = equal_ignoring_case(rest.substr(0, 8), "rtsps://");
    if (is_tls || equal_ignoring_case(rest.substr(0, 7), "rtsp://")) {
        rest.remove_prefix(is_tls ? 8 : 7);
        rest.remove_prefix(std::min(rest.find_first_of("/?"), rest.size()));
    } else if (rest.empty() || rest[0] != '/') {
        return fail(ErrorKind::invalid, "URL is neither rtsp:// nor a path");
    }
    Target out;
    const auto question = std::min(rest.find('?'), rest.size());
    std::string_view path = rest.substr(0, question);
    std::string_view query = rest.substr(std::min(question + 1, rest.size()));
    // Players that know no better put the track behind the query: "…?ticket=x/trackID=0".
    for (auto* part : {&path, &query}) {
        if (part->ends_with('/')) part->remove_suffix(1);
        const auto at = part->rfind(kTrack);
        if (at == std::string_view::npos) continue;
        out.track = std::string(part->substr(at + kTrack.size()));
        *part = part->substr(0, at);
    }
    while (path.ends_with('/')) path.remove_suffix(1);
    out.path = std::string(path);
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        if (pair.starts_with("ticket=")) out.ticket = std::string(pair.substr(7));
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return out;
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::forbidden:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::invalid:
            return 400;
        case ErrorKind::exhausted:
            return 453;
        case ErrorKind::conflict:
        case ErrorKind::unavailable:
        case ErrorKind::timeout:
        case ErrorKind::cancelled:
        case ErrorKind::corrupt:
            return 503;
    }
    return 503;
}

bool method_known(std::string_view method) {
    constexpr std::array<std::string_view, 6> kAll{"DESCRIBE", "SETUP",         "PLAY",
                                                   "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER"};
    return std::find(kAll.begin(), kAll.end(), method) != kAll.end();
}

}  // namespace

void ServerSession::serve_udp(std::string peer, ServedPorts ports) {
    peer_ = std::move(peer);
    served_ = ports;
    no_udp_ = {};
}

ServerSession::ServerSession(Challenge challenge, std::string session_id, MonoTime now)
    : challenge_(std::move(challenge)),
      session_id_(std::move(session_id)),
      born_(now),
      renewed_(now),
      alive_(now) {}

ServerSession::Step ServerSession::reply(const Request& request, int status, Headers extra,
                                         std::string body) {
    Response out{status, {}, {}, std::move(body)};
    out.headers.add("CSeq", std::string(request.headers.get("CSeq")));
    if (set_up_) out.headers.add("Session", session_id_ + ";timeout=60");
    for (const auto& [name, value] : extra.fields()) out.headers.add(name, value);
    return {write(out), Want::nothing};
}

ServerSession::Step ServerSession::on_text(std::string_view head, std::string_view body, MonoTime now) {
    auto message = parse(head, body);
    if (message && std::holds_alternative<Response>(*message))
        return {};  // We ask nothing; nobody need answer.
    Request request = message ? std::get<Request>(*std::move(message)) : Request{};
    if (!message || !cseq_of(request.headers)) {
        Step out = reply(request, 400);
        out.want = Want::close;
        return out;
    }
    renewed_ = alive_ = now;
    if (phase_ != Phase::asking) return answer(request, now);
    waiting_.push_back(std::move(request));
    return waiting_.size() > kWaitingMax ? refuse_all() : Step{};
}

/// Too many wait. Answers come in the order of the requests, so that none can be refused before those ahead of it.
ServerSession::Step ServerSession::refuse_all() {
    Step out = reply(asked_, 503);
    for (const Request& request : waiting_) out.send += reply(request, 503).send;
    waiting_.clear();
    out.want = Want::close;
    return out;
}

void ServerSession::on_life(MonoTime now) { alive_ = now; }

ServerSession::Step ServerSession::answer(const Request& request, MonoTime now) {
    if (request.method == "OPTIONS") {
        Headers known;
        known.add("Public", std::string(kMethods));
        return reply(request, 200, std::move(known));
    }
    if (!method_known(request.method)) return reply(request, 501);
    const auto target = target_of(request.url);
    if (!target) return reply(request, 400);
    if (phase_ == Phase::admitted) {
        if (target->path != admission_.path) return reply(request, 403);  // One opening, one camera.
        return answer_admitted(request);
    }
    if (request.method != "DESCRIBE" && request.method != "SETUP") return reply(request, 455);
    admission_ = {target->path, request.method, std::string(request.headers.get("Authorization")),
                  target->ticket};
    asked_ = request;
    if (admission_.authorization.empty() && admission_.ticket.empty() && !challenge_.realm.empty()) {
        return refuse({ErrorKind::unauthenticated, {}, Where::here()}, now);
    }
    phase_ = Phase::asking;
    return {{}, Want::admit};
}

ServerSession::Step ServerSession::refuse(const Error& error, MonoTime) {
    phase_ = Phase::open;
    const int status = status_of(error.kind);
    Headers extra;
    if (status == 401) extra.add("WWW-Authenticate", write_challenge(challenge_));
    Step out = reply(asked_, status, std::move(extra));
    if (status != 401 || ++refused_ > kRefusalsMax) out.want = Want::close;
    return out;
}

ServerSession::Step ServerSession::admitted(const Result<void>& verdict, MonoTime now) {
    if (phase_ != Phase::asking) return {};
    renewed_ = alive_ = now;  // Our own delay is not the peer's silence.
    if (!verdict) return resume(refuse(verdict.error(), now), now);
    phase_ = Phase::admitted;
    return resume(answer_admitted(asked_), now);
}

ServerSession::Step ServerSession::answer_admitted(const Request& request) {
    if (request.method == "DESCRIBE") {
        asked_ = request;
        phase_ = Phase::asking;
        return {{}, Want::describe};
    }
    const std::string_view session = request.headers.get("Session");
    const bool ours = trim(session.substr(0, session.find(';'))) == session_id_;
    if (!session.empty() && !(ours && set_up_)) return reply(request, 454);
    if (request.method == "SETUP") return answer_setup(request);
    if (request.method == "PLAY") return answer_play(request);
    Step out =
        reply(request, 200);  // GET_PARAMETER and SET_PARAMETER: we have none, but they keep the session.
    if (request.method == "TEARDOWN") out.want = Want::close;
    return out;
}

ServerSession::Step ServerSession::described(const Result<std::string>& sdp, MonoTime now) {
    if (phase_ != Phase::asking) return {};
    renewed_ = alive_ = now;
    phase_ = Phase::admitted;
    if (!sdp) {
        Step out = reply(asked_, status_of(sdp.error().kind));
        out.want = Want::close;
        return out;
    }
    Headers extra;
    std::string base = asked_.url.substr(0, asked_.url.find('?'));
    if (!base.ends_with('/')) base += '/';
    extra.add("Content-Base", base);
    extra.add("Content-Type", "application/sdp");
    return resume(reply(asked_, 200, std::move(extra), *sdp), now);
}

ServerSession::Step ServerSession::answer_setup(const Request& request) {
    if (playing_) return reply(request, 455);
    const auto target = target_of(request.url);
    if (!target || target->track != "0") return reply(request, 404);
    const std::string_view no_udp = leased() ? "a relay takes RTP over TCP" : no_udp_;
    auto chosen = choose_transport(request.headers.get("Transport"), peer_, no_udp);
    if (chosen.status != 200) return refuse_setup(request, chosen);
    chosen_ = std::move(chosen);
    set_up_ = true;
    Headers extra;
    extra.add("Transport", write_served(chosen_, served_));
    return reply(request, 200, std::move(extra));
}

ServerSession::Step ServerSession::refuse_setup(const Request& request, const Chosen& chosen) {
    Response out{chosen.status, std::string(reason_of(chosen.status)) + ": " + chosen.why, {}, {}};
    out.headers.add("CSeq", std::string(request.headers.get("CSeq")));
    if (set_up_) out.headers.add("Session", session_id_ + ";timeout=60");
    return {write(out), Want::nothing};
}

ServerSession::Step ServerSession::answer_play(const Request& request) {
    if (!set_up_) return reply(request, 455);
    if (playing_) return reply_playing(request);  // A second PLAY changes nothing.
    asked_ = request;
    phase_ = Phase::asking;
    return {{}, Want::play};
}

ServerSession::Step ServerSession::reply_playing(const Request& request) {
    Headers extra;
    extra.add("Range", "npt=now-");
    return reply(request, 200, std::move(extra));
}

ServerSession::Step ServerSession::played(const Result<void>& verdict, MonoTime now) {
    if (phase_ != Phase::asking) return {};
    renewed_ = alive_ = now;
    phase_ = Phase::admitted;
    if (!verdict) {
        Step out = reply(asked_, status_of(verdict.error().kind));
        out.want = Want::close;
        return out;
    }
    playing_ = true;
    // Only the way to here needed it, and a viewer stays for long. Before what waits is asked: that may be the next question.
    const Request asked = std::exchange(asked_, {});
    std::string().swap(admission_.authorization);
    std::string().swap(admission_.ticket);
    return resume(reply_playing(asked), now);
}

/// Answers what waited while a question was open.
ServerSession::Step ServerSession::resume(Step step, MonoTime now) {
    while (step.want == Want::nothing && !waiting_.empty() && phase_ != Phase::asking) {
        const Request request = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        Step next = answer(request, now);
        step.send += next.send;
        step.want = next.want;
    }
    return step;
}

MonoTime ServerSession::deadline() const {
    if (phase_ == Phase::asking) return MonoTime::max();  // The driver bounds its own questions.
    if (leased()) return renewed_ + lease_;
    if (playing_) return alive_ + kSessionTimeout;
    // Nobody holds a connection, or a camera that is pulled on demand, by asking for ever.
    return std::min(renewed_ + kHandshakeTimeout, born_ + kUntilPlay);
}

}  // namespace bongsu::rtsp
