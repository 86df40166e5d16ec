// SHA-256, SHA-512 (FIPS 180-4) and CRC-32C (RFC 3720, appendix B.4), synchronous: a chain is hashed entry by entry.
(function (verify) {
  'use strict';

  /** The first `count` primes' roots' fractions, as FIPS 180-4 defines the constants: 64 bits each, as BigInt. */
  function rootFractions(count, power) {
    const found = [];
    for (let n = 2n; found.length < count; ++n) {
      let prime = true;
      for (let d = 2n; d * d <= n; ++d) if (n % d === 0n) { prime = false; break; }
      if (!prime) continue;
      // floor(n^(1/power) * 2^64) by bisection, then its low 64 bits.
      const target = n << (64n * BigInt(power));
      let low = 0n, high = n << 64n;
      while (low < high) {
        const middle = (low + high + 1n) >> 1n;
        if (middle ** BigInt(power) <= target) low = middle; else high = middle - 1n;
      }
      found.push(low & 0xffffffffffffffffn);
    }
    return found;
  }

  const k512 = rootFractions(80, 3);
  const h512 = rootFractions(8, 2);
  const k256 = Int32Array.from(k512.slice(0, 64), (value) => Number(value >> 32n) | 0);
  const h256 = Int32Array.from(h512, (value) => Number(value >> 32n) | 0);

  /** The message's end with its padding: blocks of `block` bytes, the length of all of it in the last eight. */
  function padded(bytes, block, length = bytes.length) {
    const tail = block === 64 ? 9 : 17;
    const out = new Uint8Array(Math.ceil((bytes.length + tail) / block) * block);
    out.set(bytes);
    out[bytes.length] = 0x80;
    const view = new DataView(out.buffer);
    view.setUint32(out.length - 8, Math.floor(length / 0x20000000));
    view.setUint32(out.length - 4, (length << 3) >>> 0);
    return out;
  }

  const w = new Int32Array(64);

  function block256(state, view, at) {
    for (let i = 0; i < 16; ++i) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; ++i) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; ++i) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k256[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  /** SHA-256 of a Uint8Array, as a Uint8Array of 32. */
  function sha256(bytes) {
    const state = h256.slice();
    const whole = bytes.length - (bytes.length % 64);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < whole; at += 64) block256(state, view, at);
    const tail = padded(bytes.subarray(whole), 64, bytes.length);
    const rest = new DataView(tail.buffer);
    for (let at = 0; at < tail.length; at += 64) block256(state, rest, at);
    const out = new Uint8Array(32);
    const words = new DataView(out.buffer);
    for (let i = 0; i < 8; ++i) words.setInt32(4 * i, state[i]);
    return out;
  }

  // A word of 64 bits is two of 32, high and low: BigInt would take ten times as long.
  const k512High = Int32Array.from(k512, (value) => Number(value >> 32n) | 0), k512Low = Int32Array.from(k512, (value) => Number(value & 0xffffffffn) | 0);
  const highs = new Int32Array(80), lows = new Int32Array(80);

  function block512(state, view, at) {
    for (let i = 0; i < 16; ++i) {
      highs[i] = view.getInt32(at + 8 * i);
      lows[i] = view.getInt32(at + 8 * i + 4);
    }
    for (let i = 16; i < 80; ++i) {
      const xh = highs[i - 15], xl = lows[i - 15], yh = highs[i - 2], yl = lows[i - 2];
      const s0h = ((xh >>> 1) | (xl << 31)) ^ ((xh >>> 8) | (xl << 24)) ^ (xh >>> 7);
      const s0l = ((xl >>> 1) | (xh << 31)) ^ ((xl >>> 8) | (xh << 24)) ^ ((xl >>> 7) | (xh << 25));
      const s1h = ((yh >>> 19) | (yl << 13)) ^ ((yl >>> 29) | (yh << 3)) ^ (yh >>> 6);
      const s1l = ((yl >>> 19) | (yh << 13)) ^ ((yh >>> 29) | (yl << 3)) ^ ((yl >>> 6) | (yh << 26));
      const low = (lows[i - 16] >>> 0) + (s0l >>> 0) + (lows[i - 7] >>> 0) + (s1l >>> 0);
      lows[i] = low | 0;
      highs[i] = (highs[i - 16] + s0h + highs[i - 7] + s1h + Math.floor(low / 0x100000000)) | 0;
    }
    let [ah, al, bh, bl, ch, cl, dh, dl, eh, el, fh, fl, gh, gl, hh, hl] = state;
    for (let i = 0; i < 80; ++i) {
      const s1h = ((eh >>> 14) | (el << 18)) ^ ((eh >>> 18) | (el << 14)) ^ ((el >>> 9) | (eh << 23));
      const s1l = ((el >>> 14) | (eh << 18)) ^ ((el >>> 18) | (eh << 14)) ^ ((eh >>> 9) | (el << 23));
      const t1l = (hl >>> 0) + (s1l >>> 0) + (((el & fl) ^ (~el & gl)) >>> 0) + (k512Low[i] >>> 0) + (lows[i] >>> 0);
      const t1h = (hh + s1h + ((eh & fh) ^ (~eh & gh)) + k512High[i] + highs[i] + Math.floor(t1l / 0x100000000)) | 0;
      const s0h = ((ah >>> 28) | (al << 4)) ^ ((al >>> 2) | (ah << 30)) ^ ((al >>> 7) | (ah << 25));
      const s0l = ((al >>> 28) | (ah << 4)) ^ ((ah >>> 2) | (al << 30)) ^ ((ah >>> 7) | (al << 25));
      const t2l = (s0l >>> 0) + (((al & bl) ^ (al & cl) ^ (bl & cl)) >>> 0);
      const t2h = (s0h + ((ah & bh) ^ (ah & ch) ^ (bh & ch)) + Math.floor(t2l / 0x100000000)) | 0;
      hh = gh; hl = gl; gh = fh; gl = fl; fh = eh; fl = el;
      const nextE = (dl >>> 0) + ((t1l | 0) >>> 0);
      eh = (dh + t1h + Math.floor(nextE / 0x100000000)) | 0;
      el = nextE | 0;
      dh = ch; dl = cl; ch = bh; cl = bl; bh = ah; bl = al;
      const nextA = ((t1l | 0) >>> 0) + ((t2l | 0) >>> 0);
      ah = (t1h + t2h + Math.floor(nextA / 0x100000000)) | 0;
      al = nextA | 0;
    }
    [ah, al, bh, bl, ch, cl, dh, dl, eh, el, fh, fl, gh, gl, hh, hl].forEach((word, i, words) => {
      if (i % 2 === 1) return;
      const low = (state[i + 1] >>> 0) + (words[i + 1] >>> 0);
      state[i + 1] = low | 0;
      state[i] = (state[i] + word + Math.floor(low / 0x100000000)) | 0;
    });
  }

  /** SHA-512 of a Uint8Array, as a Uint8Array of 64. */
  function sha512(bytes) {
    const message = padded(bytes, 128);
    const view = new DataView(message.buffer);
    const state = Int32Array.from(h512.flatMap((value) => [Number(value >> 32n) | 0, Number(value & 0xffffffffn) | 0]));
    for (let at = 0; at < message.length; at += 128) block512(state, view, at);
    const out = new Uint8Array(64);
    const words = new DataView(out.buffer);
    state.forEach((word, i) => words.setInt32(4 * i, word));
    return out;
  }

  const crcTable = new Int32Array(256);
  for (let n = 0; n < 256; ++n) {
    let c = n;
    for (let i = 0; i < 8; ++i) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    crcTable[n] = c;
  }

  /** CRC-32C over parts in a row, as an unsigned number. */
  function crc32c(...parts) {
    let crc = -1;
    for (const bytes of parts) {
      for (let i = 0; i < bytes.length; ++i) crc = crcTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
    }
    return (crc ^ -1) >>> 0;
  }

  const hexes = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));
  /** Lower-case hex of a Uint8Array. */
  function hex(bytes) {
    let out = '';
    for (let i = 0; i < bytes.length; ++i) out += hexes[bytes[i]];
    return out;
  }
  /** The bytes of an even number of hex digits; null for anything else. */
  function unhex(text) {
    if (typeof text !== 'string' || !/^([0-9a-fA-F]{2})*$/.test(text)) return null;
    return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
  }

  Object.assign(verify, { sha256, sha512, crc32c, hex, unhex });
})(globalThis.BongsuVerify ??= {});
