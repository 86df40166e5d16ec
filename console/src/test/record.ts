import type { Report, TimelineEntry } from "../api/types";

// Values for tests only; nothing of the product reads them.

export const kOpened = Date.parse("2026-12-01T12:00:00.000Z");
const at = (second: number) => new Date(kOpened + second * 1000).toISOString();

let seq = 0;
/** An entry so many seconds after the opening. */
export const entryAt = (second: number, kind: string, more: Record<string, unknown> = {}): TimelineEntry => ({ seq: ++seq, time: at(second), kind, ...more });

const acted = (second: number, user: string, act: string, from: string, to: string, more: Record<string, unknown> = {}) =>
  entryAt(second, "incident.acted", { actor: `user:${user}`, act, from, to, ...more });

/** Ten minutes of the incident i1: u1 receives and tells 112, p1 commands, it moves, u2 closes it. */
export const record: readonly TimelineEntry[] = [
  entryAt(0, "incident.opened", { actor: "site:11000", state: "new", grade: "10", position: [127, 37.5], place: "서울숲", openedAt: at(0) }),
  entryAt(0, "cameras.chosen", { cameras: [{ camera: "11000-a", score: 900 }, { camera: "11000-b", score: 800 }] }),
  entryAt(1, "grant.issued", { grant: "g1", purpose: "operator-incident" }),
  acted(8, "u1", "receive", "new", "received"),
  entryAt(8, "view.permitted", { actor: "user:u1", view: "v1", grant: "g1", camera: "11000-a", user: "u1", agency: "B1100000000" }),
  entryAt(10, "view.opened", { actor: "site:11000", view: "v1", grant: "g1", camera: "11000-a", holder: "u1", at: at(9), way: "whep", ticketKind: "live" }),
  acted(30, "p1", "command", "received", "received"),
  acted(60, "u1", "notify_112", "received", "acting"),
  entryAt(60, "sop.step_done", { actor: "user:u1", step: "tell", to: "112", silent: 120_000_000 }),
  entryAt(61, "outbound.queued", { id: "o1", partner: "seoul-112", code: "20" }),
  entryAt(300, "incident.changed", { from: "acting", to: "acting", position: [127.001, 37.501], place: "서울숲 북문" }),
  entryAt(300, "cameras.chosen", { cameras: [{ camera: "11000-c", score: 700 }] }),
  entryAt(310, "sop.acknowledged", { actor: "user:u1", step: "tell" }),
  entryAt(311, "outbound.delivered", { id: "o1", partner: "seoul-112", code: "20" }),
  entryAt(362, "view.closed", { actor: "site:11000", view: "v1", grant: "g1", camera: "11000-a", holder: "u1", at: at(360), way: "whep", ticketKind: "live" }),
  acted(370, "u1", "hand_over", "acting", "acting", { person: "u2" }),
  acted(600, "u2", "close", "acting", "closed", { outcome: "true" }),
];

export const report = (change: Partial<Report> = {}): Report => ({
  event: "e1", sender: "P1100000000", number: "20261201-1", type: "112UC001", typeName: { ko: "112센터 긴급영상 지원", en: "112 emergency video" }, grade: "10",
  position: [127, 37.5], place: "서울숲", text: "", occurredAt: at(0), endedAt: null, endedCode: null, joinedBy: null, distanceM: 0, ...change,
});
