// Viewers come and go, cameras reboot, incidents open and close, for hours (BONGSU_CHURN_MINUTES): what the media processes hold
// must not grow. Prints the fit of memory, descriptors and threads over time.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';
import { Partner, openIncident } from './partner.mjs';
import { byHls, byShared, bySocket, byTcp, byUdp } from './viewers.mjs';

const minutes = Number(process.env.BONGSU_CHURN_MINUTES ?? 2);
const viewersAtOnce = 24;
const warmUp = 0.25;  // Of the time: what grows at first and then stays is no leak.
const growthMax = { rssKiB: 2048, descriptors: 6, threads: 0 };  // An hour, beyond twice the fit's own uncertainty.

// One seed, one order of things; what the machine's timing adds stays.
let state = Number(process.env.BONGSU_SEED ?? 1) >>> 0;
function chance() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const between = (low, high) => low + chance() * (high - low);
const oneOf = (items) => items[Math.floor(chance() * items.length)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let city, room, operator;
const counts = { viewers: 0, refused: 0, left: 0, reset: 0, cut: 0, reboots: 0, incidents: 0 };
const live = [];  // Incidents that are open: {id, grant, cameras}.

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  operator = await city.login('operator1');
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
}, { timeout: 240000 });

after(() => city?.stop());

async function openAt(place) {
  const { id, cameras, grant } = await openIncident(room, operator, place);
  ++counts.incidents;
  live.push({ id, cameras, grant: grant.id });
}

async function closeIncident() {
  const incident = live.shift();
  await operator.api('POST', `/api/v1/incidents/${incident.id}/acts`, { act: 'close', outcome: 'true' });
}

/** A viewer's life, by any way out: some read to their end, some vanish, some are cut by a close. */
async function watch() {
  const incident = oneOf(live);
  const camera = oneOf(incident.cameras);
  const { status, json } = await operator.api('POST', '/api/v1/tickets', { grant: incident.grant, camera, kind: 'live' });
  if (status !== 201) return void ++counts.refused;  // Closed meanwhile.
  const way = oneOf([byTcp, byTcp, byUdp, bySocket, async (ticket) => (await byShared([ticket]))[0], byHls]);
  const view = await way({ camera, ...json }).catch(() => undefined);
  if (!view) return void ++counts.refused;
  ++counts.viewers;
  const until = Date.now() + between(200, 8000);
  while (Date.now() < until && !view.ended) await pause(50);
  if (view.ended) ++counts.cut;
  const vanishes = view.reset && chance() < 0.3;
  ++counts[vanishes ? 'reset' : 'left'];
  (vanishes ? view.reset : view.free)();
}

function sample(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
  return { rssKiB: number('VmRSS'), threads: number('Threads'), descriptors: fs.readdirSync(`/proc/${pid}/fd`).length };
}

/** Least squares: growth an hour and its standard error. */
function fit(points) {
  const n = points.length;
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / n;
  const [x, y] = [mean((point) => point.hours), mean((point) => point.value)];
  const xx = points.reduce((sum, point) => sum + (point.hours - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.hours - x) * (point.value - y), 0) / xx;
  const rest = points.reduce((sum, point) => sum + (point.value - y - slope * (point.hours - x)) ** 2, 0);
  return { mean: y, slope, error: Math.sqrt(rest / Math.max(1, n - 2) / xx) };
}

test(`${minutes} minutes of churn leave memory, descriptors and threads as they were`, { timeout: (minutes + 5) * 60000 }, async () => {
  await openAt(seoulForest);
  await openAt(hongdae);
  const pids = new Map(city.children().filter((child) => child.name.startsWith('media')).map((child) => [child.name, child.pid]));
  const samples = new Map([...pids.keys()].map((name) => [name, []]));
  const begun = Date.now();
  const end = begun + minutes * 60000;
  const over = () => Date.now() >= end;
  const slots = Array.from({ length: viewersAtOnce }, async () => {
    while (!over()) await watch();
  });
  const incidents = (async () => {
    for (let turn = 0; !over(); ++turn) {
      await pause(between(8000, 20000));
      await openAt(turn % 2 === 0 ? seoulForest : hongdae);
      await closeIncident();
    }
  })();
  const cameras = (async () => {
    while (!over()) {
      await pause(between(5000, 15000));
      const camera = Math.floor(chance() * 48);
      await city.cameraFault(camera, oneOf(['close', 'refuse', 'hang']));
      ++counts.reboots;
      await pause(between(500, 6000));
      await city.cameraFault(camera, 'none');
    }
  })();
  while (!over()) {
    await pause(Math.min(5000, minutes * 1000));
    for (const [name, pid] of pids) samples.get(name).push({ hours: (Date.now() - begun) / 3600000, ...sample(pid) });
  }
  await Promise.all([...slots, incidents, cameras]);
  console.log(`# ${JSON.stringify(counts)}`);

  for (const [name, pid] of pids) {
    console.log(`# ${name} rssKiB over time: ${samples.get(name).filter((_, at, all) => at % Math.ceil(all.length / 24) === 0).map((one) => one.rssKiB).join(' ')}`);
    assert.equal(city.pid(name), pid, `${name} is the process that it was`);
    const settled = samples.get(name).filter((one) => one.hours * 60 >= minutes * warmUp);
    for (const [what, most] of Object.entries(growthMax)) {
      const found = fit(settled.map((one) => ({ hours: one.hours, value: one[what] })));
      const line = `${name} ${what}: ${found.mean.toFixed(1)}, ${found.slope.toFixed(1)} ± ${found.error.toFixed(1)} an hour`;
      console.log(`# ${line}`);
      assert.ok(found.slope - 2 * found.error <= most, line);
    }
  }
  assert.ok(counts.viewers > minutes * 60, 'viewers came and went');

  while (live.length > 0) await closeIncident();
  const { media } = city.site('11000');
  await until('no view is left', async () => (await request(media, 'GET', '/ready')).json.views === 0);
});
