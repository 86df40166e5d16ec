#pragma once
// Reads the fields of an SCSNS message one by one, and keeps the first reason to refuse it.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "event/codec/refusal.hpp"

namespace bongsu::event::scsns {

/// A scalar as text: partners send numbers as strings and strings as numbers. nullopt: a list, object or
/// boolean.
std::optional<std::string> scalar(const boost::json::value& value);

/// Keeps the first refusal; what is read after it is empty and is thrown away with the message. `path` is a
/// field's full name for the error ("ocrLc.crdntX"); its last part is the key. Both references outlive the
/// reader.
class Reader {
  public:
    Reader(Refusal& refusal, std::vector<std::string>& faults) : refusal_(refusal), faults_(faults) {}

    void refuse(Code code, std::string_view field, std::string_view why);
    /// Once each, at most kNotesMax.
    void note(std::string fault);

    /// Empty when absent.
    std::string text(const boost::json::object& object, std::string_view path);
    std::string required(const boost::json::object& object, std::string_view path);
    /// For a person's eyes: cleaned and cut, both noted.
    std::string prose(const boost::json::object& object, std::string_view path, std::size_t bytes_max);
    /// 14 to 23 digits of Asia/Seoul within the years 2000 to 2100.
    std::optional<WallTime> time(const boost::json::object& object, std::string_view path);
    /// An object, also when it came as a string of JSON; empty when absent, null when it is none. Stands as long as `object`
    /// and the reader.
    const boost::json::object* find_child(const boost::json::object& object, std::string_view path);
    /// The same; what is none is refused. Stands as long as `object` and the reader.
    const boost::json::object& child(const boost::json::object& object, std::string_view path);
    /// A list, also when it came as a string of JSON, or as its only element; empty when absent.
    boost::json::array list(const boost::json::object& object, std::string_view path);

  private:
    Refusal& refusal_;
    std::vector<std::string>& faults_;
    std::deque<boost::json::object> parsed_;  ///< Those that came as strings.
};

}  // namespace bongsu::event::scsns
