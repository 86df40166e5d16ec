// The copy's database dies, hangs, runs full and is away while messages come in: every message is taken all the while,
// nothing acknowledged is lost, and the copy is whole again by itself.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, request, until } from './city.mjs';
import { Partner } from './partner.mjs';
import { Postgres, missing } from './postgres.mjs';
import { Traffic, assertNothingLost, seeded } from './traffic.mjs';

const secret = 'Ein-geheimes-Wort-4711';
const skip = missing();
let database, data, city, supervisor, traffic;

before(async () => {
  if (skip) return;
  database = new Postgres({ disk: 800 });  // In memory; the fastest machine's load of these minutes fits several times.
  await database.start();
  data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
  fs.writeFileSync(path.join(data, 'FORMAT'), '1\n');
  fs.mkdirSync(path.join(data, '11000'));
  fs.writeFileSync(path.join(data, '11000/database.password'), `${secret}\n`, { mode: 0o600 });
  fs.writeFileSync(path.join(data, '11000/site.toml'), `[store]
kind = "postgres"
host = "${database.folder}"
database = "postgres"
user = "bongsu"
password_file = "database.password"
connect_timeout_ms = 1000
statement_timeout_ms = 1000
`);
  city = await City.start({ data });
  supervisor = await city.login('supervisor1');
  await city.ready();
  traffic = new Traffic(await Partner.open(city), seeded(8), 1);
}, { timeout: 240000 });

after(async () => {
  traffic && (traffic.running = false);
  await city?.stop();
  database?.cleanNow();
  if (data) fs.rmSync(data, { recursive: true, force: true });
});

/** The copy's figures of the centre's /metrics. */
async function figures() {
  const { text } = await request(city.site('11000').http, 'GET', '/metrics');
  const figure = (name) => Number(new RegExp(`^bongsu_copy_${name} (\\d+)`, 'm').exec(text)?.[1]);
  return { connected: figure('connected'), behind: figure('behind_entries'), failures: figure('failures_total'), rests: figure('rests_total') };
}

/** Some more messages are acknowledged, whatever the database does; answers the longest that one waited. */
async function takes(count) {
  const from = traffic.acknowledged.length;
  traffic.slowest = 0;
  await until(`${count} more messages are taken`, () => traffic.acknowledged.length >= from + count, { within: 30000 });
  assert.equal(traffic.unexpected, undefined, 'no message is refused');
  return traffic.slowest;
}

const isLost = () => until('the copy is seen to be lost', async () => {
  const { connected, failures } = await figures();
  return connected === 0 && failures > 0;
}, { within: 20000 });

/** Messages go on meanwhile, so the copy is level when it is within a batch of them. */
async function isBack() {
  const at = Date.now();
  await until('the copy is there again', async () => {
    const { connected, behind } = await figures();
    return connected === 1 && behind < 50;
  }, { within: 60000, every: 100 });
  return Date.now() - at;
}

const journalKinds = async (kind) => (await City.journal(supervisor, [kind])).length;

test('the copy follows while messages come in', async (t) => {
  if (skip) return t.skip(skip);
  await takes(50);
  await isBack();
  assert.ok(Number(database.ask("select count(*) from site_11000.journal_entry where kind = 'event.received'")) > 0);
  assert.ok(Number(database.ask('select count(*) from site_11000.incident')) > 0, 'and its folds');
});

test('under a load the copy gives way, and is level again after it', async (t) => {
  if (skip) return t.skip(skip);
  const before = await figures();
  const room = traffic.room;
  // So many at once that batches are full and messages wait.
  const many = new Traffic(room, seeded(9), 200);
  try {
    await until('the copy has given way', async () => (await figures()).rests > before.rests, { within: 60000, every: 100 });
  } finally {
    await many.stop();
  }
  const { acknowledged } = many;
  assert.equal(many.unexpected, undefined, 'no message is refused for it');
  const level = await isBack();
  console.log(`# a load: ${acknowledged.length} messages, the copy gave way ${(await figures()).rests - before.rests} times; level again after ${level} ms`);
  await assertNothingLost(supervisor, acknowledged);
});

