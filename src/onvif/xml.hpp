#pragma once
// The one XML wrapper of the media river: bounded, without DTD, entities or surprises. Pure.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bongsu::onvif::xml {

inline constexpr std::size_t kBytesMax = 1U << 20U;
inline constexpr std::size_t kDepthMax = 64;
inline constexpr std::size_t kNodesMax = 20'000;  ///< Elements, attributes and pieces of text together.
inline constexpr std::size_t kAttributesMax = 64;  ///< Of one element.
inline constexpr std::size_t kBindingsMax = 256;   ///< Namespace declarations in scope at once.

class Document;

/// An element of a document, or none. Cheap to copy; valid while its document lives (moving the document is fine).
class Element {
  public:
    Element() = default;
    explicit operator bool() const { return tree_ != nullptr; }

    /// The URI of its namespace. Empty where it has none or where its prefix was declared nowhere.
    std::string_view ns() const;
    std::string_view name() const;  ///< Without its prefix.
    std::string_view text() const;  ///< Its own text and CDATA, not its children's, without white space at both ends.
    /// By local name, as written; empty when absent.
    std::string_view attribute(std::string_view name) const;

    /// The first child of that name, or none. An element whose namespace is not known answers to its local name
    /// alone: makers forget to declare the prefix that they use.
    Element child(std::string_view ns, std::string_view name) const;
    std::vector<Element> children(std::string_view ns, std::string_view name) const;
    std::vector<Element> children() const;
    /// All attributes but declarations of namespaces: local name and value.
    std::vector<std::pair<std::string_view, std::string_view>> attributes() const;

    struct Tree;

  private:
    friend class Document;
    Element(const Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
    const Tree* tree_ = nullptr;
    std::uint32_t index_ = 0;
};

/// Read once, never changed. Threads: one.
class Document {
  public:
    /// A byte order mark, a declaration, comments and instructions are passed over, and so is whatever follows the
    /// root. Bytes that are not UTF-8 and forbidden controls become U+FFFD.
    /// Bounds: as above, all of them kept before anything is allocated but a copy of the bytes.
    /// Errors: invalid for a DOCTYPE or an entity that is none of the five predefined; exhausted for a bound;
    /// corrupt for what is no XML. Each says at which line, and which byte of it.
    static Result<Document> parse(std::string_view bytes);

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    Element root() const;

  private:
    explicit Document(std::unique_ptr<Element::Tree> tree);
    std::unique_ptr<Element::Tree> tree_;
};

/// Where the root ends, when the bytes keep to the bounds. As parse() in its errors; does not see every fault of
/// form. `text` is UTF-8 without a byte order mark.
Result<std::size_t> scan(std::string_view text);

/// With `& < > " '` and carriage returns escaped; bytes that are not UTF-8 and forbidden controls become U+FFFD.
std::string escape(std::string_view text);

/// Writes elements in their order. What is not closed at take() is closed then.
class Writer {
  public:
    Writer& open(std::string_view qualified_name);
    Writer& attribute(std::string_view qualified_name, std::string_view value);  ///< Right after open().
    Writer& text(std::string_view value);
    Writer& element(std::string_view qualified_name, std::string_view value);
    Writer& raw(std::string_view xml);  ///< What another Writer made.
    Writer& close();
    std::string take();

  private:
    void end_tag();
    std::string out_;
    std::vector<std::string> names_;
    bool is_tag_open_ = false;
};

}  // namespace bongsu::onvif::xml
