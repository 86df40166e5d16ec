#pragma once
// What a new list changes in the one that stands, and what taking an import back changes.

#include <functional>
#include <string>
#include <vector>

#include "imports/file.hpp"

namespace bongsu::imports {

constexpr std::size_t kExamplesMax = 20;

/// Rows, but for the two that count cameras. added + changed + unchanged == the new list's places.
struct Diff {
    std::size_t added = 0, changed = 0, unchanged = 0, removed = 0;
    std::size_t cameras = 0, cameras_before = 0;
    std::vector<std::string> examples;  ///< "changed p12…: 2 cameras, before 1": the first kExamplesMax.
};
Diff compare(const std::vector<Listed>& before, const std::vector<Listed>& after);

/// A place known by address and position (no number of the owner's) that moved, and that stands alone at its
/// address in both lists, keeps its id: it changed, it is not another one.
void keep_ids_of_moved(const std::vector<Listed>& before, std::vector<Listed>& after);

/// Places whose camera id `taken` knows are refused: it belongs to a camera that is not of this list.
void refuse_taken(const SiteId& site, const std::function<bool(const CameraId&)>& taken, Reading& reading);

/// The list after an import is taken back: `base` and `made` are the list before and after that import, `now`
/// is the one that stands. What the import did not touch stays as it is now. Errors: conflict, with how many
/// places changed again since.
Result<std::vector<Listed>> take_back(const std::vector<Listed>& base, const std::vector<Listed>& made,
                                      const std::vector<Listed>& now);

}  // namespace bongsu::imports
