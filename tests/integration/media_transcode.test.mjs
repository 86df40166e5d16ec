// A camera that sends H.265 alone, watched by who cannot play that: pictures in H.264 by each way out, the budget, deaths, and the end.
// The camera is gst-rtsp-server with a film of a synthetic camera that ffmpeg's libx265 encoded; the viewer is Chromium, which has no H.265.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, sitDown } from '../e2e/seat.mjs';
import { City, camerasLive, request, seoulForest, until } from './city.mjs';
import { addCameras } from './media_lab.mjs';
import { Partner, openIncident } from './partner.mjs';
import { Player } from './rtsp.mjs';
import { byHls, bySocket } from './viewers.mjs';

const darkMs = 1000;
/** A folder for pictures of the desk; none where it is not set. */
const shots = process.env.BONGSU_SCREENSHOTS;
const here = path.dirname(fileURLToPath(import.meta.url));
const decoder = `(() => { ${fs.readFileSync(path.join(here, '../e2e/barcode.mjs'), 'utf8').replaceAll('export ', '')} return decode; })()`;
// Of the synthetic cameras the film is the fourth one's, whose bar code says 4.
const filmed = '03';
const code = 4;

let city, room, operator, browser, camera, folder, ids, incident;

/** A film of H.265: some seconds of a synthetic camera, encoded anew, again and again. */
function makeFilm() {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-h265-'));
  const once = path.join(folder, 'once.mkv');
  const film = path.join(folder, 'film.mkv');
  const run = (...args) => {
    const done = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8', timeout: 120000 });
    assert.equal(done.status, 0, `ffmpeg with libx265 is needed: ${done.stderr}`);
  };
  run('-rtsp_transport', 'tcp', '-i', `rtsp://127.0.0.1:${city.port + 400}/cam/${filmed}/main`, '-t', '4', '-an', '-vf', 'setpts=PTS-STARTPTS', '-c:v', 'libx265',
    '-preset', 'ultrafast', '-x265-params', 'bframes=0:keyint=50:min-keyint=50:scenecut=0:log-level=none', '-b:v', '3M', once);
  run('-stream_loop', '60', '-i', once, '-c', 'copy', film);
  return film;
}

async function startCamera(film) {
  const program = spawn('/usr/bin/python3', [path.join(here, '../interop/gst_camera.py'), film, '--codec', 'h265', '--protocols', 'tcp'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: program.stdout });
  const ready = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    program.once('exit', () => reject(new Error('python3-gi and gir1.2-gst-rtsp-server-1.0 are needed')));
  });
  return { program, port: Number(ready.split(' ')[1]) };
}

before(async () => {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
  fs.writeFileSync(path.join(data, 'FORMAT'), '1\n');
  fs.mkdirSync(path.join(data, '11000'));
  fs.writeFileSync(path.join(data, '11000/site.toml'), '[media]\ntranscodes = 1\n');
  city = await City.start({ data });
  city.ownsData = true;
  room = await Partner.open(city);
  operator = await city.login('operator1');
  await city.ready();
  await camerasLive(operator, seoulForest);
  camera = await startCamera(makeFilm());
  const place = { position: [127.02, 37.47] };
  ids = await addCameras(city, ['first', 'second'].map((name) => ({ name, url: `rtsp://127.0.0.1:${camera.port}/live`, at: { lon: place.position[0], lat: place.position[1] } })));
  await until('both stream', async () => {
    const { items } = await operator.get(`/api/v1/cameras?near=${place.position}&limit=100`);
    return Object.values(ids).every((id) => items.find((item) => item.id === id)?.live);
  }, { within: 20000 });
  incident = await openIncident(room, operator, place);
  assert.ok(Object.values(ids).every((id) => incident.cameras.includes(id)));
  browser = await launch();
}, { timeout: 240000 });

