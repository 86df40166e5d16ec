#include "imports/geojson.hpp"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <optional>
#include <unordered_map>

namespace bongsu::imports {

namespace {

namespace json = boost::json;

/// Where the parser is: only these places matter, everything else is passed over.
enum class Place : std::uint8_t {
    root,
    features,
    feature,
    geometry,
    coordinates,
    properties,
    crs,
    crs_properties,
    other
};

std::string number_text(double number) {
    std::array<char, 400> out;
    const auto [end, error] =
        std::to_chars(out.data(), out.data() + out.size(), number, std::chars_format::fixed);
    return error == std::errc{} ? std::string(out.data(), end) : std::string();
}

/// Boost.JSON's handler: answers false to stop, with `error` saying why.
struct Handler {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using Code = boost::system::error_code;

    Features out;
    std::optional<Error> error;
    std::string root_type;
    bool saw_features = false;

    std::vector<Place> places;
    std::string key, text;
    std::unordered_map<std::string, std::size_t> columns;
    std::vector<std::string> cells;
    std::string geometry_type, feature_fault;
    std::vector<std::string> coordinates;
    std::size_t numbers = 0;    ///< In the geometry's coordinates.
    std::size_t positions = 0;  ///< Lists there.
    std::size_t depth = 0, deepest = 0;
    std::size_t shallowest = 0;  ///< Of the numbers.
    bool odd_coordinates = false;  ///< They hold what is neither a number nor a list.
    std::uint32_t feature = 0;

    Handler() {
        for (const auto name : {kPositionX, kPositionY}) {
            columns.emplace(name, out.table.names.size());
            out.table.names.emplace_back(name);
        }
    }

    bool stop(const tl::unexpected<Error>& why, Code& code) {
        error = why.value();
        code = json::error::exception;
        return false;
    }

    Place inside() const { return places.empty() ? Place::other : places.back(); }

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }

    bool on_object_begin(Code&) {
        Place next = Place::other;
        if (places.empty()) {
            next = Place::root;
        } else if (inside() == Place::features) {
            next = Place::feature;
            begin_feature();
        } else if (inside() == Place::feature && key == "geometry") {
            next = Place::geometry;
        } else if (inside() == Place::feature && key == "properties") {
            next = Place::properties;
        } else if (inside() == Place::root && key == "crs") {
            next = Place::crs;
        } else if (inside() == Place::crs && key == "properties") {
            next = Place::crs_properties;
        }
        odd_coordinates = odd_coordinates || inside() == Place::coordinates;
        places.push_back(next);
        return true;
    }

    void begin_feature() {
        ++feature;
        cells.assign(columns.size(), {});
        geometry_type.clear();
        coordinates.clear();
        numbers = positions = depth = deepest = shallowest = 0;
        odd_coordinates = false;
    }

    /// What stands in the place of a feature is a row as well: it is refused, and those behind it keep their numbers.
    Result<void> keep_no_feature() {
        begin_feature();
        TRY_DO(out.table.begin_row(feature));
        out.table.set_fault("the feature is no object");
        return {};
    }

    bool on_object_end(std::size_t, Code& code) {
        const auto left = inside();
        places.pop_back();
        if (left != Place::feature) return true;
        const auto kept = keep_feature();
        return kept ? true : stop(tl::unexpected(kept.error()), code);
    }

    bool on_array_begin(Code& code) {
        Place next = Place::other;
        if (inside() == Place::root && key == "features") {
            next = Place::features;
            saw_features = true;
        } else if ((inside() == Place::geometry && key == "coordinates") || inside() == Place::coordinates) {
            next = Place::coordinates;
            ++positions;
            deepest = std::max(deepest, ++depth);
        } else if (inside() == Place::features) {
            if (const auto kept = keep_no_feature(); !kept) return stop(tl::unexpected(kept.error()), code);
        } else if (places.empty()) {
            return stop(fail(ErrorKind::invalid, "the file is a JSON list, not a GeoJSON FeatureCollection"),
                        code);
        }
        places.push_back(next);
        return true;
    }
    bool on_array_end(std::size_t, Code&) {
        if (inside() == Place::coordinates) --depth;
        places.pop_back();
        return true;
    }

