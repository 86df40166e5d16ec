#pragma once
// A file of declarations in a site's folder, in the place of those that the program brings along.

#include <string>
#include <utility>

#include "base/result.hpp"
#include "env/env.hpp"

namespace bongsu::app {

/// What `parse` makes of the file; `otherwise` where there is none. Errors: invalid, naming the file and all that is wrong in it.
template <class T, class Parse>
Result<T> own_file(env::Disk& disk, const std::string& path, const Parse& parse, T otherwise) {
    if (!disk.exists(path)) return otherwise;
    TRY(const auto text, disk.read(path));
    auto parsed = parse(text);
    if (!parsed) return fail(ErrorKind::invalid, path + ": " + parsed.error().message);
    return *std::move(parsed);
}

}  // namespace bongsu::app
