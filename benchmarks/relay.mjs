// What a relayed picture costs: this server, the bare kernel, gst-rtsp-server and any `--peer`, one after the other in each round,
// the server alone on one core, cameras and viewers on another. The method is in docs/performance.md.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Bongsu, GstRtspServer, Kernel, Running, kGeneratorCore, kServerCore, peerOf, startCameras } from './relay_subjects.mjs';

const kFps = 25;
const kOtherMost = 0.05;
const kLostMost = 0.01;
const kCleanRounds = 3;
const programs = process.env.BONGSU_RELAY_PROGRAMS;
const clip = path.join(process.env.BONGSU_RELAY_FOLDER ?? '.', 'relay-1080p25.h264');

/** Each: how viewers watch, what the figures' names begin with, how many at most unless said otherwise. */
const kScenes = [
  { name: 'rtsp_tcp', way: 'tcp', serves: 'tcp', viewers: 2000, prefix: 'rtsp_tcp_' },
  { name: 'rtsp_udp', way: 'udp', serves: 'udp', viewers: 500, prefix: 'rtsp_udp_' },
  { name: 'webrtc', way: 'webrtc', serves: 'webrtc', viewers: 300, prefix: 'webrtc_' },
  { name: 'webrtc_cm', way: 'webrtc', serves: 'webrtc', viewers: 300, prefix: 'webrtc_cm_', profiles: 'SRTP_AES128_CM_SHA1_80' },
  { name: 'storm', way: 'tcp', serves: 'cameras', viewers: 1000, ramp: 0 },
  { name: 'many_cameras', way: 'tcp', serves: 'cameras', viewers: 100, cameras: 100 },
  { name: 'ingest', way: 'tcp', serves: 'ingest', viewers: 0, cameras: 300 },
  { name: 'slow_viewer', way: 'tcp', serves: 'slow', viewers: 100, stall: 1 },
  { name: 'no_slow_viewer', way: 'tcp', serves: 'slow', viewers: 100 },
  { name: 'one_core', way: 'tcp', serves: 'loops', viewers: 1000 },
  { name: 'two_cores', way: 'tcp', serves: 'loops', viewers: 2000, loops: 2, beside: 'one_core' },
  { name: 'wall' },
];

function options(words) {
  const found = { json: false, rounds: 3, seconds: 10, viewers: Infinity, scenes: [], subjects: [], peers: [], perf: undefined };
  for (let at = 0; at < words.length; ++at) {
    const value = words[at + 1];
    if (words[at] === '--json') found.json = true;
    else if (['--rounds', '--seconds', '--viewers'].includes(words[at]) && Number(value) > 0) found[words[at].slice(2)] = Number(words[++at]);
    else if (words[at] === '--scene' && kScenes.some(({ name }) => name === value)) found.scenes.push(words[++at]);
    else if (words[at] === '--subject' && value) found.subjects.push(words[++at]);
    else if (words[at] === '--perf' && value) found.perf = path.resolve(words[++at]);
    else if (words[at] === '--peer' && /^[a-z][\w.-]*=.+/i.test(value ?? '')) found.peers.push(words[++at]);
    else throw new Error(`there is no option ${words[at]}, or it lacks its value`);
  }
  return found;
}

