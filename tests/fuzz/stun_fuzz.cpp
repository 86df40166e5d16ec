// Properties: what is read stays within the datagram; a request that was not signed by our password never passes; answers are
// small, well formed, and no request themselves.

#include <array>
#include <string>

#include "camera_fuzz.hpp"
#include "webrtc/stun.hpp"

using namespace bongsu;          // tidy-ok: a program of one function
using namespace bongsu::webrtc;  // tidy-ok: a program of one function

namespace {

constexpr std::string_view kPassword = "a-password-that-no-input-can-sign-with";

std::size_t number(const std::vector<std::uint8_t>& bytes, std::size_t at) { return static_cast<std::size_t>(bytes[at] << 8 | bytes[at + 1]); }

/// Header, lengths and attributes of a message of ours (RFC 8489 5).
void check_answer(const std::vector<std::uint8_t>& answer, const StunRequest& request) {
    fuzz::require(answer.size() >= 20 && answer.size() <= 160 && answer.size() % 4 == 0);
    fuzz::require(number(answer, 2) + 20 == answer.size());
    fuzz::require(std::equal(request.transaction.begin(), request.transaction.end(), answer.begin() + 8));
    std::size_t at = 20;
    while (at < answer.size()) {
        fuzz::require(at + 4 <= answer.size());
        at += 4 + (number(answer, at + 2) + 3) / 4 * 4;
    }
    fuzz::require(at == answer.size());
    fuzz::require(!parse_stun_request(answer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span datagram(data, size);
    const auto request = parse_stun_request(datagram);
    if (!request) {
        fuzz::require(!request.error().message.empty() && request.error().message.size() < 200);
        return 0;
    }
    fuzz::require(size <= 1500 && request->username.size() <= 513 && request->unknown.size() <= 8);
    const auto* name = reinterpret_cast<const std::uint8_t*>(request->username.data());
    fuzz::require(request->username.empty() || (name >= data && name + request->username.size() <= data + size));
    fuzz::require(request->integrity_at < size);
    fuzz::require(!stun_integrity_holds(*request, kPassword));
    (void)request->our_ufrag();
    check_answer(write_stun_success(*request, *Address::parse("192.0.2.1", 4000), kPassword), *request);
    check_answer(write_stun_success(*request, *Address::parse("2001:db8::1", 4000), kPassword), *request);
    check_answer(write_stun_error(*request, 420, kPassword), *request);
    check_answer(write_stun_error(*request, 487, kPassword), *request);
    return 0;
}
