// kill -9 at chosen points: before, in the middle of and after a write to a file of the city, a sync, a rename, a send.
// The disk under it keeps what was synced and nothing else (killer.cpp), so each death costs what a power cut costs:
// of the journals and spools, and of the files that are written whole and renamed into their place.
// The same run with a build that skips its syncs has to lose something of each, or the run proves nothing.
// BONGSU_SEED=n repeats a run's moments.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { Player } from './rtsp.mjs';
import { Traffic, assertNothingLost, lostAndDoubled, seeded } from './traffic.mjs';

const seed = Number(process.env.BONGSU_SEED ?? 2019);
const random = seeded(seed);
const points = { write: 1, sync: 2, rename: 3, send: 4 };
const moments = { before: 0, middle: 1, after: 2 };

/** The plan that every process of the city reads at each of its calls. */
class Killer {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-killer-'));
    this.path = path.join(this.folder, 'plan');
    this.file = fs.openSync(this.path, 'w+');
    this.put([0, 0, 0, 0, 0]);
    this.env = (city) => ({ LD_PRELOAD: process.env.BONGSU_KILLER, BONGSU_KILLER_PLAN: this.path, BONGSU_KILLER_DATA: city.data });
  }

  put(numbers) {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, i) => bytes.writeInt32LE(number, 4 * i));
    fs.writeSync(this.file, bytes, 0, bytes.length, 0);
  }

  get hits() {
    const bytes = Buffer.alloc(4);
    fs.readSync(this.file, bytes, 0, 4, 16);
    return bytes.readInt32LE(0);
  }

  /** From now on whichever process comes to its `count`-th call of the point first ends there. */
  arm(point, moment, count) {
    this.put([0, points[point], moments[moment], count]);
    this.put([-1]);
  }

  disarm() { this.put([0]); }

  /** Ends `pid` at its `count`-th call of the point from now on; true when it came to that within the time. */
  async strike(pid, point, moment, count, within) {
    const hits = this.hits;
    this.put([0, points[point], moments[moment], count]);
    this.put([pid]);  // Last, so that no half of a plan is followed.
    const hit = await until('the point is reached', () => this.hits > hits, { within, every: 2 }).catch(() => false);
    this.put([0]);
    return hit;
  }

  clean() {
    fs.closeSync(this.file);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Opens incidents, looks until a picture comes, ends them: what media writes down is about these views. */
class Watchers {
  constructor(city, room, operator) {
    Object.assign(this, { city, room, operator });
    this.seen = [];  // Grants of which a picture reached a person.
    this.running = true;
    this.done = Promise.all([this.loop(seoulForest), this.loop(hongdae)]);
  }

  async loop(place) {
    while (this.running) {
      await this.look(place).catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
    }
  }

  async look(place) {
    const { room, operator } = this;
    const number = newNumber();
    await room.tell({ number, position: place.position });
    const { items } = await operator.get('/api/v1/incidents?limit=1');
    const { items: grants } = await operator.get(`/api/v1/grants?incident=${items[0].id}`);
    const grant = grants.find((each) => each.holder.agency === 'B1100000000');
    const ticket = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera: grant.cameras[0], kind: 'live' });
    const player = await Player.open(ticket.json.rtsp, { ticket: ticket.json.ticket });
    const came = await until('a picture', () => player.pictures > 0, { within: 1500 }).catch(() => false);
    player.close();
    if (came) this.seen.push(ticket.json.ticket);
    await operator.api('POST', `/api/v1/incidents/${items[0].id}/acts`, { act: 'close', outcome: 'true' });
  }

  async stop() {
    this.running = false;
    await this.done;
    return this.seen;
  }
}

/** Imports lists of cameras, each under a name of its own, one after another. */
class Importer {
  constructor(official) {
    Object.assign(this, { official, taken: [], running: true });
    this.done = this.loop();
  }

