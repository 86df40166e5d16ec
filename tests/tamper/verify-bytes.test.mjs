// docs/verify at single bytes: edits whose CRC, and where one can, whose digest is right; and what is by design in no digest.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';

import { Site, mend, partsOf, recordOf, segmentName } from './city.mjs';
import { loadVerifier } from './verifier.mjs';

const verify = loadVerifier();

/** Walks segments of records: [[records], …]. */
function walked(...segments) {
  const walk = new verify.JournalWalk();
  let seq = 1;
  segments.forEach((records, i) => {
    walk.segment(segmentName(seq), new Uint8Array(Buffer.concat(records)), i + 1 === segments.length);
    seq += records.length;
  });
  return walk.finish();
}

/** The report of a site whose record of entry `seq` is another one. */
const withRecord = (site, seq, record) => walked(site.records.map((one, i) => (i + 1 === seq ? record : one)));

/** The record with its head changed as a text and its CRC mended. */
function withHead(record, change) {
  const { head, body, flag, endsBatch } = partsOf(record);
  const changed = change(head.toString());
  assert.notEqual(changed, head.toString());
  return recordOf(Buffer.from(changed), body, { flag, endsBatch });
}

function refused(report, seq, what, name) {
  assert.equal(report.problem?.seq, seq, `${name}: ${JSON.stringify(report.problem)}`);
  assert.match(report.problem.what, what, name);
  assert.equal(report.entries, seq - 1, name);
}

