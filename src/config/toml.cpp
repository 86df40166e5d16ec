#include "config/toml.hpp"

#include <boost/json/array.hpp>
#include <sstream>
#include <toml++/toml.h>

namespace bongsu::config {

namespace {

namespace json = boost::json;

json::value to_json(const toml::node& node);

json::object to_json(const toml::table& table) {
    json::object out;
    for (const auto& [key, value] : table) out[std::string(key.str())] = to_json(value);
    return out;
}

template <class Date>
std::string printed(const Date& date) {
    std::ostringstream out;
    out << date;
    return out.str();
}

json::value to_json(const toml::node& node) {
    if (const auto* table = node.as_table()) return to_json(*table);
    if (const auto* array = node.as_array()) {
        json::array out;
        for (const auto& item : *array) out.push_back(to_json(item));
        return out;
    }
    if (const auto* text = node.as_string()) return json::value(std::string_view(text->get()));
    if (const auto* number = node.as_integer()) return json::value(number->get());
    if (const auto* real = node.as_floating_point()) return json::value(real->get());
    if (const auto* flag = node.as_boolean()) return json::value(flag->get());
    if (const auto* date = node.as_date()) return json::value(std::string_view(printed(date->get())));
    if (const auto* time = node.as_time()) return json::value(std::string_view(printed(time->get())));
    if (const auto* both = node.as_date_time()) return json::value(std::string_view(printed(both->get())));
    return nullptr;
}

}  // namespace

Result<json::object> parse_toml(std::string_view text, std::string_view name) {
    constexpr std::size_t kBytesMax = 1U << 20;
    if (text.size() > kBytesMax) return fail(ErrorKind::invalid, std::string(name) + " is larger than 1 MiB");
    const auto result = toml::parse(text);
    if (!result) {
        const auto& error = result.error();
        return fail(ErrorKind::invalid, std::string(name) + ", line " + std::to_string(error.source().begin.line) + ", column " +
                                            std::to_string(error.source().begin.column) + ": " + std::string(error.description()));
    }
    return to_json(result.table());
}

}  // namespace bongsu::config
