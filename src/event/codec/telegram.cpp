// Telegrams as values: what each field says.
#include "event/codec/telegram.hpp"

#include <algorithm>

#include "crypto/crypto.hpp"
#include "event/codec/partner_time.hpp"
#include "event/codec/telegram_fields.hpp"
#include "event/text.hpp"

namespace bongsu::event::telegram {

namespace {

constexpr std::string_view kCodec = "telegram/1";
constexpr std::size_t kNameBytesMax = 200, kUserBytesMax = 64, kSecretBytesMax = 256;

/// What the fields of one body say, before it is an event, a position or a login.
struct Content {
    std::map<std::string, std::string> items;
    std::string number, type, kind, sub_kind, name, address, user, text, detail, vehicle, secret, state;
    double lon = 0, lat = 0;
    std::optional<WallTime> occurred;
    bool test = false;
};

/// Reads fields by their roles and keeps the first refusal.
class Reader {
  public:
    Reader(const Profile& profile, Refusal& refusal) : profile_(profile), refusal_(refusal) {}

    void refuse(Code code, std::string_view field, std::string_view why) {
        if (refusal_.code == Code::ok)
            refusal_ = {code, std::string(field), std::string(field) + " " + std::string(why)};
    }
    void note(std::string fault) {
        const bool is_new = std::find(faults_.begin(), faults_.end(), fault) == faults_.end();
        if (is_new && faults_.size() < kNotesMax) faults_.push_back(std::move(fault));
    }
    std::vector<std::string> take_faults() { return std::move(faults_); }

    std::string prose(std::string_view field, std::string_view raw, std::size_t bytes_max) {
        auto cleaned = clean(raw, bytes_max);
        if (cleaned.had_control) note("control:" + std::string(field));
        if (cleaned.was_cut) note("cut:" + std::string(field));
        return std::move(cleaned.text);
    }

    /// Of the sending and not of the occurrence: no call is left for it.
    std::optional<WallTime> noted_time(std::string_view field, std::string_view digits) {
        const auto parsed = parse_partner_time(digits, field);
        if (parsed) return *parsed;
        note("timeFault:" + std::string(field));
        return std::nullopt;
    }

    std::optional<WallTime> time(std::string_view field, std::string_view digits) {
        if (digits.empty()) return std::nullopt;
        auto parsed = parse_partner_time(digits, field);
        if (parsed) return *parsed;
        refuse(Code::invalid, field, parsed.error().message.substr(field.size() + 1));
        return std::nullopt;
    }

    /// No call is left for a place that cannot be read: it opens at no known place, and says so.
    double coordinate(std::string_view field, std::string_view text) {
        if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return 0;
        const auto number = parse_decimal(text);
        if (!number) note("positionFault:" + std::string(field));
        return number.value_or(0);
    }

    void item(Content& out, std::string_view name, std::string_view raw) {
        if (raw.empty()) return;
        if (out.items.size() == kItemsMax) return note("itemsMax");
        auto value = prose(name, raw, kItemValueBytesMax);
        if (!out.items.emplace(std::string(name), std::move(value)).second) note("itemRepeated");
    }

    void read(Content& out, const Field& field, const std::vector<std::string>& parts);

  private:
    void read_test(Content& out, std::string_view field, const std::string& word) {
        if (!word.empty() && word != "Y" && word != "N") refuse(Code::invalid, field, "must be Y or N");
        out.test = word == "Y";
    }
    void read_position(Content& out, const Field& field, const std::vector<std::string>& parts);
    bool read_text(Content& out, const Field& field, const std::string& text);

