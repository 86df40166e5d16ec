// Partners' profiles from TOML, with everything that is wrong in one answer.

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "config/toml.hpp"
#include "crypto/crypto.hpp"
#include "event/codec/telegram_fields.hpp"
#include "event/codec/wearable.hpp"
#include "event/profile.hpp"

namespace bongsu::event {

namespace {

namespace json = boost::json;

constexpr std::size_t kPartnersMax = 1000, kListMax = 100, kTextBytesMax = 500,
                      kCsvBytesMax = kCodeMapBytesMax;

constexpr std::array<std::string_view, 26> kFields{
    "key",   "format",         "sender",     "encoding", "case",   "service", "type",
    "grade", "code_map",       "code_item",  "pairs",    "types",  "rate",    "retry",
    "aria",  "clock_offset_s", "skew_max_s", "ahead_max_s", "length",   "fields", "tls",     "client_sha256", "listen", "send",
    "api_key_file", "api_key_field"};

template <class T>
struct Word {
    std::string_view word;
    T value;
};

constexpr std::array<Word<Format>, 5> kFormats{{{"scsns", Format::scsns},
                                                {"scsns-tcp", Format::scsns_tcp},
                                                {"telegram", Format::telegram},
                                                {"wearable", Format::wearable},
                                                {"cloudevents", Format::cloudevents}}};
constexpr std::array<Word<Encoding>, 2> kEncodings{{{"utf-8", Encoding::utf8}, {"cp949", Encoding::cp949}}};
constexpr std::array<Word<CaseRule>, 2> kCases{{{"exact", CaseRule::exact}, {"ignore", CaseRule::ignore}}};
constexpr std::array<Word<LengthUnit>, 2> kLengths{
    {{"bytes", LengthUnit::bytes}, {"letters", LengthUnit::letters}}};
constexpr std::array<Word<Service>, 5> kServices{{{"119-dispatch", Service::dispatch_119},
                                                  {"112-dispatch", Service::dispatch_112},
                                                  {"112-video", Service::video_112},
                                                  {"vulnerable", Service::vulnerable},
                                                  {"disaster", Service::disaster}}};
constexpr std::array<Word<crypto::AriaMode>, 2> kModes{
    {{"ecb", crypto::AriaMode::ecb}, {"cbc", crypto::AriaMode::cbc}}};
constexpr std::array<Word<crypto::AriaPadding>, 3> kPaddings{{{"x923", crypto::AriaPadding::x923},
                                                              {"pkcs7", crypto::AriaPadding::pkcs7},
                                                              {"none", crypto::AriaPadding::none}}};
constexpr std::array<Word<Profile::AriaText>, 2> kTexts{
    {{"base64", Profile::AriaText::base64}, {"hex", Profile::AriaText::hex}}};

std::string_view type_of(Service service) {
    switch (service) {
        case Service::dispatch_119:
            return "119UC001";
        case Service::dispatch_112:
            return "112UC120";
        case Service::video_112:
            return "112UC001";
        case Service::vulnerable:
            return "WPSSF110";
        case Service::disaster:
            return "DUCDP110";
        case Service::none:
            return "";
    }
    return "";
}

/// Reads the fields of one partner and gathers what is wrong.
class Reader {
  public:
    Reader(std::string name, std::string& errors) : name_(std::move(name)), errors_(errors) {}

    void wrong(std::string_view field, std::string_view rule) {
        errors_.append(errors_.empty() ? "" : "\n").append(name_).append(": ");
        errors_.append(field).append(" ").append(rule);
    }

    /// `otherwise` when absent.
    std::string text(const json::object& table, std::string_view key, std::string_view field,
                     std::string_view otherwise, std::size_t bytes_max = kTextBytesMax) {
        const auto* value = table.if_contains(key);
        if (value == nullptr) return std::string(otherwise);
        if (value->is_string() && !value->get_string().empty() && value->get_string().size() <= bytes_max) {
            return std::string(value->get_string());
        }
        wrong(field, "must be a text of 1 to " + std::to_string(bytes_max) + " bytes");
        return std::string(otherwise);
    }

