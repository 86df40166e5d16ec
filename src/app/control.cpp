#include "app/control.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <atomic>
#include <cstdlib>

#include "app/copy_thread.hpp"
#include "app/deep_check.hpp"
#include "app/openapi.hpp"
#include "app/partners.hpp"
#include "app/site/import_job.hpp"
#include "app/site/routes.hpp"
#include "app/static_files.hpp"
#include "app/store_settings.hpp"
#include "app/store_thread.hpp"
#include "app/stream_hub.hpp"
#include "base/log.hpp"
#include "bus/local.hpp"
#include "env/posix.hpp"
#include "http/origin.hpp"
#include "http/server.hpp"
#include "identity/password.hpp"
#include "intake/listener.hpp"
#include "outbound/sender.hpp"

namespace bongsu::app {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kTick = 200ms;
constexpr unsigned kTicksEachCheckpoint = 5;
constexpr auto kStopLinger = 400ms;
constexpr std::size_t kImportsMax = 4;  ///< Read or waiting for it, each with its file; one more is refused.
constexpr std::string_view kStarting = "the site is starting: try again in a second";
constexpr std::size_t kPasswordsMax = 64;  ///< Waiting for a worker; one more is told to come again.

/// Wires the site to its sockets. Everything but the site and the password workers lives on the loop's
/// thread.
class Control {
  public:
    /// `database`: of the site's copy, if it has one.
    Control(City city, StaticFiles files, const ControlOptions& options, std::optional<sql::PostgresOptions> database)
        : city_(std::move(city)),
          database_(std::move(database)),
          files_(std::move(files)),
          options_(options),
          hub_(loop_, city_.find(options.site)->agency,
               [this](SessionQuery query) { store_->post(std::move(query)); },
               [this](ListenerGone gone) { store_->post(gone); }),
          tick_(loop_),
          linger_(loop_),
          signals_(loop_, SIGTERM, SIGINT) {}

    Result<int> run() {
        for (const auto& partner : options_.partners) partner_counters_[partner.key];  // Before a thread reads them.
        TRY(server_, http::Server::start(loop_, options_.http_fd, handlers()));
        signals_.async_wait([this](boost::system::error_code code, int) {
            if (!code) stop();
        });
        LOG_INFO("control.listening", {{"site", options_.site.value}});
        // Beside the loop: who comes meanwhile is told to come again, and is not left waiting.
        std::thread opener([this] {
            auto site = Site::open(env::process_env(), {.data = options_.data,
                                                        .id = options_.site,
                                                        .city = city_,
                                                        .in_memory = false,
                                                        .checkpoints = sql::Checkpoints::elsewhere,
                                                        .check = check_,
                                                        .copy = copy_state_});
            asio::post(loop_, [this, opened = std::make_shared<decltype(site)>(std::move(site))] {
                auto begun = *opened ? begin(std::move(**opened)) : Result<void>(tl::unexpected(opened->error()));
                if (begun) return;
                failed_ = std::move(begun).error();
                loop_.stop();
            });
        });
        loop_.run();
        opener.join();
        if (failed_) return tl::unexpected(*std::move(failed_));
        return exit_code_;
    }

  private:
    /// The site is open: from here on its messages are taken.
    Result<void> begin(std::unique_ptr<Site> site) {
        site_ = std::move(site);
        const auto& journal = site_->book().journal();
        deep_check_ = std::make_unique<DeepCheckThread>(
            journal.folder(), journal::Place{journal.last_seq(), journal.last_digest(), {}}, check_);
        TRY(checkpointer_,
            sql::Checkpointer::open(site_folder(options_.data, options_.site) + "/fold.db"));
        follow_in_database();
        site_->add_metrics([this](std::string& text) { write_metrics(text); });
        store_ = std::make_unique<StoreThread>(*site_, [this](Outputs out) { release(std::move(out)); });
        TRY_DO(open_links());
        TRY_DO(open_partners());
        sender_.emplace(loop_, env::process_env().clock,
                        [this](outbound::Done done) { store_->post(OutboundDone{std::move(done)}); });
        tick();
        LOG_INFO("control.open", {{"site", options_.site.value}});
        return {};
    }

    void follow_in_database() {
        if (!database_) return;
        auto& env = env::process_env();
        copy_state_->committed = site_->book().journal().committed_seq();
        copy_state_->level_at_us = to_us(env.clock.wall());
        copy_ = std::make_unique<CopyThread>(
            env, CopyOptions{site_folder(options_.data, options_.site) + "/journal", options_.site, *database_}, copy_state_);
    }

