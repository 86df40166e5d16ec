#pragma once
// The ways of partners.hpp, a format each.

#include "partners.hpp"

namespace bongsu::simulation {

enum class Wrapping : std::uint8_t { json, form };
std::unique_ptr<Way> make_scsns_way(SimCity& city, PartnerSession& session, Wrapping wrapping);
/// CloudEvents under an account of its own.
std::unique_ptr<Way> make_cloud_way(SimCity& city, const std::string& agency);
/// A connection for each message, its bytes in pieces, at times broken off; by the format of the listener's profile.
std::unique_ptr<Way> make_socket_way(SimCity& city, Listener& listener);
/// A bell that is pressed once or more and cleared, and is answered nothing.
std::shared_ptr<void> make_device(SimCity& city, Listener& listener, const std::string& name);

}  // namespace bongsu::simulation
