#include "http/page.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/face.hpp"

namespace bongsu::http {

namespace {

constexpr std::size_t kIdLettersMax = 64;

}  // namespace

Result<void> only_parameters(const Request& request, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : request.query) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            return fail_field(name, "is no query parameter of this path");
    }
    return {};
}

Result<std::size_t> page_limit(const Request& request, std::size_t otherwise) {
    TRY(const auto limit, whole_parameter(request, "limit", 1, kPageMax, otherwise));
    return static_cast<std::size_t>(limit);
}

Result<std::uint64_t> page_number(const Request& request, std::string_view name, std::uint64_t otherwise) {
    const auto number = whole_parameter(request, name, 0, static_cast<std::uint64_t>(INT64_MAX), otherwise);
    if (!number) return fail_field(name, "must be `next` of a page before, a whole number");
    return *number;
}

Result<std::string> page_ulid(const Request& request, std::string_view name) {
    auto text = request.param(name);
    if (!text) return std::string();
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if (text->size() != 26 || (*text)[0] > '7' || text->find_first_not_of(kAlphabet) != std::string::npos)
        return fail_field(name, "must be `next` of a page before, an id of 26 letters and digits");
    return *std::move(text);
}

Result<std::string> id_parameter(const Request& request, std::string_view name) {
    auto text = request.param(name).value_or("");
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control || letters(text) > kIdLettersMax)
        return fail_field(name, "must be an id of at most 64 letters");
    return text;
}

}  // namespace bongsu::http
