// What the real processes answer whoever has no session: at every address of the description and of the desk, at the centre, at
// a district and at media, with whatever a browser would send by itself. No cookie and no foreign page opens anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { City, request } from './city.mjs';

let city, token, accounts, description, cells = 0;

before(async () => {
  city = await City.start();
  const operator = await city.login('operator1');
  token = operator.token;
  accounts = city.accounts;
  assert.ok(accounts.length > 10 && accounts.every(({ user, name, password }) => user && name && password));
  description = (await request(city.port, 'GET', '/api/openapi.json')).json;
}, { timeout: 240000 });

after(async () => {
  console.log(`${cells} cells`);
  await city?.stop();
});

const evil = { Origin: 'https://evil.example', Referer: 'https://evil.example/x', 'Sec-Fetch-Site': 'cross-site' };

/** Everything that is no session: by name, its headers and what it adds to the question. */
function disguises() {
  return {
    nothing: [{}, ''],
    'a cookie': [{ Cookie: `token=${token}; Authorization=Bearer ${token}` }, ''],
    'a cookie from a foreign page': [{ ...evil, Cookie: `token=${token}` }, ''],
    'a foreign page': [evil, ''],
    'a desk\'s page without a token': [{ Origin: `http://127.0.0.1:${city.port}` }, ''],
    Basic: [{ Authorization: `Basic ${Buffer.from(`operator1:${token}`).toString('base64')}` }, ''],
    'a token in the question': [{}, `?token=${token}&access_token=${token}`],
    'a forged token': [{ Authorization: `Bearer ${'A'.repeat(43)}` }, ''],
  };
}

const open = new Set(['GET /health', 'GET /ready', 'GET /metrics', 'GET /api/openapi.json', 'GET /map/base.json']);
const isMedia = (target) => /^\/(whep|hls|fmp4|snapshot)\b/.test(target);
const filled = (target) => target.replaceAll('{camera}', '11000-0001').replaceAll(/\{[a-z]+\}/gi, '01K0000000000000000000000Z');

function* routes() {
  for (const [target, methods] of Object.entries(description.paths)) {
    for (const method of Object.keys(methods)) yield { name: `${method.toUpperCase()} ${target}`, method: method.toUpperCase(), target: filled(target) };
  }
}

/** Nothing that lets another page read it or that a browser would send by itself next time; no word of a person. */
function assertClosed(answer, what) {
  assert.equal(answer.headers['set-cookie'], undefined, what);
  assert.equal(answer.headers['access-control-allow-origin'], undefined, what);
  assert.equal(answer.headers['access-control-allow-credentials'], undefined, what);
  assert.ok(!answer.text.includes(token), `${what}: says the token again`);
  for (const { user, name, password, apiKey } of accounts) {
    for (const word of [name, password, apiKey]) if (word) assert.ok(!answer.text.includes(word), `${what}: tells ${user}'s ${word === name ? 'name' : 'secret'}`);
  }
}

test('no address of the API opens to whoever has no session, at the centre and at a district', async () => {
  for (const [where, port] of [['the centre', city.port], ['a district', city.port + 100]]) {
    for (const { name, method, target } of routes()) {
      if (isMedia(target)) continue;
      for (const [as, [headers, query]] of Object.entries(disguises())) {
        ++cells;
        const body = method === 'GET' || method === 'DELETE' ? undefined : '{}';
        const answer = await request(port, method, target + query, { headers: { ...headers, ...(body ? { 'Content-Type': 'application/json' } : {}) }, body });
        const what = `${name} at ${where} with ${as}: ${answer.status}`;
        if (open.has(name)) assert.ok(answer.status === 200 || answer.status === 503 || answer.status === 404, what);
        else if (name === 'POST /api/v1/login') assert.equal(answer.status, 400, what);
        else if (name === 'GET /api/v1/stream') assert.equal(answer.status, 426, what);
        // The partners' doors answer in their own form: 200 with a code of theirs for what is no message.
        else if (target === '/api/getAuth.json') assert.ok(answer.json.result !== '0', what);
        else assert.equal(answer.status, 401, what);
        if (name !== 'GET /api/openapi.json') assertClosed(answer, what);
      }
    }
  }
}, { timeout: 120000 });

test('a session of the centre is none at a district', async () => {
  for (const { name, method, target } of routes()) {
    if (isMedia(target) || open.has(name) || method !== 'GET' || target === '/api/v1/stream') continue;
    ++cells;
    assert.equal((await request(city.port + 100, 'GET', target, { headers: { Authorization: `Bearer ${token}` } })).status, 401, name);
  }
});

test('the desk\'s files, the map and the description are the same for everybody, and nothing lies beside them', async () => {
  const page = (await request(city.port, 'GET', '/')).text;
  const assets = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]);
  for (const target of ['/', '/api/openapi.json', '/map/base.json', ...assets]) {
    const plain = await request(city.port, 'GET', target);
    assert.equal(plain.status, 200, target);
    for (const [as, [headers]] of Object.entries({ ...disguises(), 'a session': [{ Authorization: `Bearer ${token}` }] })) {
      ++cells;
      const answer = await request(city.port, 'GET', target, { headers });
      assert.equal(answer.text, plain.text, `${target} with ${as}`);
      assert.equal(answer.headers['set-cookie'], undefined);
      assert.equal(answer.headers['access-control-allow-origin'], undefined, `${target} with ${as}`);
    }
  }
  for (const target of ['/../identity.db', '/assets/../../identity.db', '/assets/%2e%2e/%2e%2e/identity.db', '/map/../keys/ticket.key', '/map/14/1/1.pbf', '/demo-accounts.json', '/api/v1/../../demo-accounts.json', '/.env']) {
    ++cells;
    const answer = await request(city.port, 'GET', target);
    assert.ok([400, 401, 404].includes(answer.status), `${target}: ${answer.status}`);
    assertClosed(answer, target);
  }
});

test('the figures and the pulse name no person', async () => {
  for (const target of ['/metrics', '/ready', '/health']) {
    for (const port of [city.port, city.port + 1, city.port + 100]) {
      ++cells;
      assertClosed(await request(port, 'GET', target), `${target} at ${port}`);
    }
  }
});

test('media opens nothing without a ticket, and nothing at all to a foreign page', async () => {
  const ways = [['POST', '/whep/11000-0001'], ['GET', '/hls/11000-0001/index.m3u8'], ['GET', '/snapshot/11000-0001.jpg'], ['GET', '/hls/view/0-AAAAAAAAAAAAAAAAAAAAAA/media.m3u8']];
  for (const port of [city.port + 1, city.port + 101]) {
    for (const [method, target] of ways) {
      for (const [as, [headers, query]] of Object.entries({ ...disguises(), 'a session': [{ Authorization: `Bearer ${token}` }, ''] })) {
        ++cells;
        const answer = await request(port, method, target + query.replaceAll('token=', 'ticket='), { headers: { ...headers, ...(method === 'POST' ? { 'Content-Type': 'application/sdp' } : {}) }, body: method === 'POST' ? 'v=0\r\n' : undefined });
        const what = `${method} ${target} at ${port} with ${as}: ${answer.status}`;
        const isForeign = headers.Origin === evil.Origin;
        assert.ok(isForeign ? answer.status === 403 : [400, 401, 404, 410].includes(answer.status), what);
        assert.notEqual(answer.headers['access-control-allow-origin'], evil.Origin, what);
        assert.equal(answer.headers['access-control-allow-credentials'], undefined, what);
        assert.equal(answer.headers['set-cookie'], undefined, what);
      }
    }
  }
});
