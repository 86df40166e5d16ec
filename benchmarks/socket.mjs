// One WebSocket client on a plain socket: every frame with the moment at which its last byte was here.
import crypto from 'node:crypto';
import net from 'node:net';

const kText = 1;
const kClose = 8;
const kPing = 9;
const kPong = 10;

/** A client's frame: masked, as the protocol asks. */
function frame(opcode, payload) {
  const bytes = Buffer.from(payload);
  const head = bytes.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | bytes.length])
    : Buffer.from([0x80 | opcode, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff]);
  const mask = crypto.randomBytes(4);
  return Buffer.concat([head, mask, bytes.map((byte, at) => byte ^ mask[at % 4])]);
}

/** Takes whole frames from the front of `buffer`; answers what is left. */
function takeFrames(buffer, take) {
  let at = 0;
  for (;;) {
    if (buffer.length < at + 2) break;
    let length = buffer[at + 1] & 0x7f;
    let head = 2;
    if (length === 126) {
      if (buffer.length < at + 4) break;
      length = buffer.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (buffer.length < at + 10) break;
      length = Number(buffer.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (buffer.length < at + head + length) break;
    take(buffer[at] & 0x0f, buffer.subarray(at + head, at + head + length));
    at += head + length;
  }
  return buffer.subarray(at);
}

/** The live stream of one login: `onFrame(message, at)` with `at` by performance.now(). Resolves when the site says "ready". */
export function listen({ port, token, onFrame, onLost }) {
  return new Promise((resolve, reject) => {
    const socket = net.createConnection({ host: '127.0.0.1', port, noDelay: true });
    let rest = Buffer.alloc(0);
    let upgraded = false;
    const lost = (why) => {
      reject(new Error(`the live stream: ${why}`));
      onLost?.(why);
    };
    socket.on('error', (error) => lost(error.message));
    socket.on('close', () => lost('closed'));
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
      + `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}\r\n\r\n`);
    socket.on('data', (part) => {
      const at = performance.now();
      rest = rest.length > 0 ? Buffer.concat([rest, part]) : part;
      if (!upgraded) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!rest.subarray(0, end).toString('latin1').startsWith('HTTP/1.1 101')) return lost(rest.toString('latin1', 0, 80));
        upgraded = true;
        rest = rest.subarray(end + 4);
        socket.write(frame(kText, JSON.stringify({ token })));
      }
      rest = takeFrames(rest, (opcode, payload) => {
        if (opcode === kPing) return socket.write(frame(kPong, payload));
        if (opcode === kClose) return lost('ended by the site');
        if (opcode !== kText) return;
        const message = JSON.parse(payload.toString());
        if (message.ready) return resolve({ close: () => { socket.removeAllListeners('close'); socket.destroy(); } });
        onFrame(message, at);
      });
    });
  });
}
