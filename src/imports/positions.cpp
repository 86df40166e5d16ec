#include "imports/positions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <iterator>

#include "device/catalogue.hpp"
#include "imports/numbers.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kRowsLooked = 2000;
constexpr double kMost = 0.9, kHalf = 0.5;
constexpr std::size_t kShown = 60;

struct Sample {
    std::uint32_t row = 0;
    double a = 0, b = 0;
};

std::vector<Sample> sample(const Table& table, const Layout& layout, const Axes& axes) {
    std::vector<Sample> found;
    const auto rows = table.rows() - std::min(layout.first_row, table.rows());
    const auto step = std::max<std::size_t>(1, rows / kRowsLooked);
    for (auto row = layout.first_row; row < table.rows(); row += step) {
        const auto a = parse_number(table.cell(row, axes.x));
        const auto b = parse_number(table.cell(row, axes.y));
        if (a && b && (*a != 0 || *b != 0)) found.push_back({table.number(row), *a, *b});
    }
    return found;
}

/// One system with its axes one way round, tried on the sample.
struct Trial {
    int epsg = 0;
    bool turned = false;
    double in_korea = 0, in_city = 0;
    std::optional<Sample> example;
    Degrees at;
};

Result<Trial> try_system(const std::vector<Sample>& pairs, int epsg, bool turned, const device::Box& city) {
    TRY(const auto transform, Transform::from(epsg));
    Trial trial{.epsg = epsg, .turned = turned, .example = {}, .at = {}};
    std::size_t korea = 0, inside = 0;
    for (const auto& pair : pairs) {
        const auto at = transform->apply(turned ? Pair{pair.b, pair.a} : Pair{pair.a, pair.b});
        korea += within(kKorea, at) ? 1 : 0;
        inside += within(city, at) ? 1 : 0;
        if (!trial.example && within(kKorea, at)) {
            trial.example = pair;
            trial.at = at;
        }
    }
    const auto count = static_cast<double>(std::max<std::size_t>(1, pairs.size()));
    trial.in_korea = static_cast<double>(korea) / count;
    trial.in_city = static_cast<double>(inside) / count;
    return trial;
}

std::string percent(double share) { return std::to_string(static_cast<int>(std::floor(share * 100))) + " %"; }

std::string place_text(Degrees at) {
    std::string out;
    device::append_decimal(out, at.lon, 5);
    out += ", ";
    device::append_decimal(out, at.lat, 5);
    return out;
}

std::string why(const Trial& trial) {
    return percent(trial.in_city) + " of the positions lie in the city's area and " +
           percent(trial.in_korea) + " in Korea" + (trial.turned ? ", with X running north" : "");
}

/// A system, and which way its axes run where a person says so.
struct Code {
    int epsg = 0;
    std::optional<bool> turned;
};

constexpr std::string_view kEast = "-east", kNorth = "-north";

/// "5186", "EPSG:5186"; "5186-north": what is called X runs north.
Result<Code> parse_code(std::string_view text, std::string_view field) {
    Code code;
    auto digits = text;
    for (const auto way : {kEast, kNorth}) {
        if (!digits.ends_with(way)) continue;
        digits.remove_suffix(way.size());
        code.turned = way == kNorth;
        break;
    }
    // "urn:ogc:def:crs:EPSG::5186", "http://www.opengis.net/def/crs/EPSG/0/5186", "…/epsg.xml#5186".
    if (const auto end = digits.find_last_of(":/#"); end != std::string_view::npos) digits.remove_prefix(end + 1);
    if (digits == "CRS84") return Code{4326, code.turned};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code.epsg);
    const bool known = std::find(kSystems.begin(), kSystems.end(), code.epsg) != kSystems.end();
    if (error != std::errc{} || end != digits.data() + digits.size() || !known)
        return fail_field(field, "must be 4326, 5179, 5181, 5186 or 5174");
    return code;
}

/// Turned metres may come to lie in Korea too, but hardly in the city.
bool is_turned(const Trial& straight, const Trial& turned) {
    return turned.in_city != straight.in_city ? turned.in_city > straight.in_city : turned.in_korea > straight.in_korea;
}

