#pragma once
// Result<T>: a value, or an Error that says what failed and what the caller may do about it.
//
// Operating errors (network, disk, bad input) travel as Result. Programmer errors are BONGSU_CHECK
// failures and end the process. No room throws across its boundary.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>  // The only file that names it: std::expected replaces it in one edit.
#include <utility>

namespace bongsu {

/// What the caller can do, not where it broke. http::problem() gives each kind its one HTTP status.
enum class ErrorKind : std::uint8_t {
    invalid,          ///< The request can never succeed as asked.
    unauthenticated,  ///< Nobody we know asked.
    forbidden,        ///< Somebody asked who may not.
    not_found,
    conflict,     ///< State moved under the caller: reload, then decide again.
    exhausted,    ///< A limit that we set was reached: queue, quota, disk.
    unavailable,  ///< The other side is down: retry with backoff.
    timeout,
    cancelled,  ///< We are shutting down or the peer left; not a fault.
    corrupt,    ///< Bytes are not what was promised.
};

std::string_view to_string(ErrorKind kind);

/// The caller's file and line, on builtins: clang 14 has no std::source_location over libstdc++ 12.
struct Where {
    const char* file;
    int line;
    static constexpr Where here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
};

struct Error {
    ErrorKind kind;
    std::string message;  ///< For a person: names the field, camera or file. Never a secret.
    Where where;
    /// Of `invalid` alone: which part of the input is wrong, as the caller wrote it: `data.position`, `limit`,
    /// `Idempotency-Key`, or `body` for the whole. Empty where no one part is. At most 120 bytes.
    std::string field = {};
    /// A word for programs where the kind says too little: `session_replaced`. Empty: the kind is the word.
    std::string code = {};
    std::chrono::seconds retry_after{0};  ///< Of `exhausted` and `unavailable`: when to come again; 0 where unknown.
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorKind::not_found, "camera 11440-0042 is not registered");`
inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, Where where = Where::here()) {
    return tl::unexpected<Error>(Error{kind, std::move(message), where});
}

/// `return fail_field("limit", "must be at most 200");` is ErrorKind::invalid, "limit must be at most 200", of `limit`.
tl::unexpected<Error> fail_field(std::string_view field, std::string_view why, Where where = Where::here());
/// An error with a word of its own that programs go by: "seat_taken".
tl::unexpected<Error> fail_code(ErrorKind kind, std::string code, std::string message, Where where = Where::here());

/// Ends the process with the condition's text; stays on in release builds.
[[noreturn]] void check_failed(const char* condition, Where where);

}  // namespace bongsu

/// For programmers' errors only, never for bytes from a peer.
#define BONGSU_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::bongsu::check_failed(#condition, ::bongsu::Where::here()))

// Plain statements, not GNU statement expressions: co_await within one is a compiler crash in GCC 12.
#define BONGSU_TRY_NAME2(line) bongsu_try_##line
#define BONGSU_TRY_NAME(line) BONGSU_TRY_NAME2(line)
#define BONGSU_TRY_IMPL(tmp, decl, expr)                       \
    auto tmp = (expr);                                         \
    if (!tmp) return ::tl::unexpected(std::move(tmp).error()); \
    decl = *std::move(tmp)
/// `TRY(auto entry, journal.append(draft));` hands the Error to our caller, or binds the value.
#define TRY(decl, expr) BONGSU_TRY_IMPL(BONGSU_TRY_NAME(__LINE__), decl, expr)
/// The same for Result<void>.
#define TRY_DO(expr)                                                 \
    do {                                                             \
        if (auto bongsu_done = (expr); !bongsu_done)                 \
            return ::tl::unexpected(std::move(bongsu_done).error()); \
    } while (false)
