import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { mediaPlaylistOf, needsHls, openHls } from "./hls";

const kUrl = "http://media:8001/hls/11440-0001/index.m3u8";
const kMedia = "http://media:8001/hls/view/0-abc/media.m3u8";
const kWelcome = '#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.42c016"\n../view/0-abc/media.m3u8\n';

let asked: { url: string; method: string; headers: Record<string, string> }[] = [];
let answer: { status: number; text: () => Promise<string>; json?: () => Promise<unknown> };
const died = vi.fn();
const frame = vi.fn();
const events = { onFrame: frame, onDied: died };

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  asked = [];
  answer = { status: 200, text: async () => kWelcome };
  vi.stubGlobal("fetch", async (url: string, init: { method?: string; headers?: Record<string, string> } = {}) => {
    asked.push({ url, method: init.method ?? "GET", headers: init.headers ?? {} });
    return answer;
  });
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.spyOn(HTMLMediaElement.prototype, "load").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  died.mockReset();
  frame.mockReset();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test("the ticket goes in a header, and the player gets the view's own address", async () => {
  const session = openHls(kUrl, "secret", events);
  await settle();

  expect(asked).toEqual([{ url: kUrl, method: "GET", headers: { Authorization: "Bearer secret" } }]);
  expect(session.video.src).toBe(kMedia);
  expect(session.video.muted).toBe(true);
  expect(died).not.toHaveBeenCalled();
  session.close();
});

test("what the player plays is said, and why nothing is made of what it does not play is told", async () => {
  vi.spyOn(HTMLMediaElement.prototype, "canPlayType").mockImplementation((type) => (type.includes("avc1") ? "probably" : ""));
  answer = { status: 503, text: async () => "", json: async () => ({ type: "/problems/transcode_busy" }) };
  const session = openHls(kUrl, "secret", events);
  await settle();

  expect(asked[0]?.url).toBe(`${kUrl}?codecs=avc1`);
  expect(died).toHaveBeenCalledWith("blank.transcodeBusy");
  session.close();
});

test("frames are told while the player's time goes on, with the time of the playlist where the player knows it", async () => {
  const session = openHls(kUrl, "secret", events);
  await settle();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(frame).not.toHaveBeenCalled();

  session.video.currentTime = 2;
  await vi.advanceTimersByTimeAsync(500);
  expect(frame).toHaveBeenLastCalledWith({ clockMs: Date.now(), captured: false });
  Object.assign(session.video, { getStartDate: () => new Date(700_000) });
  session.video.currentTime = 3;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(frame).toHaveBeenLastCalledWith({ clockMs: 703_000, captured: false });
  expect(frame).toHaveBeenCalledTimes(2);
  session.close();
});

test("closing takes the picture off and ends the view", async () => {
  const session = openHls(kUrl, "secret", events);
  await settle();
  session.close();

  expect(session.video.hasAttribute("src")).toBe(false);
  expect(asked.at(-1)).toMatchObject({ url: "http://media:8001/hls/view/0-abc/", method: "DELETE" });
  session.close();
  expect(asked).toHaveLength(2);
});

test("closed before the answer came, the view is ended all the same and nothing plays", async () => {
  const session = openHls(kUrl, "secret", events);
  session.close();
  await settle();

  expect(session.video.hasAttribute("src")).toBe(false);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE" });
  expect(died).not.toHaveBeenCalled();
});

test.each([
  [503, "blank.noPicture"],
  [401, "blank.lost"],
  [400, "blank.lost"],
])("an answer %i is told once", async (status, reason) => {
  answer = { status, text: async () => "", json: async () => ({}) };
  openHls(kUrl, "secret", events);
  await settle();

  expect(died.mock.calls).toEqual([[reason]]);
});

test("a player that fails is told once, and its view ended", async () => {
  const session = openHls(kUrl, "secret", events);
  await settle();
  session.video.dispatchEvent(new Event("error"));
  session.video.dispatchEvent(new Event("error"));

  expect(died.mock.calls).toEqual([["blank.lost"]]);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE" });
});

test("what is no playlist names nothing", () => {
  expect(mediaPlaylistOf(kWelcome, kUrl)).toBe(kMedia);
  expect(mediaPlaylistOf("<html>", kUrl)).toBeNull();
  expect(mediaPlaylistOf("#EXTM3U\n", kUrl)).toBeNull();
});

test("needed where the browser plays HLS and has no MediaSource", () => {
  const plays = vi.spyOn(HTMLMediaElement.prototype, "canPlayType").mockReturnValue("maybe");
  vi.stubGlobal("MediaSource", undefined);
  expect(needsHls()).toBe(true);
  plays.mockReturnValue("");
  expect(needsHls()).toBe(false);
  plays.mockReturnValue("maybe");
  vi.stubGlobal("MediaSource", class {});
  expect(needsHls()).toBe(false);
});
