#pragma once
// Sends a probe and gathers who answers: the thin driver under discovery.hpp.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "env/env.hpp"
#include "onvif/discovery.hpp"

namespace bongsu::onvif {

/// The probe goes out three times, 300 ms apart, under one id: UDP loses some, and devices answer each id once.
/// Ownership: shared with what is under way. Threads: the loop's.
class Prober : public std::enable_shared_from_this<Prober> {
  public:
    struct Options {
        boost::asio::ip::udp::endpoint to;  ///< The group, or one host.
        boost::asio::ip::address_v4 interface;  ///< Which of our addresses asks; 0.0.0.0: as the system routes.
        std::chrono::milliseconds time_max{3'000};
    };
    using Done = std::function<void(Result<Gathering>)>;

    Prober(boost::asio::io_context& loop, env::Env& env, Options options);
    /// Errors: unavailable, when nothing can be sent.
    void start(Done done);
    void close();

  private:
    Result<void> open();
    void send();
    void receive();
    void on_timer();
    void finish(Result<void> result);

    env::Env& env_;
    Options options_;
    std::string probe_;
    Gathering gathering_;
    boost::asio::ip::udp::socket socket_;
    boost::asio::steady_timer timer_;
    MonoTime end_{};
    int sent_ = 0;
    Done done_;
};

}  // namespace bongsu::onvif
