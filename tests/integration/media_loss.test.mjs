// Cameras behind a bad network (lab/lossrelay: loss × delay × order × repetition, by seed): no crash; each picture that reaches a viewer is
// the film's, byte by byte; each one that does not is one that the network broke, and both the packets and the pictures are counted.
// BONGSU_SEED=n for another network.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, footage, request, until } from './city.mjs';
import { LabProgram, addCameras, labStates, watch } from './media_lab.mjs';
import { Partner, openIncident } from './partner.mjs';

const seed = process.env.BONGSU_SEED ?? '1';
const badTime = 18000;
const cells = [
  { name: 'clean' },
  { name: 'disorder', jitter: 25, reorder: 10 },
  { name: 'repeats', delay: 40, repeat: 10 },
  { name: 'one', loss: 1 },
  { name: 'one-slow', loss: 1, delay: 80, jitter: 20, reorder: 5 },
  { name: 'one-twice', loss: 1, repeat: 5 },
  { name: 'two', loss: 2 },
  { name: 'two-all', loss: 2, delay: 30, jitter: 20, reorder: 5, repeat: 3 },
  { name: 'five', loss: 5 },
  { name: 'five-slow', loss: 5, delay: 150, jitter: 10 },
  { name: 'five-all', loss: 5, delay: 30, jitter: 20, reorder: 10, repeat: 5 },
  // Later than anybody waits: 64 packets, 100 ms.
  { name: 'too-late', loss: 2, jitter: 250 },
];
// Six cameras of the lab stand around each, and no other.
const places = [{ position: [127.02, 37.465] }, { position: [127.06, 37.465] }];

let city, operator, film, relay, ids, digests, pid, viewers;

/** Puts RTP packets together to pictures [{stamp, digest}], as a player does; knows nothing of what was sent. */
class Pictures {
  constructor() {
    this.done = [];
    this.broken = [];
    this.units = [];
  }
  onPacket(packet) {
    const stamp = packet.readUInt32BE(4);
    const sequence = packet.readUInt16BE(2);
    if (this.sequence !== undefined && sequence !== ((this.sequence + 1) & 0xffff)) this.broken.push(`a hole before ${sequence}`);
    if (this.units.length > 0 && stamp !== this.stamp) this.broken.push(`no marker at ${this.stamp}`);
    this.sequence = sequence;
    this.stamp = stamp;
    this.unpack(packet.subarray(12));
    if ((packet[1] & 0x80) !== 0) this.close();
  }
  unpack(payload) {
    const kind = payload[0] & 31;
    if (kind === 24) {
      for (let at = 1; at + 2 <= payload.length; at += 2 + payload.readUInt16BE(at)) this.units.push(Buffer.from(payload.subarray(at + 2, at + 2 + payload.readUInt16BE(at))));
    } else if (kind === 28) {
      if ((payload[1] & 0x80) !== 0) this.fragments = [Buffer.from([(payload[0] & 0xe0) | (payload[1] & 31)])];
      if (!this.fragments) return this.broken.push('a fragment without its beginning');
      this.fragments.push(Buffer.from(payload.subarray(2)));
      if ((payload[1] & 0x40) !== 0) {
        this.units.push(Buffer.concat(this.fragments));
        this.fragments = undefined;
      }
    } else {
      this.units.push(Buffer.from(payload));
    }
  }
  close() {
    if (this.fragments) this.broken.push('a fragment without its end');
    const hash = crypto.createHash('sha256');
    for (const unit of this.units) {
      if (![1, 5].includes(unit[0] & 31)) continue;
      const size = Buffer.alloc(4);
      size.writeUInt32BE(unit.length);
      hash.update(size).update(unit);
    }
    this.done.push({ stamp: this.stamp, digest: hash.digest('hex') });
    this.units = [];
    this.fragments = undefined;
  }
}

/**
 * What is to be shown of these packets [[sequence, stamp, marker, fate]…] and which pictures are damaged: a hole makes the picture that it
 * is in, and the one that it may be the end of, unfit. A slow packet may be too late, which only the receiver's clock knows: its
 * picture and the next are doubtful.
 */
function judge(packets) {
  const whole = [], damaged = [], doubtful = new Set();
  let lost = 0, last, stamp, open = false, bad = false, doubt;
  const close = () => {
    (bad ? damaged : whole).push(stamp);
    open = false;
  };
  for (const [sequence, time, marker, fate] of packets) {
    if (doubt !== undefined && time !== doubt) {
      doubtful.add(time);
      doubt = undefined;
    }
    if (fate === 'slow') {
      doubtful.add(time);
      doubt = time;
    }
    if (fate === 'lost') {
      ++lost;
      continue;
    }
    const gap = last !== undefined && sequence !== ((last + 1) & 0xffff);
    if (open && gap) bad = true;
    if (open && time !== stamp) close();
    if (!open) bad = false;
    open = true;
    stamp = time;
    bad ||= gap;
    last = sequence;
    if (marker) close();
  }
  return { whole, damaged, doubtful, lost };
}

async function counters() {
  const { text } = await request(city.site('11000').http, 'GET', '/metrics');
  const read = (name) => Number(new RegExp(`^bongsu_media_ingest_${name}_total (\\d+)`, 'm').exec(text)?.[1] ?? NaN);
  return { lost: read('packets_lost'), damaged: read('pictures_damaged'), repeats: read('packets_duplicate'), late: read('packets_late'), failures: read('failures') };
}

/** Once they stand still: the process tells them each 2 s. */
const settled = () => until('the numbers stand still', async () => {
  const one = await counters();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const two = await counters();
  return !Number.isNaN(two.lost) && JSON.stringify(one) === JSON.stringify(two) && two;
}, { within: 20000 });

