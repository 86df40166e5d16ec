#include "view/fmp4_socket.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>

#include "http/message.hpp"
#include "view/played_codecs.hpp"

namespace bongsu::view {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kStuck = 5s;
constexpr auto kCutWithin = 700ms;  // The rest of a picture that had begun, or the connection is reset.
constexpr std::size_t kCodecsMax = 16, kCameraLettersMax = 64, kTicketLettersMax = 2048;

Result<std::uint32_t> parse_id(const json::value* value, std::string_view field) {
    if (value == nullptr) return fail_field(field, "is missing");
    std::int64_t id = -1;
    if (value->is_int64()) id = value->get_int64();
    if (id < 0 || id > std::numeric_limits<std::uint32_t>::max()) return fail_field(field, "must be a whole number from 0 to 4294967295");
    return static_cast<std::uint32_t>(id);
}

Result<std::vector<std::string>> parse_codec_list(const json::value& value) {
    const auto refused = [] { return fail_field("open.codecs", "must be a list of texts"); };
    if (!value.is_array()) return refused();
    std::vector<std::string> names;
    for (const auto& each : value.get_array()) {
        if (!each.is_string() || names.size() > kCodecsMax) return refused();
        names.emplace_back(each.get_string());
    }
    return parse_codecs(names, "open.codecs");
}

/// The error of a member, as one of `open`.
Error within_open(Error error) {
    if (!error.field.starts_with("open.")) {
        error.field = "open." + error.field;
        error.message = "open." + error.message;
    }
    return error;
}

std::array<char, 4> big_endian(std::uint32_t id) {
    return {static_cast<char>(id >> 24), static_cast<char>(id >> 16), static_cast<char>(id >> 8), static_cast<char>(id)};
}

}  // namespace

Fmp4Socket::Fmp4Socket(const Fmp4View::Tools& tools, std::shared_ptr<http::Socket> socket, Viewer viewer)
    : tools_(tools), socket_(std::move(socket)), viewer_(std::move(viewer)), idle_since_(tools.env.clock.mono()) {}

void Fmp4Socket::watch(const CameraId& camera, std::string ticket) {
    is_alone_ = true;
    open(0, {camera, std::move(ticket), "live", Way::fmp4, viewer_.remote}, viewer_.codecs);
}

void Fmp4Socket::hear(const std::string& text) {
    if (is_alone_ || !socket_) return;  // Nothing is to be said there.
    std::optional<std::uint32_t> id;
    const auto message = http::parse_object(text);
    if (!message) return say_error(id, message.error());
    if (const auto taken = take(*message, id); !taken) say_error(id, taken.error());
}

Result<void> Fmp4Socket::take(const json::object& message, std::optional<std::uint32_t>& id) {
    for (const auto& member : message) {
        if (member.key() != "open" && member.key() != "close")
            return fail_field(member.key(), "is not known: open and close are");
    }
    if (message.size() != 1) return fail_field("body", "must hold either open or close");
    if (const auto* open = message.if_contains("open")) {
        if (!open->is_object()) return fail_field("open", "must be an object");
        return take_open(open->get_object(), id);
    }
    TRY(id, parse_id(message.if_contains("close"), "close"));
    const auto found = streams_.find(*id);
    if (found == streams_.end()) return fail_field("close", "names a stream that is not open");
    const auto view = found->second.view;
    view->end(Fmp4Code::left, "viewer left");
    return {};
}

Result<void> Fmp4Socket::take_open(const json::object& open_members, std::optional<std::uint32_t>& id) {
    TRY(id, parse_id(open_members.if_contains("id"), "open.id"));
    for (const auto& member : open_members) {
        constexpr std::array<std::string_view, 4> kKnown{"id", "camera", "ticket", "codecs"};
        if (std::find(kKnown.begin(), kKnown.end(), std::string_view(member.key())) == kKnown.end())
            return fail_field("open." + std::string(member.key()), "is not known");
    }
    auto camera = http::required_text(open_members, "camera", kCameraLettersMax);
    if (!camera) return tl::unexpected(within_open(std::move(camera).error()));
    auto ticket = http::required_text(open_members, "ticket", kTicketLettersMax);
    if (!ticket) return tl::unexpected(within_open(std::move(ticket).error()));
    auto codecs = viewer_.codecs;
    if (const auto* list = open_members.if_contains("codecs")) {
        TRY(codecs, parse_codec_list(*list));
    }
    if (streams_.contains(*id)) return fail_field("open.id", "is that of an open stream");
    if (streams_.size() >= kStreamsMax) return fail(ErrorKind::exhausted, "a socket carries at most 100 streams");
    open(*id, {CameraId{*std::move(camera)}, *std::move(ticket), "live", Way::fmp4, viewer_.remote}, std::move(codecs));
    return {};
}

