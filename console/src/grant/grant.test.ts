import { expect, test } from "vitest";

import { grant, incident, user } from "../test/samples";
import { darkReason, isLive, myGrant } from "./grant";

test("another agency's grant is never taken", () => {
  const theirs = grant({ id: "112", holder: { agency: "P1100000000" } });
  expect(myGrant([theirs], user)).toBeNull();
  expect(myGrant([theirs, grant({ id: "ours" })], user)?.id).toBe("ours");
});

test("a grant of another person of the same agency is not mine", () => {
  expect(myGrant([grant({ holder: { user: "u2", agency: "B1100000000" } })], user)).toBeNull();
});

test("a live grant goes before an ended one, mine before my agency's", () => {
  const ended = grant({ id: "ended", state: "ended", holder: { user: "u1" } });
  const agency = grant({ id: "agency" });
  const own = grant({ id: "own", holder: { user: "u1" } });
  expect(myGrant([ended, agency], user)?.id).toBe("agency");
  expect(myGrant([agency, own], user)?.id).toBe("own");
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
