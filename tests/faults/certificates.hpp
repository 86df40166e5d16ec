#pragma once
// Certificates for tests, made when they are asked for: right ones, and with everything wrong that a partner's may have.

#include <memory>
#include <string>

namespace bongsu::faults {

/// PEM.
struct Certificate {
    std::string certificate, key;
};

/// An authority of its own, valid from yesterday to tomorrow.
class Authority {
  public:
    explicit Authority(const std::string& name);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    struct Wanted {
        std::string common_name = "room";
        std::string stands_for{};  ///< As OpenSSL writes it: "DNS:room.example,IP:127.0.0.1"; empty: nothing.
        int from_days = -1, to_days = 1;  ///< From now.
    };
    Certificate issue(const Wanted& wanted) const;
    const std::string& pem() const { return pem_; }

  private:
    struct Made;
    std::unique_ptr<Made> made_;
    std::string pem_;
};

/// Hex SHA-256 of a certificate, as a profile pins it.
std::string digest_of(const std::string& certificate_pem);

}  // namespace bongsu::faults
