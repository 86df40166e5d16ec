#include "journal/head.hpp"

#include <array>
#include <boost/json.hpp>

#include "crypto/crypto.hpp"
#include "journal/record.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

tl::unexpected<Error> corrupt(std::string what, Where where = Where::here()) {
    return fail(ErrorKind::corrupt, std::move(what), where);
}

/// `"digest":"…",` goes in after the actor: the one place that RFC 8785's order gives it.
Result<std::string> head_with(std::string covered_text, const Entry& entry) {
    TRY(const auto actor, crypto::canonical_json(json::value(entry.actor)));
    const auto at = std::string_view("{\"actor\":").size() + actor.size() + 1;
    return covered_text.insert(at, "\"digest\":\"" + entry.digest + "\",");
}

constexpr auto kHexDigits = [] {
    std::array<unsigned char, 256> is_one{};
    for (const char letter : std::string_view("0123456789abcdef")) is_one[static_cast<unsigned char>(letter)] = 1;
    return is_one;
}();

bool is_digest(std::string_view text) {
    // Three times an entry, and nearly always one: no branch for each letter.
    if (text.size() != 64) return false;
    unsigned char all = 1;
    for (const char letter : text) all &= kHexDigits[static_cast<unsigned char>(letter)];
    return all == 1;
}

Result<std::string> text_of(const json::object& head, std::string_view name) {
    const auto* value = head.if_contains(name);
    if (!value || !value->is_string()) return corrupt("head has no text \"" + std::string(name) + "\"");
    return std::string(value->get_string());
}

Result<Entry> parse_head(std::string_view text) {
    boost::system::error_code code;
    const auto value = json::parse(text, code);
    if (code || !value.is_object()) return corrupt("head is not a JSON object");
    const auto& head = value.get_object();
    Entry entry;
    TRY(entry.actor, text_of(head, "actor"));
    TRY(entry.digest, text_of(head, "digest"));
    TRY(entry.kind, text_of(head, "kind"));
    TRY(entry.payload_digest, text_of(head, "payloadDigest"));
    TRY(entry.prev, text_of(head, "prev"));
    TRY(const auto time, text_of(head, "time"));
    const auto parsed = parse_rfc3339(time, "time");
    if (!parsed) return corrupt("head's time is none");
    entry.time = *parsed;
    const auto* seq = head.if_contains("seq");
    if (!seq || !seq->is_int64() || seq->get_int64() < 1) return corrupt("head has no seq");
    entry.seq = static_cast<std::uint64_t>(seq->get_int64());
    const auto* subjects = head.if_contains("subjects");
    if (!subjects || !subjects->is_array()) return corrupt("head has no subjects");
    for (const auto& subject : subjects->get_array()) {
        if (!subject.is_string()) return corrupt("head has a subject that is no text");
        entry.subjects.emplace_back(subject.get_string());
    }
    if (!is_digest(entry.digest) || !is_digest(entry.payload_digest) || !is_digest(entry.prev)) {
        return corrupt("head has a digest that is none");
    }
    return entry;
}

/// Printable ASCII but for the quotation mark and the backslash.
constexpr auto kPlain = [] {
    std::array<unsigned char, 256> is_one{};
    for (unsigned char letter = ' '; letter <= '~'; ++letter) is_one[letter] = letter != '"' && letter != '\\';
    return is_one;
}();

/// Reads one known text after the other.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool skip(std::string_view known) {
        if (!text_.substr(at_).starts_with(known)) return false;
        at_ += known.size();
        return true;
    }
    /// Up to the next quotation mark, which is taken too: printable ASCII without an escape.
    bool text(std::string_view& out) {
        const auto begin = at_;
        while (at_ < text_.size() && kPlain[static_cast<unsigned char>(text_[at_])] == 1) ++at_;
        if (at_ == text_.size() || text_[at_] != '"') return false;
        out = text_.substr(begin, at_++ - begin);
        return true;
    }
    /// From 1, without a leading zero, below 10^15: every number of that form has no other.
    bool number(std::uint64_t& out) {
        const auto begin = at_;
        out = 0;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 16; ++at_)
            out = out * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
        return at_ > begin && at_ - begin < 16 && text_[begin] != '0';
    }
    bool at_end() const { return at_ == text_.size(); }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// "2026-01-31T09:00:00.000000Z": to_rfc3339() writes no other.
