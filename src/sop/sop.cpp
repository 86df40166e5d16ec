#include "sop/sop.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "config/reader.hpp"
#include "config/toml.hpp"
#include "journal/payload.hpp"

namespace bongsu::sop {
namespace {

namespace json = boost::json;
using config::Reader;

constexpr std::size_t kSopsMax = 300, kStepsMax = 60, kAnswersMax = 8;
constexpr std::array<std::string_view, 3> kKinds{"act", "ask", "tell"};
/// What a procedure may hold up: never what ends views or what a sender says.
constexpr std::array<std::string_view, 2> kGated{"close", "dispatch"};
/// The acts on an incident that a step can be.
constexpr std::array<std::string_view, 6> kDone{"request_hold", "notify_112", "notify_119", "notify_disaster", "call", "dispatch"};
constexpr std::int64_t kDueMax = 24 * 3600;

template <class List>
bool contains(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string read_key(Reader& reader, const json::object& table, const std::string& field) {
    auto key = reader.text(table, "key", field);
    if (key.size() > Reader::kWordMax || key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos || key == kEnd)
        reader.wrong(field, "must be of a-z, 0-9 and '-', at most 40, and not \"end\"");
    return key;
}

Text read_text(Reader& reader, const json::object& table, std::string_view key, const std::string& field) {
    const auto* value = table.if_contains(key);
    const auto* text = value == nullptr ? nullptr : value->if_object();
    if (text == nullptr) return reader.wrong(field, "must be a table { ko, en }"), Text{};
    reader.only(*text, field, {"ko", "en"});
    return {reader.text(*text, "ko", field + ".ko"), reader.text(*text, "en", field + ".en")};
}

std::vector<Answer> read_answers(Reader& reader, const json::object& table, const std::string& field) {
    std::vector<Answer> out;
    const auto* array = config::array_at(table, "answers");
    if (array == nullptr || array->size() < 2 || array->size() > kAnswersMax) return reader.wrong(field, "must be 2 to 8 tables"), out;
    std::set<std::string> seen;
    for (const auto& item : *array) {
        const auto* answer = item.if_object();
        if (answer == nullptr) return reader.wrong(field, "must hold tables"), out;
        reader.only(*answer, field, {"key", "ko", "en", "next"});
        Answer one;
        one.key = read_key(reader, *answer, field + ".key");
        if (!seen.insert(one.key).second) reader.wrong(field + ".key", "stands twice: " + one.key);
        one.text = {reader.text(*answer, "ko", field + ".ko"), reader.text(*answer, "en", field + ".en")};
        one.next = config::text_at(*answer, "next").value_or("");
        out.push_back(std::move(one));
    }
    return out;
}

std::chrono::seconds read_seconds(Reader& reader, const json::object& table, std::string_view key, const std::string& field) {
    if (table.if_contains(key) == nullptr) return std::chrono::seconds(0);
    return std::chrono::seconds(reader.whole(table, key, field, 1, kDueMax));
}

Step read_step(Reader& reader, const json::object& table) {
    Step step;
    step.key = read_key(reader, table, "step.key");
    const std::string field = "step " + step.key;
    reader.only(table, field, {"key", "kind", "text", "answers", "next", "does", "to", "due_s", "acknowledge_s", "gates"});
    const auto kind = config::text_at(table, "kind").value_or("act");
    const auto known = std::find(kKinds.begin(), kKinds.end(), kind);
    if (known == kKinds.end()) reader.wrong(field + ".kind", "must be \"act\", \"ask\" or \"tell\"");
    else step.kind = static_cast<StepKind>(known - kKinds.begin());
    step.text = read_text(reader, table, "text", field + ".text");
    if (step.kind == StepKind::ask) step.answers = read_answers(reader, table, field + ".answers");
    else if (table.if_contains("answers") != nullptr) reader.wrong(field + ".answers", "are for kind \"ask\" only");
    step.next = config::text_at(table, "next").value_or("");
    if (step.kind == StepKind::ask && !step.next.empty()) reader.wrong(field + ".next", "is of each answer where the kind is \"ask\"");
    step.does = config::text_at(table, "does").value_or("");
    if (!step.does.empty() && (step.kind == StepKind::ask || !contains(kDone, step.does)))
        reader.wrong(field + ".does", "is for kinds \"act\" and \"tell\", one of request_hold, notify_112, notify_119, notify_disaster, call, dispatch");
    if (step.kind == StepKind::tell) step.to = reader.text(table, "to", field + ".to");
    else if (table.if_contains("to") != nullptr) reader.wrong(field + ".to", "is for kind \"tell\" only");
    step.due = read_seconds(reader, table, "due_s", field + ".due_s");
    step.acknowledge = read_seconds(reader, table, "acknowledge_s", field + ".acknowledge_s");
    if (step.acknowledge.count() > 0 && step.kind != StepKind::tell) reader.wrong(field + ".acknowledge_s", "is for kind \"tell\" only");
    if (table.if_contains("gates") != nullptr) step.gates = reader.texts(table, "gates", field + ".gates");
    for (const auto& gate : step.gates) {
        if (!contains(kGated, gate)) reader.wrong(field + ".gates", "may hold \"close\" and \"dispatch\", not \"" + gate + "\"");
    }
    return step;
}

/// Where nothing is said the step that stands behind is next; the last one leads to the end.
void complete_ways(Sop& sop) {
    for (std::size_t i = 0; i < sop.steps.size(); ++i) {
        const std::string behind = i + 1 < sop.steps.size() ? sop.steps[i + 1].key : std::string(kEnd);
        auto& step = sop.steps[i];
        if (step.kind != StepKind::ask && step.next.empty()) step.next = behind;
        for (auto& answer : step.answers) {
            if (answer.next.empty()) answer.next = behind;
        }
    }
}

std::vector<std::string> ways_of(const Step& step) {
    std::vector<std::string> out;
    if (step.kind != StepKind::ask) out.push_back(step.next);
    for (const auto& answer : step.answers) out.push_back(answer.next);
    return out;
}

/// Forward only, so that every way ends; and nothing stands there that no way leads to.
void check_ways(Reader& reader, const Sop& sop) {
    std::set<std::string> keys, reached{sop.steps.empty() ? "" : sop.steps.front().key};
    for (const auto& step : sop.steps) {
        if (!keys.insert(step.key).second) reader.wrong("step.key", "stands twice: " + step.key);
    }
    std::set<std::string> passed;
    for (const auto& step : sop.steps) {
        passed.insert(step.key);
        if (!reached.contains(step.key)) reader.wrong("step " + step.key, "is never reached");
        for (const auto& way : ways_of(step)) {
            if (way == kEnd) continue;
            if (!keys.contains(way)) reader.wrong("step " + step.key + ".next", "names \"" + way + "\", which is no step");
            else if (passed.contains(way)) reader.wrong("step " + step.key + ".next", "leads back to \"" + way + "\"");
            else reached.insert(way);
        }
    }
}

}  // namespace

Sop read_sop(Reader& reader, const json::object& table) {
    Sop sop;
    reader.only(table, "sop", {"key", "version", "name", "events", "step"});
    sop.key = read_key(reader, table, "key");
    sop.version = reader.whole(table, "version", "version", 1, 1'000'000);
    const auto name = reader.name(table, "");
    sop.name = {name.ko, name.en};
    sop.events = reader.texts(table, "events", "events");
    for (const auto* step : reader.tables("step", kStepsMax)) sop.steps.push_back(read_step(reader, *step));
    complete_ways(sop);
    check_ways(reader, sop);
    return sop;
}

namespace {

json::object text_object(const Text& text) { return {{"en", text.en}, {"ko", text.ko}}; }

Text text_from(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_object()) return {};
    return {journal::text_of(value->get_object(), "ko"), journal::text_of(value->get_object(), "en")};
}

json::array words(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object step_object(const Step& step) {
    json::array answers;
    for (const auto& answer : step.answers) answers.push_back(json::object{{"key", answer.key}, {"next", answer.next}, {"text", text_object(answer.text)}});
    return {{"acknowledge_s", step.acknowledge.count()}, {"answers", std::move(answers)}, {"does", step.does}, {"due_s", step.due.count()},
            {"gates", words(step.gates)}, {"key", step.key}, {"kind", json::string(to_string(step.kind))}, {"next", step.next},
            {"text", text_object(step.text)}, {"to", step.to}};
}

/// The objects of a list.
std::vector<const json::object*> objects_of(const json::object& parent, std::string_view key) {
    std::vector<const json::object*> out;
    const auto* array = config::array_at(parent, key);
    if (array == nullptr) return out;
    for (const auto& item : *array) {
        if (item.is_object()) out.push_back(&item.get_object());
    }
    return out;
}

Step step_from(const json::object& object) {
    Step step;
    step.key = journal::text_of(object, "key");
    const auto kind = std::find(kKinds.begin(), kKinds.end(), journal::text_of(object, "kind"));
    step.kind = kind == kKinds.end() ? StepKind::act : static_cast<StepKind>(kind - kKinds.begin());
    step.text = text_from(object, "text");
    for (const auto* answer : objects_of(object, "answers"))
        step.answers.push_back({journal::text_of(*answer, "key"), text_from(*answer, "text"), journal::text_of(*answer, "next")});
    step.next = journal::text_of(object, "next");
    step.does = journal::text_of(object, "does");
    step.to = journal::text_of(object, "to");
    step.due = std::chrono::seconds(journal::whole_of(object, "due_s"));
    step.acknowledge = std::chrono::seconds(journal::whole_of(object, "acknowledge_s"));
    step.gates = journal::texts_of(object, "gates");
    return step;
}

}  // namespace

std::string_view to_string(StepKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

const Step* Sop::find(std::string_view step) const {
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& one) { return one.key == step; });
    return found == steps.end() ? nullptr : &*found;
}

std::string Sop::to_json() const {
    json::array list;
    for (const auto& step : steps) list.push_back(step_object(step));
    return json::serialize(json::object{{"events", words(events)}, {"key", key}, {"name", text_object(name)}, {"steps", std::move(list)}, {"version", version}});
}

Result<Sop> from_json(std::string_view text) {
    boost::system::error_code code;
    const auto value = json::parse(text, code);
    if (code || !value.is_object()) return fail(ErrorKind::corrupt, "the text of a procedure is no JSON object");
    const auto& object = value.get_object();
    Sop sop{journal::text_of(object, "key"), journal::whole_of(object, "version"), text_from(object, "name"), journal::texts_of(object, "events"), {}};
    for (const auto* step : objects_of(object, "steps")) sop.steps.push_back(step_from(*step));
    if (sop.key.empty() || sop.steps.empty()) return fail(ErrorKind::corrupt, "the text of a procedure has no key or no step");
    return sop;
}

Result<Sops> Sops::parse(std::string_view text) {
    TRY(const auto root, config::parse_toml(text, "sops"));
    Sops out;
    std::string errors;
    Reader file(root, "sops", errors);
    file.only(root, "the file", {"sop"});
    std::set<std::pair<std::string, std::int64_t>> seen;
    for (const auto* table : file.tables("sop", kSopsMax)) {
        Reader reader(*table, config::text_at(*table, "key").value_or("sop " + std::to_string(out.sops_.size() + 1)), errors);
        auto sop = read_sop(reader, *table);
        if (!seen.emplace(sop.key, sop.version).second) reader.wrong("version", "is declared twice: " + std::to_string(sop.version));
        out.sops_.push_back(std::move(sop));
    }
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return out;
}

const Sops& Sops::defaults() {
    static const Sops sops = [] {
        auto parsed = parse(default_sops());
        BONGSU_CHECK(parsed.has_value());
        return *std::move(parsed);
    }();
    return sops;
}

Sops Sops::with(const std::vector<Sop>& more) const {
    auto out = *this;
    for (const auto& sop : more) {
        std::erase_if(out.sops_, [&](const Sop& one) { return one.key == sop.key && one.version == sop.version; });
        out.sops_.insert(out.sops_.begin(), sop);
    }
    return out;
}

const Sop* Sops::find(std::string_view key) const {
    const Sop* newest = nullptr;
    for (const auto& sop : sops_) {
        if (sop.key == key && (newest == nullptr || sop.version > newest->version)) newest = &sop;
    }
    return newest;
}

const Sop* Sops::for_event(std::string_view type) const {
    for (const auto& wanted : {type, std::string_view("*")}) {
        for (const auto& sop : sops_) {
            if (contains(sop.events, wanted) && find(sop.key) == &sop) return &sop;
        }
    }
    return nullptr;
}

}  // namespace bongsu::sop
