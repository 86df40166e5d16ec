// What the agencies' messages cost, and what the emergencies among them wait when far too many come: a real city takes them
// over HTTP from one generator (intake_load), a desk listens, and at the end the journal is replayed.
//
// Bodies of 1 KiB: 60 % sensors' readings, 30 % sent again, 9 % updates, 1 % new emergencies that open an incident, its
// cameras and two grants. Once with the folds in SQLite alone, once with the copy in PostgreSQL beside it.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { City, program, request, until } from '../tests/integration/city.mjs';
import { Partner } from '../tests/integration/partner.mjs';
import { Postgres } from '../tests/integration/postgres.mjs';
import { listen } from './socket.mjs';

const generator = process.env.BONGSU_INTAKE_LOAD;
const kRate = 5000;
const kConnections = 256;
const kReserved = 64;
const kTargets = { missing_messages: 0, durable_events_per_s: kRate, ack_ms_p99: 100, desk_told_ms_p99: 500, emergency_ms_p99: 200, earthquake_ms_p99: 200, earthquake_told_ms_p99: 500, replay_entries_per_s: 200000 };
const kHertz = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

function options(words) {
  const found = { json: false, cameras: 300000, seconds: 60, subject: undefined };
  for (let at = 0; at < words.length; ++at) {
    if (words[at] === '--json') found.json = true;
    else if (['--cameras', '--seconds'].includes(words[at]) && Number(words[at + 1]) > 0) found[words[at].slice(2)] = Number(words[++at]);
    else if (words[at] === '--subject' && ['sqlite', 'postgres'].includes(words[at + 1])) found.subject = words[++at];
    else throw new Error(`there is no option ${words[at]}, or it lacks its value`);
  }
  return found;
}

const rounded = (value) => Math.round(value * 100) / 100;
const rank = (sorted, share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];

/** Seconds of processor of one process so far. */
function cpuOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
  return (Number(fields[11]) + Number(fields[12])) / kHertz;
}

/** The centre's control process of this city. */
function controlOf(city) {
  return Number(fs.readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const words = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      return words[1] === 'control' && words.includes(city.data) && words.includes('11000');
    } catch {
      return false;
    }
  }));
}

class Bench {
  constructor(subject, { cameras, say }) {
    this.subject = subject;
    this.cameras = cameras;
    this.say = say;
    this.rows = [];
    this.runs = 0;
    this.sent = 0;
    this.told = new Map(); // Place of a new incident, which no other has -> when the desk's connection heard of it, in µs.
  }

  async open() {
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-'));
    if (this.subject === 'postgres') {
      this.database = new Postgres();
      await this.database.start();
      fs.writeFileSync(path.join(this.data, 'FORMAT'), '1\n');
      fs.mkdirSync(path.join(this.data, '11000'));
      fs.writeFileSync(path.join(this.data, '11000/site.toml'),
        `[store]\nkind = "postgres"\nhost = "${this.database.folder}"\ndatabase = "postgres"\nuser = "bongsu"\n`);
    }
    this.city = await City.start({ data: this.data, args: ['--cameras', String(this.cameras)] });
    await this.city.ready();
    this.control = controlOf(this.city);
    const desk = await this.city.login('operator1');
    this.partner = await Partner.open(this.city);
    this.stream = await listen({ port: desk.port, token: desk.token,
      onLost: (why) => { this.lost = why; },
      onFrame: (message) => {
        if (message.kind !== 'incident' || this.told.has(message.item.place)) return;
        this.told.set(message.item.place, Number(process.hrtime.bigint() / 1000n));
      } });
  }

