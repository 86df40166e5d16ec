// Partners that speak over a port of their own: the telegram, SCSNS over TCP and the wearables' text, written from the
// formats' descriptions, not from the program's own writers.
import net from 'node:net';
import tls from 'node:tls';

import { kst } from './partner.mjs';

/** Offsets of the demonstration's partners from the centre's first port. */
export const ports = { fire: 20, policeVideo: 21, policeDispatch: 22, vulnerable: 23, disaster: 24, policeTcp: 25, bells: 26 };

const RS = '\x1e';
const US = '\x1f';

export function telegram({ type = '10', status = '10', send = '119', receive = 'UCP', at = new Date(), fields }) {
  const body = Buffer.from(fields.map((field) => (Array.isArray(field) ? field.join(US) : field)).join(RS) + ';');
  const head = type + status + kst(at) + send + receive + kst(at) + String(body.length).padStart(10, '0');
  return Buffer.concat([Buffer.from(head, 'ascii'), body]);
}

/** 119 dispatch: reportId, class, subClass, lon, lat, address, bjd, occurred, user. */
export const fire = (number, { status = '10', position = [127.04, 37.5446], place = '성수동', at = new Date(), text = '화재' } = {}) =>
  telegram({ status, at, fields: [number, text, '주택', String(position[0]), String(position[1]), place, '', kst(at), 'u119'] });

/** Disasters: the twenty fields of the internal form. */
export const disaster = (number, { status = '10', test = 'N', position = [127.04, 37.5446], at = new Date() } = {}) =>
  telegram({ status, at, send: 'DSC', fields: [number, 'DUCDP110', '', '성수동', '침수', '도로 침수', '자연재난',
    [String(position[0]), String(position[1]), '0'], kst(at), '', '', '', '', status, test, '', '', '', '', ''] });

const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))));
const joined = (parts, separator) => parts.reduce((all, part, at) => (at === 0 ? Buffer.from(part) : bytes(all, separator, part)), Buffer.alloc(0));

export function scsnsTcp(number, { state = '10', position = [127.04, 37.5446], at = new Date(), type = '112UC001', text = '폭행',
  sendCd = 'P1100000000', rcvCd = 'B1100000000', rrKey = '' } = {}) {
  const place = joined([String(position[0]), String(position[1]), '0'], 0xd3);
  const body = joined([type, '112센터 긴급영상 지원', '10', number, state, place, '성수동', text, kst(at), joined([state, '발생'], 0xd3),
    joined(['u112', ''], 0xd3), kst(at), '', '0', '', joined(['', ''], 0xd3)], 0xd1);
  const head = joined(['EVENT', '14', '16', joined(['1', '1'], 0xd3), '1', sendCd, rcvCd, 'N', 'TCP', rrKey, kst(at),
    String(body.length), '112', joined([`${sendCd}_112`, `${sendCd}_SCSNS`], 0xd2)], 0xd1);
  return bytes(head, 0xd0, 0xda, body, 0xdb, 0xdf);
}

/** The lists of fields differ by kind: a bell has no person, a clear has nothing but its device. */
export function bell(device, { emergency = '1', kind = 'SENSOR', position = [127.04, 37.5446] } = {}) {
  const rest = `${device},${device}m,NORMAL,90,${emergency},${position[0]},${position[1]},0`;
  if (kind === 'CLEAR') return Buffer.from(`CLEAR,${device},${device}m\n`);
  return Buffer.from(kind === 'SENSOR' ? `SENSOR,${rest}\n` : `${kind},,,,성수동,${rest}\n`);
}

/** Where a format's answer ends: the telegram's ';', DF over TCP. */
const answerEnds = (end) => (bytes) => {
  const at = bytes.indexOf(end);
  return at < 0 ? -1 : at + 1;
};
export const telegramEnd = answerEnds(0x3b);
export const scsnsEnd = answerEnds(0xdf);

export class StreamPartner {
  static connect(port, { end = telegramEnd, secure } = {}) {
    return new Promise((resolve, reject) => {
      const partner = new StreamPartner();
      partner.end = end;
      partner.waiting = [];
      partner.received = Buffer.alloc(0);
      partner.answers = 0;
      partner.closed = new Promise((done) => { partner.onClosed = done; });
      const socket = secure ? tls.connect({ host: '127.0.0.1', port, ...secure }) : net.createConnection({ host: '127.0.0.1', port });
      partner.socket = socket;
      socket.setNoDelay(true);
      socket.on(secure ? 'secureConnect' : 'connect', () => resolve(partner));
      socket.on('error', (error) => { partner.error = error; reject(error); });
      socket.on('data', (piece) => partner.take(piece));
      socket.on('close', () => {
        for (const waiting of partner.waiting.splice(0)) waiting.reject(new Error('closed without an answer'));
        partner.onClosed();
      });
    });
  }

  take(piece) {
    this.received = Buffer.concat([this.received, piece]);
    for (let size; (size = this.end(this.received)) > 0;) {
      const answer = this.received.subarray(0, size);
      this.received = this.received.subarray(size);
      ++this.answers;
      this.waiting.shift()?.resolve(answer);
    }
  }

  write(bytes) { return this.socket.write(bytes); }

  /** The next answer after `bytes`. */
  ask(bytes) {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('the connection is gone'));
      this.waiting.push({ resolve, reject });
      this.socket.write(bytes);
    });
  }

  close() { this.socket.destroy(); }
}

export const accepted = (answer) => String.fromCharCode(answer[0]) === '0';
export const acceptedTcp = (answer) => answer[0] === 0xda && answer.subarray(1).toString('latin1').includes('0\xd12000');
