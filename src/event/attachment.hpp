#pragma once
// Addresses of pictures and files that stand in partners' messages.

#include "event/event.hpp"

namespace bongsu::event {

/// Notes what is wrong with the addresses in an item, whatever its name: "internalAddress:NAME" when one of them names an
/// address that is not of the public internet, else "attachmentAddress:NAME" when one is no plain http or https address. An
/// address is what reads scheme://…; an item that is named as one ("IMAGE_URL", "imgUrl", "IMAGE_URL_2", "IMAGE") must hold
/// one and nothing else. The notes have places that a codec's own cannot take (kNotesMax).
/// Nothing is resolved and nothing fetched; whoever fetches one checks what its name resolves to (room address).
void note_attachments(Event& event);

}  // namespace bongsu::event
