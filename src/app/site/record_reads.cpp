// Who was shown whose data: on record before the answer leaves. And what is right while nothing can be written
// (docs/adr/0014-reads-on-record.md): a living emergency is shown and the look is owed, all else is refused.
#include <algorithm>

#include "app/site/handlers.hpp"
#include "app/site/reads.hpp"
#include "app/site/shown.hpp"
#include "base/log.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace {

using namespace std::chrono_literals;

constexpr auto kSettleEach = 5s;            ///< While nothing can be written.
constexpr std::size_t kSettleAtOnce = 100;  ///< Looks of one batch: some 10 ms of the store thread.
constexpr std::string_view kIncident = "incident:";

/// "state=new&limit=5" in visible ASCII. `with_place`: also where the page begins and how long it is.
std::string query_text(const http::Request& request, bool with_place) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    const auto add = [&](std::string_view text) {
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte > 0x20 && byte < 0x7f && c != '&' && c != '=' && c != '%')
                out += c;
            else
                (out += '%') += {kHex[byte >> 4U], kHex[byte & 15U]};
        }
    };
    for (const auto& [name, value] : request.query) {
        if (!with_place && (name == "after" || name == "cursor" || name == "limit")) continue;
        if (!out.empty()) out += '&';
        add(name);
        out += '=';
        add(value);
    }
    return out.substr(0, Look::kQueryBytesMax);
}

http::Response not_recorded(const Error& why) {
    if (why.kind != ErrorKind::exhausted) return http::problem(why);
    auto response = http::problem(507, "storage_full", "Insufficient storage", why.message);
    response.headers["Retry-After"] = "5";
    return response;
}

}  // namespace

http::Response Handlers::on_record(Site& site, const Route& route, const Shows& shows, const Call& call, http::Response answer) {
    Look look{.route = std::string(route.method) + " " + std::string(route.pattern),
              .query = query_text(call.request, true),
              .subjects = subjects_of(shows, call.request, answer.body)};
    if (look.subjects.empty()) return answer;  // An empty list shows nobody.
    if (shows.how() == Shows::How::numbered) look.filters = query_text(call.request, false);
    const auto recorded =
        site.record_look(route, {*call.session, identity::host_of(call.request.remote)}, look);
    return recorded ? std::move(answer) : not_recorded(recorded.error());
}

/// Every one of them is an incident that is open.
bool Site::is_emergency(const std::vector<std::string>& subjects) {
    return std::all_of(subjects.begin(), subjects.end(), [&](const std::string& subject) {
        if (!subject.starts_with(kIncident)) return false;
        const auto incident = incident::get(*folds_db_, IncidentId{subject.substr(kIncident.size())});
        return incident && incident::is_open(incident->state);
    });
}

Result<void> Site::record_look(const Route& route, const Reader& reader, const Look& look) {
    const auto mark = reads_.mark();
    Look fresh = look;
    fresh.subjects = reads_.fresh(reader.session.id, look.route + "?" + look.filters, look.subjects, env_.clock.mono());
    if (fresh.subjects.empty()) {
        ++reads_.counts.repeated;
        return {};
    }
    const bool can_write = !failing_since_ || writes_again_;
    const auto done = [&]() -> Result<void> {
        if (can_write) {
            for (auto& draft : look_drafts(reader, fresh)) TRY_DO(book_->append(std::move(draft)));
            return {};
        }
        bool kept = route.shows.is_in_emergency() && is_emergency(look.subjects);
        for (auto& draft : look_drafts(reader, fresh, env_.clock.wall())) kept = kept && reads_.owe(std::move(draft));
        if (kept) return {};
        return fail(ErrorKind::exhausted,
                    "the record cannot be written: until it can, nothing but living incidents is shown");
    }();
    if (!done) {
        ++reads_.counts.refused;
        reads_.take_back(mark);
    } else if (can_write) {
        ++reads_.counts.entries;
    } else {
        // The last that is heard of it should the process end before there is space.
        ++reads_.counts.owed;
        LOG_WARN("record.read_owed", {{"user", reader.session.user.value},
                                      {"route", look.route},
                                      {"first", fresh.subjects.front()},
                                      {"subjects", fresh.subjects.size()}});
        reads_.keep();  // No batch has to be waited for.
    }
    return done;
}

