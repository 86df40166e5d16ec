import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ok } from "../api/result";
import type { Grant, Incident } from "../api/types";
import { coverOf } from "../grant/grant";
import { camera, grant, incident, ticket, user } from "../test/samples";
import type { PlayerDeps } from "./player";
import type { LiveSession, SessionEvents } from "./session";
import { TileBoard } from "./TileBoard";
import { Ways } from "./ways";

let sessions: { grant: string; camera: string; events: SessionEvents; session: LiveSession }[];
let closed: string[];
let deps: PlayerDeps;
const chosen = [camera("a", 900, [127, 37.6]), camera("b", 800, [127.1, 37.5])];

beforeEach(() => {
  sessions = [];
  closed = [];
  deps = {
    ticket: async (under, id) => ok(ticket(`${under} ${id}`)),
    open: (way, _url, name, events) => {
      const video = document.createElement("video");
      const [under, id] = name.split(" ") as [string, string];
      const session = { way, video, close: () => (closed.push(id), video.remove()) };
      sessions.push({ grant: under, camera: id, events, session });
      return session;
    },
    ways: new Ways({ webRtc: true, mse: false }, () => 0),
    onRefused: () => undefined,
    now: () => performance.now(),
  };
});
afterEach(cleanup);

const board = (of: Grant | readonly Grant[], about: Incident, order = ["a", "b"]) => (
  <TileBoard cover={coverOf([of].flat(), about, user)} chosen={chosen} order={order} spot="a" full={false} deps={deps} losses={0} onSpot={() => undefined} onFull={() => undefined} />
);

async function showLive() {
  const view = render(board(grant({}), incident({})));
  await act(async () => undefined);
  await act(async () => sessions[0]!.events.onFrame({ clockMs: 0, captured: true }));
  act(() => sessions.forEach(({ events }) => events.onFrame({ clockMs: 0, captured: true })));
  return view;
}

test("one spot tile and the context tiles, LIVE once frames come", async () => {
  await showLive();
  expect(screen.getByTestId("spot-tile").dataset).toMatchObject({ camera: "a", state: "live" });
  expect(screen.getByTestId("context-tile").dataset).toMatchObject({ camera: "b", state: "live" });
  expect(screen.getAllByTestId("live-mark")).toHaveLength(2);
  expect(document.querySelectorAll("video")).toHaveLength(2);
});

test("the spot starts alone; the others follow with its first picture", async () => {
  render(board(grant({}), incident({})));
  await act(async () => undefined);
  expect(sessions.map((each) => each.camera)).toHaveLength(1);
  await act(async () => sessions[0]!.events.onFrame({ clockMs: 0, captured: true }));
  expect(sessions).toHaveLength(2);
});

test("the others do not wait for a spot that shows nothing", async () => {
  vi.useFakeTimers();
  render(board(grant({}), incident({})));
  await act(async () => void (await vi.advanceTimersByTimeAsync(600)));
  vi.useRealTimers();
  expect(sessions).toHaveLength(2);
});

test("an incident that ends before the spot's first picture starts no other tile", async () => {
  vi.useFakeTimers();
  const view = render(board(grant({}), incident({})));
  await act(async () => void (await vi.advanceTimersByTimeAsync(100)));
  view.rerender(board(grant({}), incident({ state: "closed" })));
  await act(async () => void (await vi.advanceTimersByTimeAsync(1000)));
  vi.useRealTimers();
  expect(sessions).toHaveLength(1);
});

test("no LIVE mark before the first frame", async () => {
  render(board(grant({}), incident({})));
  await act(async () => undefined);
  expect(screen.queryByTestId("live-mark")).toBeNull();
  expect(screen.getAllByTestId("tile-blank")).toHaveLength(2);
});

test("the close of the incident blanks every tile with the reason", async () => {
  const view = await showLive();
  view.rerender(board(grant({}), incident({ state: "closed" })));
  expect(document.querySelectorAll("video")).toHaveLength(0);
  expect(screen.queryByTestId("live-mark")).toBeNull();
  expect(screen.getAllByText("상황 종료 – 영상 제공이 끝났습니다")).toHaveLength(2);
});

test("an ended grant blanks every tile even while the incident stays open", async () => {
  const view = await showLive();
  view.rerender(board(grant({ state: "ended", reason: "withdrawn" }), incident({})));
  expect(document.querySelectorAll("video")).toHaveLength(0);
  expect(screen.getAllByText("열람 허가가 거두어져 영상 제공이 끝났습니다")).toHaveLength(2);
});

test("a camera that left the grant goes dark and its tile goes", async () => {
  const view = await showLive();
  view.rerender(board(grant({ cameras: ["a"] }), incident({}), ["a"]));
  expect(screen.queryByTestId("context-tile")).toBeNull();
  expect(document.querySelectorAll("video")).toHaveLength(1);
});

test("leaving the page ends every view", async () => {
  const view = await showLive();
  view.unmount();
  expect(closed.sort()).toEqual(["a", "b"]);
});

test("an incident that had ended before it was opened asks for no ticket", async () => {
  render(board(grant({ state: "ended" }), incident({ state: "closed" })));
  await act(async () => undefined);
  expect(sessions).toHaveLength(0);
  expect(screen.getAllByText("상황 종료 – 영상 제공이 끝났습니다")).toHaveLength(2);
});

const frames = () => act(() => sessions.forEach(({ events }) => events.onFrame({ clockMs: 0, captured: true })));
const under = () => sessions.map((each) => `${each.grant} ${each.camera}`);

test("a second grant for one of the cameras touches no picture", async () => {
  const view = await showLive();
  view.rerender(board([grant({}), grant({ id: "g2", cameras: ["b"], from: "2026-01-01T00:10:00Z", to: "2026-01-01T00:50:00Z" })], incident({})));
  await act(async () => undefined);
  expect(under()).toEqual(["g1 a", "g1 b"]);
  expect(closed).toEqual([]);
  expect(screen.getAllByTestId("live-mark")).toHaveLength(2);
});

test("when one of two grants ends, its cameras move over to the other without a blank; what nothing permits is dark with the reason", async () => {
  const view = await showLive();
  const one = grant({ id: "g2", cameras: ["b"] });
  view.rerender(board([grant({}), one], incident({})));
  view.rerender(board([grant({ state: "ended", reason: "withdrawn" }), one], incident({})));
  await act(async () => undefined);
  expect(under()).toEqual(["g1 a", "g1 b", "g2 b"]);
  expect(closed).toEqual(["a"]);
  expect(screen.getAllByTestId("tile-blank")).toHaveLength(1);
  expect(screen.getByTestId("spot-tile").textContent).toContain("열람 허가가 거두어져");

  frames();
  expect(closed).toEqual(["a", "b"]);
  expect(screen.getByTestId("context-tile").dataset).toMatchObject({ camera: "b", state: "live" });
});

test("what had ended plays again under a new grant", async () => {
  const view = await showLive();
  const ended = grant({ state: "ended", reason: "expired" });
  view.rerender(board(ended, incident({})));
  expect(document.querySelectorAll("video")).toHaveLength(0);
  view.rerender(board([ended, grant({ id: "g2" })], incident({})));
  await act(async () => undefined);
  frames();
  expect(under()).toEqual(["g1 a", "g1 b", "g2 a", "g2 b"]);
  expect(screen.getAllByTestId("live-mark")).toHaveLength(2);
});
