// Many signatures: by the engine's own Ed25519 where it has one (some 50 µs each), by ours where not (about a millisecond), in slices that
// leave the page alive. Each one is checked, by either way: a forged one in the midst of a journal is found as the last one is.
(function (verify) {
  'use strict';

  const { bytesOf, ed25519, hex, isKey, unhex } = verify;
  const sliceMs = 40, slice = 128, rememberedMax = 20000;

  /** Lets the page draw and take clicks. A timer would be held back to one a second where the page is in the background. */
  const pause = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(0);
  });

  /** `pause()` for who has worked long enough; else nothing. */
  function pacer() {
    let since = performance.now();
    return async () => {
      if (performance.now() - since < sliceMs) return;
      await pause();
      since = performance.now();
    };
  }

  /** RFC 8032, 7.1, test 2. */
  const known = {
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: new Uint8Array([0x72]),
    signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  };

  /**
   * The engine's Ed25519: {check(key, message, signature)} with a promise of true or false; null where it has none, or one that fails
   * at what RFC 8032 gives. `subtle`: a page that is no secure context has none.
   */
  async function engineOf(subtle = globalThis.crypto?.subtle) {
    if (!subtle) return null;
    const keys = new Map();
    const keyOf = (key) => {
      if (!keys.has(key)) keys.set(key, subtle.importKey('raw', unhex(key), { name: 'Ed25519' }, false, ['verify']));
      return keys.get(key);
    };
    const check = async (key, message, signature) => subtle.verify({ name: 'Ed25519' }, await keyOf(key), signature, message);
    try {
      const signature = unhex(known.signature);
      if (!await check(known.key, known.message, signature)) return null;
      signature[40] ^= 1;
      return await check(known.key, known.message, signature) ? null : { check };
    } catch {
      return null;
    }
  }
  let engine;  // Found out once.

  const remembered = new Map();  // A checkpoint is held by several sites, and is often asked about again.

  /**
   * Whether each of [{key: hex, text, signature: 64 bytes}] is signed: booleans in that order. `told(done, all, isEngine)` while it goes
   * on. `by`: what engineOf() gave, or null for our own arithmetic; nothing is taken from memory then.
   */
  async function checkSignatures(list, told = () => {}, by = undefined) {
    const using = by === undefined ? await (engine ??= engineOf()) : by;
    const memory = by === undefined ? remembered : new Map();
    const breathe = pacer();
    // What is no key in its one form is none, whatever an engine makes of it.
    const isOne = ({ key }) => { const bytes = unhex(key); return bytes !== null && isKey(bytes); };
    const own = ({ key, text, signature }) => ed25519(unhex(key), bytesOf(text), signature);
    // An engine may throw at a key that it finds weak: ours answers then.
    const byEngine = (these) => Promise.all(these.map((one) => isOne(one) && using.check(one.key, bytesOf(one.text), one.signature).catch(() => own(one))));
    const byUs = async (these) => {
      const signed = [];
      for (const one of these) {
        await breathe();
        signed.push(isOne(one) && own(one));
      }
      return signed;
    };
    const result = [];
    for (let at = 0; at < list.length; at += slice) {
      const part = list.slice(at, at + slice);
      const names = part.map(({ key, text, signature }) => `${key} ${hex(signature)} ${text}`);
      if (memory.size > rememberedMax) memory.clear();
      const open = new Map(names.map((name, i) => [name, part[i]]).filter(([name]) => !memory.has(name)));
      const signed = await (using ? byEngine : byUs)([...open.values()]);
      [...open.keys()].forEach((name, i) => memory.set(name, signed[i]));
      for (const name of names) result.push(memory.get(name));
      told(result.length, list.length, using !== null);
      await breathe();
    }
    return result;
  }

  Object.assign(verify, { checkSignatures, engineOf, pacer });
})(globalThis.BongsuVerify ??= {});
