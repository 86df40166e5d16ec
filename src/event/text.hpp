#pragma once
// Foreign text: is it UTF-8, what in it must not reach a screen, where may it be cut.

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace bongsu::event {

/// RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
bool is_utf8(std::string_view bytes);

struct CleanText {
    std::string text;
    bool had_control = false;
    bool was_cut = false;
};

/// Replaces C0 (but tab and line feed), DEL, C1 and the bidirectional overrides by U+FFFD, and cuts after the
/// last whole letter within `bytes_max`. `text` must be valid UTF-8.
CleanText clean(std::string_view text, std::size_t bytes_max);

using bongsu::letters;

}  // namespace bongsu::event
