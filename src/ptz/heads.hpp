#pragma once
// What each turned camera does now, between the entries of the record. Pure.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "ptz/lease.hpp"

namespace bongsu::ptz {

/// A camera's head goes with its lease: when the lease was used last, and the move that is under way.
/// Threads: one (the store thread). Bounds: one for each standing lease.
class Heads {
  public:
    /// How often a lease may say something; more is a program that has run wild.
    static constexpr int kWordsMost = 20;
    static constexpr std::chrono::seconds kWordsEach{1};
    /// A word that is later than it promised by no more than this still belongs to the same move.
    static constexpr std::chrono::milliseconds kLate{250};

    /// The lease is there and is used now.
    void use(const CameraId& camera, const std::string& lease, MonoTime now);
    bool has(const CameraId& camera, const std::string& lease) const;
    bool empty() const { return heads_.empty(); }
    void forget(const CameraId& camera) { heads_.erase(camera); }
    /// As when the process began: what was written with a batch that was lost never was.
    void clear() { heads_.clear(); }
    /// Of those that are no lease any more, by what stands.
    void keep_only(const std::vector<Lease>& standing);

    /// Counts a word. Errors: exhausted, with when to come again; not_found for a camera without a lease.
    Result<void> count_word(const CameraId& camera, MonoTime now);
    /// The same move said again: nothing for the record. False: it is another one, or none was under way.
    bool goes_on(const CameraId& camera, const Speed& speed, std::chrono::milliseconds lasts, WallTime wall, MonoTime now);
    void begin(const CameraId& camera, const std::string& motion, const Speed& speed, std::chrono::milliseconds lasts, WallTime wall, MonoTime now);
    /// What was under way, if anything.
    std::optional<Motion> end(const CameraId& camera);
    const Motion* motion(const CameraId& camera) const;

    /// Whose move nobody repeated in time.
    std::vector<CameraId> silent(MonoTime now) const;
    /// Whose lease was not used for kIdleMost.
    std::vector<CameraId> idle(MonoTime now) const;
    /// Until the lease is over, if it is not used; kIdleMost while a move is under way.
    std::chrono::milliseconds left(const CameraId& camera, MonoTime now) const;

  private:
    struct Head {
        std::string lease;
        MonoTime used{}, words_since{};
        int words = 0;
        std::optional<Motion> motion = {};
        MonoTime until{};  ///< Of the move.
    };
    std::map<CameraId, Head> heads_;
};

}  // namespace bongsu::ptz
