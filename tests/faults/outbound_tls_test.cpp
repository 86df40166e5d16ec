// What goes wrong between us and a partner that is told over TLS, and what the delivery's record says of it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "app/site/partners.hpp"
#include "certificates.hpp"
#include "env/posix.hpp"
#include "env/sim/sim_disk.hpp"
#include "event/codec/telegram.hpp"
#include "outbound/sender.hpp"

namespace bongsu::faults {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using outbound::Verdict;

/// What the partner's room does with its next connection.
struct Room {
    Certificate shows;
    std::string wants_of = {};  ///< PEM of the authority whose certificates it asks for; empty: it asks for none.
    bool handshakes = true;
    int newest = TLS1_3_VERSION;
    std::string answer = event::telegram::answer({});
    bool cuts = false;  ///< Closes after the answer without saying so.
};

class OutboundTls : public ::testing::Test {
  protected:
    using Stream = ssl::stream<tcp::socket>;

    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
    Certificate right() const { return ours_.issue({.stands_for = "IP:127.0.0.1,DNS:room.example"}); }

    void serve(Room room) {
        acceptor_.async_accept([this, room = std::move(room)](error_code code, tcp::socket socket) {
            if (code) return;
            if (!room.handshakes) {
                silent_.push_back(std::make_shared<tcp::socket>(std::move(socket)));
                return;
            }
            ssl::context context(ssl::context::tls_server);
            context.use_certificate_chain(asio::buffer(room.shows.certificate));
            context.use_private_key(asio::buffer(room.shows.key), ssl::context::pem);
            if (room.newest < TLS1_2_VERSION) SSL_CTX_set_security_level(context.native_handle(), 0);
            SSL_CTX_set_min_proto_version(context.native_handle(), 0);
            SSL_CTX_set_max_proto_version(context.native_handle(), room.newest);
            if (!room.wants_of.empty()) {
                context.add_certificate_authority(asio::buffer(room.wants_of));
                context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
            }
            talk(std::make_shared<Stream>(std::move(socket), context), room);
        });
    }

    void talk(const std::shared_ptr<Stream>& stream, const Room& room) {
        stream->async_handshake(ssl::stream_base::server, [this, stream, room](error_code code) {
            if (code) return;
            const auto* name = SSL_get_servername(stream->native_handle(), TLSEXT_NAMETYPE_host_name);
            asked_for_ = name == nullptr ? "" : name;
            stream->async_read_some(asio::buffer(piece_), [this, stream, room](error_code failed, std::size_t n) {
                heard_.append(piece_.data(), n);
                if (failed) return;
                auto answer = std::make_shared<std::string>(room.answer);
                asio::async_write(*stream, asio::buffer(*answer), [stream, answer, room](error_code, std::size_t) {
                    error_code ignored;
                    if (room.cuts) stream->next_layer().shutdown(tcp::socket::shutdown_both, ignored);
                });
            });
        });
    }

    event::Profile profile(const std::string& more = {}, const std::string& format = "telegram") const {
        const bool is_telegram = format == "telegram";
        const auto to = is_telegram ? "tls://127.0.0.1:" + port() : "https://127.0.0.1:" + port() + "/recv";
        auto parsed = event::parse_profiles("[[partner]]\nkey = \"p\"\nformat = \"" + format + "\"\nsender = \"P1100000000\"\n" +
                                                (is_telegram ? "service = \"112-video\"\n" : "") +
                                                "pairs = [{ send = \"112\", receive = \"UCP\" }]\nsend = { to = \"" + to +
                                                "\", networks = [\"127.0.0.0/8\"], ca_file = \"ca.pem\", answer_ms = 5000" + more + " }\n",
                                            "partners.toml");
        EXPECT_TRUE(parsed) << parsed.error().message;
        if (!parsed) return {};
        parsed->front().send->ca = ours_.pem();
        return parsed->front();
    }

