// Bad, odd and repeated input at the doors of the real city: each is answered, named and survived.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, envelope, eventBody, newNumber } from './partner.mjs';

let city, room, operator, police, supervisor, port;

before(async () => {
  city = await City.start();
  port = city.site('11000').http;
  room = await Partner.open(city);
  [operator, police, supervisor] = await Promise.all(['operator1', 'police1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
}, { timeout: 240000 });

after(() => city?.stop());

const journal = (...kinds) => City.journal(supervisor, kinds);
const lastSeq = async () => (await City.journal(supervisor)).at(-1).seq;

async function incidentOf(number) {
  const received = (await journal('event.received')).find((entry) => entry.payload.number === number);
  if (!received) return undefined;
  const opened = (await journal('incident.opened')).find((entry) => entry.payload.event === received.payload.event);
  return opened && (await operator.get(`/api/v1/incidents/${opened.payload.incident}`));
}

const metric = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await request(port, 'GET', '/metrics')).text)?.[1]);

/** The message is refused in the partner's form with that type, is on record, and led to no event. */
async function assertRefusedMessage(answer, type, what) {
  assert.equal(answer.json?.result, '1', `${what}: ${answer.status} ${answer.text}`);
  assert.equal(answer.json.type, String(type), `${what}: ${answer.text}`);
  assert.equal(answer.json.startTag, '$DA');
  assert.equal(answer.json.finishTag, '$DF');
  assert.ok(answer.json.message.length > 0, `${what} has a reason`);
}

test('malformed, truncated, wrongly encoded and oversized messages are refused in the partner form and the next one is taken', async () => {
  const whole = (more = {}) => JSON.stringify(envelope(room.head, eventBody({ number: newNumber(), place: '서울숲공원 정문', ...more })));
  const before = (await journal('event.received')).length;
  const text = whole();
  const korean = Buffer.from(text).indexOf(Buffer.from('서울숲'));
  const cp949 = Buffer.concat([Buffer.from(text).subarray(0, korean), Buffer.from([0xbc, 0xad, 0xbf, 0xef, 0xbd, 0xa3]), Buffer.from(text).subarray(korean + 9)]);
  const cases = [
    ['no JSON', 'this is no message', 4000],
    ['a comma too many', text.replace('"hdCnt"', ',"hdCnt"'), 4000],
    ['nothing', '', 4000],
    ['a list', `[${text}]`, 4000],
    ['nested 4,000 deep', '{"body":'.repeat(4000) + '1' + '}'.repeat(4000), 4000],
    ['two messages', text + text, 4000],
    ['CP949', cp949, 4000],
    ['cut within a letter', Buffer.from(text).subarray(0, korean + 1), 4000],
    ['more than 256 KiB', whole({ text: '가'.repeat(100 * 1024) }), 4000],
    ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.999].map((part) => [`cut at ${part}`, text.slice(0, Math.floor(text.length * part)), 4000]),
  ];
  for (const [what, bytes, type] of cases) await assertRefusedMessage(await room.sendRaw(bytes), type, what);
  assert.equal((await journal('event.received')).length, before, 'nothing followed from them');
  const refused = (await operator.get('/api/v1/messages/refused')).items;
  assert.ok(refused.length >= cases.length, `the duty officer sees them: ${refused.length} of ${cases.length}`);
  assert.ok(refused.every((item) => item.reason.length > 0 && item.actor === 'agency:P1100000000'));

  const huge = await room.sendRaw(Buffer.alloc(3 << 20, 0x20)).catch((error) => ({ status: 413, error }));
  assert.equal(huge.status, 413, 'more than any message');
  if (!huge.error) assert.equal(huge.json.type, '4000', 'in the partner\'s form');
  assert.equal((await room.sendRaw(whole())).json.result, '0', 'the next good one is taken');
});

