#include "event/codec/scsns.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <set>

#include "crypto/crypto.hpp"
#include "event/codec/scsns_message.hpp"
#include "event/text.hpp"
#include "event/types.hpp"

namespace bongsu::event::scsns {

namespace json = boost::json;

namespace {

constexpr std::size_t kHopsMax = 64;
constexpr std::size_t kHopBytesMax = 100;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kSecretBytesMax = 256;

/// A scalar as text: partners send numbers as strings and strings as numbers. nullopt: a list, object or
/// boolean.
std::optional<std::string> scalar(const json::value& value) {
    if (value.is_null()) return std::string{};
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    if (!value.is_double() || !std::isfinite(value.get_double())) return std::nullopt;
    std::array<char, 400> out{};
    const auto [end, error] =
        std::to_chars(out.data(), out.data() + out.size(), value.get_double(), std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    return std::string(out.data(), end);
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= kWordBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '-' || c == '.';
    });
}

bool is_organisation(std::string_view code) {
    const bool letter =
        !code.empty() && ((code[0] >= 'A' && code[0] <= 'Z') || (code[0] >= 'a' && code[0] <= 'z'));
    return letter && code.size() == 11 &&
           code.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

/// Reads fields and keeps the first refusal; what is read after it is empty and is thrown away with the
/// message.
class Reader {
  public:
    Reader(Refusal& refusal, std::vector<std::string>& faults) : refusal_(refusal), faults_(faults) {}

    void refuse(Code code, std::string_view field, std::string_view why) {
        if (refusal_.code == Code::ok)
            refusal_ = {code, std::string(field), std::string(field) + " " + std::string(why)};
    }

    void note(std::string fault) {
        const bool is_new = std::find(faults_.begin(), faults_.end(), fault) == faults_.end();
        if (is_new && faults_.size() < kFaultsMax) faults_.push_back(std::move(fault));
    }

    /// Empty when absent. `path` is the full name for the error; its last part is the key.
    std::string text(const json::object& object, std::string_view path) {
        const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
        if (value == nullptr) return {};
        auto content = scalar(*value);
        if (!content) refuse(Code::invalid, path, "must be a text or a number");
        return content.value_or(std::string{});
    }

    std::string required(const json::object& object, std::string_view path) {
        auto content = text(object, path);
        if (content.empty()) refuse(Code::missing, path, "is missing");
        return content;
    }

    /// For a person's eyes: cleaned and cut, both noted.
    std::string prose(const json::object& object, std::string_view path, std::size_t bytes_max) {
        auto cleaned = clean(text(object, path), bytes_max);
        if (cleaned.had_control) note("control:" + std::string(path));
        if (cleaned.was_cut) note("cut:" + std::string(path));
        return std::move(cleaned.text);
    }

    std::optional<WallTime> time(const json::object& object, std::string_view path) {
        const auto digits = text(object, path);
        if (digits.empty()) return std::nullopt;
        auto parsed = parse_kst_digits(digits, path);
        if (parsed) return *parsed;
        refuse(Code::invalid, path, parsed.error().message.substr(path.size() + 1));
        return std::nullopt;
    }

    /// An object, also when it came as a string of JSON; empty when absent.
    json::object child(const json::object& object, std::string_view path) {
        const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
        if (value == nullptr || value->is_null()) return {};
        if (value->is_object()) return value->get_object();
        if (value->is_string()) {
            if (value->get_string().empty()) return {};
            bool had_control = false;
            auto parsed = parse_tolerant(std::string_view(value->get_string()), had_control);
            if (parsed && parsed->is_object()) return std::move(parsed->get_object());
        }
        refuse(Code::invalid, path, "must be an object");
        return {};
    }

    /// A list, also when it came as a string of JSON, or as its only element; empty when absent.
    json::array list(const json::object& object, std::string_view path) {
        const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
        if (value == nullptr || value->is_null()) return {};
        json::value content = *value;
        if (content.is_string()) {
            if (content.get_string().empty()) return {};
            bool had_control = false;
            auto parsed = parse_tolerant(std::string_view(content.get_string()), had_control);
            if (!parsed) {
                refuse(Code::invalid, path, "must be a list");
                return {};
            }
            content = *std::move(parsed);
        }
        if (content.is_array()) return std::move(content.get_array());
        if (content.is_object()) return json::array{std::move(content)};
        refuse(Code::invalid, path, "must be a list");
        return {};
    }

  private:
    Refusal& refusal_;
    std::vector<std::string>& faults_;
};

void read_route(Reader& in, const json::object& envelope, Envelope& out) {
    constexpr std::string_view kField = "tranSysHis";
    const auto hops = in.list(envelope, kField);
    if (hops.size() > kHopsMax) return in.refuse(Code::invalid, kField, "has more than 64 entries");
    std::set<std::string> seen;
    for (const auto& hop : hops) {
        const auto* object = hop.if_object();
        const auto* name = object == nullptr ? &hop : object->if_contains(kField);
        const auto content = name == nullptr ? std::nullopt : scalar(*name);
        if (!content || content->size() > kHopBytesMax) {
            return in.refuse(Code::invalid, kField,
                             "must be a list of {tranSysHis: text of at most 100 bytes}");
        }
        // A loop is noted, not refused: a repeat does no harm here, and a refusal makes the partner send
        // again.
        if (!seen.insert(*content).second) in.note("routeLoop");
        out.tran_sys_his.push_back(clean(*content, kHopBytesMax).text);
    }
}

/// An envelope field, from the message or else from its HTTP header.
std::string envelope_text(Reader& in, const Input& input, const json::object& envelope,
                          std::string_view field) {
    auto content = in.text(envelope, field);
    if (input.headers == nullptr) return content;
    std::string header = "x-scsns-";
    for (const char c : field) header += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto found = input.headers->find(header);
    if (found == input.headers->end() || found->second.empty()) return content;
    if (content.empty()) return found->second;
    if (content != found->second) in.note("headerMismatch:" + std::string(field));
    return content;
}

void read_envelope(Reader& in, const Input& input, const json::object& fields, Envelope& out) {
    const auto word = [&](std::string_view name) {
        auto content = envelope_text(in, input, fields, name);
        if (content.empty()) in.refuse(Code::missing, name, "is missing");
        return content;
    };
    // Read before it is judged, so that a refusal still says from whom the message came.
    auto sender = word("sendCd");
    auto receiver = word("rcvCd");
    if (!sender.empty() && !is_organisation(sender))
        in.refuse(Code::invalid, "sendCd", "must be a letter and ten digits");
    if (!receiver.empty() && !is_organisation(receiver)) {
        in.refuse(Code::invalid, "rcvCd", "must be a letter and ten digits");
    }
    if (is_organisation(sender)) out.send_cd = std::move(sender);
    if (is_organisation(receiver)) out.rcv_cd = std::move(receiver);

    auto service = word("svcTy");
    const bool is_service = service == "AUTH" || service == "EVENT" || service == "PREEVT";
    if (!service.empty() && !is_service) in.refuse(Code::invalid, "svcTy", "must be AUTH, EVENT or PREEVT");
    if (is_service) out.svc_ty = std::move(service);

    const auto encrypted = envelope_text(in, input, fields, "encAt");
    if (encrypted == "Y") in.refuse(Code::invalid, "encAt", "Y (ARIA) is not agreed with this receiver");
    if (encrypted != "Y" && encrypted != "N" && !encrypted.empty())
        in.refuse(Code::invalid, "encAt", "must be Y or N");
    out.enc_at = "N";

    auto system = envelope_text(in, input, fields, "sysCd");
    if (!system.empty() && !is_word(system)) in.refuse(Code::invalid, "sysCd", "must be a short word");
    out.sys_cd = is_word(system) ? std::move(system) : std::string{};
    out.rr_key = in.text(fields, "rrKey");
    if (out.rr_key.size() > kSecretBytesMax) in.refuse(Code::invalid, "rrKey", "is longer than 256 bytes");

    const auto asked = in.time(fields, "reqDate");
    if (!asked) in.refuse(Code::missing, "reqDate", "is missing");
    out.req_date = asked.value_or(WallTime{});

    const auto parts = in.text(in.child(fields, "apSeq"), "apSeq.apTotal");
    if (!parts.empty() && parts != "1")
        in.refuse(Code::invalid, "apSeq.apTotal", "must be 1: split messages are not taken");
    read_route(in, fields, out);
}

/// The format does not say whether bytes or letters are counted, so either is right.
void check_length(Reader& in, const Message& message) {
    const auto length = in.text(message.envelope, "bodyLen");
    const bool fits = length == std::to_string(message.body_text.size()) ||
                      length == std::to_string(letters(message.body_text));
    if (!length.empty() && !fits) in.note("bodyLenFault");
}

void read_state(Reader& in, const json::object& body, Event& event) {
    // There are two paths to the state: some partners fill the one, some the other.
    const auto direct = in.text(body, "ocrSts");
    const auto nested = in.text(in.child(body, "ocrEvtSts"), "ocrEvtSts.ocrEvtStsCd");
    event.state = direct.empty() ? nested : direct;
    if (event.state.empty()) return in.refuse(Code::missing, "ocrSts", "is missing");
    const std::string_view path = direct.empty() ? "ocrEvtSts.ocrEvtStsCd" : "ocrSts";
    if (!is_state(event.state))
        in.refuse(Code::invalid, path, "is not a known state (10 20 30 40 50 90 91 92)");
    if (!direct.empty() && !nested.empty() && direct != nested) in.note("stateMismatch");
}

/// Empty and absent count as 0: the sender has no position.
double read_coordinate(Reader& in, const json::object& place, std::string_view path) {
    const auto content = in.text(place, path);
    if (content.find_first_not_of(" \t\r\n") == std::string::npos) return 0;
    const auto number = parse_decimal(content);
    if (!number) in.refuse(Code::invalid, path, "is not a decimal number");
    return number.value_or(0);
}

void read_items(Reader& in, const json::object& body, Event& event) {
    const auto list = in.list(body, "ocrEvtItem");
    const auto count = in.text(body, "ocrEvtItemCnt");
    if (!count.empty() && count != std::to_string(list.size())) in.note("itemCount");
    for (const auto& entry : list) {
        const auto* object = entry.if_object();
        if (object == nullptr) {
            in.note("itemShape");
            continue;
        }
        const auto* key_value = object->if_contains("key");
        const auto* val_value = object->if_contains("val");
        const auto key = key_value == nullptr ? std::nullopt : scalar(*key_value);
        const auto val = val_value == nullptr ? std::string{} : scalar(*val_value);
        if (!val) in.note("itemShape");
        if (!key || key->empty() || !val) {
            in.note("itemKey");
            continue;
        }
        if (event.items.size() == kItemsMax) return in.note("itemsMax");
        auto name = clean(*key, kItemKeyBytesMax);
        auto content = clean(*val, kItemValueBytesMax);
        if (name.had_control || content.had_control) in.note("control:ocrEvtItem");
        if (name.was_cut || content.was_cut) in.note("cut:ocrEvtItem");
        if (!event.items.emplace(std::move(name.text), std::move(content.text)).second)
            in.note("itemRepeated");
    }
}

void read_times(Reader& in, const json::object& body, Event& event) {
    const auto occurred = in.time(body, "ocrEvtTime");
    const auto stated = in.time(body, "ocrEvtStsTime");
    in.time(body, "ocrEvtEndTime");
    if (!occurred && !stated) in.refuse(Code::missing, "ocrEvtTime", "is missing");
    event.occurred_at = occurred ? *occurred : stated.value_or(WallTime{});
    event.state_time = stated ? *stated : event.occurred_at;
}

Event read_event(Reader& in, const Message& message, const Envelope& envelope) {
    const auto& body = message.body;
    Event event;
    event.codec = "scsns/1";
    event.sender = envelope.send_cd;
    event.body_digest = crypto::to_hex(crypto::sha256(message.body_text));

    event.type = in.required(body, "evtId");
    if (!event.type.empty() && !is_word(event.type))
        in.refuse(Code::invalid, "evtId", "must be a short word");
    event.known = find_type(event.type) != nullptr;
    event.type_name = in.prose(body, "evtNm", kNameBytesMax);
    event.grade = in.required(body, "evtGrad");
    if (!event.grade.empty() && !is_grade(event.grade))
        in.refuse(Code::invalid, "evtGrad", "must be 10 or 20");
    event.number = in.required(body, "ocrNbr");
    if (!event.number.empty() && !is_word(event.number))
        in.refuse(Code::invalid, "ocrNbr", "must be a short word");
    read_state(in, body, event);

    const auto place = in.child(body, "ocrLc");
    const auto lon = read_coordinate(in, place, "ocrLc.crdntX");
    const auto lat = read_coordinate(in, place, "ocrLc.crdntY");
    const auto located = locate(lon, lat);
    event.position = located.position;
    event.position_fault = located.fault;
    event.place = in.prose(body, "ocrPlc", kPlaceBytesMax);
    event.text = in.prose(body, "ocrEvtCn", kTextBytesMax);
    read_times(in, body, event);
    event.detail = in.prose(in.child(body, "ocrEvtDtl"), "ocrEvtDtl.ocrEvtDtlCd", kNameBytesMax);
    const std::string_view user = body.contains("ocrEvtStsUsr") ? "ocrEvtStsUsr" : "ocrEvtUsr";
    event.sender_user = in.prose(in.child(body, user), "ocrEvtStsUsr.ocrEvtUsrId", kWordBytesMax);
    read_items(in, body, event);
    return event;
}

}  // namespace

Decoded decode(const Input& input) {
    Decoded out;
    Message message;
    out.refusal = read_message(input, message);
    if (!out.ok()) return out;
    // The envelope first: it says from whom the message is, and that the body is encrypted.
    Reader in(out.refusal, message.faults);
    read_envelope(in, input, message.envelope, out.envelope);
    if (out.ok()) out.refusal = read_body(message);
    if (!out.ok()) return out;
    check_length(in, message);
    if (out.envelope.svc_ty == "AUTH") {
        out.api_key = in.required(message.body, input.api_key_field);
        if (out.api_key.size() > kSecretBytesMax)
            in.refuse(Code::invalid, input.api_key_field, "is longer than 256 bytes");
        return out;
    }
    auto event = read_event(in, message, out.envelope);
    if (!out.ok()) return out;
    event.faults = std::move(message.faults);
    out.event = std::move(event);
    return out;
}

std::string reply(Code code, std::string_view message) {
    // Written in the partners' order of fields; Boost.JSON keeps the order of insertion.
    const json::object answer{{"startTag", "$DA"},
                              {"result", code == Code::ok ? "0" : "1"},
                              {"type", std::to_string(static_cast<int>(code))},
                              {"message", json::string(message)},
                              {"finishTag", "$DF"}};
    return json::serialize(answer);
}

std::string reply(const Refusal& refusal) { return reply(refusal.code, refusal.reason); }

}  // namespace bongsu::event::scsns
