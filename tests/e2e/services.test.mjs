// The linked services before their users: a report's code on the desk and on its sender's page, a ninth service that comes by one file into a
// running centre, a tracked person's case before those eyes alone, a result at the close. By the partners' programs and by keyboard.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { City, until } from "../integration/city.mjs";
import { launch, sitDown } from "./seat.mjs";

const kShots = process.env.BONGSU_SCREENSHOTS;
const kNinth = `key = "school-zone"
version = 1
name = { ko = "어린이보호구역 지원", en = "School zones" }
life = "pilot"
senders = ["A"]
types = [{ id = "SCHZN110", ko = "어린이보호구역 신고", en = "School zone call" }]
results = [{ key = "helped", ko = "인계", en = "Handed over", helped = true }]

[[purpose]]
key = "school-zone"
basis = [{ from = 2019-01-01, text = "개인정보 보호법 제18조제2항" }]
opens_at_grades = ["10"]
agencies = ["A"]
asked_by = []
holder = "requesting-agency"
roles = ["agency"]
cameras = { rule = "nearest-views", count = 6, radius_m = 1000 }
kinds = ["live", "snapshot"]
height = 0
ptz = false
persons = 1
minutes = 60

[sop]
[[sop.step]]
key = "look"
text = { ko = "정문과 횡단보도를 봅니다", en = "Look at the gate and the crossing" }
`;

let city, browser, operator, police, official, desk, officer;

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  operator = await city.login("operator2");
  police = await city.login("police1");
  official = await city.login("official1");
  desk = await sitDown(browser, city, { width: 1920, height: 1080 });
  await desk.login(city.account("operator1"));
  await desk.atRest();
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

async function shoot(seat, name, size) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  if (size) await seat.page.setViewportSize(size);
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

/** Plays a partner as `bongsu simulate` does; answers the incident's id as `reader` sees it, or undefined. */
async function plays(reader, ...words) {
  const { code, output } = city.run("simulate", ...words, "--data", city.data);
  assert.equal(code, 0, output);
  const number = /ocrNbr (\d+)/.exec(output)[1];
  const { items } = await reader.get("/api/v1/incidents?limit=20");
  return items.find((item) => item.number === number)?.id;
}

const purposes = async (id) => new Set((await police.get(`/api/v1/grants?incident=${id}`)).items.filter((grant) => grant.state === "live").map((grant) => grant.purpose));

/** By J and K, as a person does. */
async function opens(seat, id) {
  await seat.press("Home");
  await until("the row is marked", async () => {
    if ((await seat.count(`li.marked[data-incident="${id}"]`)) > 0) return true;
    await seat.press("j");
    return false;
  }, { within: 30_000, every: 100 });
  await seat.press("Enter");
  await seat.shows(`li.selected[data-incident="${id}"]`);
  await seat.shows("[data-testid=incident-card]");
}

test("code 3 lends its sender no picture, and says so on both screens; code 0 lends it by itself", async () => {
  const refused = await plays(operator, "112", "--code", "3", "--near", "서울숲");
  assert.ok(!(await purposes(refused)).has("112-emergency-video"));
  await opens(desk, refused);
  await desk.shows('[data-testid=service-line] [data-decision="refused"]');
  assert.match(await desk.text("[data-testid=service-line]"), /112 코드 3.*영상 제공 불가/s);
  await shoot(desk, "service-refused-ko");
  const page = await sitDown(browser, city, { width: 1280, height: 800 });
  await page.login(city.account("112"));
  await page.shows(`li[data-incident="${refused}"]`);
  await opens(page, refused);
  await page.shows('[data-testid=service-line] [data-decision="refused"]');
  assert.equal((await page.tiles()).filter((tile) => tile.live).length, 0);
  await shoot(page, "service-refused-agency-ko");
  const urgent = await plays(operator, "112", "--code", "0", "--near", "서울숲");
  assert.ok((await purposes(urgent)).has("112-emergency-video"));
  await opens(page, urgent);
  await page.liveTiles(6);
  await page.context.close();
});

