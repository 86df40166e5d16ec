// `bongsu verify PATH`: which journals there are, and what their sites say of one another.

#include <algorithm>
#include <set>
#include <sstream>

#include "crypto/crypto.hpp"
#include "journal/brought.hpp"
#include "journal/verify.hpp"

namespace bongsu::journal {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4096;
constexpr int kFoldersMax = 100'000;  // Below PATH, looked through for journals that belong to no site.
constexpr int kDepthMax = 16;
constexpr std::string_view kSite = "site:";  // A journal's first entry is its site's own: its actor.

bool is_segment(const std::string& name) { return name.ends_with(".bj"); }

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

class DataVerifier {
  public:
    DataVerifier(env::Disk& disk, std::string path, const DataQuestion& question)
        : disk_(disk), path_(std::move(path)), question_(question), joined_(question.joined) {
        while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
        report_.holds = true;
    }

    DataReport run() {
        for (const auto& one : question_.checkpoints) held_[one.checkpoint.site.value].push_back(one);
        auto done = look();
        if (done) done = look_below(path_, 0);  // What look() did not come to would pass for a stranger's.
        if (!done) fault(done.error().message);
        for (const auto& one : question_.entries) ask_for(one);
        if (!report_.holds) {
            say("IT DOES NOT HOLD");
        } else if (absent_.empty()) {
            say("all of it holds");
        } else {
            say("what is here holds; not here, and so not compared: site " + absent_);
        }
        return std::move(report_);
    }

  private:
    void say(std::string line) { report_.lines.push_back(std::move(line)); }
    void fault(std::string line) {
        report_.holds = false;
        say("FAULT " + std::move(line));
    }

    Result<void> look() {
        // In a city's DATA nobody else's files stand for the sites.
        TRY(const bool is_journal, has_segments(path_));
        if (!joined_ && is_journal) return single(path_, beside(path_) + "/keys/checkpoint.pub");
        TRY(const auto folders, disk_.list_folders(path_));
        if (!joined_ && has(folders, "journal")) return single(path_ + "/journal", path_ + "/keys/checkpoint.pub");
        for (const auto& folder : in_order(folders)) {
            if (const auto read = look_at_site(folder); !read) unread(folder, read.error());
        }
        std::sort(report_.sites.begin(), report_.sites.end(), [](const SiteReport& a, const SiteReport& b) { return a.site.value < b.site.value; });
        // Only now: a site that writes meanwhile is at least as far as what others hold of it.
        for (auto& one : report_.sites) {
            const auto seen = one.journal.last_seq;
            auto verified = verify_folder(disk_, folder_of(one.site.value));
            if (!verified) {
                unread(one.site.value, verified.error());
                continue;
            }
            one.journal = *std::move(verified);
            if (one.journal.last_seq < seen) one.bad_checkpoints.push_back("site " + one.site.value + ": its journal became shorter meanwhile");
        }
        std::erase_if(report_.sites, [this](const SiteReport& one) { return unread_.contains(one.site.value); });
        if (report_.sites.empty() && unread_.empty()) fault("no journal is found in " + path_);
        for (auto& one : report_.sites) cross_check(one, path_ + "/" + one.site.value + "/keys/checkpoint.pub");
        tell_missing(folders);
        return {};
    }

    Result<bool> has_segments(const std::string& folder) {
        TRY(const auto files, disk_.list(folder));
        return std::any_of(files.begin(), files.end(), is_segment);
    }

    /// The folder that the path names it in, which is not that which a link would lead up to.
    static std::string beside(const std::string& path) {
        const auto slash = path.rfind('/');
        const auto last = path.substr(slash == std::string::npos ? 0 : slash + 1);
        if (last == "." || last == "..") return path + "/..";
        return slash == std::string::npos ? "." : path.substr(0, slash);
    }

    /// Those that are links come last: where one leads to a folder beside it, that one's own name counts.
    std::vector<std::string> in_order(std::vector<std::string> folders) {
        const auto here = disk_.real_path(path_);
        std::stable_partition(folders.begin(), folders.end(), [&](const std::string& name) {
            const auto real = disk_.real_path(path_ + "/" + name);
            return here && real && *real == *here + (here->ends_with('/') ? "" : "/") + name;
        });
        return folders;
    }

