// Sends partners' messages over HTTP at a fixed rate, whether or not the ones before are answered, and says what became
// of each kind: ./bench intake starts it. Of its own sockets and of nothing of the program under test but the formats'
// description, so that it costs little of the machine that it measures: no message is built while the clock runs.
//
// A time begins when a message is due, not when a connection was free for it. One thread.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "intake_load: %s\n", why.c_str());
    std::exit(1);
}

struct Options {
    std::uint16_t port = 0;
    std::string key, send_cd, rcv_cd;
    double rate = 1000, seconds = 10;
    std::size_t connections = 128, reserved = 32;  ///< `reserved` carry new incidents and nothing else.
    std::size_t sensors = 60, repeats = 30, updates = 9;  ///< Of 100; the rest are new incidents.
    std::size_t living = 500;                             ///< Incidents open at most: the oldest ends by an update.
    std::size_t run = 0;                                  ///< Part of the numbers: another run sends other occurrences.
    double give_up = 20;                                  ///< Seconds after the last message is due.
    std::string told;                                     ///< File: place and due time of each new incident.
};

enum Kind : std::uint8_t { sensor, repeat, update, fresh, kinds };
constexpr std::array<const char*, kinds> kNames{"sensor", "repeat", "update", "new"};
constexpr std::size_t kBodyBytes = 1024;

std::int64_t now_us() {
    timespec at{};
    clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<std::int64_t>(at.tv_sec) * 1'000'000 + at.tv_nsec / 1000;
}

/// Korean time, nine hours ahead all year: "20191120213005123".
std::string kst(std::int64_t ms, std::size_t digits) {
    const std::time_t seconds = ms / 1000 + 9 * 3600;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S", &parts);
    std::array<char, 8> rest{};
    std::snprintf(rest.data(), rest.size(), "%03d", static_cast<int>(ms % 1000));
    return (std::string(text.data()) + rest.data()).substr(0, digits);
}

struct Place {
    const char *name, *lon, *lat;
};
constexpr std::array<Place, 4> kPlaces{Place{"서울숲", "127.04", "37.5446"}, Place{"홍대입구역", "126.9236", "37.556"},
                                       Place{"서울숲역", "127.0424", "37.5456"}, Place{"서초역", "127.0076", "37.4919"}};

struct Occurrence {
    std::size_t place = 0;
    std::string number;
    int changes = 0;
};

/// Writes the messages of an SCSNS partner: JSON of about kBodyBytes.
class Writer {
  public:
    explicit Writer(const Options& options)
        : options_(options), start_ms_(static_cast<std::int64_t>(std::time(nullptr)) * 1000) {}

    std::string number() {
        // Seventeen digits; a run's own milliseconds far from the next one's.
        return kst(946'652'400'000 + static_cast<std::int64_t>(options_.run) * 100'000'000 + ++numbers_, 17);
    }

    std::string message(std::string_view type, std::string_view name, std::string_view grade, const Occurrence& what,
                        std::string_view state, std::int64_t later_ms, const std::string& place_name) const {
        const auto& place = kPlaces.at(what.place % kPlaces.size());
        const auto at = kst(start_ms_ + later_ms, 14);
        std::string data = R"({"startTag":"$DA","evtId":")" + std::string(type) + R"(","evtNm":")" + std::string(name) +
                           R"(","evtGrad":")" + std::string(grade) + R"(","ocrNbr":")" + what.number + R"(","ocrSts":")" +
                           std::string(state) + R"(","ocrLc":{"crdntX":")" + place.lon + R"(","crdntY":")" + place.lat +
                           R"(","crdntZ":"0"},"ocrPlc":")" + place_name + R"(","ocrEvtCn":")";
        const std::string rest = R"(","ocrEvtTime":")" + at + R"(","ocrEvtSts":{"ocrEvtStsCd":")" + std::string(state) +
                                 R"(","ocrEvtStsDtl":""},"ocrEvtStsUsr":{"ocrEvtUsrId":"","ocrEvtUsrNm":""},"ocrEvtStsTime":")" +
                                 at + R"(","ocrEvtEndTime":")" + (state >= "90" ? at : "") +
                                 R"(","ocrEvtItemCnt":"0","ocrEvtItem":[],"ocrEvtDtl":{"ocrEvtDtlCd":"","ocrEvtDtlCdDtl":""},"endTag":"$DB","finishTag":"$DF"})";
        const std::string head = R"({"svcTy":"EVENT","hdCnt":"14","dtCnt":"16","apSeq":{"apCurrent":"1","apTotal":"1"},"cmnMtd":"1","sendCd":")" +
                                 options_.send_cd + R"(","rcvCd":")" + options_.rcv_cd +
                                 R"(","encAt":"N","tranTy":"HTTP","rrKey":"","reqDate":")" + at +
                                 R"(","sysCd":"112","tranSysHis":[{"tranSysHis":")" + options_.send_cd +
                                 R"(_112"}],"bodyLen":")";
        const auto known = head.size() + data.size() + rest.size() + 16;
        data.append(known < kBodyBytes ? kBodyBytes - known : 0, 'x');
        data += rest;
        const auto body = head + std::to_string(data.size()) + R"(","body":)" + data + "}";
        return "POST /linkHttp/recvEvent.json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Scsns-Secret: " +
               options_.key + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

  private:
    const Options& options_;
    std::int64_t start_ms_;
    std::int64_t numbers_ = 0;
};

