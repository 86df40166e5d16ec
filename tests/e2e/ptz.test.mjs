// A camera turned at the desk, by keyboard alone: taken with a reason, turned while a key is held, lost to the police, who are told as well.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { City, camerasLive, seoulForest, until } from "../integration/city.mjs";
import { Dome } from "../integration/dome.mjs";
import { Partner, openIncident } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;
const kTurn = "[data-testid=spot-tile] [data-testid=turn]";

let city, browser, dome, supervisor, seats;

/** Asked of the document: a page behind another one draws no frames, by which the browser's driver waits. */
const shown = (seat, selector) => until(`${selector} is there`, async () => (await seat.count(selector)) > 0, { within: 30_000 });

before(async () => {
  city = await City.start();
  const room = await Partner.open(city);
  await city.ready();
  dome = await Dome.start(city);
  city.kill("media 11000");
  supervisor = await city.login("supervisor1");
  await until("media can turn it", async () => (await supervisor.api("GET", `/api/v1/cameras/${Dome.camera}/ptz`)).json?.turns, { within: 20_000 });
  await camerasLive(supervisor, seoulForest);
  browser = await launch();
  seats = [await sitDown(browser, city, { width: 1920, height: 1080 }), await sitDown(browser, city)];
  await seats[0].login(city.account("operator1"));
  await seats[1].login(city.account("police1"));
  const incident = await openIncident(room, supervisor, seoulForest);
  if (!incident.cameras.includes(Dome.camera)) {
    const { status, text } = await supervisor.api("POST", "/api/v1/grants", { incident: incident.id, purpose: "operator-incident", cameras: [Dome.camera], minutes: 30 });
    assert.equal(status, 201, text);
  }
  for (const seat of seats) {
    await shown(seat, `figure[data-camera="${Dome.camera}"]`);
    // The tiles take other places while grants come.
    await until("the dome is in the large place", async () => {
      await seat.press(await seat.page.locator(`figure[data-camera="${Dome.camera}"]`).getAttribute("data-place"));
      return (await seat.count(`[data-testid=spot-tile][data-camera="${Dome.camera}"]`)) === 1;
    }, { every: 300 });
    await shown(seat, kTurn);
  }
});

after(async () => {
  await browser?.close();
  dome?.stop();
  await city?.stop();
});

const state = (seat) => seat.page.locator(kTurn).getAttribute("data-state");

/** At the sizes that are promised, in both languages; the seat is left as it was. */
async function shoot(seat, name) {
  if (!kShots) return;
  mkdirSync(kShots, { recursive: true });
  const before = seat.page.viewportSize();
  for (const [width, height] of [[1920, 1080], [1280, 800], [390, 844]]) {
    await seat.page.setViewportSize({ width, height });
    for (const language of ["ko", "en"]) {
      await seat.page.locator(kTurn).evaluate((turn) => turn.scrollIntoView({ block: "nearest" }));
      await new Promise((done) => setTimeout(done, 300));
      await seat.page.screenshot({ path: `${kShots}/ptz-${name}-${width}-${language}.png` });
      await seat.press("l");
    }
  }
  await seat.page.setViewportSize(before);
}

test("a key that is held turns the dome, and it stands when it is let go", async () => {
  const [desk] = seats;
  assert.equal(await state(desk), "free");
  await desk.press("p");
  await shoot(desk, "ask");
  await shown(desk, "[data-testid=turn-reason-1]");
  await desk.press("1");
  await shown(desk, "[data-testid=turn-mine]");
  await shoot(desk, "mine");
  const [from] = await dome.at();
  await desk.page.keyboard.down("ArrowRight");
  await until("the dome turns", async () => (await dome.at())[0] > from + 0.3, { within: 15_000 });
  await desk.page.keyboard.up("ArrowRight");
  await until("the dome stands", async () => !(await dome.isMoving()), { within: 1500 });
  await desk.press("1");
  await until("the dome is at its preset", async () => (await dome.at())[0] === 0.25);
  const moves = (await City.journal(supervisor, ["ptz.moved"])).map((entry) => entry.payload.act);
  // A key that is held is one movement; where the page was late with its next word the camera stood, and the word after that is another.
  assert.deepEqual([...new Set(moves)], ["move", "preset"]);
  assert.ok(moves.length <= 4, `${moves.length} movements of one key`);
});

test("the other desk sees who has it, and the police take it over; the operator is told why", async () => {
  const [desk, police] = seats;
  await until("the owner is shown", async () => (await state(police)) === "taken");
  assert.equal(await police.page.locator("[data-testid=turn-owner]").getAttribute("data-rank"), "operator");
  await shoot(police, "taken");
  await desk.page.keyboard.down("ArrowLeft");
  await until("the dome turns", () => dome.isMoving(), { within: 15_000 });
  await police.press("p", "2");
  await shown(police, "[data-testid=turn-mine]");
  await shown(desk, '[data-testid=turn-ended][data-why="taken_over"]');
  await until("the dome stands although the operator's key is down", async () => !(await dome.isMoving()), { within: 2500 });
  await desk.page.keyboard.up("ArrowLeft");
  await shoot(desk, "lost");
  await police.press("p");
  await until("nobody has it", async () => (await state(police)) === "free");
});

test("no pointer was used, and no page broke", async () => {
  for (const seat of seats) {
    assert.deepEqual(seat.errors, []);
    assert.equal(await seat.page.evaluate(() => window.pointersOfTest), 0);
  }
});
