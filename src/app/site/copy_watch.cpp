// What a site does about its copy in another database: it says when it is lost and when it is back.
#include "app/site/site.hpp"

namespace bongsu::app {

namespace {

constexpr std::int64_t kLostAfterUs = 5'000'000;
constexpr std::uint64_t kBackWithin = 1000;  ///< Entries: level, but for what came in meanwhile.

}  // namespace

Result<void> Site::watch_copy() {
    if (!options_.copy) return {};
    const auto now = to_us(env_.clock.wall());
    const auto failing_since = options_.copy->failing_since_us.load();
    const auto copied = static_cast<std::int64_t>(options_.copy->copied.load());
    const std::string here = "site:" + options_.id.value;
    if (!copy_lost_ && failing_since != 0 && now - failing_since >= kLostAfterUs) {
        TRY_DO(book_->append({"copy.lost", here, {here}, {{"copied", copied}, {"since", failing_since}}}));
        copy_lost_ = true;
    } else if (copy_lost_ && failing_since == 0 && options_.copy->behind() <= kBackWithin) {
        TRY_DO(book_->append({"copy.back", here, {here}, {{"copied", copied}}}));
        copy_lost_ = false;
    }
    return {};
}

}  // namespace bongsu::app
