import { expect, test } from "vitest";

import { grant, incident, user } from "../test/samples";
import { coverOf, coversAll, darkReason, groundsOf, isLive } from "./grant";

const cover = (...grants: ReturnType<typeof grant>[]) => coverOf(grants, incident({}), user);
const ids = (of: ReturnType<typeof cover>, camera: string) => of.living.get(camera)?.map((each) => each.id);

test("a second grant with fewer cameras takes nothing away", () => {
  const both = cover(grant({ id: "all", event: "e1" }), grant({ id: "one", cameras: ["b"], from: "2026-01-01T00:10:00Z", to: "2026-01-01T00:40:00Z" }));
  expect([...both.living.keys()]).toEqual(["a", "b"]);
  expect(ids(both, "a")).toEqual(["all"]);
  expect(ids(both, "b")).toEqual(["all", "one"]);
  expect(both.dark.size).toBe(0);
});

test("a second grant adds its cameras", () => {
  expect([...cover(grant({ event: "e1" }), grant({ id: "more", cameras: ["c"] })).living.keys()]).toEqual(["a", "b", "c"]);
});

test("when one ends, what another permits goes on and the rest is dark with the reason", () => {
  const left = cover(grant({ state: "ended", reason: "withdrawn" }), grant({ id: "one", cameras: ["b"] }));
  expect(ids(left, "b")).toEqual(["one"]);
  expect([...left.living.keys()]).toEqual(["b"]);
  expect([...left.dark]).toEqual([["a", "blank.revoked"]]);
});

test("the end of the incident darkens the cameras of all of its grants", () => {
  const over = coverOf([grant({}), grant({ id: "more", cameras: ["c"] })], incident({ state: "closed" }), user);
  expect(over.living.size).toBe(0);
  expect(Object.fromEntries(over.dark)).toEqual({ a: "blank.closed", b: "blank.closed", c: "blank.closed" });
});

test("another agency's grant is never taken, nor one of another person of the same agency", () => {
  expect(cover(grant({ holder: { agency: "P1100000000" } })).grants).toEqual([]);
  expect(cover(grant({ holder: { user: "u2", agency: "B1100000000" } })).grants).toEqual([]);
});

test("a grant that permits no live picture covers nothing", () => {
  expect(cover(grant({ kinds: ["playback"] })).living.size).toBe(0);
});

test("mine go before my agency's, the incident's before one by hand, and of two alike the one that ends last", () => {
  const own = grant({ id: "own", holder: { user: "u1" } });
  const opened = grant({ id: "opened", event: "e1" });
  const late = grant({ id: "late", to: "2026-01-01T02:00:00Z" });
  const small = grant({ id: "small", height: 360, to: "2026-01-01T03:00:00Z" });
  expect(ids(cover(small, grant({}), late, opened, own), "a")).toEqual(["own", "opened", "late", "g1", "small"]);
});

test("each purpose and basis is said once, until the first of its cameras would go dark", () => {
  const long = grant({ id: "long", event: "e1", to: "2026-01-01T02:00:00Z" });
  const said = (...grants: ReturnType<typeof grant>[]) => groundsOf(cover(...grants), ["a", "b"]).map((each) => [each.grant.id, each.until]);
  expect(said(long, grant({ id: "short", cameras: ["b"] }))).toEqual([["long", "2026-01-01T02:00:00Z"]]);
  expect(said(grant({ id: "short", event: "e1" }), grant({ id: "one", cameras: ["b"], to: "2026-01-01T02:00:00Z" }))).toEqual([["short", "2026-01-01T00:30:00Z"]]);
  expect(said(long, grant({ id: "fire", purpose: "fire", cameras: ["b"] }))).toEqual([["long", "2026-01-01T02:00:00Z"], ["fire", "2026-01-01T00:30:00Z"]]);
  expect(said(grant({ id: "past", state: "ended" }))).toEqual([["past", "2026-01-01T00:30:00Z"]]);
});

test("video is open when every chosen camera is permitted", () => {
  const chosen = [{ id: "a" }, { id: "b" }];
  expect(coversAll(cover(grant({})), chosen)).toBe(true);
  expect(coversAll(cover(grant({ cameras: ["b"] })), chosen)).toBe(false);
  expect(coversAll(cover(grant({})), undefined)).toBe(true);
  expect(coversAll(cover(), undefined)).toBe(false);
});

test("the end of the incident darkens the pictures even before the grant's own end is heard", () => {
  expect(darkReason(grant({}), incident({ state: "closed" }))).toBe("blank.closed");
  expect(darkReason(grant({}), incident({ state: "released" }))).toBe("blank.released");
  expect(darkReason(grant({}), incident({ state: "acting" }))).toBeNull();
});

test("an ended grant of an open incident says whether it ran out or was withdrawn", () => {
  expect(darkReason(grant({ state: "ended", reason: "expired" }), incident({}))).toBe("blank.expired");
  expect(darkReason(grant({ state: "ended", reason: "withdrawn" }), incident({}))).toBe("blank.revoked");
  expect(isLive(grant({ state: "ended" }))).toBe(false);
});
