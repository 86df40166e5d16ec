#include "sql/dialect.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

namespace bongsu::sql {
namespace {

constexpr std::string_view kEscape = "\xEE\x80\x80";  // U+E000

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Cuts SQL into words, numbers, `$n`, quoted pieces, comments, spaces and single signs.
class Pieces {
  public:
    enum class Kind : std::uint8_t { end, word, placeholder, quoted, comment, space, sign };
    struct Piece {
        Kind kind = Kind::end;
        std::string_view text;
    };

    explicit Pieces(std::string_view text) : rest_(text) {}

    Piece next() {
        if (rest_.empty()) return {};
        const char c = rest_.front();
        if (c == '\'' || c == '"') return cut(Kind::quoted, quoted_end(c));
        if (rest_.starts_with("--")) return cut(Kind::comment, rest_.find('\n'));
        if (rest_.starts_with("/*")) return cut(Kind::comment, after(rest_.find("*/", 2), 2));
        if (c == '$' && rest_.size() > 1 && is_digit(rest_[1])) return cut(Kind::placeholder, run(1, is_digit));
        if (is_letter(c) || is_digit(c))
            return cut(Kind::word, run(1, [](char l) { return is_letter(l) || is_digit(l); }));
        const auto is_space = [](char l) { return l == ' ' || l == '\t' || l == '\r' || l == '\n'; };
        if (is_space(c)) return cut(Kind::space, run(1, is_space));
        return cut(Kind::sign, 1);
    }

  private:
    static std::size_t after(std::size_t at, std::size_t size) {
        return at == std::string_view::npos ? at : at + size;
    }
    template <class Is>
    std::size_t run(std::size_t from, Is is) const {
        while (from < rest_.size() && is(rest_[from])) ++from;
        return from;
    }
    std::size_t quoted_end(char quote) const {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] != quote) continue;
            if (at + 1 >= rest_.size() || rest_[at + 1] != quote) return at + 1;
            ++at;  // Doubled: a quote within.
        }
        return rest_.size();
    }
    Piece cut(Kind kind, std::size_t size) {
        const Piece piece{kind, rest_.substr(0, size)};
        rest_.remove_prefix(piece.text.size());
        return piece;
    }

    std::string_view rest_;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// How many bytes of `text` are one letter of UTF-8 as PostgreSQL reads it; 0 when they are none.
std::size_t letter_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto first = byte(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    const std::size_t size = first >= 0xC2 && first < 0xE0 ? 2 : (first & 0xF0U) == 0xE0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return 0;
    }
    const auto second = byte(1);
    const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_surrogate = first == 0xED && second > 0x9F;
    const bool is_beyond = first == 0xF4 && second > 0x8F;
    return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string to_postgres(std::string_view script) {
    std::string out;
    out.reserve(script.size() + script.size() / 4);
    Pieces pieces(script);
    std::string first, second;     // The statement's first two words.
    int depth = 0, words_of_item = 0;  // Words since the last `(` or `,` of a create table's list.
    bool is_after_list = false;
    for (auto piece = pieces.next(); piece.kind != Pieces::Kind::end; piece = pieces.next()) {
        if (piece.kind == Pieces::Kind::space || piece.kind == Pieces::Kind::comment) {
            out += piece.text;
            continue;
        }
        if (piece.kind == Pieces::Kind::sign) {
            if (piece.text == "(") ++depth;
            if (piece.text == ")") --depth;
            is_after_list = piece.text == ")" && depth == 0;
            if (piece.text == "(" || piece.text == ",") words_of_item = 0;
            if (piece.text == ";") first.clear(), second.clear(), depth = 0, words_of_item = 0;
            out += piece.text;
            continue;
        }
        const auto word = lower(piece.text);
        ++words_of_item;
        const bool is_second = !first.empty() && second.empty();
        const bool is_type = first == "create" && second == "table" && depth == 1 && words_of_item == 2;
        if (is_second && first == "begin" && word == "immediate") {
            // PostgreSQL takes no lock at the begin.
        } else if (is_after_list && first == "create" && second == "table" && (word == "without" || word == "rowid")) {
            // Where SQLite keeps the rows; PostgreSQL has one way.
        } else if (is_type && word == "integer") {
            out += "bigint";
        } else if (is_type && word == "text") {
            out += "text collate \"C\"";
        } else {
            out += piece.text;
        }
        if (first.empty()) first = word;
        else if (second.empty()) second = word;
    }
    return out;
}

Result<std::size_t> placeholders(std::string_view statement) {
    std::set<std::size_t> found;
    Pieces pieces(statement);
    for (auto piece = pieces.next(); piece.kind != Pieces::Kind::end; piece = pieces.next()) {
        if (piece.kind != Pieces::Kind::placeholder) continue;
        if (piece.text.size() > 6) return fail(ErrorKind::invalid, "a placeholder has more than five digits");
        std::size_t number = 0;
        for (const char c : piece.text.substr(1)) number = number * 10 + static_cast<std::size_t>(c - '0');
        found.insert(number);
    }
    std::size_t expected = 0;
    for (const auto number : found) {
        if (number != ++expected) return fail(ErrorKind::invalid, "no $" + std::to_string(expected));
    }
    return found.size();
}

bool answers_rows(std::string_view statement) {
    Pieces pieces(statement);
    bool is_first = true;
    for (auto piece = pieces.next(); piece.kind != Pieces::Kind::end; piece = pieces.next()) {
        if (piece.kind != Pieces::Kind::word) continue;
        const auto word = lower(piece.text);
        if (is_first && word != "insert" && word != "update" && word != "delete") return true;
        if (word == "returning") return true;
        is_first = false;
    }
    return is_first;
}

std::string to_stored(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    std::size_t good = 0;  // Bytes from the start of `text` that may stay.
    while (good < text.size()) {
        const auto size = letter_size(text.substr(good));
        if (size != 0 && !(size == 3 && text.substr(good, 3) == kEscape)) {
            good += size;
            continue;
        }
        // Of the escape's own letter the other two bytes are no letter by themselves and follow in the same way.
        const auto byte = static_cast<unsigned char>(text[good]);
        out += text.substr(0, good);
        out += kEscape;
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xFU];
        text.remove_prefix(good + 1);
        good = 0;
    }
    out += text;
    return out;
}

std::string from_stored(std::string_view stored) {
    std::string out;
    out.reserve(stored.size());
    for (;;) {
        const auto at = stored.find(kEscape);
        out += stored.substr(0, at);
        if (at == std::string_view::npos) return out;
        stored.remove_prefix(at + kEscape.size());
        const int high = !stored.empty() ? hex_value(stored[0]) : -1;
        const int low = stored.size() > 1 ? hex_value(stored[1]) : -1;
        if (high < 0 || low < 0) {
            out += kEscape;  // Written by somebody else.
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        stored.remove_prefix(2);
    }
}

}  // namespace bongsu::sql
