#pragma once
// Whom an answer shows: read from the answer itself, so that no handler can forget to say it.

#include <string>
#include <string_view>
#include <vector>

#include "app/site/shows.hpp"
#include "http/message.hpp"

namespace bongsu::app {

/// The values of `field` of each object in the answer's `list`, in their order: texts as they are, numbers in digits,
/// null and what is missing left out. What is no such answer has none.
std::vector<std::string> values_of_items(std::string_view body, std::string_view field, std::string_view list = "items");

/// "incident:01H…" of each record that the answer shows, each once. Ids longer than 128 bytes are cut: none of ours is.
std::vector<std::string> subjects_of(const Shows& shows, const http::Request& request, std::string_view body);

}  // namespace bongsu::app
