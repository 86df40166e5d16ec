import type { Api } from "../api/client";
import { fresh } from "../alarm/alarm";
import { Gatherer } from "../api/gather";
import { LiveStream, streamUrl, type StreamFrame, type StreamState } from "../api/stream";
import type { Alarm as StandingAlarm, Camera, ChosenCamera, Duty, Grant, Incident, PtzNotice, Site, User } from "../api/types";
import { endStates, isUrgent, isWaiting, openStates } from "../incident/incident";
import { alarmOf, outranks } from "../incident/queue";
import { chime, type Alarm } from "../ui/sound";
import { aheadOf } from "../ui/time";
import { createStore, type Store } from "../ui/store";
import { applyFrames, chosenOf, newer, putGrant } from "./frames";

const kEndedMax = 30;
/** Frames of a rush are applied together: a thousand incidents in a second are some ten changes of the page. */
const kGatherMs = 100;
/** A picture has to be dark within a second of its grant's end, also on a slow page. */
const kGatherMostMs = 400;
/** The first reading waits this long for the stream: read before it stands, everything would have to be read again. */
const kStreamWaitMs = 1000;

export interface DeskState {
  incidents: ReadonlyMap<string, Incident>;
  /** By incident; absent while not read yet. */
  chosen: ReadonlyMap<string, readonly ChosenCamera[]>;
  /** By grant id. */
  grants: ReadonlyMap<string, Grant>;
  /** Newest states of cameras that changed since the map read them. */
  cameras: ReadonlyMap<string, Camera>;
  /** What the stream said last of who turns a camera. */
  turned: ReadonlyMap<string, PtzNotice>;
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
  /** What needs a response by this seat, what calls first. */
  alarms: readonly StandingAlarm[];
  /** Null while not known, and for who has no duty here. */
  duty: Duty | null;
  /** Grows with each news of it. */
  dutyNews: number;
  /** How far the server's clock is ahead of this page's, as it was last heard. */
  serverAheadMs: number;
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
    turned: new Map(),
    sites: [],
    selected: null,
    link: "connecting",
    linkAt: Date.now(),
    mediaLosses: 0,
    deadLetters: null,
    failedDeliveries: 0,
    deadLettersNews: 0,
    alarms: [],
    duty: null,
    dutyNews: 0,
    serverAheadMs: 0,
    failed: false,
    loaded: false,
  });
  private readonly stream_: LiveStream;
  private readonly gatherer_ = new Gatherer<StreamFrame>({ apply: (frames) => this.apply(frames), everyMs: kGatherMs, mostMs: kGatherMostMs });
  private readTimer_: ReturnType<typeof setTimeout> | null = null;
  /** While a reading is under way: what the stream said of incidents meanwhile, which the answer may not know. */
  private readonly readings_ = new Set<Map<string, Incident | null>>();
  private alarm_: Alarm = null;
  private heard_: DeskState["incidents"] | null = null;

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
      onReady: () => this.readNow(),
      onFrame: (frame) => this.take(frame),
      onState: (link) => {
        if (link !== "open") this.gatherer_.flush();
        if (link === "lost" && this.readTimer_) this.readNow();
        this.store.set((state) => ({ link, linkAt: link === "open" || state.link === "open" ? Date.now() : state.linkAt }));
      },
      ...(openSocket ? { open: openSocket } : {}),
    });
  }

  start(): void {
    this.readTimer_ = setTimeout(() => this.readNow(), kStreamWaitMs);
    this.stream_.start();
  }

  stop(): void {
    this.stream_.stop();
    this.gatherer_.drop();
    this.clearReadTimer();
  }

  /** Opens an incident: its cameras, its grants. Null goes back to none. */
  select(id: string | null): void {
    this.store.set({ selected: id });
    if (!id) return;
    if (!this.store.get().incidents.has(id)) void this.readFacts(id);
    void this.readIncident(id);
  }

  async reload(): Promise<void> {
    const isAgency = this.user.role === "agency";
    const sites = isAgency ? null : this.api_.sites();
    const letters = isAgency ? null : this.api_.deadLetters();
    const unsent = isAgency ? null : this.api_.failedDeliveries();
    if (!isAgency) void this.readDuty();
    if (!isAgency) void this.readAlarms();
    const since = new Map<string, Incident | null>();
    this.readings_.add(since);
    const [open, ended] = await Promise.all([this.api_.incidents(openStates), this.api_.incidents(endStates, kEndedMax)]);
    const siteList = await sites;
    if (siteList?.ok) this.store.set({ sites: siteList.value });
    const waiting = await letters;
    if (waiting?.ok) this.store.set({ deadLetters: waiting.value.items.length });
    const failed = await unsent;
    if (failed?.ok) this.store.set({ failedDeliveries: failed.value.length });
    this.gatherer_.flush();
    this.readings_.delete(since);
    if (!open.ok) return this.store.set({ failed: true });
    const incidents = new Map<string, Incident>();
    for (const incident of [...open.value, ...(ended.ok ? ended.value : [])]) {
      incidents.set(incident.id, newer(this.store.get().incidents.get(incident.id), incident));
    }
    for (const [id, incident] of since) {
      if (incident) incidents.set(id, newer(incidents.get(id), incident));
      else incidents.delete(id);
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
    for (const since of this.readings_) since.set(incident.id, incident);
    this.store.set((state) => {
      const incidents = new Map(state.incidents);
      incidents.set(incident.id, newer(incidents.get(incident.id), incident));
      return { incidents };
    });
  }

  /** What the incident is now: of one that ended too long ago for the list, and where the stream says nothing of it. */
  async readFacts(id: string): Promise<void> {
    const incident = await this.api_.incident(id);
    if (incident.ok) this.putIncident(incident.value);
  }

  async readAlarms(): Promise<void> {
    const alarms = await this.api_.alarms();
    if (!alarms.ok) return;
    const [first] = fresh(this.store.get().alarms, alarms.value);
    if (first && this.store.get().loaded) chime(first.priority);
    this.store.set({ alarms: alarms.value });
  }

  async readDuty(): Promise<void> {
    const duty = await this.api_.duty();
    if (duty.ok) this.store.set({ duty: duty.value, serverAheadMs: aheadOf(duty.value.now) });
  }

  async readIncident(id: string): Promise<void> {
    const cameras = this.api_.chosenCameras(id);
    const grants = await this.api_.grantsOf(id);
    // Grants first: tickets may be asked for before the scores are known.
    if (grants.ok) this.putGrants(grants.value.map((grant) => ({ ...grant, incident: grant.incident ?? id })));
    const chosen = await cameras;
    if (chosen.ok) this.putChosen(id, chosen.value);
  }

  /** Changes of the stream, in its order, as one change of the page. */
  apply(frames: readonly StreamFrame[]): void {
    const before = this.store.get();
    this.store.set({ ...applyFrames(before, frames), linkAt: Date.now() });
    let fresh = false;
    for (const frame of frames) {
      if (frame.kind !== "incident") continue;
      fresh ||= frame.item !== null && !before.incidents.has(frame.id);
      for (const since of this.readings_) since.set(frame.id, frame.item as Incident | null);
    }
    if (frames.some((frame) => frame.kind === "duty")) void this.readDuty();
    if (frames.some((frame) => frame.kind === "alarms")) void this.readAlarms();
    if (fresh) this.openWaiting();
    const { selected } = this.store.get();
    if (selected && frames.some((frame) => frame.kind === "camera_choice" && frame.id === selected && !chosenOf(frame))) void this.readIncident(selected);
  }

  /** Gathers a frame, but none that has to sound: an emergency is not kept waiting for its first sign. */
  private take(frame: StreamFrame): void {
    this.gatherer_.put(frame);
    if (frame.kind === "incident" && frame.item && outranks(alarmOf([frame.item as Incident]), this.sounding())) this.gatherer_.flush();
  }

  private sounding(): Alarm {
    const { incidents } = this.store.get();
    if (incidents !== this.heard_) this.alarm_ = alarmOf(incidents.values());
    this.heard_ = incidents;
    return this.alarm_;
  }

  private readNow(): void {
    this.clearReadTimer();
    void this.reload();
  }

  private clearReadTimer(): void {
    if (this.readTimer_) clearTimeout(this.readTimer_);
    this.readTimer_ = null;
  }

  /** An urgent incident opens by itself when the seat is free; a test keeps no seat busy. An agency's page opens whatever is shared with it. */
  private openWaiting(): void {
    const { incidents, selected } = this.store.get();
    if (selected) return;
    const agency = this.user.role === "agency";
    let first: Incident | null = null;
    for (const incident of incidents.values()) {
      const opens = agency ? openStates.includes(incident.state) : isUrgent(incident) && isWaiting(incident) && !incident.test;
      if (opens && (!first || (agency ? incident.openedAt > first.openedAt : incident.openedAt < first.openedAt))) first = incident;
    }
    if (first) this.select(first.id);
  }

  private putGrants(changed: readonly Grant[]): void {
    this.store.set((state) => {
      const grants = new Map(state.grants);
      for (const grant of changed) putGrant(grants, grant);
      return { grants };
    });
  }

  private putChosen(incident: string, cameras: readonly ChosenCamera[]): void {
    this.store.set((state) => ({ chosen: new Map(state.chosen).set(incident, cameras) }));
  }
}
