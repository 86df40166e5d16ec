#pragma once
// One site's whole event river: values in, values out. No socket, no thread, no clock but the injected one.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/site/conditions.hpp"
#include "app/site/copy_state.hpp"
#include "app/site/journal_check.hpp"
#include "app/site/known_peers.hpp"
#include "app/site/moving.hpp"
#include "app/site/outputs.hpp"
#include "app/site/partners.hpp"
#include "app/site/reads.hpp"
#include "app/site/steps.hpp"
#include "app/sites.hpp"
#include "alarm/http.hpp"
#include "alarm/verbs.hpp"
#include "device/directory.hpp"
#include "device/http.hpp"
#include "drill/drill.hpp"
#include "duty/http.hpp"
#include "duty/watch.hpp"
#include "env/env.hpp"
#include "event/agreement.hpp"
#include "event/codec/decoded.hpp"
#include "event/dead_letter.hpp"
#include "event/device_seen.hpp"
#include "event/intake.hpp"
#include "event/profile.hpp"
#include "federation/contract.hpp"
#include "federation/held.hpp"
#include "federation/outbox.hpp"
#include "federation/relay.hpp"
#include "grant/grant.hpp"
#include "grant/purpose.hpp"
#include "identity/accounts.hpp"
#include "incident/http.hpp"
#include "incident/reports.hpp"
#include "incident/verbs.hpp"
#include "intake/rate.hpp"
#include "journal/book.hpp"
#include "journal/checkpoint.hpp"
#include "outbound/schedule.hpp"
#include "service/http.hpp"
#include "sop/verbs.hpp"
#include "sql/sql.hpp"
#include "ticket/ticket.hpp"

namespace bongsu::app {

/// duty.toml of a site's folder, else what the program brings along. Errors: invalid, naming the file and all that is wrong in it.
Result<duty::Rules> read_duty_rules(env::Disk& disk, const std::string& data, const SiteId& site);

struct SiteOptions {
    std::string data;  ///< DATA; this site's folder is DATA/<id>.
    SiteId id;
    City city;
    /// Folds and identity in memory (simulation) instead of fold.db and identity.db.
    bool in_memory = false;
    /// For folds and accounts instead of new ones in memory; both or neither, nobody else uses them meanwhile. Folds come
    /// as a site left them or empty.
    std::shared_ptr<sql::Db> folds_db = {}, identity_db = {};
    sql::Checkpoints checkpoints = sql::Checkpoints::by_writer;
    std::shared_ptr<const JournalCheck> check = {};  ///< For /ready and /metrics; nothing where nobody checks.
    std::shared_ptr<const CopyState> copy = {};  ///< Of a site with a copy in another database.
};

struct Route;
class Turning;

/// The site; README.md says which of its parts stands in which file.
///
/// Threads: one at a time (the store thread).
/// Errors:  a failed input is undone alone and answered; a failed commit fails every input of its batch.
class Site {
  public:
    static Result<std::unique_ptr<Site>> open(env::Env& env, SiteOptions options);
    ~Site();

    /// What comes out is durable, or `failed`.
    Outputs run(std::vector<Input> batch);
    /// run() but for its last wait: whoever releases the outputs calls make_durable() first, in the batches' order. The next
    /// batch may be written meanwhile.
    Outputs write(std::vector<Input> batch);
    /// When the outputs have left: what nobody waits for. `is_idle`: nobody waits at all.
    void tidy(bool is_idle = true);
    /// Whether a tidy() that is idle would commit folds.
    bool folds_are_open() const { return book_->open().has_value(); }

    bool is_centre() const { return options_.id == options_.city.centre; }
    const SiteInfo& here() const { return *options_.city.find(options_.id); }
    journal::Book& book() { return *book_; }
    device::Directory& directory() { return directory_; }
    identity::Accounts& accounts() { return *accounts_; }
    const SiteOptions& options() const { return options_; }
    /// From any thread.
    const KnownPeers& known_peers() const { return known_peers_; }
    void know_peer(std::string_view key, std::string_view peer) { known_peers_.know(key, peer); }
    /// Of DATA/<site>/partners.toml as it is in force. Threads: any.
    std::shared_ptr<const Partners> partners() const;
    /// An agency's system that sends CloudEvents with the API key of its agreement; nobody else. Threads: as run().
    std::optional<identity::Session> session_of_api_key(std::string_view api_key) const;
    /// Takes one message off what the agreement allows its sender. False: it has sent too many.
    bool may_send(const ProfilePtr& agreed, const AgencyId& agency, const http::Request& request);

