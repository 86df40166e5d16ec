// A kernel of its own for one program: user-mode Linux, which needs neither root nor a hypervisor.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
const kernel = '/usr/bin/linux.uml';
const diskBytes = 64 << 20;
const logBytes = 2 ** 30;  // A hole but for what is written.
const deadline = 240000;
const living = new Set();
process.on('exit', () => {
  for (const child of living) end(child);
});

/** The kernel is a group of processes. */
function end(child) {
  try { process.kill(-child.pid, 'SIGKILL'); } catch { /* gone */ }
}

/** Why there can be no guest here, or nothing. */
export function missing() {
  for (const [file, name] of [[kernel, 'user-mode-linux'], ['/sbin/mke2fs', 'e2fsprogs'], ['/sbin/debugfs', 'e2fsprogs']]) {
    if (!fs.existsSync(file)) return `the Debian package ${name} is not installed`;
  }
  return undefined;
}

/** An ext4 disk of the folder's files, as a new file. */
export async function makeDisk(file, folder) {
  fs.closeSync(fs.openSync(file, 'w'));
  fs.truncateSync(file, diskBytes);
  await run('/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-J', 'size=4', '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-d', folder, file]);
}

/**
 * Boots a kernel on the host's files, read only, whose first process is `words`; its disks are `disk` and `log`, a new file.
 * Answers what it printed when it has powered off; undefined when there cannot be such a kernel here.
 */
export async function boot(words, disk, log) {
  fs.closeSync(fs.openSync(log, 'w'));
  fs.truncateSync(log, logBytes);
  const child = spawn(kernel, ['mem=256M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `ubd0=${disk}`, `ubd1=${log}`,
    `uml_dir=${path.dirname(disk)}`, 'con=null', 'con0=null,fd:1', 'ssl=null', 'panic=-1', `init=${words[0]}`, '--', ...words.slice(1)],
  { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  living.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => { output += piece; });
  const late = setTimeout(() => end(child), deadline);
  await new Promise((resolve) => {
    child.on('error', (error) => { output += error.message; resolve(); });
    child.on('close', resolve);
  });
  clearTimeout(late);
  living.delete(child);
  return output;
}
