// S12, the watching of a night: crew C, two operators planned, one ill and another crew's called in for them, who comes late; 90 cameras, one break, one who goes.
// Nobody has more than fifty, what nobody watches is named, every change is shared anew at once, and the hours are on record.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before } from "node:test";

import { City, until } from "../integration/city.mjs";
import { Player } from "../integration/rtsp.mjs";
import { launch, sitDown } from "../e2e/seat.mjs";
import { checkWhole, dataWith, dutyRules, kDarkMs, knock, scenes, shoot, sleep } from "./scenario.mjs";

const kCameras = 90;
const kMost = 50;
const kLateMinutes = 2;
const kPatrol = "section.patrol";
const kMinute = 60_000;
const kDay = 24 * 60 * kMinute;
const scene = scenes();
let city, browser, desk, reader, first, third, supervisor, official, ids, codes, lateFrom;
const measured = {};

/** The head of a duty.toml by which crew C has the night that began at `from`, twelve hours long; ms since 1970. */
function nightOfC(from) {
  const seoul = new Date(from + 9 * 60 * kMinute);
  const clock = (time) => time.toISOString().slice(11, 16);
  const night = clock(seoul);
  const day = clock(new Date(seoul.getTime() + kDay / 2));
  // As the day orders them; a crew has a free half-day between its two in either case.
  const isNightFirst = night < day;
  const cycle = isNightFirst ? ["night", "day", "off", "off"] : ["day", "night", "off", "off"];
  const anchor = new Date(Math.floor(seoul.getTime() / kDay) * kDay - (2 + cycle.indexOf("night")) * kDay).toISOString().slice(0, 10);
  const table = (key, ko, from, to) => `[[shift]]\nkey = "${key}"\nname = { ko = "${ko}", en = "${key}" }\nfrom = "${from}"\nto = "${to}"\n`;
  const shifts = [table("night", "야간", night, day), table("day", "주간", day, night)];
  const crews = ["A", "B", "C", "D"].map((key, at) => `[[crew]]\nkey = "${key}"\nname = { ko = "${at + 1}조", en = "Crew ${at + 1}" }\n`).join("");
  return `anchor = ${anchor}\ncycle = ${JSON.stringify(cycle)}\n${crews}${(isNightFirst ? shifts : shifts.reverse()).join("")}`;
}

/** A centre in whose night one may still come in time, for as long as a city takes to start; who comes then is not late. */
async function nightBegins() {
  for (let tries = 0; ; ++tries) {
    lateFrom = Math.ceil((Date.now() + 25_000) / kMinute) * kMinute;
    city = await City.start({ data: dataWith(dutyRules({ late: kLateMinutes, head: nightOfC(lateFrom - kLateMinutes * kMinute) })) });
    city.ownsData = true;
    const people = await Promise.all(["operator1", "police1", "supervisor1", "official1"].map((user) => city.login(user)));
    if (Date.now() < lateFrom) return people;
    await city.stop();
    assert.ok(tries < 2, "a city takes longer to start than the night leaves");
  }
}

