// The journal's bytes (docs/adr/0003-journal-bytes.md, docs/adr/0009-erasure.md): structure, chain, batches and erasures.
// Written from those two texts, not from the program's own code; both are tried on the same changed journals.
(function (verify) {
  'use strict';

  const { sha256, crc32c, hex } = verify;
  const startBytes = 24, flagOffset = 20, markOffset = 21, headMax = 64 << 10, bodyMax = 16 << 20, saltBytes = 16;
  const segmentMax = 2 ** 30, searchMax = 64 << 20, orderEntriesMax = 300, depthMax = 32;
  const magic = [0x42, 0x4a, 0x31, 0x0a];
  const noDigest = '0'.repeat(64);
  // A decoder drops a BOM unless it is told not to, and bytes that it drops could be put in and taken out unseen.
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytesOf = (text) => new TextEncoder().encode(text);

  const reasons = ['retention', 'consent_withdrawn', 'purpose_fulfilled', 'requested', 'court_order'];
  const isCode = (value) => typeof value === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(value) && /[A-Za-z]/.test(value);
  const outcomes = ['', 'true', 'false', 'drill', 'test', 'duplicate', 'unknown', 'event', 'refused', 'dismissed'];
  const viewReport = 'n source view grant camera holder at way ticketKind reason frames bytes count incident purpose basis';
  /** What may be erased, and the fields that are left of it. The same list as src/journal/erasable.cpp. */
  const erasable = {
    'message.received': 'format profile parts cutFrom',
    'message.continued': 'raw part',
    'message.refused': 'raw format profile code field event session',
    'message.released': 'raw outcome event code field despite session',
    'event.received': 'event raw profile codec sender number state stateTime revision digest type known grade positionFault occurredAt endedAt test statedTime session',
    'incident.opened': 'incident event state type known grade positionFault note occurredAt stateTime openedAt site sender number test splitFrom',
    'incident.joined': 'incident event code rule distance type known grade positionFault note occurredAt stateTime sender number',
    'incident.merged': 'incident other from to grade distance takesPlace session',
    'incident.changed': 'incident from to cause event code positionFault stateTime real placed moved ownPositionFault ownStateTime',
    'incident.acted': 'incident act outcome person from to session',
    'cameras.chosen': 'incident session',
    'grant.ended': 'grant incident reason session',
    'duty.absent': 'user shift session',
    'duty.picture_kept': 'incident camera size sha256 session',
    'duty.noted': 'user shift seat handOver session',
    'duty.shortcoming_reported': 'no user shift session',
    'duty.shortcoming_answered': 'no user session',
    'alarm.shelved': 'alarm how until session',
    'sop.step_skipped': 'incident sop version step session',
    'hold.ended': 'hold incident session',
    'ptz.leased': 'lease camera grant incident purpose basis user agency rank over session',
    'outbound.queued': 'id partner incident number code stateTime type grade occurredAt simulated note',
    'outbound.delivered': 'id partner incident code attempts',
    'outbound.tried': 'id partner incident code attempts',
    'outbound.failed': 'id partner incident code attempts',
    'outbound.requeued': 'id partner incident session',
    'device.seen': 'incident sender number at',
    'partners.changed': 'file added changed removed digests session',
    'services.declared': 'added changed removed services session',
    'view.opened': viewReport,
    'view.closed': viewReport,
    'view.refused': viewReport,
    'login.accepted': 'user session',
    'login.refused': 'user',
    'partner.accepted': 'user agency profile',
    'record.read': 'user users agency session sessions route shown at',
  };

  /**
   * RFC 8785 of what JSON.parse gives: keys by UTF-16 code units, numbers and strings as JSON.stringify writes them. Throws where
   * there is none: half a surrogate pair is no text, and the journal writes integers up to 2^53-1 and nothing deeper than 32 levels.
   */
  function canonical(value, depth = 1) {
    if (typeof value === 'string') return canonicalText(value);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('a number is no integer that the journal writes');
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    if (depth > depthMax) throw new Error(`JSON nests deeper than ${depthMax} levels`);
    if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
    return `{${Object.keys(value).sort().map((key) => `${canonicalText(key)}:${canonical(value[key], depth + 1)}`).join(',')}}`;
  }
  function canonicalText(text) {
    if (/[\ud800-\udfff]/u.test(text)) throw new Error('a text holds half a surrogate pair');
    return JSON.stringify(text);
  }
  /** Whether `text` is the one form that what was read from it has. */
  function isCanonical(value, text) {
    try {
      return canonical(value) === text;
    } catch {
      return false;
    }
  }

  const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
  const isDigest = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

  /** RFC 3339 in the one form that the journal writes, 27 characters, and a time that there was: no month 99, no 31st of February. */
  function isTime(value) {
    const parts = typeof value === 'string' && /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{6}Z$/.exec(value);
    if (!parts) return false;
    const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];  // None for another month.
    return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
  }

  /** The digest of an entry's covered fields. */
  function digestOf({ actor, kind, payloadDigest, prev, seq, subjects, time }) {
    return hex(sha256(bytesOf(canonical({ actor, kind, payloadDigest, prev, seq, subjects, time }))));
  }

  const startsWithMagic = (bytes, at) => magic.every((byte, i) => at + i >= bytes.length || bytes[at + i] === byte);

  /** The CRC that a record names for its lengths, mark and head. */
  function headHolds(view, bytes, at, headSize) {
    const crc = crc32c(bytes.subarray(at + 4, at + 12), bytes.subarray(at + markOffset, at + markOffset + 1),
      bytes.subarray(at + startBytes, at + startBytes + headSize));
    return crc === view.getUint32(at + 12, true);
  }

  /** Cuts the record at `at`: {record} or {broken, incomplete}. */
  function cut(view, bytes, at) {
    const broken = (what) => ({ broken: what, incomplete: false });
    const incomplete = { broken: 'the record is incomplete', incomplete: true };
    if (!startsWithMagic(bytes, at)) return broken('no record begins here');
    if (bytes.length - at < startBytes) return incomplete;
    const headSize = view.getUint32(at + 4, true), bodySize = view.getUint32(at + 8, true);
    if (headSize > headMax || bodySize > bodyMax || bodySize < saltBytes) return broken("the record's lengths are out of bounds");
    const size = startBytes + headSize + bodySize;
    if (bytes.length - at < size) return incomplete;
    if (!headHolds(view, bytes, at, headSize)) return broken("the head's CRC does not hold");
    const flag = bytes[at + flagOffset], mark = bytes[at + markOffset];
    if (flag !== 0x4c && flag !== 0x45) return broken('the record is neither live nor erased');
    if ((mark !== 0x43 && mark !== 0) || bytes[at + 22] !== 0 || bytes[at + 23] !== 0) return broken("the record's spare bytes are not zero");
    const head = bytes.subarray(at + startBytes, at + startBytes + headSize);
    const body = bytes.subarray(at + startBytes + headSize, at + size);
    const erased = flag === 0x45, bodyCrc = view.getUint32(at + 16, true);
    if (!erased && crc32c(body) !== bodyCrc) return broken("the body's CRC does not hold");
    const unfinished = erased && (bodyCrc !== 0 || body.some((byte) => byte !== 0));
    return { record: { head, body, size, erased, unfinished, endsBatch: mark === 0x43 } };
  }

  /** Whether a record whose head holds begins anywhere from `from` on; more than 64 MiB of claimed heads count as yes. */
  function holdsARecord(view, bytes, from) {
    let searched = 0;
    for (let at = bytes.indexOf(magic[0], from); at >= 0; at = bytes.indexOf(magic[0], at + 1)) {
      if (bytes.length - at < startBytes) return false;
      if (!startsWithMagic(bytes, at)) continue;
      const headSize = view.getUint32(at + 4, true);
      if (headSize > headMax || bytes.length - at - startBytes < headSize) continue;
      searched += headSize;
      if (searched > searchMax || headHolds(view, bytes, at, headSize)) return true;
    }
    return false;
  }

  /** The entry of a record, or a text that says what does not hold. */
  function decode(record) {
    let text, head;
    try {
      text = utf8.decode(record.head);
      head = JSON.parse(text);
    } catch {
      return 'head is not a JSON object';
    }
    if (!isObject(head)) return 'head is not a JSON object';
    const { actor, digest, kind, payloadDigest, prev, seq, subjects, time } = head;
    if (![actor, digest, kind, payloadDigest, prev].every((field) => typeof field === 'string')) return 'head lacks a text';
    if (!isTime(time)) return "head's time is none";
    if (!Number.isSafeInteger(seq) || seq < 1) return 'head has no seq';
    if (!Array.isArray(subjects) || !subjects.every((each) => typeof each === 'string')) return 'head has no subjects';
    if (![digest, payloadDigest, prev].every(isDigest)) return 'head has a digest that is none';
    const entry = { actor, digest, kind, payloadDigest, prev, seq, subjects, time };
    if (!isCanonical(entry, text)) return 'head is not in its canonical form';
    if (digestOf(entry) !== digest) return 'the digest does not hold';
    entry.erased = record.erased;
    entry.payload = null;
    if (record.erased) return entry;
    if (hex(sha256(record.body)) !== payloadDigest) return "the payload's digest does not hold";
    try {
      text = utf8.decode(record.body.subarray(saltBytes));
      entry.payload = JSON.parse(text);
    } catch { /* below */ }
    if (!isObject(entry.payload)) return 'the payload is not a JSON object';
    // JSON.parse reads 3.0 as 3 and keeps the last of two equal keys: what is read must be all that stands there.
    return isCanonical(entry.payload, text) ? entry : 'the payload is not in its canonical form';
  }

  /** Whether an erasure leaves a field of an entry of this kind: an outcome in one's own words goes, and a type that is no code. */
  function stays(kind, field, value) {
    if (!erasable[kind].split(' ').includes(field)) return false;
    if (field === 'outcome') return outcomes.includes(value);
    return field !== 'type' || isCode(value);
  }

  /** Of what is left of an entry by its order, which may be an older one that left more, the part that stays by today's list. */
  const leftOf = (kind, left) => Object.fromEntries(Object.entries(left).filter(([field, value]) => stays(kind, field, value)));

  /** Until a sender's own type and its name were seen to be somebody's words. */
  function wasLeft(kind, field) {
    if (field === 'type') return erasable[kind].split(' ').includes(field);
    return field === 'typeName' && ['event.received', 'incident.opened'].includes(kind);
  }

  /** The order that an entry gives: {seq, entries: [{seq, kind, left}]}, or a text. */
  function orderOf(entry) {
    const { erasure, reason, basis, entries } = entry.payload;
    const words = (text, max) => typeof text === 'string' && text.length > 0 && bytesOf(text).length <= max;
    if (!words(erasure, 64) || !words(reason, 64) || !words(basis, 1200)) return 'the erasure order lacks id, reason or basis';
    if (!reasons.includes(reason)) return 'the erasure order has a reason that is none';
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > orderEntriesMax) return 'the erasure order names too few or too many entries';
    let after = 0;
    for (const one of entries) {
      if (!isObject(one) || !Number.isSafeInteger(one.seq) || !isObject(one.left) || typeof one.kind !== 'string') return 'the erasure order names an entry without seq, kind or left';
      if (one.seq <= after || one.seq >= entry.seq) return `the erasure order names entry ${one.seq} twice, out of order or before it exists`;
      after = one.seq;
      if (!Object.hasOwn(erasable, one.kind)) return `the erasure order names entry ${one.seq} of a kind that stays`;
      for (const [field, value] of Object.entries(one.left)) {
        if (!stays(one.kind, field, value) && !wasLeft(one.kind, field)) return `the erasure order leaves the field ${field} of entry ${one.seq}`;
      }
    }
    return { seq: entry.seq, entries };
  }

  /** First seq of a segment's name; 0 for none. */
  const firstSeqOf = (name) => (/^\d{20}\.bj$/.test(name) && Number(name.slice(0, 20)) <= Number.MAX_SAFE_INTEGER ? Number(name.slice(0, 20)) : 0);

  /**
   * Walks one site's journal, segment by segment: `segment(name, bytes, isLast)` for each in the order of the names, then
   * `finish()`. `each(entry, {segment, end})` is called for every entry of a whole batch, with the segment's name and where in
   * it its record ends. `report` says how far it holds.
   */
  class JournalWalk {
    constructor(each = () => {}) {
      this.each = each;
      this.report = { entries: 0, erased: 0, lastSeq: 0, lastDigest: noDigest, tornBytes: 0, tornEntries: 0, unfinishedErasures: 0, problem: null };
      this.digests = new Uint8Array(0);
      this.time = '';
      this.erased = [];      // What stands marked as erased: {seq, kind, unfinished, segment, offset}.
      this.ordered = new Map();  // seq -> [{kind, order}]
      this.orders = new Map();   // seq of the order -> whether it is closed.
    }

    problem(segment, offset, seq, what) { this.report.problem ??= { segment, offset, seq, what }; }

    /** The digest of an entry as hex; null for one that does not hold. */
    digest(seq) { return seq >= 1 && seq <= this.report.entries ? hex(this.digests.subarray(32 * (seq - 1), 32 * seq)) : null; }

    segment(name, bytes, isLast) { for (const step of this.steps(name, bytes, isLast)) void step; }

    /** The same in steps of an entry, for who has something else to do between them. */
    *steps(name, bytes, isLast) {
      const { report } = this;
      if (report.problem) return;
      let { lastSeq: seq, lastDigest: digest } = report;
      let time = this.time;
      if (firstSeqOf(name) !== seq + 1) return this.problem(name, 0, seq + 1, "the segment's name is not that of the next entry");
      if (bytes.length > segmentMax) return this.problem(name, 0, seq + 1, 'the segment is larger than 1 GiB');
      if (bytes.length === 0 && !isLast) return this.problem(name, 0, seq + 1, 'the segment is empty but not the last');
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      let at = 0, held = 0, batch = [], torn = false;
      while (at < bytes.length) {
        const found = cut(view, bytes, at);
        if (!found.record) {
          if (!isLast || holdsARecord(view, bytes, at + 1)) return this.problem(name, at, seq + 1, found.broken);
          torn = true;
          break;
        }
        const entry = decode(found.record);
        if (typeof entry === 'string') return this.problem(name, at, seq + 1, entry);
        if (entry.seq !== seq + 1) return this.problem(name, at, seq + 1, `entry ${entry.seq} stands in the place of entry ${seq + 1}`);
        if (entry.prev !== digest) return this.problem(name, at, seq + 1, 'the chain is broken: prev is not the digest of the entry before');
        if (entry.time < time) return this.problem(name, at, seq + 1, "its time is before the entry's before it");
        if (entry.erased && !Object.hasOwn(erasable, entry.kind)) return this.problem(name, at, seq + 1, 'it is marked as erased, but no entry of the chain orders that: its kind stays');
        batch.push({ entry, offset: at, end: at + found.record.size, unfinished: found.record.unfinished });
        at += found.record.size;
        seq = entry.seq;
        digest = entry.digest;
        time = entry.time;
        yield;
        if (!found.record.endsBatch) continue;
        if (!this.keep(name, batch)) return;
        batch = [];
        held = at;
      }
      if (!isLast && batch.length > 0) return this.problem(name, at, seq + 1, 'the segment ends in the middle of a batch but is not the last');
      report.tornEntries = batch.length;
      report.tornBytes = torn || batch.length > 0 ? bytes.length - held : 0;
    }

    /** A batch that is whole. */
    keep(name, batch) {
      const { report } = this;
      for (const { entry, offset, unfinished } of batch) {
        if (entry.erased) {
          this.erased.push({ seq: entry.seq, kind: entry.kind, unfinished, segment: name, offset });
        } else if (entry.kind === 'erasure.ordered') {
          const order = orderOf(entry);
          if (typeof order === 'string') return this.problem(name, offset, entry.seq, order), false;
          this.orders.set(entry.seq, false);
          for (const one of order.entries) {
            if (!this.ordered.has(one.seq)) this.ordered.set(one.seq, []);
            this.ordered.get(one.seq).push({ kind: one.kind, order: entry.seq });
          }
        } else if (entry.kind === 'erasure.done') {
          if (this.orders.get(entry.payload.order) !== false) return this.problem(name, offset, entry.seq, 'it closes an erasure that is not open'), false;
          this.orders.set(entry.payload.order, true);
        }
      }
      for (const { entry, end } of batch) {
        this.remember(entry);
        this.each(entry, { segment: name, end });
        if (entry.erased) ++report.erased;
      }
      return true;
    }

    remember(entry) {
      const { report } = this;
      if (32 * (report.entries + 1) > this.digests.length) {
        const more = new Uint8Array(Math.max(32 * 1024, 2 * this.digests.length));
        more.set(this.digests);
        this.digests = more;
      }
      this.digests.set(verify.unhex(entry.digest), 32 * report.entries);
      ++report.entries;
      report.lastSeq = entry.seq;
      report.lastDigest = entry.digest;
      this.time = entry.time;
    }

    /** What is marked as erased must be ordered by the chain; what was closed must be gone. */
    finish() {
      const { report } = this;
      if (report.problem) return report;
      const gone = new Set();
      for (const one of this.erased) {
        const orders = this.ordered.get(one.seq);
        if (!orders) {
          this.problem(one.segment, one.offset, one.seq, 'it is marked as erased, but no entry of the chain orders that');
          return report;
        }
        if (orders[0].kind !== one.kind) {
          this.problem(one.segment, one.offset, one.seq, `entry ${orders[0].order} orders its erasure as one of kind ${orders[0].kind}`);
          return report;
        }
        if (!one.unfinished) gone.add(one.seq);
      }
      let returned = null;
      for (const [seq, orders] of this.ordered) {
        const closed = orders.find(({ order }) => this.orders.get(order));
        if (!gone.has(seq) && closed && (returned === null || seq < returned.seq)) returned = { seq, order: closed.order };
      }
      if (returned) {
        const where = this.erased.find((one) => one.seq === returned.seq);
        this.problem(where?.segment ?? '', where?.offset ?? 0, returned.seq, `entry ${returned.order} erased its contents, and they are here`);
      }
      report.unfinishedErasures = [...this.orders.values()].filter((closed) => !closed).length;
      return report;
    }
  }

  Object.assign(verify, { JournalWalk, canonical, digestOf, erasable, leftOf, outcomes, reasons, noDigest, bytesOf, isDigest, isObject, isTime });
})(globalThis.BongsuVerify ??= {});
