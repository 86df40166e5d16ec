// What was read before its turn is what would have been read then.
#include "event/arrival.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "event/codec/codec.hpp"
#include "event/codec/scsns_writer.hpp"
#include "event/intake.hpp"

namespace bongsu::event {
namespace {

using scsns::Input;

const std::string kKey = "0123456789abcdef0123456789abcdef";
const auto kReceived = *parse_rfc3339("2026-11-23T12:30:06Z", "at");

std::string message(const std::string& key) {
    scsns::WriterEvent event;
    event.occurred_at = event.state_time = *parse_rfc3339("2026-11-23T12:30:04.25Z", "at");
    event.number = scsns::number_of(event.occurred_at);
    event.text = "골목에 사람이 쓰러져 있다";
    return scsns::write_event({.send_cd = "P1100000000", .rcv_cd = "B1100000000", .rr_key = key, .at = event.occurred_at}, event);
}

Arrival arrive(const std::string& bytes, const std::map<std::string, std::string>& headers,
               std::shared_ptr<const Profile> profile = nullptr, std::string_view content_type = "application/json") {
    const Input input{.content_type = content_type, .bytes = bytes, .headers = &headers};
    Arrival arrival(input);
    arrival.read(input, std::move(profile));
    return arrival;
}

/// All of what a decoding says, as one text.
std::string told(const Decoding& decoding) {
    auto text = std::to_string(static_cast<int>(decoding.refusal.code)) + decoding.refusal.field + decoding.refusal.reason;
    if (decoding.event() != nullptr) text += boost::json::serialize(to_payload(*decoding.event(), {"id"}, {}));
    if (decoding.login() != nullptr) text += "login " + decoding.login()->user;
    return text;
}

/// Of what is kept, with what was interpreted before, and without.
std::pair<std::string, std::string> both(Arrival arrival, std::string_view content_type = "application/json") {
    const Profile none;
    const auto& profile = arrival.profile ? *arrival.profile : none;
    Wire wire{.bytes = arrival.masked.bytes, .received_at = kReceived, .content_type = content_type, .headers = &arrival.headers};
    const auto then = told(decode(profile, wire));
    wire.interpreted = &arrival.decoded;
    return {told(decode(profile, wire)), then};
}

TEST(Arrival, SaysOfEachGoldenMessageWhatItsDecoderSays) {
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(BONGSU_SOURCE_DIR) / "tests/golden/scsns")) {
        std::ostringstream out;
        out << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        for (const auto* type : {"application/json", "application/x-www-form-urlencoded; charset=UTF-8"}) {
            const auto [before, then] = both(arrive(out.str(), {}, nullptr, type), type);
            EXPECT_EQ(before, then) << entry.path();
            ++seen;
        }
    }
    EXPECT_GT(seen, 100U);
}

TEST(Arrival, AKeyInTheMessageIsFoundAndDoesNotStandInWhatIsKept) {
    auto arrival = arrive(message(kKey), {});

    EXPECT_EQ(arrival.key, kKey);
    EXPECT_EQ(arrival.sender.send_cd, "P1100000000");
    EXPECT_EQ(arrival.masked.total, kKey.size());
    EXPECT_EQ(arrival.masked.bytes.find(kKey), std::string::npos);
    ASSERT_TRUE(arrival.decoded.event.has_value());
    EXPECT_NE(arrival.decoded.envelope.rr_key, kKey);
    const auto [before, then] = both(std::move(arrival));
    EXPECT_EQ(before, then);
}

TEST(Arrival, TheHeadersKeyCountsAndIsMaskedWhereverItStands) {
    auto bytes = message("");
    bytes.replace(bytes.find("골목에"), std::string("골목에").size(), kKey);

    const auto arrival = arrive(bytes, {{"x-scsns-secret", kKey}, {"x-scsns-svcty", "EVENT"}, {"x-other", "1"}});

    EXPECT_EQ(arrival.key, kKey);
    EXPECT_EQ(arrival.masked.bytes.find(kKey), std::string::npos);
    EXPECT_EQ(arrival.headers, (std::map<std::string, std::string>{{"x-scsns-svcty", "EVENT"}}));
    ASSERT_TRUE(arrival.decoded.event.has_value());
    EXPECT_EQ(arrival.decoded.event->text.find(kKey), std::string::npos);
}

