// Route x person x disguise x owner and state of the incident or grant. Whoever may not is told so and no more, and no word
// of what is not theirs stands in anybody's answer; whoever may finds it.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "app/site/routes.hpp"
#include "cells.hpp"
#include "env/sim/sim_world.hpp"
#include "policy/world.hpp"
#include "town.hpp"

namespace bongsu::authorisation {
namespace {

using policy::kUnknownId;
using policy::request_of;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (from.empty()) return text;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

/// "GET /api/v1/grants/{}": a row without its question and the names of its placeholders.
std::string shape_of(const std::string& route) {
    std::string out;
    bool inside = false;
    for (const char c : route.substr(0, route.find('?'))) {
        if (!inside) out += c;
        if (c == '{') inside = true;
        if (c == '}') {
            if (inside) out += c;
            inside = false;
        }
    }
    return out;
}

struct Question {
    http::Request request;
    std::string words;  ///< All that it says, so that an answer may say it too.
};

/// Ways in which nobody pretends to be somebody: what the request carries instead of a session.
struct Disguise {
    std::string name;
    std::function<void(http::Request&, const Town&)> put_on;
};

std::vector<Disguise> disguises_of(const Town& town) {
    std::vector<Disguise> out{
        {"", [](http::Request&, const Town&) {}},
        {"in a cookie", [](http::Request& request, const Town& of) { request.headers["cookie"] = "token=" + of.token('s') + "; session=" + of.token('s'); }},
        {"in a cookie with a foreign origin",
         [](http::Request& request, const Town& of) {
             request.headers["cookie"] = "Authorization=Bearer " + of.token('s');
             request.headers["origin"] = "https://evil.example";
         }},
        {"as a password of Basic", [](http::Request& request, const Town& of) { request.headers["authorization"] = "Basic " + of.token('s'); }},
        {"in a header of its own", [](http::Request& request, const Town& of) { request.headers["x-authorization"] = "Bearer " + of.token('s'); }},
        {"in the question", [](http::Request& request, const Town& of) { request.query["token"] = request.query["access_token"] = of.token('s'); }},
        {"from the very machine", [](http::Request& request, const Town&) { request.headers["x-forwarded-for"] = "127.0.0.1"; }},
        {"as another user", [](http::Request& request, const Town& of) { request.headers["x-remote-user"] = of.user('s'); }},
    };
    for (const auto& [name, token] : town.false_tokens())
        out.push_back({"with " + name, [token = token](http::Request& request, const Town&) { request.headers["authorization"] = "Bearer " + token; }});
    return out;
}

class Matrix : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        town_ = std::make_unique<Town>();
        observations_.clear();
    }
    static void TearDownTestSuite() { town_.reset(); }

    static Question question(const Row& row, const std::string& incident, const std::string& camera, const std::string& grant) {
        const auto fill = [&](std::string text) {
            text = replaced(replaced(replaced(std::move(text), "{incident}", incident), "{camera}", camera), "{grant}", grant);
            for (const auto& [name, value] : town_->values()) text = replaced(std::move(text), name, value);
            return text;
        };
        const auto space = row.route.find(' ');
        auto path = fill(row.route.substr(space + 1));
        Question out;
        std::string query;
        if (const auto mark = path.find('?'); mark != std::string::npos) {
            query = path.substr(mark + 1);
            path.resize(mark);
        }
        out.request = request_of(row.route.substr(0, space), path, row.body == "AUTH" || row.body == "EVENT" ? partners_message(row.body) : fill(row.body));
        for (std::size_t at = 0; at < query.size();) {
            const auto end = std::min(query.find('&', at), query.size());
            const auto is = query.find('=', at);
            out.request.query[query.substr(at, is - at)] = query.substr(is + 1, end - is - 1);
            at = end + 1;
        }
        out.words = path + " " + query + " " + out.request.body;
        return out;
    }

    /// Well formed, with a key of nobody.
    static std::string partners_message(const std::string& what) {
        event::scsns::WriterHead head{.send_cd = code_of('P'), .rcv_cd = "B1100000000", .rr_key = std::string(32, '0'), .at = town_->clock().wall()};
        if (what == "AUTH") return event::scsns::write_get_auth(head, "a-key-of-nobody");
        event::scsns::WriterEvent event;
        event.number = "1";
        event.occurred_at = event.state_time = head.at;
        return event::scsns::write_event(head, event);
    }

    static std::string all_of(const http::Response& answer) {
        std::string out = answer.body;
        for (const auto& [name, value] : answer.headers) out.append("\n").append(name).append(": ").append(value);
        for (const auto& piece : answer.pieces) out.append(piece.bytes);
        return out;
    }

