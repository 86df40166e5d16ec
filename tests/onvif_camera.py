#!/usr/bin/env python3
"""An ONVIF camera that was written from the specifications and knows nothing of Bongsu's own code.

HTTP (or HTTPS) with SOAP 1.2, HTTP Digest, WS-UsernameToken, a dome that turns by itself, and WS-Discovery over UDP.
Prints one line of JSON when it listens, {"http": port, "udp": port, "sha256": certificate}, and ends with its standard input.
"""

import argparse
import base64
import datetime
import hashlib
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
ERROR = "http://www.onvif.org/ver10/error"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
PRE_AUTH = {"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetHostname"}


class Fault(Exception):
    def __init__(self, code, subcode, reason, status):
        super().__init__(reason)
        self.code, self.subcode, self.reason, self.status = code, subcode, reason, status


class Dome:
    """Position over time: pan and tilt within [-1, 1], zoom within [0, 1]; a speed of 1 crosses 1 in a second."""

    def __init__(self):
        self.lock = threading.Lock()
        self.at = [0.0, 0.0, 0.0]
        self.speed = [0.0, 0.0, 0.0]
        self.since = time.monotonic()
        self.until = self.since
        self.home = [0.0, 0.0, 0.0]
        self.presets = {"1": ("정문", [0.25, -0.1, 0.5])}

    def settle(self):
        now = time.monotonic()
        span = max(0.0, min(now, self.until) - self.since)
        for i, low in enumerate((-1.0, -1.0, 0.0)):
            self.at[i] = min(1.0, max(low, self.at[i] + self.speed[i] * span))
        self.since = now
        if now >= self.until:
            self.speed = [0.0, 0.0, 0.0]

    def is_moving(self):
        return any(self.speed)

    def go(self, position):
        self.settle()
        self.speed = [0.0, 0.0, 0.0]
        self.at = [self.at[i] if p is None else p for i, p in enumerate(position)]


