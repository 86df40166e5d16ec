import type { ActName, Incident, IncidentState, Role } from "../api/types";
import type { MessageKey } from "../ui/i18n";

export const openStates: readonly IncidentState[] = ["new", "received", "acting", "released"];
export const endStates: readonly IncidentState[] = ["closed", "cancelled", "auto_closed"];

export const isOpen = (incident: Incident): boolean => openStates.includes(incident.state);
export const isWaiting = (incident: Incident): boolean => incident.state === "new";
export const isUrgent = (incident: Incident): boolean => incident.grade === "10";

/** How long an operator has to receive it: domain rule, 30 s for grade 10 and 120 s for the rest. */
export const receiveLimitMs = (incident: Incident): number => (isUrgent(incident) ? 30_000 : 120_000);

/** The buttons of the card. `act` stands for every kind of 조치. */
export type CardAct = "receive" | "act" | "note" | "close" | "cancel" | "open_video";
export const actKinds = ["dispatch", "notify_112", "notify_119", "notify_disaster", "call", "request_hold"] as const satisfies readonly ActName[];

const byState: Record<IncidentState, readonly CardAct[]> = {
  new: ["receive", "note", "close", "cancel"],
  received: ["act", "note", "close", "cancel"],
  acting: ["act", "note", "close", "cancel"],
  released: ["note", "close", "cancel"],
  closed: ["note"],
  cancelled: ["note"],
  auto_closed: ["note"],
};

const actors: ReadonlySet<Role> = new Set(["operator", "police", "supervisor"]);

/** Which acts to offer. The server decides; this only avoids offering a certain refusal. */
export function actsOf(incident: Incident, role: Role, videoIsOpen: boolean): CardAct[] {
  if (!actors.has(role)) return [];
  const acts = [...byState[incident.state]];
  const ended = incident.state === "released" || !isOpen(incident);
  if (!ended && !videoIsOpen && !isUrgent(incident) && !incident.test) acts.splice(incident.state === "new" ? 1 : 0, 0, "open_video");
  return acts;
}

export const stateKey = (state: IncidentState): MessageKey => `state.${state}`;

/** The name of the type that `typeName` gives, or "미등록 이벤트" with the sender's code, which is empty once it was erased as somebody's words. */
export function typeTitle(incident: Incident, name: string, unknown: string): string {
  if (incident.known === false) return incident.type ? `${unknown} (${incident.type})` : unknown;
  return name || incident.type;
}

export function faultKey(fault: string | null | undefined): MessageKey | null {
  switch (fault ?? "") {
    case "":
      return null;
    case "zero":
    case "swapped":
    case "projected":
    case "far":
      return `fault.${fault as "zero" | "swapped" | "projected" | "far"}`;
    default:
      return "fault.other";
  }
}
