#pragma once
// Writes SCSNS messages: what partners are told, and for `bongsu simulate` and tests what they tell. Shares nothing with
// the decoder.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "event/position.hpp"
#include "event/profile.hpp"

namespace bongsu::event::scsns {

struct WriterHead {
    std::string send_cd, rcv_cd;  ///< "P1100000000": a letter and ten digits.
    std::string sys_cd = "112";
    std::string rr_key{};  ///< The session key that getAuth answered; empty before.
    WallTime at;           ///< reqDate.
};

struct WriterEvent {
    std::string type = "112UC001";
    std::string type_name = "112센터 긴급영상 지원";
    std::string grade = "10";
    std::string number;  ///< ocrNbr.
    std::string state = "10";
    std::optional<Position> position;  ///< Nothing is written as "0".
    std::string place, text;
    WallTime occurred_at, state_time;
    std::vector<std::pair<std::string, std::string>> items;
};

/// JSON of /api/getAuth.json with `api_key` under `api_key_field` in the body.
std::string write_get_auth(const WriterHead& head, const std::string& api_key,
                           const std::string& api_key_field = "apiKey");

/// JSON of /linkHttp/recvEvent.json; any state (10 20 40 50 90 91).
std::string write_event(const WriterHead& head, const WriterEvent& event);

/// One of the messages above with its body under the profile's ARIA: encAt "Y", body the text of the cipher, bodyLen that
/// text's length. Without padding the body's JSON is filled to whole blocks with spaces.
/// Errors: unavailable when the pass phrase is not there, or OpenSSL has no ARIA: nothing then leaves in the clear.
Result<std::string> encrypt(const Profile& profile, std::string_view message);

/// An occurrence number as partners make it: 17 digits of Asia/Seoul time, milliseconds last.
std::string number_of(WallTime at);

}  // namespace bongsu::event::scsns
