#include <gtest/gtest.h>

#include "address/networks.hpp"
#include "address/target.hpp"

namespace bongsu::address {
namespace {

boost::asio::ip::address at(const char* text) { return boost::asio::ip::make_address(text); }

TEST(Networks, WhatIsNotPublicIsClosed) {
    for (const auto* inside :
         {"127.0.0.1", "127.255.255.255", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
          "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
          "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1",
          "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1",
          "::7f00:1"}) {
        EXPECT_FALSE(is_public(at(inside))) << inside;
        EXPECT_FALSE(is_allowed(at(inside), {})) << inside;
    }
    for (const auto* outside : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
                                "172.32.0.0", "192.167.255.255", "169.253.255.255", "223.255.255.255", "2400:cb00::1",
                                "::ffff:1.1.1.1"}) {
        EXPECT_TRUE(is_public(at(outside))) << outside;
    }
}

TEST(Networks, AListOpensWhatItNamesAndNothingElse) {
    const auto opened = Networks::parse({"10.1.0.0/16", "192.168.7.9", "fd00:1::/32"});
    ASSERT_TRUE(opened) << opened.error().message;
    for (const auto* open : {"10.1.0.0", "10.1.255.255", "192.168.7.9", "fd00:1::5", "::ffff:10.1.2.3", "8.8.8.8"})
        EXPECT_TRUE(is_allowed(at(open), *opened)) << open;
    for (const auto* closed : {"10.0.255.255", "10.2.0.0", "192.168.7.8", "fd00:2::5", "127.0.0.1"})
        EXPECT_FALSE(is_allowed(at(closed), *opened)) << closed;
    for (const auto* wrong : {"10.1.0.0/33", "10.1", "example.org", "10.1.0.0/", "fd00::/129", "10.1.0.0/-1"})
        EXPECT_FALSE(Networks::parse({wrong})) << wrong;
}

TEST(Networks, ANameThatAlsoLeadsInsideIsNotUsed) {
    const auto mixed = choose({at("1.1.1.1"), at("127.0.0.1")}, {});
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().kind, ErrorKind::forbidden);
    EXPECT_EQ(choose({}, {}).error().kind, ErrorKind::not_found);
    EXPECT_EQ(choose({at("1.1.1.1"), at("1.0.0.1")}, {})->to_string(), "1.1.1.1") << "what was checked is what is used";
}

TEST(Target, IsTakenApart) {
    const auto http = parse_target("http://Images.Example.org:8080/a/b.jpg?x=1");
    ASSERT_TRUE(http) << http.error().message;
    EXPECT_EQ(http->host, "images.example.org");
    EXPECT_EQ(http->port, 8080);
    EXPECT_EQ(http->path, "/a/b.jpg?x=1");
    EXPECT_FALSE(http->literal);
    EXPECT_EQ(parse_target("https://example.org")->port, 443);
    EXPECT_EQ(parse_target("http://example.org?x")->path, "/?x");
    EXPECT_EQ(parse_target("tcp://10.1.2.3:5331")->literal->to_string(), "10.1.2.3");
    EXPECT_EQ(parse_target("tcp://[::1]:5331")->literal->to_string(), "::1");
}

TEST(Target, DisguisesAndOdditiesAreRefused) {
    for (const auto* wrong :
         {"", "ftp://example.org/a", "file:///etc/passwd", "http://", "http://user@example.org/", "http://example.org#a",
          "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://example.org:0/",
          "http://example.org:65536/", "http://example.org:80a/", "tcp://example.org", "tcp://example.org:1/a",
          "http://exa mple.org/", "http://example..org/", "http://[::1/", "http://::1/", "http://example.org\\@evil/",
          "http://\xEC\x98\x88.org/", "http://a.1/", "gopher://example.org:1"}) {
        EXPECT_FALSE(parse_target(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace bongsu::address
