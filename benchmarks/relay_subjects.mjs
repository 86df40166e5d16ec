// What `./bench relay` compares: each subject is started on the server's core, says what it serves, and is ended.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { program, request, until } from '../tests/integration/city.mjs';

export const kServerCore = 0;
export const kGeneratorCore = 1;
const folder = process.env.BONGSU_RELAY_PROGRAMS;
const tool = (name) => path.join(folder, name);

const living = new Set();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** A program on one core, or on any. `done` resolves with {code, output}; `line()` with its first line. */
export class Running {
  constructor(core, words, { sockets = [], input, env } = {}) {
    this.name = path.basename(words[0]);
    this.output = '';
    this.errors = '';
    this.child = spawn(tool('relay_launch'), [...(core === null ? [] : ['--core', String(core)]), ...sockets, '--', ...words],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    living.add(this.child);
    this.child.stdin.on('error', () => {});  // It ended before it read all: its exit says why.
    this.child.stdin.end(input ?? '');
    this.child.stdout.on('data', (part) => { this.output += part; });
    this.child.stderr.on('data', (part) => { this.errors = (this.errors + part).slice(-4000); });
    this.done = new Promise((resolve) => this.child.on('close', (code, signal) => {
      living.delete(this.child);
      this.ended = { code, signal, output: this.output };
      resolve(this.ended);
    }));
  }

  get pid() { return this.child.pid; }

  async line(within = 10000) {
    await until(`${this.name} is ready`, () => this.ended || this.output.includes('\n'), { within });
    this.check();
    return this.output.slice(0, this.output.indexOf('\n'));
  }

  check() {
    if (this.ended) throw new Error(`${this.name} ended with ${this.ended.code ?? this.ended.signal}: ${this.errors.trim()}`);
  }

  async stop() {
    if (!this.ended) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    const ended = await this.done;
    clearTimeout(timer);
    return ended;
  }
}

function isFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** The first of ten free ports below those that the kernel gives to clients. */
export async function freePorts() {
  for (let tries = 0; tries < 100; ++tries) {
    const base = 21000 + 10 * Math.floor(Math.random() * 900);
    const free = await Promise.all(Array.from({ length: 10 }, (_, at) => isFree(base + at)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no ten free ports between 21000 and 30000');
}

async function listens(running, port) {
  await until(`${running.name} listens`, () => running.ended || new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', reject);
  }));
  running.check();
}

/** `count` cameras on the generator's core. */
export async function startCameras(count, clip) {
  const port = await freePorts();
  const running = new Running(kGeneratorCore, [tool('relay_camera'), '--port', String(port), '--cameras', String(count), '--clip', clip]);
  await running.line();
  const prefix = `rtsp://127.0.0.1:${port}/cam/`;
  return { running, count, prefix, url: (number) => `${prefix}${number}` };
}

/** The kernel's own cost: the cameras' program itself, with all viewers on it. */
export class Kernel {
  static subject = 'kernel';
  static serves = new Set(['tcp', 'udp']);

  async start({ clip }) {
    this.port = await freePorts();
    this.running = new Running(kServerCore, [tool('relay_camera'), '--port', String(this.port), '--cameras', '1', '--clip', clip]);
    await this.running.line();
  }
  get pid() { return this.running.pid; }
  target() { return `rtsp://127.0.0.1:${this.port}/cam/0`; }
  stop() { return this.running.stop(); }
}

/** Debian's gst-rtsp-server, one shared pipeline a camera. */
export class GstRtspServer {
  static subject = 'gst-rtsp-server';
  static serves = new Set(['tcp', 'udp', 'cameras', 'slow']);

  async start({ cameras }) {
    if (!fs.existsSync(tool('relay_gst'))) throw new Error('gst-rtsp-server is missing: apt-get install libgstrtspserver-1.0-dev');
    this.port = await freePorts();
    this.running = new Running(kServerCore, [tool('relay_gst'), String(this.port), String(cameras.count), cameras.prefix]);
    await listens(this.running, this.port);
  }
  get pid() { return this.running.pid; }
  target(way, number) { return `rtsp://127.0.0.1:${this.port}/cam/${number}`; }
  stop() { return this.running.stop(); }
}

/** A rival built elsewhere: see docs/performance.md for what the script is given and what it says. */
export function peerOf(name, script) {
  return class {
    static subject = name;
    static serves = new Set(['tcp', 'udp', 'webrtc', 'cameras', 'slow', 'ingest']);

    async start({ cameras }) {
      this.running = new Running(kServerCore, [script, `${cameras.prefix}{n}`, String(cameras.count), String(await freePorts())]);
      this.urls = JSON.parse(await this.running.line(30000));
    }
    get pid() { return this.running.pid; }
    served(way) {
      if (way === 'webrtc') return Boolean(this.urls.whep);
      if (way === 'udp') return Boolean(this.urls.rtsp && this.urls.udp);
      if (way === 'ingest') return Boolean(this.urls.ingest);
      return Boolean(this.urls.rtsp);
    }
    target(way, number) { return (way === 'webrtc' ? this.urls.whep : this.urls.rtsp).replaceAll('{n}', String(number)); }
    stop() { return this.running.stop(); }
  };
}

const kSite = '11440';
const base64url = (value) => Buffer.from(value).toString('base64url');
const cameraId = (number) => `${kSite}-${String(number + 1).padStart(6, '0')}`;

/** The media process as it ships, with a control that is this program: it gives the state, signs tickets, takes the spool. */
export class Bongsu {
  static subject = 'bongsu';
  static serves = new Set(['tcp', 'udp', 'webrtc', 'cameras', 'slow', 'ingest', 'loops']);

  /** One event loop on one core, or several on any. */
  async start({ cameras, loops = 1, core = loops > 1 ? null : kServerCore }) {
    this.cameras = cameras;
    this.states = new Map();
    this.issued = 0;
    this.key = crypto.generateKeyPairSync('ed25519');
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
    const spool = path.join(this.data, kSite, 'spool');
    fs.mkdirSync(spool, { recursive: true });
    this.control = net.createServer((socket) => this.serve(socket));
    await new Promise((resolve) => this.control.listen(path.join(spool, 'media.sock'), resolve));
    fs.chmodSync(path.join(spool, 'media.sock'), 0o600);
    const port = await freePorts();
    Object.assign(this, { http: port, rtsp: port + 1, udp: port + 2, rtp: port + 4 });
    const each = (words) => Array.from({ length: loops }, (_, at) => words(at)).flat();
    this.running = new Running(core, [program, 'media', '--data', this.data, '--site', kSite,
      '--http-fd', '@0', '--rtsp-fd', '@1', '--udp-port', String(this.udp),
      ...each((at) => ['--udp-fd', `@${2 + 3 * at}`, '--rtp-fd', `@${3 + 3 * at}`, '--rtcp-fd', `@${4 + 3 * at}`])],
    { sockets: ['--tcp', String(this.http), '--tcp', String(this.rtsp), ...each((at) => [this.udp + at, this.rtp + 2 * at, this.rtp + 2 * at + 1].flatMap((udp) => ['--udp', String(udp)]))] });
    try {
      await until('bongsu media is ready', async () => this.running.ended || (await request(this.http, 'GET', '/ready')).status === 200);
      this.running.check();
      await until('all cameras stream', () => [...this.states.values()].filter((state) => state === 'streaming').length === cameras.count || this.running.ended, { within: 30000 });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  serve(socket) {
    let rest = Buffer.alloc(0);
    const send = (message) => {
      const body = Buffer.from(JSON.stringify(message));
      const head = Buffer.alloc(4);
      head.writeUInt32LE(body.length);
      socket.write(Buffer.concat([head, body]));
    };
    socket.on('error', () => {});
    socket.on('data', (part) => {
      rest = Buffer.concat([rest, part]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
        const message = JSON.parse(rest.subarray(4, 4 + rest.readUInt32LE(0)).toString());
        rest = rest.subarray(4 + rest.readUInt32LE(0));
        if (message.t === 'hello') send(this.state());
        if (message.t === 'camera') this.states.set(message.id, message.state);
        if (message.t === 'spool') send({ t: 'spool_ack', n: message.items.at(-1).n });
      }
    });
  }

  state() {
    const cameras = Array.from({ length: this.cameras.count }, (_, number) => ({
      id: cameraId(number), main: this.cameras.url(number), sub: '', mode: 'always', relay: false }));
    return { t: 'state', v: 1, site: kSite, origins: this.cameras.origins ?? [], keys: { [`${kSite}-t1`]: this.key.publicKey.export({ format: 'jwk' }).x },
      cameras, revoked: [], relays: [], spoolFrom: 0 };
  }

  ticket(number) {
    const id = ++this.issued;
    const text = `${base64url(JSON.stringify({ alg: 'EdDSA', kid: `${kSite}-t1` }))}.${base64url(JSON.stringify({
      aud: kSite, camera: cameraId(number), exp: Math.floor(Date.now() / 1000) + 110, grant: 'bench', height: 0, holder: 'bench',
      jti: `bench-${id}`, kind: 'live', view: `view-${id}` }))}`;
    return `${text}.${base64url(crypto.sign(null, Buffer.from(text), this.key.privateKey))}`;
  }

  get pid() { return this.running.pid; }
  target(way, number) {
    const url = way === 'webrtc' ? `http://127.0.0.1:${this.http}/whep/` : `rtsp://127.0.0.1:${this.rtsp}/`;
    return `${url}${cameraId(number)} ${this.ticket(number)}`;
  }
  async stop() {
    await this.running?.stop();
    this.control?.close();
    if (this.data) fs.rmSync(this.data, { recursive: true, force: true });
  }
}
