// A quiet night at the desk, by keyboard alone: the own cameras pass by, a pass is confirmed, what is seen becomes an incident in two
// keys, and which pictures stood on the lit screen is on record.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, until } from "../integration/city.mjs";
import { launch, sitDown } from "./seat.mjs";
import { checkPictures } from "./tiles.mjs";

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;
const kPatrol = "section.patrol";

let city, browser, seat, operator, supervisor;

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  supervisor = await city.login("supervisor1");
  seat = await sitDown(browser, city, { width: 1920, height: 1080 });
  await seat.login(city.account("operator1"));
  await seat.shows("[data-testid=patrol]");
  operator = await city.login("operator1");
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

async function shoot(name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

const place = () => seat.page.locator("[data-testid=patrol]").evaluate(({ dataset }) => ({ at: Number(dataset.at), stops: Number(dataset.stops), pass: Number(dataset.pass) }));
const own = async () => (await operator.get("/api/v1/duty/watch/own")).set;
const idsOf = (stop) => stop.cameras.map(({ id }) => id);

test("who logs in on duty has the own cameras on the screen, a stop at a time, each the one that it names", async () => {
  const set = await own();
  assert.ok(set.stops.length >= 1);
  const first = await seat.liveTiles(set.stops[0].cameras.length, 40_000, kPatrol);
  checkPictures(first, idsOf(set.stops[0]));
  await shoot("patrol");
  assert.deepEqual(await place(), { at: 0, stops: set.stops.length, pass: 0 });
});

test("a pass can be confirmed when its last screen has stood its time, and not before", async () => {
  const { stops } = await place();
  await seat.press("y");
  for (let stop = 1; stop < stops; stop++) await seat.press("]");
  await until("the last screen", async () => (await place()).at === stops - 1);
  await seat.press("y");
  assert.equal((await own()).pass, 0, "nothing was confirmed that nobody can have seen");
  await until("the last screen has stood its time", () => seat.page.locator("[data-testid=patrol-confirm]").isEnabled(), { within: 40_000 });
  await seat.press("y");
  await until("the next pass", async () => (await place()).pass === 1);
  assert.equal((await own()).pass, 1);
  const { passes } = await supervisor.get("/api/v1/duty/watch");
  assert.equal(passes.length, 1);
});

test("held, the patrol stays where it is", async () => {
  await seat.press("p");
  const words = await seat.text(".patrol-time");
  await new Promise((done) => setTimeout(done, 2500));
  assert.equal(await seat.text(".patrol-time"), words);
  await seat.press("p");
});

test("what is seen becomes an incident in two keys, with its picture, its place and the agency that is proposed", async () => {
  const set = await own();
  const tiles = await seat.liveTiles(set.stops[(await place()).at].cameras.length, 40_000, kPatrol);
  const spot = tiles.find((tile) => tile.spot).camera;
  await seat.press("r");
  await seat.press("2");

  await seat.shows("[data-testid=finding-note]");
  assert.equal(await seat.count("[data-testid=patrol]"), 0, "the incident has the screen");
  const { items } = await operator.get("/api/v1/incidents?limit=1");
  const [incident] = items;
  assert.equal(incident.type, "BSFND001");
  assert.equal(incident.state, "received");
  const finding = await operator.get(`/api/v1/incidents/${incident.id}/finding`);
  assert.deepEqual([finding.camera, finding.kind, finding.agency, finding.hasPicture], [spot, "fire", "119", true]);
  const grants = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  assert.equal(grants[0].cameras[0], spot);
  checkPictures(await seat.liveTiles(6), grants[0].cameras);
  await shoot("found");

  // The picture is of that camera: read from its pixels, as the desk shows it.
  await seat.page.locator("[data-testid=finding-note] button").press("Enter");
  await seat.shows("[data-testid=finding-note] canvas");
  const code = await seat.page.evaluate(() => {
    const canvas = document.querySelector("[data-testid=finding-note] canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return window.barsOfTest.decode(pixels);
  });
  assert.equal(code, tiles.find((tile) => tile.camera === spot).code);
});

test("closed and left, the patrol goes on; on a break nothing stands on the screen", async () => {
  await seat.press("c");
  await seat.shows("[role=dialog] input[name=outcome]");
  await seat.press("Space", "Enter");
  await seat.shows("[data-testid=incident-card][data-state=closed]");
  await until("the dialog is gone", async () => (await seat.count("[role=dialog]")) === 0);
  await seat.press("Escape");
  await seat.shows("[data-testid=patrol]");
  await operator.api("POST", "/api/v1/duty/break");
  await until("the patrol stands still", async () => (await seat.count("[data-testid=patrol]")) === 0);
  assert.equal(await seat.page.locator("video").count(), 0);
  await operator.api("DELETE", "/api/v1/duty/break");
  await seat.shows("[data-testid=patrol]");
});

test("which pictures stood on the lit screen is on record, by the hour", async () => {
  const { sets } = await supervisor.get("/api/v1/duty/watch");
  const { items } = await until("an hour is on record", async () => {
    const hours = await supervisor.get("/api/v1/duty/watch/lit");
    return hours.items.length > 0 && hours;
  });
  const lit = (await Promise.all(items.map(({ hour }) => supervisor.get(`/api/v1/duty/watch/lit/${hour}`)))).flatMap((page) => page.items);
  assert.ok(lit.some(({ camera, seconds }) => sets[0].own.includes(camera) && seconds >= 10), JSON.stringify(lit));
  assert.ok(lit.every(({ user }) => user === lit[0].user));
  assert.equal(seat.errors.length, 0, seat.errors.join("\n"));
});
