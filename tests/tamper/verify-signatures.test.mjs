// docs/verify's signatures: the engine's Ed25519 and our own say the same of every one, none is passed over, and a page stays alive meanwhile.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';

import { Site } from './city.mjs';
import { loadVerifier } from './verifier.mjs';

const verify = loadVerifier();
const base = 2n ** 255n - 19n;
const bytesOf = (number, sign = 0) => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 0xffn));
  bytes[31] |= sign << 7;
  return bytes;
};

function signed(count) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('hex');
  return Array.from({ length: count }, (_, i) => ({ key, text: `text ${i}`, signature: new Uint8Array(crypto.sign(null, Buffer.from(`text ${i}`), privateKey)) }));
}

const isOpenSsl = ({ key, text, signature }) => {
  try {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'hex')]);
    return crypto.verify(null, Buffer.from(text), crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
  } catch {
    return false;
  }
};

test('the engine and our own arithmetic agree with OpenSSL on right and on changed ones', async () => {
  const engine = await verify.engineOf();
  assert.ok(engine, 'this runtime has Ed25519');
  const list = signed(300);
  list.forEach((one, i) => {
    const at = i % 7;
    if (at === 1) one.signature[i % 32] ^= 1 << (i % 8);
    if (at === 2) one.signature[32 + (i % 32)] ^= 1 << (i % 8);
    if (at === 3) one.text += '!';
    if (at === 4) one.key = list[(i + 299) % 300].key.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  });
  const own = await verify.checkSignatures(list, undefined, null), engines = await verify.checkSignatures(list, undefined, engine);
  assert.deepEqual(own, list.map(isOpenSsl));
  assert.deepEqual(engines, own);
  assert.equal(own.filter(Boolean).length > 100 && own.includes(false), true);
});

test('other forms of a right point, a scalar past the order, and points of small order are refused by both', async () => {
  const [{ key, text, signature }] = signed(1);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const scalar = signature.slice(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const list = [
    { key, text, signature: new Uint8Array([...signature.slice(0, 32), ...bytesOf(scalar + order)]) },
    // The neutral point as a key signs everything with R = sB; written as y = 1 + p, or with the sign of an x that is 0, it is no key.
    ...[bytesOf(base + 1n), bytesOf(1n, 1), bytesOf(base + 1n, 1), bytesOf(2n), bytesOf(base - 1n, 1)].map((point) => ({ key: verify.hex(point), text, signature: new Uint8Array([...bytesOf(1n), ...bytesOf(0n)]) })),
    ...['', 'ab', key.slice(2), 'zz'.repeat(32)].map((bad) => ({ key: bad, text, signature })),
    { key, text, signature: signature.slice(1) },
  ];
  for (const by of [null, await verify.engineOf()]) assert.deepEqual(await verify.checkSignatures(list, undefined, by), list.map(() => false));
});

test('an engine that has no Ed25519, or one that agrees to everything, is not asked', async () => {
  assert.equal(await verify.engineOf(null), null);
  assert.equal(await verify.engineOf({ importKey: async () => { throw new Error('no such algorithm'); } }), null);
  assert.equal(await verify.engineOf({ importKey: async () => ({}), verify: async () => true }), null);
  assert.equal(await verify.engineOf({ importKey: async () => ({}), verify: async () => false }), null);
});

test('a forged one in the midst of many is found by both, and all that others find', async () => {
  const site = new Site('11440').fill(400);
  const walk = new verify.JournalWalk();
  walk.segment('00000000000000000001.bj', new Uint8Array(site.bytes), true);
  assert.equal(walk.finish().problem, null);
  const held = Array.from({ length: 400 }, (_, i) => ({ checkpoint: site.checkpoint(i + 1), holder: `site 11000 entry ${i}` }));
  const thief = crypto.generateKeyPairSync('ed25519'), keys = { '11440-c1': site.key };
  for (const by of [null, await verify.engineOf()]) {
    assert.deepEqual(await verify.compare(walk, held, keys, undefined, by), { findings: [], agreed: 400 });
    const forged = held.with(200, { ...held[200], checkpoint: site.checkpoint(201, thief) });
    const { findings, agreed } = await verify.compare(walk, forged, keys, undefined, by);
    assert.deepEqual(findings.map(({ what }) => what), ['checkpoint of entry 201 held by site 11000 entry 200 has a forged signature']);
    assert.equal(agreed, 400);
  }
});

test('more than are taken at once: each is checked, and the progress is of all of them', async () => {
  const site = new Site('11440').fill(2), told = [], keys = { '11440-c1': site.key };
  const [one, forged] = [site.checkpoint(2), { ...site.checkpoint(2), signature: site.checkpoint(1).signature }];
  const faults = await verify.signatureFaults(Array.from({ length: 10000 }, (_, i) => (i === 9000 ? forged : i === 100 ? { ...one, kid: 'x' } : { ...one })), keys, (done, all) => told.push([done, all]));
  assert.deepEqual(faults.flatMap((what, i) => (what ? [[i, what]] : [])), [[100, 'is signed by a key that the site does not show'], [9000, 'has a forged signature']]);
  assert.deepEqual(told.at(-1), [9999, 9999]);
});

test('our own arithmetic lets others run beside it and says how far it is', async () => {
  const list = signed(600), told = [];
  let beats = 0;
  const beat = setInterval(() => { ++beats; }, 1);
  const answers = await verify.checkSignatures(list, (done, all, isEngine) => told.push([done, all, isEngine]), null);
  clearInterval(beat);
  assert.ok(answers.every(Boolean));
  assert.deepEqual(told.at(-1), [600, 600, false]);
  assert.ok(told.length >= 4, `told ${told.length} times`);
  assert.ok(beats >= 2, `others ran ${beats} times beside it`);
});
