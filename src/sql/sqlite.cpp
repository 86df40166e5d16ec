#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <list>
#include <optional>
#include <unordered_map>

#include "sql/sql.hpp"

namespace bongsu::sql {
namespace {

constexpr std::size_t kStatementsMax = 256;
constexpr int kBusyMs = 2000;

ErrorKind kind_of(int code) {
    switch (code & 0xff) {  // The low byte is the primary code.
        case SQLITE_FULL:
        case SQLITE_NOMEM:
            return ErrorKind::exhausted;
        case SQLITE_CONSTRAINT:
            return ErrorKind::conflict;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return ErrorKind::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return ErrorKind::corrupt;
        case SQLITE_INTERRUPT:
            return ErrorKind::cancelled;
        default:
            return ErrorKind::invalid;
    }
}

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
using Connection = std::unique_ptr<sqlite3, Close>;

/// Gives the statement back unbound, however its use ends.
class Use {
  public:
    explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

  private:
    sqlite3_stmt* statement_;
};

class Sqlite final : public Db {
  public:
    explicit Sqlite(Connection db) : db_(std::move(db)) {}

    Result<void> exec(std::string_view statements) override {
        // One statement stays prepared: begin, commit and a batch's savepoints are most of what comes here.
        if (!statements.empty() && statements.find(';') == std::string_view::npos) {
            TRY_DO(run(statements, {}));
            return {};
        }
        const std::string text(statements);
        const int code = sqlite3_exec(db_.get(), text.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return failed(code, statements);
        return {};
    }

    bool in_transaction() override { return sqlite3_get_autocommit(db_.get()) == 0; }

    std::int64_t changes() override { return sqlite3_changes64(db_.get()); }

    Result<std::vector<std::string>> key_columns(const std::string& table) override {
        TRY(const auto columns,
            query("select name, pk from pragma_table_info($1) order by pk = 0, pk, cid", {table}));
        if (columns.empty()) return fail(ErrorKind::invalid, "there is no table " + table);
        const bool has_key = columns.front().integer(1) > 0;
        std::vector<std::string> key;
        for (const auto& column : columns) {
            if (!has_key || column.integer(1) > 0) key.push_back(column.text(0));
        }
        return key;
    }

    Result<void> pipeline(bool) override { return {}; }

    Result<bool> empty_log() override {
        sqlite3_busy_timeout(db_.get(), 0);  // Whoever reads it for long must not stop whoever calls.
        const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        sqlite3_busy_timeout(db_.get(), kBusyMs);
        if (code == SQLITE_BUSY) return false;
        if (code != SQLITE_OK) return failed(code, "wal_checkpoint");
        return true;
    }

  private:
    struct Cached {
        std::string text;
        Statement statement;
        std::vector<int> places;  ///< SQLite's index of $1, $2 …; 0 where the statement has none.
    };

    Result<Rows> run(std::string_view statement, std::span<const Value> values) override {
        TRY(const auto* cached, prepare(statement));
        auto* const prepared = cached->statement.get();
        const Use use(prepared);
        TRY_DO(bind(*cached, values));
        Rows rows;
        for (;;) {
            const int code = sqlite3_step(prepared);
            if (code == SQLITE_DONE) return rows;
            if (code != SQLITE_ROW) return failed(code, statement);
            TRY(auto row, row_of(prepared));
            rows.push_back(std::move(row));
        }
    }

    /// A text that stands in the program itself comes from the same place each time: found there, a look at the bytes
    /// saves their hash.
    Result<const Cached*> prepare(std::string_view text) {
        auto& place = by_place_[(reinterpret_cast<std::uintptr_t>(text.data()) >> 3U) % by_place_.size()];
        if (place && (*place)->text == text) {
            cached_.splice(cached_.begin(), cached_, *place);
        } else {
            TRY_DO(find_or_prepare(text));
            place = cached_.begin();
        }
        return &cached_.front();
    }

    /// At the front of `cached_`: the one that is there, or a new one in place of the one that was not used for longest.
    Result<void> find_or_prepare(std::string_view text) {
        if (const auto found = by_text_.find(text); found != by_text_.end()) {
            cached_.splice(cached_.begin(), cached_, found->second);
            return {};
        }
        sqlite3_stmt* raw = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(db_.get(), text.data(), static_cast<int>(text.size()),
                                            SQLITE_PREPARE_PERSISTENT, &raw, &rest);
        Statement statement(raw);
        if (code != SQLITE_OK) return failed(code, text);
        if (!statement) return fail(ErrorKind::invalid, "the SQL statement is empty");
        const auto after = text.substr(static_cast<std::size_t>(rest - text.data()));
        if (after.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
            return fail(ErrorKind::invalid, "query() runs one SQL statement: " + shown(text));
        }
        if (cached_.size() >= kStatementsMax) {
            by_place_.fill(std::nullopt);
            by_text_.erase(cached_.back().text);
            cached_.pop_back();
        }
        std::vector<int> places;
        for (int i = 1; i <= sqlite3_bind_parameter_count(statement.get()); ++i)
            places.push_back(sqlite3_bind_parameter_index(statement.get(), ("$" + std::to_string(i)).c_str()));
        cached_.push_front({std::string(text), std::move(statement), std::move(places)});
        by_text_[cached_.front().text] = cached_.begin();
        return {};
    }

    Result<void> bind(const Cached& cached, std::span<const Value> values) {
        auto* const prepared = cached.statement.get();
        const std::string_view text = cached.text;
        if (cached.places.size() != values.size()) {
            return fail(ErrorKind::invalid, std::to_string(values.size()) + " values for another number of " +
                                                "placeholders: " + shown(cached.text));
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int index = cached.places[i];
            if (index == 0) return fail(ErrorKind::invalid, "no $" + std::to_string(i + 1) + " in: " + shown(text));
            int code = SQLITE_OK;
            if (const auto* integer = std::get_if<std::int64_t>(&values[i])) {
                code = sqlite3_bind_int64(prepared, index, *integer);
            } else if (const auto* string = std::get_if<std::string>(&values[i])) {
                code = sqlite3_bind_text64(prepared, index, string->data(), string->size(), SQLITE_STATIC,
                                           SQLITE_UTF8);
            } else {
                code = sqlite3_bind_null(prepared, index);
            }
            if (code != SQLITE_OK) return failed(code, cached.text);
        }
        return {};
    }

    static Result<Row> row_of(sqlite3_stmt* prepared) {
        const int columns = sqlite3_column_count(prepared);
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) {
            switch (sqlite3_column_type(prepared, i)) {
                case SQLITE_NULL:
                    values.emplace_back(nullptr);
                    break;
                case SQLITE_INTEGER:
                    values.emplace_back(std::int64_t{sqlite3_column_int64(prepared, i)});
                    break;
                case SQLITE_FLOAT:
                    return fail(ErrorKind::invalid, std::string("column ") +
                                                        sqlite3_column_name(prepared, i) +
                                                        " is a real number; integers and text only");
                default: {
                    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared, i));
                    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, i));
                    values.emplace_back(bytes ? std::string(bytes, size) : std::string());
                }
            }
        }
        return Row(std::move(values));
    }

    static std::string shown(std::string_view text) {
        return std::string(text.substr(0, 120)) + (text.size() > 120 ? "…" : "");
    }

    tl::unexpected<Error> failed(int code, std::string_view text, Where where = Where::here()) const {
        return fail(kind_of(code), std::string("SQL: ") + sqlite3_errmsg(db_.get()) + " in: " + shown(text),
                    where);
    }

    Connection db_;             // Before the statements, so that it goes after them.
    std::list<Cached> cached_;  // The one used last is first.
    std::unordered_map<std::string_view, std::list<Cached>::iterator> by_text_;
    std::array<std::optional<std::list<Cached>::iterator>, 512> by_place_;  // By the address of the text that was asked.
};

