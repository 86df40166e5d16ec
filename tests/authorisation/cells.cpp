#include "cells.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace bongsu::authorisation {

std::string Cell::name(const Law& law) const {
    std::string out = law.rows.at(row).route + " as " + person;
    if (!as.empty()) out += ", " + as;
    if (!of.empty()) out += ", of " + of;
    return out;
}

bool is_asked(const std::string& cell) {
    static const char* wanted = std::getenv("BONGSU_CELL");
    return wanted == nullptr || cell.find(wanted) != std::string::npos;
}

namespace {

/// What was counted, once everything was asked.
struct Prints final : testing::Environment {
    void TearDown() override { Tally::all().print(); }
};
[[maybe_unused]] const auto* const kPrints = testing::AddGlobalTestEnvironment(new Prints);

}  // namespace

Tally& Tally::all() {
    static Tally tally;
    return tally;
}

void Tally::count(const std::string& table, const std::vector<std::pair<std::string, std::string>>& dimensions) {
    ++cells_;
    ++tables_[table];
    for (const auto& [dimension, value] : dimensions) ++dimensions_[table + " by " + dimension][value];
}

void Tally::wrong(const std::string& cell, const std::string& why) {
    ++wrongs_;
    std::printf("WRONG %s: %s\n  again: BONGSU_CELL='%s' authorisation-matrix\n", cell.c_str(), why.c_str(), cell.c_str());
}

void Tally::print() const {
    std::printf("%zu cells, %zu wrong\n", cells_, wrongs_);
    for (const auto& [table, count] : tables_) std::printf("  %-10s %6zu\n", table.c_str(), count);
    for (const auto& [dimension, values] : dimensions_) {
        std::string line = "  " + dimension + ":";
        for (const auto& [value, count] : values) line += " " + value + " " + std::to_string(count) + ",";
        line.pop_back();
        std::printf("%s\n", line.c_str());
    }
}

}  // namespace bongsu::authorisation
