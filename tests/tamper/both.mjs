// Both verifiers on the same files of a disk: the program, and docs/verify with the files as a browser gives them out.
//
// BONGSU_PROGRAM (the program).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { loadVerifier } from './verifier.mjs';

const verify = loadVerifier();
const program = process.env.BONGSU_PROGRAM ?? 'build/dev/src/app/bongsu';

/** The files below a folder as a browser that follows links gives them out: each folder once, by its own name where it has one there. */
function filesIn(root) {
  const files = [], seen = new Set();
  const look = (at, name) => {
    const real = fs.realpathSync(at);
    if (seen.has(real)) return;
    seen.add(real);
    const inner = fs.readdirSync(at).map((one) => path.join(at, one)).filter((one) => fs.existsSync(one));
    for (const one of inner.filter((each) => fs.statSync(each).isFile())) {
      files.push({ path: `${name}/${path.basename(one)}`, size: fs.statSync(one).size, bytes: async () => new Uint8Array(fs.readFileSync(one)) });
    }
    const isLink = (one) => fs.lstatSync(one).isSymbolicLink();
    for (const one of inner.filter((each) => fs.statSync(each).isDirectory()).sort((a, b) => isLink(a) - isLink(b))) look(one, `${name}/${path.basename(one)}`);
  };
  look(root, path.basename(root));
  return files;
}

/** What docs/verify says: {holds, lines}. An entry counts as the page's own button has it: the answer of the site that has it. */
async function pageOf(root, checkpoints, entries) {
  try {
    const textOf = (file) => [path.basename(file), new TextDecoder('utf-8', { ignoreBOM: true }).decode(fs.readFileSync(file))];
    const kept = checkpoints.map((file) => ({ name: path.basename(file), value: verify.jsonOf(...textOf(file)) }));
    const { holds, lines, sites } = await verify.verifyFiles(filesIn(root), kept);
    const answers = entries.flatMap((file) => verify.entriesIn(path.basename(file), verify.jsonOf(...textOf(file)))).map((entry) => {
      const each = sites.map((site) => verify.inclusion(site.walk, entry, site.agreed));
      return each.find((one) => one.holds) ?? each.at(-1);
    });
    return { holds: holds && answers.every((one) => one.holds), lines: [...lines, ...answers.map(({ what }) => what)] };
  } catch (error) {
    return { holds: false, lines: [error.message] };
  }
}

/** How many checkpoints of each site agree, and up to where: "11440 2 10". */
export const agreedOf = (lines) => lines.flatMap((line) => /site (\d+): (\d+) checkpoints held elsewhere agree, up to entry (\d+)/.exec(line)?.slice(1).join(' ') ?? []).sort();

/**
 * A folder for DATA; `judged(name, {checkpoints, entries})` puts what lies in it under `name`, with files that a person brings, before
 * both: {status, lines, page: {holds, lines}}. `faultsOf(lines)`: without where DATA lies, and what is to be done about it.
 */
export function bothOf() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bongsu-both-'));
  const judged = async (name = 'D', { checkpoints = [], entries = [] } = {}) => {
    const root = path.join(folder, name), brought = [...checkpoints.map((file) => ['--checkpoints', file]), ...entries.map((file) => ['--entry', file])];
    const run = spawnSync(program, ['verify', root, ...brought.flat()], { encoding: 'utf8' });
    return { status: run.status, lines: (run.stdout + run.stderr).trim().split('\n'), page: await pageOf(root, checkpoints, entries) };
  };
  return {
    folder, judged,
    faultsOf: (lines) => lines.filter((line) => line.startsWith('FAULT ')).map((line) => line.replaceAll(`${folder}/`, '').replace(/ and was not read; .*/, '')).sort(),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}
