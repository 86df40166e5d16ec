#pragma once
// A camera that answers from the golden files, without a socket.

#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer_reader.hpp"
#include "onvif/device.hpp"

namespace bongsu::onvif::test {

inline constexpr std::string_view kFolder = BONGSU_SOURCE_DIR "/tests/golden/onvif/";
/// 2026-11-23T03:20:00Z.
inline WallTime now() { return from_us(1'795'404'000'000'000); }

class CountingRandom final : public env::Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override {
        for (auto& each : bytes) each = ++next_;
    }

  private:
    std::uint8_t next_ = 0;
};

inline std::optional<std::string> read_file(const std::string& name) {
    std::ifstream file(std::string(kFolder) + name, std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream out;
    out << file.rdbuf();
    return std::move(out).str();
}

inline http::ClientAnswer answer(int status, std::string body) { return {status, {}, std::move(body)}; }

inline http::ClientAnswer soap_fault(std::string_view code, std::string_view subcode, int status = 400) {
    return answer(status, "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code><s:Value>s:" + std::string(code) +
                              "</s:Value><s:Subcode><s:Value>ter:" + std::string(subcode) + "</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>");
}

/// What was asked, as the files are named: "GetStreamUri.media2.Profile_1".
struct Asked {
    std::string operation, medium, token;
};
inline Asked asked_of(const Outgoing& outgoing) {
    const auto document = xml::Document::parse(outgoing.body).value();
    Asked out;
    for (const auto& each : document.root().children()) {
        if (each.name() != "Body") continue;
        const auto operation = each.children().front();
        out.operation = operation.name();
        if (operation.ns() == "http://www.onvif.org/ver20/media/wsdl") out.medium = ".media2";
        if (const auto token = operation.child(operation.ns(), "ProfileToken")) out.token = "." + std::string(token.text());
    }
    return out;
}

class Camera {
  public:
    explicit Camera(std::string maker) : maker_(std::move(maker)) {}
    /// Instead of a file's: by operation, used again and again.
    std::map<std::string, http::ClientAnswer> instead;
    std::vector<std::string> log;         ///< "GetProfiles http://…"
    std::vector<Outgoing> requests;

    http::ClientAnswer reply(const Outgoing& outgoing) {
        const auto asked = asked_of(outgoing);
        log.push_back(asked.operation + asked.medium + " " + outgoing.place.text());
        requests.push_back(outgoing);
        if (const auto found = instead.find(asked.operation + " " + outgoing.place.path); found != instead.end()) return found->second;
        if (const auto found = instead.find(asked.operation + asked.medium); found != instead.end()) return found->second;
        for (const auto& name : {asked.operation + asked.medium + asked.token, asked.operation + asked.medium}) {
            if (auto body = read_file(maker_ + "/" + name + ".xml")) return answer(200, *std::move(body));
            if (auto bytes = read_file(maker_ + "/" + name + ".http")) return raw(*bytes);
        }
        return soap_fault("Receiver", "ActionNotSupported", 500);
    }

    static http::ClientAnswer raw(std::string_view bytes) {
        http::AnswerReader reader(xml::kBytesMax);
        auto got = reader.feed(bytes).value();
        return got ? *std::move(got) : reader.ended().value();
    }

  private:
    std::string maker_;
};

inline Description describe(Camera& camera, const std::string& dialled = "192.0.2.108", rtsp::Credentials who = {"admin", "s3cret-pass"}) {
    CountingRandom random;
    Conversation conversation(parse_place(dialled).value(), std::move(who), random);
    auto next = std::optional{conversation.start(now())};
    while (next) next = conversation.answered(camera.reply(*next), now());
    return conversation.take();
}

inline bool has_note(const Description& description, std::string_view part) {
    for (const auto& each : description.notes)
        if (each.find(part) != std::string::npos) return true;
    return false;
}

}  // namespace bongsu::onvif::test
