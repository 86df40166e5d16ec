// The disk runs full while messages come in: what is not stored is not acknowledged, and all goes on when there is space.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, request, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';

let folder, city, room;
let skip = false;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'bongsu-test', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    skip = `a small disk needs root: ${mounted.stderr?.trim() || mounted.error?.message}`;
    return;
  }
  city = await City.start({ data: path.join(folder, 'data') });
  room = await Partner.open(city);
  await city.ready();
}, { timeout: 240000 });

after(async () => {
  await city?.stop();
  if (!skip) spawnSync('umount', ['-l', folder]);
  fs.rmSync(folder, { recursive: true, force: true });
});

const ballast = () => path.join(folder, 'ballast');

/** Takes all the space there is, to the last byte. */
function fill() {
  const file = fs.openSync(ballast(), 'a');
  for (let size = 1 << 20; size >= 1;) {
    try {
      fs.writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      size = Math.floor(size / 2);
    }
  }
  fs.closeSync(file);
}

test('a message on a full disk is answered "not stored", nothing acknowledged is lost, and it works again with space', async (t) => {
  if (skip) return t.skip(skip);
  const acknowledged = [];
  const refusals = [];
  const send = async () => {
    const event = { number: newNumber(), position: seoulForest.position, text: '가'.repeat(500) };
    const answer = await room.send(event);
    if (answer.status === 200 && answer.json?.result === '0') acknowledged.push(event.number);
    else refusals.push(answer);
    return answer;
  };
  for (let i = 0; i < 20; ++i) await send();
  assert.equal(acknowledged.length, 20);
  const supervisor = await city.login('supervisor1');
  const [living] = (await supervisor.get('/api/v1/incidents?state=new&limit=1')).items.map((incident) => incident.id);
  const ask = (path) => request(room.port, 'GET', path, { headers: { Authorization: `Bearer ${supervisor.token}` } });

  fill();
  // What the files had reserved may still take a few; then every message is refused.
  await until('a message is refused', async () => {
    await send().catch(() => undefined);  // The process may end on it and come again: then there is no answer.
    return refusals.length >= 3;
  }, { within: 30000 });
  for (const answer of refusals) {
    assert.equal(answer.status, 507, answer.text);
    assert.equal(answer.json.result, '1');
    assert.equal(answer.json.type, '5003', answer.text);
  }
  console.log(`# full: ${acknowledged.length - 20} messages still found room, then ${refusals[0].status} ${refusals[0].text}`);
  const desk = await request(room.port, 'GET', '/health');
  assert.equal(desk.status, 200, 'it lives');
  // Who responds still sees the emergency; what is no emergency is not shown while nobody can write down who looked.
  const shown = await until('an open incident is shown', async () => {
    const answer = await ask(`/api/v1/incidents/${living}`);
    return answer.status === 200 && answer;
  }, { within: 10000 });
  assert.equal(shown.json.id, living);
  assert.equal((await ask('/api/v1/incidents?state=new,received,acting&limit=5')).status, 200);
  const withheld = await ask('/api/v1/journal/access');
  assert.equal(withheld.status, 507, withheld.text);
  assert.ok((await request(room.port, 'GET', '/ready')).json.journal.looksOwed >= 2);

  fs.rmSync(ballast());
  const at = Date.now();
  const before = acknowledged.length;
  await until('messages are taken again', async () => {
    await send().catch(() => undefined);
    return acknowledged.length > before;
  }, { within: 15000 });
  console.log(`# taken again ${Date.now() - at} ms after there was space`);
  for (let i = 0; i < 10; ++i) await send();
  await city.ready();

  await until('the looks are on record', async () => (await request(room.port, 'GET', '/ready')).json?.journal.looksOwed === 0);
  const late = (await City.journal(supervisor, ['record.read', 'record.back'])).filter((entry) => entry.kind === 'record.back' || entry.payload.at);
  assert.ok(late.some((entry) => entry.subjects.includes(`incident:${living}`)), 'the look at the card');
  assert.ok(late.some((entry) => entry.kind === 'record.back' && entry.payload.late >= 2));
  const kept = new Set((await City.journal(supervisor, ['event.received'])).map((entry) => entry.payload.number));
  const lost = acknowledged.filter((number) => !kept.has(number));
  assert.deepEqual(lost, [], 'acknowledged and lost');
  assert.deepEqual(await city.halt(), { code: 0, signal: null });
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
});
