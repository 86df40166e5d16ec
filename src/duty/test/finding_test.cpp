#include "duty/finding.hpp"

#include <boost/json/object.hpp>

#include "crypto/crypto.hpp"
#include "duty/test/crew.hpp"
#include "journal/erasure.hpp"

namespace bongsu::duty {
namespace {

using namespace std::chrono_literals;

const std::string kJpeg("\xff\xd8\xff\xe0 a picture \xff\xd9", 17);

struct FindingTest : DutyTest {
    Stay sits() {
        go_to_shift_of("A", 5min);
        return come("OP1", Role::operator_).value();
    }
    std::uint64_t kept(const Stay& stay, const std::string& incident) {
        std::uint64_t seq = 0;
        EXPECT_TRUE(site.in_batch([&]() -> Result<void> {
            TRY(seq, keep_picture(*site.book, stay, {incident}, {"C1"}, kJpeg));
            return record_found(*site.book, stay, *rules.finding("fire"), {"C1"}, {incident}, seq);
        }));
        return seq;
    }
};

TEST_F(FindingTest, WhatIsReportedIsOfADeclaredKindAndItsPictureAJpegThatFitsAnEntry) {
    const auto field = [&](const FindingInput& input) {
        const auto checked = check(rules, input);
        return checked ? std::string() : checked.error().field;
    };
    EXPECT_EQ(field({{"C1"}, "fire", "연기", kJpeg}), "");
    EXPECT_EQ(field({{"C1"}, "fire", "", ""}), "");
    EXPECT_EQ(field({{"C1"}, "dragon", "", ""}), "kind");
    EXPECT_EQ(field({{"C1"}, "fire", std::string(kFindingTextLettersMax + 1, 'a'), ""}), "text");
    EXPECT_EQ(field({{"C1"}, "fire", "", "<svg/>"}), "picture");
    EXPECT_EQ(field({{"C1"}, "fire", "", kJpeg.substr(0, 10)}), "picture") << "cut";
    std::string large = "\xff\xd8\xff" + std::string(kPictureBytesMax - 5, 'x') + "\xff\xd9";
    EXPECT_EQ(field({{"C1"}, "fire", "", large}), "");
    EXPECT_EQ(field({{"C1"}, "fire", "", large.insert(9, "x")}), "picture");
}

TEST_F(FindingTest, ThePictureIsKeptByteForByteUnderItsDigestAndGoesWithAnErasureAlone) {
    const auto stay = sits();
    const auto seq = kept(stay, "I1");
    const auto found = finding_of(*site.db, {"I1"})->value();
    EXPECT_EQ(found.picture, seq);
    EXPECT_EQ(found.kind, "fire");
    EXPECT_EQ(found.agency, "119");
    EXPECT_EQ(found.user.value, "OP1");
    EXPECT_EQ(found.seat, "op-1");
    EXPECT_EQ(findings(*site.db, stay.shift)->size(), 1U);
    EXPECT_FALSE(finding_of(*site.db, {"I2"})->has_value());
    EXPECT_EQ(picture(site.book->journal(), seq).value(), kJpeg);
    EXPECT_EQ(picture(site.book->journal(), found.seq).error().kind, ErrorKind::not_found) << "another entry";
    EXPECT_EQ(picture(site.book->journal(), seq + 99).error().kind, ErrorKind::not_found);
    for (const auto& entry : site.entries()) {
        if (entry.kind == "duty.picture_kept") {
            EXPECT_EQ(entry.payload.at("sha256"), crypto::to_hex(crypto::sha256(kJpeg)).c_str());
        }
        if (entry.kind == "duty.found") {
            EXPECT_FALSE(entry.payload.contains("bytes")) << "a timeline is no album";
        }
    }

    ASSERT_TRUE(site.in_batch([&] {
        return journal::order_erasure(*site.book, {.actor = "user:OFF", .reason = "requested", .basis = "PIPA 21", .seqs = {seq}, .check = {}});
    }));
    ASSERT_TRUE(journal::finish_erasures(*site.book, "site:11000"));
    EXPECT_FALSE(finding_of(*site.db, {"I1"})->value().picture.has_value());
    EXPECT_EQ(picture(site.book->journal(), seq).error().kind, ErrorKind::not_found);
    EXPECT_EQ(finding_of(*site.db, {"I1"})->value().kind, "fire") << "that it was found stays";
}

TEST_F(FindingTest, ADeclarationHasAtMostNineKindsAndSaysWhatIsWrongWithThem) {
    std::string toml(default_rules());
    const auto with = [&](const std::string& more) { return Rules::parse(toml + more); };
    EXPECT_EQ(rules.findings().size(), 9U);
    EXPECT_FALSE(with("[[finding]]\nkey = \"tenth\"\nname = { ko = \"열\", en = \"Ten\" }\ngrade = \"10\"\nagency = \"112\"\n"));
    toml.erase(toml.find("[[finding]]"));
    EXPECT_EQ(with("")->findings().size(), 9U) << "who says nothing of them has the program's";
    const auto bad = with("[[finding]]\nkey = \"a b\"\nname = { ko = \"하나\", en = \"One\" }\ngrade = \"30\"\nagency = \"911\"\n");
    ASSERT_FALSE(bad);
    for (const auto* part : {"finding.key", "finding.grade", "finding.agency"}) EXPECT_NE(bad.error().message.find(part), std::string::npos) << part;
    EXPECT_EQ(with("[[finding]]\nkey = \"one\"\nname = { ko = \"하나\", en = \"One\" }\ngrade = \"20\"\nagency = \"none\"\n")->findings()[0].agency, "none");
}

}  // namespace
}  // namespace bongsu::duty
