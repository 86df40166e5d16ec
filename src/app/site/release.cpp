// Dead letters released in bulk: what a mended codec or agreement makes readable, in the order in which it came.
#include "app/site/release_job.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/site/handlers.hpp"
#include "app/site/reason.hpp"
#include "event/dead_letter.hpp"
#include "event/text.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

/// A slice shares its batch with what else waits, and an emergency that comes meanwhile waits for the whole of it.
constexpr std::size_t kSliceLetters = 8;
/// Letters of others that a slice passes: a row each, nothing of their messages.
constexpr std::size_t kSliceScan = 500;
/// Letters that one request passes, whoever's they are.
constexpr std::size_t kScanMax = 100'000;
/// Letters behind the last one that are looked through for what is left.
constexpr std::size_t kLeftScan = 1001;

bool is_asked_for(const ReleaseJob& job, const event::DeadLetter& letter) {
    return (!job.partner || letter.profile == *job.partner) && (!job.code || std::to_string(letter.code) == *job.code);
}

/// Of the letter, not of the site: the rest can go on.
bool is_its_own(ErrorKind kind) {
    return kind == ErrorKind::not_found || kind == ErrorKind::conflict || kind == ErrorKind::corrupt || kind == ErrorKind::invalid;
}

Result<std::int64_t> whole_number(const json::object& body, std::string_view field, std::int64_t otherwise, std::int64_t least,
                                  std::int64_t most) {
    const auto* value = body.if_contains(field);
    if (value == nullptr) return otherwise;
    if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most)
        return fail_field(field, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return value->get_int64();
}

Result<std::shared_ptr<ReleaseJob>> job_of(const Call& call) {
    TRY(const auto body, http::parse_object(call.request.body));
    auto job = std::make_shared<ReleaseJob>();
    for (const auto& each : body) {
        const auto name = each.key();
        if (name != "dryRun" && name != "reason" && name != "partner" && name != "code" && name != "limit" && name != "after")
            return fail_field(event::clean(name, 40).text, "is none of dryRun, reason, partner, code, limit, after");
    }
    if (const auto* dry = body.if_contains("dryRun")) {
        if (!dry->is_bool()) return fail_field("dryRun", "must be true or false");
        job->dry_run = dry->get_bool();
    }
    // A dry run needs none and keeps none, but takes no other thing in its place.
    if (!job->dry_run || body.contains("reason")) {
        TRY(job->reason, reason_in(body));
    }
    TRY(job->partner, http::optional_text(body, "partner", 64));
    if (job->partner && job->partner->empty()) return fail_field("partner", "must not be empty");
    TRY(job->code, http::optional_text(body, "code", 8));
    if (job->code && (job->code->empty() || job->code->find_first_not_of("0123456789") != std::string::npos))
        return fail_field("code", "must be a number: the code of a refusal");
    TRY(const auto limit, whole_number(body, "limit", kBulkReleaseMax, 1, kBulkReleaseMax));
    job->limit = static_cast<std::size_t>(limit);
    TRY(const auto after, whole_number(body, "after", 0, 0, INT64_MAX));
    job->position = static_cast<std::uint64_t>(after);
    TRY(job->key, write_key(call.request, call.session->user));
    job->token = call.request.bearer();
    job->reader = {*call.session, identity::host_of(call.request.remote)};
    job->reply = call.reply;
    return job;
}

/// How many of those that are asked for wait behind the last one that was passed, among the next kLeftScan letters.
Result<std::int64_t> left_of(sql::Db& db, const ReleaseJob& job) {
    if (job.is_at_end) return 0;
    TRY(const auto letters, event::dead_letters_after(db, job.position, kLeftScan));
    return std::count_if(letters.begin(), letters.end(), [&](const auto& letter) { return is_asked_for(job, letter); });
}

}  // namespace

Handlers::Answer Handlers::release_all_dead(Site& site, Call& call) {
    auto job = job_of(call);
    if (!job) return http::problem(job.error());
    if (const auto other = site.releasing_.lock(); other && !other->is_done)
        return http::problem(Error{ErrorKind::conflict, "another release in bulk is under way: wait for its end", Where::here()});
    site.releasing_ = *job;
    call.out.again.emplace_back(ReleaseSlice{*std::move(job)});
    return std::nullopt;
}

