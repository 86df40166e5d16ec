#include "app/site/site.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "alarm/fold.hpp"
#include "app/site/fields.hpp"
#include "app/site/folds.hpp"
#include "app/site/idempotency.hpp"
#include "app/site/import_job.hpp"
#include "app/site/routes.hpp"
#include "app/site/turning.hpp"
#include "base/log.hpp"
#include "drill/drill.hpp"
#include "duty/fold.hpp"
#include "event/fold.hpp"
#include "grant/fold.hpp"
#include "grant/read.hpp"
#include "hold/hold.hpp"
#include "imports/record.hpp"
#include "incident/fold.hpp"
#include "journal/erasure.hpp"
#include "ledger/access.hpp"
#include "outbound/delivery.hpp"
#include "service/fold.hpp"
#include "sop/fold.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

/// What the folds leave open while batch follows batch: half a second's messages, some tens of milliseconds to settle.
constexpr auto kOpenFor = 500ms;
constexpr std::uint64_t kOpenEntriesMax = 4096;
constexpr auto kSlowBatch = 250ms;
constexpr auto kErasuresAgainAfter = 2s;
constexpr auto kSlowSaidEach = 1s;

/// What is large goes with its job's last owner, and no loop lets it go.
void let_go_of_large(Input& input) {
    if (auto* request = std::get_if<HttpInput>(&input)) request->request.file.reset();
    if (auto* copy = std::get_if<ImportCopy>(&input)) copy->job.reset();
    if (auto* slice = std::get_if<ReleaseSlice>(&input)) slice->job.reset();
    if (auto* done = std::get_if<ImportDone>(&input)) done->job.reset();
}

json::object revoke_message(const std::string& grant, const json::value& cameras, const std::string& reason) {
    return {
        {"t", "revoke"},
        {"grants", json::array{json::object{{"grant", grant}, {"cameras", cameras}, {"reason", reason}}}}};
}

}  // namespace

Site::Site(env::Env& env, SiteOptions options) : env_(env), options_(std::move(options)), turning_(std::make_unique<Turning>(*this)) {}
Site::~Site() = default;

Result<std::unique_ptr<Site>> Site::open(env::Env& env, SiteOptions options) {
    if (options.city.find(options.id) == nullptr) {
        return fail(ErrorKind::not_found, "site " + options.id.value + " is not in city/sites.json");
    }
    std::unique_ptr<Site> site(new Site(env, std::move(options)));
    TRY_DO(site->open_stores());
    TRY_DO(site->load_catalogues());
    TRY_DO(site->load_houses());
    TRY_DO(Movement::load_roads(*site));
    TRY_DO(site->load_imports());
    TRY_DO(site->open_partners());
    TRY_DO(site->begin_record());
    return site;
}

std::vector<std::unique_ptr<journal::Fold>> make_folds(const SiteId& here) {
    std::vector<std::unique_ptr<journal::Fold>> folds;
    folds.push_back(std::make_unique<event::EventFold>());
    folds.push_back(std::make_unique<incident::IncidentFold>());
    folds.push_back(std::make_unique<grant::GrantsFold>());
    folds.push_back(std::make_unique<grant::ViewsFold>());
    folds.push_back(federation::make_relay_fold());
    folds.push_back(federation::make_outbox_fold(here));
    folds.push_back(federation::make_held_fold());
    folds.push_back(imports::make_imports_fold());
    folds.push_back(journal::make_erasure_fold());
    folds.push_back(std::make_unique<outbound::OutboundFold>());
    folds.push_back(std::make_unique<event::AgreementFold>());
    folds.push_back(std::make_unique<duty::DutyFold>());
    folds.push_back(std::make_unique<alarm::AlarmFold>());
    folds.push_back(std::make_unique<hold::HoldFold>());
    folds.push_back(std::make_unique<drill::DrillFold>());
    folds.push_back(std::make_unique<ptz::PtzFold>());
    folds.push_back(std::make_unique<sop::SopFold>());
    folds.push_back(std::make_unique<service::ServiceFold>());
    folds.push_back(make_request_fold());
    folds.push_back(ledger::make_access_fold());
    folds.push_back(make_copy_fold());
    return folds;
}

