#include "duty/seen.hpp"

#include <boost/json/array.hpp>
#include <set>

namespace bongsu::duty {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

/// A desk's clock is not ours.
constexpr seconds kAhead{5};

Result<void> check_times(const ScreenReport& report, WallTime now) {
    if (report.to <= report.from) return fail_field("to", "must be later than from");
    if (report.to > now + kAhead) return fail_field("to", "must not be later than now");
    if (report.to - report.from > kReportLongest)
        return fail_field("from", "must be at most " + std::to_string(kReportLongest.count()) + " minutes before to");
    if (hour_of(report.from) != hour_of(report.to - std::chrono::microseconds(1))) return fail_field("to", "must lie in the hour of from");
    return {};
}

Result<void> check_screens(const ScreenReport& report) {
    if (report.screens.empty() || report.screens.size() > kScreensMax)
        return fail_field("screens", "must be 1 to " + std::to_string(kScreensMax) + " cameras");
    std::set<std::string> seen;
    for (const auto& screen : report.screens) {
        if (!seen.insert(screen.camera.value).second) return fail_field("screens", "names " + screen.camera.value + " twice");
        // The first bound keeps the second one's arithmetic, in microseconds, from overflowing.
        if (screen.lit < seconds(1) || screen.lit > kReportLongest + kAhead || screen.lit > report.to - report.from + kAhead)
            return fail_field("screens", "must have been lit for 1 second to the report's length");
    }
    return {};
}

}  // namespace

Result<void> report_screens(journal::Book& book, const UserId& user, const ScreenReport& report,
                            const std::function<Result<bool>(const CameraId&)>& was_shown) {
    TRY_DO(check_times(report, book.env().clock.wall()));
    TRY_DO(check_screens(report));
    // The last minutes of a stay are told when it is over.
    TRY(const auto stay, last_stay_of(book.db(), user));
    if (!stay || (stay->out && *stay->out < report.from)) return fail_code(ErrorKind::conflict, "not_at_a_seat", "the user sat at no seat then");
    TRY(const auto last, book.db().query("select reported_to from duty_lit_report where person = $1 and session = $2", {user.value, report.session}));
    // A clock that was put back must not silence a desk until it is there again.
    const auto reported_to = last.empty() ? WallTime{} : from_us(last[0].integer(0));
    if (report.from < reported_to && reported_to <= book.env().clock.wall() + kAhead) return fail_field("from", "lies before the end of the report before");
    json::array screens;
    for (const auto& screen : report.screens) {
        TRY(const bool shown, was_shown(screen.camera));
        if (!shown) return fail_field("screens", screen.camera.value + " was not shown to this user then");
        screens.push_back({{"camera", screen.camera.value}, {"seconds", static_cast<std::int64_t>(screen.lit.count())}});
    }
    TRY_DO(book.append({"duty.screens_lit",
                        "user:" + user.value,
                        {"shift:" + stay->shift, "user:" + user.value},
                        {{"user", user.value}, {"shift", stay->shift}, {"desk", report.session}, {"from", to_us(report.from)}, {"to", to_us(report.to)}, {"screens", std::move(screens)}}}));
    return {};
}

WallTime hour_of(WallTime time) { return std::chrono::floor<std::chrono::hours>(time); }

Result<std::vector<LitHour>> lit_hours(sql::Db& db, WallTime from, WallTime to) {
    TRY(const auto rows, db.query("select hour, count(distinct camera), sum(seconds) from duty_lit where hour >= $1 and hour < $2 group by hour order by hour limit 1000",
                                  {to_us(from), to_us(to)}));
    std::vector<LitHour> out;
    for (const auto& row : rows) out.push_back({from_us(row.integer(0)), static_cast<std::size_t>(row.integer(1)), seconds(row.integer(2))});
    return out;
}

Result<std::vector<LitCamera>> lit_cameras(sql::Db& db, WallTime hour) {
    TRY(const auto rows, db.query("select camera, person, seconds from duty_lit where hour = $1 order by camera, person limit 20000", {to_us(hour)}));
    std::vector<LitCamera> out;
    for (const auto& row : rows) out.push_back({{row.text(0)}, {row.text(1)}, seconds(row.integer(2))});
    return out;
}

}  // namespace bongsu::duty
