#include "sql/postgres_answer.hpp"

#include <charconv>

#include "sql/dialect.hpp"

namespace bongsu::sql {
namespace {

// Of pg_type.dat, as kInt8 and kText.
constexpr Oid kBool = 16, kName = 19, kInt2 = 21, kInt4 = 23, kOid = 26, kUnknown = 705, kBpchar = 1042, kVarchar = 1043,
              kNumeric = 1700;

/// PostgreSQL's appendix A; the class is the first two letters.
ErrorKind kind_of(std::string_view state) {
    const auto is = [&](std::string_view prefix) { return state.starts_with(prefix); };
    if (is("23")) return ErrorKind::conflict;
    if (is("53100") || is("53200") || is("54")) return ErrorKind::exhausted;
    if (is("57014")) return ErrorKind::timeout;
    if (is("08P01")) return ErrorKind::invalid;
    if (is("XX001") || is("XX002")) return ErrorKind::corrupt;
    for (const std::string_view gone : {"08", "25006", "28", "3D", "40", "42501", "53", "55", "57", "58", "XX"}) {
        if (is(gone)) return ErrorKind::unavailable;
    }
    return ErrorKind::invalid;
}

Result<Value> value_of(const PGresult* answer, int row, int column) {
    if (PQgetisnull(answer, row, column) != 0) return Value{nullptr};
    const std::string_view text(PQgetvalue(answer, row, column),
                                static_cast<std::size_t>(PQgetlength(answer, row, column)));
    switch (PQftype(answer, column)) {
        case kText:
        case kName:
        case kVarchar:
        case kBpchar:
        case kUnknown:
            return Value{from_stored(text)};
        case kBool:
            return Value{std::int64_t{text == "t" ? 1 : 0}};
        case kInt2:
        case kInt4:
        case kInt8:
        case kOid:
        case kNumeric: {  // The sum of integers is one.
            std::int64_t number = 0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (code == std::errc() && end == text.data() + text.size()) return Value{number};
            break;
        }
        default:
            break;
    }
    return fail(ErrorKind::invalid,
                std::string("column ") + PQfname(answer, column) + " is neither an integer of 64 bits nor a text");
}

}  // namespace

std::string shown(std::string_view text) {
    return std::string(text.substr(0, 120)) + (text.size() > 120 ? "…" : "");
}

Error error_of(const PGresult* answer, std::string_view statement, Where where) {
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    const char* words = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    const std::string code = state != nullptr ? state : "";
    std::string message = "SQL: ";
    if (words != nullptr && !code.starts_with("22")) message += std::string(words) + " ";
    return {code.empty() ? ErrorKind::unavailable : kind_of(code), message + "[" + code + "] in: " + shown(statement), where};
}

Result<Rows> rows_of(const PGresult* answer) {
    Rows rows;
    const int columns = PQnfields(answer);
    rows.reserve(static_cast<std::size_t>(PQntuples(answer)));
    for (int row = 0; row < PQntuples(answer); ++row) {
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            TRY(auto value, value_of(answer, row, column));
            values.push_back(std::move(value));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

}  // namespace bongsu::sql
