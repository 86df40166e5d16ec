#pragma once
// What this room's faces share.

#include <boost/json/value.hpp>

#include "duty/http.hpp"

namespace bongsu::duty {

inline WallTime now_of(const Office& office) { return office.book.env().clock.wall(); }

/// { ko, en }; null for somebody whose account is gone.
inline boost::json::value names_of(const Office& office, const UserId& user) {
    const auto person = office.accounts.person(user);
    if (!person) return nullptr;
    return {{"ko", person->name_ko}, {"en", person->name_en}};
}

}  // namespace bongsu::duty
