// bongsu: one program in roles.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

#include "app/cameras.hpp"
#include "app/city.hpp"
#include "app/control.hpp"
#include "app/decoder.hpp"
#include "app/import_command.hpp"
#include "app/inspect.hpp"
#include "app/media.hpp"
#include "app/onvif_command.hpp"
#include "app/redecode_command.hpp"
#include "app/simulate.hpp"
#include "app/transcoder.hpp"
#include "base/log.hpp"
#include "env/posix.hpp"

namespace bongsu::app {
namespace {

/// What a command answered, as an exit code and, when it failed, one sentence.
int finish(const Result<int>& result) {
    if (result) return *result;
    std::fflush(stdout);
    std::fprintf(stderr, "bongsu: %s\n", result.error().message.c_str());
    return result.error().kind == ErrorKind::invalid ? 2 : 1;
}

/// Every command's options, read by CLI11 into these and handed to the command as they are.
struct Commands {
    CityOptions city;
    ControlOptions control;
    std::vector<std::string> partner_fds;
    MediaOptions media;
    DecoderOptions decoder;
    TranscoderOptions transcoder;
    CamerasOptions cameras;
    SimulateOptions simulate;
    StreamPartner stream;
    ServicePartner service;
    ImportCommand import;
    VerifyRequest verify;
    RedecodeCommand redecode;
    OnvifCommand onvif;
    std::string replay_data = "data", replay_fold, film_folder = "build/footage";
};

/// An empty name of a folder would mean the root of the disk.
CLI::Validator named() {
    return {[](std::string& text) { return text.empty() ? std::string("must not be empty") : std::string(); }, "", "named"};
}

void add_import_command(CLI::App& program, ImportCommand& import) {
    auto* command = program.add_subcommand(
        "import", "a list of cameras (CSV, XLSX, GeoJSON) into a running site, or looked at offline with --dry-run");
    command->add_option("FILE", import.file, "the list");
    command->add_option("--undo", import.undo, "an import to take back, instead of a file");
    command->add_flag("--dry-run", import.dry_run, "say what would change; without --data offline");
    command->add_flag("--json", import.json, "the whole answer as JSON");
    command->add_option("--data", import.data, "folder of the running city")->check(named());
    command->add_option("--at", import.at, "the site that is asked")->capture_default_str();
    command->add_option("--user", import.user, "an official's or administrator's account")->capture_default_str();
    command->add_option("--password-file", import.password_file, "else the demonstration's accounts have it");
    command->add_option("--site", import.site, "whose cameras, when not the asked site's own");
    command->add_option("--list", import.list, "which of the site's lists; main when not said");
    command->add_option("--format", import.format, "csv, xlsx or geojson");
    command->add_option("--encoding", import.encoding, "utf-8, cp949 or utf-16");
    command->add_option("--crs", import.crs, "4326, 5179, 5181, 5186 or 5174; -north or -east behind it: which way X runs");
    command->add_option("--columns", import.columns, "lat:위도,lon:경도 … by name or number");
    command->add_option("--sheet", import.sheet, "a workbook's sheet, by name, else by number");
    command->add_option("--swapped", import.swapped, "turn: take rows whose axes are swapped");
    command->add_option("--area", import.area, "city or korea: what to do with rows outside the city");
    command->add_option("--removals", import.removals,
                        "how many cameras may go at once, when more than a tenth of the list would");
}

void add_redecode_command(CLI::App& program, RedecodeCommand& redecode) {
    auto* command = program.add_subcommand(
        "redecode", "read the journals' raw messages again by today's codecs and agreements; 0 only if nothing differs");
    command->add_option("--data", redecode.data)->check(named())->capture_default_str();
    command->add_option("--config", redecode.config, "a folder with another partners.toml to try, instead of the site's own")->check(named());
    command->add_option("--site", redecode.site, "of one site; with --config the centre, unless said")->check(named());
    command->add_option("--partner", redecode.partner, "of one partner's profile")->check(named());
    command->add_option("--from", redecode.from, "that came from then on: 2026-11-01T00:00:00+09:00")->check(named());
    command->add_option("--to", redecode.to, "that came before then")->check(named());
    command->add_flag("--json", redecode.json, "an object a site, a line each");
}

void add_onvif_commands(CLI::App& program, OnvifCommand& onvif) {
    auto* command = program.add_subcommand("onvif", "what cameras say of themselves, as JSON");
    command->require_subcommand(1);
    auto* show = command->add_subcommand("show", "one camera: maker, clock, streams, how it turns; 0 only if it told all");
    show->add_option("HOST", onvif.host, "192.168.1.64, cam.local:8080, https://10.1.2.3/onvif/device_service")->required()->check(named());
    show->add_option("--user", onvif.user)->check(named());
    show->add_option("--password-file", onvif.password_file, "readable by its owner alone")->check(named());
    show->add_option("--tls-sha256", onvif.tls_sha256, "of the camera's own certificate, 64 hexadecimal digits; the error for an unknown one says it")->check(named());
    show->add_option("--network", onvif.networks, "networks that cameras may be in, instead of all private ones");
    auto* probe = command->add_subcommand("probe", "who answers in this network (WS-Discovery); 0 only if somebody does");
    probe->add_option("--interface", onvif.interface, "our address that asks, on a machine with several")->check(named());
    probe->add_option("--to", onvif.to, "one host instead of the group: ADDRESS[:PORT]")->check(named());
    probe->add_option("--seconds", onvif.seconds, "how long to wait for answers")->check(CLI::Range(1, 30))->capture_default_str();
    probe->callback([&onvif] { onvif.is_probe = true; });
}

void add_people_commands(CLI::App& program, Commands& options) {
    auto* city =
        program.add_subcommand("city", "the demonstration city: centre, three districts, synthetic cameras");
    city->add_option("--data", options.city.data, "folder of journals and settings")
        ->check(named())
        ->capture_default_str();
    city->add_option("--footage", options.city.footage, "folder of the synthetic cameras' films")
        ->check(named())
        ->capture_default_str();
    city->add_option("--console", options.city.console, "folder of the built desk")->capture_default_str();
    city->add_option("--bind", options.city.bind, "address to serve on")->capture_default_str();
    city->add_option("--port", options.city.port, "the desk's port; N+1 to N+410 are used too")
        ->capture_default_str();
    city->add_option("--cameras", options.city.cameras, "cameras in the directory")
        ->check(CLI::Range(48, 300'000));
    city->add_option("--media-loops", options.city.media_loops, "event loops of each media process (default: one for each core)")->check(CLI::Range(1, 16));
    city->add_option("--streaming", options.city.streaming, "cameras that stream: a multiple of 4")
        ->check(CLI::Range(4, 48));

    auto* verify = program.add_subcommand("verify", "check journals offline; 0 only if all of it holds");
    verify->add_option("PATH", options.verify.path, "DATA, a site's folder or a journal's")
        ->required()
        ->check(named());
    verify->add_option("--checkpoints", options.verify.checkpoints,
                       "a file of checkpoints kept elsewhere: one, a list, or what /api/v1/journal/checkpoints answered")
        ->check(named());
    verify->add_option("--entry", options.verify.entries, "a file of entries that a journal has to have, as the API shows them")
        ->check(named());
    verify->add_flag("--statistics", options.verify.statistics, "print what the entries alone add up to");
    auto* replay = program.add_subcommand("replay", "rebuild the folds from the journals and compare");
    replay->add_option("DATA", options.replay_data)->check(named())->capture_default_str();
    replay->add_option("--fold", options.replay_fold, "one fold instead of all")->check(named());
    add_redecode_command(program, options.redecode);
    auto* footage = program.add_subcommand("footage", "render the synthetic cameras' film, once");
    footage->add_option("--folder", options.film_folder)->check(named())->capture_default_str();
    program.add_subcommand("version", "print the version");
    add_import_command(program, options.import);
    add_onvif_commands(program, options.onvif);
}

void add_message_options(CLI::App& command, SimulateOptions& request) {
    command.add_option("--near", request.near, "a place's name or lon,lat")->capture_default_str();
    command.add_option("--state", request.state, "10 20 40 50 90 91")
        ->check(CLI::IsMember({"10", "20", "30", "40", "50", "90", "91"}))
        ->capture_default_str();
    command.add_option("--number", request.number, "occurrence number of an earlier message");
    command.add_option("--text", request.text)->capture_default_str();
    command.add_option("--code", request.code, "the 112 code, where the format has one")->check(CLI::IsMember({"0", "1", "2", "3", "4"}));
    command.add_option("--data", request.data, "folder of the running city")->check(named())->capture_default_str();
}

/// What `bongsu simulate` calls the demonstration's partners that have a port of their own.
struct StreamCommand {
    const char *name, *profile, *help;
};
constexpr StreamCommand kStreamCommands[] = {
    {"119", "fire-dispatch", "the 119 room dispatches (telegram)"},
    {"112-telegram", "police-video", "the 112 room asks for emergency video (telegram)"},
    {"112-dispatch", "police-dispatch", "the 112 room dispatches (telegram)"},
    {"112-tcp", "police-tcp", "the 112 room's platform over TCP (binary separators)"},
    {"vulnerable", "vulnerable", "support of a missing child or elder (telegram)"},
    {"disaster", "disaster", "the disaster office reports (telegram)"},
    {"bell", "bells", "an emergency bell or wearable is pressed (comma-separated text)"},
};

void add_simulate_commands(CLI::App& program, Commands& options) {
    auto* simulate = program.add_subcommand("simulate", "play a partner against a running city");
    simulate->require_subcommand(1);
    auto& request = options.simulate;
    const auto add_service = [&](const char* name, const char* help, const char* key) {
        auto* command = simulate->add_subcommand(name, help);
        add_message_options(*command, request);
        command->add_option("--grade", request.grade, "10 opens video, 20 waits for the operator")->check(CLI::IsMember({"10", "20"}))->capture_default_str();
        command->add_option("--item", request.items, "KEY=VALUE: an item of the message, any number of them");
        command->callback([&options, key = std::string(key)] { if (!key.empty()) options.service.key = key; });
        return command;
    };
    add_service("112", "the 112 room asks for emergency video (HTTP)", "112-emergency-video");
    add_service("ansimi", "a citizen's phone calls for help through the Ansimi app (HTTP)", "ansimi");
    add_service("e-anklet", "the tracking centre reports a violation (HTTP)", "e-anklet");
    auto* any = add_service("service", "the sender of a declared service, also of DATA's own (HTTP)", "");
    any->add_option("KEY", options.service.key, "the service's key")->required();
    any->add_option("--type", options.service.type, "the kind of message; the service's first when left out");
    for (const auto& each : kStreamCommands) {
        auto* command = simulate->add_subcommand(each.name, each.help);
        add_message_options(*command, request);
        command->add_flag("--test", options.stream.test, "marked as a test, where the format can say so");
        command->callback([&options, key = each.profile] { options.stream.key = key; });
    }
}

void add_process_commands(CLI::App& program, Commands& options) {
    auto* control = program.add_subcommand("control", "a site's control process (started by its supervisor)");
    control->add_option("--data", options.control.data)->required()->check(named());
    control->add_option("--site", options.control.site.value)->required()->check(named());
    control->add_option("--http-fd", options.control.http_fd, "a listening socket")->required();
    control->add_option("--partner-fd", options.partner_fds, "KEY=FD: a listening socket of a partner's port");
    control->add_option("--console", options.control.console, "folder of the built desk");

    auto* media = program.add_subcommand("media", "a site's media process (started by its supervisor)");
    media->add_option("--data", options.media.data)->required()->check(named());
    media->add_option("--site", options.media.site.value)->required()->check(named());
    media->add_option("--http-fd", options.media.http_fd, "a listening socket")->required();
    media->add_option("--rtsp-fd", options.media.rtsp_fd, "a listening socket")->required();
    media->add_option("--rtsps-fd", options.media.rtsps_fd, "a listening socket, for RTSP under TLS");
    media->add_option("--udp-fd", options.media.udp_fds, "a bound socket; one event loop for each")->required()->expected(1, 16);
    media->add_option("--udp-port", options.media.udp_port, "the first one's port; the others' follow it")->required();
    auto* rtp = media->add_option("--rtp-fd", options.media.rtp_fds, "a bound UDP socket of an even port, for each event loop")->expected(1, 16);
    media->add_option("--rtcp-fd", options.media.rtcp_fds, "and those of the next ports")->expected(1, 16)->needs(rtp);

    auto* decoder = program.add_subcommand("decoder", "a site's decoder of pictures (started by its supervisor)");
    decoder->add_option("--site", options.decoder.site.value)->required()->check(named());
    decoder->add_option("--fd", options.decoder.fd, "a listening Unix socket")->required();

    auto* transcoder = program.add_subcommand("transcoder", "a site's transcoder of H.265 streams (started by its supervisor)");
    transcoder->add_option("--site", options.transcoder.site.value)->required()->check(named());
    transcoder->add_option("--fd", options.transcoder.fd, "a listening Unix socket")->required();
    transcoder->add_option("--transcodes", options.transcoder.transcodes, "streams at a time")->check(CLI::Range(1, 256));

    auto* cameras = program.add_subcommand("cameras", "the synthetic cameras (started by the supervisor)");
    cameras->add_option("--footage", options.cameras.footage)->required()->check(named());
    cameras->add_option("--fd", options.cameras.fd, "a listening socket")->required();
    cameras->add_option("--count", options.cameras.count)->capture_default_str();
    cameras->add_option("--control", options.cameras.control, "a socket that takes faults");
}

/// What a person reads who names a command that there is not; empty when `word` is one of `app`'s, or an option.
std::string unknown_command(const CLI::App& app, const std::string& word) {
    if (word.empty() || word[0] == '-') return {};
    std::string known;
    for (const auto* command : app.get_subcommands(nullptr)) {
        if (command->check_name(word)) return {};
        known += (known.empty() ? "" : ", ") + command->get_name();
    }
    return known.empty() ? std::string() : "there is no command '" + word.substr(0, 40) + "'; there are: " + known;
}

/// Of the first word, and of the word after a command that has commands of its own.
std::string unknown_command(const CLI::App& program, int argc, char** argv) {
    if (argc < 2) return {};
    if (auto why = unknown_command(program, argv[1]); !why.empty() || argv[1][0] == '-' || argc < 3) return why;
    return unknown_command(*program.get_subcommand(argv[1]), argv[2]);
}

/// `simulate KEY` is `simulate service KEY` where KEY is a declared service's and no command's.
std::vector<char*> with_service(const CLI::App& program, int argc, char** argv) {
    std::vector<char*> words(argv, argv + argc);
    if (argc < 3 || std::string_view(argv[1]) != "simulate" || argv[2][0] == '-') return words;
    if (unknown_command(*program.get_subcommand("simulate"), argv[2]).empty()) return words;
    std::string data = SimulateOptions{}.data;
    for (int i = 3; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--data" && i + 1 < argc) data = argv[i + 1];
        if (word.starts_with("--data=")) data = word.substr(7);
    }
    static char kWord[] = "service";
    if (is_service(data, argv[2])) words.insert(words.begin() + 2, kWord);
    return words;
}

Result<int> control_of(const Commands& options) {
    auto control = options.control;
    for (const auto& word : options.partner_fds) {
        const auto equals = word.find('=');
        int fd = -1;
        const auto* end = word.data() + word.size();
        if (equals != std::string::npos) std::from_chars(word.data() + equals + 1, end, fd);
        if (fd < 0) return fail(ErrorKind::invalid, "--partner-fd must be KEY=FD");
        control.partners.push_back({word.substr(0, equals), fd});
    }
    return run_control(control);
}

int run(const std::string& command, const Commands& options) {
    if (command == "version") return std::printf("bongsu %s\n", BONGSU_VERSION), 0;
    if (command == "footage") return finish(render_film(env::process_env(), options.film_folder));
    if (command == "verify") return finish(verify(options.verify));
    if (command == "replay") return finish(replay(options.replay_data, options.replay_fold));
    if (command == "redecode") return finish(run_redecode_command(options.redecode));
    if (command == "onvif") return finish(run_onvif_command(options.onvif));
    if (command == "import") return finish(run_import_command(options.import));
    if (command == "simulate" && !options.stream.key.empty())
        return finish(simulate_stream(options.simulate, options.stream));
    if (command == "simulate") return finish(simulate_service(options.simulate, options.service));
    if (command == "city") {
        // The supervisor shares the terminal with a person: only what is wrong is worth a line there.
        log_setup(LogLevel::warn, command);
        return finish(run_city(options.city));
    }
    log_setup(LogLevel::info, command + " " + options.control.site.value + options.media.site.value + options.decoder.site.value + options.transcoder.site.value);
    if (command == "control") return finish(control_of(options));
    if (command == "media") return finish(run_media(options.media));
    if (command == "decoder") return finish(run_decoder(options.decoder));
    if (command == "transcoder") return finish(run_transcoder(options.transcoder));
    return finish(run_cameras(options.cameras));
}

}  // namespace
}  // namespace bongsu::app

int main(int argc, char** argv) {
    CLI::App program{"Bongsu (봉수): software of a city's CCTV safety centre"};
    program.require_subcommand(1);
    program.set_version_flag("--version", "bongsu " BONGSU_VERSION);
    bongsu::app::Commands options;
    bongsu::app::add_people_commands(program, options);
    bongsu::app::add_simulate_commands(program, options);
    bongsu::app::add_process_commands(program, options);
    auto words = bongsu::app::with_service(program, argc, argv);
    argc = static_cast<int>(words.size());
    argv = words.data();
    if (const auto why = bongsu::app::unknown_command(program, argc, argv); !why.empty()) {
        std::fprintf(stderr, "bongsu: %s (each has --help)\n", why.c_str());
        return 2;
    }
    CLI11_PARSE(program, argc, argv);
    return bongsu::app::run(program.get_subcommands().front()->get_name(), options);
}