/// What the live stream is about to tell of incidents, and to whom: one entry for all listeners of an agency who are told
/// of the same incidents. In the batch that tells it, which writes anyway.
void Site::record_told(Outputs& out) {
    if (listeners_.empty()) return;
    const auto mark = reads_.mark();
    const auto now = env_.clock.mono();
    std::map<std::vector<const Reader*>, std::vector<std::string>> groups;
    for (const auto& change : out.published) {
        if (change.kind != "incident") continue;
        const auto subject = std::string(kIncident) + change.id;
        std::map<std::string, std::vector<const Reader*>> told;
        for (const auto& [client, reader] : listeners_) {
            if (may_hear(reader.session, here().agency, change) &&
                !reads_.fresh(reader.session.id, std::string(kStreamRoute), {subject}, now).empty())
                told[reader.session.agency.value].push_back(&reader);
        }
        for (auto& [agency, readers] : told) groups[std::move(readers)].push_back(subject);
    }
    if (groups.empty()) return;
    const auto done = attempt([&]() -> Result<void> {
        for (const auto& [readers, subjects] : groups) {
            for (auto& draft : told_drafts("site:" + options_.id.value, readers, subjects)) {
                TRY_DO(book_->append(std::move(draft)));
                ++reads_.counts.entries;
            }
        }
        return {};
    });
    if (done) return;
    // Not told, so that a desk that asks is answered and recorded by itself.
    LOG_ERROR("record.told_failed", {{"why", done.error().message}});
    ++reads_.counts.refused;
    reads_.take_back(mark);
    std::erase_if(out.published, [](const Published& change) { return change.kind == "incident"; });
}

void Site::note_commit(const Result<void>& committed, bool wrote) {
    if (committed) {
        reads_.keep();
        if (!wrote || !failing_since_) return;
        writes_again_ = true;
        settle_at_ = env_.clock.mono();
        return;
    }
    reads_.take_back();
    writes_again_ = false;
    settle_at_ = env_.clock.mono() + kSettleEach;
    if (failing_since_) return;
    failing_since_ = env_.clock.wall();
    counts_at_failing_ = reads_.counts;
    LOG_ERROR("record.not_written", {{"why", committed.error().message}});
}

/// Before a batch of others, in one of its own, so that its failure costs nobody anything: what is owed, and at its end
/// that the record is whole again.
void Site::settle_owed() {
    if (!failing_since_ || !journal_->usable() || env_.clock.mono() < settle_at_) return;
    const auto count = std::min(reads_.owed().size(), kSettleAtOnce);
    const bool is_last = count == reads_.owed().size();
    const auto here = "site:" + options_.id.value;
    const auto done = [&]() -> Result<void> {
        TRY_DO(book_->begin());
        for (std::size_t i = 0; i < count; ++i) TRY_DO(book_->append(reads_.owed()[i]));
        if (is_last) {
            const auto since = [&](std::uint64_t Reads::Counts::* which) {
                return static_cast<std::int64_t>(reads_.counts.*which - counts_at_failing_.*which);
            };
            TRY_DO(book_->append({std::string(kRecordBack),
                                  here,
                                  {here},
                                  {{"since", to_us(*failing_since_)},
                                   {"late", since(&Reads::Counts::owed)},
                                   {"refused", since(&Reads::Counts::refused)}}}));
        }
        return book_->commit();
    }();
    if (!done) {
        book_->abort();
        writes_again_ = false;
        settle_at_ = env_.clock.mono() + kSettleEach;
        return;
    }
    reads_.paid(count);
    reads_.counts.entries += count;
    writes_again_ = true;
    if (!is_last) return;
    failing_since_.reset();
    LOG_INFO("record.whole_again", {{"site", options_.id.value}});
}

/// While nothing can be written: a batch that only reads, to be ended by abort().
bool Site::begin_look() { return failing_since_ && journal_->usable() && book_->begin_look(); }

/// A look whose batch was lost for what others wanted written: what it shows is read again as it stands on disk.
std::optional<http::Response> Site::read_again(HttpInput& input) {
    if (input.request.method != "GET" || !begin_look()) return std::nullopt;
    Outputs none;
    auto response = dispatch(*this, input, none);
    book_->abort();
    return response;
}

}  // namespace bongsu::app
