#pragma once
// The folds of this room: `grants` and `views`.

#include "journal/book.hpp"

namespace bongsu::grant {

/// Tables grants and grants_camera, from grant.issued, grant.changed, grant.moved, grant.ended.
class GrantsFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "grants"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"grants", "grants_camera"}; }
};

/// Tables views, views_spool and views_refused, from view.permitted, view.opened, view.closed, view.refused.
/// The source of an item ("source", "n") is a media process's spool: an item counts once, and one that comes
/// with a number that was used before but says something else (a spool that began anew) counts as a new one.
class ViewsFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "views"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"views", "views_spool", "views_refused"}; }
};

}  // namespace bongsu::grant
