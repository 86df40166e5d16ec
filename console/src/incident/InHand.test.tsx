// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import type { Incident } from "../api/types";
import type { Seats } from "../duty/people";
import { seatOf } from "../test/procedures";
import { incident, user } from "../test/samples";
import { ko } from "../ui/ko";
import { IncidentCard } from "./IncidentCard";
import { InHand } from "./InHand";

afterEach(cleanup);

const show = (change: Partial<Incident>, seats: Seats | null) => render(<InHand incident={incident({ state: "acting", ...change })} seats={seats} user={user} />);
const held = { owner: "01J5KQ0000ABCD", ownedAt: "2026-12-01T12:00:00.000000Z" };

test("whose it is and who commands it have names, as the seats tell them, and since when", () => {
  show({ owner: "u1", ownedAt: "2026-12-01T12:00:00.000000Z", commander: "u2", commandedAt: "2026-12-01T12:05:00.000000Z" }, [seatOf("u1", "한가람"), seatOf("u2", "윤슬기")]);
  expect(screen.getByTestId("owner").textContent).toBe(`${ko["incident.owner"]}한가람 (${ko["duty.you"]}) 21:00부터`);
  expect(screen.getByTestId("commander").textContent).toBe(`⚑ ${ko["incident.commander"]}윤슬기 21:05부터`);
  expect(screen.queryByTestId("owner-away")).toBeNull();
});

test("who has left the seat is the end of an id, and marked; while the seats are not known nobody is", () => {
  show(held, [seatOf("u1", "한가람")]);
  expect(screen.getByTestId("owner").textContent).toContain("ABCD");
  expect(screen.getByTestId("owner-away").textContent).toBe(`△ ${ko["incident.ownerAway"]}`);
  cleanup();
  show(held, null);
  expect(screen.queryByTestId("owner-away")).toBeNull();
  cleanup();
  show({ ...held, state: "closed" }, []);
  expect(screen.queryByTestId("owner-away"), "nobody has to be there for what has ended").toBeNull();
});

test("nobody's is said, and how often those above were called", () => {
  show({ state: "received", owner: null }, []);
  expect(screen.getByTestId("owner").textContent).toContain(ko["incident.noOwner"]);
  cleanup();
  show({ state: "new", escalation: 2 }, []);
  expect(screen.getByTestId("escalation").textContent).toContain("2차");
  expect(screen.queryByTestId("owner")).toBeNull();
});

test("an agency's card says nothing of it", () => {
  render(<IncidentCard incident={incident({ state: "acting", owner: "u1", commander: "u2", escalation: 1 })} acts={[]} busy={false} problem={null} onAct={() => undefined} />);
  expect(screen.queryByTestId("in-hand")).toBeNull();
  expect(document.querySelector("[data-act]")).toBeNull();
});
