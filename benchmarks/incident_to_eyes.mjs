// From the first byte of the 112 room's message to its durable entry, to the desk, and to the first decoded frame of the spot
// tile. All times are from that first byte, by one clock: this process sends the messages and hears of everything else.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { launch } from '../tests/e2e/seat.mjs';
import { City, hongdae, seoulForest, until } from '../tests/integration/city.mjs';
import { envelope, eventBody, newNumber, Partner } from '../tests/integration/partner.mjs';
import { Rows } from './rows.mjs';
import { listen } from './socket.mjs';
import { watchIncidents } from './screen.mjs';

const kTargets = { durable_ms_p99: 10, desk_told_ms_p99: 50, first_frame_ms_p99: 500 };
const kRates = [1, 10, 100];
const kConnections = 64;
const kEachMs = 2000;
const kPurpose = 'operator-incident';
/** The places at which cameras stream: an incident there opens two grants of six cameras each. */
const seongdong = { place: '서울숲역', position: [127.0424, 37.5456], site: '11200' };
const seocho = { place: '서초역', position: [127.0076, 37.4919], site: '11650' };
const places = [seoulForest, hongdae, seongdong, seocho];

function options(words) {
  const found = { json: false, cameras: 300000, seconds: 20, pictures: 20 };
  for (let at = 0; at < words.length; ++at) {
    if (words[at] === '--json') found.json = true;
    else if (['--cameras', '--seconds', '--pictures'].includes(words[at]) && Number(words[at + 1]) > 0) found[words[at].slice(2)] = Number(words[++at]);
    else throw new Error(`there is no option ${words[at]}, or it lacks its number`);
  }
  return found;
}

/** At the moment `at` by performance.now(): close enough, and what is late is measured from its own first byte anyway. */
const waitUntil = (at) => new Promise((done) => setTimeout(done, Math.max(0, at - performance.now())));

class Centre {
  static async open(cameras, say) {
    const centre = new Centre();
    say(`starting a city with ${cameras} cameras`);
    const begun = performance.now();
    centre.city = await City.start({ args: ['--cameras', String(cameras)] });
    try {
      await centre.city.ready();
      say(`ready after ${((performance.now() - begun) / 1000).toFixed(1)} s, its first start`);
      centre.desk = await centre.city.login('operator1');
      centre.partner = await Partner.open(centre.city);
      for (const place of places) await centre.pictures(place);
      centre.agent = new http.Agent({ keepAlive: true, maxSockets: kConnections, noDelay: true });
      centre.told = new Map();      // Place, which is one of a kind -> when the desk's connection had it.
      centre.incidents = new Map(); // Place -> incident.
      centre.stream = await listen({ port: centre.desk.port, token: centre.desk.token,
        onLost: (why) => { centre.lost = why; },
        onFrame: (message, at) => {
          if (message.kind !== 'incident' || centre.told.has(message.item.place)) return;
          centre.told.set(message.item.place, at);
          centre.incidents.set(message.item.place, message.id);
        } });
      return centre;
    } catch (error) {
      await centre.city.stop();
      throw error;
    }
  }

  /** All twelve cameras of a place that stream have a picture. Many that do not stream stand between them. */
  pictures({ position, site }) {
    return until(`the cameras of ${site} are live`, async () => {
      const { items } = await this.desk.get(`/api/v1/cameras?near=${position}&site=${site}&limit=1000`);
      return items.filter((camera) => camera.live).length >= 12;
    }, { within: 30000, every: 200 });
  }

  /** Sends one message; answers when its first byte went and when the acknowledgement was here. */
  send(event) {
    const body = Buffer.from(JSON.stringify(envelope(this.partner.head, eventBody(event))));
    return new Promise((resolve, reject) => {
      const sent = http.request({ host: '127.0.0.1', port: this.partner.port, method: 'POST', path: '/linkHttp/recvEvent.json', agent: this.agent,
        timeout: 15000, headers: { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length,
          'X-Scsns-Secret': this.partner.head.rrKey, 'X-Scsns-type': 'sync' } }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const answered = performance.now();
          const text = Buffer.concat(parts).toString();
          if (response.statusCode !== 200 || JSON.parse(text).result !== '0') return reject(new Error(`recvEvent: ${response.statusCode} ${text}`));
          return resolve({ begun, answered });
        });
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer within 15 s')));
      sent.on('error', reject);
      const begun = performance.now();
      sent.end(body);
    });
  }

  async close() {
    this.stream?.close();
    this.agent?.destroy();
    await this.city.stop();
  }
}

