#include "app/site/import_job.hpp"

#include <algorithm>
#include <unordered_set>

#include "app/site/routes.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::app {

namespace {

http::Response too_large(const Error& why) {
    return http::problem(413, "too_large", "Too large", why.message);
}

http::Response unusable(const imports::Reading& reading) {
    std::string detail =
        "no row of the file can be taken: " + std::to_string(reading.refused.size()) + " are refused";
    if (!reading.refused.empty()) {
        const auto& first = reading.refused.front();
        detail += ", the first one is row " + std::to_string(first.row) +
                  (first.column.empty() ? std::string() : ", column " + first.column) + ": " + first.reason;
    }
    return http::problem(422, "import_empty", "Nothing to import", detail);
}

std::string list_path(const std::string& folder, const std::string& id) {
    return folder + "/" + id + ".list";
}

Result<std::vector<imports::Listed>> standing_list(env::Disk& disk, const ImportJob& job) {
    if (!job.before) return std::vector<imports::Listed>{};
    return read_list(disk, job.folder, *job.before);
}

/// Writes what will stand, then says so in the record: the entry follows only when this is durable.
Result<void> keep(env::Disk& disk, ImportJob& job) {
    TRY_DO(disk.make_folders(job.folder));
    const auto lines = imports::to_lines(job.reading.list);
    job.record.id = job.id;
    job.record.site = job.request.site;
    job.record.list = job.request.list;
    job.record.user = "user:" + job.reader.session.user.value;
    job.record.base = job.before ? job.before->id : "";
    job.record.undoes = job.undoes;
    job.record.list_digest = crypto::to_hex(crypto::sha256(lines));
    const auto number = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    job.record.rows = number(job.reading.rows);
    job.record.added = number(job.diff.added);
    job.record.changed = number(job.diff.changed);
    job.record.unchanged = number(job.diff.unchanged);
    job.record.removed = number(job.diff.removed);
    job.record.refused = number(job.reading.refused.size());
    job.record.cameras = number(job.diff.cameras);
    for (const auto& item : job.reading.detected)
        job.record.detected.push_back(
            boost::json::object{{"what", item.what}, {"value", item.value.substr(0, 2000)}});
    if (job.file) TRY_DO(disk.replace(job.folder + "/" + job.id + ".file", *job.file));
    return disk.replace(list_path(job.folder, job.id), lines);
}

/// The new list against the one that stands; a conclusion, or what is to be kept.
Result<void> conclude(env::Disk& disk, ImportJob& job, const std::vector<imports::Listed>& before) {
    job.diff = imports::compare(before, job.reading.list);
    job.diff.unchanged -= job.reading.kept;  // No rows of the file.
    if (job.is_district && job.diff.cameras > kDistrictCamerasMax) {
        return fail(ErrorKind::exhausted, "the list has " + std::to_string(job.diff.cameras) +
                                              " cameras; a district has at most " +
                                              std::to_string(kDistrictCamerasMax));
    }
    auto& question = job.reading.before_apply;
    if (job.file && !question) question = imports::ask_about_removals(job.diff, job.request.removals);
    if (job.request.removals > 0)  // Stands in the entry: it was approved.
        job.reading.detected.push_back({"removals", std::to_string(job.request.removals), "as asked"});
    if (question && !job.request.dry_run) {
        job.answer = imports::question_response(*question, {}, job.reading.detected);
        return {};
    }
    if (job.request.dry_run) {
        job.answer = imports::outcome_response(job.request, "", job.reading, job.diff);
        return {};
    }
    TRY(job.directory, with_list(std::move(job.cameras), job.gone,
                                 imports::cameras_of(job.reading.list, job.request.site, job.agency)));
    // What is exhausted here is the disk, not the file's allowance.
    if (const auto kept = keep(disk, job); !kept) job.answer = failure_response(job.head, kept.error());
    return {};
}

Result<void> import_file(env::Disk& disk, ImportJob& job) {
    auto reading = imports::read_file(*job.file, job.request.asked, job.owner);
    // What no parameter is blamed for is the file's own fault.
    if (!reading && reading.error().kind == ErrorKind::invalid && reading.error().field.empty())
        reading.error().field = "body";
    TRY(job.reading, std::move(reading));
    if (job.reading.question) {
        job.answer = imports::question_response(*job.reading.question, job.reading.further, job.reading.detected);
        return {};
    }
    TRY(const auto before, standing_list(disk, job));
    job.gone = imports::camera_ids_of(before, job.request.site);
    imports::keep_ids_of_owners(before, job.reading.list);
    imports::keep_ids_of_moved(before, job.reading.list);
    {
        std::unordered_set<std::string_view> taken;
        for (const auto& camera : job.cameras) {
            if (camera.site == job.request.site) taken.insert(camera.id.value);
        }
        for (const auto& id : job.gone) taken.erase(id.value);
        imports::refuse_taken(
            job.request.site, [&](const CameraId& id) { return taken.contains(id.value); }, job.reading);
    }
    if (job.reading.list.empty() && !job.request.dry_run) {
        job.answer = unusable(job.reading);
        return {};
    }
    imports::keep_refused(before, job.reading);
    return conclude(disk, job, before);
}

Result<void> undo_import(env::Disk& disk, ImportJob& job) {
    const auto& undone = *job.undone;
    const auto too_old = [&](const Error& why) {
        return why.kind == ErrorKind::not_found
                   ? fail(ErrorKind::conflict,
                          "import " + undone.id +
                              " is too old to be taken back: its list is not kept any more")
                   : tl::unexpected(why);
    };
    std::vector<imports::Listed> base;
    if (!undone.base.empty()) {
        auto found = disk.read(list_path(job.folder, undone.base));
        if (!found) return too_old(found.error());
        TRY(base, imports::parse_lines(*found));
    }
    auto made = read_list(disk, job.folder, undone);
    if (!made) return too_old(made.error());
    TRY(const auto now, standing_list(disk, job));
    job.gone = imports::camera_ids_of(now, job.request.site);
    TRY(job.reading.list, imports::take_back(base, *made, now));
    job.reading.rows = job.reading.list.size();
    return conclude(disk, job, now);
}

}  // namespace

