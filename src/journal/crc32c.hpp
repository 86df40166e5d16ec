#pragma once
// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds rot and torn writes, not tampering.

#include <cstdint>
#include <string_view>

namespace bongsu::journal {

/// `before` is the CRC of what stands before `bytes`, 0 at the start. Threads: any.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);
/// The same where the processor has no instruction for it.
std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t before = 0);

}  // namespace bongsu::journal
