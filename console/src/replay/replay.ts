import { lonLat, type IncidentState, type LonLat, type TimelineEntry } from "../api/types";
import { endStates, openStates } from "../incident/incident";
import { parseTime } from "../ui/time";

/** An entry of the record, and when it came into it, ms. */
export interface Moment {
  entry: TimelineEntry;
  at: number;
}

/** The record's order is what happened: where a clock was set back, an entry stands no earlier than the one before it. */
export function momentsOf(entries: readonly TimelineEntry[]): Moment[] {
  let at = -Infinity;
  return entries.map((entry) => {
    at = Math.max(at, parseTime(entry.time));
    return { entry, at };
  });
}

/** How many of `moments` had been at `time`. */
export function countAt(moments: readonly Moment[], time: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as Moment).at <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the next entry stands, and the one before; null where there is none. Entries of one moment are one step. */
export const nextAt = (moments: readonly Moment[], time: number): number | null => moments[countAt(moments, time)]?.at ?? null;
export const previousAt = (moments: readonly Moment[], time: number): number | null => moments[countAt(moments, time - 1) - 1]?.at ?? null;

/** An agency that somebody told something. */
export interface Told {
  /** Its word; empty for an act that names none. */
  agency: string;
  /** Of the procedure; null for an act by itself, whose answer nobody follows. */
  step: string | null;
  at: number;
  /** Silence for longer is shown; 0: it need not answer. */
  silentMs: number;
  answeredAt: number | null;
  answeredBy: string;
}

/** What the centre's own program sends to the sender's. */
export interface Sent {
  id: string;
  partner: string;
  at: number;
  state: "queued" | "delivered" | "failed";
  isSimulated: boolean;
}

/** An incident as it stood at one moment. */
export interface Scene {
  /** Null before it was opened. */
  state: IncidentState | null;
  grade: string;
  owner: string | null;
  commander: string | null;
  position: LonLat | null;
  place: string;
  /** Chosen, best first. */
  cameras: readonly string[];
  told: readonly Told[];
  sent: readonly Sent[];
}

export const emptyScene: Scene = { state: null, grade: "20", owner: null, commander: null, position: null, place: "", cameras: [], told: [], sent: [] };

/** What the entries so far have made of the incident `here`. */
export const sceneOf = (moments: readonly Moment[], here: string): Scene => moments.reduce((scene, moment) => after(scene, moment, here), emptyScene);

export const wordOf = (value: unknown): string => (typeof value === "string" ? value : "");
/** Of "user:…"; empty for a machine. */
export const personOf = (actor: string | undefined): string => (actor?.startsWith("user:") ? actor.slice("user:".length) : "");
const states: readonly IncidentState[] = [...openStates, ...endStates];
const stateOf = (word: unknown): IncidentState | null => states.find((state) => state === word) ?? null;

function after(scene: Scene, { entry, at }: Moment, here: string): Scene {
  switch (entry.kind) {
    case "incident.opened":
      return { ...scene, ...contentOf(entry), state: stateOf(entry.state), grade: wordOf(entry.grade) || scene.grade };
    case "incident.changed":
      return { ...scene, ...contentOf(entry), state: stateOf(entry.to) ?? scene.state };
    case "incident.joined":
      return { ...scene, grade: worse(scene.grade, entry.grade) };
    case "incident.merged":
      return entry.other === here ? { ...scene, state: "closed" } : merged(scene, entry);
    case "incident.acted":
      return acted(scene, entry, at);
    case "cameras.chosen":
      return { ...scene, cameras: chosenIn(entry) };
    case "sop.step_done":
      return entry.to ? { ...scene, told: withStep(scene.told, entry, at) } : scene;
    case "sop.acknowledged":
      return { ...scene, told: scene.told.map((one) => (one.step === entry.step && one.answeredAt === null ? { ...one, answeredAt: at, answeredBy: entry.actor ?? "" } : one)) };
    default:
      return entry.kind.startsWith("outbound.") ? { ...scene, sent: withSent(scene.sent, entry, at) } : scene;
  }
}

export const placeOf = ({ position }: TimelineEntry): LonLat | null => (Array.isArray(position) ? lonLat(position) : null);

/** What was erased is not known any more, at no time. */
const contentOf = (entry: TimelineEntry): Pick<Scene, "position" | "place"> => ({ position: placeOf(entry), place: wordOf(entry.place) });

const worse = (grade: string, other: unknown): string => (other === "10" ? "10" : grade);

function merged(scene: Scene, entry: TimelineEntry): Scene {
  const state = stateOf(entry.to) ?? scene.state;
  const person = personOf(entry.actor);
  return { ...scene, state, grade: worse(scene.grade, entry.grade), owner: scene.owner ?? (person && state !== "new" ? person : null) };
}

/** Whoever does one of these has the incident in hand where nobody else has. */
const taking: ReadonlySet<string> = new Set(["receive", "dispatch", "notify", "notify_112", "notify_119", "notify_disaster", "call", "ptz", "request_hold", "procedure_step"]);
const telling: Readonly<Record<string, string>> = { notify: "", notify_112: "112", notify_119: "119", notify_disaster: "disaster" };

function acted(scene: Scene, entry: TimelineEntry, at: number): Scene {
  const act = entry.act ?? "";
  const agency = telling[act];
  const told = agency === undefined ? scene.told : [...scene.told, { agency, step: null, at, silentMs: 0, answeredAt: null, answeredBy: "" }];
  const now = { ...scene, told, state: stateOf(entry.to) ?? scene.state };
  const person = personOf(entry.actor);
  if (!person) return now;
  switch (act) {
    case "hand_over":
      return { ...now, owner: wordOf(entry.person) || null };
    case "take_over":
      return { ...now, owner: person };
    case "command":
      return { ...now, commander: person };
    case "yield_command":
      return { ...now, commander: null };
    default:
      return taking.has(act) ? { ...now, owner: scene.owner ?? person } : now;
  }
}

/** The cameras of a choice, best first. */
export function chosenIn(entry: TimelineEntry): string[] {
  const cameras: unknown[] = Array.isArray(entry.cameras) ? entry.cameras : [];
  return cameras.flatMap((each) => wordOf((each as { camera?: unknown } | null)?.camera) || []);
}

/** An act that is a step, and the step, come into the record together. */
const kTogetherMs = 1000;

function withStep(told: readonly Told[], entry: TimelineEntry, at: number): Told[] {
  const agency = wordOf(entry.to);
  const others = told.filter((one) => one.step !== null || one.agency !== agency || at - one.at > kTogetherMs);
  const silentMs = typeof entry.silent === "number" ? entry.silent / 1000 : 0;
  return [...others, { agency, step: wordOf(entry.step), at, silentMs, answeredAt: null, answeredBy: "" }];
}

function withSent(sent: readonly Sent[], entry: TimelineEntry, at: number): Sent[] {
  const id = wordOf(entry.id);
  if (entry.kind === "outbound.queued") return [...sent, { id, partner: wordOf(entry.partner), at, state: "queued", isSimulated: entry.simulated === true }];
  const states: Readonly<Record<string, Sent["state"]>> = { "outbound.delivered": "delivered", "outbound.failed": "failed", "outbound.requeued": "queued" };
  const state = states[entry.kind];
  return sent.map((one) => (one.id === id && state ? { ...one, state } : one));
}
