#include "certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/result.hpp"
#include "crypto/crypto.hpp"

namespace bongsu::faults {

namespace {

constexpr long kDayS = 86'400;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Signed = std::unique_ptr<X509, decltype(&X509_free)>;

template <class Write>
std::string pem_of(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    BONGSU_CHECK(write(out.get()) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
    BONGSU_CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

Signed begin(const Authority::Wanted& wanted, EVP_PKEY* key) {
    static long serial = 1;
    Signed out(X509_new(), &X509_free);
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), wanted.from_days * kDayS);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), wanted.to_days * kDayS);
    const auto* name = reinterpret_cast<const unsigned char*>(wanted.common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0);
    X509_set_pubkey(out.get(), key);
    return out;
}

Key make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

std::string pem_of(X509* certificate) {
    return pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

}  // namespace

struct Authority::Made {
    Key key;
    Signed certificate;
};

Authority::Authority(const std::string& name) {
    auto key = make_key();
    auto certificate = begin({.common_name = name}, key.get());
    auto* own = certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_subject_key_identifier, "hash");
    BONGSU_CHECK(X509_sign(own, key.get(), EVP_sha256()) > 0);
    pem_ = pem_of(own);
    made_ = std::make_unique<Made>(Made{std::move(key), std::move(certificate)});
}

Authority::~Authority() = default;

Certificate Authority::issue(const Wanted& wanted) const {
    const auto key = make_key();
    const auto certificate = begin(wanted, key.get());
    auto* issuer = made_->certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
    if (!wanted.stands_for.empty()) extend(certificate.get(), issuer, NID_subject_alt_name, wanted.stands_for);
    BONGSU_CHECK(X509_sign(certificate.get(), made_->key.get(), EVP_sha256()) > 0);
    return {pem_of(certificate.get()),
            pem_of([&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

std::string digest_of(const std::string& certificate_pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())), &BIO_free);
    const Signed certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    BONGSU_CHECK(size > 0);
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return crypto::to_hex(crypto::sha256(bytes));
}

}  // namespace bongsu::faults
