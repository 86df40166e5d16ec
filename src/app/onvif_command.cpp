#include "app/onvif_command.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cstdio>

#include "crypto/crypto.hpp"
#include "env/posix.hpp"
#include "onvif/client.hpp"
#include "onvif/prober.hpp"

namespace bongsu::app {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using onvif::Client;
using onvif::Description;
using onvif::Gathering;
using onvif::MediaVersion;
using onvif::Prober;
using onvif::Profile;
using onvif::Range;
using onvif::Stream;
using onvif::parse_place;
using onvif::without_secrets;
using onvif::kDiscoveryGroup;
using onvif::kDiscoveryPort;

/// Two spaces a level: for eyes first.
void print(const json::value& value, int level, std::string& out) {
    const std::string pad(static_cast<std::size_t>(level) * 2 + 2, ' ');
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        out += "{\n";
        bool is_first = true;
        for (const auto& [key, each] : *object) {
            out.append(is_first ? "" : ",\n").append(pad).append(json::serialize(json::value(key))).append(": ");
            print(each, level + 1, out);
            is_first = false;
        }
        out.append("\n").append(pad, 0, pad.size() - 2).append("}");
    } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
        out += "[\n";
        for (std::size_t i = 0; i < list->size(); ++i) {
            out.append(i == 0 ? "" : ",\n").append(pad);
            print((*list)[i], level + 1, out);
        }
        out.append("\n").append(pad, 0, pad.size() - 2).append("]");
    } else {
        out += json::serialize(value);
    }
}

void print(const json::object& object) {
    std::string out;
    print(json::value(object), 0, out);
    std::printf("%s\n", out.c_str());
}

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const auto& each : list) out.push_back(json::value(each));
    return out;
}

json::value range(const std::optional<Range>& of) {
    // As text: Boost.JSON writes doubles as 5E-1.
    if (!of) return nullptr;
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%g to %g", of->min, of->max);
    return json::value(text.data());
}

json::object of_stream(const Stream& stream) {
    json::object out{{"profile", stream.profile}, {"reason", stream.reason}};
    if (!stream.url.empty()) out["url"] = without_secrets(stream.url);
    return out;
}

json::object of_profile(const Profile& profile) {
    json::object out{{"token", profile.token}, {"name", profile.name}, {"source", profile.source}};
    if (profile.video) {
        const auto& video = *profile.video;
        out["encoding"] = to_string(video.encoding);
        out["width"] = video.width;
        out["height"] = video.height;
        if (video.frames_per_second > 0) out["framesPerSecond"] = video.frames_per_second;
        if (video.kbits_per_second > 0) out["kbitsPerSecond"] = video.kbits_per_second;
        if (video.pictures_per_group > 0) out["picturesPerGroup"] = video.pictures_per_group;
    }
    out["ptz"] = !profile.ptz_configuration.empty();
    return out;
}

json::object of_ptz(const Description& from) {
    json::array nodes, configurations, presets;
    for (const auto& each : from.ptz_nodes) {
        const auto& r = each.ranges;
        nodes.push_back(json::object{{"token", each.token}, {"name", each.name}, {"home", each.has_home}, {"presetsMax", each.presets_max},
                                     {"absolute", json::object{{"pan", range(r.pan)}, {"tilt", range(r.tilt)}, {"zoom", range(r.zoom)}}},
                                     {"continuous", json::object{{"pan", range(r.pan_speed)}, {"tilt", range(r.tilt_speed)}, {"zoom", range(r.zoom_speed)}}},
                                     {"relative", json::object{{"pan", range(r.pan_by)}, {"tilt", range(r.tilt_by)}, {"zoom", range(r.zoom_by)}}}});
    }
    for (const auto& each : from.ptz_configurations) {
        json::object one{{"token", each.token}, {"node", each.node}, {"pan", range(each.pan_limits)}, {"tilt", range(each.tilt_limits)}, {"zoom", range(each.zoom_limits)}};
        if (each.timeout) one["timeoutMs"] = each.timeout->count();
        configurations.push_back(std::move(one));
    }
    for (const auto& each : from.presets) presets.push_back(json::object{{"token", each.token}, {"name", each.name}});
    return {{"nodes", std::move(nodes)}, {"configurations", std::move(configurations)}, {"presets", std::move(presets)}};
}

