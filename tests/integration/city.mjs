// The real city for tests: starts the built program on a DATA of its own, talks to it as desks, partners and
// players do, and leaves nothing behind.
//
// Environment: BONGSU_PROGRAM (the program), BONGSU_FOOTAGE (the cameras' film), BONGSU_CONSOLE (the built desk),
// BONGSU_TEST_PORTS ("12000-15999": where to look for 410 free ports).
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = process.env.BONGSU_PROGRAM ?? path.join(root, 'build/dev/src/app/bongsu');
export const footage = process.env.BONGSU_FOOTAGE ?? path.join(root, 'build/footage');
const consoleFolder = process.env.BONGSU_CONSOLE ?? path.join(root, 'console/dist');
const [portsFrom, portsTo] = (process.env.BONGSU_TEST_PORTS ?? '12000-15999').split('-').map(Number);

export const seoulForest = { place: '서울숲', position: [127.04, 37.5446], site: '11000' };
export const hongdae = { place: '홍대입구역', position: [126.9236, 37.556], site: '11440' };

/** Waits for the thing itself: `look` until it answers something true, or an error that says what was awaited. */
export async function until(what, look, { within = 10000, every = 20 } = {}) {
  const end = Date.now() + within;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}${last ? ` (${last.message})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** One HTTP request on a connection of its own. Answers {status, headers, text, json}. */
export function request(port, method, target, { headers = {}, body, timeout = 15000 } = {}) {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(body);
    const sent = http.request(
      { host: '127.0.0.1', port, method, path: target, agent: false, timeout,
        headers: { ...headers, ...(bytes ? { 'Content-Length': bytes.length } : {}) } },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          let json;
          try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
          resolve({ status: response.statusCode, headers: response.headers, text, json });
        });
      });
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${target} within ${timeout} ms`)));
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** All twelve streaming cameras of a place have a picture. */
export function camerasLive(reader, { position, site }, within = 15000) {
  return until(`the cameras of ${site} are live`, async () => {
    const { items } = await reader.get(`/api/v1/cameras?near=${position}&limit=100`);
    return items.filter((camera) => camera.site === site && camera.live).length >= 12;
  }, { within });
}

