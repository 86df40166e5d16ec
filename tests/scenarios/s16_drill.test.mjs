// S16, a city-wide drill beside a real fire: every service that can say so sends tests, a recorded case is told again as a drill, and nothing of it mixes with what is
// real: no grant, no word to a partner, no alarm, no figure, and every screen says what it shows.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { City, seoulForest, until } from "../integration/city.mjs";
import { newNumber, kst } from "../integration/partner.mjs";
import { StreamPartner, bell, disaster, ports, telegram } from "../integration/stream_partner.mjs";
import { launch, sitDown } from "../e2e/seat.mjs";
import { loadVerifier } from "../tamper/verifier.mjs";
import {
  Room, Told, agreeWithFire, card, checkBoard, checkDark, checkWhole, countOf, dataWith, dutyRules, fireCall, grantsOf, incidentOf,
  journalBytes, openRow, resultOfShift, row, scenes, shoot, statisticsOf,
} from "./scenario.mjs";

const kDrills = 40;  // Of the disaster room alone.
const kReceiveWithin = 5;  // Seconds, by this centre's own rules.
const scene = scenes();
let city, browser, desk, fireSeat, operator, supervisor, official, fire, rooms, told;
let recorded, real, real40, player, drills;

before(async () => {
  city = await City.start({ data: dataWith(dutyRules({ receiveUrgent: kReceiveWithin })) });
  city.ownsData = true;
  await city.ready();
  [operator, supervisor, official, fire] = await Promise.all(["operator2", "supervisor1", "official1", "119"].map((user) => city.login(user)));
  told = await Told.open();
  await agreeWithFire(city, told);
  rooms = Object.fromEntries(["fire", "policeDispatch", "disaster"].map((name) => [name, new Room(city, name)]));
  browser = await launch();
  desk = await sitDown(browser, city);
  await desk.login(city.account("operator1"));
  fireSeat = await sitDown(browser, city);
  await fireSeat.login(city.account("119"));
  for (const seat of [desk, fireSeat]) await seat.atRest();
});

after(async () => {
  for (const room of Object.values(rooms ?? {})) room.close();
  told?.close();
  await browser?.close();
  await city?.stop();
});

/** The rows that a page draws, from top to bottom, and whether each is marked as a drill or a test. */
const rowsOf = (seat) =>
  seat.page.evaluate(() => {
    const isMarked = (each) => each.querySelector("[data-testid=row-practice]") !== null;
    return [...document.querySelectorAll("li[data-incident]")].map((each) => ({ id: each.dataset.incident, practice: isMarked(each) }));
  });
const act = async (id, body) => operator.api("POST", `/api/v1/incidents/${id}/acts`, body);
const all = async () => (await operator.get("/api/v1/incidents?limit=200")).items;
const practice = async () => (await all()).filter(({ test }) => test);
/** What 119's own program says in our own JSON. */
const rescue = () => ({ source: "room", type: "119UC001", grade: "10", time: new Date().toISOString(), position: seoulForest.position });
const cityWide = (at) => [126.95 + 0.004 * (at % 20), 37.53 + 0.004 * Math.floor(at / 20)];
/** 112's dispatch in the internal form: its twenty fields have a place for isTest. */
const dispatch = (number, test) =>
  telegram({ send: "112", fields: [number, "112UC120", "", "성수동", "출동 훈련", "모의 출동", "사회재난", ["127.0424", "37.5456", "0"], kst(), "", "", "", "", "10", test, "", "", "", "", ""] });

scene("a fire of the morning is over: it is what will be told again", async () => {
  const number = newNumber();
  await rooms.fire.tell(fireCall(number, { text: "아침의 화재" }));
  recorded = await incidentOf(operator, number);
  await rooms.fire.tell(fireCall(number, { status: "40", place: "서울숲 북문", text: "초진", at: new Date() }));
  await rooms.fire.tell(fireCall(number, { status: "91", text: "상황종결", at: new Date() }));
  assert.equal((await operator.get(`/api/v1/incidents/${recorded.id}`)).state, "closed");
});

