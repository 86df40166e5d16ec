#pragma once
// What media saw, taken into the record.

#include <boost/json/object.hpp>
#include <string>

#include "base/id.hpp"
#include "journal/book.hpp"

namespace bongsu::grant {

/// One item of a media process's spool (ADR 0005). `kind` is "view.opened", "view.closed" or "view.refused".
struct ViewReport {
    std::int64_t n = 0;  ///< From 1, growing, of this source.
    std::string kind;
    ViewId view;  ///< These four may be empty in view.refused.
    GrantId grant;
    CameraId camera;
    std::string holder;
    WallTime at{};
    std::string way;          ///< "whep" | "rtsp" | "fmp4" | "hls" | "snapshot"
    std::string ticket_kind;  ///< "live" | "relay" | …
    std::string remote;       ///< Address and port; kept in the payload only, so that it can be erased.
    std::string reason;
    std::int64_t frames = 0, bytes = 0;
    std::int64_t count = 0;  ///< Of a view.refused that stands for many: how many refusals; 0 where it is one.
    SiteId source;  ///< The site whose media process it was.
};

/// Errors: invalid names the field (also of an item that no later try would make good: count it and
/// acknowledge it).
Result<ViewReport> parse_view_report(const boost::json::object& item, const SiteId& source);

/// Appends the item, with purpose, basis, incident and agency when this site knows the grant. False when it
/// was recorded before: each item counts once, however often media repeats it. Acknowledge after
/// Book::commit(). Errors: invalid.
Result<bool> record_view(journal::Book& book, const ViewReport& report);
/// The same by name, for callers that have one kind at hand.
Result<bool> record_view_opened(journal::Book& book, ViewReport report);
Result<bool> record_view_closed(journal::Book& book, ViewReport report);
Result<bool> record_view_refused(journal::Book& book, ViewReport report);

/// At a district: a copy of another site's view.permitted, .opened, .closed or .refused about one of its
/// cameras, as it came by the outbox. `payload` is that entry's. False when it stands here already. Errors:
/// invalid.
Result<bool> record_copied(journal::Book& book, const SiteId& from, const std::string& kind,
                           const boost::json::object& payload);

}  // namespace bongsu::grant