before(async () => {
  city = await City.start();
  const folder = path.join(footage, fs.readdirSync(footage).find((name) => fs.existsSync(path.join(footage, name, '00-sub.h264'))));
  film = await LabProgram.start('filmcam', [path.join(folder, '00-sub.h264')]);
  digests = new Map(film.first.digests.map((digest, i) => [digest, i]));
  relay = await LabProgram.start('lossrelay', ['--to', String(film.first.port), '--seed', seed, ...cells.flatMap((cell) => ['--cell', JSON.stringify(cell)])]);
  ids = await addCameras(city, cells.map(({ name }, i) => {
    const [lon, lat] = places[Math.floor(i / 6)].position;
    return { name, url: `rtsp://127.0.0.1:${relay.first[name]}/film`, way: 'transport = "udp"', at: { lon: lon + (i % 6) * 1e-4, lat, fov: 360, range: 200 } };
  }));
  pid = city.pid('media 11000');
  operator = await city.login('operator1');
  await until('the cameras stream', async () => {
    const states = await labStates(operator);
    return Object.values(ids).every((id) => states.get(id)?.state === 'streaming');
  }, { within: 20000 });
  const room = await Partner.open(city);
  viewers = new Map();
  for (const place of places) {
    const incident = await openIncident(room, operator, place);
    for (const camera of incident.cameras) {
      const name = Object.keys(ids).find((one) => ids[one] === camera);
      if (!name) continue;
      const pictures = new Pictures();
      viewers.set(name, { pictures, player: await watch(operator, incident.grant, camera, (packet) => pictures.onPacket(packet)) });
    }
  }
  assert.equal(viewers.size, cells.length, 'each camera has a viewer');
  await until('pictures of each', () => [...viewers.values()].every(({ pictures }) => pictures.done.length > 2));
}, { timeout: 120000 });

after(async () => {
  viewers?.forEach(({ player }) => player.close());
  relay?.stop();
  film?.stop();
  await city?.stop();
});

test(`a bad network (seed ${seed}): what arrives is whole, what does not is counted`, { timeout: 90000 }, async () => {
  const begin = await settled();
  assert.equal(await relay.ask('bad'), 'bad');
  await new Promise((resolve) => setTimeout(resolve, badTime));
  await relay.ask('good');
  // What was delayed comes.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const seen = new Map([...viewers].map(([name, { pictures }]) => [name, [...pictures.done]]));
  const report = JSON.parse(await relay.ask('report'));
  const end = await settled();
  const counted = Object.fromEntries(Object.keys(end).map((name) => [name, end[name] - begin[name]]));

  const sum = { lost: 0, damaged: 0, repeats: 0, doubtful: 0 };
  for (const { name } of cells) {
    const { connections, packets, repeats } = report[name];
    const should = judge(packets);
    const { done, broken } = { done: seen.get(name), broken: viewers.get(name).pictures.broken };
    assert.equal(connections, 1, `${name}: its connection stood`);
    assert.deepEqual(broken, [], `${name}: packets of viewers have no holes`);
    const frames = done.map(({ digest }) => digests.get(digest));
    assert.ok(frames.every((frame) => frame !== undefined), `${name}: every picture is the film's`);
    sum.lost += should.lost;
    sum.repeats += repeats;
    sum.damaged += should.damaged.filter((stamp) => !should.doubtful.has(stamp)).length;
    sum.doubtful += should.doubtful.size;
    const missing = compare(name, done, frames, should);
    console.log(`# ${name}: ${packets.length} packets, ${should.lost} lost, ${repeats} repeated; ${should.damaged.length} pictures damaged, ${should.doubtful.size} doubtful, ${done.length} seen, ${missing} missing`);
  }
  console.log(`# counted: ${JSON.stringify(counted)}; thrown away: ${JSON.stringify(sum)}`);
  assert.equal(city.pid('media 11000'), pid, 'the media process lives');
  assert.equal(counted.failures, 0, 'no camera was lost');
  assert.ok(counted.late > 0, 'some packets came too late');
  assert.equal(counted.lost, sum.lost + counted.late, 'each packet that was thrown away, or came too late, is counted');
  assert.equal(counted.repeats, sum.repeats, 'each repetition is counted');
  assert.ok(counted.damaged >= sum.damaged && counted.damaged <= sum.damaged + sum.doubtful, 'each damaged picture is counted');
});

/** The viewer saw all that was whole, from its first picture on, and nothing else. Answers how many of the film's pictures it missed. */
function compare(name, done, frames, { whole, doubtful }) {
  const stamps = new Set([...whole, ...doubtful]);
  const first = done[0].stamp;
  // Ours is the camera's plus a constant, which the film's first picture tells but for its repetitions.
  const candidates = whole.filter((stamp) => Math.round(stamp * 15 / 90000) % film.first.digests.length === frames[0]);
  const offset = candidates.map((stamp) => (first - stamp) >>> 0).find((one) => done.every(({ stamp }) => stamps.has((stamp - one) >>> 0)));
  assert.notEqual(offset, undefined, `${name}: the viewer saw nothing but whole pictures`);
  const got = new Set(done.map(({ stamp }) => (stamp - offset) >>> 0));
  const last = (done.at(-1).stamp - offset) >>> 0;
  const range = whole.filter((stamp) => stamp >= ((first - offset) >>> 0) && stamp <= last);
  assert.deepEqual(range.filter((stamp) => !got.has(stamp) && !doubtful.has(stamp)), [], `${name}: each whole picture reached the viewer`);
  return Math.round((last - ((first - offset) >>> 0)) * 15 / 90000) + 1 - got.size;
}
