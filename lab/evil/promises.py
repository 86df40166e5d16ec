"""Bad in what is promised: description, credentials, redirects, transport."""

from .camera import Camera, behaviour, instead_of


def sdp(name, says, **fields):
    def take(make):
        instead_of('sdp', name, says, **fields)(make)
    return take


sdp('sdp-60-kib', 'an SDP of 60 KiB of attributes before its track: debug output in the description')(
    lambda self: b'v=0\r\n' + b'a=x:' + b'y' * 60000 + b'\r\n' + self.film.sdp()[5:])
sdp('sdp-10000-tracks', 'an SDP with 10,000 tracks')(lambda self: b'v=0\r\n' + b'm=a\r\n' * 10000)
sdp('sdp-1000-tracks', 'an SDP with 1,000 video tracks of codecs that nobody knows')(
    lambda self: b'v=0\r\n' + b'm=video 0 RTP/AVP 97\r\na=rtpmap:97 X/1\r\n' * 900)
sdp('sdp-no-video', 'sound only: the encoder is switched off')(lambda self: b'v=0\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n')
sdp('sdp-empty', 'no description at all')(lambda self: b'')
sdp('sdp-html', 'a web page as its description')(lambda self: b'<html><body>login</body></html>')
sdp('sdp-unknown-codec', 'VP9 only')(lambda self: self.film.sdp().replace(b'H264', b'VP9'))
sdp('sdp-mode-2', 'H.264 with packetization-mode 2 (interleaved units)')(lambda self: self.film.sdp().replace(b'mode=1', b'mode=2'))
sdp('sdp-clock-rate', 'H264 with a clock of 0 Hz')(lambda self: self.film.sdp().replace(b'H264/90000', b'H264/0'))
sdp('sdp-payload-999', 'a payload type of 999')(lambda self: self.film.sdp().replace(b'96', b'999'))
sdp('sdp-non-utf8', 'names that are no UTF-8; the track is good')(lambda self: self.film.sdp().replace(b's=evil', b's=\xb1\xa4\xff\xfe'))
sdp('sdp-nul', 'NUL bytes in the middle of the SDP')(lambda self: self.film.sdp().replace(b's=evil', b's=e\0il'))
sdp('sdp-control-long', 'a control URL of 50,000 letters')(lambda self: self.film.sdp().replace(b'track1', b't' * 50000))
sdp('sdp-control-spaces', 'a control URL that would smuggle a second request')(
    lambda self: self.film.sdp().replace(b'track1', b'x RTSP/1.0 DESCRIBE rtsp://10.0.0.1/'))
sdp('sdp-control-elsewhere', 'a control URL on another host: SETUP for somebody else (no connection goes there)')(
    lambda self: self.film.sdp().replace(b'track1', b'rtsp://192.0.2.7/track1'))
sdp('sdp-sprop-garbage', 'sprop-parameter-sets of noise; in band they are good')(
    lambda self: self.film.sdp().replace(b'mode=1', b'mode=1;sprop-parameter-sets=////,AAAA,Z0IAAA==,%%%;profile-level-id=zzzzzz'))
sdp('sdp-sprop-1000', '1,000 parameter sets in the SDP')(
    lambda self: self.film.sdp().replace(b'mode=1', b'mode=1;sprop-parameter-sets=' + b','.join([b'Z0LAHtoCgPaEAAADAAQ='] * 1000)))
sdp('sdp-dimensions', 'dimensions of 99999999999x-1')(lambda self: self.film.sdp() + b'a=x-dimensions:99999999999,-1\r\na=framesize:96 0-0\r\n')


# --- credentials ---
def challenge(*values, again=None):
    def reply(self, request):
        self.asked = getattr(self, 'asked', 0) + 1
        lines = [value.replace('NONCE', f'{self.asked:032x}') for value in values]
        return self.answer(request, '401 Unauthorized', [f'WWW-Authenticate: {line}' for line in lines])
    return reply


def refuses(name, says, *values):
    instead_of('reply', name, says)(challenge(*values))


