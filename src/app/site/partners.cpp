#include "app/site/partners.hpp"

#include <algorithm>
#include <tuple>

#include "address/networks.hpp"
#include "address/target.hpp"
#include "crypto/crypto.hpp"
#include "event/secret.hpp"
#include "intake/listener.hpp"
#include "outbound/tls.hpp"

namespace bongsu::app {

namespace {

/// Reads what a profile names into it.
class Files {
  public:
    Files(env::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

    Result<void> read(std::string_view field, const std::string& file, std::string& out) {
        return file.empty() ? Result<void>{} : keep(field, disk_.read(folder_ + "/" + file), out);
    }
    /// What its owner alone may read.
    Result<void> read_key(std::string_view field, const std::string& file, std::string& out) {
        return file.empty() ? Result<void>{} : keep(field, disk_.read_secret(folder_ + "/" + file), out);
    }
    /// A secret word or phrase, without the ends of its lines.
    Result<void> read_secret_word(std::string_view field, const std::string& file, std::string& out) {
        TRY_DO(read_key(field, file, out));
        return trim(field, file, out);
    }

  private:
    static Result<void> trim(std::string_view field, const std::string& file, std::string& out) {
        while (out.ends_with('\n') || out.ends_with('\r')) out.pop_back();
        if (!file.empty() && out.empty()) return fail(ErrorKind::invalid, std::string(field) + " is an empty file");
        return {};
    }
    static Result<void> keep(std::string_view field, Result<std::string> bytes, std::string& out) {
        if (!bytes) return fail(bytes.error().kind, std::string(field) + ": " + bytes.error().message);
        out = *std::move(bytes);
        return {};
    }

    env::Disk& disk_;
    std::string folder_;
};

Result<void> fill_listen(Files& files, event::Profile& profile) {
    if (!profile.listen) return {};
    auto& listen = *profile.listen;
    TRY_DO(files.read("listen.certificate_file", listen.certificate_file, listen.certificate));
    TRY_DO(files.read_key("listen.key_file", listen.key_file, listen.key));
    TRY_DO(files.read("listen.client_ca_file", listen.client_ca_file, listen.client_ca));
    return intake::check_certificates(profile);
}

Result<void> fill_send(Files& files, event::Profile& profile) {
    if (!profile.send) return {};
    auto& send = *profile.send;
    TRY_DO(files.read_secret_word("send.api_key_file", send.api_key_file, send.api_key));
    TRY_DO(files.read("send.ca_file", send.ca_file, send.ca));
    TRY_DO(files.read("send.certificate_file", send.certificate_file, send.certificate));
    TRY_DO(files.read_key("send.key_file", send.key_file, send.key));
    if (auto target = address::parse_target(send.to); !target)
        return fail(ErrorKind::invalid, "send.to: " + target.error().message);
    if (auto networks = address::Networks::parse(send.networks); !networks)
        return fail(ErrorKind::invalid, "send." + networks.error().message);
    if (send.is_tls()) {
        TRY_DO(outbound::TlsClient::make(send));
    }
    return {};
}

/// As long as keys have to be for the record to mask them wherever they stand, and no longer than an account's.
bool is_api_key(std::string_view key) {
    return key.size() >= event::kSecretBytesMin && key.size() <= 128 &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

Result<void> fill(Files& files, event::Profile& profile) {
    TRY_DO(files.read_secret_word("api_key_file", profile.api_key_file, profile.api_key));
    if (!profile.api_key_file.empty() && !is_api_key(profile.api_key))
        return fail(ErrorKind::invalid, "api_key_file must hold one line of 32 to 128 letters, digits and signs without spaces");
    TRY_DO(files.read_secret_word("aria.phrase_file", profile.aria_phrase_file, profile.aria_phrase));
    if (!profile.aria_phrase_file.empty() && !profile.aria())
        return fail(ErrorKind::invalid, "aria.phrase_file holds no pass phrase");
    TRY_DO(fill_listen(files, profile));
    return fill_send(files, profile);
}

}  // namespace

ProfilePtr Partners::find(std::string_view key) const {
    const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const ProfilePtr& each) { return each->key == key; });
    return found == profiles.end() ? nullptr : *found;
}

ProfilePtr Partners::find(const AgencyId& agency, event::Format format) const {
    const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const ProfilePtr& each) {
        return each->format == format && each->sender == agency.value;
    });
    return found == profiles.end() ? nullptr : *found;
}

ProfilePtr Partners::agreed_with(const AgencyId& agency) const {
    auto own = find(agency, event::Format::scsns);
    return own ? own : find("default");
}

ProfilePtr Partners::of_send_cd(std::string_view send_cd) const {
    const auto found = std::find_if(profiles.begin(), profiles.end(), [&](const ProfilePtr& each) {
        const auto& pairs = each->pairs;
        return each->format == event::Format::scsns && !send_cd.empty() &&
               (each->sender == send_cd || std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.send == send_cd; }));
    });
    return found == profiles.end() ? nullptr : *found;
}

ProfilePtr Partners::of_api_key(std::string_view api_key, event::Format format) const {
    const auto found = api_keys.find(digest_of_key(api_key));
    const auto profile = found == api_keys.end() ? nullptr : find(found->second);
    return profile && profile->format == format ? profile : nullptr;
}

std::string digest_of_key(std::string_view api_key) { return crypto::to_hex(crypto::sha256(api_key)); }

bool same_secrets(const event::Profile& one, const event::Profile& other) {
    const event::Profile::Listen no_listen;
    const event::Profile::Send no_send;
    const auto all = [&](const event::Profile& profile) {
        const auto& in = profile.listen ? *profile.listen : no_listen;
        const auto& out = profile.send ? *profile.send : no_send;
        return std::tie(profile.aria_phrase, profile.api_key, in.certificate, in.key, in.client_ca, out.api_key, out.ca, out.certificate, out.key);
    };
    return all(one) == all(other);
}

Result<Partners> load_partners(env::Disk& disk, const std::string& folder) {
    const auto path = folder + "/partners.toml";
    Partners out;
    if (!disk.exists(path)) return out;
    TRY(const auto toml, disk.read(path));
    TRY(auto profiles, event::parse_profiles(toml, path));
    out.digest = crypto::to_hex(crypto::sha256(toml));
    Files files(disk, folder);
    std::string wrong;
    auto kind = ErrorKind::invalid;
    for (auto& profile : profiles) {
        if (auto filled = fill(files, profile); !filled) {
            wrong += (wrong.empty() ? "" : "\n") + profile.key + ": " + filled.error().message;
            kind = filled.error().kind;
        } else if (!profile.api_key.empty()) {
            const auto [whose, is_new] = out.api_keys.emplace(digest_of_key(profile.api_key), profile.key);
            if (!is_new)
                wrong += (wrong.empty() ? "" : "\n") + profile.key + ": api_key_file holds the key of " + whose->second + ": each needs its own";
        }
        out.profiles.push_back(std::make_shared<const event::Profile>(std::move(profile)));
    }
    if (!wrong.empty()) return fail(kind, std::move(wrong));
    return out;
}

}  // namespace bongsu::app
