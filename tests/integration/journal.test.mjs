// The record of the real city: erasure by law over the API and through deaths, and what somebody with the disk may try.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, request, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { records, rewrite } from './record.mjs';

/** The second verifier's parts that need no page. */
function verifier() {
  const require = createRequire(import.meta.url);
  for (const part of ['hash', 'journal', 'statistics']) require(`../../docs/verify/${part}.js`);
  return globalThis.BongsuVerify;
}

const words = '보호자 홍길동 010-1234-5678';
const erasures = '/api/v1/journal/erasures';
let city, operator, official, supervisor;
const folders = [];

before(async () => {
  city = await City.start();
  await know();
}, { timeout: 240000 });

after(async () => {
  await city?.stop();
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

async function know() {
  [operator, official, supervisor] = await Promise.all(['operator1', 'official1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
}

async function closedIncident() {
  const room = await Partner.open(city);
  const number = newNumber();
  await room.tell({ number, position: seoulForest.position, text: words });
  const { items } = await operator.get('/api/v1/incidents?limit=1');
  const closed = await operator.api('POST', `/api/v1/incidents/${items[0].id}/acts`, { act: 'close', outcome: 'true', text: words });
  assert.equal(closed.status, 201, closed.text);
  return items[0].id;
}

const order = (incident) => official.api('POST', erasures, { reason: 'consent_withdrawn', basis: '개인정보 보호법 제37조', incident });

/** The site's files that hold the words, in the clear or as base64. */
function holding(text, folder = path.join(city.data, '11000')) {
  const clear = Buffer.from(text);
  // Base64 of the same bytes at each of the three places that they can have in a group.
  const coded = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), clear]).toString('base64').slice(shift ? 4 : 0, -4));
  return fs.readdirSync(folder, { recursive: true }).map(String).filter((name) => {
    const file = path.join(folder, name);
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
    const bytes = fs.readFileSync(file);
    return bytes.includes(clear) || coded.some((each) => bytes.includes(each));
  });
}

function copyOfData() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-copy-'));
  folders.push(folder);
  fs.cpSync(city.data, folder, { recursive: true, filter: (name) => !name.endsWith('.sock') && !name.includes('/volumes/') });
  return folder;
}

test('withdrawn consent: the words go from the journal, the order and its end stay, and all of it verifies', async () => {
  const id = await closedIncident();
  assert.ok(holding(words).some((name) => name.endsWith('.bj')), 'the words are there before');

  const answer = await order(id);

  assert.equal(answer.status, 201, answer.text);
  // Whoever moves the folds' log just then is waited for.
  const items = await until('the order is closed', async () => {
    const page = await supervisor.get(erasures);
    return page.items[0].state === 'done' && page.items;
  }, { within: 15000 });
  assert.equal(items[0].orderedBy, `user:${(await official.get('/api/v1/me')).id}`);
  const incident = await operator.get(`/api/v1/incidents/${id}`);
  assert.equal(incident.position, null);
  assert.equal(incident.state, 'closed');
  assert.deepEqual(holding(words), [], 'nor in the folds or their log, while the site runs');
  const entries = await City.journal(supervisor);
  const erased = entries.filter((entry) => entry.erased);
  assert.ok(erased.length >= 4, 'message, event, incident and act');
  assert.ok(erased.every((entry) => entry.payload === null && entry.salt === null && entry.left));
  assert.equal(entries.filter((entry) => entry.kind === 'erasure.ordered').length, 1);
});

test('a site killed in the midst of erasures finishes them when it is back', async () => {
  const ids = [];
  for (let i = 0; i < 4; ++i) ids.push(await closedIncident());
  const asked = ids.map((id) => order(id).catch(() => null));
  await new Promise((resolve) => setImmediate(resolve));
  city.kill('control 11000');
  await Promise.all(asked);
  await until('it is back, and says meanwhile when to come again', async () => {
    const answer = await request(official.port, 'GET', '/metrics');
    if (answer.status !== 200) assert.ok(answer.status === 503 && answer.headers['retry-after'], `${answer.status} ${answer.text}`);
    return answer.status === 200;
  });
  await know();
  for (const id of ids) {
    const answer = await order(id);
    assert.ok([201, 409].includes(answer.status), `ordered now or before: ${answer.status} ${answer.text}`);
  }
  await until('all of them are closed', async () => {
    const { items } = await supervisor.get(erasures);
    return items.every((item) => item.state === 'done');
  }, { within: 15000 });
});

