#include "journal/index.hpp"

#include <boost/json.hpp>
#include <cstdio>

#include "journal/crc32c.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::string crc_of(std::string_view text) {
    char out[9];
    std::snprintf(out, sizeof out, "%08x", crc32c(text));
    return out;
}

tl::unexpected<Error> corrupt(std::string_view what) {
    return fail(ErrorKind::corrupt, "the segment's index " + std::string(what));
}

/// The fields, read one after the other; the first that is none is remembered.
class Reader {
  public:
    explicit Reader(const json::object& object) : object_(object) {}
    std::uint64_t number(std::string_view field) { return number_of(object_.if_contains(field)); }
    std::string text(std::string_view field) {
        const auto* value = object_.if_contains(field);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        good_ = false;
        return {};
    }
    /// Numbers in groups of `width`.
    std::vector<std::uint64_t> numbers(std::string_view field, std::size_t width = 1) {
        std::vector<std::uint64_t> out;
        const auto* value = object_.if_contains(field);
        if (value == nullptr || !value->is_array() || value->get_array().size() % width != 0) {
            good_ = false;
            return out;
        }
        out.reserve(value->get_array().size());
        for (const auto& item : value->get_array()) out.push_back(number_of(&item));
        return out;
    }
    bool good() const { return good_; }

  private:
    std::uint64_t number_of(const json::value* value) {
        if (value != nullptr && value->is_int64() && value->get_int64() >= 0)
            return static_cast<std::uint64_t>(value->get_int64());
        good_ = false;
        return 0;
    }

    const json::object& object_;
    bool good_ = true;
};

}  // namespace

std::string index_name(std::string_view segment) {
    return std::string(segment.substr(0, segment.size() - 1)) + "i";
}

std::string encode_index(const SegmentIndex& index) {
    json::array marks;
    json::array orders;
    json::array closed;
    for (const auto mark : index.segment.marks) marks.emplace_back(whole(mark));
    for (const auto& order : index.orders) {
        for (const auto number : {order.order, order.first, order.last}) orders.emplace_back(whole(number));
    }
    for (const auto order : index.closed) closed.emplace_back(whole(order));
    const auto text = json::serialize(json::object{{"firstSeq", whole(index.segment.first_seq)},
                                                   {"size", whole(index.segment.size)},
                                                   {"prev", index.prev},
                                                   {"lastSeq", whole(index.place.seq)},
                                                   {"lastDigest", index.place.digest},
                                                   {"lastTime", to_us(index.place.time)},
                                                   {"orders", std::move(orders)},
                                                   {"closed", std::move(closed)},
                                                   {"marks", std::move(marks)}});
    return crc_of(text) + "\n" + text;
}

Result<SegmentIndex> decode_index(std::string_view bytes, std::string_view name) {
    if (bytes.size() < 10 || bytes[8] != '\n' || crc_of(bytes.substr(9)) != bytes.substr(0, 8))
        return corrupt("is damaged");
    boost::system::error_code code;
    const auto value = json::parse(bytes.substr(9), code);
    if (code || !value.is_object()) return corrupt("is not JSON");
    Reader reader(value.get_object());
    SegmentIndex index;
    index.segment.name = std::string(name);
    index.segment.first_seq = reader.number("firstSeq");
    index.segment.size = reader.number("size");
    index.segment.marks = reader.numbers("marks");
    index.prev = reader.text("prev");
    index.place.seq = reader.number("lastSeq");
    index.place.digest = reader.text("lastDigest");
    index.place.time = from_us(static_cast<std::int64_t>(reader.number("lastTime")));
    const auto orders = reader.numbers("orders", 3);
    for (std::size_t i = 0; i < orders.size(); i += 3)
        index.orders.push_back({orders[i], orders[i + 1], orders[i + 2]});
    index.closed = reader.numbers("closed");
    const auto entries = index.place.seq + 1 - index.segment.first_seq;
    if (!reader.good() || index.place.seq + 1 < index.segment.first_seq ||
        index.segment.marks.size() != (entries + kMarkEvery - 1) / kMarkEvery) {
        return corrupt("does not fit together");
    }
    return index;
}

}  // namespace bongsu::journal
