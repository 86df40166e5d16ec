// Dead letters: messages that led to nothing, read again or laid aside by a person who says why.
#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>

#include "app/site/handlers.hpp"
#include "app/site/kept.hpp"
#include "app/site/reason.hpp"
#include "event/codec/codec.hpp"
#include "event/codec/scsns.hpp"
#include "event/dead_letter.hpp"
#include "http/page.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr std::size_t kDespiteLettersMax = 64;

Result<std::uint64_t> raw_of(const Call& call) {
    const std::string_view text = call.request.captures.at(0);
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value == 0)
        return fail(ErrorKind::not_found, "there is no such dead letter");
    return value;
}

json::object json_of(const event::DeadLetter& letter) {
    return {{"seq", static_cast<std::int64_t>(letter.raw_seq)},
            {"time", to_rfc3339(letter.time)},
            {"actor", letter.actor},
            {"format", letter.format},
            {"profile", letter.profile},
            {"code", std::to_string(letter.code)},
            {"field", letter.field},
            {"reason", letter.reason},
            {"attempts", letter.attempts}};
}

Result<std::string> reason_of(const Call& call) {
    TRY(const auto body, http::parse_object(call.request.body));
    return reason_in(body);
}

std::string actor_of(const Call& call) { return "user:" + call.session->user.value; }

}  // namespace

Handlers::Answer Handlers::dead_letters(Site& site, Call& call) {
    const auto answer = [&]() -> Result<http::Response> {
        TRY_DO(http::only_parameters(call.request, {"limit", "cursor"}));
        TRY(const auto limit, http::page_limit(call.request));
        TRY(const auto before, http::page_number(call.request, "cursor", INT64_MAX));
        TRY(auto letters, event::dead_letters(*site.folds_db_, before, limit + 1));
        json::value next = nullptr;
        if (letters.size() > limit) {
            letters.pop_back();
            next = std::to_string(letters.back().raw_seq);
        }
        json::array items;
        for (const auto& letter : letters) items.push_back(json_of(letter));
        return http::json_response(200, json::object{{"items", std::move(items)}, {"next", next}});
    }();
    return answer ? *answer : http::problem(answer.error());
}

/// Whose message it is: of a person's post the agency that the person works for.
Result<std::string> Site::agency_behind(const event::RawMessage& message) {
    constexpr std::string_view kUser = "user:";
    if (message.format != "cloudevents" || !message.agency.starts_with(kUser)) return message.agency;
    TRY(const auto person, accounts_->person({message.agency.substr(kUser.size())}));
    return person.agency.value;
}

Result<event::Decoding> Site::decode_kept(const event::KeptMessage& kept, event::scsns::Decoded* interpreted, event::Rule aside) {
    TRY(const auto agency, agency_behind(kept.message));
    const auto open = [this](const std::string& sender, const std::string& device) { return open_number(sender, device); };
    return app::decode_kept(*partners_, kept, agency, open, interpreted, aside);
}

/// A number that holds a key of its sender is none: it would stand in the record.
Result<event::SentUnder> Site::sent_under(const event::KeptMessage& kept, const std::vector<std::string>& secrets) {
    TRY(const auto agency, agency_behind(kept.message));
    const auto open = [this](const std::string& sender, const std::string& device) { return open_number(sender, device); };
    TRY(auto under, app::sent_under(*partners_, kept, agency, open));
    event::Event said;
    said.number = under.number;
    said.sender = under.sender;
    return event::mask_event(said, secrets) ? under : event::SentUnder{};
}

/// Of a session that is long gone: it may say what a session of its agency may say today, of whichever key. Where nobody
/// has a key of that agency any more it may say nothing.
Result<event::Refusal> Site::judge_sender(const event::RawMessage& message) {
    if (message.format != "scsns") return event::Refusal{};  // The others name who sends in their pairs alone.
    event::scsns::Input input{.content_type = message.content_type, .bytes = message.bytes, .headers = &message.headers};
    event::scsns::Parsed parsed(input);
    const auto said = event::scsns::sender_of(input, parsed).send_cd;
    TRY(auto codes, accounts_->send_codes_of({message.agency}));
    const auto agreed = partners_->find({message.agency}, event::Format::scsns);
    if (agreed && !agreed->api_key.empty()) codes.push_back(agreed->pairs.empty() ? agreed->sender : std::string());
    const bool may = said.empty() ||
                     std::any_of(codes.begin(), codes.end(), [&](const auto& code) { return code.empty() || code == said; });
    if (may) return event::Refusal{};
    return event::Refusal{event::Code::unauthorised, "sendCd", "sendCd is not one of its sender's"};
}

Result<event::Decoding> Site::decode_again(const event::KeptMessage& kept, event::Rule aside) {
    if (aside != event::Rule::sender) {
        TRY(auto stranger, judge_sender(kept.message));
        if (stranger.code != event::Code::ok) return event::Decoding{.refusal = std::move(stranger), .content = {}};
    }
    return decode_kept(kept, nullptr, aside);
}

