#include "receivers.hpp"

#include <boost/json/serialize.hpp>

#include "event/codec/scsns_tcp.hpp"
#include "event/codec/telegram.hpp"
#include "event/codec/telegram_fields.hpp"
#include "listener.hpp"
#include "outbound/exchange.hpp"
#include "payload.hpp"

namespace bongsu::simulation {

namespace json = boost::json;
namespace telegram = event::telegram;

namespace {

/// What a partner's system does with one connection.
enum class Manner : std::uint8_t {
    accepts,
    hangs_up_halfway,    ///< Before it has the whole message.
    mute,                ///< Never answers, and keeps nothing.
    takes_and_hangs_up,  ///< Has it, and says nothing.
    takes_and_is_mute,
    cuts_its_answer,     ///< Has it; its answer breaks off.
    is_busy,             ///< Says: not now.
    talks_nonsense,
    refuses,             ///< For good.
};

Manner manner_of(Chance& chance) {
    constexpr std::array kOf100{std::pair{62U, Manner::accepts},         std::pair{69U, Manner::hangs_up_halfway},
                                std::pair{73U, Manner::mute},            std::pair{79U, Manner::takes_and_hangs_up},
                                std::pair{83U, Manner::takes_and_is_mute}, std::pair{87U, Manner::cuts_its_answer},
                                std::pair{93U, Manner::is_busy},         std::pair{96U, Manner::talks_nonsense},
                                std::pair{100U, Manner::refuses}};
    const auto drawn = chance.below(100);
    return std::find_if(kOf100.begin(), kOf100.end(), [&](const auto& each) { return drawn < each.first; })->second;
}

bool is_http(const event::Profile& profile) { return profile.format == event::Format::scsns; }

struct HttpAsked {
    std::string path, key;
    json::object message;
};
/// Nothing while it is not whole.
std::optional<HttpAsked> read_http(const std::string& bytes) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos) return std::nullopt;
    const auto header = [&](std::string_view name) -> std::string {
        const auto at = bytes.find("\r\n" + std::string(name) + ": ");
        if (at >= head_end) return {};
        const auto from = at + name.size() + 4;
        return bytes.substr(from, bytes.find('\r', from) - from);
    };
    const auto body = bytes.substr(head_end + 4);
    if (body.size() < std::strtoull(header("Content-Length").c_str(), nullptr, 10)) return std::nullopt;
    const auto path_at = bytes.find(' ') + 1;
    return HttpAsked{bytes.substr(path_at, bytes.find(' ', path_at) - path_at), header("X-Scsns-Secret"), object_of(body)};
}

HeardOf heard_of(const json::object& message) {
    const auto& body = message.at("body").as_object();
    return {text(body, "ocrNbr"), text(body, "ocrSts"), text(body, "ocrEvtStsTime"), text(body, "ocrPlc")};
}

HeardOf heard_of(const event::Profile& profile, const telegram::Telegram& got) {
    HeardOf heard{"", got.head.status, got.head.status_time, ""};
    const auto fields = telegram::fields_of(profile, "10");
    for (std::size_t i = 0; i < std::min(fields.size(), got.fields.size()); ++i) {
        const auto& said = got.fields[i].front();
        if (fields[i].role == telegram::Role::number) heard.number = said;
        if (fields[i].role == telegram::Role::address) heard.place = said;
        if (fields[i].role == telegram::Role::text && !said.empty()) heard.status += " " + said;
    }
    return heard;
}

/// Over a socket: nothing while the message is not whole.
std::optional<HeardOf> read_stream(const event::Profile& profile, const std::string& bytes) {
    if (profile.format == event::Format::telegram) {
        auto fed = telegram::Framer(profile.length, profile.encoding).feed(bytes);
        if (fed.messages.empty()) return std::nullopt;
        return heard_of(profile, telegram::parse(fed.messages.front(), profile.length, profile.encoding).telegram);
    }
    if (!bytes.ends_with('\xDF')) return std::nullopt;
    const auto decoded = event::scsns_tcp::decode({.bytes = bytes});
    if (!decoded.ok() || !decoded.event) return HeardOf{};
    const auto& event = *decoded.event;
    return HeardOf{event.number, event.state, to_kst_digits(event.state_time), event.place};
}

std::string http_answer(const json::object& body) {
    const auto text = json::serialize(body);
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
}

std::string answer_of(const event::Profile& profile, event::Code code, const std::string& words) {
    if (is_http(profile)) {
        const bool ok = code == event::Code::ok;
        const auto* type = ok ? "2000" : code == event::Code::unavailable ? "5003" : code == event::Code::unauthorised ? "4001" : "4102";
        return http_answer({{"result", ok ? "0" : "1"}, {"type", type}, {"message", words}});
    }
    return event::answer(profile, {code, "", words});
}

}  // namespace

