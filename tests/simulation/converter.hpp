#pragma once
// What stands between partners and the centre: a session of theirs, and for formats that have no port of their own a
// converter, which reads their bytes by the event room's own door and says the same in SCSNS.

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "city.hpp"
#include "event/codec/codec.hpp"
#include "event/codec/scsns_writer.hpp"

namespace bongsu::simulation {

enum class Heard : std::uint8_t { taken, refused, again };  ///< `again`: no answer, or one that asks to come back.

boost::json::object object_of(const std::string& body);
std::string text_of(const boost::json::object& object, std::string_view field);
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

/// A listener for one partner of a socket format. Its memory is its own and does not fail.
class Converter {
  public:
    Converter(SimCity& city, event::Profile profile, PartnerSession& session)
        : city_(city), profile_(std::move(profile)), session_(session) {}

    class Connection {
      public:
        Connection(Converter& converter, std::function<void(std::string)> answer)
            : converter_(converter), framer_(converter.profile_), answer_(std::move(answer)) {}
        void feed(std::string_view bytes) { take(framer_.feed(bytes)); }
        /// The peer closed.
        void finish() { take(framer_.finish()); }

      private:
        void take(event::Fed fed);
        Converter& converter_;
        event::StreamFramer framer_;
        std::function<void(std::string)> answer_;
    };

    const event::Profile& profile() const { return profile_; }
    std::uint64_t refused() const { return refused_; }

  private:
    void take(const std::string& message, std::function<void(std::string)> answer);
    void pass_on(const event::Event& event, const std::function<void(std::string)>& answer);
    void send_queue();

    SimCity& city_;
    event::Profile profile_;
    PartnerSession& session_;
    /// Of wearables, which are answered nothing: what is not taken yet, and which occurrence a device has open.
    struct Line {
        std::string bytes;
        WallTime received_at;
    };
    std::deque<Line> queue_;
    std::map<std::string, std::string> open_;
    bool sending_ = false;
    std::uint64_t refused_ = 0;
};

}  // namespace bongsu::simulation
