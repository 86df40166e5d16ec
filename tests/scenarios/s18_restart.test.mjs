// S18, the hub dies in the midst of a fire: kill -9 of the centre's control, then of its media. Nothing is lost and nothing doubled: events, grants, views, what 119 is
// told; pictures go on or come back, the desks come back by themselves, and the record verifies.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { City, until } from "../integration/city.mjs";
import { newNumber } from "../integration/partner.mjs";
import { Player } from "../integration/rtsp.mjs";
import { launch, sitDown } from "../e2e/seat.mjs";
import {
  Room, Told, agreeWithFire, card, checkBoard, checkDark, checkWhole, closedViews, countOf, fireCall, grantsOf, incidentOf, kDarkMs, kTiles,
  knock, recordOf, scenes, shoot, sleep, statisticsOf, ticketOf,
} from "./scenario.mjs";

const scene = scenes();
let city, browser, desk, fireSeat, operator, supervisor, official, fire, room, told, number, incident, grants, cameras;
/** What 119 said and had an answer to: {status, text} in order. */
const said = [];
const measured = {};

before(async () => {
  city = await City.start();
  await city.ready();
  [operator, supervisor, official, fire] = await Promise.all(["operator2", "supervisor1", "official1", "119"].map((user) => city.login(user)));
  told = await Told.open();
  await agreeWithFire(city, told);
  room = new Room(city, "fire");
  browser = await launch();
  desk = await sitDown(browser, city);
  await desk.login(city.account("operator1"));
  fireSeat = await sitDown(browser, city);
  await fireSeat.login(city.account("119"));
  for (const seat of [desk, fireSeat]) await seat.atRest();
});

after(async () => {
  for (const [what, ms] of Object.entries(measured)) console.log(`# measured ${what}: ${ms} ms`);
  console.log(`# 119 said ${said.length} things, ${room?.repeated ?? 0} times again what had no answer`);
  room?.close();
  told?.close();
  await browser?.close();
  await city?.stop();
});

async function say(status, text) {
  await room.tell(fireCall(number, { status, text, at: new Date() }), { within: 30_000 });
  said.push({ status, text });
}
/** Taken now, or taken before the death that kept its answer from us. */
const isDone = ({ status, text }) => status === 201 || (status === 409 && /it was done, and its answer was lost/.test(text));
const now = () => operator.get(`/api/v1/incidents/${incident.id}`);
const requests = (seat, what) => seat.requests.filter((each) => each === what).length;
const linkOpen = (seat) => until("the page's link is open again", async () => (await seat.count(".desk.stale")) === 0 && (await seat.count(".desk")) === 1, { within: 20_000 });

/** Kills a process of the centre while 119 goes on and on; answers when another one stands there and took a word. */
async function killing(name, words) {
  const old = city.pid(name);
  let running = true;
  const going = (async () => {
    for (let part = 1; running; ++part) {
      await say("40", `${words} ${part}`);
      await sleep(10);
    }
  })();
  await sleep(200);  // In its midst.
  city.kill(name);
  await until(`another ${name}`, () => city.pid(name) && city.pid(name) !== old, { within: 20_000 });
  const before = said.length;
  await until("119's words are taken again", () => said.length > before + 3, { within: 20_000 });
  running = false;
  await going;
}

scene("a fire, received: the desk and 119 look on", async () => {
  number = newNumber();
  await say("10", "화재 신고");
  incident = await incidentOf(operator, number);
  grants = await grantsOf(operator, incident.id);
  assert.equal(grants.length, 2);
  cameras = grants[0].cameras;
  for (const seat of [desk, fireSeat]) await checkBoard(seat, cameras);
  await desk.press("a");
  await desk.shows(card("received"));
  await until("119 hears that it is received", () => told.of(number).length === 1);
});