struct Message {
    Kind kind = sensor;
    std::int64_t due = 0;
    std::string bytes;
    std::string told;  ///< A new incident's place.
};

/// What is sent, in its order, in the shares that were asked for: the same share in any hundred in a row.
class Source {
  public:
    explicit Source(const Options& options) : options_(options), writer_(options) {}

    Message next(std::size_t at) {
        const auto slot = (at * 37) % 100;  // Spread: 37 and 100 share no factor.
        const auto& o = options_;
        const auto later = static_cast<std::int64_t>(static_cast<double>(at) * 1000 / o.rate);
        if (slot < o.sensors) {
            Occurrence reading{at % kPlaces.size(), writer_.number()};
            Message out{sensor, 0, writer_.message("WESEN110", "환경 정보", "20", reading, "10", later, "대기 측정소"), {}};
            kept_.at(at % kept_.size()) = out.bytes;
            return out;
        }
        if (slot < o.sensors + o.repeats && !kept_.at((at * 7) % kept_.size()).empty())
            return {repeat, 0, kept_.at((at * 7) % kept_.size()), {}};
        const bool is_update = slot < o.sensors + o.repeats + o.updates;
        if (is_update && !open_.empty()) {
            // The oldest ends when enough are open, the others change in turn.
            if (open_.size() > o.living) {
                const auto done = open_.front();
                open_.pop_front();
                return {update, 0, emergency(done, "91", later), {}};
            }
            auto what = open_.front();
            open_.pop_front();
            ++what.changes;
            open_.push_back(what);
            return {update, 0, emergency(what, what.changes == 1 ? "20" : "40", later), {}};
        }
        Occurrence what{at, writer_.number()};
        open_.push_back(what);
        const auto place = place_of(what);
        return {fresh, 0, emergency(what, "10", later), place};
    }

    /// Ends all that is open: not measured.
    std::vector<std::string> endings(double after_seconds) {
        std::vector<std::string> out;
        for (const auto& what : open_) out.push_back(emergency(what, "91", static_cast<std::int64_t>(after_seconds * 1000)));
        open_.clear();
        return out;
    }

  private:
    static std::string place_of(const Occurrence& what) {
        return std::string(kPlaces.at(what.place % kPlaces.size()).name) + " " + what.number;
    }
    std::string emergency(const Occurrence& what, std::string_view state, std::int64_t later) const {
        return writer_.message("112UC001", "112센터 긴급영상 지원", "10", what, state, later, place_of(what));
    }

    const Options& options_;
    Writer writer_;
    std::array<std::string, 512> kept_;  ///< Sensors' messages, some to be sent again.
    std::deque<Occurrence> open_;
};

struct Figures {
    std::array<std::vector<std::uint32_t>, kinds> took_us;  ///< Acknowledged.
    std::array<std::uint64_t, kinds> refused{};             ///< Told that it was not kept.
    std::array<std::uint64_t, kinds> unsent{};              ///< Due and never sent: no connection was free.
    std::map<std::string, std::uint64_t> codes;
    std::uint64_t broken = 0;  ///< Connections that closed with a message under way.
};

/// One connection, one message at a time, kept open.
struct Connection {
    int fd = -1;
    bool reserved = false, busy = false;
    Message message;
    std::size_t written = 0;
    std::string answer;
};

