#include "event/agreement.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace bongsu::event {

namespace json = boost::json;

namespace {

constexpr std::string_view kSchema = R"sql(
-- What is agreed with each partner, by the digest of its profile.
create table if not exists agreement (partner text primary key, digest text not null, seq bigint not null);
create table if not exists agreement_file (n integer primary key, digest text not null, seq bigint not null);
)sql";

json::array names(const std::vector<std::string>& keys) {
    json::array out;
    for (const auto& key : keys) out.emplace_back(key);
    return out;
}

std::string text(const json::value* value) {
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

}  // namespace

Result<Agreements> agreements(sql::Db& db) {
    Agreements out;
    TRY(const auto file, db.query("select digest from agreement_file where n = 1"));
    if (!file.empty()) out.file = file.front().text(0);
    TRY(const auto rows, db.query("select partner, digest from agreement"));
    for (const auto& row : rows) out.digests[row.text(0)] = row.text(1);
    return out;
}

AgreementChange difference(const Agreements& before, const Agreements& after) {
    AgreementChange out;
    for (const auto& [key, digest] : after.digests) {
        const auto known = before.digests.find(key);
        if (known == before.digests.end()) {
            out.added.push_back(key);
        } else if (known->second != digest) {
            out.changed.push_back(key);
        }
    }
    for (const auto& [key, digest] : before.digests) {
        if (!after.digests.contains(key)) out.removed.push_back(key);
    }
    return out;
}

Result<void> record_agreements(journal::Book& book, const std::string& actor, const std::string& why,
                               const Agreements& after, const AgreementChange& change) {
    json::object digests;
    for (const auto* keys : {&change.added, &change.changed}) {
        for (const auto& key : *keys) digests[key] = after.digests.at(key);
    }
    TRY_DO(book.append({std::string(kPartnersChanged),
                        actor,
                        {},
                        {{"file", after.file},
                         {"why", why},
                         {"added", names(change.added)},
                         {"changed", names(change.changed)},
                         {"removed", names(change.removed)},
                         {"digests", std::move(digests)}}}));
    return {};
}

std::string_view AgreementFold::schema() const { return kSchema; }

Result<void> AgreementFold::apply(sql::Db& db, const journal::Entry& entry) {
    if (entry.kind != kPartnersChanged) return {};
    const auto seq = static_cast<std::int64_t>(entry.seq);
    TRY_DO(db.query("insert into agreement_file (n, digest, seq) values (1, $1, $2) on conflict (n) do update set "
                    "digest = excluded.digest, seq = excluded.seq",
                    {text(entry.payload.if_contains("file")), seq}));
    if (const auto* removed = entry.payload.if_contains("removed"); removed != nullptr && removed->is_array()) {
        for (const auto& key : removed->get_array()) {
            TRY_DO(db.query("delete from agreement where partner = $1", {text(&key)}));
        }
    }
    const auto* digests = entry.payload.if_contains("digests");
    if (digests == nullptr || !digests->is_object()) return {};
    for (const auto& each : digests->get_object()) {
        TRY_DO(db.query("insert into agreement (partner, digest, seq) values ($1, $2, $3) on conflict (partner) do update set "
                        "digest = excluded.digest, seq = excluded.seq",
                        {std::string(each.key()), text(&each.value()), seq}));
    }
    return {};
}

}  // namespace bongsu::event
