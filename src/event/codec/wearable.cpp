#include "event/codec/wearable.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "crypto/crypto.hpp"
#include "event/text.hpp"

namespace bongsu::event::wearable {

namespace {

constexpr std::string_view kCodec = "wearable/1";
constexpr std::size_t kStatusBytesMax = 64;

constexpr std::array<std::string_view, 5> kKinds{"SMART", "SENSOR", "TEST", "CLEAR", "SMS"};

constexpr std::array<std::string_view, 12> kFull{"name",      "age",     "phones", "address",
                                                 "sensorId",  "smartId", "status", "battery",
                                                 "emergency", "pointX",  "pointY", "pointZ"};
constexpr std::array<std::string_view, 8> kSensor{"sensorId",  "smartId", "status", "battery",
                                                  "emergency", "pointX",  "pointY", "pointZ"};
constexpr std::array<std::string_view, 2> kClear{"sensorId", "smartId"};
constexpr std::array<std::string_view, 2> kSms{"phones", "text"};

std::span<const std::string_view> default_fields(Kind kind) {
    switch (kind) {
        case Kind::smart:
        case Kind::test:
            return kFull;
        case Kind::sensor:
            return kSensor;
        case Kind::clear:
            return kClear;
        case Kind::sms:
            return kSms;
    }
    return kFull;
}

std::optional<Kind> kind_of(std::string_view word, CaseRule rule) {
    const auto text = folded(word, rule);
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (kKinds[i] == text) return static_cast<Kind>(i);
    }
    return std::nullopt;
}

/// Which field may hold commas.
bool takes_commas(std::string_view name) { return name == "address" || name == "text"; }

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> pieces;
    while (true) {
        const auto comma = line.find(',');
        pieces.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return pieces;
        line.remove_prefix(comma + 1);
    }
}

struct Value {
    std::string_view name, text;
};

/// Several phones stand one behind the other, in a field that a comma parts as it parts fields: those behind the first are its own, and
/// no part of a place.
bool is_phone(std::string_view text) {
    text = without_padding(text);
    const auto digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits >= 4 && (text[0] == '0' || text[0] == '+') && text.find_first_not_of("0123456789-+() ") == std::string_view::npos;
}

std::size_t further_phones(const std::vector<std::string_view>& pieces, const std::vector<std::string>& names, std::size_t wide) {
    const auto phones = static_cast<std::size_t>(std::find(names.begin(), names.end(), "phones") - names.begin());
    if (phones >= wide || pieces.size() <= names.size() || !is_phone(pieces[phones])) return 0;
    std::size_t count = 0;
    while (count < pieces.size() - names.size() && is_phone(pieces[phones + 1 + count])) ++count;
    return count;
}

/// Lays the pieces onto the names: from the left up to the field that takes commas, from the right behind it.
/// Empty when they do not fit. `surplus` says whether that field took any.
std::vector<Value> lay(std::string_view rest, const std::vector<std::string_view>& pieces,
                       const std::vector<std::string>& names, bool& surplus) {
    const auto wide =
        static_cast<std::size_t>(std::find_if(names.begin(), names.end(), takes_commas) - names.begin());
    const bool has_wide = wide < names.size();
    if (pieces.size() < names.size()) return {};
    const auto extra = pieces.size() - names.size();
    const auto more_phones = further_phones(pieces, names, wide);
    if (extra > more_phones && !has_wide) return {};
    surplus = extra > more_phones;
    std::vector<Value> out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto count = 1 + (names[i] == "phones" ? more_phones : i == wide ? extra - more_phones : 0);
        const auto* begin = pieces[at].data();
        const auto& last = pieces[at + count - 1];
        out.push_back({names[i], rest.substr(static_cast<std::size_t>(begin - rest.data()),
                                             static_cast<std::size_t>(last.data() + last.size() - begin))});
        at += count;
    }
    return out;
}

std::optional<int> small_number(std::string_view text, int max) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    if (text.size() > 3 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    if (value > max) return std::nullopt;
    return value;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(' ') == std::string_view::npos; }

/// Without the battery the rest must be what it says it is: otherwise something else is missing. Where an emergency is told
/// it alone says so, for a place may be odd.
bool fits_without_battery(const std::vector<Value>& values) {
    if (values.empty()) return false;
    const auto emergency = std::find_if(values.begin(), values.end(), [](const Value& value) { return value.name == "emergency"; });
    if (emergency != values.end()) return small_number(emergency->text, 2).has_value();
    return std::all_of(values.begin(), values.end(), [](const Value& value) {
        return (value.name != "pointX" && value.name != "pointY") || is_blank(value.text) || parse_decimal(value.text).has_value();
    });
}

class Reader {
  public:
    explicit Reader(Read& out) : out_(out) {}

