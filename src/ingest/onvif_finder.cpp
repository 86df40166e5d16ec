#include "ingest/onvif_finder.hpp"

#include <utility>

#include "base/log.hpp"

namespace bongsu::ingest {
namespace {

using namespace std::chrono_literals;

constexpr auto kRequestMost = 2500ms;
constexpr auto kAllMost = 6s;
constexpr auto kLockedOut = 25s;

Cause cause_of_onvif(const Error& error) {
    if (error.code == "refused") return Cause::refused;
    if (error.code == "timed_out") return Cause::timed_out;
    if (error.code == "no_route") return Cause::no_route;
    if (error.code == "tls") return Cause::tls;
    if (error.code == "address") return Cause::address;
    if (error.code == "unknown_name") return Cause::unknown_name;
    if (error.kind == ErrorKind::unauthenticated) return Cause::credentials;
    return Cause::onvif;
}

}  // namespace

onvif::Client::Options client_options(const OnvifSource& source, const Reach& reach, onvif::Scope scope) {
    onvif::Client::Options options;
    options.camera = source.device;
    options.credentials = source.credentials;
    options.tls_sha256 = source.tls_sha256;
    options.scope = scope;
    options.request_time_max = kRequestMost;
    options.time_max = kAllMost;
    options.choose = [&reach](const std::vector<boost::asio::ip::address>& addresses) {
        auto chosen = choose_address(addresses, reach, {});
        if (!chosen) chosen.error().code = chosen.error().kind == ErrorKind::forbidden ? "address" : "unknown_name";
        return chosen;
    };
    options.check_port = [&reach](const boost::asio::ip::address& address, std::uint16_t port) {
        auto open = check_port(address, port, reach);
        if (!open) open.error().code = "address";
        return open;
    };
    return options;
}

OnvifFinder::OnvifFinder(boost::asio::io_context& loop, env::Clock& clock, env::Random& random, const Reach& reach, OnvifSource source)
    : loop_(loop), clock_(clock), random_(random), reach_(reach), source_(std::move(source)) {}

void OnvifFinder::close() {
    waiting_.clear();
    if (const auto client = std::exchange(client_, nullptr)) client->close();
}

void OnvifFinder::locate(bool small, CameraPuller::Found found) {
    if (!main_url_.empty() && !is_stale_) return answer({small, std::move(found)});
    if (locked_out_ && clock_.mono() < locked_until_) return found(tl::unexpected(*locked_out_), Cause::credentials);
    waiting_.push_back({small, std::move(found)});
    if (client_) return;
    ++asked_;
    client_ = std::make_shared<onvif::Client>(loop_, clock_, random_, client_options(source_, reach_, onvif::Scope::streams));
    client_->describe([weak = weak_from_this()](Result<onvif::Description> got) {
        if (const auto self = weak.lock()) self->take(std::move(got));
    });
}

void OnvifFinder::take(Result<onvif::Description> got) {
    client_ = nullptr;
    auto waiting = std::exchange(waiting_, {});
    std::optional<Error> failed;
    if (!got) failed = got.error();
    else if (got->failed) failed = got->failed;
    else if (got->main.url.empty()) failed = Error{ErrorKind::invalid, got->main.reason, Where::here()};
    if (!failed) {
        for (const auto& note : got->notes) LOG_INFO("camera.onvif", {{"device", source_.device.authority()}, {"note", note}});
        main_url_ = got->main.url;
        // A small stream that the camera has and does not name just now is no reason to do without it.
        const bool is_missed = !got->sub.profile.empty() && got->sub.url.empty();
        if (!is_missed) sub_url_ = got->sub.url;
        clock_offset_ = got->clock_offset;
        is_stale_ = is_missed;
    } else if (main_url_.empty() || failed->kind == ErrorKind::unauthenticated) {
        failed->message = "ONVIF: " + failed->message;
        if (failed->kind == ErrorKind::unauthenticated) {
            locked_out_ = failed;
            locked_until_ = clock_.mono() + kLockedOut;
        }
        for (const auto& one : waiting) one.found(tl::unexpected(*failed), cause_of_onvif(*failed));
        return;
    }
    for (const auto& one : waiting) answer(one);
}

void OnvifFinder::answer(const Waiting& waiting) const {
    const bool has_own = !waiting.small || !sub_url_.empty();
    waiting.found(Located{.url = waiting.small && has_own ? sub_url_ : main_url_, .credentials = source_.credentials, .is_shared = !has_own}, Cause::none);
}

}  // namespace bongsu::ingest