/// One try, as outbound::Sender's own: everything ends at its deadline, and with the process that began it.
class Receivers::Attempt : public std::enable_shared_from_this<Receivers::Attempt> {
  public:
    Attempt(Receivers& owner, Partner& partner, std::shared_ptr<const event::Profile> profile, outbound::Try attempt)
        : owner_(owner), partner_(partner), chance_(partner.chance.fork()), profile_(std::move(profile)), try_(std::move(attempt)),
          life_(owner.city_.centre().life),
          exchange_(*profile_, *address::parse_target(profile_->send->to), try_.message, owner.city_.centre().clock.wall(), partner.session_key) {}

    void start() {
        later(profile_->send->answer, [this] { end({outbound::Verdict::again, "no answer"}); });
        connect();
    }
    const outbound::Try& what() const { return try_; }
    const event::Profile& profile() const { return *profile_; }
    const std::string& session_key() const { return exchange_.session_key(); }
    bool lives() const { return !is_over_ && owner_.city_.centre().life == life_; }

  private:
    void later(Span delay, std::function<void()> what) {
        owner_.city_.schedule().in(delay, [self = shared_from_this(), what = std::move(what)] {
            if (self->lives()) what();
        });
    }
    void connect() {
        manner_ = manner_of(chance_);
        // At the end nobody is in a bad mood.
        if (owner_.city_.schedule().now() >= MonoTime{} + kHealedAt) manner_ = Manner::accepts;
        later(chance_.span(1ms, 15ms), [this] {
            if (partner_.is_away) return end({outbound::Verdict::again, "connection refused"});
            if (partner_.is_mute) return;
            auto request = exchange_.request();
            if (!request) return owner_.city_.oracle().violated("a message to " + try_.partner + " cannot be written: " + request.error().message);
            request_ = *std::move(request);
            received_.clear();
            breaks_at_ = manner_ == Manner::hangs_up_halfway ? chance_.below(request_.size()) : request_.size();
            send_piece();
        });
    }
    void send_piece() {
        later(chance_.span(1ms, 10ms), [this] {
            const auto size = std::min(1 + chance_.below(request_.size()), breaks_at_ - received_.size());
            received_ += request_.substr(received_.size(), size);
            if (received_.size() < breaks_at_) return send_piece();
            if (manner_ == Manner::hangs_up_halfway) return close();
            if (manner_ != Manner::mute) read();
        });
    }
    /// The partner's side: what it makes out of the bytes, and what it says.
    void read() {
        auto& oracle = owner_.city_.oracle();
        std::optional<HeardOf> heard;
        if (is_http(*profile_)) {
            const auto asked = read_http(received_);
            if (!asked) return oracle.violated("a request to " + try_.partner + " is not whole");
            if (asked->path == profile_->send->auth_path) return let_in();
            if (asked->key.empty() || asked->key != partner_.issued_key) return say(answer_of(*profile_, event::Code::unauthorised, "session"));
            heard = heard_of(asked->message);
        } else {
            heard = read_stream(*profile_, received_);
            if (!heard) return oracle.violated("a message to " + try_.partner + " has no end");
        }
        answer(*heard);
    }
    void let_in() {
        partner_.issued_key = "session-" + std::to_string(++owner_.keys_);
        say(http_answer({{"result", "0"}, {"type", "2000"}, {"message", partner_.issued_key}}));
    }
    void answer(const HeardOf& heard) {
        auto& told = owner_.city_.oracle().told();
        const auto words = std::string(kWord) + "heard-" + std::to_string(++owner_.words_);
        if (manner_ == Manner::is_busy) return say(answer_of(*profile_, event::Code::unavailable, words));
        if (manner_ == Manner::talks_nonsense) return say("\xFF\xFE?;\xDF\r\n\r\n" + words);
        if (manner_ == Manner::refuses) {
            told.was_refused(try_.id);
            return say(answer_of(*profile_, event::Code::invalid, words));
        }
        told.arrived(owner_.city_.centre(), try_, *profile_, heard);
        // Some sessions run out behind it.
        if (is_http(*profile_) && chance_.percent(30)) partner_.issued_key.clear();
        if (manner_ == Manner::takes_and_is_mute) return;
        if (manner_ == Manner::takes_and_hangs_up) return close();
        told.was_accepted(try_.id);
        say(answer_of(*profile_, event::Code::ok, words));
    }
    /// In two pieces; a cut answer ends with its first.
    void say(const std::string& bytes) {
        const auto middle = chance_.below(bytes.size());
        hear(bytes.substr(0, middle));
        if (manner_ == Manner::cuts_its_answer) return close();
        hear(bytes.substr(middle));
    }
    void hear(const std::string& bytes) {
        heard_at_ = std::max(heard_at_, owner_.city_.schedule().now()) + chance_.span(1ms, 10ms);
        later(std::chrono::ceil<Span>(heard_at_ - owner_.city_.schedule().now()), [this, bytes] {
            if (!bytes.empty()) take(exchange_.feed(bytes));
        });
    }
    void close() {
        heard_at_ = std::max(heard_at_, owner_.city_.schedule().now()) + 1ms;
        later(std::chrono::ceil<Span>(heard_at_ - owner_.city_.schedule().now()), [this] {
            if (!take(exchange_.ended())) end({outbound::Verdict::again, "the partner closed without an answer"});
        });
    }
    bool take(const outbound::Exchange::Step& step) {
        if (step.outcome) {
            end(*step.outcome);
        } else if (step.another) {
            connect();
        }
        return step.outcome || step.another;
    }
    void end(outbound::Outcome outcome) {
        is_over_ = true;
        owner_.finish(*this, std::move(outcome));
    }

