// A media process before all cameras of lab/evilcam, a batch of them at once: it lives, its memory is bounded, the good cameras' viewers
// go on, and a desk reads in words why there is no picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, camerasLive, seoulForest, until } from './city.mjs';
import { Gaps, LabProgram, addCameras, labStates, memoryOf, quantile, watch } from './media_lab.mjs';
import { Partner, openIncident } from './partner.mjs';

// What a desk may read. `yes`: it has a valid picture and streams. A pattern: it never streams, and this is the cause. Both: it streams
// for a while, or may (noise that happens to look like pictures), and when it does not this is why.
const noPicture = /no whole picture for 2 s/;
const noKey = /no key picture/;
const noAnswer = /no answer to the connection's set-up in time/;
const noVideo = /offers no H\.264, H\.265 or JPEG video/;
const tooLong = /RTSP head longer than 16 KiB/;
const badLength = /Content-Length/;
const lost = /connection lost|closed the connection|no whole picture/;
const credentials = /refuses the user name or password/;
const noWay = /asks for a password in no way that is known here/;
const outside = /is not in the cameras' networks/;
const udpSilent = /nothing came by UDP for 2 s/;
const nothing = /nothing but blank lines or empty frames/;
const noRtsp = /neither RTSP nor an interleaved frame/;
const yes = 'yes';
const either = (cause) => ({ yes, cause });

