// A PostgreSQL of a test's own: started, killed, hung and brought back.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './city.mjs';

const script = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../tools/postgres.sh');

/** Why there can be none here; nothing when there can. */
export function missing() {
  const found = fs.existsSync('/usr/lib/postgresql') && fs.readdirSync('/usr/lib/postgresql').length > 0;
  return found ? undefined : "Debian's package postgresql is not installed";
}

export class Postgres {
  /** `disk`: megabytes of a disk of its own, which needs root; undefined for the system's. */
  constructor({ disk } = {}) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-pg-'));
    fs.chmodSync(this.folder, 0o755);
    if (disk === undefined) return;
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${disk}m`, 'bongsu-test', this.folder], { encoding: 'utf8' });
    this.mounted = mounted.status === 0;
    this.why = mounted.stderr?.trim() || mounted.error?.message;
  }

  async start() {
    const log = fs.openSync(path.join(os.tmpdir(), `${path.basename(this.folder)}.log`), 'a');
    this.process = spawn(script, [this.folder, '-c', 'max_wal_size=32MB', '-c', 'min_wal_size=32MB'], { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.exited = new Promise((resolve) => this.process.on('exit', resolve));
    this.process.on('exit', () => { this.ended = true; });
    this.ended = false;
    await until('the database answers', () => {
      if (this.ended) throw new Error('it ended');
      return this.ask('select 1') === '1';
    }, { within: 60000 });
  }

  /** One statement; answers what psql prints. */
  ask(statement) {
    const done = spawnSync('psql', ['-h', this.folder, '-U', 'bongsu', '-d', 'postgres', '-qtAc', statement], { encoding: 'utf8', timeout: 10000 });
    if (done.status !== 0) throw new Error(done.stderr || 'psql did not end');
    return done.stdout.trim();
  }

  /** The server and each of its own processes. */
  pids() {
    const found = [this.process.pid];
    for (const entry of fs.readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      try {
        if (Number(/^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]) === this.process.pid) found.push(Number(entry));
      } catch { /* gone meanwhile */ }
    }
    return found;
  }

  signal(name) {
    for (const pid of this.pids()) {
      try { process.kill(pid, name); } catch { /* gone meanwhile */ }
    }
  }

  async kill() {
    this.signal('SIGKILL');
    await this.exited;
  }

  cleanNow() {
    if (this.process && !this.ended) this.signal('SIGKILL');
    if (this.mounted) spawnSync('umount', ['-l', this.folder]);
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    fs.rmSync(path.join(os.tmpdir(), `${path.basename(this.folder)}.log`), { force: true });
  }
}
