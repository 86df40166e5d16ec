// S1, a fire: 119's telegram opens it, six cameras are chosen and lent to 119 and to the desk, an update moves them, its states come, 91 ends
// it: dark within a second, and every step is in the journal.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { City, seoulForest, until } from "../integration/city.mjs";
import { newNumber } from "../integration/partner.mjs";
import { launch, sitDown } from "../e2e/seat.mjs";
import { startViewer } from "../e2e/stubborn.mjs";
import {
  Room, Told, agreeWithFire, card, checkBoard, checkDark, checkWhole, closedViews, countOf, fireCall, grantsOf, incidentOf, kDarkMs, kTiles,
  kindsOf, knock, markOf, recordOf, resultOfShift, row, scenes, shoot, statisticsOf, ticketOf,
} from "./scenario.mjs";

const scene = scenes();
let city, browser, desk, fireSeat, policeSeat, operator, supervisor, official, fire, police, room, told, number, incident, grants;
let tickets = 0;
const measured = {};

before(async () => {
  city = await City.start();
  await city.ready();
  [operator, supervisor, official, fire, police] = await Promise.all(["operator1", "supervisor1", "official1", "119", "112"].map((user) => city.login(user)));
  told = await Told.open();
  await agreeWithFire(city, told);
  room = new Room(city, "fire");
  browser = await launch();
  desk = await sitDown(browser, city);
  await desk.login(city.account("operator1"));
  fireSeat = await sitDown(browser, city);
  await fireSeat.login(city.account("119"));
  policeSeat = await sitDown(browser, city);
  await policeSeat.login(city.account("112"));
  for (const seat of [desk, fireSeat, policeSeat]) {
    seat.page.on("response", (answer) => { if (answer.status() === 201 && new URL(answer.url()).pathname === "/api/v1/tickets") ++tickets; });
    await seat.atRest();
  }
});

after(async () => {
  for (const [what, ms] of Object.entries(measured)) console.log(`# measured ${what}: ${ms} ms`);
  room?.close();
  told?.close();
  await browser?.close();
  await city?.stop();
});

const now = () => operator.get(`/api/v1/incidents/${incident.id}`);
const record = () => recordOf(supervisor, incident.id);

scene("what 119 gets wrong is refused by its field and opens nothing", async () => {
  const wrong = newNumber();
  const cp949 = Buffer.from(fireCall(wrong).toString("latin1").replace(Buffer.from("성수동1가 서울숲").toString("latin1"), "\xbc\xba\xbc\xf6\xb5\xbf"), "latin1");
  cp949.write(String(cp949.length - 48).padStart(10, "0"), 38, "latin1");
  assert.equal((await room.send(cp949)).ok, false, "Korean that is no UTF-8");
  assert.equal((await room.send(fireCall(wrong, { send: "112" }))).ok, false, "a sender that is not agreed on this port");
  assert.equal((await room.send(fireCall(""))).ok, false, "no number");
  const refused = (await supervisor.get("/api/v1/messages/refused")).items;
  assert.equal(refused.length, 3, JSON.stringify(refused));
  assert.deepEqual((await operator.get("/api/v1/incidents")).items, []);
});

scene("the telegram is one batch: raw, event, incident, six cameras, a grant for 119 and one for the centre", async () => {
  number = newNumber();
  const bytes = fireCall(number, { text: "연기가 보인다는 신고" });
  const sentAt = Date.now();
  const answer = await room.tell(bytes);
  measured["telegram → its answer"] = Date.now() - sentAt;
  assert.equal(answer.size, 102);
  incident = await incidentOf(operator, number);
  assert.deepEqual(incident, { ...incident, type: "119UC001", place: "성수동1가 서울숲", sender: "F1100000000", state: "new", grade: "10", cameras: kTiles });
  grants = Object.fromEntries((await grantsOf(operator, incident.id)).map((grant) => [grant.purpose, grant]));
  assert.deepEqual(Object.keys(grants).sort(), ["119-dispatch", "operator-incident"]);
  assert.equal(grants["119-dispatch"].holder.agency, "F1100000000");
  assert.match(grants["119-dispatch"].basis, /제18조/);

  const entries = await record();
  const batch = entries.slice(0, 6);
  assert.deepEqual(kindsOf(batch), ["message.received", "event.received", "incident.opened", "cameras.chosen", "grant.issued", "grant.issued"]);
  assert.deepEqual(batch.map(({ seq }) => Number(seq)), batch.map((_, at) => Number(batch[0].seq) + at), "nothing of others stands between");
  assert.deepEqual(Buffer.from(batch[0].payload.bytes, "base64"), bytes, "what 119 said, to the byte");
  assert.deepEqual(batch[3].payload.cameras.map(({ camera }) => camera), grants["operator-incident"].cameras);

  assert.ok((await room.send(bytes)).ok, "said again it is taken again");
  const again = await record();
  assert.deepEqual(countOf(again)["incident.opened"], 1);
  assert.deepEqual(countOf(again)["grant.issued"], 2, "and nothing follows from it twice");
  for (const seat of [desk, fireSeat]) await seat.shows(row(incident.id));
  measured["telegram → row on the desk"] = (await markOf(desk, `row ${incident.id}`)) - sentAt;
});

