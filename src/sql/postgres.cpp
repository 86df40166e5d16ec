#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>

#include "sql/dialect.hpp"
#include "sql/postgres_answer.hpp"

namespace bongsu::sql {
namespace {

constexpr std::size_t kStatementsMax = 256;
constexpr std::size_t kWaitingMax = 512;  // Statements sent in a pipeline before their answers are read.
constexpr std::chrono::milliseconds kGrace{1000};  // The server gives up first, and says why.
constexpr std::chrono::milliseconds kLook{100};    // How often a wait looks whether its owner stops.

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

/// libpq's words without their line ends; they name hosts and users, never a password.
std::string words_of(const PGconn* connection) {
    std::string words = PQerrorMessage(connection);
    std::replace(words.begin(), words.end(), '\n', ' ');
    while (!words.empty() && words.back() == ' ') words.pop_back();
    return words;
}

class Postgres final : public Db {
  public:
    Postgres(Connection connection, env::Clock& clock, std::chrono::milliseconds timeout, const std::atomic<bool>* stop)
        : connection_(std::move(connection)), clock_(clock), timeout_(timeout), stop_(stop) {}

    /// Brings the connection up. Errors: as open_postgres().
    Result<void> connect(std::chrono::milliseconds timeout) {
        if (!connection_ || PQstatus(connection_.get()) == CONNECTION_BAD) return cannot_connect();
        const auto until = clock_.mono() + timeout;
        for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(connection_.get())) {
            if (next == PGRES_POLLING_FAILED) return cannot_connect();
            TRY_DO(wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until));
        }
        PQsetnonblocking(connection_.get(), 1);
        PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
        return {};
    }

    std::string parameter(const char* name) const {
        const char* value = PQparameterStatus(connection_.get(), name);
        return value != nullptr ? value : "";
    }

    Result<void> exec(std::string_view statements) override {
        if (lost_) return gone();
        const bool takes_back = statements.starts_with("rollback");
        if (takes_back) {
            (void)drain();  // Whatever failed is taken back.
            failed_.reset();
        }
        TRY_DO(settle());
        if (PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF && PQexitPipelineMode(connection_.get()) == 0)
            return lose(ErrorKind::unavailable, words_of(connection_.get()));
        // What was prepared for tables of another shape would fail.
        const bool makes_tables = statements.starts_with("create") || statements.starts_with("drop");
        const auto script = to_postgres(statements) + (makes_tables ? "; deallocate all" : "");
        if (makes_tables) {
            by_key_.clear();
            prepared_.clear();
        }
        if (PQsendQuery(connection_.get(), script.c_str()) == 0) return lose(ErrorKind::unavailable, words_of(connection_.get()));
        std::optional<Error> first;
        std::string tag;
        for (;;) {
            TRY(const auto answer, next_answer());
            if (!answer) break;
            const auto status = PQresultStatus(answer.get());
            if (status == PGRES_FATAL_ERROR && !first) first = error_of(answer.get(), statements);
            if (status == PGRES_COMMAND_OK) tag = PQcmdStatus(answer.get());
        }
        if (first) return tl::unexpected(*std::move(first));
        // A commit of a transaction in which something failed takes it back, and calls that a success.
        if (statements.starts_with("commit") && tag == "ROLLBACK")
            return fail(ErrorKind::conflict, "SQL: the transaction had failed before and was taken back");
        return {};
    }

    std::int64_t changes() override {
        if (!sent_.empty()) (void)settle();
        return failed_ || lost_ ? 0 : changes_;
    }

    bool in_transaction() override {
        const auto status = PQtransactionStatus(connection_.get());
        return !lost_ && (status == PQTRANS_INTRANS || status == PQTRANS_ACTIVE);
    }

    Result<bool> empty_log() override { return true; }

    Result<void> pipeline(bool on) override {
        pipelined_ = on;
        auto done = settle();
        failed_.reset();  // Told.
        return done;
    }

    Result<std::vector<std::string>> key_columns(const std::string& table) override {
        const std::string quoted = "\"" + table + "\"";
        TRY(auto rows, query("select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid "
                             "and a.attnum = any(i.indkey) where i.indrelid = to_regclass($1) and i.indisprimary "
                             "order by array_position(i.indkey::int2[], a.attnum)",
                             {quoted}));
        if (rows.empty()) {
            TRY(rows, query("select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 "
                            "and not attisdropped order by attnum",
                            {quoted}));
        }
        if (rows.empty()) return fail(ErrorKind::invalid, "there is no table " + table);
        std::vector<std::string> key;
        for (const auto& row : rows) key.push_back(row.text(0));
        return key;
    }