scene("kill -9 of control, three times, while 119 speaks and an operator writes: the pictures go on, the desks come back by themselves", async () => {
  const asked = [desk, fireSeat].map((seat) => seat.ticketsAsked());
  const navigations = [];
  for (const seat of [desk, fireSeat]) seat.page.on("framenavigated", () => navigations.push(seat));
  for (let death = 1; death <= 3; ++death) {
    const before = await desk.tiles();
    const at = Date.now();
    await killing("control 11000", `${death}번째 중단 중 소식`);
    measured[`death ${death} of control → 119's words taken again`] = Date.now() - at;
    await city.ready();
    for (const seat of [desk, fireSeat]) await linkOpen(seat);
    measured[`death ${death} of control → both pages linked`] = Date.now() - at;
    await until("the desk reads 119's newest word", async () => (await desk.text("[data-testid=incident-card] .incident-text")) === said.at(-1).text, { within: 20_000 });
    const after = await until("the pictures go on", async () => {
      const tiles = await desk.tiles();
      return tiles.length === kTiles && tiles.every((tile) => tile.state === "live" && tile.decoded > before.find(({ camera }) => camera === tile.camera).decoded) && tiles;
    }, { within: 20_000 });
    assert.deepEqual(after.map(({ camera }) => camera).sort(), [...cameras].sort());
    const answer = await until("the operator's note is taken", async () => {
      const answer = await operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "note", text: `중단 ${death} 뒤` }, { "Idempotency-Key": `note-${death}` }).catch(() => null);
      return answer && answer.status < 500 && answer;
    }, { within: 20_000 });
    assert.ok(isDone(answer), answer.text);
  }
  assert.deepEqual([desk, fireSeat].map((seat) => seat.ticketsAsked()), asked, "no picture had to be asked for anew");
  assert.deepEqual(navigations, [], "and no page was loaded anew");
  for (const seat of [desk, fireSeat]) await checkBoard(seat, cameras);
  const later = await grantsOf(operator, incident.id);
  assert.deepEqual(later.map(({ id, state }) => `${id} ${state}`).sort(), grants.map(({ id }) => `${id} live`).sort(), "the same two grants");
  assert.equal((await now()).state, "received");
});

scene("an act at the desk whose answer dies with control is done once", async () => {
  const key = "act-in-the-midst";
  const act = () => operator.api("POST", `/api/v1/incidents/${incident.id}/acts`, { act: "dispatch", text: "출동 지령" }, { "Idempotency-Key": key }).catch(() => null);
  const first = act();
  await sleep(4);
  city.kill("control 11000");
  await first;
  const answer = await until("the same act again is answered", async () => {
    const again = await act();
    return again && again.status < 500 && again;
  }, { within: 20_000 });
  assert.ok(isDone(answer), answer.text);
  await city.ready();
  const acts = (await recordOf(supervisor, incident.id)).filter(({ kind, payload }) => kind === "incident.acted" && payload.act === "dispatch");
  assert.equal(acts.length, 1, "one dispatch is on record");
  await until("119 is told of it", () => told.of(number).some(({ fields }) => fields.at(-1) === "조치중"), { within: 20_000 });
});

scene("kill -9 of media: every picture is back by itself under new tickets, and what was open before has its end on record", async () => {
  const asked = [desk, fireSeat].map((seat) => seat.ticketsAsked());
  const used = await ticketOf(fire, grants.find(({ purpose }) => purpose === "119-dispatch"));
  const player = await Player.open(used.rtsp, { ticket: used.ticket });
  await until("119's own player has pictures", () => player.pictures > 5);
  const open = (await official.get(`/api/v1/views?incident=${incident.id}&limit=200`)).items.filter((view) => view.from && !view.to).map((view) => view.view);
  assert.ok(open.length > 2 * kTiles, `${open.length} views were open`);
  const at = Date.now();
  await killing("media 11000", "매체 중단 중 소식");
  await until("every picture was asked for anew", () => [desk, fireSeat].every((seat, which) => seat.ticketsAsked() >= asked[which] + kTiles), { within: 30_000 });
  for (const seat of [desk, fireSeat]) await checkBoard(seat, cameras);
  measured["death of media → all twelve pictures back and moving"] = Date.now() - at;
  await shoot(desk, "s18-back");
  await until("those that died have their end on record", async () => {
    const views = (await official.get(`/api/v1/views?incident=${incident.id}&limit=200`)).items;
    return open.every((id) => views.find(({ view }) => view === id).to);
  }, { within: 20_000 });
  assert.ok(player.closedAt > 0, "a player that does not ask anew has nothing");
  assert.equal(await knock(used), 401, "a ticket that was used before the death opens nothing behind it");
});