/** True when nothing listens there and we could. */
function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function freeBase() {
  const steps = Math.floor((portsTo - portsFrom - 410) / 500) + 1;
  const first = Math.floor(Math.random() * steps);
  for (let i = 0; i < steps; ++i) {
    const base = portsFrom + ((first + i) % steps) * 500;
    const wanted = [0, 1, 2, 10, 20, 21, 22, 23, 24, 25, 26, 100, 101, 102, 200, 201, 202, 300, 301, 302, 400].map((offset) => base + offset);
    if ((await Promise.all(wanted.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`no free ports between ${portsFrom} and ${portsTo}`);
}

const living = new Set();
process.on('exit', () => {
  for (const city of living) city.cleanNow();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

export class City {
  /**
   * Starts a city and waits until it says that it is ready. `data` given: that folder, which is kept. `takeOver`: the
   * ended city whose folder it is; the new one removes it at its end. `binary` and `env`: another build of the program,
   * and what stands in its environment besides ours; `env` may be a function of the city.
   */
  static async start({ data, port, args = [], takeOver, binary = program, env = {} } = {}) {
    const city = new City();
    city.binary = binary;
    city.env = env;
    city.ownsData = data === undefined || Boolean(takeOver?.ownsData);
    if (takeOver) living.delete(takeOver);
    city.data = data ?? fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
    living.add(city);
    try {
      for (let attempt = 0; ; ++attempt) {
        city.port = port ?? (await freeBase());
        await city.launch(args);
        const ready = await until('the city is ready', () => city.exited || city.output.includes('is ready'), { within: 180000 });
        if (ready === true) return city.know();
        // Another test took a port between our look and its bind.
        if (!city.errors.includes('in use') || attempt === 4) throw new Error(`the city did not start: ${city.errors}`);
      }
    } catch (error) {
      await city.stop();
      throw error;
    }
  }

  async launch(args) {
    this.exited = null;
    this.output = '';
    this.errors = '';
    const more = typeof this.env === 'function' ? this.env(this) : this.env;
    this.process = spawn(this.binary, ['city', '--data', this.data, '--footage', footage, '--console', consoleFolder,
      '--port', String(this.port), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...more } });
    this.process.stdout.on('data', (part) => { this.output += part; });
    this.process.stderr.on('data', (part) => { this.errors += part; });
    this.process.on('error', (error) => { this.exited = { code: -1, error }; this.errors += error.message; });
    this.process.on('exit', (code, signal) => { this.exited = { code, signal }; });
  }

  know() {
    this.accounts = JSON.parse(fs.readFileSync(path.join(this.data, 'demo-accounts.json')));
    this.sites = JSON.parse(fs.readFileSync(path.join(this.data, 'city/sites.json'))).sites.filter((site) => site.joined);
    return this;
  }

  site(id) { return this.sites.find((site) => site.id === id); }
  account(user) { return this.accounts.find((account) => account.user === user); }

  /** An account's way in: {token, api(method, path, body)} at its own site. */
  async login(user) {
    const account = this.account(user);
    const port = this.site(account.site).http;
    const answer = await request(port, 'POST', '/api/v1/login', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user, password: account.password }),
    });
    if (answer.status !== 200) throw new Error(`login of ${user}: ${answer.status} ${answer.text}`);
    const token = answer.json.token;
    const api = (method, target, body, headers = {}) => request(port, method, target, {
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      body: body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
    const get = async (target) => {
      const answer = await api('GET', target);
      if (answer.status !== 200) throw new Error(`GET ${target}: ${answer.status} ${answer.text}`);
      return answer.json;
    };
    return { user, token, port, api, get, account };
  }

  /** The supervisor's children: [{name, pid}], name as "control 11000" or "cameras". */
  children() {
    const found = [];
    for (const entry of fs.readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${entry}/status`, 'utf8'));
        if (Number(parent?.[1]) !== this.process.pid) continue;
        const words = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
        const site = words[words.indexOf('--site') + 1];
        if (words.length > 2) found.push({ name: words.includes('--site') ? `${words[1]} ${site}` : words[1], pid: Number(entry) });
      } catch { /* gone meanwhile */ }
    }
    return found;
  }

  pid(name) { return this.children().find((child) => child.name === name)?.pid; }

  /** kill -9 of one child; answers its pid. */
  kill(name) {
    const pid = this.pid(name);
    if (!pid) throw new Error(`no child ${name}`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  ready(site = '11000') {
    return until(`${site} is ready`, async () => {
      const { http: port, media } = this.site(site);
      const answers = await Promise.all([request(port, 'GET', '/ready'), request(media, 'GET', '/ready')]);
      const links = answers[0].json?.links ?? {};
      return answers.every((answer) => answer.status === 200) && Object.values(links).every(Boolean);
    }, { within: 15000 });
  }

  /** Faults of the synthetic cameras: none, refuse, hang, close. */
  async cameraFault(camera, fault) {
    const message = Buffer.from(JSON.stringify({ t: 'fault', camera, fault }));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(message.length);
    await new Promise((resolve, reject) => {
      const socket = net.createConnection(path.join(this.data, 'city/cameras.sock'));
      socket.on('error', reject);
      socket.end(Buffer.concat([head, message]), resolve);
    });
  }

  run(...args) {
    const done = spawnSync(program, args, { encoding: 'utf8', timeout: 120000 });
    return { code: done.status, output: done.stdout + done.stderr };
  }
  verify(folder = this.data) { return this.run('verify', folder); }
  replay() { return this.run('replay', this.data); }

  /** Every entry of a site's journal, by a reader that may (supervisor1, official1, mapo1 …). */
  static async journal(reader, kinds) {
    const entries = [];
    for (let after = '0'; after !== null;) {
      const page = await reader.get(`/api/v1/journal?after=${after}`);
      entries.push(...page.items);
      after = page.next;
    }
    return kinds ? entries.filter((entry) => kinds.includes(entry.kind)) : entries;
  }

  /** A clean end; answers {code, signal}. DATA stays until clean(). */
  async halt(signal = 'SIGTERM') {
    if (this.process && this.exited === null) {
      this.process.kill(signal);
      await until('the supervisor ends', () => this.exited, { within: 15000 });
    }
    return this.exited;
  }

  async stop() {
    try {
      await this.halt();
    } finally {
      this.cleanNow();
    }
  }

  cleanNow() {
    living.delete(this);
    if (this.process && this.exited === null) this.process.kill('SIGKILL');  // Its children follow by themselves.
    if (this.ownsData) fs.rmSync(this.data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
