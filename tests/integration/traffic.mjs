// Messages that go on while processes die, and the look whether what was acknowledged is kept, once.
import assert from 'node:assert/strict';

import { City, seoulForest } from './city.mjs';
import { eventBody, newNumber } from './partner.mjs';

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A room that sends on and on, and sends again what was not answered, as rooms do. */
export class Traffic {
  constructor(room, random, loops = 3) {
    this.room = room;
    this.random = random;
    this.acknowledged = [];
    this.repeated = 0;
    this.slowest = 0;  // Milliseconds that an acknowledgement took.
    this.running = true;
    this.done = Promise.all(Array.from({ length: loops }, () => this.loop()));
  }

  async loop() {
    while (this.running) {
      const number = newNumber();
      await this.send({ number, state: '10', position: seoulForest.position });
      if (this.random() < 0.7) await this.send({ number, state: this.random() < 0.5 ? '91' : '90', position: seoulForest.position });
    }
  }

  async send(event) {
    const body = eventBody(event);
    for (;;) {
      const at = Date.now();
      try {
        const answer = await this.room.sendBody(body);
        this.slowest = Math.max(this.slowest, Date.now() - at);
        if (answer.json?.result === '0') break;
        // A site that starts says so, and when to come again.
        if (answer.status !== 503 || !answer.headers['retry-after']) this.unexpected ??= `${answer.status} ${answer.text}`;
      } catch { /* no answer: the process died on it */ }
      ++this.repeated;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (!this.running) return;
    }
    this.acknowledged.push(`${event.number} ${event.state}`);
  }

  async stop() {
    this.running = false;
    await this.done;
    return this.acknowledged;
  }
}

/** Of the acknowledged messages, those that the centre's journal does not hold, and those that took effect twice. */
export async function lostAndDoubled(reader, acknowledged) {
  const kept = new Map();
  for (const { payload } of await City.journal(reader, ['event.received'])) {
    const key = `${payload.number} ${payload.state}`;
    kept.set(key, (kept.get(key) ?? 0) + 1);
  }
  return {
    lost: acknowledged.filter((key) => !kept.has(key)),
    doubled: [...kept].filter(([, count]) => count > 1).map(([key]) => key),
  };
}

export async function assertNothingLost(reader, acknowledged) {
  const { lost, doubled } = await lostAndDoubled(reader, acknowledged);
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged messages are lost`);
  assert.deepEqual(doubled, [], 'no message took effect twice');
}
