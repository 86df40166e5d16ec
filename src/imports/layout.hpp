#pragma once
// Which column holds what: the national standard's names in their generations, 안심이 with and without a
// header, a GeoJSON file's properties; or as a person says.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imports/reading.hpp"
#include "imports/table.hpp"

namespace bongsu::imports {

enum class Field : std::uint8_t {
    number,     ///< 관리번호: the owner's own number of the place.
    name,       ///< What people call the place.
    road,       ///< 소재지도로명주소
    lot,        ///< 소재지지번주소
    district,   ///< 자치구
    provider,   ///< 제공기관명
    agency,     ///< 관리기관명
    purpose,    ///< 설치목적구분
    count,      ///< 카메라대수
    direction,  ///< 촬영방면정보
    lat,
    lon,
    x,  ///< Easting, or whatever a file calls X: which way it runs is told by its values.
    y,
    owner,  ///< 개방자치단체코드, 제공기관코드: the code of who numbered the place.
};
constexpr std::size_t kFields = 15;
std::string_view to_string(Field field);

struct Layout {
    std::array<std::optional<std::size_t>, kFields> columns;  ///< Index into the table's columns.
    std::array<std::string, kFields> titles;                  ///< What the file calls it, for a refusal.
    std::array<std::string, kFields> says;                    ///< The column as the parameter takes it.
    std::size_t first_row = 0;                                ///< Of the data, in the table.
    std::size_t width = 0;                                    ///< Of the header; 0 without one.
    int named_crs = 0;                                        ///< EPSG code in a column's name; 0 for none.
    bool by_name = false;  ///< 위도/경도 said which is which (not X/Y).
    bool as_asked = false;
    bool is_placed = false;  ///< Which columns hold the position is no question, whatever else is one.
    std::vector<Evidence> evidence;
    std::optional<Question> question;

    std::optional<std::size_t> at(Field field) const { return columns[static_cast<std::size_t>(field)]; }
    const std::string& title(Field field) const { return titles[static_cast<std::size_t>(field)]; }
    const std::string& said(Field field) const { return says[static_cast<std::size_t>(field)]; }
};

/// `asked`: empty to detect, else "lat:위도,lon:경도,count:5": a field's word, ':', a column's name or its
/// number from
/// 1. What is not asked for is still detected by name; columns of one name that hold different things are asked
/// about.
/// Errors: invalid names the word or column that does not exist.
Result<Layout> find_layout(const Table& table, std::string_view asked);

}  // namespace bongsu::imports
