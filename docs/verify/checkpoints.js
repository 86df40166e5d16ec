// Checkpoints (docs/adr/0003-journal-bytes.md): a site's signed word on how its journal stood, kept by others; inclusion of an
// entry and consistency between two checkpoints.
(function (verify) {
  'use strict';

  const { bytesOf, canonical, checkSignatures, digestOf, hex, isDigest, isObject, isTime, pacer, sha256, unhex } = verify;

  /** Null also for another spelling of the same bytes: atob() forgives spaces, missing padding and left-over bits. */
  function unbase64(text) {
    try {
      const letters = atob(text);
      return btoa(letters) === text ? Uint8Array.from(letters, (letter) => letter.charCodeAt(0)) : null;
    } catch {
      return null;
    }
  }

  /** {site, seq, digest, time, kid, signature} checked for its form, or a text. */
  function checkpointOf(value) {
    if (!isObject(value)) return 'is no object';
    const { site, seq, digest, time, kid, signature } = value;
    for (const [name, text] of Object.entries({ site, digest, time, kid, signature })) {
      // A line end in a field would let one text sign another checkpoint.
      if (typeof text !== 'string' || text === '' || bytesOf(text).length > 200 || /[\u0000-\u001f]|[\ud800-\udfff]/u.test(text)) return `${name} is missing or no text of its length`;
    }
    if (!Number.isSafeInteger(seq) || seq < 1) return 'seq is missing or no number from 1';
    if (!isDigest(digest)) return 'digest is not 64 letters of lower-case hex';
    if (!isTime(time)) return 'time is none, or not in the form YYYY-MM-DDTHH:MM:SS.ssssssZ';
    const raw = unbase64(signature);
    if (raw === null || raw.length !== 64) return 'signature is no base 64 of 64 bytes';
    return { site, seq, digest, time, kid, signature };
  }

  const atOnce = 4096;  // A year has a million, whose texts and bytes need not all be there together.
  const signedTextOf = ({ site, seq, digest, time }) => `bongsu checkpoint v1\n${site}\n${seq}\n${digest}\n${time}\n`;

  /** What is wrong with the signatures of checkpoints, a text each; null where nothing is. `keys`: {kid: hex}. */
  async function signatureFaults(checkpoints, keys, told = () => {}, by = undefined) {
    const shown = checkpoints.filter(({ kid }) => Object.hasOwn(keys, kid)), forged = new Set();
    for (let at = 0; at < shown.length; at += atOnce) {
      const part = shown.slice(at, at + atOnce);
      const list = part.map((one) => ({ key: keys[one.kid], text: signedTextOf(one), signature: unbase64(one.signature) }));
      const signed = await checkSignatures(list, (done, all, isEngine) => told(at + done, shown.length, isEngine), by);
      part.forEach((one, i) => { if (!signed[i]) forged.add(one); });
    }
    return checkpoints.map((one) => {
      if (!Object.hasOwn(keys, one.kid)) return 'is signed by a key that the site does not show';
      return forged.has(one) ? 'has a forged signature' : null;
    });
  }

  /** The bytes of keys/checkpoint.pub: `<kid> <64 hex>` a line. {kid: hex}, or a text. */
  function keysOf(bytes) {
    if (bytes.length > 4096) return 'more than 4096 bytes';
    if (bytes.length === 0) return 'no key';
    const keys = new Map();
    const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replace(/\n$/, '').split('\n');
    for (const line of lines) {
      const words = line.split(/[ \t\v\f\r]+/).filter((word) => word !== '');
      if (words.length !== 2 || !/^[0-9a-fA-F]{64}$/.test(words[1])) return 'no `<kid> <64 hex>` line';
      // Which of the two would be the site's nobody can tell.
      if (keys.has(words[0])) return `the key ${words[0]} twice`;
      keys.set(words[0], words[1].toLowerCase());
    }
    return Object.fromEntries(keys);
  }

  /** The whole records of a batch without its end are lost with it: the first of them is named, wherever behind it the cut was. */
  function cutTail({ lastSeq, tornEntries }, name) {
    const from = lastSeq + 1, end = lastSeq + tornEntries, lost = `the tail is cut off: entry ${from} and all after it are`;
    if (tornEntries === 0) return { from, to: from, what: `${lost} missing, but a ${name} exists` };
    return { from, to: end + 1, what: `${lost} lost, those up to entry ${end} being of a batch without its end, but a ${name} exists` };
  }

  /**
   * Compares a finished JournalWalk with checkpoints of its site that are kept elsewhere: [{checkpoint, holder}].
   * Answers findings {from, to, what}: the first changed or missing entry is one of from to to; 0 for a checkpoint that does
   * not hold itself. `agreed` is the seq up to which they agree. `told` and `by` as checkSignatures() has them.
   */
  async function compare(walk, held, keys, told, by) {
    const findings = [];
    const sorted = [...held].sort((a, b) => a.checkpoint.seq - b.checkpoint.seq);
    const faults = await signatureFaults(sorted.map(({ checkpoint }) => checkpoint), keys, told, by);
    const breathe = pacer();
    let good = 0, found = false;
    for (const [i, { checkpoint, holder }] of sorted.entries()) {
      if (i % 256 === 255) await breathe();
      const name = `checkpoint of entry ${checkpoint.seq} held by ${holder}`;
      if (faults[i]) {
        findings.push({ from: 0, to: 0, what: `${name} ${faults[i]}` });
      } else if (found) {
        continue;  // Everything after the first follows from it.
      } else if (checkpoint.seq > walk.report.entries) {
        if (walk.report.problem?.seq > walk.report.lastSeq) continue;  // Where the walk broke off, it names the first of them.
        findings.push(cutTail(walk.report, name));
        found = true;
      } else if (walk.digest(checkpoint.seq) !== checkpoint.digest) {
        const from = good + 1, to = checkpoint.seq;
        const what = from === to ? `entry ${to} was rewritten` : `history was rewritten; the first changed entry is one of ${from} to ${to}`;
        findings.push({ from, to, what: `${what}: its digest is not that of the ${name}` });
        found = true;
      } else {
        good = checkpoint.seq;
      }
    }
    return { findings, agreed: good };
  }

  /**
   * Whether an entry as the API or an export gives it {seq, time, kind, actor, subjects, payload, salt, payloadDigest, prev, digest}
   * is in the walked journal. `agreed`: up to where checkpoints agree. Answers {holds, what}.
   */
  function inclusion(walk, entry, agreed) {
    const no = (what) => ({ holds: false, what });
    if (!isObject(entry) || !Number.isSafeInteger(entry.seq)) return no('this is no entry: it has no seq');
    const hasContents = entry.payload !== null && entry.payload !== undefined;
    try {
      if (!isDigest(entry.digest) || digestOf(entry) !== entry.digest) return no('its digest is not that of its fields');
      if (hasContents) {
        const salt = unhex(entry.salt), payload = bytesOf(canonical(entry.payload));
        if (salt === null || salt.length !== 16) return no('its salt has not 16 bytes');
        const body = new Uint8Array(16 + payload.length);
        body.set(salt);
        body.set(payload, 16);
        if (hex(sha256(body)) !== entry.payloadDigest) return no('its payload is not the one that was recorded');
      }
    } catch (error) {
      return no(`this is no entry: ${error.message}`);
    }
    const there = walk.digest(entry.seq);
    if (there === null) return no(`the journal holds no entry ${entry.seq}`);
    if (there !== entry.digest) return no(`entry ${entry.seq} of the journal is another one`);
    const proof = entry.seq <= agreed ? `confirmed by a checkpoint kept elsewhere, which agrees up to entry ${agreed}` : 'younger than the last checkpoint kept elsewhere: the chain alone says so';
    const rest = hasContents ? '' : '; it came without its contents: nothing is said of them';
    return { holds: true, what: `entry ${entry.seq} is in the journal; ${proof}${rest}` };
  }

  /**
   * Whether the journal leads from the earlier of two checkpoints to the later, and whether both are signed by one of `keys`
   * ({kid: hex}; an empty one is said). Answers a promise of {holds, what}.
   */
  async function consistency(walk, first, second, keys = {}) {
    const no = (what) => ({ holds: false, what });
    const [early, late] = first.seq <= second.seq ? [first, second] : [second, first];
    if (early.site !== late.site) return no('they speak of two sites');
    for (const one of [early, late]) {
      const there = walk.digest(one.seq);
      if (there === null) return no(`the journal holds no entry ${one.seq}`);
      if (there !== one.digest) return no(`entry ${one.seq} is not the one that was signed`);
    }
    const chain = `the chain leads from entry ${early.seq} to entry ${late.seq}`;
    if (Object.keys(keys).length === 0) return { holds: true, what: `${chain}; who signed them was not checked: no key of the site is here` };
    const faults = await signatureFaults([early, late], keys);
    for (const [i, one] of [early, late].entries()) if (faults[i]) return no(`the checkpoint of entry ${one.seq} ${faults[i]}`);
    return { holds: true, what: `${chain}: nothing between them was changed after the first was signed` };
  }

  Object.assign(verify, { checkpointOf, signatureFaults, keysOf, compare, inclusion, consistency });
})(globalThis.BongsuVerify ??= {});