/// The system is known; the axes' way is said too, or told by where the positions come to lie.
Result<void> settle(Axes& axes, const std::vector<Sample>& pairs, const Code& code, const std::string& because,
                    const device::Box& city) {
    TRY(const auto straight, try_system(pairs, code.epsg, false, city));
    TRY(const auto turned, try_system(pairs, code.epsg, true, city));
    axes.epsg = code.epsg;
    axes.turned = code.turned.value_or(is_turned(straight, turned));
    const auto& taken = axes.turned ? turned : straight;
    axes.in_city = taken.in_city > kHalf;
    axes.evidence.push_back({"crs", "EPSG:" + std::to_string(code.epsg), because + "; " + why(taken)});
    return {};
}

Result<void> find_degrees(Axes& axes, const std::vector<Sample>& pairs, const Layout& layout,
                          const device::Box& city) {
    TRY_DO(settle(axes, pairs, {4326, {}}, "the numbers are degrees", city));
    if (axes.turned && layout.by_name && !layout.as_asked) {
        const auto& lat = layout.title(Field::lat);
        const auto& lon = layout.title(Field::lon);
        axes.question = Question{"columns",
                                 "most of column " + lat + " are longitudes and most of column " + lon +
                                     " latitudes: their names are the wrong way round",
                                 {{"lat:" + layout.said(Field::lon) + ",lon:" + layout.said(Field::lat),
                                   "reads them by what they hold"}}};
    }
    return {};
}

Candidate candidate_of(const Trial& trial) {
    return {std::to_string(trial.epsg),
            "puts row " + std::to_string(trial.example ? trial.example->row : 0) + " at " +
                place_text(trial.at) + "; " + why(trial)};
}

/// A column's name or a file's member is copied from the file before it as easily as a number is mistyped: what it
/// says is asked about when the positions say something else.
Result<void> doubt_named(Axes& axes, const std::vector<Sample>& pairs, const device::Box& city) {
    TRY(const auto taken, try_system(pairs, axes.epsg, axes.turned, city));
    if (axes.in_city) return {};
    std::vector<Candidate> others;
    for (const int epsg : kSystems) {
        if (epsg == axes.epsg) continue;
        TRY(auto best, try_system(pairs, epsg, false, city));
        TRY(auto turned, try_system(pairs, epsg, true, city));
        if (turned.in_city > best.in_city) best = std::move(turned);
        if (best.in_city > kHalf) others.push_back(candidate_of(best));
    }
    if (others.empty() && taken.in_korea > kHalf) return {};
    const bool nowhere = taken.in_korea <= kHalf;
    axes.question = Question{
        "crs",
        "the file says EPSG:" + std::to_string(axes.epsg) + ", but most of its positions " +
            (nowhere ? "do not lie in Korea then" : "lie outside the city's area then, and within it in another system"),
        {}};
    if (!nowhere) axes.question->candidates.push_back(candidate_of(taken));
    std::move(others.begin(), others.end(), std::back_inserter(axes.question->candidates));
    return {};
}

/// One system, both ways round.
struct Ways {
    Trial straight, turned;
};

/// Each likely trial is a candidate. The code alone leads to one of the two ways: it is enough where the other one
/// is not likely.
std::vector<Candidate> candidates_of(const std::vector<Ways>& systems, const std::function<bool(const Trial&)>& likely) {
    std::vector<Candidate> out;
    for (const auto& [straight, turned] : systems) {
        for (const auto* trial : {&straight, &turned}) {
            if (!likely(*trial)) continue;
            out.push_back(candidate_of(*trial));
            const bool both = likely(straight) && likely(turned);
            if (!both && is_turned(straight, turned) == trial->turned) continue;
            out.back().value += trial->turned ? kNorth : kEast;
            if (!trial->turned) out.back().why += ", with X running east";
        }
    }
    return out;
}

Result<std::vector<Ways>> try_all(const std::vector<Sample>& pairs, bool with_degrees, const device::Box& city) {
    std::vector<Ways> systems;
    for (const int epsg : kSystems) {
        if (epsg == 4326 && !with_degrees) continue;
        TRY(auto straight, try_system(pairs, epsg, false, city));
        TRY(auto turned, try_system(pairs, epsg, true, city));
        systems.push_back({std::move(straight), std::move(turned)});
    }
    return systems;
}

