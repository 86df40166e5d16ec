#include "journal/erasure.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <deque>

#include "base/text.hpp"

namespace bongsu::journal {
namespace {

namespace json = boost::json;

class ErasureFold final : public Fold {
  public:
    std::string_view name() const override { return "erasure"; }
    std::vector<std::string> tables() const override { return {"erasure"}; }
    std::string_view schema() const override {
        return R"sql(
create table if not exists erasure (
  seq     bigint primary key,   -- of the order
  id      text not null,
  reason  text not null,
  basis   text not null,
  actor   text not null,
  time    bigint not null,
  entries bigint not null,
  first   bigint not null,
  last    bigint not null,
  done_at bigint);              -- null until the files are wiped
)sql";
    }
    Result<void> apply(sql::Db& db, const Entry& entry) override {
        if (entry.kind == kErasureDone) {
            TRY(const auto order, closed_order_of(entry));
            TRY_DO(db.query("update erasure set done_at = $1 where seq = $2",
                            {to_us(entry.time), static_cast<std::int64_t>(order)}));
            return {};
        }
        if (entry.kind != kErasureOrdered) return {};
        TRY(const auto order, order_of(entry));
        TRY_DO(db.query("insert into erasure (seq, id, reason, basis, actor, time, entries, first, last) "
                        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                        {static_cast<std::int64_t>(entry.seq), order.id, order.reason, order.basis, entry.actor,
                         to_us(entry.time), static_cast<std::int64_t>(order.entries.size()),
                         static_cast<std::int64_t>(order.entries.front().seq),
                         static_cast<std::int64_t>(order.entries.back().seq)}));
        return {};
    }
};

Result<void> check_words(const ErasureRequest& request) {
    const auto& reasons = erasure_reasons();
    if (std::find(reasons.begin(), reasons.end(), request.reason) == reasons.end()) {
        std::string all;
        for (const auto reason : reasons) all += (all.empty() ? "" : ", ") + std::string(reason);
        return fail_field("reason", "must be one of " + all);
    }
    if (request.basis.empty() || letters(request.basis) > kOrderBasisLettersMax)
        return fail_field("basis", "must be 1 to " + std::to_string(kOrderBasisLettersMax) + " letters");
    return {};
}

/// The entry's followers in the record: a long message stands in several entries in a row.
/// More than any message has: the longest is kept in 4,096 where its parts are as small as they can be.
constexpr std::int64_t kPartsMax = 8192;

std::uint64_t parts_after(const Entry& entry) {
    if (entry.kind != "message.received") return 0;
    const auto* parts = entry.payload.if_contains("parts");
    return parts != nullptr && parts->is_int64() && parts->get_int64() > 1
               ? static_cast<std::uint64_t>(std::min<std::int64_t>(parts->get_int64() - 1, kPartsMax))
               : 0;
}

/// Entries that are asked for by rising seq. A reading begins at a mark of the journal, up to 63 entries before the one that is
/// meant: where they lie close together, each reading takes what follows along, twice as much as the one before.
class Forward {
  public:
    explicit Forward(Book& book) : book_(book) {}

    Result<Entry> at(std::uint64_t seq) {
        const bool is_near = seq - asked_ <= kSpanMax;
        asked_ = seq;
        while (!ahead_.empty() && ahead_.front().seq < seq) ahead_.pop_front();
        if (ahead_.empty() && seq > 0 && seq <= book_.journal().committed_seq()) {
            span_ = is_near ? std::min(2 * span_, kSpanMax) : 1;
            std::size_t bytes = 0;
            TRY_DO(book_.journal().read(seq - 1, [&](Entry entry) -> Result<bool> {
                bytes += entry.payload_text.size();
                ahead_.push_back(std::move(entry));
                return ahead_.size() < span_ && bytes < kBytesMax;
            }));
        }
        if (ahead_.empty() || ahead_.front().seq != seq) return book_.entry_at(seq);
        auto entry = std::move(ahead_.front());
        ahead_.pop_front();
        return entry;
    }

  private:
    static constexpr std::size_t kSpanMax = 256, kBytesMax = 1 << 20;

    Book& book_;
    std::deque<Entry> ahead_;
    std::uint64_t asked_ = 0;
    std::size_t span_ = 1;
};

/// Gathers entries and appends an order whenever one is full.
class Orders {
  public:
    Orders(Book& book, const ErasureRequest& request) : book_(book), forward_(book), request_(request) {}

