#include "env/sim/sim_disk.hpp"

#include <algorithm>

namespace bongsu::env::sim {
namespace {

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

/// The part of `path` below `folder`, or nothing.
std::optional<std::string> below(const std::string& folder, const std::string& path) {
    if (path.size() <= folder.size() + 1 || path[folder.size()] != '/' || !path.starts_with(folder))
        return {};
    return path.substr(folder.size() + 1);
}

bool counts_down(std::uint64_t& counter) { return counter > 0 && --counter == 0; }

}  // namespace

/// Threads: one at a time. Dead after a crash of its disk.
class SimFile final : public File {
  public:
    SimFile(SimDisk& disk, SimDisk::NodePtr node)
        : disk_(disk), node_(std::move(node)), life_(disk.crashes_) {}

    Result<void> append(std::string_view bytes) override {
        const auto alone = disk_.alone();
        TRY_DO(alive());
        return disk_.write(*node_, node_->now.size(), bytes, true);
    }
    Result<void> overwrite(std::uint64_t offset, std::string_view bytes) override {
        const auto alone = disk_.alone();
        TRY_DO(alive());
        if (offset > node_->now.size() || bytes.size() > node_->now.size() - offset) {
            return fail(ErrorKind::invalid, "overwrite past the end of the file");
        }
        return disk_.write(*node_, offset, bytes, false);
    }
    Result<void> sync() override {
        const auto alone = disk_.alone();
        TRY_DO(alive());
        return disk_.sync(*node_);
    }
    Result<void> truncate(std::uint64_t size) override {
        const auto alone = disk_.alone();
        TRY_DO(alive());
        return disk_.cut(*node_, size);
    }
    std::uint64_t size() const override {
        const auto alone = disk_.alone();
        return node_->now.size();
    }