test('the database is killed -9 and comes back', async (t) => {
  if (skip) return t.skip(skip);
  await database.kill();
  await isLost();
  const slowest = await takes(100);
  await database.start();
  console.log(`# killed: slowest answer ${slowest} ms; copy level again after ${await isBack()} ms`);
});

test('the database hangs: nobody waits for it, and that it is lost is on record', async (t) => {
  if (skip) return t.skip(skip);
  const [lost, back] = [await journalKinds('copy.lost'), await journalKinds('copy.back')];
  database.signal('SIGSTOP');
  await isLost();
  const slowest = await takes(100);
  await until('the loss is on record', async () => (await journalKinds('copy.lost')) > lost, { within: 20000, every: 250 });
  database.signal('SIGCONT');
  console.log(`# hung: slowest answer ${slowest} ms; copy level again after ${await isBack()} ms`);
  await until('that it is back is on record', async () => (await journalKinds('copy.back')) > back, { within: 20000, every: 250 });
});

test("the database's disk runs full and has space again", async (t) => {
  if (skip) return t.skip(skip);
  if (!database.mounted) return t.skip(`a small disk needs root: ${database.why}`);
  const ballast = path.join(database.folder, 'ballast');
  const { failures } = await figures();
  const file = fs.openSync(ballast, 'a');
  const fill = () => {
    for (let size = 1 << 20; size >= 1;) {
      try {
        fs.writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
        size = Math.floor(size / 2);
      }
    }
  };
  await until('the copy fails on it', async () => {
    fill();  // Again and again: the server throws away and renames files of its own.
    return (await figures()).failures > failures;
  }, { within: 90000, every: 100 });
  const slowest = await takes(100);
  fs.closeSync(file);
  fs.rmSync(ballast);
  if (database.ended) await database.start();  // A server without space for its log may end.
  console.log(`# full: slowest answer ${slowest} ms; copy level again after ${await isBack()} ms`);
});

test('the city starts and serves without the database, which is there later', async (t) => {
  if (skip) return t.skip(skip);
  const acknowledged = await traffic.stop();
  assert.deepEqual(await city.halt(), { code: 0, signal: null });
  await database.kill();
  const log = fs.readFileSync(path.join(data, 'city/log/control-11000.log'), 'utf8') + city.errors;
  assert.ok(log.includes('copy.failed'), 'what failed is in the log');
  assert.ok(!log.includes(secret) && !city.output.includes(secret), 'the password is nowhere');
  city = await City.start({ data, takeOver: city });
  supervisor = await city.login('supervisor1');
  await city.ready();
  traffic = new Traffic(await Partner.open(city), seeded(9), 1);
  await takes(50);
  await database.start();
  console.log(`# away at the start: copy level after ${await isBack()} ms; the database's disk has ${Math.round(fs.statfsSync(database.folder).bfree * 4096 / 1e6)} MB left`);
  await assertNothingLost(supervisor, [...acknowledged, ...(await traffic.stop())]);
});

test('copy and journal are equal, a replay too, and a changed row is named', async (t) => {
  if (skip) return t.skip(skip);
  assert.deepEqual(await city.halt(), { code: 0, signal: null });
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const compared = Number(/site 11000: its copy's (\d+) entries are the journal's/.exec(verified.output)?.[1]);
  assert.equal(compared, Number(database.ask('select max(seq) from site_11000.journal_entry')), verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
  assert.match(replayed.output, /its copy stood at entry \d+ and was brought up, folds equal/);

  const changed = database.ask("select min(seq) from site_11000.journal_entry where kind = 'event.received'");
  database.ask(`update site_11000.journal_entry set actor = 'user:nobody' where seq = ${changed}`);
  const again = city.verify();
  assert.equal(again.code, 1, again.output);
  assert.match(again.output, new RegExp(`its copy DIFFERS: entry ${changed}: its actor is not the journal's`));
  database.ask('update site_11000.incident set place = place || \'!\' where seq = (select min(seq) from site_11000.incident)');
  const unequal = city.replay();
  assert.equal(unequal.code, 1, unequal.output);
  assert.match(unequal.output, /folds DIFFER/);

  await database.kill();
  const alone = city.verify();
  assert.equal(alone.code, 0, alone.output);
  assert.match(alone.output, /its copy was not compared/);
  console.log(`# ${compared} entries compared; ${traffic.acknowledged.length} messages in the last part`);
});
