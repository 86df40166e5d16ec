// GeoJSON: blanks around it change nothing; whole files are sound.
#include "import_fuzz.hpp"
#include "imports/geojson.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bongsu::imports;  // tidy-ok: a fuzz target's only function
    const auto bytes = fuzz::view(data, size);
    const auto features = read_geojson(bytes);
    const auto spaced = read_geojson("\n " + std::string(bytes) + " \n");
    fuzz::require(features.has_value() == spaced.has_value());
    if (features) {
        fuzz::require(features->table.rows() == spaced->table.rows() &&
                      features->table.names == spaced->table.names);
        fuzz::require(features->table.names.size() <= kColumnsMax);
    }
    fuzz::read_as(bytes, "geojson");
    return 0;
}