test('a head that reads the same in other bytes is refused, its CRC being right', () => {
  const site = new Site('11440').fill(5);
  const changes = {
    'a BOM before it': [(head) => `\ufeff${head}`, /not a JSON object/],
    'an escaped letter': [(head) => head.replace('"site:', '"\\u0073ite:'), /canonical/],
    'a space': [(head) => head.replace(',"kind"', ', "kind"'), /canonical/],
    'a number written otherwise': [(head) => head.replace('"seq":3', '"seq":3.0'), /canonical/],
    'a name twice': [(head) => head.replace('{"actor"', '{"actor":"x","actor"'), /canonical/],
    'another order': [(head) => head.replace(/(,"prev":"[^"]*")(,"seq":3)/, '$2$1'), /canonical/],
    'one more field': [(head) => head.replace('}', ',"z":1}'), /canonical/],
    'a space behind it': [(head) => `${head} `, /canonical/],
  };
  for (const [name, [change, what]] of Object.entries(changes)) refused(withRecord(site, 3, withHead(site.records[2], change)), 3, what, name);
});

test('any byte of a record changed with its CRC mended is found at that entry', () => {
  const site = new Site('11440').fill(4).erase([2]);
  for (const seq of [2, 3]) {
    const record = site.records[seq - 1];
    // The lengths move all that follows; they and the CRCs are tried by the seeded edits.
    for (let at = 20; at < record.length; ++at) {
      for (const bits of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(record);
        changed[at] ^= bits;
        const { problem } = withRecord(site, seq, mend(changed));
        assert.equal(problem?.seq, seq, `byte ${at} of entry ${seq} by ${bits}: ${JSON.stringify(problem)}`);
      }
    }
  }
});

test('a time is one that there was, in the 27 characters that the journal writes', () => {
  const at = (time) => new Site('11440').fill(2).append('incident.opened', {}, { time }).fill(4);
  for (const time of ['2026-99-01T00:00:00.000000Z', '2026-00-01T00:00:00.000000Z', '2026-12-00T00:00:00.000000Z', '2027-02-29T00:00:00.000000Z', '2027-02-31T00:00:00.000000Z',
    '2027-04-31T00:00:00.000000Z', '2100-02-29T00:00:00.000000Z', '2026-12-01T24:00:00.000000Z', '2026-12-01T00:60:00.000000Z', '2026-12-31T23:59:60.000000Z',
    '2026-12-01T00:00:00.00000Z', '2026-12-01T00:00:00.0000000Z', '2026-12-01T00:00:00Z', '2026-12-01t00:00:00.000000Z', '2026-12-01T00:00:00.000000z',
    '2026-12-01T00:00:00.000000+00:00', '2026-12-01 00:00:00.000000Z', ' 2026-12-01T00:00:00.000000Z', '2026-12-01T00:00:00.000000Z\n', '٢٠٢٦-12-01T00:00:00.000000Z']) {
    const site = at(time);
    refused(walked(site.records), 3, /head's time is none/, time);
  }
  for (const time of ['2028-02-29T23:59:59.999999Z', '2400-02-29T00:00:00.000000Z', '2026-12-31T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z']) {
    const site = new Site('11440').fill(2).append('incident.opened', {}, { time });
    assert.equal(walked(site.records).problem, null, time);
  }
});

test('a head that holds half a surrogate pair is refused with all its digests right', () => {
  const site = new Site('11440').fill(1), body = Buffer.concat([Buffer.alloc(16), Buffer.from('{}')]), sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
  const covered = { kind: 'incident.opened', payloadDigest: sha256(body), prev: site.digests[0], seq: 2, subjects: [], time: site.time(2) };
  const text = (digest) => `{"actor":"\\ud800"${digest}${JSON.stringify(covered).replace('{', ',')}`;
  const record = recordOf(Buffer.from(text(`,"digest":"${sha256(text(''))}"`)), body);
  refused(walked([...site.records, record]), 2, /canonical/, 'half a pair');
});

test('a payload in another form than RFC 8785, or deeper than 32 levels, is refused with all its digests right', () => {
  const deep = (levels) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  for (const [text, what] of [['{"n":3.0}', /canonical/], ['{"n":-0}', /canonical/], ['{"n":1.5}', /canonical/], ['{"n":9007199254740993}', /canonical/], ['{"n":9007199254740992}', /canonical/], ['{"b":1,"a":2}', /canonical/], ['{"a":1,"a":1}', /canonical/], ['{"a": 1}', /canonical/],
    ['{"a":"\\u0061"}', /canonical/], ['{"a":"\\ud800"}', /canonical/], ['{"\\udfff":1}', /canonical/], ['{"n":1e400}', /canonical/], [deep(33), /canonical/],
    ['\ufeff{}', /not a JSON object/], ['[]', /not a JSON object/], ['5', /not a JSON object/], ['{}x', /not a JSON object/], ['', /not a JSON object/]]) {
    refused(walked(new Site('11440').fill(2).append('incident.opened', null, { text }).records), 3, what, text);
  }
  for (const text of ['{}', '{"a":"\\\\ud800"}', '{"a":"😀"}', '{"a":"\u2028\u007f"}', '{"n":-5}', deep(32), '{"€":1,"😀":2,"\ufb33":3}']) {
    assert.equal(walked(new Site('11440').fill(2).append('incident.opened', null, { text }).records).problem, null, text);
  }
});

test('an order that is no order, and an end that ends none', () => {
  const order = (change) => ({ erasure: 'E1', reason: 'retention', basis: 'PIPA 21', entries: [{ seq: 2, kind: 'incident.opened', left: { state: 'new' } }], ...change });
  const entry = (change) => order({ entries: [{ seq: 2, kind: 'incident.opened', left: {}, ...change }] });
  for (const payload of [order({ erasure: '' }), order({ erasure: 'E'.repeat(65) }), order({ reason: 'because' }), order({ basis: '가'.repeat(401) }), order({ basis: 5 }), order({ entries: [] }), order({ entries: 5 }),
    order({ entries: [5] }), entry({ seq: 0 }), entry({ seq: 4 }), entry({ seq: '2' }), entry({ kind: 'grant.issued' }), entry({ kind: 5 }), entry({ left: [] }), entry({ left: { text: 'x' } })]) {
    refused(walked(new Site('11440').fill(3).append('erasure.ordered', payload).records), 4, /the erasure order/, JSON.stringify(payload));
  }
  // As orders left it before: it stands, and what is read of it is what stays today.
  assert.equal(walked(new Site('11440').fill(3).append('erasure.ordered', entry({ left: { type: '홍길동 신고', typeName: '홍길동' } })).records).problem, null);
  assert.deepEqual(verify.leftOf('incident.opened', { state: 'new', type: '홍길동 신고', typeName: '홍길동' }), { state: 'new' });
  assert.equal(walked(new Site('11440').fill(3).append('erasure.ordered', order({ basis: '가'.repeat(400) })).records).problem, null);
  for (const done of [{ order: 3 }, { order: 5 }, { order: '4' }, {}]) {
    refused(walked(new Site('11440').fill(3).append('erasure.ordered', order({})).append('erasure.done', done).records), 5, /closes an erasure that is not open/, JSON.stringify(done));
  }
});

test('a time before the one before it is refused, an equal one is not', () => {
  const site = new Site('11440').fill(2);
  assert.equal(walked(new Site('11440').fill(2).append('incident.opened', {}, { time: site.time(2) }).records).problem, null);
  refused(walked(new Site('11440').fill(2).append('incident.opened', {}, { time: site.time(1) }).records), 3, /its time is before/, 'back');
});

test('what is in no digest changes nothing of the record: zeros of an erased entry, marks in the midst, where segments end', () => {
  const site = new Site('11440').fill(6).erase([2, 4]), whole = walked(site.records);
  assert.equal(whole.problem, null);
  assert.equal(whole.erased, 2);
  const same = (report, name) => {
    assert.equal(report.problem, null, name);
    assert.deepEqual([report.entries, report.lastDigest, report.erased, report.tornBytes], [whole.entries, whole.lastDigest, whole.erased, 0], name);
  };
  const { head, body } = partsOf(site.records[1]);
  for (const size of [16, 17, body.length - 1, body.length + 5]) same(withRecord(site, 2, recordOf(head, Buffer.alloc(size), { flag: 'E' })), `${size} zeros`);
  refused(withRecord(site, 2, recordOf(head, Buffer.alloc(15), { flag: 'E' })), 2, /lengths are out of bounds/, 'less than a salt');
  const back = withRecord(site, 2, recordOf(head, Buffer.concat([Buffer.alloc(20), Buffer.from('x')]), { flag: 'E' }));
  assert.deepEqual([back.problem.seq, back.problem.what], [2, 'entry 7 erased its contents, and they are here']);

  for (const seq of [1, 3, 5, 7]) {
    const { head: h, body: b, flag } = partsOf(site.records[seq - 1]);
    same(withRecord(site, seq, recordOf(h, b, { flag, endsBatch: false })), `no mark at ${seq}`);
  }
  for (let at = 1; at < site.records.length; ++at) same(walked(site.records.slice(0, at), site.records.slice(at)), `a segment from ${at + 1} on`);

  // At an end they are read: what they do there is a cut, which a checkpoint held elsewhere shows, or a fault.
  const last = site.records.length, unmarked = recordOf(...Object.values(partsOf(site.records[last - 1])).slice(0, 2), { endsBatch: false });
  const torn = withRecord(site, last, unmarked);
  assert.deepEqual([torn.problem, torn.entries, torn.tornEntries], [null, last - 1, 1]);
  const { head: h, body: b } = partsOf(site.records[2]);
  const within = walked([...site.records.slice(0, 2), recordOf(h, b, { endsBatch: false })], site.records.slice(3));
  assert.deepEqual([within.problem.seq, within.problem.what, within.entries], [4, 'the segment ends in the middle of a batch but is not the last', 2]);
});