  async loop() {
    for (let n = 0; this.running; ++n) {
      const rows = [0, 1].map((i) => `K${n}x${i},서울특별시 중구 세종대로 ${i},생활방범,1,37.56${n % 10}${i},126.97${n % 10}${i}`);
      const body = Buffer.from(`관리번호,소재지도로명주소,설치목적구분,카메라대수,위도,경도\n${rows.join('\n')}\n`);
      const answer = await request(this.official.port, 'POST', `/api/v1/cameras/imports?list=k${n}`, {
        headers: { Authorization: `Bearer ${this.official.token}`, 'Content-Type': 'text/csv' }, body, timeout: 20000,
      }).catch(() => ({ status: 0 }));
      if (answer.status === 201) this.taken.push(`11000-K${n}x1`);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    this.running = false;
    await this.done;
  }
}

const viewOf = (ticket) => JSON.parse(Buffer.from(ticket.split('.')[1], 'base64url')).view;

const killer = new Killer();
let city;
after(async () => {
  await city?.stop();
  killer.clean();
});

test('a death at any write, sync, rename or send loses nothing that was acknowledged or seen', { timeout: 280000 }, async () => {
  city = await City.start({ env: killer.env });
  const [operator, supervisor, official] = await Promise.all(['operator1', 'supervisor1', 'official1'].map((user) => city.login(user)));
  await city.ready();
  const traffic = new Traffic(await Partner.open(city), random);
  const watchers = new Watchers(city, await Partner.open(city), await city.login('operator2'));
  const importer = new Importer(official);
  const done = [];
  const strikes = [
    ['control 11000', 'write', 'before'], ['control 11000', 'write', 'middle'], ['control 11000', 'write', 'after'],
    ['control 11000', 'sync', 'before'], ['control 11000', 'sync', 'after'],
    ['control 11000', 'rename', 'before'], ['control 11000', 'rename', 'after'],
    ['control 11000', 'send', 'before'], ['control 11000', 'send', 'after'],
    ['control 11440', 'write', 'middle'], ['control 11440', 'sync', 'before'], ['control 11440', 'sync', 'after'], ['control 11440', 'send', 'before'],
    ['media 11000', 'write', 'before'], ['media 11000', 'write', 'middle'], ['media 11000', 'sync', 'before'], ['media 11000', 'sync', 'after'],
    ['media 11000', 'rename', 'before'], ['media 11000', 'rename', 'after'], ['media 11000', 'send', 'after'],
    ['media 11440', 'sync', 'before'], ['media 11440', 'sync', 'after'], ['media 11440', 'rename', 'after'],
  ];
  try {
    for (const [name, point, moment] of strikes) {
      await city.ready();
      await camerasLive(operator, seoulForest);
      await camerasLive(operator, hongdae);
      const pid = await until(`${name} runs`, () => city.pid(name));
      // Media writes a file whole when it hears a full state, and that is when control comes back.
      const whole = name.startsWith('media') && point === 'rename';
      const count = whole ? 1 : 1 + Math.floor(random() * (name.startsWith('control 11000') ? 25 : 6));
      const hit = killer.strike(pid, point, moment, count, 15000);
      if (whole) process.kill(city.pid(name.replace('media', 'control')), 'SIGKILL');
      assert.ok(await hit, `${name} never came to its ${point} number ${count}`);
      done.push(`${name} ${moment} ${point} ${count}`);
    }
    await city.ready();
  } finally {
    await Promise.all([traffic.stop(), watchers.stop(), importer.stop()]);
  }
  console.log(`# seed ${seed}: ${traffic.acknowledged.length} acknowledged, ${watchers.seen.length} views seen, ${importer.taken.length} lists imported, ${done.length} deaths`);
  assert.equal(done.length, strikes.length);
  assert.ok(traffic.acknowledged.length > 100);
  assert.ok(watchers.seen.length > 3);
  assert.ok(importer.taken.length > 3);
  await assertNothingLost(supervisor, traffic.acknowledged);

  const known = [];
  for (let after = ''; after !== null;) {
    const page = await operator.get(`/api/v1/cameras?limit=1000${after}`);
    known.push(...page.items.map((camera) => camera.id));
    after = page.next && `&cursor=${page.next}`;
  }
  assert.deepEqual(importer.taken.filter((camera) => !known.includes(camera)), [], 'cameras of an answered import are gone');

  // The record of views: who saw a picture is in it, each view once, and each has an end.
  const views = await until('every view has its end in the record', async () => {
    const entries = await City.journal(supervisor, ['view.opened', 'view.closed']);
    const of = (kind) => entries.filter((entry) => entry.kind === kind).map((entry) => entry.subjects.find((id) => id.startsWith('view:')));
    const [opened, closed] = [of('view.opened'), of('view.closed')];
    return opened.every((view) => closed.includes(view)) && { opened, closed };
  }, { within: 15000, every: 200 });
  for (const ticket of watchers.seen) assert.ok(views.opened.includes(`view:${viewOf(ticket)}`), `a view that was seen is not in the record: ${viewOf(ticket)}`);
  for (const kind of ['opened', 'closed']) assert.equal(new Set(views[kind]).size, views[kind].length, `a view is ${kind} once`);

  assert.deepEqual(await city.halt(), { code: 0, signal: null });
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
  await city.stop();
});

/** Starts a city that ends by a death on the way, or is stopped when it comes through. True when it died. */
async function diesAtStart(data, [point, moment, count]) {
  killer.arm(point, moment, count);
  const start = await City.start({ data, env: killer.env }).catch((error) => error);
  killer.disarm();
  if (start instanceof City) {
    await start.stop();
    return false;
  }
  assert.match(start.message, /^the city did not start: $/, `${moment} ${point} ${count}`);  // No complaint: a death.
  return true;
}

test('a first start that dies at any rename or sync is finished by the next one', { timeout: 180000 }, async () => {
  const either = (...words) => words[Math.floor(random() * words.length)];
  const some = (most) => [either('rename', 'sync'), either('before', 'after'), 1 + Math.floor(random() * most)];
  let died = 0;
  for (const deaths of [[['rename', 'before', 1], ['rename', 'after', 1], some(60)], [['sync', 'before', 1], ['sync', 'after', 2], some(40)],
    [some(20), some(20), some(40)], [some(60), some(60)]]) {
    const data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
    try {
      for (const death of deaths) died += (await diesAtStart(data, death)) ? 1 : 0;
      city = await City.start({ data });
      await city.ready();
      await camerasLive(await city.login('operator1'), seoulForest);
      const room = await Partner.open(city);
      await room.tell({ number: newNumber(), position: seoulForest.position });
      assert.deepEqual(await city.halt(), { code: 0, signal: null });
      const verified = city.verify();
      assert.equal(verified.code, 0, verified.output);
      const replayed = city.replay();
      assert.equal(replayed.code, 0, replayed.output);
    } finally {
      await city?.stop();
      fs.rmSync(data, { recursive: true, force: true });
    }
  }
  console.log(`# seed ${seed}: ${died} first starts died on the way`);
  assert.ok(died >= 6, `${died} deaths only`);
});

test('a build that skips its syncs is found out by the same deaths', { timeout: 120000 }, async () => {
  city = await City.start({ binary: process.env.BONGSU_SKIP_SYNC, env: killer.env });
  const room = await Partner.open(city);
  const traffic = new Traffic(room, random);
  let acknowledged;
  try {
    await until('messages are acknowledged', () => traffic.acknowledged.length >= 30, { within: 20000 });
    assert.ok(await killer.strike(city.pid('control 11000'), 'send', 'after', 5, 15000));
    acknowledged = [...traffic.acknowledged];
    // A file that is written whole and renamed: its name is there, its bytes are not.
    const desired = path.join(city.data, '11000/spool/desired.json');
    await until('a file was replaced', () => fs.existsSync(desired) && fs.statSync(desired).size > 0, { within: 20000 });
    assert.ok(await killer.strike(city.pid('media 11000'), 'send', 'after', 1, 15000));
    assert.equal(fs.statSync(desired).size, 0, 'a replaced file stands although it was never synced: this disk proves nothing');
    fs.rmSync(desired);  // Media does not start on it, and the clean end below needs it.
  } finally {
    traffic.running = false;
    await city.halt();  // A clean end keeps what is written from now on: what is missing went with the death.
    await traffic.done;
  }
  const { data, port } = city;
  city = await City.start({ data, port, takeOver: city });  // The program as it is reads what is there.
  const { lost } = await lostAndDoubled(await city.login('supervisor1'), acknowledged);
  console.log(`# without syncs ${lost.length} of ${acknowledged.length} acknowledged messages are lost`);
  assert.ok(lost.length > 0, 'nothing was lost although nothing was synced: this disk proves nothing');
});
