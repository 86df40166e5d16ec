#include "identity/accounts.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/crypto.hpp"
#include "identity/password.hpp"
#include "identity/schema.hpp"

namespace bongsu::identity {

namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::int64_t kSeenEveryUs = 60'000'000;  // How exact `last_seen` is.
constexpr std::string_view kReplaced = "session_replaced";
constexpr std::string_view kRefused = "user or password is wrong";

constexpr std::size_t kSessionIdDigits = 16;

std::string digest_of(std::string_view secret) { return crypto::to_hex(crypto::sha256(secret)); }

/// What attempts are counted by: a household or an office has a whole /64 of IPv6.
std::string network_of(std::string_view remote) {
    auto host = host_of(remote);
    in6_addr address{};
    if (::inet_pton(AF_INET6, host.c_str(), &address) != 1) return host;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        ::inet_ntop(AF_INET, address.s6_addr + 12, text.data(), text.size());
        return text.data();
    }
    std::fill(address.s6_addr + 8, address.s6_addr + 16, std::uint8_t{0});
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    return std::string(text.data()) + "/64";
}

bool is_code(std::string_view code) {
    return code.size() == 11 && code[0] >= 'A' && code[0] <= 'Z' &&
           code.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

Result<void> check(const NewAccount& account) {
    const auto invalid = [](std::string message) { return fail(ErrorKind::invalid, std::move(message)); };
    if (account.login.empty() || account.login.size() > 64 ||
        account.login.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") != std::string::npos) {
        return invalid("login must be 1 to 64 of a-z, 0-9, '.', '_' and '-'");
    }
    for (const auto& [field, name] :
         {std::pair("name.ko", &account.name_ko), std::pair("name.en", &account.name_en)}) {
        if (name->empty() || name->size() > 100)
            return invalid(std::string(field) + " must be 1 to 100 bytes");
    }
    if (account.site.value.size() != 5 ||
        account.site.value.find_first_not_of("0123456789") != std::string::npos) {
        return invalid("site must be five digits");
    }
    if (!is_code(account.agency.value)) return invalid("agency must be a letter and ten digits");
    for (const auto& [field, code] :
         {std::pair("sendCd", &account.send_cd), std::pair("rcvCd", &account.rcv_cd)}) {
        if (!code->empty() && (account.role != Role::agency || !is_code(*code))) {
            return invalid(std::string(field) + " must be a letter and ten digits, for an agency only");
        }
    }
    return {};
}

/// Of `user, role, site, agency, name_ko, name_en`, from column `at`.
Result<Session> read_person(const sql::Row& row, std::size_t at) {
    Session session;
    session.user.value = row.text(at);
    TRY(session.role, parse_role(row.text(at + 1), "role"));
    session.site.value = row.text(at + 2);
    session.agency.value = row.text(at + 3);
    session.name_ko = row.text(at + 4);
    session.name_en = row.text(at + 5);
    return session;
}

tl::unexpected<Error> replaced(const std::string& code) {
    Error error{ErrorKind::unauthenticated,
                "a newer login of this account ended this session: an account has at most " +
                    std::to_string(kSessionsPerAccountMax),
                Where::here()};
    error.code = code;
    return tl::unexpected<Error>(std::move(error));
}

constexpr std::string_view kPersonOf =
    "select user, role, site, agency, name_ko, name_en from account where user = $1 and disabled is null";

}  // namespace

std::string host_of(std::string_view remote) {
    if (remote.starts_with('[')) {
        remote = remote.substr(1, std::min(remote.find(']'), remote.size()) - 1);
    } else if (const auto colon = remote.find(':'); colon == remote.rfind(':')) {
        remote = remote.substr(0, std::min(colon, remote.size()));
    }
    return std::string(remote.substr(0, 64));
}

Result<std::unique_ptr<Accounts>> Accounts::open(env::Env& env, sql::Db& identity_db, Cost cost) {
    TRY_DO(identity_db.exec(kSchema));
    std::unique_ptr<Accounts> accounts(new Accounts(env, identity_db, cost));
    accounts->dummy_hash_ = hash_of_none(env.random, cost);
    return accounts;
}

