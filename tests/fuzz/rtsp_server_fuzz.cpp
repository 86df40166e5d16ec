// A viewer that says anything in any order, and a driver that answers late. Properties: what the session says is whole RTSP with the
// CSeq that was asked; no view without the questions having been asked and answered with yes; secrets stay; nothing grows.

#include <string>

#include "camera_fuzz.hpp"
#include "rtsp/framer.hpp"
#include "rtsp/server_session.hpp"

using namespace bongsu;        // tidy-ok: a program of one function
using namespace bongsu::rtsp;  // tidy-ok: a program of one function

namespace {

using Want = ServerSession::Want;

/// Answers and nothing else, however many.
std::size_t check_said(const std::string& said) {
    std::size_t answers = 0;
    Framer framer;
    const auto fed = framer.feed({reinterpret_cast<const std::uint8_t*>(said.data()), said.size()}, [&](const Unit& unit) {
        const auto* text = std::get_if<Text>(&unit);
        fuzz::require(text != nullptr);
        const auto message = parse(text->head, text->body);
        fuzz::require(message && std::holds_alternative<Response>(*message));
        ++answers;
        return true;
    });
    fuzz::require(fed.has_value());
    return answers;
}

struct Driver {
    ServerSession& session;
    Want open = Want::nothing;  // The question that waits for us.
    bool admitted = false, described = false, may_play = false, over = false;
    std::size_t requests = 0, answers = 0;

    void take(const ServerSession::Step& step) {
        answers += check_said(step.send);
        fuzz::require(answers <= requests);
        if (step.want == Want::close) over = true;
        if (step.want == Want::nothing || over) return;
        fuzz::require(open == Want::nothing);  // One question at a time.
        fuzz::require(step.want == Want::admit || admitted);
        open = step.want;
    }
    void reply(bool yes, MonoTime now) {
        const Want asked = std::exchange(open, Want::nothing);
        const Error no{ErrorKind::unauthenticated, "no", Where::here()};
        const auto verdict = yes ? Result<void>{} : Result<void>(tl::unexpected(no));
        if (asked == Want::admit) {
            admitted = yes;
            take(session.admitted(verdict, now));
        } else if (asked == Want::describe) {
            take(session.described(yes ? Result<std::string>("v=0\r\nm=video 0 RTP/AVP 96\r\n") : Result<std::string>(tl::unexpected(no)), now));
        } else if (asked == Want::play) {
            may_play = may_play || yes;
            take(session.played(verdict, now));
        }
    }
};

constexpr std::array kMethods{"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER", "PAUSE"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Script script(data, size);
    MonoTime now{std::chrono::hours(1)};
    ServerSession session({.realm = "bongsu"}, "5E55", now);
    Driver driver{session};
    int steps = 0;
    while (script.more() && !driver.over && ++steps < 200) {
        const std::uint8_t what = script.byte();
        now += std::chrono::milliseconds(what * 7);
        if (now >= session.deadline()) break;  // The driver cuts.
        if (what % 4 == 3) {
            driver.reply((what & 64U) == 0, now);
        } else {
            std::string head(script.text('\0'));
            if (what % 4 != 0) {  // A whole request, so that a script comes far; its own text goes behind.
                head = std::string(kMethods[what / 4 % kMethods.size()]) + " rtsp://h/11440-0001" + (what % 4 == 2 ? "/trackID=0" : "") +
                       " RTSP/1.0\r\nCSeq: " + std::to_string(steps) + ((what & 128U) != 0 ? "\r\nSession: 5E55" : "") +
                       "\r\nAuthorization: Basic eDp5" + ((what & 64U) != 0 ? "\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1" : "") +
                       (head.empty() ? "" : "\r\n" + head);
            }
            ++driver.requests;
            driver.take(session.on_text(head, "", now));
        }
        fuzz::require(!session.playing() || (driver.admitted && driver.may_play));
        fuzz::require(session.playing() || driver.open != Want::nothing || session.deadline() <= MonoTime(std::chrono::hours(1)) + std::chrono::seconds(30));
        fuzz::require(session.admission().path.size() <= size + 64 && session.admission().ticket.size() <= size);
    }
    return 0;
}
