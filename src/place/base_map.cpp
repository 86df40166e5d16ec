#include "place/base_map.hpp"

#include <span>

#include "place/districts.hpp"
#include "place/gazetteer.hpp"
#include "place/land.hpp"

namespace bongsu::place {
namespace {

constexpr int kDecimals = 6;        // 0.11 m.
constexpr int kStreetDecimals = 5;  // 1.1 m: a street's middle is no sharper.

class Writer {
  public:
    Writer() { out_ = R"({"type":"FeatureCollection","features":[)"; }

    void begin(std::string_view layer) {
        out_ += first_ ? "\n" : ",\n";
        first_ = false;
        out_ += R"({"type":"Feature","properties":{"layer":)";
        append_quoted(out_, layer);
    }
    void text(std::string_view name, std::string_view value) {
        key(name);
        append_quoted(out_, value);
    }
    void number(std::string_view name, int value) {
        key(name);
        out_ += std::to_string(value);
    }
    void flag(std::string_view name, bool value) {
        key(name);
        out_ += value ? "true" : "false";
    }
    void polygon(std::span<const Position> outline) {
        out_ += R"(},"geometry":{"type":"Polygon","coordinates":[[)";
        for (const Position& position : outline) {
            point(position, kDecimals);
            out_ += ',';
        }
        point(outline.front(), kDecimals);
        out_ += "]]}}";
    }
    void place(Position position) {
        out_ += R"(},"geometry":{"type":"Point","coordinates":)";
        point(position, kDecimals);
        out_ += "}}";
    }
    void begin_lines() { out_ += R"(},"geometry":{"type":"MultiLineString","coordinates":[)"; }
    void line(Position from, Position to, bool is_first) {
        out_ += is_first ? "[" : ",[";
        point(from, kStreetDecimals);
        out_ += ',';
        point(to, kStreetDecimals);
        out_ += ']';
    }
    void end_lines() { out_ += "]}}"; }
    std::string finish() {
        out_ += "\n]}\n";
        return std::move(out_);
    }

  private:
    void key(std::string_view name) {
        out_ += ',';
        append_quoted(out_, name);
        out_ += ':';
    }
    void point(Position position, int decimals) {
        out_ += '[';
        append_decimal(out_, position.lon, decimals);
        out_ += ',';
        append_decimal(out_, position.lat, decimals);
        out_ += ']';
    }

    std::string out_;
    bool first_ = true;
};

void write_land(Writer& writer) {
    for (std::size_t i = 0; i < kDistricts; ++i) {
        const District& district = districts()[i];
        writer.begin("district");
        writer.text("code", district.code);
        writer.text("name", district.name_ko);
        writer.text("nameEn", district.name_en);
        writer.flag("joined", district.joined);
        writer.polygon(from_plane(outline_of(i)));
    }
    for (const Water& water : waters()) {
        writer.begin("water");
        writer.text("name", water.name_ko);
        writer.text("nameEn", water.name_en);
        writer.polygon(water.outline);
    }
    for (const Park& park : parks()) {
        writer.begin("park");
        writer.text("name", park.name_ko);
        writer.text("nameEn", park.name_en);
        writer.polygon(park.outline);
    }
}

/// One feature for each district and class: lines of one look need no properties of their own.
void write_streets(Writer& writer, const Streets& streets) {
    for (const StreetClass street : {StreetClass::lane, StreetClass::street, StreetClass::arterial}) {
        for (std::size_t district = 0; district < kDistricts; ++district) {
            bool is_first = true;
            for (const StreetEdge& edge : streets.edges) {
                if (edge.street != street || streets.nodes[edge.from].district != district) continue;
                if (is_first) {
                    writer.begin("street");
                    writer.text("class", to_string(street));
                    writer.begin_lines();
                }
                writer.line(from_plane(streets.nodes[edge.from].at), from_plane(streets.nodes[edge.to].at),
                            is_first);
                is_first = false;
            }
            if (!is_first) writer.end_lines();
        }
    }
}

}  // namespace

City draw_city(std::uint64_t seed) {
    Streets streets = draw_streets(seed);
    std::vector<Building> buildings = draw_buildings(seed, streets);
    return {seed, std::move(streets), std::move(buildings)};
}

std::string base_map(const City& city) {
    Writer writer;
    write_land(writer);
    for (const Building& building : city.buildings) {
        writer.begin("building");
        writer.number("height", building.height_m);
        writer.polygon(from_plane(building.footprint));
    }
    write_streets(writer, city.streets);
    for (const Landmark& landmark : landmarks()) {
        writer.begin("place");
        writer.text("name", landmark.name_ko);
        writer.text("nameEn", landmark.name_en);
        writer.place(landmark.position);
    }
    return writer.finish();
}

namespace {

void append_position(std::string& out, const Position& at) {
    out += '[';
    append_decimal(out, at.lon, kDecimals);
    out += ',';
    append_decimal(out, at.lat, kDecimals);
    out += ']';
}

}  // namespace

std::string houses(const City& city) {
    std::string out;
    for (const Building& building : city.buildings) {
        out += R"({"type":"Feature","properties":{"height":)" + std::to_string(building.height_m) + R"(},"geometry":{"type":"Polygon","coordinates":[[)";
        const auto outline = from_plane(building.footprint);
        for (const Position& at : outline) {
            append_position(out, at);
            out += ',';
        }
        append_position(out, outline.front());
        out += "]]}}\n";
    }
    return out;
}

std::string roads(const City& city) {
    std::string out;
    for (const StreetEdge& edge : city.streets.edges) {
        out += R"({"type":"Feature","properties":{"class":")" + std::string(to_string(edge.street)) + R"("},"geometry":{"type":"LineString","coordinates":[)";
        append_position(out, from_plane(city.streets.nodes[edge.from].at));
        out += ',';
        append_position(out, from_plane(city.streets.nodes[edge.to].at));
        out += "]}}\n";
    }
    return out;
}

}  // namespace bongsu::place
