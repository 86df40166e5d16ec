#include "place/people.hpp"

#include <array>

namespace bongsu::place {
namespace {

constexpr std::string_view kCentreKo = "스마트서울 CCTV안전센터";
constexpr std::string_view kCentreEn = "Smart Seoul CCTV Safety Centre";

constexpr std::array<Person, 11> kPeople{{
    {"operator", "operator1", "한가람", "Han Garam", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"operator", "operator2", "윤슬기", "Yun Seulgi", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"police", "police1", "강도현", "Kang Dohyeon", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"supervisor", "supervisor1", "서문영", "Seo Munyeong", "11000", kCentreAgency, kCentreKo, kCentreEn, "",
     ""},
    {"official", "official1", "조은별", "Jo Eunbyeol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"admin", "admin", "남궁솔", "Namgung Sol", "11000", kCentreAgency, kCentreKo, kCentreEn, "", ""},
    {"agency", "112", "서울경찰청 112종합상황실", "Seoul Police 112 Room", "11000", kPoliceAgency,
     "서울경찰청 112종합상황실", "Seoul Police 112 Room", kPoliceAgency, kCentreAgency},
    {"agency", "119", "서울소방재난본부 119종합상황실", "Seoul Fire 119 Room", "11000", kFireAgency,
     "서울소방재난본부 119종합상황실", "Seoul Fire 119 Room", kFireAgency, kCentreAgency},
    {"official", "mapo1", "문하늘", "Mun Haneul", "11440", "B1144000000", "마포구 CCTV통합관제센터",
     "Mapo CCTV Centre", "", ""},
    {"official", "seongdong1", "표다온", "Pyo Daon", "11200", "B1120000000", "성동구 CCTV통합관제센터",
     "Seongdong CCTV Centre", "", ""},
    {"official", "seocho1", "유새벽", "Yu Saebyeok", "11650", "B1165000000", "서초구 CCTV통합관제센터",
     "Seocho CCTV Centre", "", ""},
}};

}  // namespace

std::span<const Person> people() { return kPeople; }

}  // namespace bongsu::place
