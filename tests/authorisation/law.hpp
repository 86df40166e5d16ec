#pragma once
// Who may what, written by hand from the law and the public contract and from nothing of the program: not from its route
// table, its policies nor its purposes. What the program does is held against it, cell by cell.
//
// 개인정보 보호법 제18조 (no use beyond the purpose), 제25조 (video devices), 제29조 with 개인정보의 안전성 확보조치 기준 제5조 (the least
// authority by role, one account one person) and 제8조 (access on record, looked through by others than the watchers);
// 112신고의 운영 및 처리에 관한 법률 제10조 (what the 112 room may ask); docs/openapi.json; docs/adr/0004, 0005, 0014.

#include <string>
#include <string_view>
#include <vector>

namespace bongsu::authorisation {

/// Persons by a letter each; a row of the table names whom it is for.
///   n nobody, however disguised      o operator at a seat       z operator at no seat    p the crew's police officer
///   s crew chief                     f official in charge       a who runs the system    e official of another site
///   1, 2 two persons of the 112 room 9 one of the 119 room      j one of an agency that has no part in anything
inline constexpr std::string_view kPersons = "nozpsfae129j";
inline constexpr std::string_view kAgencyPersons = "129j";
/// "P…", "F…", "J…": for whom the person works; empty at the centre.
std::string_view agency_of(char person);

/// A route, or a question at one: "GET /api/v1/incidents?state=new".
struct Row {
    std::string route;
    std::string may;       ///< Letters; 'w' for the agencies that have a part in the path's incident or hold its grant.
    std::vector<int> done; ///< What those who may are answered: done, or refused for its content or the state of things.
    std::string body = {}; ///< {incident}, {grant}, {camera} are filled in.
    int off = 403;         ///< What an operator at no seat is told who may not, as the others of that role may.
    bool of_partners = false;  ///< A partner's own door: no person's session opens it, whoever's.
};

/// An incident or a grant, and which agencies have a part in it.
struct Thing {
    std::string name;
    std::string senders;  ///< 'P' and 'F': who reported it.
    std::string holders;  ///< Who holds or held a grant of it.
};

/// A word that stands in one place of the town alone. Whoever may read it finds it somewhere, and nobody else anywhere.
struct Secret {
    std::string name;
    std::string may;  ///< Letters.
};

/// A grant under which somebody asks for a ticket.
struct Lent {
    std::string holder;  ///< "P", "F", "centre", or "o": the person.
    std::string state;   ///< "live", "ended", "revoked", "expired", "coming".
    std::string kinds;   ///< What its purpose declares: words with spaces.
};

/// An item of the live stream, and to whom it is told.
struct Told {
    std::string kind;
    std::string may;  ///< 'w': the agencies that have a part in what it is about.
};

/// A message between sites.
struct Message {
    std::string name;
    bool taken;  ///< By the centre of a district, or the other way.
};

/// A way out of media and the kinds of tickets that open it.
struct WayOut {
    std::string name, kinds;
};

struct Law {
    std::vector<Row> rows;
    std::vector<Thing> incidents;
    std::vector<Told> told;
    std::vector<Message> messages;
    std::vector<WayOut> ways;
    std::string may_ask_tickets;    ///< Letters: whose work is to watch.
    std::string centre_watchers;    ///< Of the centre's grants: those at a seat.
    std::string states_that_open;   ///< Of a grant.
    std::string kinds_served;       ///< Of tickets that anybody can ask for today.
};
/// As the texts have it.
const Law& law();

/// Whether the agency of this person reported the incident or holds a grant of it.
bool has_part(const Thing& incident, char person);
/// What the answer must be: one of `done` where they may, else this status exactly.
struct Expected {
    bool may = false;
    int refused = 0;
};
/// `incident`: the path's; null where it has none. `holders`: of the path's grant; null where it has none.
Expected expected_of(const Row& row, char person, const Thing* incident, const std::string* holders);
/// Whether this person gets a ticket of this kind under the grant, for a camera that is in it or not.
bool may_have_ticket(const Law& law, const Lent& lent, char person, std::string_view kind, bool in_grant);
/// Whether the person may know of the grant at all.
bool may_know(const Lent& lent, char person);

}  // namespace bongsu::authorisation