Result<void> Site::open_stores() {
    const auto folder = site_folder(options_.data, options_.id);
    TRY(ticket_key_, load_or_make_key(env_, options_.data, options_.id, "ticket"));
    TRY(checkpoint_key_, load_or_make_key(env_, options_.data, options_.id, "checkpoint"));
    TRY(journal_, journal::Journal::open(env_, folder + "/journal"));
    if (journal_->torn_bytes_at_open() > 0) {
        LOG_WARN("journal.torn_tail_cut",
                 {{"site", options_.id.value}, {"bytes", journal_->torn_bytes_at_open()}});
    }
    folds_db_ = options_.folds_db;
    identity_db_ = options_.identity_db;
    if (!folds_db_) {
        TRY(folds_db_, sql::open_sqlite(options_.in_memory ? ":memory:" : folder + "/fold.db", options_.checkpoints));
    }
    if (!identity_db_) {
        TRY(identity_db_, sql::open_sqlite(options_.in_memory ? ":memory:" : folder + "/identity.db"));
    }
    book_ = std::make_unique<journal::Book>(env_, *journal_, *folds_db_, make_folds(options_.id));
    TRY_DO(federation::create_cursors(*folds_db_));
    TRY_DO(create_idempotency(*folds_db_));
    TRY_DO(book_->catch_up());
    TRY(accounts_,
        identity::Accounts::open(env_, *identity_db_,
                                 options_.in_memory ? identity::Cost::least : identity::Cost::full));
    TRY_DO(load_alarms());
    TRY_DO(load_sops());
    TRY_DO(load_services());
    TRY_DO(load_joining());
    TRY(duty_rules_, read_duty_rules(env_.disk, options_.data, options_.id));
    if (!is_centre() && env_.disk.exists(folder + "/contract.json")) {
        TRY(const auto text, env_.disk.read(folder + "/contract.json"));
        TRY(contract_, federation::parse_contract(text));
    }
    return {};
}

Result<void> Site::load_catalogues() {
    const auto folder = site_folder(options_.data, options_.id);
    if (env_.disk.exists(folder + "/catalogue.jsonl")) {
        TRY(const auto lines, env_.disk.read(folder + "/catalogue.jsonl"));
        TRY_DO(directory_.load(lines));
    }
    constexpr std::string_view kEnding = ".jsonl";
    TRY(const auto kept, env_.disk.list(folder + "/catalogues"));
    for (const auto& name : kept) {
        if (!name.ends_with(kEnding)) continue;  // What a crash left of a file that was being written.
        TRY(const auto lines, env_.disk.read(folder + "/catalogues/" + name));
        TRY(const auto cameras, directory_.load(lines));
        catalogues_known_[{name.substr(0, name.size() - kEnding.size())}] = {
            crypto::to_hex(crypto::sha256(lines)), cameras};
    }
    // Our own catalogue is read once, here: this list cannot grow old.
    for (const auto& camera : directory_.cameras()) {
        if (camera.site == options_.id && camera.connected()) own_cameras_.push_back(camera.id);
    }
    // What a district has is known; whether it answers is not, until its link stands.
    for (const auto& site : options_.city.sites) {
        if (site.joined && site.id != options_.id) {
            directory_.set_site_unreachable(site.id, "the link to the district is not up yet",
                                            env_.clock.wall());
        }
    }
    return {};
}

/// The first entries of a run: which erasures a death left open, who started, under which contract.
Result<void> Site::begin_record() {
    TRY_DO(carry_out_erasures());
    TRY(last_checkpoint_, federation::last_made(*folds_db_));
    checkpoint_seq_ = last_checkpoint_ ? last_checkpoint_->seq : 0;
    checkpoint_at_ = env_.clock.mono();
    TRY_DO(book_->begin());
    TRY_DO(book_->append({"site.started",
                          "site:" + options_.id.value,
                          {"site:" + options_.id.value},
                          {{"version", BONGSU_VERSION}}}));
    if (contract_) {
        TRY_DO(book_->append({"contract.in_force",
                              "site:" + options_.id.value,
                              {"site:" + contract_->with.value},
                              {{"digest", contract_->digest}}}));
    }
    TRY_DO(record_partners());
    TRY_DO(service::declare(*book_, "site:" + options_.id.value, "start", services_));
    TRY_DO(publish_sops());
    return book_->commit();
}

Result<void> Site::attempt(const std::function<Result<void>()>& verb) {
    TRY_DO(book_->mark());
    auto done = verb();
    if (!done) book_->undo();
    return done;
}

void make_durable(Outputs& out) {
    if (!out.sync || out.failed) return;
    const auto synced = out.sync->wait();
    if (synced) return;
    // Whether it is on disk nobody knows: each sender sees its connection end, and asks or sends again.
    LOG_ERROR("site.sync_failed", {{"why", synced.error().message}});
    out = Outputs{};
    out.failed = true;
}

