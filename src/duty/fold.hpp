#pragma once
// The fold `duty`.

#include "journal/book.hpp"

namespace bongsu::duty {

/// Tables: duty_roster (a crew's list from a day on), duty_member, duty_absence, duty_called_in, duty_attendance (a row for each
/// stay at a seat), duty_break, duty_set and duty_set_camera (who watches what now), duty_pass, duty_finding,
/// duty_lit (seconds by hour, camera and person), duty_lit_report, duty_note, duty_brief and
/// duty_brief_item (what a shift left to the next one), duty_shortcoming.
class DutyFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "duty"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override {
        return {"duty_roster", "duty_member", "duty_absence", "duty_called_in", "duty_attendance", "duty_break", "duty_set", "duty_set_camera", "duty_pass",
                "duty_finding", "duty_lit", "duty_lit_report", "duty_note", "duty_brief", "duty_brief_item", "duty_shortcoming"};
    }
};

}  // namespace bongsu::duty
