// The story as its people play it: the 112 room reports, the desk sees, acts and closes, and it is dark again. The city,
// the messages, the browser and the pictures are real; nobody touches a mouse.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { City, hongdae, request, seoulForest, until } from "../integration/city.mjs";
import { newNumber, Partner } from "../integration/partner.mjs";
import { launch, sitDown } from "./seat.mjs";
import { startViewer } from "./stubborn.mjs";
import { checkMoving, checkPictures } from "./tiles.mjs";

const kTiles = 6;
const kDarkMs = 1000;
const kSeochoStation = [127.0076, 37.4919];

let city, browser, desk, agency, operator, police, partner;
/** Printed at the end; nothing here decides whether the test passes. */
const measured = {};

before(async () => {
  city = await City.start();
  await city.ready();
  browser = await launch();
  operator = await city.login("operator1");
  police = await city.login("112");
  partner = await Partner.open(city);
});

after(async () => {
  for (const [what, ms] of Object.entries(measured)) console.log(`# measured ${what}: ${ms} ms`);
  await browser?.close();
  await city?.stop();
});

/** One scene of the story. It goes on from the scenes before: without them it means nothing. */
let broken = null;
function scene(name, play) {
  test(name, async (context) => {
    if (broken) return context.skip(`"${broken}" did not hold`);
    try {
      await play();
    } catch (error) {
      broken = name;
      throw error;
    }
  });
}

const incidentOf = (number) =>
  until(`an incident of ${number}`, async () => (await operator.get("/api/v1/incidents")).items.find((each) => each.number === number));

async function grantsOf(reader, incident) {
  return (await reader.get(`/api/v1/grants?incident=${incident}`)).items;
}

/** Waits for six live pictures, and fails if one of them is not what was granted. */
async function checkBoard(seat, grant) {
  const tiles = await seat.liveTiles(kTiles);
  checkPictures(tiles, grant.cameras);
  const later = await until("each picture moved on", async () => {
    const now = await seat.tiles();
    // A frame is decoded before it is painted: wait for what the eye sees.
    const moved = (tile, was) => was !== undefined && tile.decoded > was.decoded && tile.frame !== was.frame;
    return now.every((tile) => moved(tile, tiles.find((each) => each.camera === tile.camera))) && now;
  });
  checkPictures(later, grant.cameras);
  checkMoving(tiles, later);
  assert.equal(later.filter((tile) => tile.spot).length, 1, "one spot tile");
  return later;
}

async function checkDark(seat, words) {
  const tiles = await seat.darkTiles();
  assert.equal(tiles.length, kTiles);
  for (const tile of tiles) assert.match(tile.words, words);
  assert.equal(await seat.count("video"), 0, "no picture is left on the page");
}

/** What a mark of the page says: milliseconds of the wall clock, or null. */
const markOf = (seat, name) => seat.page.evaluate((key) => window.marksOfTest[key] ?? null, name);

/** The same event may be read from a row, a card and the map's pin. */
const row = (incident) => `li[data-incident="${incident}"]`;
const card = (state) => `[data-testid=incident-card][data-state=${state}]`;

scene("the operator comes in by keyboard, in Korean", async () => {
  desk = await sitDown(browser, city);
  assert.equal(await desk.page.evaluate(() => document.documentElement.lang), "ko");
  assert.match(await desk.text("form"), /사용자[\s\S]*비밀번호[\s\S]*로그인/);
  const { user, password } = city.account("operator1");
  await desk.login({ user, password: "not the password" });
  await until("the refusal is said", async () => /맞지 않습니다/.test(await desk.text("[role=alert]")));
  await desk.password(password);
  await desk.shows(".strip");
  assert.match(await desk.text(".queue"), /진행 중인 상황이 없습니다/);
  await until("the districts' links are shown", async () => /성동구[\s\S]*마포구[\s\S]*서초구/.test(await desk.text(".strip")));
});

scene("the 112 agency has a page of its own, and no directory", async () => {
  agency = await sitDown(browser, city);
  await agency.login(city.account("112"));
  await agency.shows(".desk.agency");
  for (const closed of ["/api/v1/cameras?near=127.04,37.5446&limit=5", "/api/v1/sites", "/api/v1/journal?after=0"]) {
    assert.equal((await police.api("GET", closed)).status, 403, closed);
  }
});