test('a missing or wrong field is named', async () => {
  const change = (edit) => { const body = eventBody({ number: newNumber() }); edit(body); return body; };
  const cases = [
    [4101, 'evtId', (body) => { delete body.evtId; }], [4101, 'ocrNbr', (body) => { body.ocrNbr = ''; }],
    [4101, 'evtGrad', (body) => { delete body.evtGrad; }], [4102, 'evtGrad', (body) => { body.evtGrad = '15'; }],
    [4102, 'ocrSts', (body) => { body.ocrSts = '77'; body.ocrEvtSts.ocrEvtStsCd = '77'; }],
    [4102, 'evtId', (body) => { body.evtId = '<script>alert(1)</script>'; }],
    [4102, 'evtId', (body) => { body.evtId = ['112UC001']; }],
    [4102, 'ocrEvtTime', (body) => { body.ocrEvtTime = '20190230120000'; }],
    [4102, 'ocrEvtItem', (body) => { body.ocrEvtItem = 5; }],
  ];
  for (const [type, field, edit] of cases) {
    const answer = await room.sendBody(change(edit));
    await assertRefusedMessage(answer, type, field);
    assert.match(answer.json.message, new RegExp(field.replace('.', '\\.')));
  }
  assert.match((await room.sendBody(eventBody({ number: newNumber() }), { service: 'PING' })).json.message, /svcTy/);
  assert.match((await room.sendRaw(JSON.stringify({ ...envelope(room.head, {}), body: undefined }))).json.message, /body/);
});

test('without the right key nothing is taken and nothing is stored', async () => {
  const unknown = await metric('bongsu_intake_unauthenticated_total');
  const seq = await lastSeq();
  const number = newNumber();
  const wrong = [
    await room.sendBody(eventBody({ number }), { rrKey: 'A'.repeat(43) }),
    await room.sendBody(eventBody({ number }), { rrKey: '' }),
    await room.sendRaw('no message at all', 'nobody'),
  ];
  for (const answer of wrong) {
    assert.equal(answer.status, 401);
    await assertRefusedMessage(answer, 4001, 'wrong session key');
  }
  assert.equal(await metric('bongsu_intake_unauthenticated_total'), unknown + wrong.length, 'they are counted');
  const more = (await City.journal(supervisor)).filter((entry) => entry.seq > seq && entry.kind.startsWith('message.'));
  assert.deepEqual(more, [], 'and not stored');

  const stranger = await room.sendBody(eventBody({ number }), { sendCd: 'F1100000000' });
  assert.equal(stranger.status, 401);
  await assertRefusedMessage(stranger, 4001, 'another agency\'s name');
  const [dead] = (await supervisor.get('/api/v1/messages/dead')).items;
  assert.deepEqual([dead.actor, dead.field], ['agency:P1100000000', 'sendCd'], 'who was let in said to be another: that is on record');

  for (const apiKey of ['A'.repeat(43), city.account('119').apiKey]) {
    const answer = await room.authenticate(apiKey);
    assert.equal(answer.status, 401, answer.text);
    await assertRefusedMessage(answer, 4001, 'wrong API key');
  }
  await assertRefusedMessage(await room.authenticate(''), 4101, 'no API key');
  const everything = JSON.stringify(await City.journal(supervisor));
  assert.ok(!everything.includes(city.account('112').apiKey), 'no API key is in the record');
  assert.ok(!everything.includes(room.head.rrKey), 'nor is a session key');
  const raw = (await journal('message.received')).map((entry) => Buffer.from(entry.payload.bytes, 'base64').toString());
  assert.ok(raw.length > 0 && raw.every((bytes) => !bytes.includes(room.head.rrKey)), 'not in the raw copies either');
});

test('a message that comes again is counted on its original and opens nothing twice', async () => {
  const number = newNumber();
  const body = eventBody({ number, position: seoulForest.position });
  for (let i = 0; i < 5; ++i) assert.equal((await room.sendBody(body)).json.result, '0');
  const answers = await Promise.all(Array.from({ length: 20 }, () => room.sendBody(body)));
  assert.ok(answers.every((answer) => answer.json.result === '0'));
  const received = (await journal('event.received')).filter((entry) => entry.payload.number === number);
  assert.equal(received.length, 1);
  const { event } = received[0].payload;
  assert.equal((await journal('event.repeated')).filter((entry) => entry.payload.event === event).length, 24);
  assert.equal((await journal('incident.opened')).filter((entry) => entry.payload.event === event).length, 1);
  const incident = await incidentOf(number);
  assert.equal((await operator.get(`/api/v1/grants?incident=${incident.id}`)).items.length, 2);
});