std::optional<WallTime> scan_time(std::string_view text) {
    if (text.size() != 27 || text[10] != 'T' || text[19] != '.' || text[26] != 'Z' || text[17] > '5') return {};
    const auto time = parse_rfc3339(text, "time");
    if (!time) return {};
    return *time;
}

}  // namespace

json::object covered(const Entry& entry) {
    json::array subjects;
    for (const auto& subject : entry.subjects) subjects.emplace_back(subject);
    return {{"actor", entry.actor},
            {"kind", entry.kind},
            {"payloadDigest", entry.payload_digest},
            {"prev", entry.prev},
            {"seq", entry.seq},
            {"subjects", std::move(subjects)},
            {"time", to_rfc3339(entry.time)}};
}

/// The canonical text of covered(), written down directly, its names in their order: this is on every message's way.
std::string write_head(Entry& entry) {
    const auto quoted = [](std::string& out, std::string_view text) {
        const auto done = crypto::append_json_string(text, out);
        BONGSU_CHECK(done);  // Journal::append() let no other text through.
    };
    std::string head = "{\"actor\":";
    quoted(head, entry.actor);
    std::string tail = ",\"kind\":";
    quoted(tail, entry.kind);
    tail += ",\"payloadDigest\":\"" + entry.payload_digest + "\",\"prev\":\"" + entry.prev +
            "\",\"seq\":" + std::to_string(entry.seq) + ",\"subjects\":[";
    for (const auto& subject : entry.subjects) {
        if (tail.back() != '[') tail += ',';
        quoted(tail, subject);
    }
    tail += "],\"time\":\"" + to_rfc3339(entry.time) + "\"}";
    entry.digest = crypto::to_hex(crypto::sha256(head + tail));
    head += ",\"digest\":\"" + entry.digest + "\"";
    return head + tail;
}

std::optional<Entry> scan_head(std::string_view head) {
    Scanner scan(head);
    std::string_view actor, digest, kind, payload_digest, prev, subject, time;
    Entry entry;
    if (!scan.skip("{\"actor\":\"") || !scan.text(actor) || !scan.skip(",\"digest\":\"") || !scan.text(digest) ||
        !scan.skip(",\"kind\":\"") || !scan.text(kind) || !scan.skip(",\"payloadDigest\":\"") ||
        !scan.text(payload_digest) || !scan.skip(",\"prev\":\"") || !scan.text(prev) || !scan.skip(",\"seq\":") ||
        !scan.number(entry.seq) || !scan.skip(",\"subjects\":[")) {
        return {};
    }
    for (bool more = !scan.skip("]"); more;) {
        if (!scan.skip("\"") || !scan.text(subject)) return {};
        entry.subjects.emplace_back(subject);
        more = scan.skip(",");
        if (!more && !scan.skip("]")) return {};
    }
    if (!scan.skip(",\"time\":\"") || !scan.text(time) || !scan.skip("}") || !scan.at_end()) return {};
    const auto at = scan_time(time);
    if (!at || !is_digest(digest) || !is_digest(payload_digest) || !is_digest(prev)) return {};
    entry.time = *at;
    entry.actor = actor;
    entry.digest = digest;
    entry.kind = kind;
    entry.payload_digest = payload_digest;
    entry.prev = prev;
    return entry;
}

Result<Entry> read_head(std::string_view head) {
    if (auto scanned = scan_head(head)) {
        // What the digest covers is the head without the digest, which has one place: after the actor.
        const auto from = std::string_view("{\"actor\":\"\",").size() + scanned->actor.size();
        const auto size = std::string_view("\"digest\":\"\",").size() + scanned->digest.size();
        std::string text(head.substr(0, from));
        text += head.substr(from + size);
        if (crypto::to_hex(crypto::sha256(text)) != scanned->digest) return corrupt("the digest does not hold");
        return *std::move(scanned);
    }
    TRY(auto entry, parse_head(head));
    const auto covered_text = crypto::canonical_json(covered(entry));
    if (!covered_text) return corrupt("head: " + covered_text.error().message);
    TRY(const auto canonical, head_with(*covered_text, entry));
    if (canonical != head) return corrupt("head is not in its canonical form");
    if (crypto::to_hex(crypto::sha256(*covered_text)) != entry.digest) return corrupt("the digest does not hold");
    return entry;
}

}  // namespace bongsu::journal