    /// Looks that were answered and are not on record yet, as nothing can be written.
    std::size_t looks_owed() const { return reads_.owed().size(); }

    /// Lines for /metrics that others count; before the first run().
    void add_metrics(std::function<void(std::string&)> write) { more_metrics_ = std::move(write); }

    const duty::Rules& duty_rules() const { return duty_rules_; }
    /// For the route test: every route of this program.
    static const std::vector<Route>& routes();

  private:
    friend struct Handlers;
    friend struct Movement;
    friend class Turning;
    friend http::Response finish_login(Site& site, PasswordChecked& checked);
    Site(env::Env& env, SiteOptions options);

    // site.cpp
    Result<void> open_stores();
    Result<void> load_catalogues();
    Result<void> load_houses();
    Result<void> load_imports();
    Result<void> begin_record();
    void take(Input& input, Outputs& out);
    void take(HttpInput& input, Outputs& out);
    void take(PartnerInput& input, Outputs& out);
    void take(OutboundDone& input, Outputs& out);
    void take(PasswordChecked& input, Outputs& out);
    void take(SessionQuery& input, Outputs& out);
    void take(ListenerGone& input, Outputs& out);
    void take(ImportCopy& input, Outputs& out);
    void take(ImportDone& input, Outputs& out);
    void take(ReleaseSlice& input, Outputs& out);
    void lose(std::vector<Input>& batch, const Error& why, Outputs& out);
    void fail_batch(std::vector<Input>& batch, const Error& why, Outputs& out);
    Result<void> let_expire();
    Result<void> carry_out_erasures();
    void finish_erasures(Outputs& out);
    MonoTime erasures_not_before_{}, expiry_look_at_{};
    std::map<std::string, IncidentId> expired_up_to_;  ///< By service.
    void note_slow(const Steps& steps, std::size_t inputs);
    void react(const journal::Entry& entry, Outputs& out);
    /// Runs a verb so that its failure undoes what it appended and nothing else of the batch.
    Result<void> attempt(const std::function<Result<void>()>& verb);

    // intake.cpp
    Result<void> open_partners();
    void adopt(std::shared_ptr<const Partners> partners);

    // handlers_partners.cpp
    Result<void> record_partners();
    Result<event::AgreementChange> renew_partners(const std::string& actor, const std::string& why);
    void settle_partners(bool committed, Outputs& out);
    /// A session for whoever came with the API key of an agreement. Errors: not_found when it is none's; unauthenticated.
    Result<std::string> open_agreed_session(const event::scsns::Decoded& auth, std::string_view remote);
    /// Who stands behind a session key, by the accounts and by the agreements of now. Errors: unauthenticated.
    Result<identity::Partner> partner_of(std::string_view session_key);
    const event::Profile* find_partner(std::string_view key) const;
    std::string partner_not_stored(const std::string& profile) const;
    /// A raw message of the record decoded by the codecs and the agreement of today, in the name of who sent it.
    /// `interpreted`: as event::Wire. `aside`: the one rule of the agreement that is not asked.
    Result<std::string> agency_behind(const event::RawMessage& message);
    Result<event::SentUnder> sent_under(const event::KeptMessage& kept, const std::vector<std::string>& secrets);
    Result<event::Decoding> decode_kept(const event::KeptMessage& kept, event::scsns::Decoded* interpreted = nullptr,
                                        event::Rule aside = event::Rule::none);
    // handlers_dead.cpp
    /// As decode_kept, and its sender is asked what its session was asked when the message came.
    Result<event::Decoding> decode_again(const event::KeptMessage& kept, event::Rule aside = event::Rule::none);
    Result<event::Refusal> judge_sender(const event::RawMessage& message);
    /// What a dead letter says by the codecs and the agreement of today.
    struct Reread {
        event::Decoding decoding;
        event::Refusal refusal;                   ///< Not ok: nothing can follow from it.
        std::string despite;                      ///< The field whose rule was set aside.
        std::optional<event::Recorded> recorded;  ///< The event, on record with the batch.
        std::optional<IncidentId> incident;       ///< Once it is released.
    };
    /// `despite`: the field whose rule of the agreement a person sets aside, empty for none.
    Result<Reread> read_letter_again(std::uint64_t raw, const std::string& despite = {});
    Result<Reread> release_letter(std::uint64_t raw, const std::string& actor, const std::string& why, const std::string& despite = {});
    // release.cpp
    Result<void> release_next(ReleaseJob& job);
    Result<void> release_one(ReleaseJob& job, const event::DeadLetter& letter);
    Result<http::Response> finish_release(ReleaseJob& job);
    Result<void> record_told_of(const ReleaseJob& job);
    Result<void> may_go_on(const ReleaseJob& job);
    void stop_release(ReleaseJob& job, std::size_t released, const Error& why, Outputs& out);
    Result<event::Refusal> receive_message(const event::Profile& profile, const PartnerInput& input);
    std::optional<std::string> open_number(const std::string& sender, const std::string& device);
    event::Decoding decode_message(const event::Profile& profile, std::string_view bytes, WallTime received);
    Result<event::Refusal> keep_message(event::RawMessage raw, const std::vector<std::string>& secrets,
                                        const event::Refusal& framing, event::scsns::Decoded* interpreted = nullptr);

