#include "grant/purpose.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "config/reader.hpp"
#include "config/toml.hpp"

namespace bongsu::grant {

namespace {

constexpr std::array<std::string_view, 14> kFields{
    "key",    "name",  "basis",   "events", "opens_at_grades", "agencies", "asked_by",
    "holder", "roles", "cameras", "kinds",  "height",          "ptz",      "persons"};
constexpr std::array<std::string_view, 4> kKinds{"live", "playback", "snapshot", "copy"};
constexpr std::size_t kBytesMax = 1U << 20U, kPurposesMax = 200;

namespace json = boost::json;
using config::Reader;

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::vector<identity::Role> roles_of(Reader& reader, std::string_view field) {
    std::vector<identity::Role> found;
    for (const auto& word : reader.texts(field)) {
        if (const auto role = identity::parse_role(word, field)) found.push_back(*role);
        else reader.wrong(field, "holds \"" + word + "\", which is no role");
    }
    return found;
}

void read_basis(Reader& reader, std::vector<Basis>& basis) {
    for (const auto* table : reader.tables("basis", Reader::kListMax)) {
        // A law comes into force at midnight in Seoul.
        const auto from = parse_rfc3339(config::text_at(*table, "from").value_or("") + "T00:00:00+09:00", "basis.from");
        if (!from) return reader.wrong("basis", "must hold tables { from = a date, text = \"…\" }");
        reader.only(*table, "basis", {"from", "text"});
        basis.push_back({*from, reader.text(*table, "text", "basis.text")});
    }
    const auto later = [](const Basis& a, const Basis& b) { return a.from >= b.from; };
    if (std::adjacent_find(basis.begin(), basis.end(), later) != basis.end()) reader.wrong("basis", "must stand in the order of `from`");
}

void read_words(Reader& reader, Purpose& purpose) {
    purpose.events = reader.texts("events");
    purpose.opens_at_grades = reader.texts("opens_at_grades");
    for (const auto& grade : purpose.opens_at_grades) {
        if (grade != "10" && grade != "20") reader.wrong("opens_at_grades", "must hold \"10\" or \"20\"");
    }
    purpose.agencies = reader.texts("agencies");
    purpose.asked_by = roles_of(reader, "asked_by");
    purpose.roles = roles_of(reader, "roles");
    if (purpose.roles.empty()) reader.wrong("roles", "must name who may look");
    purpose.kinds = reader.texts("kinds");
    if (purpose.kinds.empty())
        reader.wrong("kinds", "must name at least one of live, playback, snapshot, copy");
    for (const auto& kind : purpose.kinds) {
        if (!contains(kKinds, kind)) reader.wrong("kinds", "holds \"" + kind + "\", which is no kind");
    }
}

}  // namespace

Purpose read_purpose(Reader& reader, const json::object& table) {
    Purpose purpose;
    for (const auto& item : table) {
        const std::string_view key = item.key();
        if (!contains(kFields, key) && key != "minutes") reader.wrong(key, "is not a field of a purpose");
    }
    purpose.key = reader.text("key");
    if (purpose.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
        reader.wrong("key", "must be of a-z, 0-9 and '-'");
    }
    const auto name = reader.name(table, "");
    purpose.name_ko = name.ko;
    purpose.name_en = name.en;
    read_basis(reader, purpose.basis);
    read_words(reader, purpose);
    const auto holder = reader.text("holder");
    purpose.holder = holder == "centre" ? HolderRule::centre : holder == "person" ? HolderRule::person : HolderRule::requesting_agency;
    if (holder != "centre" && holder != "person" && holder != "requesting-agency") {
        reader.wrong("holder", "must be \"requesting-agency\", \"centre\" or \"person\"");
    }
    if (const auto* cameras = reader.sub_table("cameras")) {
        reader.only(*cameras, "cameras", {"rule", "count", "radius_m"});
        if (reader.text(*cameras, "rule", "cameras.rule") != "nearest-views") {
            reader.wrong("cameras.rule", "must be \"nearest-views\"");
        }
        purpose.cameras.count =
            static_cast<std::size_t>(reader.whole(*cameras, "count", "cameras.count", 1, 64));
        purpose.cameras.radius_m =
            static_cast<double>(reader.whole(*cameras, "radius_m", "cameras.radius_m", 1, 20'000));
    }
    purpose.height = static_cast<int>(reader.whole("height", 0, 4320));
    purpose.ptz = reader.flag("ptz");
    purpose.persons = static_cast<int>(reader.whole("persons", 1, 2));
    purpose.duration = std::chrono::minutes{reader.whole("minutes", 1, 60 * 24 * 30)};
    return purpose;
}

const std::string& Purpose::basis_at(WallTime time) const {
    BONGSU_CHECK(!basis.empty());
    const auto after =
        std::find_if(basis.begin(), basis.end(), [time](const Basis& entry) { return entry.from > time; });
    return after == basis.begin() ? basis.front().text : std::prev(after)->text;
}

bool Purpose::triggered_by(std::string_view event_type, const AgencyId& agency) const {
    if (!contains(events, event_type) && !contains(events, "*")) return false;
    // A purpose whose holder is the centre does not depend on who sent the event.
    return (agencies.empty() && holder == HolderRule::centre) ||
           std::any_of(agencies.begin(), agencies.end(),
                       [&](const std::string& start) { return agency.value.starts_with(start); });
}

bool Purpose::opens_by_itself(std::string_view grade) const { return contains(opens_at_grades, grade); }

bool Purpose::may_be_asked_by(identity::Role role) const {
    return std::find(asked_by.begin(), asked_by.end(), role) != asked_by.end();
}

Result<Purposes> Purposes::parse(std::string_view text) {
    if (text.size() > kBytesMax) return fail(ErrorKind::invalid, "purposes: the text is longer than 1 MiB");
    TRY(const auto root, config::parse_toml(text, "purposes"));
    Purposes purposes;
    std::string errors;
    Reader(root, "purposes", errors).only(root, "the file", {"purpose"});
    const auto* array = config::array_at(root, "purpose");
    if (array == nullptr || array->empty() || array->size() > kPurposesMax) {
        return fail(ErrorKind::invalid, "purposes: 1 to 200 [[purpose]] must be declared");
    }
    for (const auto& item : *array) {
        const auto* table = item.if_object();
        if (table == nullptr) return fail(ErrorKind::invalid, "purposes: [[purpose]] must be a table");
        const auto number = std::to_string(purposes.purposes_.size() + 1);
        Reader reader(*table, config::text_at(*table, "key").value_or("purpose " + number), errors);
        auto purpose = read_purpose(reader, *table);
        if (purposes.find(purpose.key) != nullptr) reader.wrong("key", "is declared twice");
        purposes.purposes_.push_back(std::move(purpose));
    }
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return purposes;
}

const Purposes& Purposes::defaults() {
    static const Purposes purposes = [] {
        auto parsed = parse(default_purposes());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return purposes;
}

Purposes Purposes::with(const std::vector<Purpose>& more) const {
    auto out = *this;
    for (const auto& purpose : more) {
        const auto same = std::find_if(out.purposes_.begin(), out.purposes_.end(), [&](const Purpose& one) { return one.key == purpose.key; });
        if (same == out.purposes_.end()) out.purposes_.push_back(purpose);
        else *same = purpose;
    }
    return out;
}

Purposes Purposes::without(const std::vector<std::string>& keys) const {
    auto out = *this;
    std::erase_if(out.purposes_, [&](const Purpose& purpose) { return contains(keys, purpose.key); });
    return out;
}

const Purpose* Purposes::find(std::string_view key) const {
    const auto found = std::find_if(purposes_.begin(), purposes_.end(),
                                    [key](const Purpose& purpose) { return purpose.key == key; });
    return found == purposes_.end() ? nullptr : &*found;
}

std::vector<const Purpose*> Purposes::for_event(std::string_view event_type, const AgencyId& agency) const {
    std::vector<const Purpose*> found;
    for (const auto& purpose : purposes_) {
        if (purpose.triggered_by(event_type, agency)) found.push_back(&purpose);
    }
    return found;
}

}  // namespace bongsu::grant
