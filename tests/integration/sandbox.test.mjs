// What holds the processes that read hostile bytes: /ready says it, the kernel says the same, and they do their work in it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';

import { City, camerasLive, hongdae, request, seoulForest, until } from './city.mjs';

let city, operator;

before(async () => {
  city = await City.start();
  operator = await city.login('operator1');
  await city.ready();
}, { timeout: 240000 });

after(() => city?.stop());

const sites = ['11000', '11200', '11440', '11650'];
const readyOf = async (site) => (await request(city.site(site).media, 'GET', '/ready')).json;
const logOf = (site) => fs.readFileSync(`${city.data}/city/log/media-${site}.log`, 'utf8');

/** Seccomp and NoNewPrivs of each thread of a process, as the kernel tells them. */
function threadsOf(pid) {
  return fs.readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = fs.readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return ['Seccomp', 'NoNewPrivs'].map((name) => new RegExp(`^${name}:\\s+(\\d)`, 'm').exec(status)[1]).join();
  });
}

test('each media process says which layers hold it, and what is missing in words', async () => {
  for (const site of sites) {
    const { sandbox, sandboxMissing } = await readyOf(site);
    assert.ok(sandbox.includes('seccomp'), `${site}: ${sandboxMissing}`);
    // A kernel without Landlock is no fault of ours, but it is said, here and in the log.
    if (!sandbox.some((layer) => /^landlock:[1-9]\d*$/.test(layer))) {
      assert.match(sandboxMissing.join(), /^landlock: /);
      assert.match(logOf(site), /media\.sandbox_missing/);
    }
  }
});

test('the kernel knows of it for each of their threads', () => {
  for (const site of sites) {
    const threads = threadsOf(city.pid(`media ${site}`));
    assert.ok(threads.length > 1, 'the disk has a thread of its own');
    assert.deepEqual([...new Set(threads)], ['2,1']);
  }
});

test('so it does for the decoders and the transcoders, which have nothing else either', () => {
  for (const site of sites) {
    for (const role of ['decoder', 'transcoder']) {
      const pid = city.pid(`${role} ${site}`);
      assert.deepEqual(threadsOf(pid), ['2,1']);
      const open = fs.readdirSync(`/proc/${pid}/fd`)
        .map((fd) => { try { return fs.readlinkSync(`/proc/${pid}/fd/${fd}`); } catch { return ''; } })
        .filter((target) => target !== '/dev/null' && !target.endsWith(`${role}-${site}.log`));
      assert.ok(open.length <= 2 && open.every((target) => target.startsWith('socket:')), `its socket and media's connection: ${open}`);
    }
  }
});

test('cameras are pulled within it, also by the relay of another site', async () => {
  await camerasLive(operator, seoulForest);
  await camerasLive(operator, hongdae);
});

test('a process that dies of a forbidden call is back', async () => {
  const pid = city.pid('media 11440');
  process.kill(pid, 'SIGSYS');
  await until('another one serves', async () => city.pid('media 11440') !== pid && (await readyOf('11440')).ready, { within: 5000 });
  assert.match(city.errors, /"child":"media 11440","pid":"\d+","signal":"31"/, 'and the supervisor says of what it died');
  await camerasLive(operator, hongdae);
});

test('nothing that they did on the way was forbidden', () => {
  for (const site of sites) assert.doesNotMatch(logOf(site), /sandbox\.forbidden_call/);
});