/// A dry run does the same and takes it back, letter by letter: what hangs together (two bodies of one number, a call for help
/// and its clear) may come out otherwise when it is done.
Result<void> Site::release_one(ReleaseJob& job, const event::DeadLetter& letter) {
    const auto raw = letter.raw_seq;
    TRY(const bool is_erased, book_->journal().is_ordered_erased(raw));
    if (is_erased) {
        ++job.erased;
        return {};
    }
    std::optional<event::Refusal> refusal;
    const auto done = attempt([&]() -> Result<void> {
        TRY(const auto again, job.dry_run ? read_letter_again(raw) : release_letter(raw, "user:" + job.reader.session.user.value, job.reason));
        refusal = again.refusal;
        if (job.dry_run) return fail(ErrorKind::cancelled, "it was a dry run");
        return {};
    });
    const bool is_read = done || (job.dry_run && done.error().kind == ErrorKind::cancelled);
    if (!is_read && !is_its_own(done.error().kind)) return done;
    if (is_read && refusal && refusal->code == event::Code::ok) {
        ++job.readable;
        if (!job.dry_run) ++job.released;
    } else {
        job.refused.push_back({raw, is_read && refusal ? refusal->reason : done.error().message, is_read && !job.dry_run});
    }
    return {};
}

Result<void> Site::release_next(ReleaseJob& job) {
    TRY(const auto letters, event::dead_letters_after(*folds_db_, job.position, kSliceScan));
    std::size_t in_slice = 0;
    const auto durable = book_->journal().committed_seq();
    for (const auto& letter : letters) {
        if (in_slice >= kSliceLetters || job.looked >= job.limit) return {};
        if (letter.raw_seq > durable) return {};  // It came in this very batch: the next slice can read it.
        job.position = letter.raw_seq;
        ++job.scanned;
        if (!is_asked_for(job, letter)) continue;
        TRY_DO(release_one(job, letter));
        ++job.looked;
        ++in_slice;
    }
    job.is_at_end = letters.size() < kSliceScan;
    return {};
}

/// The letters that the answer names and that have no entry of this run of their own: a look at them.
Result<void> Site::record_told_of(const ReleaseJob& job) {
    Look look{.route = "POST /api/v1/messages/dead/release", .query = job.dry_run ? "dryRun=true" : "", .subjects = {}};
    for (const auto& one : job.refused) {
        if (!one.is_on_record) look.subjects.push_back("message:" + std::to_string(one.raw));
    }
    if (look.subjects.empty()) return {};
    for (auto& draft : look_drafts(job.reader, look)) TRY_DO(book_->append(std::move(draft)));
    return {};
}

Result<http::Response> Site::finish_release(ReleaseJob& job) {
    TRY_DO(record_told_of(job));
    TRY(const auto left, left_of(*folds_db_, job));
    json::array refused;
    for (const auto& one : job.refused) refused.push_back({{"seq", static_cast<std::int64_t>(one.raw)}, {"reason", one.reason}});
    json::value next = nullptr;
    if (!job.is_at_end) next = static_cast<std::int64_t>(job.position);
    auto response = http::json_response(200, json::object{{"dryRun", job.dry_run},
                                                          {"looked", job.looked},
                                                          {"readable", job.readable},
                                                          {"released", job.released},
                                                          {"erased", job.erased},
                                                          {"refused", std::move(refused)},
                                                          {"left", left},
                                                          {"next", std::move(next)}});
    if (job.key && !job.dry_run) {
        TRY_DO(record_done(*book_, *job.key, job.reader.session.user));
        TRY_DO(keep_answer(*folds_db_, *job.key, response, env_.clock.wall()));
    }
    return response;
}

/// Whoever was logged out, or may not any more, releases nothing further.
Result<void> Site::may_go_on(const ReleaseJob& job) {
    TRY(const auto session, accounts_->session_of(job.token));
    return identity::check(kReleases, session);
}

void Site::take(ReleaseSlice& input, Outputs& out) {
    auto& job = *input.job;
    const auto stop = [&](const Error& why) { stop_release(job, job.released, why, out); };  // They stand in this batch, which goes on.
    if (const auto may = may_go_on(job); !may) return stop(may.error());
    book_->speak_for(job.reader.session.id);
    auto went = release_next(job);
    book_->speak_for({});
    if (!went) return stop(went.error());
    if (job.looked < job.limit && job.scanned < kScanMax && !job.is_at_end) {
        out.again.emplace_back(ReleaseSlice{input.job, job.released});
        return;
    }
    std::optional<http::Response> response;
    const auto kept = attempt([&]() -> Result<void> {
        TRY(response, finish_release(job));
        return {};
    });
    if (!kept) return stop(kept.error());
    out.replies.push_back([job = input.job, answer = *std::move(response)] { job->reply(answer); });
    job.is_done = true;
}

/// What was released before stays: who asked is told how much that was.
void Site::stop_release(ReleaseJob& job, std::size_t released, const Error& why, Outputs& out) {
    job.is_done = true;
    auto error = why;
    if (released > 0) error.message = std::to_string(released) + " of them were released, then it stopped: " + error.message;
    auto response = http::problem(error);
    if (error.kind == ErrorKind::exhausted) {  // The disk is, or what waits for it: not the caller's allowance.
        response = http::problem(507, "storage_full", "Insufficient storage", error.message);
        response.headers["Retry-After"] = "5";
    }
    out.replies.push_back([reply = job.reply, answer = std::move(response)] { reply(answer); });
}

}  // namespace bongsu::app
