// What the acceptance scenarios have in common: scenes that follow one another, partners' rooms, boards of pictures, the record of one case.
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { City, request, seoulForest, until } from "../integration/city.mjs";
import { kst } from "../integration/partner.mjs";
import { StreamPartner, accepted, ports, telegram } from "../integration/stream_partner.mjs";
import { checkMoving, checkPictures } from "../e2e/tiles.mjs";

export const kTiles = 6;
/** The safety promise: nothing is seen a second after what permitted it has ended. */
export const kDarkMs = 1000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A scene goes on from those before: without them it means nothing. */
export function scenes() {
  let broken = null;
  return (name, play) =>
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

// --- the centre's own rules ---

const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The centre's duty.toml: the default one with other limits, its parts before the first seat in the place of the default's where they are given. */
export function dutyRules({ receiveUrgent, late, head } = {}) {
  let text = fs.readFileSync(path.join(kRoot, "src/duty/duty.toml"), "utf8");
  if (head !== undefined) text = head + text.slice(text.indexOf("[[seat]]"));
  if (receiveUrgent !== undefined) text = text.replace(/^receive_urgent_s = .*$/m, `receive_urgent_s = ${receiveUrgent}`);
  if (late !== undefined) text = text.replace(/^late_minutes = .*$/m, `late_minutes = ${late}`);
  return text;
}

/** A DATA in which nothing stands but the centre's duty.toml; whoever starts a city on it owns it. */
export function dataWith(duty) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "bongsu-"));
  fs.writeFileSync(path.join(data, "FORMAT"), "1\n");
  fs.mkdirSync(path.join(data, "11000"));
  fs.writeFileSync(path.join(data, "11000/duty.toml"), duty);
  return data;
}

// --- partners ---

/** 119's form as it is agreed with a tenth field, the words in which a fire's states come: 현장도착, 초진, 완진. */
export const kFireFields = ["reportId", "class", "subClass", "lon", "lat", "address", "bjd", "occurred", "user", "text"];

export const fireCall = (number, { status = "10", position = seoulForest.position, place = "성수동1가 서울숲", text = "", at = new Date(), send = "119" } = {}) =>
  telegram({ status, at, send, fields: [number, "화재", "공원", String(position[0]), String(position[1]), place, "1120011400", kst(at), "u119", text] });

/** A room's own program: one connection, which it opens again when it is gone, and what is not answered is sent again, as rooms do. */
export class Room {
  constructor(city, name) {
    this.port = city.port + ports[name];
    this.repeated = 0;
  }

  /** The answer's text; throws nothing but what is no answer at all within `within` ms. */
  async send(bytes, { within = 20_000 } = {}) {
    const end = Date.now() + within;
    for (;;) {
      try {
        if (!this.partner || this.partner.socket.destroyed) this.partner = await StreamPartner.connect(this.port);
        const answer = await Promise.race([this.partner.ask(bytes), sleep(5000).then(() => Promise.reject(new Error("no answer within 5 s")))]);
        return { ok: accepted(answer), size: answer.length, text: answer.toString("utf8", 1, answer.length - 1).trimEnd() };
      } catch (error) {
        this.partner?.close();
        if (Date.now() > end) throw error;
        ++this.repeated;
        await sleep(20);
      }
    }
  }

  /** As send(), and an error unless it was taken. */
  async tell(bytes, options) {
    const answer = await this.send(bytes, options);
    assert.ok(answer.ok, answer.text);
    return answer;
  }

  close() { this.partner?.close(); }
}

/** A partner's room as it is told of its cases: takes telegrams, answers each, keeps what came. */
export class Told {
  heard = [];

