// docs/verify over whole DATA folders: which sites are judged, what is said of one that is not there, files that a running city
// writes meanwhile, and what a person brings.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Site, city, dataOf, filesOf, segmentName } from './city.mjs';
import { loadVerifier } from './verifier.mjs';

const verify = loadVerifier();
const journalOf = (name) => `D/${name}/journal/${segmentName(1)}`;

async function judged(data, kept = []) {
  const found = await verify.verifyFiles(filesOf(data), kept);
  return { ...found, text: found.lines.join('\n'), last: found.lines.at(-1) };
}

/** The same bytes with one of them flipped. */
function flipped(bytes, at) {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
}

test('sites that agree hold, with a list of sites and without', async () => {
  for (const data of [dataOf(city()), dataOf(city(), null)]) {
    const { holds, isWhole, sites, text, last } = await judged(data);
    assert.ok(holds && isWhole, text);
    assert.equal(last, 'all of it holds');
    assert.equal(sites.length, 3);
    for (const name of ['11000', '11440', '11680']) assert.match(text, new RegExp(`site ${name}: 2 checkpoints held elsewhere agree, up to entry 10`));
  }
});

test('a good copy does not stand for a changed journal of the same name, nor a good journal for a changed copy', async () => {
  const sites = city(), data = dataOf(sites), good = sites[1].bytes, bad = flipped(good, 400);
  for (const [here, old] of [[bad, good], [good, bad], [good, good]]) {
    for (const [folder, bytes] of [['D/11440', here], ['D/old/11440', old]]) {
      data.set(`${folder}/journal/${segmentName(1)}`, bytes);
      data.set(`${folder}/keys/checkpoint.pub`, Buffer.from(sites[1].keyLine));
    }
    const { holds, sites: seen, text } = await judged(data);
    assert.equal(holds, false, text);
    assert.equal(seen.length, 3);
    assert.match(text, /FAULT D\/old\/11440\/journal holds a journal that is none of a site here and was not read/);
    assert.equal(text.includes(`FAULT site 11440: segment ${segmentName(1)} offset 0 entry 1:`), here === bad, text);
    assert.equal(text.includes('site 11440: 2 checkpoints held elsewhere agree'), here === good, text);
  }
});

/** DATA without anything of one site. */
function without(data, name) {
  for (const path of [...data.keys()]) if (path.startsWith(`D/${name}/`)) data.delete(path);
  return data;
}

test('a site that the list names and whose folder is gone is a fault, also when the list was shortened', async () => {
  for (const joined of [['11000', '11440', '11680'], ['11000', '11680']]) {
    const { holds, text, last } = await judged(without(dataOf(city(), joined), '11440'));
    assert.equal(holds, false, text);
    assert.match(text, /FAULT site 11440: its journal is gone; 2 checkpoints of it are held by others/);
    assert.equal(last, 'IT DOES NOT HOLD');
  }
  // A site that never was is no reason; one that is listed and not joined is none either.
  const data = dataOf(city());
  data.set('D/city/sites.json', Buffer.from(JSON.stringify({ centre: '11000', sites: [...['11000', '11440', '11680'].map((id) => ({ id, joined: true })), { id: '26000', joined: false }] })));
  assert.ok((await judged(data)).holds);
});

test('a listed site whose journal lies elsewhere is gone from its place', async () => {
  const sites = city(), data = without(dataOf(sites), '11440');
  data.set(`D/old/11440/journal/${segmentName(1)}`, sites[1].bytes);
  data.set('D/old/11440/keys/checkpoint.pub', Buffer.from(sites[1].keyLine));
  const { holds, text } = await judged(data);
  assert.equal(holds, false, text);
  assert.match(text, /FAULT site 11440: its journal is gone; 2 checkpoints of it are held by others$/m);
  assert.match(text, /FAULT D\/old\/11440\/journal holds a journal that is none of a site here/);
});

