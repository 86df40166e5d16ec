// docs/verify: its hashes and signatures against OpenSSL's, its list of what may be erased against the program's, and the page
// in a real browser from the file system, without a server and without a network.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { frames } from './stream.mjs';
import { loadVerifier } from './verifier.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(path.join(root, 'console/package.json'));
const verify = loadVerifier();
const program = process.env.BONGSU_TAMPER ?? path.join(root, 'build/dev/tests/journal_tamper');

let base, data, browser;

before(async () => {
  const maker = spawn(program, ['1', '7'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const frame of frames(maker.stdout)) base ??= frame;
  data = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-verify-'));
  fs.mkdirSync(path.join(data, 'DATA/11440/journal'), { recursive: true });
  fs.mkdirSync(path.join(data, 'DATA/11440/keys'));
  for (const [name, bytes] of base.files) fs.writeFileSync(path.join(data, 'DATA/11440/journal', name), bytes);
  fs.writeFileSync(path.join(data, 'DATA/11440/keys/checkpoint.pub'), Object.entries(base.keys).map(([kid, key]) => `${kid} ${key}\n`).join(''));
  fs.writeFileSync(path.join(data, 'kept.json'), JSON.stringify({ items: base.held.map(({ checkpoint }) => checkpoint) }));
  browser = await require('playwright-core').chromium.launch({ executablePath: process.env.BONGSU_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}, { timeout: 60000 });

after(async () => {
  await browser?.close();
  if (data) fs.rmSync(data, { recursive: true, force: true });
});

test('hashes and CRC agree with OpenSSL and the published check value, at every length around a block', () => {
  for (let size = 0; size <= 300; ++size) {
    const bytes = crypto.createHash('shake256', { outputLength: size || 1 }).update(String(size)).digest().subarray(0, size);
    for (const name of ['sha256', 'sha512']) assert.equal(verify.hex(verify[name](bytes)), crypto.createHash(name).update(bytes).digest('hex'), `${name} of ${size}`);
  }
  assert.equal(verify.crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
});

test('signatures agree with OpenSSL: right ones, and ones with any part changed', () => {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const key = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(12));
  for (let size = 0; size < 12; ++size) {
    const message = crypto.randomBytes(size * 11);
    const signature = new Uint8Array(crypto.sign(null, message, privateKey));
    assert.ok(verify.ed25519(key, message, signature));
    const changed = (bytes, at) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    assert.ok(!verify.ed25519(key, message, changed(signature, size)), 'the point');
    assert.ok(!verify.ed25519(key, message, changed(signature, 33 + size)), 'the scalar');
    assert.ok(!verify.ed25519(changed(key, size), message, signature), 'the key');
    assert.ok(!verify.ed25519(key, Buffer.concat([message, Buffer.from('x')]), signature), 'the message');
  }
  // RFC 8032, 7.1, test 2.
  assert.ok(verify.ed25519(verify.unhex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'), verify.unhex('72'),
    verify.unhex('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00')));
});

test('the list of what may be erased is the program\'s', () => {
  const source = fs.readFileSync(path.join(root, 'src/journal/erasable.cpp'), 'utf8');
  const report = /kViewReport =\s*"([^"]+)"/.exec(source)[1];
  const list = source.slice(source.indexOf('static const std::vector<Erasable> kinds{'), source.indexOf('return kinds;'));
  const found = {};
  for (const [, kind, left] of list.matchAll(/\{"([\w.]+)",\s*((?:"[^"]*"\s*)+|kViewReport)\}/g)) {
    found[kind] = left === 'kViewReport' ? report : [...left.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
  }
  assert.deepEqual(found, verify.erasable);
});

async function open() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => { if (!request.url().startsWith('file:')) asked.push(request.url()); });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  await page.goto(pathToFileURL(path.join(root, 'docs/verify/index.html')).href);
  return { page, asked, errors, close: () => context.close() };
}

async function verifyFolder(page, folder, kept) {
  await page.setInputFiles('#folder', folder);
  if (kept) await page.setInputFiles('#kept', kept);
  await page.click('#verify');
  await page.waitForFunction(() => document.body.dataset.holds !== undefined);
  return { holds: await page.evaluate(() => document.body.dataset.holds), lines: await page.locator('#lines').innerText() };
}

test('the page in a browser: a journal that holds, an entry in it, two checkpoints, the figures', async () => {
  const { page, asked, errors, close } = await open();
  const found = await verifyFolder(page, path.join(data, 'DATA'), path.join(data, 'kept.json'));
  assert.equal(found.holds, 'true', found.lines);
  assert.match(found.lines, /site 11440: \d+ checkpoints held elsewhere agree, up to entry \d+/);

  const held = base.held.map(({ checkpoint }) => checkpoint);
  await page.fill('#first', JSON.stringify(held[0]));
  await page.fill('#second', JSON.stringify(held.at(-1)));
  await page.click('#consist');
  assert.match(await page.locator('#consistent').innerText(), new RegExp(`the chain leads from entry ${held[0].seq} to entry ${held.at(-1).seq}`));

  const entry = entryOf(base.files, 3);
  await page.fill('#entry', JSON.stringify(entry));
  await page.click('#include');
  assert.match(await page.locator('#included').innerText(), /entry 3 is in the journal; confirmed by a checkpoint/);
  const changed = entry.payload ? { ...entry, payload: { ...entry.payload, n: -1 } } : { ...entry, kind: 'incident.closed' };
  await page.fill('#entry', JSON.stringify(changed));
  await page.click('#include');
  assert.match(await page.locator('#included').innerText(), /FAULT/);

  const opened = [...base.files].reduce((sum, [, bytes]) => sum + (Buffer.from(bytes).toString('latin1').match(/"kind":"incident\.opened"/g) ?? []).length, 0);
  assert.match(await page.locator('#statistics').innerText(), new RegExp(`incident\\.opened\\s+(${[...Array(opened + 1).keys()].slice(1).reverse().join('|')})`));
  assert.deepEqual(errors, []);
  assert.deepEqual(asked, [], 'nothing is asked of a network');
  await close();
});

test('the page in a browser: a journal that was changed', async () => {
  const folder = path.join(data, 'changed');
  fs.cpSync(path.join(data, 'DATA'), folder, { recursive: true });
  const file = path.join(folder, '11440/journal', base.files[0][0]);
  const bytes = fs.readFileSync(file);
  bytes[20] = bytes[20] === 0x4c ? 0x45 : 0x4c;
  fs.writeFileSync(file, bytes);
  const { page, close } = await open();
  const found = await verifyFolder(page, folder, path.join(data, 'kept.json'));
  assert.equal(found.holds, 'false', found.lines);
  assert.match(found.lines, /FAULT site 11440: segment 00000000000000000001\.bj offset 0 entry 1:/);
  await close();
});

/** One entry as the API gives it, from the files. */
function entryOf(files, seq) {
  for (const [, bytes] of files) {
    const buffer = Buffer.from(bytes);
    for (let at = 0; at < buffer.length;) {
      const head = buffer.readUInt32LE(at + 4), body = buffer.readUInt32LE(at + 8);
      const entry = JSON.parse(buffer.toString('utf8', at + 24, at + 24 + head));
      const rest = buffer.subarray(at + 24 + head, at + 24 + head + body);
      const erased = buffer[at + 20] === 0x45;
      if (entry.seq === seq) return { ...entry, payload: erased ? null : JSON.parse(rest.subarray(16).toString()), salt: erased ? null : rest.subarray(0, 16).toString('hex') };
      at += 24 + head + body;
    }
  }
  throw new Error(`no entry ${seq}`);
}
