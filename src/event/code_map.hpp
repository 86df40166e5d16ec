#pragma once
// A partner's own codes as our event types: a CSV that an official can keep in a spreadsheet.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::event {

inline constexpr std::size_t kCodeMapBytesMax = 1U << 20;
inline constexpr std::size_t kCodeMapRowsMax = 10'000;
inline constexpr std::size_t kCodeBytesMax = 200;

/// How codes are compared: as they are, or without regard to the case of ASCII letters.
enum class CaseRule : std::uint8_t { exact, ignore };

/// `text` as the rule compares it: upper case for `ignore`.
std::string folded(std::string_view text, CaseRule rule);

/// 1 to 64 of A-Z a-z 0-9 `_` `-` `.`: what event ids and numbers are made of.
bool is_word(std::string_view text);
/// What a sender may call an occurrence: a word, and what offices write into their numbers besides: `2026/11-7`, `제3호`, `A #4`. 1 to 64
/// bytes of UTF-8, no control character, no blank at an end, none of the marks that other forms give a meaning (< > " ' & \ ; , |), no letter of two bytes (of SCSNS over
/// TCP the first is a separator).
bool is_number(std::string_view text);
/// Without the blanks at its ends: devices and forms pad.
std::string_view without_padding(std::string_view text);

/// Immutable once parsed.
class CodeMap {
  public:
    struct Target {
        std::string type;   ///< An event id; need not be in the catalogue.
        std::string grade;  ///< "10", "20", or empty: the message's or the profile's.
    };

    /// CSV (RFC 4180) in UTF-8, with or without a byte order mark, lines ended by LF or CRLF. The first row
    /// is `code,evtId` or `code,evtId,grade`.
    ///
    /// Bounds: kCodeMapBytesMax, kCodeMapRowsMax rows, a code kCodeBytesMax.
    /// Errors: invalid with everything that is wrong, a line each: "row 3, column 2 (evtId): …"; the header
    /// is
    ///         row 1. At most 50 are listed and the rest is counted.
    static Result<CodeMap> parse(std::string_view csv, CaseRule rule = CaseRule::exact);

    /// nullptr when the code is not in the map.
    const Target* find(std::string_view code) const;
    bool empty() const { return targets_.empty(); }
    /// Whether any of its codes stands for an emergency (lane.hpp).
    bool has_emergency() const { return has_emergency_; }
    std::size_t size() const { return targets_.size(); }
    const std::map<std::string, Target, std::less<>>& targets() const { return targets_; }

  private:
    CaseRule rule_ = CaseRule::exact;
    bool has_emergency_ = false;
    std::map<std::string, Target, std::less<>> targets_;
};

}  // namespace bongsu::event