scene("the drill begins in the whole city, and in its midst a real fire", async () => {
  await rooms.policeDispatch.tell(dispatch("DRILL-112", "Y"));
  for (let at = 0; at < kDrills; ++at) {
    if (at === kDrills / 2) {
      real = newNumber();
      await rooms.fire.tell(fireCall(real, { text: "진짜 화재" }));
    }
    await rooms.disaster.tell(disaster(`DRILL-${at}`, { test: "Y", position: cityWide(at) }));
  }
  assert.equal((await rooms.policeDispatch.send(dispatch("DRILL-113", "?"))).ok, false, "neither a drill nor none is refused by its field");
  const bells = await StreamPartner.connect(city.port + ports.bells);
  bells.write(bell("BELL-D", { kind: "TEST", emergency: "2" }));
  const own = await fire.api("POST", "/api/v1/events", { ...rescue(), id: "DRILL-119", text: "119 자체 훈련", test: true });
  assert.equal(own.status, 201, own.text);
  const answer = await official.api("POST", "/api/v1/drills", { incident: recorded.id, speed: 60 });
  assert.equal(answer.status, 201, answer.text);
  real = await incidentOf(operator, real);
  player = await until("the recorded case is told again", async () => {
    const drill = (await official.get("/api/v1/drills")).items.find(({ id }) => id === answer.json.id);
    return drill.endedAt && drill;
  }, { within: 15_000 });
  assert.deepEqual([player.steps, player.told, player.reason, player.incidents.length], [3, 3, "told", 1]);
  drills = await until("all of it is there", async () => {
    const found = await practice();
    return found.length === kDrills + 4 && found;
  });
  bells.close();
  assert.ok(!drills.some(({ id }) => id === real.id || id === recorded.id));
});

scene("video is open for the real fire alone, and nobody can open it for a drill", async () => {
  const grants = await grantsOf(operator, real.id);
  assert.deepEqual(grants.map(({ purpose }) => purpose).sort(), ["119-dispatch", "operator-incident"]);
  for (const { id } of drills) assert.deepEqual(await grantsOf(operator, id), []);
  const drill = drills.find(({ number }) => number === "DRILL-119");
  assert.equal((await act(drill.id, { act: "open_video" })).status, 409);
  const asked = await supervisor.api("POST", "/api/v1/grants", { incident: drill.id, purpose: "operator-incident", cameras: [grants[0].cameras[0]] });
  assert.ok(asked.status >= 400, `a grant for a drill: ${asked.status} ${asked.text}`);
});

scene("screens say what they show: the real fire stands first and bare, a drill is framed, on 119's page too", async () => {
  await desk.shows(row(real.id));
  const rows = await until("the real one stands first", async () => {
    const found = await rowsOf(desk);
    return found[0]?.id === real.id && found;
  });
  const marked = new Map((await practice()).map(({ id }) => [id, true]));
  for (const { id, practice } of rows) assert.equal(practice, marked.has(id), `row ${id}`);
  assert.match(await desk.text("[data-testid=waiting]"), /\b1\b/, "one waits for somebody, whatever the drill has");

  await openRow(desk, real.id);
  await desk.shows(card("new"));
  const grants = await grantsOf(operator, real.id);
  await checkBoard(desk, grants[0].cameras);
  assert.equal(await desk.count("[data-testid=practice-mark]"), 0);
  // The drill that our own player tells, and the test that 119 sends.
  for (const [incident, kind] of [[drills.find(({ sender }) => sender.endsWith(":drill")), "drill"], [drills.find(({ number }) => number === "DRILL-119"), "test"]]) {
    await openRow(desk, incident.id);
    await desk.shows(`[data-testid=practice-mark][data-practice=${kind}]`);
    assert.equal(await desk.count("[data-testid=practice-foot]"), 1);
    assert.deepEqual(await desk.tiles(), [], "a drill shows no picture");
    await shoot(desk, `s16-${kind}`);
  }
  await desk.press("Escape");
  // 119 reads its own test, marked, and its own real cases; of the centre's drill nothing.
  await fireSeat.shows(row(real.id));
  const open = new Map((await rowsOf(fireSeat)).map(({ id, practice }) => [id, practice]));
  assert.equal(open.get(real.id), false);
  assert.equal(open.get(drills.find(({ number }) => number === "DRILL-119").id), true);
  for (const { id } of drills.filter(({ number }) => number !== "DRILL-119")) assert.ok(!open.has(id), `119 sees ${id}, which is none of its cases`);
  assert.equal((await fire.api("GET", `/api/v1/incidents/${player.incidents[0]}`)).status, 404);
  await openRow(fireSeat, real.id);
  await checkBoard(fireSeat, grants[0].cameras);
  assert.equal(await fireSeat.count("[data-testid=practice-mark]"), 0);
});

