// Walks every message of tests/golden/scsns, which an independent encoder wrote.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "crypto/crypto.hpp"
#include "event/codec/scsns.hpp"
#include "event/text.hpp"

namespace bongsu::event::scsns {

namespace {

const std::filesystem::path kFolder = std::filesystem::path(BONGSU_SOURCE_DIR) / "tests/golden/scsns";

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Decoded decode_as(const std::string& name, const std::string& bytes) {
    const bool is_form = name.ends_with(".form");
    return decode(
        {.content_type = is_form ? "application/x-www-form-urlencoded; charset=UTF-8" : "application/json",
         .bytes = bytes});
}

using Check = std::function<bool(const Event&)>;

Check has_fault(std::string fault) {
    return [fault](const Event& e) {
        return std::find(e.faults.begin(), e.faults.end(), fault) != e.faults.end();
    };
}
Check is_clean() {
    return [](const Event& e) {
        return e.faults.empty() && e.position == Position{1'269'236'512, 375'571'034};
    };
}
Check state(std::string code) {
    return [code](const Event& e) { return e.state == code && e.faults.empty(); };
}
Check no_place(PositionFault fault) {
    return [fault](const Event& e) { return !e.position && e.position_fault == fault; };
}
/// A place that cannot be read: the call stands at none.
Check unread(std::string field) {
    return [field](const Event& e) {
        return no_place(PositionFault::zero)(e) && has_fault("positionFault:" + field)(e);
    };
}
/// Microseconds after 2026-11-23 21:30:04 in Seoul.
Check occurred(std::int64_t microseconds) {
    return [=](const Event& e) {
        return to_rfc3339(e.occurred_at - std::chrono::microseconds{microseconds}) ==
               "2026-11-23T12:30:04.000000Z";
    };
}

struct Expected {
    Code code = Code::ok;
    std::string field;
    Check check = [](const Event&) { return true; };
};

Expected ok(Check check) { return {Code::ok, "", std::move(check)}; }
Expected bad(std::string field = "") { return {Code::bad_request, std::move(field)}; }
Expected missing(std::string field) { return {Code::missing, std::move(field)}; }
Expected invalid(std::string field) { return {Code::invalid, std::move(field)}; }

bool is_whole(const Event& e) {
    return is_clean()(e) && e.sender == "P1100000000" && e.number == "20261123213004123" && e.state == "10" &&
           e.type == "112UC001" && e.known && e.grade == "10" && e.place == "서울특별시 마포구 양화로 160" &&
           e.text == "폭행 신고, 용의자 도주 중" && e.items.at("OCCUR_FCLT_ID") == "11440-0001" &&
           e.items.size() == 2 && e.detail == "폭행" && e.sender_user == "K1042" &&
           e.body_digest.size() == 64 && occurred(0)(e) && e.state_time == e.occurred_at;
}

bool is_moved(const Event& e) {
    return e.state == "40" && e.position == Position{1'269'241'000, 375'580'000} &&
           e.place == "홍대입구역 9번 출구";
}

const std::map<std::string, Expected> kLife{
    {"open.json", ok(is_whole)},
    {"open_30.json", ok(state("30"))},
    {"receipt.json", ok(state("20"))},
    {"update.json", ok(is_moved)},
    {"release.json", ok(state("50"))},
    {"close.json", ok([](const Event& e) { return state("91")(e) && e.ended_at == e.state_time; })},
    {"close_again.json", ok(state("91"))},
    {"cancel.json", ok(state("90"))},
    {"auto_close.json", ok(state("92"))},
    {"update_before_open.json", ok(state("40"))},
    {"close_before_open.json", ok(state("91"))},
    {"auth_no_key.json", missing("apiKey")},
};

const std::map<std::string, Expected> kPacking{
    {"body_capital.json", ok(is_whole)},
    {"body_string.json",
     ok([](const Event& e) { return has_fault("bodyLenFault")(e) && e.items.size() == 2; })},
    {"body_twice.json", ok(has_fault("bodyTwice"))},
    {"post.form", ok(is_whole)},
    {"post_nested.form", ok(is_whole)},
    {"post_json.form", ok(is_whole)},
    {"post_broken_escape.form", bad()},
    {"bom.json", ok(is_whole)},
    {"history_object.json", ok(is_whole)},
    {"history_string.json", ok(is_whole)},
    {"history_loop.json", ok(has_fault("routeLoop"))},
    {"history_number.json", invalid("tranSysHis")},
    {"numbers.json", ok(is_whole)},
    {"user_alias.json", ok(is_whole)},
    {"state_nested.json", ok(state("10"))},
    {"state_mismatch.json",
     ok([](const Event& e) { return has_fault("stateMismatch")(e) && e.state == "40"; })},
    {"length_in_letters.json", ok(is_whole)},
    {"length_wrong.json", ok(has_fault("bodyLenFault"))},
    {"length_empty.json", ok(is_whole)},
    {"split.json", invalid("apSeq.apTotal")},
    {"encrypted_flag.json", invalid("encAt")},
    {"encrypted.json", invalid("encAt")},
};

const std::map<std::string, Expected> kBroken{
    {"malformed.json", bad()},
    {"truncated.json", bad()},
    {"truncated_letter.json", bad()},
    {"empty.json", bad()},
    {"list.json", bad()},
    {"trailing.json", bad()},
    {"deep.json", bad()},
    {"oversized.json", bad()},
    {"cp949.json", bad()},
    {"cp949.form", bad("Body")},
    {"surrogate.json", bad()},
    {"not_a_form.form", missing("sendCd")},
    {"body_missing.json", missing("body")},
    {"body_number.json", invalid("body")},
    {"body_text.json", bad("body")},
    {"sender_missing.json", missing("sendCd")},
    {"sender_wrong.json", invalid("sendCd")},
    {"receiver_missing.json", missing("rcvCd")},
    {"service_wrong.json", invalid("svcTy")},
    {"request_time_missing.json", missing("reqDate")},
    {"request_time_wrong.json", ok(has_fault("timeFault:reqDate"))},
};

const std::map<std::string, Expected> kContent{
    {"type_unknown.json",
     ok([](const Event& e) { return e.type == "XYZUC999" && !e.known && is_clean()(e); })},
    {"type_missing.json", missing("evtId")},
    {"type_hostile.json", invalid("evtId")},
    {"type_list.json", invalid("evtId")},
    {"number_missing.json", missing("ocrNbr")},
    {"state_unknown.json", invalid("ocrSts")},
    {"state_missing.json", missing("ocrSts")},
    {"grade_unknown.json", invalid("evtGrad")},
    {"grade_missing.json", missing("evtGrad")},
    {"time_17.json", ok(occurred(123'000))},
    {"time_20.json", ok(occurred(123'456))},
    {"time_23.json", ok(occurred(123'456))},
    {"time_13.json", invalid("ocrEvtTime")},
    {"time_impossible.json", invalid("ocrEvtTime")},
    {"time_status_impossible.json", invalid("ocrEvtStsTime")},
    {"time_missing.json", missing("ocrEvtTime")},
    {"items_count_wrong.json",
     ok([](const Event& e) { return has_fault("itemCount")(e) && e.items.size() == 2; })},
    {"items_count_word.json", ok(has_fault("itemCount"))},
    {"items_empty_key.json",
     ok([](const Event& e) { return has_fault("itemKey")(e) && e.items.contains("CAR_NUM"); })},
    {"items_string.json", invalid("ocrEvtItem")},
    {"semicolon.json", ok([](const Event& e) { return e.text == "가;나$DF다П;" && e.faults.empty(); })},
    {"control_escaped.json", ok([](const Event& e) {
         return e.text == "앞\xEF\xBF\xBD뒤\xEF\xBF\xBD끝" && has_fault("control:ocrEvtCn")(e) &&
                has_fault("control:ocrPlc")(e);
     })},
    {"control_raw.json",
     ok([](const Event& e) { return e.text == "첫줄\n둘째줄" && has_fault("rawControl")(e); })},
    {"text_long.json",
     ok([](const Event& e) { return e.text.size() == 16383 && has_fault("cut:ocrEvtCn")(e); })},
};

const std::map<std::string, Expected> kPlaces{
    {"end_before_begin.json", ok([](const Event& e) {
         return has_fault("endBeforeBegin")(e) && to_rfc3339(*e.ended_at) == "2026-11-23T11:30:04.000000Z" && occurred(0)(e);
     })},
    {"end_state_before_begin.json", ok([](const Event& e) { return has_fault("endBeforeBegin")(e) && !e.ended_at; })},
    {"state_before_begin.json", ok(has_fault("stateBeforeBegin"))},
    {"end_impossible.json", ok(has_fault("timeFault:ocrEvtEndTime"))},
    {"end_zeros.json", ok([](const Event& e) { return is_clean()(e) && !e.ended_at; })},
    {"place_zero.json", ok(no_place(PositionFault::zero))},
    {"place_zero_decimals.json", ok(no_place(PositionFault::zero))},
    {"place_empty.json", ok(no_place(PositionFault::zero))},
    {"place_half.json", ok(no_place(PositionFault::zero))},
    {"place_missing.json", ok(no_place(PositionFault::zero))},
    {"place_swapped.json",
     ok([](const Event& e) { return e.position_fault == PositionFault::swapped && is_clean()(e); })},
    {"place_utm_k.json", ok(no_place(PositionFault::projected))},
    {"place_central_2010.json", ok(no_place(PositionFault::projected))},
    {"place_central_2010_swapped.json", ok(no_place(PositionFault::projected))},
    {"place_central.json", ok(no_place(PositionFault::projected))},
    {"place_far.json", ok(no_place(PositionFault::far))},
    {"place_tokyo.json", ok(no_place(PositionFault::far))},
    {"place_nan.json", ok(unread("ocrLc.crdntX"))},
    {"place_infinite.json", ok(unread("ocrLc.crdntY"))},
    {"place_words.json", ok(unread("ocrLc.crdntX"))},
    {"place_comma.json", ok(unread("ocrLc.crdntX"))},
    {"place_boolean.json", ok(unread("ocrLc.crdntX"))},
    {"place_exponent.json", ok(unread("ocrLc.crdntX"))},
    {"place_list.json", ok(unread("ocrLc"))},
};

std::map<std::string, Expected> all_expected() {
    std::map<std::string, Expected> all;
    for (const auto* group : {&kLife, &kPacking, &kBroken, &kContent, &kPlaces})
        all.insert(group->begin(), group->end());
    return all;
}

std::map<std::string, std::string> all_messages() {
    std::map<std::string, std::string> all;
    for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
        const auto name = file.path().filename().string();
        if (name != "README.md") all[name] = read(file.path());
    }
    return all;
}

}  // namespace

TEST(GoldenScsns, EveryMessageHasItsOutcome) {
    auto expected = all_expected();
    for (const auto& [name, bytes] : all_messages()) {
        if (name == "auth.json") continue;
        const auto found = expected.find(name);
        ASSERT_NE(found, expected.end()) << name << " has no expected outcome";
        const auto want = found->second;
        expected.erase(found);

        const auto got = decode_as(name, bytes);

        EXPECT_EQ(static_cast<int>(got.refusal.code), static_cast<int>(want.code))
            << name << ": " << got.refusal.reason;
        EXPECT_EQ(got.refusal.field, want.field) << name;
        ASSERT_EQ(got.event.has_value(), want.code == Code::ok) << name;
        if (!got.event) continue;
        EXPECT_TRUE(want.check(*got.event))
            << name << " faults: " << ::testing::PrintToString(got.event->faults);
    }
    EXPECT_TRUE(expected.empty()) << expected.begin()->first << " is not in the folder";
}

TEST(GoldenScsns, AnAuthMessageGivesTheKeyAndNoEvent) {
    const auto got = decode_as("auth.json", read(kFolder / "auth.json"));

    ASSERT_TRUE(got.ok()) << got.refusal.reason;
    EXPECT_EQ(got.envelope.svc_ty, "AUTH");
    EXPECT_EQ(got.envelope.send_cd, "P1100000000");
    EXPECT_EQ(got.api_key, "golden-key-1");
    EXPECT_FALSE(got.event);
}

TEST(GoldenScsns, ARefusedMessageStillSaysFromWhomItCame) {
    for (const auto* name : {"grade_unknown.json", "body_text.json", "encrypted.json", "state_unknown.json"}) {
        EXPECT_EQ(decode_as(name, read(kFolder / name)).envelope.send_cd, "P1100000000") << name;
    }
}

TEST(GoldenScsns, AWrongEncodingIsCalledByItsName) {
    for (const auto* name : {"cp949.json", "cp949.form", "truncated_letter.json"}) {
        EXPECT_EQ(decode_as(name, read(kFolder / name)).refusal.reason, "the message is not UTF-8") << name;
    }
}

TEST(GoldenScsns, TheDigestIsOfTheBodysBytesAndOfNothingElse) {
    const auto bytes = read(kFolder / "open.json");
    const auto at = bytes.find("\"body\":") + 7;
    const auto body = bytes.substr(at, bytes.size() - at - 1);

    EXPECT_EQ(decode_as("open.json", bytes).event->body_digest, crypto::to_hex(crypto::sha256(body)));
}

TEST(GoldenScsns, ARepeatInANewEnvelopeHasTheSameDigest) {
    const auto first = decode_as("close.json", read(kFolder / "close.json"));
    const auto again = decode_as("close_again.json", read(kFolder / "close_again.json"));

    ASSERT_TRUE(first.event && again.event);
    EXPECT_EQ(first.event->body_digest, again.event->body_digest);
    EXPECT_NE(read(kFolder / "close.json"), read(kFolder / "close_again.json"));
}

namespace {

std::string mutated(std::string bytes, const std::vector<std::string>& corpus, std::mt19937_64& chance) {
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(chance() % std::max<std::size_t>(bound, 1));
    };
    for (auto rounds = 1 + below(3); rounds > 0; --rounds) {
        const auto at = below(bytes.size());
        switch (below(10)) {
            case 0:
                if (!bytes.empty()) bytes[at] = static_cast<char>(chance());
                break;
            case 1:
                bytes.insert(at, 1 + below(3), static_cast<char>(chance()));
                break;
            case 2:
                bytes.erase(at, 1 + below(40));
                break;
            case 3:
                bytes.resize(at);
                break;
            case 4: {  // A piece of another message.
                const auto& other = corpus[below(corpus.size())];
                const auto from = below(other.size());
                bytes.insert(at, other.substr(from, 1 + below(60)));
                break;
            }
            case 5: {  // A piece twice.
                const auto piece = bytes.substr(at, 1 + below(60));
                bytes.insert(below(bytes.size()), piece);
                break;
            }
            default: {  // A digit for another: the message stays JSON.
                const auto digit = bytes.find_first_of("0123456789", at);
                if (digit != std::string::npos) bytes[digit] = static_cast<char>('0' + below(10));
            }
        }
    }
    return bytes;
}

bool is_bounded(const Event& e) {
    const bool place_ok =
        !e.position || (e.position->lon_e7 >= 1'240'000'000 && e.position->lon_e7 <= 1'320'000'000 &&
                        e.position->lat_e7 >= 330'000'000 && e.position->lat_e7 <= 390'000'000);
    return is_state(e.state) && is_grade(e.grade) && !e.number.empty() && !e.type.empty() &&
           is_utf8(e.text) && is_utf8(e.place) && e.text.size() <= kTextBytesMax &&
           e.items.size() <= kItemsMax && e.faults.size() <= kFaultsMax && place_ok;
}

}  // namespace

TEST(GoldenScsns, AHundredThousandMutationsEachGetAValidAnswer) {
    std::vector<std::string> corpus;
    for (const auto& [name, bytes] : all_messages()) {
        if (bytes.size() < 8'000) corpus.push_back(bytes);
    }
    std::mt19937_64 chance(20'261'123);
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto bytes = mutated(corpus[chance() % corpus.size()], corpus, chance);

        const auto got = decode_as(chance() % 2 == 0 ? "x.json" : "x.form", bytes);

        const auto code = got.refusal.code;
        ASSERT_TRUE(code == Code::ok || code == Code::bad_request || code == Code::missing ||
                    code == Code::invalid)
            << bytes;
        ASSERT_TRUE(code != Code::missing && code != Code::invalid ? true : !got.refusal.field.empty())
            << bytes;
        ASSERT_EQ(got.refusal.reason.empty(), got.ok()) << bytes;
        if (!got.event) continue;
        ++accepted;
        ASSERT_TRUE(is_bounded(*got.event)) << bytes;
    }
    EXPECT_GT(accepted, 5'000U);  // The mutations are mild enough to reach the inner fields.
}

}  // namespace bongsu::event::scsns
