// ONVIF answers and datagrams: read within bounds, written back, and read again as the same.
#include <cstdlib>

#include "http/answer_reader.hpp"
#include "onvif/device.hpp"
#include "onvif/discovery.hpp"
#include "onvif/names.hpp"

namespace bongsu::onvif::fuzz {

/// A property that does not hold ends the run; libFuzzer keeps the input.
void require(bool holds) {
    if (!holds) std::abort();
}

class FixedRandom final : public env::Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override {
        for (auto& each : bytes) each = 7;
    }
};

std::size_t size_of(const xml::Element& element, std::size_t depth) {
    require(depth <= xml::kDepthMax);
    std::size_t out = 1 + element.attributes().size();
    for (const auto& each : element.children()) out += size_of(each, depth + 1);
    return out;
}

void write(const xml::Element& element, xml::Writer& out) {
    out.open("p:e").attribute("xmlns:p", element.ns().empty() ? "urn:none" : element.ns()).attribute("name", element.name());
    std::size_t i = 0;
    for (const auto& [name, value] : element.attributes()) out.attribute("k" + std::to_string(i++), std::string(name) + "=" + std::string(value));
    out.text(element.text());
    for (const auto& each : element.children()) write(each, out);
    out.close();
}

void require_alike(const xml::Element& was, const xml::Element& is) {
    require(is.attribute("name") == was.name() && is.ns() == (was.ns().empty() ? "urn:none" : was.ns()));
    require(is.text() == was.text());
    std::size_t i = 0;
    for (const auto& [name, value] : was.attributes())
        require(is.attribute("k" + std::to_string(i++)) == std::string(name) + "=" + std::string(value));
    const auto before = was.children(), after = is.children();
    require(before.size() == after.size());
    for (std::size_t k = 0; k < before.size(); ++k) require_alike(before[k], after[k]);
}

void round_trip(std::string_view bytes) {
    const auto read = xml::Document::parse(bytes);
    if (!read) return require(!read.error().message.empty());
    const auto size = size_of(read->root(), 1);
    require(size <= xml::kNodesMax);
    if (size * 3 > xml::kNodesMax) return;  // A name and a namespace more for each would be too many.
    xml::Writer out;
    write(read->root(), out);
    const auto again = xml::Document::parse(out.take());
    if (!again) return require(again.error().kind == ErrorKind::exhausted);  // 63 attributes and two more, or names escaped beyond 1 MiB.
    require_alike(read->root(), again->root());
}

/// A token that a camera gave, asked back, is that token.
void asked_back(const Call& call, std::string_view element, std::string_view token) {
    const auto document = xml::Document::parse(soap::write(call.body, std::nullopt));
    require(document.has_value());
    const auto body = document->root().child(names::soap12, "Body").child(call.service, call.operation);
    const auto got = body.child(call.service, element).text();
    require(body && token.find(got) != std::string_view::npos && (got.empty() || token.find_first_not_of(" \t\r\n") == token.find(got)));
}

void require_bounded(const Description& found) {
    require(found.services.size() <= kServicesMax && found.profiles.size() <= kProfilesMax && found.presets.size() <= kPresetsMax);
    require(found.notes.size() <= 32 && found.ptz_nodes.size() <= kPtzNodesMax && found.interfaces.size() <= kInterfacesMax);
    for (const auto& each : found.notes) require(each.size() <= 300 && each.find("s3cret") == std::string::npos);
    for (const auto& each : found.profiles) {
        require(!each.token.empty() && each.token.size() <= kTokenBytesMax);
        for (const auto version : {MediaVersion::media1, MediaVersion::media2}) asked_back(ask_stream_uri(version, each.token), "ProfileToken", each.token);
        asked_back(ask_continuous_move(each.token, {1, 1, 1}, std::chrono::seconds{1}), "ProfileToken", each.token);
    }
    for (const auto& each : found.presets) asked_back(ask_goto_preset("p", each.token), "PresetToken", each.token);
    for (const auto* url : {&found.main.url, &found.sub.url})
        require(url->empty() || url->starts_with("rtsp://192.0.2.1") || url->starts_with("rtsps://192.0.2.1"));
    require(found.snapshot.empty() || found.snapshot.starts_with("http://192.0.2.1") || found.snapshot.starts_with("https://192.0.2.1"));
}