Outputs Site::run(std::vector<Input> batch) {
    auto out = write(std::move(batch));
    make_durable(out);
    return out;
}

Outputs Site::write(std::vector<Input> batch) {
    Outputs out;
    Steps steps(env_.clock.mono());
    out.spent_entries = book_->take_appended();
    settle_owed();
    if (auto begun = book_->begin(); !begun) {
        note_commit(begun, false);
        // What ended is over although nothing of it can be written: it is told again, after its wait.
        for (const auto& input : batch) {
            if (const auto* done = std::get_if<OutboundDone>(&input)) end_try(done->done);
        }
        fail_batch(batch, begun.error(), out);
        out.failed = !journal_->usable();  // A sync that failed for what was owed, or behind the batch before.
        return out;
    }
    steps.done(Step::begin, env_.clock.mono());
    for (auto& input : batch) take(input, out);
    share_where_needed();
    turning_->follow(out);
    steps.done(Step::verbs, env_.clock.mono());
    // Reactions read the folds as they will stand; what they send leaves only after the commit.
    const auto& entries = book_->appended();
    const auto count = entries.size();
    for (std::size_t i = 0; i < count; ++i) react(entries[i], out);
    tell_media_changes(out);
    begin_tries(out);
    ToldIncidents told;
    for (std::size_t i = 0; i < count; ++i) publish(entries[i], told, out);
    // A camera's state carries the newest seq at its moment; readers leave out what seems older than that.
    std::stable_sort(out.published.begin(), out.published.end(),
                     [](const Published& a, const Published& b) { return a.seq < b.seq; });
    steps.done(Step::reactions, env_.clock.mono());
    record_told(out);
    const bool wrote = !book_->appended().empty();
    steps.done(Step::record, env_.clock.mono());
    auto written = book_->write();
    const Result<void> committed = written ? Result<void>{} : tl::unexpected(std::move(written).error());
    steps.split(Step::journal, book_->journal_took());
    // The answer to a repeat stands beside the folds: once given it has to outlive the process.
    if (committed && std::any_of(book_->appended().begin(), book_->appended().end(), [](const journal::Entry& entry) {
            return entry.kind == kRequestDone;
        })) {
        book_->settle();
    }
    steps.done(Step::folds, env_.clock.mono());
    note_commit(committed, wrote);
    if (!committed) lose(batch, committed.error(), out);
    else finish_erasures(out);
    if (committed && !out.failed) {
        out.sync = *std::move(written);
        out.committed_seq = journal_->committed_seq();
    }
    settle_directory(committed.has_value(), out);
    settle_partners(committed.has_value(), out);
    settle_services(committed.has_value());
    // What peers acknowledged stands beside the folds, and with them it is lost: they tell it again.
    if (book_->take_lost() || env_.buggify("site.links_begin_anew")) out.links_begin_anew = true;
    steps.done(Step::release, env_.clock.mono());
    note_slow(steps, batch.size());
    for (auto& input : batch) let_go_of_large(input);
    out.inputs = std::move(batch);
    return out;
}

/// A batch that could not be written: nothing of it happened.
void Site::lose(std::vector<Input>& batch, const Error& why, Outputs& out) {
    shared_key_.clear();  // What was shared is lost with it, and so is a brief.
    duty_shift_.clear();
    moving_.is_known = false;
    turning_->lose();
    LOG_ERROR("site.commit_failed", {{"why", why.message}});
    // What we believe that they were told was never sent. What an earlier batch began is under way all the same.
    for (const auto& attempt : out.tries) schedule_.forget(attempt.partner);
    out = Outputs{};
    fail_batch(batch, why, out);
    out.failed = !journal_->usable();
}

/// What the law erases is gone from the tables too before anybody is told that it is.
Result<void> Site::carry_out_erasures() {
    if (journal_->open_erasures().empty()) return {};
    book_->settle();
    // Any of them may hold what goes.
    TRY_DO(forget_answers(*folds_db_));
    return journal::finish_erasures(*book_, "site:" + options_.id.value);
}

void Site::finish_erasures(Outputs& out) {
    if (journal_->open_erasures().empty()) return;  // With every batch but a few.
    if (env_.buggify("erasure.log_is_in_use") || env_.clock.mono() < erasures_not_before_) return;
    const auto done = carry_out_erasures();
    // Somebody reads the folds' log: what is done again for it is not done again with every batch.
    if (!journal_->open_erasures().empty()) erasures_not_before_ = env_.clock.mono() + kErasuresAgainAfter;
    if (done) return;
    // The orders stand: the next batch, or the next start, carries them out.
    LOG_ERROR("site.erasure_failed", {{"why", done.error().message}});
    if (journal_->usable()) return;
    // A sync or the wipe itself failed: what of this batch is on disk nobody knows, and nobody is told anything.
    out = Outputs{};
    out.failed = true;
}

