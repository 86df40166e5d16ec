#pragma once
// Who sends: partners of each format, with occurrences whose messages are repeated, late, out of order and broken.

#include <memory>
#include <string>
#include <vector>

#include "city.hpp"
#include "listener.hpp"

namespace bongsu::simulation {

/// What a partner says of one occurrence: it is written in its format when it is sent.
struct Statement {
    event::scsns::WriterEvent event;
    bool is_drill = false;  ///< Where its format has a field for that.
    bool done = false;
};

/// How a partner's statements become bytes and get to the centre.
class Way {
  public:
    virtual ~Way() = default;
    virtual void send(const Statement& statement, std::function<void(Heard)> tell) = 0;
    /// Sends bytes that are no message any more; `tell` hears `refused` or, where nothing answers, `again`.
    virtual void send_broken(const Statement& statement, std::function<void(Heard)> tell) = 0;
    /// Under which name the events stand in the journal.
    virtual std::string sender() const = 0;
    virtual bool has_revisions() const { return false; }
};

class Partner {
  public:
    /// `calls`: how many occurrences it has in this run.
    Partner(SimCity& city, std::unique_ptr<Way> way, std::string name, std::size_t calls);

  private:
    struct Call {
        std::string number;
        std::vector<Statement> statements;
        bool in_order = true, hasty = false;
        std::size_t next = 0;
    };
    void plan_call(std::size_t index);
    void begin(Call& call);
    void send_next(Call& call);
    void send(Call& call, Statement& statement, bool repeat);
    void take_answer(Call& call, Statement& statement, bool repeat, Heard heard);

    SimCity& city_;
    Chance chance_;
    std::unique_ptr<Way> way_;
    std::string name_;
    std::vector<std::unique_ptr<Call>> calls_;
};

/// A partner of every format, and devices that are answered nothing.
class Partners {
  public:
    explicit Partners(SimCity& city);

  private:
    std::vector<event::Profile> profiles_;
    std::unique_ptr<PartnerSession> session_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<std::unique_ptr<Partner>> partners_;
    std::vector<std::shared_ptr<void>> devices_;
};

}  // namespace bongsu::simulation
