#pragma once
// The face of /api/v1/journal/access: requests in, responses out; no socket, no thread.

#include "http/message.hpp"
#include "ledger/access.hpp"

namespace bongsu::ledger {

/// GET ?user=&agency=&camera=&incident=&kind=&from=&to=&cursor=&limit= :
/// {"items":[{"seq","time","who","agency","from","whose","incident","what","why","basis","result"}],"next"}, newest
/// first. What is not known is null.
http::Response get_access(sql::Db& db, const http::Request& request);

}  // namespace bongsu::ledger
