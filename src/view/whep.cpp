#include "view/whep.hpp"

#include <algorithm>
#include <array>

#include "crypto/crypto.hpp"
#include "view/http_ask.hpp"

namespace bongsu::view {
namespace {

constexpr std::string_view kRoot = "/whep/", kSession = "/whep/session/";

bool is_sdp(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (type.ends_with(' ')) type.pop_back();
    for (char& letter : type)
        letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    return type == "application/sdp";
}

}  // namespace

Whep::Whep(WhepSession::Tools tools, WhepHooks hooks) : tools_(tools), hooks_(std::move(hooks)) {}

Whep::~Whep() { stop("media stops"); }

void Whep::stop(const std::string& reason) {
    const auto ending = sessions_;
    for (const auto& [id, session] : ending) session->end(reason);
}

void Whep::forget(const CameraId& camera, const std::string& reason) {
    const auto ending = sessions_;
    for (const auto& [id, session] : ending) {
        if (session->camera() == camera) session->end(reason);
    }
}

void Whep::handle(const http::Request& request, Reply reply) {
    auto allowed = for_origin(tools_.door, request, std::move(reply));
    if (!allowed) return;
    reply = *std::move(allowed);
    const std::string& path = request.path;
    const bool is_session = path.starts_with(kSession) && path.size() > kSession.size();
    const std::string name =
        path.starts_with(kRoot) ? path.substr(is_session ? kSession.size() : kRoot.size()) : "";
    if (name.empty() || name.find('/') != std::string::npos) {
        return reply(http::problem(404, "not_found", "Not found", "there is nothing at this path"));
    }
    if (request.method == "OPTIONS") return reply(preflight());
    if (is_session && request.method == "DELETE") return reply(remove(name));
    if (!is_session && request.method == "POST") return post(request, name, reply);
    reply(http::not_allowed(request.path, is_session ? "DELETE, OPTIONS" : "POST, OPTIONS"));
}

http::Response Whep::preflight() const {
    auto response = preflight_of("POST, DELETE, OPTIONS", "Authorization, Content-Type");
    response.headers["Accept-Post"] = "application/sdp";
    return response;
}

void Whep::post(const http::Request& request, const std::string& camera_name, const Reply& reply) {
    Ask ask{CameraId{camera_name}, ticket_of(request), "live", Way::whep, request.remote};
    tools_.door.admit(ask, [this, alive = std::weak_ptr(alive_), ask, request, reply](const Result<Admitted>& admitted) {
        if (alive.expired()) return;
        if (!admitted) {
            ++stats_.refused;
            return reply(refusal_of(admitted.error()));
        }
        begin(ask, request, admitted->height, reply);
    });
}

void Whep::begin(Ask ask, const http::Request& request, int height, const Reply& reply) {
    if (!is_sdp(request.header("content-type"))) {
        return reply(
            http::problem(415, "unsupported_media_type", "Unsupported media type", "Content-Type must be application/sdp"));
    }
    auto offer = webrtc::parse_offer(request.body);
    if (!offer) return reply(http::problem(offer.error()));
    hub::Stream* stream = hooks_.stream(ask.camera, height);
    if (stream == nullptr)
        return reply(
            http::problem(404, "not_found", "Not found", "camera " + quotable(ask.camera.value) + " is not here"));
    if (waiting_ >= kWaitingMax)
        return reply(refusal_of({ErrorKind::exhausted, "too many viewers wait", Where::here()}));
    ++waiting_;
    const std::string id = random_id();
    OtherStreams others(hooks_.others, ask.camera, height);
    auto answer = [this, id, reply](Result<std::string> result) { reply(answer_of(id, std::move(result))); };
    auto session = std::make_shared<WhepSession>(tools_, WhepAsk{id, std::move(ask), *std::move(offer)}, *stream, std::move(others), std::move(answer),
                                                 [this](const std::string& ended) {
                                                     sessions_.erase(ended);
                                                     count();
                                                 });
    sessions_.emplace(id, session);
    count();
    session->start();
}

http::Response Whep::answer_of(const std::string& id, Result<std::string> answer) {
    --waiting_;
    if (!answer) {
        const bool late = answer.error().kind == ErrorKind::unavailable;
        ++(late ? stats_.no_picture : stats_.refused);
        return refusal_of(answer.error());
    }
    ++stats_.answered;
    http::Response response;
    response.status = 201;
    response.content_type = "application/sdp";
    response.headers["Location"] = std::string(kSession) + id;
    response.headers["Cache-Control"] = "no-store";
    response.body = *std::move(answer);
    return response;
}

http::Response Whep::remove(const std::string& id) {
    // The id is 128 random bits that only the answer told: having it is the right to end it.
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || !found->second->answered()) {
        return http::problem(404, "not_found", "Not found", "there is no such session");
    }
    const auto session = found->second;
    session->end("viewer left");
    http::Response response;
    response.content_type.clear();
    return response;
}

void Whep::count() const {
    if (hooks_.on_sessions) hooks_.on_sessions(sessions_.size());
}

std::string Whep::random_id() {
    std::array<std::uint8_t, 16> bytes{};
    tools_.env.random.fill(bytes);
    return hooks_.prefix + crypto::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace bongsu::view
