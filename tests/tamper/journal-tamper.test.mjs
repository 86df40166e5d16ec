// Seeded changes of journals before the last checkpoint that others keep: `bongsu verify`'s verifier and the one of
// docs/verify both find every one and name its place; a torn last write is told as torn.
//
// BONGSU_TAMPER_COUNT (10000: some 10 s of two cores), BONGSU_TAMPER_SEED (20261123), BONGSU_TAMPER (the program that makes and judges them).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { test } from 'node:test';

import { frames } from './stream.mjs';
import { loadVerifier } from './verifier.mjs';

const verify = loadVerifier();

const count = Number(process.env.BONGSU_TAMPER_COUNT ?? 10000);
const seed = Number(process.env.BONGSU_TAMPER_SEED ?? 20261123);
const program = process.env.BONGSU_TAMPER ?? 'build/dev/tests/journal_tamper';

const forged = new Set(['edit the contents, CRC and digest right', 'insert a forged one', 'forge an erased one']);

// By design in no digest (docs/adr/0003-journal-bytes.md): nothing of the record changes, and both say that all of it is there.
const undigested = new Set(['shorten an erased body, CRC right', 'move a batch mark, CRC right']);

/** What the second verifier says, in the shape of the first one's verdict. */
async function judge({ files }, { held, keys }) {
  const walk = new verify.JournalWalk();
  files.forEach(([name, bytes], i) => walk.segment(name, bytes, i + 1 === files.length));
  const report = walk.finish();
  const { findings } = await verify.compare(walk, held, keys);
  if (report.problem) findings.push({ from: report.problem.seq, to: report.problem.seq, what: report.problem.what });
  findings.sort((a, b) => a.from - b.from);
  return { found: findings.length > 0, tornBytes: report.tornBytes, lastSeq: report.lastSeq, findings };
}

test('what may be erased, and what stays of it, is the same list in both', () => {
  const { kinds, outcomes, reasons, values } = JSON.parse(execFileSync(program, ['erasable'], { encoding: 'utf8' }));
  assert.deepEqual(verify.erasable, kinds);
  assert.deepEqual(verify.outcomes, outcomes);
  assert.deepEqual(verify.reasons, reasons);
  for (const [kind, field, value, stays] of values) assert.equal(field in verify.leftOf(kind, { [field]: value }), stays, `${kind} ${field} ${JSON.stringify(value)}`);
});

test(`${count} changes are found and placed by both verifiers`, async (t) => {
  const maker = spawn(program, [String(count), String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => maker.kill());  // A failed comparison leaves it before a full pipe.
  const ended = new Promise((resolve, reject) => {
    maker.on('error', reject);
    maker.on('exit', resolve);
  });
  const kinds = new Map();
  let kept, entries, changed = 0;
  for await (const frame of frames(maker.stdout)) {
    if (frame.held) kept = frame;
    const verdicts = { 'bongsu verify': frame.verdict, 'docs/verify': await judge(frame, kept) };
    const where = `change ${frame.n} (${frame.name}) of entry ${frame.first}, BONGSU_TAMPER_SEED=${seed}`;
    for (const [who, verdict] of Object.entries(verdicts)) {
      const said = `${where}: ${who} says ${JSON.stringify(verdict)}`;
      if (frame.name === 'unchanged' || undigested.has(frame.name)) {
        assert.equal(verdict.found, false, said);
        assert.equal(verdict.tornBytes, 0, said);
        if (frame.name === 'unchanged') entries = verdict.lastSeq;
        assert.equal(verdict.lastSeq, entries, said);
      } else if (frame.name === 'torn') {
        assert.equal(verdict.found, false, said);
        assert.ok(verdict.tornBytes > 0, said);
        assert.equal(verdict.lastSeq, frame.first - 1, said);
      } else {
        assert.ok(verdict.found, said);
        // An entry that was forged with all its digests right breaks the chain at its joint with the one after it.
        const joint = forged.has(frame.name) ? 1 : 0;
        // A cut also takes the order away from an entry before it that was erased: that is told too, and follows from it.
        const named = verdict.findings.find(({ from, to }) => from <= frame.first + joint && frame.first <= to);
        assert.ok(named, said);
        // The first that is lost, however many of them still lie there.
        if (frame.name.startsWith('clear the tail')) assert.match(named.what, new RegExp(`^the tail is cut off: entry ${frame.first} and all after it are lost`), said);
        else assert.ok(named.to - named.from < kept.checkpointEach, said);
      }
    }
    const [first, second] = Object.values(verdicts);
    const places = ({ found, tornBytes, findings }) => ({ found, tornBytes, findings: findings.map(({ from, to }) => [from, to]) });
    assert.deepEqual(places(first), places(second), where);
    if (frame.name === 'unchanged') continue;
    ++changed;
    kinds.set(frame.name, (kinds.get(frame.name) ?? 0) + 1);
  }
  assert.equal(await ended, 0);
  assert.equal(changed, count);
  for (const [name, times] of [...kinds].sort()) t.diagnostic(`${times} × ${name}`);
});
