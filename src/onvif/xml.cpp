#include "onvif/xml.hpp"

#include <deque>
#include <pugixml.hpp>

#include "charset/utf8.hpp"

namespace bongsu::onvif::xml {

namespace {

constexpr std::uint32_t kNone = 0xFFFF'FFFF;
constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";

/// Valid UTF-8 without the controls that XML forbids.
std::string cleaned(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto letter = charset::first_letter(bytes);
        const bool is_forbidden = letter.size == 1 && letter.code < 0x20 && letter.code != '\t' && letter.code != '\r' && letter.code != '\n';
        if (letter.size == 0 || is_forbidden || letter.code == 0xFFFE || letter.code == 0xFFFF) {
            out += charset::kReplacement;
        } else {
            out += bytes.substr(0, letter.size);
        }
        bytes.remove_prefix(std::max<std::size_t>(letter.size, 1));
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n";
    const auto begin = text.find_first_not_of(kSpaces);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

struct Name {
    std::string_view prefix, local;
};

Name split(std::string_view qualified) {
    const auto colon = qualified.find(':');
    if (colon == std::string_view::npos) return {{}, qualified};
    return {qualified.substr(0, colon), qualified.substr(colon + 1)};
}

bool declares(const Name& name, std::string_view qualified) {
    return name.prefix == "xmlns" || qualified == "xmlns";
}

struct Attribute {
    std::string_view name, value;
};

struct Node {
    std::string_view ns, name, text;
    std::uint32_t attribute = 0, attributes = 0;
    std::uint32_t child = kNone, next = kNone;
};

}  // namespace

struct Element::Tree {
    std::string bytes;  ///< What every view below points into.
    pugi::xml_document parsed;
    std::vector<Node> nodes;
    std::vector<Attribute> attributes;
    std::deque<std::string> joined;  ///< Texts that came in more than one piece.
};

namespace {

/// Walks the parsed tree without recursion and gives each element its namespace.
class Builder {
  public:
    explicit Builder(Element::Tree& tree) : tree_(tree) {}

    Result<void> run() {
        auto at = tree_.parsed.document_element();
        if (!at) return fail(ErrorKind::corrupt, "XML: there is no element");
        TRY_DO(enter(at));
        while (!open_.empty()) {
            auto& top = open_.back();
            while (top.next && top.next.type() != pugi::node_element) top.next = top.next.next_sibling();
            if (top.next) {
                at = top.next;
                top.next = top.next.next_sibling();
                TRY_DO(enter(at));
            } else {
                bindings_.resize(top.bindings);
                open_.pop_back();
            }
        }
        return {};
    }

  private:
    struct Open {
        std::uint32_t node, last_child;
        std::size_t bindings;  ///< How many there were before it.
        pugi::xml_node next;
    };

    Result<void> enter(pugi::xml_node from) {
        if (open_.size() >= kDepthMax || tree_.nodes.size() >= kNodesMax) return fail(ErrorKind::exhausted, "XML: too deep or too large");
        const auto index = static_cast<std::uint32_t>(tree_.nodes.size());
        const auto bindings = bindings_.size();
        Node node;
        node.attribute = static_cast<std::uint32_t>(tree_.attributes.size());
        for (const auto& each : from.attributes()) {
            const auto name = split(each.name());
            if (declares(name, each.name())) {
                if (bindings_.size() >= kBindingsMax) return fail(ErrorKind::exhausted, "XML: more than 256 namespaces at once");
                bindings_.push_back({name.prefix.empty() ? std::string_view{} : name.local, each.value()});
            } else {
                tree_.attributes.push_back({name.local, each.value()});
            }
        }
        node.attributes = static_cast<std::uint32_t>(tree_.attributes.size()) - node.attribute;
        const auto name = split(from.name());
        node.name = name.local;
        node.ns = namespace_of(name.prefix);
        node.text = trimmed(text_of(from));
        tree_.nodes.push_back(node);
        if (!open_.empty()) {
            auto& parent = open_.back();
            (parent.last_child == kNone ? tree_.nodes[parent.node].child : tree_.nodes[parent.last_child].next) = index;
            parent.last_child = index;
        }
        open_.push_back({index, kNone, bindings, from.first_child()});
        return {};
    }

    std::string_view namespace_of(std::string_view prefix) const {
        for (auto it = bindings_.rbegin(); it != bindings_.rend(); ++it)
            if (it->name == prefix) return it->value;
        return prefix == "xml" ? kXmlNamespace : std::string_view{};
    }

    std::string_view text_of(pugi::xml_node from) {
        std::string_view first;
        std::string* joined = nullptr;
        for (const auto& each : from.children()) {
            if (each.type() != pugi::node_pcdata && each.type() != pugi::node_cdata) continue;
            const std::string_view piece = each.value();
            if (joined != nullptr) {
                *joined += piece;
            } else if (first.empty()) {
                first = piece;
            } else if (!piece.empty()) {
                joined = &tree_.joined.emplace_back(first);
                *joined += piece;
            }
        }
        return joined != nullptr ? std::string_view(*joined) : first;
    }

