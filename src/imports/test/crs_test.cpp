#include "imports/crs.hpp"

#include <boost/json/parse.hpp>
#include <cmath>

#include "imports/positions.hpp"
#include "support.hpp"

namespace bongsu::imports {

namespace {
/// Metres between two places, near enough.
double apart_m(Degrees a, double lon, double lat) {
    const double north = (a.lat - lat) * 111'195,
                 east = (a.lon - lon) * 111'195 * std::cos(lat * 3.14159265358979 / 180);
    return std::hypot(north, east);
}
}  // namespace

TEST(Crs, ControlPointsOfAnIndependentProjectionComeBackWithinACentimetre) {
    const auto controls = boost::json::parse(golden("controls.json"));
    std::size_t published = 0;
    for (const auto& control : controls.as_array()) {
        const auto epsg = static_cast<int>(control.at("epsg").as_int64());
        const auto number = [&](const char* field) { return control.at(field).to_number<double>(); };
        const auto transform = Transform::from(epsg);
        ASSERT_TRUE(transform.has_value());
        const auto at = (*transform)->apply({number("x"), number("y")});
        const bool is_published = control.as_object().contains("published");
        published += is_published ? 1 : 0;
        // The institute prints its pair to 0.001", which is 3 cm.
        EXPECT_LT(apart_m(at, number("lon"), number("lat")), is_published ? 0.05 : 0.01)
            << epsg << " " << at.lon << " " << at.lat;
    }
    EXPECT_EQ(published, 1U);
}

TEST(Crs, TheCityHallIsWhereTheDomainStudySaysIt) {
    const std::pair<int, Pair> vectors[] = {{5186, {198053.647, 551888.916}},
                                            {5181, {198053.647, 451888.916}},
                                            {5179, {953898.467, 1952035.979}}};
    for (const auto& [epsg, place] : vectors)
        EXPECT_LT(apart_m((*Transform::from(epsg))->apply(place), 126.9779692, 37.566535), 0.01) << epsg;
}

TEST(Crs, WithoutItsShiftTheOldBesselSystemWouldBeThreeHundredMetresOff) {
    const auto bessel = Transform::from(5174), plain = Transform::from(5181);
    const auto at = (*bessel)->apply({197984.0226, 451583.7409});
    const auto off = (*plain)->apply({197984.0226, 451583.7409});
    EXPECT_GT(apart_m(off, at.lon, at.lat), 280);
    EXPECT_LT(apart_m(off, at.lon, at.lat), 340);
}

TEST(Crs, NumbersThatAreNoPlaceAndUnknownSystemsAreSaidToBe) {
    for (const int epsg : kSystems) {
        for (const double wild : {1e300, -1e300, std::nan(""), std::numeric_limits<double>::infinity()}) {
            EXPECT_FALSE(within(kKorea, (*Transform::from(epsg))->apply({wild, wild}))) << epsg;
        }
    }
    EXPECT_EQ(Transform::from(3857).error().message, "crs must be 4326, 5179, 5181, 5186 or 5174");
}

}  // namespace bongsu::imports
