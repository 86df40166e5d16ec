import type { Api } from "../api/client";
import { LiveStream, streamUrl, type StreamFrame, type StreamState } from "../api/stream";
import type { Camera, ChosenCamera, Grant, Incident, Site, User } from "../api/types";
import { endStates, isUrgent, isWaiting, openStates } from "../incident/incident";
import { createStore, type Store } from "../ui/store";

const kEndedMax = 30;

export interface DeskState {
  incidents: ReadonlyMap<string, Incident>;
  /** By incident; absent while not read yet. */
  chosen: ReadonlyMap<string, readonly ChosenCamera[]>;
  /** By grant id. */
  grants: ReadonlyMap<string, Grant>;
  /** Newest states of cameras that changed since the map read them. */
  cameras: ReadonlyMap<string, Camera>;
  sites: readonly Site[];
  selected: string | null;
  link: StreamState;
  /** Wall ms of the last sign of life of the stream. */
  linkAt: number;
  /** How often the media process went away since the page was opened. */
  mediaLosses: number;
  /** Refused messages that wait for a person; null while not known. */
  deadLetters: number | null;
  /** Messages of ours that did not arrive. */
  failedDeliveries: number;
  /** Grows with each news of them. */
  deadLettersNews: number;
  /** The first reading failed; the page offers another. */
  failed: boolean;
  loaded: boolean;
}

/** Everything that the desk knows of the server: read once, kept live by the stream, read anew after each gap. */
export class DeskModel {
  readonly store: Store<DeskState> = createStore<DeskState>({
    incidents: new Map(),
    chosen: new Map(),
    grants: new Map(),
    cameras: new Map(),
    sites: [],
    selected: null,
    link: "connecting",
    linkAt: Date.now(),
    mediaLosses: 0,
    deadLetters: null,
    failedDeliveries: 0,
    deadLettersNews: 0,
    failed: false,
    loaded: false,
  });
  private readonly stream_: LiveStream;

  constructor(
    private readonly api_: Api,
    readonly user: User,
    token: () => string | null,
    onRefused: () => void,
    openSocket?: (url: string) => WebSocket,
  ) {
    this.stream_ = new LiveStream({
      url: streamUrl(window.location),
      token,
      onRefused,
      onReady: () => void this.reload(),
      onFrame: (frame) => this.apply(frame),
      onState: (link) =>
        this.store.set((state) => ({ link, linkAt: link === "open" || state.link === "open" ? Date.now() : state.linkAt })),
      ...(openSocket ? { open: openSocket } : {}),
    });
  }

  start(): void {
    this.stream_.start();
    void this.reload();
  }

  stop(): void {
    this.stream_.stop();
  }

  /** Opens an incident: its cameras, its grants. Null goes back to none. */
  select(id: string | null): void {
    this.store.set({ selected: id });
    if (id) void this.readIncident(id);
  }

  async reload(): Promise<void> {
    const isAgency = this.user.role === "agency";
    const sites = isAgency ? null : this.api_.sites();
    const letters = isAgency ? null : this.api_.deadLetters();
    const unsent = isAgency ? null : this.api_.failedDeliveries();
    const [open, ended] = await Promise.all([this.api_.incidents(openStates), this.api_.incidents(endStates, kEndedMax)]);
    const siteList = await sites;
    if (siteList?.ok) this.store.set({ sites: siteList.value });
    const waiting = await letters;
    if (waiting?.ok) this.store.set({ deadLetters: waiting.value.items.length });
    const failed = await unsent;
    if (failed?.ok) this.store.set({ failedDeliveries: failed.value.length });
    if (!open.ok) return this.store.set({ failed: true });
    const incidents = new Map<string, Incident>();
    for (const incident of [...open.value, ...(ended.ok ? ended.value : [])]) {
      incidents.set(incident.id, newer(this.store.get().incidents.get(incident.id), incident));
    }
    const { selected } = this.store.get();
    const kept = selected ? this.store.get().incidents.get(selected) : undefined;
    if (kept && !incidents.has(kept.id)) incidents.set(kept.id, kept);
    this.store.set({ incidents, loaded: true, failed: false });
    if (selected) await this.readIncident(selected);
    else this.openWaiting();
  }

  /** What became of a grant whose ticket was refused. */
  async checkGrant(id: string): Promise<void> {
    const grant = await this.api_.grant(id);
    if (grant.ok) this.putGrants([grant.value]);
  }

