// A target that crosses a district's border while somebody watches: its sender tells each new place by status 40 on its own real port, the viewer's
// pictures never stop, and what comes next is pulled before anybody looks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, camerasLive, seoulForest, until } from './city.mjs';
import { Partner, newNumber } from './partner.mjs';
import { records } from './record.mjs';
import { byTcp } from './viewers.mjs';

const station = { position: [127.0424, 37.5456], site: '11200' };
const stepEach = 4000;
const steps = 12;
const darkMost = 1000;

let city, room, operator;

before(async () => {
  city = await City.start();
  room = await Partner.open(city);
  operator = await city.login('operator1');
  await city.ready();
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, station);
}, { timeout: 240000 });

after(() => city?.stop());

/** From a park in the centre's hands to the streets of a district, at a run. */
const placeAt = (share) => [0, 1].map((axis) => Number((seoulForest.position[axis] + (station.position[axis] + 0.0008 * (1 - axis) - seoulForest.position[axis]) * share).toFixed(7)));

/** Looks at every camera of the grant that sees the target or comes next, as a desk's tiles do, and leaves those that have left the grant. */
class Viewer {
  views = new Map();
  broken = [];
  lastAt = 0;
  constructor(grant) { this.grant = grant; }

  async look(cameras, granted) {
    for (const [camera, view] of this.views) {
      if (granted.includes(camera)) {
        if (view.ended) this.broken.push(camera);
        continue;
      }
      view.free();
      this.views.delete(camera);
    }
    await Promise.all(cameras.filter((camera) => !this.views.has(camera)).map(async (camera) => {
      const answer = await operator.api('POST', '/api/v1/tickets', { grant: this.grant, camera, kind: 'live', height: 360 });
      assert.equal(answer.status, 201, answer.text);
      const asked = Date.now();
      const view = await byTcp(answer.json).catch((error) => { throw new Error(`${camera}: ${error.message}`); });
      view.askedAt = asked;
      this.views.set(camera, view);
    }));
  }
  get newest() { return Math.max(0, ...[...this.views.values()].map((view) => view.lastAt)); }
  /** Cameras that show something now. */
  get shown() { return [...this.views].filter(([, view]) => Date.now() - view.lastAt < darkMost).map(([camera]) => camera); }
}

/** Other sites' cameras that the centre had pulled of a district, each with the time of its first pull. */
function pulls(site) {
  const found = new Map();
  for (const { head, payload } of records(city.data, site)) {
    if (head.kind !== 'view.opened' || payload?.ticketKind !== 'relay') continue;
    if (!found.has(payload.camera)) found.set(payload.camera, payload.at / 1000);
  }
  return found;
}

