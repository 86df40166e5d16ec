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

import { city, dataOf, segmentName, write } from './city.mjs';
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

/** The page; `script` runs before its own. */
async function open(script) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  if (script) await page.addInitScript(script);
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
  await page.waitForSelector('#consistent li');
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

/** A city of three sites on the disk; `change(files)` is told its Map path -> bytes before. */
function cityAt(name, change = () => {}) {
  const files = dataOf(city());
  change(files);
  write(path.join(data, name), files);
  return path.join(data, name, 'D');
}
const place = (site) => `D/${site}/journal/${segmentName(1)}`;

test('the page in a browser: a city whose sites agree, one that is gone, a good copy beside a changed journal', async () => {
  const { page, errors, close } = await open();
  const whole = await verifyFolder(page, cityAt('city'));
  assert.equal(whole.holds, 'true', whole.lines);
  assert.match(whole.lines, /all of it holds$/);
  assert.equal(await page.innerText('#state'), 'It holds.');

  const gone = await verifyFolder(page, cityAt('gone', (files) => { for (const name of [...files.keys()]) if (name.startsWith('D/11440/')) files.delete(name); }));
  assert.equal(gone.holds, 'false', gone.lines);
  assert.match(gone.lines, /FAULT site 11440: its journal is gone; 2 checkpoints of it are held by others/);

  const twins = await verifyFolder(page, cityAt('twins', (files) => {
    const good = files.get(place('11440')), bad = Buffer.from(good);
    bad[400] ^= 1;
    files.set(place('11440'), bad).set(place('11440').replace('D/', 'D/old/'), good);
  }));
  assert.equal(twins.holds, 'false', twins.lines);
  assert.match(twins.lines, /FAULT D\/old\/11440\/journal holds a journal that is none of a site here and was not read/);
  assert.match(twins.lines, /FAULT site 11440: segment/);

  const part = await verifyFolder(page, cityAt('part', (files) => { for (const name of [...files.keys()]) if (!name.startsWith('D/11000/')) files.delete(name); }));
  assert.equal(part.holds, 'true', part.lines);
  assert.match(part.lines, /what is here holds; not here, and so not compared: site 11440, site 11680$/);
  assert.equal(await page.innerText('#state'), 'What is here holds.');
  assert.deepEqual(errors, []);
  await close();
});

test('the page in a browser: links below the folder that was picked', async () => {
  const back = cityAt('back'), disk = cityAt('disk'), { page, errors, close } = await open();
  fs.symlinkSync('.', path.join(back, 'loop'));
  const round = await verifyFolder(page, back);
  assert.equal(round.holds, 'true', round.lines);
  // A browser may keep what lies behind a link to itself: then the page says how to go on, and nothing is passed over in silence.
  fs.renameSync(path.join(disk, '11440'), path.join(disk, '../11440'));
  fs.symlinkSync('../11440', path.join(disk, '11440'));
  const behind = await verifyFolder(page, disk);
  if (behind.holds !== 'true') {
    assert.match(behind.lines, /FAULT site 11440: its journal is gone/);
    assert.match(behind.lines, /symbolic link: where a folder is one, pick a copy that `cp -rL` made, or use `bongsu verify`/);
  }
  assert.deepEqual(errors, []);
  await close();
});

test('the page in a browser: a file that changed after it was picked is named', async () => {
  const folder = cityAt('running'), { page, errors, close } = await open();
  await page.setInputFiles('#folder', folder);
  fs.appendFileSync(path.join(folder, '11440/journal', segmentName(1)), 'BJ1');
  await page.click('#verify');
  await page.waitForFunction(() => document.body.dataset.holds !== undefined);
  const found = await page.innerText('#lines');
  assert.match(found, /NOT READ site 11440: D\/11440\/journal\/0{19}1\.bj: it changed or went away after it was picked \(NotReadableError\): a running city writes it/);
  assert.doesNotMatch(found, /FAULT|cut off|all of it holds/);
  assert.equal(await page.innerText('#state'), 'It was not read whole.');
  assert.deepEqual(errors, []);
  await close();
});

