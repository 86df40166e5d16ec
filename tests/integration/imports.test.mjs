// Lists of cameras into the running city: large bodies, an apply that survives kill -9, a district's own list at the
// centre, and 112's video while a large file is read.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, camerasLive, request, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';

const imports = '/api/v1/cameras/imports';
const header = '관리번호,소재지도로명주소,설치목적구분,카메라대수,위도,경도\n';
const large = 100000;
let city, official, mapo, operator, supervisor, room;

before(async () => {
  city = await City.start();
  [official, mapo, operator, supervisor] = await Promise.all(['official1', 'mapo1', 'operator1', 'supervisor1'].map((user) => city.login(user)));
  room = await Partner.open(city);
  await city.ready();
  await camerasLive(operator, seoulForest);
}, { timeout: 240000 });

after(() => city?.stop());

function list(prefix, rows, district = '중구') {
  let text = header;
  for (let i = 0; i < rows; ++i) {
    text += `${prefix}${i},서울특별시 ${district} 세종대로 ${i},생활방범,1,${(37.45 + (i % 2000) / 10000).toFixed(6)},${(126.85 + (i % 3000) / 10000).toFixed(6)}\n`;
  }
  return Buffer.from(text);
}

const send = (who, query, body, headers = {}) => request(who.port, 'POST', imports + query, {
  headers: { Authorization: `Bearer ${who.token}`, 'Content-Type': 'text/csv', ...headers }, body, timeout: 120000,
});

async function camerasOf(reader) {
  const found = [];
  for (let cursor; cursor !== null;) {
    const page = await reader.get(`/api/v1/cameras?limit=1000${cursor ? `&cursor=${cursor}` : ''}`);
    for (const camera of page.items) found.push(`${camera.id} ${camera.name} ${camera.position} ${camera.purpose}`);
    cursor = page.next;
  }
  return found;
}

test('a large list is taken while 112 gets its video as ever', async () => {
  const body = list('L', large);
  assert.ok(body.length > 1 << 20, 'above the limit of other bodies');
  const begun = Date.now();
  const taking = send(official, '?list=large', body);
  const waits = [];
  let done = false;
  taking.then(() => { done = true; });
  while (!done) {
    const asked = Date.now();
    await room.tell({ number: newNumber(), position: seoulForest.position });
    waits.push(Date.now() - asked);
  }
  const { status, json } = await taking;
  console.log(`# ${large} rows in ${Date.now() - begun} ms; meanwhile ${waits.length} messages of 112, the slowest answered in ${Math.max(...waits)} ms`);
  assert.equal(status, 201);
  assert.equal(json.rows, large);
  assert.equal(json.added, large);
  assert.ok(waits.length > 0);
  const [incident] = (await operator.get('/api/v1/incidents?limit=1')).items;
  const chosen = (await operator.get(`/api/v1/incidents/${incident.id}/cameras`)).items;
  assert.ok(chosen.length > 0 && chosen.every((camera) => camera.live && !camera.id.startsWith('11000-L')), 'what is registered only is never chosen');
});

test('what was answered stands after kill -9, and what was taken back does not', async () => {
  const first = await send(official, '', list('A', 50));
  const second = await send(official, '', list('A', 60));
  assert.equal(second.json.added, 10);
  const undone = await official.api('POST', `${imports}/${second.json.import}/undo`);
  assert.equal(undone.status, 201, undone.text);
  const blocked = await official.api('POST', `${imports}/${second.json.import}/undo`);
  assert.equal(blocked.status, 409);
  const before = await camerasOf(operator);

  city.kill('control 11000');
  await until('the centre is back', async () => (await request(official.port, 'GET', '/health')).status === 200);

  await until('all sites are linked again', async () => (await camerasOf(operator)).length === before.length);
  assert.deepEqual(await camerasOf(operator), before);
  assert.ok(before.some((camera) => camera.startsWith('11000-A49')) && !before.some((camera) => camera.startsWith('11000-A50')));
  assert.equal(first.status, 201);
});