json::object of_description(const Description& from) {
    json::object out{{"reached", from.reached.text()}};
    if (from.info) {
        out["maker"] = from.info->maker;
        out["model"] = from.info->model;
        out["firmware"] = from.info->firmware;
        out["serial"] = from.info->serial;
        out["hardware"] = from.info->hardware;
    }
    out["hostname"] = from.hostname;
    json::object time{{"zone", from.time.zone}, {"byNtp", from.time.is_by_ntp}, {"daylightSaving", from.time.has_daylight_saving}};
    if (from.time.utc) time["utc"] = to_rfc3339(*from.time.utc);
    if (from.clock_offset) time["offsetMs"] = from.clock_offset->count();
    out["time"] = std::move(time);
    json::array interfaces, services, profiles;
    for (const auto& each : from.interfaces)
        interfaces.push_back(json::object{{"name", each.name}, {"mac", each.mac}, {"ipv4", each.ipv4}, {"enabled", each.is_enabled}});
    for (const auto& each : from.services) services.push_back(json::object{{"namespace", each.ns}, {"xaddr", without_secrets(each.xaddr)}, {"version", each.version}});
    for (const auto& each : from.profiles) profiles.push_back(of_profile(each));
    out["interfaces"] = std::move(interfaces);
    out["services"] = std::move(services);
    if (from.media) out["media"] = *from.media == MediaVersion::media2 ? "Media2" : "Media";
    out["profiles"] = std::move(profiles);
    out["main"] = of_stream(from.main);
    out["sub"] = of_stream(from.sub);
    if (!from.snapshot.empty()) out["snapshot"] = without_secrets(from.snapshot);
    if (!from.ptz_nodes.empty()) out["ptz"] = of_ptz(from);
    out["notes"] = texts(from.notes);
    if (from.failed) out["failed"] = json::object{{"kind", to_string(from.failed->kind)}, {"message", from.failed->message}};
    return out;
}

Result<int> show(const OnvifCommand& command, env::Env& env) {
    Client::Options options;
    TRY(options.camera, parse_place(command.host));
    TRY(options.networks, address::Networks::parse(command.networks));
    TRY(options.tls_sha256, crypto::from_hex(command.tls_sha256, "--tls-sha256"));
    if (!options.tls_sha256.empty() && options.tls_sha256.size() != 32) return fail(ErrorKind::invalid, "--tls-sha256 must be 64 hexadecimal digits");
    if (command.user.empty() != command.password_file.empty()) return fail(ErrorKind::invalid, "--user and --password-file go together");
    if (!command.user.empty()) {
        TRY(auto password, env.disk.read_secret(command.password_file));
        password.erase(std::min(password.find_first_of("\r\n"), password.size()));
        options.credentials = {command.user, std::move(password)};
    }
    asio::io_context loop(1);
    const auto client = std::make_shared<Client>(loop, env.clock, env.random, std::move(options));
    Result<Description> got = fail(ErrorKind::cancelled, "the camera was not asked");
    client->describe([&got](Result<Description> result) { got = std::move(result); });
    loop.run();
    if (!got) return tl::unexpected(std::move(got).error());
    print(of_description(*got));
    return got->failed || got->main.url.empty() ? 1 : 0;
}

Result<asio::ip::udp::endpoint> goal_of(const std::string& to) {
    if (to.empty()) return asio::ip::udp::endpoint(asio::ip::make_address_v4(std::string(kDiscoveryGroup)), kDiscoveryPort);
    const auto colon = to.find(':');
    boost::system::error_code code;
    const auto address = asio::ip::make_address_v4(to.substr(0, colon), code);
    std::uint16_t port = kDiscoveryPort;
    bool is_right = !code;
    if (is_right && colon != std::string::npos) {
        const auto* end = to.data() + to.size();
        const auto [at, error] = std::from_chars(to.data() + colon + 1, end, port);
        is_right = error == std::errc{} && at == end && port != 0;
    }
    if (!is_right) return fail(ErrorKind::invalid, "--to must be an IPv4 address, with a port where it is not 3702");
    return asio::ip::udp::endpoint(address, port);
}

Result<int> probe(const OnvifCommand& command, env::Env& env) {
    Prober::Options options;
    TRY(options.to, goal_of(command.to));
    if (!command.interface.empty()) {
        boost::system::error_code code;
        options.interface = asio::ip::make_address_v4(command.interface, code);
        if (code) return fail(ErrorKind::invalid, "--interface must be an IPv4 address of this machine");
    }
    options.time_max = std::chrono::seconds(command.seconds);
    asio::io_context loop(1);
    const auto prober = std::make_shared<Prober>(loop, env, std::move(options));
    Result<Gathering> got = fail(ErrorKind::cancelled, "nobody was asked");
    prober->start([&got](Result<Gathering> result) { got = std::move(result); });
    loop.run();
    if (!got) return tl::unexpected(std::move(got).error());
    json::array devices;
    for (const auto& [key, each] : got->found()) {
        json::array xaddrs;
        for (const auto& xaddr : each.xaddrs) xaddrs.push_back(json::value(without_secrets(xaddr)));
        devices.push_back(json::object{{"from", each.from}, {"name", each.name}, {"hardware", each.hardware}, {"location", each.location},
                                       {"endpoint", each.endpoint}, {"xaddrs", std::move(xaddrs)}, {"scopes", texts(each.scopes)}});
    }
    const auto& counters = got->counters();
    const bool has_any = !devices.empty();
    print({{"devices", std::move(devices)}, {"datagrams", counters.datagrams}, {"repeats", counters.repeats}, {"unread", counters.unread},
           {"foreign", counters.foreign}, {"dropped", counters.dropped}});
    return has_any ? 0 : 1;
}

}  // namespace

Result<int> run_onvif_command(const OnvifCommand& command) {
    auto& env = env::process_env();
    return command.is_probe ? probe(command, env) : show(command, env);
}

}  // namespace bongsu::app
