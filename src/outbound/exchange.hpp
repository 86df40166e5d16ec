#pragma once
// One try to tell a partner one thing: what to send on each connection, and what its answers mean. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "address/target.hpp"
#include "event/codec/telegram.hpp"
#include "event/profile.hpp"
#include "http/answer_reader.hpp"
#include "outbound/delivery.hpp"

namespace bongsu::outbound {

inline constexpr std::size_t kAnswerBodyBytesMax = 64 << 10;  ///< Over HTTP.

enum class Verdict : std::uint8_t {
    accepted,
    again,    ///< It failed for now: not reached, no answer, too many, an error of the partner's own.
    refused,  ///< The partner will never take it as it is.
};

struct Outcome {
    Verdict verdict = Verdict::again;
    std::string words;  ///< The partner's, or why there are none; at most 500 bytes.
};

/// Over HTTP: getAuth first when a key is agreed and no session is open, on a connection of its own; a session that
/// ran out is opened anew once. Over TCP: one message, one answer.
/// Bounds: an answer as its reader says. Threads: one. Ownership: the profile outlives it.
class Exchange {
  public:
    /// `session_key` of an earlier exchange, or empty.
    Exchange(const event::Profile& profile, address::Target target, Message message, WallTime now, std::string session_key);

    /// What goes out on the next connection. Errors: of write().
    Result<std::string> request();

    struct Step {
        bool another = false;             ///< Close, connect anew, send request().
        std::optional<Outcome> outcome;   ///< It is over.
    };
    Step feed(std::string_view bytes);
    /// The peer closed without being asked to.
    Step ended();

    const std::string& session_key() const { return session_key_; }

  private:
    Step take_http(const http::ClientAnswer& answer);
    Step take_reply(const http::ClientAnswer& answer);
    Step take_auth(const http::ClientAnswer& answer);

    const event::Profile& profile_;
    address::Target target_;
    Message message_;
    WallTime now_;
    std::string session_key_;
    bool is_auth_ = false, has_authed_ = false;
    http::AnswerReader http_{kAnswerBodyBytesMax};
    event::telegram::AnswerReader telegram_;
    std::string pending_;  ///< Of SCSNS over TCP.
};

/// What a type code of the partners' means for a message of ours.
Verdict verdict_of(std::string_view result, std::string_view type);

}  // namespace bongsu::outbound
