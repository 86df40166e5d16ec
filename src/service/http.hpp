#pragma once
// The faces of /api/v1/services and of a case's service: requests in, responses out; no socket, no thread.

#include "http/message.hpp"
#include "service/verbs.hpp"

namespace bongsu::service {

/// What a site knows and lends by.
struct Office {
    journal::Book& book;
    const Services& services;
    const grant::Purposes& purposes;
    const sop::Sops& sops;
    WallTime now;
};

/// GET /api/v1/services : {"items":[{"key","version","life","name","types","purposes","codes","sop","desk","stages","results","since","by"}],"next":null}.
http::Response get_services(const Office& office, const http::Request& request);
/// GET /api/v1/services/statistics?from=&days= (days of Seoul, 1 to 400; the last 30 where nothing is said): {"from","to","items":[{"service","name","life","opened","ended","tests",
/// "refused","outcomes","results","helped":{"n","of"},"picture","seen","arrival"}]}; each time {"n","notMeasured","p50S","p90S","maxS","within5Min","within7Min"},
/// null where n is 0.
http::Response get_statistics(const Office& office, const http::Request& request);

/// Of a case: {"service":{"key","name","life"}|null,"results":[…],"result"|null,"stages":[{"key","name","at"}],"codes":[{"event","code","decision"}]}. `only`: of
/// these events alone; empty: of all.
Result<boost::json::object> case_json(const Office& office, const IncidentId& incident, std::string_view type, const std::vector<EventId>& only);

}  // namespace bongsu::service
