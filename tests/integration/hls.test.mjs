// HLS as phones and players take it: a ticket becomes a view, ffmpeg and GStreamer play it, and what may not be seen any more is
// dark within a second.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { City, camerasLive, request, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { claimsOf } from './record.mjs';

const darkWithin = 1000;
/** The synthetic camera behind a camera of the centre. */
const numberOf = (camera) => Number(camera.slice(6)) - 1;

let city, room, operator, supervisor, media, incident, grant, cameras;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  [operator, supervisor] = await Promise.all(['operator1', 'supervisor1'].map((user) => city.login(user)));
  await city.ready();
  await camerasLive(operator, seoulForest);
  media = city.site('11000').media;
  await openNext();
}, { timeout: 240000 });

after(() => city?.stop());

async function openNext() {
  incident = await openIncident(room, operator, seoulForest);
  ({ cameras, grant } = incident);
}

async function ticketOf(camera = cameras[0], more = {}) {
  const answer = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera, kind: 'live', ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

const get = (path, more = {}) => request(media, more.method ?? 'GET', path, more);

/** A view: {folder, ticket, view, welcome}. */
async function open(camera, more) {
  const { ticket, hls, view } = await ticketOf(camera, more);
  const welcome = await get(new URL(hls).pathname, { headers: { Authorization: `Bearer ${ticket}` } });
  assert.equal(welcome.status, 200, welcome.text);
  const uri = welcome.text.split('\n').find((line) => line && !line.startsWith('#'));
  const folder = new URL('.', new URL(uri, hls)).pathname.replace(/\/$/, '');
  return { folder, ticket, view: view ?? claimsOf(ticket).view, welcome };
}

const entriesOf = async (view, kinds) => (await City.journal(supervisor, kinds)).filter((entry) => entry.subjects.includes(`view:${view}`));
const segmentsOf = (playlist) => [...playlist.matchAll(/^(\d+)\.m4s$/gm)].map((match) => match[1]);

/** Ends with the player's exit code and what it said. */
function play(program, args, within = 40000, as = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...as });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), within);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { said += part; });
    child.on('error', (error) => { said += error.message; });
    child.on('close', (code) => { clearTimeout(timer); resolve({ code, said }); });
  });
}

