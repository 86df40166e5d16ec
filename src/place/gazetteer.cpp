#include "place/gazetteer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "place/districts.hpp"
#include "place/groups.hpp"

namespace bongsu::place {
namespace {

constexpr std::size_t kNameBytesMax = 100;

struct Known {
    std::string_view ko;
    std::string_view en;
    LandmarkKind kind;
    Position position;
};

constexpr auto kStation = LandmarkKind::station;
constexpr auto kLandmark = LandmarkKind::landmark;

constexpr std::array<Known, 66> kKnown{{
    {"서울숲", "Seoul Forest", kLandmark, {127.0400, 37.5446}},
    {"서울숲역", "Seoul Forest Station", kStation, {127.0424, 37.5456}},
    {"홍대입구역", "Hongik Univ. Station", kStation, {126.9236, 37.5560}},
    {"서초역", "Seocho Station", kStation, {127.0076, 37.4919}},
    {"스마트서울 CCTV안전센터", "Smart Seoul CCTV Safety Centre", kLandmark, {126.8894, 37.5790}},
    {"서울시청", "Seoul City Hall", kLandmark, {126.9780, 37.5665}},
    {"광화문", "Gwanghwamun", kLandmark, {126.9769, 37.5759}},
    {"서울역", "Seoul Station", kStation, {126.9707, 37.5560}},
    {"종로3가역", "Jongno 3-ga Station", kStation, {126.9920, 37.5718}},
    {"명동역", "Myeong-dong Station", kStation, {126.9860, 37.5609}},
    {"동대문역", "Dongdaemun Station", kStation, {127.0095, 37.5713}},
    {"남산서울타워", "Namsan Seoul Tower", kLandmark, {126.9883, 37.5512}},
    {"이태원역", "Itaewon Station", kStation, {126.9946, 37.5345}},
    {"용산역", "Yongsan Station", kStation, {126.9648, 37.5299}},
    {"왕십리역", "Wangsimni Station", kStation, {127.0374, 37.5613}},
    {"뚝섬역", "Ttukseom Station", kStation, {127.0474, 37.5472}},
    {"성수역", "Seongsu Station", kStation, {127.0560, 37.5446}},
    {"건대입구역", "Konkuk Univ. Station", kStation, {127.0700, 37.5404}},
    {"어린이대공원", "Children's Grand Park", kLandmark, {127.0818, 37.5489}},
    {"군자역", "Gunja Station", kStation, {127.0794, 37.5571}},
    {"청량리역", "Cheongnyangni Station", kStation, {127.0470, 37.5804}},
    {"회기역", "Hoegi Station", kStation, {127.0580, 37.5897}},
    {"상봉역", "Sangbong Station", kStation, {127.0857, 37.5965}},
    {"성신여대입구역", "Sungshin Women's Univ. Station", kStation, {127.0165, 37.5927}},
    {"안암역", "Anam Station", kStation, {127.0290, 37.5863}},
    {"미아사거리역", "Miasageori Station", kStation, {127.0301, 37.6133}},
    {"수유역", "Suyu Station", kStation, {127.0258, 37.6380}},
    {"창동역", "Chang-dong Station", kStation, {127.0475, 37.6532}},
    {"도봉산역", "Dobongsan Station", kStation, {127.0463, 37.6880}},
    {"노원역", "Nowon Station", kStation, {127.0613, 37.6551}},
    {"태릉입구역", "Taereung Station", kStation, {127.0750, 37.6173}},
    {"연신내역", "Yeonsinnae Station", kStation, {126.9210, 37.6190}},
    {"불광역", "Bulgwang Station", kStation, {126.9298, 37.6104}},
    {"신촌역", "Sinchon Station", kStation, {126.9368, 37.5552}},
    {"홍제역", "Hongje Station", kStation, {126.9440, 37.5890}},
    {"합정역", "Hapjeong Station", kStation, {126.9143, 37.5510}},
    {"공덕역", "Gongdeok Station", kStation, {126.9515, 37.5443}},
    {"월드컵경기장", "World Cup Stadium", kLandmark, {126.8972, 37.5683}},
    {"목동역", "Mok-dong Station", kStation, {126.8650, 37.5260}},
    {"김포공항역", "Gimpo Airport Station", kStation, {126.8013, 37.5624}},
    {"발산역", "Balsan Station", kStation, {126.8376, 37.5586}},
    {"화곡역", "Hwagok Station", kStation, {126.8403, 37.5415}},
    {"신도림역", "Sindorim Station", kStation, {126.8913, 37.5088}},
    {"구로디지털단지역", "Guro Digital Complex Station", kStation, {126.9015, 37.4853}},
    {"가산디지털단지역", "Gasan Digital Complex Station", kStation, {126.8826, 37.4816}},
    {"여의도역", "Yeouido Station", kStation, {126.9242, 37.5216}},
    {"영등포역", "Yeongdeungpo Station", kStation, {126.9076, 37.5156}},
    {"당산역", "Dangsan Station", kStation, {126.9026, 37.5345}},
    {"노량진역", "Noryangjin Station", kStation, {126.9424, 37.5142}},
    {"사당역", "Sadang Station", kStation, {126.9816, 37.4766}},
    {"서울대입구역", "Seoul Nat'l Univ. Station", kStation, {126.9527, 37.4812}},
    {"신림역", "Sillim Station", kStation, {126.9297, 37.4842}},
    {"교대역", "Seoul Nat'l Univ. of Education Station", kStation, {127.0146, 37.4934}},
    {"강남역", "Gangnam Station", kStation, {127.0276, 37.4979}},
    {"고속터미널역", "Express Bus Terminal Station", kStation, {127.0047, 37.5049}},
    {"양재역", "Yangjae Station", kStation, {127.0344, 37.4846}},
    {"양재시민의숲", "Yangjae Citizens' Forest", kLandmark, {127.0375, 37.4702}},
    {"압구정역", "Apgujeong Station", kStation, {127.0286, 37.5263}},
    {"선릉역", "Seolleung Station", kStation, {127.0489, 37.5045}},
    {"삼성역", "Samseong Station", kStation, {127.0632, 37.5088}},
    {"수서역", "Suseo Station", kStation, {127.1015, 37.4874}},
    {"잠실역", "Jamsil Station", kStation, {127.1001, 37.5133}},
    {"올림픽공원역", "Olympic Park Station", kStation, {127.1306, 37.5160}},
    {"천호역", "Cheonho Station", kStation, {127.1237, 37.5386}},
    {"강동역", "Gangdong Station", kStation, {127.1323, 37.5358}},
    {"고덕역", "Godeok Station", kStation, {127.1541, 37.5550}},
}};

/// By district in the order of districts(): "한글동 English|..."; the map places them round the centre.
constexpr std::array<std::string_view, kDistricts> kDong{{
    "청운동 Cheongun|사직동 Sajik|혜화동 Hyehwa|창신동 Changsin|평창동 Pyeongchang|부암동 Buam",
    "소공동 Sogong|을지로동 Euljiro|신당동 Sindang|황학동 Hwanghak|필동 Pil",
    "후암동 Huam|한남동 Hannam|이촌동 Ichon|효창동 Hyochang|서빙고동 Seobinggo",
    "행당동 Haengdang|마장동 Majang|송정동 Songjeong|성수동 Seongsu|옥수동 Oksu|금호동 Geumho",
    "중곡동 Junggok|광장동 Gwangjang|구의동 Guui|자양동 Jayang|화양동 Hwayang",
    "이문동 Imun|장안동 Jangan|답십리동 Dapsimni|전농동 Jeonnong|제기동 Jegi",
    "신내동 Sinnae|망우동 Mangu|면목동 Myeonmok|중화동 Junghwa|묵동 Muk",
    "길음동 Gireum|장위동 Jangwi|종암동 Jongam|돈암동 Donam|정릉동 Jeongneung",
    "우이동 Ui|번동 Beon|미아동 Mia|삼양동 Samyang|인수동 Insu",
    "도봉동 Dobong|창동 Chang|쌍문동 Ssangmun|방학동 Banghak",
    "상계동 Sanggye|중계동 Junggye|하계동 Hagye|공릉동 Gongneung|월계동 Wolgye",
    "진관동 Jingwan|불광동 Bulgwang|녹번동 Nokbeon|응암동 Eungam|갈현동 Galhyeon",
    "홍은동 Hongeun|홍제동 Hongje|충현동 Chunghyeon|연희동 Yeonhui|북가좌동 Bukgajwa",
    "성산동 Seongsan|연남동 Yeonnam|서교동 Seogyo|합정동 Hapjeong|망원동 Mangwon|상암동 Sangam",
    "목동 Mok|신정동 Sinjeong|신월동 Sinwol|신트리 Sinteuri",
    "가양동 Gayang|등촌동 Deungchon|화곡동 Hwagok|공항동 Gonghang|방화동 Banghwa",
    "고척동 Gocheok|구로동 Guro|개봉동 Gaebong|오류동 Oryu|수궁동 Sugung",
    "가산동 Gasan|독산동 Doksan|시흥동 Siheung|금하골 Geumha",
    "양평동 Yangpyeong|여의동 Yeoui|신길동 Singil|대림동 Daerim|문래동 Mullae",
    "상도동 Sangdo|흑석동 Heukseok|사당동 Sadang|신대방동 Sindaebang|대방동 Daebang",
    "보라매동 Boramae|낙성대동 Nakseongdae|남현동 Namhyeon|대학동 Daehak|신사동 Sinsa",
    "반포동 Banpo|양재동 Yangjae|내곡동 Naegok|방배동 Bangbae|잠원동 Jamwon",
    "삼성동 Samseong|대치동 Daechi|개포동 Gaepo|도곡동 Dogok|역삼동 Yeoksam|논현동 Nonhyeon",
    "방이동 Bangi|오금동 Ogeum|문정동 Munjeong|가락동 Garak|석촌동 Seokchon|풍납동 Pungnap",
    "고덕동 Godeok|상일동 Sangil|둔촌동 Dunchon|성내동 Seongnae|암사동 Amsa",
}};

/// Half the way from the centre to the border, in a direction of its own.
Position round_centre(std::size_t district, std::size_t turn, std::size_t turns) {
    const Metres centre = to_plane(districts()[district].centre);
    const double angle = 1.2 - 2 * std::numbers::pi * static_cast<double>(turn) / static_cast<double>(turns);
    const Metres step{std::cos(angle) * 25.0, std::sin(angle) * 25.0};
    int steps = 0;
    for (Metres at = centre; contains(outline_of(district), at) && !in_river(at); ++steps) {
        at = {at.x + step.x, at.y + step.y};
    }
    return from_plane({centre.x + step.x * steps * 0.55, centre.y + step.y * steps * 0.55});
}

void add_neighbourhoods(std::vector<Landmark>& made, std::size_t district) {
    const std::string_view list = kDong[district];
    const auto turns = static_cast<std::size_t>(std::count(list.begin(), list.end(), '|')) + 1;
    std::size_t begin = 0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t end = std::min(list.find('|', begin), list.size());
        const std::string_view item = list.substr(begin, end - begin);
        const std::size_t gap = item.find(' ');
        made.push_back({std::string(item.substr(0, gap)), std::string(item.substr(gap + 1)) + "-dong",
                        LandmarkKind::neighbourhood, district, round_centre(district, turn, turns)});
        begin = end + 1;
    }
}

std::vector<Landmark> make_landmarks() {
    std::vector<Landmark> made;
    for (const Known& known : kKnown) {
        const auto district = district_at(to_plane(known.position));
        BONGSU_CHECK(district.has_value());
        made.push_back({std::string(known.ko), std::string(known.en), known.kind, *district, known.position});
    }
    for (std::size_t i = 0; i < kDistricts; ++i) add_neighbourhoods(made, i);
    return made;
}

bool drop_ending(std::string& text, std::string_view ending) {
    if (text.size() <= ending.size() || !text.ends_with(ending)) return false;
    text.resize(text.size() - ending.size());
    return true;
}

/// Small letters without spaces, dots and dashes, and without what people leave out.
std::string plain(std::string_view name) {
    std::string text;
    for (const char letter : name) {
        if (letter == ' ' || letter == '.' || letter == '-' || letter == '\'') continue;
        text += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    if (!drop_ending(text, "station")) drop_ending(text, "역");
    return text;
}

Position meant_by(const District& district) {
    for (const StreamGroup& group : groups()) {
        if (group.site == district.code) return group.middle;
    }
    return district.centre;
}

std::optional<Found> find_district(std::string_view name, const std::string& wanted) {
    for (const District& district : districts()) {
        if (district.code == name || plain(district.name_ko) == wanted || plain(district.name_en) == wanted ||
            plain(std::string(district.name_en) + "-gu") == wanted || plain(district.short_ko) == wanted) {
            return Found{std::string(district.name_ko), meant_by(district)};
        }
    }
    return std::nullopt;
}

/// Two plain decimals with a comma between; nullopt for anything else, which then is a name.
std::optional<Position> read_numbers(std::string_view text) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    std::array<double, 2> values{};
    const std::array<std::string_view, 2> parts{text.substr(0, comma), text.substr(comma + 1)};
    for (std::size_t i = 0; i < 2; ++i) {
        std::string_view part = parts[i];
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        const auto read =
            std::from_chars(part.data(), part.data() + part.size(), values[i], std::chars_format::fixed);
        if (read.ec != std::errc{} || read.ptr != part.data() + part.size()) return std::nullopt;
        if (!std::isfinite(values[i])) return std::nullopt;
    }
    return Position{values[0], values[1]};
}

bool in_seoul(Position position) {  // The city's box with a margin.
    return position.lon >= 126.65 && position.lon <= 127.25 && position.lat >= 37.3 && position.lat <= 37.75;
}

}  // namespace

