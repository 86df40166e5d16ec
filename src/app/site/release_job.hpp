#pragma once
// Dead letters released in bulk: what is asked for, and how far it has come.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/site/idempotency.hpp"
#include "http/message.hpp"

namespace bongsu::app {

/// Of one request. What is left is asked for again, from where it ended.
inline constexpr std::size_t kBulkReleaseMax = 1000;

/// Ownership: the store thread's, from slice to slice. Bounds: kBulkReleaseMax refusals, about 200 bytes each.
struct ReleaseJob {
    bool dry_run = false;
    std::string reason;                  ///< Empty for a dry run.
    std::optional<std::string> partner;  ///< The profile's key.
    std::optional<std::string> code;     ///< Of the newest refusal: "4102".
    std::size_t limit = kBulkReleaseMax;

    http::Request head;  ///< Without its body.
    std::optional<WriteKey> key;
    UserId user;
    std::string session;  ///< As journal::Book::speak_for().
    std::function<void(http::Response)> reply;

    std::uint64_t position = 0;  ///< The last entry that was passed.
    std::size_t scanned = 0;     ///< Letters passed, those of others too.
    std::size_t looked = 0, readable = 0, released = 0, erased = 0;
    std::vector<std::pair<std::uint64_t, std::string>> refused;  ///< Raw entry and reason.
    std::size_t released_before = 0;  ///< The slice under way: they stay, whatever becomes of it.
    bool is_at_end = false;           ///< No further letter waits.
    bool is_done = false;             ///< Answered.
};

}  // namespace bongsu::app
