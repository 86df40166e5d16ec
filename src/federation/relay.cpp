#include "federation/relay.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

namespace bongsu::federation {

namespace {

std::string text(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

class RelayFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "relay"; }
    std::vector<std::string> tables() const override { return {"relay"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists relay (
  grant_id  text not null,
  camera_id text not null,
  purpose   text not null,
  until_us  integer not null,   -- the grant's end; end_due() ends what is past it
  seq       integer not null,   -- the entry that permitted it
  primary key (grant_id, camera_id));
)sql";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind == "relay.ended") {
            TRY_DO(db.query("delete from relay where grant_id=$1", {text(entry.payload, "grant")}));
        } else if (entry.kind == "relay.permitted") {
            const auto grant = text(entry.payload, "grant");
            TRY_DO(db.query("delete from relay where grant_id=$1", {grant}));
            for (const auto& camera : entry.payload.at("cameras").as_array()) {
                TRY_DO(db.query("insert into relay values ($1,$2,$3,$4,$5)",
                                {grant, std::string(camera.as_string()), text(entry.payload, "purpose"),
                                 entry.payload.at("to").as_int64(), static_cast<std::int64_t>(entry.seq)}));
            }
        }
        return {};
    }
};

Result<std::vector<GrantId>> end_each(journal::Book& book, const sql::Rows& rows,
                                      const std::set<std::string>& keep, std::string_view reason) {
    std::vector<GrantId> ended;
    for (const auto& row : rows) {
        if (keep.contains(row.text(0))) continue;
        TRY(const bool had, end(book, {row.text(0)}, reason));
        if (had) ended.push_back({row.text(0)});
    }
    return ended;
}

}  // namespace

Result<std::vector<CameraId>> cameras_of(journal::Book& book, const GrantId& grant) {
    TRY(const auto rows,
        book.db().query("select camera_id from relay where grant_id=$1 order by camera_id", {grant.value}));
    std::vector<CameraId> cameras;
    for (const auto& row : rows) cameras.push_back({row.text(0)});
    return cameras;
}

std::unique_ptr<journal::Fold> make_relay_fold() { return std::make_unique<RelayFold>(); }

Result<RelayAnswer> order(journal::Book& book, const Contract& contract, const SiteId& asking,
                          const RelayOrder& order) {
    auto wanted = order.cameras;
    std::sort(wanted.begin(), wanted.end());
    boost::json::array list;
    std::vector<std::string> subjects{"grant:" + order.grant.value, "site:" + asking.value};
    for (const auto& camera : wanted) {
        list.emplace_back(camera.value);
        subjects.push_back("camera:" + camera.value);
    }
    if (!order.incident.empty()) subjects.push_back("incident:" + order.incident);
    boost::json::object payload{{"grant", order.grant.value}, {"cameras", list},
                                {"purpose", order.purpose},   {"basis", order.basis},
                                {"incident", order.incident}, {"to", to_us(order.to)}};
    auto reason = refusal(contract, asking, order.purpose, "live");
    if (!reason.empty()) {
        payload["reason"] = reason;
        TRY_DO(
            book.append({"relay.refused", "site:" + asking.value, std::move(subjects), std::move(payload)}));
        return RelayAnswer{false, std::move(reason)};
    }
    TRY(const auto standing, cameras_of(book, order.grant));
    if (standing != wanted) {
        TRY_DO(book.append(
            {"relay.permitted", "site:" + asking.value, std::move(subjects), std::move(payload)}));
    }
    return RelayAnswer{true, {}};
}

Result<bool> end(journal::Book& book, const GrantId& grant, std::string_view reason) {
    TRY(const auto standing, cameras_of(book, grant));
    if (standing.empty()) return false;
    std::vector<std::string> subjects{"grant:" + grant.value};
    for (const auto& camera : standing) subjects.push_back("camera:" + camera.value);
    TRY_DO(book.append(
        {"relay.ended", "site", std::move(subjects), {{"grant", grant.value}, {"reason", reason}}}));
    return true;
}

Result<std::vector<GrantId>> keep_only(journal::Book& book, const std::vector<GrantId>& live,
                                       std::string_view reason) {
    TRY(const auto rows, book.db().query("select distinct grant_id from relay order by grant_id"));
    std::set<std::string> keep;
    for (const auto& grant : live) keep.insert(grant.value);
    return end_each(book, rows, keep, reason);
}

Result<std::vector<GrantId>> end_due(journal::Book& book, WallTime now) {
    TRY(const auto rows,
        book.db().query("select distinct grant_id from relay where until_us<=$1 order by grant_id",
                        {to_us(now)}));
    return end_each(book, rows, {}, "the grant's time is over");
}

Result<std::vector<Relay>> relays(journal::Book& book) {
    TRY(const auto rows,
        book.db().query("select grant_id, camera_id from relay order by grant_id, camera_id"));
    std::vector<Relay> out;
    for (const auto& row : rows) out.push_back({{row.text(0)}, {row.text(1)}});
    return out;
}

}  // namespace bongsu::federation
