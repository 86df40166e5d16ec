// What dm-log-writes has written down, and the disks that a power cut can leave of it.
//
// The log (Linux, Documentation/admin-guide/device-mapper/log-writes.rst): a super block of one sector, then per entry a
// sector with {sector, sectors, flags, bytes of a mark} and the sectors that were written. A write that was complete when a
// flush began stands before that flush; a write with FUA was durable when it was complete.
import fs from 'node:fs';

const sectorSize = 512;
const magic = 0x6a736677736872n;
const flags = { flush: 1n, fua: 2n, discard: 4n, mark: 8n };
const keptShares = [0, 0.25, 0.5, 0.75, 1];  // Of the writes that no flush has made durable.
const tornShare = 0.3;  // Of these, whose sectors arrived in part.
// ext4's own description, two sectors with one checksum and on a small disk without a second copy, is written in its place.
// Half of it is a disk that neither mounts nor passes e2fsck, whatever ran on it; disks write 4 KiB, and thus all of it, at once.
const superBlock = { at: 1024, size: 1024 };

export class DiskLog {
  /** `base` is the disk as it was before the first entry. */
  constructor(file, base) {
    const fd = fs.openSync(file);
    const read = (at, size) => {
      const bytes = Buffer.alloc(size);
      if (fs.readSync(fd, bytes, 0, size, at) !== size) throw new Error(`${file} ends early`);
      return bytes;
    };
    const head = read(0, sectorSize);
    if (head.readBigUInt64LE(0) !== magic || head.readUInt32LE(24) !== sectorSize) throw new Error(`${file} is no log of dm-log-writes`);
    const count = Number(head.readBigUInt64LE(16));
    this.disk = Buffer.from(base);
    this.image = Buffer.alloc(base.length);
    this.settled = 0;  // Entries that this.disk holds.
    this.entries = [];
    for (let at = sectorSize; this.entries.length < count;) {
      const bytes = read(at, sectorSize);
      const [sector, sectors, flag, markBytes] = [0, 8, 16, 24].map((offset) => bytes.readBigUInt64LE(offset));
      const has = (name) => (flag & flags[name]) !== 0n;
      const size = has('mark') ? 0 : Number(sectors) * sectorSize;
      const entry = { at: Number(sector) * sectorSize, flush: has('flush'), fua: has('fua') };
      if (has('mark')) entry.mark = bytes.toString('latin1', 32, 32 + Number(markBytes));
      if (size > 0) entry.data = has('discard') ? Buffer.alloc(size) : read(at + sectorSize, size);
      at += sectorSize + (has('discard') ? 0 : size);
      this.entries.push(entry);
    }
    fs.closeSync(fd);
  }

  /** Places of the entries that write something. */
  writes() { return this.entries.flatMap(({ data }, at) => (data ? [at] : [])); }

  /** Places of the entries with a mark: [{mark, at}]. */
  marks() { return this.entries.flatMap(({ mark }, at) => (mark === undefined ? [] : [{ mark, at }])); }

  /**
   * The disk after a power cut while entry `cut` was on its way; cuts must not go backwards. Sure: all up to the last
   * flush, and FUA. Of the other writes a random part, some with a part of their sectors, one with a torn sector; in
   * whatever order they arrived, which the choice covers: a later write of a sector may be missing, an earlier one cannot
   * come back. Answers {image, open: how many writes were not durable, kept: how many of them arrived}; the image is the
   * same buffer at every call.
   */
  cut(cut, random) {
    const flush = this.entries.slice(this.settled, cut).findLastIndex((entry) => entry.flush);
    for (const end = this.settled + flush + 1; this.settled < end; ++this.settled) {
      const { at, data } = this.entries[this.settled];
      data?.copy(this.disk, at);
    }
    const { image } = this;
    this.disk.copy(image);
    const share = keptShares[Math.floor(random() * keptShares.length)];
    let open = 0, kept = 0, last;
    for (const [i, { at, data, fua }] of this.entries.slice(this.settled, cut + 1).entries()) {
      if (!data) continue;
      const onItsWay = this.settled + i === cut;
      if (fua && !onItsWay) {
        data.copy(image, at);
        last = undefined;
        continue;
      }
      ++open;
      if (random() >= share) continue;
      ++kept;
      const inPart = onItsWay || random() < tornShare;
      for (let from = 0, to; from < data.length; from = to) {
        to = from + (at + from === superBlock.at ? superBlock.size : sectorSize);
        if (!inPart || random() < 0.5) data.copy(image, at + from, from, to);
      }
      // The device may be made to lie within a sector, but not of a write that the file system asked to be durable at once.
      last = fua ? undefined : { at, data };
    }
    if (last && random() < 0.5) tear(image, this.disk, last, random);
    return { image, open, kept };
  }
}

/** One sector of the write holds its first bytes anew, the rest as they were. */
function tear(image, before, { at, data }, random) {
  const from = at + Math.floor(random() * (data.length / sectorSize)) * sectorSize;
  const bytes = 1 + Math.floor(random() * (sectorSize - 1));
  if (from >= superBlock.at && from < superBlock.at + superBlock.size) return;
  data.copy(image, from, from - at, from - at + bytes);
  before.copy(image, from + bytes, from + bytes, from + sectorSize);
}

const chunk = 64 << 10;
const nothing = Buffer.alloc(chunk);

/** A file of the bytes, with holes where nothing stands. */
export function writeImage(file, image) {
  const fd = fs.openSync(file, 'w');
  fs.ftruncateSync(fd, image.length);
  for (let at = 0; at < image.length; at += chunk) {
    const part = image.subarray(at, at + chunk);
    if (!part.equals(nothing.subarray(0, part.length))) fs.writeSync(fd, part, 0, part.length, at);
  }
  fs.closeSync(fd);
}
