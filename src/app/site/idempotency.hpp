#pragma once
// Idempotency-Key: a write that a client repeats because it never heard the answer is done once.

#include <optional>
#include <string>

#include "base/id.hpp"
#include "base/time.hpp"
#include "http/message.hpp"
#include "journal/book.hpp"

namespace bongsu::app {

constexpr std::chrono::hours kIdempotencyLife{24};
constexpr std::int64_t kIdempotencyRowsMax = 100'000;  ///< One more forgets the oldest.
constexpr std::size_t kIdempotencyKeyBytesMax = 128;
constexpr std::string_view kRequestDone = "request.done";  ///< The entry.

/// The header of an answer that is given again.
inline constexpr std::string_view kReplayed = "Idempotency-Replayed";

/// What a repeat is known by. Both are digests: neither the key nor the body is kept.
struct WriteKey {
    std::string id;       ///< Of the user and the key.
    std::string request;  ///< Of method, path, query and body.
};

/// The table `idempotency`, of answers. It is no fold: what a replay needs of it is in `request_done`.
Result<void> create_idempotency(sql::Db& db);

/// Nothing for a request that only reads or has no such header.
/// Errors: invalid for a key that is not 1 to kIdempotencyKeyBytesMax bytes of visible ASCII.
Result<std::optional<WriteKey>> write_key(const http::Request& request, const UserId& user);
/// The same where `body` stands for the request's: of a file its digest, however the file came.
Result<std::optional<WriteKey>> write_key(const http::Request& request, const UserId& user, std::string_view body);

/// The answer of the first time; nothing when this is the first.
/// Errors: conflict when the key was used for another request, for an answer that is handed out only once or was erased, or for one
/// that was lost with the database although what it speaks of is in the journal.
Result<std::optional<http::Response>> answered_before(sql::Db& db, const WriteKey& key, WallTime now);

/// Keeps the answer beside the folds. An answer that no cache may keep holds a secret: of it only the key is kept, so
/// that it is not given twice.
Result<void> keep_answer(sql::Db& db, const WriteKey& key, const http::Response& response, WallTime now);

/// Of every answer only that it was given: an erasure by law cannot know which of them hold what goes.
Result<void> forget_answers(sql::Db& db);
/// Those whose day is over.
Result<void> forget_old_answers(sql::Db& db, WallTime now);

/// Appends `request.done`: the journal is durable before the answers are, and a repeat must be known whatever died between
/// the two.
Result<void> record_done(journal::Book& book, const WriteKey& key, const UserId& user);
/// Table `request_done` from those entries, of a day and at most kIdempotencyRowsMax.
std::unique_ptr<journal::Fold> make_request_fold();

}  // namespace bongsu::app