    static Seen seen_of(const http::Response& answer, const Question& asked, const http::Request& sent) {
        Seen seen;
        seen.status = answer.status;
        const auto text = all_of(answer);
        const auto& secrets = town_->secrets();
        for (std::size_t i = 0; i < secrets.size(); ++i) {
            const auto& word = secrets[i].second;
            if (text.find(word) != std::string::npos && asked.words.find(word) == std::string::npos) seen.secrets.push_back(static_cast<std::uint16_t>(i));
        }
        for (const auto& [name, value] : answer.headers) {
            std::string lower = name;
            std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            if (lower.starts_with("access-control-") || lower == "set-cookie") seen.is_open_to_origins = true;
        }
        // What it was sent it may not send back either: a credential in the question is no reader's.
        if (const auto token = sent.bearer(); !token.empty() && text.find(token) != std::string::npos) seen.is_open_to_origins = true;
        return seen;
    }

    static void ask_as(const Row& row, Cell cell, const std::string& incident, const std::string& camera, const std::string& grant, const Disguise& disguise) {
        cell.as = disguise.name;
        if (!is_asked(cell.name(law()))) return;
        auto asked = question(row, incident, camera, grant);
        auto request = asked.request;
        if (cell.person != 'n') {
            const bool leaves = row.route == "POST /api/v1/logout";
            request.headers["authorization"] = "Bearer " + (leaves ? town_->log_in(cell.person) : town_->token(cell.person));
        }
        disguise.put_on(request, *town_);
        // The login's limit on wrong passwords is another test's.
        if (row.route.ends_with("/login")) town_->clock().advance(61s);
        town_->clock().advance(1ms);
        const auto answer = town_->ask(request);
        auto seen = seen_of(answer, asked, request);
        const auto expected = expected_of(row, cell.person, cell.incident, cell.has_grant ? &cell.holders : nullptr);
        if (expected.refused == 404 && seen.status == 404) {
            const auto absent = town_->ask(cell.person, question(row, std::string(kUnknownId), camera, std::string(kUnknownId)).request);
            const auto same = replaced(replaced(answer.body, incident, std::string(kUnknownId)), grant, std::string(kUnknownId));
            seen.tells_apart = same != absent.body || answer.headers != absent.headers;
        }
        if (counts_) Tally::all().count("routes", {{"person", std::string(1, cell.person)}, {"owner and state", cell.of.empty() ? "-" : cell.of}, {"disguise", cell.as.empty() ? "-" : cell.as}});
        observations_.push_back({std::move(cell), std::move(seen)});
    }

    static void ask_all(const Row& row, Cell cell, const std::string& incident, const std::string& camera, const std::string& grant) {
        const auto disguises = disguises_of(*town_);
        static const Disguise from_elsewhere{"from a page of a foreign origin", [](http::Request& request, const Town&) {
                                                 request.headers["origin"] = "https://evil.example";
                                                 request.headers["referer"] = "https://evil.example/x";
                                                 request.headers["sec-fetch-site"] = "cross-site";
                                             }};
        for (const char person : kPersons) {
            cell.person = person;
            if (person != 'n') {
                ask_as(row, cell, incident, camera, grant, disguises.front());
                // A page elsewhere has no token: what it could know it is not shown either.
                if (person == 's' && row.route.starts_with("GET")) ask_as(row, cell, incident, camera, grant, from_elsewhere);
                continue;
            }
            for (const auto& disguise : disguises) ask_as(row, cell, incident, camera, grant, disguise);
        }
    }

    static void ask_everything() {
        const auto& rows = law().rows;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto& row = rows[i];
            Cell cell;
            cell.row = i;
            if (row.route.find("{grant}") != std::string::npos) {
                for (const auto& grant : town_->grants()) {
                    cell.of = "grant " + grant.name;
                    cell.holders = grant.holders;
                    cell.has_grant = true;
                    ask_all(row, cell, {}, {}, grant.id);
                }
            } else if (row.route.find("{incident}") != std::string::npos || row.body.find("{incident}") != std::string::npos) {
                for (const auto& thing : law().incidents) {
                    cell.of = thing.name;
                    cell.incident = &thing;
                    ask_all(row, cell, town_->incident(thing.name), town_->camera(thing.name), {});
                }
            } else {
                ask_all(row, cell, {}, town_->camera("elsewhere"), {});
            }
        }
    }

    inline static std::unique_ptr<Town> town_;
    inline static bool counts_ = true;  ///< What is asked once more is no further cell.
    inline static std::vector<Observation> observations_;
};

