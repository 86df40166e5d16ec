import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { dropSpare, keepSpare, takeConnection } from "./connections";

class FakePeer {
  static made: FakePeer[] = [];
  closed = false;
  described = false;
  constructor() {
    FakePeer.made.push(this);
  }
  addTransceiver = () => ({ receiver: {} });
  createOffer = async () => ({ type: "offer", sdp: "v=0" });
  setLocalDescription = async () => {
    this.described = true;
  };
  close = () => {
    this.closed = true;
  };
}

const open = () => FakePeer.made.filter((peer) => !peer.closed);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  FakePeer.made = [];
});
afterEach(() => {
  dropSpare();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the spot takes the connection that was made ahead, with its offer ready", async () => {
  keepSpare();
  await vi.advanceTimersByTimeAsync(0);

  const taken = takeConnection();

  expect(taken.peer).toBe(FakePeer.made[0]);
  expect(FakePeer.made[0]!.described).toBe(true);
  await expect(taken.described).resolves.toBeUndefined();
});

test("the tiles that come with it make their own, and the next spare waits until pictures run", async () => {
  keepSpare();
  takeConnection();
  takeConnection();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(FakePeer.made).toHaveLength(2);

  await vi.advanceTimersByTimeAsync(2_000);

  expect(FakePeer.made).toHaveLength(3);
});

test("an old spare goes and a new one comes: the network may have changed", async () => {
  keepSpare();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(FakePeer.made).toHaveLength(2);
  expect(open()).toEqual([FakePeer.made[1]]);
});

test("after the logout nothing is kept; what was taken is its owner's", async () => {
  keepSpare();
  const taken = takeConnection();
  dropSpare();
  await vi.advanceTimersByTimeAsync(120_000);

  expect(open()).toEqual([taken.peer]);
});