  private:
    struct Prepared {
        std::string key;   // The types of its values, a line end, its text.
        std::string name;  // On the server.
    };
    /// A command on its way, in order.
    struct Sent {
        std::string statement;  // As an error shows it.
        std::string prepares;   // The key of the statement that this command prepares; else empty.
    };

    Result<Rows> run(std::string_view statement, std::span<const Value> values) override {
        if (lost_) return gone();
        if (failed_) return tl::unexpected(*failed_);
        if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_.get()) == 0)
            return lose(ErrorKind::unavailable, words_of(connection_.get()));
        const bool defers = pipelined_ && !answers_rows(statement);
        if (auto sent = send(statement, values); !sent) {
            (void)settle();
            return tl::unexpected(std::move(sent).error());
        }
        if (defers && sent_.size() < kWaitingMax) return Rows{};
        auto rows = drain();
        if (!rows && pipelined_ && !failed_) failed_ = rows.error();
        return rows;
    }

    /// Reads all answers that are due, and tells the first failure until somebody takes it back.
    Result<void> settle() {
        if (failed_) return tl::unexpected(*failed_);
        if (sent_.empty()) return {};
        auto rows = drain();
        if (rows) return {};
        if (pipelined_) failed_ = rows.error();
        return tl::unexpected(std::move(rows).error());
    }

    Result<void> send(std::string_view statement, std::span<const Value> values) {
        std::vector<Oid> types;
        std::vector<std::string> texts;
        std::vector<const char*> bytes;
        texts.reserve(values.size());  // So that what `bytes` points to stays where it is.
        std::string key;
        for (const auto& value : values) {
            const char* text = nullptr;
            if (const auto* integer = std::get_if<std::int64_t>(&value)) {
                text = texts.emplace_back(std::to_string(*integer)).c_str();
                types.push_back(kInt8);
            } else if (const auto* string = std::get_if<std::string>(&value)) {
                text = texts.emplace_back(to_stored(*string)).c_str();
                types.push_back(kText);
            } else {
                types.push_back(0);  // The server says what it would be.
            }
            bytes.push_back(text);
            key += types.back() == kInt8 ? 'i' : types.back() == kText ? 't' : 'n';
        }
        key += '\n';
        key += statement;
        TRY(const auto* name, prepare(std::move(key), statement, types));
        if (PQsendQueryPrepared(connection_.get(), name->c_str(), static_cast<int>(values.size()), bytes.data(), nullptr,
                                nullptr, 0) == 0) {
            return lose(ErrorKind::unavailable, words_of(connection_.get()));
        }
        sent_.push_back({shown(statement), {}});
        return {};
    }

    /// The server's name of a statement that is prepared already, or is on its way to be.
    Result<const std::string*> prepare(std::string key, std::string_view statement, const std::vector<Oid>& types) {
        if (const auto found = by_key_.find(key); found != by_key_.end()) {
            prepared_.splice(prepared_.begin(), prepared_, found->second);
            return &prepared_.front().name;
        }
        const auto wanted = placeholders(statement);
        if (!wanted) return fail(ErrorKind::invalid, wanted.error().message + " in: " + shown(statement));
        if (*wanted != types.size()) {
            return fail(ErrorKind::invalid, std::to_string(types.size()) + " values for another number of " +
                                                "placeholders: " + shown(statement));
        }
        if (prepared_.size() >= kStatementsMax) TRY_DO(forget(prepared_.back().key));
        const auto name = "s" + std::to_string(++names_);
        if (PQsendPrepare(connection_.get(), name.c_str(), std::string(statement).c_str(), static_cast<int>(types.size()),
                          types.data()) == 0) {
            return lose(ErrorKind::unavailable, words_of(connection_.get()));
        }
        sent_.push_back({shown(statement), key});
        prepared_.push_front({std::move(key), name});
        by_key_[prepared_.front().key] = prepared_.begin();
        return &prepared_.front().name;
    }

    Result<void> forget(const std::string& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return {};
        const auto place = found->second;
        const auto text = "deallocate " + place->name;
        by_key_.erase(found);  // Before the text that its key looks at.
        prepared_.erase(place);
        if (PQsendQueryParams(connection_.get(), text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0)
            return lose(ErrorKind::unavailable, words_of(connection_.get()));
        sent_.push_back({text, {}});
        return {};
    }

    /// Answers the last command's rows, or the first failure; nothing is on its way afterwards.
    Result<Rows> drain() {
        if (lost_) return gone();
        if (sent_.empty()) return Rows{};
        if (PQpipelineSync(connection_.get()) == 0) return lose(ErrorKind::unavailable, words_of(connection_.get()));
        std::optional<Error> first;
        Rows rows;
        while (!sent_.empty()) {
            const auto sent = std::move(sent_.front());
            sent_.pop_front();
            for (;;) {  // A command's answers end with none.
                TRY(const auto answer, next_answer());
                if (!answer) break;
                auto taken = take(answer.get(), sent);
                if (taken) {
                    rows = *std::move(taken);
                    continue;
                }
                if (!sent.prepares.empty()) drop(sent.prepares);
                if (!first) first = std::move(taken).error();
            }
        }
        for (;;) {  // Up to the mark that the server sends back.
            TRY(const auto answer, next_answer());
            if (answer && PQresultStatus(answer.get()) == PGRES_PIPELINE_SYNC) break;
        }
        if (first) return tl::unexpected(*std::move(first));
        return rows;
    }

    /// What is not on the server need not be forgotten there.
    void drop(const std::string& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return;
        const auto place = found->second;
        by_key_.erase(found);
        prepared_.erase(place);
    }

    Result<Rows> take(PGresult* answer, const Sent& sent) {
        switch (PQresultStatus(answer)) {
            case PGRES_COMMAND_OK: {
                if (!sent.prepares.empty()) return Rows{};
                const std::string_view count = PQcmdTuples(answer);
                changes_ = 0;
                std::from_chars(count.data(), count.data() + count.size(), changes_);
                return Rows{};
            }
            case PGRES_TUPLES_OK:
                return rows_of(answer);
            case PGRES_EMPTY_QUERY:
                return fail(ErrorKind::invalid, "the SQL statement is empty");
            case PGRES_PIPELINE_ABORTED:
                return fail(ErrorKind::unavailable, "a statement before it failed");
            default:
                return tl::unexpected(error_of(answer, sent.statement));
        }
    }

    /// The next answer; none where a command's answers end.
    Result<Answer> next_answer() {
        const auto until = clock_.mono() + timeout_ + kGrace;
        for (;;) {
            const int unsent = PQflush(connection_.get());
            if (unsent < 0) return lose(ErrorKind::unavailable, words_of(connection_.get()));
            if (PQisBusy(connection_.get()) == 0) break;
            TRY_DO(wait(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), until));
            if (PQconsumeInput(connection_.get()) == 0) return lose(ErrorKind::unavailable, words_of(connection_.get()));
        }
        Answer answer(PQgetResult(connection_.get()));
        if (PQstatus(connection_.get()) == CONNECTION_BAD) return lose(ErrorKind::unavailable, words_of(connection_.get()));
        return answer;
    }

    Result<void> wait(short events, MonoTime until) {
        for (;;) {
            if (stop_ != nullptr && stop_->load()) return lose(ErrorKind::cancelled, "its owner stops");
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_.mono());
            if (left.count() <= 0) return lose(ErrorKind::timeout, "no answer in time");
            pollfd look{PQsocket(connection_.get()), events, 0};
            const int ready = ::poll(&look, 1, static_cast<int>(std::min(left, kLook).count()) + 1);
            if (ready > 0) return {};
            if (ready < 0 && errno != EINTR) return lose(ErrorKind::unavailable, "poll failed");
        }
    }

    tl::unexpected<Error> cannot_connect() {
        auto words = connection_ ? words_of(connection_.get()) : std::string("out of memory");
        return lose(ErrorKind::unavailable, words);
    }

    /// An answer that comes late would be taken for another one's: the connection ends here.
    tl::unexpected<Error> lose(ErrorKind kind, const std::string& why) {
        lost_ = true;
        sent_.clear();
        connection_.reset();
        return fail(kind, "PostgreSQL: " + why);
    }

    static tl::unexpected<Error> gone() {
        return fail(ErrorKind::unavailable, "PostgreSQL: the connection was lost before");
    }

    Connection connection_;
    env::Clock& clock_;
    std::chrono::milliseconds timeout_;
    const std::atomic<bool>* stop_;
    std::list<Prepared> prepared_;  // The one used last is first.
    std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_key_;
    std::deque<Sent> sent_;
    std::optional<Error> failed_;  // In a pipeline, until it was told to whoever can take it back.
    std::int64_t changes_ = 0;
    std::uint64_t names_ = 0;
    bool pipelined_ = false, lost_ = false;
};

