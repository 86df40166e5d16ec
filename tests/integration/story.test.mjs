// The main job from end to end over the public contract: a 112 message opens video, the close makes it dark, and the
// record names who saw what.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { claimsOf, records, rewrite, signTicket, ticketKey, ulid } from './record.mjs';
import { Player, openWhenServed } from './rtsp.mjs';

const police = 'P1100000000';
const centre = 'B1100000000';
const darkWithin = 1000;

let city, room, operator, second, supervisor, agency, fire, mapo;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, second, supervisor, agency, fire, mapo] = await Promise.all(
    ['operator1', 'operator2', 'supervisor1', '112', '119', 'mapo1'].map((user) => city.login(user)));
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
}, { timeout: 240000 });

after(() => city?.stop());

/** Sends state 10 and answers the incident with its cameras and grants, as they stand when the answer is there. */
async function open(place, grade = '10') {
  const number = newNumber();
  await room.tell({ number, grade, position: place.position, place: place.place });
  const { items } = await operator.get('/api/v1/incidents');
  const entries = await City.journal(supervisor, ['event.received', 'incident.opened']);
  const received = entries.find((entry) => entry.kind === 'event.received' && entry.payload.number === number);
  assert.ok(received, 'the acknowledged message is in the journal');
  const opened = entries.find((entry) => entry.kind === 'incident.opened' && entry.payload.event === received.payload.event);
  const incident = items.find((item) => item.id === opened.payload.incident);
  assert.ok(incident, 'the incident stands in the list');
  const cameras = (await operator.get(`/api/v1/incidents/${incident.id}/cameras`)).items;
  const grants = (await operator.get(`/api/v1/grants?incident=${incident.id}`)).items;
  return { number, incident, cameras, grants, of: (holder) => grants.find((grant) => grant.holder.agency === holder) };
}

