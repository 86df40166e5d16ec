#pragma once
// Reads one HTTP/1.0 or 1.1 response from bytes: by length, in chunks, or until the peer closes. Pure.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace bongsu::http {

struct ClientAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< In their order.
    std::string body;
    /// The first of that name, without case; empty when absent.
    std::string_view header(std::string_view name) const;
};

/// Bounds: a head of 16 KiB, a body of `body_bytes_max`, whatever length is claimed. Threads: one.
class AnswerReader {
  public:
    explicit AnswerReader(std::size_t body_bytes_max);
    ~AnswerReader();
    AnswerReader(AnswerReader&&) noexcept;
    AnswerReader& operator=(AnswerReader&&) noexcept;

    /// nullopt: more is needed. Errors: corrupt, for what is no HTTP; exhausted, beyond the bounds.
    Result<std::optional<ClientAnswer>> feed(std::string_view bytes);
    /// The peer closed: whole only if the response had no length. Errors: corrupt.
    Result<ClientAnswer> ended();

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace bongsu::http