void Fmp4Socket::open(std::uint32_t id, Ask ask, std::vector<std::string> codecs) {
    Fmp4View::Events events;
    events.ready = [self = weak_from_this(), id] {
        if (const auto socket = self.lock()) socket->on_ready(id);
    };
    events.ended = [self = weak_from_this(), id](const Fmp4View::End& end) {
        if (const auto socket = self.lock()) socket->on_ended(id, end);
    };
    const auto view = std::make_shared<Fmp4View>(tools_, std::move(ask), std::move(codecs), std::move(events));
    streams_[id].view = view;
    view->start();
}

void Fmp4Socket::on_ready(std::uint32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    if (!std::exchange(found->second.is_ready, true)) ready_.push_back(id);
    pump();
}

void Fmp4Socket::pump() {
    while (!busy_ && !ready_.empty()) {
        const auto id = ready_.front();
        ready_.pop_front();
        const auto found = streams_.find(id);
        if (found == streams_.end()) continue;
        busy_since_ = tools_.env.clock.mono();
        const auto piece = found->second.view->next(busy_since_);
        found->second.is_ready = piece.has_value();
        if (!piece) continue;
        ready_.push_back(id);
        send(id, found->second, *piece);
    }
}

void Fmp4Socket::send(std::uint32_t id, Stream& stream, const Fmp4View::Piece& piece) {
    busy_ = true;
    if (piece.init) {
        json::object told;
        if (!is_alone_) told[stream.is_announced ? "changed" : "opened"] = id;
        told["mime"] = piece.init->mime;
        stream.is_announced = true;
        say(told);
        if (!socket_) return;  // That was one too many.
    }
    const auto prefix = big_endian(id);
    socket_->send_binary(piece.bytes, is_alone_ ? std::string_view{} : std::string_view(prefix.data(), prefix.size()));
}

void Fmp4Socket::drained() {
    busy_ = false;
    untaken_texts_ = 0;
    pump();
}

void Fmp4Socket::on_ended(std::uint32_t id, const Fmp4View::End& end) {
    streams_.erase(id);
    if (streams_.empty()) idle_since_ = tools_.env.clock.mono();
    if (!socket_) return;
    if (is_alone_) {
        if (end.error) say_error(std::nullopt, *end.error);
        return std::exchange(socket_, nullptr)->close(static_cast<unsigned>(end.code), end.reason);
    }
    if (end.error && end.code != Fmp4Code::left) return say_error(id, *end.error);
    say({{"closed", json::object{{"id", id}, {"reason", end.reason}}}});
    // Of a picture that was under way the rest follows: a message cannot be broken off, but a connection can.
    if (end.code == Fmp4Code::cut && socket_) socket_->must_arrive(kCutWithin);
}

void Fmp4Socket::say(const json::object& message) {
    if (!socket_) return;
    socket_->send_text(json::serialize(message));
    // Who asks and asks and reads no answer.
    if (++untaken_texts_ > kUntakenMax) end_all(Fmp4Code::slow, "viewer is too slow");
}

void Fmp4Socket::say_error(std::optional<std::uint32_t> id, const Error& error) {
    json::object told{{"code", error.code.empty() ? std::string(to_string(error.kind)) : error.code}, {"message", error.message}};
    if (id) told["id"] = *id;
    if (!error.field.empty()) told["field"] = error.field;
    say({{"error", std::move(told)}});
}

void Fmp4Socket::tick(MonoTime now) {
    if (!socket_) return;
    if (busy_ && now - busy_since_ > kStuck) return end_all(Fmp4Code::slow, "viewer is too slow");
    if (const auto since = idle_since(); since && now - *since > kIdleMax) return end_all(Fmp4Code::left, "nothing was watched for 60 s");
    const auto checked = streams_;
    for (const auto& [id, stream] : checked) stream.view->check(now);
}

std::optional<MonoTime> Fmp4Socket::idle_since() const {
    if (!socket_ || !streams_.empty()) return std::nullopt;
    return idle_since_;
}

void Fmp4Socket::forget(const CameraId& camera, const std::string& reason) {
    const auto ending = streams_;
    for (const auto& [id, stream] : ending) {
        if (stream.view->camera() == camera) stream.view->end(Fmp4Code::unknown, reason);
    }
}

void Fmp4Socket::stop(const std::string& reason) { end_all(Fmp4Code::stopping, reason); }

void Fmp4Socket::closed() {
    socket_ = nullptr;  // There is nobody to tell.
    end_all(Fmp4Code::left, "viewer left");
}

void Fmp4Socket::end_all(Fmp4Code code, const std::string& reason) {
    const auto socket = std::exchange(socket_, nullptr);
    const auto ending = streams_;
    for (const auto& [id, stream] : ending) stream.view->end(code, reason);
    if (socket) socket->close(static_cast<unsigned>(code), reason);
}

}  // namespace bongsu::view
