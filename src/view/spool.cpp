#include "view/spool.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "http/message.hpp"

namespace bongsu::view {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
constexpr auto kRetry = 1s, kDropPause = 5s;

json::object to_line_object(const Item& item) {
    json::object out = to_message(item);
    if (!item.jti.empty()) {
        out["jti"] = item.jti;
        out["ticketExpires"] = to_rfc3339(item.ticket_expires);
    }
    return out;
}

std::string to_line(const Item& item) { return json::serialize(to_line_object(item)) + "\n"; }

Result<std::uint64_t> number_of(const json::object& object, std::string_view field) {
    const json::value* value = object.if_contains(field);
    if (value == nullptr || !(value->is_int64() || value->is_uint64()) ||
        (value->is_int64() && value->as_int64() < 0)) {
        return fail(ErrorKind::corrupt, std::string(field) + " is no number");
    }
    return value->is_uint64() ? value->as_uint64() : static_cast<std::uint64_t>(value->as_int64());
}

Result<std::optional<std::uint64_t>> count_of(const json::object& object, std::string_view field) {
    if (object.if_contains(field) == nullptr) return std::optional<std::uint64_t>{};
    TRY(const auto value, number_of(object, field));
    return std::optional<std::uint64_t>(value);
}

Result<Item> to_item(const json::object& object) {
    const auto text = [&](std::string_view field) -> Result<std::string> {
        TRY(auto value, http::optional_text(object, field, 4096));
        return std::move(value).value_or("");
    };
    Item item;
    TRY(item.n, number_of(object, "n"));
    TRY(item.kind, http::required_text(object, "kind", 64));
    TRY(item.view.value, text("view"));
    TRY(item.grant.value, text("grant"));
    TRY(item.camera.value, text("camera"));
    TRY(item.holder, text("holder"));
    TRY(const auto at, http::required_text(object, "at", 64));
    TRY(item.at, parse_rfc3339(at, "at"));
    TRY(item.way, text("way"));
    TRY(item.ticket_kind, text("ticketKind"));
    TRY(item.remote, text("remote"));
    TRY(item.reason, text("reason"));
    TRY(item.jti, text("jti"));
    TRY(item.frames, count_of(object, "frames"));
    TRY(item.bytes, count_of(object, "bytes"));
    TRY(item.count, count_of(object, "count"));
    if (item.jti.empty()) return item;
    TRY(const auto expires, http::required_text(object, "ticketExpires", 64));
    TRY(item.ticket_expires, parse_rfc3339(expires, "ticketExpires"));
    return item;
}

}  // namespace

json::object to_message(const Item& item) {
    json::object out{{"n", item.n},
                     {"kind", item.kind},
                     {"view", item.view.value},
                     {"grant", item.grant.value},
                     {"camera", item.camera.value},
                     {"holder", item.holder},
                     {"at", to_rfc3339(item.at)},
                     {"way", item.way},
                     {"ticketKind", item.ticket_kind},
                     {"remote", item.remote},
                     {"reason", item.reason}};
    if (item.frames) out["frames"] = *item.frames;
    if (item.bytes) out["bytes"] = *item.bytes;
    if (item.count) out["count"] = *item.count;
    return out;
}

Spool::Spool(env::Disk& disk, const env::Clock& clock, std::string path)
    : disk_(disk), clock_(clock), path_(std::move(path)) {}

Result<std::unique_ptr<Spool>> Spool::open(env::Disk& disk, const env::Clock& clock, std::string folder) {
    TRY_DO(disk.make_folders(folder));
    std::unique_ptr<Spool> spool(new Spool(disk, clock, folder + "/views.log"));
    TRY_DO(spool->load());
    return spool;
}

Result<void> Spool::load() {
    std::string text;
    if (disk_.exists(path_)) {
        TRY(text, disk_.read(path_));
    }
    std::size_t good = 0, number = 0, bad_line = 0;
    std::string why;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string::npos) break;
        ++number;
        const auto taken = take_line(std::string_view(text).substr(at, end - at));
        if (taken && bad_line != 0) {
            // A write is torn at its end only: something valid after it means damage, not a crash.
            return fail(ErrorKind::corrupt, path_ + " line " + std::to_string(bad_line) + ": " + why);
        }
        if (!taken && bad_line == 0) {
            bad_line = number;
            why = taken.error().message;
        }
        at = end + 1;
        if (taken) good = at;
    }
    TRY(file_, disk_.open(path_));
    if (good < text.size()) {
        ++torn_;
        LOG_WARN("spool.torn", {{"bytes", text.size() - good}});
        TRY_DO(file_->truncate(good));
    }
    // What was read may only have been in the page cache of the process that died.
    TRY_DO(file_->sync());
    synced_ = next_ - 1;
    return {};
}

