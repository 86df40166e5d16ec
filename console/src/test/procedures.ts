import type { Duty, Procedure, ProcedureStep, Told } from "../api/types";

// Values for tests only; nothing of the product reads them.

const both = (ko: string, en: string) => ({ ko, en });

const step = (key: string, change: Partial<ProcedureStep>): ProcedureStep => ({
  key, kind: "act", text: both(`${key} 단계`, `step ${key}`), answers: [], to: null, does: null, gates: [], state: "coming", since: null, dueAt: null, done: null, ...change,
});

const done = (change: Partial<NonNullable<ProcedureStep["done"]>> = {}) => ({ at: "2026-12-01T12:00:00.000000Z", by: "user:u1", answer: null, reason: null, ...change });

/** look (asks), search (passed), tell, hold (gates the close): as it begins, and with a step's answer as that leaves it. */
export function procedureAt(current: "look" | "tell" | "hold" | null, told: Told[] = []): Procedure {
  const order = ["look", "tell", "hold"];
  const at = current ? order.indexOf(current) : order.length;
  const state = (key: string): Partial<ProcedureStep> => {
    const place = order.indexOf(key);
    if (place < at) return { state: "done", done: done(key === "look" ? { answer: "seen" } : {}) };
    return { state: place === at ? "current" : "coming" };
  };
  return {
    sop: "112-emergency", version: 1, name: both("112 긴급영상 지원", "112 emergency video"), begunAt: "2026-12-01T12:00:00.000000Z", current, gated: current ? ["close"] : [], told,
    steps: [
      step("look", { kind: "ask", answers: [{ key: "seen", text: both("보임", "Seen") }, { key: "unseen", text: both("보이지 않음", "Not seen") }], ...state("look") }),
      step("search", { state: at === 0 ? "coming" : "passed" }),
      step("tell", { kind: "tell", to: "112", does: "notify_112", ...state("tell") }),
      step("hold", { does: "request_hold", gates: ["close"], ...state("hold") }),
    ],
  };
}

export const toldOf = (secondsAgo: number, change: Partial<Told> = {}): Told => ({
  step: "tell", agency: "112", at: new Date(Date.now() - secondsAgo * 1000).toISOString(), silentAfterS: 120, silent: false, acknowledgedAt: null, acknowledgedBy: null, ...change,
});

/** A seat with somebody at it. */
export const seatOf = (user: string, ko: string, change: Partial<NonNullable<Duty["seats"][number]["taken"]>> = {}): Duty["seats"][number] => ({
  key: `seat-${user}`, name: both(`${user}석`, `Seat ${user}`), role: "operator",
  taken: { user, name: both(ko, ko), role: "operator", seat: `seat-${user}`, shift: "s", crew: "A", source: "login", since: "2026-12-01T00:00:00.000000Z", breakSince: null, ...change },
});
