#include "service/service.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "config/reader.hpp"
#include "config/toml.hpp"
#include "crypto/crypto.hpp"
#include "journal/erasable.hpp"

namespace bongsu::service {

namespace json = boost::json;

namespace {

using config::Reader;

constexpr std::array<std::string_view, 5> kLives{"proposed", "reviewed", "pilot", "running", "retired"};
constexpr std::array<std::string_view, 3> kDecisions{"by-itself", "after-receipt", "refused"};
constexpr std::size_t kTypesMax = 50, kPurposesMax = 10, kStagesMax = 30, kEffectsMax = 30;

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// Whether it is lent for these types alone, so that it may stand and fall with their service.
bool is_of(const grant::Purpose& purpose, const Service& service) {
    return !purpose.events.empty() && std::all_of(purpose.events.begin(), purpose.events.end(), [&](const std::string& event) { return service.find_type(event) != nullptr; });
}

/// Each of the agencies that may ask is one of the senders'.
void check_agencies(Reader& reader, const grant::Purpose& purpose, const Service& service) {
    for (const auto& agency : purpose.agencies) {
        if (!service.is_sent_by(agency)) reader.wrong("purpose " + purpose.key + ".agencies", "hold \"" + agency + "\", which is not among senders");
    }
}

std::string key_in(Reader& reader, const json::object& table, const std::string& field) {
    auto key = reader.text(table, "key", field);
    if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos || key.size() > Reader::kWordMax)
        reader.wrong(field, "must be at most 40 of a-z, 0-9 and '-'");
    return key;
}

Name name_in(Reader& reader, const json::object& table, const std::string& field) {
    return {reader.text(table, "ko", field + ".ko"), reader.text(table, "en", field + ".en")};
}

std::vector<const json::object*> tables_of(Reader& reader, const json::object& table, std::string_view key, std::size_t most) {
    return table.if_contains(key) == nullptr ? std::vector<const json::object*>{} : reader.tables(key, most);
}

void read_types(Reader& reader, Service& out) {
    for (const auto* table : reader.tables("types", kTypesMax)) {
        reader.only(*table, "types", {"id", "ko", "en"});
        Type type{reader.text(*table, "id", "types.id"), {}};
        if (table->contains("ko") || table->contains("en")) type.name = name_in(reader, *table, "types");
        // What is no code would be gone with an erasure, and with it whose case it was.
        if (!journal::is_code(type.id)) reader.wrong("types.id", "must be 1 to 64 letters, digits and . _ -, with a letter among them");
        if (out.find_type(type.id) != nullptr) reader.wrong("types", "hold \"" + type.id + "\" twice");
        out.types.push_back(std::move(type));
    }
}

void read_codes(Reader& reader, const json::object& root, Service& out) {
    if (!root.contains("codes")) return;
    const auto* table = reader.sub_table("codes");
    if (table == nullptr) return;
    reader.only(*table, "codes", {"by-itself", "after-receipt", "refused"});
    for (std::size_t i = 0; i < kDecisions.size(); ++i) {
        const auto field = "codes." + std::string(kDecisions[i]);
        for (const auto& word : reader.texts(*table, kDecisions[i], field)) {
            if (word.size() != 1 || word[0] < '0' || word[0] > '4') reader.wrong(field, "must hold \"0\" to \"4\"");
            else if (!out.codes.emplace(word[0] - '0', static_cast<Decision>(i)).second) reader.wrong(field, "holds \"" + word + "\", which stands elsewhere too");
        }
    }
    if (out.codes.size() != 5) reader.wrong("codes", "must say of each code from 0 to 4 what it decides");
}

void read_stages(Reader& reader, const json::object& root, Service& out) {
    for (const auto* table : tables_of(reader, root, "stages", kStagesMax)) {
        reader.only(*table, "stages", {"key", "ko", "en", "item", "values"});
        Stage stage{key_in(reader, *table, "stages.key"), name_in(reader, *table, "stages"), reader.text(*table, "item", "stages.item"),
                    reader.texts(*table, "values", "stages.values")};
        out.stages.push_back(std::move(stage));
    }
}

void read_effects(Reader& reader, const json::object& root, Service& out) {
    for (const auto* table : tables_of(reader, root, "results", kEffectsMax)) {
        reader.only(*table, "results", {"key", "ko", "en", "helped"});
        Effect effect{key_in(reader, *table, "results.key"), name_in(reader, *table, "results"), false};
        const auto* helped = table->if_contains("helped");
        if (helped == nullptr || !helped->is_bool()) reader.wrong("results.helped", "must be true or false");
        else effect.helped = helped->get_bool();
        if (out.find_result(effect.key) != nullptr) reader.wrong("results.key", "stands twice: " + effect.key);
        out.results.push_back(std::move(effect));
    }
}

/// What is lent under it: purposes of purposes.toml by their keys, and its own.
void read_purposes(Reader& reader, const json::object& root, Service& out, std::string& errors) {
    if (root.contains("purposes")) out.purposes = reader.texts("purposes");
    json::array events;
    for (const auto& type : out.types) events.emplace_back(type.id);
    for (const auto* table : tables_of(reader, root, "purpose", kPurposesMax)) {
        auto whole = *table;
        if (!whole.contains("events")) whole["events"] = events;
        if (!whole.contains("name")) whole["name"] = json::object{{"ko", out.name.ko}, {"en", out.name.en}};
        Reader inner(whole, out.key + ": purpose " + config::text_at(*table, "key").value_or("?"), errors);
        auto purpose = grant::read_purpose(inner, whole);
        for (const auto& event : purpose.events) {
            if (out.find_type(event) == nullptr) inner.wrong("events", "holds \"" + event + "\", which is no type of this service");
        }
        if (contains(out.purposes, purpose.key)) inner.wrong("key", "is declared twice");
        out.purposes.push_back(purpose.key);
        out.own_purposes.push_back(std::move(purpose));
    }
    for (const auto& key : out.purposes) {
        const bool is_own = std::any_of(out.own_purposes.begin(), out.own_purposes.end(), [&](const grant::Purpose& one) { return one.key == key; });
        const auto* known = is_own ? nullptr : grant::Purposes::defaults().find(key);
        if (!is_own && known == nullptr) reader.wrong("purposes", "names \"" + key + "\", which is declared nowhere");
        if (known != nullptr && !is_of(*known, out)) reader.wrong("purposes", "names \"" + key + "\", which is lent for other types than this service's too");
        if (known != nullptr) check_agencies(reader, *known, out);
    }
    for (const auto& purpose : out.own_purposes) check_agencies(reader, purpose, out);
}

void read_sop_of(Reader& reader, const json::object& root, Service& out, std::string& errors) {
    if (!root.contains("sop")) return;
    const auto* table = reader.sub_table("sop");
    if (table == nullptr) return;
    auto whole = *table;
    json::array events;
    for (const auto& type : out.types) events.emplace_back(type.id);
    whole["key"] = out.key;
    whole["version"] = out.version;
    whole["events"] = std::move(events);
    if (!whole.contains("name")) whole["name"] = json::object{{"ko", out.name.ko}, {"en", out.name.en}};
    for (const auto* field : {"key", "version", "events"}) {
        if (table->contains(field)) reader.wrong("sop." + std::string(field), "is the service's own: leave it out");
    }
    Reader inner(whole, out.key + ": sop", errors);
    out.own_sop = sop::read_sop(inner, whole);
}

void read_desk(Reader& reader, const json::object& root, Service& out) {
    if (!root.contains("desk")) return;
    for (const auto& word : reader.texts("desk")) {
        const auto role = identity::parse_role(word, "desk");
        if (role && *role != identity::Role::agency) out.desk.push_back(*role);
        else reader.wrong("desk", "holds \"" + word + "\", which is no role of the centre's people");
    }
    if (out.desk.empty()) reader.wrong("desk", "must name who sees it, or be left out");
}

void read_keep(Reader& reader, const json::object& root, Service& out) {
    if (!root.contains("keep")) return;
    const auto* table = reader.sub_table("keep");
    if (table == nullptr) return;
    reader.only(*table, "keep", {"days", "basis"});
    out.keep = Keep{std::chrono::days{reader.whole(*table, "days", "keep.days", 1, 3650)}, reader.text(*table, "basis", "keep.basis")};
}

Service read_service(const json::object& root, const std::string& file, std::string& errors) {
    Service out;
    Reader reader(root, file, errors);
    reader.only(root, "the file", {"key", "version", "name", "life", "senders", "types", "codes", "purposes", "purpose", "sop", "desk", "stages", "results", "keep"});
    out.key = key_in(reader, root, "key");
    out.version = reader.whole("version", 1, 1'000'000);
    const auto name = reader.name(root, "");
    out.name = {name.ko, name.en};
    const auto life = life_of(reader.text("life"));
    if (!life) reader.wrong("life", "must be \"proposed\", \"reviewed\", \"pilot\", \"running\" or \"retired\"");
    out.life = life.value_or(Life::proposed);
    out.senders = reader.texts("senders");
    if (out.senders.empty()) reader.wrong("senders", "must name whose messages are its own");
    read_types(reader, out);
    read_codes(reader, root, out);
    read_purposes(reader, root, out, errors);
    read_sop_of(reader, root, out, errors);
    read_desk(reader, root, out);
    read_stages(reader, root, out);
    read_effects(reader, root, out);
    read_keep(reader, root, out);
    auto lasting = root;
    lasting.erase("life");
    out.digest = crypto::to_hex(crypto::sha256(json::serialize(lasting)));
    return out;
}

/// What one says must not be another's.
void check_together(const std::vector<Service>& services, std::string& errors) {
    std::map<std::string, std::string> keys, types, purposes;
    const auto once = [&](std::map<std::string, std::string>& seen, const std::string& what, const std::string& word, const std::string& whose) {
        const auto [found, is_new] = seen.emplace(word, whose);
        if (!is_new) errors += (errors.empty() ? "" : "\n") + whose + ": " + what + " \"" + word + "\" is of " + found->second + " already";
    };
    for (const auto& service : services) {
        once(keys, "key", service.key, service.key);
        for (const auto& type : service.types) once(types, "type", type.id, service.key);
        for (const auto& purpose : service.purposes) once(purposes, "purpose", purpose, service.key);
        for (const auto& purpose : service.own_purposes) {
            const auto* known = grant::Purposes::defaults().find(purpose.key);
            if (known != nullptr && !is_of(*known, service))
                errors += (errors.empty() ? "" : "\n") + service.key + ": purpose " + purpose.key + ": key stands in purposes.toml already: name it in purposes";
        }
    }
}

}  // namespace

