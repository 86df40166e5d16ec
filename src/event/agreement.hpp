#pragma once
// On record: which agreements with partners are in force, and who changed them.

#include <map>
#include <string>
#include <vector>

#include "event/profile.hpp"
#include "journal/book.hpp"

namespace bongsu::event {

inline constexpr std::string_view kPartnersChanged = "partners.changed";

/// Digests alone: what is agreed stands in the file, and secrets nowhere.
struct Agreements {
    std::string file;                           ///< Hex SHA-256; empty when there is none.
    std::map<std::string, std::string> digests; ///< Profile::digest by key.
};

/// What became of the partners between two agreements.
struct AgreementChange {
    std::vector<std::string> added, changed, removed;
    bool is_empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// As the journal has it.
Result<Agreements> agreements(sql::Db& db);

/// The difference of the digests.
AgreementChange difference(const Agreements& before, const Agreements& after);

/// Appends `partners.changed` {file, why, added, changed, removed, digests}: `digests` of those added or changed. Between
/// book.begin() and book.commit(). `change` names at least what difference() would.
Result<void> record_agreements(journal::Book& book, const std::string& actor, const std::string& why,
                               const Agreements& after, const AgreementChange& change);

/// Tables agreement and agreement_file.
class AgreementFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "agreement"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"agreement", "agreement_file"}; }
};

}  // namespace bongsu::event