/** The centre gets more cameras: as many as make `kCameras`, each with a picture of one of the synthetic ones. */
async function growTo(count) {
  const file = path.join(city.data, "11000/catalogue.jsonl");
  const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const own = lines.filter((line) => line.site === "11000" && line.connected);
  const more = Array.from({ length: count - own.length }, (_, at) => {
    const url = (part) => own[0][part].replace(/\/cam\/\d+\//, `/cam/${String(at % 48).padStart(2, "0")}/`);
    const place = { lon: own[0].lon + 0.0004 * (at % 10), lat: own[0].lat + 0.0004 * Math.floor(at / 10) };
    return { ...own[at % own.length], ...place, id: `11000-${9001 + at}`, name: `야간 ${at + 1}`, main: url("main"), sub: url("sub") };
  });
  fs.writeFileSync(file, [...lines, ...more].map((line) => `${JSON.stringify(line)}\n`).join(""));
  codes = new Map([...own, ...more].map((line) => [line.id, Number(/\/cam\/(\d+)\//.exec(line.main)[1]) + 1]));
  city.kill("control 11000");
  await sleep(50);
  await city.ready();
}

before(async () => {
  [first, reader, supervisor, official] = await nightBegins();
  await growTo(kCameras);
  ids = Object.fromEntries((await supervisor.get("/api/v1/people")).items.map(({ login, id }) => [login, id]));
  browser = await launch();
  desk = await sitDown(browser, city);
  await desk.login(city.account("operator1"));
});

after(async () => {
  for (const [what, ms] of Object.entries(measured)) console.log(`# measured ${what}: ${ms} ms`);
  await browser?.close();
  await city?.stop();
});

const watch = () => supervisor.get("/api/v1/duty/watch");
const setOf = ({ sets }, user) => sets.find((set) => set.user === ids[user]);
const shiftNow = async () => (await supervisor.get("/api/v1/duty")).shift;
const missing = async () => (await supervisor.get("/api/v1/alarms")).items.filter(({ rule, active }) => rule === "duty.operators-missing" && active);

/** What holds at every moment: nobody has more than fifty, no camera has two watchers, and what nobody has is named. */
function checkShares(now) {
  const taken = new Map();
  for (const { user, away, own, lent } of now.sets) {
    assert.ok(own.length + lent.length <= kMost, `${user} has ${own.length} and ${lent.length} lent`);
    if (away) assert.equal(lent.length, 0, "who is away is lent nothing");
    for (const camera of away ? [] : [...own, ...lent]) {
      assert.ok(!taken.has(camera), `${camera} is watched by two`);
      taken.set(camera, user);
    }
  }
  const unwatched = [...codes.keys()].filter((camera) => !taken.has(camera)).sort();
  assert.deepEqual([...now.unwatched.cameras].sort(), unwatched, "exactly what nobody has is named");
  assert.equal(now.unwatched.count, unwatched.length);
  return now;
}

/** Waits for a sharing that fits; how long it took from `from` is printed. */
async function shared(what, from, fits) {
  const now = await until(what, async () => {
    const now = await watch();
    return fits(now) && now;
  });
  measured[what] = Date.now() - from;
  return checkShares(now);
}

scene("it is crew C's night, one operator is there in time: fifty cameras are watched, and the forty that nobody has are named", async () => {
  const shift = await shiftNow();
  assert.deepEqual([shift.crew, shift.kind, Date.parse(shift.from)], ["C", "night", lateFrom - kLateMinutes * kMinute]);
  const now = await shared("one operator has fifty", Date.now(), (now) => now.load.monitored === kCameras && setOf(now, "operator1")?.own.length === kMost);
  assert.deepEqual([now.unwatched.count, now.load.onDuty, now.load.missingPersons, now.load.limit], [kCameras - kMost, 1, 1, kMost]);
  await desk.shows("[data-testid=patrol]");
  await desk.press("w");
  await desk.shows("[data-testid=unwatched]");
  assert.match(await desk.text("[data-testid=unwatched]"), new RegExp(`\\b${kCameras - kMost}`));
  await shoot(desk, "s12-unwatched");
  await desk.press("Escape");
});

scene("the operator's own pictures are those cameras, by their bar codes", async () => {
  const { set } = await first.get("/api/v1/duty/watch/own");
  assert.equal(new Set(set.stops.flatMap(({ cameras }) => cameras.map(({ id }) => id))).size <= kMost, true);
  await desk.press("p");  // Held, a screen stays where it is.
  const { cameras } = set.stops[Number(await desk.page.locator("[data-testid=patrol]").getAttribute("data-at"))];
  const tiles = await desk.liveTiles(cameras.length, 60_000, kPatrol);
  for (const tile of tiles) assert.equal(tile.code, codes.get(tile.camera), `the tile of ${tile.camera}`);
  assert.deepEqual(tiles.map(({ camera }) => camera).sort(), cameras.map(({ id }) => id).sort());
  await desk.press("p");
});

scene("one is ill, another crew's operator is called in; what is asked wrongly is refused by its field", async () => {
  const { id } = await shiftNow();
  const absences = `/api/v1/duty/shifts/${id}/absences`;
  const calls = `/api/v1/duty/shifts/${id}/calls`;
  const refused = async (reader, target, body, status, field) => {
    const answer = await reader.api("POST", target, body);
    assert.equal(answer.status, status, `${target} ${JSON.stringify(body)}: ${answer.text}`);
    if (field) assert.equal(answer.json.field, field, answer.text);
  };
  await refused(first, absences, { user: ids.operator2, reason: "sick" }, 403);
  await refused(supervisor, absences, { user: ids.operator2 }, 400, "reason");
  await refused(supervisor, absences, { user: ids.operator2, reason: "hangover" }, 400, "reason");
  await refused(supervisor, absences, { user: ids.operator3, reason: "sick" }, 404);
  await refused(supervisor, calls, { user: "nobody" }, 400, "user");
  await refused(supervisor, calls, { user: ids.operator1 }, 409);
  assert.equal((await supervisor.api("POST", absences, { user: ids.operator2, reason: "sick" })).status, 201);
  // Who is ill, and who is of another crew and not called, sits nowhere, though both may log in.
  for (const user of ["operator2", "operator4"]) {
    const person = await city.login(user);
    const answer = await person.api("POST", "/api/v1/duty/seat", {});
    assert.deepEqual([answer.status, answer.json.type], [403, "/problems/not_on_roster"], answer.text);
    assert.equal((await person.get("/api/v1/duty/watch/own")).set, null);
  }
  assert.equal((await supervisor.api("POST", calls, { user: ids.operator3 })).status, 201);
  await refused(supervisor, calls, { user: ids.operator3 }, 409);
  assert.equal((await first.api("DELETE", "/api/v1/duty/break")).status, 409, "no break to end");
});

scene("who was called in comes late: somebody is missed until then, and then all ninety are watched", async () => {
  await until("it is late", () => Date.now() > lateFrom + 1000, { within: 90_000, every: 250 });
  await until("an operator is missed", async () => (await missing()).length === 1, { within: 15_000 });
  const at = Date.now();
  third = await city.login("operator3");
  const now = await shared("the late one comes → all are watched", at, (now) => now.unwatched.count === 0);
  assert.equal(setOf(now, "operator1").own.length + setOf(now, "operator3").own.length, kCameras);
  assert.deepEqual([now.load.onDuty, now.load.missingPersons], [2, 0]);
  await until("nobody is missed any more", async () => (await missing()).length === 0, { within: 15_000 });
  const late = (await supervisor.get(`/api/v1/duty/shifts/${(await shiftNow()).id}`)).attendance;
  assert.ok(late.find(({ user }) => user === ids.operator3).lateMinutes >= kLateMinutes, JSON.stringify(late));
  assert.equal(late.find(({ user }) => user === ids.operator1).lateMinutes, 0);
});

scene("a break lends what there is room for at once, names the rest, and gives it back; no picture stands before who rests", async () => {
  const before = await watch();
  const [own, others] = [setOf(before, "operator1").own, setOf(before, "operator3").own];
  const at = Date.now();
  assert.equal((await first.api("POST", "/api/v1/duty/break")).status, 200);
  assert.equal((await first.api("POST", "/api/v1/duty/break")).status, 409, "one break at a time");
  const now = await shared("a break → lent", at, (now) => setOf(now, "operator1").away && setOf(now, "operator3").lent.length === kMost - others.length);
  assert.equal(now.unwatched.count, kCameras - kMost);
  assert.deepEqual(setOf(now, "operator1").own, own, "it stays theirs");
  assert.ok(setOf(now, "operator3").lent.every((camera) => own.includes(camera)));
  await until("the patrol stands still", async () => (await desk.count("[data-testid=patrol]")) === 0 && (await desk.count("video")) === 0);
  const back = Date.now();
  assert.equal((await first.api("DELETE", "/api/v1/duty/break")).status, 200);
  const after = await shared("back from the break → given back", back, (now) => !setOf(now, "operator1").away && now.unwatched.count === 0);
  assert.deepEqual([setOf(after, "operator1").own, setOf(after, "operator3").own, setOf(after, "operator3").lent], [own, others, []]);
  await desk.shows("[data-testid=patrol]");
});

scene("who goes is dark within a second, and what was theirs is shared at once", async () => {
  const { set } = await third.get("/api/v1/duty/watch/own");
  const camera = set.stops[0].cameras[0].id;
  const ticket = async () => {
    const answer = await third.api("POST", "/api/v1/tickets", { grant: set.grant, camera, kind: "live" });
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  };
  const used = await ticket();
  const player = await Player.open(used.rtsp, { ticket: used.ticket });
  await until("pictures", () => player.pictures > 5, { within: 15_000 });
  const kept = await ticket();
  const at = Date.now();
  assert.equal((await third.api("DELETE", "/api/v1/duty/seat")).status, 200);
  const left = Date.now();
  const now = await shared("one goes → shared anew", at, (now) => setOf(now, "operator3") === undefined && setOf(now, "operator1").own.length === kMost);
  assert.equal(now.unwatched.count, kCameras - kMost);
  await until("the view ends", () => player.closedAt > 0, { within: 5000 });
  await until("a second has passed", () => Date.now() > left + kDarkMs);
  measured["one goes → the last byte of their view"] = player.lastAt - left;
  assert.ok(player.lastAt - left < kDarkMs, `the last byte came ${player.lastAt - left} ms after they went`);
  for (const each of [used, kept]) assert.equal(await knock(each), 401);
  assert.ok((await third.api("POST", "/api/v1/tickets", { grant: set.grant, camera, kind: "live" })).status >= 400);
});

scene("the hours are on record: who was planned, came, was late, ill, called in, rested and went, to the microsecond of its entry", async () => {
  const { id, day } = await shiftNow();
  const entries = (await City.journal(supervisor)).filter(({ kind }) => kind.startsWith("duty."));
  const of = (kind, user) => entries.filter((entry) => entry.kind === kind && entry.payload.user === ids[user]);
  for (const { payload } of entries.filter(({ kind }) => kind === "duty.set_assigned")) assert.ok(payload.own.length + payload.lent.length <= kMost, "no set was ever larger");
  const shift = await supervisor.get(`/api/v1/duty/shifts/${id}`);
  const stayOf = (user) => shift.attendance.filter((stay) => stay.user === ids[user]);
  assert.equal(stayOf("operator1").length, 1);
  assert.equal(stayOf("operator1")[0].since, of("duty.clocked_in", "operator1")[0].time);
  assert.equal(stayOf("operator1")[0].until, null);
  const { since, until: gone, left } = stayOf("operator3")[0];
  assert.deepEqual([since, gone, left], [of("duty.clocked_in", "operator3")[0].time, of("duty.clocked_out", "operator3")[0].time, "left early"]);
  assert.deepEqual([of("duty.break_began", "operator1").length, of("duty.break_ended", "operator1").length], [1, 1]);
  assert.deepEqual(shift.planned.filter(({ absent }) => absent).map(({ user, absent }) => [user, absent]), [[ids.operator2, "sick"]]);
  assert.deepEqual(shift.planned.filter(({ calledIn }) => calledIn).map(({ user }) => user), [ids.operator3]);
  assert.deepEqual(stayOf("operator2").concat(stayOf("operator4")), []);

  const { shifts, persons } = await official.get(`/api/v1/duty/results?from=${day}`);
  const result = shifts.find((each) => each.id === id);
  assert.deepEqual([result.crew, result.planned, result.came, result.late, result.absent, result.calledIn], ["C", 5, 4, 1, 1, 1], JSON.stringify(result));
  assert.deepEqual(persons.filter(({ late }) => late > 0).map(({ user }) => user), [ids.operator3]);
  assert.ok(!persons.some(({ user }) => user === ids.operator2), "who was ill worked nothing");
  assert.equal((await supervisor.get(`/api/v1/duty/results?from=${day}`)).persons, null, "persons are for an official alone");
  const log = await supervisor.get(`/api/v1/duty/shifts/${id}/log`);
  const kinds = log.lines.filter(({ user }) => user === ids.operator3).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["came", "left"]);
  assert.ok(log.lines.some(({ kind, user }) => kind === "break" && user === ids.operator1));
  assert.deepEqual(desk.errors, []);
  await checkWhole(city);
});
