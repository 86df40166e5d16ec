// CSV: a table written back in quotes and read again is the same table; whole files are sound.
#include "import_fuzz.hpp"
#include "imports/csv.hpp"
#include "imports/encoding.hpp"

namespace bongsu::imports::fuzz {

void require_round_trip(std::string_view text) {
    Evidence evidence;
    const auto table = read_csv(text, evidence);
    if (!table) return require(!table.error().message.empty());
    std::string written;
    for (std::size_t row = 0; row < table->rows(); ++row) {
        require(row == 0 || table->number(row) > table->number(row - 1));
        if (table->fault(row) != nullptr) return;
        for (std::size_t column = 0; column < table->cells(row); ++column) {
            written += column == 0 ? "\"" : ",\"";
            for (const char c : table->cell(row, column))
                written += c == '"' ? std::string("\"\"") : std::string(1, c);
            written += '"';
        }
        written += '\n';
    }
    Evidence again;
    const auto back = read_csv(written, again);
    require(back.has_value() && back->rows() == table->rows());
    // Where no record has a second cell there is no delimiter to be found.
    if (again.value != ",") return;
    for (std::size_t row = 0; row < table->rows(); ++row) {
        require(back->cells(row) == table->cells(row));
        for (std::size_t column = 0; column < table->cells(row); ++column)
            require(back->cell(row, column) == table->cell(row, column));
    }
}

}  // namespace bongsu::imports::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bongsu::imports;  // tidy-ok: a fuzz target's only function
    const auto bytes = fuzz::view(data, size);
    fuzz::require_round_trip(bytes);
    for (const auto* encoding : {"utf-8", "cp949", "utf-16"}) {
        const auto decoded = decode(bytes, encoding);
        fuzz::require(decoded.has_value() && bongsu::charset::is_utf8(decoded->utf8));
    }
    fuzz::read_as(bytes, "csv");
    return 0;
}
