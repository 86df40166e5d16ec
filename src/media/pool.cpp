#include "media/pool.hpp"

#include <bit>
#include <new>

namespace bongsu::media {
namespace {

// Sanitizers see a block's end only when it has memory of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

constexpr std::align_val_t kPage{4096};

}  // namespace

Pool& Pool::shared() {
    static auto* const pool = new Pool;  // tidy-ok: outlives every block
    return *pool;
}

Pool::~Pool() {
    // Whoever made one of their own gave everything back; so each chunk is one free piece.
    for (auto& row : lists_) {
        for (Piece* piece : row) {
            while (piece != nullptr) {
                Piece* const next = piece->next;
                ::operator delete(piece, kPage);
                piece = next;
            }
        }
    }
}

Pool::Piece* Pool::above(Piece* piece) {
    if ((piece->size & kLast) != 0) return nullptr;
    return reinterpret_cast<Piece*>(reinterpret_cast<std::byte*>(piece) + size_of(piece));
}

/// The list of pieces of at least this size: by the power of two, then 32 steps to the next.
Pool::Place Pool::place_of(std::size_t size) {
    const auto grains = static_cast<unsigned>(size / kGrain);
    if (grains < kColumns) return {0, grains};
    const auto log = static_cast<unsigned>(std::bit_width(grains)) - 1;
    return {log - kColumnBits + 1, (grains >> (log - kColumnBits)) & (kColumns - 1)};
}

void Pool::put(Piece* piece) {
    piece->size |= kFree;
    const auto [row, column] = place_of(size_of(piece));
    Piece*& first = lists_[row][column];
    piece->previous = nullptr;
    piece->next = first;
    if (first != nullptr) first->previous = piece;
    first = piece;
    columns_[row] |= 1U << column;
    rows_ |= 1U << row;
}

void Pool::pull(Piece* piece) {
    const auto [row, column] = place_of(size_of(piece));
    piece->size &= ~kFree;
    if (piece->next != nullptr) piece->next->previous = piece->previous;
    if (piece->previous != nullptr) {
        piece->previous->next = piece->next;
        return;
    }
    lists_[row][column] = piece->next;
    if (piece->next != nullptr) return;
    columns_[row] &= ~(1U << column);
    if (columns_[row] == 0) rows_ &= ~(1U << row);
}

/// A free piece that fits, or null.
Pool::Piece* Pool::find(std::size_t size) {
    const auto exact = place_of(size);
    // The list that it would stand in itself may have one a little larger.
    Piece* own = lists_[exact.row][exact.column];
    for (int tries = 0; own != nullptr && tries < 4; ++tries, own = own->next) {
        if (size_of(own) >= size) return own;
    }
    auto [row, column] = exact;
    std::uint32_t columns = column + 1 < kColumns ? columns_[row] & (~0U << (column + 1)) : 0;
    if (columns == 0) {
        const std::uint32_t rows = rows_ & (~0U << (row + 1));
        if (rows == 0) return nullptr;
        row = static_cast<unsigned>(std::countr_zero(rows));
        columns = columns_[row];
    }
    return lists_[row][static_cast<unsigned>(std::countr_zero(columns))];
}

Pool::Piece* Pool::new_chunk() {
    auto* const piece = static_cast<Piece*>(::operator new(kChunk, kPage));
    held_ += kChunk;
    ++empty_;
    piece->below = nullptr;
    piece->size = kChunk | kLast;
    put(piece);
    return piece;
}

void* Pool::take(std::size_t bytes) {
    if (!kPooled || bytes > kPieceMax) return ::operator new(bytes);
    const std::size_t size = (bytes + kHead + kGrain - 1) & ~(kGrain - 1);
    const std::lock_guard hold(lock_);
    Piece* piece = find(size);
    if (piece == nullptr) piece = new_chunk();
    pull(piece);
    if (piece->below == nullptr && (piece->size & kLast) != 0) --empty_;
    if (const std::size_t rest = size_of(piece) - size; rest >= kGrain) {
        auto* const upper = reinterpret_cast<Piece*>(reinterpret_cast<std::byte*>(piece) + size);
        upper->below = piece;
        upper->size = rest | (piece->size & kLast);
        piece->size = size;
        if (Piece* const next = above(upper)) next->below = upper;
        put(upper);
    }
    taken_ += size_of(piece);
    return reinterpret_cast<std::byte*>(piece) + kHead;
}

void Pool::give(void* memory, std::size_t bytes) noexcept {
    if (!kPooled || bytes > kPieceMax) return ::operator delete(memory);
    auto* piece = reinterpret_cast<Piece*>(static_cast<std::byte*>(memory) - kHead);
    const std::lock_guard hold(lock_);
    taken_ -= size_of(piece);
    if (Piece* const upper = above(piece); upper != nullptr && (upper->size & kFree) != 0) {
        pull(upper);
        piece->size = (size_of(piece) + size_of(upper)) | (upper->size & kLast);
    }
    if (Piece* const lower = piece->below; lower != nullptr && (lower->size & kFree) != 0) {
        pull(lower);
        lower->size = (size_of(lower) + size_of(piece)) | (piece->size & kLast);
        piece = lower;
    }
    if (Piece* const next = above(piece)) next->below = piece;
    if (piece->below == nullptr && (piece->size & kLast) != 0) {
        if (empty_ > 0) {
            held_ -= kChunk;
            return ::operator delete(piece, kPage);
        }
        ++empty_;
    }
    put(piece);
}

Pool::Use Pool::use() const {
    const std::lock_guard hold(lock_);
    return {taken_, held_};
}

}  // namespace bongsu::media