    const Profile& profile_;
    Refusal& refusal_;
    std::vector<std::string> faults_;
};

void Reader::read_position(Content& out, const Field& field, const std::vector<std::string>& parts) {
    if (parts.size() == 1 && parts[0].empty()) return;
    if (parts.size() != 2 && parts.size() % 3 != 0) return note("positionFault:" + std::string(field.name));
    if (parts.size() > 3) note("positionsMore");
    out.lon = coordinate(field.name, parts[0]);
    out.lat = coordinate(field.name, parts[1]);
}

/// The roles whose value is a text as it is.
bool Reader::read_text(Content& out, const Field& field, const std::string& text) {
    const auto prose_to = [&](std::string& place, std::size_t bytes_max) {
        place = prose(field.name, text, bytes_max);
        return true;
    };
    switch (field.role) {
        case Role::kind:
            return prose_to(out.kind, kNameBytesMax);
        case Role::sub_kind:
            return prose_to(out.sub_kind, kNameBytesMax);
        case Role::name:
            return prose_to(out.name, kNameBytesMax);
        case Role::address:
            return prose_to(out.address, kPlaceBytesMax);
        case Role::user:
            return prose_to(out.user, kUserBytesMax);
        case Role::text:
            return prose_to(out.text, kTextBytesMax);
        case Role::detail:
            return prose_to(out.detail, kNameBytesMax);
        case Role::vehicle:
            return prose_to(out.vehicle, kUserBytesMax);
        case Role::secret:
            if (text.size() > kSecretBytesMax) refuse(Code::invalid, field.name, "is longer than 256 bytes");
            out.secret = text;
            return true;
        default:
            return false;
    }
}

void Reader::read(Content& out, const Field& field, const std::vector<std::string>& parts) {
    if (field.role == Role::position) return read_position(out, field, parts);
    if (field.role != Role::item && field.role != Role::skip && parts.size() != 1) {
        return refuse(Code::invalid, field.name, "must not have parts");
    }
    const auto& text = parts[0];
    if (read_text(out, field, text)) return;
    switch (field.role) {
        case Role::number:
            if (text.empty()) return refuse(Code::missing, field.name, "is missing");
            if (!is_number(without_padding(text)))
                return refuse(Code::invalid, field.name, "must be a number of at most 64 bytes, without marks that other forms give a meaning");
            out.number = without_padding(text);
            return;
        case Role::type:
            if (!text.empty() && profile_.codes.empty() && !is_word(text))
                return refuse(Code::invalid, field.name, "must be a short word");
            out.type = text;
            return;
        case Role::code:
            return item(out, profile_.code_item, text);
        case Role::bjd:
            if (!text.empty() &&
                (text.size() != 10 || text.find_first_not_of("0123456789") != std::string::npos))
                note("bjdFault");
            return item(out, "BJD", text);
        case Role::lon:
            out.lon = coordinate(field.name, text);
            return;
        case Role::lat:
            out.lat = coordinate(field.name, text);
            return;
        case Role::occurred:
            out.occurred = time(field.name, text);
            return;
        case Role::time:
            time(field.name, text);
            return item(out, field.name, text);
        case Role::test:
            return read_test(out, field.name, folded(without_padding(text), CaseRule::ignore));
        case Role::state:
            out.state = text;
            return;
        case Role::item: {
            std::string joined;
            for (const auto& part : parts) joined += (joined.empty() ? "" : ",") + part;
            return item(out, field.name, joined);
        }
        default:
            return;
    }
}

Refusal check_head(const Profile& profile, const Head& head) {
    const auto refuse = [](Code code, std::string_view field, std::string_view why) {
        return Refusal{code, std::string(field), std::string(field) + " " + std::string(why)};
    };
    if (!profile.allows_pair(head.send, head.receive)) {
        return refuse(Code::unauthorised, "SND_SYS_CD", "and RCV_SYS_CD are no pair that is agreed here");
    }
    const bool is_type = head.type == "99" || head.type == "10" || head.type == "20" || head.type == "30";
    if (!is_type) return refuse(Code::invalid, "MSG_TYP_CD", "must be 99, 10, 20 or 30");
    const auto& status = head.status;
    const bool is_status = status == "10" || status == "40" || status == "50" || status == "90" ||
                           status == "91" || status == "99";
    if (!is_status || (status == "99") != (head.type == "99")) {
        return refuse(Code::invalid, "STA_TYP_CD", "must be 10, 40, 50, 90 or 91, and 99 for a login alone");
    }
    return {};
}

/// As many fields as agreed; the login's last, its secret, may be absent, and one empty field may follow.
void read_fields(Reader& in, const Telegram& telegram, const std::vector<Field>& fields, Content& out) {
    auto came = telegram.fields.size();
    const auto is_empty = [](const std::vector<std::string>& parts) {
        return parts.size() == 1 && parts[0].empty();
    };
    if (came == fields.size() + 1 && is_empty(telegram.fields.back())) --came;
    const bool may_lack = !fields.empty() && fields.back().role == Role::secret;
    if (came < fields.size() - (may_lack ? 1 : 0)) {
        return in.refuse(
            Code::missing, fields[came].name,
            "is missing: " + std::to_string(came) + " of " + std::to_string(fields.size()) + " fields came");
    }
    if (came > fields.size()) {
        return in.refuse(Code::invalid, "the body",
                         "has " + std::to_string(came) + " fields, not " + std::to_string(fields.size()));
    }
    for (std::size_t i = 0; i < came; ++i) in.read(out, fields[i], telegram.fields[i]);
}

Event event_of(const Profile& profile, const Head& head, Content& content) {
    Event event;
    event.codec = std::string(kCodec);
    event.sender = profile.sender;
    event.number = std::move(content.number);
    event.state = head.status;
    event.type = profile.codes.empty() ? content.type : std::string{};
    event.type_name = content.name.empty() ? content.kind : content.name;
    event.detail = content.detail.empty() ? content.sub_kind : content.detail;
    event.grade = profile.grade;
    event.place = std::move(content.address);
    event.text = std::move(content.text);
    event.sender_user = std::move(content.user);
    event.test = content.test;
    return event;
}

/// The body's bytes decide whether a telegram is a repeat; the head's send time changes with each sending.
std::string digest_of(std::string_view bytes) {
    return crypto::to_hex(crypto::sha256(bytes.substr(std::min(bytes.size(), kHeadBytes))));
}

}  // namespace

Decoding decode(const Profile& profile, const Input& input) {
    Decoding out;
    auto parsed = parse(input.bytes, profile.length, profile.encoding);
    out.refusal = std::move(parsed.refusal);
    const auto& head = parsed.telegram.head;
    if (out.ok()) out.refusal = check_head(profile, head);
    if (!out.ok()) return out;

    Reader in(profile, out.refusal);
    const auto stated = in.time("MSG_STA_DTM", head.status_time);
    const auto sent = head.type == "99" ? in.time("SND_DTM", head.sent) : in.noted_time("SND_DTM", head.sent);
    Content content;
    read_fields(in, parsed.telegram, fields_of(profile, head.type), content);
    const auto located = locate(content.lon, content.lat);
    if (!content.state.empty() && content.state != head.status) in.note("stateMismatch");
    if (!out.ok()) return out;

    const Times times{sent, input.received_at};
    if (head.type == "99") {
        if (content.user.empty()) {
            in.refuse(Code::missing, "user", "is missing");
            return out;
        }
        out.content = Login{std::string(kCodec), head.send, content.user, content.secret, *sent};
        return out;
    }
    if (head.type == "30") {
        if (content.vehicle.empty()) {
            in.refuse(Code::missing, "CAR_NUM", "is missing");
            return out;
        }
        if (is_skewed(profile, times)) in.note("clockSkew");
        out.content = Telemetry{.codec = std::string(kCodec),
                                .sender = profile.sender,
                                .kind = "vehicle",
                                .source = content.vehicle,
                                .number = content.number,
                                .at = content.occurred.value_or(*stated) - profile.clock_offset,
                                .position = located.position,
                                .position_fault = located.fault,
                                .items = std::move(content.items),
                                .faults = in.take_faults(),
                                .test = content.test};
        return out;
    }
    // Both codes in one key first: a "traffic accident" means one thing under "fire" and another under
    // "rescue".
    const auto both = content.kind + "/" + content.sub_kind;
    auto event = event_of(profile, head, content);
    event.body_digest = digest_of(input.bytes);
    event.position = located.position;
    event.position_fault = located.fault;
    event.state_time = *stated;
    event.occurred_at = content.occurred.value_or(*stated);
    if (is_before_begin(*stated, event.occurred_at)) in.note(ends_occurrence(event.state) ? "endBeforeBegin" : "stateBeforeBegin");
    event.items = std::move(content.items);
    event.faults = in.take_faults();
    out.refusal = admit(profile, event, {content.type, both, content.kind}, times);
    if (out.ok()) out.content = std::move(event);
    return out;
}

}  // namespace bongsu::event::telegram
