// A target that moves, before one person: what sees it, what it comes to and the ways out stand on the tiles, the map and the card; an old place is shown as old.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, camerasLive, seoulForest, until } from "../integration/city.mjs";
import { Partner, newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;
/** From a park to the streets of a district. */
const kTo = [127.0432, 37.5456];

let city, browser, room, desk;
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
  await desk.atRest();
});

after(async () => {
  await browser?.close();
  await city?.stop();
});

const placeAt = (share) => [0, 1].map((axis) => Number((seoulForest.position[axis] + (kTo[axis] - seoulForest.position[axis]) * share).toFixed(7)));
const moves = (share, more = {}) => room.tell({ number, state: "40", position: placeAt(share), place: "서울숲", at: new Date(), ...more });

/** At the sizes of a desk, of a small one and of a telephone. */
async function shoot(name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  for (const [width, height] of [[1280, 800], [390, 844], [1920, 1080]]) {
    await desk.page.setViewportSize({ width, height });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await desk.page.screenshot({ path: `${kShots}/${name}-${width}.png`, fullPage: width < 800 });
  }
}

test("the spot's picture goes on while the target crosses the border", async () => {
  await room.tell({ number, position: placeAt(0), place: "서울숲" });
  await desk.shows("figure[data-testid=spot-tile][data-state=live]");
  assert.equal(await desk.count("section.ahead"), 0, "nothing moves yet");
  // How long the large picture stands still or is missing, as its page sees it.
  await desk.page.evaluate(() => {
    window.darkOfTest = 0;
    window.endedOfTest = [];
    let since = performance.now();
    const look = () => {
      for (const tile of document.querySelectorAll("figure[data-state=ended]")) window.endedOfTest.push(tile.dataset.camera);
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
  // How long is this machine's matter, and printed; that nothing on the screen was taken away is the server's.
  assert.deepEqual(await desk.page.evaluate(() => window.endedOfTest), []);
});

test("now, next and ways out stand on the tiles and on the card", async () => {
  await moves(0.9);
  await desk.shows("section.ahead");
  await until("the tiles say what they are", async () => (await desk.page.locator("figure .part").allInnerTexts()).includes("지금"));
  const parts = await desk.page.locator("section.video figure[data-camera] .part").allInnerTexts();
  assert.ok(parts.includes("다음"), String(parts));
  assert.ok(await desk.count("section.ahead li") > 0);
  await shoot("moving");
});

test("an old place is grey and says how old it is", async () => {
  await moves(1, { at: new Date(Date.now() + 1000) });
  assert.equal(await desk.count(".pin.old"), 0);
  const gone = newNumber();
  await room.tell({ number: gone, position: placeAt(0.1), place: "한강", at: new Date(Date.now() - 200000) });
  await room.tell({ number: gone, state: "40", position: placeAt(0.2), place: "한강", at: new Date(Date.now() - 130000) });
  const reader = await city.login("operator2");
  const { id } = await until("the other one", async () => (await reader.get("/api/v1/incidents?limit=20")).items.find((item) => item.number === gone));
  await until("the other one is open", async () => {
    if ((await desk.page.locator("li[data-incident][aria-selected=true]").getAttribute("data-incident").catch(() => null)) === id) return true;
    await desk.press("j", "Enter");
    return false;
  }, { within: 20000, every: 500 });
  await desk.shows(".pin.old");
  assert.match(await desk.text(".pin.old"), /\d:\d\d/);
  assert.equal(await desk.count("section.ahead .stale"), 1);
  await shoot("moving-stale");
  assert.deepEqual(desk.errors, []);
});
