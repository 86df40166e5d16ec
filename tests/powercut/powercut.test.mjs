// Power cuts of the disk below the centre's control, in a kernel and a file system of their own: of what partners were
// told that it is taken nothing is lost, nothing takes effect twice, the chain is whole and the folds equal their replay.
//
// Control runs in a guest kernel (user-mode Linux) on ext4 on dm-log-writes, which writes down every write, flush and FUA,
// and, behind its flush, each acknowledgement. For each cut the disk is made anew as a power cut can leave it
// (disk_log.mjs); e2fsck replays the file system's own journal; then the program starts on it, the partners send again
// what was not answered and some of what was, and both verifiers and `bongsu replay` look. A build without its syncs has to be found out.
//
// BONGSU_CUTS=n for more (100), BONGSU_SEED=n repeats the choice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';

import { City, program } from '../integration/city.mjs';
import { Partner, newNumber } from '../integration/partner.mjs';
import { seeded } from '../integration/traffic.mjs';
import { DiskLog, writeImage } from './disk_log.mjs';
import { boot, makeDisk, missing, run } from './guest.mjs';
import { makeMessages, writeMessages } from './load.mjs';

const require = createRequire(import.meta.url);
for (const part of ['hash', 'ed25519', 'journal']) require(`../../docs/verify/${part}.js`);
const { JournalWalk } = globalThis.BongsuVerify;

const cuts = Number(process.env.BONGSU_CUTS ?? 100);
const cutsOfTheLiar = 20;
const seed = Number(process.env.BONGSU_SEED ?? 2019);
const player = process.env.BONGSU_POWERCUT ?? 'build/dev/tests/bongsu_powercut';
const consoleFolder = process.env.BONGSU_CONSOLE ?? 'console/dist';
const messageCount = 350;
const cutsEach = 250;  // Of one run of the guest.
const workers = Math.min(4, os.cpus().length);
const sentAgain = 2;  // Of each connection's acknowledged messages, beside its next one.

let folder, messages;

before(async () => {
  if (missing()) return;
  const shared = '/dev/shm';  // Images are made by the hundred: in memory where there is room.
  const roomy = fs.existsSync(shared) && (({ bavail, bsize }) => bavail * bsize > 2 ** 30)(fs.statfsSync(shared));
  folder = fs.mkdtempSync(path.join(roomy ? shared : os.tmpdir(), 'bongsu-powercut-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const data = path.join(folder, 'disk/data');
  fs.mkdirSync(data, { recursive: true });
  const city = await City.start({ data, args: ['--cameras', '48', '--streaming', '4'] });
  try {
    messages = makeMessages(await Partner.open(city), messageCount, seeded(seed), newNumber);
  } finally {
    await city.halt();
  }
  writeMessages(path.join(folder, 'disk/messages'), messages);
}, { timeout: 240000 });

/** The log of a run of `binary` under load; nothing where no such kernel runs. */
async function record(name, binary) {
  const own = path.join(folder, name);
  fs.mkdirSync(own);
  const [disk, log] = [path.join(own, 'disk.img'), path.join(own, 'log.img')];
  await makeDisk(disk, path.join(folder, 'disk'));
  const base = fs.readFileSync(disk);
  const output = await boot([player, binary, consoleFolder].map((word) => path.resolve(word)), disk, log);
  if (!output.includes('Linux version')) return { why: output.trim().split('\n').at(-1) };
  assert.ok(/^powercut: done\r?$/m.test(output), output.split('\n').slice(-30).join('\n'));
  fs.rmSync(disk);
  return { log: new DiskLog(log, base) };
}

/** Where to cut, in order: half while a write is on its way, half right behind an acknowledgement. */
function choose(log, count, random) {
  const marks = log.marks();
  const end = marks.find(({ mark }) => mark === 'end').at;
  const behind = marks.filter(({ mark }) => mark.startsWith('ack:')).map(({ at }) => at + 1);
  const within = log.writes().filter((at) => at < end);
  const one = (places) => places[Math.floor(random() * places.length)];
  return Array.from({ length: count }, (_, i) => one(i % 2 ? within : behind)).sort((a, b) => a - b);
}

const nameOf = ({ mark }) => mark.slice('ack:'.length).replaceAll('/', ' ');

/** The messages that partners send after the cut: what was on its way on each connection, and the last ones that were not. */
function onceMore(acknowledged) {
  return [...lanesOf(messages).values()].flatMap((lane) => {
    const next = lane.findIndex(({ name }) => !acknowledged.has(name));
    return next < 0 ? lane.slice(-sentAgain) : lane.slice(Math.max(0, next - sentAgain), next + 1);
  });
}

function lanesOf(all) {
  const lanes = new Map();
  for (const message of all) lanes.set(message.lane, [...(lanes.get(message.lane) ?? []), message]);
  return lanes;
}

/** What the centre's journal says of partners' messages; `kept`: what was in it when the centre started last. */
function read(data) {
  const journal = path.join(data, '11000/journal');
  const received = new Map(), opened = new Map();
  let kept = new Set();
  const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  const walk = new JournalWalk(({ kind, payload }) => {
    if (kind === 'site.started') kept = new Set(received.keys());
    if (kind === 'event.received') count(received, `${payload.sender} ${payload.number} ${payload.state}`);
    if (kind === 'incident.opened') count(opened, `${payload.sender} ${payload.number}`);
  });
  const segments = fs.readdirSync(journal).filter((name) => name.endsWith('.bj')).sort();
  segments.forEach((name, i) => walk.segment(name, fs.readFileSync(path.join(journal, name)), i + 1 === segments.length));
  return { received, opened, kept, problem: walk.finish().problem };
}

/** Recovers a cut disk as a site would, and answers what does not hold: {lost, wrong}, both empty when all does, else `disk`: a file. */
async function judge(image, place, acknowledged) {
  const found = { lost: [], wrong: [] };
  const must = async (what, file, words, codes = [0]) => {
    try {
      return await run(file, words, { timeout: 120000 });
    } catch (error) {
      if (!codes.includes(error.code)) found.wrong.push(`${what}: ${error.stdout ?? ''}${error.stderr ?? error.message}`);
      return undefined;
    }
  };
  fs.mkdirSync(place);
  try {
    const disk = path.join(place, 'cut.img');
    writeImage(disk, image);  // Before anything else gets its turn: the next cut uses the same buffer.
    await must('e2fsck', '/sbin/e2fsck', ['-fy', disk], [1]);  // 1: put right, as a mount would.
    await must('debugfs', '/sbin/debugfs', ['-R', `rdump /data ${place}`, disk]);
    const data = path.join(place, 'data');
    const again = onceMore(acknowledged);
    writeMessages(path.join(place, 'messages'), again);
    await must('the start after it', player, [program, consoleFolder, path.join(place, 'messages'), data, path.join(place, 'control.log')]);
    const { received, opened, kept, problem } = read(data);
    if (problem) found.wrong.push(`the journal: ${JSON.stringify(problem)}`);
    found.lost = [...acknowledged].filter((name) => !kept.has(name));
    for (const { name } of again) {
      if (!received.has(name)) found.wrong.push(`sent again, acknowledged and lost: ${name}`);
    }
    for (const [name, count] of [...received, ...opened]) {
      if (count > 1) found.wrong.push(`${count} times: ${name}`);
    }
    for (const name of received.keys()) {
      if (name.endsWith(' 10') && !opened.has(name.slice(0, -3))) found.wrong.push(`no incident of ${name}`);
    }
    await must('verify', program, ['verify', data]);
    await must('replay', program, ['replay', data]);
  } catch (error) {
    found.wrong.push(error.message);
  } finally {
    if (found.wrong.length > 0 || found.lost.length > 0) {
      found.disk = `${place}.img`;
      fs.renameSync(path.join(place, 'cut.img'), found.disk);
    }
    fs.rmSync(place, { recursive: true, force: true });
  }
  return found;
}

/** Judges `count` cuts of a log, some at once; each finding with its cut. */
async function judgeAll(name, log, count, random) {
  const places = choose(log, count, random);
  const marks = log.marks().filter(({ mark }) => mark.startsWith('ack:'));
  const findings = [];
  const sums = { acknowledged: 0, open: 0, kept: 0 };
  let next = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    while (next < places.length) {
      const number = next++;
      const at = places[number];
      const acknowledged = new Set(marks.filter((mark) => mark.at < at).map(nameOf));
      const { image, open, kept } = log.cut(at, random);
      sums.acknowledged += acknowledged.size;
      sums.open += open;
      sums.kept += kept;
      findings.push({ at, ...(await judge(image, path.join(folder, name, String(number)), acknowledged)) });
    }
  }));
  return { findings, sums };
}

