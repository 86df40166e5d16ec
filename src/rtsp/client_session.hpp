#pragma once
// The puller's side of RTSP (RFC 2326): OPTIONS, DESCRIBE, SETUP, PLAY, then keep-alives. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "media/sdp.hpp"
#include "rtsp/auth.hpp"
#include "rtsp/message.hpp"
#include "rtsp/transport.hpp"

namespace bongsu::rtsp {

/// One connection's conversation. The driver sends what the functions answer and feeds it the peer's
/// messages.
///
/// Track:    only the first video track that we can relay is set up; sound is never asked for (PIPA article 25(5)).
/// Lenient:  an answer without a CSeq, or of a camera that counts wrong from its first answer on, is the open request's;
///           a refused SETUP is tried once by the URL's other reading, a refused PLAY once without its Range.
/// Redirect: 301, 302, 303, 305 end the conversation with redirect(): whether to follow is the driver's. Never from TLS to
///           plain, never for a relay.
/// Errors:   unauthenticated (401), forbidden (403; a redirect or source that is not followed), not_found (404), invalid (no
///           such video), corrupt (no RTSP), unavailable (anything else the peer refused). After an error the connection is
///           of no further use.
/// Threads:  none inside.
class ClientSession {
  public:
    struct Options {
        Url url;
        Credentials credentials;     ///< Secret. Sent as Basic only when the peer offers nothing better.
        bool basic_at_once = false;  ///< Our own sites: a ticket goes out without waiting for a 401.
        bool basic_allowed = true;   ///< False after a redirect to another host: the password stays home.
        std::string cnonce;          ///< Random, of this connection.
        /// Keep-alive period; none: half of the peer's session timeout.
        std::optional<std::chrono::milliseconds> renew_every;
        Transport transport = Transport::tcp;
        std::uint16_t client_port = 0;  ///< Of UDP: the even port of our pair.
        std::string peer;               ///< The address that was dialed.
    };

    explicit ClientSession(Options options);

    /// The first request.
    std::string start();
    /// A message of the peer; answers the bytes to send, maybe none.
    Result<std::string> on_text(std::string_view head, std::string_view body, MonoTime now);
    /// The keep-alive when it is due, else empty.
    std::string tick(MonoTime now);
    /// When the next one is due, once it plays.
    MonoTime renew_at() const { return renew_at_; }
    /// TEARDOWN, or empty when there is no session.
    std::string teardown();

    bool playing() const { return state_ == State::playing; }
    /// Where the peer wants us to go instead.
    const std::optional<Url>& redirect() const { return redirect_; }
    /// Known once DESCRIBE was answered.
    const media::CameraTrack& track() const { return track_; }
    /// Known once SETUP was answered.
    const Path& path() const { return path_; }
    bool is_set_up() const { return state_ >= State::play; }

  private:
    enum class State : std::uint8_t { options, describe, setup, play, playing };

    std::string request(std::string_view method, const std::string& url);
    std::string send_for_state();
    Result<std::string> on_response(const Response& response, MonoTime now);
    Result<std::string> on_keep_alive(const Response& response);
    Result<std::string> on_unauthorized(const Response& response);
    Result<std::string> on_refused(const Response& response);
    Result<std::string> on_accepted(const Response& response, MonoTime now);
    Result<void> take_description(const Response& response);
    Result<void> take_setup(const Response& response);
    Result<void> take_redirect(const Response& response);

    Options options_;
    State state_ = State::options;
    std::uint32_t cseq_ = 0;
    std::uint32_t awaited_ = 0;  // CSeq of the handshake's open request.
    bool by_order_ = false;      // It counts wrong: answers come in the order of the requests.
    std::uint32_t nonce_count_ = 0;
    std::optional<Challenge> challenge_;
    int asked_again_ = 0;
    bool retried_ = false;
    std::string url_, base_, session_;
    std::optional<std::string> other_setup_;  // The track's URL by its other reading.
    std::string setup_url_;
    bool udp_ = false, ranged_ = true;
    std::chrono::milliseconds renew_every_{30'000};
    MonoTime renew_at_{};
    bool renew_by_options_ = false;
    media::CameraTrack track_;
    Path path_;
    std::optional<Url> redirect_;
};

}  // namespace bongsu::rtsp
