#include "journal/verify.hpp"

#include <algorithm>

#include "crypto/crypto.hpp"

namespace bongsu::journal {
namespace {

RawDigest raw_of(const std::string& hex) {
    const auto bytes = crypto::from_hex(hex, "digest");
    BONGSU_CHECK(bytes &&
                 bytes->size() == 32);  // decode_entry() and checkpoint_from_json() let no other through.
    RawDigest raw{};
    std::copy(bytes->begin(), bytes->end(), raw.begin());
    return raw;
}

std::string name_of(const HeldCheckpoint& held) {
    return "checkpoint of entry " + std::to_string(held.checkpoint.seq) + " held by " + held.holder;
}

std::optional<Finding> signature_fault(const HeldCheckpoint& held, const CheckpointKeys& keys) {
    const auto key = keys.find(held.checkpoint.kid);
    if (key == keys.end())
        return Finding{0, 0, name_of(held) + " is signed by a key that the site does not show"};
    if (!check(held.checkpoint, key->second)) return Finding{0, 0, name_of(held) + " has a forged signature"};
    return {};
}

/// A batch that lost its end is lost from its first entry on, also where its records are there: whoever cut behind them, or
/// cleared the marks, did it somewhere up to the one after them.
Finding cut_tail(const VerifyReport& report, const HeldCheckpoint& held) {
    const auto first = report.last_seq + 1;
    const auto behind = report.last_seq + report.torn_entries;
    const auto lost = "the tail is cut off: entry " + std::to_string(first) + " and all after it are ";
    const auto exists = ", but a " + name_of(held) + " exists";
    if (report.torn_entries == 0) return {first, first, lost + "missing" + exists};
    return {first, behind + 1,
            lost + "lost, those up to entry " + std::to_string(behind) + " being of a batch without its end" + exists};
}

Finding rewritten(std::uint64_t good, const HeldCheckpoint& held) {
    const auto from = good + 1;
    const auto to = held.checkpoint.seq;
    const auto where = from == to ? "entry " + std::to_string(to) + " was rewritten"
                                  : "history was rewritten; the first changed entry is one of " +
                                        std::to_string(from) + " to " + std::to_string(to);
    return {from, to, where + ": its digest is not that of the " + name_of(held)};
}

}  // namespace

Result<VerifyReport> verify_folder(env::Disk& disk, const std::string& folder) {
    VerifyReport report;
    report.folder = folder;
    TRY(auto found,
        walk(disk, folder, [&](const Entry& entry) { report.digests.push_back(raw_of(entry.digest)); }, nullptr, Payloads::as_written));
    report.problem = std::move(found.problem);
    report.entries = report.digests.size();
    report.erased = found.erased;
    report.last_seq = found.last_seq;
    report.last_digest = std::move(found.last_digest);
    report.torn_bytes = found.torn_bytes;
    report.torn_entries = found.torn_entries;
    if (!report.problem) report.problem = std::move(found.returned);
    report.unfinished_erasures = found.erasures.open().size();
    return report;
}

Result<DeepCheck> check_deep(env::Disk& disk, const std::string& folder, const Place& known,
                             const std::atomic<bool>& stop) {
    constexpr int kLooks = 3;
    DeepCheck check;
    for (int look = 0; look < kLooks; ++look) {
        bool leads_through = known.seq == 0;
        check = {};
        const auto each = [&](const Entry& entry) {
            ++check.entries;
            if (entry.seq == known.seq) leads_through = entry.digest == known.digest;
        };
        TRY(auto found, walk(disk, folder, each, &stop, Payloads::as_written));
        check.problem = found.problem ? std::move(found.problem) : std::move(found.returned);
        if (!check.problem && !leads_through)
            check.problem = Problem{"", 0, known.seq, "it is not the entry that the site's start was told by its index files"};
        if (!check.problem) break;
    }
    return check;
}

std::vector<Finding> verify_against(const VerifyReport& report, std::vector<HeldCheckpoint> held,
                                    const CheckpointKeys& keys) {
    std::vector<Finding> findings;
    std::stable_sort(held.begin(), held.end(), [](const HeldCheckpoint& a, const HeldCheckpoint& b) {
        return a.checkpoint.seq < b.checkpoint.seq;
    });
    std::uint64_t good = 0;
    bool history_found = false;  // Everything after the first such finding follows from it.
    for (const auto& one : held) {
        if (auto fault = signature_fault(one, keys)) {
            findings.push_back(*std::move(fault));
            continue;
        }
        const auto seq = one.checkpoint.seq;
        if (history_found) continue;
        if (seq > report.digests.size()) {
            // Where the walk broke off, the problem names the first of them.
            if (report.problem && report.problem->seq > report.last_seq) continue;
            findings.push_back(cut_tail(report, one));
            history_found = true;
        } else if (report.digests[seq - 1] != raw_of(one.checkpoint.digest)) {
            findings.push_back(rewritten(good, one));
            history_found = true;
        } else {
            good = seq;
        }
    }
    return findings;
}

}  // namespace bongsu::journal
