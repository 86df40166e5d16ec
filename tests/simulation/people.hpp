#pragma once
// Who uses the city: the 112 room's system, the operators, the agency's own screen.

#include <memory>
#include <vector>

#include "city.hpp"
#include "event/codec/scsns_writer.hpp"

namespace bongsu::simulation {

/// The 112 room: calls with their states, repeated until they are answered, some twice, some out of order.
class Room112 {
  public:
    explicit Room112(SimCity& city);
    std::uint64_t answered() const { return answered_; }

  private:
    struct Message {
        event::scsns::WriterEvent event;
        bool done = false;
    };
    struct Call {
        std::string number;
        std::vector<Message> messages;
        bool in_order = true;
        std::size_t next = 0;
    };
    void plan_call(std::size_t index);
    void begin(Call& call);
    void send_next(Call& call);
    void send(Call& call, Message& message, bool repeat);
    void take_answer(Call& call, Message& message, bool repeat,
                     const std::optional<http::Response>& response);
    void authenticate();
    event::scsns::WriterHead head() const;

    SimCity& city_;
    std::vector<std::unique_ptr<Call>> calls_;
    std::string key_;
    bool asking_ = false;
    std::uint64_t answered_ = 0;
};

/// A person at a screen: logs in, reads, acts, looks through cameras, leaves.
class Viewer {
  public:
    Viewer(SimCity& city, std::size_t person) : city_(city), person_(person) { again(); }

  private:
    void again();
    void step();
    void log_in();
    void choose_incident();
    void act_on(const std::string& incident, const std::string& state);
    void act(const std::string& incident, const std::string& name, const std::string& outcome);
    void choose_grant(const std::string& incident);
    void end_grant(const std::string& grant);
    void ask_ticket(const std::string& grant, const std::string& camera);
    void use(const std::string& ticket, const std::string& camera);
    /// With the token; a 401 forgets it, anything but `status` ends the step.
    void ask(const std::string& method, const std::string& path, boost::json::object body,
             std::map<std::string, std::string> query, int status,
             std::function<void(const boost::json::object&)> then);

    SimCity& city_;
    std::size_t person_;
    std::string token_;
    std::uint64_t acts_ = 0;
};

}  // namespace bongsu::simulation
