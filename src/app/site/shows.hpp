#pragma once
// Whose personal data a route shows. A route's entry in the table does not compile without saying so.

#include <cstdint>
#include <string_view>

namespace bongsu::app {

/// A constant of the route table, beside its policy: `Shows::record("incident")`. It has no default. What a route shows
/// of persons is on record before its answer leaves (docs/adr/0014-reads-on-record.md).
class Shows {
  public:
    enum class How : std::uint8_t { nobody, own_entry, record, answer, items, numbered };

    /// No personal data, or the caller's own alone.
    static constexpr Shows nobody() { return {How::nobody, "", ""}; }
    /// An entry of its own says who did it with what: an act, a grant, a ticket. Its answer holds ids at most, or is never
    /// given again.
    static constexpr Shows own_entry() { return {How::own_entry, "", ""}; }
    /// The same, of an answer that shows more: given again under its Idempotency-Key it is a look, at `again`.
    static constexpr Shows own_entry(Shows again) {
        auto out = again;
        out.how_ = How::own_entry;
        out.again_ = again.how_;
        return out;
    }
    /// The record that the path's first {id} names: "incident" makes the subject "incident:01H…".
    static constexpr Shows record(std::string_view noun) { return {How::record, noun, ""}; }
    /// The one that the answer names in its `field`.
    static constexpr Shows answer(std::string_view noun, std::string_view field) { return {How::answer, noun, field}; }
    /// Each of the answer's items, named by its `field`; `list` is where they stand.
    static constexpr Shows items(std::string_view noun, std::string_view field, std::string_view list = "items") {
        Shows out{How::items, noun, field};
        out.list_ = list;
        return out;
    }
    /// Numbered items, named by the blocks of kBlock numbers that the page touches: "entries:1-500".
    static constexpr Shows numbered(std::string_view noun, std::string_view field) { return {How::numbered, noun, field}; }
    /// Who responds to a living emergency needs it: answered also while nothing can be written, and on record later.
    /// Of incidents alone, and only while every one that is shown is open.
    constexpr Shows in_emergency() const {
        auto out = *this;
        out.in_emergency_ = true;
        return out;
    }

    static constexpr std::int64_t kBlock = 500;

    constexpr How how() const { return how_; }
    constexpr std::string_view noun() const { return noun_; }
    constexpr std::string_view field() const { return field_; }
    constexpr std::string_view list() const { return list_; }
    constexpr bool is_in_emergency() const { return in_emergency_; }
    /// Its answers make `record.read` entries.
    constexpr bool is_on_record() const { return how_ != How::nobody && how_ != How::own_entry; }
    /// Whom its answer shows when it is given again.
    constexpr Shows again() const {
        auto out = *this;
        out.how_ = again_;
        out.again_ = How::nobody;
        return out;
    }

  private:
    constexpr Shows(How how, std::string_view noun, std::string_view field) : how_(how), noun_(noun), field_(field) {}
    How how_;
    How again_ = How::nobody;
    std::string_view noun_, field_, list_ = "items";
    bool in_emergency_ = false;
};

}  // namespace bongsu::app