scene("nobody is alarmed by a drill that nobody receives, and everybody by the real fire", async () => {
  const alarms = await until("the real fire calls", async () => {
    const found = (await operator.get("/api/v1/alarms")).items.filter(({ rule, active }) => rule === "incident.not-received" && active);
    return found.length > 0 && found;
  }, { within: 15_000 });
  assert.equal(alarms.length, 1, JSON.stringify(alarms));
  assert.ok(JSON.stringify(alarms[0]).includes(real.id), JSON.stringify(alarms[0]));
  const { items } = await supervisor.get("/api/v1/alarms");
  for (const { id } of drills) assert.ok(!JSON.stringify(items).includes(id), `an alarm of the drill ${id}`);
});

scene("a test under the number of a real case changes nothing of it; worked through side by side, partners hear of the real one alone", async () => {
  const report = (more) => fire.api("POST", "/api/v1/events", { ...rescue(), id: "REAL-7", text: "진짜 구조", revision: 1, ...more });
  assert.equal((await report({})).status, 201);
  real40 = await incidentOf(operator, "REAL-7");
  assert.equal((await report({ revision: 2, text: "훈련 상황 종료", state: "91", test: true })).status, 201);
  const after = await operator.get(`/api/v1/incidents/${real40.id}`);
  assert.deepEqual([after.state, after.text, after.test], ["new", "진짜 구조", false]);
  assert.equal((await report({ revision: 3, text: "상황 종료", state: "91" })).status, 201);

  const drill = player.incidents[0];
  const mock = drills.find(({ number }) => number === "DRILL-112");
  for (const id of [mock.id, real.id]) assert.equal((await act(id, { act: "receive" })).status, 201);
  for (const id of [mock.id, real.id]) assert.equal((await act(id, { act: "dispatch", text: "출동" })).status, 201);
  assert.equal((await act(mock.id, { act: "close", outcome: "drill" })).status, 201);
  assert.equal((await operator.get(`/api/v1/incidents/${drill}`)).state, "closed", "as it was recorded");
  await until("119 has heard of its real fire", () => told.of(real.number).length >= 2);
  await rooms.fire.tell(fireCall(real.number, { status: "91", text: "상황종결", at: new Date() }));
  await checkDark(fireSeat, /상황 종료/);
  assert.deepEqual([...new Set(told.heard.map(({ number }) => number))], [real.number], "119 is told of no drill");
  for (const { state, incident, why } of (await operator.get("/api/v1/deliveries?limit=1000")).items) {
    const isDrill = drills.some(({ id }) => id === incident);
    assert.equal(state === "simulated", isDrill, `${incident}: ${state} ${why}`);
  }
});

scene("the day's results, the shift's log, the brief count from the record: three real cases, and the drill by itself", async () => {
  const { work } = await resultOfShift(official);
  assert.deepEqual([work.opened, work.urgent, work.received], [3, 3, 1], JSON.stringify(work));
  const { shift } = await official.get("/api/v1/duty");
  const log = await official.get(`/api/v1/duty/shifts/${shift.id}/log`);
  for (const { id } of drills) assert.ok(!JSON.stringify(log).includes(id), `the shift's log holds the drill ${id}`);
  assert.ok(JSON.stringify(log).includes(real.id));
  const entries = await City.journal(supervisor);
  const lent = entries.filter(({ kind, payload }) => kind === "grant.issued" && payload.purpose !== "operator-duty");
  assert.deepEqual(countOf(lent.map(({ payload }) => ({ kind: payload.purpose }))), { "119-dispatch": 3, "operator-incident": 3 });
  assert.equal(countOf(entries)["event.late"], 1);
  assert.deepEqual(desk.errors.concat(fireSeat.errors), []);
  await checkWhole(city);

  const figures = statisticsOf(city);
  assert.deepEqual(figures["Incidents by type"], { "119UC001": 3 });
  assert.deepEqual(figures["Incidents by state"], { closed: 3 });
  assert.deepEqual(figures["Drills and tests by type"], { "112UC120": 1, "119UC001": 2, DUCDP110: kDrills, EBSCP110: 1 });
  // The second verifier counts the same by code of its own.
  const verify = loadVerifier();
  const counted = new verify.Statistics();
  const erased = new Set();
  counted.isErased = (seq) => erased.has(seq);
  const walk = new verify.JournalWalk((entry) => { if (entry.erased) erased.add(entry.seq); counted.add(entry); });
  journalBytes(city).forEach(([name, bytes], at, list) => walk.segment(name, bytes, at === list.length - 1));
  assert.equal(walk.finish().problem, null);
  const tables = Object.fromEntries(counted.tables().map(({ title, rows }) => [title, Object.fromEntries(rows)]));
  for (const title of ["Incidents by type", "Drills and tests by type", "Incidents by state", "Grants by purpose", "Views"]) assert.deepEqual(tables[title], figures[title], title);
});
