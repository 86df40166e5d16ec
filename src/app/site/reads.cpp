#include "app/site/reads.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstring>

#include "crypto/crypto.hpp"
#include "ledger/access.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

/// About what it costs to keep.
std::size_t bytes_of(const journal::Draft& draft) {
    std::size_t bytes = 600;
    for (const auto& subject : draft.subjects) bytes += subject.size() + 48;
    return bytes;
}

/// Calls `each` with [from, to) of pieces of at most `most`.
template <class Each>
void in_pieces(std::size_t count, std::size_t most, const Each& each) {
    for (std::size_t from = 0; from < count; from += most) each(from, std::min(count, from + most));
}

std::vector<std::string> piece_of(const std::vector<std::string>& all, std::size_t from, std::size_t to) {
    return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)};
}

}  // namespace

void Reads::forget(MonoTime now, std::size_t most) {
    while (!by_age_.empty()) {
        const auto& [since, key] = by_age_.front();
        const bool is_old = now - since >= kOnce;
        if (!is_old && by_age_.size() <= most) return;
        const auto found = known_.find(key);
        if (found != known_.end() && found->second == since) {
            known_.erase(found);
            if (!is_old) ++counts.forgotten;
        }
        by_age_.pop_front();
    }
}

std::vector<std::string> Reads::fresh(const std::string& session, const std::string& route,
                                      const std::vector<std::string>& subjects, MonoTime now) {
    std::vector<std::string> out;
    for (const auto& subject : subjects) {
        const auto digest = crypto::sha256(session + "\n" + route + "\n" + subject);
        Key key;
        std::memcpy(&key.first, digest.data(), sizeof key.first);
        std::memcpy(&key.second, digest.data() + sizeof key.first, sizeof key.second);
        forget(now, kKnownMax);
        if (known_.contains(key)) continue;
        forget(now, kKnownMax - 1);  // Room for one more.
        known_.emplace(key, now);
        by_age_.emplace_back(now, key);
        in_batch_.push_back(key);
        out.push_back(subject);
    }
    return out;
}

void Reads::take_back(std::size_t mark) {
    for (; in_batch_.size() > mark; in_batch_.pop_back()) known_.erase(in_batch_.back());
}

bool Reads::owe(journal::Draft draft) {
    const auto bytes = bytes_of(draft);
    if (owed_bytes_ + bytes > kOwedBytesMax) return false;
    owed_bytes_ += bytes;
    owed_.push_back(std::move(draft));
    return true;
}

void Reads::paid(std::size_t count) {
    for (; count > 0; --count) {
        owed_bytes_ -= bytes_of(owed_.front());
        owed_.pop_front();
    }
}

std::vector<journal::Draft> look_drafts(const Reader& reader, const Look& look, std::optional<WallTime> at) {
    std::vector<journal::Draft> out;
    in_pieces(look.subjects.size(), kLookSubjectsMax, [&](std::size_t from, std::size_t to) {
        json::object payload{{"user", reader.session.user.value},
                             {"agency", reader.session.agency.value},
                             {"session", reader.session.id},
                             {"remote", reader.remote},
                             {"route", look.route},
                             {"shown", static_cast<std::int64_t>(to - from)}};
        if (!look.query.empty()) payload["query"] = look.query;
        if (at) payload["at"] = to_us(*at);
        out.push_back({std::string(ledger::kRecordRead), "user:" + reader.session.user.value, piece_of(look.subjects, from, to),
                       std::move(payload)});
    });
    return out;
}

std::vector<journal::Draft> told_drafts(const std::string& actor, const std::vector<const Reader*>& readers,
                                        const std::vector<std::string>& subjects) {
    std::vector<journal::Draft> out;
    in_pieces(subjects.size(), kLookSubjectsMax, [&](std::size_t from, std::size_t to) {
        in_pieces(readers.size(), kLookReadersMax, [&](std::size_t first, std::size_t last) {
            json::array users, sessions, remotes;
            for (std::size_t i = first; i < last; ++i) {
                users.emplace_back(readers[i]->session.user.value);
                sessions.emplace_back(readers[i]->session.id);
                remotes.emplace_back(readers[i]->remote);
            }
            out.push_back({std::string(ledger::kRecordRead), actor, piece_of(subjects, from, to),
                           {{"agency", readers[first]->session.agency.value},
                            {"route", std::string(kStreamRoute)},
                            {"shown", static_cast<std::int64_t>(to - from)},
                            {"users", std::move(users)},
                            {"sessions", std::move(sessions)},
                            {"remotes", std::move(remotes)}}});
        });
    });
    return out;
}

}  // namespace bongsu::app
