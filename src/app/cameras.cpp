#include "app/cameras.hpp"

#include <boost/asio/signal_set.hpp>

#include "base/log.hpp"
#include "bus/local.hpp"
#include "env/posix.hpp"
#include "footage/footage.hpp"
#include "synthetic/camera_server.hpp"

namespace bongsu::app {

namespace {

void take_fault(synthetic::CameraServer& server, std::size_t count, const boost::json::object& message) {
    const auto* camera = message.if_contains("camera");
    const auto* fault = message.if_contains("fault");
    if (camera == nullptr || !camera->is_int64() || camera->get_int64() < 0 ||
        static_cast<std::size_t>(camera->get_int64()) >= count || fault == nullptr || !fault->is_string()) {
        return LOG_WARN("cameras.fault_refused", {{"why", "camera and fault are needed"}});
    }
    const auto name = fault->get_string();
    const auto value = name == "refuse"  ? synthetic::Fault::refuse
                       : name == "hang"  ? synthetic::Fault::hang
                       : name == "close" ? synthetic::Fault::close
                                         : synthetic::Fault::none;
    server.set_fault(static_cast<std::size_t>(camera->get_int64()), value);
    LOG_INFO("cameras.fault", {{"camera", camera->get_int64()}, {"fault", std::string_view(name)}});
}

}  // namespace

Result<int> run_cameras(const CamerasOptions& options) {
    auto& env = env::process_env();
    std::vector<synthetic::SyntheticCamera> cameras;
    for (std::size_t number = 0; number < options.count; ++number) {
        synthetic::SyntheticCamera camera;
        TRY(camera.main, synthetic::load_clip(footage::main_path(options.footage, static_cast<int>(number))));
        TRY(camera.sub, synthetic::load_clip(footage::sub_path(options.footage, static_cast<int>(number))));
        cameras.push_back(std::move(camera));
    }
    boost::asio::io_context loop{1};
    synthetic::CameraServer server(loop, env.clock, env.random, options.fd, std::move(cameras), {});
    std::unique_ptr<bus::Listener> control;
    if (!options.control.empty()) {
        TRY(control, bus::Listener::listen(loop, options.control, [&](std::shared_ptr<bus::Peer>) {
                return bus::PeerEvents{
                    .message =
                        [&](boost::json::object message) { take_fault(server, options.count, message); },
                    .closed = {}};
            }));
    }
    boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { loop.stop(); });
    LOG_INFO("cameras.listening", {{"count", options.count}});
    loop.run();
    return 0;
}

}  // namespace bongsu::app