class Camera:
    def __init__(self, options):
        self.options = options
        self.dome = Dome()
        self.nonces = set()
        self.seen_tokens = set()
        self.lock = threading.Lock()
        self.refused = 0
        self.asked = []

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.options.clock)

    # --- who asks ---
    def token_holds(self, envelope):
        token = envelope.find(f"{{{ENVELOPE}}}Header/{{{SECURITY}}}Security/{{{SECURITY}}}UsernameToken")
        if token is None:
            return False
        text = lambda name: (token.findtext(name) or "").strip()
        nonce, created = text(f"{{{SECURITY}}}Nonce"), text(f"{{{UTILITY}}}Created")
        password = token.find(f"{{{SECURITY}}}Password")
        if password is None or not password.get("Type", "").endswith("#PasswordDigest"):
            return False
        digest = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.options.password.encode()).digest()
        at = datetime.datetime.fromisoformat(created.replace("Z", "+00:00"))
        with self.lock:
            is_new = (nonce, created) not in self.seen_tokens
            self.seen_tokens.add((nonce, created))
        return (is_new and text(f"{{{SECURITY}}}Username") == self.options.user and abs((self.now() - at).total_seconds()) < 20
                and base64.b64decode(password.text.strip()) == digest)

    def digest_holds(self, method, header):
        fields = dict(re.findall(r'(\w+)=(?:"([^"]*)"|[^\s,]+)', header))
        fields.update((k, v) for k, v in re.findall(r'(\w+)=([^\s,"]+)', header))
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()
        with self.lock:
            known = fields.get("nonce") in self.nonces
            if self.options.one_time_nonce:
                self.nonces.discard(fields.get("nonce"))
        ha1 = md5(f"{self.options.user}:camera:{self.options.password}")
        ha2 = md5(f"{method}:{fields.get('uri')}")
        right = md5(":".join((ha1, fields.get("nonce", ""), fields.get("nc", ""), fields.get("cnonce", ""), fields.get("qop", ""), ha2)))
        return known and fields.get("username") == self.options.user and fields.get("response") == right

    def challenge(self):
        nonce = os.urandom(16).hex()
        with self.lock:
            self.nonces.add(nonce)
        return f'Digest realm="camera", qop="auth", nonce="{nonce}", algorithm=MD5'

    # --- what is answered ---
    def answer(self, service, operation, body, here):
        ways = {DEVICE: self.device, MEDIA: self.media, MEDIA2: self.media2, PTZ: self.ptz}
        if service not in ways or (service == MEDIA2 and self.options.no_media2):
            raise Fault("Receiver", "ActionNotSupported", "there is no such service", 500)
        out = ways[service](operation, body, here)
        if out is None:
            raise Fault("Receiver", "ActionNotSupported", "there is no such action", 500)
        return f'<a:{operation}Response xmlns:a="{service}">{out}</a:{operation}Response>'

    def device(self, operation, body, here):
        if operation == "GetSystemDateAndTime":
            t = self.now()
            return (f"<a:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>KST-9</tt:TZ></tt:TimeZone>"
                    f"<tt:UTCDateTime><tt:Time><tt:Hour>{t.hour}</tt:Hour><tt:Minute>{t.minute}</tt:Minute><tt:Second>{t.second}</tt:Second></tt:Time>"
                    f"<tt:Date><tt:Year>{t.year}</tt:Year><tt:Month>{t.month}</tt:Month><tt:Day>{t.day}</tt:Day></tt:Date></tt:UTCDateTime></a:SystemDateAndTime>")
        if operation == "GetDeviceInformation":
            return "<a:Manufacturer>Python</a:Manufacturer><a:Model>Dome &amp; Co</a:Model><a:FirmwareVersion>1</a:FirmwareVersion><a:SerialNumber>42</a:SerialNumber><a:HardwareId>x</a:HardwareId>"
        if operation == "GetServices":
            if self.options.no_services:
                raise Fault(None, None, None, 400)
            names = [(DEVICE, "device_service"), (MEDIA, "media"), (PTZ, "ptz")] + ([] if self.options.no_media2 else [(MEDIA2, "media2")])
            return "".join(f"<a:Service><a:Namespace>{n}</a:Namespace><a:XAddr>{here}/onvif/{p}</a:XAddr><a:Version><tt:Major>2</tt:Major><tt:Minor>6</tt:Minor></a:Version></a:Service>" for n, p in names)
        if operation == "GetCapabilities":
            return f"<a:Capabilities><tt:Media><tt:XAddr>{here}/onvif/media</tt:XAddr></tt:Media><tt:PTZ><tt:XAddr>{here}/onvif/ptz</tt:XAddr></tt:PTZ></a:Capabilities>"
        if operation == "GetNetworkInterfaces":
            return '<a:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>00:00:5E:00:53:42</tt:HwAddress></tt:Info></a:NetworkInterfaces>'
        if operation == "GetHostname":
            return "<a:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>dome</tt:Name></a:HostnameInformation>"
        return None

    PROFILES = [("main profile", "H265", 2560, 1440), ("sub profile", "H264", 640, 360)]

    def profiles(self):
        return self.PROFILES[:1] if self.options.no_sub else self.PROFILES

    def uri(self, body, service, here):
        token = body.findtext(f"{{{service}}}ProfileToken")
        if token not in [p[0] for p in self.PROFILES]:
            raise Fault("Sender", "NoProfile", "there is no such profile", 400)
        host = re.sub(r"^\w+://|:\d+$", "", here)
        name = token.split()[0]
        return name, f"{host}:{self.options.rtsp}/{getattr(self.options, name)}"

    def media(self, operation, body, here):
        if operation == "GetProfiles":
            return "".join(
                f'<a:Profiles token="{t}" fixed="true"><tt:Name>{t}</tt:Name><tt:VideoSourceConfiguration token="v"><tt:SourceToken>lens</tt:SourceToken></tt:VideoSourceConfiguration>'
                f'<tt:VideoEncoderConfiguration token="{t}"><tt:Encoding>{"H264" if e == "H265" else e}</tt:Encoding><tt:Resolution><tt:Width>{w}</tt:Width><tt:Height>{h}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration>'
                f'<tt:PTZConfiguration token="ptz"><tt:NodeToken>node</tt:NodeToken></tt:PTZConfiguration></a:Profiles>' for t, e, w, h in self.profiles())
        if operation in ("GetStreamUri", "GetSnapshotUri"):
            _, where = self.uri(body, MEDIA, here)
            return f"<a:MediaUri><tt:Uri>{'rtsp' if operation == 'GetStreamUri' else 'http'}://{where}</tt:Uri></a:MediaUri>"
        return None

    def media2(self, operation, body, here):
        if operation == "GetProfiles":
            kinds = [t.text for t in body.findall(f"{{{MEDIA2}}}Type")]
            parts = lambda t, e, w, h: "".join((
                '<a:VideoSource token="v"><tt:SourceToken>lens</tt:SourceToken></a:VideoSource>' if "VideoSource" in kinds else "",
                f'<a:VideoEncoder token="{t}" GovLength="30"><tt:Encoding>{e}</tt:Encoding><tt:Resolution><tt:Width>{w}</tt:Width><tt:Height>{h}</tt:Height></tt:Resolution></a:VideoEncoder>' if "VideoEncoder" in kinds else "",
                '<a:PTZ token="ptz"><tt:NodeToken>node</tt:NodeToken></a:PTZ>' if "PTZ" in kinds else ""))
            return "".join(f'<a:Profiles token="{p[0]}" fixed="true"><a:Name>{p[0]}</a:Name><a:Configurations>{parts(*p)}</a:Configurations></a:Profiles>' for p in self.profiles())
        if operation in ("GetStreamUri", "GetSnapshotUri"):
            _, where = self.uri(body, MEDIA2, here)
            return f"<a:Uri>{'rtsp' if operation == 'GetStreamUri' else 'http'}://{where}</a:Uri>"
        return None

    def ptz(self, operation, body, here):
        space = lambda kind, low, y: (f"<tt:{kind}><tt:URI>http://www.onvif.org/ver10/tptz/GenericSpace</tt:URI><tt:XRange><tt:Min>{low}</tt:Min><tt:Max>1</tt:Max></tt:XRange>"
                                      + ("<tt:YRange><tt:Min>-1</tt:Min><tt:Max>1</tt:Max></tt:YRange>" if y else "") + f"</tt:{kind}>")
        if operation == "GetNodes":
            return ('<a:PTZNode token="node" FixedHomePosition="true"><tt:Name>dome</tt:Name><tt:SupportedPTZSpaces>' + space("AbsolutePanTiltPositionSpace", -1, True)
                    + space("AbsoluteZoomPositionSpace", 0, False) + space("ContinuousPanTiltVelocitySpace", -1, True) + space("ContinuousZoomVelocitySpace", -1, False)
                    + "</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>8</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></a:PTZNode>")
        if operation == "GetConfigurations":
            return '<a:PTZConfiguration token="ptz"><tt:Name>ptz</tt:Name><tt:NodeToken>node</tt:NodeToken><tt:DefaultPTZTimeout>PT5S</tt:DefaultPTZTimeout></a:PTZConfiguration>'
        if body.findtext(f"{{{PTZ}}}ProfileToken") not in [p[0] for p in self.PROFILES]:
            raise Fault("Sender", "NoProfile", "there is no such profile", 400)
        with self.dome.lock:
            return self.turn(operation, body)

    def vector(self, body, name):
        part = body.find(f"{{{PTZ}}}{name}")
        turn, zoom = part.find(f"{{{SCHEMA}}}PanTilt"), part.find(f"{{{SCHEMA}}}Zoom")
        return [None if turn is None else float(turn.get("x")), None if turn is None else float(turn.get("y")), None if zoom is None else float(zoom.get("x"))]

    def turn(self, operation, body):
        dome = self.dome
        dome.settle()
        if operation == "ContinuousMove":
            seconds = re.fullmatch(r"PT([\d.]+)S", body.findtext(f"{{{PTZ}}}Timeout") or "PT5S")
            if not seconds or float(seconds[1]) > 10:
                raise Fault("Sender", "TimeoutNotSupported", "at most ten seconds", 400)
            dome.speed = [v or 0.0 for v in self.vector(body, "Velocity")]
            dome.until = dome.since + float(seconds[1])
        elif operation == "AbsoluteMove":
            dome.go(self.vector(body, "Position"))
        elif operation == "RelativeMove":
            dome.go([None if v is None else min(1.0, max(-1.0, dome.at[i] + v)) for i, v in enumerate(self.vector(body, "Translation"))])
        elif operation == "Stop":
            dome.speed = [0.0, 0.0, 0.0]
        elif operation == "GotoHomePosition":
            dome.go(dome.home)
        elif operation == "GetPresets":
            place = lambda p: f'<tt:PTZPosition><tt:PanTilt x="{p[0]}" y="{p[1]}"/><tt:Zoom x="{p[2]}"/></tt:PTZPosition>'
            return "".join(f'<a:Preset token="{k}"><tt:Name>{escape(n)}</tt:Name>{place(p)}</a:Preset>' for k, (n, p) in dome.presets.items())
        elif operation in ("GotoPreset", "SetPreset"):
            token = body.findtext(f"{{{PTZ}}}PresetToken")
            if operation == "SetPreset":
                token = token or str(len(dome.presets) + 1)
                dome.presets[token] = (body.findtext(f"{{{PTZ}}}PresetName"), list(dome.at))
                return f"<a:PresetToken>{token}</a:PresetToken>"
            if token not in dome.presets:
                raise Fault("Sender", "NoToken", "there is no such preset", 400)
            dome.go(dome.presets[token][1])
        elif operation == "GetStatus":
            state = "MOVING" if dome.is_moving() else "IDLE"
            return (f'<a:PTZStatus><tt:Position><tt:PanTilt x="{dome.at[0]:.6f}" y="{dome.at[1]:.6f}"/><tt:Zoom x="{dome.at[2]:.6f}"/></tt:Position>'
                    f"<tt:MoveStatus><tt:PanTilt>{state}</tt:PanTilt><tt:Zoom>{state}</tt:Zoom></tt:MoveStatus></a:PTZStatus>")
        else:
            return None
        return ""


