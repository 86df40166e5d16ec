"""Bad at the connection, the messages, their heads and lengths."""

import socket

from .camera import Camera, Gone, behaviour, instead_of


@instead_of('run', 'silent-accept', 'accepts and never says a word: a camera whose application hung while its kernel lives')
def _(self):
    self.stop.wait()


@instead_of('greet', 'banner-garbage', '64 KiB of noise before anybody asked: a serial server or another protocol on port 554')
def _(self):
    return self.dice.randbytes(65536)


@instead_of('run', 'http-only', 'answers HTTP to everything: port 554 mapped to the camera\'s web page')
def _(self):
    while True:
        self.read_request()
        self.send(b'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<h1/>')


@instead_of('run', 'hang-up', 'closes as soon as somebody comes: its table of clients is full')
def _(self):
    raise Gone


@instead_of('run', 'reset-at-once', 'RST as soon as the first request came: a watchdog that restarts the server')
def _(self):
    self.read_request()
    self.reset()


@instead_of('run', 'half-closed', 'shuts its sending side after OPTIONS and goes on reading: a proxy that lost its other half')
def _(self):
    self.send(self.options(self.read_request()))
    self.sock.shutdown(socket.SHUT_WR)
    self.stop.wait()


def loris(step):
    def slow(self, request):
        for byte in getattr(Camera, step)(self, request):
            yield bytes([byte])
            yield 0.5
    return slow


for _step in ('options', 'describe', 'setup', 'play'):
    instead_of(_step, f'slow-loris-{_step}', f'its answer to {_step.upper()} comes one byte each half second: slow loris, or a link that is dying')(loris(_step))


@instead_of('options', 'endless-headers', 'a head without an end, header after header: exhaustion of memory')
def _(self, request):
    yield f'RTSP/1.0 200 OK\r\nCSeq: {request.cseq}\r\n'.encode()
    n = 0
    while True:
        n += 1
        yield f'X-{n}: {"a" * 50}\r\n'.encode()


@instead_of('options', 'huge-header', 'one header of 10 MB: exhaustion of memory')
def _(self, request):
    yield f'RTSP/1.0 200 OK\r\nCSeq: {request.cseq}\r\nX: '.encode()
    for _ in range(160):
        yield b'a' * 65536
    yield b'\r\n\r\n'


@instead_of('options', 'folded-headers', 'one header folded over 10,000 lines (RFC 822 folding): quadratic readers')
def _(self, request):
    yield f'RTSP/1.0 200 OK\r\nCSeq: {request.cseq}\r\nX: a\r\n'.encode() + b' b\r\n' * 10000 + b'\r\n'


@instead_of('options', 'many-headers', '2,000 short headers within the head\'s size: quadratic look-ups')
def _(self, request):
    return f'RTSP/1.0 200 OK\r\nCSeq: {request.cseq}\r\n'.encode() + b'a:b\r\n' * 2000 + b'\r\n'


def with_length(length, body=b''):
    def describe(self, request):
        return (f'RTSP/1.0 200 OK\r\nCSeq: {request.cseq}\r\nContent-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n').encode() + (body or self.sdp())
    return describe


instead_of('describe', 'length-huge', 'Content-Length 99999999999999999999: overflow of an integer')(with_length('99999999999999999999'))
instead_of('describe', 'length-4-gib', 'Content-Length 4294967297: wraps to 1 in 32 bits')(with_length('4294967297'))
instead_of('describe', 'length-negative', 'Content-Length -1: becomes huge without a sign')(with_length('-1'))
instead_of('describe', 'length-words', 'Content-Length "0x10 bytes": strtol readers')(with_length('0x10 bytes'))
instead_of('describe', 'length-too-long', 'Content-Length counts 500 bytes that never come: firmware that counts characters wrong')(
    lambda self, request: with_length(len(self.sdp()) + 500)(self, request))