    http::Handlers handlers() {
        return {.request = [this](http::Request request,
                                  http::Reply reply) { take(std::move(request), std::move(reply)); },
                .upgrade = [this](const http::Request& request,
                                  std::shared_ptr<http::Socket> socket) -> Result<http::SocketEvents> {
                    if (request.path != "/api/v1/stream")
                        return fail(ErrorKind::not_found, "there is no WebSocket at " + request.path);
                    if (http::is_foreign(request)) return fail(ErrorKind::forbidden, "this origin is no desk of ours");
                    if (!store_) return fail(ErrorKind::unavailable, std::string(kStarting));
                    return hub_.attach(std::move(socket), request.remote);
                },
                .file_bytes_max = [](const http::Request& head) -> std::size_t {
                    // A file is taken from somebody only who seems to be logged in: who it is, is asked later.
                    const bool is_import = head.method == "POST" && head.path == "/api/v1/cameras/imports";
                    return is_import && !head.bearer().empty() ? imports::kFileBytesMax : 0;
                },
                .is_known = [this](const http::Request& head) { return store_ && !site_->known_peers().peer_of(head.bearer()).empty(); },
                .too_large = [this](const http::Request& head, http::Response& answer) {
                    ++too_large_;
                    say_too_large(head, answer);
                }};
    }

    Result<void> open_links() {
        const auto folder = site_folder(options_.data, options_.site) + "/spool";
        TRY_DO(env::process_env().disk.make_folders(folder));
        TRY(media_listener_, bus::Listener::listen(loop_, media_socket(options_.data, options_.site),
                                                   [this](std::shared_ptr<bus::Peer> peer) {
                                                       return media_events(std::move(peer));
                                                   }));
        const auto& centre = city_.centre;
        if (site_->is_centre()) {
            TRY(bus_listener_, bus::Listener::listen(loop_, bus_socket(options_.data, centre),
                                                     [this](std::shared_ptr<bus::Peer> peer) {
                                                         return district_events(std::move(peer));
                                                     }));
        } else {
            bus_dialer_ = bus::Dialer::dial(
                loop_, bus_socket(options_.data, centre), [this, centre](std::shared_ptr<bus::Peer> peer) {
                    peer->send({{"t", "identify"}, {"site", options_.site.value}});
                    return site_events(centre, std::move(peer));
                });
        }
        return {};
    }

    Result<void> open_partners() {
        const auto partners = site_->partners();
        for (const auto& [key, fd] : options_.partners) {
            const auto profile = partners->find(key);
            if (!profile || !profile->listen) continue;
            TRY(auto port, intake::Listener::start(loop_, env::process_env().clock, fd, profile, partner_counters_[key],
                                                   [this](intake::Arrival arrival) { return take(std::move(arrival)); }));
            partner_ports_[key] = std::move(port);
        }
        return {};
    }

    /// The ports stay: which there are, a start alone can change.
    void renew_partners() {
        const auto partners = site_->partners();
        for (const auto& [key, port] : partner_ports_) {
            const auto profile = partners->find(key);
            if (!profile || !profile->listen) continue;
            if (const auto done = port->update(profile); !done)
                LOG_ERROR("control.partner_not_renewed", {{"partner", key}, {"why", done.error().message}});
        }
    }

    /// On the store thread: counters only.
    void write_metrics(std::string& text) const {
        const auto lanes = store_->counts();
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            const auto label = std::string("{lane=\"") + kLaneNames.at(i) + "\"} ";
            text += "bongsu_store_waiting" + label + std::to_string(lanes.at(i).waiting) + "\n";
            text += "bongsu_store_served_total" + label + std::to_string(lanes.at(i).served) + "\n";
            text += "bongsu_store_refused_total" + label + std::to_string(lanes.at(i).refused) + "\n";
        }
        text += "bongsu_http_given_up_total " + std::to_string(given_up_.load()) + "\n";
        text += "bongsu_http_too_large_total " + std::to_string(too_large_.load()) + "\n";
        for (const auto& [key, counters] : partner_counters_) write_counters(key, counters, text);
    }