const expected = {
  good: yes,
  // What follows PLAY.
  'nothing-after-play': noPicture, 'one-picture': either(noPicture), 'reset-in-the-midst': either(lost), 'close-in-the-midst': either(lost),
  'garbage-1-gbit': noRtsp, 'frames-of-other-channels': noPicture, 'frames-of-zero-length': nothing, 'frame-length-lies': noPicture,
  'frame-length-short': /RTSP|neither/, 'one-byte-segments': yes, 'wrong-channel': yes, 'rtcp-channel-video': yes, 'loopback-speed': yes,
  // RTP.
  'rtp-version-1': noPicture, 'rtp-payload-type': noPicture, 'rtp-csrc-lies': /no whole picture|no key picture/, 'rtp-marker-never': yes,
  'rtp-marker-always': yes, 'rtp-time-frozen': yes, 'rtp-padding-lies': noPicture, 'rtp-extension-lies': noPicture, 'rtp-short': noPicture,
  'rtp-empty': noPicture, 'ssrc-each-packet': noPicture, 'ssrc-two': yes, 'sequence-random': noPicture,
  'sequence-jumps': either(/no whole picture|no key picture/), 'sequence-same': either(/no whole picture|no key picture/), 'time-backwards': yes, 'time-years': yes,
  // Units of H.264.
  'nal-bomb': noPicture, 'stap-bomb': noPicture, 'stap-nested': noPicture, 'stap-zero-length': noPicture, 'fu-endless': noPicture,
  'fu-without-start': noKey, 'fu-start-and-end': /no whole picture|no key picture/, 'nal-reserved': noPicture, noise: either(/no whole picture|no key picture/),
  'giant-picture': noPicture, 'never-a-key': noKey, 'never-parameter-sets': noKey, 'parameter-sets-only': noPicture, 'sps-65535': noKey,
  'sps-each-picture': yes, 'sps-garbage': either(noKey), 'sps-zeros': noKey, 'sps-60-kib': noKey, 'pps-garbage': yes, 'pps-1000': yes,
  'rtcp-flood': yes, 'rtcp-malformed': yes, 'rtcp-bye': yes, 'rtcp-clock': yes,
  // H.265 and JPEG.
  'h265-fu-endless': noPicture, 'h265-ap-nested': noPicture, 'h265-ap-lies': noPicture, 'h265-ap-bomb': /no whole picture|no key picture/, 'h265-paci': noPicture,
  'h265-short': noPicture, 'h265-noise': either(/no whole picture|no key picture/), 'h265-sps-65535': noKey, 'h265-sps-garbage': either(noKey), 'h265-sps-zeros': noKey,
  'codec-switch': /no whole picture|no key picture/, 'jpeg-2040-no-tables': noPicture, 'jpeg-table-length': noPicture, 'jpeg-restart-lies': noPicture, 'jpeg-overlap': noPicture,
  'jpeg-holes': noPicture, 'jpeg-offset-16-mib': noPicture, 'jpeg-type-reserved': noPicture, 'jpeg-q-0': noPicture, 'jpeg-size-0': yes, 'jpeg-size-changes': yes,
  'jpeg-fields-change': noPicture,
  // The connection and its messages.
  'silent-accept': noAnswer, 'banner-garbage': noRtsp, 'http-only': /speaks HTTP/, 'hang-up': lost, 'reset-at-once': lost, 'half-closed': lost,
  'slow-loris-options': noAnswer, 'slow-loris-describe': noAnswer, 'slow-loris-setup': noAnswer, 'slow-loris-play': noAnswer, 'endless-headers': tooLong,
  'huge-header': tooLong, 'folded-headers': tooLong, 'many-headers': /over 100 headers/, 'length-huge': badLength, 'length-4-gib': badLength,
  'length-negative': badLength, 'length-words': badLength, 'length-too-long': noAnswer, 'length-too-short': noVideo, 'length-twice': badLength,
  'body-10-mib': badLength, 'no-cseq': yes, 'wrong-cseq': yes, 'jumping-cseq': noAnswer, 'answers-twice': yes, 'answers-before': /SDP does not begin/,
  'answers-unasked': yes, 'asks-back': yes, 'asks-and-never-reads': /no whole picture|does not read/, 'redirect-request': yes, 'non-utf8': yes,
  'reason-non-utf8': /control characters/, 'reason-euc-kr': /answered 503 \?/, 'reason-long': /answered 503 x한/, 'nul-bytes': /control characters/,
  'status-99999': /status of three digits/, 'version-9': /another version/, 'continue-for-ever': noAnswer, 'bare-line-feeds': noAnswer, 'blank-lines': nothing,
  'teardown-with-body': yes, 'keep-alive-454': either(/454/), 'session-timeout-0': yes,
  // UDP.
  'udp-spoofed': udpSilent, 'udp-other-port': yes, 'udp-port-0': yes, 'udp-port-1': yes, 'udp-port-65535': /bad server_port/,
  'udp-source-elsewhere': /another address than its own/, 'udp-oversize': udpSilent, 'udp-empty': udpSilent, 'udp-flood': /nothing came by UDP|no whole picture/,
  'udp-reversed': either(/no whole picture|no key picture/), 'udp-halves-lost': /no whole picture|no key picture/, 'udp-silent': udpSilent, 'udp-goes-away': either(lost),
  // What is promised.
  'sdp-60-kib': yes, 'sdp-10000-tracks': /more than 64 tracks/, 'sdp-1000-tracks': /more than 64 tracks/, 'sdp-no-video': noVideo, 'sdp-empty': /SDP does not begin/,
  'sdp-html': /SDP does not begin/, 'sdp-unknown-codec': /VP9/, 'sdp-mode-2': /packetization-mode 2/, 'sdp-clock-rate': noVideo, 'sdp-payload-999': noVideo,
  'sdp-non-utf8': yes, 'sdp-nul': /control characters/, 'sdp-control-long': /control URL/, 'sdp-control-spaces': /control URL/, 'sdp-control-elsewhere': yes,
  'sdp-sprop-garbage': yes, 'sdp-sprop-1000': yes, 'sdp-dimensions': yes,
  'auth-401-for-ever': credentials, 'auth-stale-loop': credentials, 'auth-unknown-algorithm': noWay, 'auth-realm-14-kib': credentials,
  'auth-realm-unquoted': /password/, 'auth-nothing': noWay, 'auth-schemes': credentials, 'auth-injection': credentials,
  'redirect-to-itself': /more than twice/, 'redirect-ping-pong': /more than twice/, 'redirect-loopback-2': outside, 'redirect-metadata': outside,
  'redirect-elsewhere': outside, 'redirect-file': /no RTSP address/, 'redirect-http': /no RTSP address/, 'redirect-nowhere': /no RTSP address/,
  'redirect-long': /no RTSP address/, 'redirect-300': /answered 300/,
  'channels-999': /bad interleaved channel/, 'channels-same': yes, 'transport-udp-anyway': /does not send RTP over TCP/,
  'transport-multicast': /does not send RTP over TCP/, 'transport-1000': /does not send RTP over TCP/, 'setup-no-session': /without a Session/,
  'setup-long-session': /over 256 letters/, 'other-channels': yes, 'play-refused': /answered 500/, 'not-found': /answered 404/,
  // TLS.
  'tls-good': yes, 'tls-chain-1000': /^tls: /, 'tls-silent-inside': noAnswer, 'tls-garbage-inside': noRtsp, 'tls-cut': either(/tls|lost|closed|no whole picture/),
  'tls-garbage': /^tls: /, 'tls-plain': /^tls: /, 'tls-silent': /no end of the handshake/, 'tls-endless-handshake': /no end of the handshake/, 'tls-empty-records': /^tls: /,
  'tls-alerts': /^tls: /, 'tls-hello-lies': /^tls: /, 'tls-hang-up': /^tls: /, 'tls-renegotiation': /^tls: |no answer/,
};

