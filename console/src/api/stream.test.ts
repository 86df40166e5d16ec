import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { LiveStream, streamUrl, type StreamFrame } from "./stream";

class FakeSocket {
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send = (text: string) => this.sent.push(text);
  close = () => (this.closed = true);
  say = (value: unknown) => this.onmessage?.({ data: typeof value === "string" ? value : JSON.stringify(value) });
}

let sockets: FakeSocket[];
let states: string[];
let ready: number[];
let frames: StreamFrame[];
let refused: number;
let stream: LiveStream;

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, states, ready, frames, refused] = [[], [], [], [], 0];
  stream = new LiveStream({
    url: "ws://desk/api/v1/stream",
    token: () => "secret",
    onReady: (seq) => ready.push(seq),
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    onRefused: () => refused++,
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  });
});
afterEach(() => {
  stream.stop();
  vi.useRealTimers();
});

const last = () => sockets.at(-1) as FakeSocket;
function open(seq = 10) {
  last().onopen?.();
  last().say({ ready: true, seq });
}

test("the first frame is the token, and ready asks for everything anew", () => {
  stream.start();
  open(7);
  expect(last().sent).toEqual(['{"token":"secret"}']);
  expect(ready).toEqual([7]);
  expect(states).toEqual(["connecting", "open"]);
});

test("a lost stream is opened again with growing waits and read anew", async () => {
  stream.start();
  open();
  last().onclose?.({ code: 1006 });
  expect(states.at(-1)).toBe("lost");
  await vi.advanceTimersByTimeAsync(299);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sockets).toHaveLength(2);

  last().onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(599);
  expect(sockets).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  open(20);
  expect(ready).toEqual([10, 20]);
});

test("a server that accepts and says nothing counts as lost", async () => {
  stream.start();
  last().onopen?.();
  await vi.advanceTimersByTimeAsync(5000);
  expect(states.at(-1)).toBe("lost");
  expect(last().closed).toBe(true);
});

test("a session that has ended stops the stream", async () => {
  stream.start();
  last().onclose?.({ code: 4401 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(refused).toBe(1);
  expect(sockets).toHaveLength(1);
});

test("frames older than what was heard, and what is no frame, are left out", () => {
  stream.start();
  open(10);
  last().say({ seq: 11, kind: "incident", id: "a", item: {} });
  last().say({ seq: 11, kind: "grant", id: "g", item: {} });
  last().say({ seq: 9, kind: "incident", id: "b", item: {} });
  last().say({ seq: 12, kind: "weather", id: "c", item: {} });
  last().say("not json");
  last().say([1]);
  expect(frames.map((frame) => frame.id)).toEqual(["a", "g"]);
});

test("the stream stands beside the page", () => {
  expect(streamUrl({ protocol: "https:", host: "desk:8443" })).toBe("wss://desk:8443/api/v1/stream");
  expect(streamUrl({ protocol: "http:", host: "127.0.0.1:8080" })).toBe("ws://127.0.0.1:8080/api/v1/stream");
});
