// Where the folds stand: in SQLite, in PostgreSQL itself, or in PostgreSQL as a copy that follows.
//
// The same emergencies (raw message, event, incident: three entries, one commit each) go through a book whose folds are in
// SQLite and through one whose folds are in PostgreSQL; then a copy follows the first one's journal from its beginning.
// All on the machine's real disk with every sync in place. Needs the socket folder of a server: ./bench starts one.

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/site/folds.hpp"
#include "env/posix.hpp"
#include "event/intake.hpp"
#include "incident/verbs.hpp"
#include "journal/copy.hpp"
#include "sql/sql.hpp"

namespace bongsu::app {

namespace {

namespace json = boost::json;

const SiteId kHere{"11000"};

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "store_bench: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) die(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

double seconds_since(MonoTime start) {
    return std::chrono::duration<double>(env::process_env().clock.mono() - start).count();
}

struct Figure {
    std::string figure, subject, unit;
    double value = 0, min = 0, max = 0;
    std::size_t n = 0;
};

void print(const Figure& f, bool as_json) {
    if (as_json) {
        std::printf("%s\n", json::serialize(json::object{{"figure", f.figure}, {"subject", f.subject}, {"value", f.value},
                                                         {"unit", f.unit}, {"n", f.n}, {"min", f.min}, {"max", f.max}})
                                .c_str());
    } else {
        std::printf("%-24s %-22s %10.2f %-10s n %-7zu min %.2f max %.2f\n", f.figure.c_str(), f.subject.c_str(), f.value,
                    f.unit.c_str(), f.n, f.min, f.max);
    }
    std::fflush(stdout);
}

event::Event emergency(std::size_t number) {
    event::Event event;
    event.codec = "scsns/1";
    event.sender = "P1100000000";
    event.number = "N" + std::to_string(number);
    event.state = "10";
    event.state_time = event.occurred_at = from_us(1'800'000'000'000'000);
    event.body_digest = std::string(64, 'a');
    event.type = "112UC001";
    event.known = true;
    event.grade = "10";
    event.position = event::Position{1'269'236'512, 375'571'034};
    event.place = "마포구 상암동";
    event.text = std::string(300, 'x');
    return event;
}

/// One emergency is one batch, as when the city is calm; milliseconds from begin to durable.
double run(journal::Book& book, std::size_t number) {
    const auto start = book.env().clock.mono();
    must(book.begin());
    const auto raw =
        must(event::record_raw(book, {.format = "scsns", .agency = "P1100000000", .bytes = std::string(1024, 'b')}));
    const auto event = emergency(number);
    const auto recorded = must(event::record_event(book, event, raw));
    must(incident::receive_event(book, event, recorded.event, kHere));
    must(book.commit());
    return seconds_since(start) * 1000;
}

void print_latency(std::vector<double> took, const std::string& subject, bool as_json) {
    std::sort(took.begin(), took.end());
    const auto rank = [&](double part) { return took[std::min(took.size() - 1, static_cast<std::size_t>(part * static_cast<double>(took.size())))]; };
    print({"durable_ms_p50", subject, "ms", rank(0.5), took.front(), took.back(), took.size()}, as_json);
    print({"durable_ms_p99", subject, "ms", rank(0.99), took.front(), took.back(), took.size()}, as_json);
}

sql::PostgresOptions database(const std::string& server, const std::string& schema) {
    sql::PostgresOptions options;
    options.host = server;
    options.database = "postgres";
    options.user = "bongsu";
    options.schema = schema;
    return options;
}

void measure(const std::string& server, const std::string& folder, std::size_t emergencies, bool as_json) {
    auto& env = env::process_env();
    const auto journal = must(journal::Journal::open(env, folder + "/journal"));
    {
        const auto other = must(journal::Journal::open(env, folder + "/other"));
        const auto sqlite = must(sql::open_sqlite(folder + "/fold.db"));
        const auto postgres = must(sql::open_postgres(env.clock, database(server, "direct")));
        journal::Book in_sqlite(env, *journal, *sqlite, make_folds(kHere));
        journal::Book in_postgres(env, *other, *postgres, make_folds(kHere));
        must(in_sqlite.catch_up());
        must(in_postgres.catch_up());
        std::vector<double> sqlite_ms, postgres_ms;
        for (std::size_t i = 0; i < emergencies; ++i) {  // In turn: the machine is the same for both.
            sqlite_ms.push_back(run(in_sqlite, i));
            postgres_ms.push_back(run(in_postgres, i));
        }
        print_latency(std::move(sqlite_ms), "folds in SQLite", as_json);
        print_latency(std::move(postgres_ms), "folds in PostgreSQL", as_json);
    }
    const auto entries = journal->committed_seq();
    const auto rate = [&](const std::string& subject, MonoTime start) {
        const auto value = static_cast<double>(entries) / seconds_since(start);
        print({"replay_entries_per_s", subject, "entries/s", value, value, value, entries}, as_json);
    };
    {
        const auto db = must(sql::open_sqlite(folder + "/again.db"));
        journal::Book book(env, *journal, *db, make_folds(kHere));
        const auto start = env.clock.mono();
        must(book.rebuild());
        rate("SQLite", start);
    }
    {
        const auto db = must(sql::open_postgres(env.clock, database(server, "again")));
        journal::Book book(env, *journal, *db, make_folds(kHere));
        const auto start = env.clock.mono();
        must(book.rebuild());
        rate("PostgreSQL", start);
    }
    {
        const auto db = must(sql::open_postgres(env.clock, database(server, "copy")));
        journal::Follower follower(env.disk, folder + "/journal");
        journal::Copy copy(*db, kHere, make_folds(kHere));
        must(copy.open([&](std::uint64_t seq) { return follower.digest_of(seq, entries); }));
        const auto start = env.clock.mono();
        while (copy.position() < entries) must(journal::follow_once(copy, follower, entries));
        const auto value = static_cast<double>(entries) / seconds_since(start);
        print({"copy_entries_per_s", "journal and folds", "entries/s", value, value, value, entries}, as_json);
    }
}

}  // namespace

}  // namespace bongsu::app

int main(int argc, char** argv) {
    std::string server, folder;
    std::size_t emergencies = 5000;
    bool as_json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--json") as_json = true;
        else if (word == "--server" && i + 1 < argc) server = argv[++i];
        else if (word == "--folder" && i + 1 < argc) folder = argv[++i];
        else if (word == "--emergencies" && i + 1 < argc) emergencies = std::strtoul(argv[++i], nullptr, 10);
        else return std::fprintf(stderr, "store_bench --server FOLDER --folder FOLDER [--emergencies N] [--json]\n"), 2;
    }
    if (server.empty() || folder.empty() || emergencies == 0) return 2;
    bongsu::app::measure(server, folder, emergencies, as_json);
    return 0;
}