/// One camera that gives the same answer to whatever it is asked, its first byte as the status.
void converse(std::string_view bytes) {
    static constexpr int kStatus[] = {200, 200, 200, 400, 401, 500, 302, 404};
    http::ClientAnswer answer;
    answer.status = bytes.empty() ? 200 : kStatus[static_cast<unsigned char>(bytes[0]) % 8];
    answer.headers = {{"WWW-Authenticate", std::string(bytes.substr(0, 200))}, {"Location", std::string(bytes.substr(0, 200))}};
    answer.body = bytes.empty() ? std::string() : std::string(bytes.substr(1));
    FixedRandom random;
    Conversation conversation(parse_place("192.0.2.1").value(), {"admin", "s3cret"}, random);
    auto next = std::optional{conversation.start(from_us(1'795'404'000'000'000))};
    int requests = 0;
    while (next) {
        require(++requests <= 100 && next->place.host == "192.0.2.1");
        // The envelope's name of the operation that was asked, so that every reader has its turn.
        auto turned = answer;
        const auto body = xml::Document::parse(next->body);
        require(body.has_value());
        const auto operation = body->root().child(names::soap12, "Body").children().at(0);
        if (const auto at = turned.body.find("OPERATION"); at != std::string::npos)
            turned.body.replace(at, 9, std::string(operation.name()) + "Response xmlns='" + std::string(operation.ns()) + "'");
        if (const auto at = turned.body.find("/OPERATION"); at != std::string::npos) turned.body.replace(at + 1, 9, std::string(operation.name()) + "Response");
        next = conversation.answered(turned, from_us(1'795'404'000'100'000));
    }
    require_bounded(conversation.description());
}

void read_all(std::string_view bytes) {
    const auto document = xml::Document::parse(bytes);
    if (document) {
        const auto root = document->root();
        // Every reader on what was not written for it.
        for (const auto& at : {root, root.child(names::soap12, "Body")}) {
            auto inside = at.children();
            inside.push_back(at);
            for (const auto& each : inside) {
                static_cast<void>(read_time(each));
                static_cast<void>(read_info(each));
                static_cast<void>(read_services(each));
                static_cast<void>(read_capabilities(each));
                static_cast<void>(read_interfaces(each));
                static_cast<void>(read_profiles(MediaVersion::media1, each));
                static_cast<void>(read_profiles(MediaVersion::media2, each));
                static_cast<void>(read_encoders(MediaVersion::media1, each));
                static_cast<void>(read_uri(MediaVersion::media1, each));
                static_cast<void>(read_ptz_nodes(each));
                static_cast<void>(read_ptz_configurations(each));
                static_cast<void>(read_ptz_status(each));
                static_cast<void>(read_presets(each));
            }
        }
        if (const auto fault = soap::fault_of(root.child(names::soap12, "Body"))) require(soap::to_error(*fault, "X").message.size() < 1'200);
    }
    Gathering gathering("urn:uuid:6f1c9a3e-0000-4000-8000-000000000001");
    gathering.add(bytes, "192.0.2.1", MonoTime{});
    require(gathering.found().size() <= kMatchesMax);
    http::AnswerReader reader(4096);
    const auto got = reader.feed(bytes);
    if (got && !*got) static_cast<void>(reader.ended());
    const auto shown = without_secrets(bytes);
    require(without_secrets(shown) == shown);
}

}  // namespace bongsu::onvif::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    bongsu::onvif::fuzz::round_trip(bytes);
    bongsu::onvif::fuzz::converse(bytes);
    bongsu::onvif::fuzz::read_all(bytes);
    return 0;
}
