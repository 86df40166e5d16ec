#include "app/import_command.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "app/listen.hpp"
#include "app/sites.hpp"
#include "env/posix.hpp"
#include "imports/http.hpp"

namespace bongsu::app {

namespace json = boost::json;

namespace {

constexpr int kQuestionOpen = 3;
constexpr int kAnswerSeconds = 300;  ///< A file of 96 MiB is sent, read and kept within it.
constexpr std::size_t kRefusedShown = 20;

struct Answer {
    int status = 0;
    json::object body;
};

std::string query_encoded(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           c == '-' || c == '_' || c == '.';
        if (plain)
            out += c;
        else
            out.append(1, '%').append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
    }
    return out;
}

Result<Answer> post(int port, const std::string& target, const std::string& headers, std::string_view body) {
    TRY(const int socket, connect_tcp(port));
    const timeval patience{kAnswerSeconds, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const std::string head = "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
                             headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    std::string answer;
    bool sent = true;
    for (std::string_view part : {std::string_view(head), body}) {
        while (!part.empty() && sent) {
            const auto n = ::send(socket, part.data(), part.size(), MSG_NOSIGNAL);
            sent = n > 0;
            if (sent) part.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    char piece[64 << 10];
    for (ssize_t n = 0; (n = ::read(socket, piece, sizeof piece)) > 0;)
        answer.append(piece, static_cast<std::size_t>(n));
    ::close(socket);
    const auto split = answer.find("\r\n\r\n");
    boost::system::error_code code;
    const auto value =
        split == std::string::npos ? json::value() : json::parse(answer.substr(split + 4), code);
    if (split == std::string::npos || code || !value.is_object() || answer.size() < 12)
        return fail(ErrorKind::unavailable, "the site did not answer on port " + std::to_string(port));
    return Answer{std::atoi(answer.substr(9, 3).c_str()), value.get_object()};
}

std::string text_of(const json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || value->is_null()) return "";
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

Result<std::string> password_of(env::Disk& disk, const ImportCommand& command) {
    if (!command.password_file.empty()) {
        TRY(auto text, disk.read(command.password_file));
        while (text.ends_with('\n')) text.pop_back();
        return text;
    }
    TRY(const auto text, disk.read(command.data + "/demo-accounts.json"));
    boost::system::error_code code;
    const auto accounts = json::parse(text, code);
    if (!code && accounts.is_array()) {
        for (const auto& account : accounts.get_array()) {
            if (account.is_object() && text_of(account.get_object(), "user") == command.user)
                return text_of(account.get_object(), "password");
        }
    }
    return fail(ErrorKind::not_found,
                "there is no demonstration account " + command.user + ": say --user, or --password-file");
}

std::string target_of(const ImportCommand& command) {
    if (!command.undo.empty()) return "/api/v1/cameras/imports/" + query_encoded(command.undo) + "/undo";
    std::string target = "/api/v1/cameras/imports?dryRun=" + std::string(command.dry_run ? "true" : "false");
    const std::pair<std::string_view, const std::string&> parameters[] = {
        {"site", command.site},         {"list", command.list},       {"format", command.format},
        {"encoding", command.encoding}, {"crs", command.crs},         {"columns", command.columns},
        {"sheet", command.sheet},       {"swapped", command.swapped}, {"area", command.area},
        {"removals", command.removals}};
    for (const auto& [name, value] : parameters) {
        if (!value.empty()) target += "&" + std::string(name) + "=" + query_encoded(value);
    }
    return target;
}

void print_list(const json::object& body, std::string_view field, const char* before) {
    const auto* list = body.if_contains(field);
    if (list == nullptr || !list->is_array()) return;
    for (const auto& item : list->get_array()) {
        if (item.is_string()) std::printf("%s%s\n", before, item.get_string().c_str());
    }
}

void print_question(const json::object& question) {
    std::printf("  question  %s\n", text_of(question, "detail").c_str());
    const auto* candidates = question.if_contains("candidates");
    if (candidates == nullptr || !candidates->is_array()) return;
    for (const auto& item : candidates->get_array()) {
        std::printf("            say --%s '%s': %s\n", text_of(question, "parameter").c_str(),
                    text_of(item.as_object(), "value").c_str(), text_of(item.as_object(), "why").c_str());
    }
}

/// The answer in words, as it would be read aloud.
void print(const json::object& body) {
    if (const auto* detected = body.if_contains("detected"); detected != nullptr && detected->is_array()) {
        for (const auto& item : detected->get_array()) {
            std::printf("  %-9s %s  (%s)\n", text_of(item.as_object(), "what").c_str(),
                        text_of(item.as_object(), "value").c_str(), text_of(item.as_object(), "why").c_str());
        }
    }
    if (const auto* questions = body.if_contains("questions"); questions != nullptr && questions->is_array()) {
        for (const auto& question : questions->get_array()) print_question(question.as_object());
        return;
    }
    std::printf("  rows      %s: %s added, %s changed, %s unchanged, %s refused; %s kept, %s removed\n",
                text_of(body, "rows").c_str(), text_of(body, "added").c_str(),
                text_of(body, "changed").c_str(), text_of(body, "unchanged").c_str(),
                text_of(body, "refusedCount").c_str(), text_of(body, "kept").c_str(),
                text_of(body, "removed").c_str());
    std::printf("  cameras   %s, before %s\n", text_of(body, "cameras").c_str(),
                text_of(body, "camerasBefore").c_str());
    print_list(body, "notes", "  note      ");
    print_list(body, "examples", "  for one   ");
    if (const auto* refused = body.if_contains("refused"); refused != nullptr && refused->is_array()) {
        std::size_t shown = 0;
        for (const auto& item : refused->get_array()) {
            if (++shown > kRefusedShown) {
                std::printf("  refused   and more: --json shows them\n");
                break;
            }
            const auto column = text_of(item.as_object(), "column");
            std::printf("  refused   row %s%s%s: %s\n", text_of(item.as_object(), "row").c_str(),
                        column.empty() ? "" : ", column ", column.c_str(),
                        text_of(item.as_object(), "reason").c_str());
        }
    }
    if (const auto* question = body.if_contains("question"); question != nullptr && question->is_object())
        print_question(question->get_object());
    if (const auto id = text_of(body, "import"); !id.empty())
        std::printf("  import    %s  (take back: --undo %s)\n", id.c_str(), id.c_str());
}

Result<int> tell(const ImportCommand& command, const Answer& answer) {
    if (command.json) std::printf("%s\n", json::serialize(answer.body).c_str());
    const bool asks = answer.body.contains("parameter");
    if (!command.json && (answer.status < 300 || asks)) print(answer.body);
    if (asks) return kQuestionOpen;
    if (answer.status < 300) return 0;
    return fail(answer.status == 400 ? ErrorKind::invalid : ErrorKind::conflict,
                text_of(answer.body, "detail"));
}

Result<Answer> ask_site(const ImportCommand& command, std::string_view file) {
    auto& disk = env::process_env().disk;
    TRY(const auto city, load_city(disk, command.data));
    const auto* info = city.find({command.at});
    if (info == nullptr || !info->joined)
        return fail(ErrorKind::invalid, "--at must be the code of a site that runs");
    TRY(const auto password, password_of(disk, command));
    const std::string type = "Content-Type: application/json\r\n";
    TRY(const auto login,
        post(info->http, "/api/v1/login", type,
             json::serialize(json::object{{"user", command.user}, {"password", password}})));
    if (login.status != 200)
        return fail(ErrorKind::unauthenticated,
                    "login of " + command.user + ": " + text_of(login.body, "detail"));
    const std::string headers = "Authorization: Bearer " + text_of(login.body, "token") +
                                "\r\nContent-Type: application/octet-stream\r\n" +
                                "Idempotency-Key: " + env::process_env().ulid() + "\r\n";
    return post(info->http, target_of(command), headers, file);
}

/// Without a site: against an empty list, and the demonstration's city.
Result<Answer> look_offline(const ImportCommand& command, std::string_view file) {
    imports::ImportRequest request;
    request.dry_run = true;
    request.site.value = command.site.empty() ? command.at : command.site;
    request.asked = {.format = command.format,
                     .encoding = command.encoding,
                     .crs = command.crs,
                     .columns = command.columns,
                     .sheet = command.sheet,
                     .swapped = command.swapped,
                     .area = command.area,
                     .content_type = ""};
    TRY(auto reading, imports::read_file(file, request.asked,
                                         {.site = request.site,
                                          .district = "",
                                          .others = {},
                                          .city = kDemonstrationArea}));
    reading.detected.push_back({"area", to_text(kDemonstrationArea),
                                "the demonstration's: --data names no other city"});
    const auto response = reading.question ? imports::question_response(*reading.question, reading.further, reading.detected)
                                           : imports::outcome_response(request, "", reading,
                                                                       imports::compare({}, reading.list));
    return Answer{response.status, json::parse(response.body).as_object()};
}

}  // namespace

Result<int> run_import_command(const ImportCommand& command) {
    if (command.file.empty() == command.undo.empty())
        return fail(ErrorKind::invalid, "name a file, or an import with --undo");
    std::string file;
    if (!command.file.empty()) {
        TRY(file, env::process_env().disk.read(command.file));
    }
    const bool offline = command.dry_run && command.data.empty() && command.undo.empty();
    if (!offline && command.data.empty())
        return fail(ErrorKind::invalid,
                    "say which city with --data, or --dry-run to look at the file offline");
    TRY(const auto answer, offline ? look_offline(command, file) : ask_site(command, file));
    return tell(command, answer);
}

}  // namespace bongsu::app
