// The real city's answers against the contract that it serves: every GET, the main writes, their refusals and the live
// stream. An answer of another shape fails, and so does a status, a field or a content type that nobody wrote down.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { City, camerasLive, request, seoulForest, until } from './city.mjs';
import { Partner, envelope, eventBody, newNumber } from './partner.mjs';

const load = createRequire(new URL('../../console/package.json', import.meta.url));
const Ajv = load('ajv/dist/2020.js');
const { WebSocket } = load('ws');

let city, room, port, document, ajv;
let operator, supervisor, official, agency, nobody;
const seen = new Set();

/** A schema that takes no field but its own: what is not written down is drift. Parts of an allOf look at a part each. */
function strict(schema, whole = true) {
  if (Array.isArray(schema)) return schema.map((part) => strict(part, whole));
  if (typeof schema !== 'object' || schema === null) return schema;
  const out = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum' || key === 'const' || key === 'example' || key === 'examples') out[key] = value;
    else if (key === 'allOf') out[key] = strict(value, false);
    else if (key === '$ref') out[key] = whole ? value : value.replace('/schemas/', '/parts/');
    else if (key === 'properties') out[key] = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, strict(part)]));
    else out[key] = strict(value, whole);
  }
  const closes = whole && (schema.properties || schema.allOf) && schema.additionalProperties === undefined;
  return closes ? { ...out, unevaluatedProperties: false } : out;
}

before(async () => {
  city = await City.start();
  port = city.site('11000').http;
  room = await Partner.open(city);
  [operator, supervisor, official, agency] =
    await Promise.all(['operator1', 'supervisor1', 'official1', '112'].map((user) => city.login(user)));
  nobody = { api: (method, target, body) => request(port, method, target, { body: body === undefined ? undefined : JSON.stringify(body) }) };
  await city.ready();
  await camerasLive(operator, seoulForest);
  const answer = await request(port, 'GET', '/api/openapi.json');
  assert.equal(answer.status, 200);
  document = answer.json;
  const parts = (whole) => Object.fromEntries(Object.entries(document.components.schemas).map(([name, schema]) => [name, strict(schema, whole)]));
  ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
  for (const format of ['password', 'binary']) ajv.addFormat(format, true);
  ajv.addSchema({ $id: 'contract', components: { schemas: parts(true), parts: parts(false) } });
}, { timeout: 240000 });

after(() => city?.stop());

function assertShape(schema, value, what) {
  const check = ajv.compile({ $id: undefined, ...JSON.parse(JSON.stringify(strict(schema)).replaceAll('"#/components/', '"contract#/components/')) });
  assert.ok(check(value), `${what}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(value).slice(0, 2000)}`);
}

/** The answer of `method path` (as the contract writes it) is one that the contract has. */
function assertContract(method, path, answer) {
  const what = `${method} ${path} ${answer.status}`;
  const operation = document.paths[path]?.[method.toLowerCase()];
  assert.ok(operation, `${what}: no such operation`);
  let response = operation.responses[answer.status];
  assert.ok(response, `${what} is not written down: ${answer.text.slice(0, 300)}`);
  if (response.$ref) response = document.components.responses[response.$ref.split('/').at(-1)];
  seen.add(`${method} ${path}`);
  const type = (answer.headers['content-type'] ?? '').split(';')[0];
  if (!response.content) return assert.equal(answer.text, '', what);
  const content = response.content[type];
  assert.ok(content, `${what}: content type ${type}`);
  if (answer.json !== undefined) assertShape(content.schema, answer.json, what);
  if (answer.json?.type === '/problems/invalid') assert.ok(answer.json.field, `${what} names no field: ${answer.text}`);
}

/** Asks, holds the answer against the contract and against the status that is expected. */
async function ask(who, status, method, path, { fill = {}, query = '', body } = {}) {
  const target = path.replace(/\{(\w+)\}/g, (_, name) => fill[name]) + query;
  const answer = await who.api(method, target, body);
  assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
  assertContract(method, path, answer);
  return answer;
}

async function incidentOf(number) {
  return until(`the incident of ${number}`, async () => {
    const { items } = await operator.get('/api/v1/incidents?limit=100');
    return items.find((item) => item.number === number);
  });
}

