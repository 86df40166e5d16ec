#pragma once
// What stands between partners and the centre: their session over HTTP, and the ports of the socket formats.

#include <memory>
#include <string>

#include "city.hpp"
#include "event/codec/scsns_writer.hpp"
#include "event/profile.hpp"
#include "intake/session.hpp"

namespace bongsu::simulation {

enum class Heard : std::uint8_t { taken, refused, again };  ///< `again`: no answer, or one that asks to come back.

boost::json::object object_of(const std::string& body);
http::Request post_request(const std::string& path, std::string body,
                           const std::string& type = "application/json");

/// An agency's key for the partners' HTTP interface, asked for again whenever it is no longer good.
class PartnerSession {
  public:
    PartnerSession(SimCity& city, std::size_t person) : city_(city), person_(person) {}
    using Tell = std::function<void(Heard, const http::Response*)>;

    const std::string& agency() const { return city_.person(person_).agency.value; }
    event::scsns::WriterHead head() const;
    /// Posts what `body` writes under the key that holds then. `tell` is called once.
    void post(std::function<std::string(const event::scsns::WriterHead&)> body, const std::string& type, Tell tell);

  private:
    void authenticate();

    SimCity& city_;
    std::size_t person_;
    std::string key_;
    bool asking_ = false;
};

/// A partner's port: the program's own session for each connection, the network and the store thread left out.
class Listener {
  public:
    Listener(SimCity& city, const event::Profile& profile)
        : city_(city), profile_(profile), bucket_(profile.rate.per_second, profile.rate.burst, city.schedule().now()) {}

    class Connection : public std::enable_shared_from_this<Connection> {
      public:
        /// `answer` hears the bytes that go back, until hang_up().
        Connection(Listener& listener, std::function<void(std::string)> answer);
        void feed(std::string_view bytes);
        /// The peer sends no more and still hears.
        void finish();
        /// The peer is gone.
        void hang_up() { answer_ = {}; }

      private:
        void take(intake::Step step);
        Listener& listener_;
        intake::Session session_;
        std::function<void(std::string)> answer_;
    };
    std::shared_ptr<Connection> connect(std::function<void(std::string)> answer) {
        return std::make_shared<Connection>(*this, std::move(answer));
    }
    const event::Profile& profile() const { return profile_; }

  private:
    SimCity& city_;
    const event::Profile& profile_;
    intake::RateBucket bucket_;
    intake::Counters counters_;
};

/// The partners whose formats have ports of their own, as DATA/<centre>/partners.toml.
std::string_view partners_toml();

}  // namespace bongsu::simulation
