#pragma once
// A small SQL door: SQLite today, PostgreSQL behind the same statements later ($1 placeholders in both).

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

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
    std::size_t size() const { return values_.size(); }

  private:
    std::vector<Value> values_;
};
using Rows = std::vector<Row>;

/// One database connection. The 256 statements used last are kept prepared, by their text.
///
/// Threads: one. Blocking: never call it on a media loop.
/// Errors:  exhausted (disk full), conflict (a constraint), unavailable (I/O, locked for 2 s), corrupt,
/// invalid (the
///          statement itself). They show the statement, never its values.
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
    /// Rows changed by the last query() that inserted, updated or deleted.
    virtual std::int64_t changes() const = 0;

  private:
    virtual Result<Rows> run(std::string_view statement, std::span<const Value> values) = 0;
};

/// Who moves SQLite's write-ahead log into the database file: the writer by itself, in the midst of a commit (some
/// 30 ms for 40 MB, each 10,000 pages), or a Checkpointer on another thread. The writer then does it by itself only
/// past 100,000 pages.
enum class Checkpoints : std::uint8_t { by_writer, elsewhere };

/// `path` (made with mode 0600) or ":memory:". WAL; synchronous=normal, since folds can always be rebuilt
/// from the journal.
Result<std::unique_ptr<Db>> open_sqlite(const std::string& path,
                                        Checkpoints checkpoints = Checkpoints::by_writer);

/// Checkpoints one SQLite database beside its writer, whom it never waits for and never keeps waiting
/// (sqlite.org/wal.html, "passive").
///
/// Threads: one at a time, not the writer's. Bounds: none by itself; call run() each second or so.
class Checkpointer {
  public:
    virtual ~Checkpointer() = default;
    /// Moves what can be moved; answers the pages that the log still holds. Errors: as Db.
    virtual Result<std::int64_t> run() = 0;

    static Result<std::unique_ptr<Checkpointer>> open(const std::string& path);
};

}  // namespace bongsu::sql