    /// What a folder of `path_` holds of others, where it is a site's. A site's folder, or its journal's, may be a link to another disk.
    Result<void> look_at_site(const std::string& name) {
        const auto inner = disk_.list_folders(path_ + "/" + name);
        if (!inner) {
            if (is_joined(name)) unread(name, inner.error());  // A stranger's is told below.
            return {};
        }
        const bool has_journal = has(*inner, "journal");
        if (!has_journal && !disk_.exists(path_ + "/" + name + "/keys/checkpoint.pub")) return {};
        const auto folder = folder_of(name);
        TRY(const bool is_there, has_journal ? has_segments(folder) : Result<bool>(false));
        if (!is_there) {
            emptied_.insert(name);
            return {};
        }
        TRY(const auto real, disk_.real_path(folder));
        if (!read_.insert(real).second) {
            say(path_ + "/" + name + " leads to the journal of another folder here, and is read there");
            return {};
        }
        return collect_held(name);
    }

    /// Segments below the path that are none of a site's: whoever put them there, or moved a site's there, is told that nobody
    /// read them. Links are followed, and a folder that several paths lead to is looked at once: so a link back ends.
    Result<void> look_below(const std::string& folder, int depth) {
        if (++folders_ > kFoldersMax || depth > kDepthMax)
            return fail(ErrorKind::exhausted, folder + " and what else is below " + path_ + " was not looked through for journals: more than " + std::to_string(kFoldersMax) +
                                                  " folders, or deeper than " + std::to_string(kDepthMax));
        const auto inner = disk_.list_folders(folder);
        if (!inner) {
            // What a file system's check makes for itself is root's alone, on every disk.
            const bool is_of_the_disk = folder.ends_with("/lost+found");
            const auto line = folder + " was not looked through for journals: " + inner.error().message;
            is_of_the_disk ? say(line) : fault(line);
            return {};
        }
        TRY(const auto real, disk_.real_path(folder));
        if (!looked_.insert(real).second) return {};
        if (!read_.contains(real) && !is_unread(folder)) {
            TRY(const bool is_stranger, has_segments(folder));
            if (is_stranger)
                fault(folder + " holds a journal that is none of a site here and was not read; by itself it is verified by `bongsu verify " + folder + "`");
        }
        for (const auto& name : *inner) TRY_DO(look_below(folder + "/" + name, depth + 1));
        return {};
    }

    bool is_unread(const std::string& folder) const {
        return std::any_of(unread_.begin(), unread_.end(), [&](const std::string& name) { return folder == folder_of(name); });
    }

    bool is_joined(const std::string& name) const {
        return joined_ && std::any_of(joined_->begin(), joined_->end(), [&](const SiteId& site) { return site.value == name; });
    }

    /// The disk does not give a site's journal; the others are looked at all the same.
    void unread(const std::string& name, const Error& error) {
        if (unread_.insert(name).second) fault("site " + name + ": its journal cannot be read: " + error.message);
    }

    /// A site's journal that is not here: gone, where the site belongs here or has left something.
    void tell_missing(const std::vector<std::string>& folders) {
        auto missing = emptied_;
        for (const auto& [name, held] : held_) missing.insert(name);
        if (joined_) {
            for (const auto& site : *joined_) missing.insert(site.value);
        }
        for (const auto& name : missing) {
            if (known(name) || unread_.contains(name)) continue;
            const auto held = held_.find(name);
            const auto count = std::to_string(held == held_.end() ? 0 : held->second.size());
            if (joined_ || emptied_.contains(name) || has(folders, name)) {
                fault("site " + name + ": its journal is gone; " + count + " checkpoints of it are held by others");
            } else {
                say("site " + name + " is not here: " + count + " checkpoints of it were not compared");
                absent_ += (absent_.empty() ? "" : ", ") + name;
            }
        }
    }