  /** One run of the generator, with rows of its shares under the name `as`; answers its figures, the desk's and what they cost. */
  async run(what, { as, rate, seconds, sensors = 60, repeats = 30, updates = 9, connections = kConnections }) {
    this.say(`${this.subject}: ${what}`);
    const file = path.join(this.data, `told-${++this.runs}`);
    const words = { port: this.partner.port, 'send-cd': this.partner.head.sendCd, 'rcv-cd': this.partner.head.rcvCd, run: this.runs, told: file,
      rate, seconds, sensors, repeats, updates, connections, reserved: kReserved };
    const cpu = cpuOf(this.control);
    const child = spawn(generator, Object.entries(words).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, BONGSU_SESSION_KEY: this.partner.head.rrKey } });
    let text = '';
    child.stdout.on('data', (part) => { text += part; });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    if (code !== 0) throw new Error(`the generator ended with ${code}`);
    const found = JSON.parse(text);
    found.control_s = cpuOf(this.control) - cpu;
    if (as) this.shares(as, found);
    this.sent += found.all.acknowledged;
    const due = fs.readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => line.split('\t'));
    fs.rmSync(file);
    if (this.lost) throw new Error(`the live stream: ${this.lost}`);
    const acknowledged = found.kinds.new.acknowledged;
    await until(`the desk knows of all ${acknowledged} incidents`,
      () => due.filter(([place]) => this.told.has(place)).length >= acknowledged, { within: 60000, every: 100 });
    found.told = due.filter(([place]) => this.told.has(place)).map(([place, at]) => (this.told.get(place) - Number(at)) / 1000).sort((a, b) => a - b);
    const kept = found.all.acknowledged;
    this.say(`  ${kept} kept in ${found.seconds.toFixed(1)} s (${(kept / found.seconds).toFixed(0)}/s), p50 ${found.all.p50} p99 ${found.all.p99} ms; new: p50 ${found.kinds.new.p50} `
      + `p99 ${found.kinds.new.p99} max ${found.kinds.new.max} ms; told p99 ${rounded(rank(found.told, 0.99) ?? 0)} ms; processor: control ${found.control_s.toFixed(1)} s `
      + `(${(found.control_s / kept * 1e6).toFixed(0)} µs a message), generator ${found.cpu_s} s, desk's listener with it; ${found.codes.join('; ')}`);
    for (const [kind, row] of Object.entries(found.kinds)) {
      if (row.refused + row.unsent > 0) this.say(`  ${kind}: ${row.refused} told that they were not kept, ${row.unsent} not sent in time`);
    }
    return found;
  }

  /** What a run took of a core, and what became of what was due; `generator_cpu_percent` near 100 says that the generator was the limit. */
  shares(what, found) {
    const percent = (seconds) => 100 * seconds / found.seconds;
    const kinds = Object.values(found.kinds);
    const sum = (field) => kinds.reduce((all, kind) => all + kind[field], 0);
    const due = found.all.acknowledged + sum('refused') + sum('unsent') + found.broken;
    for (const [figure, value] of [['generator_cpu_percent', percent(found.cpu_s)], ['control_cpu_percent', percent(found.control_s)]])
      this.row(figure, what, value, '% of a core', { n: found.all.acknowledged, min: value, max: value });
    for (const [figure, value] of [['refused_messages', sum('refused')], ['unsent_messages', sum('unsent')], ['broken_messages', found.broken]])
      this.row(figure, what, value, 'messages', { n: due, min: value, max: value });
  }

  row(figure, what, value, unit, { n, min, max }) {
    this.rows.push({ figure, subject: this.subject, what, value: rounded(value), unit, n, min: rounded(min), max: rounded(max), target: kTargets[figure] });
  }

  async measure(seconds) {
    await this.run('warming up', { rate: 1000, seconds: 3 });
    const steady = await this.run(`${kRate} messages a second for ${seconds} s`, { as: 'steady', rate: kRate, seconds });
    const rate = steady.all.acknowledged / steady.seconds;
    this.row('durable_events_per_s', 'steady', rate, 'events/s', { n: steady.all.acknowledged, min: rate, max: rate });
    this.row('ack_ms_p99', 'steady', steady.all.p99, 'ms', { n: steady.all.acknowledged, min: steady.all.min, max: steady.all.max });
    this.row('desk_told_ms_p99', 'steady', rank(steady.told, 0.99), 'ms', { n: steady.told.length, min: steady.told[0], max: steady.told.at(-1) });

    const over = await this.run(`three times that for ${Math.min(seconds, 20)} s`, { as: 'overload', rate: 3 * kRate, seconds: Math.min(seconds, 20), connections: 4 * kConnections });
    const fresh = over.kinds.new;
    this.row('emergency_ms_p99', 'overload', fresh.p99, 'ms', { n: fresh.acknowledged, min: fresh.p50, max: fresh.max });
    const kept = over.all.acknowledged / over.seconds;
    this.row('overload_events_per_s', 'overload', kept, 'events/s', { n: over.all.acknowledged, min: kept, max: kept });

    const quake = await this.run('an earthquake: 5,000 new incidents in 10 s', { as: 'earthquake', rate: 500, seconds: 10, sensors: 0, repeats: 0, updates: 0, connections: 8 });
    this.row('earthquake_ms_p99', 'earthquake', quake.kinds.new.p99, 'ms', { n: quake.kinds.new.acknowledged, min: quake.kinds.new.p50, max: quake.kinds.new.max });
    this.row('earthquake_told_ms_p99', 'earthquake', rank(quake.told, 0.99), 'ms', { n: quake.told.length, min: quake.told[0], max: quake.told.at(-1) });
  }

  /** With postgres: until the copy is level again, and what that took. */
  async level() {
    if (!this.database) return;
    const behind = async () => {
      const { text } = await request(this.partner.port, 'GET', '/metrics');
      return Number(/^bongsu_copy_behind_entries (\d+)/m.exec(text)?.[1]);
    };
    const from = await behind();
    const begun = performance.now();
    await until('the copy is level', async () => (await behind()) < 200, { within: 1800000, every: 250 });
    const rate = from / Math.max(0.25, (performance.now() - begun) / 1000);
    this.say(`  the copy was ${from} entries behind and caught up at ${rate.toFixed(0)} entries/s`);
    if (from > 1000) this.row('copy_entries_per_s', 'catching up', rate, 'entries/s', { n: from, min: rate, max: rate });
  }

  async end() {
    this.stream?.close();
    this.stream = undefined;
    await this.city?.stop();
  }

  /** Nothing lost: each message that was acknowledged has its raw entry, counted in the files themselves. */
  count() {
    const folder = path.join(this.data, '11000/journal');
    const mark = Buffer.from('"kind":"message.received"');
    let found = 0;
    for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.bj'))) {
      const bytes = fs.readFileSync(path.join(folder, name));
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) ++found;
    }
    const missing = Math.max(0, this.sent - found);
    this.say(`  ${this.sent} acknowledged while measured; ${found} raw messages in the journal`);
    this.row('missing_messages', 'all loads', missing, 'messages', { n: this.sent, min: missing, max: missing });
    if (missing > 0) throw new Error(`${missing} acknowledged messages are not in the journal`);
  }

  /** All folds made again from the journal in one reading, each compared with the kept one. */
  replay() {
    const done = spawnSync(program, ['replay', this.data], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (done.status !== 0) throw new Error(`replay: ${done.stdout}${done.stderr}`);
    const centre = done.stdout.split('\n').slice(done.stdout.split('\n').findIndex((line) => line.startsWith('11000 ')) + 1);
    const folds = [];
    let pass = 0;
    for (const line of centre) {
      pass = Number(/^ {2}all in one pass of \d+ entries: (\d+) entries\/s/.exec(line)?.[1] ?? 0);
      const [, name, entries, rate] = /^ {2}fold (\S+) +at entry (\d+) equal, (\d+) entries\/s/.exec(line) ?? [];
      if (pass || !name) break;
      folds.push({ name, entries: Number(entries), rate: Number(rate) });
    }
    if (folds.length === 0 || !pass) throw new Error(`replay: ${done.stdout}`);
    this.say(`  all folds in one pass: ${pass} entries/s; by itself, without reading: ${folds.map(({ name, rate }) => `${name} ${rate}`).join(', ')}`);
    this.row('replay_entries_per_s', 'all folds', pass, 'entries/s', { n: folds[0].entries, min: pass, max: pass });
  }

  clean() {
    this.city?.cleanNow?.();
    this.database?.cleanNow();
    if (this.data) fs.rmSync(this.data, { recursive: true, force: true });
  }
}

