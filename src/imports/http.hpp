#pragma once
// The imports' faces: what a request asks for, and the answers' shapes. Who may ask is the route table's
// business.

#include <string>

#include "http/message.hpp"
#include "imports/record.hpp"

namespace bongsu::imports {

constexpr std::size_t kRefusedShownMax = 20'000;  ///< "refusedCount" says how many there are, "refusedCut" that they are more.

struct ImportRequest {
    Asked asked;
    SiteId site;
    std::string list{kDefaultList};
    bool dry_run = false;
    std::size_t removals = 0;  ///< Cameras that a person lets go at once; see ask_about_removals().
};
/// `?dryRun=true&site=&list=&format=&encoding=&crs=&columns=&sheet=&swapped=&area=&removals=`. Errors: invalid
/// names the parameter, also one that does not exist.
Result<ImportRequest> parse_import(const http::Request& request, const SiteId& here);

/// {"import"|null,"dryRun","site","list","rows","added","changed","unchanged","kept","removed","refused":[{"row","column",
/// "reason"}],"refusedCount","refusedCut","cameras","camerasBefore","detected":[{"what","value","why"}],"notes":[…],
/// "examples":[…],"question"?}
http::Response outcome_response(const ImportRequest& request, const std::string& import,
                                const Reading& reading, const Diff& diff);
/// 422, a problem document with "parameter", "candidates":[{"value","say","why"}] and "detected"; "questions":[…] has the
/// question and those of `further`, which can be answered at once.
http::Response question_response(const Question& question, const std::vector<Question>& further, const std::vector<Evidence>& detected);
boost::json::object to_json(const Record& record);
/// `?limit=&cursor=`: {"items":[…],"next"}, newest first.
http::Response get_imports(sql::Db& db, const http::Request& request);

}  // namespace bongsu::imports
