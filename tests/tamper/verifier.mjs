// docs/verify in this process: the scripts that its page names, in the page's order, but for the page's own.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export function loadVerifier() {
  const page = fs.readFileSync(new URL('../../docs/verify/index.html', import.meta.url), 'utf8');
  for (const [, part] of page.matchAll(/<script src="([\w]+\.js)">/g)) if (part !== 'page.js') require(`../../docs/verify/${part}`);
  return globalThis.BongsuVerify;
}