/// A secret's readers as the (maybe broken) list has them.
using Readers = std::vector<std::string>;

Readers readers_of(const Town& town) {
    Readers out;
    for (const auto& [secret, word] : town.secrets()) out.push_back(secret.may);
    return out;
}

/// Why this is not as the law has it; empty when it is.
std::string fault_of(const Law& law, const std::vector<Thing>& things, const Readers& readers, const std::vector<std::pair<Secret, std::string>>& secrets,
                     const Observation& one) {
    const auto& row = law.rows.at(one.cell.row);
    const Thing* incident = nullptr;
    for (const auto& thing : things) {
        if (one.cell.incident != nullptr && thing.name == one.cell.incident->name) incident = &thing;
    }
    const auto expected = expected_of(row, one.cell.person, incident, one.cell.has_grant ? &one.cell.holders : nullptr);
    const int status = one.seen.status;
    if (expected.may && std::find(row.done.begin(), row.done.end(), status) == row.done.end()) return "may, and was answered " + std::to_string(status);
    if (!expected.may && status != expected.refused) return "may not, and was answered " + std::to_string(status) + " instead of " + std::to_string(expected.refused);
    for (const auto number : one.seen.secrets) {
        if (readers.at(number).find(one.cell.person) == std::string::npos) return "was told the " + secrets.at(number).first.name;
        if (!expected.may) return "was refused, and told the " + secrets.at(number).first.name;
    }
    if (one.seen.tells_apart) return "is told apart from what does not exist";
    if (one.seen.is_open_to_origins) return "the answer sets a cookie, lets another origin read it or says the credential again";
    return {};
}

/// Letters of those who found this word somewhere.
std::vector<std::set<char>> finders(std::size_t secrets, const std::vector<Observation>& observations) {
    std::vector<std::set<char>> out(secrets);
    for (const auto& one : observations) {
        for (const auto number : one.seen.secrets) out.at(number).insert(one.cell.person);
    }
    return out;
}

TEST_F(Matrix, EveryRouteHasARowAndEveryRowARoute) {
    std::set<std::string> served, known;
    for (const auto& route : app::Site::routes()) served.insert(shape_of(std::string(route.method) + " " + std::string(route.pattern)));
    for (const auto& row : law().rows) known.insert(shape_of(row.route));
    EXPECT_EQ(served, known);
}

TEST_F(Matrix, EachGetsWhatIsTheirsAndNothingElse) {
    ask_everything();
    std::size_t wrong = 0;
    for (const auto& one : observations_) {
        const auto why = fault_of(law(), law().incidents, readers_of(*town_), town_->secrets(), one);
        if (why.empty()) continue;
        ++wrong;
        Tally::all().wrong(one.cell.name(law()), why);
    }
    EXPECT_EQ(wrong, 0U);
    if (std::getenv("BONGSU_CELL") == nullptr) {
        EXPECT_GE(observations_.size(), 5'000U);
    }
}

/// A word that nobody finds proves nothing.
TEST_F(Matrix, WhoeverMayReadAWordFindsIt) {
    if (std::getenv("BONGSU_CELL") != nullptr) GTEST_SKIP() << "not everything was asked";
    ASSERT_FALSE(observations_.empty());
    const auto found = finders(town_->secrets().size(), observations_);
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& may = town_->secrets()[i].first.may;
        const std::set<char> readers(may.begin(), may.end());
        EXPECT_EQ(std::string(found[i].begin(), found[i].end()), std::string(readers.begin(), readers.end())) << town_->secrets()[i].first.name;
    }
}

/// What is held against the table must notice every break of the table, and of the program.
class Breaks : public Matrix {
  protected:
    static void SetUpTestSuite() {
        Matrix::SetUpTestSuite();
        counts_ = false;
        if (std::getenv("BONGSU_CELL") == nullptr) ask_everything();
        for (std::size_t i = 0; i < observations_.size(); ++i) of_row_[observations_[i].cell.row].push_back(i);
    }
    static void TearDownTestSuite() { town_.reset(); }
    void SetUp() override {
        if (std::getenv("BONGSU_CELL") != nullptr) GTEST_SKIP() << "not everything was asked";
    }

    std::string fault(const Law& broken, const Observation& one) const { return fault_of(broken, broken.incidents, readers_, town_->secrets(), one); }
    bool is_noticed(const Law& broken, std::size_t row) const {
        return std::any_of(of_row_[row].begin(), of_row_[row].end(), [&](std::size_t i) { return !fault(broken, observations_[i]).empty(); });
    }
    bool is_noticed(const Law& broken) const {
        return std::any_of(observations_.begin(), observations_.end(), [&](const Observation& one) { return !fault(broken, one).empty(); });
    }