test("a district's list reaches the centre, and the centre may not import for it", async () => {
  const taken = await send(mapo, '', list('M', 40, '마포구'));
  assert.equal(taken.status, 201, taken.text);
  await until('the centre knows them', async () => (await operator.get('/api/v1/cameras?q=11440-M39')).items.length === 1);
  const refused = await send(official, '?site=11440', list('M', 40, '마포구'));
  assert.equal(refused.status, 403);
  const owned = list('G', 5).toString().split('\n').map((line, i) => (line ? `${line},${i === 0 ? '관리기관명' : '서울특별시 마포구청'}` : line)).join('\n');
  const stranger = await send(official, '?site=11680', Buffer.from(owned));
  assert.equal(stranger.status, 422);
  assert.match(stranger.json.detail, /마포구/);
});

test('bodies beyond the limit, of nobody and in pieces are answered', async () => {
  const socket = await new Promise((resolve) => { const s = net.createConnection(official.port, '127.0.0.1', () => resolve(s)); });
  let answer = '';
  socket.on('data', (part) => { answer += part; });
  socket.write(`POST ${imports} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${official.token}\r\nContent-Length: ${200 << 20}\r\nExpect: 100-continue\r\n\r\n`);
  await until('it is refused by its head', () => answer.includes('\r\n\r\n'));
  assert.match(answer, /^HTTP\/1.1 413 /);
  socket.destroy();

  const nobody = await request(official.port, 'POST', `${imports}?dryRun=true`, { body: list('A', 10) });
  assert.equal(nobody.status, 401);
  const elsewhere = await request(official.port, 'POST', '/api/v1/events', { headers: { Authorization: `Bearer ${official.token}` }, body: Buffer.alloc(2 << 20) }).catch(() => ({ status: 413 }));
  assert.equal(elsewhere.status, 413);

  const chunked = await new Promise((resolve) => { const s = net.createConnection(official.port, '127.0.0.1', () => resolve(s)); });
  let said = '';
  chunked.on('data', (part) => { said += part; });
  chunked.write(`POST ${imports}?dryRun=true&list=pieces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${official.token}\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
  await until('it may go on', () => said.includes('100 Continue'));
  const body = list('C', 20000);
  for (let at = 0; at < body.length; at += 65536) {
    const piece = body.subarray(at, at + 65536);
    chunked.write(`${piece.length.toString(16)}\r\n`);
    chunked.write(piece);
    chunked.write('\r\n');
  }
  chunked.write('0\r\n\r\n');
  await until('the answer', () => said.includes('"rows":20000'), { within: 20000 });
  chunked.destroy();
});

test('the command does the same: offline, into the city, and back', async () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-list-')), 'list.csv');
  fs.writeFileSync(file, list('K', 30));
  try {
    const offline = city.run('import', file, '--dry-run');
    assert.equal(offline.code, 0, offline.output);
    assert.match(offline.output, /rows {6}30: 30 added/);
    const taken = city.run('import', file, '--data', city.data, '--list', 'command', '--json');
    assert.equal(taken.code, 0, taken.output);
    const { import: id, added } = JSON.parse(taken.output);
    assert.equal(added, 30);
    fs.writeFileSync(file, list('K', 3));
    const cut = city.run('import', file, '--data', city.data, '--list', 'command');
    assert.equal(cut.code, 3, cut.output);
    assert.match(cut.output, /27 of the 30 cameras that stand would go[^]*--removals '27'/);
    assert.equal(city.run('import', '--undo', id, '--data', city.data).code, 0);
    assert.equal((await operator.get('/api/v1/cameras?q=11000-K1')).items.length, 0);
    fs.writeFileSync(file, '관리번호,주소,카메라대수,X,Y\n1,a,1,198053.6,451888.9\n');
    const asked = city.run('import', file, '--data', city.data);
    assert.equal(asked.code, 3, asked.output);
    assert.match(asked.output, /--crs '5174'/);
  } finally {
    fs.rmSync(path.dirname(file), { recursive: true });
  }
});

test('the record says who imported what, and the folds are equal when rebuilt', async () => {
  const entries = await City.journal(supervisor, ['cameras.imported', 'cameras.import_undone']);
  assert.ok(entries.some((entry) => entry.kind === 'cameras.imported' && entry.payload.list === 'large' && entry.payload.cameras === large));
  assert.ok(entries.every((entry) => entry.actor.startsWith('user:') && /^[0-9a-f]{64}$/.test(entry.payload.listDigest)));
  await city.halt();
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
  assert.equal(city.verify().code, 0);
});
