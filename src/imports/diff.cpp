#include "imports/diff.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

namespace bongsu::imports {

namespace {

using Index = std::unordered_map<std::string_view, const Listed*>;

Index index_of(const std::vector<Listed>& list) {
    Index index;
    index.reserve(list.size());
    for (const auto& place : list) index.emplace(place.local, &place);
    return index;
}

const Listed* find(const Index& index, const std::string& local) {
    const auto found = index.find(local);
    return found == index.end() ? nullptr : found->second;
}

/// Both absent, or both there and alike.
bool alike(const Listed* a, const Listed* b) { return a == nullptr || b == nullptr ? a == b : same(*a, *b); }

std::string difference(const Listed& before, const Listed& after) {
    std::string out;
    const auto add = [&](std::string_view what, const std::string& was, const std::string& is) {
        if (was != is) out += (out.empty() ? "" : "; ") + std::string(what) + " " + is + ", before " + was;
    };
    add("name", before.name, after.name);
    add("cameras", std::to_string(before.cameras), std::to_string(after.cameras));
    add("purpose", before.purpose, after.purpose);
    add("longitude", std::to_string(before.lon_e7 / 1e7), std::to_string(after.lon_e7 / 1e7));
    add("latitude", std::to_string(before.lat_e7 / 1e7), std::to_string(after.lat_e7 / 1e7));
    add("bearing", std::to_string(before.bearing), std::to_string(after.bearing));
    return out;
}

}  // namespace

Diff compare(const std::vector<Listed>& before, const std::vector<Listed>& after) {
    const auto old = index_of(before), fresh = index_of(after);
    Diff diff;
    for (const auto& place : before) {
        diff.cameras_before += static_cast<std::size_t>(place.cameras);
        if (fresh.contains(place.local)) continue;
        ++diff.removed;
        diff.cameras_gone += static_cast<std::size_t>(place.cameras);
        if (diff.examples.size() < kExamplesMax / 2)
            diff.examples.push_back("removed " + place.local + ": " + place.name);
    }
    for (const auto& place : after) {
        diff.cameras += static_cast<std::size_t>(place.cameras);
        const auto* was = find(old, place.local);
        if (was == nullptr) {
            ++diff.added;
        } else if (same(*was, place)) {
            ++diff.unchanged;
        } else {
            ++diff.changed;
            diff.cameras_gone += static_cast<std::size_t>(std::max(0, was->cameras - place.cameras));
            if (diff.examples.size() < kExamplesMax)
                diff.examples.push_back("changed " + place.local + " (row " + std::to_string(place.row) +
                                        "): " + difference(*was, place));
        }
    }
    return diff;
}

void keep_ids_of_owners(const std::vector<Listed>& before, std::vector<Listed>& after) {
    const auto old = index_of(before);
    std::vector<std::pair<std::size_t, std::string>> kept;
    {
        const auto fresh = index_of(after);
        std::unordered_set<std::string_view> claimed;
        for (std::size_t i = 0; i < after.size(); ++i) {
            const auto* stands = find(old, after[i].local);
            // Under its number another owner's place may stand, at another address.
            if (after[i].key.empty() || (stands != nullptr && stands->key == after[i].key)) continue;
            for (const auto& alias : after[i].aliases) {
                const auto* was = find(old, alias);
                if (was == nullptr || was->key != after[i].key || fresh.contains(alias)) continue;
                if (!claimed.insert(was->local).second) continue;
                kept.emplace_back(i, alias);
                break;
            }
        }
    }
    for (auto& [index, local] : kept) after[index].local = std::move(local);
}

void keep_ids_of_moved(const std::vector<Listed>& before, std::vector<Listed>& after) {
    const auto old = index_of(before);
    struct Side {
        std::size_t count = 0;
        std::size_t index = 0;
    };
    std::unordered_map<std::string_view, std::pair<Side, Side>>
        by_key;  // Of those without a partner: old, new.
    {
        const auto fresh = index_of(after);
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i].key.empty() || !before[i].by_address || fresh.contains(before[i].local)) continue;
            auto& side = by_key[before[i].key].first;
            ++side.count;
            side.index = i;
        }
    }
    for (std::size_t i = 0; i < after.size(); ++i) {
        if (!after[i].by_address || old.contains(after[i].local)) continue;
        const auto found = by_key.find(after[i].key);
        if (found == by_key.end()) continue;
        ++found->second.second.count;
        found->second.second.index = i;
    }
    for (const auto& [key, sides] : by_key) {
        if (sides.first.count == 1 && sides.second.count == 1)
            after[sides.second.index].local = before[sides.first.index].local;
    }
}

