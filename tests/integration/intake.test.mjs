// The partners' own ports of a running city: each format is taken and answered, and what is wrong with one connection
// is nobody else's trouble.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { City, request, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { StreamPartner, accepted, acceptedTcp, bell, disaster, fire, ports, scsnsEnd, scsnsTcp, telegram } from './stream_partner.mjs';

let city, operator, supervisor;
const port = (name) => city.port + ports[name];

before(async () => {
  city = await City.start();
  await login();
}, { timeout: 240000 });
after(() => city?.stop());

async function login() {
  [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
}
async function incidentOf(number) {
  const { items } = await operator.get('/api/v1/incidents?limit=200');
  return items.find((item) => item.number === number || item.number.startsWith(number));
}
async function metric(name) {
  const { text } = await request(city.port, 'GET', '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('a telegram is durable before its 102 bytes of answer', async () => {
  const partner = await StreamPartner.connect(port('fire'));
  const number = newNumber();
  const answer = await partner.ask(fire(number));
  assert.equal(answer.length, 102);
  assert.ok(accepted(answer), answer.toString());
  const entries = await City.journal(supervisor, ['message.received', 'event.received']);
  const event = entries.find(({ payload }) => payload.number === number);
  const raw = entries.find(({ seq }) => seq === event.payload.raw);
  assert.deepEqual(Buffer.from(raw.payload.bytes, 'base64').subarray(0, 4).toString(), '1010');
  assert.equal((await incidentOf(number)).sender, 'F1100000000');
  assert.ok(accepted(await partner.ask(fire(number, { status: '91' }))), 'the connection goes on');
  assert.equal((await incidentOf(number)).state, 'closed');
  partner.close();
});

test('SCSNS over TCP opens the police their video', async () => {
  const partner = await StreamPartner.connect(port('policeTcp'), { end: scsnsEnd });
  const number = newNumber();
  const answer = await partner.ask(scsnsTcp(number));
  assert.ok(acceptedTcp(answer), answer.toString('latin1'));
  const incident = await incidentOf(number);
  const { items: grants } = await operator.get(`/api/v1/grants?incident=${incident.id}`);
  assert.deepEqual(grants.map((grant) => grant.holder.agency).sort(), ['B1100000000', 'P1100000000']);
  partner.close();
});

test('a bell is an incident, its test is shown as one and opens nothing', async () => {
  const partner = await StreamPartner.connect(port('bells'));
  partner.write(bell('BELL-A', { kind: 'TEST', emergency: '2' }));
  partner.write(bell('BELL-A'));
  const real = await until('the bell is there', () => incidentOf('BELL-A-'));
  const drill = await incidentOf('TEST-BELL-A-');
  assert.equal(drill.test, true);
  assert.equal(real.test, false);
  assert.equal((await operator.get(`/api/v1/grants?incident=${drill.id}`)).items.length, 0);
  assert.equal((await operator.get(`/api/v1/grants?incident=${real.id}`)).items.length, 1);
  partner.close();
});

test('garbage is kept, answered in the format and let go; the neighbour on the same port goes on', async () => {
  const good = await StreamPartner.connect(port('fire'));
  const bad = await StreamPartner.connect(port('fire'));
  const answer = await bad.ask('GET / HTTP/1.1\r\nHost: bongsu.invalid\r\nUser-Agent: a-scanner-that-found-us\r\n\r\n');
  assert.equal(String.fromCharCode(answer[0]), '1');
  await bad.closed;
  assert.ok(accepted(await good.ask(fire(newNumber()))));
  const { items } = await supervisor.get('/api/v1/messages/dead');
  assert.equal(items[0].actor, 'agency:F1100000000');
  good.close();
});

test('half a frame and the end of the connection: kept as it came, answered', async () => {
  const partner = await StreamPartner.connect(port('fire'));
  const answering = partner.ask(fire(newNumber()).subarray(0, 70));
  partner.socket.end();
  assert.equal(String.fromCharCode((await answering)[0]), '1');
  const { items } = await supervisor.get('/api/v1/messages/dead');
  assert.equal(items[0].field, 'DATA_LEN');
});

test('a byte at a time is a message like any other', async () => {
  const partner = await StreamPartner.connect(port('disaster'));
  const number = newNumber();
  const whole = disaster(number);
  for (const byte of whole.subarray(0, -1)) {
    partner.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(accepted(await partner.ask(whole.subarray(-1))));
  assert.ok(await incidentOf(number));
  partner.close();
});

test('whoever holds all places and says nothing keeps no report out', async () => {
  const held = [];
  for (let i = 0; i < 64; ++i) held.push(await StreamPartner.connect(port('vulnerable')));
  for (const each of held.slice(1)) each.write(Buffer.from('\n'));
  const late = await StreamPartner.connect(port('vulnerable'));
  await held[0].closed;
  late.close();
  assert.equal(await metric('bongsu_partner_closed_for_room_total{partner="vulnerable"}'), 1);
  assert.equal(await metric('bongsu_partner_connections_refused_total{partner="vulnerable"}'), 0);
  const fireRoom = await StreamPartner.connect(port('fire'));
  assert.ok(accepted(await fireRoom.ask(fire(newNumber()))));
  fireRoom.close();
  for (const each of held) each.close();
});

test('a hundred fire reports at once, a connection each, are all taken', async () => {
  const before = (await City.journal(supervisor, ['event.received'])).length;
  const partners = await Promise.all(Array.from({ length: 100 }, () => StreamPartner.connect(port('fire'))));
  const answers = await Promise.all(partners.map((partner) => partner.ask(fire(newNumber()))));
  assert.ok(answers.every(accepted));
  for (const partner of partners) partner.close();
  assert.equal((await City.journal(supervisor, ['event.received'])).length, before + 100);
});

test('a flood is told to slow down in its format and leaves the others alone', async () => {
  const flood = await StreamPartner.connect(port('policeDispatch'));
  const started = Date.now();
  const count = 50000;
  let running = true;
  const pour = (async () => {
    for (let i = 0; i < count; ++i) {
      // Where its vehicles are: no emergency, which would not be told to come later.
      const bytes = telegram({ type: '30', at: new Date(), send: '112', status: '10', fields: [`F${started}-${i}`, 'CAR-1', '20260928000000', '', '127.04', '37.5446', ''] });
      if (!flood.write(bytes)) await new Promise((resolve) => flood.socket.once('drain', resolve));
      if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));  // The fire room speaks from this process too.
    }
    await until('all are answered', () => flood.answers >= count, { within: 120000 });
    running = false;
  })();
  const other = await StreamPartner.connect(port('fire'));
  const times = [];
  while (running) {
    const at = process.hrtime.bigint();
    assert.ok(accepted(await other.ask(fire(newNumber()))));
    times.push(Number(process.hrtime.bigint() - at) / 1e6);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await pour;
  times.sort((a, b) => a - b);
  const over = await metric('bongsu_partner_over_rate_total{partner="police-dispatch"}');
  const taken = await metric('bongsu_partner_messages_total{partner="police-dispatch"}');
  console.log(`# of ${count} positions ${taken} were taken and ${over} told to come later; the fire room's ${times.length} answers meanwhile: median ${times[times.length >> 1]?.toFixed(1)} ms, worst ${times.at(-1)?.toFixed(1)} ms`);
  assert.equal(taken + over, count, 'each has its answer');
  // Only who pours faster than the profile's rate (1,000 a second after 10,000 at once) is told to: not every machine can.
  const seconds = (Date.now() - started) / 1000;
  assert.ok(over > 0 || count <= 10000 + 1000 * seconds, `${count} were taken in ${seconds} s`);
  assert.ok(times.length > 3);
  flood.close();
  other.close();
});

test('an earthquake on one port: 5,000 reports at once are all taken', async () => {
  const flood = await StreamPartner.connect(port('disaster'));
  const count = 5000;
  const started = Date.now();
  for (let i = 0; i < count; ++i) {
    if (!flood.write(disaster(`Q${started}-${i}`))) await new Promise((resolve) => flood.socket.once('drain', resolve));
  }
  await until('all are answered', () => flood.answers >= count, { within: 120000 });
  const seconds = (Date.now() - started) / 1000;
  console.log(`# ${count} reports on one connection of one port in ${seconds} s: ${Math.round(count / seconds)} a second`);
  assert.equal(await metric('bongsu_partner_over_rate_total{partner="disaster"}'), 0);
  assert.equal(await metric('bongsu_partner_not_taken_total{partner="disaster"}'), 0);
  flood.close();
});

test('the program plays each partner', () => {
  for (const name of ['119', '112-telegram', '112-dispatch', '112-tcp', 'vulnerable', 'disaster', 'bell']) {
    const { code, output } = city.run('simulate', name, '--data', city.data);
    assert.equal(code, 0, `${name}: ${output}`);
  }
  assert.equal(city.run('simulate', 'disaster', '--test', '--data', city.data).code, 0);
  assert.equal(city.run('simulate', '119', '--test', '--data', city.data).code, 2, 'its messages have no field for it');
});

test('with TLS only the agreed certificate comes in; states go back to the partner', async () => {
  await city.halt();
  const folder = path.join(city.data, '11000');
  const make = (name) => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout',
      path.join(folder, `${name}.key`), '-out', path.join(folder, `${name}.crt`)], { stdio: 'ignore' });
    return { key: fs.readFileSync(path.join(folder, `${name}.key`)), cert: fs.readFileSync(path.join(folder, `${name}.crt`)) };
  };
  make('centre');
  const agreed = make('agreed');
  const stranger = make('stranger');
  const digest = execFileSync('openssl', ['x509', '-in', path.join(folder, 'agreed.crt'), '-outform', 'DER']);
  const heard = [];
  let silent = false;
  const room = net.createServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      if (!bytes.includes(0xdf)) return;
      heard.push(bytes);
      if (!silent) socket.write(Buffer.concat([Buffer.from([0xda]), Buffer.from('0'), Buffer.from([0xd1]), Buffer.from('2000'), Buffer.from([0xd1]), Buffer.from([0xdf])]));
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => room.listen(0, '127.0.0.1', resolve));
  const file = path.join(folder, 'partners.toml');
  const toml = fs.readFileSync(file, 'utf8').replace('key = "police-tcp"', `key = "police-tcp"
tls = true
client_sha256 = "${createHash('sha256').update(digest).digest('hex')}"
send = { to = "tcp://127.0.0.1:${room.address().port}", networks = ["127.0.0.0/8"], answer_ms = 500 }
retry = { first_ms = 200, cap_ms = 1000, attempts = 3 }`).replace('listen = { offset = 25 }', 'listen = { offset = 25, certificate_file = "centre.crt", key_file = "centre.key" }');
  fs.writeFileSync(file, toml);
  city = await City.start({ data: city.data, takeOver: city });
  await login();

  const secure = (pair) => ({ end: scsnsEnd, secure: { ...pair, rejectUnauthorized: false } });
  const number = newNumber();
  const partner = await StreamPartner.connect(port('policeTcp'), secure(agreed));
  assert.ok(acceptedTcp(await partner.ask(scsnsTcp(number))));
  partner.close();
  for (const pair of [stranger, {}]) {
    const entries = (await City.journal(supervisor, ['message.received'])).length;
    const wrong = await StreamPartner.connect(port('policeTcp'), secure(pair)).catch(() => null);
    if (wrong) await assert.rejects(wrong.ask(scsnsTcp(newNumber())));
    assert.equal((await City.journal(supervisor, ['message.received'])).length, entries, 'nothing of a stranger is stored');
  }
  const strangers = [];
  for (let i = 0; i < 70; ++i) strangers.push(await StreamPartner.connect(port('policeTcp')));
  const late = await StreamPartner.connect(port('policeTcp'), secure(agreed));
  assert.ok(acceptedTcp(await late.ask(scsnsTcp(newNumber()))), 'half handshakes keep nobody out');
  for (const each of [late, ...strangers]) each.close();
  const plain = await StreamPartner.connect(port('policeTcp'), { end: scsnsEnd });
  await assert.rejects(plain.ask(scsnsTcp(newNumber())));

  const incident = await incidentOf(number);
  const act = (body) => operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, body);
  const deliveries = async () => (await operator.get(`/api/v1/deliveries?incident=${incident.id}`)).items;
  assert.equal((await act({ act: 'receive' })).status, 201);
  await until('the room has heard it', () => heard.length === 1);
  assert.ok(heard[0].includes(number));
  await until('and we know that', async () => (await deliveries())[0].state === 'delivered');
  silent = true;
  assert.equal((await act({ act: 'close', outcome: 'true' })).status, 201);
  const failed = await until('three tries are enough', async () => {
    const [newest] = await deliveries();
    return newest.state === 'failed' && newest;
  }, { within: 15000 });
  assert.equal(failed.attempts, 3);
  assert.match(failed.why, /no answer within 500 ms/);
  silent = false;
  assert.equal((await supervisor.api('POST', `/api/v1/deliveries/${failed.id}/retry`, { reason: 'the room is back' })).status, 200);
  await until('a person sent it again', async () => (await deliveries()).every((each) => each.state === 'delivered'));
  room.close();
});

