// What a person brings, before both verifiers: checkpoints and entries in the forms that editors and other programs leave them in.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { bothOf } from './both.mjs';
import { city, dataOf, partsOf, write } from './city.mjs';

const { folder, judged, remove } = bothOf();
after(remove);
const sites = city(), file = path.join(folder, 'kept.json');
write(folder, dataOf(sites));

const { head, body } = partsOf(sites[1].records[4]);
const entry = { ...JSON.parse(head), payload: JSON.parse(body.subarray(16)), salt: body.subarray(0, 16).toString('hex') };
const checkpoint = { ...sites[1].checkpoint(12), publicKey: sites[1].key };
const changed = (value, change) => JSON.stringify({ ...value, ...change });

/** [how it comes, its text, whether it holds, what both say of it]. */
const entries = [
  ['as it is', JSON.stringify(entry), true, /entry 5 is in the journal; confirmed by a checkpoint kept elsewhere, which agrees up to entry 10$/m],
  ['behind a BOM', `\ufeff${JSON.stringify(entry)}`, true, /entry 5 is in the journal/],
  ['with 5.0 for 5', JSON.stringify(entry).replace('"seq":5', '"seq":5.0'), true, /entry 5 is in the journal/],
  ['with 5e0 for 5', JSON.stringify(entry).replace('"seq":5', '"seq":5e0'), true, /entry 5 is in the journal/],
  ['with 5.5 for 5', JSON.stringify(entry).replace('"seq":5', '"seq":5.5'), false, /seq/],
  ['without its contents', changed(entry, { payload: null, salt: null }), true, /entry 5 is in the journal; confirmed .* up to entry 10; it came without its contents: nothing is said of them$/m],
  ['with another\'s contents', changed(entry, { payload: {} }), false, /its payload is not the one that was recorded/],
  ['with another\'s actor', changed(entry, { actor: 'user:other' }), false, /its digest is not that of its fields/],
];
for (const [name, text, holds, words] of entries) {
  test(`an entry ${name}: both say the same`, async () => {
    fs.writeFileSync(file, text);
    const { status, lines, page } = await judged('D', { entries: [file] });
    assert.equal(status === 0, holds, lines.join('\n'));
    assert.equal(page.holds, holds, page.lines.join('\n'));
    for (const said of [lines, page.lines]) assert.match(said.join('\n'), words);
  });
}

const agree = /site 11440: 3 checkpoints held elsewhere agree, up to entry 12/;
const checkpoints = [
  ['as it is', JSON.stringify(checkpoint), true, agree],
  ['behind a BOM', `\ufeff${JSON.stringify(checkpoint)}`, true, agree],
  ['with 12.0 for 12', JSON.stringify(checkpoint).replace('"seq":12', '"seq":12.0'), true, agree],
  ['with its time in lower case', changed(checkpoint, { time: checkpoint.time.toLowerCase() }), false, /checkpoint: time is (none, or )?not in the form YYYY-MM-DDTHH:MM:SS\.ssssssZ/],
  ['with its time of another zone', changed(checkpoint, { time: checkpoint.time.replace('Z', '+00:00') }), false, /checkpoint: time is (none, or )?not in the form/],
  ['with a digest in upper case', changed(checkpoint, { digest: checkpoint.digest.toUpperCase() }), false, /digest is not 64 letters of lower-case hex/],
  ['with its key in upper case', changed(checkpoint, { publicKey: sites[1].key.toUpperCase() }), true, agree],
  ['with another key', changed(checkpoint, { publicKey: 'ab'.repeat(32) }), false, /has a forged signature/],
  ['twice with two keys', JSON.stringify([checkpoint, { ...checkpoint, publicKey: 'ab'.repeat(32) }]), false, /publicKey .*is not the one that came before under the same kid/],
];
for (const [name, text, holds, words] of checkpoints) {
  test(`a checkpoint ${name}: both say the same`, async () => {
    fs.writeFileSync(file, text);
    const { status, lines, page } = await judged('D', { checkpoints: [file] });
    assert.equal(status === 0, holds, lines.join('\n'));
    assert.equal(page.holds, holds, page.lines.join('\n'));
    for (const said of [lines, page.lines]) assert.match(said.join('\n'), words);
  });
}