test('beside the running city: checkpoints and entries that somebody kept, and the same statistics as the page counts', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-kept-'));
  folders.push(folder);
  const keep = (name, value) => {
    fs.writeFileSync(path.join(folder, name), JSON.stringify(value));
    return path.join(folder, name);
  };
  const ended = await closedIncident();  // That makes a checkpoint.
  const made = await until('a checkpoint is made', async () => {
    const page = await supervisor.get('/api/v1/journal/checkpoints');
    return page.items.length > 0 && page;
  }, { within: 20000 });
  const [entry] = (await supervisor.get('/api/v1/journal?limit=1&after=3')).items;
  const args = ['--checkpoints', keep('checkpoints.json', made), '--entry', keep('entry.json', entry)];

  const beside = city.run('verify', city.data, ...args, '--statistics');

  assert.equal(beside.code, 0, beside.output);
  assert.match(beside.output, /entry.json: site 11000: entry 4 is in the journal/);
  assert.match(beside.output, /site 11000: \d+ checkpoints held elsewhere agree/);
  const forged = city.run('verify', city.data, '--entry', keep('forged.json', { ...entry, kind: 'incident.closed' }));
  assert.equal(forged.code, 1, forged.output);
  assert.match(forged.output, /FAULT .*its digest is not that of its fields/);
  const unreadable = city.run('verify', city.data, '--checkpoints', keep('five.json', { items: 5 }));
  assert.notEqual(unreadable.code, 0);
  assert.match(unreadable.output, /five.json: items is no list/);

  // Of a copy, since the city goes on.
  const data = copyOfData();
  const counted = city.run('verify', path.join(data, '11000'), '--statistics').output.split('\n').find((line) => line.startsWith('{"site"'));
  const { JournalWalk, Statistics } = verifier();
  const statistics = new Statistics(), erased = new Set();
  statistics.isErased = (seq) => erased.has(seq);
  const walk = new JournalWalk((each) => { if (each.erased) erased.add(each.seq); statistics.add(each); });
  const journal = path.join(data, '11000/journal');
  const names = fs.readdirSync(journal).filter((name) => name.endsWith('.bj')).sort();
  names.forEach((name, i) => walk.segment(name, new Uint8Array(fs.readFileSync(path.join(journal, name))), i + 1 === names.length));
  walk.finish();
  const pages = Object.fromEntries(statistics.tables().map(({ title, rows }) => [title, Object.fromEntries(rows)]));
  assert.ok(pages['Entries by kind']['incident.opened'] > 0);
  assert.deepEqual(JSON.parse(counted).statistics, pages);
  assert.equal((await order(ended)).status, 201);
});

test('after a clean end everything verifies, the folds equal their replay, and the words are nowhere', async () => {
  await city.halt();
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
  const data = copyOfData(), folds = path.join(data, '11440/fold.db');
  fs.rmSync(folds);
  const missing = city.run('replay', data);
  assert.equal(missing.code, 1, missing.output);
  assert.match(missing.output, /\n\d+ folds equal, \d+ NOT COMPARED\n$/);
  assert.ok(!fs.existsSync(folds), 'looking makes none');
  assert.deepEqual(holding('홍길동'), [], 'neither in the journal nor in a page of the folds that nobody uses');
});

test('a mark alone: verify names the record, and the next start neither wipes nor serves', () => {
  const data = copyOfData();
  const victim = records(data, '11440').find((record) => record.head.kind === 'site.started');
  rewrite(victim.file, (bytes) => { bytes[victim.offset + 20] = 'E'.charCodeAt(0); return bytes; });
  const marked = fs.readFileSync(victim.file);

  const verified = city.run('verify', data);

  assert.equal(verified.code, 1, verified.output);
  assert.match(verified.output, new RegExp(`FAULT site 11440: .*offset ${victim.offset} entry ${victim.head.seq}: .*no entry of the chain orders`));
  const replayed = city.run('replay', data);
  assert.equal(replayed.code, 1, replayed.output);
  assert.ok(fs.readFileSync(victim.file).equals(marked), 'nothing was wiped');
});

test('a district that is gone, emptied or left without its list is named', () => {
  const gone = copyOfData();
  fs.rmSync(path.join(gone, '11440'), { recursive: true });
  const missing = city.run('verify', gone);
  assert.equal(missing.code, 1, missing.output);
  assert.match(missing.output, /FAULT site 11440: its journal is gone/);
  assert.equal(city.run('replay', gone).code, 1);
  assert.ok(!fs.existsSync(path.join(gone, '11440')), 'a replay makes no journal');

  const emptied = copyOfData();
  const folder = path.join(emptied, '11650/journal');
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name));
  const empty = city.run('verify', emptied);
  assert.equal(empty.code, 1, empty.output);
  assert.match(empty.output, /FAULT site 11650: its journal is gone/);

  const listless = copyOfData();
  fs.rmSync(path.join(listless, 'city/sites.json'));
  assert.notEqual(city.run('verify', listless).code, 0);
});

test('a site whose folder, and one whose journal, is a link to another disk is verified and replayed there', () => {
  const data = copyOfData(), disk = `${data}.disk`;
  fs.mkdirSync(disk);
  for (const [place, name] of [['11440', 'a'], ['11650/journal', 'b']]) {
    fs.renameSync(path.join(data, place), path.join(disk, name));
    fs.symlinkSync(path.join(disk, name), path.join(data, place));
  }
  const verified = city.run('verify', data);
  assert.equal(verified.code, 0, verified.output);
  for (const site of ['11440', '11650']) assert.match(verified.output, new RegExp(`site ${site}: \\d+ checkpoints held elsewhere agree`));
  const replayed = city.run('replay', data);
  assert.equal(replayed.code, 0, replayed.output);
});

test('a newer format is refused by its number, also for one site of it, and an empty folder name everywhere', () => {
  const data = copyOfData();
  fs.writeFileSync(path.join(data, 'FORMAT'), '2\n');
  for (const args of [['verify', data], ['verify', path.join(data, '11440')], ['verify', path.join(data, '11440/journal')], ['replay', data]]) {
    const refused = city.run(...args);
    assert.equal(refused.code, 2, `${args}: ${refused.output}`);
    assert.match(refused.output, /has the format 2 and this program knows format 1/);
  }
  for (const args of [['verify', ''], ['replay', ''], ['city', '--data', ''], ['city', '--data='], ['simulate', '112', '--data', ''],
    ['control', '--data', '', '--site', '11000', '--http-fd', '3'], ['import', 'x.csv', '--data', '']]) {
    const refused = city.run(...args);
    assert.ok(refused.code !== 0, `${args}: ${refused.output}`);
    assert.match(refused.output, /must not be empty|needs|required/i, `${args}: ${refused.output}`);
  }
});
