// The desk where WebRTC does not get through: the same live pictures over one WebSocket, read from pixels.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, seoulForest, until } from "../integration/city.mjs";
import { newNumber, Partner } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";
import { checkMoving, checkPictures } from "./tiles.mjs";

const kTiles = 6;
const kDarkMs = 1000;
/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;

let city, browser, operator, partner, number, none, blocked, grant;
const measured = {};

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  operator = await city.login("operator1");
  partner = await Partner.open(city);
  none = await sitDown(browser, city, { width: 1920, height: 1080 }, "webrtc");
  await none.login(city.account("operator1"));
  await none.shows(".strip");
  await none.atRest();
});

after(async () => {
  for (const [what, value] of Object.entries(measured)) console.log(`# measured ${what}: ${value}`);
  await browser?.close();
  await city?.stop();
});

async function shoot(seat, name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

/** Six live pictures, each the one that it names, all of them moving, all of them by `way`. */
async function checkBoard(seat, way) {
  const tiles = await seat.liveTiles(kTiles);
  checkPictures(tiles, grant.cameras);
  const later = await until("each picture moved on", async () => {
    const now = await seat.tiles();
    return now.every((tile) => {
      const was = tiles.find((each) => each.camera === tile.camera);
      return was && tile.code !== null && tile.decoded > was.decoded && tile.frame !== was.frame;
    }) && now;
  });
  checkPictures(later, grant.cameras);
  checkMoving(tiles, later);
  await until(`all say that they come by ${way}`, async () => (await seat.tiles()).every((tile) => tile.way === way));
  return later;
}

/** How old the pictures on screen are by their own time, in ms, the median of some readings. */
async function latency(seat) {
  const ages = await seat.page.evaluate(async () => {
    const found = [];
    for (const video of document.querySelectorAll("video")) {
      for (let i = 0; i < 10; i++) {
        found.push(await new Promise((seen) => video.requestVideoFrameCallback((_, meta) => seen(Date.now() - meta.mediaTime * 1000))));
      }
    }
    return found.sort((a, b) => a - b);
  });
  return Math.round(ages[Math.floor(ages.length / 2)]);
}

test("a browser without WebRTC shows the pictures over one WebSocket", async () => {
  number = newNumber();
  const sentAt = Date.now();
  await partner.tell({ number, ...seoulForest, text: "공원 산책로에서 폭행 신고" });
  const incident = await until("the incident", async () => (await operator.get("/api/v1/incidents")).items.find((each) => each.number === number));
  const grants = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  grant = grants.find((each) => each.purpose === "operator-incident");
  const tiles = await checkBoard(none, "fmp4");
  const spot = tiles.find((tile) => tile.spot);
  assert.equal(spot.height, 1080, "the spot is the main stream");
  assert.ok(tiles.filter((tile) => !tile.spot).every((tile) => tile.height === 360), "the others are the sub stream");
  const marks = await none.page.evaluate(() => window.marksOfTest);
  measured["report → first frame of the spot, by MSE, in ms"] = marks[`frame ${spot.camera}`] - sentAt;
  measured["age of the pictures on screen by their own time, in ms"] = await latency(none);
  assert.deepEqual(none.sockets.filter((each) => each.startsWith("/fmp4")), ["/fmp4"], "one socket for all tiles");
  assert.equal(none.requests.filter((each) => each.includes("/whep")).length, 0);
  await shoot(none, "desk-ko-1920");
});

test("the tile's words are in both languages", async () => {
  const title = () => none.page.locator("[data-testid=spot-tile] [data-testid=way]").getAttribute("title");
  assert.equal(await title(), "WebRTC 대신 WebSocket으로 받는 영상");
  await none.press("l");
  await until("it is said in English", async () => (await title()) === "Received by WebSocket instead of WebRTC");
  await shoot(none, "desk-en-1920");
  await none.press("l");
});

test("a line that lets no UDP through: the pictures come by the WebSocket, by themselves", async () => {
  blocked = await sitDown(browser, city, { width: 390, height: 844 }, "udp");
  await blocked.login(city.account("police1"));
  await blocked.shows(".strip");
  const row = `li[data-incident="${grant.incident ?? ""}"]`;
  if ((await blocked.count("[data-testid=tile-board]")) === 0) {
    await blocked.page.locator(grant.incident ? row : "li[data-incident]").first().focus();
    await blocked.press("Enter");
  }
  await checkBoard(blocked, "fmp4");
  assert.ok(blocked.requests.some((each) => each.includes("/whep")), "WebRTC was tried first");
  measured["age of the pictures on a phone's screen, in ms"] = await latency(blocked);
  await blocked.page.locator("[data-testid=tile-board]").scrollIntoViewIfNeeded();
  await shoot(blocked, "phone-ko");
  await blocked.press("l");
  await until("it speaks English", async () => (await blocked.page.evaluate(() => document.documentElement.lang)) === "en");
  await blocked.page.locator("[data-testid=tile-board]").scrollIntoViewIfNeeded();
  await shoot(blocked, "phone-en");
});

test("a picture that stays long keeps to the newest frame and its buffer short", async () => {
  const began = Date.now();
  await until("20 seconds have passed", () => Date.now() > began + 20_000, { within: 30_000, every: 500 });
  const held = await none.page.evaluate(() => [...document.querySelectorAll("video")].map((video) => {
    const { buffered } = video;
    return { seconds: buffered.end(buffered.length - 1) - buffered.start(0), behind: buffered.end(buffered.length - 1) - video.currentTime };
  }));
  measured["seconds in the buffers"] = held.map((each) => each.seconds.toFixed(1)).join(" ");
  measured["behind the newest picture"] = held.map((each) => each.behind.toFixed(2)).join(" ");
  assert.ok(held.every((each) => each.seconds < 14 && each.behind < 1), JSON.stringify(held));
});

test("after kill -9 of the media process the pictures come back over a new socket", async () => {
  const asked = none.ticketsAsked();
  const old = city.kill("media 11000");
  await until("the supervisor has started another", () => city.pid("media 11000") && city.pid("media 11000") !== old);
  await until("every picture was asked for anew", () => none.ticketsAsked() >= asked + kTiles, { within: 30_000 });
  await checkBoard(none, "fmp4");
});

test("the close makes both dark within a second, with the reason, and the record says how each was seen", async () => {
  const incident = (await operator.get("/api/v1/incidents?state=new,received,acting")).items[0];
  const answer = await operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "close", outcome: "true" });
  assert.equal(answer.status, 201, answer.text);
  const closed = Date.parse((await operator.get(`/api/v1/incidents/${incident.id}`)).endedAt);
  for (const [who, seat, words] of [["desk", none, /상황 종료/], ["phone", blocked, /Incident closed/]]) {
    const tiles = await seat.darkTiles();
    for (const tile of tiles) assert.match(tile.words, words);
    const dark = (await seat.page.evaluate(() => window.marksOfTest.dark)) - closed;
    measured[`close → dark on the ${who}, in ms`] = dark;
    assert.ok(dark < kDarkMs, `the ${who} was dark ${dark} ms after the close`);
  }
  await shoot(none, "dark-ko-1920");
  const official = await city.login("official1");
  const views = await until("every view has its end", async () => {
    const found = (await official.get(`/api/v1/views?incident=${incident.id}&limit=200`)).items.filter((view) => view.from);
    return found.length >= 2 * kTiles && found.every((view) => view.to) && found;
  });
  assert.ok(views.filter((view) => view.way === "fmp4" && view.frames > 0).length >= 2 * kTiles, JSON.stringify(views.map((view) => [view.way, view.frames])));
  assert.deepEqual([...none.errors, ...blocked.errors], [], "no page broke, no policy was violated");
});
