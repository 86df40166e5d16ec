// Turning cameras: from the desk's API through the real program to a dome that shares no code with it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { City, camerasLive, seoulForest, until } from './city.mjs';
import { Dome } from './dome.mjs';
import { Partner, openIncident } from './partner.mjs';

const { WebSocket } = createRequire(new URL('../../console/package.json', import.meta.url))('ws');
const { camera } = Dome;
const base = `/api/v1/cameras/${camera}/ptz`;
const reason = '용의자가 동쪽으로 이동';

let city, room, operator, operator2, police, supervisor, agency, dome, incident;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, operator2, police, supervisor, agency] = await Promise.all(['operator1', 'operator2', 'police1', 'supervisor1', '112'].map((user) => city.login(user)));
  await city.ready();
  dome = await Dome.start(city);
  city.kill('media 11000');
  await until('media can turn it', async () => {
    const answer = await operator.api('GET', base);
    return answer.json?.turns;
  }, { within: 20000 });
  await camerasLive(operator, seoulForest);
  await begin();
}, { timeout: 240000 });

after(async () => {
  dome?.stop();
  await city?.stop();
});

/** An urgent case with the dome in the centre's grant and in the 112 room's. */
async function begin() {
  incident = await openIncident(room, operator, seoulForest);
  const { items } = await supervisor.get(`/api/v1/grants?incident=${incident.id}`);
  incident.rooms = items.find((grant) => grant.holder.agency === agency.account.agency);
  if (!incident.cameras.includes(camera)) {
    const { status, json, text } = await supervisor.api('POST', '/api/v1/grants', { incident: incident.id, purpose: 'operator-incident', cameras: [camera], minutes: 30 });
    assert.equal(status, 201, text);
    incident.grant = json;
  }
}

const take = (who, grant = incident.grant.id) => who.api('POST', `${base}/lease`, { grant, reason });
const release = (who) => who.api('DELETE', `${base}/lease`);
const move = (who, speed = { pan: 0.3 }, ms = 500) => who.api('POST', `${base}/move`, { ...speed, ms });
const stands = () => until('the dome stands still', async () => !(await dome.isMoving()), { within: 2500 });

/** What somebody's live stream says of turned cameras. */
async function listen(who) {
  const socket = new WebSocket(`ws://127.0.0.1:${who.port}/api/v1/stream`);
  const heard = [];
  let ready = false;
  socket.on('message', (text) => {
    const frame = JSON.parse(text);
    ready ||= frame.ready;
    if (frame.kind === 'ptz') heard.push(frame.item);
  });
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  socket.send(JSON.stringify({ token: who.token }));
  await until('the stream is ready', () => ready);
  return { heard, close: () => socket.close() };
}

test('who has not taken the camera turns nothing', async () => {
  const state = (await operator.api('GET', base)).json;
  assert.deepEqual([state.turns, state.why, state.lease], [true, null, null]);
  const answer = await move(operator);
  assert.equal(answer.status, 409, answer.text);
  assert.equal(answer.json.type, '/problems/no_lease');
  const fixed = await operator.api('POST', '/api/v1/cameras/11000-0001/ptz/lease', { grant: incident.grant.id, reason });
  assert.ok(fixed.status === 409 || fixed.status === 403, fixed.text);  // Not by ONVIF, or not in this grant.
  assert.equal(await dome.asked('ContinuousMove'), 0);
});

