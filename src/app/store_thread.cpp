#include "app/store_thread.hpp"

#include "app/site/routes.hpp"
#include "event/lane.hpp"

namespace bongsu::app {

namespace {

/// The folds are committed when nothing came for so long: a commit after each message writes the same pages again and again.
constexpr std::chrono::milliseconds kIdleFor{50};

/// Requests can be refused when too many wait; the site's own messages cannot.
bool refusable(const Input& input) {
    return std::holds_alternative<HttpInput>(input) || std::holds_alternative<PartnerInput>(input);
}

Lane lane_of_message(const event::Profile& profile, std::string_view bytes) {
    return event::is_urgent(profile, bytes) ? Lane::emergency : Lane::bulk;
}

/// Under its sender's own agreement: its codes may stand for emergencies.
Lane lane_of_scsns(const http::Request& request, const Site& site) {
    static const event::Profile kNone;
    const auto enc_at = request.header("x-scsns-encat");
    if (event::is_urgent(kNone, request.body, enc_at)) return Lane::emergency;
    auto key = request.header("x-scsns-secret");
    if (key.empty()) key = event::session_key_in(request.body);
    const auto agency = site.known_peers().peer_of(key);
    const auto agreed = agency.empty() ? nullptr : site.partners()->agreed_with({agency});
    return agreed && event::is_urgent(*agreed, request.body, enc_at) ? Lane::emergency : Lane::bulk;
}

/// By its type, a header in binary mode, which its sender's own code may stand for.
Lane lane_of_event(const http::Request& request, const Site& site) {
    static const event::Profile kOurs = [] {
        event::Profile profile;
        profile.format = event::Format::cloudevents;
        return profile;
    }();
    const auto agency = site.known_peers().peer_of(request.bearer());
    const auto agreed = agency.empty() ? nullptr : site.partners()->find(AgencyId{agency}, event::Format::cloudevents);
    const bool is_urgent = event::is_urgent_event(agreed ? *agreed : kOurs, request.header("ce-type"), request.body);
    return is_urgent ? Lane::emergency : Lane::bulk;
}

Lane lane_of_request(const http::Request& request, const Site& site) {
    if (request.method != "POST") return Lane::people;
    if (is_partner_message(request)) return lane_of_scsns(request, site);
    return request.path == "/api/v1/events" ? lane_of_event(request, site) : Lane::people;
}

}  // namespace

Lane lane_of(const Input& input, const Site& site) {
    if (const auto* request = std::get_if<HttpInput>(&input)) return lane_of_request(request->request, site);
    if (std::holds_alternative<ReleaseSlice>(input)) return Lane::bulk;
    const auto* message = std::get_if<PartnerInput>(&input);
    if (message == nullptr) return Lane::people;
    const auto partner = site.partners()->find(message->profile);
    return partner ? lane_of_message(*partner, message->bytes) : Lane::bulk;
}

std::string peer_of(const Input& input, const Site& site) {
    if (const auto* message = std::get_if<PartnerInput>(&input)) return message->profile;
    const auto* http = std::get_if<HttpInput>(&input);
    if (http == nullptr) return {};
    const auto& request = http->request;
    auto key = request.bearer();
    if (key.empty()) key = request.header("x-scsns-secret");
    auto peer = key.empty() ? std::string() : site.known_peers().peer_of(key);
    if (!peer.empty()) return peer;
    return "?" + request.remote.substr(0, request.remote.rfind(':'));
}

StoreThread::StoreThread(Site& site, std::function<void(Outputs)> done)
    : site_(site), done_(std::move(done)), releasing_([this] { release(); }), thread_([this] { run(); }) {}

StoreThread::~StoreThread() { stop(); }

bool StoreThread::post(Input&& input) {
    const auto lane = lane_of(input, site_);
    const auto peer = peer_of(input, site_);
    auto& queue = lanes_.at(static_cast<std::size_t>(lane));
    const auto has_room = [&] {
        if (!refusable(input) || queue.inputs.has_room(peer)) return true;
        ++queue.refused;
        return false;
    };
    {
        const std::lock_guard lock(mutex_);
        if (!has_room()) return false;  // Nobody reads what is not taken.
    }
    if (auto* request = std::get_if<HttpInput>(&input)) read_ahead(site_, *request);
    {
        const std::lock_guard lock(mutex_);
        if (!has_room()) return false;
        queue.inputs.push(peer, std::move(input));
    }
    wake_.notify_one();
    return true;
}

void StoreThread::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (releasing_.joinable()) releasing_.join();
}

std::size_t StoreThread::waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t all = 0;
    for (const auto& lane : lanes_) all += lane.inputs.size();
    return all;
}

std::array<StoreThread::LaneCounts, 3> StoreThread::counts() const {
    const std::lock_guard lock(mutex_);
    std::array<LaneCounts, 3> out;
    for (std::size_t i = 0; i < out.size(); ++i)
        out.at(i) = {lanes_.at(i).inputs.size(), lanes_.at(i).served, lanes_.at(i).refused};
    return out;
}

bool StoreThread::is_empty() const {
    for (const auto& lane : lanes_) {
        if (!lane.inputs.empty()) return false;
    }
    return true;
}

void StoreThread::move(Lane lane, std::size_t most, std::vector<Input>& batch) {
    auto& queue = lanes_.at(static_cast<std::size_t>(lane));
    for (; most > 0 && !queue.inputs.empty(); --most) {
        batch.push_back(queue.inputs.pop());
        ++queue.served;
    }
}

void StoreThread::run() {
    for (;;) {
        std::vector<Input> batch;
        bool nobody_came = false;
        {
            std::unique_lock lock(mutex_);
            const auto is_work = [this] { return stopping_ || !is_empty(); };
            if (site_.folds_are_open()) nobody_came = !wake_.wait_for(lock, kIdleFor, is_work);
            else wake_.wait(lock, is_work);
            if (!nobody_came && is_empty()) break;
            move(Lane::emergency, kBatchMax - kPeopleShare - kBulkShare, batch);
            move(Lane::people, kBatchMax - kBulkShare - batch.size(), batch);
            move(Lane::bulk, kBatchMax - batch.size(), batch);
        }
        if (nobody_came) {
            site_.tidy();
            continue;
        }
        hand_over(site_.write(std::move(batch)));
        site_.tidy(false);
    }
    site_.tidy();
    {
        const std::lock_guard lock(written_mutex_);
        written_all_ = true;
    }
    written_changed_.notify_all();
}

void StoreThread::hand_over(Outputs out) {
    {
        std::unique_lock lock(written_mutex_);
        written_changed_.wait(lock, [this] { return !written_; });
        written_ = std::move(out);
    }
    written_changed_.notify_all();
}

void StoreThread::release() {
    for (;;) {
        Outputs out;
        {
            std::unique_lock lock(written_mutex_);
            written_changed_.wait(lock, [this] { return written_ || written_all_; });
            if (!written_) return;
            out = *std::exchange(written_, std::nullopt);
        }
        written_changed_.notify_all();
        make_durable(out);
        done_(std::move(out));
    }
}

}  // namespace bongsu::app
