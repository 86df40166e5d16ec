#include "hub/mirror.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace bongsu::hub {

/// What both loops hold: the owner's end with its cursor, and what is under way between them.
class Mirror::Link : public std::enable_shared_from_this<Link> {
  public:
    /// One thing that happened to the original.
    enum class What : std::uint8_t { block, lost, refused };
    struct Item {
        What what = What::block;
        std::optional<media::Format> format;  // Before the block, where it changed.
        media::BlockPtr block;
        std::shared_ptr<const Error> refusal;  // None: it is taken back.
        std::uint64_t time = 0;  // Of the attachment that it came by.
    };

    Link(Ends ends, Mirror& mirror) : ends_(std::move(ends)), mirror_(&mirror) {}

    // On the reader's loop.

    /// What an earlier attachment sent is not taken any more: it begins anew at a key block.
    void want() {
        ends_.to_owner([self = shared_from_this(), time = ++time_] { self->attach(time); });
    }
    void let_go() {
        ++time_;
        ends_.to_owner([self = shared_from_this()] {
            self->wanted_ = false;
            self->cursor_.reset();
        });
    }
    void refresh() {
        ends_.to_owner([self = shared_from_this()] {
            const Stream* now = self->cursor_ ? &self->cursor_->stream() : nullptr;
            if (self->wanted_ && self->ends_.find() != now) self->attach(self->attached_);
        });
    }
    void leave() {
        mirror_ = nullptr;
        let_go();
    }
    std::vector<Item> take() {
        std::vector<Item> items;
        {
            const std::lock_guard lock(mutex_);
            items = std::exchange(under_way_, {});
        }
        return items;
    }
    /// Of the attachment that counts now: it may end while the items before this one are shown.
    bool counts(const Item& item) const { return item.time == time_; }

    std::atomic<std::uint64_t> dropped = 0;

  private:
    // On the owner's loop.

    void attach(std::uint64_t time) {
        if (live_ && time == attached_) lost();
        attached_ = time;
        wanted_ = true;
        live_ = gap_ = false;
        // The old one after the new one: a moment without readers would stop the pull.
        const auto old = std::move(cursor_);
        told_ = {};
        refusal_.reset();
        format_known_ = false;
        Stream* stream = ends_.find();
        if (stream == nullptr) return;
        cursor_ = std::make_unique<Cursor>(*stream, [this] { pump(); });
        pump();
    }
    void pump() {
        if (live_ && !cursor_->stream().live()) lost();
        if (const auto& why = cursor_->stream().refusal(); why != refusal_) send({.what = What::refused, .format = {}, .block = {}, .refusal = refusal_ = why});
        while (auto block = cursor_->next(ends_.now())) {
            live_ = true;
            Item item{.format = {}, .block = std::move(block), .refusal = {}};
            const auto& format = cursor_->stream().format();
            if (!format_known_ || format != told_) {
                item.format = told_ = format;
                format_known_ = true;
            }
            send(std::move(item));
        }
    }
    void lost() {
        live_ = false;
        send({.what = What::lost, .format = {}, .block = {}, .refusal = {}});
    }
    void send(Item item) {
        item.time = attached_;
        bool first = false;
        {
            const std::lock_guard lock(mutex_);
            first = under_way_.empty();
            const bool full = under_way_.size() >= kWaitingMax;
            // A reader who lost a block can go on with a key block only, and the format may have gone with the lost one.
            if (item.block && (full || (gap_ && !item.block->key))) {
                gap_ = true;
                ++dropped;
                return;
            }
            if (item.block && std::exchange(gap_, false)) item.format = told_;
            under_way_.push_back(std::move(item));
        }
        if (!first) return;  // The one that is on its way takes this along.
        ends_.to_here([self = shared_from_this()] {
            if (self->mirror_ != nullptr) self->mirror_->take();
        });
    }

    const Ends ends_;
    // Of the reader's loop.
    Mirror* mirror_;
    std::uint64_t time_ = 0;  // Of the attachment whose items count.
    // Of the owner's loop.
    std::uint64_t attached_ = 0;
    std::unique_ptr<Cursor> cursor_;
    media::Format told_;
    std::shared_ptr<const Error> refusal_;  // As it was told.
    bool wanted_ = false, format_known_ = false, live_ = false, gap_ = false;
    // Of both.
    std::mutex mutex_;
    std::vector<Item> under_way_;
};

Mirror::Mirror(Ends ends) : link_(std::make_shared<Link>(std::move(ends), *this)) {
    stream_.on_wanted = [this] { link_->want(); };
    stream_.on_unwanted = [this] {
        link_->let_go();
        stream_.lose();  // What it holds grows old from here on.
        stream_.refuse(nullptr);
    };
}

Mirror::~Mirror() { link_->leave(); }

void Mirror::refresh() { link_->refresh(); }

std::uint64_t Mirror::dropped_total() const { return link_->dropped; }

void Mirror::take() {
    for (auto& item : link_->take()) {
        if (!link_->counts(item)) continue;
        if (item.format) stream_.set_format(*std::move(item.format));
        switch (item.what) {
            case Link::What::block:
                stream_.publish(std::move(item.block));
                break;
            case Link::What::lost:
                stream_.lose();
                break;
            case Link::What::refused:
                stream_.refuse(std::move(item.refusal));
                break;
        }
    }
}

}  // namespace bongsu::hub
