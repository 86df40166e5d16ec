// A wall of tiles in one browser: 64 cameras of 360p15 from the media process by WebRTC, on whatever cores the machine has.
import { spawnSync } from 'node:child_process';
import http from 'node:http';

import { program } from '../tests/integration/city.mjs';
import { Player } from '../tests/integration/rtsp.mjs';
import { launch } from '../tests/e2e/seat.mjs';
import { Bongsu, Running, freePorts, kGeneratorCore } from './relay_subjects.mjs';

const kTiles = 64;
const kFilms = 48;
const kTimed = 8;      // Tiles whose latency is taken.
const kTicks = 90;     // RTP's clock a millisecond.

/** In the page: opens a tile each, and notes when each picture of it is to be seen. */
function openTiles(targets) {
  document.body.style.cssText = 'margin:0;background:#000;display:grid;gap:2px;grid-template-columns:repeat(8,1fr)';
  window.wall = targets.map(() => ({ frames: 0, shown: [] }));
  return Promise.all(targets.map(async (target, at) => {
    const [url, ticket] = target.split(' ');
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true });
    video.style.width = '100%';
    document.body.append(video);
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const tile = Object.assign(window.wall[at], { peer });
    const shown = (_now, { rtpTimestamp, expectedDisplayTime }) => {
      ++tile.frames;
      tile.shown.push([rtpTimestamp, performance.timeOrigin + expectedDisplayTime]);
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
    const { receiver } = peer.addTransceiver('video', { direction: 'recvonly' });
    receiver.jitterBufferTarget = 0;
    peer.ontrack = (event) => {
      video.srcObject = new MediaStream([event.track]);
      video.play().catch(() => undefined);
    };
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${ticket}` }, body: peer.localDescription.sdp });
    if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  }));
}

/** In the page: what was shown since the last call. */
async function readTiles() {
  return Promise.all(window.wall.map(async (tile) => {
    const { frames, shown } = tile;
    Object.assign(tile, { frames: 0, shown: [] });
    let lost = 0;
    (await tile.peer.getStats()).forEach((entry) => { if (entry.type === 'inbound-rtp') lost = entry.packetsLost ?? 0; });
    return { frames, shown, lost };
  }));
}

/**
 * The same stream by RTSP: its packets say which wall time an RTP time is. The earliest that ever came is the truth, later ones
 * waited for this program.
 */
async function clockOf(target) {
  const [url, ticket] = target.split(' ');
  const player = await Player.open(url, { ticket });
  if (player.status !== 200) throw new Error(`${url}: ${player.status}`);
  let bytes = Buffer.from(player.pending);
  const clock = { offset: Infinity, close: () => player.close() };
  player.socket.on('data', (part) => {
    const at = performance.timeOrigin + performance.now();
    bytes = Buffer.concat([bytes, part]);
    while (bytes.length >= 16 && bytes[0] === 0x24 && bytes.length >= 4 + bytes.readUInt16BE(2)) {
      const time = bytes.readUInt32BE(8);
      clock.first ??= time;
      if (bytes[1] === 0) clock.offset = Math.min(clock.offset, at - ((time - clock.first) >>> 0) / kTicks);
      bytes = bytes.subarray(4 + bytes.readUInt16BE(2));
    }
  });
  clock.sent = (time) => clock.offset + ((time - clock.first) >> 0) / kTicks;
  return clock;
}

/** The film that the program rendered, or renders now: it says where. */
function filmFolder() {
  const { status, stdout, stderr } = spawnSync(program, ['footage', '--folder', process.env.BONGSU_FOOTAGE], { encoding: 'utf8' });
  const folder = /the film is in (\S.*)/.exec(stdout)?.[1];
  if (status !== 0 || !folder) throw new Error(`the film cannot be rendered: ${stderr}`);
  return folder;
}

/** One round: {fps: of each tile, latency: of the timed tiles' pictures in ms, lost}. */
export async function measureWall(seconds) {
  const cameraPort = await freePorts();
  const cameras = new Running(kGeneratorCore, [program, 'cameras', '--footage', filmFolder(), '--fd', '@0', '--count', String(kFilms)],
    { sockets: ['--tcp', String(cameraPort)] });
  const page = http.createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><body></body>'));
  const server = new Bongsu();
  const clocks = [];
  let browser;
  try {
    await new Promise((resolve) => page.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${page.address().port}`;
    const url = (number) => `rtsp://127.0.0.1:${cameraPort}/cam/${String(number % kFilms).padStart(2, '0')}/sub`;
    await server.start({ cameras: { count: kTiles, url, origins: [origin] }, core: null });
    browser = await launch();
    const tab = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage();
    await tab.goto(origin);
    for (let at = 0; at < kTimed; ++at) clocks.push(await clockOf(server.target('tcp', at * kTiles / kTimed)));
    await tab.evaluate(openTiles, Array.from({ length: kTiles }, (_, number) => server.target('webrtc', number)));
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const before = await tab.evaluate(readTiles);
    const begun = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const tiles = await tab.evaluate(readTiles);
    const took = (performance.now() - begun) / 1000;
    const latency = clocks.flatMap((clock, at) => tiles[at * kTiles / kTimed].shown.map(([time, when]) => when - clock.sent(time)));
    return { fps: tiles.map(({ frames }) => frames / took), latency, lost: tiles.reduce((sum, tile, at) => sum + tile.lost - before[at].lost, 0) };
  } finally {
    for (const clock of clocks) clock.close();
    await browser?.close();
    await server.stop();
    await cameras.stop();
    page.close();
  }
}