test('a ticket is swapped for a view, and no later URL holds it', async () => {
  const { folder, ticket, view, welcome } = await open();
  assert.equal(welcome.headers['content-type'], 'application/vnd.apple.mpegurl');
  assert.equal(welcome.headers['cache-control'], 'no-store');
  assert.match(welcome.text, /#EXT-X-STREAM-INF:BANDWIDTH=\d+,CODECS="avc1\.[0-9a-f]{6}",RESOLUTION=1920x1080/);
  assert.match(folder, /^\/hls\/view\/\d+-[A-Za-z0-9_-]{22}$/);
  assert.equal((await entriesOf(view, ['view.opened'])).length || (await until('the view is on record', async () => (await entriesOf(view, ['view.opened'])).length)), 1);

  const playlist = await get(`${folder}/media.m3u8`);
  assert.equal(playlist.status, 200, playlist.text);
  assert.ok(!playlist.text.includes(ticket) && !welcome.text.includes(ticket));
  assert.match(playlist.text, /#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=/);
  assert.match(playlist.text, /#EXT-X-PART:DURATION=[\d.]+,URI="\d+\.0\.m4s",INDEPENDENT=YES/);
  assert.match(playlist.text, /#EXT-X-PRELOAD-HINT:TYPE=PART,URI="\d+\.\d+\.m4s"/);
  for (const [, uri] of playlist.text.matchAll(/(?:URI="|^)((?:init-)?[\d.]+(?:m4s|mp4))/gm)) {
    const answer = await get(`${folder}/${uri}`);
    assert.equal(answer.status, 200, uri);
    assert.equal(answer.headers['content-type'], 'video/mp4');
    assert.equal(answer.headers['cache-control'], 'private, no-store');
  }
  assert.equal((await get(folder, { method: 'DELETE' })).status, 200);
  const [closed] = await until('the end is on record', async () => {
    const entries = await entriesOf(view, ['view.closed']);
    return entries.length && entries;
  });
  assert.equal(closed.payload.reason, 'viewer left');
  assert.ok(closed.payload.frames > 0 && closed.payload.bytes > 0, JSON.stringify(closed.payload));
  assert.equal((await get(`${folder}/media.m3u8`)).status, 410);
});

test('a reload that waits is answered with the next part, soon after it came', async () => {
  const { folder } = await open();
  const waits = [];
  for (let i = 0; i < 12; ++i) {
    const { text } = await get(`${folder}/media.m3u8`);
    const [, segment, part] = /PRELOAD-HINT:TYPE=PART,URI="(\d+)\.(\d+)\.m4s"/.exec(text);
    const begun = Date.now();
    const [next, bytes] = await Promise.all([get(`${folder}/media.m3u8?_HLS_msn=${segment}&_HLS_part=${part}`), get(`${folder}/${segment}.${part}.m4s`)]);
    waits.push(Date.now() - begun);
    assert.equal(next.status, 200);
    assert.ok(next.text.includes(`URI="${segment}.${part}.m4s"`), next.text);
    assert.equal(bytes.status, 200);
  }
  assert.ok(waits.every((ms) => ms < 2000), `${waits}`);
  console.log(`# measured waits for a part: ${waits} ms`);
});

test('ffmpeg plays it', async () => {
  const { ticket, hls } = await ticketOf();
  const { code, said } = await play('ffmpeg', ['-v', 'error', '-nostdin', '-i', `${hls}?ticket=${ticket}`, '-t', '3', '-f', 'null', '-progress', 'pipe:1', '-']);
  assert.equal(code, 0, said);
  const frames = Number([...said.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0);
  assert.ok(frames >= 30, said);
  assert.doesNotMatch(said, /error|invalid|non-existing|corrupt/i);
});

/** Frames that reached the end of GStreamer's line in some seconds: hlsdemux never ends by itself. */
async function framesOf(line, seconds) {
  const { said } = await play('gst-launch-1.0', ['-v', ...line, '!', 'fakesink', 'silent=false'], seconds * 1000);
  assert.doesNotMatch(said, /^ERROR/m, said.slice(-2000));
  return (said.match(/chain {3}\*{7}/g) ?? []).length;
}

test('both of GStreamer\'s readers of HLS play it', async () => {
  const [one, two] = [await ticketOf(), await ticketOf()];
  const [old, fresh] = await Promise.all([
    framesOf(['souphttpsrc', `location=${one.hls}?ticket=${one.ticket}`, '!', 'hlsdemux', '!', 'qtdemux', '!', 'h264parse', '!', 'avdec_h264'], 12),
    framesOf(['uridecodebin', `uri=${two.hls}?ticket=${two.ticket}`], 20),  // hlsdemux2; fills a buffer of some seconds first.
  ]);
  console.log(`# measured frames: hlsdemux ${old}, hlsdemux2 ${fresh}`);
  assert.ok(old >= 60 && fresh >= 20, `hlsdemux ${old}, hlsdemux2 ${fresh}`);
});

test('VLC\'s reader plays it: what it kept decodes to pictures', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-vlc-'));
  const kept = path.join(folder, 'kept.ts');
  // It does not run as root.
  const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (nobody.uid) fs.chownSync(folder, nobody.uid, nobody.gid);
  try {
    const { ticket, hls } = await ticketOf();
    const vlc = await play('vlc', ['-I', 'dummy', '--no-audio', '--run-time=6', '--sout', `#std{access=file,mux=ts,dst=${kept}}`, `${hls}?ticket=${ticket}`, 'vlc://quit'], 30000,
      { ...nobody, env: { ...process.env, HOME: folder, LC_ALL: 'C' } });
    const { code, said } = await play('ffmpeg', ['-v', 'error', '-nostdin', '-i', kept, '-f', 'null', '-progress', 'pipe:1', '-']);
    const frames = Number([...said.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0);
    console.log(`# measured frames: VLC ${frames}`);
    assert.equal(code, 0, said + vlc.said);
    assert.ok(frames >= 30, said + vlc.said);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('what players send besides is understood: HEAD, ranges, the same ticket twice', async () => {
  const { ticket, hls } = await ticketOf();
  const target = `${new URL(hls).pathname}?ticket=${ticket}`;
  assert.equal((await get(target, { method: 'HEAD' })).status, 200);
  const [one, two] = [await get(target), await get(target)];
  assert.equal(one.status, 200, one.text);
  assert.equal(two.text, one.text);
  const folder = /\.\.\/(view\/[^/]+)\//.exec(one.text)[1];
  const { text } = await get(`/hls/${folder}/media.m3u8`);
  const path = `/hls/${folder}/${segmentsOf(text).at(-1)}.m4s`;
  const head = await get(path, { method: 'HEAD' });
  const size = Number(head.headers['content-length']);
  assert.ok(size > 1000 && head.text === '');
  const probe = await get(path, { headers: { Range: 'bytes=0-1' } });
  assert.deepEqual([probe.status, probe.headers['content-range'], probe.headers['content-length']], [206, `bytes 0-1/${size}`, '2']);
  assert.equal((await get(path, { headers: { Range: `bytes=${size}-` } })).status, 416);
});

test('bad paths, parameters and tickets are refused by their name', async () => {
  const { folder } = await open();
  for (const [path, status, field] of [
    ['/hls', 404], ['/hls/', 404], ['/hls/x', 404], ['/hls/%2e%2e/index.m3u8', 404], ['/hls/view/none/media.m3u8', 404], [`${folder}/../index.m3u8`, 404],
    [`${folder}/999999.m4s`, 404], [`${folder}/0.0.0.m4s`, 404], [`${folder}/init-9.mp4`, 404], [`${folder}/%00.m4s`, 400], [`${folder}/%zz`, 400],
    [`${folder}/media.m3u8?_HLS_msn=x`, 400, '_HLS_msn'], [`${folder}/media.m3u8?_HLS_msn=999999`, 400, '_HLS_msn'], [`${folder}/media.m3u8?_HLS_part=0`, 400, '_HLS_part'],
    [`${folder}/media.m3u8?_HLS_msn=0&_HLS_part=-1`, 400, '_HLS_part'], [`/hls/${cameras[0]}/index.m3u8`, 401], [`/hls/${cameras[0]}/index.m3u8?ticket=x.y.z`, 401],
  ]) {
    const answer = await get(path);
    assert.equal(answer.status, status, `${path}: ${answer.text}`);
    assert.equal(answer.headers['content-type'], 'application/problem+json', path);
    if (field) assert.equal(answer.json.field, field, answer.text);
  }
  for (const [method, path] of [['POST', `/hls/${cameras[0]}/index.m3u8`], ['DELETE', `${folder}/media.m3u8`], ['GET', folder]]) {
    assert.equal((await get(path, { method })).status, 405, `${method} ${path}`);
  }
  const foreign = await get(`${folder}/media.m3u8`, { headers: { Origin: 'http://evil.example' } });
  assert.equal(foreign.status, 403);
  const desk = `http://127.0.0.1:${city.site('11000').http}`;
  assert.equal((await get(`${folder}/media.m3u8`, { headers: { Origin: desk } })).headers['access-control-allow-origin'], desk);
});

test('a thousand reloads that wait are bounded, and nobody else waits for them', async () => {
  const { folder } = await open();
  const { folder: other } = await open();
  const { text } = await get(`${folder}/media.m3u8`);
  const next = Number(segmentsOf(text).at(-1)) + 2;
  const statuses = await Promise.all(Array.from({ length: 1000 }, () => get(`${folder}/media.m3u8?_HLS_msn=${next}`).then((answer) => answer.status)));
  const served = statuses.filter((status) => status === 200).length;
  assert.equal(statuses.filter((status) => status === 429).length, 1000 - served);
  assert.ok(served >= 8 && served < 1000, `${served} of 1000 waited`);
  assert.equal((await get(`${other}/media.m3u8`)).status, 200);
});

test('a viewer that just goes away is closed after 10 s', async () => {
  const { folder, view } = await open();
  const begun = Date.now();
  assert.equal((await get(`${folder}/media.m3u8`)).status, 200);
  const [closed] = await until('the end is on record', async () => {
    const entries = await entriesOf(view, ['view.closed']);
    return entries.length && entries;
  }, { within: 14000, every: 200 });
  const after = closed.payload.at / 1000 - begun;
  assert.equal(closed.payload.reason, 'viewer left');
  assert.ok(after >= 9500 && after < 12500, `${after} ms`);
  const answer = await get(`${folder}/media.m3u8`);
  assert.deepEqual([answer.status, answer.json.type, answer.json.detail], [410, '/problems/view_ended', 'viewer left']);
});

test('a camera that is lost is a discontinuity, and the view goes on', async () => {
  const camera = cameras[1];
  const { folder } = await open(camera);
  const keep = async (what, look, within) => until(what, async () => {
    const answer = await get(`${folder}/media.m3u8`);
    assert.equal(answer.status, 200, answer.text);
    return look(answer.text);
  }, { within, every: 300 });
  await keep('segments', (text) => segmentsOf(text).length > 0, 10000);
  await city.cameraFault(numberOf(camera), 'close');
  await keep('the discontinuity', (text) => /^#EXT-X-DISCONTINUITY$[\s\S]*^\d+\.m4s$/m.test(text), 15000);
  await get(folder, { method: 'DELETE' });
});

test('a revoked grant is dark within a second: playlists, segments, and a segment that is under way', async () => {
  const { folder, view, ticket } = await open();
  const { text } = await get(`${folder}/media.m3u8`);
  const segment = `${folder}/${segmentsOf(text).at(-1)}.m4s`;
  // Takes a segment in drops: what the kernel holds for it must not come either.
  let lastAt = 0, ended = false;
  const slow = http.get({ host: '127.0.0.1', port: media, path: segment, agent: false, highWaterMark: 1024 }, (response) => {
    response.on('error', () => { ended = true; });
    response.on('close', () => { ended = true; });
    response.once('readable', function drop() {
      if (response.read(512) !== null) lastAt = Date.now();
      if (!ended) setTimeout(drop, 20);
    });
  });
  slow.on('error', () => { ended = true; });
  await until('the segment is under way', () => lastAt > 0);
  let lastServed = 0, stop = false, refused;
  const poll = (async () => {
    for (let i = 0; !stop; ++i) {
      const answer = await get(i % 2 === 0 ? segment : `${folder}/media.m3u8`);
      if (answer.status === 200) lastServed = Date.now();
      else refused = answer;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await until('it is being watched', () => lastServed > 0);

  const closed = await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'receive' })
    .then(() => operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'drill' }));
  assert.equal(closed.status, 201, closed.text);
  const since = Date.now();
  await until('a request is refused', () => refused, { within: 2000 });
  await new Promise((resolve) => setTimeout(resolve, darkWithin + 300));
  stop = true;
  await poll;
  console.log(`# measured dark: ${lastServed - since} ms after the close's answer`);
  assert.ok(lastServed <= since + darkWithin, `served ${lastServed - since} ms after the close`);
  assert.deepEqual([refused.status, refused.json.type], [410, '/problems/view_ended']);
  assert.match(refused.json.detail, /^grant is revoked/);
  assert.equal((await get(segment)).status, 410);
  assert.equal((await get(new URL((await ticketUrl())).pathname, { headers: { Authorization: `Bearer ${ticket}` } })).status, 401);
  const [entry] = await until('the end is on record', async () => {
    const entries = await entriesOf(view, ['view.closed']);
    return entries.length && entries;
  });
  assert.match(entry.payload.reason, /^grant is revoked/);
});

const ticketUrl = async () => `http://127.0.0.1:${media}/hls/${cameras[0]}/index.m3u8`;

test('no ticket stands in what the program wrote', () => {
  assert.doesNotMatch(city.output + city.errors, /eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\./);
  const found = spawnSync('grep', ['-rlE', 'ticket=eyJ', city.data], { encoding: 'utf8' });
  assert.equal(found.stdout, '');
});