/** The film: 10 s of 1080p25 at some 3 Mbit/s, a key picture each 2 s, one slice a picture. Made once. */
function makeClip() {
  if (fs.existsSync(clip)) return;
  const made = spawnSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=25,noise=alls=14:allf=t', '-t', '10',
    '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-b:v', '3100k', '-maxrate', '3100k', '-bufsize', '1200k', '-g', '50',
    '-keyint_min', '50', '-sc_threshold', '0', '-bf', '0', '-x264-params', 'slices=1:threads=2:aud=0', '-pix_fmt', 'yuv420p', '-f', 'h264', `${clip}.part`],
  { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the film cannot be made: ${made.error?.message ?? made.stderr}`);
  fs.renameSync(`${clip}.part`, clip);
}

/** Peers whose script is not there are told and left out. */
function subjectsOf(wanted) {
  const all = [Bongsu, Kernel, GstRtspServer];
  for (const peer of wanted.peers) {
    const [name, ...rest] = peer.split('=');
    const script = path.resolve(rest.join('='));
    try {
      fs.accessSync(script, fs.constants.X_OK);
      all.push(peerOf(name, script));
    } catch {
      console.error(`peer ${name} is missing: ${script} cannot be run`);
    }
  }
  const unknown = wanted.subjects.find((name) => !all.some((each) => each.subject === name));
  if (unknown) throw new Error(`there is no subject ${unknown}; there are: ${all.map((each) => each.subject).join(', ')}`);
  return all.filter((each) => wanted.subjects.length === 0 || wanted.subjects.includes(each.subject));
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

class Relay {
  constructor(wanted) {
    this.wanted = wanted;
    this.rounds = new Map();   // "scene subject" -> what each round measured.
    this.problems = [];
    this.absent = [];
    this.walls = [];
  }

  say(text) { console.error(text); }

  /** What is not served is told once and skipped. */
  skip(scene, subject) {
    const line = `${scene.name}: ${subject} – not served`;
    if (!this.absent.includes(line)) this.say(line);
    this.absent.push(line);
  }

  async run(scene, Subject, viewers) {
    if (!Subject.serves.has(scene.serves)) return this.skip(scene, Subject.subject);
    const cameras = await startCameras(Math.min(scene.cameras ?? 1, scene.name === 'ingest' ? 3 * this.wanted.viewers : Math.max(1, viewers)), clip);
    const server = new Subject();
    try {
      await server.start({ cameras, clip, loops: scene.loops });
      if (server.served && !server.served(scene.serves)) return this.skip(scene, Subject.subject);
      const round = await this.watch(scene, server, cameras, viewers);
      const sent = JSON.parse((await cameras.running.stop()).output.trim().split('\n').pop());
      round.camera_late_p99 = sent.late_ms.p99;
      round.camera_dropped = sent.dropped_frames + sent.blocked_datagrams;
      return this.judge(scene, round, cameras.count);
    } finally {
      if (server.running) await server.stop();
      await cameras.running.stop();
    }
  }

  async watch(scene, server, cameras, viewers) {
    // A server that keeps GOPs has them all after three of them.
    if (viewers === 0) await new Promise((resolve) => setTimeout(resolve, 6000));
    const targets = Array.from({ length: viewers }, (_, at) => server.target(scene.way, at % cameras.count));
    const words = { way: scene.way, clip, seconds: this.wanted.seconds, server: server.pid, camera: cameras.running.pid, core: scene.loops ? -1 : kServerCore,
      ramp: scene.ramp ?? 300, stall: scene.stall ?? 0, ...(scene.profiles ? { profiles: scene.profiles } : {}) };
    const viewer = new Running(kGeneratorCore, [path.join(programs, 'relay_viewer'), ...Object.entries(words).flatMap(([name, value]) => [`--${name}`, String(value)])],
      { input: targets.map((line) => `${line}\n`).join('') });
    if (this.wanted.perf) await this.profile(scene, server, viewer);
    const { code, output } = await viewer.done;
    if (code !== 0) throw new Error(`the viewers ended with ${code}: ${viewer.errors.trim()}`);
    server.running.check();
    return JSON.parse(output.trim().split('\n').pop());
  }

  /** Where the server's time goes while it is measured; a round with a profiler beside it is dearer by a little. */
  async profile(scene, server, viewer) {
    await viewer.line(120000);
    const file = path.join(this.wanted.perf, `${scene.name}-${server.constructor.subject}.perf`);
    const perf = new Running(kGeneratorCore, ['perf', 'record', '-q', '-g', '-F', '1999', '-p', String(server.pid), '-o', file, '--', 'sleep', String(Math.max(1, this.wanted.seconds - 1))]);
    const { code } = await perf.done;
    if (code !== 0) throw new Error(`perf ended with ${code}: ${perf.errors.trim()}`);
  }

  /** A round's figures out of what viewers, camera and kernel counted. */
  judge(scene, round, cameras) {
    const { first, spread, server, seconds } = round;
    const looked = first.packets + spread.packets;
    const server_ns = server.cpu_ns + server.softirq_ns;
    const framed = scene.way === 'tcp' ? 4 : 0;  // TCP's viewers count bytes; those looked at say how many make a packet.
    const packets = scene.way === 'tcp' ? (looked > 0 ? round.bytes / ((first.bytes + spread.bytes) / looked + framed) : 0) : round.datagrams;
    const good = (first.frames - first.late + spread.frames - spread.late) / Math.max(1, Math.floor(seconds * kFps) * round.looked_at);
    const bad = round.looked_at > 0 ? Math.max(0, 1 - good) : 0;
    return { ...round, packets, cameras, bad, other: scene.loops ? 0 : Math.max(0, server.busy_ns - server_ns) / (seconds * 1e9),
      core_share: server_ns / (seconds * 1e9), generator: round.viewer_cpu_s / seconds, camera_share: round.camera_cpu_ns / (seconds * 1e9),
      ns_per_packet: server_ns / Math.max(1, packets), s_per_gbit: server_ns / Math.max(1, round.bytes * 8),
      viewers_per_core: round.playing * seconds * 1e9 / Math.max(1, server_ns),
      rss_per_viewer: (server.rss_kib - server.rss_before_kib) / Math.max(1, round.viewers - 1), rss_per_stream: server.rss_kib / cameras };
  }

  /** Fewer viewers until under 1 % of the pictures are late or lost: then that many are kept for the subject. */
  async runs(scene, Subject) {
    const key = `${scene.name} ${Subject.subject}`;
    const rounds = this.rounds.get(key) ?? this.rounds.set(key, []).get(key);
    let viewers = rounds.at(-1)?.viewers ?? Math.min(scene.viewers, this.wanted.viewers);
    for (let tries = 0; ; ++tries) {
      let round;
      try {
        round = await this.run(scene, Subject, viewers);
      } catch (error) {
        return this.problem(`${key}: ${error.message}`);
      }
      if (!round) return undefined;
      this.tell(key, round);
      if (round.failed > 0) return this.problem(`${key}: ${round.failed} of ${viewers} viewers failed: ${round.failures.join('; ')}`);
      if (round.playing + (scene.stall ?? 0) < viewers) return this.problem(`${key}: ${viewers - round.playing} of ${viewers} viewers never had a picture`);
      if (round.first.damaged + round.spread.damaged > 0) return this.problem(`${key}: ${round.first.damaged + round.spread.damaged} pictures are not the camera's`);
      if (round.bad < kLostMost || !scene.prefix || viewers < 32 || tries === 3) return rounds.push({ ...round, index: this.round });
      viewers = Math.ceil(viewers / 2);
      this.say(`${key}: ${(100 * round.bad).toFixed(1)} % late or lost; again with ${viewers} viewers`);
    }
  }

  /** Only ours: a page of the peers' own would be another figure. */
  async wall(Subject) {
    if (Subject !== Bongsu) return;
    try {
      const { measureWall } = await import('./relay_wall.mjs');  // It alone needs a browser.
      const wall = await measureWall(this.wanted.seconds);
      this.walls.push(wall);
      this.say(`wall bongsu: ${wall.fps.length} tiles, fps median ${median(wall.fps).toFixed(1)} least ${Math.min(...wall.fps).toFixed(1)}, latency median ${median(wall.latency).toFixed(0)} ms `
        + `of ${wall.latency.length} pictures, ${wall.lost} packets lost`);
    } catch (error) {
      this.problem(`wall bongsu: ${error.message}`);
    }
  }

  problem(text) {
    this.problems.push(text);
    this.say(text);
  }

  tell(key, round) {
    const n = (value, digits = 0) => value.toFixed(digits);
    const other = `other ${n(100 * round.other, 1)} %${round.other > kOtherMost ? ' (marked)' : ''}`;
    if (round.viewers === 0) return this.say(`${key}: ${round.cameras} cameras, core ${n(100 * round.core_share, 1)} %, ${n(round.rss_per_stream)} KiB a stream, ${other}`);
    this.say(`${key}: ${round.playing} viewers, ${n(round.packets)} packets in ${n(round.seconds, 1)} s, ${n(round.ns_per_packet)} ns a packet, core ${n(100 * round.core_share, 1)} %, `
      + `added p50 ${n(round.first.latency_ms.p50, 2)} p99 ${n(round.first.latency_ms.p99, 2)} ms (spread ${n(round.spread.latency_ms.p50, 2)} / ${n(round.spread.latency_ms.p99, 2)}), `
      + `first picture p50 ${n(round.first_picture_ms.p50, 1)} p99 ${n(round.first_picture_ms.p99, 1)} ms, late or lost ${n(100 * round.bad, 2)} %, gaps ${round.first.lost + round.spread.lost}, `
      + `${round.camera_dropped > 0 ? `not taken from the camera ${round.camera_dropped}, ` : ''}camera late p99 ${n(round.camera_late_p99, 1)} ms, `
      + `generator ${n(100 * (round.generator + (key.endsWith('kernel') ? 0 : round.camera_share)), 0)} %, ${other}`);
  }

  async measure(subjects, scenes) {
    for (const scene of scenes) {
      for (let round = 0; round < this.wanted.rounds; ++round) {
        this.round = round;
        for (const Subject of subjects) {
          if (scene.beside) await this.runs(kScenes.find(({ name }) => name === scene.beside), Subject);
          await (scene.name === 'wall' ? this.wall(Subject) : this.runs(scene, Subject));
        }
      }
    }
  }

  /** Medians over the clean rounds, or over all when fewer than three are clean. */
  rows() {
    const rows = [];
    for (const [key, all] of this.rounds) {
      if (all.length === 0) continue;
      const [name, subject] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
      const scene = kScenes.find((each) => each.name === name);
      const clean = all.filter((round) => round.other <= kOtherMost);
      const used = clean.length >= kCleanRounds ? clean : all;
      const add = (figure, unit, of) => {
        const values = used.map(of);
        rows.push({ figure, subject, rounds: new Map(used.map((round) => [round.index, of(round)])), value: median(values), unit, n: values.length, min: Math.min(...values), max: Math.max(...values),
          viewers: used.at(-1).viewers, marked: used.filter((round) => round.other > kOtherMost).length,
          other_percent: 100 * median(used.map((round) => round.other)), late_or_lost_percent: 100 * Math.max(...used.map((round) => round.bad)),
          ...(used.at(-1).profile ? { profile: used.at(-1).profile } : {}) });
      };
      this.figures(scene, subject, used, add);
    }
    this.compare(rows);
    this.compareCores(rows);
    const wall = (figure, unit, values) => rows.push({ figure, subject: 'bongsu', value: median(values), unit, n: values.length, min: Math.min(...values), max: Math.max(...values),
      viewers: this.walls[0].fps.length, marked: 0 });
    if (this.walls.length === 0) return rows;
    wall('wall_fps_p50', 'fps', this.walls.map(({ fps }) => median(fps)));
    wall('wall_fps_min', 'fps', this.walls.map(({ fps }) => Math.min(...fps)));
    wall('wall_latency_ms_p50', 'ms', this.walls.map(({ latency }) => median(latency)));
    wall('wall_packets_lost', 'packets', this.walls.map(({ lost }) => lost));
    return rows;
  }

  figures(scene, subject, used, add) {
    if (scene.prefix) {
      const p = scene.prefix;
      add(`${p}cpu_s_per_gbit`, 's/Gbit', (round) => round.s_per_gbit);
      add(`${p}cpu_ns_per_packet`, 'ns', (round) => round.ns_per_packet);
      if (used.every((round) => round.bad < kLostMost)) add(`${p}viewers_per_core`, 'viewers', (round) => round.viewers_per_core);
      for (const share of ['p50', 'p99']) add(`${p}added_latency_ms_${share}`, 'ms', (round) => round.first.latency_ms[share]);
      for (const share of ['p50', 'p99']) add(`${p}spread_latency_ms_${share}`, 'ms', (round) => round.spread.latency_ms[share]);
      // The kernel's subject keeps no pictures: who joins waits for the next key picture.
      for (const share of subject === 'kernel' ? [] : ['p50', 'p99']) add(`${p}first_picture_ms_${share}`, 'ms', (round) => round.first_picture_ms[share]);
      add(`${p}rss_per_viewer_kib`, 'KiB', (round) => round.rss_per_viewer);
    } else if (scene.name === 'storm') {
      for (const share of ['p50', 'p99']) add(`storm_first_picture_ms_${share}`, 'ms', (round) => round.first_picture_ms[share]);
    } else if (scene.name === 'many_cameras') {
      add('many_cameras_ns_per_packet', 'ns', (round) => round.ns_per_packet);
      for (const share of ['p50', 'p99']) add(`many_cameras_latency_ms_${share}`, 'ms', (round) => round.first.latency_ms[share]);
    } else if (scene.name === 'ingest') {
      add('ingest_core_share', 'of a core', (round) => round.core_share);
      add('rss_per_stream_kib', 'KiB', (round) => round.rss_per_stream);
    } else if (scene.serves === 'loops') {
      add(`${scene.name}_ns_per_packet`, 'ns', (round) => round.ns_per_packet);
    } else {
      add(`${scene.name}_p99_ms`, 'ms', (round) => Math.max(round.first.latency_ms.p99, round.spread.latency_ms.p99));
      if (scene.stall) add('slow_viewer_rss_growth_kib', 'KiB', (round) => round.server.rss_end_kib - round.server.rss_kib);
    }
  }

  /** Against the kernel and the best peer: the median of the rounds' own ratios, for the machine changes from round to round. */
  compare(rows) {
    for (const row of rows) {
      const others = rows.filter((each) => each.figure === row.figure);
      const better = row.figure.endsWith('viewers_per_core') ? (a, b) => b.value - a.value : (a, b) => a.value - b.value;
      const against = { times_kernel: others.find((each) => each.subject === 'kernel'),
        times_best_peer: others.filter((each) => !['bongsu', 'kernel'].includes(each.subject)).sort(better)[0] };
      for (const [name, other] of Object.entries(against)) {
        const ratios = [...row.rounds].filter(([index]) => other?.rounds.get(index) > 0).map(([index, value]) => value / other.rounds.get(index));
        if (ratios.length > 0) row[name] = median(ratios);
      }
    }
  }

  /** What two cores carry against one: twice the viewers on twice the loops, by what a packet costs. */
  compareCores(rows) {
    const one = rows.find(({ figure }) => figure === 'one_core_ns_per_packet'), two = rows.find(({ figure }) => figure === 'two_cores_ns_per_packet');
    const ratios = one && two ? [...two.rounds].filter(([index]) => one.rounds.has(index)).map(([index, value]) => 2 * one.rounds.get(index) / value) : [];
    if (ratios.length === 0) return;
    rows.push({ figure: 'two_core_ratio', subject: 'bongsu', rounds: new Map(), value: median(ratios), unit: '×', n: ratios.length, min: Math.min(...ratios), max: Math.max(...ratios),
      viewers: two.viewers, marked: 0 });
  }

  print() {
    const rows = this.rows().map(({ rounds, ...row }) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(5)) : value])));
    if (this.wanted.json) {
      for (const row of rows) console.log(JSON.stringify(row));
    } else {
      const line = (...cells) => console.log(cells.map((cell, at) => (at < 2 ? String(cell).padEnd(at === 0 ? 34 : 18) : String(cell).padStart(11))).join(''));
      line('figure', 'subject', 'median', 'min', 'max', 'unit', 'rounds', 'viewers', '× kernel', '× best peer', 'marked');
      for (const row of rows) {
        line(row.figure, row.subject, row.value, row.min, row.max, row.unit, row.n, row.viewers, row.times_kernel?.toFixed(2) ?? '', row.times_best_peer?.toFixed(2) ?? '', row.marked);
      }
      console.log(`${os.cpus().length} cores (${os.cpus()[0].model.trim()}), load average ${os.loadavg().map((each) => each.toFixed(2)).join(' ')}`);
    }
    for (const text of new Set(this.problems)) console.error(`did not work: ${text}`);
  }
}

const wanted = options(process.argv.slice(2));
if (os.cpus().length < 2) throw new Error('this needs two cores: one for the server, one for cameras and viewers');
makeClip();
const relay = new Relay(wanted);
await relay.measure(subjectsOf(wanted), kScenes.filter(({ name }) => wanted.scenes.length === 0 ? name !== 'one_core' : wanted.scenes.includes(name)));
relay.print();
process.exit(relay.problems.length > 0 ? 1 : 0);
