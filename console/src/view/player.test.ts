import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { fail, ok, type Result } from "../api/result";
import type { Ticket } from "../api/types";
import { ticket } from "../test/samples";
import { TilePlayer } from "./player";
import type { LiveSession, SessionEvents } from "./session";
import { Ways } from "./ways";

interface FakeSession extends LiveSession {
  ticket: string;
  events: SessionEvents;
  closed: boolean;
}

let sessions: FakeSession[];
let asked: (number | undefined)[];
let under: string[];
let answers: Result<Ticket>[];
let refused: string[];
let host: HTMLDivElement;
const frame = { clockMs: 0, captured: true };

beforeEach(() => {
  vi.useFakeTimers();
  [sessions, asked, under, answers, refused] = [[], [], [], [], []];
  host = document.createElement("div");
});
afterEach(() => vi.useRealTimers());

function makePlayer(has: ConstructorParameters<typeof Ways>[0] = { webRtc: true, mse: false }): TilePlayer {
  const player = new TilePlayer("cam", {
    ticket: async (grant, _camera, height) => {
      under.push(grant);
      asked.push(height);
      return answers.shift() ?? ok(ticket(`t${asked.length}`));
    },
    open: (way, _url, name, events) => {
      const video = document.createElement("video");
      const session: FakeSession = { way, ticket: name, events, video, closed: false, close: () => ((session.closed = true), video.remove()) };
      sessions.push(session);
      return session;
    },
    ways: new Ways(has, () => Date.now()),
    onRefused: (grant) => refused.push(grant),
    now: () => Date.now(),
  });
  player.mount(host);
  player.permit(["g1"]);
  return player;
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const at = (index: number): FakeSession => sessions[index] as FakeSession;

async function livePlayer(size: "main" | "sub" = "sub"): Promise<TilePlayer> {
  const player = makePlayer();
  player.want(size);
  await settle();
  at(0).events.onFrame(frame);
  return player;
}

test("who left the seat is told so, and sees again once they are back", async () => {
  const player = makePlayer();
  answers.push({ ok: false, error: { status: 403, detail: "", kind: "not_on_duty" } });
  player.want("sub");
  await settle();
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.offDuty" });
  await vi.advanceTimersByTimeAsync(5000);
  at(sessions.length - 1).events.onFrame(frame);
  expect(player.tile.phase).toBe("live");
});

test("the spot asks for the main stream, a context tile for the sub stream", async () => {
  makePlayer().want("main");
  makePlayer().want("sub");
  await settle();
  expect(asked).toEqual([undefined, 360]);
});

test("the picture is placed with its first frame, not before", async () => {
  const player = makePlayer();
  player.want("sub");
  await settle();
  expect(player.tile.phase).toBe("connecting");
  expect(host.querySelector("video")).toBeNull();
  at(0).events.onFrame(frame);
  expect(player.tile.phase).toBe("live");
  expect(host.querySelector("video")).toBe(at(0).video);
});

test("a session that dies blanks the tile at once and comes back under a new ticket", async () => {
  const player = await livePlayer();
  at(0).events.onDied("blank.lost");
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.lost" });
  expect(host.childElementCount).toBe(0);

  await vi.advanceTimersByTimeAsync(300);
  expect(sessions.map((session) => session.ticket)).toEqual(["t1", "t2"]);
  at(1).events.onFrame(frame);
  expect(player.tile.phase).toBe("live");
});

test("waits double from 300 ms to 2 s while it cannot be had", async () => {
  answers = Array.from({ length: 6 }, () => fail<Ticket>(503, ""));
  makePlayer().want("sub");
  await settle();
  const waits: number[] = [];
  for (let n = 1; n <= 5; n++) {
    const before = asked.length;
    let waited = 0;
    while (asked.length === before) {
      await vi.advanceTimersByTimeAsync(100);
      waited += 100;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([300, 600, 1200, 2000, 2000]);
});

test("the end of the grant takes the picture off in the same moment and asks for no other", async () => {
  const player = await livePlayer();
  player.end("blank.closed");
  expect(player.tile).toEqual({ phase: "ended", reason: "blank.closed" });
  expect(at(0).closed).toBe(true);
  expect(host.childElementCount).toBe(0);

  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
});

test("a ticket that comes after the end opens nothing", async () => {
  const player = makePlayer();
  player.want("sub");
  player.end("blank.closed");
  await settle();
  expect(sessions).toHaveLength(0);
});

test("an ended tile that is waiting to retry stays ended", async () => {
  const player = await livePlayer();
  at(0).events.onDied("blank.lost");
  player.end("blank.revoked");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
  expect(player.tile).toEqual({ phase: "ended", reason: "blank.revoked" });
});

test("a bigger picture is made before the smaller one is broken", async () => {
  const player = await livePlayer();
  player.want("main");
  await settle();
  expect(player.tile.phase).toBe("live");
  expect(at(0).closed).toBe(false);

  at(1).events.onFrame(frame);
  expect(at(0).closed).toBe(true);
  expect(host.querySelector("video")).toBe(at(1).video);
});

test("a bigger picture that fails leaves the smaller one running and is tried again", async () => {
  const player = await livePlayer();
  player.want("main");
  await settle();
  at(1).events.onDied("blank.noPicture");
  expect(player.tile.phase).toBe("live");
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toEqual([360, undefined, undefined]);
});

test("going back to the size on screen drops the other one", async () => {
  const player = await livePlayer();
  player.want("main");
  await settle();
  player.want("sub");
  await settle();
  expect(at(1).closed).toBe(true);
  expect(at(0).closed).toBe(false);
  expect(asked).toHaveLength(2);
});

test("frames that stop take LIVE away after two seconds and the picture after four", async () => {
  const player = await livePlayer();
  await vi.advanceTimersByTimeAsync(2000);
  player.check();
  expect(player.tile.phase).toBe("stalled");
  await vi.advanceTimersByTimeAsync(2000);
  player.check();
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.stalled" });
  expect(at(0).closed).toBe(true);
  expect(host.childElementCount).toBe(0);
});

test("a session that never shows a frame is given up and asked for anew", async () => {
  makePlayer().want("sub");
  await settle();
  await vi.advanceTimersByTimeAsync(6000);
  expect(at(0).closed).toBe(true);
  await vi.advanceTimersByTimeAsync(300);
  expect(sessions).toHaveLength(2);
});

test("a refused ticket asks what became of the grant", async () => {
  answers = [fail<Ticket>(409, "grant has ended")];
  const player = makePlayer();
  player.want("sub");
  await settle();
  expect(refused).toEqual(["g1"]);
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.noTicket" });
});

test("a camera that no browser can see says so", async () => {
  answers = [ok(ticket("t", { whep: null, fmp4: null }))];
  const player = makePlayer();
  player.want("sub");
  await settle();
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.notServed" });
});

test("when the media process goes away the tile is blank at once and asks anew with a new ticket", async () => {
  const player = await livePlayer();

  player.lost();

  expect(player.tile).toEqual({ phase: "retry", reason: "blank.lost" });
  expect(host.childElementCount).toBe(0);
  await vi.advanceTimersByTimeAsync(600);
  expect(sessions.map((session) => session.ticket)).toEqual(["t1", "t2"]);
});

test("a tile that shows nothing yet, or never again, does not care", async () => {
  const waiting = makePlayer();
  waiting.lost();
  expect(waiting.tile.phase).toBe("waiting");

  const ended = await livePlayer();
  ended.end("blank.closed");
  ended.lost();
  expect(ended.tile).toEqual({ phase: "ended", reason: "blank.closed" });
});

test("a picture whose grant has ended moves over to another one and stands until the new picture is there", async () => {
  const player = await livePlayer();
  player.permit(["g1", "g2"]);
  await settle();
  expect(under).toEqual(["g1"]);

  player.permit(["g2"]);
  await settle();
  at(0).events.onDied("blank.lost"); // The server cuts what it no longer permits.
  expect(under).toEqual(["g1", "g2"]);
  expect(player.tile.phase).toBe("live");
  expect(host.querySelector("video")).toBe(at(0).video);

  at(1).events.onFrame(frame);
  expect(at(0).closed).toBe(true);
  expect(host.querySelector("video")).toBe(at(1).video);
});

test("a cut that is heard before its reason moves over as well", async () => {
  const player = await livePlayer();
  player.permit(["g1", "g2"]);
  await vi.advanceTimersByTimeAsync(3000);
  at(0).events.onFrame(frame);
  at(0).events.onDied("blank.lost");
  await settle();
  expect(player.tile.phase).toBe("live");
  expect(under).toEqual(["g1", "g2"]);
});

test("a picture that dies again and again does not ask without a pause, whatever permits it", async () => {
  const player = await livePlayer();
  player.permit(["g1", "g2"]);
  at(0).events.onDied("blank.lost");
  await settle();
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(300);
  expect(under).toEqual(["g1", "g2"]);
});

test("the last frame bridges for four seconds at most", async () => {
  const player = await livePlayer();
  answers = [ok(ticket("t2")), fail<Ticket>(503, "")];
  player.permit(["g2"]);
  await settle();
  at(0).events.onDied("blank.lost");
  at(1).events.onDied("blank.noPicture");
  await vi.advanceTimersByTimeAsync(4000);
  player.check();
  expect(player.tile.phase).toBe("retry");
  expect(at(0).closed).toBe(true);
  expect(host.childElementCount).toBe(0);
});

test("the end of the last grant takes a bridging frame off at once", async () => {
  const player = await livePlayer();
  player.permit(["g2"]);
  at(0).events.onDied("blank.lost");
  player.end("blank.revoked");
  expect(host.childElementCount).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sessions).toHaveLength(1);
});

test("a ticket that one grant refuses is asked for under the next one", async () => {
  answers = [fail<Ticket>(409, "grant has ended")];
  const player = makePlayer();
  player.permit(["g1", "g2"]);
  player.want("sub");
  await settle();
  await vi.advanceTimersByTimeAsync(300);
  expect(under).toEqual(["g1", "g2"]);
  expect(refused).toEqual(["g1"]);
});

test("a picture that had ended is asked for anew when it is permitted again", async () => {
  const player = await livePlayer();
  player.end("blank.expired");
  player.permit(["g2"]);
  expect(player.tile.phase).toBe("waiting");
  player.want("sub");
  await settle();
  expect(under).toEqual(["g1", "g2"]);
});

const both = { webRtc: true, mse: true };

test("WebRTC that shows nothing within 2.5 seconds makes way for the WebSocket, under a new ticket", async () => {
  const player = makePlayer(both);
  player.want("sub");
  await vi.advanceTimersByTimeAsync(2499);
  expect(sessions.map((session) => session.way)).toEqual(["whep"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(at(0).closed).toBe(true);
  expect(sessions.map((session) => [session.way, session.ticket])).toEqual([["whep", "t1"], ["fmp4", "t2"]]);
  expect(player.way()).toBeNull();
  at(1).events.onFrame(frame);
  expect(player.tile.phase).toBe("live");
  expect(player.way()).toBe("fmp4");
});

test("WebRTC that fails makes way at once", async () => {
  makePlayer(both).want("sub");
  await settle();
  at(0).events.onDied("blank.lost");
  await settle();
  expect(sessions.map((session) => session.way)).toEqual(["whep", "fmp4"]);
});

test("a camera without a picture is not asked for by the other way", async () => {
  makePlayer(both).want("sub");
  await settle();
  at(0).events.onDied("blank.noPicture");
  await vi.advanceTimersByTimeAsync(299);
  expect(sessions).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(at(1).way).toBe("whep");
});

test("what kept WebRTC out of one picture is remembered for a minute; a codec that WebRTC does not carry is not", async () => {
  const player = makePlayer(both);
  player.want("sub");
  await settle();
  at(0).events.onDied("blank.notServed");
  await settle();
  at(1).events.onFrame(frame);
  at(1).events.onDied("blank.lost");
  await vi.advanceTimersByTimeAsync(300);
  expect(at(2).way).toBe("whep");
  await vi.advanceTimersByTimeAsync(2500);
  at(3).events.onFrame(frame);
  at(3).events.onDied("blank.lost");
  await vi.advanceTimersByTimeAsync(2000);
  expect(sessions.map((session) => session.way)).toEqual(["whep", "fmp4", "whep", "fmp4", "fmp4"]);
  at(4).events.onFrame(frame);
  await vi.advanceTimersByTimeAsync(60_000);
  at(4).events.onDied("blank.lost");
  await vi.advanceTimersByTimeAsync(2000);
  expect(at(5).way).toBe("whep");
});

test("a browser without WebRTC takes the WebSocket from the beginning", async () => {
  makePlayer({ webRtc: false, mse: true }).want("main");
  await settle();
  expect(sessions.map((session) => session.way)).toEqual(["fmp4"]);
});

test("a phone without Media Source Extensions takes HLS", async () => {
  answers = [ok(ticket("t1")), ok(ticket("t2", { hls: "http://media/hls/a" }))];
  makePlayer({ webRtc: true, mse: false, hls: true }).want("sub");
  await settle();
  at(0).events.onDied("blank.lost");
  await settle();
  expect(sessions.map((session) => session.way)).toEqual(["whep", "hls"]);
});

test("a way that finds no picture either is tried again from the first one", async () => {
  const player = makePlayer(both);
  player.want("sub");
  await vi.advanceTimersByTimeAsync(2500 + 6000);
  expect(at(1).closed).toBe(true);
  expect(player.tile).toEqual({ phase: "retry", reason: "blank.noPicture" });
  await vi.advanceTimersByTimeAsync(300);
  expect(sessions.map((session) => session.way)).toEqual(["whep", "fmp4", "whep"]);
});