    inline static std::map<std::size_t, std::vector<std::size_t>> of_row_;
    const Readers readers_ = readers_of(*town_);
};

std::string toggled(std::string letters, char letter) {
    const auto at = letters.find(letter);
    return at == std::string::npos ? letters + letter : letters.erase(at, 1);
}

TEST_F(Breaks, OfTheTableAreNoticedEachAndInPairsOfChance) {
    std::size_t made = 0;
    Law broken = law();
    for (std::size_t i = 0; i < broken.rows.size(); ++i) {
        auto& row = broken.rows[i];
        const Row kept = row;
        if (row.of_partners) {
            row.of_partners = false;
            row.may = kPersons;
            ++made;
            EXPECT_TRUE(is_noticed(broken, i)) << kept.route << " opened to everybody";
            row = kept;
            continue;
        }
        for (const char letter : std::string(kPersons) + "w") {
            const bool is_idle = letter == 'w' && std::all_of(kAgencyPersons.begin(), kAgencyPersons.end(), [&](char one) { return row.may.find(one) != std::string::npos; });
            if (is_idle) continue;  // All agencies may already.
            row.may = toggled(row.may, letter);
            ++made;
            EXPECT_TRUE(is_noticed(broken, i)) << kept.route << " with the other word about " << letter;
            row = kept;
        }
        row.done = {299};
        ++made;
        EXPECT_TRUE(is_noticed(broken, i)) << kept.route << " with another answer";
        row = kept;
    }
    for (auto& thing : broken.incidents) {
        const Thing kept = thing;
        for (const char agency : std::string("PFJ")) {
            const bool has = (kept.senders + kept.holders).find(agency) != std::string::npos;
            thing.senders = thing.holders = {};
            for (const char one : kept.senders + kept.holders) {
                if (!has || one != agency) thing.senders += one;
            }
            if (!has) thing.senders += agency;
            ++made;
            EXPECT_TRUE(is_noticed(broken)) << kept.name << " with the other word about agency " << agency;
            thing = kept;
        }
    }
    const auto found = finders(town_->secrets().size(), observations_);
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (const char person : kPersons) {
            const auto may = toggled(readers_[i], person);
            const std::set<char> readers(may.begin(), may.end());
            ++made;
            EXPECT_NE(found[i], readers) << town_->secrets()[i].first.name << " with the other word about " << person;
        }
    }
    env::sim::SimRandom chance(4);
    for (int i = 0; i < 300; ++i) {
        Law twice = law();
        for (int k = 0; k < 2; ++k) {
            auto& row = twice.rows[chance.below(twice.rows.size())];
            if (!row.of_partners) row.may = toggled(row.may, kPersons[chance.below(kPersons.size())]);
        }
        const auto is_same = [&] {
            for (std::size_t r = 0; r < twice.rows.size(); ++r) {
                if (twice.rows[r].may != law().rows[r].may) return false;
            }
            return true;
        }();
        if (is_same) continue;
        ++made;
        EXPECT_TRUE(is_noticed(twice)) << "pair " << i;
    }
    std::printf("%zu breaks of the table, each noticed unless said above\n", made);
}

TEST_F(Breaks, OfTheProgramAreNoticedInEachCell) {
    std::size_t made = 0, missed = 0;
    for (const auto& one : observations_) {
        const auto expected = expected_of(law().rows[one.cell.row], one.cell.person, one.cell.incident, one.cell.has_grant ? &one.cell.holders : nullptr);
        std::vector<Observation> worse;
        if (expected.may) {
            for (const int status : {401, 403, 500}) worse.emplace_back(one).seen.status = status;
        } else {
            for (const int status : {200, 201, 204, 400, 409, expected.refused == 404 ? 403 : 404}) {
                if (status != expected.refused) worse.emplace_back(one).seen.status = status;
            }
            worse.emplace_back(one).seen.secrets.push_back(0);
        }
        for (std::size_t i = 0; i < readers_.size(); i += 7) {
            if (readers_[i].find(one.cell.person) == std::string::npos) worse.emplace_back(one).seen.secrets.push_back(static_cast<std::uint16_t>(i));
        }
        worse.emplace_back(one).seen.tells_apart = true;
        worse.emplace_back(one).seen.is_open_to_origins = true;
        made += worse.size();
        for (const auto& broken : worse) missed += fault(law(), broken).empty() ? 1 : 0;
    }
    std::printf("%zu breaks of the program\n", made);
    EXPECT_EQ(missed, 0U);
}

}  // namespace
}  // namespace bongsu::authorisation
