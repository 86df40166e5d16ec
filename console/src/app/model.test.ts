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
  model.apply(frame("incident", "i1", incident({})));
  expect(model.store.get().selected).toBe("i1");
  await vi.waitFor(() => expect(model.store.get().chosen.get("i1")).toHaveLength(1));
  expect(model.store.get().grants.get("g1")?.incident).toBe("i1");
});

test("it does not take the screen from somebody who works on another one", () => {
  const model = modelOf();
  model.apply(frame("incident", "i2", incident({ id: "i2" })));
  model.apply(frame("incident", "i1", incident({ id: "i1" })));
  expect(model.store.get().selected).toBe("i2");
});

test("an ordinary or already received incident does not open by itself", () => {
  const model = modelOf();
  model.apply(frame("incident", "i1", incident({ grade: "20" })));
  model.apply(frame("incident", "i2", incident({ id: "i2", state: "received" })));
  expect(model.store.get().selected).toBeNull();
});

test("an older answer does not overwrite a newer frame", () => {
  const model = modelOf();
  model.apply(frame("incident", "i1", incident({ state: "closed", updatedAt: "2026-01-01T00:00:09Z" })));
  model.putIncident(incident({ state: "received", updatedAt: "2026-01-01T00:00:05Z" }));
  expect(model.store.get().incidents.get("i1")?.state).toBe("closed");
});

test("a grant's end keeps the incident that it belonged to", () => {
  const model = modelOf();
  model.apply(frame("grant", "g1", grant({})));
  const { incident: _left, ...bare } = grant({ state: "ended" });
  model.apply(frame("grant", "g1", bare));
  expect(model.store.get().grants.get("g1")).toMatchObject({ state: "ended", incident: "i1" });
});

test("a grant that leaves this user's sight counts as ended", () => {
  const model = modelOf();
  model.apply(frame("grant", "g1", grant({})));
  model.apply(frame("grant", "g1", null));
  expect(model.store.get().grants.get("g1")?.state).toBe("ended");
});

test("news of a choice of cameras is followed by reading them", async () => {
  const model = modelOf();
  model.select("i1");
  await vi.waitFor(() => expect(server.count("GET /api/v1/incidents/i1/cameras")).toBe(1));
  model.apply(frame("camera_choice", "i1", { incident: "i1", cameras: [] }));
  await vi.waitFor(() => expect(server.count("GET /api/v1/incidents/i1/cameras")).toBe(2));
});

test("a reading anew forgets what is no longer there but keeps the open incident", async () => {
  const model = modelOf();
  model.apply(frame("incident", "i2", incident({ id: "i2" })));
  model.apply(frame("incident", "gone", incident({ id: "gone", grade: "20" })));
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
  model.apply(frame("site", "11440", { id: "11440", joined: true, online: false }));
  expect(model.store.get().sites[0]).toMatchObject({ online: false, name: { ko: "마포구" } });
});

test("a failed first reading is told", async () => {
  server.routes["GET /api/v1/incidents"] = () => [503, { title: "Unavailable" }];
  const model = modelOf();
  await model.reload();
  expect(model.store.get().failed).toBe(true);
});
