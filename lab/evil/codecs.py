"""Bad units of H.265 and bad fragments of JPEG."""

import struct

from .camera import Rtp, instead_of
from .film import PPS5, VPS5, SPS5, Bits, jpeg_header
from .packets import numbered


def five(name, says, make):
    instead_of('packets', name, says, codec='h265')(lambda self: numbered((make(self, n) for n, _ in enumerate(iter(int, 1))), 0.02))


def fragments5(self):
    yield from numbered([VPS5, SPS5, PPS5], each=0)
    sequence = 3
    while True:
        yield Rtp(b'\x62\x01' + (b'\x93' if sequence == 3 else b'\x13') + b'\x55' * 1390, False, 0, sequence)
        sequence += 1
        if sequence % 100 == 0:
            yield 0.001


def nest5(depth):
    unit = b'\x26\x01\xaf' + b'x' * 20
    for _ in range(depth):
        unit = b'\x60\x01' + struct.pack('>H', len(unit)) + unit
    return unit


instead_of('packets', 'h265-fu-endless', 'H.265: one fragmented unit that never ends', codec='h265')(fragments5)
five('h265-ap-nested', 'H.265: aggregation packets within aggregation packets', lambda self, n: nest5(200))
five('h265-ap-lies', 'H.265: aggregation packets whose lengths lie', lambda self, n: [b'\x60\x01\0\0\0\0', b'\x60\x01\xff\xff\x26', b'\x60\x01\0', b'\x60\x01'][n % 4])
five('h265-ap-bomb', 'H.265: aggregation packets of 15,000 units of two bytes', lambda self, n: b'\x60\x01' + b'\0\2\x02\x01' * 15000)
five('h265-paci', 'H.265: PACI and reserved types', lambda self, n: bytes([(48 + n % 16) << 1 & 0xFF, 1]) + b'x' * 50)
five('h265-short', 'H.265: units of one byte', lambda self, n: b'\x26')
five('h265-noise', 'H.265: noise', lambda self, n: self.dice.randbytes(self.dice.randrange(1, 1400)))


def sets5(make):
    def packets(self):
        sequence, n = 0, 0
        while True:
            units = [VPS5, make(self, n), PPS5, b'\x26\x01\xaf' + self.film.other]
            for i, unit in enumerate(units):
                yield Rtp(unit, i == len(units) - 1, n * 3600, sequence)
                sequence += 1
            yield 0.04
            n += 1
    return packets


def sps5(width, height):
    """Main profile, one layer."""
    bits = Bits().u(4, 0).u(3, 0).u(1, 1).u(8, 1).u(32, 0x60000000).u(48, 0x900000000000).u(8, 93)
    bits.ue(0).ue(1).ue(width).ue(height).u(1, 0)
    return b'\x42\x01' + bits.ue(0).ue(0).ue(4).u(1, 0).ue(1).ue(0).ue(0).bytes() + b'\x80' * 20


instead_of('packets', 'h265-sps-65535', 'H.265: an SPS of 65,535 x 65,535 pixels', codec='h265')(sets5(lambda self, n: sps5(65535, 65535)))
instead_of('packets', 'h265-sps-garbage', 'H.265: an SPS of noise', codec='h265')(sets5(lambda self, n: b'\x42\x01' + self.dice.randbytes(60)))
instead_of('packets', 'h265-sps-zeros', 'H.265: an SPS of zeros', codec='h265')(sets5(lambda self, n: b'\x42\x01\x01' + b'\0\0\3' * 200))
instead_of('packets', 'codec-switch', 'promises H.265 and sends H.264: a setting that was changed in the camera\'s page', codec='h265')(
    lambda self: (packet for packet in H264(self)))


def H264(self):
    from .film import Film
    self.film = Film('h264')
    return self.good_packets()


# --- JPEG (RFC 2435) ---
def jpeg(name, says, make):
    """`make(self, n)` answers the payloads of one picture."""
    def packets(self):
        sequence, n = 0, 0
        while True:
            payloads = make(self, n)
            for i, payload in enumerate(payloads):
                yield Rtp(payload, i == len(payloads) - 1, n * 3600, sequence, kind=26)
                sequence += 1
            yield 0.04
            n += 1
    instead_of('packets', name, says, codec='jpeg')(packets)


SCAN = b'\x55' * 1000
jpeg('jpeg-2040-no-tables', 'JPEG of 2,040 x 2,040 by tables that never come (Q 255)', lambda self, n: [jpeg_header(0, 1, 255, 255, 255) + b'\0\0\0\0' + SCAN])
jpeg('jpeg-table-length', 'JPEG tables of 65,535 bytes in a packet of 1,000', lambda self, n: [jpeg_header(0, 1, 200) + b'\0\0\xff\xff' + SCAN])
jpeg('jpeg-restart-lies', 'JPEG restart intervals of 0, and headers that are cut off', lambda self, n: [
    [jpeg_header(0, 65) + b'\0\0\xff\xff' + SCAN], [jpeg_header(0, 65) + b'\0']][n % 2])
jpeg('jpeg-overlap', 'JPEG fragments that overlap', lambda self, n: [jpeg_header(i * 500) + SCAN for i in range(8)])
jpeg('jpeg-holes', 'JPEG fragments with holes between', lambda self, n: [jpeg_header(i * 1500) + SCAN for i in range(8)])
jpeg('jpeg-offset-16-mib', 'JPEG fragments at the end of the largest picture', lambda self, n: [jpeg_header(0) + SCAN, jpeg_header(0xFFFFFF) + SCAN])
jpeg('jpeg-type-reserved', 'JPEG of reserved types', lambda self, n: [jpeg_header(0, 2 + n % 60) + SCAN])
jpeg('jpeg-q-0', 'JPEG of reserved Q', lambda self, n: [jpeg_header(0, 1, [0, 100, 127][n % 3]) + SCAN])
jpeg('jpeg-size-0', 'JPEG of 0 x 0 whose size nothing tells', lambda self, n: [jpeg_header(0, 1, 60, 0, 0) + SCAN])
jpeg('jpeg-size-changes', 'JPEG whose size changes with each picture', lambda self, n: [jpeg_header(0, 1, 60, 1 + n % 255, 1 + n % 200) + SCAN])
jpeg('jpeg-fields-change', 'JPEG whose size changes between the fragments of one picture', lambda self, n: [jpeg_header(i * 1000, 1, 60, 80 + i, 45) + SCAN for i in range(4)])
