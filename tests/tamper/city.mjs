// A city's DATA made here, from the format's description (docs/adr/0003-journal-bytes.md) and OpenSSL: journals, keys, checkpoints that
// the sites hold of one another.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { loadVerifier } from './verifier.mjs';

const { canonical, crc32c, noDigest } = loadVerifier();
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

/** Puts the CRCs right after an edit of a record's lengths, mark, head or live body. */
export function mend(record) {
  const head = record.readUInt32LE(4), body = record.readUInt32LE(8);
  record.writeUInt32LE(crc32c(record.subarray(4, 12), record.subarray(21, 22), record.subarray(24, 24 + head)), 12);
  if (record[20] === 0x4c) record.writeUInt32LE(crc32c(record.subarray(24 + head, 24 + head + body)), 16);
  return record;
}

/** A record of a head and a body as they are given, right or not. */
export function recordOf(head, body, { flag = 'L', endsBatch = true } = {}) {
  const start = Buffer.alloc(24);
  start.write('BJ1\n', 0, 'latin1');
  start.writeUInt32LE(head.length, 4);
  start.writeUInt32LE(body.length, 8);
  start.write(flag, 20, 'latin1');
  start[21] = endsBatch ? 0x43 : 0;
  return mend(Buffer.concat([start, head, body]));
}

/** A record's parts. */
export function partsOf(record) {
  const head = record.readUInt32LE(4);
  return { head: record.subarray(24, 24 + head), body: record.subarray(24 + head), flag: String.fromCharCode(record[20]), endsBatch: record[21] === 0x43 };
}

/** A site's journal while it is written. */
export class Site {
  constructor(name, start = Date.UTC(2026, 10, 29)) {
    this.name = name;
    this.start = start;
    this.records = [];
    this.digests = [];
    this.pair = crypto.generateKeyPairSync('ed25519');
    this.key = this.pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('hex');
  }

  time(seq) { return new Date(this.start + 1000 * seq).toISOString().replace('Z', '000Z'); }

  /** `text` and `time`: instead of what is right. */
  append(kind, payload, { endsBatch = true, text = canonical(payload), time = this.time(this.records.length + 1), actor = `site:${this.name}` } = {}) {
    const seq = this.records.length + 1, salt = crypto.createHash('md5').update(`${this.name} ${seq}`).digest();
    const body = Buffer.concat([salt, Buffer.from(text)]);
    const covered = { actor, kind, payloadDigest: sha256(body), prev: this.digests.at(-1) ?? noDigest, seq, subjects: [`site:${this.name}`], time };
    const digest = sha256(canonical(covered));
    this.records.push(recordOf(Buffer.from(canonical({ ...covered, digest })), body, { endsBatch }));
    this.digests.push(digest);
    return this;
  }

  /** Until there are `count` entries. */
  fill(count) {
    while (this.records.length < count) this.append('incident.opened', { incident: `${this.name}-${this.records.length}`, state: 'new', type: 'fall', text: '쓰러진 사람' });
    return this;
  }

  /** Orders the erasure of these entries, carries it out and closes it. */
  erase(seqs) {
    this.append('erasure.ordered', { erasure: 'E1', reason: 'retention', basis: 'PIPA 21', entries: seqs.map((seq) => ({ seq, kind: 'incident.opened', left: { incident: `${this.name}-${seq - 1}`, state: 'new', type: 'fall' } })) });
    const order = this.records.length;
    for (const seq of seqs) {
      const { head, body, endsBatch } = partsOf(this.records[seq - 1]);
      this.records[seq - 1] = recordOf(head, Buffer.alloc(body.length), { flag: 'E', endsBatch });
    }
    return this.append('erasure.done', { order });
  }

  checkpoint(seq = this.records.length, pair = this.pair) {
    const digest = this.digests[seq - 1], time = this.time(seq);
    const signature = crypto.sign(null, Buffer.from(`bongsu checkpoint v1\n${this.name}\n${seq}\n${digest}\n${time}\n`), pair.privateKey).toString('base64');
    return { site: this.name, seq, digest, time, kid: `${this.name}-c1`, signature };
  }
  hold(checkpoint) { return this.append('checkpoint.held', checkpoint); }

  get bytes() { return Buffer.concat(this.records); }
  get keyLine() { return `${this.name}-c1 ${this.key}\n`; }
}

export const segmentName = (seq) => `${String(seq).padStart(20, '0')}.bj`;

/** Three sites of 12 entries that hold one another's checkpoints of entry 10, each two entries more. */
export function city(names = ['11000', '11440', '11680']) {
  const sites = names.map((name) => new Site(name).fill(12));
  const made = sites.map((site) => site.checkpoint(10));
  for (const site of sites) for (const one of made) if (one.site !== site.name) site.hold(one);
  return sites;
}

/** DATA as Map path -> bytes; `joined`: the names that city/sites.json lists, null for a copy without the list. */
export function dataOf(sites, joined = sites.map(({ name }) => name)) {
  const files = new Map();
  for (const site of sites) {
    files.set(`D/${site.name}/journal/${segmentName(1)}`, site.bytes);
    files.set(`D/${site.name}/keys/checkpoint.pub`, Buffer.from(site.keyLine));
  }
  if (joined === null) return files;
  files.set('D/FORMAT', Buffer.from('1\n'));
  return files.set('D/city/sites.json', Buffer.from(JSON.stringify({ centre: joined[0], sites: joined.map((id) => ({ id, joined: true })) })));
}

/** The map as verifyFiles() wants it. */
export const filesOf = (data) => [...data].map(([name, bytes]) => ({ path: name, size: bytes.length, bytes: async () => new Uint8Array(bytes) }));

/** The map on the disk below `folder`. */
export function write(folder, data) {
  for (const [name, bytes] of data) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), bytes);
  }
}
