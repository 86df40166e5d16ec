// `bongsu onvif` against tests/onvif_camera.py.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = process.env.BONGSU_PROGRAM;
const script = join(dirname(fileURLToPath(import.meta.url)), '..', 'onvif_camera.py');
const folder = mkdtempSync(join(tmpdir(), 'bongsu-onvif-'));
after(() => rmSync(folder, { recursive: true }));
const password = 'p&ss<wörd>';
const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });

async function withCamera(options, use) {
  const camera = spawn('python3', [script, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => camera.once('exit', resolve));
  try {
    const lines = createInterface({ input: camera.stdout });
    const line = await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new Error('the camera did not start')));
    });
    await use(JSON.parse(line));
  } finally {
    camera.stdin.end();
    await ended;
  }
}

function bongsu(...words) {
  return new Promise((resolve) => {
    execFile(program, ['onvif', ...words], (error, stdout, stderr) => {
      assert.ok(!stdout.includes(password) && !stderr.includes(password), 'the password is shown');
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

const show = (port, ...words) => bongsu('show', `127.0.0.1:${port}`, '--network', '127.0.0.0/8', '--user', 'admin', '--password-file', passwordFile, ...words);

test('shows what a camera says of itself', async () => {
  await withCamera(['--clock', '-32400', '--inner', 'http://192.168.1.64'], async ({ http }) => {
    const { code, stdout } = await show(http);
    assert.equal(code, 0);
    const got = JSON.parse(stdout);
    assert.equal(got.model, 'Dome & Co');
    assert.equal(got.media, 'Media2');
    assert.equal(got.main.url, 'rtsp://127.0.0.1:8554/main');
    assert.equal(got.main.reason, 'the largest picture, 2560x1440 H.265');
    assert.equal(got.sub.url, 'rtsp://127.0.0.1:8554/sub');
    assert.equal(got.interfaces[0].mac, '00:00:5e:00:53:42');
    assert.ok(Math.abs(got.time.offsetMs + 32_400_000) < 3_000);
    assert.deepEqual(got.ptz.presets, [{ token: '1', name: '정문' }]);
    assert.equal(got.ptz.nodes[0].absolute.zoom, '0 to 1');
    assert.ok(got.notes.includes("the camera's clock is 9 h 0 min behind"));
    assert.ok(got.notes.some((note) => note.startsWith('the camera calls itself 192.168.1.64')));
  });
});

test('shows how far it came where the password is wrong', async () => {
  await withCamera(['--password', 'another'], async ({ http }) => {
    const { code, stdout } = await show(http);
    assert.equal(code, 1);
    const got = JSON.parse(stdout);
    assert.equal(got.failed.kind, 'unauthenticated');
    assert.equal(got.time.zone, 'KST-9');
  });
});

test('names the certificate that it does not trust, and takes it when it is told to', async () => {
  await withCamera(['--tls', '--auth', 'digest'], async ({ http, sha256 }) => {
    const address = ['show', `https://127.0.0.1:${http}`, '--network', '127.0.0.0/8', '--user', 'admin', '--password-file', passwordFile];
    const unknown = await bongsu(...address);
    assert.equal(unknown.code, 1);
    assert.ok(JSON.parse(unknown.stdout).failed.message.endsWith(sha256));
    const known = await bongsu(...address, '--tls-sha256', sha256);
    assert.equal(known.code, 0);
    assert.equal(JSON.parse(known.stdout).hostname, 'dome');
  });
});

test('probes', async () => {
  await withCamera([], async ({ udp, http }) => {
    const { code, stdout } = await bongsu('probe', '--to', `127.0.0.1:${udp}`, '--seconds', '1');
    assert.equal(code, 0);
    const got = JSON.parse(stdout);
    assert.equal(got.devices.length, 1);
    assert.equal(got.devices[0].location, '서울');
    assert.deepEqual(got.devices[0].xaddrs, [`http://127.0.0.1:${http}/onvif/device_service`]);
    assert.ok(got.repeats >= 1 && got.foreign >= 1);
  });
  const nobody = await bongsu('probe', '--to', '127.0.0.1:9', '--seconds', '1');
  assert.equal(nobody.code, 1);
  assert.deepEqual(JSON.parse(nobody.stdout).devices, []);
});

test('refuses what cannot be meant, naming it', async () => {
  const refused = async (part, code, ...words) => {
    const got = await bongsu(...words);
    assert.equal(got.code, code, got.stderr);
    assert.ok(got.stderr.includes(part), got.stderr);
  };
  await refused('there is no command', 2, 'turn');
  await refused('must begin with http://', 2, 'show', 'rtsp://10.0.0.1:554/');
  await refused('not in an allowed network', 1, 'show', '127.0.0.1:1');
  await refused('--user and --password-file go together', 2, 'show', '10.0.0.1', '--user', 'admin');
  await refused('--tls-sha256', 2, 'show', '10.0.0.1', '--tls-sha256', 'abcd');
  await refused('--to must be', 2, 'probe', '--to', 'camera');
  await refused('--interface must be', 2, 'probe', '--interface', 'eth0');
  chmodSync(passwordFile, 0o644);
  await refused('', 1, 'show', '127.0.0.1:1', '--network', '127.0.0.0/8', '--user', 'admin', '--password-file', passwordFile);
  chmodSync(passwordFile, 0o600);
});