test(`${cuts} power cuts: nothing acknowledged is lost, nothing is doubled; without syncs it is`, async (t) => {
  if (missing()) return t.skip(missing());
  const random = seeded(seed);
  for (let done = 0; done < cuts; done += cutsEach) {
    const begun = Date.now();
    const name = `real-${done}`;
    const [real, liar] = await Promise.all([record(name, program), done > 0 ? undefined : record('liar', process.env.BONGSU_SKIP_SYNC)]);
    if (real.why !== undefined) return t.skip(`user-mode Linux does not run here: ${real.why}`);
    const recorded = Date.now();
    const count = Math.min(cutsEach, cuts - done);
    const { findings, sums } = await judgeAll(name, real.log, count, random);
    console.log(`# seed ${seed}: ${messages.length} messages acknowledged in the guest, ${real.log.entries.length} entries in its log, ${seconds(begun, recorded)}; `
      + `${count} cuts, ${seconds(recorded, Date.now())}: ${sums.acknowledged} acknowledgements, ${sums.kept} of ${sums.open} writes on their way arrived`);
    assert.ok(sums.acknowledged > 0, 'no cut came behind an acknowledgement');
    hold(findings);
    if (liar) expectLies((await judgeAll('liar', liar.log, cutsOfTheLiar, random)).findings);
  }
}, { timeout: 240000 + cuts * 4000 });

const seconds = (from, to) => `${((to - from) / 1000).toFixed(1)} s`;

const shown = 3;  // Of a cut's lost messages: what went wrong must not go under in them.

/** None of the cuts breaks a promise; else the first one's disk is kept. */
function hold(findings) {
  const broken = findings.filter(({ lost, wrong }) => lost.length || wrong.length);
  if (broken.length === 0) return;
  const kept = path.join(os.tmpdir(), `bongsu-powercut-${seed}-${broken[0].at}.img`);
  fs.copyFileSync(broken[0].disk, kept);
  const told = broken.map(({ at, wrong, lost }) => [`cut at ${at}`, ...wrong,
    `${lost.length} acknowledged messages are not there: ${lost.slice(0, shown).join(', ')}`].join('\n  '));
  // The disk is as e2fsck left it, before the program started on it.
  assert.fail(`BONGSU_SEED=${seed}, ${broken.length} cuts:\n${told.join('\n')}\n${kept}: debugfs -R 'rdump /data FOLDER' FILE`);
}

function expectLies(findings) {
  const caught = findings.filter(({ lost }) => lost.length > 0);
  console.log(`# without syncs ${caught.length} of ${findings.length} cuts lose ${caught.reduce((sum, { lost }) => sum + lost.length, 0)} acknowledged messages`);
  assert.ok(caught.length > 0, 'nothing was lost although nothing was synced: these disks prove nothing');
}