scene("a report of grade 10 puts six live pictures before the operator and the agency, and only the granted ones", async () => {
  await desk.atRest();
  await agency.atRest();
  const number = newNumber();
  const sentAt = Date.now();
  await partner.tell({ number, ...seoulForest, text: "공원 산책로에서 폭행 신고" });
  const incident = await incidentOf(number);
  await desk.shows(row(incident.id));
  measured["report → row in the queue"] = (await markOf(desk, `row ${incident.id}`)) - sentAt;
  assert.match(await desk.text(row(incident.id)), /서울숲/);
  await desk.shows(`.pin[data-incident="${incident.id}"]`);
  await desk.shows(card("new"));

  const grants = await grantsOf(operator, incident.id);
  assert.equal(grants.length, 2);
  const ours = grants.find((each) => each.purpose === "operator-incident");
  const theirs = grants.find((each) => each.purpose === "112-emergency-video");
  const tiles = await checkBoard(desk, ours);
  const spot = tiles.find((tile) => tile.spot);
  measured["report → first frame of the spot"] = (await markOf(desk, `frame ${spot.camera}`)) - sentAt;
  assert.equal(spot.height, 1080, "the spot is the main stream");
  assert.ok(tiles.filter((tile) => !tile.spot).every((tile) => tile.height === 360), "the others are the sub stream");
  assert.equal(spot.camera, ours.cameras[0], "the spot is the camera that sees the place best");

  const seen = await checkBoard(agency, theirs);
  assert.deepEqual(seen.map((tile) => tile.camera).sort(), tiles.map((tile) => tile.camera).sort());
  assert.deepEqual((await grantsOf(police, incident.id)).map((each) => each.id), [theirs.id]);
  assert.equal(await agency.page.locator(".basis [data-grant]").getAttribute("data-grant"), theirs.id);
  assert.equal(await agency.count("button[data-act]"), 0, "an agency acts on nothing");
  assert.deepEqual(agency.requests.filter((each) => /\/(cameras|sites|journal)$/.test(each) && !each.includes("/incidents/")), []);
});

scene("a second grant for one camera takes no picture away; when the first ends, that camera stays and the rest say why", async () => {
  const incident = await openIncident();
  const granted = await grantsOf(operator, incident.id);
  const ours = granted.find((each) => each.purpose === "operator-incident");
  const theirs = granted.find((each) => each.purpose === "112-emergency-video");
  const officer = await city.login("police1");
  const open = async (cameras) => {
    const answer = await officer.api("POST", "/api/v1/grants", { incident: incident.id, purpose: "operator-incident", cameras });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const kept = ours.cameras[0];
  const asked = desk.ticketsAsked();
  await open([kept]);
  // What the desk hears after it tells that it has heard of it.
  await operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "note", text: "카메라 한 대를 더 청함" });
  await until("the note is in the record", async () => /한 대를 더 청함/.test(await desk.text(".timeline")));
  await checkBoard(desk, ours);
  assert.equal(desk.ticketsAsked(), asked, "no picture was asked for anew");

  const phases = desk.phasesOf(kept);
  const ended = await officer.api("DELETE", `/api/v1/grants/${ours.id}?reason=${encodeURIComponent("교대")}`);
  assert.equal(ended.status, 200, ended.text);
  const left = await until("one picture is left and five are dark", async () => {
    const tiles = await desk.tiles();
    return tiles.length === kTiles && tiles.filter((tile) => tile.state === "ended").length === kTiles - 1 && desk.ticketsAsked() > asked && tiles;
  });
  for (const tile of left.filter((each) => each.camera !== kept)) {
    assert.match(tile.words, /거두어져/);
    assert.equal(tile.video, false, `${tile.camera} shows a picture that nothing permits`);
  }
  const one = async () => (await desk.tiles()).filter((tile) => tile.camera === kept && tile.state === "live" && tile.code !== null);
  const before = await until("the kept camera plays", async () => (await one()).length === 1 && one());
  checkPictures(before, [kept]);
  const after = await until("the kept picture moves on", async () => {
    const now = await one();
    return now.length === 1 && now[0].frame !== before[0].frame && now[0].decoded > 0 && now;
  });
  checkPictures(after, [kept]);
  console.log(`# the kept camera's tile on its way to the other grant: ${(await phases()).join(" ")}`);
  await checkBoard(agency, theirs);

  const again = await open(ours.cameras);
  await checkBoard(desk, again);
  const official = await city.login("official1");
  const seen = await until("the record has views under each of the four grants", async () => {
    const views = (await official.get(`/api/v1/views?incident=${incident.id}&limit=200`)).items.filter((view) => view.from);
    return new Set(views.map((view) => view.grant)).size >= 4 && views;
  });
  assert.ok(seen.filter((view) => view.grant === ours.id).every((view) => view.to), "every view of the ended grant has its end");
});

