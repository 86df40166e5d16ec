// The agencies' side of Accounts: API keys and session keys (SCSNS getAuth).

#include "crypto/crypto.hpp"
#include "identity/accounts.hpp"
#include "identity/password.hpp"

namespace bongsu::identity {

namespace {

constexpr std::size_t kSessionKeyBytes = 16;
constexpr std::size_t kHandedMax = 1000;
constexpr std::int64_t kAskAgainUs = 1'000'000;
constexpr std::string_view kAgreement = "partner:";  ///< Stands before an agreement where an account's id would.

std::string digest_of(std::string_view secret) { return crypto::to_hex(crypto::sha256(secret)); }

/// Of `user, agency, send_cd, rcv_cd`.
Partner read_partner(const sql::Row& row) {
    return {UserId{row.text(0)}, AgencyId{row.text(1)}, row.text(2), row.text(3), {}};
}

}  // namespace

Result<Partner> Accounts::agency_of_api_key(std::string_view api_key) {
    const auto wrong = [] { return fail(ErrorKind::unauthenticated, "the API key is not one of ours"); };
    if (api_key.empty() || api_key.size() > 128) return wrong();
    TRY(const auto rows,
        db_.query("select user, agency, send_cd, rcv_cd from account where api_key = $1 and disabled is null",
                  {digest_of(api_key)}));
    if (rows.empty()) return wrong();
    return read_partner(rows[0]);
}

Result<std::string> Accounts::open_partner_session(journal::Book& book, std::string_view api_key,
                                                   std::string_view send_cd, std::string_view profile, std::string_view remote) {
    if (profile.size() > 40) return fail(ErrorKind::invalid, "profile must be at most 40 bytes");
    TRY(const auto partner, agency_of_api_key(api_key));
    if (!partner.send_cd.empty() && partner.send_cd != send_cd) {
        return fail(ErrorKind::unauthenticated, "sendCd is not the one of this API key");
    }
    const auto& user = partner.user.value;
    TRY(const auto key, open_key(partner.user, std::string(profile)));
    TRY_DO(book.append({"partner.accepted",
                        "agency:" + partner.agency.value,
                        {"user:" + user},
                        {{"user", user}, {"agency", partner.agency.value}, {"profile", profile}, {"remote", host_of(remote)}}}));
    return key;
}

Result<std::string> Accounts::open_agreed_session(journal::Book& book, std::string_view agreement, const AgencyId& agency,
                                                  std::string_view remote) {
    const auto profile = std::string(agreement.substr(0, agreement.find(' ')));
    TRY(const auto key, open_key({std::string(kAgreement) + std::string(agreement)}, profile));
    const auto who = std::string(kAgreement) + profile;
    TRY_DO(book.append({"partner.accepted",
                        "agency:" + agency.value,
                        {who},
                        {{"user", who}, {"agency", agency.value}, {"profile", profile}, {"remote", host_of(remote)}}}));
    return key;
}

/// The key of the last minute when it still stands, else a new one.
Result<std::string> Accounts::open_key(const UserId& user, const std::string& profile) {
    known_keys_.clear();
    const auto now = env_.clock.wall();
    const auto until = to_us(now + kPartnerSessionLife);
    const auto mono = env_.clock.mono();
    const auto who = user.value + "\n" + profile;
    if (const auto last = handed_.find(who); last != handed_.end() && mono < last->second.at + kPartnerKeyShared) {
        TRY_DO(db_.query("update partner_session set expires = $2 where key = $1 and expires > $3",
                         {digest_of(last->second.key), until, to_us(now)}));
        if (db_.changes() > 0) return last->second.key;
    }
    auto key = crypto::to_hex(random_bytes(env_.random, kSessionKeyBytes));
    TRY_DO(db_.query("delete from partner_session where expires <= $1", {to_us(now)}));
    // `expires` is the last use and kPartnerSessionLife.
    TRY_DO(db_.query("delete from partner_session where user = $1 and key not in "
                     "(select key from partner_session where user = $1 order by expires desc, key limit $2)",
                     {user.value, static_cast<std::int64_t>(kPartnerSessionsPerAccountMax - 1)}));
    TRY_DO(db_.query(
        "insert into partner_session(key, user, profile, expires, created) values ($1, $2, $3, $4, $5)",
        {digest_of(key), user.value, profile, until, to_us(now)}));
    if (handed_.size() >= kHandedMax)
        std::erase_if(handed_, [mono](const auto& item) { return mono >= item.second.at + kPartnerKeyShared; });
    if (handed_.size() < kHandedMax) handed_[who] = {key, mono};
    return key;
}

Result<std::vector<std::string>> Accounts::send_codes_of(const AgencyId& agency) {
    TRY(const auto rows, db_.query("select distinct send_cd from account where agency = $1 and api_key is not null and disabled is null",
                                   {agency.value}));
    std::vector<std::string> out;
    for (const auto& row : rows) out.push_back(row.text(0));
    return out;
}

Result<Partner> Accounts::partner_of_session_key(std::string_view session_key) {
    const auto wrong = [] {
        return fail(ErrorKind::unauthenticated, "the session key is unknown or has run out");
    };
    if (session_key.size() != 2 * kSessionKeyBytes) return wrong();
    const auto now = env_.clock.wall();
    const auto digest = digest_of(session_key);
    // At thousands of messages a second the question itself would cost more than the answer.
    const auto known = known_keys_.find(digest);
    if (known != known_keys_.end()) {
        const auto& key = known->second;
        if (to_us(now) < key.ask_again && to_us(now) >= key.ask_again - kAskAgainUs && to_us(now) < key.expires)
            return key.partner;
        known_keys_.erase(known);
    }
    TRY(const auto rows,
        db_.query(
            "select coalesce(a.user, ''), coalesce(a.agency, ''), coalesce(a.send_cd, ''), coalesce(a.rcv_cd, ''), p.profile, "
            "p.expires, p.user from partner_session p left join account a on a.user = p.user "
            "where p.key = $1 and p.expires > $2 and a.disabled is null and (a.user is not null or substr(p.user, 1, 8) = $3)",
            {digest, to_us(now), std::string(kAgreement)}));
    if (rows.empty()) return wrong();
    const auto until = to_us(now + kPartnerSessionLife);
    if (until - rows[0].integer(5) >= 1'000'000) {  // A burst of messages writes once a second.
        TRY_DO(db_.query("update partner_session set expires = $2 where key = $1", {digest, until}));
    }
    auto partner = read_partner(rows[0]);
    partner.profile = rows[0].text(4);
    if (partner.user.value.empty()) partner.agreement = rows[0].text(6).substr(kAgreement.size());
    if (known_keys_.size() >= kHandedMax) known_keys_.clear();
    known_keys_[digest] = {partner, std::max(until, rows[0].integer(5)), to_us(now) + kAskAgainUs};
    return partner;
}

}  // namespace bongsu::identity