    // wearables.cpp
    Result<std::optional<event::DeviceSeen>> seen_of(const event::Profile& profile, std::string_view bytes);
    Result<bool> is_in_hand(const IncidentId& id);
    Result<void> see_device(const event::Profile& profile, std::string_view bytes);
    Result<void> keep_devices_seen();

    // river.cpp
    Result<std::optional<IncidentId>> receive(const event::Event& event, const event::Recorded& recorded, const CameraId& seen_on = {});
    /// A message of the sender's, 접수 (which is the approval of an ordinary case), or a person who asks for just that.
    enum class OpenedBy : std::uint8_t { event, receipt, person };
    Result<void> open_video(const IncidentId& incident, OpenedBy by);
    /// `only`: of this report alone, and the centre's; empty: of all.
    Result<void> open_video(const incident::Incident& incident, const std::vector<CameraId>& cameras, OpenedBy by, const EventId& only = {});
    struct GrantWish {
        const incident::Incident& incident;
        const std::vector<CameraId>& cameras;
        const std::vector<grant::Grant>& standing;
        OpenedBy by;
    };
    Result<void> issue_grant(const GrantWish& wish, const grant::Purpose& purpose, const EventId& event, const std::string& grade, const AgencyId& holder);
    Result<void> end_of_report(const IncidentId& incident, const EventId& event, std::string_view code);
    Result<void> after_join(const incident::Change& change);
    Result<void> follow(const IncidentId& incident, const std::vector<incident::ChosenCamera>& cameras);
    Result<void> after_act(const IncidentId& incident, std::string_view act, incident::State before,
                           const std::string& actor);
    Result<std::vector<incident::ChosenCamera>> choose_cameras(const event::Position& position, const CameraId& seen_on);
    Result<void> end_of_incident(const incident::Incident& incident);

    // outbound.cpp
    /// An incident came to another state by somebody of ours: its sender is told, if we have its address.
    Result<void> tell_sender(const incident::Incident& now, incident::State before, const std::string& actor);
    Result<void> tell_report(const incident::Incident& now, const incident::Report& report, const std::string& actor);
    const event::Profile* teller_of(const incident::Report& report);
    void begin_tries(Outputs& out);
    void end_try(const outbound::Done& done);

    // media_link.cpp
    void on_media(const boost::json::object& message, Outputs& out);
    boost::json::value relay_wish(const std::string& camera) const;
    boost::json::object media_state();
    boost::json::array media_relays();
    void tell_media_changes(Outputs& out);
    void send_media_cameras(Outputs& out);
    void take_camera_state(const boost::json::object& message, Outputs& out);
    void lose_own_cameras(Outputs& out);
    void answer_ticket_wanted(const boost::json::object& message, Outputs& out);
    Result<ticket::Claims> claims_for_relay(const CameraId& camera, int height);