// As fast as they can: not more than a few at once, so that the others have a machine to be measured on.
const floods = ['garbage-1-gbit', 'frames-of-other-channels', 'frames-of-zero-length', 'loopback-speed', 'nal-bomb', 'fu-endless', 'giant-picture', 'stap-bomb',
  'rtcp-flood', 'asks-and-never-reads', 'blank-lines', 'huge-header', 'endless-headers', 'udp-flood', 'tls-garbage-inside', 'tls-empty-records', 'tls-alerts',
  'h265-fu-endless', 'answers-unasked', 'asks-back', 'noise', 'one-byte-segments'];

// Those whose odd pictures reach viewers, and what serves them: six stand around each of two places.
const watched = ['rtp-marker-always', 'sps-each-picture', 'pps-1000', 'pps-garbage', 'time-years', 'time-backwards',
  'noise', 'jpeg-size-changes', 'rtp-time-frozen', 'loopback-speed', 'ssrc-two', 'sps-garbage'];
const places = [{ position: [127.02, 37.47] }, { position: [127.06, 37.47] }];

const batchTime = 9000;   // An attempt takes 8 s at most.
const settleTime = 1200;  // Until the words of the time before have gone.
const atOnce = 29;

let city, room, operator, evil, ids, pid, viewers;

/** Every few calm ones get a flood to themselves. */
function batchesOf(names) {
  const wild = names.filter((name) => floods.includes(name));
  const calm = names.filter((name) => !floods.includes(name));
  const count = Math.ceil(names.length / atOnce);
  const out = Array.from({ length: count }, () => []);
  [...calm, ...wild].forEach((name, i) => out[i % count].push(name));
  return out;
}

