#pragma once
// DATA/<site>/partners.toml with the files that it names, as one value that never changes: a new file is a new value.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"
#include "env/env.hpp"
#include "event/profile.hpp"

namespace bongsu::app {

using ProfilePtr = std::shared_ptr<const event::Profile>;

struct Partners {
    std::string digest;  ///< Hex SHA-256 of the file; empty when there is none.
    std::vector<ProfilePtr> profiles;

    /// Null when there is none of this key.
    ProfilePtr find(std::string_view key) const;
    /// Of the agency that sends in this format.
    ProfilePtr find(const AgencyId& agency, event::Format format) const;
    /// In SCSNS over HTTP: the agency's own, else "default", else null.
    ProfilePtr agreed_with(const AgencyId& agency) const;
    /// Of SCSNS over HTTP, the one of whom a message with this sendCd may be; null when there is none.
    ProfilePtr of_send_cd(std::string_view send_cd) const;
    /// Whose key this is. Null: nobody's who sends in this format.
    ProfilePtr of_api_key(std::string_view api_key, event::Format format) const;

    std::map<std::string, std::string> api_keys;  ///< Digest of a key -> the profile's.
};

/// What of an API key may be written down: hex SHA-256.
std::string digest_of_key(std::string_view api_key);

/// What the files hold that two profiles name, keys and phrases and certificates, is the same.
bool same_secrets(const event::Profile& one, const event::Profile& other);

/// Reads the site's folder; no file is no partner. Everything is tried that can be: addresses, networks, certificates,
/// keys, the pass phrase. Errors: invalid, a line for each thing that is wrong, "mapo-119: send.ca_file …";
/// forbidden for a private key, an API key or a pass phrase that others may read. Never a secret.
Result<Partners> load_partners(env::Disk& disk, const std::string& folder);

}  // namespace bongsu::app
