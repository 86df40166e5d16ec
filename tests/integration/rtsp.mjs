// A plain RTSP player over TCP: it counts the bytes of pictures and remembers when the last one came.
import net from 'node:net';

import { until } from './city.mjs';

/**
 * Opens `url` as Player.open() does, again while it is not served yet: a district's camera is, once the district has
 * permitted the relay. A ticket that opened nothing stays good.
 */
export function openWhenServed(url, options) {
  return until(`${url} is served`, async () => {
    const player = await Player.open(url, options);
    if (player.status !== 404) return player;
    player.close();
    return false;
  }, { within: 3000 });
}

export class Player {
  /**
   * Opens `url` and plays its first track. `ticket` goes as the password of Basic, or in the URL when `inUrl`.
   * Answers a player whose `status` is that of the first refused request, or 200. Without `plays` it stops before PLAY.
   * `onPacket(packet)` gets each RTP packet, valid until it returns.
   */
  static async open(url, { ticket, inUrl = false, within = 10000, plays = true, onPacket } = {}) {
    const player = new Player();
    player.onPacket = onPacket;
    const { hostname, port, pathname } = new URL(url.replace(/^rtsp:/, 'http:'));
    player.url = `rtsp://${hostname}:${port}${pathname}`;
    player.query = inUrl ? `?ticket=${ticket}` : '';
    player.authorization = ticket !== undefined && !inUrl ? `Authorization: Basic ${Buffer.from(`bongsu:${ticket}`).toString('base64')}\r\n` : '';
    player.within = within;
    player.plays = plays;
    player.pictures = 0;
    player.bytes = 0;
    player.lastAt = 0;
    player.closedAt = 0;
    player.sequence = 0;
    player.pending = Buffer.alloc(0);
    player.waiting = [];
    player.socket = net.createConnection({ host: hostname, port: Number(port) });
    player.socket.on('data', (part) => player.take(part));
    player.socket.on('error', (error) => player.end(error));
    player.socket.on('close', () => player.end(new Error('the connection was closed')));
    await player.play();
    return player;
  }

  async play() {
    try {
      const described = await this.ask('DESCRIBE', this.url + this.query, 'Accept: application/sdp\r\n');
      this.status = described.status;
      if (this.status !== 200) return this.close();
      this.sdp = described.body;
      const track = /a=control:(\S+)/g.exec(this.sdp.slice(this.sdp.indexOf('m=video')))?.[1] ?? '';
      const target = track.startsWith('rtsp:') ? track : `${this.url}/${track}`;
      const setup = await this.ask('SETUP', target, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n');
      this.status = setup.status;
      if (this.status !== 200) return this.close();
      this.session = /^Session:\s*([^;\r\n]+)/im.exec(setup.head)?.[1];
      if (!this.plays) return;
      const played = await this.ask('PLAY', this.url, `Session: ${this.session}\r\nRange: npt=0.000-\r\n`);
      this.status = played.status;
      if (this.status !== 200) this.close();
    } catch (error) {
      this.status ??= 0;
      this.error = error;
      this.close();
    }
  }

  ask(method, target, headers = '') {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method}`)), this.within);
      this.waiting.push({
        resolve: (answer) => { clearTimeout(timer); resolve(answer); },
        reject: (error) => { clearTimeout(timer); reject(error); },
      });
      this.socket.write(`${method} ${target} RTSP/1.0\r\nCSeq: ${++this.sequence}\r\nUser-Agent: bongsu-test\r\n${this.authorization}${headers}\r\n`);
    });
  }

  /** Within 60 s of the last one, or the view ends. */
  keepAlive() { return this.ask('GET_PARAMETER', this.url, `Session: ${this.session}\r\n`); }

  take(part) {
    this.pending = Buffer.concat([this.pending, part]);
    for (;;) {
      if (this.pending.length < 4) return;
      if (this.pending[0] === 0x24) {  // $: channel, length, packet.
        const length = this.pending.readUInt16BE(2);
        if (this.pending.length < 4 + length) return;
        const channel = this.pending[1];
        if (channel === 0) {
          this.bytes += length;
          this.lastAt = Date.now();
          this.onPacket?.(this.pending.subarray(4, 4 + length));
          if ((this.pending[5] & 0x80) !== 0) ++this.pictures;  // The marker bit ends a picture.
        }
        this.pending = this.pending.subarray(4 + length);
        continue;
      }
      const end = this.pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.pending.subarray(0, end + 2).toString();
      const length = Number(/^Content-Length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
      if (this.pending.length < end + 4 + length) return;
      const body = this.pending.subarray(end + 4, end + 4 + length).toString();
      this.pending = this.pending.subarray(end + 4 + length);
      if (!head.startsWith('RTSP/1.0')) continue;  // The server may ask us something; we need not answer.
      this.waiting.shift()?.resolve({ status: Number(head.slice(9, 12)), head, body });
    }
  }

  end(error) {
    if (this.closedAt === 0) this.closedAt = Date.now();
    for (const one of this.waiting.splice(0)) one.reject(error);
  }

  close() { this.socket.destroy(); }
}