  private:
    Result<void> alive() const {
        if (life_ == disk_.crashes_) return {};
        return fail(ErrorKind::unavailable, "the file was open at a crash");
    }
    SimDisk& disk_;
    SimDisk::NodePtr node_;
    std::uint64_t life_;
};

Result<void> SimDisk::step(std::string_view what) {
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot " + std::string(what));
    ++steps_;
    return {};
}

void SimDisk::apply(std::string& bytes, const Write& write) {
    if (write.cuts) {
        bytes.resize(static_cast<std::size_t>(write.offset), '\0');
        return;
    }
    const auto end = static_cast<std::size_t>(write.offset) + write.bytes.size();
    if (bytes.size() < end) bytes.resize(end, '\0');
    bytes.replace(static_cast<std::size_t>(write.offset), write.bytes.size(), write.bytes);
}

Result<void> SimDisk::write(Node& node, std::uint64_t offset, std::string_view bytes, bool grows) {
    TRY_DO(step("write"));
    const bool fails = counts_down(failing_write_) || (full_ && grows);
    if (fails) bytes = bytes.substr(0, bytes.size() / 2);
    node.unsynced.push_back({offset, std::string(bytes), false});
    apply(node.now, node.unsynced.back());
    if (!fails) return {};
    ++refused_writes_;
    return fail(ErrorKind::exhausted, "no space left on the device");
}

Result<void> SimDisk::cut(Node& node, std::uint64_t size) {
    TRY_DO(step("truncate"));
    node.unsynced.push_back({size, {}, true});
    apply(node.now, node.unsynced.back());
    return {};
}

Result<void> SimDisk::sync(Node& node) {
    TRY_DO(step("sync"));
    if (counts_down(failing_sync_)) {
        node.unsynced.clear();
        return fail(ErrorKind::unavailable, "input/output error at sync");
    }
    ++syncs_;
    if (lies_) return {};
    for (const auto& write : node.unsynced) apply(node.durable, write);
    node.unsynced.clear();
    return {};
}

Result<void> SimDisk::sync_folder(const std::string& path) {
    TRY_DO(step("sync folder"));
    if (counts_down(failing_sync_)) return fail(ErrorKind::unavailable, "input/output error at folder sync");
    const auto folder = folder_of(path);
    for (auto at = unsynced_changes_.begin(); at != unsynced_changes_.end();) {
        if (folder_of(at->front().path) != folder) {
            ++at;
            continue;
        }
        for (const auto& change : *at) {
            if (change.node) durable_[change.path] = change.node;
            if (!change.node) durable_.erase(change.path);
        }
        at = unsynced_changes_.erase(at);
    }
    return {};
}

Result<std::unique_ptr<File>> SimDisk::open(const std::string& path) {
    const auto held = alone();
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot open " + path);
    if (!folders_.contains(folder_of(path))) {
        return fail(ErrorKind::not_found, "cannot open " + path + ": its folder does not exist");
    }
    if (const auto found = now_.find(path); found != now_.end()) {
        return std::make_unique<SimFile>(*this, found->second);
    }
    TRY_DO(step("create"));
    const auto node = std::make_shared<Node>();
    now_[path] = node;
    unsynced_changes_.push_back({{path, node}});
    if (auto synced = sync_folder(path); !synced) {
        if (!is_off()) {
            now_.erase(path);
            unsynced_changes_.push_back({{path, nullptr}});
        }
        return tl::unexpected(std::move(synced).error());
    }
    return std::make_unique<SimFile>(*this, node);
}

Result<std::string> SimDisk::read(const std::string& path) { return read(path, 0, std::string::npos); }

Result<std::string> SimDisk::read(const std::string& path, std::uint64_t offset, std::size_t size) {
    const auto held = alone();
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot read " + path);
    ++reads_;
    const auto found = now_.find(path);
    if (found == now_.end()) return fail(ErrorKind::not_found, "cannot open " + path + ": no such file");
    const auto& bytes = found->second->now;
    if (offset >= bytes.size()) return std::string();
    return bytes.substr(static_cast<std::size_t>(offset), size);
}

Result<void> SimDisk::replace(const std::string& path, std::string_view bytes) {
    const auto held = alone();
    if (!folders_.contains(folder_of(path))) {
        return fail(ErrorKind::not_found, "cannot write " + path + ": its folder does not exist");
    }
    TRY_DO(step("create"));
    const auto node = std::make_shared<Node>();
    const auto fresh = path + ".new";
    now_[fresh] = node;
    unsynced_changes_.push_back({{fresh, node}});
    TRY_DO(write(*node, 0, bytes, true));
    TRY_DO(sync(*node));
    TRY_DO(step("rename"));
    now_.erase(fresh);
    now_[path] = node;
    unsynced_changes_.push_back({{path, node}, {fresh, nullptr}});
    return sync_folder(path);
}

Result<void> SimDisk::remove(const std::string& path) {
    const auto held = alone();
    if (!now_.contains(path)) return fail(ErrorKind::not_found, "cannot remove " + path + ": no such file");
    TRY_DO(step("remove"));
    now_.erase(path);
    unsynced_changes_.push_back({{path, nullptr}});
    return sync_folder(path);
}

Result<std::vector<std::string>> SimDisk::list(const std::string& folder) {
    const auto held = alone();
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot list " + folder);
    if (locked_.contains(folder)) return fail(ErrorKind::unavailable, "cannot list " + folder + ": Permission denied");
    std::vector<std::string> names;
    for (const auto& [path, node] : now_) {
        const auto rest = below(folder, path);
        if (rest && rest->find('/') == std::string::npos) names.push_back(*rest);
    }
    return names;
}

Result<std::vector<std::string>> SimDisk::list_folders(const std::string& folder) {
    const auto held = alone();
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot list " + folder);
    if (locked_.contains(folder)) return fail(ErrorKind::unavailable, "cannot list " + folder + ": Permission denied");
    std::vector<std::string> names;
    for (const auto& path : folders_) {
        const auto rest = below(folder, path);
        if (rest && rest->find('/') == std::string::npos) names.push_back(*rest);
    }
    return names;
}

Result<void> SimDisk::make_folders(const std::string& folder) {
    const auto held = alone();
    if (is_off()) return fail(ErrorKind::unavailable, "the power is off: cannot make " + folder);
    for (std::size_t slash = 0; slash != std::string::npos;) {
        slash = folder.find('/', slash + 1);
        folders_.insert(folder.substr(0, slash));  // Durable at once, as PosixDisk promises.
    }
    return {};
}

bool SimDisk::exists(const std::string& path) {
    const auto held = alone();
    return now_.contains(path) || folders_.contains(path);
}

void SimDisk::put(const std::string& path, std::string bytes) {
    const auto held = alone();
    const auto slash = path.rfind('/');
    off_after_.reset();
    if (slash != std::string::npos) BONGSU_CHECK(make_folders(path.substr(0, slash)));
    const auto node = std::make_shared<Node>(Node{bytes, bytes, {}});
    now_[path] = durable_[path] = node;
}

void SimDisk::crash(Random& random) {
    const auto held = alone();
    const auto kept_changes = random.below(unsynced_changes_.size() + 1);
    for (std::size_t i = 0; i < kept_changes; ++i) {
        for (const auto& change : unsynced_changes_[i]) {
            if (change.node) durable_[change.path] = change.node;
            if (!change.node) durable_.erase(change.path);
        }
    }
    for (auto& [path, node] : durable_) {
        const auto kept = random.below(node->unsynced.size() + 1);
        for (std::size_t i = 0; i < kept; ++i) {
            auto write = node->unsynced[i];
            if (i + 1 == kept && !write.cuts) write.bytes.resize(random.below(write.bytes.size() + 1));
            apply(node->durable, write);
        }
        node->now = node->durable;
        node->unsynced.clear();
    }
    now_ = durable_;
    unsynced_changes_.clear();
    off_after_.reset();
    failing_write_ = failing_sync_ = 0;
    full_ = false;
    ++crashes_;
}

}  // namespace bongsu::env::sim
