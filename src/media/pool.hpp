#pragma once
// Memory for pictures on their way: used again and again without page faults, shared by all streams. No picture in it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace bongsu::media {

/// Two-level segregated fit (Masmano et al., "TLSF", 2004): the smallest of 32 lists a power of two that certainly fits, the
/// rest of a piece goes back, and neighbours that are free become one piece again. So a group of pictures costs its bytes and
/// a few percent, whatever its pictures' sizes, and streams whose groups are not of one age share what the young ones lack.
///
/// Units:     bytes. A piece has 16 bytes of its own and a multiple of 64.
/// Bounds:    chunks of 4 MiB as they are needed; pieces above kPieceMax come from the heap. One empty chunk is kept, others
///            go back to the system.
/// Errors:    std::bad_alloc, as from new.
/// Threads:   any; a lock that is held for some 30 ns.
class Pool {
  public:
    static constexpr std::size_t kChunk = 4U << 20, kPieceMax = 1U << 20;

    /// Never destroyed: a block may outlive everything else.
    static Pool& shared();

    Pool() = default;
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Aligned to 16 bytes. Not zeroed.
    void* take(std::size_t bytes);
    /// With the same `bytes` as it was taken.
    void give(void* memory, std::size_t bytes) noexcept;

    /// What pieces take, their own 16 bytes and rounding included, and what the chunks hold. Without those from the heap.
    struct Use {
        std::size_t taken = 0, held = 0;
    };
    Use use() const;

  private:
    struct Piece {
        Piece* below;      // The neighbour at the lower address; null at a chunk's beginning.
        std::size_t size;  // With these 16 bytes; bit 0: free, bit 1: the chunk's last.
        // Of a free piece only:
        Piece *next, *previous;
    };
    struct Place {
        unsigned row, column;
    };
    static constexpr std::size_t kGrain = 64, kHead = 2 * sizeof(void*), kFree = 1, kLast = 2;
    static constexpr unsigned kColumnBits = 5, kColumns = 1U << kColumnBits, kRows = 13;

    static std::size_t size_of(const Piece* piece) { return piece->size & ~(kFree | kLast); }
    static Piece* above(Piece* piece);
    static Place place_of(std::size_t size);
    Piece* find(std::size_t size);
    Piece* new_chunk();
    void put(Piece* piece);
    void pull(Piece* piece);

    mutable std::mutex lock_;
    std::array<std::array<Piece*, kColumns>, kRows> lists_{};
    std::array<std::uint32_t, kRows> columns_{};  // Bit c: the list of that column has a piece.
    std::uint32_t rows_ = 0;
    std::size_t taken_ = 0, held_ = 0, empty_ = 0;  // empty_: chunks.
};

}  // namespace bongsu::media