std::string_view to_string(Life life) { return kLives.at(static_cast<std::size_t>(life)); }
std::string_view to_string(Decision decision) { return kDecisions.at(static_cast<std::size_t>(decision)); }

namespace {

template <class Word, class Words>
std::optional<Word> word_of(const Words& words, std::string_view word) {
    const auto found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? std::nullopt : std::optional(static_cast<Word>(found - words.begin()));
}

}  // namespace

std::optional<Life> life_of(std::string_view word) { return word_of<Life>(kLives, word); }
std::optional<Decision> decision_of(std::string_view word) { return word_of<Decision>(kDecisions, word); }

bool may_follow(Life before, Life after) {
    if (before == after) return true;
    if (before == Life::retired) return false;
    return after == Life::retired || static_cast<int>(after) == static_cast<int>(before) + 1 || (before == Life::pilot && after == Life::reviewed);
}

bool Service::is_sent_by(std::string_view agency) const {
    return std::any_of(senders.begin(), senders.end(), [&](const std::string& start) { return agency.starts_with(start); });
}

const Type* Service::find_type(std::string_view id) const {
    const auto found = std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.id == id; });
    return found == types.end() ? nullptr : &*found;
}

const Stage* Service::stage_of(const std::map<std::string, std::string>& items) const {
    for (const auto& stage : stages) {
        const auto item = items.find(stage.item);
        if (item != items.end() && contains(stage.values, item->second)) return &stage;
    }
    return nullptr;
}