scene("a number key brings another camera to the spot, F enlarges it", async () => {
  const [before] = await desk.tiles().then((tiles) => tiles.filter((tile) => !tile.spot));
  const grant = (await grantsOf(operator, (await openIncident()).id)).find((each) => each.purpose === "operator-incident");
  await desk.press(String(before.place));
  await until("the picked camera is the spot, in the main stream", async () =>
    (await desk.tiles()).some((tile) => tile.spot && tile.camera === before.camera && tile.height === 1080 && tile.state === "live"));
  checkPictures(await desk.liveTiles(kTiles), grant.cameras);
  await desk.press("f");
  await desk.shows(".board.full");
  await desk.press("Escape");
  await until("the tiles are back", async () => (await desk.count(".board.full")) === 0);
});

async function openIncident() {
  return (await operator.get("/api/v1/incidents?state=new,received,acting")).items[0];
}

scene("received, acted on and closed by keyboard: dark within a second, and a kept ticket opens nothing", async () => {
  const incident = await openIncident();
  const grants = await grantsOf(police, incident.id);
  const ask = async (reader, grant) => (await reader.api("POST", "/api/v1/tickets", { grant: grant.id, camera: grant.cameras[0], kind: "live" })).json;
  // Somebody with a program of his own, who does not stop when our page would.
  const used = await ask(police, grants[0]);
  const outsider = await sitDown(browser, city);
  const viewer = await startViewer(outsider.page, used);
  await until("the viewer with a program of his own has frames", async () => (await viewer.seen()).frames > 10);
  assert.equal(await knock(used), 401, "a ticket opens one view");

  await desk.press("a");
  await desk.shows(card("received"));
  await desk.press("d");
  await desk.shows("[role=dialog] input[name=kind]");
  await desk.press("ArrowRight", "Tab");
  await desk.type("지구대에 알림");
  await desk.press("Control+Enter");
  await desk.shows(card("acting"));
  // The card hears of the act by the live stream; the record is read after that.
  await until("the act is in the record", async () => /112 통보[\s\S]*지구대에 알림/.test(await desk.text(".timeline")));

  const kept = await ask(police, grants[0]);
  await desk.press("c");
  await desk.shows("[role=dialog] input[name=outcome]");
  await desk.press("Space", "Enter");
  await Promise.all([checkDark(desk, /상황 종료/), checkDark(agency, /상황 종료/), desk.shows(card("closed"))]);
  const { endedAt, state, outcome } = await operator.get(`/api/v1/incidents/${incident.id}`);
  assert.deepEqual({ state, outcome }, { state: "closed", outcome: "true" });
  const closed = Date.parse(endedAt);
  for (const [who, seat] of [["desk", desk], ["agency's page", agency]]) {
    const dark = (await markOf(seat, "dark")) - closed;
    measured[`close → dark on the ${who}`] = dark;
    assert.ok(dark < kDarkMs, `the ${who} was dark ${dark} ms after the close`);
  }
  await until("a second has passed since the close", () => Date.now() > closed + kDarkMs);
  const atDark = await viewer.seen();
  await until("two more seconds have passed", () => Date.now() > closed + 3 * kDarkMs);
  const later = await viewer.seen();
  measured["close → last byte at a viewer that does not stop by itself"] = later.lastByteAt - closed;
  assert.ok(later.lastByteAt - closed < kDarkMs, `the last byte came ${later.lastByteAt - closed} ms after the close`);
  assert.deepEqual([later.bytes, later.frames], [atDark.bytes, atDark.frames], "not a byte after the second");
  await outsider.context.close();

  assert.equal(await knock(used), 401, "the used ticket");
  assert.equal(await knock(kept), 401, "the kept ticket");
  const again = await police.api("POST", "/api/v1/tickets", { grant: grants[0].id, camera: grants[0].cameras[0], kind: "live" });
  assert.ok(again.status >= 400, `a ticket of an ended grant: ${again.status}`);
});