void Site::tidy(bool is_idle) {
    Steps steps(env_.clock.mono());
    if (const auto& open = book_->open();
        open && ((is_idle && !env_.buggify("site.folds_stay_open")) || open->entries >= kOpenEntriesMax ||
                 env_.clock.mono() - open->since >= kOpenFor)) {
        book_->settle();
    }
    steps.done(Step::folds, env_.clock.mono());
    journal_->tidy();
    steps.done(Step::release, env_.clock.mono());
    note_slow(steps, 0);  // Nobody waits for this answer, and the next batch waits for all of it.
}

/// Everybody waited that long: which step it was is for whoever looks after the machine.
void Site::note_slow(const Steps& steps, std::size_t inputs) {
    if (steps.all() < kSlowBatch) return;
    ++slow_batches_;
    const auto now = env_.clock.mono();
    if (slow_said_at_ && now - *slow_said_at_ < kSlowSaidEach) return;
    slow_said_at_ = now;
    LOG_WARN("store.slow_batch", {{"inputs", inputs}, {"entries", book_->appended().size()}, {"took", steps.text()}, {"so_far", slow_batches_}});
}

/// Nothing of this batch is on disk: each sender is told so in its own form, and nothing was acknowledged.
void Site::fail_batch(std::vector<Input>& batch, const Error& why, Outputs& out) {
    // What peers said in it is lost.
    out.links_begin_anew = true;
    for (const auto& partner : partners_->profiles) {
        if (partner->send) may_wait_.insert(partner->key);
    }
    spool_gap_ = true;
    if (auto made = federation::last_made(*folds_db_)) {
        last_checkpoint_ = *std::move(made);
        checkpoint_seq_ = last_checkpoint_ ? last_checkpoint_->seq : 0;
        checkpoint_wanted_ = true;
    }
    for (auto& input : batch) {
        if (auto* request = std::get_if<HttpInput>(&input)) {
            auto answer = read_again(*request).value_or(failure_response(request->request, why));
            out.replies.push_back([reply = std::move(request->reply), response = std::move(answer)] { reply(response); });
        } else if (auto* message = std::get_if<PartnerInput>(&input)) {
            out.replies.push_back([reply = std::move(message->reply), answer = partner_not_stored(message->profile)] {
                reply(answer);
            });
        } else if (auto* login = std::get_if<PasswordChecked>(&input)) {
            out.replies.push_back(
                [reply = std::move(login->reply), response = http::problem(why)] { reply(response); });
        } else if (auto* import = std::get_if<ImportDone>(&input); import != nullptr && import->job) {
            out.replies.push_back([job = import->job, response = failure_response(import->job->head, why)] { job->reply(response); });
        } else if (auto* copy = std::get_if<ImportCopy>(&input)) {
            out.again.emplace_back(*copy);  // It touches no record: it simply goes on.
        } else if (auto* slice = std::get_if<ReleaseSlice>(&input)) {
            stop_release(*slice->job, slice->released, why, out);
        } else if (auto* query = std::get_if<SessionQuery>(&input)) {
            if (begin_look()) {
                take(*query, out);
                book_->abort();
                continue;
            }
            out.replies.push_back([reply = std::move(query->reply)] { reply(std::nullopt, 0); });
        }
    }
}

void Site::take(Input& input, Outputs& out) {
    std::visit(
        [&](auto& value) {
            using Kind = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Kind, HttpInput> || std::is_same_v<Kind, PartnerInput> ||
                          std::is_same_v<Kind, OutboundDone> ||
                          std::is_same_v<Kind, PasswordChecked> ||
                          std::is_same_v<Kind, SessionQuery> || std::is_same_v<Kind, ListenerGone> || std::is_same_v<Kind, ImportCopy> ||
                          std::is_same_v<Kind, ImportDone> || std::is_same_v<Kind, ReleaseSlice>) {
                take(value, out);
            } else if constexpr (std::is_same_v<Kind, MediaUp>) {
                media_up_ = true;
                spool_gap_ = false;
                out.to_media.push_back(media_state());
            } else if constexpr (std::is_same_v<Kind, MediaDown>) {
                media_up_ = false;
                turning_->media_gone(out);
                publish_media(out);
                lose_own_cameras(out);
            } else if constexpr (std::is_same_v<Kind, MediaInput>) {
                on_media(value.message, out);
            } else if constexpr (std::is_same_v<Kind, BusUp>) {
                on_bus_up(value.peer, out);
            } else if constexpr (std::is_same_v<Kind, BusDown>) {
                on_bus_down(value.peer, out);
            } else if constexpr (std::is_same_v<Kind, BusInput>) {
                on_bus(value.peer, value.message, out);
            } else if constexpr (std::is_same_v<Kind, Tick>) {
                tick(out);
            } else {
                static_assert(std::is_same_v<Kind, Stop>);
                stop(out);
            }
        },
        input);
}

