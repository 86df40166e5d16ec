import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Fmp4Socket, reasonOf, sharedSocket, type StreamEvents } from "./fmp4Socket";

class FakeWebSocket {
  static OPEN = 1;
  static made: FakeWebSocket[] = [];
  readyState = 0;
  sent: unknown[] = [];
  closed = false;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  private waiting: (() => void)[] = [];
  constructor(readonly url: string) {
    FakeWebSocket.made.push(this);
  }
  addEventListener = (_kind: string, listener: () => void) => void this.waiting.push(listener);
  send = (text: string) => void this.sent.push(JSON.parse(text));
  close = () => void (this.closed = true);
  open(): void {
    this.readyState = 1;
    this.onopen?.();
    this.waiting.forEach((listener) => listener());
  }
  say = (message: object) => this.onmessage?.({ data: JSON.stringify(message) });
  bytes = (id: number, ...values: number[]) => this.onmessage?.({ data: new Uint8Array([0, 0, id >> 8, id & 255, ...values]).buffer });
}

const heard = () => {
  const all: unknown[] = [];
  const events: StreamEvents = {
    onMime: (mime) => all.push(mime),
    onBytes: (bytes) => all.push([...bytes]),
    onEnded: (reason) => all.push(reason),
  };
  return { all, events };
};
const at = (index: number) => FakeWebSocket.made[index] as FakeWebSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.made = [];
  vi.stubGlobal("WebSocket", FakeWebSocket);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("tiles share one socket, each hears its own", () => {
  const socket = new Fmp4Socket("ws://media/fmp4");
  const [one, two] = [heard(), heard()];
  socket.open("a", "t1", ["avc1"], one.events);
  at(0).open();
  socket.open("b", "t2", ["avc1"], two.events);
  expect(FakeWebSocket.made).toHaveLength(1);
  expect(at(0).sent).toEqual([
    { open: { id: 1, camera: "a", ticket: "t1", codecs: ["avc1"] } },
    { open: { id: 2, camera: "b", ticket: "t2", codecs: ["avc1"] } },
  ]);
  at(0).say({ opened: 2, mime: "m2" });
  at(0).bytes(2, 9, 8);
  at(0).say({ changed: 2, mime: "m3" });
  at(0).say({ closed: { id: 1, reason: "grant is revoked: incident closed" } });
  expect(one.all).toEqual(["blank.revoked"]);
  expect(two.all).toEqual(["m2", [9, 8], "m3"]);
});

test("a stream that leaves tells the server and hears nothing more; one that never got out is never asked for", () => {
  const socket = new Fmp4Socket("ws://media/fmp4");
  const [one, two] = [heard(), heard()];
  const early = socket.open("a", "t1", [], one.events);
  const leave = socket.open("b", "t2", [], two.events);
  early();
  at(0).open();
  leave();
  leave();
  at(0).bytes(2, 1);
  at(0).say({ closed: { id: 2, reason: "viewer left" } });
  expect(at(0).sent).toEqual([{ open: { id: 2, camera: "b", ticket: "t2", codecs: [] } }, { close: 2 }]);
  expect([...one.all, ...two.all]).toEqual([]);
});

test("a socket that dies ends all of its streams, and the next one makes another", () => {
  const socket = new Fmp4Socket("ws://media/fmp4");
  const [one, two] = [heard(), heard()];
  socket.open("a", "t1", [], one.events);
  at(0).open();
  at(0).onclose?.();
  expect(one.all).toEqual(["blank.lost"]);
  socket.open("a", "t2", [], two.events);
  at(1).open();
  expect(at(1).sent).toHaveLength(1);
});

test("a server that does not answer is given up, an unused socket is closed after five seconds", () => {
  const socket = new Fmp4Socket("ws://media/fmp4");
  const one = heard();
  socket.open("a", "t1", [], one.events);
  vi.advanceTimersByTime(5000);
  expect(one.all).toEqual(["blank.lost"]);
  expect(at(0).closed).toBe(true);

  const leave = socket.open("a", "t2", [], one.events);
  at(1).open();
  leave();
  vi.advanceTimersByTime(4999);
  expect(at(1).closed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(at(1).closed).toBe(true);
});

test("what is wrong is said in the page's words", () => {
  const socket = new Fmp4Socket("ws://media/fmp4");
  const tiles = ["unauthenticated", "codec_unsupported", "unavailable", "exhausted", "transcode_busy", "transcode_failed"].map((code, i) => {
    const tile = heard();
    socket.open("a", "t", [], tile.events);
    at(0).say({ error: { id: i + 1, code, message: "" } });
    return tile.all;
  });
  expect(tiles.flat()).toEqual(["blank.noTicket", "blank.notServed", "blank.noPicture", "blank.lost", "blank.transcodeBusy", "blank.transcodeFailed"]);
  expect([reasonOf("grant is over"), reasonOf("viewer is too slow"), reasonOf("the media process is stopping")]).toEqual(["blank.expired", "blank.slow", "blank.lost"]);
});

test("each media server has one", () => {
  const socket = sharedSocket("ws://one:1/fmp4/a");
  expect(sharedSocket("ws://one:1/fmp4/b")).toBe(socket);
  expect(sharedSocket("ws://two:1/fmp4/b")).not.toBe(socket);
});
