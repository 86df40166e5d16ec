// Viewers by each way out, as plain as can be: they count the bytes of pictures and remember when the last one came.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { request, until } from './city.mjs';
import { Player } from './rtsp.mjs';

const load = createRequire(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../console/package.json'));
const { WebSocket } = load('ws');

/** A view, as all ways have it: {way, view, lastAt, bytes, ended}; free() leaves. `ticket`: a ticket's answer, and its view. */
export class View {
  lastAt = 0;
  bytes = 0;
  ended = false;
  constructor(way, view) { Object.assign(this, { way, view }); }
  take(size) {
    this.bytes += size;
    this.lastAt = Date.now();
  }
}

export async function byTcp(ticket) {
  const view = new View('tcp', ticket.view);
  const player = await Player.open(ticket.rtsp, { ticket: ticket.ticket });
  assert.equal(player.status, 200, String(player.error));
  player.socket.on('data', () => { [view.bytes, view.lastAt] = [player.bytes, player.lastAt]; });
  player.socket.on('close', () => { view.ended = true; });
  view.free = () => player.close();
  view.reset = () => player.socket.resetAndDestroy();
  return view;
}

/** An even port and the next one. */
async function pair() {
  for (let tries = 0; tries < 200; ++tries) {
    const port = 30000 + 2 * Math.floor(Math.random() * 10000);
    const sockets = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
    try {
      await Promise.all(sockets.map((socket, at) => new Promise((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(port + at, '127.0.0.1', resolve);
      })));
      return { port, sockets };
    } catch {
      for (const socket of sockets) socket.close();
    }
  }
  throw new Error('no two free ports for RTP');
}

export async function byUdp(ticket) {
  const view = new View('udp', ticket.view);
  const { port, sockets } = await pair();
  sockets[0].on('message', (packet) => view.take(packet.length));
  const { hostname, port: rtsp, pathname } = new URL(ticket.rtsp.replace(/^rtsp:/, 'http:'));
  const url = `rtsp://${hostname}:${rtsp}${pathname}`;
  const socket = net.createConnection({ host: hostname, port: Number(rtsp) });
  socket.on('error', () => {});
  socket.on('close', () => { view.ended = true; });
  let heard = '';
  socket.on('data', (part) => { heard += part.toString('latin1'); });
  let sequence = 0;
  const ask = async (method, target, more = '') => {
    const cseq = ++sequence;
    socket.write(`${method} ${target} RTSP/1.0\r\nCSeq: ${cseq}\r\nAuthorization: Basic ${Buffer.from(`bongsu:${ticket.ticket}`).toString('base64')}\r\n${more}\r\n`);
    const answer = await until(`${method} is answered`, () => new RegExp(`RTSP/1\\.0 (\\d+)[^]*?CSeq: ${cseq}\\r\\n[^]*?\\r\\n\\r\\n`).exec(heard));
    assert.equal(answer[1], '200', answer[0]);
    return answer[0];
  };
  await ask('DESCRIBE', url);
  const session = /^Session:\s*([^;\r\n]+)/im.exec(await ask('SETUP', `${url}/trackID=0`, `Transport: RTP/AVP;unicast;client_port=${port}-${port + 1}\r\n`))[1];
  await ask('PLAY', url, `Session: ${session}\r\n`);
  view.free = () => [...sockets, { close: () => socket.destroy() }].forEach((each) => each.close());
  return view;
}

export async function bySocket(ticket) {
  const view = new View('socket', ticket.view);
  const socket = new WebSocket(ticket.fmp4, { headers: { Authorization: `Bearer ${ticket.ticket}` } });
  socket.on('message', (data, isBinary) => { if (isBinary) view.take(data.length); });
  socket.on('error', () => {});
  socket.on('close', () => { view.ended = true; });
  view.free = () => socket.terminate();
  return view;
}

/** All on one socket. */
export async function byShared(tickets) {
  const socket = new WebSocket(tickets[0].fmp4.replace(/\/fmp4\/.*/, '/fmp4'));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('open', resolve));
  const views = tickets.map((ticket) => new View('shared', ticket.view));
  socket.on('message', (data, isBinary) => { if (isBinary) views[data.readUInt32BE(0)]?.take(data.length); });
  tickets.forEach(({ camera, ticket }, id) => socket.send(JSON.stringify({ open: { id, camera, ticket } })));
  views[0].free = () => socket.terminate();
  return views;
}

/** Asks for what the playlist names, as a player does, until it is told that the view is over. */
export async function byHls(ticket) {
  const view = new View('hls', ticket.view);
  const { port, pathname } = new URL(ticket.hls);
  const get = (target, headers) => request(Number(port), 'GET', target, { headers }).catch(() => ({ status: 0, text: '' }));
  const welcome = await get(pathname, { Authorization: `Bearer ${ticket.ticket}` });
  assert.equal(welcome.status, 200, welcome.text);
  const playlist = new URL(welcome.text.split('\n').find((line) => line && !line.startsWith('#')), ticket.hls).pathname;
  const seen = new Set();
  let stopped = false;
  (async () => {
    while (!stopped) {
      const answer = await get(playlist);
      if (answer.status !== 200) return void (view.ended = true);
      for (const [, uri] of answer.text.matchAll(/(?:^|URI=")([^"\n#]+\.(?:m4s|mp4)[^"\n]*)"?/gm)) {
        if (seen.has(uri)) continue;
        seen.add(uri);
        const media = await get(new URL(uri, `http://h${playlist}`).pathname + new URL(uri, `http://h${playlist}`).search);
        if (media.status === 200) view.take(media.text.length);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  view.free = () => { stopped = true; };
  return view;
}
