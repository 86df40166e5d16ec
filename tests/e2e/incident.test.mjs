// An incident in people's hands, by keyboard alone: received by one, led by the police officer, worked through step by step, handed over, held, closed.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, seoulForest, until } from "../integration/city.mjs";
import { Partner, newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;

let city, browser, room, desk, officer, reader, supervisor, incident;

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  reader = await city.login("operator2");
  supervisor = await city.login("supervisor1");
  room = await Partner.open(city);
  desk = await sitDown(browser, city, { width: 1920, height: 1080 });
  await desk.login(city.account("operator1"));
  officer = await sitDown(browser, city, { width: 1280, height: 800 });
  await officer.login(city.account("police1"));
  for (const seat of [desk, officer]) await seat.atRest();
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

async function shoot(seat, name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

const now = async () => reader.get(`/api/v1/incidents/${incident}`);
const step = (seat) => seat.page.locator("[data-testid=procedure]").getAttribute("data-current");
const opened = (seat) => seat.shows("[data-testid=incident-card]");

async function calls(more = {}) {
  const number = newNumber();
  await room.tell({ number, position: seoulForest.position, place: "서울숲", ...more });
  const { items } = await reader.get("/api/v1/incidents?limit=20");
  return items.find((item) => item.number === number).id;
}

test("one receives it, and every seat sees in whose hand it is", async () => {
  incident = await calls();
  for (const seat of [desk, officer]) {
    await seat.press("j", "Enter");
    await opened(seat);
  }
  await desk.press("a");
  await until("it is received", async () => (await now()).state === "received");
  const { id } = await (await city.login("operator1")).get("/api/v1/me");
  assert.equal((await now()).owner, id);
  for (const seat of [desk, officer]) await seat.shows("[data-testid=owner]");
  await officer.press("a");
  assert.equal((await now()).owner, id, "the second one is not offered it");
  await shoot(desk, "incident-received");
});

test("the police officer takes command by one key, and the desk shows it", async () => {
  await officer.press("q");
  await desk.shows("[data-testid=commander]");
  await desk.shows("[data-testid=row-command]");
  assert.ok((await now()).commander);
  await shoot(officer, "incident-command");
});

test("the procedure is worked through: answered, skipped with a reason, told, held", async () => {
  await desk.shows("[data-testid=procedure]");
  await until("the first step", async () => (await step(desk)) === "look");
  await desk.press("Space");
  await desk.shows("[data-testid=answers][data-open=true]");
  await desk.press("1");
  await until("the answer leads on", async () => (await step(desk)) === "describe");
  await desk.press("Shift+Space");
  await desk.shows("[data-testid=skip-step]");
  await desk.type("안개");
  await desk.press("Enter");
  await until("skipped with its reason", async () => (await step(desk)) === "tell-112");
  const { items: alarms } = await supervisor.get("/api/v1/alarms");
  assert.ok(alarms.some(({ rule }) => rule === "sop.step-skipped"), "the supervisor hears of it");
  await until("the next press is taken", async () => {
    await desk.press("Space");
    return (await step(desk)) === "hold";
  }, { every: 500 });
  await shoot(desk, "incident-procedure");
  await desk.press("z");
  await until("the hold is the step", async () => (await step(desk)) === "");
  await desk.shows("[data-testid=hold-line]");
  await desk.shows("[data-testid=not-kept]");
  assert.equal((await reader.get(`/api/v1/holds?incident=${incident}`)).items.length, 1);
});

test("it is handed to somebody who sits, and closed in four keys", async () => {
  await desk.press("o");
  await desk.shows("[data-testid=hand-over]");
  await shoot(desk, "incident-hand-over");
  const before = (await now()).owner;
  await desk.press("1", "Enter");
  await until("it is in another hand", async () => (await now()).owner !== before);
  await until("the dialog is gone", async () => (await desk.count("[role=dialog]")) === 0);
  await desk.press("c");
  await desk.shows("[role=dialog] input[name=outcome]");
  await desk.press("Space", "Enter");
  await until("it is closed", async () => (await now()).state === "closed");
  assert.equal((await now()).outcome, "true");
});
