import type { StreamFrame } from "../api/stream";
import type { Camera, ChosenCamera, Grant, Incident, PtzNotice, Site } from "../api/types";
import type { DeskState } from "./model";

/** A state in the making: each map is copied once, however much of it changes. */
class Draft {
  private readonly change_: Partial<DeskState> = {};
  constructor(private readonly state_: DeskState) {}

  get<K extends keyof DeskState>(key: K): DeskState[K] {
    return (this.change_[key] ?? this.state_[key]) as DeskState[K];
  }
  set<K extends keyof DeskState>(key: K, value: DeskState[K]): void {
    this.change_[key] = value;
  }
  map<K extends "incidents" | "chosen" | "grants" | "cameras" | "turned">(key: K): MapOf<DeskState[K]> {
    this.change_[key] ??= new Map(this.state_[key] as ReadonlyMap<string, never>) as DeskState[K];
    return this.change_[key] as unknown as MapOf<DeskState[K]>;
  }
  change(): Partial<DeskState> {
    return this.change_;
  }
}
type MapOf<M> = M extends ReadonlyMap<string, infer V> ? Map<string, V> : never;

/** What a batch of frames makes of the state: one change, however many frames. */
export function applyFrames(state: DeskState, frames: Iterable<StreamFrame>): Partial<DeskState> {
  const draft = new Draft(state);
  for (const frame of frames) apply(draft, frame);
  return draft.change();
}

function apply(draft: Draft, frame: StreamFrame): void {
  const item = frame.item as object | null;
  switch (frame.kind) {
    case "incident":
      if (item) {
        const incidents = draft.map("incidents");
        incidents.set(frame.id, newer(incidents.get(frame.id), item as Incident));
      } else {
        draft.map("incidents").delete(frame.id);
        if (draft.get("selected") === frame.id) draft.set("selected", null);
      }
      return;
    case "grant": {
      const known = draft.get("grants").get(frame.id);
      if (item) putGrant(draft.map("grants"), item as Grant);
      else if (known) putGrant(draft.map("grants"), { ...known, state: "ended" });
      return;
    }
    case "camera_choice": {
      const cameras = chosenOf(frame);
      if (cameras) draft.map("chosen").set(frame.id, cameras);
      return;
    }
    case "camera":
      if (item) draft.map("cameras").set(frame.id, item as Camera);
      return;
    case "ptz": {
      // A takeover is two frames: that the one before lost it is not to be lost with the second.
      const lost = draft.change().turned?.get(frame.id)?.ended ?? null;
      const notice = item as PtzNotice | null;
      if (notice) draft.map("turned").set(frame.id, { ...notice, ended: notice.ended ?? lost });
      return;
    }
    case "site": {
      const site = item as Site | null;
      if (site) draft.set("sites", draft.get("sites").map((each) => (each.id === site.id ? { ...each, ...site } : each)));
      return;
    }
    case "media":
      if ((item as { up?: unknown } | null)?.up === false) draft.set("mediaLosses", draft.get("mediaLosses") + 1);
      return;
    case "dead_letters":
      return putCount(draft, "deadLetters", (item as { waiting?: unknown } | null)?.waiting);
    case "deliveries":
      return putCount(draft, "failedDeliveries", (item as { failed?: unknown } | null)?.failed);
    case "duty":
      return draft.set("dutyNews", draft.get("dutyNews") + 1);
    case "alarms":  // The model reads the list anew.
    case "view":
      return;
  }
}

function putCount(draft: Draft, key: "deadLetters" | "failedDeliveries", count: unknown): void {
  if (typeof count !== "number") return;
  draft.set(key, count);
  draft.set("deadLettersNews", draft.get("deadLettersNews") + 1);
}

/** Keeps the incident of a grant whose later word does not name it. */
export function putGrant(grants: Map<string, Grant>, grant: Grant): void {
  const incident = grant.incident ?? grants.get(grant.id)?.incident;
  grants.set(grant.id, { ...grant, ...(incident ? { incident } : {}) });
}

/** The cameras that a frame names; null when they have to be read. */
export function chosenOf(frame: StreamFrame): ChosenCamera[] | null {
  const items = (frame.item as { items?: unknown } | null)?.items;
  return Array.isArray(items) ? (items as ChosenCamera[]) : null;
}

/** A frame and an answer may cross: the later one stands. */
export function newer(known: Incident | undefined, incoming: Incident): Incident {
  return known && known.updatedAt > incoming.updatedAt ? known : incoming;
}