    bool on_key_part(json::string_view piece, std::size_t, Code&) {
        if (text.size() + piece.size() <= kCellBytesMax) text.append(piece.data(), piece.size());
        return true;
    }
    bool on_key(json::string_view piece, std::size_t n, Code& code) {
        on_key_part(piece, n, code);
        key.swap(text);
        text.clear();
        return true;
    }
    bool on_string_part(json::string_view piece, std::size_t, Code& code) {
        if (text.size() + piece.size() > kCellBytesMax)
            return stop(
                fail(ErrorKind::exhausted, "feature " + std::to_string(feature) + ": a text is too long"),
                code);
        text.append(piece.data(), piece.size());
        return true;
    }
    bool on_string(json::string_view piece, std::size_t n, Code& code) {
        if (!on_string_part(piece, n, code)) return false;
        const auto kept = scalar(text);
        text.clear();
        return kept ? true : stop(tl::unexpected(kept.error()), code);
    }
    bool on_number_part(json::string_view, Code&) { return true; }
    bool on_int64(std::int64_t n, json::string_view, Code& code) { return number(std::to_string(n), code); }
    bool on_uint64(std::uint64_t n, json::string_view, Code& code) { return number(std::to_string(n), code); }
    bool on_double(double n, json::string_view, Code& code) { return number(number_text(n), code); }
    bool number(const std::string& digits, Code& code) {
        if (inside() == Place::coordinates) {
            if (coordinates.size() < 2) coordinates.push_back(digits);
            shallowest = numbers++ == 0 ? depth : std::min(shallowest, depth);
            return true;
        }
        const auto kept = scalar(digits);
        return kept ? true : stop(tl::unexpected(kept.error()), code);
    }
    bool on_bool(bool value, Code& code) {
        const auto kept = scalar(value ? "true" : "false");
        return kept ? true : stop(tl::unexpected(kept.error()), code);
    }
    bool on_null(Code& code) {
        odd_coordinates = odd_coordinates || inside() == Place::coordinates;
        if (inside() != Place::features) return true;
        const auto kept = keep_no_feature();
        return kept ? true : stop(tl::unexpected(kept.error()), code);
    }
    bool on_comment_part(json::string_view, Code&) { return true; }
    bool on_comment(json::string_view, Code&) { return true; }

    Result<void> scalar(const std::string& value) {
        if (inside() == Place::features) return keep_no_feature();
        odd_coordinates = odd_coordinates || inside() == Place::coordinates;
        if (inside() == Place::root && key == "type") root_type = value;
        if (inside() == Place::geometry && key == "type") geometry_type = value;
        // "code" is how files of before 2008 say it.
        if (inside() == Place::crs_properties && (key == "name" || key == "code")) out.crs = value.substr(0, 200);
        if (inside() != Place::properties) return {};
        const auto [found, is_new] = columns.try_emplace(key, columns.size());
        if (is_new) {
            if (columns.size() > kColumnsMax)
                return fail(ErrorKind::exhausted,
                            "the features have more than " + std::to_string(kColumnsMax) + " properties");
            out.table.names.push_back(key);
        }
        if (found->second >= cells.size()) cells.resize(found->second + 1);
        cells[found->second] = value;
        return {};
    }

    /// [x, y] or [x, y, height]; in a list of its own for a MultiPoint.
    bool is_one_position() const {
        const std::size_t lists = geometry_type == "Point" ? 1 : 2;
        return numbers >= 2 && numbers <= 3 && positions == lists && deepest == lists && shallowest == lists &&
               !odd_coordinates;
    }

    Result<void> keep_feature() {
        TRY_DO(out.table.begin_row(feature));
        const bool is_point = geometry_type == "Point" || geometry_type == "MultiPoint";
        if (is_point && is_one_position()) {
            cells[0] = coordinates[0];
            cells[1] = coordinates[1];
        } else if (!geometry_type.empty()) {
            out.table.set_fault(is_point
                                    ? "the geometry is not one point"
                                    : "the geometry is a " + geometry_type.substr(0, 40) + ", not a point");
        }
        for (const auto& cell : cells) TRY_DO(out.table.add_cell(cell));
        return {};
    }
};

}  // namespace

Result<Features> read_geojson(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::basic_parser<Handler> parser(options);
    boost::system::error_code code;
    const auto read = parser.write_some(false, text.data(), text.size(), code);
    auto& handler = parser.handler();
    if (handler.error) return tl::unexpected(*handler.error);
    const auto rest = text.substr(std::min(read, text.size()));
    if (code || !parser.done() || rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        return fail(ErrorKind::invalid, "the file is not JSON at byte " + std::to_string(read) +
                                            (code ? ": " + code.message() : std::string()));
    }
    if (handler.root_type != "FeatureCollection" || !handler.saw_features) {
        return fail(
            ErrorKind::invalid,
            "type must be FeatureCollection" +
                (handler.root_type.empty() ? std::string() : ", not " + handler.root_type.substr(0, 40)));
    }
    return std::move(handler.out);
}

}  // namespace bongsu::imports
