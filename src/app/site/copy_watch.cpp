// What a site does about its copy in another database: it says when it is lost and when it is back.
#include "app/site/folds.hpp"
#include "app/site/site.hpp"

namespace bongsu::app {

namespace {

constexpr std::int64_t kLostAfterUs = 5'000'000;
constexpr std::uint64_t kBackWithin = 1000;  ///< Entries: level, but for what came in meanwhile.
constexpr std::string_view kLost = "copy.lost", kBack = "copy.back";

/// The last that was said of it, by entry: at most one row.
class CopyFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "copy_said"; }
    std::vector<std::string> tables() const override { return {"copy_said"}; }
    std::string_view schema() const override {
        return "create table if not exists copy_said (seq integer primary key, kind text not null);";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind != kLost && entry.kind != kBack) return {};
        TRY_DO(db.query("delete from copy_said"));
        TRY_DO(db.query("insert into copy_said (seq, kind) values ($1, $2)",
                        {static_cast<std::int64_t>(entry.seq), entry.kind}));
        return {};
    }
};

}  // namespace

std::unique_ptr<journal::Fold> make_copy_fold() { return std::make_unique<CopyFold>(); }

/// What was said last is the record's to know: a restart, or a batch that was lost, says nothing twice and leaves nothing
/// unsaid.
Result<void> Site::watch_copy() {
    if (!options_.copy) return {};
    TRY(const auto said, folds_db_->query("select kind from copy_said"));
    const bool is_lost = !said.empty() && said[0].text(0) == kLost;
    const auto now = to_us(env_.clock.wall());
    const auto failing_since = options_.copy->failing_since_us.load();
    const auto copied = static_cast<std::int64_t>(options_.copy->copied.load());
    const std::string here = "site:" + options_.id.value;
    if (!is_lost && failing_since != 0 && now - failing_since >= kLostAfterUs) {
        TRY_DO(book_->append({std::string(kLost), here, {here}, {{"copied", copied}, {"since", failing_since}}}));
    } else if (is_lost && failing_since == 0 && options_.copy->connected &&
               options_.copy->behind() <= kBackWithin) {
        TRY_DO(book_->append({std::string(kBack), here, {here}, {{"copied", copied}}}));
    }
    return {};
}

}  // namespace bongsu::app