scene("119's page and the desk show the six cameras, read from their bar codes, and nobody else does", async () => {
  const ours = await checkBoard(desk, grants["operator-incident"].cameras);
  const theirs = await checkBoard(fireSeat, grants["119-dispatch"].cameras);
  assert.deepEqual(ours.map((tile) => tile.camera).sort(), theirs.map((tile) => tile.camera).sort());
  assert.equal(await fireSeat.page.locator(".basis [data-grant]").getAttribute("data-grant"), grants["119-dispatch"].id);
  await shoot(fireSeat, "s1-119");
  await shoot(desk, "s1-desk");
  // The police have no part in it: no row, no grant, no ticket by 119's.
  assert.equal(await policeSeat.count("li[data-incident]"), 0);
  assert.equal((await police.api("GET", `/api/v1/incidents/${incident.id}`)).status, 404);
  for (const grant of Object.values(grants)) {
    const answer = await police.api("POST", "/api/v1/tickets", { grant: grant.id, camera: grant.cameras[0], kind: "live" });
    assert.ok(answer.status === 403 || answer.status === 404, answer.text);
  }
  const entries = await until("the views are on record", async () => {
    const found = await record();
    return (countOf(found)["view.opened"] ?? 0) >= 2 * kTiles && found;
  });
  for (const opened of entries.filter(({ kind }) => kind === "view.opened")) {
    const permitted = entries.find(({ kind, subjects }) => kind === "view.permitted" && subjects.find((each) => each.startsWith("view:")) === opened.subjects.find((each) => each.startsWith("view:")));
    assert.ok(permitted && Number(permitted.seq) < Number(opened.seq), "no view is opened that was not permitted before");
  }
});

/** A place that moved has cameras for now, for what comes and for the ways out: the board shows live ones of those. */
const liveOf = (seat, cameras) =>
  until("the board shows live pictures of what is granted", async () => {
    const tiles = await seat.tiles();
    return tiles.filter((tile) => tile.state === "live" && tile.code !== null).length >= kTiles && tiles.every((tile) => cameras.includes(tile.camera)) && tiles;
  }, { within: 45_000 });

scene("an update (40) moves the case: other cameras, the same two grants, the boards follow; what is older changes nothing", async () => {
  const before = await now();
  const sent = new Date();
  const moved = [seoulForest.position[0] + 0.0012, seoulForest.position[1] + 0.0006];
  await room.tell(fireCall(number, { status: "40", position: moved, place: "서울숲 방문자센터", text: "불꽃 확인, 2대 추가 출동", at: sent }));
  const after = await now();
  assert.deepEqual([after.place, after.text, after.state], ["서울숲 방문자센터", "불꽃 확인, 2대 추가 출동", "new"]);
  assert.notDeepEqual(after.position, before.position);
  const later = await grantsOf(operator, incident.id);
  assert.deepEqual(later.map(({ id }) => id).sort(), Object.values(grants).map(({ id }) => id).sort(), "no grant more, none less");
  assert.ok(later.every(({ state }) => state === "live"));
  const cameras = later[0].cameras;
  assert.notDeepEqual([...cameras].sort(), [...grants["operator-incident"].cameras].sort(), "other cameras see that place");
  for (const seat of [desk, fireSeat]) await liveOf(seat, cameras);
  grants = Object.fromEntries(later.map((grant) => [grant.purpose, grant]));

  await room.tell(fireCall(number, { status: "40", place: "옛 장소", text: "늦게 온 옛 소식", at: new Date(sent.getTime() - 60_000) }));
  assert.equal((await now()).place, "서울숲 방문자센터");
  const entries = await record();
  assert.deepEqual(countOf(entries)["event.late"], 1);
  assert.ok(countOf(entries)["grant.changed"] >= 2, "what is left behind leaves a little later");
});

scene("received by one, worked through, told to 119; the fire's states stand in the case as they come", async () => {
  await desk.press("a");
  await desk.shows(card("received"));
  await until("the first step", async () => (await desk.page.locator("[data-testid=procedure]").getAttribute("data-current")) === "smoke");
  await desk.press("Space");
  await desk.shows("[data-testid=answers][data-open=true]");
  await desk.press("1");
  await until("119 is to be told", async () => (await desk.page.locator("[data-testid=procedure]").getAttribute("data-current")) === "tell-119");
  await until("119 is told", async () => {
    await desk.press("Space");
    return (await now()).state === "acting";
  }, { every: 500 });
  // 접수 and 조치중: both of them 40 of that form, once each, under 119's own number.
  await until("119's room has heard both", () => told.of(number).length >= 2);
  assert.deepEqual(told.of(number).map(({ status, fields }) => [status, fields.at(-1)]), [["40", "접수"], ["40", "조치중"]]);
  for (const state of ["현장도착", "활동개시", "초진", "완진"]) {
    await room.tell(fireCall(number, { status: "40", position: [seoulForest.position[0] + 0.0012, seoulForest.position[1] + 0.0006], place: "서울숲 방문자센터", text: state, at: new Date() }));
    assert.deepEqual([(await now()).text, (await now()).state], [state, "acting"]);
    await until(`the desk reads ${state}`, async () => (await desk.text("[data-testid=incident-card] .incident-text")) === state);
    await until(`119 reads ${state}`, async () => (await fireSeat.text("[data-testid=incident-card] .incident-text")) === state);
  }
  await liveOf(desk, grants["operator-incident"].cameras);
});

