#pragma once
// What the sessions of one server have in common. For server.cpp.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include "http/server.hpp"

namespace bongsu::http {

/// A connection that waits for its client's bytes, and can be done without.
class Waiting {
  public:
    virtual ~Waiting() = default;
    virtual void give_up() = 0;
};

/// What the sessions share; lives as long as any of them.
struct Shared {
    Shared(boost::asio::io_context& l, Handlers h, ServerLimits bounds) : loop(l), handlers(std::move(h)), limits(bounds) {}

    boost::asio::io_context& loop;
    Handlers handlers;
    ServerLimits limits;
    std::atomic<std::size_t> connections = 0;  ///< WebSockets of other loops count as well.
    std::size_t files = 0, strangers_files = 0;  ///< Large bodies under way; of those Handlers::is_known does not know.
    bool stopping = false;
    std::list<Waiting*> waiting;  ///< Who has waited for longest is first.
    std::uint64_t given_up = 0;
};
using SharedPtr = std::shared_ptr<Shared>;

/// One more of something, until this goes.
template <auto kCount>
struct OneOf {
    explicit OneOf(SharedPtr s) : shared(std::move(s)) { ++((*shared).*kCount); }
    ~OneOf() { --((*shared).*kCount); }
    OneOf(const OneOf&) = delete;
    OneOf& operator=(const OneOf&) = delete;
    SharedPtr shared;
};
using Counted = OneOf<&Shared::connections>;
using FileCounted = OneOf<&Shared::files>;
using StrangersFileCounted = OneOf<&Shared::strangers_files>;

}  // namespace bongsu::http