/** A live stream: its frames as they came. */
async function listen(who) {
  const socket = new WebSocket(`ws://127.0.0.1:${who.port}/api/v1/stream`);
  const frames = [];
  socket.on('message', (text) => frames.push(JSON.parse(text)));
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  socket.send(JSON.stringify({ token: who.token }));
  await until('the stream is ready', () => frames.length > 0);
  return { frames, close: () => socket.close() };
}

/** A view by HLS: media's part of the contract. */
async function playHls({ ticket, hls }) {
  const at = (method, target, headers = {}) => request(Number(new URL(hls).port), method, target, { headers });
  const welcome = await at('GET', new URL(hls).pathname, { Authorization: `Bearer ${ticket}` });
  assert.equal(welcome.status, 200, welcome.text);
  assertContract('GET', '/hls/{camera}/index.m3u8', welcome);
  const folder = `/hls/${/view\/[^/]+/.exec(welcome.text)[0]}`;
  const file = '/hls/view/{view}/{file}';
  const playlist = await at('GET', `${folder}/media.m3u8`);
  assertContract('GET', file, playlist);
  const init = /init-\d+\.mp4/.exec(playlist.text)[0];
  for (const [target, headers, status] of [[init, {}, 200], [init, { Range: 'bytes=0-9' }, 206], [init, { Range: 'bytes=99999-' }, 416], ['0.m4s', { Origin: 'http://a.b' }, 403],
    ['none', {}, 404], ['media.m3u8?_HLS_part=1', {}, 400]]) {
    const answer = await at('GET', `${folder}/${target}`, headers);
    assert.equal(answer.status, status, `${target}: ${answer.text}`);
    assertContract('GET', file, answer);
  }
  for (const status of [200, 410]) {
    const answer = await at('DELETE', folder);
    assert.equal(answer.status, status, answer.text);
    assertContract('DELETE', '/hls/view/{view}', answer);
  }
  assertContract('GET', file, await at('GET', `${folder}/media.m3u8`));
}

