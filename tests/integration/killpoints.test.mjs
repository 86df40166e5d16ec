// kill -9 at chosen points: before, in the middle of and after a write to the record, a sync, a rename, a send. The
// disk under it keeps what was synced and nothing else (killer.cpp), so each death costs what a power cut costs.
// The same run with a build that skips its syncs has to lose something, or the run proves nothing.
// BONGSU_SEED=n repeats a run's moments.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { City, camerasLive, hongdae, seoulForest, until } from './city.mjs';
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
    this.env = { LD_PRELOAD: process.env.BONGSU_KILLER, BONGSU_KILLER_PLAN: this.path };
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

const viewOf = (ticket) => JSON.parse(Buffer.from(ticket.split('.')[1], 'base64url')).view;

let city, killer;
after(async () => {
  await city?.stop();
  killer?.clean();
});

test('a death at any write, sync, rename or send loses nothing that was acknowledged or seen', { timeout: 280000 }, async () => {
  killer = new Killer();
  city = await City.start({ env: killer.env });
  const [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  const traffic = new Traffic(await Partner.open(city), random);
  const watchers = new Watchers(city, await Partner.open(city), await city.login('operator2'));
  const done = [];
  const strikes = [
    ['control 11000', 'write', 'before'], ['control 11000', 'write', 'middle'], ['control 11000', 'write', 'after'],
    ['control 11000', 'sync', 'before'], ['control 11000', 'sync', 'after'],
    ['control 11000', 'send', 'before'], ['control 11000', 'send', 'after'],
    ['control 11440', 'write', 'middle'], ['control 11440', 'sync', 'before'], ['control 11440', 'sync', 'after'], ['control 11440', 'send', 'before'],
    ['media 11000', 'write', 'before'], ['media 11000', 'write', 'middle'], ['media 11000', 'sync', 'before'], ['media 11000', 'sync', 'after'],
    ['media 11000', 'rename', 'before'], ['media 11000', 'rename', 'after'], ['media 11000', 'send', 'after'],
  ];
  try {
    for (const [name, point, moment] of strikes) {
      await city.ready();
      await camerasLive(operator, seoulForest);
      await camerasLive(operator, hongdae);
      const pid = await until(`${name} runs`, () => city.pid(name));
      const count = 1 + Math.floor(random() * (name.startsWith('control 11000') ? 25 : 6));
      assert.ok(await killer.strike(pid, point, moment, count, 15000), `${name} never came to its ${point} number ${count}`);
      done.push(`${name} ${moment} ${point} ${count}`);
    }
    await city.ready();
  } finally {
    await Promise.all([traffic.stop(), watchers.stop()]);
  }
  console.log(`# seed ${seed}: ${traffic.acknowledged.length} acknowledged, ${watchers.seen.length} views seen, ${done.length} deaths`);
  assert.equal(done.length, strikes.length);
  assert.ok(traffic.acknowledged.length > 100);
  assert.ok(watchers.seen.length > 3);
  await assertNothingLost(supervisor, traffic.acknowledged);

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

test('a build that skips its syncs is found out by the same deaths', { timeout: 120000 }, async () => {
  city = await City.start({ binary: process.env.BONGSU_SKIP_SYNC, env: killer.env });
  const traffic = new Traffic(await Partner.open(city), random);
  let acknowledged;
  try {
    await until('messages are acknowledged', () => traffic.acknowledged.length >= 30, { within: 20000 });
    assert.ok(await killer.strike(city.pid('control 11000'), 'send', 'after', 5, 15000));
    acknowledged = [...traffic.acknowledged];
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
