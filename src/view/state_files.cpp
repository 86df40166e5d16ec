#include "view/state_files.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/log.hpp"
#include "http/message.hpp"

namespace bongsu::view {

namespace json = boost::json;

namespace {

constexpr std::size_t kWholeBytesMax = 16U << 20;

tl::unexpected<Error> corrupt(const std::string& path, const std::string& why) {
    return fail(ErrorKind::corrupt, path + ": " + why);
}

}  // namespace

Result<std::optional<Desired>> StateFiles::load() const {
    const auto path = folder_ + "/desired.json";
    if (!env_.disk.exists(path)) return std::optional<Desired>{};
    TRY(const auto text, env_.disk.read(path));
    if (text.size() > kWholeBytesMax) return corrupt(path, "larger than 16 MiB");
    const auto whole = http::parse_object(text);
    if (!whole) return corrupt(path, whole.error().message);
    if (whole->contains("v")) {
        LOG_WARN("media.state_of_an_earlier_version", {{"file", path}});  // Control sends all of it.
        return std::optional<Desired>{};
    }
    const auto id = http::required_text(*whole, "id", 64);
    if (!id) return corrupt(path, id.error().message);
    const auto* state = whole->if_contains("state");
    if (state == nullptr || !state->is_object()) return corrupt(path, "state must be an object");
    auto desired = parse_state(state->get_object());
    if (!desired) return corrupt(path, desired.error().message);

    const auto changes_file = changes_path(*id);
    if (!env_.disk.exists(changes_file)) return std::optional(*std::move(desired));
    TRY(const auto changes, env_.disk.read(changes_file));
    std::size_t number = 0;
    for (std::size_t at = 0;;) {
        const auto end = changes.find('\n', at);
        if (end == std::string::npos) break;
        ++number;
        auto done = [&]() -> Result<void> {
            TRY(const auto message, http::parse_object(std::string_view(changes).substr(at, end - at)));
            return apply_delta(*desired, message);
        }();
        if (!done) return corrupt(changes_file, "line " + std::to_string(number) + ": " + done.error().message);
        at = end + 1;
    }
    return std::optional(*std::move(desired));
}

void StateFiles::changed(const json::object& message) {
    if (id_.empty()) whole_due_ = true;  // What an earlier run left may end in half a line.
    if (whole_due_) return;
    pending_ += json::serialize(message);
    pending_ += '\n';
    if (changes_bytes_ + pending_.size() > std::max(kChangesBytes, whole_bytes_)) whole_due_ = true;
}

bool StateFiles::is_due() const {
    return !in_flight_ && (whole_due_ || !pending_.empty()) && env_.clock.mono() >= retry_at_;
}

StateWrite StateFiles::begin(const Desired& desired) {
    in_flight_ = true;
    auto changes = std::exchange(pending_, {});
    if (!std::exchange(whole_due_, false)) {
        changes_bytes_ += changes.size();
        return {id_, std::nullopt, std::move(changes)};
    }
    id_ = env_.ulid();
    auto whole = json::serialize(json::object{{"id", id_}, {"state", to_json(desired)}});
    whole_bytes_ = whole.size();
    changes_bytes_ = 0;
    return {id_, std::move(whole), {}};
}

Result<void> StateFiles::write(const StateWrite& work) {
    if (work.whole) return write_whole(work);
    if (!file_) {
        TRY(file_, env_.disk.open(changes_path(work.id)));
    }
    TRY_DO(file_->append(work.changes));
    return file_->sync();
}

Result<void> StateFiles::write_whole(const StateWrite& work) {
    file_.reset();
    TRY_DO(env_.disk.replace(folder_ + "/desired.json", *work.whole));
    // What belonged to another state is no error to leave behind: nobody reads it.
    TRY(const auto names, env_.disk.list(folder_));
    for (const auto& name : names) {
        if (!name.starts_with("changes-")) continue;
        if (auto removed = env_.disk.remove(folder_ + "/" + name); !removed)
            LOG_WARN("media.old_changes_left", {{"file", name}, {"why", removed.error().message}});
    }
    return {};
}

void StateFiles::end(const Result<void>& outcome) {
    in_flight_ = false;
    if (outcome) return;
    LOG_ERROR("media.state_not_saved", {{"why", outcome.error().message}});
    whole_due_ = true;
    pending_.clear();
    retry_at_ = env_.clock.mono() + kRetry;
}

Result<void> StateFiles::save(const Desired& desired) {
    TRY_DO(env_.disk.make_folders(folder_));
    auto outcome = write(begin(desired));
    end(outcome);
    return outcome;
}

}  // namespace bongsu::view
