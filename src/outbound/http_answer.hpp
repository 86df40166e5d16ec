#pragma once
// Reads one HTTP/1.1 response from bytes. Pure.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::outbound {

inline constexpr std::size_t kAnswerHeadBytesMax = 16 << 10;
inline constexpr std::size_t kAnswerBodyBytesMax = 64 << 10;

/// Bounds: as above. Threads: one.
class HttpAnswer {
  public:
    struct Answer {
        int status = 0;
        std::string body;
    };
    HttpAnswer();
    ~HttpAnswer();
    HttpAnswer(HttpAnswer&&) noexcept;
    HttpAnswer& operator=(HttpAnswer&&) noexcept;

    /// nullopt: more is needed. Errors: corrupt, for what is no HTTP or beyond the bounds.
    Result<std::optional<Answer>> feed(std::string_view bytes);
    /// The peer closed: whole only if the response had no length. Errors: corrupt.
    Result<std::optional<Answer>> ended();

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

struct HttpPost {
    std::string host{};
    std::uint16_t port = 0;
    std::string path{}, session_key{}, body{};
    bool is_encrypted = false;  ///< The body holds a body under ARIA: said in a header too.
};
/// With a JSON body, "Connection: close".
std::string to_text(const HttpPost& post);

}  // namespace bongsu::outbound
