#include "rtsp/auth.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bongsu::rtsp {
namespace {

Headers challenges(std::initializer_list<const char*> values) {
    Headers out;
    for (const char* value : values) out.add("www-authenticate", value);
    return out;
}

TEST(Auth, TheStrongestChallengeIsChosen) {
    const auto best = choose_challenge(
        challenges({"Basic realm=\"a\"", "Digest realm=\"b\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"",
                    "Digest realm=\"c\", nonce=\"n\"", "Bearer x"}));
    const auto basic = choose_challenge(challenges({"Basic realm=\"a \\\"q\\\"\"", "Digest realm=\"c\"",
                                                    "Digest realm=\"c\", nonce=\"n\", algorithm=MD5-sess"}));

    ASSERT_TRUE(best);
    EXPECT_EQ(best->scheme, Scheme::digest_sha256);
    EXPECT_TRUE(best->qop_auth);
    ASSERT_TRUE(basic);
    EXPECT_EQ(basic->scheme, Scheme::basic);
    EXPECT_EQ(basic->realm, "a \"q\"");
    EXPECT_FALSE(choose_challenge(challenges({"Negotiate"})));
    EXPECT_FALSE(choose_challenge({}));
}

TEST(Auth, TheAnswersAreThoseOfTheRfcs) {
    // RFC 2617 3.5 and RFC 7616 3.9.1, with their own user, nonce and path.
    Challenge md5;
    md5.scheme = Scheme::digest_md5;
    md5.realm = "testrealm@host.com";
    md5.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    md5.qop_auth = true;
    Challenge sha;
    sha.scheme = Scheme::digest_sha256;
    sha.realm = "http-auth@example.org";
    sha.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    sha.qop_auth = true;

    const auto by_md5 =
        authorization(md5, {"Mufasa", "Circle Of Life"}, "GET", "/dir/index.html", 1, "0a4f113b");
    const auto by_sha = authorization(sha, {"Mufasa", "Circle of Life"}, "GET", "/dir/index.html", 1,
                                      "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");

    EXPECT_NE(by_md5.find("response=\"6629fae49393a05397450978507c4ef1\""), std::string::npos) << by_md5;
    EXPECT_NE(by_md5.find("nc=00000001"), std::string::npos);
    EXPECT_NE(by_sha.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""),
              std::string::npos)
        << by_sha;
}

TEST(Auth, OurServerKnowsItsOwnClientAndNobodyElse) {
    for (const auto scheme : {Scheme::digest_md5, Scheme::digest_sha256}) {
        for (const bool qop : {false, true}) {
            Challenge ours;
            ours.scheme = scheme;
            ours.realm = "camera";
            ours.nonce = "abc";
            ours.qop_auth = qop;
            const auto heard = choose_challenge(challenges({write_challenge(ours).c_str()}));
            ASSERT_TRUE(heard);
            const Credentials right{"admin", "p\"w"};

            const auto answer = authorization(*heard, right, "DESCRIBE", "rtsp://h/x", 2, "cn");

            EXPECT_TRUE(digest_holds(answer, ours, right, "DESCRIBE"));
            EXPECT_FALSE(digest_holds(answer, ours, right, "SETUP"));
            EXPECT_FALSE(digest_holds(answer, ours, {"admin", "other"}, "DESCRIBE"));
            EXPECT_FALSE(digest_holds(answer, ours, {"root", "p\"w"}, "DESCRIBE"));
            ours.nonce = "abd";
            EXPECT_FALSE(digest_holds(answer, ours, right, "DESCRIBE"));
        }
    }
    EXPECT_FALSE(digest_holds("", {}, {}, "DESCRIBE"));
    EXPECT_FALSE(digest_holds("Digest", {}, {}, "DESCRIBE"));
}

TEST(Auth, BasicCarriesATicketAsPassword) {
    const std::string sent = authorization(Challenge{}, {"x", "a.b.c:d"}, "DESCRIBE", "u", 1, "");

    const auto read = parse_basic(sent);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->password, "a.b.c:d");
    EXPECT_EQ(parse_basic("Digest x").error().kind, ErrorKind::unauthenticated);
    EXPECT_FALSE(parse_basic("Basic ???"));
    EXPECT_FALSE(parse_basic("Basic YWJj"));
}

TEST(Auth, AnyMutationIsAnsweredWithoutHarm) {
    std::mt19937 seeded(6);
    const std::string original =
        "Digest username=\"a\", realm=\"b\\\"c\", nonce=\"n\", uri=\"u\", response=\"00\", qop=auth, nc=1";
    Challenge ours;
    ours.scheme = Scheme::digest_md5;
    ours.nonce = "n";
    for (int i = 0; i < 200'000; ++i) {
        std::string text = original;
        for (unsigned n = 0; n <= seeded() % 5; ++n)
            text[seeded() % text.size()] = static_cast<char>(seeded());

        ASSERT_FALSE(digest_holds(text, ours, {"a", "secret"}, "PLAY"));
        choose_challenge(challenges({text.c_str()}));
        parse_basic("Basic " + text);
    }
}

}  // namespace
}  // namespace bongsu::rtsp
