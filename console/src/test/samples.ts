import type { ChosenCamera, Grant, Incident, Ticket, User } from "../api/types";

// Values for tests only; nothing of the product reads them.

export const incident = (change: Partial<Incident>): Incident => ({
  id: "i1", type: "112UC001", typeName: { ko: "112센터 긴급영상 지원", en: "112 emergency video" }, known: true, state: "new", grade: "10",
  position: [127.0374, 37.5443], place: "서울숲", openedAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z", site: "11000",
  ...change,
});

export const grant = (change: Partial<Grant>): Grant => ({
  id: "g1", incident: "i1", purpose: "operator-incident", basis: "개인정보 보호법", holder: { agency: "B1100000000" }, cameras: ["a", "b"],
  from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:30:00Z", state: "live", ...change,
});

export const camera = (id: string, score: number, position: [number, number]): ChosenCamera => ({
  id, name: id, site: "11000", position, bearing: 0, score, reasons: [], live: true,
});

export const user: User = { id: "u1", role: "operator", site: "11000", agency: "B1100000000" };

export const ticket = (name: string, change: Partial<Ticket> = {}): Ticket => ({
  ticket: name, whep: "http://media/whep/a", fmp4: "ws://media/fmp4/a", hls: null, rtsp: null, snapshot: null, expires: "2026-01-01T00:01:00Z", ...change,
});