function placeOf(i) {
  if (i < 0) return undefined;
  const [lon, lat] = places[Math.floor(i / 6)].position;
  return { lon: lon + (i % 6) * 1e-4, lat, fov: 360, range: 200 };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Says what the viewers of the good cameras saw since the last call; fails when one of them got nothing. */
function judgeViewers(what, within) {
  const gaps = viewers.map((viewer) => ({ camera: viewer.camera, pictures: viewer.gaps.gaps.length, gaps: viewer.gaps.take(), closed: viewer.player.closedAt }));
  const all = gaps.flatMap((one) => one.gaps);
  console.log(`# ${what}: ${all.length} pictures of the good cameras, gap p50 ${quantile(all, 0.5).toFixed(0)} p99 ${quantile(all, 0.99).toFixed(0)} `
    + `max ${Math.max(...all).toFixed(0)} ms; media ${memoryOf(pid).now} MiB`);
  for (const one of gaps) {
    assert.equal(one.closed, 0, `the view of ${one.camera} stays open (${what})`);
    assert.ok(one.pictures > within / 1000 && Math.max(...one.gaps) < 5000, `pictures of ${one.camera} go on (${what}): ${one.pictures}, ${Math.max(...one.gaps)} ms`);
  }
}

before(async () => {
  city = await City.start();
  evil = await LabProgram.start('evilcam', ['--all', '--held']);
  const names = Object.keys(evil.first);
  const kinds = new Map(JSON.parse(await evil.ask('list')).map((one) => [one.name, one]));
  ids = await addCameras(city, names.map((name) => ({
    name,
    url: `${kinds.get(name).tls ? 'rtsps' : 'rtsp'}://admin:s3cret@127.0.0.1:${evil.first[name]}/live`,
    way: kinds.get(name).tls ? 'tls_insecure = true' : kinds.get(name).udp ? 'transport = "udp"' : undefined,
    at: placeOf(watched.indexOf(name)),
  })), 'networks = ["127.0.0.1/32"]\n');
  pid = city.pid('media 11000');
  operator = await city.login('operator1');
  await camerasLive(operator, seoulForest);
  room = await Partner.open(city);
  const incident = await openIncident(room, operator, seoulForest);
  viewers = [];
  for (const camera of incident.cameras.slice(0, 6)) {
    const gaps = new Gaps();
    viewers.push({ camera, gaps, player: await watch(operator, incident.grant, camera, (packet) => gaps.onPacket(packet)) });
  }
  await until('pictures of each', () => viewers.every((viewer) => viewer.gaps.gaps.length > 3));
}, { timeout: 120000 });

after(async () => {
  viewers?.forEach((viewer) => viewer.player.close());
  evil?.stop();
  await city?.stop();
});

test('every behaviour has an expectation', () => {
  assert.ok(Object.keys(evil.first).length >= 60);
  assert.deepEqual(Object.keys(evil.first).filter((name) => !(name in expected)), []);
  assert.deepEqual(Object.keys(expected).filter((name) => !(name in evil.first)), []);
});

test('without an evil camera, to compare with', async () => {
  viewers.forEach((viewer) => viewer.gaps.take());
  await sleep(3000);
  judgeViewers('before', 3000);
});

/** Runs these at once; answers what a desk could read of each: Map(name → Set("state: cause")). */
async function run(batch) {
  for (const name of batch) assert.equal(await evil.ask(`start ${name}`), `start ${name}`);
  const seen = new Map(batch.map((name) => [name, new Map()]));
  const begin = Date.now();
  // An attempt that began late may end a little behind the time of a batch.
  const silent = () => [...seen.values()].some((said) => said.size === 0);
  while (Date.now() - begin < batchTime || (silent() && Date.now() - begin < batchTime + 8000)) {
    await sleep(300);
    const states = await labStates(operator);
    for (const name of batch) {
      const { state, cause } = states.get(ids[name]);
      // Until it was switched on its port refused.
      if (Date.now() - begin > settleTime && cause !== 'cannot connect: Connection refused') seen.get(name).set(`${state}: ${cause ?? ''}`, { state, cause });
    }
  }
  for (const name of batch) await evil.ask(`end ${name}`);
  for (const { player } of viewers) await player.keepAlive();
  return seen;
}

/** What is wrong with what a desk read, in words; undefined when nothing is. */
function complaint(name, seen) {
  const wish = expected[name].yes ? expected[name] : expected[name] === yes ? { yes } : { cause: expected[name] };
  const said = [...seen.values()];
  const streams = said.some((one) => one.state === 'streaming');
  const nameless = said.some((one) => one.state !== 'streaming' && !one.cause);
  const causes = said.filter((one) => one.state !== 'streaming' && one.cause);
  if (said.length === 0) return 'nothing was said';
  if (nameless) return 'no cause was named';
  if (!wish.yes && streams) return 'it streams';
  if (!wish.cause && !streams) return 'it does not stream';
  if (wish.cause && !streams && !causes.some((one) => wish.cause.test(one.cause))) return `not ${wish.cause}`;
  return undefined;
}

test('evil cameras, a batch after the other', { timeout: 200000 }, async () => {
  const complaints = [];
  const atFirst = memoryOf(pid).now;
  for (const batch of batchesOf(Object.keys(evil.first))) {
    viewers.forEach((viewer) => viewer.gaps.take());
    const seen = await run(batch);
    assert.equal(city.pid('media 11000'), pid, `the media process lives (with ${batch.join(', ')})`);
    judgeViewers(`${batch.length} evil cameras`, batchTime);
    for (const [name, said] of seen) {
      const wrong = complaint(name, said);
      if (wrong) complaints.push(`${name}: ${wrong}; a desk read ${[...said.keys()].join(' | ')}`);
    }
  }
  const memory = memoryOf(pid);
  console.log(`# media: ${atFirst} MiB before, ${memory.now} after, ${memory.most} at most`);
  assert.deepEqual(complaints, []);
  // Each stream may hold 8 MiB of pictures and one that it puts together; a batch has some thirty.
  assert.ok(memory.most < atFirst + 300, `memory is bounded: ${memory.most} MiB`);
});

/** A viewer that believes nothing: whole packets of ours, without a hole. */
class Sceptic {
  constructor() {
    this.packets = 0;
    this.wrong = [];
  }
  onPacket(packet) {
    ++this.packets;
    const sequence = packet.readUInt16BE(2);
    if (packet.length < 13 || packet[0] !== 0x80 || (packet[1] & 0x7f) !== 96) this.wrong.push(packet.subarray(0, 12).toString('hex'));
    if (this.sequence !== undefined && sequence !== ((this.sequence + 1) & 0xffff)) this.wrong.push(`a hole before ${sequence}`);
    this.sequence = sequence;
  }
}

test('evil cameras that are watched', { timeout: 60000 }, async () => {
  for (const name of watched) await evil.ask(`start ${name}`);
  const streaming = await until('most of them stream', async () => {
    const states = await labStates(operator);
    const found = watched.filter((name) => states.get(ids[name]).state === 'streaming');
    return found.length >= 9 && found;
  }, { within: 15000 });
  viewers.forEach((viewer) => viewer.gaps.take());
  const opened = [];
  for (const place of places) {
    const incident = await openIncident(room, operator, place);
    for (const camera of incident.cameras) {
      const name = watched.find((one) => ids[one] === camera);
      if (!name) continue;
      const sceptic = new Sceptic();
      try {
        opened.push({ name, sceptic, player: await watch(operator, incident.grant, camera, (packet) => sceptic.onPacket(packet)) });
      } catch (error) {
        console.log(`# ${name}: ${error.message}`);  // It stopped streaming meanwhile.
      }
    }
  }
  await sleep(4000);
  assert.equal(city.pid('media 11000'), pid, 'the media process lives');
  judgeViewers(`${streaming.length} evil cameras stream, ${opened.length} are watched`, 4000);
  for (const { name, sceptic, player } of opened) {
    console.log(`# ${name}: ${sceptic.packets} packets, ${player.pictures} pictures${player.closedAt ? ', then the view was closed' : ''}`);
    assert.deepEqual(sceptic.wrong.filter((one) => !one.startsWith('a hole')), [], `${name}: only RTP reaches a viewer`);
    player.close();
  }
  assert.ok(opened.filter(({ sceptic }) => sceptic.packets > 0).length >= 6, 'they are watched');
  for (const name of watched) await evil.ask(`end ${name}`);
});

test('afterwards: a good camera comes, the bad ones are gone, and nothing was left behind', async () => {
  await evil.ask('start good');
  await until('the good one streams', async () => (await labStates(operator)).get(ids.good).state === 'streaming', { within: 5000 });
  viewers.forEach((viewer) => viewer.gaps.take());
  await sleep(2000);
  judgeViewers('after', 2000);
  assert.equal(city.pid('media 11000'), pid);
});
