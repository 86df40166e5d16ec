#pragma once
// Which letters a file's bytes are: UTF-8 with or without BOM, CP949 (EUC-KR with its extension), UTF-16 with
// BOM; without one it is asked for.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "imports/reading.hpp"

namespace bongsu::imports {

struct Decoded {
    std::string
        utf8;  ///< Without BOM. U+FFFD for a byte that is none, and only when `asked` said what it is.
    Evidence evidence;
    std::size_t replaced = 0;          ///< How many U+FFFD were put in.
    std::optional<Question> question;  ///< Neither fits: `utf8` is empty then.
};

/// `asked`: empty to detect, else "utf-8", "cp949" (also "euc-kr") or "utf-16".
/// Errors: invalid for another word.
Result<Decoded> decode(std::string_view bytes, std::string_view asked);

}  // namespace bongsu::imports