  /** Takes the server's answer to an act; nothing on screen is a guess. */
  putIncident(incident: Incident): void {
    this.store.set((state) => {
      const incidents = new Map(state.incidents);
      incidents.set(incident.id, newer(incidents.get(incident.id), incident));
      return { incidents };
    });
  }

  async readIncident(id: string): Promise<void> {
    const cameras = this.api_.chosenCameras(id);
    const grants = await this.api_.grantsOf(id);
    // Grants first: tickets may be asked for before the scores are known.
    if (grants.ok) this.putGrants(grants.value.map((grant) => ({ ...grant, incident: grant.incident ?? id })));
    const chosen = await cameras;
    if (chosen.ok) this.putChosen(id, chosen.value);
  }

  apply(frame: StreamFrame): void {
    this.store.set({ linkAt: Date.now() });
    const item = frame.item as object | null;
    switch (frame.kind) {
      case "incident":
        return item ? this.incidentCame(item as Incident) : this.incidentGone(frame.id);
      case "grant":
        return item ? this.putGrants([item as Grant]) : this.grantGone(frame.id);
      case "camera_choice": {
        const items = (item as { items?: unknown } | null)?.items;
        if (Array.isArray(items)) this.putChosen(frame.id, items as ChosenCamera[]);
        else if (frame.id === this.store.get().selected) void this.readIncident(frame.id);
        return;
      }
      case "camera":
        if (item) this.store.set((state) => ({ cameras: new Map(state.cameras).set(frame.id, item as Camera) }));
        return;
      case "site":
        if (item) this.siteCame(item as Site);
        return;
      case "media":
        if ((item as { up?: unknown } | null)?.up === false) this.store.set((state) => ({ mediaLosses: state.mediaLosses + 1 }));
        return;
      case "dead_letters": {
        const waiting = (item as { waiting?: unknown } | null)?.waiting;
        if (typeof waiting === "number") this.store.set((state) => ({ deadLetters: waiting, deadLettersNews: state.deadLettersNews + 1 }));
        return;
      }
      case "deliveries": {
        const failed = (item as { failed?: unknown } | null)?.failed;
        if (typeof failed === "number") this.store.set((state) => ({ failedDeliveries: failed, deadLettersNews: state.deadLettersNews + 1 }));
        return;
      }
      case "view":
        return;
    }
  }

  private incidentCame(incident: Incident): void {
    const fresh = !this.store.get().incidents.has(incident.id);
    this.putIncident(incident);
    if (fresh) this.openWaiting();
  }

  private incidentGone(id: string): void {
    this.store.set((state) => {
      const incidents = new Map(state.incidents);
      incidents.delete(id);
      return { incidents, selected: state.selected === id ? null : state.selected };
    });
  }

  /** An urgent incident opens by itself when the seat is free; a test keeps no seat busy. An agency's page opens whatever is shared with it. */
  private openWaiting(): void {
    const { incidents, selected } = this.store.get();
    if (selected) return;
    const agency = this.user.role === "agency";
    const first = [...incidents.values()]
      .filter((incident) => (agency ? openStates.includes(incident.state) : isUrgent(incident) && isWaiting(incident) && !incident.test))
      .sort((a, b) => a.openedAt.localeCompare(b.openedAt) * (agency ? -1 : 1))[0];
    if (first) this.select(first.id);
  }

  private putGrants(changed: readonly Grant[]): void {
    this.store.set((state) => {
      const grants = new Map(state.grants);
      for (const grant of changed) {
        const incident = grant.incident ?? grants.get(grant.id)?.incident;
        grants.set(grant.id, { ...grant, ...(incident ? { incident } : {}) });
      }
      return { grants };
    });
  }

  private grantGone(id: string): void {
    const known = this.store.get().grants.get(id);
    if (known) this.putGrants([{ ...known, state: "ended" }]);
  }

  private putChosen(incident: string, cameras: readonly ChosenCamera[]): void {
    this.store.set((state) => ({ chosen: new Map(state.chosen).set(incident, cameras) }));
  }

  private siteCame(site: Site): void {
    this.store.set((state) => ({ sites: state.sites.map((each) => (each.id === site.id ? { ...each, ...site } : each)) }));
  }
}

/** A frame and an answer may cross: the later one stands. */
function newer(known: Incident | undefined, incoming: Incident): Incident {
  return known && known.updatedAt > incoming.updatedAt ? known : incoming;
}
