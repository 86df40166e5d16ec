#include "event/codec/telegram_fields.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace bongsu::event::telegram {

namespace {

struct Known {
    std::string_view name;
    Role role;
};

constexpr std::array kRoles{
    Known{"item", Role::item},     Known{"skip", Role::skip},         Known{"number", Role::number},
    Known{"type", Role::type},     Known{"class", Role::kind},        Known{"subClass", Role::sub_kind},
    Known{"name", Role::name},     Known{"code", Role::code},         Known{"lon", Role::lon},
    Known{"lat", Role::lat},       Known{"position", Role::position}, Known{"address", Role::address},
    Known{"bjd", Role::bjd},       Known{"occurred", Role::occurred}, Known{"time", Role::time},
    Known{"user", Role::user},     Known{"text", Role::text},         Known{"detail", Role::detail},
    Known{"test", Role::test},     Known{"state", Role::state},       Known{"vehicle", Role::vehicle},
    Known{"secret", Role::secret},
};

/// Names that mean something by themselves; a role's own name means that role too.
constexpr std::array kNames{
    Known{"reportId", Role::number},
    Known{"caseNo", Role::number},
    // The 19 fields of WP1.
    Known{"SEND_NUM", Role::number},
    Known{"SVC_TYP", Role::kind},
    Known{"EVT_LON", Role::lon},
    Known{"EVT_LAT", Role::lat},
    Known{"EVT_ADDR", Role::address},
    Known{"EVT_BJD", Role::bjd},
    Known{"EVT_DTM", Role::occurred},
    Known{"NOTE", Role::text},
    Known{"SENDER_ID", Role::user},
    // The internal JSON.
    Known{"uSvcOutbId", Role::number},
    Known{"statEvetTypCd", Role::type},
    Known{"outbPosNm", Role::address},
    Known{"statEvetNm", Role::name},
    Known{"statEvetCntn", Role::text},
    Known{"statEvetType", Role::detail},
    Known{"outbPos", Role::position},
    Known{"statEvetOutbDtm", Role::occurred},
    Known{"statEvetClrDtm", Role::time},
    Known{"statEvetActnDtm", Role::time},
    Known{"procSt", Role::state},
    Known{"isTest", Role::test},
    // The vehicle position table.
    Known{"EVT_OCR_NO", Role::number},
    Known{"CAR_NUM", Role::vehicle},
    Known{"POINT_YMD_HMS", Role::occurred},
    Known{"POINT_X", Role::lon},
    Known{"POINT_Y", Role::lat},
};

constexpr std::array<std::string_view, 9> kDispatch119{"reportId", "class", "subClass", "lon", "lat",
                                                       "address",  "bjd",   "occurred", "user"};
constexpr std::array<std::string_view, 9> kVideo112{"caseNo",  "code", "class",    "lon", "lat",
                                                    "address", "bjd",  "occurred", "user"};
constexpr std::array<std::string_view, 19> kVulnerable{
    "SEND_NUM", "SVC_TYP",   "EVT_LON",   "EVT_LAT", "EVT_ADDR", "EVT_BJD",  "REF_ID",
    "DSC_NM",   "DSC_PHONE", "DSC_BIRTH", "DSC_SEX", "DSC_ADDR", "GUARD_NM", "GUARD_PHONE",
    "EVT_DTM",  "IMAGE",     "INFO",      "NOTE",    "SENDER_ID"};
constexpr std::array<std::string_view, 20> kInternal{"uSvcOutbId",
                                                     "statEvetTypCd",
                                                     "statMsgTypCd",
                                                     "outbPosNm",
                                                     "statEvetNm",
                                                     "statEvetCntn",
                                                     "statEvetType",
                                                     "outbPos",
                                                     "statEvetOutbDtm",
                                                     "statEvetClrDtm",
                                                     "statEvetActnCntn",
                                                     "statEvetActnMn",
                                                     "statEvetActnDtm",
                                                     "procSt",
                                                     "isTest",
                                                     "tmx",
                                                     "tmy",
                                                     "targetGrp",
                                                     "targetId",
                                                     "etcCntn"};
constexpr std::array<std::string_view, 7> kVehicle{"EVT_OCR_NO", "CAR_NUM", "POINT_YMD_HMS", "TRACE_ID",
                                                   "POINT_X",    "POINT_Y", "ROUTE_ID"};
constexpr std::array<std::string_view, 2> kLogin{"user", "secret"};

template <std::size_t N>
Role role_of(const std::array<Known, N>& known, std::string_view name, Role otherwise) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.name == name; });
    return found == known.end() ? otherwise : found->role;
}

bool is_role(std::string_view name) {
    return std::any_of(kRoles.begin(), kRoles.end(), [&](const Known& k) { return k.name == name; });
}

std::span<const std::string_view> names_of(Service service, std::string_view kind) {
    if (kind == "99") return kLogin;
    if (kind == "30") return kVehicle;
    switch (service) {
        case Service::dispatch_119:
            return kDispatch119;
        case Service::video_112:
            return kVideo112;
        case Service::vulnerable:
            return kVulnerable;
        case Service::dispatch_112:
        case Service::disaster:
        case Service::none:
            return kInternal;
    }
    return kInternal;
}

}  // namespace

Result<Field> parse_field(std::string_view text) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (!is_word(name)) return fail(ErrorKind::invalid, "must hold words of letters, digits, _ - or .");
    if (equals == std::string_view::npos) {
        return Field{std::string(name), role_of(kNames, name, role_of(kRoles, name, Role::item))};
    }
    const auto role = text.substr(equals + 1);
    if (!is_role(role))
        return fail(ErrorKind::invalid, "gives " + std::string(name) + " a role that is none");
    return Field{std::string(name), role_of(kRoles, role, Role::item)};
}

std::vector<Field> fields_of(const Profile& profile, std::string_view kind) {
    std::vector<Field> out;
    const auto add = [&](std::string_view text) {
        if (auto field = parse_field(text)) out.push_back(*std::move(field));
    };
    if (const auto own = profile.fields.find(std::string(kind)); own != profile.fields.end()) {
        for (const auto& text : own->second) add(text);
    } else {
        for (const auto text : names_of(profile.service, kind)) add(text);
    }
    return out;
}

Result<void> check_fields(std::string_view kind, const std::vector<std::string>& list) {
    const auto wanted = kind == "30" ? Role::vehicle : kind == "99" ? Role::user : Role::number;
    bool has_wanted = false;
    for (const auto& text : list) {
        TRY(const auto field, parse_field(text));
        has_wanted = has_wanted || field.role == wanted;
    }
    if (has_wanted) return {};
    return fail(ErrorKind::invalid, wanted == Role::vehicle
                                        ? "names no field for the vehicle (CAR_NUM=vehicle)"
                                    : wanted == Role::user ? "names no field for the user (ID=user)"
                                                           : "names no field for the number (ID=number)");
}

}  // namespace bongsu::event::telegram