Result<void> Spool::take_line(std::string_view line) {
    TRY(const auto object, http::parse_object(line));
    if (object.if_contains("next") != nullptr) {
        TRY(const auto next, number_of(object, "next"));
        TRY(const auto acked, number_of(object, "acked"));
        if (next < next_) return fail(ErrorKind::corrupt, "next goes back");
        next_ = next;
        acked_ = std::max(acked_, acked);
        return {};
    }
    TRY(auto item, to_item(object));
    const std::uint64_t last = items_.empty() ? 0 : items_.back().n;
    if (item.n <= last) return fail(ErrorKind::corrupt, "n does not increase");
    next_ = std::max(next_, item.n + 1);
    keep(std::move(item));
    return {};
}

void Spool::keep(Item item) {
    if (item.kind == "view.opened") open_[item.view] = item.n;
    if (item.kind == "view.closed") open_.erase(item.view);
    items_.push_back(std::move(item));
}

Result<std::uint64_t> Spool::append(Item item) {
    if (broken_) return fail(ErrorKind::unavailable, "the spool's disk failed");
    if (items_.size() >= kItemsMax && item.kind != "view.closed") {
        return fail(ErrorKind::exhausted,
                    "the spool holds " + std::to_string(kItemsMax) + " items for control");
    }
    item.n = next_++;
    const std::uint64_t n = item.n;
    pending_ += to_line(item);
    keep(std::move(item));
    if (on_work) on_work();
    return n;
}

void Spool::when_synced(std::uint64_t n, std::function<void()> done) {
    if (n <= synced_) return done();
    waiting_.emplace(n, std::move(done));
}

bool Spool::flush_due() const {
    if (in_flight_ || broken_ || clock_.mono() < retry_at_) return false;
    return !pending_.empty() || dead_bytes_ > kCompactBytes;
}

SpoolBatch Spool::begin_sync() {
    BONGSU_CHECK(!in_flight_);
    drop_old();
    SpoolBatch batch;
    batch.up_to = batch_up_to_ = next_ - 1;
    batch.lines = in_flight_lines_ = std::exchange(pending_, {});
    in_flight_whole_ = dead_bytes_ > kCompactBytes;
    if (in_flight_whole_) batch.whole = whole_text();
    in_flight_ = true;
    return batch;
}

Result<void> Spool::write(const SpoolBatch& batch) {
    if (batch.whole) {
        TRY_DO(disk_.replace(path_, *batch.whole));
        TRY(file_, disk_.open(path_));
        return {};
    }
    const std::uint64_t before = file_->size();
    if (auto done = file_->append(batch.lines); !done) {
        if (file_->truncate(before)) return done;
        return fail(ErrorKind::corrupt, "the spool holds part of a write: " + done.error().message);
    }
    // A failed sync is never tried again: the kernel may have dropped the pages and call the next one good.
    if (auto done = file_->sync(); !done)
        return fail(ErrorKind::corrupt, "the spool's sync: " + done.error().message);
    return {};
}

void Spool::end_sync(const Result<void>& outcome) {
    BONGSU_CHECK(in_flight_);
    in_flight_ = false;
    if (!outcome) {
        LOG_ERROR("spool.write_failed", {{"cause", outcome.error().message}});
        broken_ = outcome.error().kind != ErrorKind::exhausted;
        pending_.insert(0, in_flight_lines_);
        in_flight_lines_.clear();
        retry_at_ = clock_.mono() + kRetry;
        return;
    }
    in_flight_lines_.clear();
    if (in_flight_whole_) dead_bytes_ = 0;
    synced_ = batch_up_to_;
    while (!waiting_.empty() && waiting_.begin()->first <= synced_) {
        const auto done = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        done();
    }
}

Result<void> Spool::sync() {
    const SpoolBatch batch = begin_sync();
    auto outcome = write(batch);
    end_sync(outcome);
    return outcome;
}

std::vector<Item> Spool::unacked(std::size_t max) const {
    std::vector<Item> out;
    auto at = std::upper_bound(items_.begin(), items_.end(), acked_,
                               [](std::uint64_t n, const Item& item) { return n < item.n; });
    for (; at != items_.end() && at->n <= synced_ && out.size() < max; ++at) out.push_back(*at);
    return out;
}

void Spool::ack(std::uint64_t n) {
    acked_ = std::max(acked_, n);
    if (n < next_) return;
    // Control knows numbers that this disk has lost: ours must not repeat them, or control would skip them.
    next_ = n + 1;
    dead_bytes_ = kCompactBytes + 1;  // The next sync writes a file that says so.
    if (on_work) on_work();
}

void Spool::drop_old() {
    const MonoTime now = clock_.mono();
    if (dropped_at_ != MonoTime{} && now - dropped_at_ < kDropPause) return;
    dropped_at_ = now;
    const WallTime keep_from = clock_.wall() - kKeep;
    const std::uint64_t sure = std::min(acked_, synced_);
    std::erase_if(items_, [&](const Item& item) {
        if (item.n > sure || item.at > keep_from) return false;
        if (item.kind == "view.opened" && open_.contains(item.view)) return false;
        dead_bytes_ += to_line(item).size();
        return true;
    });
}

std::string Spool::whole_text() const {
    std::string out = json::serialize(json::object{{"next", next_}, {"acked", acked_}}) + "\n";
    for (const Item& item : items_) out += to_line(item);
    return out;
}

}  // namespace bongsu::view
