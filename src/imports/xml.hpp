#pragma once
// XML as a stream of begins, texts and ends: no DTD, no entities of its own, a bounded depth.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bongsu::imports {

struct Attribute {
    std::string_view name, value;  ///< The name without its namespace's prefix.
};

struct XmlEvents {
    std::function<Result<void>(std::string_view name, const std::vector<Attribute>&)> begin;
    std::function<Result<void>(std::string_view text)> text;
    std::function<Result<void>(std::string_view name)> end;
};

/// Threads: one. The events' names have no prefix.
class Xml {
  public:
    static std::unique_ptr<Xml> make(XmlEvents events);
    virtual ~Xml() = default;
    /// Errors: corrupt (not well-formed), invalid (a DOCTYPE), exhausted (kXmlDepthMax), and those of the
    /// events.
    virtual Result<void> feed(std::string_view bytes) = 0;
    virtual Result<void> finish() = 0;
};

std::string_view attribute(const std::vector<Attribute>& attributes, std::string_view name);

}  // namespace bongsu::imports