async function ticketOf(person, grant, camera, more = {}) {
  const answer = await person.api('POST', '/api/v1/tickets', { grant, camera, kind: 'live', ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function act(incident, body) {
  const answer = await operator.api('POST', `/api/v1/incidents/${incident}/acts`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

/** Watches players through the second after `since` and half a second more: none of them may get a byte then. */
async function assertDark(players, since) {
  await until('the watched second is over', () => Date.now() > since + darkWithin + 500);
  for (const player of players) {
    assert.ok(player.pictures > 0, 'it showed pictures before');
    assert.ok(player.lastAt <= since + darkWithin, `last byte ${player.lastAt - since} ms after the close`);
    assert.ok(player.closedAt > 0, 'its connection is closed');
  }
  return Math.max(...players.map((player) => player.lastAt - since));
}

async function assertRefused(url, ticket, what) {
  for (const inUrl of [false, true]) {
    const player = await Player.open(url, { ticket, inUrl });
    player.close();
    assert.equal(player.status, 401, `${what} by ${inUrl ? 'URL' : 'Basic'}: ${player.status} ${player.error?.message ?? ''}`);
    assert.equal(player.pictures, 0);
  }
}

const live = {};

test('a 112 message of grade 10 opens an incident with six cameras and two grants before it is answered', async () => {
  Object.assign(live, await open(seoulForest));
  assert.equal(live.incident.state, 'new');
  assert.equal(live.incident.grade, '10');
  assert.equal(live.cameras.length, 6);
  for (const camera of live.cameras) {
    assert.ok(camera.live && camera.score > 0 && camera.reasons.length > 0, camera.id);
  }
  assert.equal(live.grants.length, 2);
  for (const holder of [police, centre]) {
    const grant = live.of(holder);
    assert.equal(grant.state, 'live');
    assert.ok(grant.basis.length > 0);
    assert.deepEqual([...grant.cameras].sort(), live.cameras.map((camera) => camera.id).sort());
  }
});

test('the agency sees its own grant, its cameras and nothing else; another agency sees nothing', async () => {
  const own = (await agency.get('/api/v1/grants')).items;
  assert.deepEqual(own.map((grant) => grant.id), [live.of(police).id]);
  const cameras = (await agency.get(`/api/v1/incidents/${live.incident.id}/cameras`)).items;
  assert.deepEqual(cameras.map((camera) => camera.id), live.cameras.map((camera) => camera.id));
  for (const target of ['/api/v1/cameras?near=127.04,37.5446', '/api/v1/sites', '/api/v1/journal?after=0']) {
    assert.equal((await agency.api('GET', target)).status, 403, target);
  }
  const wanted = { grant: live.of(centre).id, camera: live.cameras[0].id, kind: 'live' };
  assert.ok([403, 404].includes((await agency.api('POST', '/api/v1/tickets', wanted)).status), "the operators' grant");
  assert.equal((await fire.get('/api/v1/incidents')).items.length, 0);
  assert.equal((await fire.get('/api/v1/grants')).items.length, 0);
  assert.equal((await fire.api('GET', `/api/v1/incidents/${live.incident.id}`)).status, 404);
  wanted.grant = live.of(police).id;
  assert.ok([403, 404].includes((await fire.api('POST', '/api/v1/tickets', wanted)).status), "the police's grant");
  const foreign = (await operator.get(`/api/v1/cameras?near=${hongdae.position}&limit=1`)).items[0].id;
  const answer = await agency.api('POST', '/api/v1/tickets', { grant: live.of(police).id, camera: foreign, kind: 'live' });
  assert.ok([400, 403, 404, 422].includes(answer.status), 'a camera outside of the grant');
});

// FFmpeg keeps 127 letters of a password, which no signed ticket fits: it takes the URL, others take either.
test('ffprobe plays with the ticket in the URL, a player without that limit by Basic', async () => {
  const first = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  const probe = spawnSync('ffprobe', ['-v', 'error', '-rtsp_transport', 'tcp', '-show_streams', '-of', 'json',
    `${first.rtsp}?ticket=${first.ticket}`], { encoding: 'utf8', timeout: 30000 });
  assert.equal(probe.status, 0, probe.stderr);
  const [stream] = JSON.parse(probe.stdout).streams;
  assert.deepEqual([stream.codec_name, stream.width, stream.height], ['h264', 1920, 1080]);
  const { ticket, rtsp } = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  const player = await Player.open(rtsp, { ticket });
  assert.equal(player.status, 200);
  await until('pictures', () => player.pictures > 10);
  player.close();
});

test('who describes and never plays has seen nothing: no view on record, and the ticket plays later', async () => {
  const { ticket, rtsp } = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  const opened = async () => (await City.journal(supervisor, ['view.opened'])).some((entry) => entry.subjects.includes(`view:${claimsOf(ticket).view}`));
  const looker = await Player.open(rtsp, { ticket, plays: false });
  assert.equal(looker.status, 200);
  assert.match(looker.sdp, /H264/);
  looker.close();
  const player = await Player.open(rtsp, { ticket });
  assert.equal(player.status, 200);
  await until('pictures', () => player.pictures > 0);
  await until('the view is on record', opened);
  player.close();
  const { items } = await supervisor.get(`/api/v1/views?incident=${live.incident.id}&limit=100`);
  assert.equal(items.filter((view) => view.view === claimsOf(ticket).view).length, 1);

  const other = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  (await Player.open(rtsp, { ticket: other.ticket, plays: false })).close();
  const probe = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  const after = await Player.open(rtsp, { ticket: probe.ticket });
  await until('pictures', () => after.pictures > 0);
  after.close();
  await until('the later view is on record', async () => (await City.journal(supervisor, ['view.opened'])).some((entry) => entry.subjects.includes(`view:${claimsOf(probe.ticket).view}`)));
  const described = (await City.journal(supervisor, ['view.permitted', 'view.opened', 'view.closed'])).filter((entry) => entry.subjects.includes(`view:${claimsOf(other.ticket).view}`));
  assert.deepEqual(described.map((entry) => entry.kind), ['view.permitted']);
});

test('a WHEP offer that can never work is refused by its line, and the ticket stays good', async () => {
  const { ticket, whep } = await ticketOf(operator, live.of(centre).id, live.cameras[0].id);
  const { port, pathname } = new URL(whep);
  const good = ['v=0', 'o=- 42 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'm=video 9 UDP/TLS/RTP/SAVPF 96 102', 'c=IN IP4 0.0.0.0',
    'a=mid:0', 'a=recvonly', 'a=rtcp-mux', 'a=ice-ufrag:view', 'a=ice-pwd:viewerviewerviewerview12', `a=fingerprint:sha-256 ${Array(32).fill('A1').join(':')}`,
    'a=setup:actpass', 'a=rtpmap:96 VP8/90000', 'a=rtpmap:102 H264/90000', 'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f'];
  const offer = (lines) => request(Number(port), 'POST', pathname, {
    headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${ticket}` }, body: `${lines.join('\r\n')}\r\n`,
  });
  const without = (start) => good.filter((line) => !line.startsWith(start));
  const instead = (start, line) => good.map((each) => (each.startsWith(start) ? line : each));
  for (const [lines, field] of [
    [without('a=fingerprint'), 'a=fingerprint'], [instead('a=fingerprint', `a=fingerprint:md5 ${Array(16).fill('A1').join(':')}`), 'a=fingerprint'],
    [instead('a=fingerprint', `a=fingerprint:sha-0 ${Array(32).fill('A1').join(':')}`), 'a=fingerprint'],
    [without('a=ice-ufrag'), 'a=ice-ufrag'], [without('a=ice-pwd'), 'a=ice-pwd'], [without('a=setup'), 'a=setup'], [without('a=rtpmap:102'), 'a=rtpmap'],
    [instead('a=recvonly', 'a=inactive'), 'm=video'], [instead('a=recvonly', 'a=sendonly'), 'm=video'], [[...good, ...good.slice(5)], 'm=video'],
    [good.slice(0, 5), 'm=video'], [[], 'v='],
  ]) {
    const answer = await offer(lines);
    assert.equal(answer.status, 400, `${field}: ${answer.text}`);
    assert.equal(answer.json.field, field, answer.text);
  }
  assert.equal((await offer(good)).status, 201, 'the ticket is as good as before');
  assert.equal((await offer(good)).status, 401, 'and used now');
});

test('used, expired, forged and foreign tickets open nothing; the same by our own hand, unspoilt, does', async () => {
  const camera = live.cameras[0].id;
  const { ticket, rtsp } = await ticketOf(operator, live.of(centre).id, camera);
  const claims = claimsOf(ticket);
  const key = ticketKey(city.data, '11000');
  const fresh = (more = {}) => ({ ...claims, jti: ulid(), view: ulid(), ...more });
  const past = (units) => claims.exp - units;

  await assertRefused(rtsp, undefined, 'no ticket');
  await assertRefused(rtsp, 'x.y.z', 'no ticket at all');
  for (const part of [0, 1, 2]) {  // One bit of each part.
    const parts = ticket.split('.').map((each) => Buffer.from(each, 'base64url'));
    parts[part][Math.floor(parts[part].length / 2)] ^= 1;
    await assertRefused(rtsp, parts.map((each) => each.toString('base64url')).join('.'), `bit flipped in part ${part}`);
  }
  await assertRefused(rtsp, signTicket(key, fresh({ exp: past(120) })), 'expired');
  await assertRefused(rtsp, signTicket(key, fresh({ aud: '11440' })), "a district's");
  await assertRefused(rtsp, signTicket({ ...ticketKey(city.data, '11440'), kid: '11000-t1' }, fresh()), 'of another key');
  await assertRefused(rtsp, signTicket(ticketKey(city.data, '11440'), fresh()), 'of a key that is not ours');
  await assertRefused(rtsp.replace(camera, live.cameras[1].id), ticket, 'for another camera');
  await assertRefused(rtsp.replace(camera, '11000-999'), ticket, 'for a camera that is not there');

  const own = signTicket(key, fresh());
  const player = await Player.open(rtsp, { ticket: own });
  assert.equal(player.status, 200, 'our own signature over the same claims is good: the others fail for their fault');
  await until('pictures', () => player.pictures > 0);
  await assertRefused(rtsp, own, 'used, while open');
  player.close();
  await assertRefused(rtsp, own, 'used, and closed');
});

test('the close ends every stream within a second, and a kept ticket opens nothing', async () => {
  const players = [];
  for (const [person, holder, inUrl] of [[operator, centre, false], [second, centre, true], [agency, police, false]]) {
    for (const camera of live.cameras.slice(0, 2)) {
      const { ticket, rtsp } = await ticketOf(person, live.of(holder).id, camera.id);
      const player = await Player.open(rtsp, { ticket, inUrl });
      assert.equal(player.status, 200, `${person.user} ${camera.id}`);
      players.push(player);
    }
  }
  const forFfmpeg = await ticketOf(operator, live.of(centre).id, live.cameras[2].id);
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-rtsp_transport', 'tcp', '-i',
    `${forFfmpeg.rtsp}?ticket=${forFfmpeg.ticket}`, '-c', 'copy', '-f', 'h264', 'pipe:1'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let ffmpegBytes = 0;
  let ffmpegEnd = 0;
  ffmpeg.stdout.on('data', (part) => { ffmpegBytes += part.length; });
  ffmpeg.on('exit', () => { ffmpegEnd = Date.now(); });
  try {
    await until('pictures in every player', () => players.every((player) => player.pictures > 15) && ffmpegBytes > 100000);
    const kept = await ticketOf(operator, live.of(centre).id, live.cameras[3].id);
    const keptByAgency = await ticketOf(agency, live.of(police).id, live.cameras[3].id);

    assert.equal((await act(live.incident.id, { act: 'receive' })).state, 'received');
    assert.equal((await act(live.incident.id, { act: 'note', text: '순찰차 도착' })).id, live.incident.id);
    assert.equal((await operator.api('POST', `/api/v1/incidents/${live.incident.id}/acts`, { act: 'close' })).status, 400, 'a close needs its outcome');
    assert.equal((await act(live.incident.id, { act: 'close', outcome: 'true' })).state, 'closed');
    const closedAt = Date.now();
    const last = await assertDark(players, closedAt);
    await until("ffmpeg's stream ends", () => ffmpegEnd > 0, { within: 5000 });
    console.log(`# last byte ${last} ms after the close was answered; ffmpeg ended after ${ffmpegEnd - closedAt} ms`);

    await assertRefused(kept.rtsp, kept.ticket, 'kept over the close');
    await assertRefused(keptByAgency.rtsp, keptByAgency.ticket, 'kept by the agency');
    const later = await operator.api('POST', '/api/v1/tickets', { grant: live.of(centre).id, camera: live.cameras[0].id, kind: 'live' });
    assert.ok([403, 409].includes(later.status), `no new ticket of an ended grant: ${later.status}`);
    for (const grant of (await operator.get(`/api/v1/grants?incident=${live.incident.id}`)).items) {
      assert.equal(grant.state, 'ended');
      assert.match(grant.reason, /closed/);
    }
  } finally {
    ffmpeg.kill('SIGKILL');
    for (const player of players) player.close();
  }
});

test('the record names who saw which camera from when to when, for which purpose and basis', async () => {
  const views = await until('all views are closed in the record', async () => {
    const { items } = await supervisor.get(`/api/v1/views?incident=${live.incident.id}&limit=100`);
    const opened = items.filter((view) => view.from !== null);
    return opened.length >= 7 && opened.every((view) => view.to !== null) && opened;
  });
  for (const view of views) {
    assert.ok(view.holder && view.purpose && view.basis && view.camera && view.reason, JSON.stringify(view));
    assert.ok(view.from < view.to);
  }
  assert.equal(new Set(views.map((view) => view.holder)).size, 3, 'three people');
  assert.equal(new Set(views.map((view) => view.purpose)).size, 2, 'two purposes');
});

test('grade 20 opens nothing until an operator receives it', async () => {
  const quiet = await open(seoulForest, '20');
  assert.equal(quiet.grants.length, 0);
  assert.equal(quiet.cameras.length, 6, 'the cameras are chosen all the same');
  await act(quiet.incident.id, { act: 'receive' });
  const grants = (await operator.get(`/api/v1/grants?incident=${quiet.incident.id}`)).items;
  assert.deepEqual(grants.map((grant) => grant.holder.agency).sort(), [centre, police]);
  await room.tell({ number: quiet.number, grade: '20', state: '91', position: seoulForest.position });
  const ended = (await operator.get(`/api/v1/grants?incident=${quiet.incident.id}`)).items;
  assert.ok(ended.every((grant) => grant.state === 'ended'), "the sender's 91 ends them");
});

test("a district's camera is pulled once per picture size, its record is told of every viewer, and the close darkens it", async () => {
  const far = await open(hongdae);
  const camera = far.cameras[0].id;
  assert.equal(far.cameras[0].site, '11440');
  const players = [];
  const views = [];
  const watch = async (person, holder, more = {}) => {
    const { ticket, rtsp, view } = await ticketOf(person, far.of(holder).id, camera, more);
    const player = await openWhenServed(rtsp, { ticket });
    assert.equal(player.status, 200, `${person.user}: ${player.status} ${player.error?.message ?? ''}`);
    players.push(player);
    views.push(view);
    await until('pictures of the relayed camera', () => player.pictures > 5);
  };
  const atDistrict = async (look) => (await mapo.get(`/api/v1/views?camera=${camera}&limit=100`)).items.filter(look);
  const relays = () => atDistrict((view) => view.kind === 'relay' && view.from !== null && view.to === null);
  await watch(operator, centre);
  await watch(second, centre);
  await watch(agency, police);
  await until('the relay is in the record of the district', async () => (await relays()).length > 0);
  assert.equal((await relays()).length, 1, 'three viewers, one relay');
  await watch(operator, centre, { height: 360 });
  await until('the small picture has a relay of its own', async () => (await relays()).length > 1);
  await watch(second, centre, { height: 360 });
  assert.equal((await relays()).length, 2, 'five viewers, one relay for each size');

  await act(far.incident.id, { act: 'receive' });
  await act(far.incident.id, { act: 'close', outcome: 'true' });
  const last = await assertDark(players, Date.now());
  console.log(`# relayed: last byte ${last} ms after the close was answered`);
  await until('no relay is open', async () => (await relays()).length === 0);
  const ended = await until("every viewer's end is in the record of the district", async () => {
    const found = await atDistrict((view) => views.includes(view.view));
    return found.length === views.length && found.every((view) => view.from && view.to) && found;
  });
  assert.equal(new Set(ended.map((view) => view.holder)).size, 3);
  assert.ok(ended.every((view) => view.purpose && view.basis), JSON.stringify(ended[0]));
});

test('a ticket for a relay cannot be used by a viewer, nor without an order', async () => {
  const far = await open(hongdae);
  const camera = far.cameras[0].id;
  const { ticket } = await ticketOf(operator, far.of(centre).id, camera);
  const district = `rtsp://127.0.0.1:${city.site('11440').rtsp}/${camera}`;
  await assertRefused(district, ticket, "the centre's ticket at the district");
  const key = ticketKey(city.data, '11000');
  const base = { ...claimsOf(ticket), aud: '11440' };
  await assertRefused(district, signTicket(key, { ...base, kind: 'relay', grant: ulid(), jti: ulid(), view: ulid() }), 'a relay that nobody ordered');
  await act(far.incident.id, { act: 'receive' });
  await act(far.incident.id, { act: 'close', outcome: 'false' });
  await until('the district ended the relay', async () =>
    (await City.journal(mapo, ['relay.ended'])).some((entry) => entry.payload.grant === far.of(centre).id));
  await assertRefused(district, signTicket(key, { ...base, kind: 'relay', jti: ulid(), view: ulid() }), 'a relay whose grant ended');
});

test('after a clean stop the journals are whole and the folds equal their replay', async () => {
  const ended = await city.halt();
  assert.deepEqual(ended, { code: 0, signal: null });
  assert.equal(city.children().length, 0);
  const verified = city.verify();
  assert.equal(verified.code, 0, verified.output);
  const replayed = city.replay();
  assert.equal(replayed.code, 0, replayed.output);
  assert.equal(replayed.output.match(/fold access +at entry \d+ equal/g)?.length, 4, replayed.output);
  assert.match(replayed.output, /^folds equal$/m);
});

/** Up to which entry of `site` the other sites hold checkpoints, for each of those. */
function held(site) {
  return city.sites.filter((other) => other.id !== site).map((other) => Math.max(0, ...records(city.data, other.id)
    .filter((each) => each.head.kind === 'checkpoint.held' && each.payload.site === site).map((each) => each.payload.seq)));
}
const lastHeld = (site) => Math.max(...held(site));

test('the checkpoint of a clean stop is held by two other sites at least', () => {
  for (const { id } of city.sites) {
    const stopped = records(city.data, id).findLast((each) => each.head.kind === 'site.stopped').head.seq;
    assert.ok(held(id).filter((seq) => seq >= stopped).length >= 2, `${id}: entry ${stopped} is held up to ${held(id)}`);
  }
});

test('one byte changed, cut or added is found and its entry named', async () => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
  const attack = (site, what, pick, change) => {
    fs.rmSync(copy, { recursive: true, force: true });
    fs.cpSync(city.data, copy, { recursive: true, filter: (source) => !source.endsWith('.sock') });
    const all = records(copy, site);
    const victim = pick(all);
    rewrite(victim.file, (bytes) => change(bytes, victim, all));
    const { code, output } = city.verify(copy);
    assert.equal(code, 1, `${what}: ${output}`);
    const fault = output.split('\n').find((line) => line.startsWith('FAULT')) ?? '';
    assert.match(fault, new RegExp(`\\b${victim.head.seq}\\b`), `${what} in entry ${victim.head.seq}: ${output}`);
  };
  const cut = (bytes, from, to) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  const flip = (where) => (bytes, victim) => { bytes[where(victim)] ^= 1; return bytes; };
  const third = (all) => all[Math.floor(all.length / 3)];
  try {
    assert.equal(city.verify().code, 0);
    attack('11000', 'a byte of a head', third, flip((victim) => victim.headAt + 20));
    attack('11000', 'a byte of a payload', third, flip((victim) => victim.offset + victim.size - 2));
    attack('11000', 'a byte of a salt', third, flip((victim) => victim.bodyAt + 3));
    attack('11000', 'a byte of the lengths', third, flip((victim) => victim.offset + 4));
    attack('11440', 'the first entry of a district', (all) => all[0], flip((victim) => victim.headAt + 5));
    attack('11000', 'a byte cut', third, (bytes, victim) => cut(bytes, victim.bodyAt + 20, victim.bodyAt + 21));
    attack('11000', 'a byte added', third, (bytes, victim) =>
      Buffer.concat([bytes.subarray(0, victim.bodyAt + 20), Buffer.from('x'), bytes.subarray(victim.bodyAt + 20)]));
    attack('11000', 'an entry cut out', third, (bytes, victim) => cut(bytes, victim.offset, victim.offset + victim.size));
    // The chain alone would not show these: the last checkpoint, which other sites hold, does.
    for (const site of city.sites.map((each) => each.id)) {
      const last = lastHeld(site);
      attack(site, 'the tail cut off', (all) => all.find((each) => each.head.seq === last), (bytes, victim) => bytes.subarray(0, victim.offset));
    }
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
});
