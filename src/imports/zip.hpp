#pragma once
// Reading a ZIP archive that lies in memory. libzip and Expat live in zip.cpp and xml.cpp alone.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace bongsu::imports {

/// Threads: one. Ownership: `bytes` outlive it.
class Zip {
  public:
    /// Errors: corrupt; exhausted for more than kZipEntriesMax entries.
    static Result<std::unique_ptr<Zip>> open(std::string_view bytes);
    virtual ~Zip() = default;
    /// Names of parts count without regard to case, and '\\' in the archive for '/'.
    virtual bool has(const std::string& name) const = 0;
    /// Gives the entry's bytes piece by piece until `take` answers false or an error.
    /// Errors: not_found, corrupt (also where two entries have the name); exhausted past `bytes_max` or kPackRatioMax.
    virtual Result<void> read(const std::string& name, std::size_t bytes_max,
                              const std::function<Result<bool>(std::string_view)>& take) = 0;
};

}  // namespace bongsu::imports
