#pragma once
// `bongsu redecode`: what the codecs and agreements of today would make of the past.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

struct RedecodeCommand {
    std::string data = "data";
    std::string config;    ///< A folder with another partners.toml, and the files that it names, to try; empty: the site's own.
    std::string site;      ///< Of this one alone; with `config` and nothing said, the centre.
    std::string partner;   ///< Key of a profile; empty: all.
    std::string from, to;  ///< RFC 3339; empty: all. `to` is left out itself.
    bool json = false;     ///< An object a site, a line each.
};

/// Prints what would differ, with names of fields and never what stands in them. 0 only if nothing differs. Beside the running
/// city too: it writes nothing, and reads no database. Errors: invalid names the option, or what is wrong with a partners.toml.
Result<int> run_redecode_command(const RedecodeCommand& command);

}  // namespace bongsu::app
