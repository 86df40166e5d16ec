// A target that moves, before one person: what sees it, what it comes to and the ways out stand on the tiles, the map and the card; an old place is shown as old.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, camerasLive, seoulForest, until } from "../integration/city.mjs";
import { Partner, newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;
const kDarkMostMs = 1000;
/** From a park to the streets of a district. */
const kTo = [127.0432, 37.5456];

let city, browser, room, desk, small, incident;
const number = newNumber();

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  const reader = await city.login("operator2");
  await camerasLive(reader, seoulForest);
  await camerasLive(reader, { position: kTo, site: "11200" });
  room = await Partner.open(city);
  desk = await sitDown(browser, city, { width: 1920, height: 1080 });
  await desk.login(city.account("operator1"));
  small = await sitDown(browser, city, { width: 1280, height: 800 });
  await small.login(city.account("police1"));
  for (const seat of [desk, small]) await seat.atRest();
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

const placeAt = (share) => [0, 1].map((axis) => Number((seoulForest.position[axis] + (kTo[axis] - seoulForest.position[axis]) * share).toFixed(7)));
const moves = (share, more = {}) => room.tell({ number, state: "40", position: placeAt(share), place: "서울숲", at: new Date(), ...more });

async function shoot(seat, name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

test("the spot's picture goes on while the target crosses the border", async () => {
  await room.tell({ number, position: placeAt(0), place: "서울숲" });
  for (const seat of [desk, small]) {
    await seat.shows("figure[data-state=live]");
    incident ??= await seat.page.locator("li[data-incident]").first().getAttribute("data-incident");
  }
  assert.equal(await desk.count("section.ahead"), 0, "nothing moves yet");
  // How long the large picture stands still or is missing, as its page sees it.
  await desk.page.evaluate(() => {
    window.darkOfTest = 0;
    let since = performance.now();
    const look = () => {
      if (document.querySelector("figure[data-testid=spot-tile][data-state=live] video")) since = performance.now();
      window.darkOfTest = Math.max(window.darkOfTest, performance.now() - since);
      requestAnimationFrame(look);
    };
    look();
  });
  const spots = new Set();
  for (let step = 1; step <= 7; step++) {
    await moves(step / 7);
    await new Promise((resolve) => setTimeout(resolve, 4500));
    spots.add(await desk.page.locator("figure[data-testid=spot-tile]").getAttribute("data-camera"));
  }
  const dark = await desk.page.evaluate(() => window.darkOfTest);
  console.log(`# spots: ${[...spots].join(" ")}, longest without a large picture: ${Math.round(dark)} ms`);
  assert.ok([...spots].some((camera) => camera.startsWith("11000")) && [...spots].some((camera) => camera.startsWith("11200")), "from one owner's cameras to the other's");
  assert.ok(dark < kDarkMostMs, `${dark} ms`);
});

test("now, next and ways out stand on the tiles and on the card", async () => {
  await moves(0.9);
  await desk.shows("section.ahead");
  await until("the tiles say what they are", async () => (await desk.page.locator("figure .part").allInnerTexts()).includes("지금"));
  const parts = await desk.page.locator("section.video figure[data-camera] .part").allInnerTexts();
  assert.ok(parts.includes("다음"), String(parts));
  assert.ok(await desk.count("section.ahead li") > 0);
  await until("every tile is live", async () => (await desk.tiles()).filter((tile) => tile.state === "live").length >= 4, { within: 20000 });
  await shoot(desk, "moving-1920-ko");
  await shoot(small, "moving-1280-ko");
});

test("an old place is grey and says how old it is", async () => {
  await moves(1, { at: new Date(Date.now() + 1000) });
  assert.equal(await desk.count(".pin.old"), 0);
  const gone = newNumber();
  await room.tell({ number: gone, position: placeAt(0.1), place: "한강", at: new Date(Date.now() - 200000) });
  await room.tell({ number: gone, state: "40", position: placeAt(0.2), place: "한강", at: new Date(Date.now() - 130000) });
  const reader = await city.login("operator2");
  const { id } = await until("the other one", async () => (await reader.get("/api/v1/incidents?limit=20")).items.find((item) => item.number === gone));
  await desk.page.locator(`li[data-incident="${id}"] button, li[data-incident="${id}"]`).first().click();
  await desk.shows(".pin.old");
  assert.match(await desk.text(".pin.old"), /\d:\d\d/);
  assert.equal(await desk.count("section.ahead .stale"), 1);
  await shoot(desk, "moving-stale-1920-ko");
  assert.deepEqual(desk.errors, []);
});
