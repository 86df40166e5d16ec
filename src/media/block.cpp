#include "media/block.hpp"

#include "media/pool.hpp"

namespace bongsu::media {
namespace {

struct Tail {
    std::byte* from = nullptr;
};

/// Of the Pool: one object, and `size` bytes behind it, whose place it leaves in `tail` before the object is made.
template <class T>
struct WithTail {
    using value_type = T;
    Tail* tail;
    std::size_t size;

    WithTail(Tail* to, std::size_t bytes) : tail(to), size(bytes) {}
    template <class Other>
    WithTail(const WithTail<Other>& other) : tail(other.tail), size(other.size) {}

    T* allocate(std::size_t count) {
        auto* const at = static_cast<std::byte*>(Pool::shared().take(count * sizeof(T) + size));
        tail->from = at + count * sizeof(T);
        return reinterpret_cast<T*>(at);
    }
    void deallocate(T* at, std::size_t count) noexcept { Pool::shared().give(at, count * sizeof(T) + size); }
    template <class Other>
    bool operator==(const WithTail<Other>& other) const {
        return size == other.size;
    }
};

}  // namespace

std::shared_ptr<Block> new_block(std::size_t bytes, std::size_t packets) {
    static_assert(alignof(Block) % alignof(PacketSpan) == 0);
    Tail tail;  // Only written while the block is made.
    auto block = std::allocate_shared<Block>(WithTail<Block>(&tail, packets * sizeof(PacketSpan) + bytes));
    block->packets = Row(reinterpret_cast<PacketSpan*>(tail.from), packets);
    block->bytes = Row(reinterpret_cast<std::uint8_t*>(tail.from + packets * sizeof(PacketSpan)), bytes);
    return block;
}

}  // namespace bongsu::media