after(async () => {
  await browser?.close();
  assert.doesNotMatch(city.errors, /"child":"media 11000","pid":"\d+","signal":"(?!9")/, 'no media process died of itself');
  camera?.program.kill();
  await city?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function ticket(id = ids.first) {
  const answer = await operator.api('POST', '/api/v1/tickets', { grant: incident.grant.id, camera: id, kind: 'live' });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

async function figure(name) {
  const { text } = await request(city.site('11000').http, 'GET', '/metrics');
  return Number(new RegExp(`^bongsu_media_${name} (\\d+)`, 'm').exec(text)?.[1] ?? NaN);
}
/** Pictures come: more than a key picture or two. The machine may be busy, and the transcoder gives way. */
const flows = (bytes) => until('pictures', () => bytes() > 100_000, { within: 30000 });
const runs = (count) => until(`${count} transcodes run`, async () => (await figure('transcodes_running')) === count, { within: 60000 });

/** Chromium before one camera, by WebRTC: look() answers what is on its screen. */
async function watch() {
  const { whep, ticket: token } = await ticket();
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  await page.goto(`http://127.0.0.1:${city.port}/`);
  await page.setContent('<!doctype html><video muted autoplay playsinline></video>');
  const began = Date.now();
  const status = await page.evaluate(async ([url, bearer]) => {
    const peer = (window.peer = new RTCPeerConnection());
    peer.addTransceiver('video', { direction: 'recvonly' });
    const video = document.querySelector('video');
    peer.ontrack = (event) => { video.srcObject = new MediaStream([event.track]); };
    window.lastFrameAt = 0;
    const each = () => { window.lastFrameAt = Date.now(); video.requestVideoFrameCallback(each); };
    video.requestVideoFrameCallback(each);
    await peer.setLocalDescription();
    window.offered = peer.localDescription.sdp;
    const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${bearer}` }, body: window.offered });
    if (answer.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    return answer.status;
  }, [whep, token]);
  assert.equal(status, 201);
  const look = () => page.evaluate(async (decoderText) => {
    const video = document.querySelector('video');
    const seen = { at: window.lastFrameAt, width: video.videoWidth, height: video.videoHeight, code: null, offered: /H265/i.test(window.offered) };
    (await window.peer.getStats()).forEach((entry) => { if (entry.type === 'inbound-rtp') Object.assign(seen, { decoded: entry.framesDecoded, lost: entry.packetsLost }); });
    if (video.videoWidth === 0) return seen;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0);
    seen.code = eval(decoderText)(pen.getImageData(0, 0, canvas.width, canvas.height));
    return seen;
  }, decoder);
  return { page, look, began };
}

/** Says goodbye: a viewer who vanishes is missed after 30 s only. */
async function leave(page) {
  await page.evaluate(() => window.peer.close());
  await page.close();
}

test('Chromium, which has no H.265, shows the camera', async (t) => {
  const { page, look, began } = await watch();
  t.after(() => leave(page));
  const first = await until('a picture', async () => {
    const now = await look();
    return now.code !== null && now;
  }, { within: 10000 });
  console.log(`# measured first picture: at most ${Date.now() - began} ms`);
  assert.equal(first.offered, false);
  assert.deepEqual([first.width, first.height, first.code], [1280, 720, code]);
  const later = await until('they go on', async () => {
    const now = await look();
    return now.decoded > first.decoded + 20 && now;
  }, { within: 30000, every: 500 });
  assert.equal(later.code, code);
  assert.equal(await figure('transcodes_budget'), 1, 'as site.toml says');
  await runs(1);
});

/** A viewer by MP4 over WebSocket who says what he plays: `texts` has what he was told. */
async function bySocketPlaying(codecs, id) {
  const given = await ticket(id);
  const view = await bySocket({ ...given, fmp4: `${given.fmp4}?codecs=${codecs}` });
  return { view, given };
}

test('MP4 over WebSocket and HLS have it in H.264 for who says so, and in H.265 for all others', async () => {
  const avc = await bySocketPlaying('avc1');
  await flows(() => avc.view.bytes);
  await runs(1);
  const hevc = await bySocketPlaying('hvc1,avc1');
  await flows(() => hevc.view.bytes);
  const { hls, ticket: token } = await ticket();
  const { port, pathname } = new URL(hls);
  const ask = (query, bearer) => request(Number(port), 'GET', pathname + query, { headers: { Authorization: `Bearer ${bearer}` } });
  const made = await ask('?codecs=avc1', token);
  assert.equal(made.status, 200, made.text);
  assert.match(made.text, /CODECS="avc1\.42/);
  const own = await ask('', (await ticket()).ticket);
  assert.match(own.text, /CODECS="hvc1/);
  const odd = await ask(`?codecs=${'x'.repeat(40)}`, (await ticket()).ticket);
  assert.equal(odd.status, 400);
  assert.equal(odd.json.field, 'codecs');
  const played = await byHls(await (async () => { const given = await ticket(); return { ...given, hls: `${given.hls}?codecs=avc1` }; })());
  await flows(() => played.bytes);
  for (const { free } of [avc.view, hevc.view, played]) free();
});

test('RTSP has it as the camera sends it', async () => {
  const given = await ticket();
  const player = await Player.open(given.rtsp, { ticket: given.ticket });
  assert.equal(player.status, 200);
  assert.match(player.sdp, /H265\/90000/);
  player.close();
});

test('when the budget is spent the next camera is refused with its cause, and the ticket stays good', async () => {
  const first = await bySocketPlaying('avc1');
  await flows(() => first.view.bytes);
  const given = await ticket(ids.second);
  const { port, pathname } = new URL(given.hls);
  const ask = () => request(Number(port), 'GET', `${pathname}?codecs=avc1`, { headers: { Authorization: `Bearer ${given.ticket}` } });
  const refused = await ask();
  assert.equal(refused.status, 503, refused.text);
  assert.equal(refused.json.type, '/problems/transcode_busy');
  assert.ok(refused.headers['retry-after']);
  first.view.free();
  await runs(0);  // 10 s after its last viewer.
  const answer = await ask();
  assert.equal(answer.status, 200, answer.text);
  await until('it is counted', async () => (await figure('transcodes_refused_total')) >= 1);
  await runs(1);
});

/** The children of the centre's transcoder. */
function transcodes() {
  const pid = city.pid('transcoder 11000');
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

test('a transcode that is killed, and the transcoder itself, are back', async () => {
  await runs(0);
  const { view } = await bySocketPlaying('avc1');
  await flows(() => view.bytes);
  const [child] = transcodes();
  process.kill(child, 'SIGKILL');
  const at = Date.now();
  await until('another one', () => transcodes().some((pid) => pid !== child), { within: 5000 });
  const seen = view.bytes;
  await flows(() => view.bytes - seen);
  console.log(`# measured pictures again: ${Date.now() - at} ms after kill -9 of the child`);
  assert.equal(view.ended, false, 'the viewer stays');
  const transcoder = city.kill('transcoder 11000');
  await until('another transcoder', () => (city.pid('transcoder 11000') ?? transcoder) !== transcoder);
  const then = view.bytes;
  await flows(() => view.bytes - then);
  await until('both are counted', async () => (await figure('transcodes_died_total')) >= 2);
  view.free();
});

test('begin and end are in the log with the camera and the reason', async () => {
  await runs(0);
  const log = fs.readFileSync(path.join(city.data, 'city/log/media-11000.log'), 'utf8');
  assert.match(log, new RegExp(`"event":"transcode\\.begun","camera":"${ids.first}"`));
  assert.match(log, new RegExp(`"event":"transcode\\.ended","camera":"${ids.first}","reason":"nobody watches"`));
  const own = fs.readFileSync(path.join(city.data, 'city/log/transcoder-11000.log'), 'utf8');
  assert.match(own, /"event":"transcoder\.sandbox","layer":"seccomp"/);
});

async function shoot(seat, name) {
  if (!shots) return;
  fs.mkdirSync(shots, { recursive: true });
  for (const [width, height] of [[1920, 1080], [1280, 800], [390, 844]]) {
    await seat.page.setViewportSize({ width, height });
    await seat.page.waitForTimeout(600);
    await seat.page.screenshot({ path: path.join(shots, `${name}-${width}.png`) });
  }
  await seat.page.setViewportSize({ width: 1920, height: 1080 });
}

test('the desk shows one of them and says of the other why not, in both languages', async (t) => {
  await runs(0);
  const seat = await sitDown(browser, city, { width: 1920, height: 1080 });
  t.after(() => seat.context.close());
  await seat.login(city.account('operator1'));
  await seat.shows('.strip');
  if ((await seat.count('[data-testid=tile-board]')) === 0) {
    await seat.page.locator(`li[data-incident="${incident.id}"]`).focus();
    await seat.press('Enter');
  }
  const both = async () => (await seat.tiles()).filter((tile) => Object.values(ids).includes(tile.camera));
  const seen = await until('one lives and one says why it does not', async () => {
    const tiles = await both();
    const live = tiles.find((tile) => tile.code === code);
    const blank = tiles.find((tile) => tile.words.includes('변환할 여유가 없습니다'));
    return live && blank && live.camera !== blank.camera && tiles;
  }, { within: 60000, every: 500 });
  assert.equal(seen.length, 2);
  await shoot(seat, 'transcode-ko');
  await seat.press('l');
  await until('it is said in English', async () => (await both()).some((tile) => tile.words.includes('no room to convert it')), { within: 30000, every: 500 });
  await shoot(seat, 'transcode-en');
  assert.deepEqual(seat.errors, []);
});

test('a close is dark within a second, and each view is on record', async (t) => {
  const { page, look } = await watch();
  t.after(() => leave(page));
  await until('a picture', async () => (await look()).code === code, { within: 10000 });
  const other = await bySocketPlaying('avc1');
  await flows(() => other.view.bytes);
  assert.equal((await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'true' })).status, 201);
  const closed = Date.now();
  await until('the socket is closed', () => other.view.ended, { within: darkMs });
  await until('a second and more has passed', () => Date.now() > closed + darkMs + 500);
  const { at } = await look();
  console.log(`# measured dark: the last picture ${at - closed} ms after the close's answer, ${other.view.lastAt - closed} ms on the socket`);
  assert.ok(at <= closed + darkMs && other.view.lastAt <= closed + darkMs);
  const supervisor = await city.login('supervisor1');
  await until('all are over', async () => {
    const { items } = await supervisor.get(`/api/v1/views?incident=${incident.id}&limit=200`);
    const opened = items.filter((view) => view.from);  // One ticket was asked for and not used.
    return opened.length >= 8 && opened.every((view) => view.to);
  });
});
