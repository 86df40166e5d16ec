#pragma once
// One site's journal, folds and clock in memory, for the tests of rooms that write entries.

#include <gtest/gtest.h>

#include <memory>

#include "env/sim/sim_world.hpp"
#include "journal/book.hpp"
#include "sql/test/stores.hpp"

namespace bongsu::identity {

struct TestSite {
    env::sim::World world{11};
    std::unique_ptr<journal::Journal> journal = journal::Journal::open(world.env, "site/journal").value();
    std::unique_ptr<sql::Db> db = sql::open_store();
    std::unique_ptr<journal::Book> book;

    explicit TestSite(std::vector<std::unique_ptr<journal::Fold>> folds = {}) {
        book = std::make_unique<journal::Book>(world.env, *journal, *db, std::move(folds));
        EXPECT_TRUE(book->catch_up());
    }

    /// Runs `verb` as a batch of its own and commits it.
    template <class Verb>
    auto in_batch(const Verb& verb) {
        EXPECT_TRUE(book->begin());
        auto result = verb();
        EXPECT_TRUE(book->commit());
        return result;
    }

    std::vector<journal::Entry> entries() {
        std::vector<journal::Entry> all;
        EXPECT_TRUE(journal->read(0, [&](journal::Entry entry) -> Result<bool> {
            all.push_back(std::move(entry));
            return true;
        }));
        return all;
    }
};

}  // namespace bongsu::identity