  static async open() {
    const told = new Told();
    told.server = net.createServer((socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("data", (piece) => {
        bytes = Buffer.concat([bytes, piece]);
        while (bytes.length >= 48) {
          const size = 48 + Number(bytes.toString("latin1", 38, 48));
          if (bytes.length < size) return;
          const fields = bytes.toString("utf8", 48, size - 1).split("\x1e");
          told.heard.push({ status: bytes.toString("latin1", 2, 4), stateTime: bytes.toString("latin1", 4, 18), number: fields[0], fields, at: Date.now() });
          bytes = bytes.subarray(size);
          socket.write(`0${" ".repeat(100)};`);
        }
      });
      socket.on("error", () => {});
    });
    await new Promise((resolve) => told.server.listen(0, "127.0.0.1", resolve));
    return told;
  }

  get port() { return this.server.address().port; }
  of = (number) => this.heard.filter((each) => each.number === number);
  close() { this.server.close(); }
}

/** Changes the agreements of the running centre as an official does: `change` gets the text of partners.toml and answers the new one. */
export async function agree(city, change) {
  const file = path.join(city.data, "11000/partners.toml");
  const before = fs.readFileSync(file, "utf8");
  const next = change(before);
  assert.notEqual(next, before, "the agreement is another one");
  fs.writeFileSync(file, next);
  const official = await city.login("official1");
  const answer = await official.api("POST", "/api/v1/partners/reload", { reason: "agreed by letter" });
  assert.equal(answer.status, 200, answer.text);
}

/** 119 speaks ten fields and is told of its cases at `told`. */
export const agreeWithFire = (city, told) =>
  agree(city, (text) => text.replace('key = "fire-dispatch"', `key = "fire-dispatch"
fields = { 10 = ${JSON.stringify(kFireFields)} }
send = { to = "tcp://127.0.0.1:${told.port}", networks = ["127.0.0.0/8"], answer_ms = 2000 }
retry = { first_ms = 200, cap_ms = 1000, attempts = 50 }`));

// --- the case and its record ---

export const incidentOf = (reader, number, within) =>
  until(`an incident of ${number}`, async () => (await reader.get("/api/v1/incidents?limit=50")).items.find((each) => each.number === number), { within });

/** The incident of a number, however many came behind it. */
export async function findIncident(reader, number) {
  for (let target = "/api/v1/incidents?limit=1000"; ;) {
    const page = await reader.get(target);
    const found = page.items.find((each) => each.number === number);
    if (found) return found;
    assert.ok(page.next, `${number} is an incident`);
    target = `/api/v1/incidents?limit=1000&cursor=${page.next}`;
  }
}

export const grantsOf = async (reader, incident) => (await reader.get(`/api/v1/grants?incident=${incident}`)).items;

/** Of the centre's journal what names the case: its events, their raw messages, grants, views, acts, in order. */
export async function recordOf(reader, incident) {
  const all = await City.journal(reader);
  const known = new Set([`incident:${incident}`]);
  const raws = new Set();
  for (const { kind, subjects, payload } of all) {
    if (!subjects.includes(`incident:${incident}`)) continue;
    for (const subject of subjects) if (/^(event|grant|view):/.test(subject)) known.add(subject);
    if (kind === "grant.issued") known.add(`grant:${payload.grant}`);
  }
  for (const { kind, subjects, payload } of all) if (kind === "event.received" && subjects.some((each) => known.has(each))) raws.add(payload.raw);
  return all.filter(({ seq, subjects }) => raws.has(seq) || subjects.some((each) => known.has(each)));
}

export const kindsOf = (entries) => entries.map(({ kind }) => kind);
export const countOf = (entries) => entries.reduce((counts, { kind }) => ({ ...counts, [kind]: (counts[kind] ?? 0) + 1 }), {});