    Result<void> take(std::uint64_t seq) {
        TRY(const auto entry, forward_.at(seq));
        const auto name = "seqs: entry " + std::to_string(seq);
        if (!may_be_erased(entry.kind))
            return fail_field("seqs", "names entry " + std::to_string(seq) + ", which is of a kind that stays: " + entry.kind);
        TRY(const bool ordered, book_.journal().is_ordered_erased(seq));
        if (entry.erased || ordered) return fail(ErrorKind::conflict, name + " is already ordered erased");
        if (request_.check) TRY_DO(request_.check(entry));
        taken_ = seq;
        parts_through_ = std::max(parts_through_, seq + parts_after(entry));
        OrderedEntry one{seq, entry.kind, left_of(entry.kind, entry.payload)};
        const auto bytes = json::serialize(one.left).size();
        if (order_.entries.size() == kOrderEntriesMax || bytes_ + bytes > kOrderBytesMax) TRY_DO(append());
        bytes_ += bytes;
        order_.entries.push_back(std::move(one));
        return {};
    }
    /// The other parts of the messages taken so far, up to and with entry `last`.
    Result<void> take_parts(std::uint64_t last) {
        while (taken_ < std::min(parts_through_, last)) {
            // One part may have been ordered by itself before.
            TRY(const bool ordered, book_.journal().is_ordered_erased(taken_ + 1));
            if (ordered)
                ++taken_;
            else
                TRY_DO(take(taken_ + 1));
        }
        return {};
    }
    Result<void> append() {
        order_.id = book_.env().ulid();
        order_.reason = request_.reason;
        order_.basis = request_.basis;
        TRY(const auto* entry, book_.append({std::string(kErasureOrdered), request_.actor, {}, to_json(order_)}));
        order_.seq = entry->seq;
        done_.push_back(std::move(order_));
        order_ = {};
        bytes_ = 0;
        return {};
    }
    std::uint64_t taken() const { return taken_; }
    std::vector<ErasureOrder> done() { return std::move(done_); }

  private:
    Book& book_;
    Forward forward_;
    const ErasureRequest& request_;
    ErasureOrder order_;
    std::size_t bytes_ = 0;
    std::uint64_t taken_ = 0, parts_through_ = 0;
    std::vector<ErasureOrder> done_;
};

}  // namespace

Result<std::vector<ErasureOrder>> order_erasure(Book& book, const ErasureRequest& request) {
    TRY_DO(check_words(request));
    auto seqs = request.seqs;
    if (seqs.empty() || seqs.size() > kErasureEntriesMax)
        return fail_field("seqs", "must name 1 to " + std::to_string(kErasureEntriesMax) + " entries");
    std::sort(seqs.begin(), seqs.end());
    seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
    Orders orders(book, request);
    for (const auto seq : seqs) {
        TRY_DO(orders.take_parts(seq));
        if (seq == 0 || orders.taken() < seq) TRY_DO(orders.take(seq));
    }
    TRY_DO(orders.take_parts(UINT64_MAX));
    TRY_DO(orders.append());
    return orders.done();
}

Result<void> finish_erasures(Book& book, const std::string& actor) {
    const auto orders = book.journal().open_erasures();
    for (const auto order : orders) TRY_DO(book.journal().carry_out(order));
    if (orders.empty()) return {};
    // The tables have forgotten; their log has the pages as they were, on a calm site for days.
    TRY(const bool is_empty, book.db().empty_log());
    if (!is_empty) return {};
    for (const auto order : orders) {
        TRY_DO(book.begin());
        const auto closed = book.append({std::string(kErasureDone), actor, {}, {{"order", static_cast<std::int64_t>(order)}}});
        if (!closed) {
            book.abort();
            return tl::unexpected(closed.error());
        }
        TRY_DO(book.commit());
    }
    return {};
}

std::unique_ptr<Fold> make_erasure_fold() { return std::make_unique<ErasureFold>(); }

Result<std::vector<ErasureRecord>> erasures(sql::Db& db, std::uint64_t before, std::size_t limit) {
    const auto top = before == 0 || before > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(before);
    TRY(const auto rows,
        db.query("select seq, id, reason, basis, actor, time, entries, first, last, done_at from erasure "
                 "where seq < $1 order by seq desc limit $2",
                 {top, static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 1001))}));
    std::vector<ErasureRecord> out;
    for (const auto& row : rows) {
        out.push_back({static_cast<std::uint64_t>(row.integer(0)), row.text(1), row.text(2), row.text(3), row.text(4),
                       from_us(row.integer(5)), row.integer(6), static_cast<std::uint64_t>(row.integer(7)),
                       static_cast<std::uint64_t>(row.integer(8)),
                       row.is_null(9) ? std::nullopt : std::optional(from_us(row.integer(9)))});
    }
    return out;
}

}  // namespace bongsu::journal
