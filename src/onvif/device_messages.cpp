#include "onvif/device_messages.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "onvif/names.hpp"

namespace bongsu::onvif {

namespace {

constexpr auto tt = names::schema;
constexpr auto tds = names::device;

Call plain(std::string_view operation, std::string_view qualified, bool needs_login = true) {
    return {tds, operation, soap::begin(qualified).take(), needs_login};
}

std::optional<WallTime> utc_of(const xml::Element& stamp) {
    const auto time = stamp.child(tt, "Time");
    const auto date = stamp.child(tt, "Date");
    std::array<int, 6> parts{};
    const std::array from{date.child(tt, "Year"), date.child(tt, "Month"), date.child(tt, "Day"),
                          time.child(tt, "Hour"), time.child(tt, "Minute"), time.child(tt, "Second")};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto value = number_of(from.at(i));
        if (!value) return std::nullopt;
        parts.at(i) = *value;
    }
    using namespace std::chrono;
    const year_month_day day{year{parts[0]}, month{static_cast<unsigned>(parts[1])}, std::chrono::day{static_cast<unsigned>(parts[2])}};
    const bool is_possible = parts[0] >= 1970 && parts[0] <= 9999 && day.ok() && parts[3] < 24 && parts[4] < 60 && parts[5] <= 60;
    if (!is_possible) return std::nullopt;
    return WallTime{sys_days{day}} + hours{parts[3]} + minutes{parts[4]} + seconds{parts[5]};
}

/// 12 hexadecimal digits, however they are parted.
std::string mac_of(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c == ':' || c == '-' || c == '.' || c == ' ') continue;
        const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        if (!((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f')) || digits.size() == 12) return {};
        digits += low;
    }
    if (digits.size() != 12) return {};
    std::string out;
    for (std::size_t i = 0; i < 12; i += 2) out.append(i == 0 ? "" : ":").append(digits, i, 2);
    return out;
}

std::string address_of(const xml::Element& interface) {
    const auto config = interface.child(tt, "IPv4").child(tt, "Config");
    // By hand, or what the DHCP server gave; some makers leave the wrong one filled with zeros.
    for (const auto* name : {"Manual", "FromDHCP", "LinkLocal"}) {
        const auto entry = config.child(tt, name);
        const auto address = words_of(entry.child(tt, "Address"), 64);
        if (address.empty() || address == "0.0.0.0") continue;
        const auto bits = number_of(entry.child(tt, "PrefixLength"));
        return bits && *bits <= 32 ? address + "/" + std::to_string(*bits) : address;
    }
    return {};
}

void keep(std::vector<Service>& services, std::string_view ns, const xml::Element& xaddr, std::string version = {}) {
    if (services.size() < kServicesMax && !xaddr.text().empty())
        services.push_back({cut(ns, kTokenBytesMax), words_of(xaddr, 1000), std::move(version)});
}

}  // namespace

std::optional<int> number_of(const xml::Element& element) {
    const auto text = element.text();
    const auto whole = text.substr(0, std::min(text.find('.'), text.size()));
    int value = 0;
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
    if (error != std::errc{} || end != whole.data() + whole.size() || value < 0 || value > 1'000'000'000) return std::nullopt;
    return value;
}

bool is_true(std::string_view text) { return text == "true" || text == "1" || text == "True" || text == "TRUE"; }

Call ask_time() { return plain("GetSystemDateAndTime", "tds:GetSystemDateAndTime", false); }

Result<DeviceTime> read_time(const xml::Element& answer) {
    const auto from = answer.child(tds, "SystemDateAndTime");
    if (!from) return fail(ErrorKind::corrupt, "GetSystemDateAndTime: the answer holds no time");
    DeviceTime out;
    out.is_by_ntp = from.child(tt, "DateTimeType").text() == "NTP";
    out.has_daylight_saving = is_true(from.child(tt, "DaylightSavings").text());
    out.zone = words_of(from.child(tt, "TimeZone").child(tt, "TZ"), 64);
    out.utc = utc_of(from.child(tt, "UTCDateTime"));
    return out;
}

Call ask_set_time(WallTime utc, std::string_view zone, bool has_daylight_saving) {
    using namespace std::chrono;
    const auto days = floor<std::chrono::days>(utc);
    const year_month_day date{days};
    const hh_mm_ss time{floor<seconds>(utc - days)};
    auto out = soap::begin("tds:SetSystemDateAndTime");
    out.element("tds:DateTimeType", "Manual").element("tds:DaylightSavings", has_daylight_saving ? "true" : "false");
    if (!zone.empty()) out.open("tds:TimeZone").element("tt:TZ", zone).close();
    out.open("tds:UTCDateTime").open("tt:Time");
    out.element("tt:Hour", std::to_string(time.hours().count())).element("tt:Minute", std::to_string(time.minutes().count()));
    out.element("tt:Second", std::to_string(time.seconds().count())).close().open("tt:Date");
    out.element("tt:Year", std::to_string(static_cast<int>(date.year()))).element("tt:Month", std::to_string(static_cast<unsigned>(date.month())));
    out.element("tt:Day", std::to_string(static_cast<unsigned>(date.day())));
    return {tds, "SetSystemDateAndTime", out.take()};
}

Call ask_info() { return plain("GetDeviceInformation", "tds:GetDeviceInformation"); }

Result<DeviceInfo> read_info(const xml::Element& answer) {
    return DeviceInfo{words_of(answer.child(tds, "Manufacturer")), words_of(answer.child(tds, "Model")),
                      words_of(answer.child(tds, "FirmwareVersion")), words_of(answer.child(tds, "SerialNumber")),
                      words_of(answer.child(tds, "HardwareId"))};
}

Call ask_services() {
    return {tds, "GetServices", soap::begin("tds:GetServices").element("tds:IncludeCapability", "false").take()};
}

Result<std::vector<Service>> read_services(const xml::Element& answer) {
    std::vector<Service> out;
    for (const auto& each : answer.children(tds, "Service")) {
        const auto version = each.child(tds, "Version");
        const auto major = number_of(version.child(tt, "Major")), minor = number_of(version.child(tt, "Minor"));
        std::string text;
        if (major && minor) text = std::to_string(*major) + (*minor < 10 ? ".0" : ".") + std::to_string(*minor);
        keep(out, each.child(tds, "Namespace").text(), each.child(tds, "XAddr"), std::move(text));
    }
    if (out.empty()) return fail(ErrorKind::corrupt, "GetServices: the answer names no service");
    return out;
}

Call ask_capabilities() {
    return {tds, "GetCapabilities", soap::begin("tds:GetCapabilities").element("tds:Category", "All").take()};
}

Result<std::vector<Service>> read_capabilities(const xml::Element& answer) {
    const auto from = answer.child(tds, "Capabilities");
    std::vector<Service> out;
    constexpr std::array kOfCategory{std::pair{"Device", names::device}, std::pair{"Media", names::media}, std::pair{"PTZ", names::ptz}};
    for (const auto& [category, ns] : kOfCategory) keep(out, ns, from.child(tt, category).child(tt, "XAddr"));
    if (out.empty()) return fail(ErrorKind::corrupt, "GetCapabilities: the answer names no service");
    return out;
}

Call ask_interfaces() { return plain("GetNetworkInterfaces", "tds:GetNetworkInterfaces"); }

Result<std::vector<Interface>> read_interfaces(const xml::Element& answer) {
    std::vector<Interface> out;
    for (const auto& each : answer.children(tds, "NetworkInterfaces")) {
        if (out.size() == kInterfacesMax) break;
        const auto info = each.child(tt, "Info");
        auto name = words_of(info.child(tt, "Name"), 64);
        if (name.empty()) name = cut(each.attribute("token"), 64);
        out.push_back({std::move(name), mac_of(info.child(tt, "HwAddress").text()), address_of(each), is_true(each.child(tt, "Enabled").text())});
    }
    if (out.empty()) return fail(ErrorKind::corrupt, "GetNetworkInterfaces: the answer names none");
    return out;
}

Call ask_hostname() { return plain("GetHostname", "tds:GetHostname"); }

Result<std::string> read_hostname(const xml::Element& answer) {
    const auto from = answer.child(tds, "HostnameInformation");
    if (!from) return fail(ErrorKind::corrupt, "GetHostname: the answer holds none");
    return words_of(from.child(tt, "Name"));
}

}  // namespace bongsu::onvif
