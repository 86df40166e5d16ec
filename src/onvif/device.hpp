#pragma once
// The conversation with one camera: what to ask next, and what came of it. Pure.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "onvif/device_messages.hpp"
#include "onvif/media_messages.hpp"
#include "onvif/ptz_messages.hpp"
#include "onvif/speaker.hpp"

namespace bongsu::onvif {

/// One stream that was chosen; without a token there is none, and the reason says why.
struct Stream {
    std::string profile;  ///< Token.
    std::string reason;  ///< Of the choice, or why there is none.
    std::string url;  ///< rtsp or rtsps; secret where a maker hides something in it (without_secrets).
};

struct Description {
    Place reached;
    DeviceTime time;
    std::optional<std::chrono::milliseconds> clock_offset;  ///< The camera's clock minus ours; to a second, as it tells.
    std::optional<DeviceInfo> info;
    std::vector<Service> services;
    std::vector<Interface> interfaces;
    std::string hostname;
    std::optional<MediaVersion> media;  ///< Of which the profiles came.
    std::vector<Profile> profiles;
    Stream main, sub;
    std::string snapshot;  ///< URL, as Stream's.
    std::vector<PtzNode> ptz_nodes;
    std::vector<PtzConfiguration> ptz_configurations;
    std::vector<Preset> presets;
    std::vector<std::string> notes;  ///< What is odd about this camera, for a person. At most 32.
    std::optional<Error> failed;     ///< Why it ended early; what came before stands above.
};

/// The profile by which a camera is turned: the main stream's, or the first that can; empty where none does.
std::string ptz_profile(const Description& description);

/// How much is asked.
enum class Scope : std::uint8_t {
    all,
    streams,  ///< The time, which its login needs, and where its streams are.
    turning,  ///< The time, and by which profile it turns.
};

/// Asks the time, who the camera is, what it can do, its profiles, its streams' addresses, and how it turns. A question that
/// the camera does not understand is a note; an answer that it owes is asked in the older way (GetCapabilities for GetServices,
/// Media for Media2). It ends at once where the password is wrong, as cameras lock an account that fails, when the camera
/// cannot be reached, and when it falls silent twice in a row.
/// Bounds: 24 calls; lists and texts as in the messages' headers.
/// Threads: none inside.
class Conversation {
  public:
    Conversation(Place dialled, rtsp::Credentials credentials, env::Random& random, Scope scope = Scope::all);

    /// The first request.
    Outgoing start(WallTime now);
    /// The next one, or nullopt: it is over.
    std::optional<Outgoing> answered(const Result<http::ClientAnswer>& got, WallTime now);

    const Description& description() const { return found_; }
    Description take() { return std::move(found_); }
    /// For calls of one's own after it: the login that works.
    Speaker& speaker() { return speaker_; }
    /// Where a service is reached. Errors: not_found when the camera has none.
    Result<Place> place_of(std::string_view service) const;

  private:
    enum class Step : std::uint8_t {
        time, info, services, capabilities, interfaces, hostname, profiles, main_uri, sub_uri, snapshot_uri,
        ptz_nodes, ptz_configurations, presets, over,
    };
    struct Media {
        MediaVersion version;
        Place place;
    };

    Outgoing ask(Step step, WallTime now);
    Call call_of(Step step) const;
    Place where(Step step) const;
    /// What to ask after an answer, or its absence, to `step_`.
    Step take(const xml::Element& answer, WallTime now);
    Step missed(const Error& error);
    Step after(Step step);
    bool is_asked(Step step) const;
    void take_time(const xml::Element& answer, WallTime now);
    Step take_services(Result<std::vector<Service>> services, Step otherwise);
    Step take_profiles(const xml::Element& answer);
    Step next_media(std::string_view why);
    void take_uri(const xml::Element& answer, std::string& into, std::initializer_list<std::string_view> schemes);
    void note(std::string text);

    const Scope scope_;
    Place dialled_;
    Speaker speaker_;
    Description found_;
    Step step_ = Step::time;
    std::vector<Media> media_;
    std::size_t medium_ = 0;
    int calls_ = 0, silent_ = 0;
    bool has_time_ = false;
    WallTime asked_at_{};
};

}  // namespace bongsu::onvif