    // bus_link.cpp
    void on_bus_up(const SiteId& peer, Outputs& out);
    void on_bus_down(const SiteId& peer, Outputs& out);
    void on_bus(const SiteId& peer, const boost::json::object& message, Outputs& out);
    Result<void> from_district(const SiteId& peer, const std::string& kind, const boost::json::object& message, Outputs& out);
    Result<void> from_centre(const SiteId& peer, const std::string& kind, const boost::json::object& message, Outputs& out);
    Result<void> take_catalogue(const SiteId& peer, const boost::json::object& message, Outputs& out);
    Result<void> take_refusal(const SiteId& peer, const boost::json::object& message);
    Result<void> hold_checkpoint(const boost::json::object& message, Outputs& out);
    std::vector<SiteId> further_holders(const SiteId& owner) const;
    void send_checkpoints(const SiteId& peer, Outputs& out);
    void order_relays(const GrantId& grant, bool issued_now, Outputs& out);
    void send_outbox(const SiteId& peer, Outputs& out);
    void send_relay_orders(const SiteId& peer, Outputs& out);
    boost::json::object camera_message(const device::Camera& camera) const;

    void send_catalogue(const SiteId& peer, Outputs& out);

    // imports.cpp
    Result<void> begin_import(ImportJob& job);
    Result<void> record_import_again(const ImportJob& job, const http::Response& answer);
    Result<http::Response> finish_import(ImportJob& job);
    void adopt(device::Directory directory, const SiteId& site, Outputs& out);
    void settle_directory(bool committed, Outputs& out);

    // publish.cpp
    /// Incident -> its agencies. The folds stand still while a batch is published: each incident is read and
    /// told once.
    using ToldIncidents = std::map<std::string, std::set<std::string>>;
    void publish(const journal::Entry& entry, ToldIncidents& told, Outputs& out);
    void publish_all(const journal::Entry& entry, ToldIncidents& told, Outputs& out);
    void publish_erased(const journal::Entry& entry, ToldIncidents& told, Outputs& out);
    std::set<std::string> agencies_of(const IncidentId& incident);
    std::set<std::string> tell_incident(std::uint64_t seq, const std::string& incident, ToldIncidents& told, Outputs& out);
    void publish_incident(std::uint64_t seq, const IncidentId& incident, const std::set<std::string>& agencies, Outputs& out);
    void publish_choice(const journal::Entry& entry, const std::string& incident, const std::set<std::string>& agencies,
                        Outputs& out);
    void publish_media(Outputs& out);
    void publish_camera(const CameraId& camera, Outputs& out);
    void publish_site(const SiteId& site, Outputs& out);
    std::vector<device::SiteInfo> site_infos() const;

    // duty.cpp
    void sit_at_login(const identity::Session& session);
    Result<void> leave_at_logout(const UserId& user);
    Result<void> watch_duty(Outputs& out);
    void publish_duty(std::uint64_t seq, Outputs& out);
    Result<boost::json::array> off_duty() const;
    void tell_off_duty(Outputs& out);
    /// Errors: forbidden `not_on_duty`, at the centre, for one of its people who sits at no seat.
    Result<void> check_on_duty(const identity::Session& session);
    duty::Office duty_office();
    void share_where_needed();

    // watching.cpp
    Result<GrantId> duty_grant(const duty::Stay& stay, const duty::Assigned* before, const std::vector<CameraId>& cameras);
    Result<std::string> sharing_key();
    Result<void> share_cameras();
    duty::Watch duty_watch();

    // logbook.cpp
    Result<std::vector<duty::BriefItem>> brief_items(const duty::Shift& shift);
    Result<void> leave_brief();
    duty::WordsOf words_of_brief(const std::string& shift, const identity::Session& reader);

    // findings.cpp
    Result<IncidentId> open_found(const duty::Stay& stay, const identity::Session& session, const duty::FindingInput& finding, const std::string& remote);
    Result<void> check_shown(const identity::Session& session, const CameraId& camera);

    // alarms.cpp
    Result<void> load_alarms();
    Result<void> find_missing_people(Conditions& found);
    void find_silent_links(Conditions& found);
    Result<void> watch_alarms();
    alarm::Panel alarm_panel();

    // attending.cpp
    Result<void> escalate_unreceived(std::int64_t level, int times);
    Result<void> find_unreceived(Conditions& found);
    Result<void> find_without_owner(Conditions& found);
    Result<void> find_silent_agencies(Conditions& found);
    Result<void> find_holds_due(Conditions& found);

    // procedures.cpp
    Result<void> load_sops();
    Result<void> publish_sops();
    Result<void> begin_procedure(const incident::Incident& incident, const std::string& actor);
    Result<void> take_step_of(const IncidentId& incident, std::string_view act, const std::string& actor);
    Result<void> take_step(const identity::Session& session, const IncidentId& incident, const sop::StepAct& step);
    Result<void> check_gate(const IncidentId& incident, const http::Request& request);
    Result<void> hold_video(const incident::Incident& incident, const std::string& actor);

