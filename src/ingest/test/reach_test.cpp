#include "ingest/reach.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <set>

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

Reach written(std::vector<std::string> networks) { return {.networks = *address::Networks::parse(networks)}; }

TEST(Reach, WithNetworksEveryAddressLiesInThem) {
    const auto reach = written({"10.1.0.0/16"});
    EXPECT_EQ(choose_address(addresses({"10.1.2.3"}), reach, {})->to_string(), "10.1.2.3");
    EXPECT_EQ(choose_address(addresses({"10.1.2.3", "10.2.2.3"}), reach, {}).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(choose_address(addresses({"8.8.8.8"}), reach, {}).error().message, "the address 8.8.8.8 is not in the cameras' networks");
    // A redirect within them may go to another host.
    EXPECT_EQ(choose_address(addresses({"10.1.2.4"}), reach, make_address("10.1.2.3"))->to_string(), "10.1.2.4");
    // What somebody wrote down replaces the default, whatever it is.
    EXPECT_TRUE(choose_address(addresses({"203.0.113.7"}), written({"203.0.113.0/24"}), {}));
    EXPECT_FALSE(choose_address(addresses({"192.168.0.1"}), written({"203.0.113.0/24"}), {}));
}

TEST(Reach, WithoutNetworksARedirectStaysOnItsHost) {
    EXPECT_TRUE(choose_address(addresses({"8.8.8.8"}), {}, {}));
    EXPECT_EQ(choose_address(addresses({"10.0.0.1", "10.0.0.2"}), {}, make_address("10.0.0.2"))->to_string(), "10.0.0.2");
    const auto elsewhere = choose_address(addresses({"127.0.0.1"}), {}, make_address("10.0.0.2"));
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().message, "the camera redirects to another host, 127.0.0.1");
}

TEST(Reach, NobodysAddressesAreNeverDialed) {
    const auto all = written({"0.0.0.0/0", "::/0"});
    for (const char* text : {"0.0.0.0", "239.1.1.1", "255.255.255.255", "::", "ff02::1", "::ffff:0.0.0.0", "::ffff:224.0.0.1"}) {
        EXPECT_FALSE(choose_address(addresses({text}), {}, {})) << text;
        EXPECT_FALSE(choose_address(addresses({text}), all, {})) << text;
    }
    EXPECT_EQ(choose_address({}, {}, {}).error().message, "the host name is not known");
}

TEST(Reach, ByDefaultCamerasAreInPrivateNetworks) {
    const auto reach = Reach::of_private(false);
    for (const char* text : {"10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.1.64", "fd00:20::7", "fc00::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(choose_address(addresses({text}), reach, {})) << text;
    for (const char* text : {"8.8.8.8", "172.32.0.1", "172.15.255.255", "192.169.0.1", "100.64.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::a00:1"})
        EXPECT_EQ(choose_address(addresses({text}), reach, {}).error().kind, ErrorKind::forbidden) << text;
}

TEST(Reach, ByDefaultNeitherLinkLocalNorMetadataNorThisMachineIsDialed) {
    const auto reach = Reach::of_private(false);
    for (const char* text : {"169.254.169.254", "169.254.0.1", "fe80::1", "fd00:ec2::254", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"}) {
        EXPECT_FALSE(choose_address(addresses({text}), reach, {})) << text;
    }
    EXPECT_EQ(choose_address(addresses({"169.254.169.254"}), reach, {}).error().message,
              "the address 169.254.169.254 is not a private one, and cameras.toml names no networks");
    // A name that also leads elsewhere is not used.
    EXPECT_FALSE(choose_address(addresses({"10.0.0.1", "169.254.169.254"}), reach, {}));
}

TEST(Reach, ByDefaultThisMachineIsDialedWhereTheSiteItselfIsBoundToIt) {
    const auto reach = Reach::of_private(true);
    EXPECT_TRUE(choose_address(addresses({"127.0.0.1"}), reach, {}));
    EXPECT_TRUE(choose_address(addresses({"::1"}), reach, {}));
    EXPECT_FALSE(choose_address(addresses({"169.254.169.254"}), reach, {}));
}

TEST(Reach, ByDefaultARedirectStaysOnItsHostToo) {
    const auto reach = Reach::of_private(false);
    EXPECT_FALSE(choose_address(addresses({"10.0.0.9"}), reach, make_address("10.0.0.1")));
    EXPECT_TRUE(choose_address(addresses({"10.0.0.1"}), reach, make_address("10.0.0.1")));
}

TEST(Reach, OurOwnPortsAreNotDialedOnThisMachine) {
    Reach reach = Reach::of_private(true);
    reach.own_ports = {11000};
    EXPECT_EQ(check_port(make_address("127.0.0.1"), 11000, reach).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(check_port(make_address("127.9.9.9"), 11000, reach).error().message, "port 11000 of this machine is one of our own");
    EXPECT_FALSE(check_port(make_address("::ffff:127.0.0.1"), 11000, reach));
    EXPECT_FALSE(check_port(make_address("::1"), 11000, reach));
    EXPECT_TRUE(check_port(make_address("127.0.0.1"), 11400, reach));
    EXPECT_TRUE(check_port(make_address("192.0.2.1"), 11000, reach));
    reach.networks = *address::Networks::parse({"127.0.0.0/8"});  // Nor where networks are written down.
    reach.is_default = false;
    EXPECT_FALSE(check_port(make_address("127.0.0.1"), 11000, reach));
}

TEST(Cause, EachHasAWordOfItsOwn) {
    std::set<std::string_view> words;
    for (int i = 0; i <= static_cast<int>(kCauseLast); ++i) words.insert(to_string(static_cast<Cause>(i)));
    EXPECT_EQ(words.size(), static_cast<std::size_t>(kCauseLast) + 1);
    EXPECT_EQ(cause_of({ErrorKind::unauthenticated, "", Where::here()}), Cause::credentials);
    EXPECT_EQ(cause_of({ErrorKind::not_found, "", Where::here()}), Cause::denied);
    EXPECT_EQ(cause_of({ErrorKind::invalid, "", Where::here()}), Cause::no_video);
    EXPECT_EQ(cause_of({.kind = ErrorKind::invalid, .message = "", .where = Where::here(), .code = "codec"}), Cause::codec);
    EXPECT_EQ(cause_of({.kind = ErrorKind::unavailable, .message = "", .where = Where::here(), .code = "tls"}), Cause::tls);
    EXPECT_EQ(cause_of_loss({ErrorKind::unavailable, "", Where::here()}), Cause::hung_up);
    EXPECT_EQ(cause_of_loss({ErrorKind::corrupt, "", Where::here()}), Cause::protocol);
    EXPECT_EQ(cause_of_dial(boost::asio::error::connection_refused), Cause::refused);
    EXPECT_EQ(cause_of_dial(boost::asio::error::timed_out), Cause::timed_out);
    EXPECT_EQ(cause_of_dial(boost::asio::error::host_unreachable), Cause::no_route);
    EXPECT_EQ(cause_of_dial(boost::asio::error::network_unreachable), Cause::no_route);
    EXPECT_EQ(cause_of_dial(boost::asio::error::access_denied), Cause::unreachable);
    EXPECT_EQ(cause_of(PictureVerdict::frozen), Cause::frozen);
    EXPECT_TRUE(is_hopeless(Cause::credentials));
    EXPECT_FALSE(is_hopeless(Cause::no_video));
}

}  // namespace
}  // namespace bongsu::ingest
