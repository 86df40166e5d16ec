// bongsu: one program in roles.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/cameras.hpp"
#include "app/city.hpp"
#include "app/control.hpp"
#include "app/inspect.hpp"
#include "app/media.hpp"
#include "app/simulate.hpp"
#include "base/log.hpp"
#include "env/posix.hpp"

namespace {

using namespace bongsu;  // tidy-ok: main is the one file that only names the program's own things

/// What a command answered, as an exit code and, when it failed, one sentence.
int finish(const Result<int>& result) {
    if (result) return *result;
    std::fflush(stdout);
    std::fprintf(stderr, "bongsu: %s\n", result.error().message.c_str());
    return result.error().kind == ErrorKind::invalid ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program{"Bongsu (봉수): software of a city's CCTV safety centre"};
    program.require_subcommand(1);
    program.set_version_flag("--version", "bongsu " BONGSU_VERSION);

    app::CityOptions city;
    auto* city_command =
        program.add_subcommand("city", "the demonstration city: centre, three districts, synthetic cameras");
    city_command->add_option("--data", city.data, "folder of journals and settings")->capture_default_str();
    city_command->add_option("--footage", city.footage, "folder of the synthetic cameras' film")
        ->capture_default_str();
    city_command->add_option("--console", city.console, "folder of the built desk")->capture_default_str();
    city_command->add_option("--bind", city.bind, "address to serve on")->capture_default_str();
    city_command->add_option("--port", city.port, "the desk's port; N+1 to N+410 are used too")
        ->capture_default_str();
    city_command->add_option("--cameras", city.cameras, "cameras in the directory")
        ->check(CLI::Range(48, 300'000));
    city_command->add_option("--streaming", city.streaming, "cameras that stream: a multiple of 4")
        ->check(CLI::Range(4, 48));

    app::ControlOptions control;
    auto* control_command =
        program.add_subcommand("control", "a site's control process (started by its supervisor)");
    control_command->add_option("--data", control.data)->required();
    control_command->add_option("--site", control.site.value)->required();
    control_command->add_option("--http-fd", control.http_fd, "a listening socket")->required();
    control_command->add_option("--console", control.console, "folder of the built desk");

    app::MediaOptions media;
    auto* media_command =
        program.add_subcommand("media", "a site's media process (started by its supervisor)");
    media_command->add_option("--data", media.data)->required();
    media_command->add_option("--site", media.site.value)->required();
    media_command->add_option("--http-fd", media.http_fd, "a listening socket")->required();
    media_command->add_option("--rtsp-fd", media.rtsp_fd, "a listening socket")->required();
    media_command->add_option("--udp-fd", media.udp_fd, "a bound socket")->required();
    media_command->add_option("--udp-port", media.udp_port, "its port")->required();

    app::CamerasOptions cameras;
    auto* cameras_command =
        program.add_subcommand("cameras", "the synthetic cameras (started by the supervisor)");
    cameras_command->add_option("--footage", cameras.footage)->required();
    cameras_command->add_option("--fd", cameras.fd, "a listening socket")->required();
    cameras_command->add_option("--count", cameras.count)->capture_default_str();
    cameras_command->add_option("--control", cameras.control, "a socket that takes faults");

    std::string verify_path, replay_data = "data";
    auto* verify_command =
        program.add_subcommand("verify", "check journals offline; 0 only if all of it holds");
    verify_command->add_option("PATH", verify_path, "DATA, a site's folder or a journal's")->required();
    auto* replay_command =
        program.add_subcommand("replay", "rebuild the folds from the journals and compare");
    replay_command->add_option("DATA", replay_data)->capture_default_str();

    app::SimulateOptions simulate;
    auto* simulate_command = program.add_subcommand("simulate", "play a partner against a running city");
    simulate_command->require_subcommand(1);
    auto* police = simulate_command->add_subcommand("112", "the 112 room asks for emergency video");
    police->add_option("--near", simulate.near, "a place's name or lon,lat")->capture_default_str();
    police->add_option("--grade", simulate.grade, "10 opens video, 20 waits for the operator")
        ->check(CLI::IsMember({"10", "20"}))
        ->capture_default_str();
    police->add_option("--state", simulate.state, "10 20 40 50 90 91")
        ->check(CLI::IsMember({"10", "20", "30", "40", "50", "90", "91"}))
        ->capture_default_str();
    police->add_option("--number", simulate.number, "occurrence number of an earlier message");
    police->add_option("--text", simulate.text)->capture_default_str();
    police->add_option("--data", simulate.data, "folder of the running city")->capture_default_str();

    std::string film_folder = "build/footage";
    auto* footage_command = program.add_subcommand("footage", "render the synthetic cameras' film, once");
    footage_command->add_option("--folder", film_folder)->capture_default_str();

    auto* version_command = program.add_subcommand("version", "print the version");
    CLI11_PARSE(program, argc, argv);

    if (*version_command) return std::printf("bongsu %s\n", BONGSU_VERSION), 0;
    if (*footage_command) return finish(app::render_film(env::process_env(), film_folder));
    if (*verify_command) return finish(app::verify(verify_path));
    if (*replay_command) return finish(app::replay(replay_data));
    if (*police) return finish(app::simulate_112(simulate));
    const auto role = program.get_subcommands().front()->get_name();
    log_setup(LogLevel::info, role + (control.site.value.empty() ? "" : " " + control.site.value) +
                                  (media.site.value.empty() ? "" : " " + media.site.value));
    // The supervisor shares the terminal with a person: only what is wrong is worth a line there.
    if (*city_command) log_setup(LogLevel::warn, role);
    if (*control_command) return finish(app::run_control(control));
    if (*media_command) return finish(app::run_media(media));
    if (*cameras_command) return finish(app::run_cameras(cameras));
    return finish(app::run_city(city));
}
