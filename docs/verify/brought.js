// What a person brings by hand: kept checkpoints, an entry, two checkpoints. What is wrong with it is said in words, with its name.
(function (verify) {
  'use strict';

  const { checkpointOf, isDigest, isObject } = verify;

  const nounOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`);

  const plurals = { checkpoint: 'checkpoints', entry: 'entries' };

  /** The JSON of a text; throws with its name. */
  function jsonOf(name, text) {
    if (text.trim() === '') throw new Error(`${name} is empty`);
    try {
      return JSON.parse(text.replace(/^\ufeff/, ''));  // An editor's BOM: no signature is over this text itself.
    } catch (error) {
      throw new Error(`${name} is not JSON: ${error.message}`);
    }
  }

  /** One thing, a list of them, or an answer of the API with its `items`: a list; throws with the name. */
  function itemsOf(name, value, what) {
    const items = isObject(value) && Object.hasOwn(value, 'items') ? value.items : value;
    if (items !== value && !Array.isArray(items)) throw new Error(`${name}: its "items" is ${nounOf(items)}, no list with ${plurals[what]}`);
    const list = Array.isArray(items) ? items : [items];
    if (list.length === 0) throw new Error(`${name} holds no ${what}`);
    return list;
  }

  function checkpointIn(item) {
    const checkpoint = isObject(item) ? checkpointOf(item) : `is ${nounOf(item)}`;
    if (typeof checkpoint === 'string') throw new Error(checkpoint);
    const { publicKey = null } = item;
    if (publicKey !== null && (typeof publicKey !== 'string' || !isDigest(publicKey.toLowerCase()))) throw new Error('publicKey is not 64 letters of hex');
    return { checkpoint, publicKey: publicKey?.toLowerCase() ?? null };
  }

  /** Checkpoints of one value: {found: [{checkpoint, publicKey}], faults}, the key as hex or null. A bad one does not hide the others. */
  function checkpointsIn(name, value) {
    const found = [], faults = [];
    try {
      itemsOf(name, value, 'checkpoint').forEach((item, i, list) => {
        try {
          found.push(checkpointIn(item));
        } catch (error) {
          faults.push(`${name}: ${list.length > 1 ? `checkpoint ${i + 1} of ${list.length}` : 'its checkpoint'}: ${error.message}`);
        }
      });
    } catch (error) {
      faults.push(error.message);
    }
    return { found, faults };
  }

  /** The one checkpoint of one value; throws with the name. */
  function checkpointAlone(name, value) {
    const { found, faults } = checkpointsIn(name, value);
    if (faults.length > 0) throw new Error(faults[0]);
    if (found.length > 1) throw new Error(`${name}: there are ${found.length} of them; give one`);
    return found[0];
  }

  /** Entries of one value: a list; whether each is one, inclusion() says. Throws with the name. */
  const entriesIn = (name, value) => itemsOf(name, value, 'entry');

  Object.assign(verify, { jsonOf, checkpointsIn, checkpointAlone, entriesIn });
})(globalThis.BongsuVerify ??= {});
