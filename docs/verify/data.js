// A whole DATA, or any folder with journals: which sites there are, and what they say of one another.
(function (verify) {
  'use strict';

  const { JournalWalk, Statistics, checkpointOf, compare, keysOf } = verify;

  /**
   * Verifies files: [{path, bytes()}], `bytes()` answers a promise of a Uint8Array and is called once a file, one at a time.
   * A journal is a folder with .bj files; its site is the folder above `journal/`. `kept`: checkpoints from elsewhere as JSON
   * values (a list, or the answer of GET /api/v1/journal/checkpoints). `progress(text)` is told what is being read.
   * Answers {holds, lines, sites: Map(name -> {walk, agreed, statistics})}.
   */
  async function verifyFiles(files, kept = [], progress = () => {}) {
    const found = { holds: true, lines: [], sites: new Map() };
    const say = (line) => found.lines.push(line);
    const fault = (line) => { found.holds = false; say(`FAULT ${line}`); };
    const journals = new Map();
    const paths = new Map(files.map((file) => [file.path, file]));
    for (const file of files) {
      const at = file.path.lastIndexOf('/');
      const folder = file.path.slice(0, Math.max(at, 0));
      // Two names for one place in a site: "…/11440/journal/x.bj" and a journal folder picked by itself.
      if (file.path.endsWith('.bj')) journals.set(folder, [...(journals.get(folder) ?? []), file]);
      else if (file.path.endsWith('/keys/checkpoint.pub')) {
        const folderOfSite = file.path.slice(0, -'keys/checkpoint.pub'.length);
        if (!journals.has(`${folderOfSite}journal`)) journals.set(`${folderOfSite}journal`, []);
      }
    }
    if (journals.size === 0) fault('no journal is among these files');

    const held = [];
    const keys = new Map();  // site -> {kid: key}
    for (const [folder, segments] of journals) {
      const parts = folder.split('/').filter(Boolean);
      const above = parts.at(-1) === 'journal' ? parts.at(-2) : parts.at(-1);
      const { name, ...walk } = await walkJournal(above, segments, held, fault, progress);
      found.sites.set(name, { ...walk, agreed: 0 });
      const shown = paths.get(`${folder.slice(0, -'journal'.length)}keys/checkpoint.pub`);
      if (shown) keys.set(name, keysOf(await shown.bytes()));
    }
    takeKept(kept, held, keys, fault);
    for (const [name, site] of found.sites) await judge(name, site, held, keys.get(name), say, fault);
    for (const site of new Set(held.map(({ checkpoint }) => checkpoint.site))) {
      if (!found.sites.has(site)) say(`site ${site} is not here: checkpoints of it were not compared`);
    }
    say(found.holds ? 'all of it holds' : 'IT DOES NOT HOLD');
    return found;
  }

  /** `above`: the folder's name; of a journal folder picked by itself the first entry says whose it is. */
  async function walkJournal(above, segments, held, fault, progress) {
    let name = above ?? 'journal';
    const statistics = new Statistics();
    const walk = new JournalWalk((entry) => {
      statistics.add(entry);
      if (entry.seq === 1 && above === undefined && entry.actor.startsWith('site:')) name = entry.actor.slice('site:'.length);
      if (entry.kind !== 'checkpoint.held' || entry.payload === null) return;
      const checkpoint = checkpointOf(entry.payload);
      if (typeof checkpoint === 'string') fault(`site ${name} entry ${entry.seq}: checkpoint: ${checkpoint}`);
      else if (checkpoint.site !== name) held.push({ checkpoint, holder: `site ${name} entry ${entry.seq}` });
    });
    const erased = new Set();
    statistics.isErased = (seq) => erased.has(seq);
    const each = walk.each;
    walk.each = (entry) => { if (entry.erased) erased.add(entry.seq); each(entry); };
    segments.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const [i, segment] of segments.entries()) {
      progress(segment.path);
      walk.segment(segment.path.slice(segment.path.lastIndexOf('/') + 1), await segment.bytes(), i + 1 === segments.length);
    }
    walk.finish();
    return { name, walk, statistics };
  }

  /** Checkpoints that a person brings: their keys come with them, or from the site's own folder. */
  function takeKept(kept, held, keys, fault) {
    for (const value of kept) {
      for (const item of Array.isArray(value) ? value : (value?.items ?? [value])) {
        const checkpoint = checkpointOf(item);
        if (typeof checkpoint === 'string') {
          fault(`a checkpoint that was brought ${checkpoint}`);
          continue;
        }
        held.push({ checkpoint, holder: 'you' });
        // The key that was written down together with it counts more than one that lies beside the journal.
        if (typeof item.publicKey === 'string') keys.set(checkpoint.site, { ...asObject(keys.get(checkpoint.site)), [checkpoint.kid]: item.publicKey });
      }
    }
  }
  const asObject = (value) => (typeof value === 'object' ? value : {});

  async function judge(name, site, held, keys, say, fault) {
    const { report } = site.walk;
    say(`site ${name}: ${report.entries} entries hold, ${report.erased} of them erased by law; last digest ${report.lastDigest}`);
    if (report.unfinishedErasures > 0) say(`site ${name}: ${report.unfinishedErasures} erasures are ordered and not closed yet`);
    if (report.tornBytes > 0) say(`site ${name}: ${report.tornBytes} bytes of a torn last write after entry ${report.lastSeq}, never acknowledged`);
    if (report.problem) {
      const { segment, offset, seq, what } = report.problem;
      fault(`site ${name}: ${segment ? `segment ${segment} offset ${offset} ` : ''}entry ${seq}: ${what}`);
    } else if (report.entries === 0) {
      fault(`site ${name}: its journal is empty: a site that ever ran has entries`);
    }
    const own = held.filter(({ checkpoint }) => checkpoint.site === name);
    if (own.length === 0) return say(`site ${name}: nobody here holds a checkpoint of it: a cut tail or a rewritten whole would not show`);
    if (typeof keys !== 'object') return fault(`site ${name}: its keys/checkpoint.pub ${keys === undefined ? 'is missing' : `holds ${keys}`}`);
    const { findings, agreed } = await compare(site.walk, own, keys);
    site.agreed = agreed;
    for (const finding of findings) fault(`site ${name}: ${finding.what}`);
    if (findings.length === 0) say(`site ${name}: ${own.length} checkpoints held elsewhere agree, up to entry ${agreed}`);
  }

  Object.assign(verify, { verifyFiles });
})(globalThis.BongsuVerify ??= {});