test('a lease, a key that is held, a stop: the dome turns and stands, and it is one movement on record', async () => {
  const taken = await take(operator);
  assert.equal(taken.status, 201, taken.text);
  assert.deepEqual([taken.json.rank, taken.json.own, taken.json.reason], ['operator', true, reason]);
  const from = (await dome.at())[0];
  for (let i = 0; i < 5; ++i) {
    const answer = await move(operator);
    assert.equal(answer.status, 204, answer.text);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.equal(await dome.isMoving(), true);
  assert.equal((await operator.api('POST', `${base}/stop`)).status, 204);
  assert.equal(await dome.isMoving(), false);
  const at = (await dome.at())[0];
  assert.ok(at > from + 0.15, `it turned from ${from} to ${at}`);
  const moves = await City.journal(supervisor, ['ptz.moved', 'ptz.rested']);
  assert.deepEqual(moves.map((entry) => entry.kind), ['ptz.moved', 'ptz.rested']);
  assert.deepEqual([moves[0].payload.pan, moves[1].payload.count, moves[1].payload.why], [30, 5, 'stopped']);
  assert.ok(moves.every((entry) => entry.subjects.includes(`camera:${camera}`) && entry.subjects.includes(`incident:${incident.id}`)));
});

test('its presets by their names, there and home', async () => {
  const list = await operator.api('GET', `${base}/presets`);
  assert.deepEqual(list.json, { items: [{ token: '1', name: '정문' }], next: null });
  assert.equal((await operator.api('POST', `${base}/preset`, { preset: '1' })).status, 204);
  assert.deepEqual(await dome.at(), [0.25, -0.1, 0.5]);
  const unknown = await operator.api('POST', `${base}/preset`, { preset: '77' });
  assert.equal(unknown.status, 409);
  assert.equal(unknown.json.type, '/problems/camera_refused');
  assert.match(unknown.json.detail, /there is no such preset/, "the camera's own words");
  assert.equal((await operator.api('POST', `${base}/home`)).status, 204);
  assert.deepEqual(await dome.at(), [0, 0, 0]);
});

test('a desk that falls silent stops the dome, and so does the death of each process', async () => {
  const stops = await dome.asked('Stop');
  assert.equal((await move(operator, { pan: -0.2 }, 300)).status, 204);
  await stands();
  assert.equal(await dome.asked('Stop'), stops + 1, 'we stopped it, before its own timeout');
  await until('the silence is on record', async () => (await City.journal(supervisor, ['ptz.rested'])).at(-1).payload.why === 'silent');

  assert.equal((await move(operator, { pan: 0.2 }, 1000)).status, 204);
  city.kill('media 11000');
  await stands();
  await until('media can turn it again', async () => (await operator.api('GET', base)).json.turns, { within: 20000 });
  assert.equal((await take(operator)).status, 200, 'the lease stands');

  await until('it turns', async () => (await move(operator, { pan: 0.2 }, 1000)).status === 204);
  city.kill('control 11000');
  await stands();
  await until('control is back', async () => (await operator.api('GET', base)).json?.turns, { within: 30000 });
  await until('the move of before is on record as ended', async () => (await City.journal(supervisor, ['ptz.rested'])).at(-1).payload.why === 'restarted');
  const moves = (await City.journal(supervisor, ['ptz.moved'])).filter((entry) => entry.payload.act === 'move').length;
  assert.equal((await City.journal(supervisor, ['ptz.rested'])).length, moves, 'each movement has its end');
});

test('police takes it over; who had it is told why and turns no more', async () => {
  await take(operator);
  const streams = [await listen(operator), await listen(agency)];
  const other = await take(operator2);
  assert.equal(other.status, 409);
  assert.equal(other.json.type, '/problems/ptz_taken');
  const owner = (await operator2.api('GET', base)).json.lease;
  assert.deepEqual([owner.own, owner.rank, owner.reason], [false, 'operator', null]);
  assert.equal(owner.user, (await operator.get('/api/v1/me')).id);
  assert.equal((await move(operator, { tilt: 0.2 }, 1000)).status, 204);

  assert.equal((await take(police)).status, 201);

  await stands();
  const told = await until('the operator is told', () => streams[0].heard.find((item) => item.ended?.why === 'taken_over'));
  assert.equal(told.lease.rank, 'police');
  assert.ok(told.lease.name.ko.length > 0);
  assert.equal(streams[1].heard.length, 0, 'nothing of it is the 112 room\'s');
  assert.equal((await move(operator)).json.type, '/problems/ptz_taken');
  assert.equal((await take(operator)).json.type, '/problems/ptz_taken');
  assert.equal((await move(police)).status, 204);
  for (const { close } of streams) close();
  assert.equal((await release(police)).status, 204);
  await stands();
});

test('the 112 room turns what its own grant holds', async () => {
  if (!incident.rooms.cameras.includes(camera)) return assert.equal((await take(agency, incident.rooms.id)).status, 403);
  assert.equal((await take(agency, incident.grant.id)).status, 404, "the centre's grant is not there for it");
  assert.equal((await take(operator)).status, 201);
  const taken = await take(agency, incident.rooms.id);
  assert.equal(taken.status, 201, taken.text);
  assert.equal(taken.json.rank, 'police');
  assert.equal((await move(agency, { zoom: 0.4 })).status, 204);
  assert.equal((await operator.api('GET', base)).json.lease.user, null, 'the centre sees that it is the police room, and no person');
  await stands();
  assert.equal((await release(agency)).status, 204);
});

test('a lease that nobody uses is over after thirty seconds', async () => {
  assert.equal((await take(operator)).status, 201);
  const at = Date.now();
  await until('it is over', async () => (await operator.api('GET', base)).json.lease === null, { within: 40000, every: 200 });
  const span = Date.now() - at;
  assert.ok(span > 29000 && span < 34000, `after ${span} ms`);
  assert.equal((await City.journal(supervisor, ['ptz.released'])).at(-1).payload.why, 'idle');
}, { timeout: 60000 });

test('the end of the incident ends the lease within a second, and the dome stands', async () => {
  assert.equal((await take(operator)).status, 201);
  assert.equal((await move(operator, { pan: -0.2 }, 1000)).status, 204);
  assert.equal((await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'false' })).status, 201);
  await stands();
  assert.equal((await operator.api('GET', base)).json.lease, null);
  assert.equal((await City.journal(supervisor, ['ptz.released'])).at(-1).payload.why, 'grant_ended');
  assert.equal((await move(operator)).status, 409);
});

test('the record holds, and says all of it again when it is replayed', async () => {
  await city.halt();
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
});