test('a target crosses the border of a district and no second is dark', { timeout: 180000 }, async () => {
  const number = newNumber();
  await room.tell({ number, position: placeAt(0), place: '서울숲' });
  const incident = await until('the incident has its grant', async () => {
    const found = (await operator.get('/api/v1/incidents?limit=20')).items.find((each) => each.number === number);
    if (!found) return false;
    const { items } = await operator.get(`/api/v1/grants?incident=${found.id}`);
    const grant = items.find((each) => each.holder.agency === operator.account.agency);
    return grant && { id: found.id, grant: grant.id };
  });
  const choice = async () => (await operator.get(`/api/v1/incidents/${incident.id}/cameras`)).items;
  const granted = async () => (await operator.get(`/api/v1/grants/${incident.grant}`)).cameras;
  const has = (camera, word) => camera.reasons.some((reason) => reason.split(':')[0] === word);

  const viewer = new Viewer(incident.grant);
  await viewer.look((await choice()).slice(0, 3).map((camera) => camera.id), await granted());
  await until('pictures come', () => [...viewer.views.values()].every((view) => view.bytes > 3000), { within: 20000 });
  const sitesAtFirst = new Set([...viewer.views.keys()].map((camera) => camera.slice(0, 5)));

  // The clock of darkness: how long nothing at all came to the viewer.
  let darkest = 0;
  const clock = setInterval(() => { darkest = Math.max(darkest, Date.now() - viewer.newest); }, 20);
  const nextAt = new Map();  // When a district's camera was first said to be ahead.
  const watchedAt = new Map();
  const seen = { next: 0, exits: 0, leaving: 0, sites: new Set() };
  try {
    for (let step = 1; step <= steps; ++step) {
      await room.tell({ number, state: '40', position: placeAt(step / steps), at: new Date() });
      const cameras = await choice();
      for (const camera of cameras.filter((each) => (has(each, 'next') || has(each, 'exit')) && each.site !== '11000')) if (!nextAt.has(camera.id)) nextAt.set(camera.id, Date.now());
      seen.next += cameras.filter((each) => has(each, 'next')).length;
      seen.leaving += cameras.filter((each) => has(each, 'leaving')).length;
      // Three that see it, as the desk shows them; those that it comes to are not looked at, so that what is warm was warm by itself.
      const now = cameras.filter((each) => !has(each, 'next') && !has(each, 'exit') && !has(each, 'leaving') && each.live).slice(0, 3).map((each) => each.id);
      assert.ok(now.length > 0, 'somebody sees it');
      for (const camera of now) if (!watchedAt.has(camera)) watchedAt.set(camera, Date.now());
      await viewer.look(now, await granted());
      const ahead = await operator.get(`/api/v1/incidents/${incident.id}/ahead`);
      seen.exits += ahead.exits.length;
      assert.equal(ahead.moves, true);
      assert.ok(ahead.ageS <= 5, `${ahead.ageS} s`);
      await new Promise((resolve) => setTimeout(resolve, stepEach));
      for (const camera of viewer.shown) seen.sites.add(camera.slice(0, 5));
      assert.ok(viewer.shown.some((camera) => now.includes(camera)), `step ${step}: one of those that see it now is on the screen`);
    }
    clearInterval(clock);
    console.log(`# darkest ms: ${darkest}, cameras watched: ${watchedAt.size}, next ${seen.next}, exits ${seen.exits}, leaving ${seen.leaving}, sites ${[...seen.sites]}`);
    assert.ok(darkest < darkMost, `${darkest} ms without any picture`);
    assert.deepEqual(viewer.broken, [], 'no camera that stayed in the grant was cut');
    assert.ok(sitesAtFirst.has('11000') && seen.sites.has('11200'), 'it crossed the border');
    assert.ok(seen.next > 0 && seen.exits > 0 && seen.leaving > 0);

    // Warm: the centre had pulled of the district what was ahead, before anybody asked for it.
    const pulled = await until('the pulls are on the district\'s record', () => { const found = pulls('11200'); return found.size > 0 && found; });
    const warmed = [...nextAt].filter(([camera]) => pulled.has(camera) && (!watchedAt.has(camera) || pulled.get(camera) < watchedAt.get(camera)));
    console.log(`# district cameras ahead: ${nextAt.size}, warm before anybody watched: ${warmed.length}`);
    assert.ok(warmed.length > 0);

    // Those behind it go by themselves, and with the incident everything goes.
    await until('what was left behind has left', async () => !(await choice()).some((camera) => has(camera, 'leaving')), { within: 30000, every: 500 });
    await room.tell({ number, state: '91', at: new Date(Date.now() + 1000) });
    await until('all is dark', () => [...viewer.views.values()].every((view) => Date.now() - view.lastAt > 1500), { within: 15000 });
    assert.equal((await operator.api('GET', `/api/v1/incidents/${incident.id}/ahead`)).status, 409);
  } finally {
    clearInterval(clock);
    for (const view of viewer.views.values()) view.free();
  }
});

test('a position grows old, and words alone do not make it younger', { timeout: 120000 }, async () => {
  const number = newNumber();
  const told = (more) => room.tell({ number, state: '40', ...more });
  await room.tell({ number, position: placeAt(0), at: new Date(Date.now() - 150000) });
  await told({ position: placeAt(0.2), at: new Date(Date.now() - 120000) });
  const { id } = await until('the incident', async () => (await operator.get('/api/v1/incidents?limit=20')).items.find((each) => each.number === number));
  const ahead = () => operator.get(`/api/v1/incidents/${id}/ahead`);
  const first = await ahead();
  assert.ok(first.ageS >= 119 && first.ageS > first.staleAfterS, `${first.ageS} s`);
  assert.equal(first.trail.length, 2);
  await told({ position: ['', ''], text: '검은 옷', at: new Date(Date.now() - 1000) });
  assert.ok((await ahead()).ageS >= 119, 'words are no place');
  await told({ position: placeAt(0.3), at: new Date() });
  assert.ok((await ahead()).ageS <= 3);
  assert.equal((await ahead()).trail.length, 3);
});
