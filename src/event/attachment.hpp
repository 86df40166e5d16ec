#pragma once
// Addresses of pictures and files that stand in partners' messages.

#include "event/event.hpp"

namespace bongsu::event {

/// Notes what is wrong with the address of an item whose name ends with "URL": "attachmentAddress:NAME" when it is no
/// plain http or https address, "internalAddress:NAME" when it names an address that is not of the public internet.
/// Nothing is resolved and nothing fetched; whoever fetches one checks what its name resolves to (room address).
void note_attachments(Event& event);

}  // namespace bongsu::event