test('a room is told over TLS, and an agreement changes while the city runs', async () => {
  const folder = path.join(city.data, '11000');
  const file = path.join(folder, 'partners.toml');
  const pem = (name) => fs.readFileSync(path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=room', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', path.join(folder, 'room.key'), '-out', path.join(folder, 'room.crt')], { stdio: 'ignore' });
  const heard = [];
  const room = tls.createServer({ key: pem('room.key'), cert: pem('room.crt'), ca: [pem('centre.crt')], requestCert: true, minVersion: 'TLSv1.2' }, (socket) => {
    socket.on('data', (bytes) => {
      heard.push({ bytes, from: socket.getPeerCertificate().subject.CN });
      socket.write(Buffer.concat([Buffer.from([0xda]), Buffer.from('0'), Buffer.from([0xd1]), Buffer.from('2000'), Buffer.from([0xd1]), Buffer.from([0xdf])]));
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => room.listen(0, '127.0.0.1', resolve));
  const official = await city.login('official1');
  const reload = () => official.api('POST', '/api/v1/partners/reload', { reason: 'agreed by letter' });
  const before = fs.readFileSync(file, 'utf8');
  const write = (change) => fs.writeFileSync(file, change(before));
  const overTls = (text) => text.replace(/to = "tcp:[^"]*", networks = \["127.0.0.0\/8"\], answer_ms = 500/,
    `to = "tls://127.0.0.1:${room.address().port}", networks = ["127.0.0.0/8"], ca_file = "room.crt", certificate_file = "centre.crt", key_file = "centre.key"`);
  const secure = (name) => ({ end: scsnsEnd, secure: { key: pem(`${name}.key`), cert: pem(`${name}.crt`), rejectUnauthorized: false } });
  const partner = await StreamPartner.connect(port('policeTcp'), secure('agreed'));
  const number = newNumber();
  assert.ok(acceptedTcp(await partner.ask(scsnsTcp(number))));
  const incident = await incidentOf(number);
  const deliveries = async () => (await operator.get(`/api/v1/deliveries?incident=${incident.id}`)).items;

  write((text) => overTls(text).replace('key = "police-tcp"', 'key = "police-tcp"\ncolour = 1'));
  const refused = await reload();
  assert.equal(refused.status, 409, refused.text);
  assert.match(refused.text, /police-tcp: colour is not a field of a partner/);
  write((text) => `${overTls(text)}\n[[partner]]\nkey = "late"\nformat = "wearable"\nsender = "W1100000001"\nlisten = { offset = 27 }\n`);
  assert.match((await reload()).text, /late: listen is a port that is bound at a start only/);
  fs.chmodSync(path.join(folder, 'centre.key'), 0o644);
  write(overTls);
  assert.match((await reload()).text, /police-tcp: .*key_file: .*open to others than its owner/);
  fs.chmodSync(path.join(folder, 'centre.key'), 0o600);

  const taken = await reload();
  assert.equal(taken.status, 200, taken.text);
  assert.deepEqual(taken.json.changed, ['police-tcp']);
  assert.ok(acceptedTcp(await partner.ask(scsnsTcp(newNumber()))), 'who is connected goes on');
  assert.equal((await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'receive' })).status, 201);
  await until('the room has it over TLS', async () => (await deliveries()).some((each) => each.state === 'delivered'));
  assert.equal(heard.length, 1);
  assert.equal(heard[0].from, 'centre');
  assert.ok(heard[0].bytes.includes(number));

  const digest = createHash('sha256').update(execFileSync('openssl', ['x509', '-in', path.join(folder, 'stranger.crt'), '-outform', 'DER'])).digest('hex');
  write((text) => overTls(text).replace(/client_sha256 = "[0-9a-f]*"/, `client_sha256 = "${digest}"`));
  assert.equal((await reload()).status, 200);
  await partner.closed;  // It is no longer the one that is let in.
  const old = await StreamPartner.connect(port('policeTcp'), secure('agreed')).catch(() => null);
  if (old) await assert.rejects(old.ask(scsnsTcp(newNumber())));
  const agreed = await StreamPartner.connect(port('policeTcp'), secure('stranger'));
  assert.ok(acceptedTcp(await agreed.ask(scsnsTcp(newNumber()))));
  agreed.close();

  const entries = await City.journal(supervisor, ['partners.changed']);
  assert.deepEqual(entries.map((entry) => entry.payload.why), ['start', 'start', 'agreed by letter', 'agreed by letter']);
  assert.match(entries.at(-1).actor, /^user:/);
  room.close();
});

