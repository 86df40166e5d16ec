#include "event/attachment.hpp"

#include <algorithm>
#include <vector>

#include "address/networks.hpp"
#include "address/target.hpp"

namespace bongsu::event {

namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// "IMAGE_URL", "imgUrl", "image_url_2", and the picture of the vulnerable's telegram: what stands there is an address, or
/// else it is odd.
bool names_an_address(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(), upper);
    if (name == "IMAGE") return true;
    while (!name.empty() && (is_digit(name.back()) || name.back() == '_')) name.pop_back();
    return name.ends_with("URL");
}

/// Each "scheme://…" of a text, the scheme in lower case, up to what no address holds or what parts one from the next.
std::vector<std::string> addresses_in(std::string_view text) {
    constexpr std::string_view kMark = "://", kEnds = " \t\r\n\"'<>,;|";
    std::vector<std::string> out;
    for (auto mark = text.find(kMark); mark != std::string_view::npos; mark = text.find(kMark, mark + kMark.size())) {
        auto begin = mark;
        const auto is_scheme = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
        while (begin > 0 && is_scheme(text[begin - 1])) --begin;
        while (begin < mark && !is_letter(text[begin])) ++begin;
        if (begin == mark) continue;
        std::string address(text.substr(begin, text.find_first_of(kEnds, mark) - begin));
        std::transform(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(mark - begin), address.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        out.push_back(std::move(address));
    }
    return out;
}

enum class Verdict : std::uint8_t { plain, odd, inside };

Verdict judge(const std::string& address) {
    const auto target = address::parse_target(address);
    if (!target || !target->scheme.starts_with("http")) return Verdict::odd;
    const bool is_inside = target->host == "localhost" || (target->literal && !address::is_public(*target->literal));
    return is_inside ? Verdict::inside : Verdict::plain;
}

Verdict judge_item(const std::string& name, const std::string& value) {
    const auto addresses = addresses_in(value);
    auto worst = Verdict::plain;
    if (names_an_address(name)) {
        const auto is_blank = value.find_first_not_of(" \t\r\n") == std::string::npos;
        if (!is_blank && (addresses.size() != 1 || addresses[0].size() != value.size())) worst = Verdict::odd;
    }
    for (const auto& each : addresses) worst = std::max(worst, judge(each));
    return worst;
}

}  // namespace

void note_attachments(Event& event) {
    std::vector<std::string> odd;
    const auto note = [&](std::string fault) {
        if (event.faults.size() < kFaultsMax - kSecretFaultsMax) event.faults.push_back(std::move(fault));
    };
    for (const auto& [name, value] : event.items) {
        const auto verdict = judge_item(name, value);
        if (verdict == Verdict::inside) note("internalAddress:" + name);
        if (verdict == Verdict::odd) odd.push_back("attachmentAddress:" + name);
    }
    // Behind those that lead inside, which are what somebody may have meant to do harm with.
    for (auto& fault : odd) note(std::move(fault));
}

}  // namespace bongsu::event