    bool take(intake::Arrival arrival) {
        return store_->post(PartnerInput{.profile = std::move(arrival.profile),
                                         .remote = std::move(arrival.remote),
                                         .bytes = std::move(arrival.bytes),
                                         .framing = std::move(arrival.framing),
                                         .reply = std::move(arrival.answer)});
    }

    void take(http::Request request, http::Reply reply) {
        const bool reads = request.method == "GET";
        if (request.path == "/health" && reads)
            return reply(http::json_response(200, boost::json::object{{"alive", true}}));
        if (request.path == "/api/v1/stream") {
            if (!reads) return reply(http::not_allowed(request.path, "GET"));
            auto response = http::problem(426, "upgrade_required", "Upgrade required",
                                          "this path is a WebSocket: ask for Upgrade: websocket");
            response.headers["Upgrade"] = "websocket";
            return reply(std::move(response));
        }
        const bool is_api = request.path.starts_with("/api/v1/") || request.path.starts_with("/linkHttp/") ||
                            request.path == "/api/getAuth.json" || request.path == "/api/reqEvent.json" ||
                            request.path == "/ready" || request.path == "/metrics";
        if (!is_api) {
            if (reads) return reply(files_.get(request));
            if (request.path != "/health" && !files_.has(request.path))
                return reply(
                    http::problem(Error{ErrorKind::not_found, "there is no " + request.path, Where::here()}));
            return reply(http::not_allowed(request.path, "GET, HEAD"));
        }
        if (!store_) return reply(starting(request));
        Input input = HttpInput{std::move(request), std::move(reply)};
        if (store_->post(std::move(input))) return;
        const auto& refused = std::get<HttpInput>(input);  // What is not taken is still ours.
        refused.reply(failure_response(refused.request, Error{ErrorKind::unavailable, "too many requests are waiting", Where::here()}));
    }

    /// Partners hear it in their own form: they send it again.
    http::Response starting(const http::Request& request) const {
        if (request.path == "/ready") {
            using boost::json::object;
            auto response = http::json_response(503, object{{"ready", false},
                                                            {"starting", true},
                                                            {"site", options_.site.value},
                                                            {"version", BONGSU_VERSION},
                                                            {"journal", object{{"seq", 0}, {"check", "none"}, {"looksOwed", 0}}},
                                                            {"media", false},
                                                            {"links", object{}},
                                                            {"sandbox", boost::json::array{}}});
            response.headers["Retry-After"] = "1";
            return response;
        }
        return failure_response(request, Error{ErrorKind::unavailable, std::string(kStarting), Where::here()});
    }

    bus::PeerEvents media_events(std::shared_ptr<bus::Peer> peer) {
        if (media_) media_->close();  // A new media process: the old connection is dead or dying.
        media_ = peer;
        store_->post(MediaUp{});
        return {
            .message = [this](boost::json::object message) { store_->post(MediaInput{std::move(message)}); },
            .closed =
                [this, gone = peer.get()] {  // By its address: a connection must not hold itself.
                    if (media_.get() != gone) return;
                    media_.reset();
                    store_->post(MediaDown{});
                }};
    }

    /// A district says first who it is; only joined sites of the city are let in.
    bus::PeerEvents district_events(std::shared_ptr<bus::Peer> peer) {
        auto who = std::make_shared<SiteId>();
        return {.message =
                    [this, weak = std::weak_ptr(peer), who](boost::json::object message) {
                        if (!who->value.empty())
                            return static_cast<void>(store_->post(BusInput{*who, std::move(message)}));
                        if (auto alive = weak.lock()) *who = identify(std::move(alive), message);
                    },
                .closed =
                    [this, gone = peer.get(), who] {
                        const auto found = peers_.find(*who);
                        if (found == peers_.end() || found->second.get() != gone) return;
                        peers_.erase(found);
                        store_->post(BusDown{*who});
                    }};
    }

    /// The site that a connection speaks for from now on; none when it is closed instead.
    SiteId identify(std::shared_ptr<bus::Peer> peer, const boost::json::object& message) {
        const auto* site = message.if_contains("site");
        const SiteId id{site != nullptr && site->is_string() ? std::string(site->get_string())
                                                             : std::string()};
        const auto* info = city_.find(id);
        if (info == nullptr || !info->joined || id == options_.site) {
            peer->close();
            return {};
        }
        if (auto old = peers_.find(id); old != peers_.end()) old->second->close();
        peers_[id] = std::move(peer);
        store_->post(BusUp{id});
        return id;
    }