test('a new partner over HTTP is admitted while the city runs: a profile and a key, no account', async () => {
  const folder = path.join(city.data, '11000');
  const file = path.join(folder, 'partners.toml');
  const apiKey = createHash('sha256').update(`mapo ${Date.now()}`).digest('hex');
  fs.writeFileSync(path.join(folder, 'mapo-lpr.key'), `${apiKey}\n`, { mode: 0o644 });
  fs.appendFileSync(file, `
[[partner]]
key = "mapo-lpr"
format = "scsns"
sender = "L1144000000"
pairs = [{ send = "L1144000000", receive = "B1100000000" }]
api_key_file = "mapo-lpr.key"
`);
  const official = await city.login('official1');
  const reload = () => official.api('POST', '/api/v1/partners/reload', { reason: 'agreed by letter' });
  const open = await reload();
  assert.equal(open.status, 409);
  assert.match(open.text, /mapo-lpr: api_key_file: .*open to others than its owner/);
  assert.ok(!open.text.includes(apiKey));
  fs.chmodSync(path.join(folder, 'mapo-lpr.key'), 0o600);
  const taken = await reload();
  assert.equal(taken.status, 200, taken.text);
  assert.deepEqual(JSON.parse(taken.text).added, ['mapo-lpr']);

  const lpr = new Partner();
  lpr.port = city.site('11000').http;
  lpr.head = { sendCd: 'L1144000000', rcvCd: 'B1100000000' };
  const number = newNumber();
  lpr.head.rrKey = (await lpr.authenticate(apiKey)).json.message;
  await lpr.tell({ number });
  assert.equal((await incidentOf(number)).sender, 'L1144000000');

  await city.halt();
  city = await City.start({ data: city.data, takeOver: city });
  await login();
  lpr.port = city.site('11000').http;
  await lpr.tell({ number, state: '91' });
  assert.equal((await incidentOf(number)).state, 'closed', 'its session goes on after a restart');
  assert.ok(!JSON.stringify(await City.journal(supervisor)).includes(apiKey));
});

test('what came in stands up to verification', async () => {
  await city.halt();
  const { code, output } = city.verify();
  assert.equal(code, 0, output);
  assert.equal(city.replay().code, 0);
});