    // services.cpp
    void adopt_services(service::Services services);
    Result<void> load_services();
    Result<service::Change> renew_services(const std::string& actor, const std::string& why);
    void settle_services(bool committed);
    Result<bool> judge_report(const event::Event& event, const EventId& id, const IncidentId& incident);
    Result<void> follow_code(const incident::Incident& now, const EventId& event);
    enum class Opening : std::uint8_t { by_itself, asked, refused };
    Result<Opening> opening_of_report(const EventId& event, const grant::Purpose& purpose, const std::string& grade);
    const grant::Purpose* own_purpose(const std::string& type) const;
    std::set<identity::Role> desk_of(const std::string& type) const;
    Result<void> may_see(const identity::Session& session, const IncidentId& incident);
    Result<void> may_be_handed(const IncidentId& incident, const http::Request& request);
    Result<void> note_result(const IncidentId& incident, const std::string& act, const http::Request& request, const std::string& actor);
    service::Office service_office();

    // cases.cpp
    Result<void> load_joining();
    struct Merged {
        incident::Incident incident;  ///< As it was.
        std::set<EventId> events;
    };
    Result<void> choose_again(const incident::Incident& incident);
    Result<Merged> to_merge(const IncidentId& incident);
    Result<void> after_merge(const incident::Incident& before, const Merged& other, const std::string& actor);
    Result<void> after_split(const IncidentId& from, const incident::Incident& made, const std::string& actor);

    // drills.cpp
    Result<std::vector<drill::Step>> steps_of(const IncidentId& recorded);
    /// A CloudEvents message of our own; `agency` is in whose name, `seen_on` the camera it was found on, if any.
    struct Told {
        std::string agency;
        std::string remote;
        std::string text;
        CameraId seen_on;
    };
    Result<std::optional<IncidentId>> tell_ourselves(const Told& told);
    Result<IncidentId> tell_drill(const drill::Due& due);
    Result<IncidentId> tell_drill(const std::string& message);
    Result<void> cancel_drill(const drill::Drill& drill);
    Result<void> run_drills();

    // copy_watch.cpp
    Result<void> watch_copy();

    // record_reads.cpp
    Result<void> record_look(const Route& route, const Reader& reader, const Look& look);
    bool is_emergency(const std::vector<std::string>& subjects);
    void record_told(Outputs& out);
    /// After each commit: whether the record can be written.
    void note_commit(const Result<void>& committed, bool wrote);
    void settle_owed();
    bool begin_look();
    std::optional<http::Response> read_again(HttpInput& input);

    // duties.cpp
    void tick(Outputs& out);
    void stop(Outputs& out);
    Result<void> checkpoint(Outputs& out);
    bool checkpoint_due();

