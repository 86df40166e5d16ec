#include "imports/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace bongsu::imports {

namespace {

using enum Field;

/// Bare names. The national standard's own come first in each group, then those of city portals, then English
/// ones (the open API's field names are shortened Korean in Latin letters).
constexpr std::pair<std::string_view, Field> kNames[] = {
    {"관리번호", number},
    {"cctv관리번호", number},
    {"카메라관리번호", number},
    {"시설물관리번호", number},
    {"고유번호", number},
    {"카메라id", number},
    {"cctvid", number},
    {"cameraid", number},
    {"mngno", number},
    {"managementnumber", number},
    {"관리id", number},
    {"카메라관리id", number},
    {"카메라번호", number},
    {"카메라고유번호", number},
    {"cctv번호", number},
    {"cctv고유번호", number},
    {"cctv아이디", number},
    {"시설물id", number},
    {"시설물번호", number},
    {"시설id", number},
    {"id", number},
    {"gid", number},
    {"카메라명", name},
    {"cctv명", name},
    {"카메라명칭", name},
    {"설치장소", name},
    {"설치위치", name},
    {"설치위치명", name},
    {"위치", name},
    {"장소명", name},
    {"지점명", name},
    {"설치장소명", name},
    {"설치지점", name},
    {"설치지점명", name},
    {"카메라위치", name},
    {"cctv위치", name},
    {"상세위치", name},
    {"cctvname", name},
    {"cameraname", name},
    {"안심주소", name},
    {"info", name},
    {"name", name},
    {"소재지도로명주소", road},
    {"도로명주소", road},
    {"소재지", road},
    {"주소", road},
    {"설치주소", road},
    {"위치주소", road},
    {"설치위치주소", road},
    {"설치장소주소", road},
    {"소재지주소", road},
    {"상세주소", road},
    {"도로명", road},
    {"소재지도로명", road},
    {"설치장소도로명주소", road},
    {"설치위치도로명주소", road},
    {"roadaddress", road},
    {"newaddress", road},
    {"address", road},
    {"addr", road},
    {"rdnmadr", road},
    {"lctnroadnmaddr", road},
    {"소재지지번주소", lot},
    {"지번주소", lot},
    {"지번", lot},
    {"소재지지번", lot},
    {"설치장소지번주소", lot},
    {"설치위치지번주소", lot},
    {"oldaddress", lot},
    {"lnmadr", lot},
    {"lctnlotnoaddr", lot},
    {"자치구", district},
    {"자치구명", district},
    {"구", district},
    {"구명", district},
    {"시군구", district},
    {"시군구명", district},
    {"관할구", district},
    {"svcareaid", district},
    {"district", district},
    {"gu", district},
    {"제공기관명", provider},
    {"instnm", provider},
    {"개방자치단체코드", owner},
    {"자치단체코드", owner},
    {"제공기관코드", owner},
    {"관리기관코드", owner},
    {"기관코드", owner},
    {"opnatmygrpcd", owner},
    {"insttcode", owner},
    {"관리기관명", agency},
    {"관리기관", agency},
    {"institutionnm", agency},
    {"mnginstnm", agency},
    {"설치목적구분", purpose},
    {"설치목적", purpose},
    {"설치목적구분명", purpose},
    {"용도", purpose},
    {"cctv용도", purpose},
    {"설치용도", purpose},
    {"purpose", purpose},
    {"instlprpsse", purpose},
    {"카메라대수", count},
    {"cctv대수", count},
    {"cctv수량", count},
    {"설치대수", count},
    {"카메라수", count},
    {"카메라댓수", count},
    {"카메라수량", count},
    {"cctv설치대수", count},
    {"설치수량", count},
    {"cctv수", count},
    {"대수", count},
    {"수량", count},
    {"qty", count},
    {"count", count},
    {"cmracnt", count},
    {"촬영방면정보", direction},
    {"촬영방면", direction},
    {"촬영방향", direction},
    {"방향", direction},
    {"wgs84위도", lat},
    {"위도", lat},
    {"latitude", lat},
    {"lat", lat},
    {"위도wgs84", lat},
    {"설치위도", lat},
    {"wgs84경도", lon},
    {"경도", lon},
    {"longitude", lon},
    {"lon", lon},
    {"경도wgs84", lon},
    {"lng", lon},
    {"설치경도", lon},
    {"x", x},
    {"x좌표", x},
    {"좌표x", x},
    {"좌표정보x", x},
    {"wgsxpt", x},
    {"wgsx", x},
    {"xcoord", x},
    {"xcrd", x},
    {"pointx", x},
    {"경도x", lon},
    {"x경도", lon},
    {"tmx", x},
    {"geometryx", x},
    {"y", y},
    {"y좌표", y},
    {"좌표y", y},
    {"좌표정보y", y},
    {"wgsypt", y},
    {"wgsy", y},
    {"ycoord", y},
    {"ycrd", y},
    {"pointy", y},
    {"위도y", lat},
    {"y위도", lat},
    {"tmy", y},
    {"geometryy", y},
};

constexpr std::string_view kOthers[] = {"카메라화소수",
                                        "화소수",
                                        "보관일수",
                                        "설치연월",
                                        "설치년월",
                                        "설치연도",
                                        "설치년도",
                                        "관리기관전화번호",
                                        "전화번호",
                                        "데이터기준일자",
                                        "기준일자",
                                        "데이터갱신구분",
                                        "데이터갱신시점",
                                        "최종수정시점",
                                        "번호",
                                        "연번",
                                        "순번",
                                        "no",
                                        "updtdate",
                                        "updatedate",
                                        "updateyear",
                                        "updatemonth",
                                        "행정동",
                                        "동",
                                        "비고",
                                        "수정일시"};

/// Rows with such a column are bells, school zones, lamps, stations, clinics.
constexpr std::string_view kForeign[] = {"안전비상벨", "비상벨",   "보호구역", "가로등",
                                         "정류",       "영업상태", "안심택배", "대상시설명",
                                         "보안등",     "서센터",   "경찰서명", "병상"};

bool is_letter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

std::string without_crs(std::string_view bare) {
    const auto found = bare.find("epsg");
    return std::string(bare.substr(0, std::min(found, bare.size())));
}

}  // namespace

