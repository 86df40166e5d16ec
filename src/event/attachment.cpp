#include "event/attachment.hpp"

#include "address/networks.hpp"
#include "address/target.hpp"

namespace bongsu::event {

void note_attachments(Event& event) {
    const auto note = [&](const char* what, const std::string& name) {
        if (event.faults.size() < kFaultsMax) event.faults.push_back(std::string(what) + ":" + name);
    };
    for (const auto& [name, value] : event.items) {
        if (!name.ends_with("URL") || value.empty()) continue;
        const auto target = address::parse_target(value);
        if (!target || !target->scheme.starts_with("http")) {
            note("attachmentAddress", name);
        } else if (target->host == "localhost" || (target->literal && !address::is_public(*target->literal))) {
            note("internalAddress", name);
        }
    }
}

}  // namespace bongsu::event
