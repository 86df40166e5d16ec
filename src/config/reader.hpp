#pragma once
// One declaration of a file of declarations: its fields, and all that is wrong with it.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bongsu::config {

/// Reads a table's fields; what is wrong is gathered, a line each: "NAME: FIELD must be …". A field that is wrong answers its
/// least value, so that reading goes on.
///
/// Ownership: table and errors outlive it. Bounds: texts of 500 bytes, words of 40, lists of 100.
class Reader {
  public:
    static constexpr std::size_t kTextMax = 500, kWordMax = 40, kListMax = 100;

    Reader(const boost::json::object& table, std::string name, std::string& errors)
        : table_(table), name_(std::move(name)), errors_(errors) {}

    void wrong(std::string_view field, std::string_view rule);
    std::string text(std::string_view field) { return text(table_, field, field); }
    std::string text(const boost::json::object& table, std::string_view key, std::string_view field);
    std::int64_t whole(std::string_view field, std::int64_t min, std::int64_t max) { return whole(table_, field, field, min, max); }
    std::int64_t whole(const boost::json::object& table, std::string_view key, std::string_view field, std::int64_t min, std::int64_t max);
    bool flag(std::string_view field);
    /// A list, which may be empty.
    std::vector<std::string> texts(std::string_view field) { return texts(table_, field, field); }
    std::vector<std::string> texts(const boost::json::object& table, std::string_view key, std::string_view field);
    /// Null where it is no table.
    const boost::json::object* sub_table(std::string_view field);
    /// The tables of a list of 1 to `most`; those that are none are wrong and left out.
    std::vector<const boost::json::object*> tables(std::string_view field, std::size_t most);
    void only(const boost::json::object& table, std::string_view field, std::initializer_list<std::string_view> known);
    /// { ko, en } of `table`'s `name`.
    struct Name {
        std::string ko, en;
    };
    Name name(const boost::json::object& table, std::string_view field);

  private:
    const boost::json::object& table_;
    std::string name_;
    std::string& errors_;
};

/// The text of a field that is one.
std::optional<std::string> text_at(const boost::json::object& table, std::string_view key);
/// Null where it is no list.
const boost::json::array* array_at(const boost::json::object& table, std::string_view key);

}  // namespace bongsu::config
