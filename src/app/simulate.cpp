#include "app/simulate.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <cstdio>

#include "app/listen.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "event/codec/scsns_writer.hpp"
#include "place/gazetteer.hpp"
#include "service/service.hpp"

namespace bongsu::app {

namespace json = boost::json;
namespace scsns = event::scsns;

namespace {

struct Account {
    std::string api_key, send_cd, rcv_cd;
};

Result<Account> account_of(env::Disk& disk, const std::string& data, const service::Service& service) {
    const auto text = disk.read(data + "/demo-accounts.json");
    if (!text)
        return fail(ErrorKind::not_found, data +
                                              "/demo-accounts.json is not there: start the city first "
                                              "(./run), or name its folder with --data");
    boost::system::error_code code;
    const auto accounts = json::parse(*text, code);
    if (code || !accounts.is_array())
        return fail(ErrorKind::corrupt, data + "/demo-accounts.json is not readable");
    for (const auto& account : accounts.get_array()) {
        const auto field = [&](const char* name) { return std::string(account.at(name).as_string()); };
        if (!field("sendCd").empty() && service.is_sent_by(field("sendCd")) && !field("apiKey").empty())
            return Account{field("apiKey"), field("sendCd"), field("rcvCd")};
    }
    return fail(ErrorKind::not_found, "demo-accounts.json has no account of an agency that sends for " + service.key);
}

/// As the centre would have it after a reload.
Result<service::Services> services_of(env::Disk& disk, const std::string& folder) {
    std::map<std::string, std::string> files;
    const auto names = disk.list(folder);
    for (const auto& name : names ? *names : std::vector<std::string>{}) {
        if (!name.ends_with(".toml")) continue;
        TRY(files["services/" + name], disk.read(folder + "/" + name));
    }
    return service::Services::with_defaults(files);
}

Result<std::vector<std::pair<std::string, std::string>>> items_of(const SimulateOptions& options) {
    std::vector<std::pair<std::string, std::string>> out;
    if (!options.code.empty()) out.emplace_back("CODE", "CODE" + options.code);
    for (const auto& word : options.items) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) return fail(ErrorKind::invalid, "--item must be KEY=VALUE, not " + word);
        out.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    return out;
}

/// One POST, one reply object.
Result<json::object> post(int port, const std::string& path, const std::string& body,
                          const std::string& session_key) {
    TRY(const int socket, connect_tcp(port));
    std::string request = "POST " + path +
                          " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: "
                          "close\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n";
    if (!session_key.empty()) request += "X-Scsns-Secret: " + session_key + "\r\nX-Scsns-type: sync\r\n";
    request += "\r\n" + body;
    std::string answer;
    bool sent = true;
    for (std::size_t at = 0; at < request.size() && sent;) {
        const auto n = ::send(socket, request.data() + at, request.size() - at, MSG_NOSIGNAL);
        sent = n > 0;
        if (sent) at += static_cast<std::size_t>(n);
    }
    char piece[4096];
    for (ssize_t n = 0; sent && (n = ::read(socket, piece, sizeof piece)) > 0;)
        answer.append(piece, static_cast<std::size_t>(n));
    ::close(socket);
    const auto split = answer.find("\r\n\r\n");
    boost::system::error_code code;
    const auto value =
        split == std::string::npos ? json::value() : json::parse(answer.substr(split + 4), code);
    if (code || !value.is_object())
        return fail(ErrorKind::unavailable, "the centre did not answer on port " + std::to_string(port));
    return value.get_object();
}

std::string text_of(const json::object& reply, const char* field) {
    const auto* value = reply.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

bool is_service(const std::string& data, const std::string& key) {
    auto& disk = env::process_env().disk;
    const auto city = disk.exists(data + "/FORMAT") ? load_city(disk, data) : Result<City>(fail(ErrorKind::not_found, "no city"));
    if (!city) return service::Services::defaults().find(key) != nullptr;
    const auto services = services_of(disk, site_folder(data, city->centre) + "/services");
    return services && services->find(key) != nullptr;
}

Result<int> simulate_service(const SimulateOptions& options, const ServicePartner& partner) {
    auto& env = env::process_env();
    // A slip in the name is said before anything is looked for in a city.
    if (service::Services::defaults().find(partner.key) == nullptr && !env.disk.exists(options.data + "/demo-accounts.json"))
        return fail(ErrorKind::not_found, "no service has the key " + partner.key);
    TRY(const auto city, load_city(env.disk, options.data));
    TRY(const auto services, services_of(env.disk, site_folder(options.data, city.centre) + "/services"));
    const auto* service = services.find(partner.key);
    if (service == nullptr) return fail(ErrorKind::not_found, "no service has the key " + partner.key);
    const auto& type = partner.type.empty() ? service->types.front().id : partner.type;
    TRY(const auto account, account_of(env.disk, options.data, *service));
    TRY(auto items, items_of(options));
    TRY(const auto place, place::find(options.near));
    const int port = city.centre_info().http;
    const auto now = env.clock.wall();
    scsns::WriterHead head{
        .send_cd = account.send_cd, .rcv_cd = account.rcv_cd, .sys_cd = service->key == "112-emergency-video" ? "112" : "UCP", .rr_key = {}, .at = now};
    TRY(const auto opened, post(port, "/api/getAuth.json", scsns::write_get_auth(head, account.api_key), ""));
    if (text_of(opened, "result") != "0")
        return fail(ErrorKind::unauthenticated, "getAuth was refused: " + text_of(opened, "message"));
    head.rr_key = text_of(opened, "message");
    const auto number = options.number.empty() ? scsns::number_of(now) : options.number;
    const event::Position position{static_cast<std::int32_t>(std::lround(place.position.lon * 1e7)),
                                   static_cast<std::int32_t>(std::lround(place.position.lat * 1e7))};
    const scsns::WriterEvent event{.type = type,
                                   .type_name = service->name.ko,
                                   .grade = options.grade,
                                   .number = number,
                                   .state = options.state,
                                   .position = position,
                                   .place = place.name,
                                   .text = options.text,
                                   .occurred_at = now,
                                   .state_time = now,
                                   .items = std::move(items)};
    TRY(const auto reply,
        post(port, "/linkHttp/recvEvent.json", scsns::write_event(head, event), head.rr_key));
    std::printf("ocrNbr %s  ocrSts %s  %s  result %s  type %s  %s\n", number.c_str(), options.state.c_str(),
                place.name.c_str(), text_of(reply, "result").c_str(), text_of(reply, "type").c_str(),
                text_of(reply, "message").c_str());
    return text_of(reply, "result") == "0" ? 0 : 1;
}

}  // namespace bongsu::app
