// A picture of a camera as a JPEG: the right camera's, under a ticket of its own, on record, dark after the end; and what
// a decoder that dies costs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { decode } from '../e2e/barcode.mjs';
import { City, camerasLive, hongdae, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';

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

// As its bar code says: the number plus one of the synthetic camera. The centre's own are 0 to 11, Mapo's 12 to 23.
const codeOf = (camera) => Number(camera.slice(6)) + (camera.startsWith('11440-') ? 12 : 0);

async function incident(place) {
  const opened = await openIncident(room, operator, place);
  return { ...opened, grant: opened.grant.id, cameras: opened.grant.cameras };
}

async function ticket({ grant }, camera, kind = 'snapshot') {
  const answer = await operator.api('POST', '/api/v1/tickets', { grant, camera, kind });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

/** GET, its body as bytes. */
function fetchBytes(url, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers, agent: false, timeout: 8000 }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', reject).on('timeout', function () { this.destroy(new Error(`no answer from ${url}`)); });
  });
}

const shoot = ({ snapshot, ticket: token }, query = '') => fetchBytes(snapshot + query, { Authorization: `Bearer ${token}` });

/** The picture as another program reads it. */
function pixels(jpeg) {
  const read = spawnSync('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'rgba', '-'], { input: jpeg, maxBuffer: 1 << 28 });
  assert.equal(read.status, 0, read.stderr.toString());
  const size = spawnSync('ffprobe', ['-v', 'error', '-f', 'mjpeg', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', '-'], { input: jpeg });
  const [width, height] = size.stdout.toString().split(',').map(Number);
  assert.equal(read.stdout.length, width * height * 4);
  return { data: read.stdout, width, height };
}

for (const place of [seoulForest, hongdae]) {
  test(`a camera of ${place.site} is on its snapshot, whole and as a thumbnail`, async () => {
    const now = await incident(place);
    for (const camera of now.cameras.slice(0, 3)) {
      const whole = await shoot(await ticket(now, camera));
      assert.equal(whole.status, 200, whole.body.toString());
      assert.equal(whole.headers['content-type'], 'image/jpeg');
      assert.equal(whole.headers['cache-control'], 'no-store');
      assert.equal(decode(pixels(whole.body)), codeOf(camera), camera);
      const small = await shoot(await ticket(now, camera), '?height=180');
      const picture = pixels(small.body);
      assert.deepEqual([picture.width, picture.height], [320, 180]);
      assert.equal(decode(picture), codeOf(camera));
      assert.ok(small.body.length < whole.body.length);
    }
  });
}

test('the ticket may stand in the address; it opens one snapshot and nothing else', async () => {
  const now = await incident(seoulForest);
  const given = await ticket(now, now.cameras[0]);
  assert.equal(given.whep, null);
  assert.equal(given.rtsp, null);
  assert.equal((await fetchBytes(`${given.snapshot}?ticket=${given.ticket}`)).status, 200);
  const again = await shoot(given);
  assert.equal(again.status, 401);
  assert.match(again.headers['www-authenticate'], /ticket has been used/);
  const live = await ticket(now, now.cameras[0], 'live');
  assert.equal(live.snapshot, null);
  assert.equal((await shoot({ ...live, snapshot: given.snapshot })).status, 401);
  assert.equal((await fetchBytes(given.snapshot)).status, 401);
});

test('what is asked wrongly is named, and the ticket is as good as before', async () => {
  const now = await incident(seoulForest);
  const given = await ticket(now, now.cameras[0]);
  for (const [query, field] of [['?at=2026-11-29T12:00:00.000000Z', 'at'], ['?height=3', 'height'], ['?size=3', 'size']]) {
    const answer = await shoot(given, query);
    assert.equal(answer.status, 400);
    assert.equal(JSON.parse(answer.body).field, field);
  }
  assert.equal((await shoot(given)).status, 200);
});

test('each snapshot is a view in the record, of one picture', async () => {
  const now = await incident(seoulForest);
  const given = await ticket(now, now.cameras[0]);
  const { body } = await shoot(given);
  const view = await until('the view is on record and closed', async () => {
    const { items } = await supervisor.get(`/api/v1/views?incident=${now.id}`);
    return items.find((item) => item.view === given.view && item.to);
  });
  assert.equal(view.kind, 'snapshot');
  assert.equal(view.way, 'snapshot');
  assert.equal(view.frames, 1);
  assert.equal(view.bytes, body.length);
  assert.equal(view.reason, 'snapshot sent');
});

test('with the incident its snapshots end', async () => {
  for (const place of [seoulForest, hongdae]) {
    const now = await incident(place);
    const early = await ticket(now, now.cameras[0]);
    assert.equal((await operator.api('POST', `/api/v1/incidents/${now.id}/acts`, { act: 'close', outcome: 'true' })).status, 201);
    await until('its ticket opens nothing', async () => (await shoot(early)).status === 401, { within: 1000 });
  }
});

test('a camera without pictures is said in words within some seconds, and keeps the ticket', async () => {
  const now = await incident(seoulForest);
  const camera = now.cameras[0];
  const given = await ticket(now, camera);
  await city.cameraFault(codeOf(camera) - 1, 'hang');
  try {
    const answer = await until('no picture is to be had', async () => {
      const got = await shoot(await ticket(now, camera));
      return got.status === 503 && got;
    }, { within: 20000 });
    assert.match(JSON.parse(answer.body).detail, /no picture of this camera within 3 s/);
    assert.ok(answer.headers['retry-after']);
  } finally {
    await city.cameraFault(codeOf(camera) - 1, 'none');
  }
  await until('it is back', async () => (await shoot(await ticket(now, camera))).status === 200, { within: 10000 });
  assert.equal((await shoot(given)).status, 200);
});

test('a decoder that dies costs a picture at most, and nobody else anything', async () => {
  const now = await incident(seoulForest);
  assert.equal((await shoot(await ticket(now, now.cameras[0]))).status, 200);
  const media = city.pid('media 11000');
  for (let i = 0; i < 3; ++i) {
    const pid = city.kill('decoder 11000');
    await until('it is another one', () => (city.pid('decoder 11000') ?? pid) !== pid);
    const answer = await shoot(await ticket(now, now.cameras[i]));
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(decode(pixels(answer.body)), codeOf(now.cameras[i]));
  }
  assert.equal(city.pid('media 11000'), media);
});

test('many ask at once and each gets its own camera', async () => {
  const now = await incident(seoulForest);
  const asked = await Promise.all(Array.from({ length: 24 }, async (_, i) => {
    const camera = now.cameras[i % now.cameras.length];
    const answer = await shoot(await ticket(now, camera), '?height=360');
    return { camera, answer };
  }));
  for (const { camera, answer } of asked) {
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(decode(pixels(answer.body)), codeOf(camera));
  }
});