test('the page in a browser that has no Ed25519: the same is found', async () => {
  const forged = (files) => files.set('D/11440/keys/checkpoint.pub', Buffer.from(`11440-c1 ${'ab'.repeat(32)}\n`));
  const folders = [cityAt('own'), cityAt('own-forged', forged)], said = [];
  for (const script of [undefined, () => { SubtleCrypto.prototype.importKey = async () => { throw new DOMException('no such algorithm', 'NotSupportedError'); }; }]) {
    const { page, errors, close } = await open(script);
    assert.equal(await page.evaluate(async () => await BongsuVerify.engineOf() === null), script !== undefined);
    for (const folder of folders) said.push((await verifyFolder(page, folder)).lines.replaceAll(/last digest .*/g, ''));
    assert.deepEqual(errors, []);
    await close();
  }
  assert.match(said[0], /all of it holds$/);
  assert.match(said[1], /has a forged signature/);
  assert.deepEqual(said.slice(2), said.slice(0, 2));
});

test('the page in a browser: what is given by hand, right and wrong', async () => {
  const sites = city(), folder = path.join(data, 'hand', 'D'), { page, errors, close } = await open();
  write(path.join(data, 'hand'), dataOf(sites));
  const file = (name, text) => { fs.writeFileSync(path.join(data, name), text); return path.join(data, name); };
  const state = () => page.innerText('#state');

  await page.click('#verify');
  await page.waitForFunction(() => document.body.dataset.holds !== undefined);
  assert.equal(await state(), 'This cannot be used: no folder was picked');
  const number = await verifyFolder(page, folder, file('five.json', '{"items": 5}'));
  assert.equal(number.holds, 'false');
  assert.match(number.lines, /FAULT what you brought cannot be used: five\.json: its "items" is a number, no list with checkpoints/);
  await verifyFolder(page, folder, file('cut.json', '{"items": ['));
  assert.match(await state(), /^This cannot be used: cut\.json is not JSON: /);
  assert.ok(await page.isHidden('#questions'), 'questions are asked of what was read');

  const checkpoint = { ...sites[1].checkpoint(12), publicKey: sites[1].key };
  const kept = await verifyFolder(page, folder, file('kept-12.json', JSON.stringify({ items: [checkpoint], next: null })));
  assert.match(kept.lines, /site 11440: 3 checkpoints held elsewhere agree, up to entry 12/);

  const entry = entryOf([[segmentName(1), sites[1].bytes]], 3);
  await page.setInputFiles('[data-into=entry]', file('entries.json', JSON.stringify({ items: [entry, { ...entry, actor: 'user:other' }] })));
  await page.waitForFunction(() => document.getElementById('entry').value !== '');
  await page.click('#include');
  await page.waitForSelector('#included li');
  assert.match(await page.innerText('#included'), /^site 11440: entry 3 is in the journal; confirmed by a checkpoint kept elsewhere, which agrees up to entry 12\nFAULT its digest is not that of its fields$/);

  await page.setInputFiles('[data-into=first]', file('first.json', JSON.stringify(sites[1].checkpoint(4))));
  await page.setInputFiles('[data-into=second]', file('second.json', JSON.stringify({ items: [checkpoint], next: null })));
  await page.waitForFunction(() => document.getElementById('first').value !== '' && document.getElementById('second').value !== '');
  const consistent = async (change = {}) => {
    for (const [id, text] of Object.entries(change)) await page.fill(`#${id}`, text);
    await page.evaluate(() => document.getElementById('consistent').replaceChildren());
    await page.click('#consist');
    await page.waitForSelector('#consistent li');
    return page.innerText('#consistent');
  };
  assert.match(await consistent(), /site 11440: the chain leads from entry 4 to entry 12: nothing between/);
  assert.equal(await consistent({ first: '{"items": 5}' }), 'FAULT this cannot be used: the first checkpoint: its "items" is a number, no list with checkpoints');
  assert.equal(await consistent({ first: '' }), 'FAULT this cannot be used: the first checkpoint is empty');
  assert.match(await consistent({ first: '{' }), /^FAULT this cannot be used: the first checkpoint is not JSON: /);
  assert.equal(await consistent({ first: JSON.stringify({ ...sites[1].checkpoint(4), signature: sites[1].checkpoint(5).signature }) }), 'FAULT the checkpoint of entry 4 has a forged signature');
  assert.equal(await consistent({ first: JSON.stringify({ ...sites[1].checkpoint(4), site: '26000' }) }), 'FAULT the checkpoints speak of site 26000, which is not here');

  await verifyFolder(page, folder);
  assert.equal(await page.innerText('#consistent') + await page.innerText('#included'), '', 'answers of another reading are gone');
  const figures = await page.innerText('#statistics');
  assert.match(figures, /Site 11440: the 14 entries that hold/);
  assert.match(figures, /checkpoint\.held\s+2/);
  assert.deepEqual(errors, []);
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
