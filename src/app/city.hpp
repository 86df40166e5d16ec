#pragma once
// `bongsu city`: one command that provisions DATA, then supervises the centre, its districts and the cameras.

#include <string>

#include "app/sites.hpp"
#include "base/result.hpp"
#include "footage/shelf.hpp"

namespace bongsu::app {

struct CityOptions {
    std::string data = "data";
    std::string footage = "build/footage";  ///< The shelf of films: footage/shelf.hpp.
    std::string console = "console/dist";
    std::string bind = "127.0.0.1";
    int port = 8300;
    std::size_t cameras = 0;    ///< 0: what city.toml says (2000 at first).
    std::size_t streaming = 0;  ///< 0: what city.toml says (48 at first).
    int media_loops = 0;        ///< Event loops of each media process, 1 to 16; 0: one for each core.
};

/// Runs until Ctrl-C. Answers the exit code.
Result<int> run_city(CityOptions options);

/// Errors: invalid for a folder that is not empty and not ours, or of a newer FORMAT.
Result<void> claim_folder(env::Disk& disk, const std::string& data);

/// What a city starts from. While it lives its film stays.
struct Provisioned {
    City city;
    footage::Film film;
};

/// First start: keys, directory, contracts, accounts, base map. Later starts: what is missing, and the ports.
/// Prints progress. Errors: invalid (options, a newer FORMAT), unavailable, exhausted (disk); each a sentence
/// for the person at the terminal. `options` comes back with what city.toml had to say.
Result<Provisioned> provision(env::Env& env, CityOptions& options, int centre_rtsp_port);

/// Puts the film of all 48 synthetic cameras on the shelf `folder` and prints where, for tests that start cities of
/// their own.
Result<int> render_film(env::Env& env, const std::string& folder);

/// Who of the demonstration's four crews works which shift: the first one always the shift that runs when the city starts, or the
/// next where that is nearly over, so that whoever tries it finds the same people on duty.
Result<void> plan_demonstration_duty(env::Env& env, const CityOptions& options, const City& city);

/// The demonstration's accounts as a table on the terminal, and until when the first crew is on duty.
void print_accounts(const std::string& data);

/// Where the ports are, from the desk's (design: N, N+1, N+2, N+10 on for each media loop, N+60 on two for each; partners N+20 on, by partners.toml; districts N+100, …; cameras N+400).
struct SitePorts {
    int http, media, rtsp, udp;
    int rtp;  ///< Even; RTCP is the next, the next loop's pair follows.
};
constexpr SitePorts ports_of(int base, int index) {
    const int first = base + 100 * index;
    return {first, first + 1, first + 2, first + 10, first + 60 + first % 2};
}
constexpr int cameras_port(int base) { return base + 400; }

}  // namespace bongsu::app
