#pragma once
// Which field of a telegram's body means what: the default lists of the five services and the profile's own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/profile.hpp"

namespace bongsu::event::telegram {

/// What a field is for. A field that is none of the others is kept as an item under its own name.
enum class Role : std::uint8_t {
    item,
    skip,      ///< Not kept outside of the raw message.
    number,    ///< The sender's number of the occurrence.
    type,      ///< An event id, or a code of the code map.
    kind,      ///< Class in words: the type's name, and looked up in the code map.
    sub_kind,  ///< Looked up as "class/sub-class".
    name,
    code,  ///< The 112 code: becomes the item that the profile names in `code_item`.
    lon,
    lat,
    position,  ///< x US y US z, further points behind are noted.
    address,
    bjd,  ///< The ten digits of the legal-dong: the item "BJD".
    occurred,
    time,  ///< Another time: checked, kept as an item.
    user,
    text,
    detail,
    test,     ///< Y or N.
    state,    ///< procSt: must agree with STA_TYP_CD or is noted.
    vehicle,  ///< Of a position message: whose position.
    secret,   ///< Of a login.
};

struct Field {
    std::string name;
    Role role = Role::item;
};

/// "NAME", or "NAME=role" for a partner's own name or another meaning: "REF_ID=number".
/// Errors: invalid, when the role is none.
Result<Field> parse_field(std::string_view text);

/// The fields of message type `kind` ("10", "20", "30", "99"): the profile's, else the service's.
///
/// 119 dispatch: as a known sample orders them. 112 video: likewise. Support of the vulnerable: the 19 fields
/// of WP1. Position (30): the columns of the vehicle position table. 112 dispatch and disaster: no order of a
/// socket body is known (the one is a web service, the other a table): the internal JSON's names in its
/// order. Login: the user, and a secret that may be absent.
std::vector<Field> fields_of(const Profile& profile, std::string_view kind);

/// What a list must hold to be of use: a number for 10 and 20, a vehicle for 30, a user for 99.
/// Errors: invalid, saying what is missing or which role is wrong.
Result<void> check_fields(std::string_view kind, const std::vector<std::string>& list);

}  // namespace bongsu::event::telegram
