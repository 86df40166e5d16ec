#include "event/lane.hpp"

#include <algorithm>
#include <array>

namespace bongsu::event {

namespace {

constexpr std::size_t kLookedIntoMax = 16 << 10;

constexpr std::array<std::string_view, 13> kEmergencies{"112UC001", "112UC120", "119UC001", "BNRCP140", "EBSCP110",
                                                        "EBSUC001", "LPRUM120", "MOJUC110", "POCCP103", "SEBSF110",
                                                        "STLSF110", "WLISF110", "WPSSF110"};
static_assert(std::is_sorted(kEmergencies.begin(), kEmergencies.end()));

/// What stands behind a key: past quotes, colons and what a form makes of them, up to the next such sign.
struct Word {
    std::string_view text;
    bool is_plain = true;  ///< False: escapes of JSON or of a form stand in it, and it means something else.
};

Word word_at(std::string_view rest) {
    constexpr std::array<std::string_view, 9> kBetween{"\"", ":", " ", "\\", "%22", "%3A", "%3a", "%5C", "="};
    bool is_escaped = false;
    const auto skip = [&] {
        return std::any_of(kBetween.begin(), kBetween.end(), [&](std::string_view piece) {
            if (!rest.starts_with(piece)) return false;
            rest.remove_prefix(piece.size());
            is_escaped = piece == "\\";
            return true;
        });
    };
    while (skip()) {
    }
    const auto end = std::min(rest.substr(0, kCodeBytesMax + 1).find_first_of("\"\\%&,}\r\n"), rest.size());
    Word out{rest.substr(0, std::min(end, kCodeBytesMax + 1))};
    const auto behind = rest.substr(out.text.size());
    // A quote that ends it is written plainly, or with a backslash or %22 (%5C%22) before or for it.
    const bool is_end = behind.empty() || (behind[0] != '\\' && behind[0] != '%') || behind.starts_with("\\\"") ||
                        behind.starts_with("%22") || behind.starts_with("%5C%22") || behind.starts_with("%2C");
    out.is_plain = is_end && !(is_escaped && out.text.starts_with('u'));
    return out;
}

std::string_view word_behind(std::string_view bytes, std::string_view name) {
    const auto found = bytes.find(name);
    return found == std::string_view::npos ? std::string_view{} : word_at(bytes.substr(found + name.size())).text;
}

/// The body's first field over TCP, which begins with DA.
std::string_view first_field(std::string_view bytes) {
    const auto start = bytes.find('\xDA');
    if (start == std::string_view::npos) return {};
    auto rest = bytes.substr(start + 1);
    if (rest.starts_with('\xD1')) rest.remove_prefix(1);
    return rest.substr(0, std::min(rest.find('\xD1'), rest.size()));
}

bool is_emergency_under(const Profile& profile, std::string_view type) {
    if (is_emergency_type(folded(type, CaseRule::ignore))) return true;
    const auto* target = profile.codes.find(type);
    return target != nullptr && is_emergency_type(target->type);
}

/// Every `evtId` that stands in it: which of them is the message's is not known before it is decoded.
bool is_urgent_message(const Profile& profile, std::string_view bytes) {
    constexpr std::string_view kType = "evtId";
    for (auto at = bytes.find(kType); at != std::string_view::npos; at = bytes.find(kType)) {
        bytes.remove_prefix(at + kType.size());
        const auto word = word_at(bytes);
        if (is_emergency_under(profile, word.text) || (!word.is_plain && profile.codes.has_emergency())) return true;
    }
    return false;
}

/// The object's own `type`, of the first kLookedIntoMax bytes; whatever hides it there makes an emergency of it.
class TopLevel {
  public:
    TopLevel(const Profile& profile, std::string_view json) : profile_(profile), is_cut_(json.size() > kLookedIntoMax), json_(json.substr(0, kLookedIntoMax)) {}

    bool is_urgent() {
        for (std::size_t at = 0; at < json_.size() && !is_emergency_; ++at) {
            const char c = json_[at];
            if (c == '"') at = read_text(at);
            else if (c == '{' || c == '[') ++depth_;
            else if (c == '}' || c == ']') --depth_;
            else if (depth_ == 1 && (c == ':' || c == ',')) is_value_ = c == ':';
        }
        return is_emergency_ || (is_cut_ && !has_type_);
    }

  private:
    /// The place of the quote that ends it.
    std::size_t read_text(std::size_t quote) {
        auto end = quote + 1;
        bool is_escaped = false;
        for (; end < json_.size() && json_[end] != '"'; ++end) {
            if (json_[end] != '\\') continue;
            is_escaped = true;
            ++end;
        }
        if (depth_ != 1 || end >= json_.size()) return end;
        const auto text = json_.substr(quote + 1, end - quote - 1);
        if (!is_value_) {
            is_type_ = is_escaped || text == "type";
        } else if (is_type_) {
            has_type_ = true;
            is_emergency_ = is_escaped || is_emergency_under(profile_, text);
        }
        return end;
    }

    const Profile& profile_;
    bool is_cut_;
    std::string_view json_;
    int depth_ = 0;
    bool is_value_ = false, is_type_ = false, has_type_ = false, is_emergency_ = false;
};

}  // namespace

bool is_emergency_type(std::string_view id) {
    return std::binary_search(kEmergencies.begin(), kEmergencies.end(), id);
}

bool is_urgent(const Profile& profile, std::string_view bytes, std::string_view enc_at) {
    switch (profile.format) {
        case Format::wearable:
            return true;
        case Format::telegram:
            return !bytes.starts_with("30") && (is_emergency_type(profile.type) || profile.service == Service::disaster ||
                                                profile.codes.has_emergency());
        case Format::scsns_tcp:
            return is_emergency_under(profile, first_field(bytes));
        case Format::cloudevents:
            return TopLevel(profile, bytes).is_urgent();
        case Format::scsns:
            break;
    }
    return enc_at == "Y" || word_behind(bytes, "encAt") == "Y" || is_urgent_message(profile, bytes);
}

bool is_urgent_event(const Profile& profile, std::string_view ce_type, std::string_view body) {
    if (ce_type.empty()) return is_urgent(profile, body);
    if (ce_type.size() >= 2 && ce_type.front() == '"' && ce_type.back() == '"') ce_type = ce_type.substr(1, ce_type.size() - 2);
    // A code of letters that no header carries as they are.
    const bool is_hidden = ce_type.find('%') != std::string_view::npos && profile.codes.has_emergency();
    return is_hidden || is_emergency_under(profile, ce_type);
}

std::string_view session_key_in(std::string_view bytes) { return word_behind(bytes, "rrKey"); }

}  // namespace bongsu::event
