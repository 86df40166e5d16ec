#pragma once
// Dead letters released in bulk: what is asked for, and how far it has come.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/site/idempotency.hpp"
#include "app/site/reads.hpp"
#include "http/message.hpp"

namespace bongsu::app {

/// Of one request. What is left is asked for again, from where it ended.
inline constexpr std::size_t kBulkReleaseMax = 1000;

/// Ownership: the store thread's, from slice to slice. Bounds: kBulkReleaseMax refusals, about 200 bytes each.
struct ReleaseJob {
    bool dry_run = false;
    std::string reason;                  ///< Of a dry run nothing that is kept.
    std::optional<std::string> partner;  ///< The profile's key.
    std::optional<std::string> code;     ///< Of the newest refusal: "4102".
    std::size_t limit = kBulkReleaseMax;

    std::optional<WriteKey> key;
    std::string token;  ///< Of who asked; each slice looks whether it still opens a session. Secret.
    Reader reader;      ///< As it asked.
    std::function<void(http::Response)> reply;

    std::uint64_t position = 0;  ///< The last entry that was passed.
    std::size_t scanned = 0;     ///< Letters passed, those of others too.
    std::size_t looked = 0, readable = 0, released = 0, erased = 0;
    struct Refused {
        std::uint64_t raw;
        std::string reason;
        bool is_on_record;  ///< By an entry of its own, `message.released`.
    };
    std::vector<Refused> refused;
    bool is_at_end = false;  ///< No further letter waits.
    bool is_done = false;    ///< Answered.
};

}  // namespace bongsu::app
