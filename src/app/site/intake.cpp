// A partner's message from its own socket: raw entry, decoded event, what follows, and the answer in its form.
#include "app/site/kept.hpp"
#include "app/site/site.hpp"
#include "base/log.hpp"
#include "event/codec/codec.hpp"
#include "incident/fold.hpp"

namespace bongsu::app {

namespace {

/// A telegram of type 99 holds a person's name and secret: it is judged and never written down.
bool is_login(const event::Profile& profile, std::string_view bytes) {
    return profile.format == event::Format::telegram && bytes.starts_with("99");
}

/// The format's own CLEAR is somebody's act, not a heartbeat: with nothing open it stays on record.
bool is_worth_keeping(const event::Telemetry& telemetry, std::string_view bytes) {
    return telemetry.kind == "text" || bytes.starts_with("CLEAR") || bytes.starts_with("clear");
}

std::string agency_of(const event::Profile& profile) {
    return profile.sender.empty() ? "partner:" + profile.key : profile.sender;
}

}  // namespace

Result<void> Site::open_partners() {
    TRY(auto found, load_partners(env_.disk, site_folder(options_.data, options_.id)));
    adopt(std::make_shared<const Partners>(std::move(found)));
    return {};
}

void Site::adopt(std::shared_ptr<const Partners> partners) {
    for (const auto& partner : partners->profiles) {
        if (partner->send) may_wait_.insert(partner->key);
    }
    std::erase_if(allowances_, [&](const auto& each) { return !partners->find(each.second.under->key); });
    const std::lock_guard lock(partners_lock_);
    partners_ = std::move(partners);
}

std::shared_ptr<const Partners> Site::partners() const {
    const std::lock_guard lock(partners_lock_);
    return partners_;
}

const event::Profile* Site::find_partner(std::string_view key) const {
    return partners_->find(key).get();
}

std::string Site::partner_not_stored(const std::string& profile) const {
    const auto* partner = find_partner(profile);
    if (partner == nullptr) return {};
    return event::answer(*partner, {event::Code::unavailable, "", "not stored: send it again"});
}

void Site::take(PartnerInput& input, Outputs& out) {
    std::string answer = partner_not_stored(input.profile);
    const auto* partner = find_partner(input.profile);
    const auto done = attempt([&]() -> Result<void> {
        if (partner == nullptr) return fail(ErrorKind::not_found, "there is no partner " + input.profile);
        TRY(const auto refusal, receive_message(*partner, input));
        answer = event::answer(*partner, refusal);
        return {};
    });
    if (!done) LOG_ERROR("intake.not_stored", {{"partner", input.profile}, {"why", done.error().message}});
    out.replies.push_back([reply = input.reply, answer = std::move(answer)] { reply(answer); });
}

/// The device's occurrence that goes on, here too: one that an operator closed takes no new emergency with it.
std::optional<std::string> Site::open_number(const std::string& sender, const std::string& device) {
    const auto number = event::open_number(*folds_db_, sender, device);
    if (!number || !*number) return std::nullopt;
    const auto event = event::event_by_number(*folds_db_, sender, **number);
    if (!event || !*event) return std::nullopt;
    const auto id = incident::incident_of_event(*folds_db_, **event);
    if (!id || !*id) return *number;
    const auto known = incident::get(*folds_db_, **id);
    return known && incident::is_open(known->state) ? *number : std::nullopt;
}

event::Decoding Site::decode_message(const event::Profile& profile, std::string_view bytes, WallTime received) {
    return app::decode_message(profile, bytes, received, [this](const std::string& sender, const std::string& device) {
        return open_number(sender, device);
    });
}

/// The refusal is what the partner hears; an error is ours, and nothing of the message is kept.
Result<event::Refusal> Site::receive_message(const event::Profile& profile, const PartnerInput& input) {
    const auto now = env_.clock.wall();
    event::Decoding decoding;
    decoding.refusal = input.framing;
    if (decoding.ok()) decoding = decode_message(profile, input.bytes, now);
    if (decoding.login() != nullptr || is_login(profile, input.bytes)) {
        ++partner_logins_;
        return decoding.refusal;
    }
    const auto* reading = decoding.telemetry();
    if (reading != nullptr && !is_worth_keeping(*reading, input.bytes)) {
        ++telemetry_total_;
        if (reading->kind == "device") TRY_DO(see_device(profile, input.bytes));
        return event::Refusal{};
    }
    const auto masked = event::mask_secrets(profile.format, input.bytes, {});
    TRY(auto refusal, keep_message({.format = std::string(event::to_string(profile.format)),
                                    .profile = profile.key,
                                    .agency = agency_of(profile),
                                    .remote = input.remote,
                                    .bytes = masked.bytes,
                                    .masked = masked.places,
                                    .masked_bytes = masked.total},
                                   masked.secrets, input.framing));
    if (profile.format == event::Format::wearable && input.framing.code == event::Code::ok)
        TRY_DO(see_device(profile, input.bytes));
    return refusal;
}

/// Raw first, then what becomes of it: decoded from the record alone, so that a release finds the same. The refusal is
/// what the partner hears. An error is ours: the caller undoes all of it, the raw message too, for a half would make
/// the message's next coming a repeat that nothing follows from.
Result<event::Refusal> Site::keep_message(event::RawMessage raw, const std::vector<std::string>& secrets,
                                          const event::Refusal& framing, event::scsns::Decoded* interpreted) {
    TRY(const auto entry, event::record_raw(*book_, raw));
    const event::KeptMessage kept{.message = std::move(raw), .actor = {}, .time = entry.time};
    const auto refuse = [&](const event::Refusal& why) -> Result<event::Refusal> {
        TRY(const auto under, sent_under(kept, secrets));
        TRY_DO(event::record_refused(*book_, entry, static_cast<int>(why.code), why.reason, why.field, under));
        return why;
    };
    event::Decoding decoding;
    decoding.refusal = framing;
    if (decoding.ok()) {
        TRY(decoding, decode_kept(kept, interpreted));
    }
    if (decoding.ok() && decoding.login() != nullptr)
        decoding.refusal = {event::Code::invalid, "svcTy", "svcTy must be EVENT or PREEVT here"};
    std::optional<event::Event> event;
    if (decoding.event() != nullptr) event = std::get<event::Event>(*std::move(decoding.content));
    if (event && !event::mask_event(*event, secrets))
        decoding.refusal = {event::Code::invalid, "ocrNbr", "a session key stands where a number or code belongs"};
    if (!decoding.ok()) return refuse(decoding.refusal);
    if (!event) return event::Refusal{};  // Kept as it came: nothing follows from it.
    const auto recorded = event::record_event(*book_, *event, entry);
    // Sent again it would be no other: it waits as a dead letter.
    if (!recorded && recorded.error().kind == ErrorKind::invalid) return refuse(event::unrecordable(recorded.error()));
    if (!recorded) return tl::unexpected(recorded.error());
    if (recorded->outcome == event::Outcome::conflict)
        return event::Refusal{event::Code::invalid, "id", "the number was used with other content"};
    TRY_DO(receive(*event, *recorded));
    return event::Refusal{};
}

}  // namespace bongsu::app
