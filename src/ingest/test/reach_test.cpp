#include "ingest/reach.hpp"

#include <gtest/gtest.h>

#include "ingest/cause.hpp"

namespace bongsu::ingest {
namespace {

using Address = boost::asio::ip::address;
using boost::asio::ip::make_address;

std::vector<Address> addresses(std::initializer_list<const char*> texts) {
    std::vector<Address> out;
    for (const char* text : texts) out.push_back(make_address(text));
    return out;
}

TEST(Reach, WithNetworksEveryAddressLiesInThem) {
    const auto networks = address::Networks::parse({"10.1.0.0/16"});
    ASSERT_TRUE(networks);
    EXPECT_EQ(choose_address(addresses({"10.1.2.3"}), *networks, {})->to_string(), "10.1.2.3");
    EXPECT_EQ(choose_address(addresses({"10.1.2.3", "10.2.2.3"}), *networks, {}).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(choose_address(addresses({"8.8.8.8"}), *networks, {}).error().kind, ErrorKind::forbidden);
    // A redirect within them may go to another host.
    EXPECT_EQ(choose_address(addresses({"10.1.2.4"}), *networks, make_address("10.1.2.3"))->to_string(), "10.1.2.4");
}

TEST(Reach, WithoutNetworksARedirectStaysOnItsHost) {
    EXPECT_TRUE(choose_address(addresses({"8.8.8.8"}), {}, {}));
    EXPECT_EQ(choose_address(addresses({"10.0.0.1", "10.0.0.2"}), {}, make_address("10.0.0.2"))->to_string(), "10.0.0.2");
    const auto elsewhere = choose_address(addresses({"127.0.0.1"}), {}, make_address("10.0.0.2"));
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().message, "the camera redirects to another host, 127.0.0.1");
}

TEST(Reach, NobodysAddressesAreNeverDialed) {
    for (const char* text : {"0.0.0.0", "239.1.1.1", "255.255.255.255", "::", "ff02::1", "::ffff:0.0.0.0"}) {
        EXPECT_FALSE(choose_address(addresses({text}), {}, {})) << text;
    }
    EXPECT_EQ(choose_address({}, {}, {}).error().message, "the host name is not known");
}

TEST(Cause, EachHasAWordOfItsOwn) {
    for (int i = 1; i <= static_cast<int>(Cause::no_video); ++i) EXPECT_NE(to_string(static_cast<Cause>(i)), "none");
    EXPECT_EQ(cause_of({ErrorKind::unauthenticated, "", Where::here()}), Cause::credentials);
    EXPECT_EQ(cause_of({ErrorKind::not_found, "", Where::here()}), Cause::refused);
    EXPECT_EQ(cause_of({ErrorKind::invalid, "", Where::here()}), Cause::no_video);
    EXPECT_EQ(cause_of({.kind = ErrorKind::unavailable, .message = "", .where = Where::here(), .code = "tls"}), Cause::tls);
    EXPECT_TRUE(is_hopeless(Cause::credentials));
    EXPECT_FALSE(is_hopeless(Cause::no_video));
}

}  // namespace
}  // namespace bongsu::ingest