function print(rows, json) {
  for (const row of rows) {
    if (json) console.log(JSON.stringify(row));
    else console.log(`${row.figure.padEnd(23)}${row.subject.padEnd(10)}${row.what.padEnd(12)}${String(row.value).padStart(12)} ${row.unit.padEnd(12)} target ${String(row.target ?? '–').padStart(7)}  n ${row.n}  max ${row.max}`);
  }
}

async function main() {
  const { json, cameras, seconds, subject } = options(process.argv.slice(2));
  const say = (text) => { if (!json) process.stderr.write(`${text}\n`); };
  const rows = [];
  try {
    for (const each of subject ? [subject] : ['sqlite', 'postgres']) {
      const bench = new Bench(each, { cameras, say });
      try {
        await bench.open();
        await bench.measure(seconds);
        await bench.level();
        await bench.end();
        bench.count();
        bench.replay();
      } finally {
        rows.push(...bench.rows);
        // What goes wrong here must not hide what went wrong before.
        await bench.end().catch((error) => console.error(`intake: at the end: ${error.message}`));
        bench.clean();
      }
    }
  } finally {
    print(rows, json);  // What was measured is said, whatever failed behind it.
  }
  if (!json) console.log(`${os.cpus().length} cores (${os.cpus()[0].model.trim()}), load average ${os.loadavg().map((each) => each.toFixed(2)).join(' ')}`);
}

main().catch((error) => {
  console.error(`intake: ${error.message}`);
  process.exit(1);
});
