#pragma once
// What goes into a site and what comes out of it: values only, so that the simulation drives the very code
// that runs.

#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "device/directory.hpp"
#include "event/arrival.hpp"
#include "event/codec/refusal.hpp"
#include "http/message.hpp"
#include "identity/accounts.hpp"
#include "journal/entry.hpp"
#include "journal/sync.hpp"
#include "outbound/sender.hpp"

namespace bongsu::app {

struct HttpInput {
    http::Request request;
    std::function<void(http::Response)> reply;
    /// A partner's message that was read on the way here (read_ahead() of routes.hpp); null: it is read when its turn comes.
    std::shared_ptr<event::Arrival> arrival = {};
};
/// A password was compared on a worker thread; the login goes on.
struct PasswordChecked {
    identity::LoginCandidate candidate;
    bool right = false;
    std::string remote;
    std::function<void(http::Response)> reply;
};
/// Who is behind a bearer token (for a WebSocket's first frame, and then again and again).
struct SessionQuery {
    std::string token;
    std::function<void(std::optional<identity::Session>, std::uint64_t seq)> reply;
    std::uint64_t listener = 0;  ///< The number of the live stream's client; 0: nobody listens.
    std::string remote = {};     ///< Its address.
};
/// A client of the live stream is gone.
struct ListenerGone {
    std::uint64_t listener = 0;
};
/// A partner's message from a socket of its own, whole or, with `framing` not ok, what was left of one.
struct PartnerInput {
    std::string profile;  ///< Key of the partner's profile.
    std::string remote;
    std::string bytes;
    event::Refusal framing{};
    std::function<void(std::string)> reply;  ///< The answer in the partner's own form; empty: it has none.
};
/// A try to tell a partner something came to its end.
struct OutboundDone {
    outbound::Done done;
};
struct MediaUp {};
struct MediaDown {};
struct MediaInput {
    boost::json::object message;
};
struct BusUp {
    SiteId peer;
};
struct BusDown {
    SiteId peer;
};
struct BusInput {
    SiteId peer;
    boost::json::object message;
};
struct ImportJob;
/// The next slice of the directory is copied for an import.
struct ImportCopy {
    std::shared_ptr<ImportJob> job;
};
/// A worker has read the file; the import ends.
struct ImportDone {
    std::shared_ptr<ImportJob> job;
};
struct ReleaseJob;
/// The next dead letters of a release in bulk.
struct ReleaseSlice {
    std::shared_ptr<ReleaseJob> job;
    std::size_t released = 0;  ///< By the slices before it, whose batches are durable.
};
/// Comes each 200 ms.
struct Tick {};
/// A clean stop: a checkpoint is made and sent.
struct Stop {};

using Input = std::variant<HttpInput, PartnerInput, OutboundDone, PasswordChecked, SessionQuery, ListenerGone, MediaUp, MediaDown, MediaInput, BusUp,
                           BusDown, BusInput, ImportCopy, ImportDone, ReleaseSlice, Tick, Stop>;

/// One change for the live stream. `agencies`: who besides the centre's own staff may see it.
struct Published {
    std::uint64_t seq = 0;
    std::string kind, id;
    std::string item;  ///< JSON text in the shape of the API; the same for every reader.
    std::set<std::string> agencies;
    bool everyone = false;  ///< Nothing in it is anybody's secret.
    std::set<identity::Role> desk = {};  ///< Of the site's own people these alone; empty: all.
    bool staff = true;      ///< The site's own people hear it too; false for what agencies see in words of their own.
};
/// `own`: the site's own agency, whose people its staff are; an account of an agency's room is nobody's staff, whatever its agency.
inline bool may_hear(const identity::Session& session, const AgencyId& own, const Published& change) {
    const bool is_staff = session.role != identity::Role::agency && session.agency == own;
    const bool is_at_desk = change.desk.empty() || change.desk.contains(session.role);
    const bool is_named = change.agencies.contains(session.agency.value);
    return change.everyone || (is_staff ? is_at_desk && (change.staff || is_named) : is_named);
}

struct PasswordCheck {
    identity::LoginCandidate candidate;
    std::string password;  ///< Lives until the worker is done; never logged.
    std::string remote;
    std::function<void(http::Response)> reply;
};

/// Released only after the batch is durable: make_durable().
struct Outputs {
    std::shared_ptr<journal::Sync> sync;  ///< What the batch still waits for; null: nothing.
    std::uint64_t committed_seq = 0;      ///< The journal's last entry, durable with the batch.
    /// What the batch was made of and what the batch before wrote: let go where these are, not where everybody waits.
    std::vector<Input> inputs;
    std::deque<journal::Entry> spent_entries;
    std::vector<std::function<void()>> replies;
    std::vector<boost::json::object> to_media;
    std::vector<std::pair<SiteId, boost::json::object>> to_bus;
    bool partners_changed = false;     ///< Site::partners() is another: before the tries.
    std::vector<outbound::Try> tries;  ///< For the sender; each ends as an OutboundDone.
    std::vector<Published> published;
    std::vector<PasswordCheck> password_checks;
    std::vector<Input> again;  ///< Slices of what is long: each comes back, behind what waits.
    std::vector<std::shared_ptr<ImportJob>> imports;  ///< For a worker: run_import(), then ImportDone.
    /// Large things that are not needed any more: let go on a worker, not on a loop.
    std::vector<std::shared_ptr<ImportJob>> spent_imports;
    std::vector<std::shared_ptr<device::Directory>> spent_directories;
    std::vector<std::string> ended_tokens;  ///< Bearer tokens that a logout ended: their WebSockets close.
    /// The batch was lost: close the connections to media and to the sites, so that each begins with the full
    /// state.
    bool links_begin_anew = false;
    bool failed = false;  ///< The journal cannot go on: the process has to end and recover.
};

/// Waits for its sync. When that failed nobody is told anything of the batch, and the process has to end. Threads: any.
void make_durable(Outputs& out);

}  // namespace bongsu::app
