#pragma once
// A row of plain values in the heap's memory, or in memory that is lent to it. Pure.

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace bongsu::media {

/// What a block keeps its bytes and packets in: as std::vector, as far as it goes, but what is put in is copied as a whole also
/// where the memory is not std::allocator's, and memory that is lent is never given back. Copies are in the heap.
///
/// Errors:  std::bad_alloc.
/// Threads: none inside.
template <class T>
class Row {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = T&;
    using const_reference = const T&;
    using iterator = T*;
    using const_iterator = const T*;

    Row() = default;
    /// In `memory` until it needs more than `capacity`. The memory outlives it.
    Row(T* memory, std::size_t capacity) : data_(memory), capacity_(capacity) {}
    Row(std::initializer_list<T> values) { assign(values.begin(), values.end()); }
    Row(const Row& other) { assign(other.begin(), other.end()); }
    Row(Row&& other) noexcept { swap(other); }
    Row& operator=(const Row& other) {
        if (this != &other) assign(other.begin(), other.end());
        return *this;
    }
    Row& operator=(Row&& other) noexcept {
        Row(std::move(other)).swap(*this);
        return *this;
    }
    ~Row() = default;

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }
    T& front() { return data_[0]; }
    const T& front() const { return data_[0]; }
    T& back() { return data_[size_ - 1]; }
    const T& back() const { return data_[size_ - 1]; }

    void clear() { size_ = 0; }
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) move_to(capacity);
    }
    void shrink_to_fit() {
        if (heap_ && size_ < capacity_) move_to(size_);
    }
    void resize(std::size_t size, const T& value = T()) {
        const T copy = value;
        if (size > capacity_) move_to(std::max(size, 2 * capacity_));
        if (size > size_) std::fill(data_ + size_, data_ + size, copy);
        size_ = size;
    }
    void assign(std::size_t count, const T& value) {
        const T copy = value;
        clear();
        resize(count, copy);
    }
    template <std::forward_iterator From>
    void assign(From first, From last) {
        clear();
        insert(end(), first, last);
    }
    void push_back(const T& value) {
        const T copy = value;
        if (size_ == capacity_) move_to(std::max<std::size_t>(16, 2 * capacity_));
        data_[size_++] = copy;
    }
    void pop_back() { --size_; }
    /// The range is not of this row.
    template <std::forward_iterator From>
    T* insert(const T* before, From first, From last) {
        const auto at = static_cast<std::size_t>(before - data_);
        const auto count = static_cast<std::size_t>(std::distance(first, last));
        if (size_ + count > capacity_) move_to(std::max(size_ + count, 2 * capacity_));
        if (at < size_) std::copy_backward(data_ + at, data_ + size_, data_ + size_ + count);
        std::copy(first, last, data_ + at);
        size_ += count;
        return data_ + at;
    }
    T* insert(const T* before, const T& value) {
        const T copy = value;
        return insert(before, &copy, &copy + 1);
    }
    T* insert(const T* before, std::initializer_list<T> values) { return insert(before, values.begin(), values.end()); }
    T* insert(const T* before, std::size_t count, const T& value) {
        const auto at = static_cast<std::size_t>(before - data_);
        const T copy = value;
        if (size_ + count > capacity_) move_to(std::max(size_ + count, 2 * capacity_));
        if (at < size_) std::copy_backward(data_ + at, data_ + size_, data_ + size_ + count);
        std::fill(data_ + at, data_ + at + count, copy);
        size_ += count;
        return data_ + at;
    }
    T* erase(const T* first, const T* last) {
        T* const to = data_ + (first - data_);
        std::copy(last, static_cast<const T*>(end()), to);
        size_ -= static_cast<std::size_t>(last - first);
        return to;
    }
    void swap(Row& other) noexcept {
        std::swap(heap_, other.heap_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    friend bool operator==(const Row& a, const Row& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

  private:
    void move_to(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<T[]>(capacity);
        std::copy(data_, data_ + size_, larger.get());
        heap_ = std::move(larger);
        data_ = heap_.get();
        capacity_ = capacity;
    }

    std::unique_ptr<T[]> heap_;  // Empty while data_ is lent.
    T* data_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace bongsu::media