Result<CreatedAccount> Accounts::create_account(journal::Book& book, const NewAccount& account) {
    TRY_DO(check(account));
    CreatedAccount created{{env_.ulid()}, make_password(env_.random), {}};
    sql::Value key_digest = nullptr;
    if (account.role == Role::agency) {
        created.api_key = crypto::to_base64url(random_bytes(env_.random, kTokenBytes));
        key_digest = digest_of(created.api_key);
    }
    TRY(auto encoded, hash(created.password, random_bytes(env_.random, kSaltBytes), cost_));
    const std::string role(to_string(account.role));
    auto kept = db_.query(
        "insert into account(user, login, name_ko, name_en, role, site, agency, password, api_key, send_cd, "
        "rcv_cd, "
        "created) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        {created.user.value, account.login, account.name_ko, account.name_en, role, account.site.value,
         account.agency.value, std::move(encoded), key_digest, account.send_cd, account.rcv_cd,
         to_us(env_.clock.wall())});
    if (!kept && kept.error().kind == ErrorKind::conflict) {
        return fail(ErrorKind::conflict, "login is taken by another account");
    }
    TRY_DO(kept);
    TRY_DO(book.append({"account.created",
                        "system",
                        {"user:" + created.user.value},
                        {{"user", created.user.value},
                         {"role", role},
                         {"site", account.site.value},
                         {"agency", account.agency.value}}}));
    return created;
}

Result<void> Accounts::disable_account(journal::Book& book, const std::string& actor, const UserId& user) {
    known_keys_.clear();
    TRY_DO(db_.query("update account set disabled = $2 where user = $1 and disabled is null",
                     {user.value, to_us(env_.clock.wall())}));
    if (db_.changes() == 0) return fail(ErrorKind::not_found, "user has no account that is in use");
    TRY_DO(db_.query("delete from session where user = $1", {user.value}));
    TRY_DO(db_.query("delete from partner_session where user = $1", {user.value}));
    TRY_DO(book.append({"account.disabled", actor, {"user:" + user.value}, {{"user", user.value}}}));
    return {};
}

Result<LoginCandidate> Accounts::find_login(std::string_view login, std::string_view remote) {
    if (login.empty() || letters(login) > kLoginLettersMax)
        return fail_field("user", "must be 1 to " + std::to_string(kLoginLettersMax) + " letters");
    LoginCandidate candidate{std::nullopt, dummy_hash_, {std::string(login), network_of(remote), false}};
    TRY(const auto rows,
        db_.query("select a.user, a.password, b.last from account a left join login_address b "
                  "on b.user = a.user and b.address = $2 and b.last > $3 where a.login = $1 and a.disabled is null",
                  {std::string(login), candidate.attempt.address, to_us(env_.clock.wall() - kLoginAddressLife)}));
    if (!rows.empty()) {
        candidate.user = UserId{rows[0].text(0)};
        candidate.encoded = rows[0].text(1);
        candidate.attempt.familiar = !rows[0].is_null(2);
    }
    if (const auto wait = attempts_.begin(candidate.attempt, env_.clock.mono()); wait.count() > 0) {
        ++limited_logins_total_;
        Error error{ErrorKind::exhausted,
                    "too many failed logins: try again in " + std::to_string(wait.count()) + " s", Where::here()};
        error.retry_after = wait;
        return tl::unexpected<Error>(std::move(error));
    }
    return candidate;
}

/// Its next failures from here are counted apart from strangers'.
Result<void> Accounts::know_address(const LoginCandidate& candidate) {
    const auto& user = candidate.user->value;
    TRY_DO(db_.query("insert into login_address(user, address, last) values ($1, $2, $3) "
                     "on conflict(user, address) do update set last = excluded.last",
                     {user, candidate.attempt.address, to_us(env_.clock.wall())}));
    TRY_DO(db_.query("delete from login_address where user = $1 and address not in (select address from "
                     "login_address where user = $1 order by last desc, address limit $2)",
                     {user, static_cast<std::int64_t>(kLoginAddressesMax)}));
    return {};
}

Result<void> Accounts::refuse_login(journal::Book& book, const LoginCandidate& candidate,
                                    std::string_view remote) {
    if (!candidate.user) {
        ++unknown_logins_total_;  // What an unknown caller typed is counted, never stored.
        return {};
    }
    const auto& user = candidate.user->value;
    TRY_DO(book.append(
        {"login.refused", "anonymous", {"user:" + user}, {{"user", user}, {"remote", host_of(remote)}}}));
    return {};
}

Result<Login> Accounts::complete_login(journal::Book& book, const LoginCandidate& candidate, bool ok,
                                       std::string_view remote) {
    if (!ok || !candidate.user) {
        TRY_DO(refuse_login(book, candidate, remote));
        return fail(ErrorKind::unauthenticated, std::string(kRefused));
    }
    // The account may have been disabled while the worker was busy.
    TRY(const auto rows, db_.query(kPersonOf, {candidate.user->value}));
    if (rows.empty()) return fail(ErrorKind::unauthenticated, std::string(kRefused));
    Login login;
    TRY(login.session, read_person(rows[0], 0));
    login.token = crypto::to_base64url(random_bytes(env_.random, kTokenBytes));
    login.session.expires = env_.clock.wall() + kSessionLife;
    login.session.id = digest_of(login.token).substr(0, kSessionIdDigits);
    TRY_DO(keep_session(login.token, login.session.user, remote, login.session.expires));
    const auto& user = login.session.user.value;
    TRY_DO(book.append(
        {"login.accepted", "user:" + user, {"user:" + user}, {{"user", user}, {"session", login.session.id}, {"remote", host_of(remote)}}}));
    attempts_.succeeded(candidate.attempt);
    TRY_DO(know_address(candidate));
    return login;
}