refuses('auth-401-for-ever', 'the right Digest challenge, and no answer is ever good: the password was changed', 'Digest realm="c", nonce="NONCE"')
refuses('auth-stale-loop', 'Digest with stale=true and a new nonce each time: a client that obeys asks for ever', 'Digest realm="c", nonce="NONCE", stale=true')
refuses('auth-unknown-algorithm', 'Digest by an algorithm that nobody has', 'Digest realm="c", nonce="NONCE", algorithm=ROT13')
refuses('auth-realm-14-kib', 'a realm of 14 KiB, which the answer would have to repeat', f'Digest realm="{"r" * 14000}", nonce="NONCE"')
refuses('auth-realm-unquoted', 'a realm whose quotation never ends', 'Digest realm="c, nonce="NONCE", qop="auth')
refuses('auth-nothing', '401 without a challenge')
refuses('auth-schemes', 'Negotiate, NTLM, Bearer, and a Digest without a nonce', 'Negotiate', 'NTLM TlRMTVNT', 'Bearer', 'Digest realm="c"', 'Basic')
refuses('auth-injection', 'a nonce that holds line ends as escapes and quotes: header injection', 'Digest realm="\\"\\r\\nX: y", nonce="\\"\\\\\\"", opaque="\\""')


# --- redirects ---
def sends_to(name, says, target, status='302 Found'):
    def reply(self, request):
        place = target(self, request) if callable(target) else target
        return self.answer(request, status, [f'Location: {place}'] if place else [])
    instead_of('describe', name, says)(reply)


sends_to('redirect-to-itself', 'redirects to where we are, for ever', lambda self, request: request.url)
sends_to('redirect-ping-pong', 'redirects between two of its paths, for ever',
         lambda self, request: request.url[:-1] if request.url.endswith('x') else request.url + 'x')
sends_to('redirect-loopback-2', 'redirects to another address of loopback: server-side request forgery', 'rtsp://127.0.0.2:22/')
sends_to('redirect-metadata', 'redirects to the cloud\'s metadata address', 'rtsp://169.254.169.254/latest')
sends_to('redirect-elsewhere', 'redirects to an address of the Internet', 'rtsp://192.0.2.1/live')
sends_to('redirect-file', 'redirects to file:///etc/passwd', 'file:///etc/passwd')
sends_to('redirect-http', 'redirects to http://', 'http://127.0.0.1/')
sends_to('redirect-nowhere', 'redirects without saying where', '')
sends_to('redirect-long', 'redirects to a URL of 15,000 letters', 'rtsp://127.0.0.1/' + 'a' * 15000)
sends_to('redirect-300', 'answers 300 Multiple Choices', lambda self, request: request.url, '300 Multiple Choices')


# --- transport ---
def offers(name, says, text, **fields):
    instead_of('transport', name, says, **fields)(lambda self, request: text)


offers('channels-999', 'interleaved=999-1000: no byte holds that', 'RTP/AVP/TCP;unicast;interleaved=999-1000')
offers('channels-same', 'RTP and RTCP on one channel', 'RTP/AVP/TCP;unicast;interleaved=0-0')
offers('transport-udp-anyway', 'answers UDP to a question for TCP', 'RTP/AVP;unicast;client_port=1-2;server_port=3-4')
offers('transport-multicast', 'answers multicast', 'RTP/AVP;multicast;destination=224.1.1.1;port=5000-5001;ttl=255')
offers('transport-1000', 'a Transport of 1,000 choices', ','.join(['RTP/AVP/XX;unicast'] * 700))


@instead_of('setup', 'setup-no-session', 'SETUP is answered without a session')
def _(self, request):
    return self.answer(request, headers=[f'Transport: {self.transport(request)}'])


@instead_of('setup', 'setup-long-session', 'a session of 10,000 letters, which each request would have to repeat')
def _(self, request):
    return self.answer(request, headers=[f'Transport: {self.transport(request)}', 'Session: ' + 's' * 10000])


@behaviour('other-channels', 'says channels 4-5 and sends on 0-1: real firmware')
class OtherChannels(Camera):
    def transport(self, request):
        super().transport(request)
        return 'RTP/AVP/TCP;unicast;interleaved=4-5'


@instead_of('play', 'play-refused', '500 to PLAY: its limit of streams')
def _(self, request):
    return self.answer(request, '500 Internal Server Error')


@instead_of('describe', 'not-found', '404 to DESCRIBE: the path is another')
def _(self, request):
    return self.answer(request, '404 Not Found')