void keep_refused(const std::vector<Listed>& before, Reading& reading) {
    std::unordered_map<std::string_view, const Refusal*> numbers, addresses, aliases;
    for (const auto& row : reading.refused) {
        if (!row.local.empty())
            numbers.emplace(row.local, &row);
        else if (!row.key.empty())
            addresses.emplace(row.key, &row);
        for (const auto& alias : row.aliases) aliases.emplace(alias, &row);
    }
    const auto row_of = [&](const Listed& place) -> const Refusal* {
        if (const auto found = numbers.find(place.local); found != numbers.end()) return found->second;
        if (const auto found = aliases.find(place.local);
            found != aliases.end() && found->second->key == place.key)
            return found->second;
        const auto found = addresses.find(place.key);
        return found != addresses.end() && place.by_address ? found->second : nullptr;
    };
    std::vector<Listed> kept;
    const auto fresh = index_of(reading.list);
    for (const auto& place : before) {
        const auto* row = fresh.contains(place.local) ? nullptr : row_of(place);
        if (row == nullptr) continue;
        kept.push_back(place);
        kept.back().row = row->row;
    }
    reading.kept = kept.size();
    if (kept.empty()) return;
    reading.notes.push_back(std::to_string(kept.size()) + " places stay as they stand: their rows are refused");
    std::move(kept.begin(), kept.end(), std::back_inserter(reading.list));
}

std::optional<Question> ask_about_removals(const Diff& diff, std::size_t allowed) {
    const auto gone = diff.cameras_gone;
    if (gone <= std::max(kRemovalsFree, allowed) || gone * 100 <= diff.cameras_before * kRemovalsPercent)
        return std::nullopt;
    return Question{"removals",
                    std::to_string(gone) + " of the " + std::to_string(diff.cameras_before) +
                        " cameras that stand would go (" + std::to_string(diff.removed) +
                        " places are not in the file): more than " + std::to_string(kRemovalsPercent) +
                        " %, as when a file was cut",
                    {{std::to_string(gone), "lets so many cameras go at once, and no more"}}};
}

void refuse_taken(const SiteId& site, const std::function<bool(const CameraId&)>& taken, Reading& reading) {
    std::vector<Listed> kept;
    kept.reserve(reading.list.size());
    for (auto& place : reading.list) {
        const auto ids = camera_ids_of({place}, site);
        const auto twin = std::find_if(ids.begin(), ids.end(), taken);
        if (twin == ids.end()) {
            kept.push_back(std::move(place));
        } else {
            reading.refused.push_back(
                {place.row, "",
                 "camera " + twin->value + " is in the directory already and not of this list", place.local,
                 place.key, place.aliases});
        }
    }
    if (kept.size() == reading.list.size()) {
        reading.list = std::move(kept);
        return;
    }
    reading.list = std::move(kept);
    std::sort(reading.refused.begin(), reading.refused.end(),
              [](const Refusal& a, const Refusal& b) { return a.row < b.row; });
}

Result<std::vector<Listed>> take_back(const std::vector<Listed>& base, const std::vector<Listed>& made,
                                      const std::vector<Listed>& now) {
    const auto old = index_of(base), done = index_of(made), current = index_of(now);
    std::size_t changed_again = 0;
    std::string example;
    const auto touched = [&](const std::string& local) {
        return !alike(find(old, local), find(done, local));
    };
    const auto judge = [&](const Listed& place) {
        if (!touched(place.local) || alike(find(current, place.local), find(done, place.local))) return;
        if (changed_again++ == 0) example = place.local;
    };
    for (const auto& place : made) judge(place);
    for (const auto& place : base) {
        if (!done.contains(place.local)) judge(place);
    }
    if (changed_again > 0) {
        return fail(ErrorKind::conflict, std::to_string(changed_again) +
                                             " places that this import touched were changed again since (" +
                                             example + "): take the later import back first");
    }
    std::vector<Listed> after;
    for (const auto& place : now) {
        if (!touched(place.local)) {
            after.push_back(place);
        } else if (const auto* was = find(old, place.local)) {
            after.push_back(*was);
        }
    }
    for (const auto& place : base) {
        if (!current.contains(place.local) && touched(place.local)) after.push_back(place);
    }
    return after;
}

}  // namespace bongsu::imports
