#include "place/people.hpp"

#include <array>

namespace bongsu::place {
namespace {

constexpr std::string_view kCentreKo = "스마트서울 CCTV안전센터";
constexpr std::string_view kCentreEn = "Smart Seoul CCTV Safety Centre";

constexpr std::array<Person, 25> kPeople{{
    {"operator", "operator1", "한가람", "Han Garam", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 1},
    {"operator", "operator2", "윤슬기", "Yun Seulgi", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 1},
    {"police", "police1", "강도현", "Kang Dohyeon", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 1},
    {"supervisor", "supervisor1", "서문영", "Seo Munyeong", "11000", kCentreAgency, kCentreKo, kCentreEn, "",
     "", 1},
    {"official", "official1", "조은별", "Jo Eunbyeol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"admin", "admin", "남궁솔", "Namgung Sol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"agency", "112", "서울경찰청 112종합상황실", "Seoul Police 112 Room", "11000", kPoliceAgency,
     "서울경찰청 112종합상황실", "Seoul Police 112 Room", kPoliceAgency, kCentreAgency},
    {"agency", "119", "서울소방재난본부 119종합상황실", "Seoul Fire 119 Room", "11000", kFireAgency,
     "서울소방재난본부 119종합상황실", "Seoul Fire 119 Room", kFireAgency, kCentreAgency},
    {"agency", "moj", "법무부 위치추적중앙관제센터", "MOJ Tracking Centre", "11000", kJusticeAgency,
     "법무부 위치추적중앙관제센터", "MOJ Tracking Centre", kJusticeAgency, kCentreAgency},
    {"agency", "ansimi", "안심이 앱 서버", "Ansimi App Server", "11000", kAnsimiAgency, "안심이 앱 서버", "Ansimi App Server",
     kAnsimiAgency, kCentreAgency},
    {"official", "mapo1", "문하늘", "Mun Haneul", "11440", "B1144000000", "마포구 CCTV통합관제센터",
     "Mapo CCTV Centre", "", ""},
    {"official", "seongdong1", "표다온", "Pyo Daon", "11200", "B1120000000", "성동구 CCTV통합관제센터",
     "Seongdong CCTV Centre", "", ""},
    {"official", "seocho1", "유새벽", "Yu Saebyeok", "11650", "B1165000000", "서초구 CCTV통합관제센터",
     "Seocho CCTV Centre", "", ""},
    {"operator", "operator3", "임나래", "Im Narae", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 2},
    {"operator", "operator4", "오하람", "Oh Haram", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 2},
    {"police", "police2", "정누리", "Jeong Nuri", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 2},
    {"supervisor", "supervisor2", "류한별", "Ryu Hanbyeol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 2},
    {"operator", "operator5", "배도담", "Bae Dodam", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 3},
    {"operator", "operator6", "신아라", "Shin Ara", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 3},
    {"police", "police3", "안가온", "Ahn Gaon", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 3},
    {"supervisor", "supervisor3", "노을찬", "No Eulchan", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 3},
    {"operator", "operator7", "권보름", "Kwon Boreum", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 4},
    {"operator", "operator8", "황찬솔", "Hwang Chansol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 4},
    {"police", "police4", "송이든", "Song Ideun", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 4},
    {"supervisor", "supervisor4", "백다솜", "Baek Dasom", "11000", kCentreAgency, kCentreKo, kCentreEn, "", "", 4},
}};

}  // namespace

std::span<const Person> people() { return kPeople; }

}  // namespace bongsu::place
