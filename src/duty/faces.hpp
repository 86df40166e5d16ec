#pragma once
// What this room's faces share.

#include <boost/json/value.hpp>
#include <map>
#include <string>

#include "duty/http.hpp"

namespace bongsu::duty {

inline WallTime now_of(const Office& office) { return office.book.env().clock.wall(); }

/// { ko, en }; null for somebody whose account is gone.
inline boost::json::value names_of(const Office& office, const UserId& user) {
    const auto person = office.accounts.person(user);
    if (!person) return nullptr;
    return {{"ko", person->name_ko}, {"en", person->name_en}};
}

/// Of a long list each person is asked for once.
class Names {
  public:
    explicit Names(const Office& office) : office_(office) {}
    const boost::json::value& of(const UserId& user) {
        const auto [at, is_new] = known_.try_emplace(user.value, nullptr);
        if (is_new) at->second = names_of(office_, user);
        return at->second;
    }

  private:
    const Office& office_;
    std::map<std::string, boost::json::value> known_;
};

}  // namespace bongsu::duty
