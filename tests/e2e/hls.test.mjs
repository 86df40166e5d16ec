// HLS in a browser by a player that nobody here wrote: hls.js in Chromium, on a page of the desk's origin.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { camerasLive, City, seoulForest, until } from "../integration/city.mjs";
import { newNumber, Partner } from "../integration/partner.mjs";
import { launch } from "./seat.mjs";

const kDarkMs = 1000;
const require = createRequire(new URL("../../console/package.json", import.meta.url));

let city, browser, operator, incident, grant, cameras, origin;

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  operator = await city.login("operator1");
  await camerasLive(operator, seoulForest);
  origin = `http://127.0.0.1:${city.site("11000").http}`;
  const partner = await Partner.open(city);
  const number = newNumber();
  await partner.tell({ number, grade: "10", position: seoulForest.position, place: seoulForest.place });
  incident = await until("the incident", async () => (await operator.get("/api/v1/incidents")).items.find((each) => each.number === number));
  cameras = (await operator.get(`/api/v1/incidents/${incident.id}/cameras`)).items;
  grant = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items.find((each) => each.holder.agency === operator.account.agency);
}, { timeout: 240_000 });

after(async () => {
  await browser?.close();
  await city?.stop();
});

/** A page of `site` with hls.js, which plays the first camera: low latency, unless `plain`. */
async function watch(site, { plain = false } = {}) {
  const answer = await operator.api("POST", "/api/v1/tickets", { grant: grant.id, camera: cameras[0].id, kind: "live" });
  assert.equal(answer.status, 201, answer.text);
  // The desk's policy lets no script in but its own.
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  await page.goto(site);
  await page.setContent("<!doctype html><video muted autoplay playsinline></video>");
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.addScriptTag({ path: require.resolve("hls.js/dist/hls.min.js") });
  await page.evaluate(([url, ticket, lowLatencyMode]) => {
    const seen = (window.seen = { fatal: [], errors: [], parts: 0, lastBytesAt: 0, statuses: [] });
    const hls = (window.player = new Hls({ lowLatencyMode, debug: false, xhrSetup: (xhr, to) => {
      if (to === url) xhr.setRequestHeader("Authorization", `Bearer ${ticket}`);
    } }));
    hls.on(Hls.Events.ERROR, (_, data) => {
      (data.fatal ? seen.fatal : seen.errors).push(`${data.details} ${data.response?.code ?? ""} ${data.reason ?? ""}`);
      if (data.response) seen.statuses.push(data.response.code);
    });
    hls.on(Hls.Events.FRAG_LOADED, (_, data) => {
      seen.lastBytesAt = Date.now();
      if (data.part) ++seen.parts;
    });
    hls.loadSource(url);
    hls.attachMedia(document.querySelector("video"));
  }, [answer.json.hls, answer.json.ticket, !plain]);
  const look = () => page.evaluate(() => {
    const video = document.querySelector("video");
    return { ...window.seen, time: video.currentTime, width: video.videoWidth, latency: window.player.latency,
      dropped: video.getVideoPlaybackQuality().droppedVideoFrames, frames: video.getVideoPlaybackQuality().totalVideoFrames };
  });
  return { page, look, asked, ticket: answer.json.ticket };
}

test("hls.js plays it with low latency, part by part, and no URL holds the ticket", async () => {
  const begun = Date.now();
  const { page, look, asked, ticket } = await watch(origin);
  const first = await until("a picture", async () => {
    const now = await look();
    return now.frames > 0 && now.width > 0 && now;
  }, { within: 15_000 });
  console.log(`# measured first picture: ${Date.now() - begun} ms`);
  assert.equal(first.width, 1920);
  const later = await until("six seconds of film", async () => {
    const now = await look();
    assert.deepEqual(now.fatal, []);
    return now.time > first.time + 6 && now;
  }, { within: 20_000 });
  console.log(`# measured latency: ${later.latency.toFixed(2)} s, parts ${later.parts}, frames ${later.frames}, errors ${JSON.stringify(later.errors)}`);
  assert.ok(later.parts >= 10, JSON.stringify(later));
  assert.ok(later.frames >= 60, JSON.stringify(later));
  assert.ok(later.latency < 4, `${later.latency} s behind`);
  assert.ok(asked.every((url) => !url.includes(ticket)));
  await page.close();
});

test("a player without parts plays the same playlist by its segments", async () => {
  const { page, look } = await watch(origin, { plain: true });
  const first = await until("a picture", async () => {
    const now = await look();
    return now.frames > 0 && now;
  }, { within: 20_000 });
  const later = await until("five seconds of film", async () => {
    const now = await look();
    assert.deepEqual(now.fatal, []);
    return now.time > first.time + 5 && now;
  }, { within: 20_000 });
  assert.equal(later.parts, 0);
  await page.close();
});

test("a page of another origin gets nothing", async () => {
  const stranger = http.createServer((_, response) => response.end("")).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { page, look } = await watch(`http://127.0.0.1:${stranger.address().port}`);
  await until("the refusal", async () => (await look()).fatal.length > 0, { within: 15_000 });
  assert.equal((await look()).frames, 0);
  await page.close();
  stranger.close();
});

test("a closed incident is dark: not a byte comes after a second", async () => {
  const { page, look } = await watch(origin);
  await until("a picture", async () => (await look()).frames > 0, { within: 15_000 });
  await operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "receive" });
  const closed = await operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "close", outcome: "drill" });
  assert.equal(closed.status, 201, closed.text);
  const since = Date.now();
  await until("the player is refused", async () => (await look()).statuses.includes(410), { within: 5_000 });
  await new Promise((resolve) => setTimeout(resolve, kDarkMs + 500));
  const { lastBytesAt } = await look();
  console.log(`# measured dark: ${lastBytesAt - since} ms after the close's answer`);
  assert.ok(lastBytesAt <= since + kDarkMs, `${lastBytesAt - since} ms`);
  await page.close();
});
