#include "imports/rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "crypto/crypto.hpp"
#include "device/catalogue.hpp"
#include "imports/numbers.hpp"

namespace bongsu::imports {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kShown = 60;

std::string digest_of(std::string_view text) {
    return crypto::to_hex(crypto::sha256(text)).substr(0, kDigestLetters);
}

std::string shown(std::string_view cell) { return "\"" + clean_text(cell, kShown) + "\""; }

std::int32_t to_e7(double degrees) { return static_cast<std::int32_t>(std::lround(degrees * 1e7)); }

class RowReader {
  public:
    RowReader(const Table& table, const Layout& layout, const Axes& axes, const Transform& transform,
              const Asked& asked, const Owner& owner)
        : table_(table), layout_(layout), axes_(axes), transform_(transform), asked_(asked), owner_(owner) {}

    bool letters_replaced = false;
    std::size_t turned = 0, uncounted = 0, counted_together = 0, unnumbered = 0, unnamed = 0;
    std::map<std::string, std::size_t, std::less<>> unknown_purposes;

    /// Several codes are several owners. Names are written in many ways: they tell owners apart only when one
    /// number stands under two of them.
    void find_owners() {
        if (!layout_.at(Field::number)) return;
        std::unordered_map<std::string_view, std::string_view> seen;
        Refusal none;
        refusal_ = &none;
        for (const auto field : {Field::owner, Field::agency, Field::provider, Field::district}) {
            if (!layout_.at(field)) continue;
            seen.clear();
            for (row_ = layout_.first_row; row_ < table_.rows(); ++row_) {
                const auto number = cell(Field::number), owner = cell(field);
                if (number.empty() || owner.empty() || !sound() || !is_own()) continue;
                const auto [first, is_new] =
                    seen.try_emplace(field == Field::owner ? std::string_view() : number, owner);
                if (is_new || first->second == owner) continue;
                owners_ = field;
                return;
            }
        }
    }
    std::optional<Field> owners() const { return owners_; }

    /// True when `place` is one; else `refusal` says why not.
    bool read(std::size_t row, Listed& place, Refusal& refusal) {
        row_ = row;
        refusal_ = &refusal;
        refusal.row = place.row = table_.number(row);
        is_others_ = false;
        identify(place);
        if (sound() && is_own() && read_position(place) && read_count(place) && read_words(place) &&
            read_id(place))
            return true;
        if (!is_others_) {
            refusal.local = place.local;
            refusal.key = place.key;
            refusal.aliases = place.aliases;
        }
        return false;
    }

  private:
    std::string_view cell(Field field) const {
        const auto column = layout_.at(field);
        return column ? trimmed(table_.cell(row_, *column)) : std::string_view();
    }

    bool refuse(const std::string& column, std::string reason) {
        refusal_->column = column;
        refusal_->reason = std::move(reason);
        return false;
    }

    bool sound() {
        if (const auto* fault = table_.fault(row_)) return refuse("", *fault);
        const auto cells = table_.cells(row_);
        for (auto c = layout_.width; layout_.width > 0 && c < cells; ++c) {
            if (!trimmed(table_.cell(row_, c)).empty()) {
                return refuse(std::to_string(c + 1), "the row has " + std::to_string(cells) +
                                                         " cells, the header " +
                                                         std::to_string(layout_.width));
            }
        }
        if (!letters_replaced) return true;
        for (std::size_t f = 0; f < kFields; ++f) {
            if (cell(static_cast<Field>(f)).find(kReplacement) != std::string_view::npos)
                return refuse(layout_.titles[f], "bytes that are no letters in this encoding");
        }
        return true;
    }

    /// A district's list takes no row that another district's name stands in.
    bool is_own() {
        if (owner_.district.empty()) return true;
        for (const auto field : {Field::district, Field::provider, Field::agency}) {
            const auto text = cell(field);
            if (text.empty()) continue;
            if (text.find(owner_.district) != std::string_view::npos) return true;
            for (const auto& other : owner_.others) {
                is_others_ = text.find(other) != std::string_view::npos;
                if (is_others_)
                    return refuse(layout_.title(field),
                                  "the row is " + other + "'s, this list is " + owner_.district + "'s");
            }
        }
        return true;
    }

    const std::string& title_x() const {
        return layout_.title(layout_.at(Field::lon) ? Field::lon : Field::x);
    }
    const std::string& title_y() const {
        return layout_.title(layout_.at(Field::lat) ? Field::lat : Field::y);
    }