test("a ninth service comes by one file into a running centre, and its sender's program with it", async () => {
  const folder = path.join(city.data, "11000", "services");
  assert.notEqual(city.run("simulate", "school-zone", "--data", city.data).code, 0, "nobody has declared it yet");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "ninth.toml"), kNinth.replace('life = "pilot"', 'life = "flying"'));
  const wrong = await official.api("POST", "/api/v1/services/reload", { reason: "학교 협약" });
  assert.equal(wrong.status, 409);
  assert.match(wrong.json.detail, /services\/ninth\.toml: life must be/);
  writeFileSync(path.join(folder, "ninth.toml"), kNinth);

  officer = await sitDown(browser, city, { width: 1280, height: 800 });
  await officer.login(city.account("official1"));
  await officer.atRest();
  await officer.press("Shift+S");
  await officer.shows("[data-testid=services]");
  await until("the dialog has the focus", async () => (await officer.page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null)));
  await officer.page.locator("[data-testid=services] form input").focus();
  await officer.type("학교와 협약 체결");
  await officer.press("Enter");
  await officer.shows('[data-service="school-zone"][data-life="pilot"]');
  await shoot(officer, "services-1280-ko");

  const id = await plays(operator, "school-zone", "--near", "서울숲", "--text", "정문 앞 다툼");
  const incident = await operator.get(`/api/v1/incidents/${id}`);
  assert.deepEqual(incident.typeName, { ko: "어린이보호구역 신고", en: "School zone call" });
  assert.ok((await purposes(id)).has("school-zone"));
  await opens(desk, id);
  assert.match(await desk.text("[data-testid=incident-card] h2"), /어린이보호구역 신고/);
  await desk.press("a");
  await desk.shows('[data-testid=procedure][data-current="look"]');
  await shoot(desk, "service-ninth-ko");
  await desk.press("Space");
  await until("the step is done", async () => (await desk.page.locator("[data-testid=procedure]").getAttribute("data-current")) !== "look");
  await desk.press("c");
  await desk.shows("[role=dialog] input[name=outcome]");
  await desk.page.locator('[role=dialog] input[name=outcome][value="true"]').focus();
  await desk.press("Space");
  await desk.shows('[role=dialog] input[name=result][value="helped"]');
  await desk.page.locator('[role=dialog] input[name=result][value="helped"]').focus();
  await desk.press("Space");
  await shoot(desk, "service-close-ko");
  await desk.press("Enter");
  await until("it is closed", async () => (await operator.get(`/api/v1/incidents/${id}`)).state === "closed");
  const { items } = await operator.get("/api/v1/services/statistics?days=1");
  const figures = items.find((one) => one.service === "school-zone");
  assert.equal(figures.opened, 1);
  assert.deepEqual(figures.helped, { n: 1, of: 1 });
  assert.equal(figures.picture.n, 1);
  assert.equal(figures.arrival.n, 0, "nobody told of an arrival: it is not measured, and not zero");
  await officer.press("Escape", "Shift+S");
  await officer.page.locator('[data-service="school-zone"] summary').focus();
  await officer.press("Enter");
  await officer.shows('[data-service="school-zone"] details[open]');
  await shoot(officer, "services-open-1280-ko");
  await shoot(officer, "services-open-1920-ko", { width: 1920, height: 1080 });
  await shoot(officer, "services-open-phone-ko", { width: 390, height: 844 });
  await officer.press("Escape", "l", "Shift+S");
  await officer.page.locator('[data-service="112-emergency-video"] summary').focus();
  await officer.press("Enter");
  await shoot(officer, "services-open-phone-en");
  await shoot(officer, "services-open-1280-en", { width: 1280, height: 800 });
});

test("a tracked person's case is on the police officer's screen and on no other", async () => {
  assert.equal(await plays(operator, "e-anklet", "--near", "서울숲", "--text", "접근금지구역 침입"), undefined, "the operator has no such incident");
  const { items } = await police.get("/api/v1/incidents?limit=20");
  const tracked = items.find((item) => item.type === "MOJUC110");
  assert.ok(tracked);
  assert.deepEqual([...(await purposes(tracked.id))].sort(), ["e-anklet", "e-anklet-desk"]);
  assert.equal(await desk.count(`li[data-incident="${tracked.id}"]`), 0);
  assert.equal((await operator.api("GET", `/api/v1/incidents/${tracked.id}`)).status, 404);
  const seat = await sitDown(browser, city, { width: 1280, height: 800 });
  await seat.login(city.account("police1"));
  await seat.shows(`li[data-incident="${tracked.id}"]`);
  await opens(seat, tracked.id);
  await seat.liveTiles(6);
  assert.equal(await desk.count(`li[data-incident="${tracked.id}"]`), 0, "nor later");
  assert.deepEqual(desk.errors, []);
});
