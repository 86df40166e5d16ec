// Live pictures as fragmented MP4 over WebSocket, as programs and desks read them: one camera a socket and many on one, the
// bytes judged by ffmpeg, a reader that stands still, and the end of a grant.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { claimsOf } from './record.mjs';

const load = createRequire(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../console/package.json'));
const { WebSocket } = load('ws');
const kDarkMs = 1000;

let city, room, operator, supervisor, forest, mapo;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
  forest = await open(seoulForest);
  mapo = await open(hongdae);
}, { timeout: 240000 });

after(() => city?.stop());

async function open(place) {
  const incident = await openIncident(room, operator, place);
  return { incident, grant: incident.grant, cameras: incident.grant.cameras };
}

async function ticketOf({ grant }, camera, height) {
  const answer = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera, kind: 'live', height });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

/** Everything that comes over a socket, with the moment of the last byte. */
class Reader {
  texts = [];
  binaries = [];
  bytes = 0;
  lastByteAt = 0;
  ended = null;

  constructor(url, options = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on('message', (data, isBinary) => {
      this.lastByteAt = Date.now();
      this.bytes += data.length;
      if (isBinary) this.binaries.push(data);
      else this.texts.push(JSON.parse(data.toString()));
    });
    this.socket.on('close', (code, reason) => { this.ended ??= { code, reason: reason.toString() }; });
    this.socket.on('error', (error) => { this.error = error; this.ended ??= { error: error.message }; });
  }

  static async one({ ticket, fmp4 }, options = {}) {
    return new Reader(fmp4, { headers: { Authorization: `Bearer ${ticket}` }, ...options });
  }

  say(message) { this.socket.send(typeof message === 'string' ? message : JSON.stringify(message)); }
  fragments() { return this.binaries.filter((each) => each.toString('latin1', 4, 8) === 'moof').map(readFragment); }
  pictures(count) { return until(`${count} pictures`, () => this.fragments().length >= count && this.fragments()); }
  close() { this.socket.terminate(); }
}

/** Of one moof with one picture: moof 8, mfhd 16, traf 8, tfhd 16, tfdt 20, trun. */
function readFragment(bytes) {
  assert.equal(bytes.toString('latin1', 52, 56), 'tfdt');
  return { sequence: bytes.readUInt32BE(20), decodedMs: Number(bytes.readBigUInt64BE(60)) / 90, key: bytes.readUInt32BE(96) === 0x02000000 };
}

const recordOf = (ticket, kind) => until(`${kind} on record`, async () =>
  (await City.journal(supervisor, [kind])).find((entry) => entry.subjects.includes(`view:${claimsOf(ticket).view}`)));

for (const [name, scene] of [['a camera of the centre', () => forest], ['a camera of a district, through the relay', () => mapo]]) {
  test(`${name}: format, init segment, then a fragment a picture from a key picture on, which ffmpeg decodes`, async () => {
    const given = await ticketOf(scene(), scene().cameras[0]);
    const reader = await Reader.one(given);
    const seen = await reader.pictures(40);
    const newest = seen.at(-1).decodedMs - reader.lastByteAt;
    assert.match(reader.texts[0].mime, /^video\/mp4; codecs="avc1\.[0-9a-f]{6}"$/);
    assert.equal(reader.texts.length, 1);
    assert.equal(reader.binaries[0].toString('latin1', 4, 8), 'ftyp');
    assert.equal(seen[0].key, true);
    for (let i = 1; i < seen.length; ++i) {
      assert.equal(seen[i].sequence, seen[i - 1].sequence + 1);
      assert.ok(seen[i].decodedMs > seen[i - 1].decodedMs && seen[i].decodedMs - seen[i - 1].decodedMs < 500, JSON.stringify(seen.slice(i - 1, i + 1)));
    }
    assert.ok(Math.abs(newest) < 1500, `its time is our wall clock's: ${newest} ms`);
    console.log(`# the newest picture was ${Math.round(-newest)} ms old by its own time`);

    const file = path.join(city.data, 'seen.mp4');
    fs.writeFileSync(file, Buffer.concat(reader.binaries));
    const judged = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-fps_mode', 'passthrough', '-enc_time_base', '1:90000', '-f', 'null', '-'], { encoding: 'utf8' });
    assert.equal(judged.status, 0, judged.stderr);
    assert.equal(judged.stderr, '', 'ffmpeg decodes every picture without a word');
    reader.close();
    const closed = await recordOf(given.ticket, 'view.closed');
    assert.ok(closed.payload.frames >= 40 && closed.payload.bytes > 10000, JSON.stringify(closed.payload));
    assert.equal((await recordOf(given.ticket, 'view.opened')).payload.way, 'fmp4');
  });
}

