"""A camera that behaves, one thread for each connection; a bad behaviour replaces one step of it.

A step answers bytes, or yields bytes (sent as they are) and numbers (seconds to wait).
"""

import random
import socket
import struct
import threading

from .film import Film, Rtp

REGISTRY = {}


class Gone(Exception):
    """The conversation is over: the peer went, or the behaviour was switched off."""


class Request:
    def __init__(self, head):
        lines = head.split('\r\n')
        self.method, self.url = (lines[0].split(' ') + ['', ''])[:2]
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(':')
            self.headers[name.strip().lower()] = value.strip()
        self.cseq = self.headers.get('cseq', '0')


class Camera:
    name, says = '', ''
    codec = 'h264'
    tls = False   # Speaks behind TLS, or should.
    udp = False   # Wants to be asked for UDP.
    wants = ''    # Digest: nothing is answered without a password when set.

    def __init__(self, connection, stop, seed):
        self.sock, self.stop = connection, stop
        self.dice = random.Random(f'{self.name} {seed}')
        self.film = Film(self.codec)
        self.pending, self.lock = b'', threading.Lock()
        self.session = '7E57'
        self.peer_port = None  # (RTP port of the puller) when it asked for UDP.
        self.datagrams = None
        self.playing = False

    # --- the socket ---
    def wait(self, seconds):
        if self.stop.wait(seconds):
            raise Gone

    def send(self, data):
        if self.stop.is_set():
            raise Gone
        with self.lock:
            self.sock.sendall(data)

    def send_all(self, steps):
        if steps is None:
            return
        for step in [steps] if isinstance(steps, bytes) else steps:
            if isinstance(step, bytes):
                self.send(step)
            else:
                self.wait(step)

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.sock.shutdown(socket.SHUT_RD)  # Whoever reads it lets go of it.
        self.sock.close()
        raise Gone

    def read_request(self):
        while True:
            while self.pending[:1] == b'$' and len(self.pending) >= 4:
                size = 4 + int.from_bytes(self.pending[2:4], 'big')
                if len(self.pending) < size:
                    break
                self.pending = self.pending[size:]
            end = self.pending.find(b'\r\n\r\n')
            if self.pending[:1] != b'$' and end >= 0:
                head, self.pending = self.pending[:end], self.pending[end + 4:]
                return Request(head.decode('latin-1'))
            data = self.sock.recv(65536)
            if not data or self.stop.is_set():
                raise Gone
            self.pending += data

    # --- the conversation ---
    def answer(self, request, status='200 OK', headers=(), body=b''):
        lines = [f'RTSP/1.0 {status}', f'CSeq: {request.cseq}', *headers]
        if body:
            lines.append(f'Content-Length: {len(body)}')
        return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n' + body

    def greet(self):
        """Before the first request."""

    def options(self, request):
        return self.answer(request, headers=['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER'])

    def sdp(self):
        return self.film.sdp()

    def describe(self, request):
        return self.answer(request, headers=[f'Content-Base: {request.url}/', 'Content-Type: application/sdp'], body=self.sdp())

    def transport(self, request):
        asked = request.headers.get('transport', '')
        if 'client_port=' in asked:
            self.peer_port = int(asked.split('client_port=')[1].split('-')[0])
            self.datagrams = self.open_datagrams()
            port = self.datagrams.getsockname()[1]
            return f'RTP/AVP;unicast;client_port={self.peer_port}-{self.peer_port + 1};server_port={port}-{port + 1}'
        return 'RTP/AVP/TCP;unicast;interleaved=0-1'

    def open_datagrams(self):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(('127.0.0.1', 0))
        return one

    def setup(self, request):
        return self.answer(request, headers=[f'Transport: {self.transport(request)}', f'Session: {self.session};timeout=60'])

    def play(self, request):
        return self.answer(request, headers=[f'Session: {self.session}', 'Range: npt=0.000-'])

    def other(self, request):
        return self.answer(request, headers=[f'Session: {self.session}'])

    def reply(self, request):
        step = {'OPTIONS': self.options, 'DESCRIBE': self.describe, 'SETUP': self.setup, 'PLAY': self.play}.get(request.method, self.other)
        return step(request)

    def run(self):
        self.send_all(self.greet())
        while True:
            request = self.read_request()
            self.send_all(self.reply(request))
            if request.method == 'PLAY' and not self.playing:
                self.playing = True
                threading.Thread(target=self.listen_on, daemon=True).start()
                self.stream()

    def listen_on(self):
        try:
            while True:
                self.send_all(self.reply(self.read_request()))
        except (Gone, OSError, ValueError):
            pass

    # --- pictures ---
    def stream(self):
        """After PLAY. What packets() yields is sent: an Rtp, (channel, bytes), bytes as they are, or seconds."""
        for item in self.packets():
            if isinstance(item, Rtp):
                self.send_packet(0, item.bytes())
            elif isinstance(item, tuple):
                self.send_packet(*item)
            elif isinstance(item, bytes):
                self.send(item)
            else:
                self.wait(item)
        self.stop.wait()
        raise Gone

    def send_packet(self, channel, packet):
        if self.datagrams is None:
            return self.send(b'$' + bytes([channel]) + struct.pack('>H', len(packet) & 0xFFFF) + packet)
        if self.stop.is_set():
            raise Gone
        self.datagrams.sendto(packet, ('127.0.0.1', self.peer_port + channel % 2))

    def good_packets(self, pace=0.04, pictures=None):
        """The film for ever, in its time; `sequence` and `stamp` as they should be."""
        sequence, n = 1000, 0
        while pictures is None or n < pictures:
            payloads = self.film.payloads(n)
            for i, payload in enumerate(payloads):
                yield Rtp(payload, i == len(payloads) - 1, 90000 + n * 3600, sequence, kind=self.film.kind)
                sequence += 1
            n += 1
            if pace:
                yield pace

    def packets(self):
        return self.good_packets()


# --- how behaviours are written down ---
def register(name, says, cls, **fields):
    assert name not in REGISTRY, name
    for key, value in fields.items():
        setattr(cls, key, value)
    cls.name, cls.says = name, says
    REGISTRY[name] = cls
    return cls


def behaviour(name, says, **fields):
    """Of a class."""
    return lambda cls: register(name, says, cls, **fields)


def instead_of(step, name, says, **fields):
    """The function takes the place of this method: greet, options, describe, sdp, setup, transport, play, other, packets, run."""
    def take(function):
        register(name, says, type('Camera_' + name.replace('-', '_'), (Camera,), {step: function}), **fields)
        return function
    return take


def spoiled(name, says, **fields):
    """The function gets each good packet and answers what is sent in its place (a list)."""
    def take(function):
        def packets(self):
            for item in self.good_packets():
                if isinstance(item, Rtp):
                    yield from function(self, item)
                else:
                    yield item
        register(name, says, type('Camera_' + name.replace('-', '_'), (Camera,), {'packets': packets}), **fields)
        return function
    return take


@behaviour('good', 'nothing is bad: what all the others are measured against')
class Good(Camera):
    pass
