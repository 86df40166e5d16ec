import type { ActName, Incident, IncidentState, Role, User } from "../api/types";
import { stayOf, type Seats } from "../duty/people";
import type { MessageKey } from "../ui/i18n";

export const openStates: readonly IncidentState[] = ["new", "received", "acting", "released"];
export const endStates: readonly IncidentState[] = ["closed", "cancelled", "auto_closed"];

export const isOpen = (incident: Incident): boolean => openStates.includes(incident.state);
export const isWaiting = (incident: Incident): boolean => incident.state === "new";
export const isUrgent = (incident: Incident): boolean => incident.grade === "10";

/** What is not real: a drill of our own, made of a record, or a test that its sender calls one. */
export type Practice = "drill" | "test";
export const practiceOf = ({ test, sender }: Incident): Practice | null => (!test ? null : sender?.endsWith(":drill") ? "drill" : "test");

/** How long an operator has to receive it: domain rule, 30 s for grade 10 and 120 s for the rest. */
export const receiveLimitMs = (incident: Incident): number => (isUrgent(incident) ? 30_000 : 120_000);

/** The buttons of the card. `act` stands for every kind of 조치. */
export type CardAct = "receive" | "act" | "note" | "close" | "cancel" | "open_video" | HandAct;
/** Those of the second row: whose it is, who commands it, its video held, and that another one is the same case. */
export type HandAct = "hand_over" | "take_over" | "command" | "yield_command" | "request_hold" | "merge";
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
export const mayAct = (role: Role): boolean => actors.has(role);

/** Somebody has received it, and it goes on. */
export const isUnderWay = (incident: Incident): boolean => incident.state === "received" || incident.state === "acting";
/** It has not ended, for whoever would do something about it. */
export const goesOn = (incident: Incident): boolean => isWaiting(incident) || isUnderWay(incident);
export const lacksOwner = (incident: Incident): boolean => isUnderWay(incident) && !incident.owner;

/** Which acts to offer. The server decides; this only avoids offering a certain refusal. */
export function actsOf(incident: Incident, role: Role, videoIsOpen: boolean): CardAct[] {
  if (!mayAct(role)) return [];
  const acts = [...byState[incident.state]];
  if (lacksOwner(incident)) acts.unshift("receive");
  const ended = incident.state === "released" || !isOpen(incident);
  if (!ended && !videoIsOpen && !isUrgent(incident) && !incident.test) acts.splice(incident.state === "new" ? 1 : 0, 0, "open_video");
  return acts;
}

/** To whom it may be handed: who sits at a seat, and neither has it nor asks. */
export const heirsOf = (incident: Incident, user: string, seats: Seats) =>
  seats.filter(({ taken }) => taken && taken.user !== user && taken.user !== incident.owner);

/** Which acts of the second row to offer. While it is not known who sits, what may be refused is offered. */
export function handActsOf(incident: Incident, { id, role }: Pick<User, "id" | "role">, seats: Seats): HandAct[] {
  if (!mayAct(role)) return [];
  const { owner, commander } = incident;
  const leads = role !== "operator";
  const isOpenToAll = leads || (!!owner && !stayOf(seats, owner));
  const offered: [HandAct, boolean][] = [
    ["hand_over", isUnderWay(incident) && (owner === id || leads) && heirsOf(incident, id, seats).length > 0],
    ["take_over", isUnderWay(incident) && !!owner && owner !== id && isOpenToAll],
    ["command", goesOn(incident) && role === "police" && commander !== id],
    ["yield_command", isUnderWay(incident) && !!commander && (commander === id || role === "supervisor")],
    ["request_hold", isUnderWay(incident)],
    ["merge", goesOn(incident)],
  ];
  return offered.filter(([, isOffered]) => isOffered).map(([act]) => act);
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