    bus::PeerEvents site_events(const SiteId& id, std::shared_ptr<bus::Peer> peer) {
        peers_[id] = peer;
        store_->post(BusUp{id});
        return {.message =
                    [this, id](boost::json::object message) {
                        store_->post(BusInput{id, std::move(message)});
                    },
                .closed =
                    [this, id, gone = peer.get()] {
                        const auto found = peers_.find(id);
                        if (found == peers_.end() || found->second.get() != gone) return;
                        peers_.erase(found);
                        store_->post(BusDown{id});
                    }};
    }

    /// On the store's releasing thread: what the batch released goes to the loop in one piece, so that its order stays.
    void release(Outputs out) {
        // A batch of many inputs is one that others waited behind.
        if (copy_ && out.committed_seq > 0)
            copy_->committed(out.committed_seq, out.inputs.size() >= StoreThread::kBatchMax / 8);
        auto shared = std::make_shared<Outputs>(std::move(out));
        asio::post(loop_, [this, shared] {
            for (const auto& message : shared->to_media) {
                if (media_) media_->send(message);
            }
            for (const auto& [site, message] : shared->to_bus) {
                if (const auto peer = peers_.find(site); peer != peers_.end()) peer->second->send(message);
            }
            for (const auto& reply : shared->replies) reply();
            if (shared->partners_changed) renew_partners();
            for (auto& attempt : shared->tries) send(std::move(attempt));
            for (const auto& change : shared->published) hub_.publish(change);
            for (const auto& token : shared->ended_tokens) hub_.end(token);
            for (auto& check : shared->password_checks) check_password(std::move(check));
            for (auto& slice : shared->again) store_->post(std::move(slice));
            for (auto& job : shared->imports) read_import(std::move(job));
            if (!shared->spent_imports.empty() || !shared->spent_directories.empty())
                asio::post(importer_, [imports = std::move(shared->spent_imports),
                                       directories = std::move(shared->spent_directories)] {});
            if (shared->links_begin_anew) {
                if (media_) media_->close();
                for (const auto& [site, peer] : peers_) peer->close();
            }
            if (shared->failed) {
                LOG_ERROR("control.journal_unusable", {{"site", options_.site.value}});
                exit_code_ = 3;
                loop_.stop();
            }
        });
    }

    void send(outbound::Try attempt) {
        auto profile = site_->partners()->find(attempt.partner);
        if (!sender_) return;
        if (profile && profile->send) return sender_->send(std::move(profile), std::move(attempt));
        store_->post(OutboundDone{{attempt.id, attempt.partner, {outbound::Verdict::again, "this partner is told no more"}}});
    }

    void check_password(PasswordCheck check) {
        if (passwords_ >= kPasswordsMax) {
            return check.reply(
                http::problem(Error{ErrorKind::exhausted, "too many logins at once", Where::here()}));
        }
        ++passwords_;
        asio::post(workers_, [this, check = std::move(check)]() mutable {
            const bool right = identity::verify(check.candidate.encoded, check.password);
            store_->post(PasswordChecked{std::move(check.candidate), right, std::move(check.remote),
                                         std::move(check.reply)});
            asio::post(loop_, [this] { --passwords_; });
        });
    }

    void read_import(std::shared_ptr<ImportJob> job) {
        if (imports_ >= kImportsMax) {
            return job->reply(http::problem(Error{
                ErrorKind::unavailable, "other files are being read: try again in a minute", Where::here()}));
        }
        ++imports_;
        asio::post(importer_, [this, job = std::move(job)]() mutable {
            run_import(env::process_env().disk, *job);
            store_->post(ImportDone{std::move(job)});
            asio::post(loop_, [this] { --imports_; });
        });
    }

    void tick() {
        if (server_) given_up_ = server_->given_up();
        tick_.expires_after(kTick);
        tick_.async_wait([this](boost::system::error_code code) {
            if (code) return;
            if (store_->waiting() < 16) {  // A busy store is not hurried further.
                store_->post(Tick{});
                hub_.recheck();
            }
            if (++ticks_ % kTicksEachCheckpoint == 0) checkpoint_folds();
            tick();
        });
    }

    /// The folds' log goes into their database beside the store thread: in a commit it would cost a message 30 ms.
    void checkpoint_folds() {
        if (std::exchange(checkpointing_, true)) return;
        asio::post(disk_, [this] {
            if (const auto done = checkpointer_->run(); !done) {
                LOG_ERROR("control.checkpoint_failed", {{"why", done.error().message}});
            }
            asio::post(loop_, [this] { checkpointing_ = false; });
        });
    }

