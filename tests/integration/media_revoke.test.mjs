// Many views by each way out at once: when their grant is over, not a byte of picture comes after a second, whichever loop they sit
// on; the same when only their own time is over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { claimsOf, signTicket, ticketKey, ulid } from './record.mjs';
import { byHls, byShared, bySocket, byTcp, byUdp } from './viewers.mjs';

const darkWithin = 1000;
const eachWay = { tcp: 40, udp: 24, socket: 24, shared: 24, hls: 8 };

let city, room, operator, supervisor, key;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
  key = ticketKey(city.data, '11000');
}, { timeout: 240000 });

after(() => city?.stop());

/** An incident with a real ticket of each of its cameras, after which the others are signed. */
async function open(place) {
  const { id, cameras, grant } = await openIncident(room, operator, place);
  const tickets = await Promise.all(cameras.map(async (camera) => {
    const answer = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera, kind: 'live' });
    assert.equal(answer.status, 201, answer.text);
    return { camera, ...answer.json };
  }));
  let turn = 0;
  const next = (more) => {
    const { ticket, ...ways } = tickets[turn++ % tickets.length];
    const claims = { ...claimsOf(ticket), jti: ulid(), view: ulid(), ...more };
    return { ...ways, view: claims.view, ticket: signTicket(key, claims) };
  };
  return { id, next, grant: grant.id, cameras };
}

/** A ticket that nobody has used. */
async function ticketOf({ grant, cameras: [camera] }) {
  const answer = await operator.api('POST', '/api/v1/tickets', { grant, camera, kind: 'live' });
  assert.equal(answer.status, 201, answer.text);
  return { ...answer.json, camera };
}

async function watchAll(incident, more = () => ({})) {
  const of = (way) => Array.from({ length: eachWay[way] }, () => incident.next(more()));
  const views = (await Promise.all([
    ...of('tcp').map(byTcp), ...of('udp').map(byUdp), ...of('socket').map(bySocket), byShared(of('shared')), ...of('hls').map(byHls),
  ])).flat();
  await until('each view shows pictures', () => views.every((view) => view.bytes > 3000), { within: 20000 });
  return views;
}

/** Nothing of any view later than `most` ms after `since`, looked at for half a second more. */
async function assertDark(views, since) {
  await until('the watched second is over', () => Date.now() > since + darkWithin + 500, { within: 20000 });
  const latest = {};
  for (const view of views) latest[view.way] = Math.max(latest[view.way] ?? -Infinity, view.lastAt - since);
  console.log(`# last byte after the end, ms: ${JSON.stringify(latest)}`);
  for (const view of views) assert.ok(view.lastAt <= since + darkWithin, `${view.way}: ${view.lastAt - since} ms after the end`);
  for (const view of views) view.free?.();
}

/** Each view once from its opening to its end, with what was seen and why it ended. */
async function assertOnRecord(views, reason) {
  const entries = await until('all ends are on record', async () => {
    const found = await City.journal(supervisor, ['view.opened', 'view.closed']);
    const closed = new Set(found.filter((entry) => entry.kind === 'view.closed').map((entry) => entry.payload.view));
    return views.every((view) => closed.has(view.view)) && found;
  }, { within: 20000, every: 300 });
  const ways = { tcp: 'rtsp', udp: 'rtsp', socket: 'fmp4', shared: 'fmp4', hls: 'hls' };
  for (const view of views) {
    const own = entries.filter((entry) => entry.payload.view === view.view);
    assert.deepEqual(own.map((entry) => entry.kind), ['view.opened', 'view.closed'], `${view.way} ${view.view}`);
    assert.equal(own[0].payload.way, ways[view.way]);
    assert.match(own[1].payload.reason, reason, view.way);
    assert.ok(own[1].payload.frames > 0 && own[1].payload.bytes > 0, `${view.way}: ${JSON.stringify(own[1].payload)}`);
  }
}

test('a close ends every view of each way within a second, and all of it is on record', async () => {
  const incident = await open(seoulForest);
  const views = await watchAll(incident);
  const closedAt = Date.now();
  const answer = await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'true' });
  assert.equal(answer.status, 201, answer.text);
  await assertDark(views, closedAt);
  await assertOnRecord(views, /grant is revoked/);
});

test('who leaves the seat sees nothing a second later, and opens nothing until they are back', async () => {
  const incident = await open(seoulForest);
  const views = await watchAll(incident);
  const { ticket, camera } = await ticketOf(incident);
  const leftAt = Date.now();
  assert.equal((await operator.api('DELETE', '/api/v1/duty/seat')).status, 200);
  await assertDark(views, leftAt);
  await assertOnRecord(views, /not on duty/);
  const kept = await request(city.site('11000').media, 'GET', `/hls/${camera}/index.m3u8`, { headers: { Authorization: `Bearer ${ticket}` } });
  assert.equal(kept.status, 401, kept.text);
  const refused = await operator.api('POST', '/api/v1/tickets', { grant: incident.grant, camera, kind: 'live' });
  assert.deepEqual([refused.status, refused.json.type], [403, '/problems/not_on_duty']);

  assert.equal((await operator.api('POST', '/api/v1/duty/seat', {})).status, 201);
  const again = await watchAll(incident);
  const closedAt = Date.now();
  await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'true' });
  await assertDark(again, closedAt);
});

test('a close darkens the views of another site\'s cameras too', async () => {
  const incident = await open(hongdae);
  const views = await watchAll(incident);
  const closedAt = Date.now();
  await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'true' });
  await assertDark(views, closedAt);
  await assertOnRecord(views, /grant is revoked/);
});

test('a view whose own time is over ends within a second of it', async () => {
  const incident = await open(seoulForest);
  const end = Math.ceil(Date.now() / 1000 + 6) * 1000;
  const views = await watchAll(incident, () => ({ to: new Date(end).toISOString() }));
  assert.ok(Date.now() < end, 'they were seen before it');
  await until('the time is over', () => Date.now() >= end, { within: 10000 });
  await assertDark(views, end);
  for (const view of views.filter((each) => each.way !== 'hls')) assert.ok(view.lastAt >= end - 1000, `${view.way} went on until ${view.lastAt - end} ms`);
  await assertOnRecord(views, /grant is over/);
});
