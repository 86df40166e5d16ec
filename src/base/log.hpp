#pragma once
// Logs are events with fields, never sentences: LOG_INFO("camera.lost", {{"camera", id}, {"kind", why}}).

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace bongsu {

enum class LogLevel : unsigned char { debug, info, warn, error };

struct LogField {
    std::string_view name;
    std::string value;  ///< Never a secret, a name, a plate or a phone number.
    LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
    LogField(std::string_view n, const char* v) : name(n), value(v) {}
    LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
    template <class Number>
    requires std::is_arithmetic_v<Number> LogField(std::string_view n, Number v)
        : name(n), value(std::to_string(v)) {}
};

/// One JSON object a line on stderr, written with one write(2): lines of several threads do not mix.
/// Threads: any. Levels below `log_threshold()` cost a comparison.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

/// Set once at start by app/ (default info). `who` names the process: "control 11440".
void log_setup(LogLevel threshold, std::string who);

}  // namespace bongsu

#define LOG_DEBUG(...) ::bongsu::log(::bongsu::LogLevel::debug, __VA_ARGS__)
#define LOG_INFO(...) ::bongsu::log(::bongsu::LogLevel::info, __VA_ARGS__)
#define LOG_WARN(...) ::bongsu::log(::bongsu::LogLevel::warn, __VA_ARGS__)
#define LOG_ERROR(...) ::bongsu::log(::bongsu::LogLevel::error, __VA_ARGS__)
