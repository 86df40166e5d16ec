#pragma once
// The thread that reads a site's whole journal after a start, behind everything else.

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "app/site/journal_check.hpp"
#include "journal/index.hpp"

namespace bongsu::app {

/// Begins at once, ends by itself or with the object. Its thread has a low priority for processor and disk, and a disk
/// of its own. What it finds goes to the log and to `check`; the site goes on in any case: a record that does not
/// hold is a matter for people, and those who respond need the site.
class DeepCheckThread {
  public:
    /// `known`: where the journal stood when the site began.
    DeepCheckThread(std::string folder, journal::Place known, std::shared_ptr<JournalCheck> check);
    ~DeepCheckThread();

  private:
    void run();

    std::string folder_;
    journal::Place known_;
    std::shared_ptr<JournalCheck> check_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace bongsu::app