test('messages out of order: an older change does not overwrite, a late one opens nothing again', async () => {
  const number = newNumber();
  const at = (seconds) => new Date(Date.now() + seconds * 1000);
  await room.tell({ number, state: '10', at: at(-60), text: '처음', position: seoulForest.position });
  await room.tell({ number, state: '40', at: at(-10), text: '새 소식', position: hongdae.position });
  await room.tell({ number, state: '40', at: at(-30), text: '늦은 소식', position: [126.0, 37.0] });
  let incident = await incidentOf(number);
  assert.equal(incident.state, 'new', '40 never changes the state');
  assert.deepEqual(incident.position, hongdae.position);
  const grants = async () => (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  await until('the grants followed the place', async () => (await grants()).every((grant) => grant.cameras.every((camera) => camera.startsWith('11440-'))), { within: 20000 });

  await room.tell({ number, state: '91', at: at(-5) });
  await room.tell({ number, state: '91', at: at(-4) });
  assert.equal((await incidentOf(number)).state, 'closed', '91 twice');
  for (const state of ['10', '20', '40', '50', '90']) await room.tell({ number, state, at: at(0), position: seoulForest.position });
  incident = await incidentOf(number);
  assert.equal(incident.state, 'closed', 'nothing reopens');
  assert.ok((await grants()).every((grant) => grant.state === 'ended'));
});

test('a 40 or a 91 before its 10', async () => {
  const early = newNumber();
  await room.tell({ number: early, state: '40', position: seoulForest.position, at: new Date(Date.now() - 10000) });
  const opened = await incidentOf(early);
  assert.equal(opened.state, 'new', 'an emergency does not wait for its first message');
  assert.equal((await operator.get(`/api/v1/grants?incident=${opened.id}`)).items.length, 2);
  await room.tell({ number: early, state: '10', position: seoulForest.position, at: new Date(Date.now() - 20000) });
  assert.equal((await incidentOf(early)).id, opened.id, 'one incident');

  const over = newNumber();
  await room.tell({ number: over, state: '91', position: seoulForest.position });
  await room.tell({ number: over, state: '10', position: seoulForest.position, at: new Date(Date.now() - 60000) });
  const closed = await incidentOf(over);
  if (closed) {
    assert.equal(closed.state, 'closed');
    assert.equal((await operator.get(`/api/v1/grants?incident=${closed.id}`)).items.filter((grant) => grant.state === 'live').length, 0);
  }
});

test('an unknown evtId is kept and shown as unknown', async () => {
  const number = newNumber();
  await room.tell({ number, type: 'ZZZUC999', name: '새 연계 서비스', position: seoulForest.position });
  const incident = await incidentOf(number);
  assert.equal(incident.type, 'ZZZUC999');
  assert.equal(incident.known, false);
  assert.equal(incident.state, 'new');
  const grants = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  assert.ok(grants.every((grant) => grant.holder.agency !== 'P1100000000'), 'no purpose, no grant for its sender');
});

test('odd coordinates are corrected or left out, never believed', async () => {
  const [lon, lat] = seoulForest.position;
  const cases = [
    ['zero', [0, 0], null], ['zero', ['0.0', ''], null], ['swapped', [lat, lon], [lon, lat]],
    ['projected', [958712.9, 1947532.4], null], ['far', [139.69, 35.69], null], ['far', [-127.04, 37.5446], null],
  ];
  for (const [fault, position, expected] of cases) {
    const number = newNumber();
    const body = eventBody({ number, position });
    assert.equal((await room.sendBody(body)).json.result, '0', `${position}`);
    const incident = await incidentOf(number);
    assert.deepEqual(incident.position, expected, `${position}`);
    const received = (await journal('event.received')).find((entry) => entry.payload.number === number);
    assert.equal(received.payload.positionFault, fault, `${position}`);
    const { items } = await operator.get(`/api/v1/incidents/${incident.id}/cameras`);
    assert.equal(items.length > 0, expected !== null, `cameras for ${position}`);
  }
  for (const edit of [(place) => { place.crdntX = '서울숲'; }, (place) => { place.crdntX = true; }, undefined]) {
    const number = newNumber();
    const body = eventBody({ number });
    if (edit) edit(body.ocrLc);
    else body.ocrLc = 7;
    assert.equal((await room.sendBody(body)).json.result, '0', 'a call is not left for its coordinates');
    const incident = await incidentOf(number);
    assert.equal(incident.position, null);
    assert.ok(incident.faults.some((fault) => fault.startsWith('positionFault:ocrLc')), `${incident.faults}`);
  }
});

test('our own JSON and CloudEvents: 201, the same again 200, another body 409, another revision 201', async () => {
  const time = new Date().toISOString();
  const own = { id: `e-${Date.now()}`, source: 'desk', type: '112UC001', time, position: seoulForest.position, place: '서울숲', grade: '10' };
  const cloud = { specversion: '1.0', id: `c-${Date.now()}`, source: '/bells/1', type: '112UC001', time, datacontenttype: 'application/json',
    data: { position: seoulForest.position, place: '서울숲', grade: '20' } };
  for (const [what, event, revised, other] of [
    ['own', own, { ...own, text: '둘째', revision: 2 }, { ...own, text: '다른 내용' }],
    ['cloud', cloud, { ...cloud, data: { ...cloud.data, text: '둘째', revision: 2 } }, { ...cloud, data: { ...cloud.data, text: '다른 내용' } }],
  ]) {
    const first = await operator.api('POST', '/api/v1/events', event);
    assert.equal(first.status, 201, `${what}: ${first.text}`);
    assert.ok(first.json.event);
    const again = await operator.api('POST', '/api/v1/events', event);
    assert.equal(again.status, 200, `${what}: ${again.text}`);
    assert.equal(again.json.event, first.json.event);
    assert.ok(again.json.incident, 'the incident is known by now');
    const conflict = await operator.api('POST', '/api/v1/events', other);
    assert.equal(conflict.status, 409, `${what}: ${conflict.text}`);
    assert.match(conflict.headers['content-type'], /application\/problem\+json/);
    const better = await operator.api('POST', '/api/v1/events', revised);
    assert.equal(better.status, 201, `${what}: ${better.text}`);
    assert.equal(better.json.event, first.json.event, 'the same event, revised');
    const older = revised.data ? { ...revised, data: { ...revised.data, text: '앞선', revision: 1 } } : { ...revised, text: '앞선', revision: 1 };
    const late = await operator.api('POST', '/api/v1/events', older);
    assert.equal(late.status, 201, `${what}: ${late.text}`);
    assert.equal((await operator.get(`/api/v1/incidents/${first.json.incident ?? again.json.incident}`)).text, '둘째', 'an older revision is kept, and changes nothing');
  }
});

test('a CloudEvent in binary mode is read from its headers; a batch is answered 415', async () => {
  const send = (headers, body) => request(port, 'POST', '/api/v1/events', { headers: { Authorization: `Bearer ${operator.token}`, ...headers }, body });
  const id = `벨 ${Date.now()}`;
  const headers = { 'ce-specversion': '1.0', 'CE-Id': encodeURIComponent(id), 'ce-source': '/bells/1', 'ce-type': 'EBSCP110', 'Content-Type': 'application/json' };
  const first = await send(headers, JSON.stringify({ position: seoulForest.position, place: '서울숲', grade: '20' }));
  assert.equal(first.status, 201, first.text);
  const incident = await incidentOf(id);
  assert.equal(incident.place, '서울숲');
  assert.deepEqual(incident.faults, ['absent:time']);
  const bare = await send({ ...headers, 'CE-Id': `${Date.now()}` });
  assert.equal(bare.status, 201, bare.text);
  const { 'ce-type': type, ...untyped } = headers;
  const missing = await send(untyped, '{}');
  assert.equal(missing.status, 400, `${type}: ${missing.text}`);
  assert.equal(missing.json.field, 'ce-type');
  const batch = await send({ 'Content-Type': 'application/cloudevents-batch+json' }, '[]');
  assert.equal(batch.status, 415, batch.text);
  assert.equal(batch.json.type, '/problems/unsupported_media_type');
});

test('a position that is none is noted, and the event is taken', async () => {
  const base = { source: 'desk', type: '112UC001', time: new Date().toISOString(), place: '서울숲' };
  let count = 0;
  for (const position of [[127], 'here', ['127.04', '37.54'], [127.04, null], { lon: 127.04, lat: 37.54 }]) {
    const own = { ...base, id: `p-${Date.now()}-${++count}`, position };
    const cloud = { specversion: '1.0', id: `q-${Date.now()}-${count}`, source: '/bells/1', type: '112UC001', time: base.time, data: { position, place: '서울숲' } };
    for (const [event, fault] of [[own, 'positionFault:position'], [cloud, 'positionFault:data.position']]) {
      const answer = await operator.api('POST', '/api/v1/events', event);
      assert.equal(answer.status, 201, `${JSON.stringify(position)}: ${answer.text}`);
      const incident = await incidentOf(event.id);
      assert.equal(incident.position, null);
      assert.equal(incident.positionFault, 'zero');
      assert.equal(incident.place, '서울숲');
      assert.deepEqual(incident.faults, [fault]);
    }
  }
});

test('a bad event names its field', async () => {
  const good = { id: `b-${Date.now()}`, source: 'desk', type: '112UC001', time: new Date().toISOString(), position: seoulForest.position };
  const cases = [
    ['id', { ...good, id: undefined }], ['source', { ...good, source: 7 }], ['type', { ...good, type: '' }], ['time', { ...good, time: 'yesterday' }],
    ['time', { ...good, time: '2019-02-30T00:00:00Z' }], 
    ['grade', { ...good, grade: '15' }], ['state', { ...good, state: '77' }], ['items', { ...good, items: [1] }], ['revision', { ...good, revision: -1 }],
    ['specversion', { ...good, specversion: '0.3' }], ['data_base64', { ...good, specversion: '1.0', data_base64: '***' }], ['text', { ...good, text: { a: 1 } }],
  ];
  const before = (await journal('event.received')).length;
  for (const [field, body] of cases) {
    const answer = await operator.api('POST', '/api/v1/events', body);
    assert.equal(answer.status, 400, `${field}: ${answer.status} ${answer.text}`);
    assert.match(answer.json.detail, new RegExp(`\\b${field}\\b`), `${field}: ${answer.json.detail}`);
  }
  assert.equal((await journal('event.received')).length, before);
});

test('every route that takes JSON says what is wrong with it', async () => {
  const number = newNumber();
  await room.tell({ number, position: seoulForest.position });
  const incident = await incidentOf(number);
  const [grant] = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  const routes = [
    [operator, '/api/v1/login', [['user', {}], ['password', { user: 'operator1' }], ['user', { user: 1, password: 'x' }]]],
    [operator, `/api/v1/incidents/${incident.id}/acts`, [['act', {}], ['act', { act: 'dance' }], ['act', { act: 1 }], ['outcome', { act: 'close' }], ['text', { act: 'cancel' }], ['text', { act: 'note', text: 3 }]]],
    [operator, '/api/v1/tickets', [['grant', {}], ['camera', { grant: grant.id }], ['kind', { grant: grant.id, camera: grant.cameras[0] }], ['kind', { grant: grant.id, camera: grant.cameras[0], kind: 'copy' }], ['height', { grant: grant.id, camera: grant.cameras[0], kind: 'live', height: 'tall' }]]],
    [police, '/api/v1/grants', [['incident', {}], ['purpose', { incident: incident.id }], ['cameras', { incident: incident.id, purpose: 'operator-incident' }], ['cameras', { incident: incident.id, purpose: 'operator-incident', cameras: [1] }]]],
    [operator, '/api/v1/events', [['id', {}]]],
  ];
  const texts = ['', '{', 'null', '[]', '"text"', '\u0000', '{"a":1}{"b":2}', `${'['.repeat(2000)}`, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])];
  for (const [who, target, cases] of routes) {
    for (const text of texts) {
      const answer = await who.api('POST', target, text);
      assert.equal(answer.status, 400, `${target} ${text.toString().slice(0, 20)}: ${answer.status} ${answer.text}`);
      assert.match(answer.headers['content-type'], /application\/problem\+json/);
      assert.ok(answer.json.detail.length > 0);
    }
    for (const [field, body] of cases) {
      const answer = await who.api('POST', target, body);
      assert.ok([400, 403].includes(answer.status) && answer.status === 400, `${target} ${JSON.stringify(body)}: ${answer.status} ${answer.text}`);
      assert.match(answer.json.detail, new RegExp(`\\b${field}\\b`), `${target} ${JSON.stringify(body)}: ${answer.json.detail}`);
    }
  }
  assert.equal((await operator.api('POST', '/api/v1/nothing', {})).status, 404);
  assert.equal((await operator.api('PUT', '/api/v1/tickets', {})).status, 405);
  assert.equal((await request(port, 'POST', '/api/v1/tickets', { body: '{}' })).status, 401);
});

test('after all of it the city is ready and its record whole', async () => {
  await city.ready();
  await until('nothing is under way', async () => (await request(port, 'GET', '/health')).status === 200);
  assert.deepEqual(await city.halt(), { code: 0, signal: null });
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
});