    bool read_position(Listed& place) {
        const auto text_x = trimmed(table_.cell(row_, axes_.x)), text_y = trimmed(table_.cell(row_, axes_.y));
        if (text_x.empty() || text_y.empty())
            return refuse(text_y.empty() ? title_y() : title_x(), "the row has no position");
        const auto x = parse_number(text_x), y = parse_number(text_y);
        if (!x) return refuse(title_x(), shown(text_x) + " is not a number");
        if (!y) return refuse(title_y(), shown(text_y) + " is not a number");
        if (*x == 0 && *y == 0) return refuse(title_y(), "the position is 0, 0");
        const auto pair = axes_.pair(*x, *y);
        auto at = transform_.apply(pair);
        const auto other = transform_.apply({pair.y, pair.x});
        // Swapped metres may lie in the sea off Korea's coast; of a city's list such a row is told by the city.
        const bool is_swapped = axes_.in_city && !within(owner_.city, at) && within(owner_.city, other);
        if (!within(kKorea, at) || is_swapped) {
            const std::string names = axes_.epsg == 4326 ? "latitude and longitude" : "X and Y";
            if (!within(kKorea, other))
                return refuse(title_y(), "the position " + std::string(text_x).substr(0, 24) + ", " +
                                             std::string(text_y).substr(0, 24) + " lies outside Korea");
            if (asked_.swapped != "turn") {
                return refuse(title_y(), names + " are swapped (" + std::string(text_x).substr(0, 24) + ", " +
                                             std::string(text_y).substr(0, 24) +
                                             "); swapped=turn takes such rows");
            }
            at = other;
            ++turned;
        }
        place.lon_e7 = to_e7(at.lon);
        place.lat_e7 = to_e7(at.lat);
        return true;
    }

    bool read_count(Listed& place) {
        const auto text = cell(Field::count);
        place.cameras = 1;
        if (text.empty()) {
            uncounted += layout_.at(Field::count) ? 1 : 0;
            return true;
        }
        const auto number = parse_number(text);
        if (!number || *number != std::floor(*number))
            return refuse(layout_.title(Field::count), shown(text) + " is not a number of cameras");
        if (*number < 1 || *number > kCamerasInRowMax)
            return refuse(layout_.title(Field::count),
                          shown(text) + " cameras: a row has 1 to " + std::to_string(kCamerasInRowMax));
        place.cameras = static_cast<std::int32_t>(*number);
        counted_together += table_.is_of_another_row(row_, *layout_.at(Field::count)) ? 1 : 0;
        return true;
    }

    bool read_words(Listed& place) {
        for (const auto field : {Field::name, Field::road, Field::lot, Field::number}) {
            place.name = clean_text(cell(field), kNameBytesMax);
            if (!place.name.empty()) break;
        }
        if (place.name.empty()) {
            place.name = degrees_text(place.lat_e7) + ", " + degrees_text(place.lon_e7);
            ++unnamed;
        }
        const auto word = clean_text(cell(Field::purpose), kNameBytesMax);
        const auto purpose = purpose_of(word);
        place.purpose = purpose.empty() ? "other" : purpose;
        if (purpose.empty() && !word.empty()) ++unknown_purposes[word];
        place.bearing = bearing_of(cell(Field::direction));
        return true;
    }

    void number_place(const std::string& number, Listed& place) const {
        const auto by = [&](Field field) {
            const auto owner = clean_text(cell(field), kNameBytesMax);
            return owner.empty() ? local_of_number(number) : local_of_number(owner, number);
        };
        place.local = owners_ ? by(*owners_) : local_of_number(number);
        for (auto& alias : {local_of_number(number), by(Field::owner), by(Field::agency)}) {
            if (alias != place.local && std::find(place.aliases.begin(), place.aliases.end(), alias) ==
                                            place.aliases.end())
                place.aliases.push_back(alias);
        }
    }

    /// What a refused row says of itself too: its number and its address.
    void identify(Listed& place) const {
        const auto number = clean_text(cell(Field::number), kNameBytesMax);
        if (!number.empty()) number_place(number, place);
        std::string address;
        bool has_one = false;
        for (const auto field : {Field::name, Field::road, Field::lot}) {
            const auto text = clean_text(cell(field), kCellBytesMax);
            has_one = has_one || !text.empty();
            address += text + "\n";
        }
        if (has_one) place.key = digest_of(address);
    }

    /// The owner's number when there is one; else what tells the place from others: its address and position.
    bool read_id(Listed& place) {
        const auto number = clean_text(cell(Field::number), kNameBytesMax);
        if (!number.empty()) {
            const auto [first, is_new] = numbers_.try_emplace(place.local, place.row);
            if (!is_new)
                return refuse(layout_.title(Field::number),
                              number + " stands in row " + std::to_string(first->second) + " already");
            const bool is_digest = place.local != number && !place.local.ends_with("-" + number);
            if (is_digest && place.name.find(number) == std::string::npos)
                place.name = clean_text(place.name + " (" + number + ")", kNameBytesMax);
            return true;
        }
        unnumbered += layout_.at(Field::number) ? 1 : 0;
        // Several poles of one address and even of one point are usual: they are numbered in the file's
        // order.
        auto what =
            place.key + "|" + std::to_string(place.lon_e7 / 100) + "|" + std::to_string(place.lat_e7 / 100);
        const auto ordinal = ++alike_[what];
        place.local = "p" + digest_of(what + "|" + std::to_string(ordinal));
        place.by_address = true;
        const auto [first, is_new] = numbers_.try_emplace(place.local, place.row);
        return is_new || refuse("", "row " + std::to_string(first->second) + " has the id " + place.local + " already");
    }

