#include "imports/zip.hpp"

#include <zip.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "imports/xlsx.hpp"

namespace bongsu::imports {

namespace {

constexpr std::size_t kRatioFrom = 1 << 20;
constexpr std::size_t kPiece = 64 << 10;

/// Part names are equal without regard to case (ECMA-376-2, 6.2.2.3); some writers part folders by '\\'.
std::string folded(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '\\') c = '/';
    }
    return out;
}

class LibZip final : public Zip {
  public:
    /// At most kZipEntriesMax entries.
    explicit LibZip(zip_t* archive) : archive_(archive) {
        const auto count = static_cast<zip_uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(archive, 0)));
        for (zip_uint64_t i = 0; i < count; ++i) {
            const char* name = zip_get_name(archive, i, 0);
            if (name == nullptr) continue;
            const auto [found, is_new] = entries_.try_emplace(folded(name), Entry{i, false});
            found->second.is_twice = found->second.is_twice || !is_new;
        }
    }
    ~LibZip() override { zip_discard(archive_); }
    LibZip(const LibZip&) = delete;
    LibZip& operator=(const LibZip&) = delete;

    bool has(const std::string& name) const override {
        return entries_.contains(folded(name));
    }

    Result<void> read(const std::string& name, std::size_t bytes_max,
                      const std::function<Result<bool>(std::string_view)>& take) override {
        const auto entry = entries_.find(folded(name));
        if (entry == entries_.end()) return fail(ErrorKind::not_found, "the workbook has no part " + name);
        // Programs differ in which one they show.
        if (entry->second.is_twice)
            return fail(ErrorKind::corrupt, "two parts of the workbook are called " + name);
        const auto index = entry->second.index;
        zip_stat_t stat;
        if (zip_stat_index(archive_, index, 0, &stat) != 0)
            return fail(ErrorKind::corrupt, "part " + name + " of the workbook cannot be read");
        const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
            zip_fopen_index(archive_, index, 0), zip_fclose);
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
    struct Entry {
        zip_uint64_t index = 0;
        bool is_twice = false;
    };
    zip_t* archive_;
    std::unordered_map<std::string, Entry> entries_;  // By their folded names.
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
    if (zip_get_num_entries(archive, 0) > static_cast<zip_int64_t>(kZipEntriesMax)) {
        zip_discard(archive);
        return fail(ErrorKind::exhausted,
                    "the workbook has more than " + std::to_string(kZipEntriesMax) + " parts");
    }
    return std::unique_ptr<Zip>(std::make_unique<LibZip>(archive));
}

}  // namespace bongsu::imports
