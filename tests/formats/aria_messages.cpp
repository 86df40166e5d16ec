// Prints what we would send to partners under ARIA, with what is agreed: a line of JSON each, for read_aria.py.
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <string>

#include "crypto/crypto.hpp"
#include "event/profile.hpp"
#include "outbound/message.hpp"

namespace bongsu {
namespace {

struct Agreed {
    const char* phrase;
    const char* aria;  ///< TOML, behind the file of the phrase.
};

constexpr Agreed kAgreed[] = {
    {"봉수 시험 암호문구 2026", ""},
    {"봉수 시험 암호문구 2026", ", text = \"hex\""},
    {"an older phrase of more than thirty-two letters", ", padding = \"none\""},
    {"12345678901234567890123456789012", ", mode = \"cbc\", iv = \"000102030405060708090a0b0c0d0e0f\", padding = \"pkcs7\", text = \"hex\""},
};

Result<std::string> message(const Agreed& agreed, std::size_t letters) {
    TRY(auto profiles, event::parse_profiles(std::string("[[partner]]\nkey = \"p\"\nformat = \"scsns\"\n"
                                                         "pairs = [{ send = \"M1100000000\", receive = \"B1100000000\" }]\n"
                                                         "aria = { phrase_file = \"p.phrase\"") +
                                                 agreed.aria + " }\n",
                                             "partners.toml"));
    auto& profile = profiles.front();
    profile.aria_phrase = agreed.phrase;
    const auto at = from_us(1'790'000'000'000'000);
    return outbound::write(profile,
                           {.number = "20260928000000123",
                            .code = "91",
                            .state_time = at,
                            .type = "MOJUC110",
                            .type_name = "전자발찌 위치추적",
                            .grade = "10",
                            .position = event::Position{1'269'780'000, 375'665'000},
                            .place = "서울광장" + std::string(letters, '.'),
                            .occurred_at = at},
                           at, "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
}

int print_all() {
    for (const auto& agreed : kAgreed) {
        for (std::size_t letters = 0; letters < 17; ++letters) {  // Every fill of the last block.
            const auto sent = message(agreed, letters);
            if (!sent) {
                std::fprintf(stderr, "%s\n", sent.error().message.c_str());
                return 1;
            }
            const auto line = boost::json::serialize(
                boost::json::object{{"phrase", agreed.phrase}, {"aria", agreed.aria}, {"letters", letters}, {"message", *sent}});
            std::fwrite(line.data(), 1, line.size(), stdout);
            std::fputc('\n', stdout);
        }
    }
    return 0;
}

}  // namespace
}  // namespace bongsu

int main() { return bongsu::print_all(); }
