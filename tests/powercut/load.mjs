// The partners' messages of a run, made before it: they are sent from a kernel that has no Node.
import fs from 'node:fs';

import { envelope, eventBody } from '../integration/partner.mjs';
import { disaster, fire, scsnsTcp } from '../integration/stream_partner.mjs';

/** Bytes of one HTTP message of an open session: `partner` is a Partner of the running city. */
function overHttp(partner, body) {
  const text = Buffer.from(JSON.stringify(envelope(partner.head, body)));
  const head = ['POST /linkHttp/recvEvent.json HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${text.length}`, 'X-Scsns-svcTy: EVENT', `X-Scsns-sendCd: ${partner.head.sendCd}`,
    `X-Scsns-rcvCd: ${partner.head.rcvCd}`, 'X-Scsns-sysCd: 112', 'X-Scsns-encAt: N', `X-Scsns-Secret: ${partner.head.rrKey}`, 'X-Scsns-type: sync'];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), text]);
}

const ways = (partner) => [
  { way: 'http', sender: 'P1100000000', encode: (number, state, at) => overHttp(partner, eventBody({ number, state, at })) },
  { way: 'http', sender: 'P1100000000', encode: (number, state, at) => overHttp(partner, eventBody({ number, state, at })) },
  { way: 'police-tcp', sender: 'P1100000000', encode: (number, state, at) => scsnsTcp(number, { state, at }) },
  { way: 'fire-dispatch', sender: 'F1100000000', encode: (number, state, at) => fire(number, { status: state, at }) },
  { way: 'disaster', sender: 'D1100000000', encode: (number, state, at) => disaster(number, { status: state, at }) },
];

/** About `count` messages over five connections: occurrences, half of them with their end. `numbers()` makes numbers. */
export function makeMessages(partner, count, random, numbers) {
  const lanes = ways(partner);
  const messages = [];
  for (let i = 0; messages.length < count; ++i) {
    const lane = i % lanes.length;
    const { way, sender, encode } = lanes[lane];
    const number = numbers();
    for (const state of random() < 0.5 ? ['10', '91'] : ['10']) {
      messages.push({ lane, way, name: `${sender} ${number} ${state}`, bytes: encode(number, state, new Date()) });
    }
  }
  return messages;
}

export function writeMessages(file, messages) {
  fs.writeFileSync(file, Buffer.concat(messages.flatMap(({ lane, way, name, bytes }) =>
    [Buffer.from(`${lane} ${way} ${bytes.length} ${name}\n`), bytes, Buffer.from('\n')])));
}
