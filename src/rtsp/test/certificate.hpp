#pragma once
// A certificate for tests: self-signed, of an ECDSA key, for the names that are given.

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "crypto/crypto.hpp"

namespace bongsu::rtsp::test {

struct TestCertificate {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> certificate;
    std::string pem, key_pem, sha256;
};

/// `names` as OpenSSL's subjectAltName: "IP:127.0.0.1,DNS:camera".
inline TestCertificate make_certificate(const std::string& names, long valid_s = 3600) {
    TestCertificate out;
    out.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    out.certificate.reset(X509_new(), X509_free);
    X509* made = out.certificate.get();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -7200);
    X509_gmtime_adj(X509_getm_notAfter(made), valid_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("camera"), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    X509_set_pubkey(made, out.key.get());
    if (X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str())) {
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(made, out.key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(bio.get(), made);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    out.pem.assign(text, static_cast<std::size_t>(size));
    const std::unique_ptr<BIO, decltype(&BIO_free)> secret(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(secret.get(), out.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    const long secret_size = BIO_get_mem_data(secret.get(), &text);
    out.key_pem.assign(text, static_cast<std::size_t>(secret_size));
    unsigned char* der = nullptr;
    const int der_size = i2d_X509(made, &der);
    out.sha256 = crypto::to_hex(crypto::sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(der_size)}));
    OPENSSL_free(der);
    return out;
}

}  // namespace bongsu::rtsp::test
