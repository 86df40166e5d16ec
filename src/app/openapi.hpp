#pragma once
// The public contract as it is served: docs/openapi.json, part of the program since its build.

#include <string_view>

namespace bongsu::app {

std::string_view openapi_document();

}  // namespace bongsu::app
