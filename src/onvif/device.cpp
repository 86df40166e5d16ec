#include "onvif/device.hpp"

#include <algorithm>

#include "onvif/names.hpp"

namespace bongsu::onvif {

namespace {

constexpr int kCallsMax = 24;
constexpr int kSilentMax = 2;
constexpr std::size_t kNotesMax = 32;
constexpr std::size_t kMediaMax = 4;
constexpr std::chrono::seconds kClockTolerance{5};

/// "2 h 3 min", for notes; rounded, as a camera tells whole seconds.
std::string span_of(std::chrono::milliseconds offset) {
    const auto seconds = std::chrono::abs(std::chrono::round<std::chrono::seconds>(offset)).count();
    if (seconds < 120) return std::to_string(seconds) + " s";
    const auto minutes = (seconds + 30) / 60;
    if (minutes < 120) return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

}  // namespace

std::string ptz_profile(const Description& description) {
    const Profile* first = nullptr;
    for (const auto& each : description.profiles) {
        if (each.ptz_configuration.empty()) continue;
        if (each.token == description.main.profile) return each.token;
        if (first == nullptr) first = &each;
    }
    return first != nullptr ? first->token : std::string();
}

Conversation::Conversation(Place dialled, rtsp::Credentials credentials, env::Random& random, Scope scope)
    : scope_(scope), dialled_(std::move(dialled)), speaker_(std::move(credentials), random) {
    found_.reached = dialled_;
}

void Conversation::note(std::string text) {
    auto& notes = found_.notes;
    if (text.empty() || notes.size() == kNotesMax) return;
    text = cut(text, 300);
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

Outgoing Conversation::start(WallTime now) { return ask(Step::time, now); }

Outgoing Conversation::ask(Step step, WallTime now) {
    step_ = step;
    ++calls_;
    asked_at_ = now;
    return speaker_.ask(call_of(step), where(step), now);
}

Call Conversation::call_of(Step step) const {
    const auto version = medium_ < media_.size() ? media_[medium_].version : MediaVersion::media1;
    switch (step) {
        case Step::time: return ask_time();
        case Step::info: return ask_info();
        case Step::services: return ask_services();
        case Step::capabilities: return ask_capabilities();
        case Step::interfaces: return ask_interfaces();
        case Step::hostname: return ask_hostname();
        case Step::profiles: return ask_profiles(version);
        case Step::main_uri: return ask_stream_uri(version, found_.main.profile);
        case Step::sub_uri: return ask_stream_uri(version, found_.sub.profile);
        case Step::snapshot_uri: return ask_snapshot_uri(version, found_.main.profile);
        case Step::ptz_nodes: return ask_ptz_nodes();
        case Step::ptz_configurations: return ask_ptz_configurations();
        case Step::presets: return ask_presets(ptz_profile(found_));
        case Step::over: break;
    }
    return ask_time();
}

Place Conversation::where(Step step) const {
    switch (step) {
        case Step::profiles:
        case Step::main_uri:
        case Step::sub_uri:
        case Step::snapshot_uri: return media_[medium_].place;
        case Step::ptz_nodes:
        case Step::ptz_configurations:
        case Step::presets: return place_of(names::ptz).value_or(dialled_);
        default: return dialled_;
    }
}

Result<Place> Conversation::place_of(std::string_view service) const {
    if (service == names::device) return dialled_;
    const bool is_media = service == names::media || service == names::media2;
    if (is_media && medium_ < media_.size() && service_of(media_[medium_].version) == service) return media_[medium_].place;
    for (const auto& each : found_.services) {
        if (each.ns != service) continue;
        if (const auto reached = reach(each.xaddr, dialled_)) return reached->place;
    }
    return fail(ErrorKind::not_found, "the camera has no such service: " + std::string(service));
}

std::optional<Outgoing> Conversation::answered(const Result<http::ClientAnswer>& got, WallTime now) {
    auto step = speaker_.answered(got, now);
    if (step.again) return std::move(step.again);
    // A camera that answers HTTPS alone says so by a redirect: it is called there from now on.
    if (speaker_.place().host == dialled_.host && speaker_.place().path == dialled_.path && speaker_.place() != dialled_) {
        dialled_ = speaker_.place();
        found_.reached = dialled_;
        note("the camera redirects to " + dialled_.text());
    }
    silent_ = got ? 0 : silent_ + 1;
    const auto& result = *step.over;
    auto next = result ? take(result->body, now) : missed(result.error());
    while (!is_asked(next)) next = after(next);
    if (next == Step::over || calls_ == kCallsMax) return std::nullopt;
    return ask(next, now);
}

Conversation::Step Conversation::missed(const Error& error) {
    const bool is_away = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout || error.kind == ErrorKind::forbidden;
    // Who answers neither question speaks no ONVIF here.
    const bool is_stranger = step_ == Step::info && !has_time_;
    if (error.kind == ErrorKind::unauthenticated || silent_ == kSilentMax || (step_ == Step::time && is_away) || is_stranger) {
        found_.failed = error;
        return Step::over;
    }
    if (step_ == Step::services) {
        note(error.message + "; asked in the older way");
        return Step::capabilities;
    }
    if (step_ == Step::capabilities) return take_services(tl::unexpected(error), Step::interfaces);
    if (step_ == Step::profiles) return next_media(error.message);
    note(error.message);
    if (step_ == Step::main_uri) found_.main.reason = error.message;
    return after(step_);
}

Conversation::Step Conversation::take(const xml::Element& answer, WallTime now) {
    switch (step_) {
        case Step::time:
            has_time_ = true;
            take_time(answer, now);
            break;
        case Step::info: found_.info = read_info(answer).value_or(DeviceInfo{}); break;
        case Step::services: return take_services(read_services(answer), Step::capabilities);
        case Step::capabilities: return take_services(read_capabilities(answer), Step::interfaces);
        case Step::interfaces:
            if (auto got = read_interfaces(answer)) found_.interfaces = *std::move(got);
            break;
        case Step::hostname: found_.hostname = read_hostname(answer).value_or(""); break;
        case Step::profiles: return take_profiles(answer);
        case Step::main_uri: take_uri(answer, found_.main.url, {"rtsp", "rtsps"}); break;
        case Step::sub_uri: take_uri(answer, found_.sub.url, {"rtsp", "rtsps"}); break;
        case Step::snapshot_uri: take_uri(answer, found_.snapshot, {"http", "https"}); break;
        case Step::ptz_nodes: found_.ptz_nodes = read_ptz_nodes(answer).value_or(std::vector<PtzNode>{}); break;
        case Step::ptz_configurations:
            found_.ptz_configurations = read_ptz_configurations(answer).value_or(std::vector<PtzConfiguration>{});
            break;
        case Step::presets: found_.presets = read_presets(answer).value_or(std::vector<Preset>{}); break;
        case Step::over: break;
    }
    return after(step_);
}

bool Conversation::is_asked(Step step) const {
    switch (step) {
        case Step::info:
        case Step::interfaces:
        case Step::hostname:
        case Step::snapshot_uri:
        case Step::ptz_nodes:
        case Step::ptz_configurations:
        case Step::presets: return scope_ == Scope::all;
        case Step::main_uri:
        case Step::sub_uri: return scope_ != Scope::turning;
        default: return true;
    }
}

Conversation::Step Conversation::after(Step step) {
    switch (step) {
        case Step::time: return Step::info;
        case Step::info: return Step::services;
        case Step::interfaces: return Step::hostname;
        case Step::hostname: return Step::profiles;
        case Step::profiles:
            if (!found_.main.profile.empty()) return Step::main_uri;
            return after(Step::snapshot_uri);
        case Step::main_uri:
            if (!found_.sub.profile.empty()) return Step::sub_uri;
            return Step::snapshot_uri;
        case Step::sub_uri: return Step::snapshot_uri;
        case Step::snapshot_uri: return place_of(names::ptz) ? Step::ptz_nodes : Step::over;
        case Step::ptz_nodes: return found_.ptz_nodes.empty() ? Step::over : Step::ptz_configurations;
        case Step::ptz_configurations: return ptz_profile(found_).empty() ? Step::over : Step::presets;
        default: return Step::over;
    }
}

void Conversation::take_time(const xml::Element& answer, WallTime now) {
    const auto time = read_time(answer);
    if (!time) return note(time.error().message);
    found_.time = *time;
    if (!time->utc) return note("the camera tells no possible UTC time");
    // It tells whole seconds of the moment between our question and its answer.
    const auto ours = asked_at_ + (now - asked_at_) / 2;
    const auto offset = *time->utc + std::chrono::milliseconds{500} - ours;
    speaker_.set_clock_offset(offset);
    found_.clock_offset = std::chrono::duration_cast<std::chrono::milliseconds>(offset);
    if (std::chrono::abs(offset) > kClockTolerance)
        note("the camera's clock is " + span_of(*found_.clock_offset) + (offset.count() > 0 ? " ahead" : " behind"));
}

Conversation::Step Conversation::take_services(Result<std::vector<Service>> services, Step otherwise) {
    if (services) {
        found_.services = *std::move(services);
    } else {
        note(services.error().message);
        if (otherwise == Step::capabilities) return otherwise;
    }
    for (const auto version : {MediaVersion::media2, MediaVersion::media1}) {
        std::size_t alike = 0;
        for (const auto& each : found_.services) {
            if (each.ns != service_of(version) || media_.size() == kMediaMax) continue;
            auto reached = reach(each.xaddr, dialled_);
            if (!reached) {
                note(reached.error().message);
                continue;
            }
            note(reached->note);
            if (++alike > 1) note("the camera names more than one Media service; the first that answers is taken");
            media_.push_back({version, reached->place});
        }
    }
    if (media_.empty()) {
        note("the camera names no Media service; asked at the device's own address");
        media_.push_back({MediaVersion::media1, dialled_});
    }
    return Step::interfaces;
}

Conversation::Step Conversation::next_media(std::string_view why) {
    note(std::string(why));
    if (medium_ + 1 < media_.size()) {
        ++medium_;
        return Step::profiles;
    }
    if (found_.main.reason.empty()) {
        found_.main.reason = cut("the camera tells no profiles: " + std::string(why), 300);
        found_.sub.reason = found_.main.reason;
    }
    return after(Step::snapshot_uri);
}

Conversation::Step Conversation::take_profiles(const xml::Element& answer) {
    const auto version = media_[medium_].version;
    auto profiles = read_profiles(version, answer);
    const bool has_any = profiles && std::any_of(profiles->begin(), profiles->end(), [](const Profile& each) { return each.video.has_value(); });
    if (!has_any && medium_ + 1 < media_.size()) return next_media("a Media service tells no profile with video; the next one is asked");
    if (!profiles) return next_media(profiles.error().message);
    found_.media = version;
    found_.profiles = *std::move(profiles);
    const auto choices = choose_streams(found_.profiles);
    found_.main.reason = choices.main.reason;
    found_.sub.reason = choices.sub.reason;
    if (choices.main.profile != nullptr) found_.main.profile = choices.main.profile->token;
    if (choices.sub.profile != nullptr) found_.sub.profile = choices.sub.profile->token;
    return after(Step::profiles);
}

void Conversation::take_uri(const xml::Element& answer, std::string& into, std::initializer_list<std::string_view> schemes) {
    const auto uri = read_uri(media_[medium_].version, answer);
    if (!uri) return note(uri.error().message);
    auto reached = reach_stream(*uri, dialled_, schemes);
    if (!reached) return note(reached.error().message);
    note(reached->note);
    into = std::move(reached->url);
}

}  // namespace bongsu::onvif