Result<void> check(const PostgresOptions& options) {
    std::string problems;
    if (options.host.empty()) problems += " host is empty;";
    if (options.port < 1 || options.port > 65535) problems += " port must be 1 to 65535;";
    if (options.database.empty()) problems += " database is empty;";
    if (options.user.empty()) problems += " user is empty;";
    const bool is_named = std::all_of(options.schema.begin(), options.schema.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (options.schema.empty() || options.schema.size() > 60 || !is_named)
        problems += " schema must be 1 to 60 of a-z, 0-9 and '_';";
    if (problems.empty()) return {};
    problems.pop_back();
    return fail(ErrorKind::invalid, "PostgreSQL:" + problems);
}

Connection start(const PostgresOptions& options, const std::string& host) {
    const auto timeout = std::to_string(options.statement_timeout.count());
    const auto network_timeout = std::to_string(options.statement_timeout.count() + kGrace.count());
    const auto port = std::to_string(options.port);
    const auto settings = "-c search_path=" + options.schema + " -c statement_timeout=" + timeout +
                          " -c lock_timeout=" + timeout +
                          " -c idle_in_transaction_session_timeout=60000 -c client_min_messages=warning"
                          " -c standard_conforming_strings=on -c synchronous_commit=on" +
                          (options.reads_only ? " -c default_transaction_read_only=on" : "");
    // What is not said here libpq would take from the environment or from files in a home.
    const std::pair<const char*, std::string> all[] = {
        {"host", host},
        {"port", port},
        {"dbname", options.database},
        {"user", options.user},
        {"password", options.password},
        {"passfile", "/nonexistent"},
        {"sslmode", host.starts_with('/') ? "disable" : options.sslmode},
        {"sslrootcert", options.sslrootcert},
        {"gssencmode", "disable"},
        {"channel_binding", "prefer"},
        {"target_session_attrs", options.reads_only ? "any" : "read-write"},
        {"application_name", "bongsu"},
        {"client_encoding", "UTF8"},
        {"options", settings},
        {"keepalives_idle", "5"},
        {"keepalives_interval", "2"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", network_timeout},
    };
    std::vector<const char*> names, values;
    for (const auto& [name, value] : all) {
        if (value.empty()) continue;
        names.push_back(name);
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    return Connection(PQconnectStartParams(names.data(), values.data(), 0));
}

/// The schema, and the lock that lets one process alone write to it; the server lets it go with the connection.
Result<void> claim(Postgres& db, const std::string& schema) {
    TRY(const auto found, db.query("select 1 from pg_namespace where nspname = $1", {schema}));
    if (found.empty()) TRY_DO(db.exec("create schema if not exists " + schema));
    TRY(const auto locked, db.query("select pg_try_advisory_lock(hashtextextended($1, 0))", {"bongsu " + schema}));
    if (locked.at(0).integer(0) == 1) return {};
    return fail(ErrorKind::unavailable, "PostgreSQL: another process writes to the schema " + schema);
}

}  // namespace

Result<std::unique_ptr<Db>> open_postgres(env::Clock& clock, const PostgresOptions& options,
                                          const std::atomic<bool>* stop) {
    TRY_DO(check(options));
    Error last{ErrorKind::invalid, "PostgreSQL: no host", Where::here()};
    for (std::size_t from = 0; from < options.host.size();) {
        const auto end = std::min(options.host.find(',', from), options.host.size());
        const auto host = options.host.substr(from, end - from);
        from = end + 1;
        auto db = std::make_unique<Postgres>(start(options, host), clock, options.statement_timeout, stop);
        if (auto connected = db->connect(options.connect_timeout); !connected) {
            last = std::move(connected).error();
            if (last.kind == ErrorKind::cancelled) break;
            continue;
        }
        if (db->parameter("server_encoding") != "UTF8") {
            return fail(ErrorKind::invalid, "PostgreSQL: the database " + options.database + " is in " +
                                                db->parameter("server_encoding") + " and must be in UTF8");
        }
        if (!options.reads_only) TRY_DO(claim(*db, options.schema));
        return std::unique_ptr<Db>(std::move(db));
    }
    return tl::unexpected(std::move(last));
}

}  // namespace bongsu::sql