    const Table& table_;
    const Layout& layout_;
    const Axes& axes_;
    const Transform& transform_;
    const Asked& asked_;
    const Owner& owner_;
    std::optional<Field> owners_;  ///< The column that tells owners apart who number alike.
    std::size_t row_ = 0;
    bool is_others_ = false;  ///< The row is another district's.
    Refusal* refusal_ = nullptr;
    std::unordered_map<std::string, std::uint32_t> numbers_, alike_;
};

void tell(const RowReader& reader, const Layout& layout, Reading& reading) {
    for (const auto& [word, rows] : reader.unknown_purposes) {
        if (reading.notes.size() == 20) break;  // A free text field: the first ones show it.
        reading.notes.push_back(layout.title(Field::purpose) + " " + shown(word) +
                                " is kept as \"other\" in " + std::to_string(rows) + " rows");
    }
    if (!layout.at(Field::count) && !reading.list.empty())
        reading.notes.push_back("no column says how many cameras a row has: each is taken as one");
    if (reader.uncounted > 0)
        reading.notes.push_back(layout.title(Field::count) + " is empty in " +
                                std::to_string(reader.uncounted) + " rows: taken as one camera");
    if (reader.counted_together > 0)
        reading.notes.push_back(layout.title(Field::count) + " is one merged cell for several rows, " +
                                std::to_string(reader.counted_together) +
                                " of them below its first: each row is taken as so many cameras");
    if (reader.unnumbered > 0)
        reading.notes.push_back(layout.title(Field::number) + " is empty in " +
                                std::to_string(reader.unnumbered) +
                                " rows: known by address and position instead");
    if (reader.unnamed > 0)
        reading.notes.push_back(std::to_string(reader.unnamed) +
                                " rows have neither an address nor a name nor a number: called by their position");
    if (reader.turned > 0)
        reading.notes.push_back(std::to_string(reader.turned) +
                                " rows had their axes swapped and were turned round, as asked");
}

}  // namespace

std::string_view purpose_of(std::string_view word) {
    // In this order: a narrower word stands before the wider one that it may contain.
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"어린이", "child"},  {"공원", "park"},     {"놀이터", "park"},    {"쓰레기", "waste"},
        {"투기", "waste"},    {"교통", "traffic"},  {"주정차", "traffic"}, {"주차", "traffic"},
        {"재난", "disaster"}, {"재해", "disaster"}, {"화재", "disaster"},  {"산불", "disaster"},
        {"시설", "facility"}, {"다목적", "multi"},  {"방범", "crime"},     {"범죄", "crime"},
        {"기타", "other"}};
    for (const auto& [part, purpose] : kWords) {
        if (word.find(part) != std::string_view::npos) return purpose;
    }
    return {};
}

std::int32_t bearing_of(std::string_view word) {
    constexpr std::pair<std::string_view, std::int32_t> kWords[] = {
        {"북", 0},   {"북동", 45},  {"동", 90},  {"남동", 135},
        {"남", 180}, {"남서", 225}, {"서", 270}, {"북서", 315}};
    for (const std::string_view end : {"쪽", "향", "방향", "방면"}) {
        if (word.ends_with(end)) word.remove_suffix(end.size());
    }
    for (const auto& [name, degrees] : kWords) {
        if (word == name) return degrees;
    }
    return -1;
}

std::string degrees_text(std::int32_t e7) {
    std::string out;
    device::append_decimal(out, e7 / 1e7, 5);
    return out;
}

std::string local_of_number(std::string_view number) {
    const bool is_safe =
        number.size() <= kLocalBytesMax && std::all_of(number.begin(), number.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        });
    return is_safe ? std::string(number) : "n" + digest_of(number);
}

std::string local_of_number(std::string_view owner, std::string_view number) {
    const bool is_code = std::all_of(owner.begin(), owner.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    auto joined = std::string(owner) + "-" + std::string(number);
    if (is_code && local_of_number(joined) == joined) return joined;
    return "n" + digest_of(std::string(owner) + "\n" + std::string(number));
}

Result<void> read_rows(const Table& table, const Layout& layout, const Axes& axes, const Asked& asked,
                       const Owner& owner, bool letters_replaced, Reading& reading) {
    TRY(const auto transform, Transform::from(axes.epsg));
    RowReader reader(table, layout, axes, *transform, asked, owner);
    reader.letters_replaced = letters_replaced;
    reader.find_owners();
    if (const auto owners = reader.owners())
        reading.detected.push_back({"ids", "owner and number",
                                    "column " + layout.title(*owners) +
                                        " names several owners, who each number their own places"});
    for (auto row = layout.first_row; row < table.rows(); ++row) {
        if (reading.rows == kRowsMax)
            return fail(ErrorKind::exhausted, "the file has more than " + std::to_string(kRowsMax) + " rows");
        ++reading.rows;
        Listed place;
        Refusal refusal;
        if (reader.read(row, place, refusal))
            reading.list.push_back(std::move(place));
        else
            reading.refused.push_back(std::move(refusal));
    }
    reading.turned = reader.turned;
    tell(reader, layout, reading);
    return {};
}

}  // namespace bongsu::imports
