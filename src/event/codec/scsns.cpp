#include "event/codec/scsns.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "crypto/crypto.hpp"
#include "event/codec/partner_time.hpp"
#include "event/codec/scsns_message.hpp"
#include "event/codec/scsns_reader.hpp"
#include "event/secret.hpp"
#include "event/text.hpp"
#include "event/types.hpp"

namespace bongsu::event::scsns {

namespace json = boost::json;

namespace {

constexpr std::size_t kHopsMax = 64;
constexpr std::size_t kHopBytesMax = 100;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kWordBytesMax = 64;

bool is_organisation(std::string_view code) {
    const bool letter =
        !code.empty() && ((code[0] >= 'A' && code[0] <= 'Z') || (code[0] >= 'a' && code[0] <= 'z'));
    return letter && code.size() == 11 &&
           code.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

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
        const bool was_here = !out.rcv_cd.empty() && content->starts_with(out.rcv_cd + "_");
        if (!seen.insert(*content).second || was_here) in.note("routeLoop");
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
    if (input.profile != nullptr && !input.profile->allows_pair(out.send_cd, out.rcv_cd))
        in.refuse(Code::unauthorised, "sendCd", "and rcvCd are no pair that is agreed with this receiver");

    auto service = word("svcTy");
    const bool is_service = service == "AUTH" || service == "EVENT" || service == "PREEVT";
    if (!service.empty() && !is_service) in.refuse(Code::invalid, "svcTy", "must be AUTH, EVENT or PREEVT");
    if (is_service) out.svc_ty = std::move(service);

    auto encrypted = envelope_text(in, input, fields, "encAt");
    if (encrypted.empty()) encrypted = "N";
    if (encrypted != "Y" && encrypted != "N") in.refuse(Code::invalid, "encAt", "must be Y or N");
    const bool has_key = input.profile != nullptr && input.profile->aria().has_value();
    if (encrypted == "Y" && !has_key)
        in.refuse(Code::invalid, "encAt", "Y (ARIA) is not agreed with this receiver");
    out.enc_at = encrypted == "Y" ? "Y" : "N";

    auto system = envelope_text(in, input, fields, "sysCd");
    if (!system.empty() && !is_word(system)) in.refuse(Code::invalid, "sysCd", "must be a short word");
    out.sys_cd = is_word(system) ? std::move(system) : std::string{};
    out.rr_key = in.text(fields, "rrKey");
    if (out.rr_key.size() > kSecretBytesMax) in.refuse(Code::invalid, "rrKey", "is longer than 256 bytes");

    // Of the sending and not of the occurrence: no call is left for it.
    const auto digits = in.text(fields, "reqDate");
    const auto asked = parse_partner_time(digits, "reqDate");
    if (digits.empty()) in.refuse(Code::missing, "reqDate", "is missing");
    if (!digits.empty() && !asked) in.note("timeFault:reqDate");
    if (asked) out.req_date = *asked;

    const auto parts = in.text(in.child(fields, "apSeq"), "apSeq.apTotal");
    if (!parts.empty() && parts != "1")
        in.refuse(Code::invalid, "apSeq.apTotal", "must be 1: split messages are not taken");
    read_route(in, fields, out);
}

/// The format does not say whether bytes or letters are counted, so either is right.
void check_length(Reader& in, const Message& message) {
    const auto length = in.text(message.envelope, "bodyLen");
    const auto& others = message.other_lengths;
    const bool fits = length == std::to_string(message.body_text.size()) ||
                      length == std::to_string(letters(message.body_text)) ||
                      std::any_of(others.begin(), others.end(),
                                  [&](auto other) { return length == std::to_string(other); });
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

/// Empty and absent count as 0: the sender has no position. Neither has it one that cannot be read, which is noted.
double read_coordinate(Reader& in, const json::object& place, std::string_view path) {
    const auto* value = place.if_contains(path.substr(path.rfind('.') + 1));
    const auto content = value == nullptr ? std::string{} : scalar(*value);
    if (content && content->find_first_not_of(" \t\r\n") == std::string::npos) return 0;
    const auto number = content ? parse_decimal(*content) : std::nullopt;
    if (!number) in.note("positionFault:" + std::string(path));
    return number.value_or(0);
}

void read_place(Reader& in, const json::object& body, Event& event) {
    static const json::object kNone;
    const auto* place = in.find_child(body, "ocrLc");
    if (place == nullptr) in.note("positionFault:ocrLc");
    const auto lon = read_coordinate(in, place == nullptr ? kNone : *place, "ocrLc.crdntX");
    const auto lat = read_coordinate(in, place == nullptr ? kNone : *place, "ocrLc.crdntY");
    const auto located = locate(lon, lat);
    event.position = located.position;
    event.position_fault = located.fault;
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
    // Some fill it with zeros while nothing has ended.
    if (const auto digits = in.text(body, "ocrEvtEndTime"); digits.find_first_not_of("0 ") != std::string::npos) {
        const auto ended = parse_partner_time(digits, "ocrEvtEndTime");
        if (ended) event.ended_at = *ended;
        if (!ended) in.note("timeFault:ocrEvtEndTime");
    }
    if (!occurred && !stated) in.refuse(Code::missing, "ocrEvtTime", "is missing");
    event.occurred_at = occurred ? *occurred : stated.value_or(WallTime{});
    event.state_time = stated ? *stated : event.occurred_at;
    if (is_before_begin(event.state_time, event.occurred_at)) in.note(ends_occurrence(event.state) ? "endBeforeBegin" : "stateBeforeBegin");
    if (event.ended_at && is_before_begin(*event.ended_at, event.occurred_at)) in.note("endBeforeBegin");
}

Event read_event(Reader& in, const Message& message, const Envelope& envelope) {
    const auto& body = message.body;
    Event event;
    event.codec = message.is_tcp ? "scsns-tcp/1" : "scsns/1";
    event.sender = envelope.send_cd;
    event.body_digest = crypto::to_hex(crypto::sha256(message.body_text));

    event.type = without_padding(in.required(body, "evtId"));
    if (!event.type.empty() && !is_word(event.type))
        in.refuse(Code::invalid, "evtId", "must be a short word");
    event.known = find_type(event.type) != nullptr;
    event.type_name = in.prose(body, "evtNm", kNameBytesMax);
    event.grade = in.required(body, "evtGrad");
    if (!event.grade.empty() && !is_grade(event.grade))
        in.refuse(Code::invalid, "evtGrad", "must be 10 or 20");
    event.number = without_padding(in.required(body, "ocrNbr"));
    if (!event.number.empty() && !is_number(event.number))
        in.refuse(Code::invalid, "ocrNbr", "must be a number of at most 64 bytes, without marks that other forms give a meaning");
    read_state(in, body, event);

    read_place(in, body, event);
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

Parsed::Parsed(const Input& input) : message_(std::make_unique<Message>()) { refusal_ = read_message(input, *message_); }
Parsed::Parsed(Parsed&&) noexcept = default;
Parsed& Parsed::operator=(Parsed&&) noexcept = default;
Parsed::~Parsed() = default;

Decoded decode(const Input& input) {
    auto out = interpret(input);
    admit(input, out);
    return out;
}

void admit(const Input& input, Decoded& decoded) {
    if (!decoded.ok() || !decoded.event || input.profile == nullptr) return;
    decoded.refusal = event::admit(*input.profile, *decoded.event, {}, {decoded.envelope.req_date, input.received_at});
    if (!decoded.ok()) decoded.event.reset();
}

Decoded interpret(const Input& input) { return interpret(input, Parsed(input)); }

Decoded interpret(const Input& input, Parsed parsed) {
    BONGSU_CHECK(parsed.is_whole());
    Decoded out;
    out.refusal = std::move(parsed.refusal_);
    if (!out.ok()) return out;
    parsed.message_->text = without_mark(input.bytes);
    read(input, *parsed.message_, out);
    return out;
}

Sender sender_of(const Input& input, Parsed& parsed) {
    Sender out;
    if (parsed.refusal_.code != Code::ok) return out;
    auto& message = *parsed.message_;
    Refusal refusal;
    std::vector<std::string> faults;  // decode() notes them again, in its own order.
    Reader in(refusal, faults);
    auto code = envelope_text(in, input, message.envelope, "sendCd");
    if (is_organisation(code)) out.send_cd = std::move(code);
    out.rr_key = in.text(message.envelope, "rrKey");
    if (envelope_text(in, input, message.envelope, "svcTy") != "AUTH") return out;
    parsed.is_whole_ = false;
    message.text = without_mark(input.bytes);
    if (read_body(message).code == Code::ok) out.api_key = in.text(message.body, input.api_key_field);
    return out;
}

void read(const Input& input, Message& message, Decoded& out) {
    // The envelope first: it says from whom the message is, and that the body is encrypted.
    Reader in(out.refusal, message.faults);
    read_envelope(in, input, message.envelope, out.envelope);
    const bool is_encrypted = out.envelope.enc_at == "Y";
    if (is_encrypted && message.is_tcp)
        in.refuse(Code::invalid, "encAt", "Y is not taken over TCP: what of it is encrypted is not agreed");
    if (message.is_tcp && out.envelope.svc_ty == "AUTH")
        in.refuse(Code::invalid, "svcTy", "must be EVENT or PREEVT over TCP");
    if (out.ok() && is_encrypted) out.refusal = decrypt_body(*input.profile, message);
    if (out.ok() && !message.is_tcp) out.refusal = read_body(message);
    if (!out.ok()) return;
    check_length(in, message);
    if (out.envelope.svc_ty == "AUTH") {
        out.api_key = in.required(message.body, input.api_key_field);
        if (out.api_key.size() > kSecretBytesMax)
            in.refuse(Code::invalid, input.api_key_field, "is longer than 256 bytes");
        return;
    }
    auto event = read_event(in, message, out.envelope);
    if (!out.ok()) return;
    event.faults = std::move(message.faults);
    out.event = std::move(event);
}

std::string reply(Code code, std::string_view message) {
    // In the partners' order of fields. It answers each message: written down directly.
    std::string words;
    if (!crypto::append_json_string(message, words)) words = R"("")";  // No UTF-8: the code says enough.
    std::string out = R"({"startTag":"$DA","result":")";
    out += code == Code::ok ? '0' : '1';
    return out + R"(","type":")" + std::to_string(static_cast<int>(code)) + R"(","message":)" + words + R"(,"finishTag":"$DF"})";
}

std::string reply(const Refusal& refusal) { return reply(refusal.code, refusal.reason); }

}  // namespace bongsu::event::scsns