/** `rate` incidents a second, sent when they are due whether or not the ones before are answered. */
async function intake(centre, rate, seconds) {
  const events = Array.from({ length: Math.max(1, rate * seconds) }, (_, at) => {
    const { position, place } = places[at % places.length];
    return { number: newNumber(), position, place: `${place} ${rate}/s ${at}`, text: '흉기를 든 사람이 있다는 신고' };
  });
  const start = performance.now() + 200;
  const sent = await Promise.all(events.map(async (event, at) => {
    await waitUntil(start + (at * 1000) / rate);
    return { event, ...(await centre.send(event)) };
  }));
  await until(`the desk knows of all ${events.length} incidents`, () => {
    if (centre.lost) throw new Error(`the live stream: ${centre.lost}`);
    return events.every((event) => centre.told.has(event.place));
  }, { within: 30000 });
  // They end before the next rate begins, as incidents do; this is not measured.
  for (let at = 0; at < events.length; at += kConnections) {
    await Promise.all(events.slice(at, at + kConnections).map((event) => centre.send({ ...event, state: '91', at: new Date() })));
  }
  return { durable: sent.map(({ begun, answered }) => answered - begun),
    told: sent.map(({ event, begun }) => centre.told.get(event.place) - begun) };
}

/** A page at the desk's origin that opens the six tiles of each incident as the desk does. */
async function openScreen(centre, browser) {
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const steps = new Map();  // Incident -> {step: [when, what the page said]}.
  const screen = { page, steps, failure: null };
  await page.exposeFunction('told', (what, incident, detail) => {
    const at = performance.now();
    if (what === 'failed') screen.failure ??= `${incident}: ${detail}`;
    if (!steps.has(incident)) steps.set(incident, {});
    // Tried again: its steps so far led nowhere. The time goes on from the first byte all the same.
    if (what === 'again') for (const step of ['ticket', 'answer', 'connected']) delete steps.get(incident)[step];
    steps.get(incident)[what] ??= [at, detail];
  });
  await page.goto(`http://127.0.0.1:${centre.desk.port}/health`);
  await page.evaluate(watchIncidents, { token: centre.desk.token, purpose: kPurpose });
  return screen;
}

/** One incident each 2 s, ended before the next. `cold`: each time the relay has to be built from nothing. */
async function pictures(centre, screen, subject, where, count) {
  const log = path.join(centre.city.data, 'city/log/media-11000.log');
  const times = [];
  const stages = { again: 0, grant: [], ticket: [], answer: [], connected: [], frame: [] };
  let due = performance.now() + 500;
  for (let at = 0; at < count; ++at, due += kEachMs) {
    await waitUntil(due);
    const { position, place } = where[at % where.length];
    const event = { number: newNumber(), position, place: `${place} ${subject} ${at}`, text: '흉기를 든 사람이 있다는 신고' };
    const logged = fs.statSync(log).size;
    const { begun } = await centre.send(event);
    const steps = await until(`the first frame of incident ${at} (${subject})`, () => {
      if (screen.failure) throw new Error(screen.failure);
      const found = screen.steps.get(centre.incidents.get(event.place));
      return found?.frame && found.connected && found;
    }, { within: 15000, every: 5 });
    times.push(steps.frame[0] - begun);
    stages.grant.push(steps.grant[0] - begun);
    if (steps.again) ++stages.again;
    for (const step of ['ticket', 'answer', 'connected', 'frame']) stages[step].push(steps[step][1]);
    const spot = steps.grant[1];
    const pulled = fs.readFileSync(log).subarray(logged).toString().includes(`"camera":"${spot}","state":"connecting"`);
    if (pulled !== (subject === 'cold')) throw new Error(`${spot} was ${pulled ? 'not warm' : 'warm'} in the row "${subject}"`);
    await centre.send({ ...event, state: '91', at: new Date() });
    due = Math.max(due, performance.now() - kEachMs / 2);
  }
  return { times, stages };
}

async function main() {
  const { json, cameras, seconds, pictures: count } = options(process.argv.slice(2));
  const say = (text) => { if (!json) process.stderr.write(`${text}\n`); };
  const rows = new Rows();
  const centre = await Centre.open(cameras, say);
  let browser;
  try {
    for (const rate of kRates) {
      say(`${rate} incidents a second for ${seconds} s`);
      const { durable, told } = await intake(centre, rate, seconds);
      rows.p99('durable_ms_p99', `${rate}/s`, durable, kTargets.durable_ms_p99);
      rows.p99('desk_told_ms_p99', `${rate}/s`, told, kTargets.desk_told_ms_p99);
    }
    browser = await launch();
    const screen = await openScreen(centre, browser);
    for (const [subject, where] of [['warm', [seoulForest]], ['cold', [hongdae, seocho]]]) {
      say(`an incident each 2 s with ${subject} cameras, ${count} times`);
      const { times, stages } = await pictures(centre, screen, subject, where, count);
      rows.p99('first_frame_ms_p99', subject, times, kTargets.first_frame_ms_p99);
      const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1].toFixed(0);
      say(`  medians: grant at the page ${median(stages.grant)} ms; after it ticket ${median(stages.ticket)}, answer `
        + `${median(stages.answer)}, connected ${median(stages.connected)}, frame ${median(stages.frame)} ms; asked again ${stages.again} times`);
    }
  } finally {
    await browser?.close();
    await centre.close();
    rows.print(json);
  }
}

main().catch((error) => {
  console.error(`incident_to_eyes: ${error.message}`);
  process.exit(1);
});
