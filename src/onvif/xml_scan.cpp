// The bounds of a document, checked on its bytes before any parser sees it.

#include <algorithm>
#include <charconv>

#include "onvif/xml.hpp"

namespace bongsu::onvif::xml {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// XML 1.0, 2.2 Char.
bool is_letter(std::uint32_t code) {
    return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Result<std::size_t> run() {
        while (true) {
            TRY_DO(pass_text());
            if (at_ == text_.size()) return fault(ErrorKind::corrupt, root_seen_ ? "it ends within the root" : "there is no element");
            TRY_DO(pass_markup());
            if (root_seen_ && depth_ == 0) return at_;
        }
    }

  private:
    tl::unexpected<Error> fault(ErrorKind kind, std::string_view why) const {
        const auto before = text_.substr(0, at_);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const auto last = before.rfind('\n');
        const auto byte = at_ - (last == std::string_view::npos ? 0 : last + 1) + 1;
        return fail(kind, "XML, line " + std::to_string(line) + ", byte " + std::to_string(byte) + ": " + std::string(why));
    }

    Result<void> count() {
        if (++nodes_ > kNodesMax) return fault(ErrorKind::exhausted, "more than 20,000 elements, attributes and texts");
        return {};
    }

    /// At '&'.
    Result<void> pass_reference() {
        const auto end = text_.substr(at_, 16).find(';');
        if (end == std::string_view::npos) return fault(ErrorKind::corrupt, "an '&' that begins nothing");
        const auto name = text_.substr(at_ + 1, end - 1);
        if (name.starts_with('#')) {
            const bool is_hex = name.starts_with("#x");
            const auto digits = name.substr(is_hex ? 2 : 1);
            std::uint32_t code = 0;
            const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
            if (error != std::errc{} || stop != digits.data() + digits.size() || !is_letter(code))
                return fault(ErrorKind::corrupt, "a number that stands for no letter");
        } else if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") {
            return fault(ErrorKind::invalid, "an entity that is none of the five predefined");
        }
        at_ += end + 1;
        return {};
    }

    Result<void> pass_text() {
        const auto begin = at_;
        bool is_blank = true;
        while (at_ < text_.size() && text_[at_] != '<') {
            is_blank = is_blank && is_space(text_[at_]);
            if (!is_blank && depth_ == 0) return fault(ErrorKind::corrupt, "text outside of the root");
            if (text_[at_] == '&') {
                TRY_DO(pass_reference());
            } else {
                ++at_;
            }
        }
        return begin == at_ || depth_ == 0 ? Result<void>{} : count();
    }

    Result<void> pass_until(std::string_view end, std::string_view what) {
        const auto found = text_.find(end, at_);
        if (found == std::string_view::npos) return fault(ErrorKind::corrupt, std::string(what) + " without an end");
        at_ = found + end.size();
        return {};
    }

    /// At '<'.
    Result<void> pass_markup() {
        const auto rest = text_.substr(at_);
        if (rest.starts_with("<?")) return pass_until("?>", "an instruction");
        if (rest.starts_with("<!--")) {
            at_ += 4;
            return pass_until("-->", "a comment");
        }
        if (rest.starts_with("<![CDATA[") && depth_ > 0) {
            TRY_DO(count());
            return pass_until("]]>", "a CDATA section");
        }
        if (rest.starts_with("<!")) return fault(ErrorKind::invalid, "a DOCTYPE or a declaration, which no message has");
        if (rest.starts_with("</")) {
            if (depth_ == 0) return fault(ErrorKind::corrupt, "an end without its beginning");
            --depth_;
            return pass_until(">", "an end tag");
        }
        return pass_tag();
    }

    /// At '<' of a start tag.
    Result<void> pass_tag() {
        TRY_DO(count());
        root_seen_ = true;
        const auto name_begin = ++at_;
        while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '/' && text_[at_] != '>') ++at_;
        if (at_ == name_begin) return fault(ErrorKind::corrupt, "a tag without a name");
        std::size_t attributes = 0;
        while (true) {
            while (at_ < text_.size() && is_space(text_[at_])) ++at_;
            if (at_ == text_.size()) return fault(ErrorKind::corrupt, "a tag without an end");
            if (text_[at_] == '>') break;
            if (text_.substr(at_).starts_with("/>")) {
                if (depth_ + 1 > kDepthMax) return fault(ErrorKind::exhausted, "nested deeper than 64");
                at_ += 2;
                return {};
            }
            if (++attributes > kAttributesMax) return fault(ErrorKind::exhausted, "more than 64 attributes");
            TRY_DO(pass_attribute());
        }
        ++at_;
        if (++depth_ > kDepthMax) return fault(ErrorKind::exhausted, "nested deeper than 64");
        return {};
    }

    Result<void> pass_attribute() {
        TRY_DO(count());
        while (at_ < text_.size() && text_[at_] != '=' && text_[at_] != '>' && text_[at_] != '<') ++at_;
        if (at_ == text_.size() || text_[at_] != '=') return fault(ErrorKind::corrupt, "an attribute without a value");
        ++at_;
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
            return fault(ErrorKind::corrupt, "an attribute's value without quotes");
        const char quote = text_[at_++];
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '<') return fault(ErrorKind::corrupt, "a '<' within an attribute");
            if (text_[at_] == '&') {
                TRY_DO(pass_reference());
            } else {
                ++at_;
            }
        }
        if (at_ == text_.size()) return fault(ErrorKind::corrupt, "an attribute without an end");
        ++at_;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0, depth_ = 0, nodes_ = 0;
    bool root_seen_ = false;
};

}  // namespace

Result<std::size_t> scan(std::string_view text) { return Scanner(text).run(); }

}  // namespace bongsu::onvif::xml
