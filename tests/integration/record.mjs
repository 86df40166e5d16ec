// What lies on disk, read and written by the formats' description alone: the journal's records, the tickets.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const headBytes = 24;

/** The records of a site's journal: [{file, offset, size, headAt, bodyAt, head, erased, payload}]; an erased one's payload is null. */
export function records(data, site) {
  const folder = path.join(data, site, 'journal');
  const found = [];
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.bj')).sort()) {
    const file = path.join(folder, name);
    const bytes = fs.readFileSync(file);
    for (let at = 0; at < bytes.length;) {
      if (bytes.toString('latin1', at, at + 4) !== 'BJ1\n') throw new Error(`${file}: no record at ${at}`);
      const head = bytes.readUInt32LE(at + 4);
      const body = bytes.readUInt32LE(at + 8);
      found.push({
        file, offset: at, size: headBytes + head + body, headAt: at + headBytes, bodyAt: at + headBytes + head,
        head: JSON.parse(bytes.toString('utf8', at + headBytes, at + headBytes + head)),
        erased: bytes[at + 20] === 0x45,
        payload: bytes[at + 20] === 0x45 ? null : JSON.parse(bytes.toString('utf8', at + headBytes + head + 16, at + headBytes + head + body)),
      });
      at += headBytes + head + body;
    }
  }
  return found;
}

/** Rewrites one file: `change` gets its bytes and answers the new ones. */
export function rewrite(file, change) { fs.writeFileSync(file, change(fs.readFileSync(file))); }

const base64url = (value) => Buffer.from(value).toString('base64url');

/** A site's ticket key as its own media would have it: {kid, key}. */
export function ticketKey(data, site) {
  const seed = Buffer.from(fs.readFileSync(path.join(data, site, 'keys/ticket.key'), 'utf8').trim(), 'hex');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return { kid: `${site}-t1`, key: crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
}

/** Compact JWS by RFC 7515 and 8037. */
export function signTicket({ kid, key }, claims) {
  const text = `${base64url(JSON.stringify({ alg: 'EdDSA', kid }))}.${base64url(JSON.stringify(claims))}`;
  return `${text}.${crypto.sign(null, Buffer.from(text), key).toString('base64url')}`;
}

export function claimsOf(ticket) { return JSON.parse(Buffer.from(ticket.split('.')[1], 'base64url')); }

let counter = 0;
/** A fresh id in the form of a ULID. */
export function ulid() {
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let time = Date.now();
  let out = '';
  for (let i = 0; i < 10; ++i, time = Math.floor(time / 32)) out = letters[time % 32] + out;
  const random = crypto.createHash('sha256').update(`${process.pid} ${Date.now()} ${++counter}`).digest();
  for (let i = 0; i < 16; ++i) out += letters[random[i] % 32];
  return out;
}
