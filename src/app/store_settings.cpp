#include "app/store_settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>

#include "app/sites.hpp"
#include "config/toml.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::size_t kPasswordBytesMax = 1000;
constexpr std::int64_t kTimeoutMsMin = 100, kTimeoutMsMax = 60'000;

bool is_here(const std::string& host) {
    return host.starts_with('/') || host.starts_with("127.") || host == "::1" || host == "localhost";
}

/// Reads one table's settings and gathers what is wrong with them.
class Table {
  public:
    Table(const json::object& values, std::string name) : values_(values), name_(std::move(name)) {}

    void text(std::string_view key, std::string& into) {
        known_.emplace_back(key);
        const auto* value = values_.if_contains(key);
        if (value == nullptr) return;
        if (!value->is_string()) return problem(key, "must be a text");
        into = std::string(value->get_string());
    }
    template <class Number>
    void number(std::string_view key, Number& into, std::int64_t low, std::int64_t high) {
        known_.emplace_back(key);
        const auto* value = values_.if_contains(key);
        if (value == nullptr) return;
        if (!value->is_int64() || value->get_int64() < low || value->get_int64() > high)
            return problem(key, "must be a number from " + std::to_string(low) + " to " + std::to_string(high));
        into = static_cast<Number>(value->get_int64());
    }
    void problem(std::string_view key, const std::string& what) {
        problems_ += "\n  " + name_ + std::string(key) + " " + what;
    }
    /// All problems, those of unknown settings too.
    const std::string& finish() {
        for (const auto& item : values_) {
            if (std::find(known_.begin(), known_.end(), item.key()) == known_.end())
                problem(item.key(), "is not a setting");
        }
        return problems_;
    }

  private:
    const json::object& values_;
    std::string name_, problems_;
    std::vector<std::string> known_;
};

/// The password, or what is wrong with its file.
Result<std::string> read_password(env::Disk& disk, const std::string& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return fail(ErrorKind::invalid, "cannot be read: " + path);
    if (!S_ISREG(state.st_mode)) return fail(ErrorKind::invalid, "is no file: " + path);
    if ((state.st_mode & 077U) != 0)
        return fail(ErrorKind::invalid, "must be its owner's alone (chmod 600): " + path);
    TRY(auto text, disk.read(path, 0, kPasswordBytesMax + 1));
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.empty() || text.size() > kPasswordBytesMax || text.find('\n') != std::string::npos || text.find('\0') != std::string::npos)
        return fail(ErrorKind::invalid, "must hold one line of 1 to 1000 bytes: " + path);
    return text;
}

void read_postgres(Table& table, sql::PostgresOptions& out, std::string& password_file) {
    std::int64_t connect_ms = out.connect_timeout.count(), statement_ms = out.statement_timeout.count();
    table.text("host", out.host);
    table.number("port", out.port, 1, 65535);
    table.text("database", out.database);
    table.text("user", out.user);
    table.text("password_file", password_file);
    table.text("sslmode", out.sslmode);
    table.text("sslrootcert", out.sslrootcert);
    table.text("schema", out.schema);
    table.number("connect_timeout_ms", connect_ms, kTimeoutMsMin, kTimeoutMsMax);
    table.number("statement_timeout_ms", statement_ms, kTimeoutMsMin, kTimeoutMsMax);
    out.connect_timeout = std::chrono::milliseconds(connect_ms);
    out.statement_timeout = std::chrono::milliseconds(statement_ms);
    for (const auto& [key, value] : {std::pair("host", &out.host), std::pair("database", &out.database), std::pair("user", &out.user)}) {
        if (value->empty()) table.problem(key, "is missing");
    }
    constexpr std::array<std::string_view, 4> kModes{"disable", "require", "verify-ca", "verify-full"};
    if (std::find(kModes.begin(), kModes.end(), out.sslmode) == kModes.end())
        table.problem("sslmode", "must be verify-full, verify-ca, require or disable");
    bool all_here = true;
    for (std::size_t from = 0; from < out.host.size();) {
        const auto end = std::min(out.host.find(',', from), out.host.size());
        all_here = all_here && is_here(out.host.substr(from, end - from));
        from = end + 1;
    }
    if (out.sslmode == "disable" && !all_here)
        table.problem("sslmode", "must not be disable for another machine: the journal would go over the wire in the clear");
}

}  // namespace

Result<std::optional<sql::PostgresOptions>> read_store_settings(env::Disk& disk, const std::string& data,
                                                                const SiteId& site) {
    const auto folder = site_folder(data, site);
    const auto path = folder + "/site.toml";
    std::optional<sql::PostgresOptions> out;
    if (!disk.exists(path)) return out;
    TRY(const auto text, disk.read(path));
    TRY(const auto toml, config::parse_toml(text, path));
    std::string problems;
    for (const auto& item : toml) {
        if (item.key() != "store" && item.key() != "media") problems += "\n  " + std::string(item.key()) + " is not a setting";
    }
    const auto* store = toml.if_contains("store");
    if (store != nullptr && !store->is_object()) problems += "\n  store must be a table";
    if (store != nullptr && store->is_object()) {
        Table table(store->get_object(), "store.");
        std::string kind = "sqlite", password_file;
        table.text("kind", kind);
        if (kind == "postgres") {
            out.emplace();
            out->schema = "site_" + site.value;
            read_postgres(table, *out, password_file);
            if (!password_file.empty()) {
                if (!password_file.starts_with('/')) password_file = folder + "/" + password_file;
                auto password = read_password(disk, password_file);
                if (password) out->password = *std::move(password);
                else table.problem("password_file", password.error().message);
            }
        } else if (kind != "sqlite") {
            table.problem("kind", "must be sqlite or postgres");
        }
        problems += table.finish();
    }
    if (!problems.empty()) return fail(ErrorKind::invalid, path + ":" + problems);
    return out;
}

}  // namespace bongsu::app
