#pragma once
// An import or an undo away from the store thread: the file is read, the lists compared, the new one written
// and the new directory built on a worker. The store thread begins it with what it knows and ends it with one
// entry.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/site/idempotency.hpp"
#include "app/site/reads.hpp"
#include "device/directory.hpp"
#include "env/env.hpp"
#include "http/message.hpp"
#include "imports/http.hpp"

namespace bongsu::app {

constexpr std::size_t kListsKept = 50;  ///< Of one list's history; an older import cannot be taken back.
/// A district sends its whole catalogue to the centre at once; more would not fit what waits on that link.
constexpr std::size_t kDistrictCamerasMax = 150'000;

/// Ownership: one owner at a time, the store thread or the worker. The fields in three groups: what is asked,
/// what the store thread knows, what the worker found.
struct ImportJob {
    imports::ImportRequest request;
    std::string undoes;  ///< Of an undo: which import.
    std::shared_ptr<const std::string> file;
    http::Request head;  ///< The request without its body, for its Idempotency-Key.
    Reader reader;       ///< As it asked.
    std::function<void(http::Response)> reply;

    std::string id;      ///< Of the new record.
    std::string folder;  ///< DATA/<site>/imports
    imports::Owner owner;
    AgencyId agency;
    bool is_district = false;
    std::optional<imports::Record> before;  ///< What stands.
    std::optional<imports::Record> undone;  ///< The import that is to be taken back.
    std::vector<device::Camera>
        cameras;  ///< All that the directory has; for a dry run those of the site's ids alone.
    std::size_t copied = 0;               ///< How far the directory was looked through.
    std::uint64_t directory_version = 0;  ///< Of what `cameras` is a copy of.

    std::optional<http::Response> answer;  ///< It ends here: a dry run, a question, a refusal.
    imports::Reading reading;              ///< Its list is what will stand.
    imports::Diff diff;
    imports::Record record;
    std::vector<CameraId> gone;  ///< The cameras of the list that stood.
    std::optional<device::Directory> directory;
    std::optional<Result<std::optional<WriteKey>>> key;
};

/// Threads: a worker; the disk is its own for these files. Time: about 3 s for 300,000 rows.
void run_import(env::Disk& disk, ImportJob& job);

/// The list of a record, checked against its digest. Errors: not_found, corrupt.
Result<std::vector<imports::Listed>> read_list(env::Disk& disk, const std::string& folder,
                                               const imports::Record& record);

/// The directory with the list's cameras in the place of `gone`. Errors: conflict, exhausted.
Result<device::Directory> with_list(std::vector<device::Camera> cameras, const std::vector<CameraId>& gone,
                                    std::vector<device::Camera> come);

}  // namespace bongsu::app
