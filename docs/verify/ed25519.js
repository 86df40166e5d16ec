// Ed25519 verification (RFC 8032, section 5.1.7), plain, for engines that have none (signatures.js asks the engine first) and as
// the one that the engine's is tried against. Tables of each key's multiples make it a millisecond instead of forty.
(function (verify) {
  'use strict';

  const p = 2n ** 255n - 19n;
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (value) => { const rest = value % p; return rest < 0n ? rest + p : rest; };

  function power(base, exponent) {
    let result = 1n;
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
  }
  /** By Euclid's steps: a third of what a power takes. Of 0 there is none; 0 is answered. */
  function inverse(value) {
    let [a, b, x, y] = [mod(value), p, 1n, 0n];
    while (a > 1n) {
      const times = b / a;
      [a, b, x, y] = [b - times * a, a, y - times * x, x];
    }
    return a === 1n ? mod(x) : 0n;
  }

  const d = mod(-121665n * inverse(121666n));
  const rootOfMinusOne = power(2n, (p - 1n) / 4n);

  /** x of a point with this y and this lowest bit; null where there is none. */
  function xOf(y, sign) {
    if (y >= p) return null;
    const square = mod((y * y - 1n) * inverse(d * y * y + 1n));
    if (square === 0n) return sign ? null : 0n;
    let x = power(square, (p + 3n) / 8n);
    if (mod(x * x - square) !== 0n) x = mod(x * rootOfMinusOne);
    if (mod(x * x - square) !== 0n) return null;
    return (x & 1n) === BigInt(sign) ? x : p - x;
  }

  // Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z. What is added comes as (Y-X, Y+X, 2Z, 2dT).
  const readied = ([x, y, z, t]) => [mod(y - x), mod(y + x), mod(2n * z), mod(2n * d * t)];
  function add([x1, y1, z1, t1], [less, more, twiceZ, twiceT]) {
    const a = mod((y1 - x1) * less), b = mod((y1 + x1) * more), c = mod(t1 * twiceT), f = mod(z1 * twiceZ);
    const e = b - a, g = f - c, h = f + c, i = b + a;
    return [mod(e * g), mod(h * i), mod(g * h), mod(e * i)];
  }

  const windows = 64;  // Of four bits: a scalar has 253.

  /** For each window the multiples 1 to 15 of point * 16^window, ready to be added. */
  function tableOf(point) {
    const table = [];
    for (let window = 0, base = point; window < windows; ++window) {
      const by = readied(base), row = [by];
      let sum = base;
      for (let n = 2; n <= 16; ++n) {
        sum = add(sum, by);
        if (n < 16) row.push(readied(sum));
      }
      table.push(row);
      base = sum;
    }
    return table;
  }
  function addMultiple(point, scalar, table) {
    const digits = scalar.toString(16);
    for (let i = 0; i < digits.length; ++i) {
      const digit = parseInt(digits[digits.length - 1 - i], 16);
      if (digit > 0) point = add(point, table[i][digit - 1]);
    }
    return point;
  }

  const baseY = mod(4n * inverse(5n));
  const baseX = xOf(baseY, 0);
  let baseTable = null;  // Made when the first signature comes.

  /** The number that little-endian bytes give. */
  const number = (bytes) => (bytes.length === 0 ? 0n : BigInt(`0x${verify.hex(bytes.slice().reverse())}`));

  const keysMax = 64;        // A table is some 300 KB; a city has one key a site.
  const keys = new Map();    // hex -> the table of -A, or null where the key is no point.
  function tableOfKey(key) {
    const name = verify.hex(key);
    if (!keys.has(name)) {
      if (keys.size >= keysMax) keys.clear();
      const y = number(key) & (2n ** 255n - 1n), x = xOf(y, key[31] >> 7);
      keys.set(name, x === null ? null : tableOf([p - x, y, 1n, mod((p - x) * y)]));
    }
    return keys.get(name);
  }

  /** Whether 32 bytes are a key: a point of the curve in its one form. */
  const isKey = (key) => key instanceof Uint8Array && key.length === 32 && tableOfKey(key) !== null;

  /** Whether `key` (32 bytes) signed `message` with `signature` (64 bytes); all Uint8Arrays. */
  function ed25519(key, message, signature) {
    if (signature.length !== 64 || !isKey(key)) return false;
    const s = number(signature.subarray(32));
    if (s >= order) return false;
    const hashed = new Uint8Array(64 + message.length);
    hashed.set(signature.subarray(0, 32));
    hashed.set(key, 32);
    hashed.set(message, 64);
    const k = number(verify.sha512(hashed)) % order;
    baseTable ??= tableOf([baseX, baseY, 1n, mod(baseX * baseY)]);
    // R = sB - kA. It is compared as it is written, and a point has one form: another form of the right one is refused.
    const [x, y, z] = addMultiple(addMultiple([0n, 1n, 1n, 0n], s, baseTable), k, tableOfKey(key));
    const r = number(signature.subarray(0, 32)), one = inverse(z);
    return (r & (2n ** 255n - 1n)) === mod(y * one) && r >> 255n === (mod(x * one) & 1n);
  }

  Object.assign(verify, { ed25519, isKey });
})(globalThis.BongsuVerify ??= {});
