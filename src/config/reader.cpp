#include "config/reader.hpp"

#include <algorithm>

namespace bongsu::config {

namespace json = boost::json;

std::optional<std::string> text_at(const json::object& table, std::string_view key) {
    const auto* value = table.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

const json::array* array_at(const json::object& table, std::string_view key) {
    const auto* value = table.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

void Reader::wrong(std::string_view field, std::string_view rule) {
    errors_.append(errors_.empty() ? "" : "\n").append(name_).append(": ");
    errors_.append(field).append(" ").append(rule);
}

std::string Reader::text(const json::object& table, std::string_view key, std::string_view field) {
    const auto value = text_at(table, key);
    if (value && !value->empty() && value->size() <= kTextMax) return *value;
    wrong(field, "must be a text of 1 to 500 bytes");
    return {};
}

std::int64_t Reader::whole(const json::object& table, std::string_view key, std::string_view field, std::int64_t min, std::int64_t max) {
    const auto* value = table.if_contains(key);
    if (value != nullptr && value->is_int64() && value->get_int64() >= min && value->get_int64() <= max) return value->get_int64();
    wrong(field, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
}

bool Reader::flag(std::string_view field) {
    const auto* value = table_.if_contains(field);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    wrong(field, "must be true or false");
    return false;
}

std::vector<std::string> Reader::texts(const json::object& table, std::string_view key, std::string_view field) {
    std::vector<std::string> found;
    const auto* array = array_at(table, key);
    if (array == nullptr || array->size() > kListMax) {
        wrong(field, "must be a list of at most 100 texts");
        return found;
    }
    for (const auto& item : *array) {
        const auto* value = item.if_string();
        if (value == nullptr || value->empty() || value->size() > kWordMax) {
            wrong(field, "must hold texts of 1 to 40 bytes");
            break;
        }
        found.emplace_back(*value);
    }
    return found;
}

const json::object* Reader::sub_table(std::string_view field) {
    const auto* value = table_.if_contains(field);
    const auto* table = value == nullptr ? nullptr : value->if_object();
    if (table == nullptr) wrong(field, "must be a table");
    return table;
}

std::vector<const json::object*> Reader::tables(std::string_view field, std::size_t most) {
    std::vector<const json::object*> found;
    const auto* array = array_at(table_, field);
    if (array == nullptr || array->empty() || array->size() > most) {
        wrong(field, "must be a list of 1 to " + std::to_string(most) + " tables");
        return found;
    }
    for (const auto& item : *array) {
        if (const auto* table = item.if_object()) found.push_back(table);
        else wrong(field, "must hold tables");
    }
    return found;
}

void Reader::only(const json::object& table, std::string_view field, std::initializer_list<std::string_view> known) {
    for (const auto& item : table) {
        if (std::find(known.begin(), known.end(), item.key()) == known.end()) wrong(field, "does not know \"" + std::string(item.key()) + "\"");
    }
}

Reader::Name Reader::name(const json::object& table, std::string_view field) {
    const auto* value = table.if_contains("name");
    const auto* name = value == nullptr ? nullptr : value->if_object();
    const std::string own = std::string(field) + (field.empty() ? "name" : ".name");
    if (name == nullptr) return wrong(own, "must be a table { ko, en }"), Name{};
    only(*name, own, {"ko", "en"});
    return {text(*name, "ko", own + ".ko"), text(*name, "en", own + ".en")};
}

}  // namespace bongsu::config
