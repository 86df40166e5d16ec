#include "federation/outbox.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "journal/erasable.hpp"

namespace bongsu::federation {

namespace {

/// "camera:11440-0001" -> "11440"; empty for other subjects.
std::string site_of_subject(std::string_view subject) {
    constexpr std::string_view kPrefix = "camera:";
    if (!subject.starts_with(kPrefix)) return {};
    const auto id = subject.substr(kPrefix.size());
    return std::string(id.substr(0, id.find('-')));
}

class OutboxFold final : public journal::Fold {
  public:
    explicit OutboxFold(SiteId here) : here_(std::move(here)) {}
    std::string_view name() const override { return "outbox"; }
    std::vector<std::string> tables() const override { return {"outbox"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists outbox (
  site    text not null,
  seq     integer not null,
  kind    text not null,
  time_us integer not null,
  actor   text not null,
  payload text not null,       -- JSON, as in the entry
  primary key (site, seq));
)sql";
    }
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override {
        if (entry.kind == journal::kErasureOrdered) return forget(db, entry);
        if (!entry.kind.starts_with("view.")) return {};
        for (const auto& subject : entry.subjects) {
            const auto site = site_of_subject(subject);
            if (site.empty() || site == here_.value) continue;
            TRY_DO(db.query("insert into outbox values ($1,$2,$3,$4,$5,$6)",
                            {site, static_cast<std::int64_t>(entry.seq), entry.kind, to_us(entry.time),
                             entry.actor, boost::json::serialize(entry.payload)}));
            break;  // A view has one camera.
        }
        return {};
    }

  private:
    /// What was not sent yet goes out without what was erased; what was sent is the district's own to erase.
    static Result<void> forget(sql::Db& db, const journal::Entry& entry) {
        TRY(const auto order, journal::order_of(entry));
        for (const auto& erased : order.entries) {
            const auto* camera = erased.left.if_contains("camera");
            if (!erased.kind.starts_with("view.") || camera == nullptr || !camera->is_string()) continue;
            const auto site = site_of_subject("camera:" + std::string(camera->get_string()));
            TRY_DO(db.query("update outbox set payload = $1 where site = $2 and seq = $3",
                            {boost::json::serialize(erased.left), site, static_cast<std::int64_t>(erased.seq)}));
        }
        return {};
    }

    SiteId here_;
};

}  // namespace

std::unique_ptr<journal::Fold> make_outbox_fold(const SiteId& here) {
    return std::make_unique<OutboxFold>(here);
}

Result<void> create_cursors(sql::Db& db) {
    return db.exec("create table if not exists outbox_cursor (site text primary key, seq integer not null)");
}

Result<std::uint64_t> acknowledged(sql::Db& db, const SiteId& site) {
    TRY(const auto rows, db.query("select seq from outbox_cursor where site=$1", {site.value}));
    return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().integer(0));
}

Result<void> acknowledge(sql::Db& db, const SiteId& site, std::uint64_t seq) {
    TRY_DO(db.query(
        "insert into outbox_cursor values ($1,$2) on conflict (site) do update set seq=excluded.seq "
        "where outbox_cursor.seq<excluded.seq",
        {site.value, static_cast<std::int64_t>(seq)}));
    return {};
}

Result<std::vector<Parcel>> parcels(sql::Db& db, const SiteId& site, std::uint64_t after, std::size_t limit) {
    TRY(const auto rows,
        db.query("select seq,kind,time_us,actor,payload from outbox where site=$1 and seq>$2 order by seq "
                 "limit $3",
                 {site.value, static_cast<std::int64_t>(after), static_cast<std::int64_t>(limit)}));
    std::vector<Parcel> out;
    for (const auto& row : rows) {
        boost::system::error_code code;
        auto payload = boost::json::parse(row.text(4), code);
        if (code || !payload.is_object())
            return fail(ErrorKind::corrupt, "outbox row " + row.text(1) + " is not JSON");
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), row.text(1), from_us(row.integer(2)),
                       row.text(3), std::move(payload.get_object())});
    }
    return out;
}

Result<std::uint64_t> waiting(sql::Db& db, const SiteId& site) {
    TRY(const auto seq, acknowledged(db, site));
    TRY(const auto rows, db.query("select count(*) from outbox where site=$1 and seq>$2",
                                  {site.value, static_cast<std::int64_t>(seq)}));
    return static_cast<std::uint64_t>(rows.front().integer(0));
}

boost::json::object to_json(const Parcel& parcel) {
    return {{"seq", static_cast<std::int64_t>(parcel.seq)},
            {"kind", parcel.kind},
            {"time", to_us(parcel.time)},
            {"actor", parcel.actor},
            {"payload", parcel.payload}};
}

Result<Parcel> parcel_of(const boost::json::object& object) {
    const auto* seq = object.if_contains("seq");
    const auto* kind = object.if_contains("kind");
    const auto* time = object.if_contains("time");
    const auto* actor = object.if_contains("actor");
    const auto* payload = object.if_contains("payload");
    if (seq == nullptr || !seq->is_int64() || seq->get_int64() < 1 || kind == nullptr || !kind->is_string() ||
        time == nullptr || !time->is_int64() || actor == nullptr || !actor->is_string() ||
        payload == nullptr || !payload->is_object()) {
        return fail(ErrorKind::corrupt, "an outbox parcel needs seq, kind, time, actor and payload");
    }
    if (!kind->get_string().starts_with("view."))
        return fail(ErrorKind::forbidden, "an outbox parcel must be a view record");
    return Parcel{static_cast<std::uint64_t>(seq->get_int64()), std::string(kind->get_string()),
                  from_us(time->get_int64()), std::string(actor->get_string()), payload->get_object()};
}

}  // namespace bongsu::federation
