#include "duty/watch.hpp"

#include <boost/json/array.hpp>

namespace bongsu::duty {
namespace {

namespace json = boost::json;

json::array words(const std::vector<CameraId>& cameras) {
    json::array out;
    for (const auto& camera : cameras) out.emplace_back(camera.value);
    return out;
}

std::vector<std::string> subjects_of(const Assigned& set) { return {"shift:" + set.shift, "user:" + set.user.value, "grant:" + set.grant.value}; }

Result<std::vector<Assigned>> read(sql::Db& db, std::string_view condition, std::initializer_list<sql::Value> values) {
    TRY(const auto rows, db.query("select s.person, s.shift, s.grant_id, c.camera, c.lent from duty_set s left join duty_set_camera c on c.person = s.person " +
                                      std::string(condition) + " order by s.person, c.lent, c.place",
                                  values));
    std::vector<Assigned> out;
    for (const auto& row : rows) {
        if (out.empty() || out.back().user.value != row.text(0)) {
            Assigned set;
            set.user = {row.text(0)};
            set.shift = row.text(1);
            set.grant = {row.text(2)};
            out.push_back(std::move(set));
        }
        if (row.is_null(3)) continue;
        auto& into = row.integer(4) == 0 ? out.back().own : out.back().lent;
        into.push_back({row.text(3)});
    }
    return out;
}

}  // namespace

Result<void> assign_set(journal::Book& book, const std::string& actor, const Assigned& set) {
    TRY(const auto before, assigned_to(book.db(), set.user));
    const bool is_same = before && before->own == set.own && before->lent == set.lent && before->grant == set.grant && before->shift == set.shift;
    if (is_same) return {};
    TRY_DO(book.append({"duty.set_assigned",
                        actor,
                        subjects_of(set),
                        {{"user", set.user.value}, {"shift", set.shift}, {"grant", set.grant.value}, {"own", words(set.own)}, {"lent", words(set.lent)}}}));
    return {};
}

Result<void> end_set(journal::Book& book, const std::string& actor, const Assigned& set) {
    TRY_DO(book.append({"duty.set_ended", actor, subjects_of(set), {{"user", set.user.value}, {"shift", set.shift}, {"grant", set.grant.value}}}));
    return {};
}

Result<std::vector<Assigned>> assigned(sql::Db& db) { return read(db, "", {}); }

Result<std::optional<Assigned>> assigned_to(sql::Db& db, const UserId& user) {
    TRY(auto found, read(db, "where s.person = $1", {user.value}));
    if (found.empty()) return std::optional<Assigned>{};
    return std::optional(std::move(found.front()));
}

Shares shares_of(const std::vector<Assigned>& sets) {
    Shares out;
    for (const auto& set : sets) out.sets.push_back(set);
    return out;
}

Result<std::uint64_t> pass_number(sql::Db& db, const UserId& user, const std::string& shift) {
    TRY(const auto rows, db.query("select count(*) from duty_pass where person = $1 and shift = $2", {user.value, shift}));
    return static_cast<std::uint64_t>(rows[0].integer(0));
}

Result<Pass> confirm_pass(journal::Book& book, const UserId& user, std::uint64_t number) {
    auto& db = book.db();
    TRY(const auto stay, stay_of(db, user));
    if (!stay) return fail_code(ErrorKind::conflict, "not_at_a_seat", "the user sits at no seat");
    TRY(const auto set, assigned_to(db, user));
    if (!set) return fail_code(ErrorKind::conflict, "no_set", "the user has no cameras to watch");
    TRY(const auto under_way, pass_number(db, user, set->shift));
    if (number != under_way) return fail_code(ErrorKind::conflict, "another_pass", "pass " + std::to_string(under_way) + " is under way");
    TRY(const auto rows, db.query("select coalesce((select max(ended_at) from duty_pass where person = $1 and shift = $2), "
                                  "(select since from duty_set where person = $1))",
                                  {user.value, set->shift}));
    const auto began = rows[0].integer(0);
    const auto cameras = static_cast<std::int64_t>(set->size());
    TRY(const auto* entry, book.append({"duty.pass_confirmed",
                                        "user:" + user.value,
                                        {"shift:" + set->shift, "user:" + user.value},
                                        {{"user", user.value}, {"shift", set->shift}, {"pass", static_cast<std::int64_t>(number)}, {"cameras", cameras}, {"began", began}}}));
    return Pass{entry->seq, user, set->shift, number, set->size(), from_us(began), entry->time};
}

Result<std::vector<Pass>> passes(sql::Db& db, const std::string& shift) {
    TRY(const auto rows, db.query("select seq, person, number, cameras, began_at, ended_at from duty_pass where shift = $1 order by seq limit 10000", {shift}));
    std::vector<Pass> out;
    for (const auto& row : rows) {
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), {row.text(1)}, shift, static_cast<std::uint64_t>(row.integer(2)),
                       static_cast<std::size_t>(row.integer(3)), from_us(row.integer(4)), from_us(row.integer(5))});
    }
    return out;
}

}  // namespace bongsu::duty
