#pragma once
// Column names as they are met in public files.

#include <optional>
#include <string>
#include <string_view>

#include "imports/layout.hpp"

namespace bongsu::imports {

/// Lower case, without spaces, brackets and punctuation: "좌표정보(X)" and "좌표정보x" are one name.
std::string bare_name(std::string_view name);

/// `bare` as bare_name() gives it.
std::optional<Field> field_of(std::string_view bare);
/// "id", "gid": the owner's number where no column is called one, for what made the file may have counted them.
bool is_weak_number(std::string_view bare);
/// Names that are known to hold nothing that we need: they say "this is a header" all the same.
bool is_known_other(std::string_view bare);
/// The word that says that rows of such a column are no cameras ("안전비상벨관리번호"); empty for none.
std::string_view foreign_word(std::string_view bare);
/// A header may hold it: one of the three.
bool is_known_name(std::string_view bare);
/// "위도분", "경도초": minutes or seconds of a position stand in a column of their own.
bool is_part_of_degrees(std::string_view bare);
/// The name says cameras: 카메라, CCTV, 촬영.
bool says_camera(std::string_view bare);
/// "좌표정보x(epsg5174)": 5174, also one that we do not read; 0 for none.
int crs_in_name(std::string_view bare);

}  // namespace bongsu::imports
