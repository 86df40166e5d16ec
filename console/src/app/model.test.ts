import { beforeEach, expect, test, vi } from "vitest";

import { createApi } from "../api/client";
import type { StreamFrame } from "../api/stream";
import type { Incident, User } from "../api/types";
import { camera, grant, incident, user } from "../test/samples";
import { FakeServer, page } from "../test/server";
import { DeskModel } from "./model";

let server: FakeServer;
let open: Incident[];

beforeEach(() => {
  open = [];
  server = new FakeServer({
    "GET /api/v1/sites": () => page([{ id: "11440", name: { ko: "마포구", en: "Mapo" }, joined: true, online: true }]),
    "GET /api/v1/incidents": (request) => page(new URL(request.url).searchParams.get("state")?.includes("new") ? open : []),
    "GET /api/v1/incidents/i1/cameras": () => [200, { items: [camera("a", 900, [127, 37.5])] }],
    "GET /api/v1/incidents/i2/cameras": () => [200, { items: [] }],
    "GET /api/v1/grants": () => page([grant({})]),
  });
});

function modelOf(who: User = user): DeskModel {
  const api = createApi({ token: () => "secret", onUnauthenticated: () => undefined, fetch: server.fetch as typeof fetch });
  return new DeskModel(api, who, () => "secret", () => undefined);
}

const frame = (kind: StreamFrame["kind"], id: string, item: unknown): StreamFrame => ({ seq: 1, kind, id, item });

test("a new urgent incident opens by itself on a free seat, with its cameras and grants", async () => {
  const model = modelOf();
  model.apply([frame("incident", "i1", incident({}))]);
  expect(model.store.get().selected).toBe("i1");
  await vi.waitFor(() => expect(model.store.get().chosen.get("i1")).toHaveLength(1));
  expect(model.store.get().grants.get("g1")?.incident).toBe("i1");
});

test("it does not take the screen from somebody who works on another one", () => {
  const model = modelOf();
  model.apply([frame("incident", "i2", incident({ id: "i2" }))]);
  model.apply([frame("incident", "i1", incident({ id: "i1" }))]);
  expect(model.store.get().selected).toBe("i2");
});

test("an ordinary or already received incident does not open by itself", () => {
  const model = modelOf();
  model.apply([frame("incident", "i1", incident({ grade: "20" }))]);
  model.apply([frame("incident", "i2", incident({ id: "i2", state: "received" }))]);
  expect(model.store.get().selected).toBeNull();
});

test("an older answer does not overwrite a newer frame", () => {
  const model = modelOf();
  model.apply([frame("incident", "i1", incident({ state: "closed", updatedAt: "2026-01-01T00:00:09Z" }))]);
  model.putIncident(incident({ state: "received", updatedAt: "2026-01-01T00:00:05Z" }));
  expect(model.store.get().incidents.get("i1")?.state).toBe("closed");
});

test("a grant's end keeps the incident that it belonged to", () => {
  const model = modelOf();
  model.apply([frame("grant", "g1", grant({}))]);
  const { incident: _left, ...bare } = grant({ state: "ended" });
  model.apply([frame("grant", "g1", bare)]);
  expect(model.store.get().grants.get("g1")).toMatchObject({ state: "ended", incident: "i1" });
});

test("a grant that leaves this user's sight counts as ended", () => {
  const model = modelOf();
  model.apply([frame("grant", "g1", grant({}))]);
  model.apply([frame("grant", "g1", null)]);
  expect(model.store.get().grants.get("g1")?.state).toBe("ended");
});

test("news of a choice of cameras is followed by reading them", async () => {
  const model = modelOf();
  model.select("i1");
  await vi.waitFor(() => expect(server.count("GET /api/v1/incidents/i1/cameras")).toBe(1));
  model.apply([frame("camera_choice", "i1", { incident: "i1", cameras: [] })]);
  await vi.waitFor(() => expect(server.count("GET /api/v1/incidents/i1/cameras")).toBe(2));
});

test("who loses a camera hears why, though the next owner comes with the same breath", () => {
  const model = modelOf();
  const lease = { id: "L2", rank: "police" };
  const ended = { lease: "L1", user: "u1", why: "taken_over" };
  model.apply([frame("ptz", "c1", { camera: "c1", lease, ended }), frame("ptz", "c1", { camera: "c1", lease, ended: null })]);
  expect(model.store.get().turned.get("c1")).toMatchObject({ lease, ended });
  model.apply([frame("ptz", "c1", { camera: "c1", lease: null, ended: null })]);
  expect(model.store.get().turned.get("c1")?.ended).toBeNull();
});

test("an incident that ended too long ago for the list is read when it is opened", async () => {
  server.routes["GET /api/v1/incidents/old"] = () => [200, incident({ id: "old", state: "closed", mergedInto: "i1" })];
  server.routes["GET /api/v1/incidents/old/cameras"] = () => [200, { items: [] }];
  const model = modelOf();
  model.apply([frame("incident", "i1", incident({}))]);
  model.select("old");
  await vi.waitFor(() => expect(model.store.get().incidents.get("old")?.mergedInto).toBe("i1"));
  expect(server.count("GET /api/v1/incidents/i1"), "what is known is not asked for").toBe(0);
});

test("a reading anew forgets what is no longer there but keeps the open incident", async () => {
  const model = modelOf();
  model.apply([frame("incident", "i2", incident({ id: "i2" }))]);
  model.apply([frame("incident", "gone", incident({ id: "gone", grade: "20" }))]);
  await model.reload();
  expect([...model.store.get().incidents.keys()]).toEqual(["i2"]);
});

