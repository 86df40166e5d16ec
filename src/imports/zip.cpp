#include "imports/zip.hpp"

#include <zip.h>

#include <vector>

#include "imports/xlsx.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kRatioFrom = 1 << 20;
constexpr std::size_t kPiece = 64 << 10;

class LibZip final : public Zip {
  public:
    explicit LibZip(zip_t* archive) : archive_(archive) {}
    ~LibZip() override { zip_discard(archive_); }
    LibZip(const LibZip&) = delete;
    LibZip& operator=(const LibZip&) = delete;

    bool has(const std::string& name) const override {
        return index_of(name) >= 0;
    }

    Result<void> read(const std::string& name, std::size_t bytes_max,
                      const std::function<Result<bool>(std::string_view)>& take) override {
        const auto index = index_of(name);
        if (index < 0) return fail(ErrorKind::not_found, "the workbook has no part " + name);
        zip_stat_t stat;
        if (zip_stat_index(archive_, static_cast<zip_uint64_t>(index), 0, &stat) != 0)
            return fail(ErrorKind::corrupt, "part " + name + " of the workbook cannot be read");
        const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
            zip_fopen_index(archive_, static_cast<zip_uint64_t>(index), 0), zip_fclose);
        if (!file) return fail(ErrorKind::corrupt, "part " + name + " of the workbook cannot be unpacked");
        std::vector<char> piece(kPiece);
        std::size_t total = 0;
        for (;;) {
            const auto n = zip_fread(file.get(), piece.data(), piece.size());
            if (n < 0) return fail(ErrorKind::corrupt, "part " + name + " of the workbook is damaged");
            if (n == 0) return {};
            total += static_cast<std::size_t>(n);
            // The archive's own word on the size is not trusted: what comes out is counted.
            if (total > bytes_max || (total > kRatioFrom && total / kPackRatioMax > stat.comp_size)) {
                return fail(ErrorKind::exhausted,
                            "part " + name + " of the workbook unpacks to more than " +
                                (total > bytes_max ? std::to_string(bytes_max >> 20) + " MiB"
                                                   : std::to_string(kPackRatioMax) + " times its size"));
            }
            TRY(const bool more, take({piece.data(), static_cast<std::size_t>(n)}));
            if (!more) return {};
        }
    }

  private:
    /// Part names are equal without regard to case (ECMA-376-2, 6.2.2.3).
    zip_int64_t index_of(const std::string& name) const {
        const auto exact = zip_name_locate(archive_, name.c_str(), 0);
        return exact >= 0 ? exact : zip_name_locate(archive_, name.c_str(), ZIP_FL_NOCASE);
    }

    zip_t* archive_;
};

}  // namespace

Result<std::unique_ptr<Zip>> Zip::open(std::string_view bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source == nullptr) return fail(ErrorKind::exhausted, "no memory for the workbook");
    zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (archive == nullptr) {
        zip_source_free(source);
        const std::string why = zip_error_strerror(&error);
        zip_error_fini(&error);
        return fail(ErrorKind::corrupt, "the file is no ZIP archive and so no workbook: " + why);
    }
    auto opened = std::make_unique<LibZip>(archive);
    if (zip_get_num_entries(archive, 0) > static_cast<zip_int64_t>(kZipEntriesMax)) {
        return fail(ErrorKind::exhausted,
                    "the workbook has more than " + std::to_string(kZipEntriesMax) + " parts");
    }
    return std::unique_ptr<Zip>(std::move(opened));
}

}  // namespace bongsu::imports