    std::int64_t whole(const json::object& table, std::string_view key, std::string_view field,
                       std::int64_t otherwise, std::int64_t min, std::int64_t max) {
        const auto* value = table.if_contains(key);
        if (value == nullptr) return otherwise;
        if (value->is_int64() && value->get_int64() >= min && value->get_int64() <= max)
            return value->get_int64();
        wrong(field, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        return otherwise;
    }

    template <class T, std::size_t N>
    T word(const json::object& table, std::string_view key, std::string_view field,
           std::string_view otherwise, const std::array<Word<T>, N>& words) {
        const auto content = text(table, key, field, otherwise);
        std::string known;
        for (const auto& entry : words) {
            if (entry.word == content) return entry.value;
            known.append(known.empty() ? "" : ", ").append(entry.word);
        }
        wrong(field, "must be one of " + known);
        return words[0].value;
    }

    /// Words, of a telegram's field list also WORD=role.
    std::vector<std::string> words(const json::object& table, std::string_view key, std::string_view field,
                                   bool has_roles = false) {
        std::vector<std::string> found;
        const auto* value = table.if_contains(key);
        if (value == nullptr) return found;
        const auto* array = value->if_array();
        if (array == nullptr || array->empty() || array->size() > kListMax) {
            wrong(field, "must be a list of 1 to 100 words");
            return found;
        }
        for (const auto& item : *array) {
            const auto* content = item.if_string();
            const auto word = content == nullptr ? std::string_view{} : std::string_view(*content);
            if (!is_word(has_roles ? word.substr(0, word.find('=')) : word)) {
                wrong(field, "must hold words of 1 to 64 letters, digits, _ - or .");
                return found;
            }
            if (std::find(found.begin(), found.end(), word) != found.end()) {
                wrong(field, "holds " + std::string(word) + " twice");
                return found;
            }
            found.emplace_back(word);
        }
        return found;
    }

    /// An empty object when absent or wrong; `known` are its fields.
    json::object table(const json::object& parent, std::string_view key,
                       std::initializer_list<std::string_view> known) {
        const auto* value = parent.if_contains(key);
        if (value == nullptr) return {};
        const auto* found = value->if_object();
        if (found == nullptr) {
            wrong(key, "must be a table");
            return {};
        }
        for (const auto& item : *found) {
            if (known.size() != 0 && std::find(known.begin(), known.end(), item.key()) == known.end()) {
                wrong(key, "does not know \"" + std::string(item.key()) + "\"");
            }
        }
        return *found;
    }

  private:
    std::string name_;
    std::string& errors_;
};

bool is_organisation(std::string_view code) {
    return code.size() == 11 && code[0] >= 'A' && code[0] <= 'Z' &&
           code.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

void read_pairs(Reader& in, const json::object& table, Profile& profile) {
    const auto* value = table.if_contains("pairs");
    if (value == nullptr) return;
    const auto* array = value->if_array();
    if (array == nullptr || array->empty() || array->size() > kListMax) {
        return in.wrong("pairs", "must be a list of 1 to 100 tables { send, receive }");
    }
    for (const auto& item : *array) {
        const auto* pair = item.if_object();
        if (pair == nullptr || pair->size() != 2)
            return in.wrong("pairs", "must hold tables { send, receive }");
        auto send = in.text(*pair, "send", "pairs.send", "");
        auto receive = in.text(*pair, "receive", "pairs.receive", "");
        if (send.empty() || receive.empty()) return in.wrong("pairs", "must hold tables { send, receive }");
        profile.pairs.push_back({std::move(send), std::move(receive)});
    }
}

void read_limits(Reader& in, const json::object& table, Profile& profile) {
    const auto rate = in.table(table, "rate", {"per_s", "burst"});
    profile.rate.per_second = in.whole(rate, "per_s", "rate.per_s", profile.rate.per_second, 1, 100'000);
    profile.rate.burst = in.whole(rate, "burst", "rate.burst", profile.rate.burst, 1, 1'000'000);
    const auto retry = in.table(table, "retry", {"first_ms", "cap_ms", "attempts"});
    profile.retry.first = std::chrono::milliseconds{
        in.whole(retry, "first_ms", "retry.first_ms", profile.retry.first.count(), 100, 3'600'000)};
    profile.retry.cap = std::chrono::milliseconds{
        in.whole(retry, "cap_ms", "retry.cap_ms", profile.retry.cap.count(), 100, 86'400'000)};
    profile.retry.attempts = in.whole(retry, "attempts", "retry.attempts", 0, 0, 1'000'000);
    if (profile.retry.cap < profile.retry.first) in.wrong("retry.cap_ms", "must not be below retry.first_ms");
    profile.clock_offset =
        std::chrono::seconds{in.whole(table, "clock_offset_s", "clock_offset_s", 0, -86'400, 86'400)};
    profile.skew_max = std::chrono::seconds{
        in.whole(table, "skew_max_s", "skew_max_s", profile.skew_max.count(), 1, 86'400)};
    profile.ahead_max = std::chrono::seconds{
        in.whole(table, "ahead_max_s", "ahead_max_s", profile.ahead_max.count(), 0, 86'400)};
}

bool is_digest(std::string_view text) {
    const auto digest = crypto::from_hex(std::string(text), "digest");
    return digest && (digest->size() == 32 || digest->empty());
}

/// A key is read by the one who starts the program: no name in a file leads out of the site's folder.
void read_file(Reader& in, const json::object& table, std::string_view key, std::string_view field, std::string& out) {
    out = in.text(table, key, field, "");
    if (out.starts_with('/') || out.find("..") != std::string::npos)
        in.wrong(field, "must be a file within the site's folder");
}

void read_listen(Reader& in, const json::object& parent, Profile& profile) {
    if (!parent.contains("listen")) return;
    const auto table = in.table(parent, "listen",
                                {"port", "offset", "connections", "idle_ms", "frame_ms", "certificate_file",
                                 "key_file", "client_ca_file"});
    Profile::Listen listen;
    listen.port = in.whole(table, "port", "listen.port", 0, 1, 65'535);
    listen.offset = in.whole(table, "offset", "listen.offset", 0, 1, 99);
    if ((listen.port == 0) == (listen.offset == 0)) in.wrong("listen", "must have either port or offset");
    listen.connections = in.whole(table, "connections", "listen.connections", listen.connections, 1, 10'000);
    listen.idle = std::chrono::milliseconds{
        in.whole(table, "idle_ms", "listen.idle_ms", listen.idle.count(), 100, 86'400'000)};
    listen.frame = std::chrono::milliseconds{
        in.whole(table, "frame_ms", "listen.frame_ms", listen.frame.count(), 100, 600'000)};
    read_file(in, table, "certificate_file", "listen.certificate_file", listen.certificate_file);
    read_file(in, table, "key_file", "listen.key_file", listen.key_file);
    read_file(in, table, "client_ca_file", "listen.client_ca_file", listen.client_ca_file);
    const bool is_stream = profile.format == Format::scsns_tcp || profile.format == Format::telegram ||
                           profile.format == Format::wearable;
    if (!is_stream) in.wrong("listen", "belongs to the formats scsns-tcp, telegram and wearable");
    if (profile.tls && (listen.certificate_file.empty() || listen.key_file.empty()))
        in.wrong("listen", "needs certificate_file and key_file with tls = true");
    if (profile.tls && listen.client_ca_file.empty() && profile.client_sha256.empty())
        in.wrong("listen", "needs client_ca_file or client_sha256 with tls = true: who may come in");
    if (!profile.tls && !listen.certificate_file.empty()) in.wrong("listen.certificate_file", "needs tls = true");
    profile.listen = std::move(listen);
}

void read_send_tls(Reader& in, const json::object& table, Profile::Send& send) {
    read_file(in, table, "ca_file", "send.ca_file", send.ca_file);
    read_file(in, table, "certificate_file", "send.certificate_file", send.certificate_file);
    read_file(in, table, "key_file", "send.key_file", send.key_file);
    send.server_sha256 = in.text(table, "server_sha256", "send.server_sha256", "");
    if (!is_digest(send.server_sha256)) in.wrong("send.server_sha256", "must be 64 hex digits");
    if (send.certificate_file.empty() != send.key_file.empty())
        in.wrong("send", "needs certificate_file and key_file together");
    for (const auto* field : {"ca_file", "certificate_file", "key_file", "server_sha256"}) {
        if (!send.is_tls() && table.contains(field))
            in.wrong("send." + std::string(field), "needs an address with https:// or tls://");
    }
}

void read_send(Reader& in, const json::object& parent, Profile& profile) {
    if (!parent.contains("send")) return;
    const auto table = in.table(parent, "send", {"to", "networks", "answer_ms", "auth_path", "api_key_file", "ca_file",
                                                 "server_sha256", "certificate_file", "key_file"});
    Profile::Send send;
    send.to = in.text(table, "to", "send.to", "", 2000);
    const bool is_http = profile.format == Format::scsns;
    const bool is_stream = profile.format == Format::scsns_tcp || profile.format == Format::telegram;
    if (!is_http && !is_stream) in.wrong("send", "belongs to the formats scsns, scsns-tcp and telegram");
    if (is_http && !send.to.starts_with("http://") && !send.to.starts_with("https://"))
        in.wrong("send.to", "must begin with http:// or https://");
    if (is_stream && !send.to.starts_with("tcp://") && !send.to.starts_with("tls://"))
        in.wrong("send.to", "must begin with tcp:// or tls://");
    read_send_tls(in, table, send);
    if (const auto* list = table.if_contains("networks"); list != nullptr) {
        const auto* array = list->if_array();
        if (array == nullptr || array->size() > kListMax) in.wrong("send.networks", "must be a list of at most 100 texts");
        for (const auto& item : array == nullptr ? json::array{} : *array) {
            if (item.is_string()) send.networks.emplace_back(item.get_string());
            else in.wrong("send.networks", "must hold texts such as \"10.1.0.0/16\"");
        }
    }
    send.answer =
        std::chrono::milliseconds{in.whole(table, "answer_ms", "send.answer_ms", send.answer.count(), 100, 120'000)};
    send.auth_path = in.text(table, "auth_path", "send.auth_path", send.auth_path);
    read_file(in, table, "api_key_file", "send.api_key_file", send.api_key_file);
    if (profile.pairs.empty()) in.wrong("send", "needs pairs: they say who we are to this partner");
    profile.send = std::move(send);
}

void read_aria(Reader& in, const json::object& parent, Profile& profile) {
    if (!parent.contains("aria")) return;
    const auto table = in.table(parent, "aria", {"phrase_file", "mode", "iv", "padding", "text"});
    read_file(in, table, "phrase_file", "aria.phrase_file", profile.aria_phrase_file);
    if (profile.aria_phrase_file.empty())
        in.wrong("aria.phrase_file", "must name the file of the pass phrase");
    // Over TCP it is not agreed what of a message would be encrypted, and the other formats have no word for it.
    if (profile.format != Format::scsns) in.wrong("aria", "belongs to the format scsns");
    profile.aria_mode = in.word(table, "mode", "aria.mode", "ecb", kModes);
    profile.aria_padding = in.word(table, "padding", "aria.padding", "x923", kPaddings);
    profile.aria_text = in.word(table, "text", "aria.text", "base64", kTexts);
    const auto iv = crypto::from_hex(in.text(table, "iv", "aria.iv", ""), "aria.iv");
    const std::size_t wanted = profile.aria_mode == crypto::AriaMode::cbc ? crypto::kAriaBlockBytes : 0;
    if (!iv || iv->size() != wanted) {
        return in.wrong("aria.iv", "must be 32 hex digits for cbc and absent for ecb");
    }
    profile.aria_iv = *iv;
}

bool comes_over_http(Format format) { return format == Format::scsns || format == Format::cloudevents; }

/// How it comes in: over HTTP with a key, or with a certificate to a port of its own.
void read_entry(Reader& in, const json::object& table, Profile& profile) {
    if (const auto* tls = table.if_contains("tls")) {
        if (!tls->is_bool()) in.wrong("tls", "must be true or false");
        profile.tls = tls->is_bool() && tls->get_bool();
    }
    profile.client_sha256 = in.text(table, "client_sha256", "client_sha256", "");
    if (!is_digest(profile.client_sha256)) in.wrong("client_sha256", "must be 64 hex digits");
    if (comes_over_http(profile.format)) {
        // What would be read and not kept to is worse than an error.
        for (const auto* field : {"tls", "client_sha256"}) {
            if (table.contains(field))
                in.wrong(field, "belongs to the formats scsns-tcp, telegram and wearable: the HTTP of this program has no TLS, "
                                "so put a proxy before it that ends TLS and asks for the certificate");
        }
    } else if (!profile.client_sha256.empty() && !profile.tls) {
        in.wrong("client_sha256", "needs tls = true");
    }
    read_file(in, table, "api_key_file", "api_key_file", profile.api_key_file);
    if (!profile.api_key_file.empty() && !comes_over_http(profile.format))
        in.wrong("api_key_file", "belongs to the formats scsns and cloudevents");
    if (!profile.api_key_file.empty() && profile.sender.empty())
        in.wrong("api_key_file", "needs sender: for which agency the key stands");
    profile.api_key_field = in.text(table, "api_key_field", "api_key_field", profile.api_key_field);
    if (!is_word(profile.api_key_field)) in.wrong("api_key_field", "must be 1 to 64 letters, digits, _ - or .");
    if (table.contains("api_key_field") && profile.format != Format::scsns)
        in.wrong("api_key_field", "belongs to the format scsns");
}

void read_field_lists(Reader& in, const json::object& table, Profile& profile) {
    const auto lists = in.table(table, "fields", {});
    static const std::set<std::string_view> kTelegram{"10", "20", "30", "99"};
    static const std::set<std::string_view> kWearable{"SMART", "SENSOR", "TEST", "CLEAR", "SMS"};
    const bool is_telegram = profile.format == Format::telegram;
    if (!lists.empty() && !is_telegram && profile.format != Format::wearable) {
        return in.wrong("fields", "belongs to the formats telegram and wearable");
    }
    for (const auto& item : lists) {
        const std::string_view kind = item.key();
        const auto field = "fields." + std::string(kind);
        if ((is_telegram ? kTelegram : kWearable).count(kind) == 0) {
            in.wrong(field,
                     is_telegram ? "must be 10, 20, 30 or 99" : "must be SMART, SENSOR, TEST, CLEAR or SMS");
            continue;
        }
        auto list = in.words(lists, kind, field, is_telegram);
        const auto checked =
            is_telegram ? telegram::check_fields(kind, list) : wearable::check_fields(kind, list);
        if (!list.empty() && !checked) in.wrong(field, checked.error().message);
        profile.fields[std::string(kind)] = std::move(list);
    }
}

void read_codes(Reader& in, const json::object& table, Profile& profile) {
    const auto csv = in.text(table, "code_map", "code_map", "", kCsvBytesMax);
    if (csv.empty()) return;
    auto map = CodeMap::parse(csv, profile.case_rule);
    if (map) {
        profile.codes = *std::move(map);
    } else {
        in.wrong("code_map", map.error().message);
    }
}

void read_identity(Reader& in, const json::object& table, Profile& profile) {
    profile.key = in.text(table, "key", "key", "", 40);
    if (profile.key.empty() ||
        profile.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
        in.wrong("key", "must be 1 to 40 of a-z, 0-9 and '-'");
    }
    profile.format = in.word(table, "format", "format", "", kFormats);
    const bool bare = profile.format == Format::telegram || profile.format == Format::wearable;
    profile.sender = in.text(table, "sender", "sender", "");
    if ((bare || !profile.sender.empty()) && !is_organisation(profile.sender)) {
        in.wrong("sender", "must be a capital letter and ten digits");
    }
    profile.encoding = in.word(table, "encoding", "encoding", "utf-8", kEncodings);
    // In CP949 the separators of format B are bytes of ordinary Korean letters; JSON is UTF-8 by definition.
    if (profile.encoding == Encoding::cp949 && !bare) in.wrong("encoding", "must be utf-8 for this format");
    profile.case_rule = in.word(table, "case", "case", "exact", kCases);
    if (profile.format == Format::telegram) {
        profile.service = in.word(table, "service", "service", "", kServices);
        profile.length = in.word(table, "length", "length", "bytes", kLengths);
    } else {
        if (table.contains("service")) in.wrong("service", "belongs to the format telegram");
        if (table.contains("length")) in.wrong("length", "belongs to the format telegram");
    }
}

Profile read_partner(Reader& in, const json::object& table) {
    Profile profile;
    profile.digest = crypto::to_hex(crypto::sha256(json::serialize(table)));
    for (const auto& item : table) {
        if (std::find(kFields.begin(), kFields.end(), item.key()) == kFields.end()) {
            in.wrong(item.key(), "is not a field of a partner");
        }
    }
    read_identity(in, table, profile);
    const auto type = profile.format == Format::wearable ? "WPSSF110" : type_of(profile.service);
    profile.type = in.text(table, "type", "type", type);
    if (!profile.type.empty() && !is_word(profile.type)) in.wrong("type", "must be an event id");
    profile.grade = in.text(table, "grade", "grade", "10");
    if (!is_grade(profile.grade)) in.wrong("grade", "must be \"10\" or \"20\"");
    profile.code_item = in.text(table, "code_item", "code_item", "CODE", kItemKeyBytesMax);
    profile.types = in.words(table, "types", "types");
    read_pairs(in, table, profile);
    read_limits(in, table, profile);
    read_aria(in, table, profile);
    read_field_lists(in, table, profile);
    read_codes(in, table, profile);
    read_entry(in, table, profile);
    read_listen(in, table, profile);
    read_send(in, table, profile);
    return profile;
}

}  // namespace

Result<std::vector<Profile>> parse_profiles(std::string_view toml, std::string_view name) {
    TRY(const auto root, config::parse_toml(toml, name));
    std::string errors;
    Reader top(std::string(name), errors);
    for (const auto& item : root) {
        if (item.key() != "partner") top.wrong(item.key(), "is not known here");
    }
    std::vector<Profile> profiles;
    const auto* partners = root.if_contains("partner");
    const auto* array = partners == nullptr ? nullptr : partners->if_array();
    if (array == nullptr || array->empty() || array->size() > kPartnersMax) {
        top.wrong("partner", "must be 1 to 1000 [[partner]] tables");
        return fail(ErrorKind::invalid, std::move(errors));
    }
    std::set<std::string> keys;
    std::set<std::pair<Format, std::string>> over_http;  // There a message says who sent it, not under which agreement.
    for (const auto& item : *array) {
        const auto* table = item.if_object();
        const auto number = "partner " + std::to_string(profiles.size() + 1);
        if (table == nullptr) {
            top.wrong(number, "must be a table");
            break;
        }
        const auto* key = table->if_contains("key");
        const bool has_key = key != nullptr && key->is_string() && !key->get_string().empty();
        Reader reader(has_key ? std::string(key->get_string()) : number, errors);
        profiles.push_back(read_partner(reader, *table));
        const auto& profile = profiles.back();
        if (!keys.insert(profile.key).second) reader.wrong("key", "is declared twice");
        const bool is_http = profile.format == Format::scsns || profile.format == Format::cloudevents;
        if (is_http && !profile.sender.empty() && !over_http.emplace(profile.format, profile.sender).second)
            reader.wrong("sender", "has another agreement of this format: over HTTP it can have one");
    }
    if (!errors.empty()) return fail(ErrorKind::invalid, std::move(errors));
    return profiles;
}

}  // namespace bongsu::event
