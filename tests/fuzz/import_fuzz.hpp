#pragma once
// What the importers' fuzz targets share: the properties of every list that is read.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "charset/utf8.hpp"
#include "device/catalogue.hpp"
#include "imports/diff.hpp"
#include "imports/file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bongsu::imports::fuzz {

inline void require(bool holds) {
    if (!holds) std::abort();
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Rows are accounted for, what is taken fits the directory's strict reader, lines come back as they were,
/// and a list compared with itself is unchanged.
inline void require_sound(const Reading& reading) {
    if (reading.question) return require(reading.list.empty() && !reading.question->parameter.empty());
    require(reading.rows == reading.list.size() + reading.refused.size());
    for (const auto& refusal : reading.refused)
        require(!refusal.reason.empty() && charset::is_utf8(refusal.reason));
    for (const auto& place : reading.list) {
        for (const auto& camera : cameras_of({place}, {"11000"}, {"B1100000000"}))
            require(device::parse_catalogue(device::catalogue_line(camera, device::Urls::keep)).has_value());
    }
    const auto back = parse_lines(to_lines(reading.list));
    require(back.has_value() && back->size() == reading.list.size());
    const auto diff = compare(reading.list, *back);
    require(diff.unchanged == reading.list.size() && diff.added + diff.changed + diff.removed == 0);
    auto again = reading;
    keep_ids_of_owners(reading.list, again.list);
    keep_ids_of_moved(reading.list, again.list);
    keep_refused(reading.list, again);
    require(again.kept == 0 && compare(reading.list, again.list).unchanged == reading.list.size());
}

inline void read_as(std::string_view bytes, std::string_view format) {
    for (const std::string encoding : {"", "cp949"}) {
        Asked asked;
        asked.format = format;
        asked.encoding = encoding;
        if (!encoding.empty()) asked.area = "korea";
        const Owner owner{.site = {"11000"}, .district = {}, .others = {}, .city = {126.65, 37.3, 127.25, 37.75}};
        if (const auto reading = read_file(bytes, asked, owner)) require_sound(*reading);
    }
}

}  // namespace bongsu::imports::fuzz
