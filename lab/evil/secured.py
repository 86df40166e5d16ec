"""Bad behind TLS, or before it. Certificates are made by the openssl program, in a folder that goes with the process."""

import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

from .camera import Camera, Gone, behaviour, instead_of

_made, _lock = {}, threading.Lock()


def certificate():
    """(certificate, key) of one that signed itself; made once."""
    with _lock:
        if 'one' not in _made:
            folder = _made['folder'] = tempfile.mkdtemp(prefix='evilcam-')
            names = os.path.join(folder, 'cert.pem'), os.path.join(folder, 'key.pem')
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '10', '-subj',
                            '/CN=evil', '-keyout', names[1], '-out', names[0]], check=True, capture_output=True)
            _made['one'] = names
        return _made['one']


def clean():
    shutil.rmtree(_made.get('folder', ''), ignore_errors=True)


class Secured(Camera):
    tls = True

    def context(self):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(*certificate())
        return made

    def run(self):
        self.sock = self.context().wrap_socket(self.sock, server_side=True)
        super().run()


@behaviour('tls-good', 'nothing is bad, behind TLS')
class Good(Secured):
    pass


@behaviour('tls-chain-1000', 'a chain of 1,000 certificates')
class Chain(Secured):
    def context(self):
        name, key = certificate()
        chain = name + '.chain'
        with _lock, open(name) as one:
            text = one.read()
            if not os.path.exists(chain):
                with open(chain, 'w') as out:
                    out.write(text * 1000)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(chain, key)
        return made


@behaviour('tls-silent-inside', 'shakes hands, then says nothing')
class SilentInside(Secured):
    def reply(self, request):
        return None


@behaviour('tls-garbage-inside', 'noise within TLS, without end')
class GarbageInside(Secured):
    def greet(self):
        piece = self.dice.randbytes(65536)
        while True:
            yield piece


@behaviour('tls-cut', 'closes the TCP connection without ending TLS, in the midst')
class Cut(Secured):
    def packets(self):
        yield from self.good_packets(pictures=25)
        self.reset()


@instead_of('run', 'tls-garbage', 'noise in the place of a ServerHello', tls=True)
def _(self):
    self.sock.recv(4096)
    while True:
        self.send(self.dice.randbytes(65536))


@instead_of('run', 'tls-plain', 'plain RTSP on the TLS port', tls=True)
def _(self):
    self.send(b'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n')
    self.stop.wait()


@instead_of('run', 'tls-silent', 'takes the ClientHello and says nothing', tls=True)
def _(self):
    self.stop.wait()


@instead_of('run', 'tls-endless-handshake', 'a ServerHello of which a byte comes each 100 ms', tls=True)
def _(self):
    self.sock.recv(4096)
    for byte in b'\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03' + b'\x55' * 16000:
        self.send(bytes([byte]))
        self.wait(0.1)


@instead_of('run', 'tls-empty-records', 'empty handshake records without end', tls=True)
def _(self):
    self.sock.recv(4096)
    while True:
        self.send(b'\x16\x03\x03\0\0' * 5000)


@instead_of('run', 'tls-alerts', 'warning alerts without end', tls=True)
def _(self):
    self.sock.recv(4096)
    while True:
        self.send(b'\x15\x03\x03\0\2\1\x5a' * 5000)


@instead_of('run', 'tls-hello-lies', 'a ServerHello whose lengths lie', tls=True)
def _(self):
    self.sock.recv(4096)
    self.send(b'\x16\x03\x03' + struct.pack('>H', 50) + b'\x02\xff\xff\xff\x03\x03' + b'\x55' * 44)
    self.stop.wait()


@instead_of('run', 'tls-hang-up', 'hangs up on the ClientHello', tls=True)
def _(self):
    self.sock.recv(4096)
    raise Gone


@instead_of('run', 'tls-renegotiation', 'asks to renegotiate each 10 ms (openssl s_server, TLS 1.2)', tls=True)
def _(self):
    name, key = certificate()
    server = subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:0', '-naccept', '1', '-tls1_2', '-cert', name, '-key', key],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = b'x'
        while line and not line.startswith(b'ACCEPT 127'):
            line = server.stdout.readline()
        behind = socket.create_connection(('127.0.0.1', int(line.rsplit(b':', 1)[1])))
        for source, sink in ((self.sock, behind), (behind, self.sock)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()
        threading.Thread(target=server.stdout.read, daemon=True).start()
        while server.poll() is None:
            self.wait(0.01)
            server.stdin.write(b'r\n')
            server.stdin.flush()
    finally:
        server.kill()
        server.wait()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
