#pragma once
// What a new list changes in the one that stands, and what taking an import back changes.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "imports/file.hpp"

namespace bongsu::imports {

constexpr std::size_t kExamplesMax = 20;
constexpr std::size_t kRemovalsFree = 5;     ///< Cameras; so many go without a question, however short the list.
constexpr std::size_t kRemovalsPercent = 10; ///< Of the cameras that stand; more is asked about.

/// Places, but for the three that count cameras. added + changed + unchanged == the new list's places.
struct Diff {
    std::size_t added = 0, changed = 0, unchanged = 0, removed = 0;
    std::size_t cameras = 0, cameras_before = 0;
    std::size_t cameras_gone = 0;  ///< Of places that are removed, and of those that have fewer now.
    std::vector<std::string> examples;  ///< "changed p12…: 2 cameras, before 1": the first kExamplesMax.
};
Diff compare(const std::vector<Listed>& before, const std::vector<Listed>& after);

/// A numbered place that stands under one of its aliases at the same address keeps that id: whether a file names
/// one owner or several changes no camera's id.
void keep_ids_of_owners(const std::vector<Listed>& before, std::vector<Listed>& after);

/// A place known by address and position (no number of the owner's) that moved, and that stands alone at its
/// address in both lists, keeps its id: it changed, it is not another one.
void keep_ids_of_moved(const std::vector<Listed>& before, std::vector<Listed>& after);

/// A refused row takes nothing away: the places of `before` that it speaks of (by its number; without one by its
/// address) and that the reading lacks stay as they stand. They are added to reading.list and counted in
/// reading.kept, which a note says.
void keep_refused(const std::vector<Listed>& before, Reading& reading);

/// More than kRemovalsPercent of the cameras that stand would go, and more than `allowed` and kRemovalsFree: a
/// file that was cut looks like this. A person has to say that they may.
std::optional<Question> ask_about_removals(const Diff& diff, std::size_t allowed);

/// Places whose camera id `taken` knows are refused: it belongs to a camera that is not of this list.
void refuse_taken(const SiteId& site, const std::function<bool(const CameraId&)>& taken, Reading& reading);

/// The list after an import is taken back: `base` and `made` are the list before and after that import, `now`
/// is the one that stands. What the import did not touch stays as it is now. Errors: conflict, with how many
/// places changed again since.
Result<std::vector<Listed>> take_back(const std::vector<Listed>& base, const std::vector<Listed>& made,
                                      const std::vector<Listed>& now);

}  // namespace bongsu::imports
