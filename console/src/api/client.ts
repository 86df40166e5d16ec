import type { FeatureCollection } from "geojson";
import createFetchClient from "openapi-fetch";

import { fail, ok, toProblem, type Result } from "./result";
import type { paths } from "./schema";
import type {
  Act,
  Ahead,
  Alarm,
  Brief,
  CaseService,
  BulkRelease,
  BulkReleaseInput,
  Camera,
  ChosenCamera,
  Crew,
  CrewInput,
  Delivery,
  Drill,
  DrillInput,
  Duty,
  DutyPart,
  Finding,
  FindingInput,
  FindingKind,
  Grant,
  Hold,
  Incident,
  IncidentState,
  LitCamera,
  LitHour,
  LitInput,
  MergeInput,
  NearIncident,
  OwnWatch,
  Person,
  Procedure,
  Ptz,
  PtzLease,
  PtzLeaseInput,
  PtzMoveInput,
  PtzPresets,
  Report,
  Results,
  Service,
  ServiceFigures,
  Session,
  Shift,
  ShiftLog,
  ShiftPersons,
  Shortcoming,
  Site,
  StepInput,
  Ticket,
  TimelineEntry,
  Watch,
} from "./types";

/** A hundred thousand open incidents; far more than a city has cameras for. */
const kIncidentPagesMax = 100;
const kTimelinePage = 200;
const kTimelinePagesMax = 50;
/** An answer of so many entries may have more behind it. */
export const kTimelineMax = kTimelinePage * kTimelinePagesMax;
/** As many as the server puts on one page. */
const kPageMax = 1000;

export interface ApiOptions {
  /** Asked for each request; null sends none. */
  token: () => string | null;
  /** Called once for each answer 401 to a request that carried a token. */
  onUnauthenticated: () => void;
  fetch?: typeof fetch;
  origin?: string;
}

export type Api = ReturnType<typeof createApi>;

