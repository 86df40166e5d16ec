// Whole DATA folders on a disk, changed in what lies where: `bongsu verify` and docs/verify give one verdict and name the same places,
// in the same words where the words are about the journals.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { agreedOf, bothOf } from './both.mjs';
import { city, dataOf, mend, segmentName, write } from './city.mjs';

const { folder, judged, faultsOf, remove } = bothOf();
after(remove);

const place = (site, seq = 1) => `D/${site}/journal/${segmentName(seq)}`;
const at = (name) => path.join(folder, name);
const put = (name, bytes) => write(folder, [[name, Buffer.from(bytes)]]);
const copy = (from, to) => fs.cpSync(at(from), at(to), { recursive: true });
const move = (from, to) => { fs.mkdirSync(path.dirname(at(to)), { recursive: true }); fs.renameSync(at(from), at(to)); };
const link = (target, name) => fs.symlinkSync(target, at(name));
const sites = city();

function cleared(site, from) {
  return Buffer.concat(site.records.map((record, i) => {
    const bytes = Buffer.from(record);
    if (i + 1 >= from) bytes[21] = 0;
    return mend(bytes);
  }));
}

/** [what was changed, the change, the faults that both name and nothing else; none: it holds]. */
const changes = [
  ['nothing', () => {}, []],
  ['a copy of a journal in its site\'s folder', () => copy('D/11000/journal', 'D/11000/journal.bak'), ['D/11000/journal.bak holds a journal that is none of a site here']],
  ['a journal in a journal', () => copy(place('11000'), `D/11000/journal/journal/${segmentName(1)}`), ['D/11000/journal/journal holds a journal that is none of a site here']],
  ['a segment beside the keys', () => copy(place('11000'), 'D/11000/keys/x.bj'), ['D/11000/keys holds a journal that is none of a site here']],
  ['a segment in DATA itself', () => copy(place('11000'), `D/${segmentName(1)}`), ['D holds a journal that is none of a site here']],
  ['a folder named like a segment, with one', () => copy(place('11000'), `D/11000/journal/sub.bj/${segmentName(1)}`), ['D/11000/journal/sub.bj holds a journal that is none of a site here']],
  ['a site\'s folder kept in another folder', () => copy('D/11440', 'D/old/11440'), ['D/old/11440/journal holds a journal that is none of a site here']],
  ['a site\'s folder copied beside it', () => copy('D/11440', 'D/11440.old'), [
    'site 11440.old: its journal begins as that of site 11440: it is another\'s or a copy, and what it holds of others is not counted']],
  ['a journal kept as a site of its own', () => copy('D/11440/journal', 'D/lost+found/journal'), [
    'site lost+found: its journal begins as that of site 11440: it is another\'s or a copy, and what it holds of others is not counted']],
  ['a site\'s folder of another name', () => move('D/11440', 'D/11441'), ['site 11440: its journal is gone; 2 checkpoints of it are held by others',
    'site 11441: its journal begins as that of site 11440: it is another\'s or a copy, and what it holds of others is not counted']],
  ['a journal\'s folder gone', () => fs.rmSync(at('D/11440/journal'), { recursive: true }), ['site 11440: its journal is gone; 2 checkpoints of it are held by others']],
  ['a journal\'s segment gone', () => fs.rmSync(at(place('11440'))), ['site 11440: its journal is gone; 2 checkpoints of it are held by others']],
  ['a journal of no bytes', () => put(place('11440'), ''), ['site 11440: its journal is empty: a site that ever ran has entries',
    'site 11440: the tail is cut off: entry 1 and all after it are missing, but a checkpoint of entry 10 held by site 11000 entry 13 exists']],
  ['a folder too deep to be looked through', () => put(`D/11000/${'d/'.repeat(16)}x`, ''), [
    `D/11000/${'d/'.repeat(15)}d and what else is below D was not looked through for journals: more than 100000 folders, or deeper than 16`]],
  ['one kid twice, the right key last', () => put('D/11000/keys/checkpoint.pub', `11000-c1 ${'ab'.repeat(32)}\n${sites[0].keyLine}`), ['site 11000: its keys/checkpoint.pub holds the key 11000-c1 twice']],
  ['one kid twice, the right key first', () => put('D/11000/keys/checkpoint.pub', `${sites[0].keyLine}11000-c1 ${'ab'.repeat(32)}\n`), ['site 11000: its keys/checkpoint.pub holds the key 11000-c1 twice']],
  ['a line of keys that is none', () => put('D/11000/keys/checkpoint.pub', `${sites[0].keyLine}\n`), ['site 11000: its keys/checkpoint.pub holds no `<kid> <64 hex>` line']],
  ['no key', () => put('D/11000/keys/checkpoint.pub', ''), ['site 11000: its keys/checkpoint.pub holds no key']],
  ['more than keys', () => put('D/11000/keys/checkpoint.pub', sites[0].keyLine.repeat(60)), ['site 11000: its keys/checkpoint.pub holds more than 4096 bytes']],
  ['no file of keys', () => fs.rmSync(at('D/11000/keys/checkpoint.pub')), ['site 11000: its keys/checkpoint.pub is missing: no checkpoint of it can be checked']],
  ['a folder in the place of the keys', () => { fs.rmSync(at('D/11000/keys/checkpoint.pub')); put('D/11000/keys/checkpoint.pub/x', ''); }, ['site 11000: its keys/checkpoint.pub is missing: no checkpoint of it can be checked']],
  ['a site\'s folder on another disk', () => { move('D/11440', 'disk/a'); link('../disk/a', 'D/11440'); }, []],
  ['a journal\'s folder on another disk', () => { move('D/11440/journal', 'disk/b'); link('../../disk/b', 'D/11440/journal'); }, []],
  ['a changed journal on another disk', () => { move('D/11440', 'disk/c'); link('../disk/c', 'D/11440'); put(`disk/c/journal/${segmentName(1)}`, Buffer.concat(sites[1].records.slice(0, 5))); }, [
    'site 11440: the tail is cut off: entry 6 and all after it are missing, but a checkpoint of entry 10 held by site 11000 entry 13 exists']],
  ['a link to a disk that is not there', () => { move('D/11440', 'disk/d'); link('../disk/nowhere', 'D/11440'); }, ['site 11440: its journal is gone; 2 checkpoints of it are held by others']],
  ['a link to a journal elsewhere that is no site\'s', () => { copy('D/11440/journal', 'disk/e/x'); link('../../disk/e', 'D/11000/e'); }, ['D/11000/e/x holds a journal that is none of a site here']],
  ['a link to a site\'s copy', () => { copy('D/11440', 'disk/f'); link('../disk/f', 'D/11999'); }, [
    'site 11999: its journal begins as that of site 11440: it is another\'s or a copy, and what it holds of others is not counted']],
  ['one disk for two sites', () => { move('D/11440', 'disk/g'); fs.rmSync(at('D/11680'), { recursive: true }); link('../disk/g', 'D/11440'); link('../disk/g', 'D/11680'); }, [
    'site 11680: its journal is gone; 2 checkpoints of it are held by others']],
  ['a segment on another disk', () => { move(place('11440'), 'disk/h.bj'); link('../../../disk/h.bj', place('11440')); }, []],
  ['a link to nothing in a segment\'s place', () => { fs.rmSync(at(place('11440'))); link('nothing', place('11440')); }, ['site 11440: its journal is gone; 2 checkpoints of it are held by others']],
  ['a link as one more segment', () => link(segmentName(1), place('11440', 15)), [`site 11440: segment ${segmentName(15)} offset 0 entry 15: entry 1 stands in the place of entry 15`]],
  ['a link that leads back', () => link('.', 'D/loop'), []],
  ['a link that leads back from within', () => link('../..', 'D/11440/journal/loop'), []],
  ['a link to a site beside it', () => link('11440', 'D/0'), []],
  ['marks of the tail cleared', () => put(place('11440'), cleared(sites[1], 7)), [
    'site 11440: the tail is cut off: entry 7 and all after it are lost, those up to entry 14 being of a batch without its end, but a checkpoint of entry 10 held by site 11000 entry 13 exists']],
  ['all marks cleared', () => put(place('11440'), cleared(sites[1], 1)), ['site 11440: its journal is empty: a site that ever ran has entries',
    'site 11440: the tail is cut off: entry 1 and all after it are lost, those up to entry 14 being of a batch without its end, but a checkpoint of entry 10 held by site 11000 entry 13 exists']],
];

