#pragma once
// The outer layer of an SCSNS message: bytes to an envelope object and a body object, whichever way they were
// packed.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "event/codec/scsns.hpp"

namespace bongsu::event::scsns {

struct Message {
    std::string_view text;  ///< The input's bytes without a byte order mark, for as long as they are there.
    boost::json::object envelope;
    boost::json::object body;
    std::string body_text;  ///< The body's bytes, decrypted: the digest and bodyLen are over these.
    bool is_tcp = false;    ///< `body` and `body_text` are filled from binary fields already.
    std::vector<std::size_t>
        other_lengths;  ///< What bodyLen may count instead: the cipher's text, the tags too.
    std::vector<std::string> faults;
};

/// The message behind UTF-8's byte order mark.
std::string_view without_mark(std::string_view bytes);

/// Fills `text` and `envelope` and answers Code::ok, or says why not.
Refusal read_message(const Input& input, Message& out);
/// The same for `body` and `body_text`, under either of its names (`body`, `Body`). After read_message.
Refusal read_body(Message& message);

/// Before read_body, of a message with encAt Y: puts the plain body in the place of the encrypted one. The
/// profile has a pass phrase. Refuses what is no text of the cipher, and what a wrong key makes of it (no
/// UTF-8).
Refusal decrypt_body(const Profile& profile, Message& message);

/// The rest of interpret, after read_message; the format over TCP comes in here.
void read(const Input& input, Message& message, Decoded& out);

/// Strict JSON of depth 16; raw control bytes within strings, which JSON forbids and partners send, are taken
/// as if they had been escaped, with `had_control` set. nullopt: no JSON.
std::optional<boost::json::value> parse_tolerant(std::string_view text, bool& had_control);

/// The bytes of the value of the last `name` at the top of the object `text`, which is valid JSON.
std::string_view top_level_slice(std::string_view text, std::string_view name);

}  // namespace bongsu::event::scsns
