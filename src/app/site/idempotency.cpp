#include "app/site/idempotency.hpp"

#include <algorithm>

#include "crypto/crypto.hpp"

namespace bongsu::app {

namespace {

constexpr std::string_view kHeader = "idempotency-key";
constexpr std::int64_t kAnswerErased = -1;  // In place of a status; 0: handed out only once.

/// Length before bytes: no two lists of texts have one digest.
std::string digest_of(std::initializer_list<std::string_view> texts) {
    std::string all;
    for (const auto text : texts) all += std::to_string(text.size()) + ":" + std::string(text);
    return crypto::to_hex(crypto::sha256(all));
}

std::string query_text(const http::Request& request) {
    std::string text;
    for (const auto& [name, value] : request.query)
        text += std::to_string(name.size()) + ":" + name + std::to_string(value.size()) + ":" + value;
    return text;
}

/// What of a request its body does not say: an event in binary mode is in its headers.
std::string event_headers(const http::Request& request) {
    constexpr std::string_view kPrefix = "ce-";
    std::string text;
    for (auto at = request.headers.lower_bound(std::string(kPrefix));
         at != request.headers.end() && at->first.starts_with(kPrefix); ++at) {
        const auto& [name, value] = *at;
        text += std::to_string(name.size()) + ":" + name + std::to_string(value.size()) + ":" + value;
    }
    return text;
}

bool holds_a_secret(const http::Response& response) {
    const auto found = response.headers.find("Cache-Control");
    return found != response.headers.end() && found->second == "no-store";
}

}  // namespace

Result<void> create_idempotency(sql::Db& db) {
    return db.exec(
        "create table if not exists idempotency(n integer primary key, id text not null unique, "
        "request text not null, status integer not null, content_type text not null, body text not null, "
        "expires integer not null);"
        "create index if not exists idempotency_by_expiry on idempotency(expires)");
}

Result<std::optional<WriteKey>> write_key(const http::Request& request, const UserId& user) {
    return write_key(request, user, request.body);
}

Result<std::optional<WriteKey>> write_key(const http::Request& request, const UserId& user, std::string_view body) {
    if (request.method == "GET" || !request.headers.contains(std::string(kHeader)))
        return std::optional<WriteKey>{};
    const auto key = request.header(kHeader);
    const bool is_visible = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (key.empty() || key.size() > kIdempotencyKeyBytesMax || !is_visible) {
        return fail_field("Idempotency-Key", "must be 1 to " + std::to_string(kIdempotencyKeyBytesMax) +
                                                 " bytes of visible ASCII");
    }
    const auto query = query_text(request);
    const auto headers = event_headers(request);
    return std::optional(
        WriteKey{digest_of({user.value, key}),
                 headers.empty() ? digest_of({request.method, request.path, query, body})
                                 : digest_of({request.method, request.path, query, body, headers})});
}

namespace {

/// Without its answer: whether it was done at all.
Result<std::optional<http::Response>> done_before(sql::Db& db, const WriteKey& key, WallTime now) {
    TRY(const auto rows, db.query("select request from request_done where id = $1 and expires > $2",
                                  {key.id, to_us(now)}));
    if (rows.empty()) return std::optional<http::Response>{};
    if (rows[0].text(0) != key.request)
        return fail(ErrorKind::conflict, "Idempotency-Key was used before with another request");
    return fail(ErrorKind::conflict,
                "Idempotency-Key was used before: it was done, and its answer was lost in a restart");
}

class RequestFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "request_done"; }
    std::vector<std::string> tables() const override { return {"request_done"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists request_done (
  id      text primary key,   -- digest of the user and the key
  request text not null,      -- digest of what was asked
  expires integer not null,
  seq     integer not null);
create index if not exists request_done_seq on request_done (seq);
)sql";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind != kRequestDone || entry.erased) return {};
        const auto text = [&](std::string_view field) {
            return std::string(entry.payload.at(field).as_string());
        };
        TRY_DO(db.query("insert into request_done values ($1,$2,$3,$4) on conflict (id) do update set "
                        "request = excluded.request, expires = excluded.expires, seq = excluded.seq",
                        {text("id"), text("request"), entry.payload.at("expires").as_int64(),
                         static_cast<std::int64_t>(entry.seq)}));
        TRY_DO(db.query("delete from request_done where expires <= $1", {to_us(entry.time)}));
        TRY_DO(db.query("delete from request_done where seq <= coalesce((select seq from request_done "
                        "order by seq desc limit 1 offset $1), 0)",
                        {kIdempotencyRowsMax}));
        return {};
    }
};

}  // namespace

std::unique_ptr<journal::Fold> make_request_fold() { return std::make_unique<RequestFold>(); }

Result<void> record_done(journal::Book& book, const WriteKey& key, const UserId& user) {
    TRY_DO(book.append({std::string(kRequestDone),
                        "user:" + user.value,
                        {},
                        {{"id", key.id},
                         {"request", key.request},
                         {"expires", to_us(book.env().clock.wall() + kIdempotencyLife)}}}));
    return {};
}

Result<void> forget_answers(sql::Db& db) {
    TRY_DO(db.query("update idempotency set status = $1, content_type = '', body = '' where body <> ''", {kAnswerErased}));
    return {};
}

Result<void> forget_old_answers(sql::Db& db, WallTime now) {
    TRY_DO(db.query("delete from idempotency where expires <= $1", {to_us(now)}));
    return {};
}

Result<std::optional<http::Response>> answered_before(sql::Db& db, const WriteKey& key, WallTime now) {
    TRY(const auto rows, db.query("select request, status, content_type, body from idempotency "
                                  "where id = $1 and expires > $2",
                                  {key.id, to_us(now)}));
    if (rows.empty()) return done_before(db, key, now);
    if (rows[0].text(0) != key.request)
        return fail(ErrorKind::conflict, "Idempotency-Key was used before with another request");
    if (rows[0].integer(1) == kAnswerErased)
        return fail(ErrorKind::conflict, "Idempotency-Key was used before: it was done, and an erasure by law took its answer");
    if (rows[0].integer(1) == 0) {
        return fail(
            ErrorKind::conflict,
            "Idempotency-Key was used before, and its answer is handed out only once: send a new key");
    }
    http::Response response;
    response.status = static_cast<int>(rows[0].integer(1));
    response.content_type = rows[0].text(2);
    response.body = rows[0].text(3);
    response.headers[std::string(kReplayed)] = "true";
    return std::optional(std::move(response));
}

Result<void> keep_answer(sql::Db& db, const WriteKey& key, const http::Response& response, WallTime now) {
    const bool secret = holds_a_secret(response);
    TRY_DO(forget_old_answers(db, now));
    TRY_DO(
        db.query("insert into idempotency(id, request, status, content_type, body, expires) "
                 "values($1, $2, $3, $4, $5, $6)",
                 {key.id, key.request, std::int64_t{secret ? 0 : response.status},
                  secret ? std::string() : response.content_type, secret ? std::string() : response.body,
                  to_us(now + kIdempotencyLife)}));
    // Numbers follow one another, so the bound needs no count.
    TRY_DO(db.query("delete from idempotency where n <= (select max(n) from idempotency) - $1",
                    {kIdempotencyRowsMax}));
    return {};
}

}  // namespace bongsu::app
