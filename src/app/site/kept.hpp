#pragma once
// A message of the record decoded by the codecs and agreements of today: when it comes, when a person releases it, and when
// the past is looked through again.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/site/partners.hpp"
#include "event/codec/codec.hpp"
#include "event/dead_letter.hpp"

namespace bongsu::app {

/// Why a message is refused that says to be of somebody else than who was let in: its bytes alone do not show it.
inline constexpr std::string_view kNotOfItsSession = "sendCd is not the sender of this session";

/// The number of the occurrence of `sender`'s device that is open; nothing where none is. Wearables have no number of their own.
using OpenNumber = std::function<std::optional<std::string>(const std::string& sender, const std::string& device)>;

/// What came on a partner's own port. Never fails otherwise than by its refusal.
event::Decoding decode_message(const event::Profile& profile, std::string_view bytes, WallTime received, const OpenNumber& open_number);

/// Under which a message of the record is read today; its own form's defaults where nothing is agreed. `agency` is that of the
/// sender, or of the person's account. Errors: conflict when its partner is no longer agreed with.
Result<ProfilePtr> agreed_for(const Partners& partners, const event::RawMessage& message, const std::string& agency);

/// In the name of who sent it; `agency` and errors as agreed_for(). What came on a partner's own port must be one whole message,
/// as event::judge_frame says. `interpreted`: as event::Wire. `aside`: the one rule of the
/// agreement that is not asked.
Result<event::Decoding> decode_kept(const Partners& partners, const event::KeptMessage& kept, const std::string& agency,
                                    const OpenNumber& open_number, event::scsns::Decoded* interpreted = nullptr,
                                    event::Rule aside = event::Rule::none);

/// Under whose number a message was sent that is refused; empty where nobody can tell. `agency` and errors as agreed_for().
Result<event::SentUnder> sent_under(const Partners& partners, const event::KeptMessage& kept, const std::string& agency, const OpenNumber& open_number);

}  // namespace bongsu::app
