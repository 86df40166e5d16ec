// A whole DATA, or any folder with journals: which sites there are, and what they say of one another.
(function (verify) {
  'use strict';

  const { JournalWalk, Statistics, checkpointOf, checkpointsIn, compare, isObject, keysOf, nameOf, pacer, placesOf } = verify;
  const format = '1';
  const entriesEach = 16;  // Between two looks at the clock: a message may have 256 KiB.

  /**
   * Verifies files: [{path, size, bytes()}]; `size` is what the file had when it was listed, `bytes()` answers a promise of a Uint8Array
   * and is called once a file, one at a time. A journal is a folder with .bj files; its site is the folder above `journal/`.
   * `kept`: checkpoints from elsewhere, [{name, value}] with JSON values (one, a list, or the answer of GET /api/v1/journal/checkpoints).
   * `progress(text)` is told what is being done.
   * Answers {holds, isWhole, lines, sites: [{name, label, walk, agreed, keys, statistics}]}; not `isWhole`: something could not be read,
   * or a site that others speak of is not here.
   */
  async function verifyFiles(files, kept = [], progress = () => {}) {
    return new DataVerifier(files, kept, progress).run();
  }

  class DataVerifier {
    constructor(files, kept, progress) {
      this.kept = kept;
      this.progress = progress;
      this.places = placesOf(files);
      // Files are read one after the other while a city may write them. What was there before the first of them was read is in every
      // journal that is read afterwards; a checkpoint that came in later may be newer than its journal was when that was read, and
      // shows no cut tail then.
      this.sizes = new Map(files.map(({ path, size }) => [path, size ?? Infinity]));
      this.held = new Map();      // site -> [{checkpoint, holder, isLater}]
      this.keptKeys = new Map();  // site -> {kid: key}
      this.absent = [];
      this.unread = 0;
      this.faults = 0;
      this.lines = [];
      this.sites = [];
    }

    say(line) { this.lines.push(line); }
    fault(line) { ++this.faults; this.say(`FAULT ${line}`); }
    cannotRead(line) { ++this.unread; this.say(`NOT READ ${line}`); }

    async run() {
      if (this.places.journals.length === 0) this.fault('no journal is among these files');
      const joined = await this.joinedSites();
      for (const place of this.places.journals) this.sites.push(await this.walk(place));
      this.takeKept();
      this.tellTwins();
      for (const site of this.sites) await this.judge(site);
      this.tellMissing(joined);
      this.say(this.conclusion());
      return { holds: this.faults === 0 && this.unread === 0, isWhole: this.unread === 0 && this.absent.length === 0, lines: this.lines, sites: this.sites };
    }

    conclusion() {
      if (this.faults > 0) return 'IT DOES NOT HOLD';
      if (this.unread > 0) return 'IT WAS NOT READ WHOLE: nothing is said of what was not read';
      if (this.absent.length > 0) return `what is here holds; not here, and so not compared: ${this.absent.map((name) => `site ${name}`).join(', ')}`;
      return 'all of it holds';
    }

    /** The file's bytes; null where it cannot be read, which is told. */
    async read(file, whose) {
      try {
        return await file.bytes();
      } catch (error) {
        this.cannotRead(`${whose}: ${file.path}: ${whyUnread(error)}`);
        return null;
      }
    }

    /** What the lists of sites among the files say: [{id, folder}]; undefined where there is no list. */
    async joinedSites() {
      let joined;
      for (const { root, sites, format: said } of this.places.cities) {
        joined ??= [];
        const text = said && await this.read(said, 'the city');
        const known = text && new TextDecoder().decode(text).replace(/[\n ]+$/, '');
        if (text && known !== format) this.fault(`${said.path} names the format ${known.slice(0, 20)}, and this page knows format ${format}`);
        // Who takes a site away takes it from the list too, or the list with it.
        if (!sites) this.fault(`${root}city/sites.json is not here, and ${root}FORMAT says that this is a city's DATA: which sites it has cannot be told`);
        const list = sites && await this.read(sites, 'the city');
        if (!list) continue;
        const ids = joinedIn(list);
        if (ids === null) this.fault(`${sites.path} is not readable: it is no list of sites`);
        else joined.push(...ids.map((id) => ({ id, folder: `${root}${id}/journal` })));
      }
      return joined;
    }

    async walk({ folder, site, label, segments, keys }) {
      const one = { name: site ?? 'journal', label, folder, agreed: 0, keys: undefined, isUnread: false, areKeysUnread: false, bad: [], statistics: new Statistics() };
      const erased = new Set();
      one.statistics.isErased = (seq) => erased.has(seq);
      one.walk = new JournalWalk((entry, { segment, end }) => {
        if (entry.erased) erased.add(entry.seq);
        one.statistics.add(entry);
        // Of a journal folder picked by itself the first entry says whose it is.
        if (entry.seq === 1 && site === undefined && entry.actor.startsWith('site:')) one.name = one.label = entry.actor.slice('site:'.length);
        if (entry.kind === 'checkpoint.held') this.takeHeld(one, entry, end > this.sizes.get(folder === '' ? segment : `${folder}/${segment}`));
      });
      const breathe = pacer();
      for (const [i, segment] of segments.entries()) {
        this.progress(`reading ${segment.path}`);
        const bytes = await this.read(segment, `site ${one.label}`);
        if (bytes === null) {
          // Where the walk breaks off: what is behind it is not called cut off.
          one.isUnread = true;
          one.walk.problem(nameOf(segment.path), 0, one.walk.report.lastSeq + 1, 'it could not be read');
          break;
        }
        let entries = 0;
        for (const step of one.walk.steps(nameOf(segment.path), bytes, i + 1 === segments.length)) if (++entries % entriesEach === 0) await breathe(step);
        if (one.walk.report.problem) break;
      }
      one.walk.finish();
      const shown = keys && await this.read(keys, `site ${one.label}`);
      if (shown) one.keys = keysOf(shown);
      one.areKeysUnread = shown === null;
      return one;
    }

    takeHeld(one, entry, isLater) {
      const checkpoint = checkpointOf(entry.payload);
      if (typeof checkpoint === 'string') one.bad.push(`site ${one.label} entry ${entry.seq}: checkpoint: ${checkpoint}`);
      else if (checkpoint.site === one.name) return;  // What a site says of itself proves nothing.
      else this.hold(checkpoint, `site ${one.label} entry ${entry.seq}`, isLater);
    }
    hold(checkpoint, holder, isLater = false) {
      if (!this.held.has(checkpoint.site)) this.held.set(checkpoint.site, []);
      this.held.get(checkpoint.site).push({ checkpoint, holder, isLater });
    }

    /** Checkpoints that a person brings: their keys come with them, or from the site's own folder. */
    takeKept() {
      for (const { name, value } of this.kept) {
        const { found, faults } = checkpointsIn(name, value);
        for (const bad of faults) this.fault(`what you brought cannot be used: ${bad}`);
        for (const { checkpoint, publicKey } of found) {
          this.hold(checkpoint, 'you');
          if (publicKey !== null) this.keptKeys.set(checkpoint.site, { ...this.keptKeys.get(checkpoint.site), [checkpoint.kid]: publicKey });
        }
      }
    }

    /** A good copy beside a changed journal must not stand for it: both are judged, and that there are two is a fault. */
    tellTwins() {
      const names = new Map();
      for (const { name, folder } of this.sites) names.set(name, [...(names.get(name) ?? []), folder || 'the folder itself']);
      for (const [name, folders] of names) {
        if (folders.length > 1) this.fault(`site ${name} has ${folders.length} journals here, and a site has one: ${folders.sort().join(' and ')}`);
      }
    }

    async judge(one) {
      const name = `site ${one.label}`, { report } = one.walk;
      this.say(`${name}: ${report.entries} entries hold, ${report.erased} of them erased by law; last digest ${report.lastDigest}`);
      if (report.unfinishedErasures > 0) this.say(`${name}: ${report.unfinishedErasures} erasures are ordered and not closed yet`);
      if (report.tornBytes > 0) this.say(`${name}: ${report.tornBytes} bytes of a torn last write after entry ${report.lastSeq}, never acknowledged`);
      for (const bad of one.bad) this.fault(bad);
      if (report.problem && !one.isUnread) {
        const { segment, offset, seq, what } = report.problem;
        this.fault(`${name}: ${segment ? `segment ${segment} offset ${offset} ` : ''}entry ${seq}: ${what}`);
      } else if (!report.problem && report.entries === 0) {
        this.fault(`${name}: its journal is empty: a site that ever ran has entries`);
      }
      await this.crossCheck(one, name);
    }

    async crossCheck(one, name) {
      const all = this.held.get(one.name) ?? [], held = all.filter(({ checkpoint, isLater }) => !isLater || checkpoint.seq <= one.walk.report.entries);
      if (held.length < all.length) this.say(`${name}: ${all.length - held.length} newer checkpoints of it were written while this was read; they were not compared`);
      const shown = one.keys, kept = this.keptKeys.get(one.name);
      // The key that was written down together with a checkpoint counts more than one that lies beside the journal.
      one.keys = { ...(isObject(shown) ? shown : {}), ...kept };
      if (all.length === 0) return this.say(`${name}: nobody here holds a checkpoint of it: a cut tail or a rewritten whole would not show`);
      if (typeof shown === 'string') this.fault(`${name}: its keys/checkpoint.pub holds ${shown}`);
      else if (!shown && !kept && !one.areKeysUnread) this.fault(`${name}: its keys/checkpoint.pub is missing: no checkpoint of it can be checked`);
      if (held.length === 0 || (!isObject(shown) && !kept)) return undefined;
      const { findings, agreed } = await compare(one.walk, held, one.keys, (done, count, isEngine) => {
        this.progress(`${name}: ${done} of ${count} signatures checked${isEngine ? '' : ', by the page itself: this browser has no Ed25519'}`);
      });
      one.agreed = agreed;
      for (const finding of findings) this.fault(`${name}: ${finding.what}`);
      if (findings.length > 0) return undefined;
      this.say(agreed > 0 ? `${name}: ${held.length} checkpoints held elsewhere agree, up to entry ${agreed}` : `${name}: none of ${held.length} checkpoints held elsewhere speaks of the entries that hold`);
      return undefined;
    }

    /** A site's journal that is not here: gone, where the site belongs here or has left something. */
    tellMissing(joined) {
      const counted = (name) => `${this.held.get(name)?.length ?? 0} checkpoints of it`;
      const folders = new Set(this.sites.map(({ folder }) => folder)), names = new Map(this.sites.map(({ name, folder }) => [name, folder]));
      const told = new Set();
      for (const { id, folder } of joined ?? []) {
        if (folders.has(folder) || told.has(id)) continue;
        told.add(id);
        this.fault(`site ${id}: its journal is gone; ${counted(id)} are held by others${names.has(id) ? `; ${names.get(id)} is not its place` : ''}`);
      }
      const beside = this.places.journals.filter(({ site }) => site !== undefined).map(({ above }) => above);
      for (const name of this.held.keys()) {
        if (names.has(name) || told.has(name)) continue;
        if (joined || beside.some((above) => this.places.has(`${above}${name}`))) {
          this.fault(`site ${name}: its journal is gone; ${counted(name)} are held by others`);
        } else {
          this.absent.push(name);
          this.say(`site ${name} is not here: ${counted(name)} were not compared`);
        }
      }
    }
  }

  function whyUnread(error) {
    if (error.name === 'NotReadableError' || error.name === 'NotFoundError') {
      return `it changed or went away after it was picked (${error.name}): a running city writes it. Pick the folder again and verify at once, or pick a copy that was made while the city stood still`;
    }
    return error.message;
  }

  /** The ids of the joined sites of city/sites.json; null where it is none. */
  function joinedIn(bytes) {
    try {
      const { centre, sites } = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
      if (!Array.isArray(sites) || !sites.every((one) => isObject(one) && typeof one.id === 'string' && one.id !== '')) return null;
      return sites.some(({ id }) => id === centre) ? sites.filter((one) => one.joined === true).map(({ id }) => id) : null;
    } catch {
      return null;
    }
  }

  Object.assign(verify, { verifyFiles });
})(globalThis.BongsuVerify ??= {});