/** Opens nothing: the status that a session under the ticket is answered with. */
export async function knock({ whep, ticket }) {
  const { port, pathname } = new URL(whep);
  return (await request(Number(port), "POST", pathname, { headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${ticket}` }, body: "v=0\r\n" })).status;
}

export async function ticketOf(reader, grant, camera = grant.cameras[0]) {
  const answer = await reader.api("POST", "/api/v1/tickets", { grant: grant.id, camera, kind: "live" });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

/** The record has every view of the case closed, each with holder, purpose, basis and frames that were seen; answers them. */
export function closedViews(official, incident, atLeast) {
  return until("every view of the case has its end on record", async () => {
    const found = (await official.get(`/api/v1/views?incident=${incident}&limit=200`)).items;
    const opened = found.filter((view) => view.from);
    return opened.length >= atLeast && opened.every((view) => view.to) && opened;
  });
}

/** What the running shift has done so far: its day is the one on which it began. */
export async function resultOfShift(official) {
  const { shift } = await official.get("/api/v1/duty");
  const { shifts, persons } = await official.get(`/api/v1/duty/results?from=${shift.day}`);
  return { ...shifts.find(({ id }) => id === shift.id), persons };
}

/** What a site's entries alone add up to, by the program that reads them from the disk. */
export function statisticsOf(city, site = "11000") {
  const { output } = city.run("verify", city.data, "--statistics");
  const lines = output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return lines.find((line) => line.site === site).statistics;
}

/** A site's segments as they lie on the disk: [name, bytes], in order. */
export function journalBytes(city, site = "11000") {
  const folder = path.join(city.data, site, "journal");
  return fs.readdirSync(folder).filter((name) => name.endsWith(".bj")).sort().map((name) => [name, new Uint8Array(fs.readFileSync(path.join(folder, name)))]);
}

// --- what is seen ---

export const row = (incident) => `li[data-incident="${incident}"]`;
export const card = (state) => `[data-testid=incident-card][data-state=${state}]`;
export const markOf = (seat, name) => seat.page.evaluate((key) => window.marksOfTest[key] ?? null, name);

/** Waits for six live pictures of the very cameras that are granted, each of which moves; answers the tiles. */
export async function checkBoard(seat, cameras) {
  const names = [...cameras].sort().join();
  const tiles = await until("the board shows what is granted", async () => {
    const now = await seat.liveTiles(kTiles);
    return now.map((tile) => tile.camera).sort().join() === names && now;
  }, { within: 45_000 });
  checkPictures(tiles, cameras);
  const later = await until("each picture moved on", async () => {
    const now = await seat.tiles();
    const moved = (tile, was) => was !== undefined && tile.decoded > was.decoded && tile.frame !== was.frame;
    return now.length === kTiles && now.every((tile) => moved(tile, tiles.find((each) => each.camera === tile.camera))) && now;
  });
  checkPictures(later, cameras);
  checkMoving(tiles, later);
  return later;
}

/** Dark at once; why stands there as soon as the page has heard of the case as well as of its own view. */
export async function checkDark(seat, words) {
  const tiles = await seat.darkTiles();
  assert.ok(tiles.length >= kTiles);
  await until(`every tile says ${words}`, async () => (await seat.tiles()).every((tile) => words.test(tile.words)), { within: 3000 });
  assert.equal(await seat.page.locator("section.video:not(.patrol) video").count(), 0, "no picture is left on the page");
}

/** Moves the queue's mark to a row by keys, and opens it: the list draws what is near the mark alone. */
export async function openRow(seat, incident) {
  const isMarked = async () => (await seat.count(`${row(incident)}.marked`)) > 0;
  await seat.press("Home");
  await until("the mark reaches the row", async () => {
    if (await isMarked()) return true;
    await seat.press("j");
    return isMarked();
  });
  await seat.press("Enter");
}

/** A folder for pictures of the desk; none where it is not set. */
const kShots = process.env.BONGSU_SCREENSHOTS;
export async function shoot(seat, name) {
  if (!kShots) return;
  fs.mkdirSync(kShots, { recursive: true });
  await seat.page.screenshot({ path: `${kShots}/${name}.png` });
}

/** Both journals and folds stand up to the verifiers once the city has ended. */
export async function checkWhole(city) {
  await city.halt();
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
}
