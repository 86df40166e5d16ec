#pragma once
#include <memory>
#include <vector>

#include "base/id.hpp"
#include "journal/book.hpp"

namespace bongsu::app {

/// All folds of a site, in the order in which an entry meets them.
std::vector<std::unique_ptr<journal::Fold>> make_folds(const SiteId& here);
/// copy_watch.cpp: table copy_said.
std::unique_ptr<journal::Fold> make_copy_fold();

}  // namespace bongsu::app
