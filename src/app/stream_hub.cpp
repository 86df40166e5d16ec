#include "app/stream_hub.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace bongsu::app {

namespace {

constexpr std::chrono::seconds kFirstFrame{2};
constexpr unsigned kNotLoggedIn = 4401, kTryLater = 1013;
constexpr std::ptrdiff_t kStreamsPerSession = 32;

}  // namespace

Result<http::SocketEvents> StreamHub::attach(std::shared_ptr<http::Socket> socket, std::string remote) {
    if (clients_.size() >= kClientsMax && !make_room()) return fail(ErrorKind::exhausted, "too many live streams are open");
    const auto id = next_++;
    auto& client = clients_[id];
    client.socket = std::move(socket);
    client.remote = std::move(remote);
    client.deadline = std::make_unique<boost::asio::steady_timer>(loop_, kFirstFrame);
    client.deadline->async_wait([this, id](boost::system::error_code code) {
        const auto found = clients_.find(id);
        if (!code && found != clients_.end() && !found->second.session) {
            found->second.socket->close(kNotLoggedIn, "the first frame must be {\"token\"} within 2 s");
        }
    });
    return http::SocketEvents{.text = [this, id](std::string text) { first_frame(id, text); },
                              .closed = [this, id] {
                                  clients_.erase(id);
                                  gone_({id});
                              }};
}

/// Who has waited longest without saying who he is goes: silence must not keep anybody out.
bool StreamHub::make_room() {
    const auto silent = std::find_if(clients_.begin(), clients_.end(), [](const auto& one) { return !one.second.session; });
    if (silent == clients_.end()) return false;
    silent->second.socket->close(kTryLater, "too many wait to log in");
    clients_.erase(silent);
    return true;
}

/// A session has so many streams, as a desk has pages; one more ends its oldest one.
void StreamHub::hold_bound(const std::string& token) {
    const auto is_its = [&](const auto& one) { return one.second.session && one.second.token == token; };
    if (std::count_if(clients_.begin(), clients_.end(), is_its) <= kStreamsPerSession) return;
    const auto oldest = std::find_if(clients_.begin(), clients_.end(), is_its);
    oldest->second.socket->close(kTryLater, "this session has opened too many live streams");
    oldest->second.session.reset();  // Not a word more, also while it closes.
}

void StreamHub::first_frame(std::uint64_t id, const std::string& text) {
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.asked) return;  // Later frames mean nothing.
    found->second.asked = true;
    const auto object = http::parse_object(text);
    const auto token = object ? http::required_text(*object, "token", 256)
                              : Result<std::string>(fail(ErrorKind::invalid, ""));
    if (!token) return found->second.socket->close(kNotLoggedIn, "the first frame must be {\"token\"}");
    found->second.token = *token;
    ask_({*token, [this, id](std::optional<identity::Session> session, std::uint64_t seq) {
              boost::asio::post(loop_, [this, id, session = std::move(session), seq] {
                  const auto client = clients_.find(id);
                  if (client == clients_.end()) return;
                  if (!session) return client->second.socket->close(kNotLoggedIn, "not logged in");
                  client->second.session = session;
                  client->second.deadline->cancel();
                  hold_bound(client->second.token);
                  client->second.socket->send_text("{\"ready\":true,\"seq\":" + std::to_string(seq) + "}");
              });
          },
          id, found->second.remote});
}

void StreamHub::publish(const Published& change) {
    std::string text;
    for (auto& [id, client] : clients_) {
        if (!client.session || !may_hear(*client.session, own_agency_, change)) continue;
        if (text.empty()) {
            text = "{\"seq\":" + std::to_string(change.seq) + ",\"kind\":\"" + change.kind + "\",\"id\":\"" +
                   change.id + "\",\"item\":" + change.item + "}";
        }
        client.socket->send_text(text);
    }
}

void StreamHub::recheck() {
    const auto share = (clients_.size() + kRecheckRound - 1) / kRecheckRound;
    for (std::size_t i = 0; i < share; ++i) {
        auto at = clients_.upper_bound(rechecked_);
        if (at == clients_.end()) at = clients_.begin();
        rechecked_ = at->first;
        if (!at->second.session) continue;
        ask_({at->second.token,
              [this, id = at->first](std::optional<identity::Session> session, std::uint64_t seq) {
                  if (!session && seq == 0)
                      return;  // The batch was lost: nothing was said about the session.
                  boost::asio::post(loop_, [this, id, session = std::move(session)] {
                      const auto client = clients_.find(id);
                      if (client == clients_.end()) return;
                      client->second.session = session;  // None: not a word more, also while it closes.
                      if (!session) client->second.socket->close(kNotLoggedIn, "the session has ended");
                  });
              },
              at->first, at->second.remote});
    }
}

void StreamHub::end(const std::string& token) {
    for (auto& [id, client] : clients_) {
        if (client.token != token) continue;
        client.session.reset();  // Not a word more, also while it closes.
        client.socket->close(kNotLoggedIn, "logged out");
    }
}

}  // namespace bongsu::app
