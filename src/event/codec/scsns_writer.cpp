#include "event/codec/scsns_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/crypto.hpp"

namespace bongsu::event::scsns {

namespace json = boost::json;

namespace {

std::string_view name_of_state(std::string_view state) {
    if (state == "10" || state == "30") return "발생";
    if (state == "20") return "접수";
    if (state == "40") return "정보변경";
    if (state == "50") return "해제";
    if (state == "90") return "취소";
    return "종료";
}

std::string write(const WriterHead& head, std::string_view service, const json::object& body) {
    const auto route = [&](std::string_view system) {
        return json::object{{"tranSysHis", head.send_cd + "_" + std::string(system)}};
    };
    const auto length = json::serialize(body).size();
    const json::object message{{"svcTy", json::string(service)},
                               {"hdCnt", "14"},
                               {"dtCnt", "16"},
                               {"apSeq", json::object{{"apCurrent", "1"}, {"apTotal", "1"}}},
                               {"cmnMtd", "1"},
                               {"sendCd", head.send_cd},
                               {"rcvCd", head.rcv_cd},
                               {"encAt", "N"},
                               {"tranTy", "HTTP"},
                               {"rrKey", head.rr_key},
                               {"reqDate", to_kst_digits(head.at)},
                               {"bodyLen", std::to_string(length)},
                               {"sysCd", head.sys_cd},
                               {"tranSysHis", json::array{route(head.sys_cd), route("SCSNS")}},
                               {"body", body}};
    return json::serialize(message);
}

/// The two numbers of "[lon,lat]".
json::object place_of(const std::optional<Position>& position) {
    std::string lon = "0";
    std::string lat = "0";
    if (position) {
        const auto pair = to_json_text(position);
        const auto comma = pair.find(',');
        lon = pair.substr(1, comma - 1);
        lat = pair.substr(comma + 1, pair.size() - comma - 2);
    }
    return {{"crdntX", lon}, {"crdntY", lat}, {"crdntZ", "0"}};
}

}  // namespace

std::string write_get_auth(const WriterHead& head, const std::string& api_key,
                           const std::string& api_key_field) {
    return write(head, "AUTH",
                 {{"startTag", "$DA"}, {api_key_field, api_key}, {"endTag", "$DB"}, {"finishTag", "$DF"}});
}

std::string write_event(const WriterHead& head, const WriterEvent& event) {
    json::array items;
    for (const auto& [key, value] : event.items) items.push_back(json::object{{"key", key}, {"val", value}});
    const auto stated = to_kst_digits(event.state_time);
    const bool is_end = event.state >= "90";
    const json::object body{
        {"startTag", "$DA"},
        {"evtId", event.type},
        {"evtNm", event.type_name},
        {"evtGrad", event.grade},
        {"ocrNbr", event.number},
        {"ocrSts", event.state},
        {"ocrLc", place_of(event.position)},
        {"ocrPlc", event.place},
        {"ocrEvtCn", event.text},
        {"ocrEvtTime", to_kst_digits(event.occurred_at)},
        {"ocrEvtSts", json::object{{"ocrEvtStsCd", event.state},
                                   {"ocrEvtStsDtl", json::string(name_of_state(event.state))}}},
        {"ocrEvtStsUsr", json::object{{"ocrEvtUsrId", ""}, {"ocrEvtUsrNm", ""}}},
        {"ocrEvtStsTime", stated},
        {"ocrEvtEndTime", is_end ? stated : std::string{}},
        {"ocrEvtItemCnt", std::to_string(event.items.size())},
        {"ocrEvtItem", std::move(items)},
        {"ocrEvtDtl", json::object{{"ocrEvtDtlCd", ""}, {"ocrEvtDtlCdDtl", ""}}},
        {"endTag", "$DB"},
        {"finishTag", "$DF"}};
    return write(head, "EVENT", body);
}

Result<std::string> encrypt(const Profile& profile, std::string_view message) {
    const auto cipher = profile.aria();
    if (!cipher) return fail(ErrorKind::unavailable, "ARIA is agreed and its pass phrase is not there: nothing was sent");
    auto fields = json::parse(message).as_object();  // One of ours.
    auto body = json::serialize(fields.at("body"));
    if (cipher->padding == crypto::AriaPadding::none) {
        while (body.size() % crypto::kAriaBlockBytes != 0) body += ' ';
    }
    TRY(const auto bytes, crypto::aria_encrypt(*cipher, body));
    const auto text = profile.aria_text == Profile::AriaText::hex ? crypto::to_hex(bytes) : crypto::to_base64(bytes);
    fields["encAt"] = "Y";
    fields["bodyLen"] = std::to_string(text.size());
    fields["body"] = text;
    return json::serialize(fields);
}

std::string number_of(WallTime at) {
    const auto milliseconds = std::to_string(to_us(at) / 1000 % 1000);
    return to_kst_digits(at) + std::string(3 - milliseconds.size(), '0') + milliseconds;
}

}  // namespace bongsu::event::scsns
