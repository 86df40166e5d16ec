#include "ingest/connect_gate.hpp"

#include <algorithm>
#include <utility>

namespace bongsu::ingest {

ConnectGate::Place ConnectGate::ask(const std::string& host, bool urgent, MonoTime now, std::function<void()> go) {
    now_ = std::max(now_, now);
    auto entry = std::make_unique<Entry>();
    auto& at = hosts_[host];
    if (at.name.empty()) at.name = host;
    entry->host = &at;
    entry->go = std::move(go);
    entry->urgent = urgent;
    auto& line = at.waiting[urgent ? 1 : 0];
    entry->at = line.insert(line.end(), entry.get());
    ++waiting_;
    const auto before = counters_.begun;
    queue(at);
    pump();
    if (counters_.begun == before) {
        ++counters_.delayed;
        if (waiting_ == 1 && on_waiting) on_waiting();
    }
    counters_.waiting_most = std::max(counters_.waiting_most, waiting_);
    return {this, std::move(entry)};
}

void ConnectGate::queue(Host& host) {
    if (host.in_flight >= limits_.host) return;
    for (const std::size_t lane : {0U, 1U}) {
        if (host.queued[lane] || host.waiting[lane].empty()) continue;
        host.queued[lane] = true;
        ready_[lane].push_back(&host);
    }
}

void ConnectGate::pump() {
    while (holding_.size() < limits_.process) {
        const std::size_t lane = ready_[1].empty() ? 0 : 1;
        if (ready_[lane].empty()) return;
        Host& host = *ready_[lane].front();
        ready_[lane].pop_front();
        host.queued[lane] = false;
        if (host.waiting[lane].empty() || host.in_flight >= limits_.host) continue;
        enter(*host.waiting[lane].front());
        queue(host);  // At the end: the others' turn.
    }
}

void ConnectGate::enter(Entry& entry) {
    Host& host = *entry.host;
    host.waiting[entry.urgent ? 1 : 0].erase(entry.at);
    --waiting_;
    ++host.in_flight;
    entry.holds = true;
    entry.since = now_;
    entry.at = holding_.insert(holding_.end(), &entry);
    ++counters_.begun;
    counters_.in_flight_most = std::max(counters_.in_flight_most, holding_.size());
    const auto go = std::exchange(entry.go, nullptr);
    go();
}

void ConnectGate::release(Entry& entry) {
    entry.holds = false;
    holding_.erase(entry.at);
    --entry.host->in_flight;
    queue(*entry.host);
}

void ConnectGate::leave(Entry& entry) {
    if (!entry.holds && !entry.go) return;  // Its place was taken back; its host may be forgotten.
    Host& host = *entry.host;
    if (entry.holds) {
        release(entry);
    } else {
        host.waiting[entry.urgent ? 1 : 0].erase(entry.at);
        --waiting_;
    }
    pump();
    forget(host);
}

/// A host that nobody asks for takes no memory.
void ConnectGate::forget(Host& host) {
    if (host.in_flight != 0 || !host.waiting[0].empty() || !host.waiting[1].empty()) return;
    for (auto& line : ready_) std::erase(line, &host);
    hosts_.erase(std::string(host.name));
}

void ConnectGate::tick(MonoTime now) {
    now_ = std::max(now_, now);
    while (!holding_.empty() && waiting_ > 0 && now_ >= holding_.front()->since + limits_.hold) {
        ++counters_.overheld;
        Host& host = *holding_.front()->host;
        release(*holding_.front());
        pump();
        forget(host);
    }
}

MonoTime ConnectGate::deadline() const {
    return waiting_ == 0 || holding_.empty() ? MonoTime::max() : holding_.front()->since + limits_.hold;
}

}  // namespace bongsu::ingest