/// SQLite counts its memory behind one lock of the whole process, taken at each allocation by every thread that has a
/// database of its own. Nobody reads the count.
void count_no_memory() {
    // Refused when another library (PROJ) has begun SQLite before: then it counts, and all else is the same.
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(done);
}

Result<Connection> connect(const std::string& path, int flags) {
    count_no_memory();
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Connection connection(raw);  // Owns the handle also when the opening failed, as SQLite asks.
    if (code != SQLITE_OK) {
        return fail(kind_of(code), "cannot open the database " + path + ": " + sqlite3_errstr(code));
    }
    sqlite3_busy_timeout(raw, kBusyMs);
    return connection;
}

class SqliteCheckpointer final : public Checkpointer {
  public:
    SqliteCheckpointer(Connection db, std::string path) : db_(std::move(db)), path_(std::move(path)) {}

    Result<std::int64_t> run() override {
        int in_log = 0, moved = 0;
        // A connection that has read nothing has no log open: SQLite then answers well and moves nothing.
        int code = sqlite3_exec(db_.get(), "select 1 from sqlite_schema limit 1", nullptr, nullptr, nullptr);
        if (code == SQLITE_OK)
            code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
        if (code == SQLITE_BUSY) return std::int64_t{in_log};  // Somebody else is at it.
        if (code != SQLITE_OK) {
            return fail(kind_of(code), "cannot checkpoint " + path_ + ": " + sqlite3_errstr(code));
        }
        return std::int64_t{in_log - moved};
    }

