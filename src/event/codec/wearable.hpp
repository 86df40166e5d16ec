#pragma once
// Wire format D: the comma-separated text of wearables and bells. Pure.
//
//   SMART,name,age,phones,address,sensorId,smartId,status,battery,emergency,pointX,pointY,pointZ
//
// One message a line, ended by LF or CRLF. The fields' names are known, their order within a message is not:
// the lists below are the names in the order in which the format's description gives them, and a profile
// names its own. `emergency` is 0 clear, 1 emergency, 2 test.
//
// A comma within a text: exactly one field of a list may hold commas (the address, of SMS the text). The
// fields in front of it are counted from the left, those behind it from the right, and what is left over
// between is its text, noted as "commaIn:address". A list without such a field takes no surplus comma.
//
// Several phones: pieces behind the first that look like one (a 0 or + first, at least four digits) are of `phones` too, as far as
// there are more pieces than names.
//
// A missing battery: an empty field is no value; when the field is left out altogether the message has one
// field too few and is read without it, if `emergency` and the coordinates then are what they must be. Both
// are noted "absent:battery". (Left out, with a comma in the address: the message then looks whole and is
// refused because the pieces lie one field off, and ids, battery or emergency are not what they must be.)

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/codec/decoded.hpp"
#include "event/codec/framing.hpp"
#include "event/profile.hpp"

namespace bongsu::event::wearable {

inline constexpr std::size_t kMessageBytesMax = 4096;
inline constexpr std::size_t kLineBytesMax = 64 << 10;
inline constexpr std::size_t kNumberBytesMax = 64;

enum class Kind : std::uint8_t { smart, sensor, test, clear, sms };
std::string_view to_string(Kind kind);  ///< "SMART"

/// Cuts a stream into lines without their ends; empty lines are passed over.
/// Invariant: the messages depend on the bytes alone. Bounds: of a longer line than kMessageBytesMax that much and one byte more
/// is a message, which read() refuses; the line behind it may be somebody's call for help, and this format has no answer by which
/// its device would know. A line of more than kLineBytesMax is none: a refusal, and the framer is finished.
class Framer {
  public:
    Fed feed(std::string_view bytes);
    /// The peer closed or fell silent: a last line without its end is a message too.
    Fed finish();
    const std::string& pending() const { return pending_; }

  private:
    void take_line(Fed& out);
    std::string pending_;
    std::size_t left_out_ = 0;  // Of the line that is pending.
    bool is_broken_ = false;
};

/// One message, before anybody asked whether an occurrence is open.
struct Reading {
    Kind kind = Kind::smart;
    std::string device;            ///< sensorId, else smartId; what an occurrence is counted by.
    std::optional<int> battery;    ///< 0 to 100.
    std::optional<int> emergency;  ///< 0, 1, 2.
    std::optional<Position> position;
    PositionFault position_fault = PositionFault::none;
    std::string address, status, text;
    std::map<std::string, std::string>
        items;  ///< name, age, phones, sensorId, smartId …: by their field names.
    std::vector<std::string> faults;
    std::string digest;  ///< Hex SHA-256 of the line.
    bool is_test() const { return kind == Kind::test || emergency == 2; }
    bool is_emergency() const { return kind != Kind::clear && kind != Kind::sms && emergency == 1; }
    bool is_clear() const { return kind == Kind::clear || (kind != Kind::sms && emergency == 0); }
};

struct Read {
    Refusal refusal;
    Reading reading;
};
/// A battery or coordinates that cannot be read are noted ("batteryFault", "positionFault:pointX") and refuse no line: who
/// calls for help has one device and this one line.
/// Bounds: kMessageBytesMax, fields by list. Errors: by `refusal`, naming the field.
Read read(const Profile& profile, std::string_view line);

/// What its numbers begin with: the device's id, shortened by a digest when it is long.
std::string number_prefix(const Reading& reading);

/// The number of the occurrence that a device begins at `at`: "<device>-<17 digits>"; that of a test begins
/// "TEST-".
std::string number_of(const Reading& reading, WallTime at);

/// What a reading leads to. The format has neither number nor time: `received` is both the time and the new
/// number's. `open_number`: the number of this device's occurrence that is not yet 50, 90, 91 or 92; the
/// store knows.
///
/// - emergency, none open: Event, state 10. Open: state 40 of that number, noted "emergencyRepeated": it
/// opens nothing
///   twice, and its new position counts.
/// - clear (CLEAR, or emergency 0) while one is open: Event, state 50 of that number. None open: Telemetry.
/// - test (TEST, or emergency 2): Event with `test`, a number of its own, whatever is open. Nobody is told.
/// - SMS: Telemetry of kind "text". What another platform asks us to send out by SMS is kept, never sent.
Decoding to_content(const Profile& profile, const Reading& reading, WallTime received,
                    const std::optional<std::string>& open_number);

/// read, then to_content with no occurrence open. Threads: any.
Decoding decode(const Profile& profile, std::string_view line, WallTime received);

/// The list of `kind`: the profile's or the default.
std::vector<std::string> fields_of(const Profile& profile, Kind kind);
/// A list names a device, and for SMART and SENSOR the emergency. Errors: invalid, saying what is missing.
Result<void> check_fields(std::string_view kind, const std::vector<std::string>& list);

/// A line as a device would send it, with its LF; for tests and `simulate`. Values stand in the order of the
/// list.
std::string write(Kind kind, const std::vector<std::string>& values);

}  // namespace bongsu::event::wearable