instead_of('describe', 'length-too-short', 'Content-Length leaves out the second half of the SDP: the rest reads as another message')(
    lambda self, request: with_length(len(self.sdp()) // 2)(self, request))
instead_of('describe', 'length-twice', 'two Content-Lengths that differ: smuggling')(
    lambda self, request: with_length(f'5\r\nContent-Length: {len(self.sdp())}')(self, request))
instead_of('describe', 'body-10-mib', 'a body of 10 MiB that is announced honestly')(
    lambda self, request: with_length(10 << 20, b'v=0\r\n' + b'a=x\r\n' * 400)(self, request))


@behaviour('no-cseq', 'answers without CSeq: old firmware')
class NoCseq(Camera):
    def answer(self, request, status='200 OK', headers=(), body=b''):
        whole = super().answer(request, status, headers, body)
        return whole.replace(f'CSeq: {request.cseq}\r\n'.encode(), b'', 1)


@behaviour('wrong-cseq', 'each answer has CSeq 7777')
class WrongCseq(Camera):
    def answer(self, request, status='200 OK', headers=(), body=b''):
        request.cseq = '7777'
        return super().answer(request, status, headers, body)


@behaviour('jumping-cseq', 'the first answer is right, the others have a CSeq that nobody sent: answers that were swapped')
class JumpingCseq(Camera):
    def answer(self, request, status='200 OK', headers=(), body=b''):
        if request.method != 'OPTIONS':
            request.cseq = str(self.dice.randrange(1000, 1 << 31))
        return super().answer(request, status, headers, body)


@behaviour('answers-twice', 'each answer comes twice: retransmission above TCP')
class AnswersTwice(Camera):
    def reply(self, request):
        whole = super().reply(request)
        return whole + whole


@instead_of('greet', 'answers-before', 'answers to the next twenty requests before one was asked')
def _(self):
    return b''.join(f'RTSP/1.0 200 OK\r\nCSeq: {n}\r\nSession: 1\r\n\r\n'.encode() for n in range(1, 21))


@instead_of('packets', 'answers-unasked', 'while it streams, a thousand answers a second to questions nobody asked, some of them errors')
def _(self):
    for item in self.good_packets():
        yield item
        if isinstance(item, float):
            yield b''.join(f'RTSP/1.0 {self.dice.choice(["200 OK", "404 Not Found", "500 No"])}\r\nCSeq: {self.dice.randrange(1 << 31)}\r\n\r\n'.encode()
                           for _ in range(40))


@instead_of('packets', 'asks-back', 'asks the puller a thousand things a second (OPTIONS, SET_PARAMETER, ANNOUNCE, RECORD)')
def _(self):
    for item in self.good_packets():
        yield item
        if isinstance(item, float):
            yield b''.join(f'{self.dice.choice(["OPTIONS", "SET_PARAMETER", "ANNOUNCE", "RECORD"])} * RTSP/1.0\r\nCSeq: {n}\r\n\r\n'.encode() for n in range(40))


@instead_of('packets', 'asks-and-never-reads', 'asks without end and reads none of the answers: the puller\'s queue to it grows')
def _(self):
    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    while True:
        yield b'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n' * 1000


@behaviour('redirect-request', 'sends the request REDIRECT to file:///etc/passwd while it streams (RFC 2326 10.10)')
class RedirectRequest(Camera):
    def packets(self):
        for item in self.good_packets():
            yield item
            if isinstance(item, float):
                yield b'REDIRECT * RTSP/1.0\r\nCSeq: 9\r\nLocation: file:///etc/passwd\r\n\r\n'


@instead_of('options', 'non-utf8', 'reason and headers of bytes that are no UTF-8: firmware in EUC-KR')
def _(self, request):
    return b'RTSP/1.0 454 \xb1\xa4\xff\xfe\xc0\x80\r\nCSeq: ' + request.cseq.encode() + b'\r\nServer: \xed\xa0\x80\r\n\r\n'


@instead_of('describe', 'reason-non-utf8', 'refuses DESCRIBE with a reason that is no UTF-8, long and with escape codes: it lands in logs and pages')
def _(self, request):
    return b'RTSP/1.0 500 \xb1\xa4\xff<script>\x1b[2J' + b'\xf0\x28' * 500 + b'\r\nCSeq: ' + request.cseq.encode() + b'\r\n\r\n'


@instead_of('describe', 'reason-euc-kr', 'refuses DESCRIBE in EUC-KR: the words land in logs, JSON and pages')
def _(self, request):
    return b'RTSP/1.0 503 ' + '서비스를 사용할 수 없습니다'.encode('euc-kr') + b'\r\nCSeq: ' + request.cseq.encode() + b'\r\n\r\n'


@instead_of('describe', 'reason-long', 'refuses DESCRIBE in 400 Korean letters of UTF-8: cut anywhere, a letter breaks')
def _(self, request):
    return 'RTSP/1.0 503 x{}\r\nCSeq: {}\r\n\r\n'.format('한' * 400, request.cseq).encode()


@instead_of('options', 'nul-bytes', 'NUL bytes in a head: a buffer that was not cleared')
def _(self, request):
    return b'RTSP/1.0 200 OK\r\nCSeq: ' + request.cseq.encode() + b'\0\0\r\nServer: \0\0\0\r\n\r\n'


@instead_of('options', 'status-99999', 'a status that is no status')
def _(self, request):
    return f'RTSP/1.0 99999 Fine\r\nCSeq: {request.cseq}\r\n\r\n'.encode()


@instead_of('options', 'version-9', 'RTSP/9.9')
def _(self, request):
    return f'RTSP/9.9 200 OK\r\nCSeq: {request.cseq}\r\n\r\n'.encode()


@instead_of('options', 'continue-for-ever', '100 Continue, for ever: each answer moves a naive deadline')
def _(self, request):
    while True:
        yield f'RTSP/1.0 100 Continue\r\nCSeq: {request.cseq}\r\n\r\n'.encode()
        yield 0.1


@instead_of('options', 'bare-line-feeds', 'heads that end their lines with LF alone: a home-made server')
def _(self, request):
    return f'RTSP/1.0 200 OK\nCSeq: {request.cseq}\n\n'.encode()


@instead_of('options', 'blank-lines', 'empty lines without end before the answer')
def _(self, request):
    while True:
        yield b'\r\n' * 30000


@instead_of('other', 'teardown-with-body', 'answers TEARDOWN and keep-alives with bodies of 60 KiB')
def _(self, request):
    return self.answer(request, body=b'x' * 60000)


@behaviour('keep-alive-454', 'a session of 2 s whose keep-alives are answered 454: it loses its sessions')
class KeepAlive454(Camera):
    def setup(self, request):
        return self.answer(request, headers=[f'Transport: {self.transport(request)}', f'Session: {self.session};timeout=2'])

    def other(self, request):
        return self.answer(request, '454 Session Not Found')


@instead_of('setup', 'session-timeout-0', 'a session that times out after 0 s: a keep-alive loop')
def _(self, request):
    return self.answer(request, headers=[f'Transport: {self.transport(request)}', f'Session: {self.session};timeout=0'])