namespace {

/// The field whose rule a person sets aside: that of the reason for which the letter lies there, and no other.
Result<std::string> despite_of(const Call& call, const event::DeadLetter& letter) {
    TRY(const auto body, http::parse_object(call.request.body));
    TRY(const auto despite, http::optional_text(body, "despite", kDespiteLettersMax));
    if (!despite) return std::string();
    if (despite->empty()) return fail_field("despite", "must not be empty");
    if (*despite != letter.field) {
        return fail(ErrorKind::conflict, letter.field.empty() ? "it does not lie there for a field: " + letter.reason
                                                              : "it lies there for " + letter.field + ": " + letter.reason);
    }
    return *despite;
}

/// `despite`: the rule that was set aside. One may be, by a person; what stands against two is mended in the agreement.
Error not_released(const event::Refusal& refusal, const std::string& despite) {
    const bool is_rule = event::rule_of(refusal) != event::Rule::none;
    auto detail = (is_rule ? "by what is agreed today it is not taken: " : "it still cannot be read: ") + refusal.reason;
    if (is_rule && despite.empty()) detail += "; \"despite\": \"" + refusal.field + "\" sets that rule aside";
    if (is_rule && !despite.empty()) detail += ", also where " + despite + " is set aside: mend the agreement, then release it";
    return {ErrorKind::conflict, detail, Where::here()};
}

}  // namespace

/// The event is appended, the release is not. Errors: as event::find_dead_letter and event::read_raw.
Result<Site::Reread> Site::read_letter_again(std::uint64_t raw, const std::string& despite) {
    TRY([[maybe_unused]] const auto letter, event::find_dead_letter(*folds_db_, raw));
    TRY(const auto kept, event::read_raw(book_->journal(), raw));
    Reread out;
    TRY(out.decoding, decode_again(kept));
    const auto rule = event::rule_of(out.decoding.refusal);
    if (rule != event::Rule::none && out.decoding.refusal.field == despite) {
        TRY(out.decoding, decode_again(kept, rule));
        out.despite = despite;
    }
    out.refusal = out.decoding.refusal;
    if (out.decoding.ok() && out.decoding.event() == nullptr)
        out.refusal = {event::Code::invalid, "", "it is no event: nothing can follow from it"};
    if (out.refusal.code != event::Code::ok) return out;
    TRY(out.recorded, event::record_event(*book_, *out.decoding.event(),
                                          {raw, kept.time, kept.actor, kept.message.format, kept.message.profile}));
    if (out.recorded->outcome == event::Outcome::conflict)
        out.refusal = {event::Code::invalid, "id", "its number was used with other content"};
    return out;
}

/// With what became of it on record, by whom and why, also where it stays refused.
Result<Site::Reread> Site::release_letter(std::uint64_t raw, const std::string& actor, const std::string& why, const std::string& despite) {
    TRY(auto out, read_letter_again(raw, despite));
    event::Release release{.actor = actor, .why = why, .despite = out.despite};
    if (out.refusal.code != event::Code::ok) {
        release.outcome = event::Release::Outcome::refused;
        release.refusal = out.refusal;
        TRY_DO(event::record_release(*book_, raw, release));
        return out;
    }
    release.outcome = event::Release::Outcome::event;
    release.event = out.recorded->event;
    TRY_DO(event::record_release(*book_, raw, release));
    TRY(out.incident, receive(*out.decoding.event(), *out.recorded));
    return out;
}

/// Read again by the codecs and the agreement of today. What still cannot be read, or is not allowed, stays with its newest
/// reason.
Handlers::Answer Handlers::release_dead(Site& site, Call& call) {
    const auto released = [&]() -> Result<http::Response> {
        TRY(const auto raw, raw_of(call));
        TRY(const auto why, reason_of(call));
        TRY(const auto letter, event::find_dead_letter(*site.folds_db_, raw));
        TRY(const auto despite, despite_of(call, letter));
        TRY(const auto again, site.release_letter(raw, actor_of(call), why, despite));
        if (again.refusal.code != event::Code::ok) {
            site.keep_entries_ = true;  // That it was tried, by whom and why, is part of the record.
            return http::problem(not_released(again.refusal, again.despite));
        }
        json::object body{{"seq", static_cast<std::int64_t>(raw)}, {"event", again.recorded->event.value}, {"incident", nullptr}};
        if (again.incident) body["incident"] = again.incident->value;
        return http::json_response(200, body);
    }();
    return released ? *released : http::problem(released.error());
}

Handlers::Answer Handlers::dismiss_dead(Site& site, Call& call) {
    const auto dismissed = [&]() -> Result<http::Response> {
        TRY(const auto raw, raw_of(call));
        TRY(const auto why, reason_of(call));
        TRY_DO(event::record_release(site.book(), raw,
                                     {.actor = actor_of(call), .why = why, .outcome = event::Release::Outcome::dismissed}));
        return http::json_response(200, json::object{{"seq", static_cast<std::int64_t>(raw)}});
    }();
    return dismissed ? *dismissed : http::problem(dismissed.error());
}

}  // namespace bongsu::app