test("an agency asks for no sites and opens what is shared with it", async () => {
  open = [incident({ grade: "20", state: "received" })];
  const model = modelOf({ ...user, role: "agency" });
  await model.reload();
  expect(server.count("GET /api/v1/sites")).toBe(0);
  expect(model.store.get().selected).toBe("i1");
});

test("a site that goes offline is shown so, its name kept", async () => {
  const model = modelOf();
  await model.reload();
  model.apply([frame("site", "11440", { id: "11440", joined: true, online: false })]);
  expect(model.store.get().sites[0]).toMatchObject({ online: false, name: { ko: "마포구" } });
});

test("a failed first reading is told", async () => {
  server.routes["GET /api/v1/incidents"] = () => [503, { title: "Unavailable" }];
  const model = modelOf();
  await model.reload();
  expect(model.store.get().failed).toBe(true);
});

const many = (count: number): StreamFrame[] =>
  Array.from({ length: count }, (_, at) => frame("incident", `q${at}`, incident({ id: `q${at}`, openedAt: new Date(1_800_000_000_000 + at).toISOString() })));

test("a thousand incidents in one batch are one change of the page, and each is there", () => {
  const model = modelOf();
  let changes = 0;
  model.store.set({ selected: "elsewhere" });
  model.store.subscribe(() => changes++);
  model.apply([...many(1000), frame("grant", "g1", grant({})), frame("incident", "q0", null), frame("incident", "q1", incident({ id: "q1", state: "received", updatedAt: "2099-01-01T00:00:00Z" }))]);
  expect(changes).toBe(1);
  const { incidents, grants, selected } = model.store.get();
  expect(incidents.size).toBe(999);
  expect(incidents.get("q1")?.state).toBe("received");
  expect(grants.size).toBe(1);
  expect(selected).toBe("elsewhere");
});

test("of a batch the emergency that waits longest opens", () => {
  server.routes["GET /api/v1/incidents/q0/cameras"] = () => [200, { items: [] }];
  const model = modelOf();
  model.apply([frame("incident", "i2", incident({ id: "i2", grade: "20", openedAt: "2020-01-01T00:00:00Z" })), ...many(50).reverse()]);
  expect(model.store.get().selected).toBe("q0");
});

test("what the stream says while the list is read stands, whatever the answer knew", async () => {
  open = [incident({ id: "i1" }), incident({ id: "i2" })];
  server.routes["GET /api/v1/incidents"] = async (request) => {
    const answer = page(new URL(request.url).searchParams.get("state")?.includes("new") ? open : []);
    if (!model.store.get().incidents.has("late")) {
      model.apply([
        frame("incident", "late", incident({ id: "late", updatedAt: "2026-01-01T00:00:09Z" })),
        frame("incident", "i1", incident({ state: "received", updatedAt: "2026-01-01T00:00:09Z" })),
        frame("incident", "i2", null),
      ]);
    }
    return answer;
  };
  server.routes["GET /api/v1/incidents/late/cameras"] = () => [200, { items: [] }];
  const model = modelOf();
  await model.reload();
  const { incidents } = model.store.get();
  expect([...incidents.keys()].sort()).toEqual(["i1", "late"]);
  expect(incidents.get("i1")?.state).toBe("received");
});

test("every open incident is read, however many pages they are", async () => {
  const all = many(2500).map((each) => each.item as Incident);
  server.routes["GET /api/v1/incidents"] = (request) => {
    const query = new URL(request.url).searchParams;
    if (!query.get("state")?.includes("new")) return page([]);
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit"));
    return [200, { items: all.slice(from, to), next: to < all.length ? String(to) : null }];
  };
  server.routes["GET /api/v1/incidents/q0/cameras"] = () => [200, { items: [] }];
  const model = modelOf();
  await model.reload();
  expect(model.store.get().incidents.size).toBe(2500);
  expect(model.store.get().selected).toBe("q0");
});

/** A stream that says what the test wants. */
function streamOf() {
  const socket = { send: () => undefined, close: () => undefined } as unknown as WebSocket;
  const api = createApi({ token: () => "secret", onUnauthenticated: () => undefined, fetch: server.fetch as typeof fetch });
  const model = new DeskModel(api, user, () => "secret", () => undefined, () => socket);
  const say = (message: unknown) => socket.onmessage?.(new MessageEvent("message", { data: JSON.stringify(message) }));
  return { model, say };
}

test("everything is read once at the start: when the stream stands", async () => {
  const { model, say } = streamOf();
  model.start();
  expect(server.count("GET /api/v1/incidents")).toBe(0);
  say({ ready: true, seq: 1 });
  await vi.waitFor(() => expect(model.store.get().loaded).toBe(true), { timeout: 8000 });
  model.stop();
  expect(server.count("GET /api/v1/incidents")).toBe(2);
});

test("without a stream everything is read all the same", async () => {
  const { model } = streamOf();
  model.start();
  await vi.waitFor(() => expect(model.store.get().loaded).toBe(true), { timeout: 8000 });
  model.stop();
});

test("in a rush the first emergency does not wait for the batch", () => {
  vi.spyOn(performance, "now").mockReturnValue(1000);
  const { model, say } = streamOf();
  model.start();
  say({ ready: true, seq: 1 });
  const told = (id: string, grade: Incident["grade"]) => say({ seq: 2, kind: "incident", id, item: incident({ id, grade }) });
  told("o1", "20");
  expect(model.store.get().incidents.has("o1")).toBe(true);
  told("o2", "20");
  expect(model.store.get().incidents.has("o2")).toBe(false);
  server.routes["GET /api/v1/incidents/e1/cameras"] = () => [200, { items: [] }];
  told("e1", "10");
  expect([...model.store.get().incidents.keys()]).toEqual(["o1", "o2", "e1"]);
  told("e2", "10");
  expect(model.store.get().incidents.has("e2")).toBe(false);
  model.stop();
});
