#include "identity/accounts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "identity/http.hpp"
#include "identity/password.hpp"
#include "identity/test/site.hpp"

namespace bongsu::identity {
namespace {

constexpr std::string_view kRemote = "127.0.0.1:51234";

NewAccount account(std::string login, Role role) {
    NewAccount wanted;
    wanted.login = std::move(login);
    wanted.name_ko = "홍길순";
    wanted.name_en = "Hong Gil-sun";
    wanted.role = role;
    wanted.site.value = "11000";
    wanted.agency.value = role == Role::agency ? "P1100000000" : "B1100000000";
    if (role == Role::agency) {
        wanted.send_cd = "P1100000000";
        wanted.rcv_cd = "B1100000000";
    }
    return wanted;
}

class AccountsTest : public testing::Test {
  protected:
    TestSite site;
    std::unique_ptr<sql::Db> db = sql::open_sqlite(":memory:").value();
    std::unique_ptr<Accounts> accounts = Accounts::open(site.world.env, *db).value();

    CreatedAccount create(const NewAccount& wanted) {
        return site.in_batch([&] { return accounts->create_account(*site.book, wanted); }).value();
    }
    Result<Login> log_in(std::string_view login, std::string_view password,
                         std::string_view remote = kRemote) {
        TRY(const auto candidate, accounts->find_login(login, remote));
        const bool ok = verify(candidate.encoded, password);
        return site.in_batch([&] { return accounts->complete_login(*site.book, candidate, ok, remote); });
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> out;
        for (const auto& entry : site.entries()) out.push_back(entry.kind);
        return out;
    }
};

TEST_F(AccountsTest, TheRightPasswordOpensASessionOfAShift) {
    const auto made = create(account("operator1", Role::operator_));
    const auto login = log_in("operator1", made.password);
    ASSERT_TRUE(login) << login.error().message;
    EXPECT_EQ(login->token.size(), 43U);
    EXPECT_EQ(login->session.user, made.user);
    EXPECT_EQ(login->session.expires, site.world.clock.wall() + std::chrono::hours(12));

    site.world.clock.advance(std::chrono::hours(12) - std::chrono::seconds(1));
    const auto session = accounts->session_of(login->token);
    ASSERT_TRUE(session);
    EXPECT_EQ(session->role, Role::operator_);
    EXPECT_EQ(session->site.value, "11000");
    EXPECT_EQ(session->agency.value, "B1100000000");
    EXPECT_EQ(session->name_ko, "홍길순");
    site.world.clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(accounts->session_of(login->token).error().kind, ErrorKind::unauthenticated);
}

TEST_F(AccountsTest, AWrongPasswordAndAnUnknownNameAnswerAlike) {
    create(account("operator1", Role::operator_));
    const auto wrong = log_in("operator1", "guess");
    const auto unknown = log_in("nobody", "guess");
    ASSERT_FALSE(wrong);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(wrong.error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(wrong.error().message, unknown.error().message);
    EXPECT_EQ(accounts->unknown_logins_total(), 1U);
}

TEST_F(AccountsTest, AnUnknownNameCostsARealHashThatNothingMatches) {
    const auto candidate = accounts->find_login("nobody", kRemote);
    ASSERT_TRUE(candidate);
    EXPECT_FALSE(candidate->user);
    EXPECT_TRUE(candidate->encoded.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    // Even a worker that says yes opens nothing.
    const auto login =
        site.in_batch([&] { return accounts->complete_login(*site.book, *candidate, true, kRemote); });
    EXPECT_EQ(login.error().kind, ErrorKind::unauthenticated);
}

TEST_F(AccountsTest, TheJournalTellsOfLoginsByIdOnly) {
    const auto made = create(account("operator1", Role::operator_));
    ASSERT_FALSE(log_in("operator1", "guess"));
    ASSERT_FALSE(log_in("nobody", "guess"));
    const auto login = log_in("operator1", made.password);
    ASSERT_TRUE(login);
    ASSERT_TRUE(site.in_batch([&] { return accounts->logout(*site.book, login->token); }));
    EXPECT_FALSE(accounts->session_of(login->token));

    EXPECT_EQ(kinds(),
              (std::vector<std::string>{"account.created", "login.refused", "login.accepted", "logout"}));
    for (const auto& entry : site.entries()) {
        EXPECT_EQ(entry.payload.at("user").as_string(), made.user.value);
        const auto text = entry.actor + boost::json::serialize(entry.payload);
        for (const std::string& secret :
             {std::string("operator1"), std::string("nobody"), std::string("홍길순"), std::string("guess"),
              made.password, login->token}) {
            EXPECT_EQ(text.find(secret), std::string::npos) << secret;
        }
    }
    EXPECT_EQ(site.entries()[1].payload.at("remote").as_string(), "127.0.0.1");
}

TEST_F(AccountsTest, NeitherTokenNorPasswordNorKeyIsKept) {
    const auto made = create(account("police112", Role::agency));
    const auto login = log_in("police112", made.password);
    const auto key = site.in_batch(
        [&] { return accounts->open_partner_session(*site.book, made.api_key, "P1100000000", "scsns", "127.0.0.1:9"); });
    ASSERT_TRUE(login && key);
    const auto kept = db->query(
        "select password || coalesce(api_key, '') || login || user from account union all "
        "select token || user || remote from session union all select key || user || profile from "
        "partner_session");
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 3U);
    for (const auto& row : *kept) {
        for (const auto& secret : {made.password, made.api_key, login->token, *key}) {
            EXPECT_EQ(row.text(0).find(secret), std::string::npos);
        }
    }
}

TEST_F(AccountsTest, FiveFailuresCloseTheDoorForThatAccountAndAddressOnly) {
    const auto made = create(account("operator1", Role::operator_));
    for (int i = 0; i < 5; ++i)
        ASSERT_EQ(log_in("operator1", "guess").error().kind, ErrorKind::unauthenticated);
    const auto closed = log_in("operator1", made.password, "127.0.0.1:60000");
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().kind, ErrorKind::exhausted);
    EXPECT_EQ(http::problem(closed.error()).status, 429);
    EXPECT_EQ(http::problem(closed.error()).headers.at("Retry-After"), "60");
    site.world.clock.advance(std::chrono::seconds(17));
    EXPECT_EQ(log_in("operator1", made.password).error().retry_after.count(), 43);
    EXPECT_EQ(accounts->limited_logins_total(), 2U);
    EXPECT_TRUE(log_in("operator1", made.password, "127.0.0.2:60000"));
    site.world.clock.advance(std::chrono::seconds(43));
    EXPECT_TRUE(log_in("operator1", made.password));
}

TEST_F(AccountsTest, FailuresDoNotKeepAnAccountOutOfAnAddressThatItHasUsed) {
    const auto made = create(account("operator1", Role::operator_));
    ASSERT_TRUE(log_in("operator1", made.password));
    for (int i = 0; i < 30; ++i)
        ASSERT_EQ(log_in("operator1", "guess").error().kind, ErrorKind::unauthenticated) << i;
    EXPECT_TRUE(log_in("operator1", made.password));
    // Its own allowance ends, and says for how long; a month without a login is a stranger again.
    std::size_t tries = 0;
    while (log_in("operator1", "guess").error().kind == ErrorKind::unauthenticated) ++tries;
    EXPECT_EQ(tries, Attempts::kFamiliarMax);
    EXPECT_GT(log_in("operator1", made.password).error().retry_after.count(), 0);
    site.world.clock.advance(kLoginAddressLife);
    for (int i = 0; i < 5; ++i) ASSERT_EQ(log_in("operator1", "guess").error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(log_in("operator1", made.password).error().kind, ErrorKind::exhausted);
}

TEST_F(AccountsTest, ManyAddressesSlowEachOtherAndLockNobodyOut) {
    const auto made = create(account("operator1", Role::operator_));
    ASSERT_TRUE(log_in("operator1", made.password));
    for (std::size_t i = 0; i < Attempts::kAccountMax; ++i)
        ASSERT_FALSE(log_in("operator1", "guess", "10.0." + std::to_string(i) + ".1:5000"));
    EXPECT_TRUE(log_in("operator1", made.password)) << "from where it was before";
    const auto* fresh = "10.1.0.1:5000";
    EXPECT_EQ(log_in("operator1", "guess", fresh).error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(log_in("operator1", made.password, fresh).error().kind, ErrorKind::exhausted) << "one try, not five";
    EXPECT_TRUE(log_in("operator1", made.password, "10.1.0.2:5000")) << "and a new address has its one";
}

TEST_F(AccountsTest, OneAddressCannotTryEveryAccount) {
    std::vector<CreatedAccount> made;
    for (int i = 0; i < 13; ++i) made.push_back(create(account("operator" + std::to_string(i), Role::operator_)));
    std::size_t tried = 0;
    for (int i = 0; i < 13; ++i) {
        for (int j = 0; j < 5; ++j)
            tried += log_in("operator" + std::to_string(i), "guess", "10.0.0.1:9").error().kind ==
                     ErrorKind::unauthenticated;
    }
    EXPECT_EQ(tried, Attempts::kAddressMax);
    EXPECT_TRUE(log_in("operator12", made.back().password, "10.0.0.2:9"));
}

TEST_F(AccountsTest, AnAddressIsAHostAndOfIpv6ItsNetwork) {
    create(account("operator1", Role::operator_));
    const auto address = [&](const char* remote) {
        return accounts->find_login("nobody-" + std::string(remote).substr(0, 40), remote).value().attempt.address;
    };
    EXPECT_EQ(address("10.0.0.1:51234"), "10.0.0.1");
    EXPECT_EQ(address("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(address("[2001:db8::1:2]:443"), "2001:db8::/64");
    EXPECT_EQ(address("2001:db8::9"), "2001:db8::/64");
    EXPECT_EQ(address("[::ffff:10.0.0.1]:443"), "10.0.0.1");
    EXPECT_NE(address("[2001:db8:0:1::1]:443"), address("[2001:db8:0:2::1]:443"));
}

TEST_F(AccountsTest, ManyAttemptsAtOnceGainNothing) {
    create(account("operator1", Role::operator_));
    std::vector<LoginCandidate> open;
    for (int i = 0; i < 20; ++i) {
        if (auto candidate = accounts->find_login("operator1", kRemote)) open.push_back(*candidate);
    }
    EXPECT_EQ(open.size(), 5U);
}

TEST_F(AccountsTest, ADisabledAccountIsOutAtOnce) {
    const auto made = create(account("operator1", Role::operator_));
    const auto login = log_in("operator1", made.password);
    const auto half = accounts->find_login("operator1", kRemote).value();
    ASSERT_TRUE(
        site.in_batch([&] { return accounts->disable_account(*site.book, "user:admin", made.user); }));
    EXPECT_EQ(accounts->session_of(login->token).error().kind, ErrorKind::unauthenticated);
    EXPECT_FALSE(log_in("operator1", made.password));
    EXPECT_FALSE(site.in_batch([&] { return accounts->complete_login(*site.book, half, true, kRemote); }));
    const auto again =
        site.in_batch([&] { return accounts->disable_account(*site.book, "user:admin", made.user); });
    EXPECT_EQ(again.error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, OneAccountHasABoundedNumberOfSessions) {
    const auto made = create(account("operator1", Role::operator_));
    const auto candidate = accounts->find_login("operator1", kRemote).value();
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i <= kSessionsPerAccountMax; ++i) {
        site.world.clock.advance(std::chrono::seconds(1));
        const auto login =
            site.in_batch([&] { return accounts->complete_login(*site.book, candidate, true, kRemote); });
        tokens.push_back(login.value().token);
    }
    const auto gone = accounts->session_of(tokens[0]);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, "session_replaced");
    EXPECT_EQ(accounts->session_of("a-token-of-nobody").error().code, "");
    EXPECT_TRUE(accounts->session_of(tokens[1]));
    EXPECT_TRUE(accounts->session_of(tokens.back()));
}

TEST_F(AccountsTest, ASessionThatIsUsedOutlastsLoginsThatAreNot) {
    const auto made = create(account("operator1", Role::operator_));
    const auto candidate = accounts->find_login("operator1", kRemote).value();
    const auto enter = [&] {
        return site.in_batch([&] { return accounts->complete_login(*site.book, candidate, true, kRemote); })
            .value()
            .token;
    };
    const auto desk = enter();
    site.world.clock.advance(std::chrono::seconds(2));
    ASSERT_TRUE(accounts->session_of(desk));
    for (std::size_t i = 0; i < 5 * kSessionsPerAccountMax; ++i) {
        site.world.clock.advance(std::chrono::milliseconds(100));
        enter();
    }
    EXPECT_TRUE(accounts->session_of(desk));
    EXPECT_EQ(db->query("select count(*) from session", {})->at(0).integer(0),
              static_cast<std::int64_t>(kSessionsPerAccountMax));
    site.world.clock.advance(kSessionLife + std::chrono::hours(1));
    enter();
    EXPECT_EQ(db->query("select count(*) from session_ended", {})->at(0).integer(0), 0) << "nothing is kept for ever";
}

TEST_F(AccountsTest, RefusesABadAccountAndNamesTheField) {
    const auto refused = [&](const NewAccount& wanted) {
        return site.in_batch([&] { return accounts->create_account(*site.book, wanted); }).error().message;
    };
    auto wanted = account("Operator 1", Role::operator_);
    EXPECT_EQ(refused(wanted).substr(0, 10), "login must");
    wanted = account("a", Role::operator_);
    wanted.name_en.clear();
    EXPECT_EQ(refused(wanted).substr(0, 12), "name.en must");
    wanted = account("a", Role::operator_);
    wanted.agency.value = "1100000000";
    EXPECT_EQ(refused(wanted).substr(0, 11), "agency must");
    wanted = account("a", Role::operator_);
    wanted.send_cd = "B1100000000";
    EXPECT_EQ(refused(wanted).substr(0, 11), "sendCd must");
    wanted = account("a", Role::operator_);
    wanted.site.value = "mapo";
    EXPECT_EQ(refused(wanted).substr(0, 9), "site must");
    create(account("a", Role::operator_));
    const auto twice =
        site.in_batch([&] { return accounts->create_account(*site.book, account("a", Role::police)); });
    EXPECT_EQ(twice.error().kind, ErrorKind::conflict);
}

TEST_F(AccountsTest, AnAgencysKeyOpensASessionKeyThatLivesWhileItIsUsed) {
    const auto made = create(account("police112", Role::agency));
    const auto opened = [&](std::string_view key, std::string_view send_cd) {
        return site.in_batch(
            [&] { return accounts->open_partner_session(*site.book, key, send_cd, "scsns", "127.0.0.1:9"); });
    };
    EXPECT_EQ(accounts->agency_of_api_key(made.api_key)->agency.value, "P1100000000");
    EXPECT_EQ(opened("wrong", "P1100000000").error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(opened(made.api_key, "F1100000000").error().kind, ErrorKind::unauthenticated);
    const auto key = opened(made.api_key, "P1100000000");
    ASSERT_TRUE(key);
    EXPECT_EQ(key->size(), 32U);
    EXPECT_EQ(key->find_first_not_of("0123456789abcdef"), std::string::npos);

    for (int i = 0; i < 3; ++i) {
        site.world.clock.advance(std::chrono::minutes(29));
        const auto partner = accounts->partner_of_session_key(*key);
        ASSERT_TRUE(partner);
        EXPECT_EQ(partner->agency.value, "P1100000000");
        EXPECT_EQ(partner->send_cd, "P1100000000");
        EXPECT_EQ(partner->rcv_cd, "B1100000000");
        EXPECT_EQ(partner->profile, "scsns");
    }
    site.world.clock.advance(std::chrono::minutes(30));
    EXPECT_EQ(accounts->partner_of_session_key(*key).error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(accounts->partner_of_session_key("").error().kind, ErrorKind::unauthenticated);
    EXPECT_EQ(kinds().back(), "partner.accepted");
}

TEST_F(AccountsTest, WhoFetchesAKeyBeforeEveryMessageLosesNoneThatIsInUse) {
    const auto made = create(account("police112", Role::agency));
    const auto open = [&] {
        return site
            .in_batch([&] { return accounts->open_partner_session(*site.book, made.api_key, "P1100000000", "scsns", "127.0.0.1:9"); })
            .value();
    };
    const auto first = open();
    for (int i = 0; i < 500; ++i) {  // A burst: twenty a second.
        site.world.clock.advance(std::chrono::milliseconds(50));
        ASSERT_TRUE(accounts->partner_of_session_key(open()));
    }
    ASSERT_TRUE(accounts->partner_of_session_key(first));
    std::set<std::string> keys;
    for (int i = 0; i < 300; ++i) {  // And five hours of one a minute, while the first is used now and then.
        site.world.clock.advance(std::chrono::seconds(61));
        keys.insert(open());
        if (i % 20 == 0) {
            ASSERT_TRUE(accounts->partner_of_session_key(first)) << i;
        }
    }
    EXPECT_EQ(keys.size(), 300U) << "a key is shared for a minute, not for good";
    EXPECT_LE(db->query("select count(*) from partner_session", {})->at(0).integer(0), 32) << "unused ones go";
}

TEST_F(AccountsTest, OnlyAgenciesGetAnApiKey) {
    EXPECT_EQ(create(account("operator1", Role::operator_)).api_key, "");
    EXPECT_EQ(accounts->agency_of_api_key("").error().kind, ErrorKind::unauthenticated);
}

TEST_F(AccountsTest, TheFacesSpeakTheContractsShapes) {
    const auto made = create(account("operator1", Role::operator_));
    const auto login = log_in("operator1", made.password).value();
    const auto body = boost::json::parse(login_response(login).body).as_object();
    EXPECT_EQ(body.at("token").as_string(), login.token);
    EXPECT_EQ(body.at("expires").as_string(), "2026-01-01T12:00:00.000000Z");
    const auto& user = body.at("user").as_object();
    EXPECT_EQ(user.at("id").as_string(), made.user.value);
    EXPECT_EQ(user.at("role").as_string(), "operator");
    EXPECT_EQ(user.at("name").at("ko").as_string(), "홍길순");
    EXPECT_EQ(boost::json::parse(get_me(login.session).body).at("agency").as_string(), "B1100000000");

    http::Request request;
    request.headers["authorization"] = "Bearer " + login.token;
    EXPECT_EQ(site.in_batch([&] { return post_logout(*accounts, *site.book, request); }).status, 204);
    EXPECT_EQ(site.in_batch([&] { return post_logout(*accounts, *site.book, request); }).status, 401);

    EXPECT_EQ(parse_login(R"({"user":"a","password":"b"})")->password, "b");
    const auto wrong = parse_login(R"({"user":"a","password":7})");
    EXPECT_EQ(wrong.error().kind, ErrorKind::invalid);
    EXPECT_NE(wrong.error().message.find("password"), std::string::npos);
    EXPECT_FALSE(parse_login(R"({"user":"a","password":")" + std::string(257, 'b') + "\"}"));
}

}  // namespace
}  // namespace bongsu::identity