test('a day at the desk in the words of the contract', async () => {
  const streams = [await listen(operator), await listen(agency)];
  const number = newNumber();
  assertContract('POST', '/linkHttp/recvEvent.json', await room.send({ number, position: seoulForest.position, place: '서울숲' }));
  const { id } = await incidentOf(number);
  const fill = { id };
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/acts', { fill, body: { act: 'receive' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/acts', { fill, body: { act: 'note', text: '확인 중' } });
  const { items: chosen } = (await ask(operator, 200, 'GET', '/api/v1/incidents/{id}/cameras', { fill })).json;
  assert.ok(chosen.length > 0);
  const made = (await ask(supervisor, 201, 'POST', '/api/v1/grants', { body: { incident: id, purpose: 'operator-incident', cameras: [chosen[0].id], minutes: 5 } })).json;
  const { items: grants } = (await ask(operator, 200, 'GET', '/api/v1/grants', { query: `?incident=${id}` })).json;
  const own = grants.find((grant) => grant.holder.agency === operator.account.agency);
  await playHls((await ask(operator, 201, 'POST', '/api/v1/tickets', { body: { grant: own.id, camera: own.cameras[0], kind: 'live' } })).json);
  await ask(supervisor, 200, 'DELETE', '/api/v1/grants/{id}', { fill: { id: made.id }, body: { reason: '더 필요 없음' } });
  await room.send({ number, state: '40', position: [127.0405, 37.545], at: new Date(Date.now() + 1000) });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/acts', { fill, body: { act: 'close', outcome: 'drill' } });

  const event = { id: newNumber(), source: 'contract', type: '119UC001', time: '2026-09-21T00:00:00Z', position: seoulForest.position, items: { 층: '3' } };
  const taken = (await ask(operator, 201, 'POST', '/api/v1/events', { body: event })).json;
  assert.equal((await ask(operator, 200, 'POST', '/api/v1/events', { body: event })).json.event, taken.event);
  await ask(operator, 409, 'POST', '/api/v1/events', { body: { ...event, text: 'other' } });
  await room.sendBody({ ...eventBody({ number: newNumber() }), evtGrad: '15' });

  const deadPath = '/api/v1/messages/dead/{raw}';
  const { items: letters } = (await ask(operator, 200, 'GET', '/api/v1/messages/dead')).json;
  const allDead = '/api/v1/messages/dead/release';
  assert.equal((await ask(operator, 200, 'POST', allDead, { body: { dryRun: true } })).json.released, 0);
  const bulk = (await ask(operator, 200, 'POST', allDead, { body: { reason: '다시 해석', limit: 1 } })).json;
  assert.deepEqual([bulk.looked, bulk.released, bulk.refused.length], [1, 0, 1], 'it cannot be read in bulk either');
  await ask(operator, 409, 'POST', `${deadPath}/release`, { fill: { raw: letters[0].seq }, body: { reason: '다시 해석' } });
  await ask(operator, 200, 'POST', `${deadPath}/dismiss`, { fill: { raw: letters[0].seq }, body: { reason: '시험' } });
  await room.sendBody({ ...eventBody({ number: newNumber() }), evtGrad: '16' });  // One that still waits below.

  const list = '관리번호,카메라대수,위도,경도\nK1,1,37.5446,127.0400\n';
  await ask(official, 200, 'POST', '/api/v1/cameras/imports', { query: '?dryRun=true&list=contract', body: list });
  const imported = (await ask(official, 201, 'POST', '/api/v1/cameras/imports', { query: '?list=contract', body: list })).json;
  await ask(official, 201, 'POST', '/api/v1/cameras/imports/{id}/undo', { fill: { id: imported.import } });
  await ask(official, 200, 'POST', '/api/v1/partners/reload', { body: { reason: 'agreed by letter' } });
  await ask(official, 200, 'POST', '/api/v1/services/reload', { body: { reason: 'the office decided' } });
  const basis = '개인정보 보호법 제21조';
  await ask(official, 409, 'POST', '/api/v1/journal/erasures', { body: { reason: 'requested', basis, incident: (await incidentOf(event.id)).id } });
  const gone = newNumber();
  await room.tell({ number: gone, position: seoulForest.position });
  await room.tell({ number: gone, state: '91', position: seoulForest.position, at: new Date(Date.now() + 1000) });
  await ask(official, 201, 'POST', '/api/v1/journal/erasures', { body: { reason: 'requested', basis, incident: (await incidentOf(gone)).id } });

  // A crew's night: who plans it, who comes, who does not.
  const duty = (await ask(operator, 200, 'GET', '/api/v1/duty')).json;
  assert.equal(duty.me.onDuty, true, 'the first crew is on duty when the city starts');
  const shift = { id: duty.me.expected.id };  // Near its end another one runs yet.
  await ask(operator, 201, 'POST', '/api/v1/duty/seat', { body: { seat: 'op-3' } });
  await ask(operator, 200, 'POST', '/api/v1/duty/break');
  await ask(operator, 200, 'DELETE', '/api/v1/duty/break');
  await ask(operator, 200, 'DELETE', '/api/v1/duty/seat');
  await ask(operator, 201, 'POST', '/api/v1/duty/seat', { body: {} });
  const { set } = (await ask(operator, 200, 'GET', '/api/v1/duty/watch/own')).json;
  assert.ok(set.stops.length > 0 && set.stops.every(({ cameras }) => cameras.length > 0 && cameras.every(({ id }) => id.startsWith('11000-'))), 'cameras of the centre alone: the others are linked');
  await ask(operator, 201, 'POST', '/api/v1/tickets', { body: { grant: set.grant, camera: set.stops[0].cameras[0].id, kind: 'live' } });
  await ask(operator, 201, 'POST', '/api/v1/duty/watch/passes', { body: { pass: set.pass } });
  const watch = (await ask(supervisor, 200, 'GET', '/api/v1/duty/watch')).json;
  assert.deepEqual([watch.unwatched.count, watch.passes.length], [0, 1]);
  // What is seen on a screen, what is written down, what is wanting.
  const camera = set.stops[0].cameras[0].id;
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 0xff, 0xd9]).toString('base64');
  const found = (await ask(operator, 201, 'POST', '/api/v1/duty/findings', { body: { camera, kind: 'fire', text: '연기', picture: jpeg } })).json;
  const lit = { to: new Date(), from: new Date(Date.now() - 2000) };
  if (lit.from.getUTCHours() !== lit.to.getUTCHours()) lit.from = new Date(lit.to.getTime() - lit.to.getTime() % 3600000);
  await ask(operator, 201, 'POST', '/api/v1/duty/watch/lit', { body: { ...lit, screens: [{ camera, seconds: 1 }] } });
  await ask(operator, 201, 'POST', '/api/v1/duty/notes', { body: { text: '비가 옴', handOver: true } });
  const { no } = (await ask(operator, 201, 'POST', '/api/v1/duty/shortcomings', { body: { text: '화면이 흐림' } })).json;
  await ask(supervisor, 201, 'POST', '/api/v1/duty/shortcomings/{no}/assign', { fill: { no }, body: { user: (await operator.get('/api/v1/me')).id } });
  await ask(operator, 201, 'POST', '/api/v1/duty/shortcomings/{no}/answer', { fill: { no }, body: { text: '닦음' } });
  await ask(official, 404, 'GET', '/api/v1/duty/shifts/{id}/brief', { fill: shift });
  await ask(operator, 404, 'POST', '/api/v1/duty/shifts/{id}/brief/acks', { fill: shift, body: { kind: 'note', subject: '1' } });
  const persons = (await ask(official, 200, 'GET', '/api/v1/people')).json.items;
  const partner = persons.find((one) => one.login === 'operator2').id;
  await ask(supervisor, 201, 'POST', '/api/v1/duty/shifts/{id}/absences', { fill: shift, body: { user: partner, reason: 'sick' } });
  await ask(supervisor, 200, 'DELETE', '/api/v1/duty/shifts/{id}/absences/{user}', { fill: { ...shift, user: partner } });
  const { items: crews } = (await ask(official, 200, 'GET', '/api/v1/duty/crews')).json;
  const resting = crews.filter((crew) => crew.crew !== duty.me.expected.crew);
  const calls = await Promise.all(resting.map((crew) => official.api('POST', `/api/v1/duty/shifts/${shift.id}/calls`, { user: crew.members[0].user })));
  assert.ok(calls.some((answer) => answer.status === 201), 'one of the other crews has had its rest');
  for (const answer of calls) assertContract('POST', '/api/v1/duty/shifts/{id}/calls', answer);
  await ask(official, 200, 'PUT', '/api/v1/duty/crews/{crew}', { fill: { crew: resting[0].crew }, body: { members: resting[0].members.map(({ user }) => ({ user })) } });

  // What has to be done about it, what is held, and reports that are one case.
  const near = { position: [seoulForest.position[0] + 0.00001, seoulForest.position[1]] };
  const numbers = [newNumber(), newNumber()];
  for (const number of numbers) await room.tell({ number, ...near });
  const [first, second] = [await incidentOf(numbers[0]), await incidentOf(numbers[1])].map(({ id: one }) => ({ id: one }));
  await ask(operator, 404, 'GET', '/api/v1/incidents/{id}/procedure', { fill: first });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/acts', { fill: first, body: { act: 'receive' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/procedure/steps', { fill: first, body: { step: 'look', answer: 'seen' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/procedure/steps', { fill: first, body: { step: 'describe', skip: true, reason: '멀다' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/procedure/steps', { fill: first, body: { step: 'tell-112' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/procedure/acks', { fill: first, body: { step: 'tell-112' } });
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/acts', { fill: first, body: { act: 'request_hold' } });
  assert.ok((await ask(operator, 200, 'GET', '/api/v1/incidents/{id}/near', { fill: first })).json.items.some((one) => one.id === second.id));
  await ask(operator, 200, 'POST', '/api/v1/incidents/{id}/merge', { fill: first, body: { other: second.id } });
  const reports = (await ask(operator, 200, 'GET', '/api/v1/incidents/{id}/reports', { fill: first })).json.items;
  await ask(operator, 201, 'POST', '/api/v1/incidents/{id}/split', { fill: first, body: { event: reports[1].event } });
  const [hold] = (await ask(operator, 200, 'GET', '/api/v1/holds', { query: `?incident=${first.id}` })).json.items;
  await ask(official, 200, 'POST', '/api/v1/holds/{id}/end', { fill: { id: hold.id }, body: { reason: '시험' } });

  const drill = (await ask(supervisor, 201, 'POST', '/api/v1/drills', { body: { incident: id, speed: 60 } })).json;
  await until('the drill is told', async () => (await supervisor.get('/api/v1/drills')).items[0].told === drill.steps);
  const slow = (await ask(supervisor, 201, 'POST', '/api/v1/drills', { body: { incident: id } })).json;
  await ask(supervisor, 200, 'POST', '/api/v1/drills/{id}/stop', { fill: { id: slow.id } });

  const timeline = (await ask(supervisor, 200, 'GET', '/api/v1/incidents/{id}/timeline', { fill })).json.items;
  const lent = timeline.find((entry) => entry.kind === 'grant.issued');
  assert.match(lent.from, /^\d{4}-.*\.\d{6}Z$/, 'times are times in the record too');
  assert.equal(typeof lent.ptz, 'boolean');

  // Everything that can be read now has something in it.
  const hour = `${lit.from.toISOString().slice(0, 13)}:00:00Z`;
  const ids = { '/api/v1/duty/shifts/{id}': shift.id, '/api/v1/duty/shifts/{id}/log': shift.id, '/api/v1/duty/watch/lit/{hour}': hour, '/api/v1/cameras/{id}/ptz': camera,
    '/api/v1/incidents/{id}/procedure': first.id, '/api/v1/incidents/{id}/near': first.id, '/api/v1/incidents/{id}/ahead': first.id, '/api/v1/incidents/{id}/finding': found.incident, '/api/v1/incidents/{id}/picture': found.incident, '/api/v1/cameras/imports/{id}': imported.import, '/api/v1/grants/{id}': own.id };
  for (const [path, operations] of Object.entries(document.paths)) {
    // Media's: playHls(). A brief is there when the shift has ended; presets are said to who has a camera that turns.
    if (!operations.get || path === '/api/v1/stream' || path.endsWith('/brief') || path.endsWith('/presets') || operations.get.servers) continue;
    for (const who of [path.endsWith('/own') ? operator : supervisor, agency, nobody]) {
      const answer = await who.api('GET', path.replace(/\{\w+\}/, ids[path] ?? id));
      assertContract('GET', path, answer);
      if (who === supervisor || who === operator) assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      if (who === supervisor && answer.json?.items) assert.ok(answer.json.items.length > 0 || path.endsWith('checkpoints') || path.endsWith('deliveries') || path.endsWith('alarms'), `${path} has items`);
    }
  }
  for (const query of [`?near=${seoulForest.position}`, `?bbox=127,37.5,127.1,37.6`, '?q=서울&limit=3'])
    await ask(operator, 200, 'GET', '/api/v1/cameras', { query: encodeURI(query) });

  await until('the close is told', () => streams[0].frames.some((frame) => frame.kind === 'incident' && frame.item?.state === 'closed'));
  for (const { frames, close } of streams) {
    close();
    assertShape(document.components.schemas.StreamReady, frames[0], 'the first frame');
    for (const frame of frames.slice(1)) assertShape(document.components.schemas.StreamFrame, frame, `frame ${frame.kind}`);
    const choice = frames.find((frame) => frame.kind === 'camera_choice');
    assert.ok(choice?.item.cameras.length > 0, 'the choice says which cameras');
  }
});

test('every refusal is a problem of the contract', async () => {
  const missing = { id: '01K0000000000000000000000Z' };
  await ask(nobody, 400, 'POST', '/api/v1/login', { body: { user: 'x' } });
  await ask(nobody, 401, 'POST', '/api/v1/login', { body: { user: 'nobody', password: 'wrong' } });
  await ask(nobody, 401, 'POST', '/api/v1/logout');
  await ask(agency, 403, 'POST', '/api/v1/incidents/{id}/acts', { fill: missing, body: { act: 'receive' } });
  await ask(operator, 404, 'POST', '/api/v1/incidents/{id}/acts', { fill: missing, body: { act: 'receive' } });
  await ask(operator, 400, 'POST', '/api/v1/messages/dead/release', { body: {} });
  await ask(official, 403, 'POST', '/api/v1/messages/dead/release', { body: { dryRun: true } });
  await ask(operator, 404, 'POST', '/api/v1/messages/dead/{raw}/release', { fill: { raw: '1' }, body: { reason: 'x' } });
  await ask(official, 403, 'POST', '/api/v1/messages/dead/{raw}/dismiss', { fill: { raw: '1' }, body: { reason: 'x' } });
  await ask(operator, 404, 'POST', '/api/v1/deliveries/{id}/retry', { fill: missing, body: { reason: 'x' } });
  await ask(supervisor, 404, 'DELETE', '/api/v1/grants/{id}', { fill: missing, body: { reason: 'x' } });
  await ask(operator, 404, 'POST', '/api/v1/tickets', { body: { grant: missing.id, camera: '11000-0001', kind: 'live' } });
  const fixed = { id: '11000-0001' };
  await ask(operator, 404, 'POST', '/api/v1/cameras/{id}/ptz/lease', { fill: fixed, body: { grant: missing.id, reason: '따라감' } });
  const { set: own } = (await ask(operator, 200, 'GET', '/api/v1/duty/watch/own')).json;
  const watched = { id: own.stops[0].cameras[0].id };
  const still = (await ask(operator, 409, 'POST', '/api/v1/cameras/{id}/ptz/lease', { fill: watched, body: { grant: own.grant, reason: '따라감' } })).json;
  assert.equal(still.type, '/problems/does_not_turn');
  await ask(operator, 409, 'DELETE', '/api/v1/cameras/{id}/ptz/lease', { fill: fixed });
  for (const [act, body] of [['move', { pan: 1, ms: 500 }], ['stop'], ['preset', { preset: '1' }], ['home']]) await ask(operator, 409, 'POST', `/api/v1/cameras/{id}/ptz/${act}`, { fill: fixed, body });
  await ask(operator, 400, 'POST', '/api/v1/cameras/{id}/ptz/move', { fill: fixed, body: { pan: 2, ms: 500 } });
  await ask(operator, 409, 'GET', '/api/v1/cameras/{id}/ptz/presets', { fill: fixed });
  await ask(operator, 403, 'POST', '/api/v1/grants', { body: {} });
  await ask(supervisor, 400, 'POST', '/api/v1/grants', { body: {} });
  await ask(official, 400, 'POST', '/api/v1/cameras/imports', { query: '?list=..', body: 'x' });
  await ask(official, 422, 'POST', '/api/v1/cameras/imports', { body: '관리번호,주소,카메라대수,X,Y\n1,a,1,198053.6,451888.9\n' });
  await ask(official, 404, 'POST', '/api/v1/cameras/imports/{id}/undo', { fill: missing });
  for (const [verb, body] of [['ack'], ['shelve', { reason: 'x' }], ['unshelve']]) await ask(supervisor, 404, 'POST', `/api/v1/alarms/{id}/${verb}`, { fill: missing, body });
  const { items: alarms } = (await ask(supervisor, 200, 'GET', '/api/v1/alarms')).json;
  for (const { id } of alarms.slice(0, 1)) await ask(supervisor, 200, 'POST', '/api/v1/alarms/{id}/ack', { fill: { id } });
  await ask(operator, 409, 'DELETE', '/api/v1/duty/break');
  await ask(official, 403, 'POST', '/api/v1/duty/seat', { body: {} });
  await ask(official, 404, 'POST', '/api/v1/duty/shifts/{id}/absences', { fill: missing, body: { user: 'x', reason: 'sick' } });
  await ask(official, 400, 'PUT', '/api/v1/duty/crews/{crew}', { fill: { crew: 'A' }, body: { members: [{ user: 'nobody' }] } });
  await ask(nobody, 426, 'GET', '/api/v1/stream');
  assertContract('POST', '/linkHttp/recvEvent.json', await room.sendBody(eventBody({ number: newNumber() }), { rrKey: 'A'.repeat(32) }));
  assertContract('POST', '/api/getAuth.json', await room.authenticate('A'.repeat(43)));
  assertContract('POST', '/api/getAuth.json', await room.authenticate(city.account('112').apiKey));
  const message = JSON.stringify(envelope(room.head, eventBody({ number: newNumber() })));
  assertContract('POST', '/api/reqEvent.json', await request(port, 'POST', '/api/reqEvent.json', {
    headers: { 'Content-Type': 'application/json', 'X-Scsns-Secret': room.head.rrKey }, body: message }));
  for (const { http, media } of [city.site('11000')]) {
    for (const [at, method, target, status] of [[http, 'GET', '/assets/none.js', 404], [http, 'GET', '/assets/none', 404], [http, 'GET', '/api/none', 404],
      [http, 'PUT', '/api/v1/me', 405], [http, 'POST', '/health', 405], [media, 'GET', '/whep/11000-0001', 405], [media, 'POST', '/whep/11000-0001', 401],
      [media, 'DELETE', '/whep/session/none', 404], [media, 'GET', '/fmp4/11000-0001', 426],
      [media, 'GET', '/hls/11000-0001/index.m3u8', 401], [media, 'GET', '/hls/11000-0001/index.m3u8?codecs=avc1,,', 400], [media, 'POST', '/hls/11000-0001/index.m3u8', 405], [media, 'GET', '/hls/view/none/media.m3u8', 404],
      [media, 'GET', '/snapshot/11000-0001.jpg', 401], [media, 'POST', '/snapshot/11000-0001.jpg', 405], [media, 'GET', '/snapshot/11000-0001', 404]]) {
      const answer = await request(at, method, target);
      assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
      assert.equal(answer.headers['content-type'], 'application/problem+json', target);
      assert.notEqual(answer.headers['cache-control'], 'public, max-age=31536000, immutable', target);
      assertShape(document.components.schemas.Problem, answer.json, `${method} ${target}`);
    }
  }
});

test('a newer login that ends a session says so to it, and one that is used is not ended', async () => {
  const logins = [];
  for (let i = 0; i < 23; ++i) {
    logins.push(await city.login('operator2'));
    if (i === 0) await until('a second has passed', async () => (await logins[0].get('/api/v1/me')).id, { within: 5000 });
  }
  const ended = await ask(logins[1], 401, 'GET', '/api/v1/me');
  assert.equal(ended.json.type, '/problems/session_replaced');
  await ask(logins[0], 200, 'GET', '/api/v1/me');
  await ask(logins.at(-1), 200, 'GET', '/api/v1/me');
});

test('strangers do not lock an operator out of the desk', async () => {
  const wrong = () => nobody.api('POST', '/api/v1/login', { user: 'operator1', password: 'guess' });
  for (let i = 0; i < 12; ++i) assert.equal((await wrong()).status, 401);
  assert.ok((await city.login('operator1')).token, 'it logged in from here before');
  const account = 'nobody-knows';
  const guess = () => nobody.api('POST', '/api/v1/login', { user: account, password: 'guess' });
  for (let i = 0; i < 5; ++i) await guess();
  const closed = await guess();
  assert.equal(closed.status, 429);
  assertContract('POST', '/api/v1/login', closed);
  const seconds = Number(closed.headers['retry-after']);
  assert.ok(seconds > 30 && seconds <= 60, `Retry-After is the real time: ${seconds}`);
});

test('every operation of the contract was seen', () => {
  const all = Object.entries(document.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
  assert.deepEqual(all.filter((operation) => !seen.has(operation) && operation !== 'POST /api/v1/logout'), []);
});

test('a wrong folder of the desk is an error at the start', () => {
  const { code, output } = city.run('city', '--data', `${city.data}-none`, '--console', '/nowhere');
  assert.equal(code, 2, output);
  assert.match(output, /--console \/nowhere: there is no such folder/);
  assert.doesNotMatch(output, /is ready/);
  const unknown = city.run('foo');
  assert.equal(unknown.code, 2);
  assert.match(unknown.output, /no command 'foo'; there are: city, verify/);
  assert.match(city.run('simulate', 'foo').output, /no command 'foo'; there are: 112/);
});
