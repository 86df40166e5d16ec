#include "outbound/exchange.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "event/codec/scsns_tcp.hpp"
#include "event/text.hpp"
#include "outbound/http_post.hpp"
#include "outbound/message.hpp"

namespace bongsu::outbound {

namespace json = boost::json;

namespace {

constexpr std::size_t kWordsBytesMax = 500;
constexpr std::size_t kReplyBytesMax = 4 << 10;
constexpr std::string_view kUnknownError = "알수 없는 오류";  // The telegram's word for "not my message's fault".

Outcome outcome(Verdict verdict, std::string_view words) {
    return {verdict, event::clean(words, kWordsBytesMax).text};
}

Exchange::Step over(Verdict verdict, std::string_view words) { return {.another = false, .outcome = outcome(verdict, words)}; }

struct Reply {
    std::string result, type, message;
};

std::optional<Reply> reply_of(const std::string& body) {
    boost::system::error_code code;
    const auto value = json::parse(body, code);
    if (code || !value.is_object()) return std::nullopt;
    const auto field = [&](std::string_view name) -> std::string {
        const auto* found = value.get_object().if_contains(name);
        if (found == nullptr) return {};
        if (found->is_string()) return std::string(found->get_string());
        return found->is_int64() ? std::to_string(found->get_int64()) : std::string{};  // Some write numbers.
    };
    Reply reply{field("result"), field("type"), field("message")};
    if (reply.result != "0" && reply.result != "1") return std::nullopt;
    return reply;
}

}  // namespace

Verdict verdict_of(std::string_view result, std::string_view type) {
    if (result == "0") return Verdict::accepted;
    const bool is_about_the_message = type == "4000" || type == "4004" || type == "4101" || type == "4102";
    return is_about_the_message ? Verdict::refused : Verdict::again;
}

Exchange::Exchange(const event::Profile& profile, address::Target target, Message message, WallTime now,
                   std::string session_key)
    : profile_(profile),
      target_(std::move(target)),
      message_(std::move(message)),
      now_(now),
      session_key_(std::move(session_key)),
      telegram_(profile.encoding) {}

Result<std::string> Exchange::request() {
    if (profile_.format != event::Format::scsns) return write(profile_, message_, now_, {});
    http_ = http::AnswerReader(kAnswerBodyBytesMax);
    const auto& send = *profile_.send;
    HttpPost post{.host = target_.host, .port = target_.port, .is_encrypted = !profile_.aria_phrase_file.empty()};
    is_auth_ = session_key_.empty() && !send.api_key.empty();
    const auto& pair = profile_.pairs.front();
    post.service = is_auth_ ? "AUTH" : "EVENT";
    post.sender = pair.receive;
    post.receiver = pair.send;
    post.system = kSystem;
    if (is_auth_) {
        has_authed_ = true;
        post.path = send.auth_path;
        TRY(post.body, write_auth(profile_, now_));
    } else {
        post.path = target_.path;
        post.session_key = session_key_;
        TRY(post.body, write(profile_, message_, now_, session_key_));
    }
    return to_text(post);
}

Exchange::Step Exchange::feed(std::string_view bytes) {
    if (profile_.format == event::Format::scsns) {
        const auto answer = http_.feed(bytes);
        if (!answer) return over(Verdict::again, answer.error().message);
        return *answer ? take_http(**answer) : Step{};
    }
    if (profile_.format == event::Format::telegram) {
        const auto answer = telegram_.feed(bytes);
        if (!answer) return over(Verdict::again, answer.error().message);
        if (!*answer) return {};
        if ((*answer)->ok) return over(Verdict::accepted, (*answer)->message);
        const auto says = [&](std::string_view words) { return (*answer)->message.find(words) != std::string::npos; };
        const bool is_theirs = says(kUnknownError) || says(event::telegram::kSendAgain);
        return over(is_theirs ? Verdict::again : Verdict::refused, (*answer)->message);
    }
    pending_ += bytes;
    if (!pending_.ends_with('\xDF'))
        return pending_.size() > kReplyBytesMax ? over(Verdict::again, "the answer has no end") : Step{};
    const auto reply = event::scsns_tcp::read_reply(pending_);
    if (!reply) return over(Verdict::again, reply.error().message);
    return over(verdict_of(reply->ok ? "0" : "1", reply->type), reply->type + " " + reply->message);
}

Exchange::Step Exchange::ended() {
    if (profile_.format != event::Format::scsns) return over(Verdict::again, "the partner closed without an answer");
    const auto answer = http_.ended();
    return answer ? take_http(*answer) : over(Verdict::again, answer.error().message);
}

Exchange::Step Exchange::take_http(const http::ClientAnswer& answer) {
    return is_auth_ ? take_auth(answer) : take_reply(answer);
}

Exchange::Step Exchange::take_auth(const http::ClientAnswer& answer) {
    const auto reply = reply_of(answer.body);
    if (!reply || reply->result != "0" || reply->message.empty())
        return over(Verdict::again, "the partner did not let us in: " + (reply ? reply->type + " " + reply->message : "HTTP " + std::to_string(answer.status)));
    session_key_ = reply->message;
    return {.another = true, .outcome = {}};
}

Exchange::Step Exchange::take_reply(const http::ClientAnswer& answer) {
    const auto reply = reply_of(answer.body);
    const bool is_locked_out = answer.status == 401 || (reply && reply->type == "4001");
    if (is_locked_out && !has_authed_ && !profile_.send->api_key.empty()) {
        session_key_.clear();  // It ran out in the middle.
        return {.another = true, .outcome = {}};
    }
    if (!reply) return over(Verdict::again, "HTTP " + std::to_string(answer.status) + " without the partner's reply");
    const auto verdict = verdict_of(reply->result, reply->type);
    if (verdict != Verdict::accepted && is_locked_out) session_key_.clear();
    return over(verdict, reply->type + " " + reply->message);
}

}  // namespace bongsu::outbound