function fresh(joined) {
  for (const name of fs.readdirSync(folder)) fs.rmSync(at(name), { recursive: true, force: true });
  write(folder, dataOf(sites, joined));
}

for (const [name, change, faults] of changes) {
  test(`${name}: one verdict, the same place`, async () => {
    fresh();
    change();
    const { status, lines, page } = await judged();
    const said = `${lines.join('\n')}\n---\n${page.lines.join('\n')}`, wanted = faults.map((fault) => `FAULT ${fault}`).sort();
    assert.deepEqual(faultsOf(lines), wanted, said);
    assert.deepEqual(faultsOf(page.lines), wanted, said);
    assert.equal(status, faults.length === 0 ? 0 : 1, said);
    assert.equal(page.holds, faults.length === 0, said);
    assert.deepEqual(agreedOf(page.lines), agreedOf(lines), said);
  });
}

test('nobody is a holder but the sites themselves: a copy changes no count', async () => {
  for (const [name, change] of changes.filter(([each]) => /copy|copied|kept|in a journal|beside the keys/.test(each))) {
    fresh();
    change();
    const { lines, page } = await judged();
    for (const said of [lines, page.lines]) assert.deepEqual(agreedOf(said), ['11000', '11440', '11680'].map((site) => `${site} 2 10`), name);
  }
});