scene("91: every picture is dark within a second, at a viewer that does not let go by itself too, and a kept ticket opens nothing", async () => {
  const theirs = grants["119-dispatch"];
  const outsider = await sitDown(browser, city);
  const used = await ticketOf(fire, theirs);
  const viewer = await startViewer(outsider.page, used);
  await until("the outsider has frames", async () => (await viewer.seen()).frames > 10);
  const kept = [await ticketOf(fire, theirs), await ticketOf(operator, grants["operator-incident"])];
  await room.tell(fireCall(number, { status: "91", place: "서울숲 방문자센터", text: "상황종결", at: new Date() }));
  const { state, endedAt } = await now();
  assert.equal(state, "closed");
  const closed = Date.parse(endedAt);
  await Promise.all([checkDark(desk, /상황 종료/), checkDark(fireSeat, /상황 종료/), desk.shows(card("closed"))]);
  for (const [who, seat] of [["the desk", desk], ["119's page", fireSeat]]) {
    const dark = (await markOf(seat, "dark")) - closed;
    measured[`91 → dark on ${who}`] = dark;
    assert.ok(dark < kDarkMs, `${who} was dark ${dark} ms after the close`);
  }
  await until("two seconds have passed", () => Date.now() > closed + 2 * kDarkMs);
  const seen = await viewer.seen();
  measured["91 → last byte at a viewer that does not let go"] = seen.lastByteAt - closed;
  assert.ok(seen.lastByteAt - closed < kDarkMs, `the last byte came ${seen.lastByteAt - closed} ms after the close`);
  await outsider.context.close();
  for (const ticket of [used, ...kept]) assert.equal(await knock(ticket), 401);
  for (const [reader, grant] of [[fire, theirs], [operator, grants["operator-incident"]]]) {
    assert.equal((await grantsOf(reader, incident.id)).find(({ id }) => id === grant.id).state, "ended");
    const answer = await reader.api("POST", "/api/v1/tickets", { grant: grant.id, camera: grant.cameras[0], kind: "live" });
    assert.ok(answer.status >= 400, `a ticket of an ended grant: ${answer.status}`);
  }
  // Said again, and an update behind the end: recorded, and nothing comes back.
  await room.tell(fireCall(number, { status: "40", text: "잔불 정리", at: new Date() }));
  assert.equal((await now()).state, "closed");
  assert.ok((await grantsOf(operator, incident.id)).every((grant) => grant.state === "ended"));
});

scene("the day's figures have one fire, the record has each step once, and the journals are whole", async () => {
  const { work } = await resultOfShift(official);
  assert.deepEqual([work.opened, work.urgent, work.received, work.receivedInTime, work.ended], [1, 1, 1, 1, 1], JSON.stringify(work));

  const views = await closedViews(official, incident.id, 2 * kTiles + 1);
  for (const view of views) assert.ok(view.holder && view.basis && view.from <= view.to, JSON.stringify(view));
  assert.deepEqual([...new Set(views.map((view) => `${view.agency} ${view.purpose}`))].sort(), ["B1100000000 operator-incident", "F1100000000 119-dispatch"]);
  assert.ok(views.filter((view) => view.reason && /closed/.test(view.reason)).length >= 2 * kTiles, "those that stood at the end say why they ended");

  const counts = countOf(await record());
  const { "incident.opened": opened, "incident.acted": acted, "event.late": late, "grant.issued": issued, "grant.ended": ended } = counts;
  assert.deepEqual({ opened, issued, ended, late }, { opened: 1, issued: 2, ended: 2, late: 2 });
  assert.ok(acted >= 2 && counts["sop.begun"] === 1, JSON.stringify(counts));
  assert.equal(counts["event.received"], 9, "each of 119's messages once: 10, two of 40, four states, 91 and what came behind it");
  assert.equal(counts["view.permitted"], tickets + 3, "every ticket that anybody was given is on record: the pages', the outsider's, the two kept ones");
  assert.equal(told.of(number).length, 2, "119 is not told what it said itself");
  assert.deepEqual(desk.errors.concat(fireSeat.errors, policeSeat.errors), []);
  await checkWhole(city);
  const figures = statisticsOf(city);
  assert.deepEqual(figures["Incidents by type"], { "119UC001": 1 });
  assert.deepEqual(figures["Incidents by state"], { closed: 1 });
  assert.deepEqual(figures["Grants by purpose"]["119-dispatch"], 1);
});