void Site::take(HttpInput& input, Outputs& out) {
    ++requests_total_;
    std::optional<http::Response> response;
    const auto done = attempt([&]() -> Result<void> {
        response = dispatch(*this, input, out);
        // An error answer undoes what its handler appended, unless the handler said that it must stay.
        if (response && response->status >= 400 && !keep_entries_) return fail(ErrorKind::invalid, "refused");
        return {};
    });
    keep_entries_ = false;
    static_cast<void>(done);  // The response says it all.
    if (!response) return;    // Answered later, by a worker.
    out.replies.push_back([reply = input.reply, response = *std::move(response)] { reply(response); });
}

void Site::take(PasswordChecked& input, Outputs& out) {
    std::optional<http::Response> response;
    const auto done = attempt([&]() -> Result<void> {
        response = finish_login(*this, input);
        return {};
    });
    if (!done) response = http::problem(done.error());
    out.replies.push_back([reply = input.reply, response = *std::move(response)] { reply(response); });
}

void Site::take(SessionQuery& input, Outputs& out) {
    auto session = accounts_->session_of(input.token);
    std::optional<identity::Session> found;
    // Who works at another site hears nothing of this one's work.
    if (session && (session->role == identity::Role::agency || grant::works_at(*session, options_.id))) found = *std::move(session);
    if (input.listener != 0 && found)
        listeners_[input.listener] = {*found, identity::host_of(input.remote)};
    else
        listeners_.erase(input.listener);
    out.replies.push_back([reply = input.reply, found = std::move(found), seq = journal_->committed_seq()] {
        reply(found, seq);
    });
}

void Site::take(ListenerGone& input, Outputs& /*out*/) { listeners_.erase(input.listener); }

/// What follows from an entry for the outside: media, districts.
void Site::react(const journal::Entry& entry, Outputs& out) {
    const auto text = [&](std::string_view field) { return text_field(entry.payload, field); };
    if (entry.kind == "grant.ended") {
        out.to_media.push_back(revoke_message(text("grant"), nullptr, text("reason")));
    } else if (entry.kind == "grant.changed") {
        const auto* removed = entry.payload.if_contains("removed");
        const auto* added = entry.payload.if_contains("added");
        if (removed != nullptr && removed->is_array() && !removed->get_array().empty()) {
            out.to_media.push_back(revoke_message(text("grant"), *removed, "the camera left the grant"));
        }
        // A revocation only ever adds: a camera that came back needs the full state.
        if (media_up_ && added != nullptr && added->is_array() && !added->get_array().empty())
            out.to_media.push_back(media_state());
    }
    if (entry.kind == "duty.clocked_in" || entry.kind == "duty.clocked_out") seats_changed_ = true;
    if (entry.kind.starts_with("grant.")) {
        order_relays({text("grant")}, entry.kind == "grant.issued", out);
    } else if (entry.kind == "relay.ended") {
        relays_changed_.insert({text("grant")});
    } else if (entry.kind.starts_with("view.") && is_centre()) {
        for (const auto& peer : peers_up_) send_outbox(peer, out);
    } else if (entry.kind == "incident.changed" || entry.kind == "incident.acted") {
        const auto to = incident::state_of(text("to"));
        if (to && !incident::is_open(*to)) checkpoint_wanted_ = true;
        if (to && !incident::is_open(*to)) Movement::forget(*this, {text("incident")});
    } else if (entry.kind == "incident.merged") {
        Movement::forget(*this, {text("other")});
    } else if (entry.kind == "cameras.chosen") {
        if (const auto chosen = incident::cameras(*folds_db_, {text("incident")})) Movement::note_chosen(*this, {text("incident")}, *chosen);
    }
}

}  // namespace bongsu::app
