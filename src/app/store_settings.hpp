#pragma once
// Which database keeps a site's copy: the table [store] of DATA/<site>/site.toml (docs/store.md).

#include <optional>
#include <string>

#include "base/id.hpp"
#include "env/env.hpp"
#include "sql/sql.hpp"

namespace bongsu::app {

/// Nothing when there is no file or its kind is "sqlite": folds stand in fold.db in any case.
/// Errors: invalid names each setting that cannot be, the password file that others can read among them; never what is
/// in that file.
Result<std::optional<sql::PostgresOptions>> read_store_settings(env::Disk& disk, const std::string& data,
                                                                const SiteId& site);

}  // namespace bongsu::app