    void refuse(Code code, std::string_view field, std::string_view why) {
        if (out_.refusal.code == Code::ok)
            out_.refusal = {code, std::string(field), std::string(field) + " " + std::string(why)};
    }
    void note(std::string fault) {
        if (out_.reading.faults.size() < kNotesMax) out_.reading.faults.push_back(std::move(fault));
    }
    std::string prose(const Value& value, std::size_t bytes_max) {
        auto cleaned = clean(value.text, bytes_max);
        if (cleaned.had_control) note("control:" + std::string(value.name));
        if (cleaned.was_cut) note("cut:" + std::string(value.name));
        return std::move(cleaned.text);
    }
    void read(const Value& value);
    void locate_pair();

  private:
    /// A call for help is never left for a battery or a place that cannot be read: both are noted.
    double coordinate(const Value& value) {
        if (is_blank(value.text)) return 0;
        const auto number = parse_decimal(value.text);
        if (!number) note("positionFault:" + std::string(value.name));
        return number.value_or(0);
    }
    void id(const Value& value) {
        if (is_blank(value.text)) return;
        const auto word = without_padding(value.text);
        if (!is_word(word)) return refuse(Code::invalid, value.name, "must be a short word");
        auto& device = out_.reading.device;
        if (device.empty() || value.name == "sensorId") device = std::string(word);
        out_.reading.items[std::string(value.name)] = std::string(word);
    }

    Read& out_;
    double lon_ = 0, lat_ = 0;
};

void Reader::read(const Value& value) {
    auto& reading = out_.reading;
    if (value.name == "sensorId" || value.name == "smartId") return id(value);
    if (value.name == "address") {
        reading.address = prose(value, kPlaceBytesMax);
    } else if (value.name == "text") {
        reading.text = prose(value, kTextBytesMax);
    } else if (value.name == "status") {
        reading.status = prose(value, kStatusBytesMax);
    } else if (value.name == "battery") {
        reading.battery = small_number(value.text, 100);
        if (is_blank(value.text)) return note("absent:battery");
        if (!reading.battery) note("batteryFault");
    } else if (value.name == "emergency") {
        reading.emergency = small_number(value.text, 2);
        if (!reading.emergency) refuse(Code::invalid, "emergency", "must be 0, 1 or 2");
    } else if (value.name == "pointX") {
        lon_ = coordinate(value);
    } else if (value.name == "pointY") {
        lat_ = coordinate(value);
    } else if (value.name != "pointZ" && !is_blank(value.text)) {
        reading.items[std::string(value.name)] = prose(value, kItemValueBytesMax);
    }
}

void Reader::locate_pair() {
    const auto located = locate(lon_, lat_);
    out_.reading.position = located.position;
    out_.reading.position_fault = located.fault;
}

std::map<std::string, std::string> items_of(const Reading& reading) {
    auto items = reading.items;
    if (!reading.status.empty()) items["status"] = reading.status;
    if (reading.battery) items["battery"] = std::to_string(*reading.battery);
    return items;
}

Event event_of(const Profile& profile, const Reading& reading, WallTime received) {
    Event event;
    event.codec = std::string(kCodec);
    event.sender = profile.sender;
    event.state = "10";
    event.state_time = received;
    event.occurred_at = received;
    event.body_digest = reading.digest;
    event.grade = profile.grade;
    event.position = reading.position;
    event.position_fault = reading.position_fault;
    event.place = reading.address;
    event.text = reading.text;
    event.items = items_of(reading);
    event.faults = reading.faults;
    event.test = reading.is_test();
    return event;
}

}  // namespace

