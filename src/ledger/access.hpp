#pragma once
// The access log: who did what with whose data, when, from where and why; a fold of the journal.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "journal/book.hpp"

namespace bongsu::ledger {

/// A look, by the API or by the live stream; app/ appends it.
inline constexpr std::string_view kRecordRead = "record.read";

/// Kinds that say who looked or came in, from where: they are kept longer than what was seen, and where their own words are
/// erased the address is gone. `view.permitted` names no address.
bool is_access_record(std::string_view kind);

/// Source: 개인정보의 안전성 확보조치 기준 제8조 (access records: account, time, place, data subject, work done).
struct Access {
    std::uint64_t seq = 0;  ///< The entry that says so.
    WallTime time;          ///< When it happened: the entry's time, of a view that of the medium.
    std::string who;        ///< The account's id; "site:11000" for a relay, empty for an unknown one.
    std::string agency;     ///< Empty where the entry names none.
    std::string remote;     ///< From where; empty when nobody knows, or erased.
    std::string subject;    ///< Whose data: "camera:…", "incident:…", "user:…"; empty for none.
    std::string incident;   ///< The incident that it was for; empty for none.
    std::string what;       ///< The entry's kind, with the act behind a blank: "incident.acted close".
    std::string why;        ///< Purpose or reason; empty for none.
    std::string basis;      ///< The legal basis; empty for none.
    std::string result;     ///< "refused: …" where it was refused; else empty.
    std::uint64_t id = 0;   ///< Of the row: a look has one for each who was shown and each whom it shows.
};

/// Tables: access, access_from.
std::unique_ptr<journal::Fold> make_access_fold();

struct AccessFilter {
    std::string who = {}, agency = {}, subject = {}, incident = {}, kind = {};  ///< Empty: all; `kind`: of the entry.
    std::optional<WallTime> from = {}, to = {};                                 ///< from <= time < to.
    std::uint64_t before = 0;                          ///< The cursor: only rows of a lower id; 0 for none.
    std::size_t limit = 100;                           ///< 1 to kAccessPageMax.
};
constexpr std::size_t kAccessPageMax = 1000;

/// Newest first by id, and so by seq. Errors: as sql::Db.
Result<std::vector<Access>> accesses(sql::Db& db, const AccessFilter& filter);

}  // namespace bongsu::ledger
