#include "federation/contract.hpp"

#include <boost/json/parse.hpp>

#include "crypto/crypto.hpp"

namespace bongsu::federation {

namespace {

Result<std::set<std::string>> text_set(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || !value->is_array()) {
        return fail(ErrorKind::invalid, "contract: " + std::string(field) + " must be a list");
    }
    std::set<std::string> out;
    for (const auto& item : value->get_array()) {
        if (!item.is_string())
            return fail(ErrorKind::invalid, "contract: " + std::string(field) + " must hold strings");
        out.emplace(item.get_string());
    }
    return out;
}

Result<std::string> text(const boost::json::object& object, std::string_view field) {
    const auto* value = object.if_contains(field);
    if (value == nullptr || !value->is_string()) {
        return fail(ErrorKind::invalid, "contract: " + std::string(field) + " must be a string");
    }
    return std::string(value->get_string());
}

}  // namespace

Result<Contract> parse_contract(std::string_view body) {
    boost::system::error_code code;
    const auto value = boost::json::parse(body, code);
    if (code || !value.is_object()) return fail(ErrorKind::invalid, "contract: not a JSON object");
    const auto& object = value.get_object();
    Contract contract;
    TRY(contract.site.value, text(object, "site"));
    TRY(contract.with.value, text(object, "with"));
    TRY(contract.purposes, text_set(object, "purposes"));
    TRY(contract.kinds, text_set(object, "kinds"));
    contract.digest = crypto::to_hex(crypto::sha256(body));
    return contract;
}

std::string refusal(const Contract& contract, const SiteId& asking, std::string_view purpose,
                    std::string_view kind) {
    if (contract.with != asking)
        return "the contract of " + contract.site.value + " is not with " + asking.value;
    if (!contract.purposes.contains(std::string(purpose))) {
        return "the contract of " + contract.site.value + " does not allow the purpose " +
               std::string(purpose);
    }
    if (!contract.kinds.contains(std::string(kind))) {
        return "the contract of " + contract.site.value + " does not allow " + std::string(kind);
    }
    return {};
}

}  // namespace bongsu::federation