const Effect* Service::find_result(std::string_view wanted) const {
    const auto found = std::find_if(results.begin(), results.end(), [&](const Effect& effect) { return effect.key == wanted; });
    return found == results.end() ? nullptr : &*found;
}

bool Service::is_seen_by(identity::Role role) const { return desk.empty() || std::find(desk.begin(), desk.end(), role) != desk.end(); }

Result<Services> Services::parse(const std::map<std::string, std::string>& files) {
    if (files.size() > kServicesMax) return fail(ErrorKind::invalid, "services: at most " + std::to_string(kServicesMax) + " may be declared");
    Services out;
    std::string errors;
    for (const auto& [file, text] : files) {
        if (text.size() > kFileBytesMax) return fail(ErrorKind::invalid, file + ": is longer than 256 KiB");
        auto root = config::parse_toml(text, file);
        if (!root) errors += (errors.empty() ? "" : "\n") + root.error().message;
        else out.services_.push_back(read_service(*root, file, errors));
    }
    check_together(out.services_, errors);
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

Result<Services> Services::with_defaults(const std::map<std::string, std::string>& files) {
    TRY(const auto own, parse(files));
    auto out = own;
    for (const auto& service : defaults().services_) {
        if (own.find(service.key) == nullptr) out.services_.push_back(service);
    }
    std::sort(out.services_.begin(), out.services_.end(), [](const Service& a, const Service& b) { return a.key < b.key; });
    std::string errors;
    check_together(out.services_, errors);
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

const Services& Services::defaults() {
    static const Services services = [] {
        auto parsed = parse(default_services());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return services;
}

const Service* Services::find(std::string_view key) const {
    const auto found = std::find_if(services_.begin(), services_.end(), [&](const Service& one) { return one.key == key; });
    return found == services_.end() ? nullptr : &*found;
}

const Service* Services::of_type(std::string_view type) const {
    const auto found = std::find_if(services_.begin(), services_.end(), [&](const Service& one) { return one.find_type(type) != nullptr; });
    return found == services_.end() ? nullptr : &*found;
}

grant::Purposes Services::purposes(const grant::Purposes& base) const {
    std::vector<grant::Purpose> more;
    std::vector<std::string> idle;
    for (const auto& service : services_) {
        if (!service.is_in_force()) idle.insert(idle.end(), service.purposes.begin(), service.purposes.end());
        else more.insert(more.end(), service.own_purposes.begin(), service.own_purposes.end());
    }
    // Of a service that names it no more, or in whose place another text stands, it is lent no more either.
    for (const auto& purpose : base.all()) {
        const auto is_its = [&](const Service& service) { return is_of(purpose, service); };
        const auto names_it = [&](const Service& service) { return service.is_in_force() && contains(service.purposes, purpose.key); };
        if (std::any_of(services_.begin(), services_.end(), is_its) && std::none_of(services_.begin(), services_.end(), names_it)) idle.push_back(purpose.key);
    }
    return base.with(more).without(idle);
}

sop::Sops Services::sops(const sop::Sops& base) const {
    std::vector<sop::Sop> more;
    for (const auto& service : services_) {
        if (service.is_in_force() && service.own_sop) more.push_back(*service.own_sop);
    }
    return base.with(more);
}

const Stage* Services::find_stage(std::string_view service, std::string_view wanted) const {
    const auto* known = find(service);
    if (known == nullptr) return nullptr;
    const auto found = std::find_if(known->stages.begin(), known->stages.end(), [&](const Stage& stage) { return stage.key == wanted; });
    return found == known->stages.end() ? nullptr : &*found;
}

void Services::set_aside(const std::vector<std::string>& keys) {
    for (auto& service : services_) {
        if (contains(keys, service.key)) service.is_aside = true;
    }
}

std::vector<std::string> Services::hidden_from(identity::Role role) const {
    std::vector<std::string> out;
    for (const auto& service : services_) {
        if (service.is_seen_by(role)) continue;
        for (const auto& type : service.types) out.push_back(type.id);
    }
    return out;
}

}  // namespace bongsu::service
