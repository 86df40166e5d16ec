"""Pictures that need no encoder, and the packets that carry them (RFC 3550, 6184, 7798, 2435). Shares no code with the product."""

import base64
import random
import struct

PAYLOAD_MAX = 1400


class Bits:
    """Exp-Golomb as parameter sets want it."""

    def __init__(self):
        self.bits = ''

    def u(self, count, value):
        self.bits += format(value, f'0{count}b')
        return self

    def ue(self, value):
        text = format(value + 1, 'b')
        self.bits += '0' * (len(text) - 1) + text
        return self

    def bytes(self):
        bits = self.bits + '1'
        bits += '0' * (-len(bits) % 8)
        raw = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        out = bytearray()
        for byte in raw:  # Emulation prevention (H.264 7.4.1).
            if byte <= 3 and out[-2:] == b'\0\0':
                out.append(3)
            out.append(byte)
        return bytes(out)


def sps(width=640, height=360, identity=0):
    """H.264 baseline; the height is cropped where it is no multiple of 16."""
    wide, high = (width + 15) // 16, (height + 15) // 16
    bits = Bits().ue(identity).ue(0).ue(2).ue(1).u(1, 0).ue(wide - 1).ue(high - 1).u(1, 1).u(1, 1)
    cut = high * 16 - height
    bits.u(1, 1 if cut else 0)
    if cut:
        bits.ue(0).ue(0).ue(0).ue(cut // 2)
    return b'\x67\x42\xc0\x1e' + bits.u(1, 0).bytes()


PPS = b'\x68' + Bits().ue(0).ue(0).u(1, 0).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0).ue(0).ue(0).ue(0).u(3, 0).bytes()
# Of x265, 640x360.
VPS5 = base64.b64decode('QAEMAf//AWAAAAMAkAAAAwAAAwAekoCQ')
SPS5 = base64.b64decode('QgEBAWAAAAMAkAAAAwAAAwAeoCCBBZZKkkyvAWgIAAADAAgAAAMAUEA=')
PPS5 = base64.b64decode('RAHBcrQiQA==')


class Rtp:
    """One packet, each field of which may lie."""

    def __init__(self, payload, marker=False, stamp=0, sequence=0, ssrc=0x0BADCA4E, kind=96):
        self.payload, self.marker, self.stamp, self.sequence, self.ssrc, self.kind = payload, marker, stamp, sequence, ssrc, kind
        self.version, self.padding, self.extension, self.sources = 2, False, False, 0

    def bytes(self):
        first = self.version << 6 | (32 if self.padding else 0) | (16 if self.extension else 0) | self.sources
        return struct.pack('>BBHII', first, (128 if self.marker else 0) | self.kind, self.sequence & 0xFFFF,
                           self.stamp & 0xFFFFFFFF, self.ssrc & 0xFFFFFFFF) + self.payload


def noise(dice, count):
    """Bytes without a start code in them."""
    return bytes(dice.choices(range(1, 256), k=count))


def cut264(unit):
    """Payloads of one NAL unit: single, or FU-A."""
    if len(unit) <= PAYLOAD_MAX:
        return [unit]
    parts = [unit[i:i + PAYLOAD_MAX - 2] for i in range(1, len(unit), PAYLOAD_MAX - 2)]
    head = unit[0] & 0xE0 | 28
    return [bytes([head, (128 if i == 0 else 0) | (64 if i == len(parts) - 1 else 0) | unit[0] & 31]) + part
            for i, part in enumerate(parts)]


def cut265(unit):
    if len(unit) <= PAYLOAD_MAX:
        return [unit]
    parts = [unit[i:i + PAYLOAD_MAX - 3] for i in range(2, len(unit), PAYLOAD_MAX - 3)]
    kind = unit[0] >> 1 & 63
    return [bytes([49 << 1, unit[1], (128 if i == 0 else 0) | (64 if i == len(parts) - 1 else 0) | kind]) + part
            for i, part in enumerate(parts)]


def jpeg_header(offset, kind=1, q=60, width=80, height=45):
    return struct.pack('>I', offset) + bytes([kind, q, width, height])


class Film:
    """A picture each 40 ms, a key picture each second. `picture(n)` answers its payloads; the bytes repeat from the seed."""

    def __init__(self, codec='h264', seed=0, size=(640, 360)):
        dice = random.Random(f'film {codec} {seed}')
        self.codec, self.size = codec, size
        self.key, self.other = noise(dice, 6000), noise(dice, 900)

    def units(self, n):
        key = n % 25 == 0
        body = (self.key if key else self.other)[n % 7:]
        if self.codec == 'h264':
            return ([sps(*self.size), PPS] if key else []) + [(b'\x65\x88' if key else b'\x41\x9a') + body]
        return ([VPS5, SPS5, PPS5] if key else []) + [(b'\x26\x01\xaf' if key else b'\x02\x01\xd0') + body]

    def payloads(self, n):
        if self.codec == 'jpeg':
            body = self.key[n % 7:]
            return [jpeg_header(i) + body[i:i + PAYLOAD_MAX] for i in range(0, len(body), PAYLOAD_MAX)]
        cut = cut264 if self.codec == 'h264' else cut265
        return [payload for unit in self.units(n) for payload in cut(unit)]

    def sdp(self, control='track1'):
        line = {'h264': 'a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n', 'h265': 'a=rtpmap:96 H265/90000\r\n',
                'jpeg': ''}[self.codec]
        kind = 26 if self.codec == 'jpeg' else 96
        return (f'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=evil\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n'
                f'm=video 0 RTP/AVP {kind}\r\n{line}a=control:{control}\r\n').encode()

    @property
    def kind(self):
        return 26 if self.codec == 'jpeg' else 96