test('the list of sites itself gone, or none: a fault of its own', async () => {
  const data = without(dataOf(city()), '11440');
  data.delete('D/city/sites.json');
  assert.match((await judged(data)).text, /FAULT D\/city\/sites\.json is not here/);
  for (const list of ['', '{}', '{"centre":"11000","sites":5}', '{"centre":"x","sites":[{"id":"11000","joined":true}]}', '\ufeff{"centre":"11000","sites":[]}']) {
    const other = dataOf(city());
    other.set('D/city/sites.json', Buffer.from(list));
    const { holds, text } = await judged(other);
    assert.equal(holds, false, list);
    assert.match(text, /FAULT D\/city\/sites\.json is not readable/);
  }
  const newer = dataOf(city()).set('D/FORMAT', Buffer.from('2\n'));
  assert.match((await judged(newer)).text, /FAULT D\/FORMAT names the format 2, and this page knows format 1/);
  const unnamed = dataOf(city());
  unnamed.delete('D/FORMAT');
  const { holds, text } = await judged(unnamed);
  assert.equal(holds, false, text);
  assert.match(text, /FAULT D\/FORMAT is not here, and D\/city\/sites\.json says that this is a city's DATA/);
});

test('without a list a site that is not here is named in the last line; one that left something is gone', async () => {
  const data = without(dataOf(city(), null), '11440');
  const { holds, isWhole, text, last } = await judged(data);
  assert.ok(holds && !isWhole, text);
  assert.match(text, /site 11440 is not here: 2 checkpoints of it were not compared/);
  assert.equal(last, 'what is here holds; not here, and so not compared: site 11440');

  data.set('D/11440/contract.toml', Buffer.from(''));
  const left = await judged(data);
  assert.equal(left.holds, false, left.text);
  assert.match(left.text, /FAULT site 11440: its journal is gone; 2 checkpoints/);
});

test('a journal folder picked by itself is named by its first entry', async () => {
  const site = city()[1];
  const { holds, text, last } = await judged(new Map([[`journal/${segmentName(1)}`, site.bytes]]), [{ name: 'kept.json', value: { ...site.checkpoint(12), publicKey: site.key } }]);
  assert.ok(holds, text);
  assert.match(text, /site 11440: 1 checkpoints held elsewhere agree, up to entry 12/);
  assert.match(last, /not here, and so not compared: site 11000, site 11680/);
});

test('a city that writes while its files are read: no tail is called cut off', async () => {
  const sites = city(), data = dataOf(sites);
  // Each reading of a file lets every site go on, and all the others keep its newest checkpoint, as a running city does.
  const files = filesOf(data).map((file) => ({ ...file, bytes: async () => {
    const site = sites.find(({ name }) => file.path === journalOf(name));
    const read = site ? new Uint8Array(site.bytes) : new Uint8Array(data.get(file.path));
    for (const one of sites) {
      one.fill(one.records.length + 3);
      for (const other of sites) if (other !== one) other.hold(one.checkpoint());
    }
    return read;
  } }));
  const { holds, lines } = await verify.verifyFiles(files);
  assert.ok(holds, lines.join('\n'));
  assert.match(lines.join('\n'), /site 11000: \d+ newer checkpoints of it were written while this was read; they were not compared/);
  // What was there when they were listed is compared all the same: a tail that is cut off before is found.
  const cutThere = Buffer.concat(sites[0].records.slice(0, 9));
  const cut = await verify.verifyFiles(files.map((file) => (file.path === journalOf('11000') ? { ...file, size: cutThere.length, bytes: async () => new Uint8Array(cutThere) } : file)));
  assert.match(cut.lines.join('\n'), /FAULT site 11000: the tail is cut off: entry \d+ and all after it are missing/);
});

test('a file that changed after it was picked is named, and nothing is called cut off for it', async () => {
  const sites = city();
  for (const broken of ['11000', '11440', '11680']) {
    const files = filesOf(dataOf(sites)).map((file) => (file.path !== journalOf(broken) ? file : {
      ...file, bytes: async () => { throw Object.assign(new Error('The requested file could not be read'), { name: 'NotReadableError' }); },
    }));
    const { holds, isWhole, lines } = await verify.verifyFiles(files);
    const text = lines.join('\n');
    assert.ok(!holds && !isWhole, text);
    assert.doesNotMatch(text, /FAULT|cut off/);
    assert.ok(text.includes(`NOT READ site ${broken}: ${journalOf(broken)}: it changed or went away after it was picked (NotReadableError)`), text);
    assert.equal(lines.at(-1), 'IT WAS NOT READ WHOLE: nothing is said of what was not read');
  }
});

test('what cannot be read does not hide what does not hold', async () => {
  const sites = city(), data = dataOf(sites);
  data.set(journalOf('11440'), flipped(sites[1].bytes, 400));
  data.set(`D/11440/journal/${segmentName(99)}`, Buffer.from('x'));
  const files = filesOf(data).map((file) => (file.path.endsWith(segmentName(99)) ? { ...file, bytes: async () => { throw new Error('away'); } } : file));
  const { holds, lines } = await verify.verifyFiles(files);
  assert.equal(holds, false);
  assert.match(lines.join('\n'), /FAULT site 11440: segment 00000000000000000001\.bj offset 0 entry 1/);
});

test('an adversary with the disk: a cut tail, a journal written anew, the key beside it too', async () => {
  const sites = city(), data = dataOf(sites);
  data.set(journalOf('11440'), Buffer.concat(sites[1].records.slice(0, 5)));
  assert.match((await judged(data)).text, /FAULT site 11440: the tail is cut off: entry 6 /);

  const anew = new Site('11440', Date.UTC(2026, 10, 28)).fill(20);
  data.set(journalOf('11440'), anew.bytes);
  assert.match((await judged(data)).text, /FAULT site 11440: history was rewritten/);
  data.set('D/11440/keys/checkpoint.pub', Buffer.from(anew.keyLine));
  assert.match((await judged(data)).text, /FAULT site 11440: checkpoint of entry 10 held by site 11000 entry \d+ has a forged signature/);
});

test('keys/checkpoint.pub is read as the program reads it', () => {
  const bytes = (text) => new TextEncoder().encode(text), key = 'AB'.repeat(32);
  assert.deepEqual(verify.keysOf(bytes(`c1 ${key}\nc2\t${key}\r\n`)), { c1: key.toLowerCase(), c2: key.toLowerCase() });
  for (const bad of ['', '\n', `c1 ${key}\nc1 ${key}\n`, `c1 ${key}\n\nc2 ${key}\n`, `c1 ${key} x\n`, `c1 ${key.slice(1)}\n`, `c1\u00a0${key}\n`, `${'c'.repeat(4100)} ${key}`]) {
    assert.equal(typeof verify.keysOf(bytes(bad)), 'string', JSON.stringify(bad));
  }
  assert.deepEqual(Object.keys(verify.keysOf(bytes(`\ufeffc1 ${key}\n`))), ['\ufeffc1'], 'a BOM is part of the name, and no checkpoint has that name');
});

test('what a person brings is named when it cannot be used, and does not hide the good ones', async () => {
  const [centre] = city(), data = dataOf(city().slice(0, 1), null);
  const good = centre.checkpoint(10);
  const wrong = [
    [{ items: 5 }, 'kept.json: its "items" is a number, no list with checkpoints'],
    [{ items: [] }, 'kept.json holds no checkpoint'],
    [null, 'kept.json: its checkpoint: is null'],
    ['x', 'kept.json: its checkpoint: is a string'],
    [[good, 7], 'kept.json: checkpoint 2 of 2: is a number'],
    [{ ...good, seq: '10' }, 'kept.json: its checkpoint: seq is missing'],
    [{ ...good, time: '2026-02-31T00:00:00.000000Z' }, 'kept.json: its checkpoint: time is none, or not in the form'],
    [{ ...good, time: '2026-99-01T00:00:00.000000Z' }, 'kept.json: its checkpoint: time is none, or not in the form'],
    [{ ...good, signature: ` ${good.signature}` }, 'kept.json: its checkpoint: signature is no base 64 of 64 bytes'],
    [{ ...good, signature: good.signature.replace(/=+$/, '') }, 'kept.json: its checkpoint: signature is no base 64 of 64 bytes'],
    [{ ...good, publicKey: 'ab' }, 'kept.json: its checkpoint: publicKey is not 64 letters of hex'],
  ];
  for (const [value, words] of wrong) {
    const { holds, text } = await judged(data, [{ name: 'kept.json', value }]);
    assert.equal(holds, false, words);
    assert.ok(text.includes(`FAULT what you brought cannot be used: ${words}`), `${words}: ${text}`);
  }
  assert.throws(() => verify.jsonOf('kept.json', '{'), /kept\.json is not JSON/);
  assert.throws(() => verify.jsonOf('kept.json', '\n'), /kept\.json is empty/);
  assert.deepEqual(verify.jsonOf('kept.json', '\ufeff{"items":[]}'), { items: [] });

  const site = city()[0], cut = dataOf([site], null);
  cut.set(journalOf('11000'), Buffer.concat(site.records.slice(0, 5)));
  const { text } = await judged(cut, [{ name: 'kept.json', value: { items: [7, site.checkpoint(10)] } }]);
  assert.match(text, /FAULT site 11000: the tail is cut off: entry 6 .*held by you/);
});

test('inclusion: an entry with its contents, one that lost them, and ones that are none', async () => {
  const site = new Site('11440').fill(6).erase([2]);
  const walk = new verify.JournalWalk();
  walk.segment(segmentName(1), new Uint8Array(site.bytes), true);
  assert.equal(walk.finish().problem, null);
  const entry = (seq) => {
    const record = site.records[seq - 1], head = record.readUInt32LE(4), body = record.subarray(24 + head);
    return { ...JSON.parse(record.subarray(24, 24 + head)), payload: JSON.parse(body.subarray(16)), salt: body.subarray(0, 16).toString('hex') };
  };
  assert.match(verify.inclusion(walk, entry(3), 5).what, /^entry 3 is in the journal; confirmed by a checkpoint kept elsewhere, which agrees up to entry 5$/);
  assert.match(verify.inclusion(walk, entry(6), 5).what, /younger than the last checkpoint kept elsewhere/);
  assert.match(verify.inclusion(walk, { ...entry(3), payload: null, salt: null }, 5).what, /it came without its contents: nothing is said of them/);
  for (const [changed, words] of [
    [{ ...entry(3), payload: { n: 1 } }, 'its payload is not the one that was recorded'],
    [{ ...entry(3), actor: 'user:other' }, 'its digest is not that of its fields'],
    [{ ...entry(3), salt: 'ab' }, 'its salt has not 16 bytes'],
    [{ ...entry(3), actor: '\ud800' }, 'this is no entry: a text holds half a surrogate pair'],
    [{ ...entry(3), payload: JSON.parse('['.repeat(40) + ']'.repeat(40)) }, 'this is no entry: JSON nests deeper than 32 levels'],
    [5, 'this is no entry: it has no seq'], [null, 'this is no entry: it has no seq'], [[], 'this is no entry: it has no seq'],
  ]) assert.deepEqual(verify.inclusion(walk, changed, 5), { holds: false, what: words });
});

test('consistency: the chain between two checkpoints, and who signed them', async () => {
  const site = new Site('11440').fill(12), other = new Site('11440').fill(3);
  const walk = new verify.JournalWalk();
  walk.segment(segmentName(1), new Uint8Array(site.bytes), true);
  walk.finish();
  const keys = { '11440-c1': site.key };
  assert.match((await verify.consistency(walk, site.checkpoint(10), site.checkpoint(4), keys)).what, /^the chain leads from entry 4 to entry 10: nothing between/);
  assert.match((await verify.consistency(walk, site.checkpoint(4), site.checkpoint(10))).what, /who signed them was not checked/);
  const no = async (first, second, words) => assert.deepEqual(await verify.consistency(walk, first, second, keys), { holds: false, what: words });
  await no(site.checkpoint(4), site.checkpoint(10, other.pair), 'the checkpoint of entry 10 has a forged signature');
  await no(site.checkpoint(4), { ...site.checkpoint(10), kid: 'x' }, 'the checkpoint of entry 10 is signed by a key that the site does not show');
  await no(site.checkpoint(4), { ...site.checkpoint(10), digest: '0'.repeat(64) }, 'entry 10 is not the one that was signed');
  await no(site.checkpoint(4), { ...site.checkpoint(10), seq: 99 }, 'the journal holds no entry 99');
  await no(site.checkpoint(4), { ...site.checkpoint(10), site: '11000' }, 'they speak of two sites');
});

test('figures count an erased entry by what its order left', () => {
  const site = new Site('11440').fill(6).erase([2, 4]), statistics = new verify.Statistics(), erased = new Set();
  statistics.isErased = (seq) => erased.has(seq);
  const walk = new verify.JournalWalk((entry) => { if (entry.erased) erased.add(entry.seq); statistics.add(entry); });
  walk.segment(segmentName(1), new Uint8Array(site.bytes), true);
  assert.equal(walk.finish().problem, null);
  const tables = Object.fromEntries(statistics.tables().map(({ title, rows }) => [title, Object.fromEntries(rows)]));
  assert.equal(tables['Incidents by type'].fall, 6);
  assert.equal(tables['Entries by kind']['incident.opened'], 6);
});

test('drills and tests are in no figure of incidents; what was said to be real after all is', () => {
  const site = new Site('11440').fill(2), statistics = new verify.Statistics();
  const opened = (incident) => site.append('incident.opened', { incident, state: 'new', type: 'fire', test: true });
  opened('D1').append('incident.acted', { incident: 'D1', to: 'closed', outcome: 'drill' });
  opened('T1').append('incident.changed', { incident: 'T1', to: 'received', real: true });
  const walk = new verify.JournalWalk((entry) => statistics.add(entry));
  walk.segment(segmentName(1), new Uint8Array(site.bytes), true);
  assert.equal(walk.finish().problem, null);
  const tables = Object.fromEntries(statistics.tables().map(({ title, rows }) => [title, Object.fromEntries(rows)]));
  assert.deepEqual(tables['Incidents by type'], { fall: 2, fire: 1 });
  assert.deepEqual(tables['Drills and tests by type'], { fire: 1 });
  assert.deepEqual(tables['Incidents by state'], { new: 2, received: 1 });
  assert.equal(tables['Closed with the outcome'], undefined);
});
