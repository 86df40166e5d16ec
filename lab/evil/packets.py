"""Bad in what comes after PLAY: interleaving, RTP, RTCP, and the units of H.264."""

import struct

from .camera import Gone, Rtp, behaviour, Camera, instead_of, spoiled
from .film import PPS, cut264, sps


def numbered(payloads, pace=0.0, pictures_of=1, kind=96, each=3600):
    """Packets of these payloads, their numbers as they should be; each `pictures_of` packets are one picture."""
    for n, payload in enumerate(payloads):
        yield Rtp(payload, n % pictures_of == pictures_of - 1, n // pictures_of * each, n, kind=kind)
        if pace:
            yield pace


# --- interleaving and the connection ---
@instead_of('packets', 'nothing-after-play', 'says yes to PLAY and sends nothing: its encoder hangs')
def _(self):
    return iter(())


@instead_of('packets', 'one-picture', 'one key picture, then silence: frozen')
def _(self):
    return self.good_packets(pictures=1)


@instead_of('packets', 'reset-in-the-midst', 'RST in the middle of a packet, a second after PLAY')
def _(self):
    yield from self.good_packets(pictures=25)
    yield b'$\0\4\0half'
    self.reset()


@instead_of('packets', 'close-in-the-midst', 'closes in the middle of a picture')
def _(self):
    yield from self.good_packets(pictures=25)
    yield from list(self.good_packets(pictures=1))[:3]
    raise Gone


@instead_of('packets', 'garbage-1-gbit', '1 Gbit of noise after PLAY, as fast as it is taken: a firmware update gone wrong, or exhaustion')
def _(self):
    piece = self.dice.randbytes(1 << 20)
    for _ in range(120):
        yield piece


@instead_of('packets', 'frames-of-other-channels', '1 Gbit in interleaved frames of channels that nobody set up')
def _(self):
    piece = b''.join(b'$' + bytes([9 + n % 200]) + struct.pack('>H', 1400) + b'\x80' * 1400 for n in range(700))
    for _ in range(120):
        yield piece


@instead_of('packets', 'frames-of-zero-length', 'millions of interleaved frames of no bytes')
def _(self):
    while True:
        yield b'$\0\0\0' * 16000


@instead_of('packets', 'frame-length-lies', 'each interleaved length is 40,000 more than what follows: the next frames are swallowed')
def _(self):
    for item in self.good_packets():
        if isinstance(item, Rtp):
            data = item.bytes()
            yield b'$\0' + struct.pack('>H', len(data) + 40000) + data
        else:
            yield item


@instead_of('packets', 'frame-length-short', 'each interleaved length is 10 less than what follows')
def _(self):
    for item in self.good_packets():
        if isinstance(item, Rtp):
            data = item.bytes()
            yield b'$\0' + struct.pack('>H', len(data) - 10) + data
        else:
            yield item


@behaviour('one-byte-segments', 'the good film, each byte a TCP segment of its own')
class OneByte(Camera):
    def send(self, data):
        if len(data) > 1500 or not self.playing:
            return super().send(data)
        for byte in data:
            super().send(bytes([byte]))

    def packets(self):
        self.sock.setsockopt(6, 1, 1)  # TCP_NODELAY
        self.film.key, self.film.other = self.film.key[:300], self.film.other[:60]
        return self.good_packets()


@instead_of('packets', 'wrong-channel', 'sends its video on channel 77')
def _(self):
    for item in self.good_packets():
        yield (77, item.bytes()) if isinstance(item, Rtp) else item


@instead_of('packets', 'rtcp-channel-video', 'sends its video on the RTCP channel')
def _(self):
    for item in self.good_packets():
        yield (1, item.bytes()) if isinstance(item, Rtp) else item


@instead_of('packets', 'loopback-speed', 'the good film, as fast as loopback carries it: a pacing bug, or exhaustion')
def _(self):
    piece, sequence, n = b'', 0, 0
    while True:
        packets = []
        for _ in range(50):
            payloads = self.film.payloads(n)
            for i, payload in enumerate(payloads):
                packet = Rtp(payload, i == len(payloads) - 1, n * 3600, sequence).bytes()
                packets.append(b'$\0' + struct.pack('>H', len(packet)) + packet)
                sequence += 1
            n += 1
        piece = b''.join(packets)
        yield piece


# --- RTP headers ---
def header(name, says, **fields):
    def change(self, packet):
        for key, value in fields.items():
            setattr(packet, key, value)
        return [packet]
    spoiled(name, says)(change)


header('rtp-version-1', 'RTP of version 1', version=1)
header('rtp-payload-type', 'another payload type than the SDP\'s', kind=127)
header('rtp-csrc-lies', 'fifteen contributing sources are counted and none is there', sources=15)
header('rtp-marker-never', 'no packet has the marker: cameras of one maker', marker=False)
header('rtp-marker-always', 'each packet has the marker', marker=True)
header('rtp-time-frozen', 'a timestamp that stands still, markers are right', stamp=7)


@spoiled('rtp-padding-lies', 'padding of 255 bytes in packets of fewer')
def _(self, packet):
    packet.padding, packet.payload = True, packet.payload[:40] + b'\xff'
    return [packet]


@spoiled('rtp-extension-lies', 'an extension of 65,535 words')
def _(self, packet):
    packet.extension, packet.payload = True, b'\xab\xac\xff\xff' + packet.payload
    return [packet]


@spoiled('rtp-short', 'packets of three bytes')
def _(self, packet):
    return [(0, b'\x80\x60\x01')]


@spoiled('rtp-empty', 'packets of a header and nothing')
def _(self, packet):
    packet.payload = b''
    return [packet]


@spoiled('ssrc-each-packet', 'another SSRC with each packet')
def _(self, packet):
    packet.ssrc = self.dice.getrandbits(32)
    return [packet]


@spoiled('ssrc-two', 'two films at once under two SSRCs: a session that died leaks into the next (live555)')
def _(self, packet):
    other = Rtp(packet.payload, packet.marker, packet.stamp + 77, packet.sequence + 5000, 0xDEAD)
    return [packet, other]


@spoiled('sequence-random', 'sequence numbers without any order')
def _(self, packet):
    packet.sequence = self.dice.getrandbits(16)
    return [packet]


@spoiled('sequence-jumps', 'sequence numbers jump by 1,000 with each picture')
def _(self, packet):
    packet.sequence += packet.stamp // 3600 * 1000
    return [packet]


@spoiled('sequence-same', 'each packet twice')
def _(self, packet):
    return [packet, packet]


@spoiled('time-backwards', 'timestamps run backwards')
def _(self, packet):
    packet.stamp = -packet.stamp
    return [packet]


@spoiled('time-years', 'timestamps jump by hours with each picture: a clock that is set all the time')
def _(self, packet):
    packet.stamp = packet.stamp // 3600 * 1_000_000_007
    return [packet]


# --- units of H.264 ---
@instead_of('packets', 'nal-bomb', 'a million NAL units of two bytes in one picture')
def _(self):
    sequence = 0
    while True:
        piece = b''
        for _ in range(1000):
            packet = Rtp(b'\x41\x9a', False, 5, sequence).bytes()
            piece += b'$\0' + struct.pack('>H', len(packet)) + packet
            sequence += 1
        yield piece


@instead_of('packets', 'stap-bomb', 'STAP-As of 20,000 units of one byte')
def _(self):
    payload = b'\x78' + b'\0\1\x41' * 20000
    return numbered((payload for _ in iter(int, 1)), 0.002, 4)


@instead_of('packets', 'stap-nested', 'a STAP-A in a STAP-A in a STAP-A')
def _(self):
    unit = b'\x65\x88' + b'x' * 20
    for _ in range(200):
        unit = b'\x78' + struct.pack('>H', len(unit)) + unit
    return numbered((unit for _ in iter(int, 1)), 0.02)


@instead_of('packets', 'stap-zero-length', 'STAP-As whose units have length 0, or more than there is')
def _(self):
    bad = [b'\x78\0\0\0\0\0\0', b'\x78\xff\xff\x65', b'\x78\0', b'\x78']
    return numbered((bad[n % 4] for n, _ in enumerate(iter(int, 1))), 0.02)


@instead_of('packets', 'fu-endless', 'one fragmented unit that never ends: a picture of 1 GB')
def _(self):
    yield from numbered([sps(), PPS], each=0)
    body, sequence = b'\x55' * 1390, 2
    while True:
        piece = b''
        for _ in range(200):
            packet = Rtp(b'\x7c' + (b'\x85' if sequence == 2 else b'\x05') + body, False, 0, sequence).bytes()
            piece += b'$\0' + struct.pack('>H', len(packet)) + packet
            sequence += 1
        yield piece


@spoiled('fu-without-start', 'fragments without their first one')
def _(self, packet):
    if packet.payload[0] & 31 == 28 and packet.payload[1] & 128:
        packet.payload = packet.payload[:1] + bytes([packet.payload[1] & 127]) + packet.payload[2:]
    return [packet]


@spoiled('fu-start-and-end', 'fragments that are the first and the last at once, and empty ones')
def _(self, packet):
    if packet.payload[0] & 31 == 28:
        packet.payload = bytes([packet.payload[0], packet.payload[1] | 0xC0]) + (packet.payload[2:] if packet.sequence % 2 else b'')
    return [packet]


@instead_of('packets', 'nal-reserved', 'units of types that are reserved, MTAP and FU-B among them')
def _(self):
    kinds = [0, 22, 23, 25, 26, 27, 29, 30, 31]
    return numbered((bytes([0x60 | kinds[n % 9]]) + b'x' * 100 for n, _ in enumerate(iter(int, 1))), 0.02)


@instead_of('packets', 'noise', 'packets with good headers and noise in them')
def _(self):
    return numbered((self.dice.randbytes(self.dice.randrange(1, 1400)) for _ in iter(int, 1)), 0.01, 3)


@instead_of('packets', 'giant-picture', 'pictures of 6 MB each: beyond what is kept')
def _(self):
    sequence, stamp = 0, 0
    while True:
        for payload in cut264(sps()) + cut264(PPS) + cut264(b'\x65\x88' + b'\x55' * 6_000_000):
            yield Rtp(payload, False, stamp, sequence)
            sequence += 1
        stamp += 9000


@instead_of('packets', 'never-a-key', 'no key picture ever: a decoder can never begin')
def _(self):
    n = 0
    while True:
        yield Rtp(b'\x41\x9a' + self.film.other, True, n * 3600, n)
        yield 0.04
        n += 1


@instead_of('packets', 'never-parameter-sets', 'key pictures whose parameter sets are nowhere')
def _(self):
    n = 0
    while True:
        yield Rtp(b'\x65\x88' + self.film.other, True, n * 3600, n)
        yield 0.04
        n += 1


@instead_of('packets', 'parameter-sets-only', 'parameter sets, and no picture')
def _(self):
    return numbered((unit for _ in iter(int, 1) for unit in (sps(), PPS)), 0.02, 2)


def with_sets(name, says, make):
    """Each key picture with these sets in the place of its own."""
    def packets(self):
        sequence, n = 0, 0
        while True:
            units = make(self, n) + [b'\x65\x88' + self.film.other]
            for i, unit in enumerate(units):
                yield Rtp(unit, i == len(units) - 1, n * 3600, sequence)
                sequence += 1
            yield 0.04
            n += 1
    instead_of('packets', name, says)(packets)


with_sets('sps-65535', 'an SPS of 65,535 x 65,535 pixels: a decoder that believes it allocates 6 GB', lambda self, n: [sps(65535, 65535), PPS])
with_sets('sps-each-picture', 'another SPS with each picture: the size changes 25 times a second', lambda self, n: [sps(320 + n % 100 * 16, 240), PPS])
with_sets('sps-garbage', 'an SPS of noise', lambda self, n: [b'\x67' + self.dice.randbytes(40), PPS])
with_sets('sps-zeros', 'an SPS of zeros: an Exp-Golomb code without an end', lambda self, n: [b'\x67\x64\0\x1e' + b'\0\0\3' * 300, PPS])
with_sets('sps-60-kib', 'an SPS of 60 KiB', lambda self, n: [sps() + b'\x55' * 60000, PPS])
with_sets('pps-garbage', 'a PPS of noise, another each time', lambda self, n: [sps(), b'\x68' + self.dice.randbytes(30)])
with_sets('pps-1000', 'a thousand PPS with each picture', lambda self, n: [sps()] + [PPS] * 1000 if n % 25 == 0 else [sps(), PPS])


# --- RTCP ---
def report(ntp, stamp, ssrc=0x0BADCA4E):
    return struct.pack('>BBHIQIII', 0x80, 200, 6, ssrc, ntp & (1 << 64) - 1, stamp & 0xFFFFFFFF, 1, 1)


BYE = struct.pack('>BBHI', 0x81, 203, 1, 0x0BADCA4E)


def beside(name, says, make):
    """The good film, and beside each picture this RTCP."""
    def packets(self):
        n = 0
        for item in self.good_packets():
            yield item
            if isinstance(item, float):
                yield from make(self, n)
                n += 1
    instead_of('packets', name, says)(packets)


beside('rtcp-flood', '50,000 sender reports a second', lambda self, n: [b''.join(b'$\1\0\x1c' + report(n << 32, n * 3600) for _ in range(2000))])
beside('rtcp-malformed', 'RTCP whose lengths and counts lie',
       lambda self, n: [(1, bytes([0x9F, 200 + n % 7, 0xFF, n & 255]) + self.dice.randbytes(n % 40)), (1, b'\x80\xc8'), (1, b'\x80\xc8\0\0')])
beside('rtcp-bye', 'says BYE each second and goes on', lambda self, n: [(1, report(n << 32, n * 3600) + BYE)] if n % 25 == 0 else [])
beside('rtcp-clock', 'sender reports whose NTP time is anywhere between 1900 and 2036', lambda self, n: [(1, report(self.dice.getrandbits(64), n * 3600))])