Result<void> Accounts::keep_session(const std::string& token, const UserId& user, std::string_view remote,
                                    WallTime expires) {
    const auto now = to_us(env_.clock.wall());
    TRY_DO(db_.query("delete from session where expires <= $1", {now}));
    TRY_DO(db_.query("delete from session_ended where expires <= $1", {now}));
    // A session that was used since its login goes after those that never were, whoever logged in later.
    TRY(const auto idle, db_.query("select token, expires from session where user = $1 "
                                   "order by last_seen > created desc, last_seen desc, token limit -1 offset $2",
                                   {user.value, static_cast<std::int64_t>(kSessionsPerAccountMax - 1)}));
    for (const auto& row : idle) {
        TRY_DO(db_.query("insert into session_ended(token, code, expires) values ($1, $2, $3) on conflict do nothing",
                         {row.text(0), std::string(kReplaced), row.integer(1)}));
        TRY_DO(db_.query("delete from session where token = $1", {row.text(0)}));
    }
    TRY_DO(db_.query("delete from session_ended where n <= (select max(n) from session_ended) - $1",
                     {static_cast<std::int64_t>(kSessionsEndedMax)}));
    TRY_DO(
        db_.query("insert into session(token, user, expires, created, last_seen, remote) "
                  "values ($1, $2, $3, $4, $4, $5)",
                  {digest_of(token), user.value, to_us(expires), now, host_of(remote)}));
    return {};
}

Result<Session> Accounts::session_of(std::string_view token) {
    const auto unknown = [] {
        return fail(ErrorKind::unauthenticated, "the session is unknown or has ended: log in");
    };
    if (token.empty() || token.size() > 128) return unknown();
    const auto now = to_us(env_.clock.wall());
    const auto digest = digest_of(token);
    TRY(const auto rows,
        db_.query("select a.user, a.role, a.site, a.agency, a.name_ko, a.name_en, s.expires, s.last_seen, s.created "
                  "from session s join account a on a.user = s.user "
                  "where s.token = $1 and s.expires > $2 and a.disabled is null",
                  {digest, now}));
    if (rows.empty()) {
        TRY(const auto ended, db_.query("select code from session_ended where token = $1", {digest}));
        return ended.empty() ? unknown() : replaced(ended[0].text(0));
    }
    TRY(auto session, read_person(rows[0], 0));
    session.expires = from_us(rows[0].integer(6));
    session.id = digest.substr(0, kSessionIdDigits);
    const auto seen = rows[0].integer(7);
    if (now - seen >= kSeenEveryUs || (seen == rows[0].integer(8) && now > seen)) {
        // On a full disk it stays as it was, and who is logged in stays so.
        static_cast<void>(db_.query("update session set last_seen = $2 where token = $1", {digest, now}));
    }
    return session;
}

Result<void> Accounts::logout(journal::Book& book, std::string_view token) {
    TRY(const auto session, session_of(token));
    TRY_DO(db_.query("delete from session where token = $1", {digest_of(token)}));
    const auto& user = session.user.value;
    TRY_DO(book.append({"logout", "user:" + user, {"user:" + user}, {{"user", user}}}));
    return {};
}

Result<Session> Accounts::person(const UserId& user) {
    TRY(const auto rows,
        db_.query("select user, role, site, agency, name_ko, name_en from account where user = $1",
                  {user.value}));
    if (rows.empty()) return fail(ErrorKind::not_found, "user is not known");
    return read_person(rows[0], 0);
}

Result<std::vector<Colleague>> Accounts::colleagues() {
    TRY(const auto rows, db_.query("select user, role, login, name_ko, name_en from account where disabled is null and role <> 'agency' "
                                   "order by role, login",
                                   {}));
    std::vector<Colleague> out;
    for (const auto& row : rows) {
        TRY(const auto role, parse_role(row.text(1), "role"));
        out.push_back({{row.text(0)}, role, row.text(2), row.text(3), row.text(4)});
    }
    return out;
}

Result<bool> Accounts::has_session(const UserId& user) {
    TRY(const auto rows, db_.query("select 1 from session where user = $1 and expires > $2 limit 1", {user.value, to_us(env_.clock.wall())}));
    return !rows.empty();
}

}  // namespace bongsu::identity
