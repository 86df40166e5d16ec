#include "event/codec/scsns_tcp.hpp"
#include "event/text.hpp"

namespace bongsu::event::scsns_tcp {

namespace {

constexpr char kBody = '\xD0', kField = '\xD1', kElement = '\xD2', kPart = '\xD3';
constexpr char kStart = '\xDA', kEnd = '\xDB', kFinish = '\xDF';

/// A reader that splits at every D0 to DF would be thrown off by Cyrillic or Arabic letters.
std::string safe(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0xD0 || byte > 0xDF) {
            out += text[at];
            continue;
        }
        out += "\xEF\xBF\xBD";
        ++at;  // The letter's second byte.
    }
    return out;
}

std::string_view name_of_state(std::string_view state) {
    if (state == "10" || state == "30") return "발생";
    if (state == "20") return "접수";
    if (state == "40") return "정보변경";
    if (state == "50") return "해제";
    return state == "90" ? "취소" : "종료";
}

class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}
    Writer& field(std::string_view text) {
        if (!is_first_) out_ += kField;
        is_first_ = false;
        out_ += safe(text);
        return *this;
    }
    Writer& part(std::string_view text) { return piece(kPart, text); }
    Writer& element(std::string_view text) { return piece(kElement, text); }

  private:
    Writer& piece(char separator, std::string_view text) {
        out_ += separator;
        out_ += safe(text);
        return *this;
    }
    std::string& out_;
    bool is_first_ = true;
};

/// "[lon,lat]" as its two numbers; nothing is written as 0.
std::pair<std::string, std::string> degrees_of(const std::optional<Position>& position) {
    if (!position) return {"0", "0"};
    const auto pair = to_json_text(position);
    const auto comma = pair.find(',');
    return {pair.substr(1, comma - 1), pair.substr(comma + 1, pair.size() - comma - 2)};
}

std::string body_of(const scsns::WriterEvent& event) {
    std::string out;
    Writer body(out);
    const auto [lon, lat] = degrees_of(event.position);
    const auto stated = to_kst_digits(event.state_time);
    body.field(event.type).field(event.type_name).field(event.grade).field(event.number).field(event.state);
    body.field(lon).part(lat).part("0");
    body.field(event.place).field(event.text).field(to_kst_digits(event.occurred_at));
    body.field(name_of_state(event.state)).field("").field(stated).field(event.state >= "90" ? stated : "");
    body.field(std::to_string(event.items.size()));
    if (event.items.empty()) body.field("");
    for (std::size_t i = 0; i < event.items.size(); ++i) {
        i == 0 ? body.field(event.items[i].first) : body.element(event.items[i].first);
        body.part(event.items[i].second);
    }
    body.field("").part("");
    return out;
}

}  // namespace

std::string write_event(const scsns::WriterHead& head, const scsns::WriterEvent& event) {
    const auto body = body_of(event);
    std::string out;
    Writer header(out);
    header.field("EVENT").field("14").field("16").field("1").part("1").field("1");
    header.field(head.send_cd).field(head.rcv_cd).field("N").field("TCP").field(head.rr_key);
    header.field(to_kst_digits(head.at)).field(std::to_string(body.size())).field(head.sys_cd);
    header.field(head.send_cd + "_" + head.sys_cd).element(head.send_cd + "_SCSNS");
    out += kBody;
    out += kStart;
    out += body;
    out += kEnd;
    out += kFinish;
    return out;
}

}  // namespace bongsu::event::scsns_tcp
