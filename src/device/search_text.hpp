#pragma once
// Korean search: a name can be found by a part of it or by its leading consonants ("ㅅㅇㅅ" finds 서울숲).

#include <string>
#include <string_view>

namespace bongsu::device {

/// ASCII letters in lower case, all else as it is.
std::string fold_case(std::string_view utf8);

/// Each Hangul syllable's leading consonant as a compatibility jamo (U+3131…), other characters in lower
/// case, spaces left out. `utf8` is valid UTF-8.
std::string leading_consonants(std::string_view utf8);

/// True when every character but spaces is a consonant that can lead a syllable (and there is one).
bool is_leading_consonants(std::string_view utf8);

}  // namespace bongsu::device
