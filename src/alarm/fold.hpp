#pragma once
// The fold `alarm`.

#include "journal/book.hpp"

namespace bongsu::alarm {

/// Table alarm: a row for each time that a condition became active.
class AlarmFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "alarm"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"alarm"}; }
};

}  // namespace bongsu::alarm