/** Typed calls of the public contract. Each resolves to a Result and never rejects. */
export function createApi(options: ApiOptions) {
  const send = options.fetch ?? ((input: Request) => fetch(input));
  const client = createFetchClient<paths>({ baseUrl: options.origin ?? window.location.origin, fetch: send as typeof fetch });
  client.use({
    onRequest({ request }) {
      const token = options.token();
      if (token) request.headers.set("Authorization", `Bearer ${token}`);
      if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", randomKey());
      return request;
    },
    onResponse({ request, response }) {
      if (response.status === 401 && request.headers.has("Authorization")) options.onUnauthenticated();
    },
  });

  return {
    login: (user: string, password: string): Promise<Result<Session>> =>
      settle(client.POST("/api/v1/login", { body: { user, password } })),
    /** Takes the token as it was: by the time of sending, the seat has forgotten it. */
    logout: (token: string): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/logout", { headers: { Authorization: `Bearer ${token}` } })),
    /** Whether a newer login of the same account ended the session of `token`. */
    wasReplaced: async (token: string): Promise<boolean> => {
      const answer = await settle(client.GET("/api/v1/sites", { headers: { Authorization: `Bearer ${token}` } }));
      return !answer.ok && answer.error.kind === "session_replaced";
    },
    sites: async (): Promise<Result<Site[]>> => items(await settle(client.GET("/api/v1/sites"))),
    /** Every camera in the box; null when there are more than `limit`: a part of them would be taken for the whole. */
    camerasIn: async (bbox: string, limit: number, signal: AbortSignal): Promise<Result<Camera[] | null>> => {
      const found: Camera[] = [];
      let cursor: string | null = null;
      do {
        const query: CameraQuery = { bbox, limit: Math.min(limit, kPageMax), ...(cursor ? { cursor } : {}) };
        const answer: Result<CameraPage> = await settle(client.GET("/api/v1/cameras", { params: { query }, signal }));
        if (!answer.ok) return answer;
        found.push(...answer.value.items);
        cursor = answer.value.next ?? null;
        if (found.length > limit || (cursor && found.length === limit)) return ok(null);
      } while (cursor);
      return ok(found);
    },
    /** Cameras with `query` in their name or id, or its initial consonants; the first page. */
    camerasBy: async (query: string, limit: number, signal?: AbortSignal): Promise<Result<Camera[]>> =>
      items(await settle(client.GET("/api/v1/cameras", { params: { query: { q: query, limit } }, ...(signal ? { signal } : {}) }))),
    /** Every incident in one of `states`, newest first; at most kIncidentPagesMax pages. With `limit`, the newest so many. */
    incidents: async (states: readonly IncidentState[], limit?: number): Promise<Result<Incident[]>> => {
      const found: Incident[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < kIncidentPagesMax; page++) {
        const query: IncidentQuery = { state: states.join(","), limit: limit ?? kPageMax, ...(cursor ? { cursor } : {}) };
        const answer: Result<IncidentPage> = await settle(client.GET("/api/v1/incidents", { params: { query } }));
        if (!answer.ok) return answer;
        found.push(...answer.value.items);
        cursor = answer.value.next ?? null;
        if (!cursor || limit !== undefined) break;
      }
      return ok(found);
    },
    incident: (id: string): Promise<Result<Incident>> => settle(client.GET("/api/v1/incidents/{id}", { params: { path: { id } } })),
    /** Every entry of an incident after `after`, oldest first; at most kTimelinePagesMax pages of 200. */
    timeline: async (id: string, after = 0): Promise<Result<TimelineEntry[]>> => {
      const found: TimelineEntry[] = [];
      let next = after;
      for (let page = 0; page < kTimelinePagesMax; page++) {
        const query = { after: next, limit: kTimelinePage };
        const answer: Result<TimelinePage> = await settle(client.GET("/api/v1/incidents/{id}/timeline", { params: { path: { id }, query } }));
        if (!answer.ok) return answer;
        found.push(...answer.value.items);
        if (!answer.value.next) break;
        next = Number(answer.value.next);
      }
      return ok(found);
    },
    act: (id: string, body: Act): Promise<Result<Incident>> =>
      settle(client.POST("/api/v1/incidents/{id}/acts", { params: { path: { id } }, body })),
    /** What each sender says of it, in the order in which it came. */
    reports: async (id: string): Promise<Result<Report[]>> =>
      items(await settle(client.GET("/api/v1/incidents/{id}/reports", { params: { path: { id } } }))),
    /** Open incidents that may be the same case, the nearest first. */
    near: async (id: string): Promise<Result<NearIncident[]>> =>
      items(await settle(client.GET("/api/v1/incidents/{id}/near", { params: { path: { id } } }))),
    /** The other one is closed as a duplicate; its reports and grants go on at `id`. */
    merge: (id: string, body: MergeInput): Promise<Result<Incident>> =>
      settle(client.POST("/api/v1/incidents/{id}/merge", { params: { path: { id } }, body })),
    /** A report becomes an incident of its own: the answer. */
    split: (id: string, event: string): Promise<Result<Incident>> =>
      settle(client.POST("/api/v1/incidents/{id}/split", { params: { path: { id } }, body: { event } })),
    /** 404 while nobody of the centre has received the incident. */
    procedure: (id: string): Promise<Result<Procedure>> => settle(client.GET("/api/v1/incidents/{id}/procedure", { params: { path: { id } } })),
    takeStep: (id: string, body: StepInput): Promise<Result<Procedure>> =>
      settle(client.POST("/api/v1/incidents/{id}/procedure/steps", { params: { path: { id } }, body })),
    /** The agency that `step` told has heard it. */
    acknowledgeTold: (id: string, step: string): Promise<Result<Procedure>> =>
      settle(client.POST("/api/v1/incidents/{id}/procedure/acks", { params: { path: { id } }, body: { step } })),
    incidentService: (id: string): Promise<Result<CaseService>> => settle(client.GET("/api/v1/incidents/{id}/service", { params: { path: { id } } })),
    services: async (): Promise<Result<Service[]>> => items(await settle(client.GET("/api/v1/services"))),
    /** Of incidents that were opened in the last `days`, today among them. */
    serviceStatistics: async (days: number): Promise<Result<ServiceFigures[]>> => items(await settle(client.GET("/api/v1/services/statistics", { params: { query: { days } } }))),
    /** The files of declarations, read anew and put in force. */
    reloadServices: (reason: string): Promise<Result<{ added: string[]; changed: string[]; removed: string[] }>> =>
      settle(client.POST("/api/v1/services/reload", { body: { reason } })),
    /** The newest page. */
    holds: async (query: { incident?: string; state: "standing" | "ended" }): Promise<Result<Hold[]>> =>
      items(await settle(client.GET("/api/v1/holds", { params: { query: { ...query, limit: kPageMax } } }))),
    endHold: (id: string, reason: string): Promise<Result<Hold>> =>
      settle(client.POST("/api/v1/holds/{id}/end", { params: { path: { id } }, body: { reason } })),
    /** The newest page, newest first. */
    drills: async (): Promise<Result<Drill[]>> => items(await settle(client.GET("/api/v1/drills", { params: { query: { limit: 100 } } }))),
    /** A recorded incident, told once more. */
    beginDrill: (body: DrillInput): Promise<Result<Drill>> => settle(client.POST("/api/v1/drills", { body })),
    stopDrill: (id: string): Promise<Result<Drill>> => settle(client.POST("/api/v1/drills/{id}/stop", { params: { path: { id } } })),
    ahead: (id: string): Promise<Result<Ahead>> => settle(client.GET("/api/v1/incidents/{id}/ahead", { params: { path: { id } } })),
    chosenCameras: async (id: string): Promise<Result<ChosenCamera[]>> =>
      items(await settle(client.GET("/api/v1/incidents/{id}/cameras", { params: { path: { id } } }))),
    grantsOf: async (incident: string): Promise<Result<Grant[]>> =>
      items(await settle(client.GET("/api/v1/grants", { params: { query: { incident, limit: kPageMax } } }))),
    grant: (id: string): Promise<Result<Grant>> =>
      settle(client.GET("/api/v1/grants/{id}", { params: { path: { id } } })),
    ptz: (id: string): Promise<Result<Ptz>> => settle(client.GET("/api/v1/cameras/{id}/ptz", { params: { path: { id } } })),
    takePtz: (id: string, body: PtzLeaseInput): Promise<Result<PtzLease>> =>
      settle(client.POST("/api/v1/cameras/{id}/ptz/lease", { params: { path: { id } }, body })),
    releasePtz: (id: string): Promise<Result<unknown>> => settle(client.DELETE("/api/v1/cameras/{id}/ptz/lease", { params: { path: { id } } })),
    /** Goes on for `ms`; say it again to go on. */
    movePtz: (id: string, body: PtzMoveInput): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/cameras/{id}/ptz/move", { params: { path: { id } }, body })),
    stopPtz: (id: string): Promise<Result<unknown>> => settle(client.POST("/api/v1/cameras/{id}/ptz/stop", { params: { path: { id } } })),
    ptzPresets: async (id: string): Promise<Result<PtzPresets["items"]>> =>
      items(await settle(client.GET("/api/v1/cameras/{id}/ptz/presets", { params: { path: { id } } }))),
    gotoPtzPreset: (id: string, preset: string): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/cameras/{id}/ptz/preset", { params: { path: { id } }, body: { preset } })),
    gotoPtzHome: (id: string): Promise<Result<unknown>> => settle(client.POST("/api/v1/cameras/{id}/ptz/home", { params: { path: { id } } })),
    /** A live ticket; `height` undefined asks for the main stream. */
    liveTicket: (grant: string, camera: string, height?: number): Promise<Result<Ticket>> =>
      settle(client.POST("/api/v1/tickets", { body: { grant, camera, kind: "live", ...(height ? { height } : {}) } })),
    /** The newest page of messages that wait for a person. */
    deadLetters: (): Promise<Result<DeadLetterPage>> =>
      settle(client.GET("/api/v1/messages/dead", { params: { query: { limit: 100 } } })),
    /** `despite`: the letter's field, whose rule is set aside for it. */
    releaseDeadLetter: (raw: number, reason: string, despite?: string): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/messages/dead/{raw}/release", { params: { path: { raw: String(raw) } }, body: { reason, ...(despite ? { despite } : {}) } })),
    dismissDeadLetter: (raw: number, reason: string): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/messages/dead/{raw}/dismiss", { params: { path: { raw: String(raw) } }, body: { reason } })),
    /** All that wait, the oldest first; with `after`, from where the answer before ended. */
    releaseDeadLetters: (body: BulkReleaseInput): Promise<Result<BulkRelease>> =>
      settle(client.POST("/api/v1/messages/dead/release", { body })),
    /** Messages of ours that did not arrive and wait for a person. */
    failedDeliveries: async (): Promise<Result<Delivery[]>> =>
      items(await settle(client.GET("/api/v1/deliveries", { params: { query: { state: "failed", limit: 100 } } }))),
    retryDelivery: (id: string, reason: string): Promise<Result<unknown>> =>
      settle(client.POST("/api/v1/deliveries/{id}/retry", { params: { path: { id } }, body: { reason } })),
    duty: (): Promise<Result<Duty>> => settle(client.GET("/api/v1/duty")),
    takeSeat: (seat: string): Promise<Result<DutyPart>> => settle(client.POST("/api/v1/duty/seat", { body: { seat } })),
    leaveSeat: (): Promise<Result<DutyPart>> => settle(client.DELETE("/api/v1/duty/seat")),
    beginBreak: (): Promise<Result<DutyPart>> => settle(client.POST("/api/v1/duty/break")),
    endBreak: (): Promise<Result<DutyPart>> => settle(client.DELETE("/api/v1/duty/break")),
    /** Two weeks from today on. */
    shifts: async (): Promise<Result<Shift[]>> => items(await settle(client.GET("/api/v1/duty/shifts"))),
    shift: (id: string): Promise<Result<ShiftPersons>> => settle(client.GET("/api/v1/duty/shifts/{id}", { params: { path: { id } } })),
    /** `from`: a day in Seoul. */
    results: (from: string, days: number): Promise<Result<Results>> => settle(client.GET("/api/v1/duty/results", { params: { query: { from, days } } })),
    shiftLog: (id: string): Promise<Result<ShiftLog>> => settle(client.GET("/api/v1/duty/shifts/{id}/log", { params: { path: { id } } })),
    brief: (id: string): Promise<Result<Brief>> => settle(client.GET("/api/v1/duty/shifts/{id}/brief", { params: { path: { id } } })),
    ackBriefItem: (id: string, kind: string, subject: string): Promise<Result<Brief>> =>
      settle(client.POST("/api/v1/duty/shifts/{id}/brief/acks", { params: { path: { id } }, body: { kind, subject } })),
    postNote: (text: string, handOver: boolean): Promise<Result<unknown>> => settle(client.POST("/api/v1/duty/notes", { body: { text, handOver } })),
    shortcomings: async (): Promise<Result<Shortcoming[]>> => items(await settle(client.GET("/api/v1/duty/shortcomings"))),
    reportShortcoming: (text: string): Promise<Result<Shortcoming>> => settle(client.POST("/api/v1/duty/shortcomings", { body: { text } })),
    assignShortcoming: (no: string, user: string): Promise<Result<Shortcoming>> =>
      settle(client.POST("/api/v1/duty/shortcomings/{no}/assign", { params: { path: { no } }, body: { user } })),
    answerShortcoming: (no: string, text: string): Promise<Result<Shortcoming>> =>
      settle(client.POST("/api/v1/duty/shortcomings/{no}/answer", { params: { path: { no } }, body: { text } })),
    markAbsent: (id: string, user: string, reason: string): Promise<Result<ShiftPersons>> =>
      settle(client.POST("/api/v1/duty/shifts/{id}/absences", { params: { path: { id } }, body: { user, reason: reason as "other" } })),
    withdrawAbsence: (id: string, user: string): Promise<Result<ShiftPersons>> =>
      settle(client.DELETE("/api/v1/duty/shifts/{id}/absences/{user}", { params: { path: { id, user } } })),
    callIn: (id: string, user: string): Promise<Result<ShiftPersons>> =>
      settle(client.POST("/api/v1/duty/shifts/{id}/calls", { params: { path: { id } }, body: { user } })),
    crews: async (): Promise<Result<Crew[]>> => items(await settle(client.GET("/api/v1/duty/crews"))),
    setCrew: (crew: string, body: CrewInput): Promise<Result<Crew>> => settle(client.PUT("/api/v1/duty/crews/{crew}", { params: { path: { crew } }, body })),
    watch: (): Promise<Result<Watch>> => settle(client.GET("/api/v1/duty/watch")),
    /** The own cameras as the stops of the pass that is under way. */
    ownWatch: (): Promise<Result<OwnWatch>> => settle(client.GET("/api/v1/duty/watch/own")),
    confirmPass: (pass: number): Promise<Result<unknown>> => settle(client.POST("/api/v1/duty/watch/passes", { body: { pass } })),
    /** Sent also by a page that goes away. */
    reportLit: (body: LitInput): Promise<Result<unknown>> => settle(client.POST("/api/v1/duty/watch/lit", { body, keepalive: true })),
    /** Of today in Seoul. */
    litHours: async (): Promise<Result<LitHour[]>> => items(await settle(client.GET("/api/v1/duty/watch/lit"))),
    litCameras: async (hour: string): Promise<Result<LitCamera[]>> =>
      items(await settle(client.GET("/api/v1/duty/watch/lit/{hour}", { params: { path: { hour } } }))),
    findingKinds: async (): Promise<Result<FindingKind[]>> => items(await settle(client.GET("/api/v1/duty/findings/kinds"))),
    /** Tried again under the same `key` it is the same finding. */
    reportFinding: (body: FindingInput, key: string): Promise<Result<Finding>> =>
      settle(client.POST("/api/v1/duty/findings", { params: { header: { "Idempotency-Key": key } }, body })),
    finding: (id: string): Promise<Result<Finding>> => settle(client.GET("/api/v1/incidents/{id}/finding", { params: { path: { id } } })),
    findingPicture: (id: string): Promise<Result<Blob>> =>
      settle(client.GET("/api/v1/incidents/{id}/picture", { params: { path: { id } }, parseAs: "blob" })) as Promise<Result<Blob>>,
    people: async (): Promise<Result<Person[]>> => items(await settle(client.GET("/api/v1/people"))),
    alarms: async (): Promise<Result<Alarm[]>> => items(await settle(client.GET("/api/v1/alarms"))),
    ackAlarm: (id: string): Promise<Result<Alarm>> => settle(client.POST("/api/v1/alarms/{id}/ack", { params: { path: { id } } })),
    shelveAlarm: (id: string, minutes: number, reason: string): Promise<Result<Alarm>> =>
      settle(client.POST("/api/v1/alarms/{id}/shelve", { params: { path: { id } }, body: { minutes, reason } })),
    unshelveAlarm: (id: string): Promise<Result<Alarm>> => settle(client.POST("/api/v1/alarms/{id}/unshelve", { params: { path: { id } } })),
    baseMap: (): Promise<Result<FeatureCollection>> =>
      settle(client.GET("/map/base.json")) as Promise<Result<FeatureCollection>>,
  };
}

type ListCameras = paths["/api/v1/cameras"]["get"];
type CameraQuery = NonNullable<ListCameras["parameters"]["query"]>;
type CameraPage = ListCameras["responses"]["200"]["content"]["application/json"];
type TimelinePage = paths["/api/v1/incidents/{id}/timeline"]["get"]["responses"]["200"]["content"]["application/json"];
type ListIncidents = paths["/api/v1/incidents"]["get"];
type IncidentQuery = NonNullable<ListIncidents["parameters"]["query"]>;
type IncidentPage = ListIncidents["responses"]["200"]["content"]["application/json"];

type DeadLetterPage = paths["/api/v1/messages/dead"]["get"]["responses"]["200"]["content"]["application/json"];

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function settle<T>(pending: Promise<Answer<T>>): Promise<Result<T>> {
  try {
    const { data, error, response } = await pending;
    return response.ok ? ok(data as T) : { ok: false, error: toProblem(response.status, error) };
  } catch (cause) {
    return fail(0, cause instanceof Error ? cause.message : "");
  }
}

const items = <T>(page: Result<{ items: T[] }>): Result<T[]> => (page.ok ? ok(page.value.items) : page);

/** `crypto.randomUUID` is missing on plain http; this is not. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