    Receivers& owner_;
    Partner& partner_;
    Chance chance_;
    std::shared_ptr<const event::Profile> profile_;
    outbound::Try try_;
    std::uint64_t life_;
    outbound::Exchange exchange_;
    Manner manner_ = Manner::accepts;
    std::string request_, received_;
    std::size_t breaks_at_ = 0;
    MonoTime heard_at_{};
    bool is_over_ = false;
};

Receivers::Receivers(SimCity& city)
    : city_(city), chance_(city.chance().fork()), person_(city.enrol({"desk", "", "", identity::Role::operator_, {"B1100000000"}})) {
    for (const auto* key : {"http", "tcp", "fire", "patrol", "video", "carrier", "disaster"})
        plan_absence(partners_.try_emplace(key, chance_.fork()).first->second);
    city.on_try = [this](outbound::Try attempt) { take(std::move(attempt)); };
    city_.schedule().in(chance_.span(20s, 60s), [this] { have_sent_again(); });
}

Receivers::~Receivers() { city_.on_try = {}; }

/// Two of five are away once, or take connections and stand.
void Receivers::plan_absence(Partner& partner) {
    auto& chance = partner.chance;
    if (!chance.percent(40)) return;
    auto& how = chance.percent(50) ? partner.is_away : partner.is_mute;
    const auto from = chance.span(5s, 240s);
    city_.schedule().in(from, [&how] { how = true; });
    city_.schedule().in(std::min<Span>(from + chance.span(2s, 60s), kHealedAt), [&how] { how = false; });
}

void Receivers::take(outbound::Try attempt) {
    auto& centre = city_.centre();
    if (std::exchange(life_, centre.life) != centre.life) {
        for (auto& [key, partner] : partners_) {
            partner.attempt.reset();
            partner.session_key.clear();
        }
    }
    city_.trace().add(city_.schedule().now(), attempt.partner, attempt.message.number + attempt.message.code);
    auto& oracle = city_.oracle().told();
    oracle.try_began(centre, attempt);
    auto& partner = partners_.at(attempt.partner);
    if (partner.attempt) return;  // As the sender: its end will have the store ask again.
    auto profile = centre.site->partners()->find(attempt.partner);
    partner.attempt = std::make_shared<Attempt>(*this, partner, std::move(profile), std::move(attempt));
    partner.attempt->start();
}

void Receivers::finish(Attempt& attempt, outbound::Outcome outcome) {
    auto& partner = partners_.at(attempt.what().partner);
    const auto kept = std::exchange(partner.attempt, nullptr);
    partner.session_key = attempt.session_key();
    city_.oracle().told().try_ended(attempt.what(), attempt.profile(), outcome.verdict);
    city_.trace().add(city_.schedule().now(), attempt.what().partner, outcome.words);
    city_.post(city_.centre(), app::OutboundDone{{attempt.what().id, attempt.what().partner, std::move(outcome)}});
}

void Receivers::log_in() {
    const auto& person = city_.person(person_);
    auto request = post_request("/api/v1/login", json::serialize(json::object{{"user", person.login}, {"password", person.password}}));
    request.remote = remote_ = std::string(kWord) + "at-" + std::to_string(person_) + "-" + std::to_string(++keys_) + ":5000";
    city_.request(std::move(request), [this](const std::optional<http::Response>& response) {
        if (response && response->status == 200) token_ = text(object_of(response->body), "token");
    });
}

void Receivers::have_sent_again() {
    city_.schedule().in(chance_.span(10s, 40s), [this] { have_sent_again(); });
    std::vector<std::string> dead;
    for (const auto& [id, telling] : city_.centre().watch.outbox.tellings) {
        if (telling.state == OutboxWatch::State::failed) dead.push_back(id);
    }
    if (dead.empty()) return;
    if (token_.empty()) return log_in();
    const auto id = dead[chance_.below(dead.size())];
    auto request = post_request("/api/v1/deliveries/" + id + "/retry", json::serialize(json::object{{"reason", std::string(kWord) + "again-" + std::to_string(++keys_)}}));
    request.headers["authorization"] = "Bearer " + token_;
    request.remote = remote_;
    city_.request(std::move(request), [this, id](const std::optional<http::Response>& response) {
        if (response && response->status == 401) token_.clear();
        if (response && response->status == 400) city_.oracle().violated("a wish to send again is malformed: " + response->body);
        if (response && response->status == 200) city_.oracle().told().sent_again_was_answered(id);
    });
}

}  // namespace bongsu::simulation
