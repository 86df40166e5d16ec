// What the suites of hostile cameras and bad networks share: cameras of the lab in a city's catalogue, viewers that measure.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

import { openWhenServed } from './rtsp.mjs';
import { until } from './city.mjs';

const lab = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../lab');
const running = new Set();
process.on('exit', () => { for (const one of running) one.kill('SIGKILL'); });

/** A program of lab/ that says one line of JSON first (`first`) and obeys lines: `ask("start x")` answers its next line. */
export class LabProgram {
  static async start(name, args) {
    const one = new LabProgram();
    one.lines = [];
    one.process = spawn('python3', [path.join(lab, name), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(one.process);
    one.process.on('exit', () => running.delete(one.process));
    readline.createInterface({ input: one.process.stdout }).on('line', (line) => one.lines.push(line));
    one.first = JSON.parse(await one.line());
    return one;
  }
  async line(within = 20000) {
    await until('a line of the lab', () => this.lines.length > 0, { within, every: 5 });
    return this.lines.shift();
  }
  async ask(command) {
    this.process.stdin.write(`${command}\n`);
    return this.line();
  }
  stop() { this.process.stdin.end(); this.process.kill(); }
}

/**
 * Adds cameras [{name, url, way, at}] to the centre's own (`way`: the lines of its table in cameras.toml; `at`: other
 * fields of its line in the catalogue) and starts its two
 * processes anew, which read them at their start. Answers {name: camera id}.
 */
export async function addCameras(city, cameras, settings = '') {
  const folder = path.join(city.data, '11000');
  const catalogue = path.join(folder, 'catalogue.jsonl');
  const text = fs.readFileSync(catalogue, 'utf8');
  const like = JSON.parse(text.slice(0, text.indexOf('\n')));
  const ids = {};
  let more = '';
  let toml = settings;
  cameras.forEach(({ name, url, way, at }, i) => {
    const id = `11000-${9001 + i}`;
    ids[name] = id;
    more += `${JSON.stringify({ ...like, id, name: `lab ${name}`, lon: 127.0 + (i % 20) * 0.001, lat: 37.46 + Math.floor(i / 20) * 0.001, main: url, sub: '', ...at })}\n`;
    if (way) toml += `[camera.${id}]\n${way}\n`;
  });
  fs.writeFileSync(catalogue, text + more);
  fs.writeFileSync(path.join(folder, 'cameras.toml'), toml);
  for (const name of ['media 11000', 'control 11000']) {
    const pid = city.kill(name);
    await until(`${name} is back`, () => city.pid(name) && city.pid(name) !== pid);
  }
  await until('the centre is ready', async () => { await city.ready(); return true; }, { within: 30000 });
  return ids;
}

/** Opens a camera of a grant as an RTSP player; `onPacket` as Player.open's. */
export async function watch(operator, grant, camera, onPacket) {
  const { status, json, text } = await operator.api('POST', '/api/v1/tickets', { grant: grant.id, camera, kind: 'live' });
  if (status !== 201) throw new Error(`no ticket for ${camera}: ${status} ${text}`);
  const player = await openWhenServed(json.rtsp, { ticket: json.ticket, onPacket });
  if (player.status !== 200) throw new Error(`${camera} is not played: ${player.status}`);
  return player;
}

/** The gaps between a viewer's pictures, in milliseconds. */
export class Gaps {
  constructor() {
    this.gaps = [];
    this.at = 0;
  }
  onPacket(packet) {
    if ((packet[1] & 0x80) === 0) return;
    const now = performance.now();
    if (this.at > 0) this.gaps.push(now - this.at);
    this.at = now;
  }
  /** Since the last call; a gap that is still open counts too. */
  take() {
    const out = this.gaps;
    this.gaps = [];
    if (this.at > 0) out.push(performance.now() - this.at);
    return out;
  }
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A process's memory in MiB: {now, most}. */
export function memoryOf(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}

/** Each camera of the lab, by id: {state, cause}. */
export async function labStates(reader) {
  const found = new Map();
  for (let cursor = ''; cursor !== null;) {
    const page = await reader.get(`/api/v1/cameras?site=11000&q=lab&limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    for (const camera of page.items) found.set(camera.id, camera);
    cursor = page.next ?? null;
  }
  return found;
}