    env::Env& env_;
    SiteOptions options_;
    std::unique_ptr<journal::Journal> journal_;
    std::shared_ptr<sql::Db> folds_db_, identity_db_;
    std::unique_ptr<journal::Book> book_;
    std::unique_ptr<identity::Accounts> accounts_;
    KnownPeers known_peers_;
    mutable std::mutex partners_lock_;  ///< Around the pointer alone: only the store thread changes it.
    std::shared_ptr<const Partners> partners_ = std::make_shared<const Partners>();
    std::shared_ptr<const Partners> partners_coming_;  ///< Until the batch that put them in force is durable.
    /// Of an agency over HTTP. Emergencies have an allowance of their own, as large: what else was sent takes nothing from it.
    struct Allowance {
        ProfilePtr under;
        intake::RateBucket ordinary, urgent;
    };
    std::map<std::string, Allowance> allowances_;  ///< By profile and agency, as long as the profile is agreed.
    outbound::Schedule schedule_;
    struct Seen {
        IncidentId incident;
        MonoTime kept_at{};
        std::optional<event::DeviceSeen> newest;  ///< Since then, not yet on record.
    };
    std::map<std::string, Seen> devices_seen_;  ///< By sender and device: of incidents in hand alone.
    std::set<std::string> may_wait_;  ///< Partners whose outbox may hold something: the others are not asked about.
    std::weak_ptr<ReleaseJob> releasing_;  ///< The one release in bulk that is under way.
    std::function<void(std::string&)> more_metrics_;
    grant::Purposes purposes_;  ///< Declarations: data, not code.
    duty::Rules duty_rules_ = duty::Rules::defaults();
    MonoTime duty_look_at_{}, alarms_look_at_{};
    alarm::Rules alarm_rules_ = alarm::Rules::defaults();
    sop::Sops own_sops_ = sop::Sops::defaults();  ///< Of sops.toml.
    sop::Sops sops_ = sop::Sops::defaults();      ///< Those, and the services'.
    service::Services services_;
    std::optional<service::Services> services_coming_;  ///< Until the batch that put them in force is durable.
    event::TypeNames type_names_;                       ///< That they give.
    incident::Joining joining_ = incident::Joining::defaults();
    std::map<UserId, MonoTime> owner_away_since_;  ///< Who has an open incident in hand and sits nowhere.
    std::map<SiteId, MonoTime> silent_since_;
    bool seats_changed_ = false;  ///< Media is told once a batch.
    bool share_wanted_ = true;  ///< At a start, after a lost batch, and each second: the directory may be another.
    std::string shared_key_;  ///< For which the cameras were shared last; empty: share them.
    std::string duty_shift_;  ///< That ran when it was looked at last.
    device::Directory directory_;
    coverage::Occluders houses_;  ///< Of houses.geojsonl; none where nobody gave a map.
    Moving moving_;
    std::uint64_t directory_version_ = 0;  ///< Grows when cameras come or go, not with their states.
    std::shared_ptr<device::Directory> directory_before_;  ///< Until the batch that changed it is durable.
    /// Ours that are connected: few among the directory's hundreds of thousands, and asked for at each grant.
    std::vector<CameraId> own_cameras_;
    SiteKey ticket_key_, checkpoint_key_;
    std::optional<federation::Contract> contract_;  ///< A district's.

    bool media_up_ = false;
    /// What media told was lost: an acknowledgement of anything later would count for it, so that the spool waits for the
    /// next connection, which tells it again.
    bool spool_gap_ = false;
    boost::json::object media_stats_;
    std::map<std::string, bool> relays_sent_;  ///< Other sites' cameras that media was last told to pull, and whether before anybody watches.
    std::set<SiteId> peers_up_;
    std::map<SiteId, std::uint64_t> outbox_sent_;      ///< Sent, not yet acknowledged.
    std::map<SiteId, std::string> catalogues_coming_;  ///< Parts of a catalogue under way.
    struct Catalogue {
        std::string digest;  ///< Hex SHA-256 of its lines.
        std::size_t cameras = 0;
    };
    /// What each district told last: a link that came back with the same list costs no new index of all cameras.
    std::map<SiteId, Catalogue> catalogues_known_;
    /// Camera -> the grants under which its district said yes: thousands of grants may share a few cameras.
    std::map<std::string, std::set<std::string>> relays_permitted_;
    /// Media is told of these once a batch, however many orders came.
    std::set<GrantId> relays_changed_;
    std::set<std::string> relays_touched_;  ///< Cameras whose relays came or went.
    std::optional<journal::Checkpoint> last_checkpoint_;
    /// At the centre: the newest of each district, as it came, for the sites that are to hold it and were not there.
    std::map<SiteId, boost::json::object> checkpoints_known_;
    MonoTime checkpoint_at_{};
    std::uint64_t checkpoint_seq_ = 0;
    std::uint64_t idle_entries_ =
        0;  ///< Entries that by themselves call for no checkpoint: those of other sites.
    bool checkpoint_wanted_ = false;  ///< An incident ended.
    bool keep_entries_ = false;       ///< The handler's entries stay although its answer is an error.
    std::unique_ptr<Turning> turning_;
    Reads reads_;
    std::map<std::uint64_t, Reader> listeners_;  ///< Of the live stream, by client.
    /// Since when a batch could not be kept; until then every look that was owed is on record again.
    std::optional<WallTime> failing_since_;
    bool writes_again_ = false;          ///< The last batch that wrote something was kept.
    MonoTime settle_at_{};               ///< When to try again.
    Reads::Counts counts_at_failing_{};
    std::optional<MonoTime> slow_said_at_;
    std::uint64_t slow_batches_ = 0, requests_total_ = 0, unauthenticated_messages_ = 0, messages_over_rate_ = 0, partner_logins_ = 0,
                  telemetry_total_ = 0, devices_not_kept_ = 0, spool_items_refused_ = 0;
};

}  // namespace bongsu::app
