// Checkpoints (docs/adr/0003-journal-bytes.md): a site's signed word on how its journal stood, kept by others; inclusion of an
// entry and consistency between two checkpoints.
(function (verify) {
  'use strict';

  const { bytesOf, canonical, digestOf, ed25519, hex, isDigest, isTime, sha256, unhex } = verify;

  function unbase64(text) {
    try {
      return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    } catch {
      return null;
    }
  }

  /** {site, seq, digest, time, kid, signature} checked for its form, or a text. */
  function checkpointOf(value) {
    if (value === null || typeof value !== 'object') return 'is no object';
    const { site, seq, digest, time, kid, signature } = value;
    for (const [name, text] of Object.entries({ site, digest, time, kid, signature })) {
      // A line end in a field would let one text sign another checkpoint.
      if (typeof text !== 'string' || text === '' || bytesOf(text).length > 200 || /[\u0000-\u001f]/.test(text)) return `${name} is missing or no text of its length`;
    }
    if (!Number.isSafeInteger(seq) || seq < 1) return 'seq is missing or no number from 1';
    if (!isDigest(digest)) return 'digest is not 64 letters of lower-case hex';
    if (!isTime(time)) return 'time is none';
    const raw = unbase64(signature);
    if (raw === null || raw.length !== 64) return 'signature has not 64 bytes';
    return { site, seq, digest, time, kid, signature };
  }

  const checked = new Map();  // A checkpoint is often asked about again.
  /** Whether the key (hex) signed it. */
  function isSigned(checkpoint, key) {
    const text = `bongsu checkpoint v1\n${checkpoint.site}\n${checkpoint.seq}\n${checkpoint.digest}\n${checkpoint.time}\n`;
    const name = `${key} ${checkpoint.signature} ${text}`;
    if (!checked.has(name)) {
      if (checked.size > 10000) checked.clear();
      checked.set(name, ed25519(unhex(key) ?? new Uint8Array(0), bytesOf(text), unbase64(checkpoint.signature)));
    }
    return checked.get(name);
  }

  /** keys/checkpoint.pub: `<kid> <64 hex>` a line. {kid: hex}, or a text. */
  function keysOf(text) {
    const keys = {};
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const words = line.trim().split(/\s+/);
      if (words.length !== 2 || !/^[0-9a-fA-F]{64}$/.test(words[1])) return 'no `<kid> <64 hex>` line';
      keys[words[0]] = words[1].toLowerCase();
    }
    return Object.keys(keys).length > 0 ? keys : 'no key';
  }

  /**
   * Compares a finished JournalWalk with checkpoints of its site that are kept elsewhere: [{checkpoint, holder}].
   * Answers findings {from, to, what}: the first changed or missing entry is one of from to to; 0 for a checkpoint that does
   * not hold itself. `agreed` is the seq up to which they agree.
   */
  function compare(walk, held, keys) {
    const findings = [];
    let good = 0, found = false;
    for (const { checkpoint, holder } of [...held].sort((a, b) => a.checkpoint.seq - b.checkpoint.seq)) {
      const name = `checkpoint of entry ${checkpoint.seq} held by ${holder}`;
      if (!Object.hasOwn(keys, checkpoint.kid)) {
        findings.push({ from: 0, to: 0, what: `${name} is signed by a key that the site does not show` });
      } else if (!isSigned(checkpoint, keys[checkpoint.kid])) {
        findings.push({ from: 0, to: 0, what: `${name} has a forged signature` });
      } else if (found) {
        continue;  // Everything after the first follows from it.
      } else if (checkpoint.seq > walk.report.entries) {
        if (walk.report.problem?.seq > walk.report.lastSeq) continue;  // Where the walk broke off, it names the first of them.
        const last = walk.report.lastSeq, first = last + 1 + walk.report.tornEntries;
        findings.push({ from: last + 1, to: first, what: `the tail is cut off: entry ${first} and all after it are missing, but a ${name} exists` });
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
    if (entry === null || typeof entry !== 'object' || !Number.isSafeInteger(entry.seq)) return no('this is no entry: it has no seq');
    if (!isDigest(entry.digest) || digestOf(entry) !== entry.digest) return no('its digest is not that of its fields');
    if (entry.payload !== null && entry.payload !== undefined) {
      const salt = unhex(entry.salt), payload = bytesOf(canonical(entry.payload));
      if (salt === null || salt.length !== 16) return no('its salt has not 16 bytes');
      const body = new Uint8Array(16 + payload.length);
      body.set(salt);
      body.set(payload, 16);
      if (hex(sha256(body)) !== entry.payloadDigest) return no('its payload is not the one that was recorded');
    }
    const there = walk.digest(entry.seq);
    if (there === null) return no(`the journal holds no entry ${entry.seq}`);
    if (there !== entry.digest) return no(`entry ${entry.seq} of the journal is another one`);
    const proof = entry.seq <= agreed ? `confirmed by a checkpoint of entry ${agreed}` : 'younger than the last checkpoint held elsewhere: the chain alone says so';
    return { holds: true, what: `entry ${entry.seq} is in the journal; ${proof}` };
  }

  /** Whether the journal leads from the earlier of two checkpoints to the later. Answers {holds, what}. */
  function consistency(walk, first, second) {
    const [early, late] = first.seq <= second.seq ? [first, second] : [second, first];
    if (early.site !== late.site) return { holds: false, what: 'they speak of two sites' };
    for (const one of [early, late]) {
      const there = walk.digest(one.seq);
      if (there === null) return { holds: false, what: `the journal holds no entry ${one.seq}` };
      if (there !== one.digest) return { holds: false, what: `entry ${one.seq} is not the one that was signed` };
    }
    return { holds: true, what: `the chain leads from entry ${early.seq} to entry ${late.seq}: nothing between them was changed after the first was signed` };
  }

  Object.assign(verify, { checkpointOf, isSigned, keysOf, compare, inclusion, consistency });
})(globalThis.BongsuVerify ??= {});