std::string bare_name(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (is_letter(c)) out += c;
    }
    // A no-break space and a stray byte order mark are letters by their bytes.
    for (const std::string_view blank : {"\xC2\xA0", "\xEF\xBB\xBF", "\xE3\x80\x80", "\xE3\x86\x8D"}) {
        for (auto at = out.find(blank); at != std::string::npos; at = out.find(blank))
            out.erase(at, blank.size());
    }
    return out;
}

std::optional<Field> field_of(std::string_view bare) {
    const auto plain = without_crs(bare);
    for (const auto& [known, field] : kNames) {
        if (known == plain) return field;
    }
    return std::nullopt;
}

bool is_weak_number(std::string_view bare) { return bare == "id" || bare == "gid"; }

bool is_known_other(std::string_view bare) {
    return std::find(std::begin(kOthers), std::end(kOthers), bare) != std::end(kOthers);
}

std::string_view foreign_word(std::string_view bare) {
    const auto found = std::find_if(std::begin(kForeign), std::end(kForeign), [&](std::string_view word) {
        return bare.find(word) != std::string_view::npos;
    });
    return found == std::end(kForeign) ? std::string_view() : *found;
}

bool is_known_name(std::string_view bare) {
    return field_of(bare).has_value() || is_known_other(bare) || !foreign_word(bare).empty();
}

bool is_part_of_degrees(std::string_view bare) {
    for (const std::string_view half : {"위도", "경도", "lat", "lon"}) {
        if (!bare.starts_with(half)) continue;
        const auto rest = bare.substr(half.size());
        if (rest == "분" || rest == "초" || rest == "min" || rest == "sec") return true;
    }
    return false;
}

bool says_camera(std::string_view bare) {
    for (const std::string_view word : {"카메라", "cctv", "촬영", "camera", "cmra"}) {
        if (bare.find(word) != std::string_view::npos) return true;
    }
    return false;
}

int crs_in_name(std::string_view bare) {
    const auto found = bare.find("epsg");
    int code = 0;
    if (found == std::string_view::npos) {
        if (bare.find("wgs84") != std::string_view::npos) return 4326;
        return 0;
    }
    const auto digits = bare.substr(found + 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
    return std::max(code, 0);
}

}  // namespace bongsu::imports