class Load {
  public:
    explicit Load(const Options& options) : options_(options), source_(options), epoll_(epoll_create1(0)) {
        connections_.resize(options.connections + options.reserved);
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            connections_[i].reserved = i < options.reserved;
            connect(i);
            is_free(i);
        }
    }

    void run() {
        const auto all = static_cast<std::size_t>(options_.rate * options_.seconds);
        // Built ahead: a second's worth, and more whenever nothing else is to be done.
        const auto ahead = std::max<std::size_t>(256, std::min<std::size_t>(all, static_cast<std::size_t>(options_.rate)));
        std::size_t built = 0, due = 0;
        while (built < std::min(ahead, all)) ready_.push_back(source_.next(built++));
        start_ = now_us() + 50'000;
        const auto due_at = [&](std::size_t at) { return start_ + static_cast<std::int64_t>(static_cast<double>(at) * 1e6 / options_.rate); };
        const auto end = due_at(all) + static_cast<std::int64_t>(options_.give_up * 1e6);
        for (;;) {
            auto now = now_us();
            while (due < all && due_at(due) <= now) {
                if (ready_.empty()) ready_.push_back(source_.next(built++));
                auto message = std::move(ready_.front());
                ready_.pop_front();
                message.due = due_at(due++);
                if (!message.told.empty()) told_ += message.told + "\t" + std::to_string(message.due) + "\n";
                (message.kind == fresh ? urgent_ : waiting_).push_back(std::move(message));
            }
            hand_out();
            const bool done = due == all && urgent_.empty() && waiting_.empty() && busy_ == 0;
            if (done || now > end) break;
            for (int i = 0; i < 64 && built < all && ready_.size() < ahead; ++i) ready_.push_back(source_.next(built++));
            now = now_us();
            const auto wait_us = due < all && ready_.size() >= ahead ? std::clamp<std::int64_t>(due_at(due) - now, 0, 5000)
                                 : due < all                         ? 0
                                                                     : 5000;
            poll(wait_us);
        }
        took_us_ = now_us() - start_;
        for (const auto& left : urgent_) ++figures_.unsent.at(left.kind);
        for (const auto& left : waiting_) ++figures_.unsent.at(left.kind);
        for (const auto& each : connections_) {
            if (each.busy) ++figures_.unsent.at(each.message.kind);
        }
        urgent_.clear();
        waiting_.clear();
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        cpu_s_ = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
        print();
        finish();
    }

  private:
    void connect(std::size_t at) {
        auto& connection = connections_[at];
        connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            die(std::string("cannot connect: ") + std::strerror(errno));
        const int on = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = at;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    }

    void is_free(std::size_t at) { (connections_[at].reserved ? free_reserved_ : free_).push_back(at); }

    void hand_out() {
        while (!urgent_.empty() && !free_reserved_.empty()) give(free_reserved_, urgent_);
        while (!waiting_.empty() && !free_.empty()) give(free_, waiting_);
    }

    void give(std::vector<std::size_t>& free, std::deque<Message>& queue) {
        auto& connection = connections_[free.back()];
        free.pop_back();
        connection.message = std::move(queue.front());
        queue.pop_front();
        connection.busy = true;
        ++busy_;
        connection.answer.clear();
        const auto& bytes = connection.message.bytes;
        std::size_t sent = 0;
        while (sent < bytes.size()) {  // A kilobyte: the kernel takes it at once.
            const auto n = ::send(connection.fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) die("the program closed a connection");
            sent += static_cast<std::size_t>(n);
        }
    }

    void poll(std::int64_t wait_us) {
        std::array<epoll_event, 256> events{};
        const timespec wait{wait_us / 1'000'000, wait_us % 1'000'000 * 1000};
        const int n = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
        for (int i = 0; i < n; ++i) received(static_cast<std::size_t>(events.at(static_cast<std::size_t>(i)).data.u64));
    }

    void received(std::size_t at) {
        auto& connection = connections_[at];
        std::array<char, 8192> piece{};
        const auto n = ::recv(connection.fd, piece.data(), piece.size(), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            ::close(connection.fd);
            connect(at);
            // One that idled too long for the server is among the free ones: there twice, it would carry two messages at once.
            if (!connection.busy) return;
            ++figures_.broken, --busy_;
            connection.busy = false;
            return is_free(at);
        }
        connection.answer.append(piece.data(), static_cast<std::size_t>(n));
        const auto head = connection.answer.find("\r\n\r\n");
        if (head == std::string::npos) return;
        const auto length_at = connection.answer.find("Content-Length: ");
        std::size_t length = 0;
        if (length_at < head) std::from_chars(connection.answer.data() + length_at + 16, connection.answer.data() + head, length);
        if (connection.answer.size() < head + 4 + length) return;
        answered(connection);
        connection.busy = false;
        --busy_;
        is_free(at);
    }

    void answered(Connection& connection) {
        const auto& answer = connection.answer;
        const bool kept = answer.starts_with("HTTP/1.1 200") && answer.find(R"("result":"0")") != std::string::npos;
        if (kept) {
            figures_.took_us.at(connection.message.kind).push_back(static_cast<std::uint32_t>(now_us() - connection.message.due));
            return;
        }
        ++figures_.refused.at(connection.message.kind);
        if (figures_.codes.size() < 16) ++figures_.codes[answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4, 120)];
    }

    void print() {
        std::string out = "{\"kinds\":{";
        for (std::size_t i = 0; i < kinds; ++i) {
            auto& took = figures_.took_us.at(i);
            std::sort(took.begin(), took.end());
            const auto rank = [&](double share) {
                return took.empty() ? 0.0 : took[std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(took.size()) + 0.9999)) - 1] / 1000.0;
            };
            std::array<char, 400> row{};
            std::snprintf(row.data(), row.size(),
                          "%s\"%s\":{\"acknowledged\":%zu,\"refused\":%llu,\"unsent\":%llu,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}",
                          i == 0 ? "" : ",", kNames.at(i), took.size(), static_cast<unsigned long long>(figures_.refused.at(i)),
                          static_cast<unsigned long long>(figures_.unsent.at(i)), rank(0.5), rank(0.99), rank(0.999), rank(1));
            out += row.data();
        }
        std::vector<std::uint32_t> all;
        for (const auto& took : figures_.took_us) all.insert(all.end(), took.begin(), took.end());
        std::sort(all.begin(), all.end());
        const auto rank = [&](double share) {
            return all.empty() ? 0.0 : all[std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(all.size()) + 0.9999)) - 1] / 1000.0;
        };
        std::array<char, 400> tail{};
        std::snprintf(tail.data(), tail.size(), "},\"all\":{\"acknowledged\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"min\":%.3f,\"max\":%.3f},\"seconds\":%.3f,\"cpu_s\":%.2f,\"broken\":%llu,\"codes\":[",
                      all.size(), rank(0.5), rank(0.99), rank(0), rank(1), static_cast<double>(took_us_) / 1e6, cpu_s_,
                      static_cast<unsigned long long>(figures_.broken));
        out += tail.data();
        bool first = true;
        for (const auto& [text, count] : figures_.codes) {
            std::string safe;
            for (const char c : text) safe += c == '"' || c == '\\' ? '\'' : static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
            out += std::string(first ? "" : ",") + "\"" + std::to_string(count) + "x " + safe + "\"";
            first = false;
        }
        std::printf("%s]}\n", out.c_str());
        std::fflush(stdout);
        if (options_.told.empty()) return;
        std::FILE* file = std::fopen(options_.told.c_str(), "w");
        if (file == nullptr || std::fwrite(told_.data(), 1, told_.size(), file) != told_.size() || std::fclose(file) != 0)
            die("cannot write " + options_.told);
    }

    /// Ends what is open, so that the next run begins as this one did.
    void finish() {
        for (auto& bytes : source_.endings(options_.seconds + 1)) waiting_.push_back({update, now_us(), std::move(bytes), {}});
        const auto end = now_us() + 60'000'000;
        while ((!waiting_.empty() || busy_ > 0) && now_us() < end) {
            hand_out();
            poll(5000);
        }
    }

    Options options_;
    Source source_;
    int epoll_;
    std::vector<Connection> connections_;
    std::vector<std::size_t> free_, free_reserved_;
    std::size_t busy_ = 0;
    std::deque<Message> ready_, waiting_, urgent_;
    Figures figures_;
    std::string told_;
    std::int64_t start_ = 0, took_us_ = 0;
    double cpu_s_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    Options o;
    const auto number = [&](const char* text) { return std::strtod(text, nullptr); };
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const char* value = argv[i + 1];
        const auto count = static_cast<std::size_t>(number(value));
        if (name == "--port") o.port = static_cast<std::uint16_t>(count);
        else if (name == "--send-cd") o.send_cd = value;
        else if (name == "--rcv-cd") o.rcv_cd = value;
        else if (name == "--rate") o.rate = number(value);
        else if (name == "--seconds") o.seconds = number(value);
        else if (name == "--connections") o.connections = count;
        else if (name == "--reserved") o.reserved = count;
        else if (name == "--sensors") o.sensors = count;
        else if (name == "--repeats") o.repeats = count;
        else if (name == "--updates") o.updates = count;
        else if (name == "--living") o.living = count;
        else if (name == "--run") o.run = count;
        else if (name == "--told") o.told = value;
        else die("there is no option " + std::string(name));
    }
    if (const char* key = std::getenv("BONGSU_SESSION_KEY"); key != nullptr) o.key = key;  // Not where `ps` shows it.
    if (o.port == 0 || o.key.empty() || o.rate <= 0 || o.seconds <= 0) die("--port, --rate, --seconds and BONGSU_SESSION_KEY are needed");
    Load(o).run();
    return 0;
}
