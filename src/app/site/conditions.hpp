#pragma once
// What a look at the site found that has to be an alarm now.

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "alarm/verbs.hpp"

namespace bongsu::app {

struct Conditions {
    std::map<std::string, alarm::Raise> hold;  ///< By rule and source.
    std::set<std::string> undecided;           ///< May or may not: what is active stays so.
    static std::string key_of(std::string_view source, std::string_view rule);
    void add(alarm::Raise raised);
};

}  // namespace bongsu::app