/// Of many headers sixteen are kept, and a release has no others to go by.
TEST(Arrival, IsInterpretedByTheHeadersThatAreKept) {
    std::map<std::string, std::string> headers{{"x-scsns-sendcd", "P1199999999"}};
    for (char letter = 'a'; letter < 'a' + 16; ++letter) headers["x-scsns-" + std::string(1, letter)] = "1";

    const auto arrival = arrive(message(kKey), headers);

    EXPECT_EQ(arrival.headers.size(), 16U);
    EXPECT_FALSE(arrival.headers.contains("x-scsns-sendcd"));
    ASSERT_TRUE(arrival.decoded.event.has_value());
    EXPECT_TRUE(arrival.decoded.event->faults.empty());
}

TEST(Arrival, AHeaderThatHoldsAKeyIsNotKept) {
    const auto arrival = arrive(message(kKey), {{"x-scsns-rrkey", "short"}, {"x-scsns-x", "it is " + kKey}, {"x-scsns-encat", "N"}});

    EXPECT_EQ(arrival.headers, (std::map<std::string, std::string>{{"x-scsns-encat", "N"}}));
}

/// No key is that long; to look for it everywhere would take its length at each byte.
TEST(Arrival, AKeyOfManyKilobytesIsNotLookedFor) {
    const auto masked = mask_secrets(Format::scsns, std::string(1 << 20, 'a'), {std::string(15000, 'a') + "b", std::string(15000, 'a')});

    EXPECT_EQ(masked.total, 0U);
}

/// The agreement changed while it waited.
TEST(Arrival, IsReadAgainUnderAnotherAgreement) {
    const auto bytes = message(kKey);
    const std::map<std::string, std::string> none;
    const Input input{.content_type = "application/json", .bytes = bytes, .headers = &none};
    auto agreed = std::make_shared<Profile>();
    agreed->pairs = {{"P1199999999", "B1100000000"}};
    Arrival arrival(input);
    EXPECT_FALSE(arrival.is_read);
    arrival.read(input, nullptr);
    EXPECT_TRUE(arrival.decoded.ok());

    arrival.read(input, agreed);

    EXPECT_EQ(arrival.profile, agreed);
    EXPECT_EQ(arrival.decoded.refusal.field, "sendCd");
    EXPECT_EQ(arrival.masked.total, kKey.size());
}

TEST(Arrival, TheKeyOfAnAuthMessageAtTheWrongDoorIsMasked) {
    const std::string secret = "the-api-key-of-the-112-room-0123456789";
    const auto bytes = scsns::write_get_auth(
        {.send_cd = "P1100000000", .rcv_cd = "B1100000000", .rr_key = "", .at = kReceived}, secret, "apiKey");

    auto arrival = arrive(bytes, {{"x-scsns-secret", kKey}});

    EXPECT_EQ(arrival.sender.api_key, secret);
    EXPECT_EQ(arrival.masked.bytes.find(secret), std::string::npos);
    EXPECT_FALSE(arrival.decoded.event.has_value());
    const auto [before, then] = both(std::move(arrival));
    EXPECT_EQ(before, then);
    EXPECT_EQ(then.find(secret), std::string::npos);
}

/// What the time of receipt says is asked when there is one.
TEST(Arrival, IsAdmittedInItsTurn) {
    auto profile = std::make_shared<Profile>();
    profile->key = "police";
    profile->sender = "P1100000000";
    profile->clock_offset = std::chrono::seconds{30};
    profile->types = {"112UC001"};
    auto arrival = arrive(message(kKey), {}, profile);
    ASSERT_TRUE(arrival.decoded.event.has_value());
    const auto stated = arrival.decoded.event->occurred_at;

    Wire wire{.bytes = arrival.masked.bytes, .received_at = kReceived, .headers = &arrival.headers};
    wire.interpreted = &arrival.decoded;
    const auto decoding = decode(*profile, wire);

    ASSERT_NE(decoding.event(), nullptr) << decoding.refusal.reason;
    EXPECT_EQ(decoding.event()->occurred_at, stated - profile->clock_offset);
    profile->types = {"119UC001"};
    arrival = arrive(message(kKey), {}, profile);
    const auto [before, then] = both(std::move(arrival));
    EXPECT_EQ(before, then);
    EXPECT_NE(then.find("evtId"), std::string::npos);
}

}  // namespace
}  // namespace bongsu::event