    Result<void> single(const std::string& folder, const std::string& key_file) {
        SiteReport one;
        TRY(auto real, disk_.real_path(folder));
        read_.insert(std::move(real));
        TRY(one.journal, verify_folder(disk_, folder));
        if (!held_.empty()) {
            one.site = {site_of_first(folder)};
            if (one.site.value.empty() && held_.size() == 1) one.site.value = held_.begin()->first;
            for (const auto& [site, held] : held_) {
                if (site != one.site.value)
                    fault(std::to_string(held.size()) + " of the checkpoints that were brought are of site " + site + ", the journal is of site " +
                          (one.site.value.empty() ? "none" : one.site.value));
            }
            cross_check(one, key_file);
            report_.sites.push_back(std::move(one));
            return {};
        }
        tell(one, folder);
        say("by itself a journal does not show a cut tail or a rewritten whole; checkpoints of other sites "
            "do");
        report_.sites.push_back(std::move(one));
        return {};
    }

    std::string site_of_first(const std::string& folder) {
        const auto bytes = disk_.read(folder + "/" + segment_name(1), 0, kFirstHeadBytesMax);
        if (!bytes) return {};  // verify_folder() said what does not hold.
        const auto first = entry_of_head(*bytes);
        return first && first->seq == 1 && first->actor.starts_with(kSite) ? first->actor.substr(kSite.size()) : std::string();
    }

    bool known(const std::string& name) const {
        return std::any_of(report_.sites.begin(), report_.sites.end(),
                           [&](const SiteReport& one) { return one.site.value == name; });
    }

    std::string folder_of(const std::string& site) const { return path_ + "/" + site + "/journal"; }

    /// A reading of its own, so that verify_folder() stays free of kinds.
    Result<void> collect_held(const std::string& name) {
        SiteReport one;
        one.site = {name};
        TRY(const auto seen, walk(disk_, folder_of(name), [&](const Entry& entry) { collect(one, entry); }));
        one.journal.last_seq = seen.last_seq;
        report_.sites.push_back(std::move(one));
        return {};
    }

    void collect(SiteReport& one, const Entry& entry) {
        if (entry.seq == 1 && entry.actor.starts_with(kSite) && entry.actor.substr(kSite.size()) != one.site.value) {
            others_.insert(one.site.value);
            one.bad_checkpoints.push_back("site " + one.site.value + ": its journal begins as that of site " + entry.actor.substr(kSite.size()) +
                                          ": it is another's or a copy, and what it holds of others is not counted");
        }
        // A site has one voice, however many copies there are of it.
        if (entry.kind != kCheckpointHeld || entry.erased || others_.contains(one.site.value)) return;
        auto checkpoint = checkpoint_from_json(entry.payload);
        const auto where = "site " + one.site.value + " entry " + std::to_string(entry.seq);
        if (!checkpoint) {
            one.bad_checkpoints.push_back(where + ": " + checkpoint.error().message);
        } else if (checkpoint->site != one.site) {  // What a site says of itself proves nothing.
            ++one.checkpoints_held;
            const auto subject = checkpoint->site.value;
            held_[subject].push_back({*std::move(checkpoint), where});
        }
    }

    void cross_check(SiteReport& one, const std::string& key_file) {
        const auto name = "site " + one.site.value;
        tell(one, name);
        for (const auto& bad : one.bad_checkpoints) fault(bad);
        const auto held = held_.find(one.site.value);
        if (held == held_.end()) {
            if (one.journal.entries > 0)
                say(name + ": no other site here holds a checkpoint of it: a cut tail would not show");
            return;
        }
        one.checkpoints = held->second.size();
        auto keys = brought_keys(one.site.value);
        if (auto shown = keys_in(key_file)) {
            keys.merge(*shown);
        } else if (keys.empty() || disk_.exists(key_file)) {
            fault(name + ": its keys/checkpoint.pub " + shown.error().message);
        }
        if (keys.empty()) return;
        one.findings = verify_against(one.journal, held->second, keys);
        for (const auto& finding : one.findings) fault(name + ": " + finding.what);
        one.agreed = agreed_of(one, held->second);
        if (one.findings.empty())
            say(name + ": " + std::to_string(one.checkpoints) + " checkpoints held elsewhere agree, up to entry " + std::to_string(one.agreed) +
                ": the chain leads through all of them");
    }

    static std::uint64_t agreed_of(const SiteReport& one, const std::vector<HeldCheckpoint>& held) {
        auto end = one.journal.last_seq + 1;  // From here on nothing is confirmed.
        for (const auto& finding : one.findings) end = std::min(end, finding.from == 0 ? 1 : finding.from);
        std::uint64_t agreed = 0;
        for (const auto& checkpoint : held) {
            if (checkpoint.checkpoint.seq < end) agreed = std::max(agreed, checkpoint.checkpoint.seq);
        }
        return agreed;
    }

