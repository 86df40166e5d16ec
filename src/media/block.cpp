#include "media/block.hpp"

#include <functional>

#include "media/pool.hpp"

namespace bongsu::media {
namespace {

/// Gives out what lies behind the block in its own piece of memory, each byte once.
class Behind final : public std::pmr::memory_resource {
  public:
    Behind(std::byte* from, std::size_t size) : from_(from), end_(from + size), next_(from) {}

  private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        void* at = next_;
        auto room = static_cast<std::size_t>(end_ - next_);
        if (std::align(alignment, bytes, at, room) == nullptr) {
            return std::pmr::new_delete_resource()->allocate(bytes, alignment);
        }
        next_ = static_cast<std::byte*>(at) + bytes;
        return at;
    }
    void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override {
        const std::less<const void*> before;
        if (!before(at, from_) && before(at, end_)) return;
        std::pmr::new_delete_resource()->deallocate(at, bytes, alignment);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

    std::byte *from_, *end_, *next_;
};

struct Tail {
    std::byte* from = nullptr;
    std::size_t size = 0;
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
        *tail = {at + count * sizeof(T), size};
        return reinterpret_cast<T*>(at);
    }
    void deallocate(T* at, std::size_t count) noexcept { Pool::shared().give(at, count * sizeof(T) + size); }
    template <class Other>
    bool operator==(const WithTail<Other>& other) const {
        return size == other.size;
    }
};

struct Frozen {
    explicit Frozen(const Tail& tail) : memory(tail.from, tail.size), block(&memory) {}
    Behind memory;
    Block block;
};

}  // namespace

std::shared_ptr<Block> new_block(std::size_t bytes, std::size_t packets) {
    Tail tail;  // Only read while the block is made.
    const std::size_t size = packets * sizeof(PacketSpan) + alignof(PacketSpan) + bytes;
    auto frozen = std::allocate_shared<Frozen>(WithTail<Frozen>(&tail, size), tail);
    frozen->block.packets.reserve(packets);
    frozen->block.bytes.reserve(bytes);
    Block* const block = &frozen->block;
    return {std::move(frozen), block};
}

}  // namespace bongsu::media
