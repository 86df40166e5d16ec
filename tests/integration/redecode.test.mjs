// What waits because an agreement was wrong: looked at beside the running city, tried, released in bulk while emergencies come.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { StreamPartner, fire, ports } from './stream_partner.mjs';

const letters = 60;
const words = '홍길동 이웃집';
const bulk = '/api/v1/messages/dead/release';
let city, official, supervisor, room, file, right, tried;
const numbers = Array.from({ length: letters }, () => newNumber());

before(async () => {
  city = await City.start();
  [official, supervisor] = await Promise.all(['official1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  room = await Partner.open(city);
  file = path.join(city.data, '11000/partners.toml');
  right = fs.readFileSync(file, 'utf8');
  tried = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-tried-'));
}, { timeout: 240000 });

after(async () => {
  await city?.stop();
  if (tried) fs.rmSync(tried, { recursive: true, force: true });
});

async function agree(toml) {
  fs.writeFileSync(file, toml);
  const answer = await official.api('POST', '/api/v1/partners/reload', { reason: 'agreed by letter' });
  assert.equal(answer.status, 200, answer.text);
}

/** The lines of --json by site, and the exit code. */
function redecode(...more) {
  const done = city.run('redecode', '--data', city.data, '--json', ...more);
  const sites = Object.fromEntries(done.output.trim().split('\n').map((line) => JSON.parse(line)).map((one) => [one.site, one]));
  return { ...done, sites, centre: sites['11000'] };
}

test('a wrong agreement keeps messages out, and nothing would be read otherwise under it', async () => {
  await agree(right.replace('{ send = "119", receive = "UCP" }', '{ send = "991", receive = "UCP" }'));
  const station = await StreamPartner.connect(city.port + ports.fire);
  for (const number of numbers) {
    const answer = await station.ask(fire(number, { place: words, text: words }));
    assert.notEqual(answer.toString()[0], '0', 'it is refused');
  }
  station.close();
  await room.tell({ number: newNumber() });

  const done = redecode();
  assert.equal(done.code, 0, done.output);
  assert.equal(done.centre.raw, letters + 1);
  assert.equal(done.centre.same, letters + 1);
  assert.equal(Object.keys(done.sites).length, 4, 'of the centre and the three districts');
});

test('another agreement is tried on the past before it is in force', () => {
  fs.writeFileSync(path.join(tried, 'partners.toml'), right);
  const done = redecode('--config', tried);
  assert.equal(done.code, 1, done.output);
  assert.equal(done.centre.now_readable, letters);
  assert.deepEqual(done.centre.differing.map((one) => one.number), numbers, 'in the order in which they came');
  assert.ok(done.centre.differing.every((one) => one.partner === 'fire-dispatch' && one.what === 'now_readable'));
  const shown = city.run('redecode', '--data', city.data, '--config', tried, '--partner', 'fire-dispatch');
  assert.match(shown.output, new RegExp(`${letters} DIFFER`));
  for (const output of [done.output, shown.output]) assert.ok(!output.includes('홍길동'), 'nothing of what was sent');
  assert.equal(redecode('--config', tried, '--partner', 'bells').code, 0);
  assert.equal(redecode('--config', tried, '--to', '2020-01-01T00:00:00Z').centre.raw, 0);
});

test('what it is asked wrongly is refused by name', () => {
  for (const [args, name] of [[['--from', 'yesterday'], '--from'], [['--site', '99999'], '--site'], [['--config', '/nowhere'], '--config']]) {
    const done = city.run('redecode', '--data', city.data, ...args);
    assert.equal(done.code, 2, done.output);
    assert.ok(done.output.includes(name), done.output);
  }
});

test('released in bulk while emergencies come: these wait for nothing, those keep their order', async () => {
  await agree(right);
  const dry = await supervisor.api('POST', bulk, { dryRun: true });
  assert.equal(dry.status, 200, dry.text);
  assert.deepEqual([dry.json.looked, dry.json.readable, dry.json.released, dry.json.left], [letters, letters, 0, 0]);

  let going = true;
  const waits = [];
  const calls = (async () => {
    while (going) {
      const begin = Date.now();
      await room.tell({ number: newNumber() });
      waits.push(Date.now() - begin);
    }
  })();
  const key = { 'Idempotency-Key': 'release-once' };
  const done = await supervisor.api('POST', bulk, { reason: '협약의 송신 코드를 고침' }, key);
  going = false;
  await calls;
  assert.equal(done.status, 200, done.text);
  assert.equal(done.json.released, letters);
  assert.ok(Math.max(...waits) < 2000, `an emergency waited ${Math.max(...waits)} ms`);

  const entries = await City.journal(supervisor, ['message.released', 'event.received']);
  const released = entries.filter((entry) => entry.kind === 'message.released');
  assert.equal(released.length, letters);
  assert.ok(released.every((entry) => entry.payload.why === '협약의 송신 코드를 고침' && entry.actor === released[0].actor));
  const taken = entries.filter((entry) => entry.kind === 'event.received' && numbers.includes(entry.payload.number));
  assert.deepEqual(taken.map((entry) => entry.payload.number), numbers);

  const again = await supervisor.api('POST', bulk, { reason: '협약의 송신 코드를 고침' }, key);
  assert.deepEqual(again.json, done.json, 'the same answer, and nothing done again');
  assert.equal((await supervisor.api('POST', bulk, { reason: 'x' })).json.looked, 0);
  assert.equal((await official.api('POST', bulk, { reason: 'x' })).status, 403);
});

test('afterwards the past reads as it stands, and all of it verifies and replays', async () => {
  const done = redecode();
  assert.equal(done.code, 0, done.output);
  assert.equal(done.centre.same, done.centre.raw);
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  await city.halt();
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
});