bool is_here(const Trial& trial) { return trial.in_city > kHalf; }
bool is_in_korea(const Trial& trial) { return trial.in_korea > kMost; }

/// The file names a system that we do not read. Positions alone do not gainsay it: what puts them here is offered.
Result<void> ask_for_one_that_we_read(Axes& axes, const std::vector<Sample>& pairs, std::string_view named,
                                      const device::Box& city) {
    TRY(const auto systems, try_all(pairs, true, city));
    axes.question = Question{"crs",
                             "the file says " + clean_text(named, kShown) +
                                 ", which is none of the systems that we read: 4326, 5179, 5181, 5186 and 5174",
                             candidates_of(systems, is_here)};
    return {};
}

Result<void> find_metres(Axes& axes, const std::vector<Sample>& pairs, const device::Box& city) {
    TRY(const auto systems, try_all(pairs, false, city));
    std::size_t here = 0, in_korea = 0;
    std::optional<Trial> found;
    for (const auto& [straight, turned] : systems) {
        for (const auto* trial : {&straight, &turned}) {
            here += is_here(*trial) ? 1 : 0;
            in_korea += is_in_korea(*trial) ? 1 : 0;
            if (is_here(*trial) || (!found && is_in_korea(*trial))) found = *trial;
        }
    }
    if (here == 1 || (here == 0 && in_korea == 1)) {
        axes.epsg = found->epsg;
        axes.turned = found->turned;
        axes.in_city = is_here(*found);
        axes.evidence.push_back({"crs", "EPSG:" + std::to_string(axes.epsg),
                                 "the only system of five that fits: " + why(*found)});
        return {};
    }
    const bool nowhere = here + in_korea == 0;
    axes.question = Question{
        "crs",
        nowhere ? "the positions are no degrees, and as metres they lie in Korea in none of the systems that we read"
                : "the positions are metres that fit more than one coordinate system, and the file names none",
        here > 0 ? candidates_of(systems, is_here) : candidates_of(systems, is_in_korea)};
    return {};
}

}  // namespace

bool within(const device::Box& box, Degrees place) {
    return place.lon >= box.west && place.lon <= box.east && place.lat >= box.south && place.lat <= box.north;
}

Result<Axes> find_axes(const Table& table, const Layout& layout, std::string_view asked,
                       std::string_view named, const device::Box& city) {
    Axes axes;
    const bool degrees = layout.at(Field::lat).has_value() && layout.at(Field::lon).has_value();
    axes.x = *layout.at(degrees ? Field::lon : Field::x);
    axes.y = *layout.at(degrees ? Field::lat : Field::y);
    const auto pairs = sample(table, layout, axes);
    if (!asked.empty()) {
        TRY(const auto code, parse_code(asked, "crs"));
        TRY_DO(settle(axes, pairs, code, "as asked", city));
        return axes;
    }
    if (pairs.empty()) {
        axes.evidence.push_back({"crs", "EPSG:4326", "no row has two numbers to tell it by"});
        return axes;
    }
    if (!named.empty() || (layout.named_crs != 0 && !(degrees && layout.named_crs == 4326))) {
        const auto says = named.empty() ? "EPSG:" + std::to_string(layout.named_crs) : std::string(named);
        const auto code = parse_code(says, "crs");
        if (!code) {
            TRY_DO(ask_for_one_that_we_read(axes, pairs, says, city));
            return axes;
        }
        TRY_DO(settle(axes, pairs, *code,
                      named.empty() ? "a column's name says so" : "the file's crs member says so", city));
        TRY_DO(doubt_named(axes, pairs, city));
        return axes;
    }
    const auto small =
        static_cast<std::size_t>(std::count_if(pairs.begin(), pairs.end(), [](const Sample& s) {
            return std::abs(s.a) <= 180 && std::abs(s.b) <= 180;
        }));
    if (small * 2 >= pairs.size())
        TRY_DO(find_degrees(axes, pairs, layout, city));
    else
        TRY_DO(find_metres(axes, pairs, city));
    return axes;
}

}  // namespace bongsu::imports