std::string_view to_string(Kind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

Fed Framer::feed(std::string_view bytes) {
    Fed out;
    while (!bytes.empty() && !is_broken_) {
        const auto end = bytes.find('\n');
        const auto take = std::min(end, bytes.size());
        const auto kept = std::min(take, kMessageBytesMax + 1 - pending_.size());
        pending_.append(bytes.substr(0, kept));
        left_out_ += take - kept;
        is_broken_ = pending_.size() + left_out_ > kLineBytesMax;
        bytes.remove_prefix(std::min(take + 1, bytes.size()));
        if (is_broken_ || end == std::string_view::npos) break;
        take_line(out);
    }
    if (is_broken_) {
        out.refusal = {Code::bad_request, "",
                       "the message is longer than " + std::to_string(kMessageBytesMax) + " bytes"};
    }
    return out;
}

void Framer::take_line(Fed& out) {
    if (left_out_ == 0 && pending_.ends_with('\r')) pending_.pop_back();
    if (!pending_.empty()) out.messages.push_back(std::move(pending_));
    pending_.clear();
    left_out_ = 0;
}

Fed Framer::finish() {
    auto out = feed("");
    if (out.ok()) take_line(out);
    return out;
}

Read read(const Profile& profile, std::string_view line) {
    Read out;
    Reader in(out);
    if (line.size() > kMessageBytesMax) {
        out.refusal = {Code::bad_request, "",
                       "the message is longer than " + std::to_string(kMessageBytesMax) + " bytes"};
        return out;
    }
    out.reading.digest = crypto::to_hex(crypto::sha256(line));
    const auto text = to_utf8(line, profile.encoding, "the message");
    if (!text) {
        out.refusal = {Code::bad_request, "", text.error().message};
        return out;
    }
    const std::string_view whole = *text;
    const auto comma = std::min(whole.find(','), whole.size());
    const auto kind = kind_of(whole.substr(0, comma), profile.case_rule);
    if (!kind) {
        in.refuse(Code::invalid, "the first field", "must be SMART, SENSOR, TEST, CLEAR or SMS");
        return out;
    }
    out.reading.kind = *kind;
    auto names = fields_of(profile, *kind);
    const auto rest = whole.substr(std::min(comma + 1, whole.size()));
    const auto pieces = split(rest);
    bool surplus = false;
    auto values = lay(rest, pieces, names, surplus);
    if (values.empty() && pieces.size() + 1 == names.size()) {
        names.erase(std::remove(names.begin(), names.end(), "battery"), names.end());
        values = lay(rest, pieces, names, surplus);
        if (fits_without_battery(values)) {
            in.note("absent:battery");
        } else {
            values.clear();
        }
    }
    if (values.empty()) {
        const auto wanted = fields_of(profile, *kind).size();
        in.refuse(pieces.size() < wanted ? Code::missing : Code::invalid, to_string(*kind),
                  "has " + std::to_string(pieces.size()) + " fields, not " + std::to_string(wanted));
        return out;
    }
    for (const auto& value : values) {
        in.read(value);
        if (surplus && takes_commas(value.name)) in.note("commaIn:" + std::string(value.name));
    }
    in.locate_pair();
    if (out.reading.device.empty() && *kind != Kind::sms) in.refuse(Code::missing, "sensorId", "is missing");
    return out;
}

std::string number_prefix(const Reading& reading) {
    constexpr std::size_t kStampBytes = 18;  // '-' and 17 digits.
    auto prefix = (reading.is_test() ? "TEST-" : "") + reading.device;
    // A device's whole id stands in the items; its digest keeps long ones apart here.
    if (prefix.size() + kStampBytes > kNumberBytesMax)
        prefix = prefix.substr(0, 30) + "." + crypto::to_hex(crypto::sha256(reading.device)).substr(0, 12);
    return prefix;
}

std::string number_of(const Reading& reading, WallTime at) {
    const auto milliseconds = std::to_string(to_us(at) / 1000 % 1000);
    return number_prefix(reading) + "-" + to_kst_digits(at) + std::string(3 - milliseconds.size(), '0') + milliseconds;
}

Decoding to_content(const Profile& profile, const Reading& reading, WallTime received,
                    const std::optional<std::string>& open_number) {
    Decoding out;
    const bool is_open = open_number && !reading.is_test();
    const bool is_event = reading.is_test() || reading.is_emergency() || (reading.is_clear() && is_open);
    if (!is_event) {
        const bool is_sms = reading.kind == Kind::sms;
        Telemetry telemetry{.codec = std::string(kCodec),
                            .sender = profile.sender,
                            .kind = is_sms ? "text" : "device",
                            .source = reading.device,
                            .number = open_number.value_or(""),
                            .at = received,
                            .position = reading.position,
                            .position_fault = reading.position_fault,
                            .items = items_of(reading),
                            .faults = reading.faults};
        if (!reading.text.empty()) telemetry.items["text"] = clean(reading.text, kItemValueBytesMax).text;
        out.content = std::move(telemetry);
        return out;
    }
    auto event = event_of(profile, reading, received);
    event.number = is_open ? *open_number : number_of(reading, received);
    if (is_open) event.state = reading.is_emergency() ? "40" : "50";
    if (event.state == "40") event.faults.emplace_back("emergencyRepeated");
    out.refusal = admit(profile, event, {reading.status, to_string(reading.kind)}, {});
    // The time is ours, not the device's.
    event.occurred_at = event.state_time = received;
    if (out.ok()) out.content = std::move(event);
    return out;
}

Decoding decode(const Profile& profile, std::string_view line, WallTime received) {
    auto got = read(profile, line);
    if (got.refusal.code != Code::ok) {
        Decoding out;
        out.refusal = std::move(got.refusal);
        return out;
    }
    return to_content(profile, got.reading, received, std::nullopt);
}

std::vector<std::string> fields_of(const Profile& profile, Kind kind) {
    const auto own = profile.fields.find(std::string(to_string(kind)));
    if (own != profile.fields.end()) return own->second;
    const auto names = default_fields(kind);
    return {names.begin(), names.end()};
}

Result<void> check_fields(std::string_view kind, const std::vector<std::string>& list) {
    const auto has = [&](std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    if (kind != "SMS" && !has("sensorId") && !has("smartId")) {
        return fail(ErrorKind::invalid, "names neither sensorId nor smartId");
    }
    if ((kind == "SMART" || kind == "SENSOR") && !has("emergency")) {
        return fail(ErrorKind::invalid, "does not name emergency");
    }
    if (std::count_if(list.begin(), list.end(), takes_commas) > 1) {
        return fail(ErrorKind::invalid, "names both address and text: only one field can hold commas");
    }
    return {};
}

std::string write(Kind kind, const std::vector<std::string>& values) {
    std::string line(to_string(kind));
    for (const auto& value : values) line += "," + value;
    return line + "\n";
}

}  // namespace bongsu::event::wearable
