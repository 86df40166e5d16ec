// A city whose pictures go out by RTSP under TLS alone: what desks are told, who is let in, relays meanwhile, UDP where it is plain.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { Player } from './rtsp.mjs';

const kSites = ['11000', '11440'];
let data, city, operator, room;
const ports = {};

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function makeCertificate(folder) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=bongsu',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', path.join(folder, 'media.key'), '-out', path.join(folder, 'media.pem')], { stdio: 'ignore' });
  fs.chmodSync(path.join(folder, 'media.key'), 0o600);
}

before(async () => {
  data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
  fs.writeFileSync(path.join(data, 'FORMAT'), '1\n');
  for (const site of kSites) {
    const folder = path.join(data, site);
    fs.mkdirSync(folder);
    makeCertificate(folder);
    ports[site] = await freePort();
    fs.writeFileSync(path.join(folder, 'site.toml'), `[media]
rtsps = {certificate_file = "media.pem", key_file = "media.key", port = ${ports[site]}}
plain_rtsp = false
`);
  }
  city = await City.start({ data });
  operator = await city.login('operator1');
  room = await Partner.open(city);
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
}, { timeout: 240000 });

after(async () => {
  await city?.stop();
  if (data) fs.rmSync(data, { recursive: true, force: true });
});

/** An incident there, and a ticket for one of its cameras. */
async function ticketAt(place) {
  const { grant } = await openIncident(room, operator, place);
  const { status, json, text } = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera: grant.cameras[0], kind: 'live' });
  assert.equal(status, 201, text);
  return json;
}

/** How ffmpeg fares with twenty pictures. */
function play(url, words = []) {
  return new Promise((resolve) => {
    const child = spawn('ffmpeg', ['-v', 'error', ...words, '-i', url, '-frames:v', '20', '-f', 'null', '-'], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 20000 });
    let errors = '';
    child.stderr.on('data', (part) => { errors += part; });
    child.on('close', (code) => resolve({ code, errors }));
  });
}

for (const place of [seoulForest, hongdae]) {
  test(`a camera of ${place.site} is watched under TLS, by the address that came with the ticket`, async () => {
    const { rtsp, ticket } = await ticketAt(place);
    assert.ok(rtsp.startsWith(`rtsps://127.0.0.1:${ports['11000']}/`), rtsp);
    // A district's camera is served once the district has permitted the relay, which needs no TLS on this machine.
    const { errors } = await until('pictures', async () => {
      const played = await play(`${rtsp}?ticket=${ticket}`);
      return played.code === 0 && played;
    }, { within: 30000 });
    assert.equal(errors, '');
  });
}

test('without TLS nobody but a relay is let in, and the ticket stays good', async () => {
  const { rtsp, ticket } = await ticketAt(seoulForest);
  const plain = rtsp.replace(/^rtsps:\/\/127\.0\.0\.1:\d+/, `rtsp://127.0.0.1:${city.site('11000').rtsp}`);

  const player = await Player.open(plain, { ticket });

  assert.equal(player.status, 403);
  assert.equal((await play(`${rtsp}?ticket=${ticket}`)).code, 0);
  const { text } = await request(city.site('11000').http, 'GET', '/metrics');
  assert.match(text, /^bongsu_media_rtsps_secured_total [1-9]/m);
});

test('a setting that cannot be ends the start with its name', async () => {
  await city.stop();
  fs.chmodSync(path.join(data, '11440/media.key'), 0o644);
  await assert.rejects(City.start({ data }), /11440\/site\.toml:\s+media\.rtsps\.key_file must be its owner's alone \(chmod 600\)/);
  fs.chmodSync(path.join(data, '11440/media.key'), 0o600);
  fs.writeFileSync(path.join(data, '11440/site.toml'), fs.readFileSync(path.join(data, '11440/site.toml'), 'utf8').replace('rtsps', 'rtmps'));
  await assert.rejects(City.start({ data }), /media\.rtmps is not a setting\s+media\.plain_rtsp is off/);
});

test('over UDP where RTSP is plain', async () => {
  for (const site of kSites) fs.rmSync(path.join(data, site, 'site.toml'));
  city = await City.start({ data });
  operator = await city.login('operator1');
  room = await Partner.open(city);
  await city.ready();
  await camerasLive(operator, seoulForest);
  const { rtsp, ticket } = await ticketAt(seoulForest);
  assert.ok(rtsp.startsWith('rtsp://'), rtsp);

  const { code, errors } = await play(`${rtsp}?ticket=${ticket}`, ['-rtsp_transport', 'udp']);

  assert.equal(code, 0, errors);
  await until('it is counted', async () => {
    const { text } = await request(city.site('11000').http, 'GET', '/metrics');
    return Number(/^bongsu_media_rtsp_udp_packets_total (\d+)/m.exec(text)?.[1]) > 20;
  });
}, { timeout: 120000 });
