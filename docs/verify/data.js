// A whole DATA, or any folder with journals: which sites there are, and what they say of one another.
(function (verify) {
  'use strict';

  const { JournalWalk, Statistics, checkpointOf, checkpointsIn, compare, isObject, keysOf, nameOf, pacer, placesOf } = verify;
  const format = '1';
  const entriesEach = 16;  // Between two looks at the clock: a message may have 256 KiB.

  /**
   * Verifies files: [{path, size, bytes()}]; `size` is what the file had when it was listed, `bytes()` answers a promise of a Uint8Array
   * and is called once a file, one at a time. They lie in one folder: a journal's, a site's, or DATA with its sites' folders.
   * `kept`: checkpoints from elsewhere, [{name, value}] with JSON values (one, a list, or the answer of GET /api/v1/journal/checkpoints).
   * `progress(text)` is told what is being done.
   * Answers {holds, isWhole, lines, sites: [{name, walk, agreed, keys, statistics}]}; not `isWhole`: something could not be read,
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
      if (this.places.journals.length === 0) this.fault('no journal is found in what was picked');
      const joined = await this.joinedSites();
      for (const place of this.places.journals) this.sites.push(await this.walk(place));
      this.takeKept();
      for (const site of this.sites) await this.judge(site);
      this.tellMissing(joined);
      this.tellStrangers();
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

    /** The ids that DATA's list of sites says; undefined where this is no DATA. */
    async joinedSites() {
      const { root, city } = this.places;
      if (!city) return undefined;
      const { sites, format: said } = city;
      const text = said && await this.read(said, 'the city');
      const known = text && new TextDecoder().decode(text).replace(/[\n ]+$/, '');
      if (text && known !== format) this.fault(`${said.path} names the format ${known.slice(0, 20)}, and this page knows format ${format}`);
      // Its journals may be of a form that came later and only reads like this one.
      if (!said) this.fault(`${root}FORMAT is not here, and ${root}city/sites.json says that this is a city's DATA: which format it has cannot be told`);
      // Who takes a site away takes it from the list too, or the list with it.
      if (!sites) this.fault(`${root}city/sites.json is not here, and ${root}FORMAT says that this is a city's DATA: which sites it has cannot be told`);
      const list = sites && await this.read(sites, 'the city');
      const ids = list ? joinedIn(list) : [];
      if (ids === null) this.fault(`${sites.path} is not readable: it is no list of sites`);
      return ids ?? [];
    }

    async walk({ folder, site, segments, keys }) {
      const one = { name: site ?? 'journal', folder, isOther: false, agreed: 0, keys: undefined, isUnread: false, areKeysUnread: false, bad: [], statistics: new Statistics() };
      const erased = new Set();
      one.statistics.isErased = (seq) => erased.has(seq);
      one.walk = new JournalWalk((entry, { segment, end }) => {
        if (entry.erased) erased.add(entry.seq);
        one.statistics.add(entry);
        if (entry.seq === 1 && entry.actor.startsWith('site:')) this.nameBy(one, site, entry.actor.slice('site:'.length));
        if (entry.kind === 'checkpoint.held') this.takeHeld(one, entry, end > this.sizes.get(folder === '' ? segment : `${folder}/${segment}`));
      });
      const breathe = pacer();
      for (const [i, segment] of segments.entries()) {
        this.progress(`reading ${segment.path}`);
        const bytes = await this.read(segment, `site ${one.name}`);
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
      const shown = keys && await this.read(keys, `site ${one.name}`);
      if (shown) one.keys = keysOf(shown);
      one.areKeysUnread = shown === null;
      return one;
    }

    /** A journal's first entry is its site's own. */
    nameBy(one, site, said) {
      if (site === undefined) {
        one.name = said;
      } else if (site !== said) {
        one.isOther = true;
        one.bad.push(`site ${site}: its journal begins as that of site ${said}: it is another's or a copy, and what it holds of others is not counted`);
      }
    }

    takeHeld(one, entry, isLater) {
      if (one.isOther) return;  // A site has one voice, however many copies there are of it.
      const checkpoint = checkpointOf(entry.payload);
      if (typeof checkpoint === 'string') one.bad.push(`site ${one.name} entry ${entry.seq}: checkpoint: ${checkpoint}`);
      else if (checkpoint.site === one.name) return;  // What a site says of itself proves nothing.
      else this.hold(checkpoint, `site ${one.name} entry ${entry.seq}`, isLater);
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
          if (publicKey === null) continue;
          const { site, kid } = checkpoint, known = this.keptKeys.get(site) ?? {};
          if ((known[kid] ?? publicKey) !== publicKey) this.fault(`what you brought cannot be used: ${name}: the publicKey of ${kid} is not the one that came before under the same kid`);
          else this.keptKeys.set(site, { ...known, [kid]: publicKey });
        }
      }
    }

    async judge(one) {
      const name = `site ${one.name}`, { report } = one.walk;
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
      const { emptied, isSingle } = this.places, names = new Set(this.sites.map(({ name }) => name));
      let isAnyGone = false;
      for (const name of [...new Set([...this.held.keys(), ...(joined ?? []), ...emptied])].sort()) {
        if (names.has(name)) continue;
        const counted = `${this.held.get(name)?.length ?? 0} checkpoints of it`;
        if (joined || emptied.includes(name) || (!isSingle && this.places.has(name))) {
          isAnyGone = true;
          this.fault(`site ${name}: its journal is gone; ${counted} are held by others`);
        } else {
          this.absent.push(name);
          this.say(`site ${name} is not here: ${counted} were not compared`);
        }
      }
      if (isAnyGone) this.say('a browser may give out nothing that lies behind a symbolic link: where a folder is one, pick a copy that `cp -rL` made, or use `bongsu verify`');
    }

    /** Segments that are no site's journal: whoever put them there, or moved a site's there, is told that nobody read them. */
    tellStrangers() {
      const { root, strangers, beyond } = this.places;
      for (const folder of strangers) this.fault(`${folder || 'what was picked'} holds a journal that is none of a site here and was not read; to verify it, pick it by itself`);
      if (beyond !== undefined) this.fault(`${beyond} and what else is below ${root.replace(/\/$/, '')} was not looked through for journals: more than 100000 folders, or deeper than 16`);
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
