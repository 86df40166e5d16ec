#pragma once
// Invented people and agencies of the demonstration. No password stands here: those are drawn at the first
// start.

#include <span>
#include <string_view>

namespace bongsu::place {

struct Person {
    std::string_view role;  ///< operator, police, supervisor, official, admin, agency
    std::string_view login;
    std::string_view name_ko;
    std::string_view name_en;
    std::string_view site;    ///< Where the account lives.
    std::string_view agency;  ///< Organisation code: letter and ten digits.
    std::string_view agency_ko;
    std::string_view agency_en;
    std::string_view send_cd;  ///< Agencies' message codes; empty for people who send none.
    std::string_view rcv_cd;
    int crew = 0;  ///< 1 to 4: of the centre's crews; 0: of none. Which shift it works is the roster's to say.
};

inline constexpr std::string_view kCentreAgency = "B1100000000";
inline constexpr std::string_view kPoliceAgency = "P1100000000";
inline constexpr std::string_view kFireAgency = "F1100000000";
inline constexpr std::string_view kJusticeAgency = "M1100000000";
inline constexpr std::string_view kAnsimiAgency = "A1100000000";

/// Logins are unique. Immutable; threads: any.
std::span<const Person> people();

}  // namespace bongsu::place
