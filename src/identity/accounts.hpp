#pragma once
// Accounts, sessions and agencies' keys, in identity.db.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/env.hpp"
#include "identity/attempts.hpp"
#include "identity/password.hpp"
#include "identity/role.hpp"
#include "journal/book.hpp"
#include "sql/sql.hpp"

namespace bongsu::identity {

constexpr std::chrono::hours kSessionLife{12};           ///< One shift; it does not slide.
constexpr std::chrono::minutes kPartnerSessionLife{30};  ///< From the last use.
constexpr std::size_t kLoginLettersMax = 64;
constexpr std::size_t kSessionsPerAccountMax = 20;     ///< One more ends the one that was used least lately.
constexpr std::size_t kSessionsEndedMax = 10'000;      ///< Of which the reason is still known.
constexpr std::size_t kLoginAddressesMax = 100;        ///< Of an account; one more forgets the oldest.
constexpr std::chrono::hours kLoginAddressLife{24 * 30};
/// Who asks for a key before every message gets the same one for this long, so that the bound below is never what
/// ends a key that is in use.
constexpr std::chrono::seconds kPartnerKeyShared{60};
constexpr std::size_t kPartnerSessionsPerAccountMax = 1000;  ///< One more ends the one that was used least lately.

/// "10.0.0.7" of "10.0.0.7:51234", "2001:db8::1" of "[2001:db8::1]:51234"; at most 64 bytes.
std::string host_of(std::string_view remote);

struct NewAccount {
    std::string login;             ///< 1–64 of a-z 0-9 . _ -
    std::string name_ko, name_en;  ///< 1–100 bytes each.
    Role role = Role::operator_;
    SiteId site;
    AgencyId agency;              ///< A letter and ten digits.
    std::string send_cd, rcv_cd;  ///< Agencies only: the codes of their messages, or empty.
};

/// Shown once, then gone.
struct CreatedAccount {
    UserId user;
    std::string password;
    std::string api_key;  ///< Agencies only; else empty.
};

/// What a worker needs to check a password. Holds no secret but the hash.
struct LoginCandidate {
    std::optional<UserId> user;  ///< None for an unknown name: then `encoded` is a hash that nothing matches.
    std::string encoded;
    Attempt attempt;      ///< For the rate limit.
};

struct Login {
    std::string token;  ///< 32 random bytes, base64url.
    Session session;
};

/// Somebody who works here, for lists of persons.
struct Colleague {
    UserId user;
    Role role = Role::operator_;
    std::string login, name_ko, name_en;
};

/// Threads: the store thread. Verbs with a Book append between begin() and commit(); answer after commit().
/// Ownership: env and db outlive it.
class Accounts {
  public:
    /// Makes the tables in `identity_db` and hashes the dummy password (30 ms).
    static Result<std::unique_ptr<Accounts>> open(env::Env& env, sql::Db& identity_db, Cost cost = Cost::full);

    /// With a random password, and for an agency a random API key. Costs 30 ms: for setting up, not for a
    /// busy loop. Errors: invalid names the field; conflict when the login is taken. Appends
    /// `account.created`.
    Result<CreatedAccount> create_account(journal::Book& book, const NewAccount& account);
    /// Ends its sessions too. Appends `account.disabled`. Errors: not_found.
    Result<void> disable_account(journal::Book& book, const std::string& actor, const UserId& user);

    /// Step 1. `remote` is the socket's address, with or without its port. Errors: exhausted with the time to wait,
    /// by the limits of Attempts; invalid.
    Result<LoginCandidate> find_login(std::string_view login, std::string_view remote);
    /// Step 3, with what verify(candidate.encoded, password) said. Errors: unauthenticated, the same for all
    /// reasons.
    Result<Login> complete_login(journal::Book& book, const LoginCandidate& candidate, bool ok,
                                 std::string_view remote);
    /// Errors: unauthenticated for a token that is unknown, has run out or whose account is disabled; with the code
    /// "session_replaced" for one that a newer login of its account ended.
    Result<Session> session_of(std::string_view token);
    /// Ends the session. Appends `logout`. Errors: unauthenticated.
    Result<void> logout(journal::Book& book, std::string_view token);

    /// The agency whose key this is; `profile` is empty. Errors: unauthenticated.
    Result<Partner> agency_of_api_key(std::string_view api_key);
    /// Answers a session key of 32 hex digits, within kPartnerKeyShared the same one again. `send_cd` must be the account's, unless that is empty.
    /// Appends `partner.accepted`. Errors: unauthenticated.
    Result<std::string> open_partner_session(journal::Book& book, std::string_view api_key,
                                             std::string_view send_cd, std::string_view profile, std::string_view remote);
    /// The same for whoever came with the key of an agreement, which the caller has checked: no account stands behind it.
    /// `agreement`: "<partner's profile> <digest of its key>", so that a session ends with the key. Appends `partner.accepted`.
    Result<std::string> open_agreed_session(journal::Book& book, std::string_view agreement, const AgencyId& agency,
                                            std::string_view remote);
    /// What the messages of an agency's accounts must carry as sendCd, one for each that has a key; empty for one that may
    /// carry any.
    Result<std::vector<std::string>> send_codes_of(const AgencyId& agency);
    /// Each use prolongs it. Errors: unauthenticated.
    Result<Partner> partner_of_session_key(std::string_view session_key);

    /// For a screen: a user's names. Errors: not_found.
    Result<Session> person(const UserId& user);
    /// Those who work here, by role and login: no agency's room, nobody whose account is disabled.
    Result<std::vector<Colleague>> colleagues();
    /// Logged in from anywhere.
    Result<bool> has_session(const UserId& user);

    std::uint64_t unknown_logins_total() const { return unknown_logins_total_; }
    std::uint64_t limited_logins_total() const { return limited_logins_total_; }

  private:
    Accounts(env::Env& env, sql::Db& db, Cost cost) : env_(env), db_(db), cost_(cost) {}
    Result<void> refuse_login(journal::Book& book, const LoginCandidate& candidate, std::string_view remote);
    Result<void> know_address(const LoginCandidate& candidate);
    Result<void> keep_session(const std::string& token, const UserId& user, std::string_view remote,
                              WallTime expires);

    env::Env& env_;
    sql::Db& db_;
    Cost cost_;
    struct Handed {
        std::string key;
        MonoTime at;
    };
    Result<std::string> open_key(const UserId& user, const std::string& profile);

    Attempts attempts_;
    std::map<std::string, Handed> handed_;  ///< Keys of the last minute by account and profile; at most 1,000.
    /// What the database said of a session key, by its digest: asked again once a second, and at once after any change
    /// of an account or of its keys. At most 1,000.
    struct KnownKey {
        Partner partner;
        std::int64_t expires = 0, ask_again = 0;  ///< Microseconds of the wall clock.
    };
    std::map<std::string, KnownKey> known_keys_;
    std::string dummy_hash_;
    std::uint64_t unknown_logins_total_ = 0, limited_logins_total_ = 0;
};

}  // namespace bongsu::identity
