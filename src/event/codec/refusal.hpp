#pragma once
// Why a message led to nothing, in the type codes that the integrated platforms answer each other with. All
// formats use them inside; each codec turns them into its partner's own answer.

#include <string>

namespace bongsu::event {

enum class Code : int {
    ok = 2000,
    bad_request =
        4000,  ///< The bytes are not of the format, not of the encoding, too long, or cannot be decrypted.
    unauthorised = 4001,
    not_found = 4004,  ///< A service or event type that is not agreed with this partner.
    missing = 4101,    ///< A mandatory parameter is missing; the field is named.
    invalid = 4102,    ///< A parameter has a wrong type or value; the field is named.
    too_many = 4209,
    internal = 5000,
    unavailable = 5003,
};

struct Refusal {
    Code code = Code::ok;
    std::string field;   ///< "ocrLc.crdntX"; empty when no one field is at fault.
    std::string reason;  ///< For a person at the partner's; names the field, never a secret.
};

}  // namespace bongsu::event
