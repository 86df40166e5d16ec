#include "place/groups.hpp"

namespace bongsu::place {
namespace {

// The park's and Seongdong's middles are 240 m apart: at the park's edge between them both owners see.
constexpr std::array<StreamGroup, kGroups> kGroupTable{{
    {"11000", "B1100000001", "동부공원녹지사업소", "서울숲공원", "서울숲", "park", {127.0400, 37.5446}},
    {"11440", "B1144000000", "마포구", "마포 홍대입구역", "홍대입구역", "crime", {126.9236, 37.5560}},
    {"11200", "B1120000000", "성동구", "성동 서울숲역", "서울숲역", "crime", {127.0424, 37.5456}},
    {"11650", "B1165000000", "서초구", "서초 서초역", "서초역", "crime", {127.0076, 37.4919}},
}};

}  // namespace

std::span<const StreamGroup, kGroups> groups() { return kGroupTable; }

}  // namespace bongsu::place
