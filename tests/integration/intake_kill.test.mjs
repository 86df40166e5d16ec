// kill -9 of the centre's control under load, again and again, while partners of four formats send: of what was
// acknowledged nothing is lost, and nothing takes effect twice. BONGSU_KILLS=n for more, BONGSU_SEED=n repeats a run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, request, until } from './city.mjs';
import { Partner, eventBody, newNumber } from './partner.mjs';
import { StreamPartner, accepted, acceptedTcp, disaster, fire, ports, scsnsEnd, scsnsTcp } from './stream_partner.mjs';
import { seeded } from './traffic.mjs';

const kills = Number(process.env.BONGSU_KILLS ?? 40);
const seed = Number(process.env.BONGSU_SEED ?? 2019);
const random = seeded(seed);
let city;

before(async () => {
  city = await City.start();
  await city.ready();
}, { timeout: 240000 });
after(() => city?.stop());

/** Sends on and on; what is not answered is sent again, on a new connection, with the same bytes. */
class Room {
  constructor(sender, ask) {
    this.sender = sender;
    this.ask = ask;
    this.acknowledged = [];
    this.again = 0;
    this.running = true;
    this.done = this.loop();
  }
  async loop() {
    while (this.running) {
      const number = newNumber();
      const first = this.message(number, '10');
      if (!(await this.insist(first))) return;
      this.acknowledged.push(`${this.sender} ${number} 10`);
      if (random() < 0.5) {
        if (!(await this.insist(this.message(number, '91')))) return;
        this.acknowledged.push(`${this.sender} ${number} 91`);
      }
    }
  }
  message(number, state) { return { number, state, at: new Date() }; }
  async insist(message) {
    for (;;) {
      if (await this.ask(message).catch(() => false)) return true;
      ++this.again;
      if (!this.running) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function overPort(offset, encode, isAccepted, options) {
  let connection;
  return async (message) => {
    if (!connection || connection.socket.destroyed) connection = await StreamPartner.connect(city.port + offset, options);
    try {
      message.bytes ??= encode(message);
      return isAccepted(await connection.ask(message.bytes));
    } catch (error) {
      connection.close();
      connection = undefined;
      throw error;
    }
  };
}

function overHttp() {
  let room;
  return async (message) => {
    room ??= await Partner.open(city);
    message.body ??= eventBody({ number: message.number, state: message.state, at: message.at });
    const answer = await room.sendBody(message.body);
    return answer.json?.result === '0';
  };
}

test(`${kills} deaths under load: nothing acknowledged is lost, nothing is doubled`, async () => {
  const rooms = [
    new Room('P1100000000', overHttp()),
    new Room('P1100000000', overPort(ports.policeTcp, ({ number, state, at }) => scsnsTcp(number, { state, at }), acceptedTcp, { end: scsnsEnd })),
    new Room('F1100000000', overPort(ports.fire, ({ number, state, at }) => fire(number, { status: state, at }), accepted)),
    new Room('D1100000000', overPort(ports.disaster, ({ number, state, at }) => disaster(number, { status: state, at }), accepted)),
  ];
  const total = () => rooms.reduce((sum, room) => sum + room.acknowledged.length, 0);
  try {
    for (let death = 0; death < kills; ++death) {
      const wanted = total() + 4 + Math.floor(random() * 16);
      await until('messages are acknowledged', () => total() >= wanted, { within: 30000, every: 1 });
      await new Promise((resolve) => setTimeout(resolve, random() * 15));  // The moment within a batch.
      const pid = city.kill('control 11000');
      await until('control is back', async () => {
        const now = city.pid('control 11000');
        return now && now !== pid && (await request(city.port, 'GET', '/ready', { timeout: 1000 })).status === 200;
      }, { within: 20000, every: 10 });
    }
  } finally {
    for (const room of rooms) room.running = false;
    await Promise.all(rooms.map((room) => room.done));
  }
  const again = rooms.reduce((sum, room) => sum + room.again, 0);
  console.log(`# seed ${seed}: ${kills} deaths, ${total()} acknowledged, ${again} sent again`);
  const reader = await city.login('supervisor1');
  const kept = new Map();
  for (const { payload } of await City.journal(reader, ['event.received'])) {
    const key = `${payload.sender} ${payload.number} ${payload.state}`;
    kept.set(key, (kept.get(key) ?? 0) + 1);
  }
  const lost = rooms.flatMap((room) => room.acknowledged).filter((key) => !kept.has(key));
  assert.deepEqual(lost, [], 'acknowledged and lost');
  assert.deepEqual([...kept].filter(([, count]) => count > 1).map(([key]) => key), [], 'took effect twice');
  const opened = new Set();
  for (const { payload } of await City.journal(reader, ['incident.opened'])) {
    const key = `${payload.sender} ${payload.number}`;
    assert.ok(!opened.has(key), `two incidents of ${key}`);
    opened.add(key);
  }
  await city.halt();
  const { code, output } = city.verify();
  assert.equal(code, 0, output);
}, { timeout: 280000 + Math.max(0, kills - 40) * 5000 });
