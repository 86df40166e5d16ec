#pragma once
// `bongsu simulate 112`: the 112 room's system, sending its real messages over HTTP.

#include <string>

#include "base/result.hpp"

namespace bongsu::app {

struct SimulateOptions {
    std::string data = "data";
    std::string near = "서울숲";  ///< A name of the gazetteer, or "lon,lat".
    std::string grade = "10";
    std::string state = "10";  ///< 10 20 40 50 90 91
    std::string number;        ///< ocrNbr; empty: a new one, printed.
    std::string text = "폭행 신고, 현장 영상 요청";
};

/// Gets a session key, sends the message, prints the number and the reply. Exit code 0 when the reply says 0.
Result<int> simulate_112(const SimulateOptions& options);

}  // namespace bongsu::app
