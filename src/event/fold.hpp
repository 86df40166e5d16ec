#pragma once
// The fold `event`: raw messages and what became of them, events by number, their newest state, their repeats.

#include "journal/book.hpp"

namespace bongsu::event {

/// Tables: event (newest state), event_seen (each distinct message of an event), event_raw (the event that a raw
/// message told), event_refused (the raw messages that led to nothing), event_word (each entry that speaks of one of them),
/// event_about (what else is about an event).
class EventFold final : public journal::Fold {
  public:
    std::string_view name() const override { return "event"; }
    std::string_view schema() const override;
    Result<void> apply(sql::Db& db, const journal::Entry& entry) override;
    std::vector<std::string> tables() const override { return {"event", "event_seen", "event_raw", "event_refused", "event_word", "event_about"}; }
};

}  // namespace bongsu::event
