#include "grant/purpose.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <optional>

#include "config/toml.hpp"

namespace bongsu::grant {

namespace {

constexpr std::array<std::string_view, 14> kFields{
    "key",    "name",  "basis",   "events", "opens_at_grades", "agencies", "asked_by",
    "holder", "roles", "cameras", "kinds",  "height",          "ptz",      "persons"};
constexpr std::array<std::string_view, 4> kKinds{"live", "playback", "snapshot", "copy"};
constexpr std::size_t kBytesMax = 1U << 20U, kPurposesMax = 200, kListMax = 100;

namespace json = boost::json;

std::optional<std::string> text_at(const json::object& table, std::string_view key) {
    const auto* value = table.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

const json::array* array_at(const json::object& table, std::string_view key) {
    const auto* value = table.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// Reads one [[purpose]] and gathers what is wrong with it.
class Reader {
  public:
    Reader(const json::object& table, std::string name, std::string& errors)
        : table_(table), name_(std::move(name)), errors_(errors) {}

    void wrong(std::string_view field, std::string_view rule) {
        errors_.append(errors_.empty() ? "" : "\n").append(name_).append(": ");
        errors_.append(field).append(" ").append(rule);
    }

    std::string text(const json::object& table, std::string_view key, std::string_view field) {
        const auto value = text_at(table, key);
        if (value && !value->empty() && value->size() <= 500) return *value;
        wrong(field, "must be a text of 1 to 500 bytes");
        return {};
    }
    std::string text(std::string_view field) { return text(table_, field, field); }

    std::int64_t whole(const json::object& table, std::string_view key, std::string_view field,
                       std::int64_t min, std::int64_t max) {
        const auto* value = table.if_contains(key);
        if (value != nullptr && value->is_int64() && value->get_int64() >= min && value->get_int64() <= max) {
            return value->get_int64();
        }
        wrong(field, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        return min;
    }
    std::int64_t whole(std::string_view field, std::int64_t min, std::int64_t max) {
        return whole(table_, field, field, min, max);
    }

    bool flag(std::string_view field) {
        const auto* value = table_.if_contains(field);
        if (value != nullptr && value->is_bool()) return value->get_bool();
        wrong(field, "must be true or false");
        return false;
    }

    std::vector<std::string> texts(std::string_view field) {
        std::vector<std::string> found;
        const auto* array = array_at(table_, field);
        if (array == nullptr || array->size() > kListMax) {
            wrong(field, "must be a list of at most 100 texts");
            return found;
        }
        for (const auto& item : *array) {
            const auto* value = item.if_string();
            if (value == nullptr || value->empty() || value->size() > 40) {
                wrong(field, "must hold texts of 1 to 40 bytes");
                break;
            }
            found.emplace_back(*value);
        }
        return found;
    }

    std::vector<identity::Role> roles(std::string_view field) {
        std::vector<identity::Role> found;
        for (const auto& word : texts(field)) {
            const auto role = identity::parse_role(word, field);
            if (role) {
                found.push_back(*role);
            } else {
                wrong(field, "holds \"" + word + "\", which is no role");
            }
        }
        return found;
    }

    const json::object* sub_table(std::string_view field) {
        const auto* value = table_.if_contains(field);
        const auto* table = value == nullptr ? nullptr : value->if_object();
        if (table == nullptr) wrong(field, "must be a table");
        return table;
    }

    void only(const json::object& table, std::string_view field,
              std::initializer_list<std::string_view> known) {
        for (const auto& item : table) {
            if (!contains(known, item.key()))
                wrong(field, "does not know \"" + std::string(item.key()) + "\"");
        }
    }

    void basis(std::vector<Basis>& basis) {
        const auto* array = array_at(table_, "basis");
        if (array == nullptr || array->empty() || array->size() > kListMax) {
            return wrong("basis", "must be a list of 1 to 100 tables { from, text }");
        }
        for (const auto& item : *array) {
            const auto* table = item.if_object();
            const auto day = table == nullptr ? std::nullopt : text_at(*table, "from");
            // A law comes into force at midnight in Seoul.
            const auto from = parse_rfc3339(day.value_or("") + "T00:00:00+09:00", "basis.from");
            if (!from) return wrong("basis", "must hold tables { from = a date, text = \"…\" }");
            only(*table, "basis", {"from", "text"});
            basis.push_back({*from, text(*table, "text", "basis.text")});
        }
        const auto later = [](const Basis& a, const Basis& b) { return a.from >= b.from; };
        if (std::adjacent_find(basis.begin(), basis.end(), later) != basis.end()) {
            wrong("basis", "must stand in the order of `from`");
        }
    }

  private:
    const json::object& table_;
    std::string name_;
    std::string& errors_;
};

void read_words(Reader& reader, Purpose& purpose) {
    purpose.events = reader.texts("events");
    purpose.opens_at_grades = reader.texts("opens_at_grades");
    for (const auto& grade : purpose.opens_at_grades) {
        if (grade != "10" && grade != "20") reader.wrong("opens_at_grades", "must hold \"10\" or \"20\"");
    }
    purpose.agencies = reader.texts("agencies");
    purpose.asked_by = reader.roles("asked_by");
    purpose.roles = reader.roles("roles");
    if (purpose.roles.empty()) reader.wrong("roles", "must name who may look");
    purpose.kinds = reader.texts("kinds");
    if (purpose.kinds.empty())
        reader.wrong("kinds", "must name at least one of live, playback, snapshot, copy");
    for (const auto& kind : purpose.kinds) {
        if (!contains(kKinds, kind)) reader.wrong("kinds", "holds \"" + kind + "\", which is no kind");
    }
}

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
    if (const auto* name = reader.sub_table("name")) {
        reader.only(*name, "name", {"ko", "en"});
        purpose.name_ko = reader.text(*name, "ko", "name.ko");
        purpose.name_en = reader.text(*name, "en", "name.en");
    }
    reader.basis(purpose.basis);
    read_words(reader, purpose);
    const auto holder = reader.text("holder");
    purpose.holder = holder == "centre" ? HolderRule::centre : HolderRule::requesting_agency;
    if (holder != "centre" && holder != "requesting-agency") {
        reader.wrong("holder", "must be \"requesting-agency\" or \"centre\"");
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

}  // namespace

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
    const auto* array = array_at(root, "purpose");
    if (array == nullptr || array->empty() || array->size() > kPurposesMax) {
        return fail(ErrorKind::invalid, "purposes: 1 to 200 [[purpose]] must be declared");
    }
    for (const auto& item : *array) {
        const auto* table = item.if_object();
        if (table == nullptr) return fail(ErrorKind::invalid, "purposes: [[purpose]] must be a table");
        const auto number = std::to_string(purposes.purposes_.size() + 1);
        Reader reader(*table, text_at(*table, "key").value_or("purpose " + number), errors);
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
