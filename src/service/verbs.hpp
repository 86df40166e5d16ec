#pragma once
// Everything that is said of services. A verb appends to the batch of a Book; the fold follows at once.

#include "base/id.hpp"
#include "journal/book.hpp"
#include "service/fold.hpp"
#include "service/service.hpp"

namespace bongsu::service {

/// What another set of declarations changes.
struct Change {
    std::vector<std::string> added, changed, removed;
    bool is_empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// Errors: conflict, a line for each service that may not become so: a life that leads nowhere from the one before, another text under
/// the version that stands, a lower version, a service that runs and is gone (retire it first).
Result<void> check_change(const std::vector<Standing>& before, const Services& after);
/// The same, by key.
std::map<std::string, std::string> wrong_of(const std::vector<Standing>& before, const Services& after);
Change difference(const std::vector<Standing>& before, const Services& after);
/// `services.declared` {why, added, changed, removed, services: {key: {version, life, digest}}}; nothing where nothing changed.
Result<Change> declare(journal::Book& book, const std::string& actor, const std::string& why, const Services& after);

/// A report's code decides about its picture: `service.judged` {incident, event, service, code, decision}, once for each decision. Answers
/// whether it is another one than before.
Result<bool> judge(journal::Book& book, const std::string& actor, const IncidentId& incident, const Judged& judged);
/// `service.stage` {incident, event, service, stage, at}, once for each stage that a service has in a case.
Result<void> reach(journal::Book& book, const std::string& actor, const IncidentId& incident, const Reached& reached);
/// `service.result` {incident, service, result}. Errors: invalid names `result`.
Result<void> note_effect(journal::Book& book, const std::string& actor, const IncidentId& incident, const Service* service, const std::string& result);

/// `service.purged` {incident, service}: of the case no words of persons are left that its service does not keep.
Result<void> note_purged(journal::Book& book, const std::string& actor, const IncidentId& incident, const Service& service);

}  // namespace bongsu::service
