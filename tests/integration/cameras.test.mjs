// Cameras that hang, refuse and cut: seen, named, not chosen, and back by themselves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { City, camerasLive, hongdae, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { openWhenServed } from './rtsp.mjs';

const backWithin = 5000;
// The synthetic cameras' numbers: the centre's own are 0 to 11, Mapo's 12 to 23.
const numberOf = (camera) => Number(camera.slice(6)) - 1 + (camera.startsWith('11440-') ? 12 : 0);

let city, room, operator, supervisor;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
}, { timeout: 240000 });

after(() => city?.stop());

async function camera(id) {
  const place = id.startsWith('11440-') ? hongdae : seoulForest;
  return (await operator.get(`/api/v1/cameras?near=${place.position}&limit=100`)).items.find((item) => item.id === id);
}

const open = (place) => openIncident(room, operator, place);
const close = (id) => operator.api('POST', `/api/v1/incidents/${id}/acts`, { act: 'close', outcome: 'true' });

for (const [place, fault] of [[seoulForest, 'hang'], [seoulForest, 'refuse'], [hongdae, 'hang'], [hongdae, 'refuse']]) {
  test(`a camera of ${place.site} with the fault "${fault}" is unreachable with its cause, is not chosen, and comes back`, async () => {
    const before = await open(place);
    const [victim] = before.cameras;
    const { json } = await operator.api('POST', '/api/v1/tickets', { grant: before.grant.id, camera: victim, kind: 'live' });
    const player = await openWhenServed(json.rtsp, { ticket: json.ticket });
    assert.equal(player.status, 200);
    await until('pictures', () => player.pictures > 5);

    const brokenAt = Date.now();
    await city.cameraFault(numberOf(victim), fault);
    const seen = await until('it is unreachable', async () => {
      const item = await camera(victim);
      return item.state === 'unreachable' && !item.live && item;
    }, { within: 20000 });
    console.log(`# ${fault} at ${place.site}: seen after ${Date.now() - brokenAt} ms: ${seen.cause}`);
    assert.ok(seen.cause.length > 0, 'the cause is named');
    const during = await open(place);
    assert.ok(!during.cameras.includes(victim), 'a new incident does without it');
    assert.equal(during.cameras.length, 6);
    const lost = await City.journal(place === seoulForest ? supervisor : await city.login('mapo1'), ['camera.lost']);
    assert.ok(lost.some((entry) => entry.payload.camera === victim && entry.payload.cause.length > 0), 'the loss is in the record');

    if (fault === 'hang') {  // Mended in the middle of the next attempt, which has to be given up first.
      await until('an attempt was in vain', async () => /no answer/.test((await camera(victim)).cause), { within: 10000 });
      const vainAt = Date.now();
      await until('the next one is under way', () => Date.now() > vainAt + 1200);
    }
    const mendedAt = Date.now();
    await city.cameraFault(numberOf(victim), 'none');
    await until('it is live again', async () => (await camera(victim)).live, { within: backWithin });
    console.log(`# back ${Date.now() - mendedAt} ms after it was mended`);
    if (player.closedAt === 0) {
      const { pictures } = player;
      await until('the open view goes on', () => player.pictures > pictures || player.closedAt > 0, { within: backWithin });
    }
    player.close();
    const again = await open(place);
    assert.ok(again.cameras.includes(victim), 'and chosen again');
    for (const each of [before, during, again]) assert.equal((await close(each.id)).status, 201);
  });
}

test('a camera that cuts its connection once is back within five seconds', async () => {
  const incident = await open(seoulForest);
  const [victim] = incident.cameras;
  const { json } = await operator.api('POST', '/api/v1/tickets', { grant: incident.grant.id, camera: victim, kind: 'live' });
  const player = await openWhenServed(json.rtsp, { ticket: json.ticket });
  await until('pictures', () => player.pictures > 5);
  const seen = player.pictures;
  const at = Date.now();
  await city.cameraFault(numberOf(victim), 'close');
  await until('new pictures', () => player.pictures > seen + 20 || player.closedAt > 0, { within: backWithin });
  assert.equal(player.closedAt, 0, 'the viewer stays');
  assert.ok((await camera(victim)).live);
  console.log(`# pictures again, ${Date.now() - at} ms after the cut`);
  player.close();
  await close(incident.id);
});

test('all cameras die at once and return', async () => {
  city.kill('cameras');
  await until('some are missed', async () => !(await camera('11000-0001')).live, { within: 20000 });
  const at = Date.now();
  await camerasLive(operator, seoulForest, backWithin);
  await camerasLive(operator, hongdae, backWithin);
  console.log(`# all live again within ${Date.now() - at} ms`);
});

test('a camera that is given by its ONVIF device service is asked where its streams are, and shown', async () => {
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'onvif_camera.py');
  const port = String(city.port + 400);
  const device = spawn('python3', [script, '--rtsp', port, '--main', 'cam/03/main', '--sub', 'cam/03/sub'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: device.stdout });
    const { http } = JSON.parse(await new Promise((resolve) => { lines.once('line', resolve); }));
    const folder = path.join(city.data, '11000');
    fs.writeFileSync(path.join(folder, 'camera.password'), 'p&ss<wörd>\n', { mode: 0o600 });
    const settings = (user) => `[camera.11000-0004]\nonvif = "http://127.0.0.1:${http}/onvif/device_service"\nuser = "${user}"\npassword_file = "camera.password"\n`;
    fs.writeFileSync(path.join(folder, 'cameras.toml'), settings('somebody'));
    city.kill('media 11000');
    const seen = await until('the wrong login is its cause', async () => {
      const item = await camera('11000-0004');
      return item.causeCode === 'credentials' && item;
    }, { within: 20000 });
    assert.ok(!seen.live && seen.cause.startsWith('ONVIF: '), seen.cause);
    fs.writeFileSync(path.join(folder, 'cameras.toml'), settings('admin'));
    city.kill('media 11000');
    await until('it streams', async () => (await camera('11000-0004')).state === 'streaming', { within: 20000 });
    const { asked } = await (await fetch(`http://127.0.0.1:${http}/`)).json();
    assert.ok(asked.includes('GetStreamUri'), 'the camera was asked');
  } finally {
    device.stdin.end();
    fs.rmSync(path.join(city.data, '11000', 'cameras.toml'), { force: true });
  }
});