scene("both die at once while 119 ends the fire: it is dark, and it stays dark", async () => {
  const kept = await ticketOf(fire, grants.find(({ purpose }) => purpose === "119-dispatch"));
  const [control, media] = [city.pid("control 11000"), city.pid("media 11000")];
  const ending = say("91", "상황종결");
  city.kill("control 11000");
  city.kill("media 11000");
  await ending;
  await until("both stand again", () => city.pid("control 11000") && city.pid("media 11000") && city.pid("control 11000") !== control && city.pid("media 11000") !== media, { within: 20_000 });
  await city.ready();
  assert.equal((await now()).state, "closed");
  for (const seat of [desk, fireSeat]) {
    await linkOpen(seat);
    await checkDark(seat, /상황 종료/);
  }
  assert.equal(await knock(kept), 401, "the kept ticket");
  assert.ok((await grantsOf(operator, incident.id)).every(({ state }) => state === "ended"));
  await sleep(2 * kDarkMs);
  for (const seat of [desk, fireSeat]) assert.equal(await seat.page.locator("section.video:not(.patrol) video").count(), 0);
});

scene("the record has everything once, 119 was told everything once, and it verifies", async () => {
  const views = await closedViews(official, incident.id, 4 * kTiles);
  const entries = await recordOf(supervisor, incident.id);
  const counts = countOf(entries);
  assert.deepEqual([counts["incident.opened"], counts["grant.issued"], counts["grant.ended"]], [1, 2, 2], JSON.stringify(counts));
  const heard = entries.filter(({ kind }) => kind === "event.received").map(({ payload }) => ({ status: payload.state, text: payload.text }));
  assert.deepEqual(heard, said, "each of 119's words, once, in its order");
  const notes = entries.filter(({ kind, payload }) => kind === "incident.acted" && payload.act === "note").map(({ payload }) => payload.text);
  assert.deepEqual(notes, ["중단 1 뒤", "중단 2 뒤", "중단 3 뒤"]);
  for (const kind of ["view.permitted", "view.opened", "view.closed"]) {
    const of = entries.filter((entry) => entry.kind === kind).map(({ subjects }) => subjects.find((each) => each.startsWith("view:")));
    assert.equal(new Set(of).size, of.length, `${kind} stands twice for one view`);
  }
  assert.equal(counts["view.opened"], counts["view.closed"], JSON.stringify(counts));
  assert.equal(views.length, counts["view.opened"]);
  // What died between the telling and its entry is told again, alike: who hears it knows it by number, state and time.
  const distinct = [...new Map(told.of(number).map((each) => [`${each.status} ${each.stateTime} ${each.fields.at(-1)}`, each])).values()];
  assert.deepEqual(distinct.map(({ status, fields }) => [status, fields.at(-1)]), [["40", "접수"], ["40", "조치중"]]);
  console.log(`# 119 was told ${told.of(number).length} times, ${distinct.length} different things`);
  const deliveries = (await operator.get(`/api/v1/deliveries?incident=${incident.id}`)).items;
  assert.deepEqual(deliveries.map(({ state, code }) => `${state} ${code}`).sort(), ["delivered 20", "delivered 40"]);
  assert.ok(room.repeated > 0, "119 had to say something again: it was in its midst");
  assert.deepEqual(desk.errors.concat(fireSeat.errors), []);
  await checkWhole(city);
  assert.deepEqual(statisticsOf(city)["Incidents by type"], { "119UC001": 1 });
});
