// A request's target, head and form, and an answer of another server. Properties: paths and parameters are UTF-8 without a zero byte, and
// written again they are read the same; how an answer is split changes nothing; nothing grows beyond its bound.

#include <string>
#include <vector>

#include "camera_fuzz.hpp"
#include "http/answer_reader.hpp"
#include "http/head.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::http;  // tidy-ok: a program of one function

namespace {

constexpr std::size_t kBodyMax = 4096;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        for (const char letter : {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]}) out += letter;
    }
    return out;
}

void check_target(std::string_view text) {
    Request request;
    if (!read_target(text, request)) return;
    fuzz::require((text.starts_with('/') || text.starts_with("http")) && is_utf8(request.path) && request.path.find('\0') == std::string::npos);
    fuzz::require(request.query.size() <= 100 && request.path.size() <= text.size());
    std::string again = escaped(request.path) + "?";
    for (const auto& [name, value] : request.query) {
        fuzz::require(is_utf8(name) && is_utf8(value) && !name.empty());
        again += escaped(name) + "=" + escaped(value) + "&";
    }
    Request second;
    fuzz::require(request.path.empty() || request.path[0] != '/' || read_target("/" + again.substr(3), second));
    fuzz::require(request.path.empty() || request.path[0] != '/' || (second.path == request.path && second.query == request.query));
}

struct Outcome {
    int status = 0;
    std::string body;
    bool failed = false;
    bool operator==(const Outcome&) const = default;
};

Outcome read_in_steps(std::string_view bytes, std::size_t step) {
    AnswerReader reader(kBodyMax);
    while (!bytes.empty()) {
        const auto got = reader.feed(bytes.substr(0, step));
        if (!got) return {.failed = true};
        if (*got) {
            fuzz::require((*got)->body.size() <= kBodyMax);
            return {(*got)->status, (*got)->body};
        }
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    const auto last = reader.ended();
    if (!last) return {.failed = true};
    fuzz::require(last->body.size() <= kBodyMax);
    return {last->status, last->body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    check_target(text);
    const auto line = text.find('\n');
    Head head{.version = data[0] % 3 + 9U, .has_length = (data[0] & 64U) != 0};
    if ((data[0] & 4U) != 0) head.hosts.push_back(text.substr(0, line));
    if ((data[0] & 8U) != 0) head.hosts.push_back(text);
    if ((data[0] & 16U) != 0) head.transfer_encodings.push_back(line == std::string_view::npos ? "chunked" : text.substr(line + 1));
    if (const auto fault = fault_of(head)) {
        fuzz::require((fault->status == 400 || fault->status == 501) && !fault->detail.empty());
        fuzz::require(to_response(*fault).status == fault->status);
    } else {
        fuzz::require(head.hosts.size() <= 1 && head.transfer_encodings.size() <= 1);
        fuzz::require(head.transfer_encodings.empty() || !head.has_length);
    }
    if ((data[0] & 32U) != 0) fuzz::require(read_in_steps(text, text.size() + 1) == read_in_steps(text, 1 + data[0] % 7U));
    return 0;
}
