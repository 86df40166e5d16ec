// What an entry costs with all folds of a site, as the journal grows: 10^4, 10^5, 10^6 and 10^7 entries.
//
// folds_bench [--json] [--entries N]... [--folder DIR]   Writes some 1.5 kB an entry and removes it again.
//
// The messages are those of ./bench intake without their network: 60 of 100 a sensor's reading of its own number, 30 sent
// again, 9 updates, 1 new emergency with six cameras and two grants; 64 messages a batch, each batch synced. At each size the
// last 20,000 entries before it count (of the first size all but 2,000).

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "app/site/folds.hpp"
#include "env/posix.hpp"
#include "event/intake.hpp"
#include "grant/verbs.hpp"
#include "incident/verbs.hpp"
#include "sql/sql.hpp"

namespace bongsu::app {

namespace {

namespace json = boost::json;

const SiteId kHere{"11000"};
constexpr std::size_t kBatch = 64, kLiving = 500, kReadings = 5000;
constexpr std::uint64_t kWindow = 20'000;

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "folds_bench: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) die(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

double cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

class City {
  public:
    explicit City(journal::Book& book) : book_(book) {}

    void message() {
        const auto kind = n_++ % 100;
        if (kind == 0) return emergency();
        if (kind < 10) return update();
        if (kind % 3 == 0 && !readings_.empty()) return reading(readings_[chance() % readings_.size()]);
        const auto number = "S" + std::to_string(n_);
        if (readings_.size() < kReadings) readings_.push_back(number);
        else readings_[n_ % kReadings] = number;
        reading(number);
    }

  private:
    std::uint64_t chance() {  // Any even spread will do; the same each time.
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return state_ >> 33U;
    }

    event::Recorded take(const event::Event& event) {
        const auto raw = must(event::record_raw(book_, {.format = "scsns", .profile = "112", .agency = event.sender,
                                                        .content_type = "application/json", .bytes = std::string(1024, 'b')}));
        return must(event::record_event(book_, event, raw));
    }

    static event::Event event(const std::string& number, std::int64_t at, const std::string& type, const std::string& grade) {
        event::Event out;
        out.codec = "scsns/1";
        out.sender = "P1100000000";
        out.number = number;
        out.state = "10";
        out.state_time = out.occurred_at = from_us(1'800'000'000'000'000 + at);
        out.body_digest = std::string(60, 'a') + std::to_string(1000 + at % 9000);
        out.type = type;
        out.known = true;
        out.grade = grade;
        out.position = event::Position{1'269'236'512, 375'571'034};
        out.place = "마포구 상암동";
        out.text = std::string(300, 'x');
        return out;
    }

    void reading(const std::string& number) {
        take(event(number, 0, "WESEN110", "20"));  // Telemetry: no incident follows.
    }

    void update() {
        if (living_.empty()) return;
        const auto told = event(living_[chance() % living_.size()], static_cast<std::int64_t>(n_), "112UC001", "10");
        const auto recorded = take(told);
        if (recorded.outcome == event::Outcome::update) must(incident::receive_event(book_, told, recorded.event, kHere));
    }

    void emergency() {
        const auto number = "E" + std::to_string(n_);
        if (living_.size() < kLiving) living_.push_back(number);
        else living_[n_ / 100 % kLiving] = number;
        const auto told = event(number, static_cast<std::int64_t>(n_), "112UC001", "10");
        const auto recorded = take(told);
        const auto change = must(incident::receive_event(book_, told, recorded.event, kHere));
        std::vector<incident::ChosenCamera> cameras;
        grant::GrantRequest request{.actor = "site:11000", .purpose = "112-emergency-video", .incident = change.incident,
                                    .event = recorded.event, .holder = {}, .cameras = {}, .from = {}, .to = {}, .second_person = {}};
        request.holder.agency = AgencyId{"P1100000000"};
        for (int i = 0; i < 6; ++i) {
            cameras.push_back({{"11440-000" + std::to_string(i)}, 900 - i, {"near", "sees"}});
            request.cameras.push_back(cameras.back().id);
        }
        must(incident::record_cameras(book_, change.incident, cameras));
        must(grant::issue(book_, grant::Purposes::defaults(), request));
        request.purpose = "operator-incident";
        must(grant::issue(book_, grant::Purposes::defaults(), request));
    }

    journal::Book& book_;
    std::uint64_t n_ = 0, state_ = 7;
    std::vector<std::string> readings_, living_;
};

void say(bool as_json, const char* figure, std::uint64_t entries, double value, std::uint64_t n) {
    if (as_json) {
        std::printf("%s\n", json::serialize(json::object{{"figure", figure}, {"subject", std::to_string(entries) + " entries"}, {"value", value},
                                                         {"unit", "us"}, {"n", n}, {"min", value}, {"max", value}}).c_str());
    } else {
        std::printf("%-24s at %10llu entries %8.2f us  n %llu\n", figure, static_cast<unsigned long long>(entries), value,
                    static_cast<unsigned long long>(n));
    }
    std::fflush(stdout);
}

void measure(const std::string& folder, std::vector<std::uint64_t> sizes, bool as_json) {
    auto& env = env::process_env();
    const auto journal = must(journal::Journal::open(env, folder + "/journal"));
    const auto db = must(sql::open_sqlite(folder + "/fold.db"));
    journal::Book book(env, *journal, *db, make_folds(kHere));
    must(book.catch_up());
    City city(book);
    const auto grow_to = [&](std::uint64_t size) {
        while (journal->committed_seq() < size) {
            must(book.begin());
            for (std::size_t i = 0; i < kBatch; ++i) {
                must(book.mark());
                city.message();
            }
            must(book.commit());
            journal->tidy();
        }
    };
    for (const auto size : sizes) {
        grow_to(size - std::min(kWindow, size / 2));
        const auto from = journal->committed_seq();
        const auto cpu = cpu_seconds();
        const auto begin = env.clock.mono();
        grow_to(size);
        const auto n = journal->committed_seq() - from;
        if (n == 0) continue;
        say(as_json, "entry_processor_us", size, (cpu_seconds() - cpu) * 1e6 / static_cast<double>(n), n);
        say(as_json, "entry_us", size, std::chrono::duration<double>(env.clock.mono() - begin).count() * 1e6 / static_cast<double>(n), n);
    }
}

}  // namespace

}  // namespace bongsu::app

int main(int argc, char** argv) {
    std::string folder = std::filesystem::temp_directory_path().string();
    std::vector<std::uint64_t> sizes;
    bool as_json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--json") as_json = true;
        else if (word == "--folder" && i + 1 < argc) folder = argv[++i];
        else if (word == "--entries" && i + 1 < argc) sizes.push_back(std::strtoull(argv[++i], nullptr, 10));
        else return std::fprintf(stderr, "folds_bench [--json] [--entries N]... [--folder DIR]\n"), 2;
    }
    if (sizes.empty()) sizes = {10'000, 100'000, 1'000'000, 10'000'000};
    std::sort(sizes.begin(), sizes.end());
    const auto place = folder + "/bongsu-folds-bench-" + std::to_string(::getpid());
    std::filesystem::create_directories(place);
    bongsu::app::measure(place, sizes, as_json);
    std::filesystem::remove_all(place);
    return 0;
}
