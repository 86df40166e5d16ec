#pragma once
// What was seen, cell by cell, and what of it is not as the law has it.

#include <bitset>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "law.hpp"

namespace bongsu::authorisation {

/// One question as it was asked: route x person x disguise x object.
struct Cell {
    std::size_t row = 0;       ///< Of the law's rows.
    char person = 'n';
    std::string as;            ///< How the person came: "", "in a cookie", …
    std::string of;            ///< Name of the incident or the grant; empty where the path has none.
    const Thing* incident = nullptr;
    std::string holders;
    bool has_grant = false;

    std::string name(const Law& law) const;
};

struct Seen {
    int status = 0;
    std::vector<std::uint16_t> secrets;  ///< Numbers of those that stood in the answer and not in the question.
    bool tells_apart = false;  ///< Another answer than for what does not exist.
    bool is_open_to_origins = false;  ///< It sets a cookie or lets another origin's page read it.
};

struct Observation {
    Cell cell;
    Seen seen;
};

/// Whether a cell is asked in this run: all of them, or those whose name holds the text of BONGSU_CELL.
bool is_asked(const std::string& cell);

/// Counts cells by dimension and collects the wrong ones; prints both.
class Tally {
  public:
    /// Also says how to repeat what is wrong.
    void count(const std::string& table, const std::vector<std::pair<std::string, std::string>>& dimensions);
    void wrong(const std::string& cell, const std::string& why);
    std::size_t cells() const { return cells_; }
    std::size_t wrongs() const { return wrongs_; }
    void print() const;
    static Tally& all();

  private:
    std::size_t cells_ = 0, wrongs_ = 0;
    std::map<std::string, std::size_t> tables_;
    std::map<std::string, std::map<std::string, std::size_t>> dimensions_;
};

}  // namespace bongsu::authorisation