    Element::Tree& tree_;
    std::vector<Attribute> bindings_;  // Prefix and URI, the innermost last.
    std::vector<Open> open_;
};

}  // namespace

std::string_view Element::ns() const { return tree_ != nullptr ? tree_->nodes[index_].ns : std::string_view{}; }
std::string_view Element::name() const { return tree_ != nullptr ? tree_->nodes[index_].name : std::string_view{}; }
std::string_view Element::text() const { return tree_ != nullptr ? tree_->nodes[index_].text : std::string_view{}; }

std::string_view Element::attribute(std::string_view name) const {
    for (const auto& [key, value] : attributes())
        if (key == name) return value;
    return {};
}

std::vector<std::pair<std::string_view, std::string_view>> Element::attributes() const {
    std::vector<std::pair<std::string_view, std::string_view>> out;
    if (tree_ == nullptr) return out;
    const auto& node = tree_->nodes[index_];
    out.reserve(node.attributes);
    for (std::uint32_t i = 0; i < node.attributes; ++i) {
        const auto& each = tree_->attributes[node.attribute + i];
        out.emplace_back(each.name, each.value);
    }
    return out;
}

Element Element::child(std::string_view ns, std::string_view name) const {
    if (tree_ == nullptr) return {};
    for (auto at = tree_->nodes[index_].child; at != kNone; at = tree_->nodes[at].next) {
        const auto& node = tree_->nodes[at];
        if (node.name == name && (node.ns == ns || node.ns.empty())) return {tree_, at};
    }
    return {};
}

std::vector<Element> Element::children(std::string_view ns, std::string_view name) const {
    std::vector<Element> out;
    if (tree_ == nullptr) return out;
    for (auto at = tree_->nodes[index_].child; at != kNone; at = tree_->nodes[at].next) {
        const auto& node = tree_->nodes[at];
        if (node.name == name && (node.ns == ns || node.ns.empty())) out.push_back({tree_, at});
    }
    return out;
}

std::vector<Element> Element::children() const {
    std::vector<Element> out;
    if (tree_ == nullptr) return out;
    for (auto at = tree_->nodes[index_].child; at != kNone; at = tree_->nodes[at].next) out.push_back({tree_, at});
    return out;
}

Document::Document(std::unique_ptr<Element::Tree> tree) : tree_(std::move(tree)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Element Document::root() const { return {tree_.get(), 0}; }

Result<Document> Document::parse(std::string_view bytes) {
    if (bytes.size() > kBytesMax) return fail(ErrorKind::exhausted, "XML: longer than 1 MiB");
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    auto tree = std::make_unique<Element::Tree>();
    tree->bytes = cleaned(bytes);
    TRY(const auto end, scan(tree->bytes));
    tree->bytes.resize(end);
    constexpr auto kFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol;
    const auto done = tree->parsed.load_buffer_inplace(tree->bytes.data(), tree->bytes.size(), kFlags, pugi::encoding_utf8);
    if (!done) return fail(ErrorKind::corrupt, "XML, byte " + std::to_string(done.offset + 1) + " of all: " + done.description());
    TRY_DO(Builder(*tree).run());
    return Document(std::move(tree));
}

std::string escape(std::string_view text) {
    std::string out;
    const auto clean = cleaned(text);
    out.reserve(clean.size());
    for (const char c : clean) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            case '\r': out += "&#13;"; break;
            case '\n': out += "&#10;"; break;  // An attribute's would be read back as a space.
            case '\t': out += "&#9;"; break;
            default: out += c;
        }
    }
    return out;
}

void Writer::end_tag() {
    if (is_tag_open_) out_ += '>';
    is_tag_open_ = false;
}

Writer& Writer::open(std::string_view qualified_name) {
    end_tag();
    out_.append("<").append(qualified_name);
    names_.emplace_back(qualified_name);
    is_tag_open_ = true;
    return *this;
}

Writer& Writer::attribute(std::string_view qualified_name, std::string_view value) {
    BONGSU_CHECK(is_tag_open_);
    out_.append(" ").append(qualified_name).append("=\"").append(escape(value)).append("\"");
    return *this;
}

Writer& Writer::text(std::string_view value) {
    end_tag();
    out_ += escape(value);
    return *this;
}

Writer& Writer::element(std::string_view qualified_name, std::string_view value) {
    return open(qualified_name).text(value).close();
}

Writer& Writer::raw(std::string_view xml) {
    end_tag();
    out_ += xml;
    return *this;
}

Writer& Writer::close() {
    BONGSU_CHECK(!names_.empty());
    if (is_tag_open_) {
        out_ += "/>";
        is_tag_open_ = false;
    } else {
        out_.append("</").append(names_.back()).append(">");
    }
    names_.pop_back();
    return *this;
}

std::string Writer::take() {
    while (!names_.empty()) close();
    return std::move(out_);
}

}  // namespace bongsu::onvif::xml