std::span<const Landmark> landmarks() {
    static const std::vector<Landmark> made = make_landmarks();
    return made;
}

Result<Found> find(std::string_view name) {
    if (name.empty()) return fail(ErrorKind::invalid, "place is empty");
    if (name.size() > kNameBytesMax) return fail(ErrorKind::invalid, "place is longer than 100 bytes");
    if (const auto numbers = read_numbers(name)) {
        if (in_seoul(*numbers)) return Found{std::string(name), *numbers};
        if (in_seoul({numbers->lat, numbers->lon})) {
            return fail(ErrorKind::invalid,
                        "place " + std::string(name) + ": longitude comes first (lon,lat)");
        }
        return fail(ErrorKind::invalid, "place " + std::string(name) + " lies outside Seoul");
    }
    const std::string wanted = plain(name);
    if (wanted.empty()) return fail(ErrorKind::invalid, "place has no letters");
    // A full name wins over a short one: "서울숲" is the park, "서울숲역" the station.
    for (const Landmark& landmark : landmarks()) {
        if (landmark.name_ko == name || landmark.name_en == name)
            return Found{landmark.name_ko, landmark.position};
    }
    if (auto district = find_district(name, wanted)) return *std::move(district);
    for (const Landmark& landmark : landmarks()) {
        if (plain(landmark.name_ko) == wanted || plain(landmark.name_en) == wanted) {
            return Found{landmark.name_ko, landmark.position};
        }
    }
    return fail(ErrorKind::not_found, "no place is called " + std::string(name) +
                                          " (a district, a station, a neighbourhood or lon,lat)");
}

}  // namespace bongsu::place