test('many cameras on one socket: tickets in band, a number before each message, errors that name the field', async () => {
  const reader = new Reader(new URL('/fmp4', (await ticketOf(forest, forest.cameras[0])).fmp4).href);
  await until('the socket is open', () => reader.socket.readyState === WebSocket.OPEN);
  reader.say('{"open":{"id":1,"camera":"x"}}');
  reader.say('not JSON');
  const cameras = [...forest.cameras.slice(0, 4), ...mapo.cameras.slice(0, 4)];
  for (const [i, camera] of cameras.entries()) {
    const { ticket } = await ticketOf(i < 4 ? forest : mapo, camera, 360);
    reader.say({ open: { id: 100 + i, camera, ticket, codecs: ['avc1'] } });
  }
  const { ticket } = await ticketOf(forest, forest.cameras[0], 360);
  reader.say({ open: { id: 200, camera: forest.cameras[0], ticket, codecs: ['hvc1'] } });
  const perStream = () => reader.binaries.reduce((all, each) => {
    const id = each.readUInt32BE(0);
    return all.set(id, [...(all.get(id) ?? []), each]);
  }, new Map());
  await until('20 pictures of each', () => { const all = perStream(); return all.size === 8 && [...all.values()].every((list) => list.length > 20); });
  const errors = reader.texts.filter((each) => each.error).map((each) => [each.error.id, each.error.code, each.error.field]);
  assert.deepEqual(errors, [[1, 'invalid', 'open.ticket'], [undefined, 'invalid', 'body'], [200, 'codec_unsupported', undefined]]);
  assert.deepEqual(reader.texts.filter((each) => each.opened !== undefined).map((each) => each.opened).sort(), cameras.map((_, i) => 100 + i));
  for (const list of perStream().values()) {
    assert.equal(list[0].toString('latin1', 8, 12), 'ftyp');
    assert.equal(readFragment(list[1].subarray(4)).key, true);
  }
  reader.say({ close: 100 });
  await until('it is told', () => reader.texts.find((each) => each.closed?.id === 100 && each.closed.reason === 'viewer left'));
  const count = perStream().get(100).length;
  const others = perStream().get(101).length;
  await until('the others go on', () => perStream().get(101).length > others + 10);
  assert.equal(perStream().get(100).length, count);
  reader.close();
  const other = await Reader.one({ ticket, fmp4: (await ticketOf(forest, forest.cameras[0])).fmp4 });
  await other.pictures(1);  // The ticket that found no codec is as good as before.
  other.close();
});

test('what may not be seen: used and missing tickets, foreign pages, plain requests', async () => {
  const given = await ticketOf(forest, forest.cameras[0]);
  const first = new Reader(`${given.fmp4}?ticket=${given.ticket}`, { origin: `http://127.0.0.1:${city.port}` });
  await first.pictures(1);
  const again = await Reader.one(given);
  await until('the used ticket is refused', () => again.ended);
  assert.deepEqual(again.texts, [{ error: { code: 'unauthenticated', message: 'ticket has been used' } }]);
  assert.deepEqual(again.ended, { code: 4401, reason: 'ticket has been used' });
  const none = new Reader(given.fmp4);
  await until('no ticket is refused', () => none.ended?.code === 4401);
  const foreign = new Reader(given.fmp4, { origin: 'http://evil.example' });
  await until('a foreign page is refused', () => /403/.test(foreign.ended?.error ?? ''));
  const { port, pathname } = new URL(given.fmp4);
  assert.equal((await request(Number(port), 'GET', pathname)).status, 426);
  first.close();
});

test('a reader that stands still loses its own pictures only, and is cut', async () => {
  const camera = forest.cameras[0];
  const [stuckTicket, goodTicket] = [await ticketOf(forest, camera), await ticketOf(forest, camera)];
  const [stuck, good] = [await Reader.one(stuckTicket), await Reader.one(goodTicket)];
  await Promise.all([stuck.pictures(3), good.pictures(3)]);
  const rss = () => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${city.pid('media 11000')}/status`, 'utf8'))[1]);
  const before = rss();
  stuck.socket.pause();
  const closed = await until('it is cut', async () => (await City.journal(supervisor, ['view.closed']))
    .find((entry) => entry.subjects.includes(`view:${claimsOf(stuckTicket.ticket).view}`)), { within: 60000, every: 250 });
  console.log(`# a reader that stands still: ${rss() - before} KiB more`);
  assert.equal(closed.payload.reason, 'viewer is too slow');
  const seen = good.fragments();
  for (let i = 1; i < seen.length; ++i) assert.equal(seen[i].sequence, seen[i - 1].sequence + 1, 'the other viewer lost nothing');
  good.close();
  stuck.close();
});

test('the end of the grant: dark within a second on both kinds of socket, with the reason, and on record', async () => {
  const alone = await ticketOf(forest, forest.cameras[0]);
  const shared = await ticketOf(forest, forest.cameras[1], 360);
  const other = await ticketOf(mapo, mapo.cameras[0], 360);
  const one = await Reader.one(alone);
  const many = new Reader(new URL('/fmp4', alone.fmp4).href);
  await until('the socket is open', () => many.socket.readyState === WebSocket.OPEN);
  many.say({ open: { id: 7, camera: forest.cameras[1], ticket: shared.ticket } });
  many.say({ open: { id: 8, camera: mapo.cameras[0], ticket: other.ticket } });
  const last = { 7: 0, 8: 0 };
  many.socket.on('message', (data, isBinary) => { if (isBinary) last[data.readUInt32BE(0)] = Date.now(); });
  await one.pictures(5);
  await until('both play', () => last[7] && last[8]);

  const answer = await operator.api('POST', `/api/v1/incidents/${forest.incident.id}/acts`, { act: 'close', outcome: 'true' });
  assert.equal(answer.status, 201, answer.text);
  const closedAt = Date.now();
  await until('the one is closed', () => one.ended);
  await until('the shared one is told', () => many.texts.find((each) => each.closed?.id === 7));
  assert.equal(one.ended.code, 4403);
  assert.match(one.ended.reason, /^grant is revoked/);
  await until('two seconds have passed', () => Date.now() > closedAt + 2000);
  console.log(`# close → last byte: ${one.lastByteAt - closedAt} ms, ${last[7] - closedAt} ms on the shared socket`);
  assert.ok(one.lastByteAt - closedAt < kDarkMs && last[7] - closedAt < kDarkMs);
  assert.ok(last[8] > closedAt + 1000, 'the other incident goes on');
  assert.match((await recordOf(shared.ticket, 'view.closed')).payload.reason, /^grant is revoked/);
  many.close();
});
