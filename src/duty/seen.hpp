#pragma once
// Which camera stood on a lit screen, by the hour. A desk says it: of a page that was in front and had the focus, for pictures that
// moved. A verb appends to the Book; it is so once Book::commit() has returned.

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "duty/roster.hpp"
#include "journal/book.hpp"

namespace bongsu::duty {

constexpr std::size_t kScreensMax = 64;             ///< Cameras of one report.
constexpr std::chrono::minutes kReportLongest{15};  ///< From its beginning to its end.

struct Screen {
    CameraId camera;
    std::chrono::seconds lit{0};
};

/// What one desk showed within one hour.
struct ScreenReport {
    WallTime from{}, to{};
    std::string session;  ///< Of the desk that reports: each page counts for itself, and one has the focus.
    std::vector<Screen> screens;
};

/// `duty.screens_lit` {user, shift, from, to, screens: [{camera, seconds}]}. `was_shown` answers whether the user was sent that camera's
/// picture within the report's time. Errors: invalid names `from`, `to` (later than now, not after `from`, longer than kReportLongest,
/// another hour, before the end of this session's report before), `screens` (none, too many, twice, longer than the report, not shown);
/// conflict `not_at_a_seat` for who sat at none at its beginning.
Result<void> report_screens(journal::Book& book, const UserId& user, const ScreenReport& report,
                            const std::function<Result<bool>(const CameraId&)>& was_shown);

/// The whole hour (UTC, and so also Seoul's) in which `time` lies.
WallTime hour_of(WallTime time);

struct LitHour {
    WallTime hour{};
    std::size_t cameras = 0;          ///< Different ones.
    std::chrono::seconds seconds{0};  ///< Of all screens together.
};
/// The hours from `from` to before `to` in which a camera was lit, at most 1,000.
Result<std::vector<LitHour>> lit_hours(sql::Db& db, WallTime from, WallTime to);

struct LitCamera {
    CameraId camera;
    UserId user;
    std::chrono::seconds seconds{0};
};
/// Who saw which camera for how long in this hour, by camera; at most 20,000.
Result<std::vector<LitCamera>> lit_cameras(sql::Db& db, WallTime hour);

}  // namespace bongsu::duty
