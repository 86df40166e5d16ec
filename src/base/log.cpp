#include "base/log.hpp"

#include <unistd.h>

#include <ctime>

namespace bongsu {

namespace {

LogLevel threshold = LogLevel::info;
std::string process_name = "bongsu";

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += ' ';
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

void log_setup(LogLevel level, std::string who) {
    threshold = level;
    process_name = std::move(who);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < threshold) return;
    static constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);  // The log's own stamp; nothing reads it back.
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    char stamp[40];
    const auto n = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    std::string line = "{\"time\":\"" + std::string(stamp, n) + "." +
                       std::to_string(1000 + now.tv_nsec / 1'000'000).substr(1) + "Z\",\"level\":\"";
    line += kNames[static_cast<unsigned>(level)];
    line += "\",\"process\":";
    append_quoted(line, process_name);
    line += ",\"event\":";
    append_quoted(line, event);
    for (const auto& field : fields) {
        line += ',';
        append_quoted(line, field.name);
        line += ':';
        append_quoted(line, field.value);
    }
    line += "}\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace bongsu