/** Offers a session under a ticket; answers the status. */
async function knock({ whep, ticket }) {
  const { port, pathname } = new URL(whep);
  const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${ticket}` };
  return (await request(Number(port), "POST", pathname, { headers, body: "v=0\r\n" })).status;
}

scene("a district's cameras come through the relay, and they are the right ones", async () => {
  const told = city.run("simulate", "112", "--near", hongdae.place, "--data", city.data);
  assert.equal(told.code, 0, told.output);
  const incident = await incidentOf(/ocrNbr (\d+)/.exec(told.output)[1]);
  await desk.shows(row(incident.id));
  // The seat still holds the closed incident: the new one is marked and opened by keys.
  await mark(desk, incident.id);
  await desk.press("Enter");
  await desk.shows(card("new"));
  const grant = (await grantsOf(operator, incident.id)).find((each) => each.purpose === "operator-incident");
  const tiles = await checkBoard(desk, grant);
  assert.ok(tiles.every((tile) => tile.camera.startsWith("11440-")), JSON.stringify(tiles.map((tile) => tile.camera)));
});

/** Moves the queue's mark up to a row: what is newest stands above what is done. */
async function mark(seat, incident) {
  await until("the mark reaches the row", async () => {
    if ((await seat.count(`${row(incident)}.marked`)) > 0) return true;
    await seat.press("k");
    return (await seat.count(`${row(incident)}.marked`)) > 0;
  });
}

scene("the same in English: no Korean is left but names and what people wrote", async () => {
  await desk.press("l");
  await until("the page speaks English", async () => (await desk.page.evaluate(() => document.documentElement.lang)) === "en");
  assert.match(await desk.text("[data-testid=incident-card]"), /112 emergency video/);
  const korean = await desk.page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const left = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const data = node.parentElement.closest(".place, .where, .incident-text, .chosen .name, .tile .name, .who, .basis, .timeline q, .pin, body [lang=ko]");
      if (!data && /[\uac00-\ud7a3]/.test(node.data)) left.push(node.data);
    }
    return left;
  });
  assert.deepEqual(korean, []);
  await desk.press("l");
  await until("the page speaks Korean again", async () => (await desk.page.evaluate(() => document.documentElement.lang)) === "ko");
});

scene("after kill -9 of the centre's media process the pictures come back by themselves, under new tickets", async () => {
  const incident = await openIncident();
  const grant = (await grantsOf(operator, incident.id)).find((each) => each.purpose === "operator-incident");
  const asked = desk.ticketsAsked();
  const old = city.kill("media 11000");
  const killedAt = Date.now();
  await until("the supervisor has started another", () => city.pid("media 11000") && city.pid("media 11000") !== old);
  await until("every picture was asked for anew", () => desk.ticketsAsked() >= asked + kTiles, { within: 30_000 });
  await checkBoard(desk, grant);
  measured["kill -9 of media → all six pictures back and moving"] = Date.now() - killedAt;
  await desk.press("Escape");
});

scene("a report of grade 20 shows nothing until the operator opens video; a cancel with its reason makes it dark", async () => {
  await closeAllBut(null);
  const number = newNumber();
  await partner.tell({ number, grade: "20", place: "서초역", position: kSeochoStation, text: "소란 신고" });
  const incident = await incidentOf(number);
  await desk.shows(row(incident.id));
  assert.deepEqual(await grantsOf(operator, incident.id), []);
  await mark(desk, incident.id);
  await desk.press("Enter");
  await desk.shows(card("new"));
  assert.match(await desk.text(".video"), /영상 열기/);
  assert.deepEqual(await desk.tiles(), []);

  await desk.press("v");
  await desk.shows("[data-testid=tile-board]");
  const grants = await grantsOf(operator, incident.id);
  await checkBoard(desk, grants.find((each) => each.purpose === "operator-incident"));

  await desk.press("x");
  await desk.shows("[role=dialog] textarea");
  await desk.press("Control+Enter");
  await until("the missing reason is said", async () => /사유/.test(await desk.text("[role=dialog] [role=alert]")));
  await desk.type("오신고 확인");
  await desk.press("Control+Enter");
  await checkDark(desk, /상황 취소/);
  await desk.shows(card("cancelled"));
});

/** Ends what is open, so that a scene begins with an empty street. */
async function closeAllBut(kept) {
  for (const each of (await operator.get("/api/v1/incidents?state=new,received,acting")).items) {
    if (each.id === kept) continue;
    const answer = await operator.api("POST", `/api/v1/incidents/${each.id}/acts`, { act: "close", outcome: "drill" });
    assert.equal(answer.status, 201, answer.text);
  }
}

scene("the record says who saw what, and the journals are whole", async () => {
  const official = await city.login("official1");
  const closed = (await operator.get("/api/v1/incidents?state=closed,cancelled")).items;
  assert.equal(closed.length, 3);
  for (const incident of closed) {
    const views = await until("every view of the incident has its end", async () => {
      const found = (await official.get(`/api/v1/views?incident=${incident.id}&limit=200`)).items;
      const opened = found.filter((view) => view.from);
      return opened.length >= kTiles && opened.every((view) => view.to) && opened;
    });
    for (const view of views) {
      assert.ok(view.holder && view.purpose && view.basis && view.camera, JSON.stringify(view));
      assert.ok(view.from <= view.to, JSON.stringify(view));
    }
    assert.ok(views.some((view) => view.purpose === "operator-incident" && view.frames > 0), "frames are counted");
  }
  assert.deepEqual(desk.errors.concat(agency.errors), [], "no page broke, no policy was violated");
  assert.equal(await desk.page.evaluate(() => window.pointersOfTest), 0, "nobody touched a mouse");
  await city.halt();
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
});
