#include "grant/views.hpp"

#include <algorithm>
#include <array>

#include "grant/payload.hpp"
#include "grant/read.hpp"

namespace bongsu::grant {

namespace {

using boost::json::object;

constexpr std::array<std::string_view, 3> kKinds{"view.opened", "view.closed", "view.refused"};
constexpr std::size_t kIdBytesMax = 64, kTextBytesMax = 300;

Result<void> check(const ViewReport& report) {
    const auto invalid = [](std::string_view field, std::string_view rule) {
        return fail(ErrorKind::invalid, "view report: " + std::string(field) + " " + std::string(rule));
    };
    if (std::find(kKinds.begin(), kKinds.end(), report.kind) == kKinds.end()) {
        return invalid("kind", "must be view.opened, view.closed or view.refused");
    }
    if (report.n < 1) return invalid("n", "must be at least 1");
    if (report.source.value.empty()) return invalid("source", "is missing");
    if (report.frames < 0 || report.bytes < 0) return invalid("frames and bytes", "must not be negative");
    const bool refused = report.kind == "view.refused";
    if (report.count < 0 || (report.count > 0 && !refused)) return invalid("count", "must be a number of refusals");
    for (const auto& [field, id] :
         {std::pair("view", &report.view.value), std::pair("grant", &report.grant.value),
          std::pair("camera", &report.camera.value), std::pair("holder", &report.holder)}) {
        if ((id->empty() && !refused) || id->size() > kIdBytesMax)
            return invalid(field, "must be 1 to 64 bytes");
    }
    for (const auto& [field, text] :
         {std::pair("way", &report.way), std::pair("ticketKind", &report.ticket_kind),
          std::pair("remote", &report.remote), std::pair("reason", &report.reason)}) {
        if (text->size() > kTextBytesMax) return invalid(field, "must be at most 300 bytes");
    }
    return {};
}

/// Whether this very item is in the record. Another item under the same number is another item.
Result<bool> is_recorded(sql::Db& db, const std::string& source, std::int64_t n, const std::string& kind,
                         const std::string& view, std::int64_t at) {
    TRY(const auto rows,
        db.query(
            "select 1 from views_spool where site = $1 and n = $2 and kind = $3 and view = $4 and at = $5",
            {source, n, kind, view, at}));
    return !rows.empty();
}

std::vector<std::string> subjects_of(const object& payload) {
    std::vector<std::string> subjects;
    for (const std::string_view field : {"view", "grant", "camera", "incident"}) {
        if (auto id = text_of(payload, field); !id.empty()) subjects.push_back(std::string(field) + ":" + id);
    }
    return subjects;
}

object payload_of(const ViewReport& report) {
    object out{{"n", report.n},
               {"source", report.source.value},
               {"view", report.view.value},
               {"grant", report.grant.value},
               {"camera", report.camera.value},
               {"holder", report.holder},
               {"at", to_us(report.at)},
               {"way", report.way},
               {"ticketKind", report.ticket_kind},
               {"remote", report.remote},
               {"reason", report.reason},
               {"frames", report.frames},
               {"bytes", report.bytes}};
    if (report.count > 0) out["count"] = report.count;
    return out;
}

Result<bool> record_as(journal::Book& book, ViewReport report, std::string kind) {
    report.kind = std::move(kind);
    return record_view(book, report);
}

}  // namespace

Result<ViewReport> parse_view_report(const object& item, const SiteId& source) {
    ViewReport report;
    report.n = whole_of(item, "n");
    report.kind = text_of(item, "kind");
    report.view.value = text_of(item, "view");
    report.grant.value = text_of(item, "grant");
    report.camera.value = text_of(item, "camera");
    report.holder = text_of(item, "holder");
    report.way = text_of(item, "way");
    report.ticket_kind = text_of(item, "ticketKind");
    report.remote = text_of(item, "remote");
    report.reason = text_of(item, "reason");
    report.frames = whole_of(item, "frames");
    report.bytes = whole_of(item, "bytes");
    report.count = whole_of(item, "count");
    report.source = source;
    const auto* at = item.if_contains("at");
    if (at != nullptr && at->is_string()) {
        TRY(report.at, parse_rfc3339(std::string_view(at->get_string()), "at"));
    } else {
        report.at = from_us(whole_of(item, "at"));
    }
    if (to_us(report.at) <= 0) return fail(ErrorKind::invalid, "view report: at must be a time");
    TRY_DO(check(report));
    return report;
}

Result<bool> record_view(journal::Book& book, const ViewReport& report) {
    TRY_DO(check(report));
    TRY(const bool recorded, is_recorded(book.db(), report.source.value, report.n, report.kind,
                                         report.view.value, to_us(report.at)));
    if (recorded) return false;
    auto payload = payload_of(report);
    if (const auto grant = find_grant(book.db(), report.grant)) {
        payload["incident"] = grant->incident.value;
        payload["purpose"] = grant->purpose;
        payload["basis"] = grant->basis;
    } else if (grant.error().kind != ErrorKind::not_found) {
        return tl::unexpected(grant.error());
    }
    auto subjects = subjects_of(payload);
    TRY_DO(
        book.append({report.kind, "site:" + report.source.value, std::move(subjects), std::move(payload)}));
    return true;
}

Result<bool> record_view_opened(journal::Book& book, ViewReport report) {
    return record_as(book, std::move(report), "view.opened");
}
Result<bool> record_view_closed(journal::Book& book, ViewReport report) {
    return record_as(book, std::move(report), "view.closed");
}
Result<bool> record_view_refused(journal::Book& book, ViewReport report) {
    return record_as(book, std::move(report), "view.refused");
}

Result<bool> record_copied(journal::Book& book, const SiteId& from, const std::string& kind,
                           const object& payload) {
    if (kind == "view.permitted") {
        for (const std::string_view field : {"view", "grant", "camera", "kind", "user", "purpose", "basis"}) {
            const auto text = text_of(payload, field);
            if (text.empty() || text.size() > 1000) {
                return fail(ErrorKind::invalid,
                            "copied entry: " + std::string(field) + " must be 1 to 1000 bytes");
            }
        }
        TRY(const auto rows,
            book.db().query("select 1 from views where view = $1 and permitted_at is not null",
                            {text_of(payload, "view")}));
        if (!rows.empty()) return false;
    } else {
        const SiteId source{text_of(payload, "source")};
        auto item = payload;
        item["kind"] = kind;
        TRY(const auto report, parse_view_report(item, source));
        TRY(const bool recorded,
            is_recorded(book.db(), source.value, report.n, kind, report.view.value, to_us(report.at)));
        if (recorded) return false;
    }
    TRY_DO(book.append({kind, "site:" + from.value, subjects_of(payload), payload}));
    return true;
}

}  // namespace bongsu::grant
