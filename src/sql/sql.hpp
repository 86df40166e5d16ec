#pragma once
// A small SQL door: SQLite or PostgreSQL behind the same statements.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "env/env.hpp"

namespace bongsu::sql {

using Value = std::variant<std::nullptr_t, std::int64_t, std::string>;

/// One answered row; columns by position, in the order of the select list.
class Row {
  public:
    explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
    bool is_null(std::size_t column) const {
        return std::holds_alternative<std::nullptr_t>(values_.at(column));
    }
    bool is_text(std::size_t column) const { return std::holds_alternative<std::string>(values_.at(column)); }
    /// 0 for null; the column's type is the statement's author's business.
    std::int64_t integer(std::size_t column) const;
    /// Empty for null.
    const std::string& text(std::size_t column) const;
    const Value& value(std::size_t column) const { return values_.at(column); }
    std::size_t size() const { return values_.size(); }

  private:
    std::vector<Value> values_;
};
using Rows = std::vector<Row>;

/// One database connection. The 256 statements used last are kept prepared, by their text.
///
/// Dialect: what SQLite and PostgreSQL both read, see README.md; the rest is translated here (sql/dialect.hpp).
/// Threads: one. Blocking: never call it on a media loop.
/// Errors:  exhausted (disk full), conflict (a constraint), unavailable (I/O, locked for 2 s, no connection), timeout
///          (PostgreSQL did not answer in time), cancelled (the owner stops), corrupt, invalid (the statement itself).
///          They show the statement, never its values. After unavailable, timeout or cancelled a PostgreSQL connection
///          may be gone for good: every later call then answers unavailable, and a new one has to be opened.
class Db {
  public:
    virtual ~Db() = default;
    /// Runs one statement with `$1, $2 …` bound in order and answers all its rows. Each placeholder needs its
    /// value and each value its placeholder; a column that is a real number is ErrorKind::invalid.
    Result<Rows> query(std::string_view statement, std::initializer_list<Value> values = {}) {
        return run(statement, {values.begin(), values.size()});
    }
    Result<Rows> query(std::string_view statement, const std::vector<Value>& values) {
        return run(statement, values);
    }
    /// Several statements without parameters: schemas, begin, commit, rollback.
    virtual Result<void> exec(std::string_view statements) = 0;
    /// Between begin and its end. SQLite ends a transaction by itself, taken back, when its disk fails in a statement: what
    /// came after would stand alone.
    virtual bool in_transaction() = 0;
    /// Rows changed by the last query() that inserted, updated or deleted; 0 when that failed meanwhile.
    virtual std::int64_t changes() = 0;
    /// The table's primary key in its order, or all its columns where it has none. Errors: invalid when there is none.
    virtual Result<std::vector<std::string>> key_columns(const std::string& table) = 0;
    /// While on, and inside a transaction: a query() that answers no rows may return before the database did it, and
    /// its failure is told by a later call, at the latest by the one that turns this off. Whoever turns it on must
    /// take any failure as that of the whole transaction. At most 512 statements wait. SQLite does each at once.
    virtual Result<void> pipeline(bool on) = 0;
    /// Outside a transaction: moves all of SQLite's write-ahead log into the database and cuts it to nothing, so that no page
    /// stays in it as it was before. False while another connection is in its way: ask again. PostgreSQL keeps its own: true.
    virtual Result<bool> empty_log() = 0;

  private:
    virtual Result<Rows> run(std::string_view statement, std::span<const Value> values) = 0;
};

/// Who moves SQLite's write-ahead log into the database file: the writer by itself, in the midst of a commit (some
/// 30 ms for 40 MB, each 10,000 pages), or a Checkpointer on another thread. The writer then does it by itself only
/// past 100,000 pages.
enum class Checkpoints : std::uint8_t { by_writer, elsewhere };

/// `path` (made with mode 0600) or ":memory:". WAL, up to 64 MiB of pages in memory; synchronous=normal, since folds
/// can always be rebuilt from the journal.
Result<std::unique_ptr<Db>> open_sqlite(const std::string& path,
                                        Checkpoints checkpoints = Checkpoints::by_writer);

/// A SQLite database in memory that nobody keeps: made to be filled fast, compared and thrown away. It takes nothing back:
/// after a rollback, or a statement that failed halfway, what it holds is undefined.
Result<std::unique_ptr<Db>> open_scratch();

/// Checkpoints one SQLite database beside its writer, whom it never waits for and never keeps waiting
/// (sqlite.org/wal.html, "passive").
///
/// Threads: one at a time, not the writer's. Bounds: none by itself; call run() each second or so.
class Checkpointer {
  public:
    virtual ~Checkpointer() = default;
    /// Moves what can be moved; answers the pages that the log still holds, as far as they could be counted: 0 too while
    /// somebody else is at it. Errors: as Db.
    virtual Result<std::int64_t> run() = 0;

    static Result<std::unique_ptr<Checkpointer>> open(const std::string& path);
};

/// How to reach a PostgreSQL database and one schema in it.
struct PostgresOptions {
    std::string host;  ///< Names or addresses with commas between them, or the folder of a Unix socket ("/run/postgresql").
    int port = 5432;
    std::string database, user;
    std::string password;                 ///< Empty: none is offered. Never in a log or an error.
    std::string sslmode = "verify-full";  ///< As libpq: disable, require, verify-ca, verify-full. A Unix socket has no TLS.
    std::string sslrootcert;              ///< A file, or empty for libpq's own place.
    std::string schema;                   ///< Letters, digits and '_'.
    std::chrono::milliseconds connect_timeout{3000};    ///< For each host.
    std::chrono::milliseconds statement_timeout{5000};  ///< For each statement: the server gives up, then so do we.
    bool reads_only = false;  ///< Neither makes the schema nor writes; else it is made, and this connection alone writes to it.
};

/// Connects and makes the schema. Of several hosts the first that takes writes is used, so that a standby is passed over.
///
/// Bounds:  no call waits longer than its timeout and 1 s; a host's name is looked up by the system's resolver, which
///          has its own. `stop`, when it becomes true, ends a wait within 100 ms with ErrorKind::cancelled.
/// Errors:  unavailable (nobody there, a wrong password, no right, somebody else writes to the schema), timeout, invalid
///          (an option; a database that is not in UTF-8).
/// Lifetime: clock and stop outlive it.
Result<std::unique_ptr<Db>> open_postgres(env::Clock& clock, const PostgresOptions& options,
                                          const std::atomic<bool>* stop = nullptr);

}  // namespace bongsu::sql
