// Ed25519 verification (RFC 8032, section 5.1.7), plain: a few signatures a journal, so it may take milliseconds.
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
  const inverse = (value) => power(value, p - 2n);

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

  // Extended coordinates (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z.
  function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
    const c = mod(2n * t1 * t2 * d), f = mod(2n * z1 * z2);
    const e = b - a, g = f - c, h = f + c, i = b + a;
    return [mod(e * g), mod(h * i), mod(g * h), mod(e * i)];
  }
  function times(scalar, point) {
    let result = [0n, 1n, 1n, 0n];
    for (let s = scalar, q = point; s > 0n; s >>= 1n, q = add(q, q)) if (s & 1n) result = add(result, q);
    return result;
  }
  const same = (a, b) => mod(a[0] * b[2] - b[0] * a[2]) === 0n && mod(a[1] * b[2] - b[1] * a[2]) === 0n;

  const baseY = mod(4n * inverse(5n));
  const baseX = xOf(baseY, 0);
  const base = [baseX, baseY, 1n, mod(baseX * baseY)];

  const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

  function pointOf(bytes) {
    const y = number(bytes) & (2n ** 255n - 1n);
    const x = xOf(y, bytes[31] >> 7);
    return x === null ? null : [x, y, 1n, mod(x * y)];
  }

  /** Whether `key` (32 bytes) signed `message` with `signature` (64 bytes); all Uint8Arrays. */
  function ed25519(key, message, signature) {
    if (key.length !== 32 || signature.length !== 64) return false;
    const a = pointOf(key), r = pointOf(signature.subarray(0, 32));
    const s = number(signature.subarray(32));
    if (a === null || r === null || s >= order) return false;
    const hashed = new Uint8Array(64 + message.length);
    hashed.set(signature.subarray(0, 32));
    hashed.set(key, 32);
    hashed.set(message, 64);
    const k = number(verify.sha512(hashed)) % order;
    return same(times(s, base), add(r, times(k, a)));
  }

  Object.assign(verify, { ed25519 });
})(globalThis.BongsuVerify ??= {});
