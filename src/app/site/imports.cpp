// Imports of cameras: begun here, done by a worker (import_job.cpp), ended here with one entry.
#include <algorithm>

#include "app/site/handlers.hpp"
#include "app/site/import_job.hpp"
#include "app/site/shown.hpp"
#include "app/site/site.hpp"
#include "base/log.hpp"

namespace bongsu::app {

namespace {

/// Whose lists are kept here: our own, and at the centre those of districts that have not joined.
Result<const SiteInfo*> listed_site(const City& city, const SiteId& here, const SiteId& wanted) {
    const auto* info = city.find(wanted);
    if (info == nullptr) return fail_field("site", "must be the code of a site of this city");
    if (wanted == here) return info;
    if (here != city.centre || info->joined) {
        return fail(ErrorKind::forbidden, "site " + wanted.value + " keeps its own list: import it there");
    }
    return info;
}

/// 300,000 cameras in one piece would hold every message for a fifth of a second; these take about 3 ms.
constexpr std::size_t kCopySlice = 4096;

}  // namespace

/// What only the store thread knows: which list stands, which cameras there are.
Result<void> Site::begin_import(ImportJob& job) {
    TRY(const auto* info, listed_site(options_.city, options_.id, job.request.site));
    job.folder = site_folder(options_.data, options_.id) + "/imports";
    job.id = env_.ulid();
    job.agency = info->agency;
    job.is_district = !is_centre();
    job.owner.site = info->id;
    job.owner.city = options_.city.area;
    if (info->id != options_.city.centre) {
        job.owner.district = info->name_ko;
        for (const auto& other : options_.city.sites) {
            if (other.id != info->id && other.id != options_.city.centre)
                job.owner.others.push_back(other.name_ko);
        }
    }
    TRY(job.before, imports::standing(*folds_db_, job.request.site, job.request.list));
    job.directory_version = directory_version_;
    return {};
}

/// A slice at a time, behind whatever came meanwhile. States that change under way are taken over at the end.
void Site::take(ImportCopy& input, Outputs& out) {
    auto& job = *input.job;
    const auto& all = directory_.cameras();
    if (job.directory_version != directory_version_) {  // Another list or catalogue came in between.
        job.directory_version = directory_version_;
        job.cameras.clear();
        job.copied = 0;
    }
    if (job.copied == 0 && !job.request.dry_run) job.cameras.reserve(all.size());
    const auto end = std::min(all.size(), job.copied + kCopySlice);
    for (; job.copied < end; ++job.copied) {
        const auto& camera = all[job.copied];
        if (!job.request.dry_run) {
            job.cameras.push_back(camera);
        } else if (camera.site == job.request.site) {  // A dry run asks for ids alone.
            device::Camera known;
            known.id = camera.id;
            known.site = camera.site;
            job.cameras.push_back(std::move(known));
        }
    }
    if (job.copied < all.size())
        out.again.emplace_back(ImportCopy{input.job});
    else
        out.imports.push_back(input.job);
}

Handlers::Answer Handlers::post_import(Site& site, Call& call) {
    auto request = imports::parse_import(call.request, site.options_.id);
    if (!request) return http::problem(request.error());
    auto job = std::make_shared<ImportJob>();
    job->request = *std::move(request);
    job->file =
        call.request.file ? call.request.file : std::make_shared<const std::string>(call.request.body);
    job->head = call.request;
    job->head.file.reset();
    job->head.body.clear();
    job->reader = {*call.session, identity::host_of(call.request.remote)};
    job->reply = call.reply;
    if (const auto begun = site.begin_import(*job); !begun) return http::problem(begun.error());
    call.out.again.emplace_back(ImportCopy{std::move(job)});
    return std::nullopt;
}

Handlers::Answer Handlers::undo_import(Site& site, Call& call) {
    const auto found = imports::find(*site.folds_db_, call.request.captures.at(0));
    if (!found) return http::problem(found.error());
    if (!found->undoes.empty())
        return http::problem(
            Error{ErrorKind::conflict, "an undo cannot be taken back: import the file again", Where::here()});
    if (!found->undone_by.empty())
        return http::problem(
            Error{ErrorKind::conflict, "import " + found->id + " was taken back already", Where::here()});
    auto job = std::make_shared<ImportJob>();
    job->request.site = found->site;
    job->request.list = found->list;
    job->undoes = found->id;
    job->undone = *found;
    job->head = call.request;
    job->reader = {*call.session, identity::host_of(call.request.remote)};
    job->reply = call.reply;
    if (const auto begun = site.begin_import(*job); !begun) return http::problem(begun.error());
    call.out.again.emplace_back(ImportCopy{std::move(job)});
    return std::nullopt;
}

Handlers::Answer Handlers::imports(Site& site, Call& call) {
    return imports::get_imports(*site.folds_db_, call.request);
}

Handlers::Answer Handlers::import(Site& site, Call& call) {
    const auto found = imports::find(*site.folds_db_, call.request.captures.at(0));
    return found ? http::json_response(200, imports::to_json(*found)) : http::problem(found.error());
}

/// An answer from the book is a look, also where a worker had to read the file to know that it is the same.
Result<void> Site::record_import_again(const ImportJob& job, const http::Response& answer) {
    const Look look{.route = job.undoes.empty() ? "POST /api/v1/cameras/imports" : "POST /api/v1/cameras/imports/{id}/undo",
                    .query = "",
                    .subjects = subjects_of(Shows::answer("import", "import"), job.head, answer.body)};
    for (auto& draft : look_drafts(job.reader, look)) TRY_DO(book_->append(std::move(draft)));
    return {};
}

/// The worker is done: one entry, the answer kept under its key, the directory changed last.
Result<http::Response> Site::finish_import(ImportJob& job) {
    if (!*job.key) return *std::move(job.answer);
    const auto& key = **job.key;
    // Before what the worker found: by now the list that stands may be another one, to which the same file asks a question.
    if (key) {
        TRY(auto before, answered_before(*folds_db_, *key, env_.clock.wall()));
        if (before) {
            TRY_DO(record_import_again(job, *before));
            return *std::move(before);
        }
    }
    if (job.answer) return *std::move(job.answer);
    TRY(const auto standing, imports::standing(*folds_db_, job.request.site, job.request.list));
    if ((standing ? standing->id : "") != (job.before ? job.before->id : "")) {
        return fail(ErrorKind::conflict,
                    "another import of this list was applied meanwhile: look at a dry run again");
    }
    if (job.directory_version !=
        directory_version_) {  // A district's catalogue came meanwhile: built anew, here.
        TRY(job.directory, with_list(directory_.cameras(), job.gone,
                                     imports::cameras_of(job.reading.list, job.request.site, job.agency)));
    }
    TRY_DO(imports::record(*book_, job.record));
    auto response = imports::outcome_response(job.request, job.id, job.reading, job.diff);
    if (key) {
        TRY_DO(record_done(*book_, *key, job.reader.session.user));
        TRY_DO(keep_answer(*folds_db_, *key, response, env_.clock.wall()));
    }
    return response;
}

void Site::take(ImportDone& input, Outputs& out) {
    auto& job = *input.job;
    const bool is_final = job.answer.has_value();
    std::optional<http::Response> response;
    const auto done = attempt([&]() -> Result<void> {
        auto finished = finish_import(job);
        response = finished ? *finished : http::problem(finished.error());
        return finished ? Result<void>{} : tl::unexpected(finished.error());
    });
    if (!done && !response) response = http::problem(done.error());
    const bool is_applied =
        done && !is_final && response->status == 201 && !response->headers.contains(std::string(kReplayed));
    if (is_applied) adopt(*std::move(job.directory), job.request.site, out);
    out.replies.push_back([reply = job.reply, answer = *std::move(response)] { reply(answer); });
    out.spent_imports.push_back(input.job);  // Large: the worker lets it go.
}

/// The new directory takes the place of the old one, which is kept until the batch is durable.
void Site::adopt(device::Directory directory, const SiteId& site, Outputs& out) {
    directory.keep_states_of(directory_);
    std::swap(directory, directory_);
    ++directory_version_;
    if (!directory_before_)
        directory_before_ = std::make_shared<device::Directory>(std::move(directory));
    else
        out.spent_directories.push_back(std::make_shared<device::Directory>(std::move(directory)));
    publish_site(site, out);
    if (is_centre()) return;
    for (const auto& peer : peers_up_) send_catalogue(peer, out);
}

/// What a lost batch had changed in memory is taken back with it.
void Site::settle_directory(bool committed, Outputs& out) {
    if (!directory_before_) return;
    if (!committed) {
        directory_before_->keep_states_of(directory_);
        std::swap(*directory_before_, directory_);
        ++directory_version_;
    }
    out.spent_directories.push_back(std::exchange(directory_before_, nullptr));
}

/// At the start: what stands of each list joins the catalogues; files that no record knows are of a batch
/// that was lost, and those of old records are not kept.
Result<void> Site::load_imports() {
    const auto folder = site_folder(options_.data, options_.id) + "/imports";
    TRY(const auto standing, imports::standing(*folds_db_));
    for (const auto& record : standing) {
        const auto* info = options_.city.find(record.site);
        if (info == nullptr || (info->joined && info->id != options_.id))
            continue;  // It speaks for itself now.
        auto list = read_list(env_.disk, folder, record);
        auto joined =
            list ? with_list(directory_.cameras(), {}, imports::cameras_of(*list, record.site, info->agency))
                 : tl::unexpected(list.error());
        if (joined) {
            directory_ = *std::move(joined);
            continue;
        }
        // The rest of the site works without these cameras, none of which has a picture.
        LOG_ERROR("imports.list_unreadable",
                  {{"import", record.id}, {"list", record.list}, {"why", joined.error().message}});
    }
    TRY(const auto names, env_.disk.list(folder));
    for (const auto& name : names) {
        const auto id = name.substr(0, name.find('.'));
        TRY(const bool kept, imports::is_kept(*folds_db_, id, kListsKept));
        if (!kept) TRY_DO(env_.disk.remove(folder + "/" + name));
    }
    return {};
}

}  // namespace bongsu::app