    /// A clean end: nobody new, the checkpoint made and handed to the peers, then out.
    void stop() {
        LOG_INFO("control.stopping", {{"site", options_.site.value}});
        // A start that is not done has told nobody anything; journal and folds take a death at any point.
        if (!store_) std::_Exit(0);
        server_.reset();
        partner_ports_.clear();
        sender_.reset();
        tick_.cancel();
        store_->post(Stop{});
        // The other sites stop at the same moment: their last checkpoints become entries here before our
        // journal closes.
        linger_.expires_after(kStopLinger);
        linger_.async_wait([this](boost::system::error_code) {
            std::thread([this] {
                store_->stop();
                if (copy_) copy_->stop();
                workers_.join();
                disk_.join();
                importer_.join();
                asio::post(loop_, [this] {
                    linger_.expires_after(100ms);  // For the last messages to leave.
                    linger_.async_wait([this](boost::system::error_code) { loop_.stop(); });
                });
            }).detach();
        });
    }

    asio::io_context loop_{1};
    City city_;
    std::optional<sql::PostgresOptions> database_;
    std::shared_ptr<CopyState> copy_state_ = database_ ? std::make_shared<CopyState>() : nullptr;
    std::unique_ptr<Site> site_;  // Null until it is open; used by the store thread alone from then on.
    std::unique_ptr<CopyThread> copy_;  // Outlives the store thread, which tells it of each batch.
    std::shared_ptr<JournalCheck> check_ = std::make_shared<JournalCheck>();
    StaticFiles files_;
    ControlOptions options_;
    StreamHub hub_;
    asio::steady_timer tick_, linger_;
    asio::signal_set signals_;
    std::unique_ptr<sql::Checkpointer> checkpointer_;  // Used on disk_ alone, which ends before it goes.
    asio::thread_pool workers_{2}, disk_{1};
    asio::thread_pool importer_{1};  // One file at a time: two would want twice the memory.
    std::unique_ptr<http::Server> server_;
    std::atomic<std::uint64_t> given_up_{0};  ///< What the server said at the last tick: it goes before the store thread.
    std::atomic<std::uint64_t> too_large_{0};  ///< Bodies that were not read.
    std::unique_ptr<bus::Listener> media_listener_, bus_listener_;
    std::unique_ptr<bus::Dialer> bus_dialer_;
    std::shared_ptr<bus::Peer> media_;
    std::map<SiteId, std::shared_ptr<bus::Peer>> peers_;
    std::map<std::string, intake::Counters> partner_counters_;  // Its nodes stay where they are.
    std::map<std::string, std::unique_ptr<intake::Listener>> partner_ports_;  ///< By partner.
    std::optional<outbound::Sender> sender_;
    std::unique_ptr<StoreThread> store_;  // Ends before everything that its outputs touch.
    std::size_t passwords_ = 0, imports_ = 0;
    unsigned ticks_ = 0;
    bool checkpointing_ = false;
    int exit_code_ = 0;
    std::optional<Error> failed_;  // What kept the site from opening.
    std::unique_ptr<DeepCheckThread> deep_check_;
};

}  // namespace

Result<int> run_control(const ControlOptions& options) {
    auto& env = env::process_env();
    TRY(auto city, load_city(env.disk, options.data));
    std::vector<std::string> origins;
    for (const auto* host : {"http://127.0.0.1:", "ws://127.0.0.1:", "http://localhost:", "ws://localhost:"}) {
        origins.push_back(host + std::to_string(city.centre_info().media));
    }
    TRY(auto files, StaticFiles::load(options.console, origins));
    if (env.disk.exists(options.data + "/city/base.json")) {
        TRY(auto map, env.disk.read(options.data + "/city/base.json"));
        files.add("/map/base.json", "application/json", std::move(map));
    }
    files.add("/api/openapi.json", "application/json", std::string(openapi_document()));
    if (city.find(options.site) == nullptr)
        return fail(ErrorKind::not_found, "site " + options.site.value + " is not in city/sites.json");
    TRY(auto database, read_store_settings(env.disk, options.data, options.site));
    Control control(std::move(city), std::move(files), options, std::move(database));
    return control.run();
}

}  // namespace bongsu::app
