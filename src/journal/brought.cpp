#include "journal/brought.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "crypto/crypto.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

constexpr std::size_t kSaltBytes = 16;

tl::unexpected<Error> bad(const std::string& file, const std::string& what) {
    return fail(ErrorKind::invalid, file + ": " + what);
}

/// 2.0 and 2e0 are 2, as every reader of JSON but this library has it: what was kept may have passed through one.
void write_integers(json::value& value) {
    constexpr double kMax = 9007199254740991;
    if (value.is_double()) {
        const auto number = value.get_double();
        if (std::abs(number) <= kMax && std::trunc(number) == number) value = static_cast<std::int64_t>(number);
    } else if (value.is_array()) {
        for (auto& item : value.get_array()) write_integers(item);
    } else if (value.is_object()) {
        for (auto& item : value.get_object()) write_integers(item.value());
    }
}

/// The objects of one value: itself, a list's, or those of a page's `items`.
Result<std::vector<json::object>> objects_of(std::string_view text, const std::string& file) {
    if (text.size() > kBroughtBytesMax) return bad(file, "has more than " + std::to_string(kBroughtBytesMax) + " bytes");
    constexpr std::string_view kBom = "\xef\xbb\xbf";  // An editor's: no signature is over this text itself.
    if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
    boost::system::error_code code;
    auto value = json::parse(text, code);
    if (code) return bad(file, "is no JSON: " + code.message());
    write_integers(value);
    if (value.is_object() && value.get_object().contains("items")) {
        auto items = value.get_object().at("items");
        if (!items.is_array()) return bad(file, "items is no list");
        value = std::move(items);
    }
    if (!value.is_array()) value = json::array{std::move(value)};
    std::vector<json::object> objects;
    for (auto& item : value.get_array()) {
        if (!item.is_object()) return bad(file, "item " + std::to_string(objects.size() + 1) + " is no object");
        objects.push_back(std::move(item.get_object()));
    }
    if (objects.empty()) return bad(file, "holds nothing");
    return objects;
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t seq_of(const json::object& object) {
    const auto* value = object.if_contains("seq");
    return value != nullptr && value->is_int64() && value->get_int64() > 0 ? static_cast<std::uint64_t>(value->get_int64())
                                                                           : 0;
}

/// What does not hold of an entry by itself; empty when its digests are those of its fields.
std::string own_fault(const json::object& entry) {
    json::object covered;
    for (const auto* name : {"actor", "kind", "payloadDigest", "prev", "seq", "subjects", "time"}) {
        const auto* value = entry.if_contains(name);
        if (value == nullptr) return std::string("it has no ") + name;
        covered[name] = *value;
    }
    const auto head = crypto::canonical_json(covered);
    if (!head || crypto::to_hex(crypto::sha256(*head)) != text_of(entry, "digest")) return "its digest is not that of its fields";
    const auto* payload = entry.if_contains("payload");
    if (payload == nullptr || payload->is_null()) return {};  // Erased by law: its digest stays in the head.
    const auto salt = crypto::from_hex(text_of(entry, "salt"), "salt");
    if (!salt || salt->size() != kSaltBytes) return "its salt has not 16 bytes";
    const auto body = crypto::canonical_json(*payload);
    if (!body || crypto::to_hex(crypto::sha256(*salt + *body)) != text_of(entry, "payloadDigest"))
        return "its payload is not the one that was recorded";
    return {};
}

}  // namespace

Result<BroughtCheckpoints> checkpoints_of(std::string_view text, const std::string& file) {
    TRY(const auto objects, objects_of(text, file));
    BroughtCheckpoints brought;
    for (const auto& object : objects) {
        const auto where = "item " + std::to_string(brought.checkpoints.size() + 1);
        auto checkpoint = checkpoint_from_json(object);
        if (!checkpoint) return bad(file, where + ": " + checkpoint.error().message);
        if (const auto* key_field = object.if_contains("publicKey"); key_field != nullptr && !key_field->is_null()) {
            TRY(auto key, crypto::from_hex(text_of(object, "publicKey"), file + ": " + where + ": publicKey"));
            if (key.size() != 32) return bad(file, where + ": publicKey has not 32 bytes");
            const auto known = brought.keys[checkpoint->site.value].emplace(checkpoint->kid, key);
            if (known.first->second != key) return bad(file, where + ": publicKey is not the one that came before under the same kid");
        }
        brought.checkpoints.push_back({*std::move(checkpoint), file});
    }
    return brought;
}

Result<std::vector<BroughtEntry>> entries_of(std::string_view text, const std::string& file) {
    TRY(auto objects, objects_of(text, file));
    std::vector<BroughtEntry> entries;
    for (auto& object : objects) {
        if (seq_of(object) == 0) return bad(file, "item " + std::to_string(entries.size() + 1) + " has no seq from 1: it is no entry");
        entries.push_back({file, std::move(object)});
    }
    return entries;
}

Inclusion inclusion(const VerifyReport& report, const json::object& entry, std::uint64_t agreed) {
    const auto seq = seq_of(entry);
    const auto name = "entry " + std::to_string(seq);
    if (const auto fault = own_fault(entry); !fault.empty()) return {false, name + " does not hold by itself: " + fault};
    if (seq > report.digests.size()) return {false, "the journal holds no " + name};
    const auto& there = report.digests[seq - 1];
    if (crypto::to_hex({there.data(), there.size()}) != text_of(entry, "digest"))
        return {false, name + " of the journal is another one"};
    const auto* payload = entry.if_contains("payload");
    const bool has_contents = payload != nullptr && !payload->is_null();
    return {true, name + " is in the journal; " +
                      (seq <= agreed ? "confirmed by a checkpoint kept elsewhere, which agrees up to entry " + std::to_string(agreed)
                                     : "younger than the last checkpoint kept elsewhere: the chain alone says so") +
                      (has_contents ? "" : "; it came without its contents: nothing is said of them")};
}

}  // namespace bongsu::journal