def handler_of(camera):
    options = camera.options

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if options.http10 else "HTTP/1.1"

        def log_message(self, *_):
            pass

        def reply(self, status, body, headers=()):
            raw = (b"\xef\xbb\xbf" if options.bom and body else b"") + body.encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            if options.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif not options.http10:
                self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            if options.chunked:
                for at in range(0, len(raw), 100):
                    piece = raw[at:at + 100]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.wfile.write(raw)

        def soap(self, status, inner):
            self.reply(status, f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="{ENVELOPE}" xmlns:tt="{SCHEMA}" xmlns:ter="{ERROR}"><env:Body>{inner}</env:Body></env:Envelope>')

        def do_POST(self):
            text = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
            if options.hang:
                return time.sleep(60)
            envelope = ElementTree.fromstring(text)
            body = envelope.find(f"{{{ENVELOPE}}}Body")[0]
            service, operation = body.tag[1:].split("}")
            camera.asked.append(operation)
            if operation not in PRE_AUTH and not self.is_known(envelope):
                camera.refused += 1
                if options.auth == "digest":
                    return self.reply(401, "", [("WWW-Authenticate", camera.challenge())])
                return self.fault(Fault("Sender", "NotAuthorized", "the sender is not authorized", 400))
            here = options.inner or f"{'https' if options.tls else 'http'}://{self.headers['Host']}"
            if operation == options.fail:
                return self.fault(Fault("Receiver", "Action", "not today", 500))
            try:
                self.soap(200, camera.answer(service, operation, body, here))
            except Fault as fault:
                self.fault(fault)

        def is_known(self, envelope):
            if options.auth == "none":
                return True
            if options.auth == "digest":
                return camera.digest_holds("POST", self.headers.get("Authorization", ""))
            return camera.token_holds(envelope)

        def fault(self, fault):
            if fault.code is None:
                return self.reply(fault.status, "<html>Bad Request</html>")
            self.soap(fault.status, f"<env:Fault><env:Code><env:Value>env:{fault.code}</env:Value><env:Subcode><env:Value>ter:{fault.subcode}</env:Value></env:Subcode></env:Code>"
                                    f'<env:Reason><env:Text xml:lang="en">{escape(fault.reason)}</env:Text></env:Reason></env:Fault>')

        def do_GET(self):  # For the test, not for ONVIF.
            if self.path.startswith("/rtsp/"):  # Its streams move.
                options.rtsp = int(self.path.split("/")[-1])
            with camera.dome.lock:
                camera.dome.settle()
                dome = {"at": camera.dome.at, "moving": camera.dome.is_moving()}
            self.reply(200, json.dumps({"refused": camera.refused, "asked": camera.asked, "dome": dome}))

    return Handler


def discover(udp, http_port):
    """Answers each Probe thrice: once rightly, once again, once for somebody else's question."""
    while True:
        data, sender = udp.recvfrom(65535)
        try:
            envelope = ElementTree.fromstring(data)
        except ElementTree.ParseError:
            continue
        asked = envelope.findtext(f"{{{ENVELOPE}}}Header/{{{ADDRESSING}}}MessageID")
        types = envelope.findtext(f"{{{ENVELOPE}}}Body/{{{DISCOVERY}}}Probe/{{{DISCOVERY}}}Types") or ""
        if not types.endswith("NetworkVideoTransmitter"):
            continue
        for relates in (asked, asked, f"urn:uuid:{uuid.uuid4()}"):
            udp.sendto(f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{ENVELOPE}" xmlns:a="{ADDRESSING}" xmlns:d="{DISCOVERY}"><s:Header><a:RelatesTo>{relates}</a:RelatesTo></s:Header>'
                       f"<s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:42</a:Address></a:EndpointReference>"
                       f"<d:Scopes>onvif://www.onvif.org/name/Dome%20%26%20Co onvif://www.onvif.org/hardware/x onvif://www.onvif.org/location/%EC%84%9C%EC%9A%B8</d:Scopes>"
                       f"<d:XAddrs>http://127.0.0.1:{http_port}/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>".encode(), sender)


def certificate(folder):
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=camera",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    with open(cert, encoding="ascii") as file:
        return key, cert, hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="p&ss<wörd>")
    parser.add_argument("--auth", choices=("token", "digest", "none"), default="token")
    parser.add_argument("--clock", type=float, default=0, help="seconds that its clock is ahead")
    parser.add_argument("--inner", help="what it calls itself in its own addresses: http://192.168.1.64")
    parser.add_argument("--rtsp", type=int, default=8554, help="the port of its streams")
    parser.add_argument("--main", default="main", help="the path of its main stream")
    parser.add_argument("--sub", default="sub")
    parser.add_argument("--fail", default="", help="the operation that it cannot do")
    for flag in ("no-sub", "one-time-nonce", "no-media2", "no-services", "chunked", "http10", "bom", "hang", "tls"):
        parser.add_argument("--" + flag, action="store_true")
    options = parser.parse_args()
    camera = Camera(options)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(camera))
    server.daemon_threads = True
    digest = ""
    if options.tls:
        with tempfile.TemporaryDirectory() as folder:
            key, cert, digest = certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    threading.Thread(target=discover, args=(udp, server.server_port), daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"http": server.server_port, "udp": udp.getsockname()[1], "sha256": digest}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
