#pragma once
// The fold `sop`.

#include "journal/book.hpp"

namespace bongsu::sop {

/// Tables: sop_text (each version that was ever published), sop_run (of an incident), sop_step (done and skipped), sop_told.
class SopFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "sop"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"sop_text", "sop_run", "sop_step", "sop_told"}; }
};

}  // namespace bongsu::sop