Result<std::vector<imports::Listed>> read_list(env::Disk& disk, const std::string& folder,
                                               const imports::Record& record) {
    TRY(const auto lines, disk.read(list_path(folder, record.id)));
    if (crypto::to_hex(crypto::sha256(lines)) != record.list_digest)
        return fail(ErrorKind::corrupt,
                    "the list of import " + record.id + " is not the one that the journal names");
    return imports::parse_lines(lines);
}

Result<device::Directory> with_list(std::vector<device::Camera> cameras, const std::vector<CameraId>& gone,
                                    std::vector<device::Camera> come) {
    std::unordered_set<std::string_view> ids;
    for (const auto& id : gone) ids.insert(id.value);
    std::erase_if(cameras, [&](const device::Camera& camera) { return ids.contains(camera.id.value); });
    cameras.reserve(cameras.size() + come.size());
    std::move(come.begin(), come.end(), std::back_inserter(cameras));
    return device::Directory::of(std::move(cameras));
}

void run_import(env::Disk& disk, ImportJob& job) {
    if (job.file) job.record.file_digest = crypto::to_hex(crypto::sha256(*job.file));
    // A file's digest stands for the file.
    job.key = job.file ? write_key(job.head, job.reader.session.user, job.record.file_digest) : write_key(job.head, job.reader.session.user);
    if (!*job.key) {
        job.answer = http::problem(job.key->error());
        return;
    }
    if (const auto done = job.undone ? undo_import(disk, job) : import_file(disk, job); !done)
        job.answer =
            done.error().kind == ErrorKind::exhausted ? too_large(done.error()) : http::problem(done.error());
}

}  // namespace bongsu::app
