#include "place/land.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bongsu::place {
namespace {

constexpr double kRiverHalfWidth = 420.0;
constexpr double kStreamHalfWidth = 45.0;

// The Han's middle line from the west (Haengju) to the east (Gangil).
constexpr std::array<Position, 25> kRiver{{
    {126.790, 37.606}, {126.806, 37.598}, {126.830, 37.588}, {126.852, 37.577}, {126.866, 37.570},
    {126.882, 37.559}, {126.896, 37.549}, {126.908, 37.542}, {126.926, 37.537}, {126.940, 37.531},
    {126.950, 37.523}, {126.961, 37.516}, {126.980, 37.509}, {126.996, 37.514}, {127.011, 37.525},
    {127.021, 37.535}, {127.036, 37.537}, {127.052, 37.530}, {127.067, 37.524}, {127.086, 37.523},
    {127.101, 37.530}, {127.113, 37.542}, {127.121, 37.554}, {127.146, 37.570}, {127.180, 37.580},
}};
constexpr std::size_t kNorthFrom = 3;  // West of here the north bank belongs to Goyang,
constexpr std::size_t kNorthTo = 22;   // east of here to Guri.

// The city's border on each side of the river, from its eastern to its western end.
constexpr std::array<Position, 27> kNorthBorder{{
    {127.113, 37.562}, {127.104, 37.572}, {127.117, 37.592}, {127.112, 37.617}, {127.104, 37.643},
    {127.094, 37.662}, {127.096, 37.686}, {127.078, 37.692}, {127.052, 37.691}, {127.040, 37.696},
    {127.016, 37.700}, {127.008, 37.684}, {126.992, 37.678}, {126.985, 37.658}, {126.982, 37.636},
    {126.966, 37.631}, {126.957, 37.637}, {126.948, 37.656}, {126.926, 37.650}, {126.912, 37.644},
    {126.906, 37.622}, {126.901, 37.603}, {126.902, 37.590}, {126.888, 37.591}, {126.880, 37.585},
    {126.868, 37.580}, {126.858, 37.582},
}};
constexpr std::array<Position, 33> kSouthBorder{{
    {127.183, 37.562}, {127.172, 37.546}, {127.155, 37.533}, {127.146, 37.514}, {127.158, 37.500},
    {127.160, 37.489}, {127.142, 37.474}, {127.126, 37.466}, {127.111, 37.461}, {127.098, 37.456},
    {127.088, 37.445}, {127.072, 37.430}, {127.050, 37.429}, {127.036, 37.439}, {127.028, 37.456},
    {127.008, 37.459}, {126.996, 37.453}, {126.988, 37.457}, {126.964, 37.443}, {126.939, 37.436},
    {126.921, 37.436}, {126.901, 37.434}, {126.889, 37.454}, {126.879, 37.475}, {126.868, 37.485},
    {126.846, 37.474}, {126.818, 37.475}, {126.816, 37.492}, {126.827, 37.506}, {126.826, 37.541},
    {126.794, 37.536}, {126.766, 37.552}, {126.778, 37.578},
}};

constexpr std::array<Bridge, 14> kBridges{{
    {"가양대교", "Gayang Bridge", {126.8655, 37.5760}, {126.8590, 37.5665}},
    {"성산대교", "Seongsan Bridge", {126.8975, 37.5560}, {126.8860, 37.5475}},
    {"양화대교", "Yanghwa Bridge", {126.9075, 37.5480}, {126.9010, 37.5380}},
    {"서강대교", "Seogang Bridge", {126.9315, 37.5430}, {126.9235, 37.5320}},
    {"마포대교", "Mapo Bridge", {126.9460, 37.5375}, {126.9345, 37.5265}},
    {"한강대교", "Hangang Bridge", {126.9640, 37.5225}, {126.9565, 37.5110}},
    {"반포대교", "Banpo Bridge", {126.9930, 37.5205}, {126.9995, 37.5090}},
    {"한남대교", "Hannam Bridge", {127.0070, 37.5305}, {127.0165, 37.5215}},
    {"성수대교", "Seongsu Bridge", {127.0365, 37.5422}, {127.0340, 37.5315}},
    {"영동대교", "Yeongdong Bridge", {127.0595, 37.5345}, {127.0545, 37.5230}},
    {"청담대교", "Cheongdam Bridge", {127.0685, 37.5300}, {127.0670, 37.5180}},
    {"잠실대교", "Jamsil Bridge", {127.0880, 37.5300}, {127.0915, 37.5185}},
    {"올림픽대교", "Olympic Bridge", {127.0990, 37.5370}, {127.1070, 37.5270}},
    {"천호대교", "Cheonho Bridge", {127.1070, 37.5465}, {127.1195, 37.5400}},
}};

Water stream(std::string_view name_ko, std::string_view name_en, std::vector<Position> line) {
    return {name_ko, name_en, from_plane(band(smoothed(to_plane(line)), kStreamHalfWidth))};
}

std::vector<Water> draw_waters() {
    std::vector<Water> drawn;
    drawn.push_back({"한강", "Han River", from_plane(band(smoothed(to_plane(kRiver)), kRiverHalfWidth))});
    drawn.push_back(stream("중랑천", "Jungnangcheon",
                           {{127.050, 37.690},
                            {127.053, 37.665},
                            {127.062, 37.642},
                            {127.066, 37.618},
                            {127.073, 37.600},
                            {127.070, 37.580},
                            {127.061, 37.562},
                            {127.047, 37.553},
                            {127.028, 37.548},
                            {127.019, 37.539}}));
    drawn.push_back(stream("안양천", "Anyangcheon",
                           {{126.891, 37.452},
                            {126.887, 37.472},
                            {126.889, 37.491},
                            {126.878, 37.505},
                            {126.880, 37.525},
                            {126.883, 37.542},
                            {126.879, 37.557}}));
    drawn.push_back(stream(
        "탄천", "Tancheon",
        {{127.116, 37.466}, {127.101, 37.477}, {127.083, 37.490}, {127.073, 37.503}, {127.067, 37.522}}));
    drawn.push_back(stream(
        "홍제천", "Hongjecheon",
        {{126.960, 37.606}, {126.945, 37.593}, {126.931, 37.583}, {126.916, 37.571}, {126.899, 37.557}}));
    drawn.push_back(stream("양재천", "Yangjaecheon",
                           {{127.022, 37.461}, {127.038, 37.474}, {127.053, 37.484}, {127.072, 37.496}}));
    return drawn;
}

struct DrawnPark {
    std::string_view name_ko;
    std::string_view name_en;
    bool hill;
    std::array<Position, 12> corners;  // Fewer are followed by zeros.
};
constexpr std::array<DrawnPark, 14> kParks = {{
    {"서울숲",
     "Seoul Forest",
     false,
     {{{127.0318, 37.5427},
       {127.0352, 37.5423},
       {127.0388, 37.5427},
       {127.0406, 37.5434},
       {127.0413, 37.5449},
       {127.0410, 37.5464},
       {127.0385, 37.5476},
       {127.0352, 37.5478},
       {127.0328, 37.5462}}}},
    {"월드컵공원",
     "World Cup Park",
     false,
     {{{126.8760, 37.5735},
       {126.8855, 37.5650},
       {126.8935, 37.5625},
       {126.8985, 37.5655},
       {126.8950, 37.5715},
       {126.8860, 37.5760}}}},
    {"어린이대공원",
     "Children's Grand Park",
     false,
     {{{127.0755, 37.5480},
       {127.0800, 37.5455},
       {127.0860, 37.5470},
       {127.0870, 37.5515},
       {127.0815, 37.5535},
       {127.0765, 37.5520}}}},
    {"양재시민의숲",
     "Yangjae Citizens' Forest",
     false,
     {{{127.0345, 37.4690}, {127.0380, 37.4675}, {127.0410, 37.4705}, {127.0370, 37.4735}}}},
    {"올림픽공원",
     "Olympic Park",
     false,
     {{{127.1140, 37.5200},
       {127.1180, 37.5150},
       {127.1260, 37.5155},
       {127.1285, 37.5210},
       {127.1230, 37.5250},
       {127.1160, 37.5240}}}},
    {"여의도공원",
     "Yeouido Park",
     false,
     {{{126.9185, 37.5265}, {126.9215, 37.5240}, {126.9255, 37.5275}, {126.9225, 37.5300}}}},
    {"보라매공원",
     "Boramae Park",
     false,
     {{{126.9165, 37.4945}, {126.9195, 37.4905}, {126.9235, 37.4925}, {126.9205, 37.4960}}}},
    {"북서울꿈의숲",
     "Dream Forest",
     false,
     {{{127.0370, 37.6200}, {127.0430, 37.6180}, {127.0470, 37.6220}, {127.0420, 37.6255}}}},
    {"남산",
     "Namsan",
     true,
     {{{126.9800, 37.5520},
       {126.9860, 37.5470},
       {126.9960, 37.5450},
       {127.0030, 37.5500},
       {126.9990, 37.5555},
       {126.9890, 37.5560}}}},
    {"북한산",
     "Bukhansan",
     true,
     {{{126.9570, 37.6150},
       {126.9720, 37.6060},
       {126.9900, 37.6140},
       {127.0000, 37.6320},
       {127.0020, 37.6550},
       {127.0180, 37.6720},
       {127.0250, 37.6900},
       {127.0120, 37.6970},
       {126.9950, 37.6790},
       {126.9860, 37.6550},
       {126.9830, 37.6340},
       {126.9660, 37.6290}}}},
    {"수락산",
     "Suraksan",
     true,
     {{{127.0700, 37.6820},
       {127.0780, 37.6650},
       {127.0900, 37.6600},
       {127.0940, 37.6850},
       {127.0790, 37.6900}}}},
    {"관악산",
     "Gwanaksan",
     true,
     {{{126.9250, 37.4550},
       {126.9330, 37.4400},
       {126.9600, 37.4440},
       {126.9820, 37.4570},
       {126.9740, 37.4640},
       {126.9530, 37.4600},
       {126.9390, 37.4590}}}},
    {"청계산",
     "Cheonggyesan",
     true,
     {{{127.0400, 37.4400},
       {127.0520, 37.4310},
       {127.0700, 37.4330},
       {127.0760, 37.4440},
       {127.0580, 37.4530}}}},
    {"아차산",
     "Achasan",
     true,
     {{{127.0960, 37.5560},
       {127.1060, 37.5560},
       {127.1110, 37.5620},
       {127.1030, 37.5710},
       {127.0970, 37.5660}}}},
}};

std::vector<Park> draw_parks() {
    std::vector<Park> drawn;
    for (const DrawnPark& park : kParks) {
        Outline outline;
        for (const Position& corner : park.corners) {
            if (corner.lon != 0) outline.push_back(corner);
        }
        drawn.push_back({park.name_ko, park.name_en, park.hill, std::move(outline)});
    }
    return drawn;
}

Ring draw_land(Bank bank) {
    std::vector<Position> outline;
    if (bank == Bank::north) {
        outline.assign(kRiver.begin() + kNorthFrom, kRiver.begin() + kNorthTo + 1);
        outline.insert(outline.end(), kNorthBorder.begin(), kNorthBorder.end());
    } else {
        outline.assign(kRiver.begin(), kRiver.end());
        outline.insert(outline.end(), kSouthBorder.begin(), kSouthBorder.end());
    }
    return to_plane(outline);
}

struct Greens {
    std::vector<Ring> parks;
    std::vector<Ring> hills;
};

const Greens& greens() {
    static const Greens drawn = [] {
        Greens made;
        for (const Park& park : parks())
            (park.hill ? made.hills : made.parks).push_back(to_plane(park.outline));
        return made;
    }();
    return drawn;
}

bool in_any(const std::vector<Ring>& rings, Metres point) {
    return std::any_of(rings.begin(), rings.end(), [&](const Ring& ring) { return contains(ring, point); });
}

}  // namespace

const Ring& land_of(Bank bank) {
    static const Ring north = draw_land(Bank::north);
    static const Ring south = draw_land(Bank::south);
    return bank == Bank::north ? north : south;
}

const std::vector<Water>& waters() {
    static const std::vector<Water> drawn = draw_waters();
    return drawn;
}

const std::vector<Park>& parks() {
    static const std::vector<Park> drawn = draw_parks();
    return drawn;
}

std::span<const Bridge> bridges() { return kBridges; }

bool in_river(Metres point) {
    static const Ring river = to_plane(waters().front().outline);
    return contains(river, point);
}

bool in_water(Metres point) {
    static const std::vector<Ring> drawn = [] {
        std::vector<Ring> made;
        for (const Water& water : waters()) made.push_back(to_plane(water.outline));
        return made;
    }();
    return in_any(drawn, point);
}

bool on_hill(Metres point) { return in_any(greens().hills, point); }
bool in_green(Metres point) { return on_hill(point) || in_any(greens().parks, point); }

}  // namespace bongsu::place
