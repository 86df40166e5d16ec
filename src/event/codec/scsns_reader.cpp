#include "event/codec/scsns_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "event/codec/partner_time.hpp"
#include "event/codec/scsns_message.hpp"
#include "event/text.hpp"

namespace bongsu::event::scsns {

namespace json = boost::json;

std::optional<std::string> scalar(const json::value& value) {
    if (value.is_null()) return std::string{};
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    if (!value.is_double() || !std::isfinite(value.get_double())) return std::nullopt;
    std::array<char, 400> out{};
    const auto [end, error] =
        std::to_chars(out.data(), out.data() + out.size(), value.get_double(), std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    return std::string(out.data(), end);
}

void Reader::refuse(Code code, std::string_view field, std::string_view why) {
    if (refusal_.code == Code::ok)
        refusal_ = {code, std::string(field), std::string(field) + " " + std::string(why)};
}

void Reader::note(std::string fault) {
    const bool is_new = std::find(faults_.begin(), faults_.end(), fault) == faults_.end();
    if (is_new && faults_.size() < kNotesMax) faults_.push_back(std::move(fault));
}

std::string Reader::text(const json::object& object, std::string_view path) {
    const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
    if (value == nullptr) return {};
    auto content = scalar(*value);
    if (!content) refuse(Code::invalid, path, "must be a text or a number");
    return content.value_or(std::string{});
}

std::string Reader::required(const json::object& object, std::string_view path) {
    auto content = text(object, path);
    if (content.empty()) refuse(Code::missing, path, "is missing");
    return content;
}

std::string Reader::prose(const json::object& object, std::string_view path, std::size_t bytes_max) {
    auto cleaned = clean(text(object, path), bytes_max);
    if (cleaned.had_control) note("control:" + std::string(path));
    if (cleaned.was_cut) note("cut:" + std::string(path));
    return std::move(cleaned.text);
}

std::optional<WallTime> Reader::time(const json::object& object, std::string_view path) {
    const auto digits = text(object, path);
    if (digits.empty()) return std::nullopt;
    auto parsed = parse_partner_time(digits, path);
    if (parsed) return *parsed;
    refuse(Code::invalid, path, parsed.error().message.substr(path.size() + 1));
    return std::nullopt;
}

const json::object* Reader::find_child(const json::object& object, std::string_view path) {
    static const json::object kNone;
    const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
    if (value == nullptr || value->is_null()) return &kNone;
    if (value->is_object()) return &value->get_object();
    if (value->is_string()) {
        if (value->get_string().empty()) return &kNone;
        bool had_control = false;
        auto parsed = parse_tolerant(std::string_view(value->get_string()), had_control);
        if (parsed && parsed->is_object()) return &parsed_.emplace_back(std::move(parsed->get_object()));
    }
    return nullptr;
}

const json::object& Reader::child(const json::object& object, std::string_view path) {
    static const json::object kNone;
    const auto* found = find_child(object, path);
    if (found == nullptr) refuse(Code::invalid, path, "must be an object");
    return found == nullptr ? kNone : *found;
}

json::array Reader::list(const json::object& object, std::string_view path) {
    const auto* value = object.if_contains(path.substr(path.rfind('.') + 1));
    if (value == nullptr || value->is_null()) return {};
    json::value content = *value;
    if (content.is_string()) {
        if (content.get_string().empty()) return {};
        bool had_control = false;
        auto parsed = parse_tolerant(std::string_view(content.get_string()), had_control);
        if (!parsed) {
            refuse(Code::invalid, path, "must be a list");
            return {};
        }
        content = *std::move(parsed);
    }
    if (content.is_array()) return std::move(content.get_array());
    if (content.is_object()) return json::array{std::move(content)};
    refuse(Code::invalid, path, "must be a list");
    return {};
}

}  // namespace bongsu::event::scsns