    /// An entry does not say whose it is: the journal that has it answers.
    void ask_for(const BroughtEntry& asked) {
        Inclusion last{false, "no journal is here"};
        for (const auto& one : report_.sites) {
            last = inclusion(one.journal, asked.entry, one.agreed);
            const auto name = one.site.value.empty() ? std::string() : "site " + one.site.value + ": ";
            if (last.holds) return say(asked.from + ": " + name + last.what);
        }
        fault(asked.from + ": " + (report_.sites.size() > 1 ? "in none of these journals; in the last, " : "") + last.what);
    }

    void tell(const SiteReport& one, const std::string& name) {
        const auto& journal = one.journal;
        say(name + ": " + std::to_string(journal.entries) + " entries hold, " +
            std::to_string(journal.erased) + " of them erased by law; last digest " + journal.last_digest);
        if (journal.entries == 0 && !journal.problem) fault(name + ": its journal is empty: a site that ever ran has entries");
        if (journal.unfinished_erasures > 0) {
            say(name + ": " + std::to_string(journal.unfinished_erasures) +
                " erasures are ordered and not closed yet: the site does it, or its next start");
        }
        if (journal.torn_bytes > 0) {
            say(name + ": " + std::to_string(journal.torn_bytes) +
                " bytes of a torn last write after entry " + std::to_string(journal.last_seq) +
                ", never acknowledged");
        }
        if (journal.problem) fault(name + ": " + to_string(*journal.problem));
    }

    /// Keys that somebody wrote down elsewhere count more than those that lie beside the journal.
    CheckpointKeys brought_keys(const std::string& name) const {
        const auto brought = question_.keys.find(name);
        return brought == question_.keys.end() ? CheckpointKeys{} : brought->second;
    }

    /// Errors: what is wrong with the file, to stand behind its name.
    Result<CheckpointKeys> keys_in(const std::string& path) {
        const auto text = disk_.read(path, 0, kKeyFileBytesMax + 1);
        if (!text && (text.error().kind == ErrorKind::not_found || text.error().kind == ErrorKind::invalid))
            return fail(ErrorKind::not_found, "is missing: no checkpoint of it can be checked");
        if (!text) return fail(text.error().kind, "cannot be read: " + text.error().message);
        if (text->size() > kKeyFileBytesMax) return fail(ErrorKind::invalid, "holds more than 4096 bytes");
        CheckpointKeys keys;
        std::istringstream lines(*text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string kid;
            std::string hex;
            std::string rest;
            const bool is_pair = (words >> kid >> hex) && !(words >> rest);
            auto key = crypto::from_hex(hex, path);
            if (!is_pair || !key || key->size() != 32) return fail(ErrorKind::invalid, "holds no `<kid> <64 hex>` line");
            // Which of the two would be the site's nobody can tell.
            if (!keys.emplace(kid, *std::move(key)).second) return fail(ErrorKind::invalid, "holds the key " + kid + " twice");
        }
        if (keys.empty()) return fail(ErrorKind::invalid, "holds no key");
        return keys;
    }

    env::Disk& disk_;
    std::string path_;
    const DataQuestion& question_;
    const std::optional<std::vector<SiteId>>& joined_;
    DataReport report_;
    int folders_ = 0;               // Looked into by look_below().
    std::set<std::string> looked_;   // Real paths that look_below() came to.
    std::set<std::string> read_;     // Real paths of the journals that are judged.
    std::set<std::string> unread_;   // Sites whose journal the disk does not give.
    std::set<std::string> emptied_;  // Sites' folders without a segment.
    std::set<std::string> others_;   // Sites whose journal begins as another's.
    std::string absent_;  // Of whom there are checkpoints and no journal, with commas.
    std::map<std::string, std::vector<HeldCheckpoint>> held_;  // By the site that they speak of.
};

}  // namespace

DataReport verify_data(env::Disk& disk, const std::string& path, const DataQuestion& question) {
    return DataVerifier(disk, path, question).run();
}

}  // namespace bongsu::journal
