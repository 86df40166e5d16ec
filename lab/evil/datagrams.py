"""Bad over UDP."""

import socket

from .camera import Camera, Rtp, behaviour, instead_of


def from_address(name, says, address):
    """Another source than the camera's."""
    def open_datagrams(self):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((address, 0))
        return one
    instead_of('open_datagrams', name, says, udp=True)(open_datagrams)


from_address('udp-spoofed', 'its datagrams come from another address: somebody injects pictures', '127.0.0.2')


def with_ports(name, says, ports):
    def transport(self, request):
        return Camera.transport(self, request).split(';server_port')[0] + ports
    instead_of('transport', name, says, udp=True)(transport)


with_ports('udp-other-port', 'sends from another port than it said: NAT, or several processes in the camera', ';server_port=20-21')
with_ports('udp-port-0', 'server_port=0-0', ';server_port=0-0')
with_ports('udp-port-1', 'server_port=1-1: its reports would go to a service of its own', ';server_port=1-1')
with_ports('udp-port-65535', 'server_port=65535-65536', ';server_port=65535-65536')
with_ports('udp-source-elsewhere', 'source= of another host: our reports would hit a stranger', ';source=192.0.2.9;server_port=5000-5001')


@instead_of('packets', 'udp-oversize', 'datagrams of 60,000 bytes', udp=True)
def _(self):
    for item in self.good_packets():
        if isinstance(item, Rtp):
            item.payload += b'\x55' * 60000
        yield item


@instead_of('packets', 'udp-empty', 'empty datagrams, a thousand a second', udp=True)
def _(self):
    while True:
        for _ in range(20):
            yield (0, b'')
        yield 0.02


@instead_of('packets', 'udp-flood', 'noise as fast as the socket takes it', udp=True)
def _(self):
    noise = [self.dice.randbytes(1400) for _ in range(64)]
    while True:
        for one in noise:
            yield (0, one)
        yield 0.001


@instead_of('packets', 'udp-reversed', 'the packets of each picture in reverse order', udp=True)
def _(self):
    held = []
    for item in self.good_packets():
        if isinstance(item, Rtp):
            held.append(item)
        else:
            yield from reversed(held)
            held = []
            yield item


@instead_of('packets', 'udp-halves-lost', 'each second packet is missing', udp=True)
def _(self):
    for item in self.good_packets():
        if not isinstance(item, Rtp) or item.sequence % 2:
            yield item


@instead_of('packets', 'udp-silent', 'agrees to UDP and sends nothing: a firewall between', udp=True)
def _(self):
    return iter(())


@behaviour('udp-goes-away', 'closes its RTSP connection and goes on sending: pictures that nobody asked for', udp=True)
class GoesAway(Camera):
    def packets(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        return self.good_packets()