    outbound::Outcome tell(const event::Profile& profile) {
        std::optional<outbound::Done> done;
        outbound::Sender sender(loop_, env::process_env().clock, [&](outbound::Done each) {
            done = std::move(each);
            loop_.stop();
        });
        sender.send(std::make_shared<const event::Profile>(profile),
                    {.id = "D1",
                     .partner = "p",
                     .message = {.number = "20260928000000123",
                                 .code = "91",
                                 .state_time = from_us(1'790'000'000'000'000),
                                 .type = "112UC001",
                                 .type_name = "112",
                                 .grade = "10",
                                 .position = std::nullopt,
                                 .place = "서울광장",
                                 .occurred_at = from_us(1'789'999'000'000'000)}});
        if (!done) loop_.run_for(std::chrono::seconds{20});
        EXPECT_TRUE(done);
        loop_.restart();
        return done.value_or(outbound::Done{}).outcome;
    }

    /// Told nothing, and why.
    std::string refused(const event::Profile& profile) {
        const auto outcome = tell(profile);
        EXPECT_EQ(outcome.verdict, Verdict::again);
        EXPECT_EQ(heard_, "") << "nothing of the message leaves before the partner is known";
        return outcome.words;
    }

    asio::io_context loop_;
    tcp::acceptor acceptor_{loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    Authority ours_{"the room's authority"}, other_{"somebody else's"};
    std::vector<std::shared_ptr<tcp::socket>> silent_;
    std::array<char, 4096> piece_{};
    std::string heard_, asked_for_;
};

TEST_F(OutboundTls, APartnerThatIsWhoItSaysIsTold) {
    for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        heard_.clear();
        serve({.shows = right(), .newest = newest});
        EXPECT_EQ(tell(profile()).verdict, Verdict::accepted);
        EXPECT_TRUE(heard_.starts_with("1091")) << heard_;
    }
}

TEST_F(OutboundTls, OverHttpsItIsTheSameRequest) {
    const std::string reply = R"({"startTag":"$DA","result":"0","type":"2000","message":"","finishTag":"$DF"})";
    serve({.shows = right(),
           .answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(reply.size()) + "\r\n\r\n" + reply});
    EXPECT_EQ(tell(profile("", "scsns")).verdict, Verdict::accepted);
    EXPECT_TRUE(heard_.starts_with("POST /recv HTTP/1.1\r\nHost: 127.0.0.1:" + port() + "\r\n")) << heard_;
}

TEST_F(OutboundTls, ExpiredCertificate) {
    serve({.shows = ours_.issue({.stands_for = "IP:127.0.0.1", .from_days = -30, .to_days = -1})});
    EXPECT_EQ(refused(profile()), "tls: certificate has expired");
}

TEST_F(OutboundTls, CertificateOfTheFuture) {
    serve({.shows = ours_.issue({.stands_for = "IP:127.0.0.1", .from_days = 1, .to_days = 30})});
    EXPECT_EQ(refused(profile()), "tls: certificate is not yet valid");
}

TEST_F(OutboundTls, WrongName) {
    serve({.shows = ours_.issue({.stands_for = "IP:127.0.0.2,DNS:room.example"})});
    EXPECT_EQ(refused(profile()), "tls: the certificate does not stand for 127.0.0.1");
}

TEST_F(OutboundTls, ACommonNameIsNoName) {
    serve({.shows = ours_.issue({.common_name = "127.0.0.1", .stands_for = ""})});
    EXPECT_EQ(refused(profile()), "tls: the certificate does not stand for 127.0.0.1");
}

TEST_F(OutboundTls, WrongAuthority) {
    serve({.shows = other_.issue({.stands_for = "IP:127.0.0.1"})});
    EXPECT_EQ(refused(profile()), "tls: unable to get local issuer certificate");
    heard_.clear();
    serve({.shows = right()});
    auto machines = profile();
    machines.send->ca_file.clear();  // The machine's own authorities do not know the room's either.
    EXPECT_TRUE(refused(machines).starts_with("tls: unable to get"));
}

TEST_F(OutboundTls, AnotherCertificateOfTheSameAuthority) {
    const auto agreed = right();
    serve({.shows = right()});
    EXPECT_EQ(refused(profile(", server_sha256 = \"" + digest_of(agreed.certificate) + "\"")),
              "tls: the certificate is not the agreed one");
    serve({.shows = agreed});
    EXPECT_EQ(tell(profile(", server_sha256 = \"" + digest_of(agreed.certificate) + "\"")).verdict, Verdict::accepted);
}

TEST_F(OutboundTls, HandshakeThatNeverEnds) {
    serve({.shows = {}, .handshakes = false});
    auto impatient = profile();
    impatient.send->answer = std::chrono::milliseconds{200};
    EXPECT_EQ(refused(impatient), "tls: no end of the handshake within 200 ms");
    EXPECT_EQ(silent_.size(), 1U);
}

TEST_F(OutboundTls, OldProtocol) {
    serve({.shows = right(), .newest = TLS1_1_VERSION});
    EXPECT_TRUE(refused(profile()).starts_with("tls: "));
}

TEST_F(OutboundTls, NoTlsAtAll) {
    acceptor_.async_accept([this](error_code code, tcp::socket socket) {
        if (code) return;
        silent_.push_back(std::make_shared<tcp::socket>(std::move(socket)));
        static const std::string kPlain = event::telegram::answer({});
        asio::async_write(*silent_.back(), asio::buffer(kPlain), [](error_code, std::size_t) {});
    });
    EXPECT_EQ(refused(profile()), "tls: wrong version number (SSL routines)");
}

TEST_F(OutboundTls, ClientCertificateAskedForAndMissing) {
    for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        serve({.shows = right(), .wants_of = ours_.pem(), .newest = newest});
        const auto why = refused(profile());
        EXPECT_TRUE(why.starts_with("tls: the partner asks for a certificate of ours, and send.certificate_file names none: ")) << why;
    }
}

TEST_F(OutboundTls, ClientCertificateAskedForAndShown) {
    for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        serve({.shows = right(), .wants_of = ours_.pem(), .newest = newest});
        auto known = profile(R"(, certificate_file = "us.pem", key_file = "us.key")");
        const auto us = ours_.issue({.common_name = "centre"});
        known.send->certificate = us.certificate;
        known.send->key = us.key;
        EXPECT_EQ(tell(known).verdict, Verdict::accepted);
    }
}

TEST_F(OutboundTls, ClientCertificateThatThePartnerDoesNotKnow) {
    serve({.shows = right(), .wants_of = ours_.pem(), .newest = TLS1_2_VERSION});
    auto stranger = profile(R"(, certificate_file = "us.pem", key_file = "us.key")");
    const auto us = other_.issue({.common_name = "centre"});
    stranger.send->certificate = us.certificate;
    stranger.send->key = us.key;
    const auto why = refused(stranger);
    EXPECT_TRUE(why.starts_with("tls: ")) << why;
}

TEST_F(OutboundTls, AnswerThatWasCutIsNoAnswer) {
    const std::string reply = R"({"startTag":"$DA","result":"0","type":"2000","message":"","finishTag":"$DF"})";
    serve({.shows = right(), .answer = "HTTP/1.1 200 OK\r\n\r\n" + reply, .cuts = true});
    const auto outcome = tell(profile("", "scsns"));
    EXPECT_EQ(outcome.verdict, Verdict::again) << "without a length and without an end that was said, anything may be missing";
    EXPECT_TRUE(outcome.words.starts_with("tls: ")) << outcome.words;
}

/// The name is asked for and checked, whatever address it led to.
TEST_F(OutboundTls, TheNameIsAskedForAndCheckedAtTheAddressThatWasChosen) {
    const auto client = outbound::TlsClient::make(*profile().send);
    ASSERT_TRUE(client);
    for (const auto& [host, wanted] : {std::pair<std::string, std::string>{"room.example", ""},
                                       {"other.example", "tls: the certificate does not stand for other.example"}}) {
        serve({.shows = right()});
        asked_for_.clear();
        const auto wire = (*client)->wire(loop_, *address::parse_target("tls://" + host + ":1"));
        std::optional<std::string> why;
        wire->open(acceptor_.local_endpoint(), [&](std::string reason) {
            why = std::move(reason);
            loop_.stop();
        });
        loop_.run_for(std::chrono::seconds{10});
        loop_.restart();
        loop_.run_for(std::chrono::milliseconds{50});  // The room's side of it.
        loop_.restart();
        EXPECT_EQ(why, wanted);
        if (wanted.empty()) {
            EXPECT_EQ(asked_for_, host);
        }
        wire->close();
    }
}

// --- the files of a profile ---

class PartnerFiles : public ::testing::Test {
  protected:
    PartnerFiles() {
        const auto us = ours_.issue({.common_name = "centre"});
        disk_.put("site/ca.pem", ours_.pem());
        disk_.put("site/us.pem", us.certificate);
        disk_.put("site/us.key", us.key);
    }
    std::string wrong(const std::string& send) {
        disk_.put("site/partners.toml",
                  "[[partner]]\nkey = \"p\"\nformat = \"telegram\"\nservice = \"112-video\"\nsender = \"P1100000000\"\n"
                  "pairs = [{ send = \"112\", receive = \"UCP\" }]\nsend = { " + send + " }\n");
        const auto loaded = app::load_partners(disk_, "site");
        return loaded ? "" : loaded.error().message;
    }
    Authority ours_{"the room's authority"};
    env::sim::SimDisk disk_;
};

TEST_F(PartnerFiles, AreReadOnceAndAllOfThem) {
    EXPECT_EQ(wrong(R"(to = "tls://room.example:1", ca_file = "ca.pem", certificate_file = "us.pem", key_file = "us.key")"), "");
}

TEST_F(PartnerFiles, ThatAreMissingOrWrongAreNamedByTheirFields) {
    const std::string to = R"(to = "tls://room.example:1", )";
    EXPECT_TRUE(wrong(to + R"(ca_file = "none.pem")").starts_with("p: send.ca_file: "));
    EXPECT_TRUE(wrong(to + R"(ca_file = "us.key")").starts_with("p: send.ca_file cannot be used: "));
    EXPECT_EQ(wrong(to + R"(certificate_file = "ca.pem", key_file = "us.key")"),
              "p: send.key_file cannot be used: key values mismatch (x509 certificate routines)");
    disk_.put("site/locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n");
    const auto locked = wrong(to + R"(certificate_file = "us.pem", key_file = "locked.key")");
    EXPECT_TRUE(locked.starts_with("p: send.key_file cannot be used: ")) << locked;
    EXPECT_EQ(locked.find("MIGj"), std::string::npos) << "no content of a key in an error";
}

TEST(PartnerSecrets, ThatOthersMayReadAreRefusedByTheirFields) {
    env::PosixDisk disk;  // The simulated one has no modes.
    auto folder = testing::TempDir() + "partnersXXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ASSERT_TRUE(disk.replace(folder + "/partners.toml",
                             "[[partner]]\nkey = \"p\"\nformat = \"scsns\"\npairs = [{ send = \"P1100000000\", receive = \"B1100000000\" }]\n"
                             "aria = { phrase_file = \"p.phrase\" }\n"
                             "send = { to = \"http://room.example:1/recv\", api_key_file = \"room.key\" }\n"));
    ASSERT_TRUE(disk.replace(folder + "/p.phrase", "the-phrase-of-the-room\n"));
    ASSERT_TRUE(disk.replace(folder + "/room.key", "the-key-of-the-room\n"));
    EXPECT_TRUE(app::load_partners(disk, folder));

    for (const auto& [file, field] : {std::pair{"room.key", "p: send.api_key_file: "}, {"p.phrase", "p: aria.phrase_file: "}}) {
        const auto path = folder + "/" + file;
        for (const ::mode_t mode : {0640U, 0604U}) {
            ASSERT_EQ(::chmod(path.c_str(), mode), 0);
            const auto refused = app::load_partners(disk, folder);
            ASSERT_FALSE(refused) << file << " " << mode;
            EXPECT_TRUE(refused.error().message.starts_with(field)) << refused.error().message;
            EXPECT_NE(refused.error().message.find("open to others than its owner"), std::string::npos) << refused.error().message;
            EXPECT_EQ(refused.error().message.find("of-the-room"), std::string::npos) << "no secret in an error";
        }
        ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    }
    EXPECT_TRUE(app::load_partners(disk, folder));
    std::filesystem::remove_all(folder);
}

TEST_F(PartnerFiles, FieldsOfTlsNeedTls) {
    EXPECT_NE(wrong(R"(to = "tcp://room.example:1", ca_file = "ca.pem")").find("send.ca_file needs an address with https:// or tls://"),
              std::string::npos);
    EXPECT_NE(wrong(R"(to = "tls://room.example:1", key_file = "us.key")").find("needs certificate_file and key_file together"),
              std::string::npos);
    EXPECT_NE(wrong(R"(to = "tls://room.example:1", ca_file = "../ca.pem")").find("send.ca_file must be a file within the site's folder"),
              std::string::npos);
    EXPECT_NE(wrong(R"(to = "tls://room.example:1", server_sha256 = "abcd")").find("send.server_sha256 must be 64 hex digits"),
              std::string::npos);
    EXPECT_NE(wrong(R"(to = "https://room.example:1")").find("send.to must begin with tcp:// or tls://"), std::string::npos);
}

}  // namespace
}  // namespace bongsu::faults
