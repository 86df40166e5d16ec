import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { StreamEvents } from "./fmp4Socket";
import type { LiveSession } from "./session";

let stream: StreamEvents;
let left: number;
let opened: unknown[];
vi.mock("./fmp4Socket", () => ({
  sharedSocket: () => ({
    open: (camera: string, ticket: string, codecs: string[], events: StreamEvents) => {
      opened.push([camera, ticket, codecs]);
      stream = events;
      return () => left++;
    },
  }),
}));
const { openFmp4 } = await import("./mse");

class FakeBuffer extends EventTarget {
  updating = false;
  log: unknown[] = [];
  ranges: [number, number][] = [];
  get buffered() {
    return { length: this.ranges.length, start: (i: number) => this.ranges[i]![0], end: (i: number) => this.ranges[i]![1] };
  }
  appendBuffer(bytes: Uint8Array) {
    this.log.push([...bytes]);
    this.updating = true;
  }
  changeType = (mime: string) => void this.log.push(mime);
  remove(from: number, to: number) {
    this.log.push(["remove", from, to]);
    this.updating = true;
  }
  /** The browser has taken it; now it holds this. */
  done(...ranges: [number, number][]) {
    this.ranges = ranges;
    this.updating = false;
    this.dispatchEvent(new Event("updateend"));
  }
}
class FakeSource extends EventTarget {
  static made: FakeSource[] = [];
  static isTypeSupported = (mime: string) => mime.includes("avc1");
  readyState = "closed";
  duration = 0;
  buffer = new FakeBuffer();
  constructor() {
    super();
    FakeSource.made.push(this);
  }
  addSourceBuffer = (mime: string) => (this.buffer.log.push(mime), this.buffer);
  open() {
    this.readyState = "open";
    this.dispatchEvent(new Event("sourceopen"));
  }
}

let session: LiveSession, source: FakeSource, buffer: FakeBuffer, died: string[];
const mime = 'video/mp4; codecs="avc1.64001f"';
const bytes = (...values: number[]) => stream.onBytes(new Uint8Array(values));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaSource", FakeSource);
  URL.createObjectURL = () => "blob:x";
  URL.revokeObjectURL = () => undefined;
  Object.assign(HTMLVideoElement.prototype, { requestVideoFrameCallback: () => 1 });
  Object.assign(HTMLMediaElement.prototype, { play: async () => undefined, pause: () => undefined, load: () => undefined });
  [left, opened, died] = [0, [], []];
  session = openFmp4("ws://media:1/fmp4/11000-0001", "t", { onFrame: () => undefined, onDied: (reason) => died.push(reason) });
  source = FakeSource.made.at(-1) as FakeSource;
  buffer = source.buffer;
  // jsdom's media elements have no clock.
  Object.defineProperty(session.video, "currentTime", { value: 0, writable: true });
  Object.defineProperty(session.video, "playbackRate", { value: 1, writable: true });
});
afterEach(() => {
  session.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("asks for its camera with what the browser plays, and appends in order, one at a time", () => {
  stream.onMime(mime);
  bytes(1);
  bytes(2);
  expect(opened).toEqual([["11000-0001", "t", ["avc1"]]]);
  expect(buffer.log).toEqual([]);
  source.open();
  expect(buffer.log).toEqual([mime, [1]]);
  buffer.done();
  expect(buffer.log).toEqual([mime, [1], [2]]);
  stream.onMime('video/mp4; codecs="avc1.42c016"');
  bytes(3);
  buffer.done();
  expect(buffer.log.slice(3)).toEqual(['video/mp4; codecs="avc1.42c016"', [3]]);
});

test("keeps to the newest picture: it jumps when far behind or over a gap, hurries when a little behind", () => {
  const at = 1_790_000_000;
  const see = (from: number, to: number) => {
    bytes(1);
    buffer.done([at + from, at + to]);
  };
  source.open();
  stream.onMime(mime);
  see(0, 1);
  expect(session.video.currentTime).toBeCloseTo(at + 0.9);
  session.video.currentTime = at + 0.9;
  see(0, 1.04);
  expect(session.video.playbackRate).toBe(1);
  session.video.currentTime = at + 0.7;
  see(0, 1.08);
  expect(session.video.playbackRate).toBe(1.05);
  session.video.currentTime = at + 1.05;
  see(0, 1.12);
  expect(session.video.playbackRate).toBe(1);
  session.video.currentTime = at + 0.4;
  see(0, 1.16);
  expect(session.video.currentTime).toBeCloseTo(at + 1.06);
  bytes(1);
  buffer.done([at, at + 1.16], [at + 5, at + 5.05]);
  expect(session.video.currentTime).toBeCloseTo(at + 5);
});

test("what was played is taken out of the buffer", () => {
  source.open();
  stream.onMime(mime);
  bytes(1);
  buffer.done([100, 111]);
  session.video.currentTime = 110.9;
  bytes(1);
  buffer.done([100, 111]);
  expect(buffer.log.at(-1)).toEqual(["remove", 100, 105.9]);
});

test("an end is told once, and none after close()", () => {
  stream.onEnded("blank.revoked");
  stream.onEnded("blank.lost");
  expect(died).toEqual(["blank.revoked"]);
  expect(left).toBe(1);
});

test("a browser that does not take its bytes owes four megabytes at most", () => {
  for (let i = 0; i < 5; i++) stream.onBytes(new Uint8Array(1 << 20));
  expect(died).toEqual(["blank.slow"]);
});

test("a format that the browser does not play ends it", () => {
  source.open();
  stream.onMime('video/mp4; codecs="hvc1.1.6.L93.b0"');
  expect(died).toEqual(["blank.notServed"]);
});
