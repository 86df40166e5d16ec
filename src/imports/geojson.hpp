#pragma once
// GeoJSON (RFC 7946, and the older form with "crs"): a feature is a row, its properties are the columns.

#include <string>
#include <string_view>

#include "imports/table.hpp"

namespace bongsu::imports {

constexpr std::size_t kJsonDepthMax = 32;

struct Features {
    Table table;      ///< `names` = kPositionX, kPositionY, then the properties as they first appear.
    std::string crs;  ///< What "crs" names ("urn:ogc:def:crs:EPSG::5186"); empty when it is not there.
};
constexpr std::string_view kPositionX = "geometry.x", kPositionY = "geometry.y";

/// `text` is UTF-8. Rows are the features' numbers from 1. A feature that is no object, or whose geometry is no
/// point of two or three numbers, is kept with its fault; of a MultiPoint with one point that one is taken. Properties that are objects or lists are left
/// out.
///
/// Errors: invalid (not JSON, with the byte; no FeatureCollection), exhausted (the table's bounds).
Result<Features> read_geojson(std::string_view text);

}  // namespace bongsu::imports
