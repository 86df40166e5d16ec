#pragma once
// `bongsu simulate`: partners' systems, sending their real messages over HTTP and over their own ports.

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
    std::string code;                ///< Of the 112 room, "0" to "4"; empty: none is said (a telegram says 1).
    std::vector<std::string> items;  ///< "KEY=VALUE", of formats that have items.
};

/// A partner of DATA/<centre>/partners.toml with a port of its own.
struct StreamPartner {
    std::string key;            ///< "fire-dispatch".
    bool test = false;          ///< As far as its format can say so.
};

/// Sends one message in the format of the partner's profile, prints the number and the answer. Exit code 0 when it
/// was accepted, or when the format has no answer. Errors: invalid for --test in a format that cannot say it.
Result<int> simulate_stream(const SimulateOptions& options, const StreamPartner& partner);

/// A declared service whose sender comes over HTTP (SCSNS), by the account of an agency that it names.
struct ServicePartner {
    std::string key;   ///< "112-emergency-video", "e-anklet", or one of DATA/<centre>/services.
    std::string type;  ///< evtId; empty: the service's first.
};

/// Whether a service of that key is declared, in DATA or with the program.
bool is_service(const std::string& data, const std::string& key);

/// Gets a session key, sends the message, prints the number and the reply. Exit code 0 when the reply says 0. Errors: not_found for a key that
/// no service has, or without an account of a sender of its.
Result<int> simulate_service(const SimulateOptions& options, const ServicePartner& partner);

}  // namespace bongsu::app
