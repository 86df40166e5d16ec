// XLSX: the bytes as a whole workbook, and as the XML of its sheet and of its shared texts; a sheet in two
// pieces is the same sheet.
#include <algorithm>

#include "import_fuzz.hpp"
#include "imports/sheet.hpp"
#include "imports/xlsx.hpp"

namespace bongsu::imports::fuzz {

/// Every part of this archive is the input, handed out in pieces.
class OnePart final : public Zip {
  public:
    OnePart(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
    bool has(const std::string&) const override { return true; }
    Result<void> read(const std::string&, std::size_t,
                      const std::function<Result<bool>(std::string_view)>& take) override {
        for (std::size_t at = 0; at < bytes_.size(); at += piece_) {
            TRY(const bool more, take(bytes_.substr(at, piece_)));
            if (!more) return {};
        }
        return {};
    }

  private:
    std::string_view bytes_;
    std::size_t piece_;
};

}  // namespace bongsu::imports::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bongsu::imports;  // tidy-ok: a fuzz target's only function
    const auto bytes = fuzz::view(data, size);
    const std::vector<std::string> shared{"관리번호", "위도"};
    fuzz::OnePart whole(bytes, std::max<std::size_t>(size, 1)), pieces(bytes, 1 + size % 61);
    const SheetBounds bounds{0, kTableBytesMax};
    const auto first = read_sheet(whole, "", shared, bounds), second = read_sheet(pieces, "", shared, bounds);
    fuzz::require(first.has_value() == second.has_value());
    if (first) {
        const auto &one = first->table, &other = second->table;
        fuzz::require(one.rows() == other.rows() && first->hidden == second->hidden && first->hidden <= one.rows());
        for (std::size_t row = 0; row < one.rows(); ++row) {
            fuzz::require(one.cells(row) == other.cells(row) && one.cells(row) <= kColumnsMax);
            for (std::size_t c = 0; c < one.cells(row); ++c) fuzz::require(one.cell(row, c) == other.cell(row, c));
        }
    }
    static_cast<void>(read_shared_texts(whole, "xl/sharedStrings.xml"));
    fuzz::read_as(bytes, "xlsx");
    return 0;
}