  private:
    Connection db_;
    std::string path_;
};

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
    const auto* value = std::get_if<std::int64_t>(&values_.at(column));
    return value ? *value : 0;
}

const std::string& Row::text(std::size_t column) const {
    static const std::string kEmpty;
    const auto* value = std::get_if<std::string>(&values_.at(column));
    return value ? *value : kEmpty;
}

Result<std::unique_ptr<Db>> open_sqlite(const std::string& path, Checkpoints checkpoints) {
    if (path.empty()) return fail(ErrorKind::invalid, "the database has no path");
    if (path != ":memory:") {
        // SQLite would make it readable for all; its -wal and -shm take the mode of this one.
        const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (made < 0) return fail(ErrorKind::unavailable, "cannot open the database " + path);
        ::close(made);
    }
    TRY(auto connection, connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    auto db = std::make_unique<Sqlite>(std::move(connection));
    // Ten times rarer than SQLite's own choice, at 40 MB of log: a checkpoint syncs and stalls whoever commits.
    const int pages = checkpoints == Checkpoints::elsewhere ? 100'000 : 10'000;
    // secure_delete: what the law erases must not stay in pages that nobody uses. temp_store: nor in files of /var/tmp,
    // where a savepoint's old pages went, a write for each, and whose full disk would have refused a message.
    // cache_size: what a transaction of many batches changes stays in memory until its end (SQLite's own 2 MB would be
    // written in between, again and again).
    TRY_DO(db->exec("pragma journal_mode=wal; pragma cache_size=-65536; pragma synchronous=normal; pragma foreign_keys=on;"
                    "pragma secure_delete=on; pragma temp_store=memory;"
                    "pragma wal_autocheckpoint=" +
                    std::to_string(pages)));
    return db;
}

Result<std::unique_ptr<Db>> open_scratch() {
    TRY(auto connection, connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    auto db = std::make_unique<Sqlite>(std::move(connection));
    // Without a journal no page is copied before its change; nothing that leaves memory is overwritten before.
    TRY_DO(db->exec("pragma journal_mode=off; pragma secure_delete=off; pragma temp_store=memory"));
    return db;
}

Result<std::unique_ptr<Checkpointer>> Checkpointer::open(const std::string& path) {
    TRY(auto connection, connect(path, SQLITE_OPEN_READWRITE));
    return std::make_unique<SqliteCheckpointer>(std::move(connection), path);
}

}  // namespace bongsu::sql