test('DATA whose FORMAT or list of sites is gone, or is none, holds for neither', async () => {
  for (const [name, change, words] of [
    ['no FORMAT', () => fs.rmSync(at('D/FORMAT')), /FORMAT/],
    ['another FORMAT', () => put('D/FORMAT', '2\n'), /format 2/],
    ['no list of sites', () => fs.rmSync(at('D/city/sites.json')), /city\/sites\.json/],
    ['no list in it', () => put('D/city/sites.json', '{'), /city\/sites\.json is not readable/],
  ]) {
    fresh();
    change();
    const { status, lines, page } = await judged();
    assert.notEqual(status, 0, name);
    assert.equal(page.holds, false, name);
    for (const said of [lines, page.lines]) assert.match(said.join('\n'), words, name);
  }
});

test('a copy of a few sites without a list, a site alone and a journal alone, through links too', async () => {
  fresh(null);
  move('D/11440', 'disk/11440');
  link('../disk/11440', 'D/11440');
  fs.rmSync(at('D/11680'), { recursive: true });
  const kept = at('kept.json');
  fs.writeFileSync(kept, JSON.stringify(sites[1].checkpoint(12)));
  for (const [name, checkpoints] of [['D', []], ['D/11440', [kept]], ['D/11000', []]]) {
    const { status, lines, page } = await judged(name, { checkpoints });
    assert.ok(status === 0 && page.holds, `${name}: ${lines.join('\n')}\n${page.lines.join('\n')}`);
  }
  move('disk/11440/journal', 'disk/j');
  link('../j', 'disk/11440/journal');
  fs.writeFileSync(kept, JSON.stringify({ ...sites[1].checkpoint(12), publicKey: sites[1].key }));
  for (const name of ['disk/11440', 'disk/11440/journal']) {
    const { status, lines, page } = await judged(name, { checkpoints: [kept] });
    assert.ok(status === 0 && page.holds, `${name}: ${lines.join('\n')}\n${page.lines.join('\n')}`);
    for (const said of [lines, page.lines]) assert.match(said.join('\n'), /site 11440: 1 checkpoints held elsewhere agree, up to entry 12/);
  }
});
