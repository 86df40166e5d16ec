#!/usr/bin/env python3
"""Writes tests/golden/media/: small films and their RTP packets, none of it made by our own code.

The pictures are encoded by libx264, libx265 and ffmpeg's and libjpeg's (GStreamer's) Motion JPEG; the packets come from ffmpeg's RTP
muxer and from GStreamer's payloaders, and where no payloader writes a form (JPEG with a Q factor below 100, tables left out, H.265
parameter sets in the SDP alone) from this file, by the RFC. Needs ffmpeg and gstreamer1.0-plugins-{base,good,bad}. Encoders of other
versions make other bytes: run it only to add a film, and commit what it writes. A capture (.rtp) is RFC 4571: each packet behind its
length in 16 bits. What each file is stands in tests/golden/media/README.md.
"""

import base64
import json
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent / "tests/golden/media"
FPS = 10
rows = []


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def encode(name, size, frames, *codec):
    """Moving noise on a test card: a key picture of 64x64 is larger than one packet."""
    run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={FPS},noise=alls=40:all_seed=7", "-frames:v",
        str(frames), "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1", *codec, str(OUT / name))


def mkv(name, folder):
    """GStreamer reads timestamps from a container."""
    path = folder / (name + ".mkv")
    form = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}[name.rsplit(".", 1)[1]]
    run("ffmpeg", "-v", "error", "-y", "-f", form, "-framerate", str(FPS), "-i", str(OUT / name), "-c", "copy", str(path))
    return path


def by_gstreamer(film, capture, parser, payloader):
    with tempfile.TemporaryDirectory() as folder:
        source = mkv(film, pathlib.Path(folder))
        run("gst-launch-1.0", "-q", "filesrc", f"location={source}", "!", "matroskademux", "!", *parser.split(), "!", *payloader.split(),
            "ssrc=7", "seqnum-offset=65530", "timestamp-offset=4294960000", "!", "rtpstreampay", "!", "filesink",
            f"location={OUT / capture}")


def by_gstreamer_joined(films, capture, payloader):
    """One film behind the other through a transport stream, which keeps the parameter sets where they are."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "film.h264"
        source.write_bytes(b"".join((OUT / film).read_bytes() for film in films))
        run("ffmpeg", "-v", "error", "-y", "-f", "h264", "-framerate", str(FPS), "-i", str(source), "-c", "copy", f"{source}.ts")
        run("gst-launch-1.0", "-q", "filesrc", f"location={source}.ts", "!", "tsdemux", "!", "h264parse", "config-interval=-1", "!",
            *payloader.split(), "ssrc=7", "seqnum-offset=65530", "timestamp-offset=4294960000", "!", "rtpstreampay", "!", "filesink",
            f"location={OUT / capture}")


def by_ffmpeg(film, capture, *options):
    """ffmpeg's muxer wants a port; what arrives there is the capture, and what it describes the .sdp."""
    inbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inbox.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    inbox.bind(("127.0.0.1", 0))
    port = inbox.getsockname()[1]
    form = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}[film.rsplit(".", 1)[1]]
    sdp = OUT / (capture.rsplit(".", 1)[0] + ".sdp")
    run("ffmpeg", "-v", "error", "-y", "-f", form, "-framerate", str(FPS), "-i", str(OUT / film), "-c", "copy", "-fflags", "+bitexact",
        "-f", "rtp", "-ssrc", "7", "-seq", "65530", *options, "-sdp_file", str(sdp), f"rtp://127.0.0.1:{port}")
    text = sdp.read_text().replace(f"m=video {port} ", "m=video 0 ")
    sdp.write_text(re.sub(r"a=tool:.*\r?\n", "", text))
    inbox.settimeout(0.5)
    packets = []
    try:
        while True:
            packets.append(inbox.recv(65536))
    except socket.timeout:
        pass
    write_capture(capture, packets)


def write_capture(capture, packets):
    (OUT / capture).write_bytes(b"".join(struct.pack(">H", len(p)) + p for p in packets))


def read_capture(capture):
    data, out = (OUT / capture).read_bytes(), []
    while data:
        size = struct.unpack(">H", data[:2])[0]
        out.append(data[2:2 + size])
        data = data[2 + size:]
    return out


def jpegs(name):
    return [b"\xff\xd8" + part for part in (OUT / name).read_bytes().split(b"\xff\xd8")[1:]]


def parts_of(jpeg):
    """(quantisation tables in their order, scan without the end marker) of a baseline file."""
    tables, at = {}, 2
    while True:
        marker, size = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2:at + 4])[0]
        body = jpeg[at + 4:at + 2 + size]
        if marker == 0xDB:
            while body:
                tables[body[0]] = body[1:65]
                body = body[65:]
        at += 2 + size
        if marker == 0xDA:
            return [tables[i] for i in sorted(tables)], jpeg[at:].removesuffix(b"\xff\xd9")


def jpeg_packets(name, kind, q, with_tables, size, part_size=900):
    """RFC 2435 3.1 by hand: `kind` 0 is 4:2:2, 1 is 4:2:0; `with_tables(i)` says whether picture i brings its tables."""
    out, sequence = [], 100
    for i, jpeg in enumerate(jpegs(name)):
        tables, scan = parts_of(jpeg)
        offset = 0
        while offset < len(scan):
            head = struct.pack(">IBBBB", offset, kind, q, size[0] // 8, size[1] // 8)
            if q >= 128 and offset == 0:
                body = b"".join(tables) if with_tables(i) else b""
                head += struct.pack(">BBH", 0, 0, len(body)) + body
            part = scan[offset:offset + part_size]
            offset += len(part)
            marker = 0x80 if offset == len(scan) else 0
            out.append(struct.pack(">BBHII", 0x80, marker | 26, sequence & 0xFFFF, i * 90000 // FPS, 7) + head + part)
            sequence += 1
    return out


def units(name):
    return [u.rstrip(b"\0") for u in re.split(b"\0\0\1", (OUT / name).read_bytes()) if u.rstrip(b"\0")]


def row(capture, film, what, sdp, **expected):
    path = OUT / (capture.rsplit(".", 1)[0] + ".sdp")
    if sdp:
        path.write_text("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + sdp)
    rows.append({"capture": capture, "sdp": path.name, "films": film if isinstance(film, list) else [film], "what": what, **expected})


def h264():
    encode("h264.h264", "64x64", 20, "-c:v", "libx264", "-profile:v", "high", "-preset", "medium", "-bf", "0", "-g", "8", "-crf", "30",
           "-x264-params", "keyint=8:min-keyint=8:scenecut=0:slices=2:threads=1", "-pix_fmt", "yuv420p")
    encode("wide.h264", "96x64", 10, "-c:v", "libx264", "-profile:v", "main", "-bf", "0", "-crf", "34",
           "-x264-params", "keyint=5:min-keyint=5:scenecut=0:threads=1", "-pix_fmt", "yuv420p")
    encode("narrow.h264", "64x64", 10, "-c:v", "libx264", "-profile:v", "main", "-bf", "0", "-crf", "34",
           "-x264-params", "keyint=5:min-keyint=5:scenecut=0:threads=1", "-pix_fmt", "yuv420p")
    high = {"codec": "h264", "codecs": "avc1.64000a", "sizes": [[64, 64]], "frames": [20], "keys": [[0, 8, 16]]}
    by_ffmpeg("h264.h264", "h264_ffmpeg.rtp")
    row("h264_ffmpeg.rtp", "h264.h264", "libx264 high, two slices a picture, by ffmpeg's RTP muxer", "", **high)
    by_gstreamer("h264.h264", "h264_gstreamer.rtp", "h264parse", "rtph264pay config-interval=-1 aggregate-mode=zero-latency mtu=900")
    row("h264_gstreamer.rtp", "h264.h264", "the same by rtph264pay: STAP-A, parameter sets in band before each key, none in the SDP",
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n", **high)
    by_gstreamer_joined(["narrow.h264", "wide.h264"], "h264_resized.rtp", "rtph264pay config-interval=-1")
    row("h264_resized.rtp", ["narrow.h264", "wide.h264"], "libx264 main, 64x64 and from the 11th picture on 96x64, by rtph264pay",
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", codec="h264", codecs="avc1.4d400a", sizes=[[64, 64], [96, 64]],
        frames=[10, 10], keys=[[0, 5], [0, 5]])


def h265():
    encode("h265.h265", "64x64", 20, "-c:v", "libx265", "-preset", "medium", "-crf", "30", "-pix_fmt", "yuv420p", "-x265-params",
           "keyint=8:min-keyint=8:scenecut=0:bframes=0:repeat-headers=1:pools=none:frame-threads=1:info=0:log-level=error")
    expected = {"codec": "h265", "codecs": "hvc1.1.6.L30.90", "sizes": [[64, 64]], "frames": [20], "keys": [[0, 8, 16]]}
    by_ffmpeg("h265.h265", "h265_ffmpeg.rtp", "-pkt_size", "600")
    row("h265_ffmpeg.rtp", "h265.h265", "libx265 main, by ffmpeg's RTP muxer: AP and FU", "", **expected)
    by_gstreamer("h265.h265", "h265_gstreamer.rtp", "h265parse", "rtph265pay config-interval=-1 aggregate-mode=zero-latency mtu=700")
    row("h265_gstreamer.rtp", "h265.h265", "the same by rtph265pay: parameter sets in band before each key, none in the SDP",
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n", **expected)
    sets = {(u[0] >> 1) & 63: u for u in units("h265.h265") if (u[0] >> 1) & 63 in (32, 33, 34)}
    packets = [p for p in read_capture("h265_gstreamer.rtp") if (p[12] >> 1) & 63 not in (32, 33, 34, 48)]
    for i, packet in enumerate(packets):
        packets[i] = packet[:1] + bytes([packet[1] & 0x80 | 98]) + struct.pack(">H", (65530 + i) & 0xFFFF) + packet[4:]
    write_capture("h265_sdp_only.rtp", packets)
    row("h265_sdp_only.rtp", "h265.h265", "the same packets without parameter sets: they are in the SDP alone",
        "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=fmtp:98 " + ";".join(
            f"sprop-{kind}={base64.b64encode(sets[number]).decode()}" for kind, number in (("vps", 32), ("sps", 33), ("pps", 34))) +
        "\r\n", **expected)


def jpeg():
    encode("jpeg.mjpeg", "64x64", 5, "-c:v", "mjpeg", "-huffman", "default", "-q:v", "6", "-pix_fmt", "yuvj420p", "-f", "mjpeg")
    encode("slices.mjpeg", "64x64", 5, "-c:v", "mjpeg", "-huffman", "default", "-q:v", "6", "-pix_fmt", "yuvj420p", "-f", "mjpeg",
           "-threads", "4", "-thread_type", "slice", "-slices", "4")
    run("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=5", "pattern=smpte", "!", f"video/x-raw,format=Y42B,width=64,height=64,framerate={FPS}/1",
        "!", "jpegenc", "quality=40", "!", "filesink", f"location={OUT / 'scaled.mjpeg'}")
    expected = {"codec": "jpeg", "codecs": "mp4v.6C", "sizes": [[64, 64]], "frames": [5], "keys": [[0, 1, 2, 3, 4]]}
    by_ffmpeg("jpeg.mjpeg", "jpeg_ffmpeg.rtp")
    row("jpeg_ffmpeg.rtp", "jpeg.mjpeg", "ffmpeg's encoder, 4:2:0, by ffmpeg's RTP muxer: Q 255, tables in each picture", "", **expected)
    by_gstreamer("jpeg.mjpeg", "jpeg_gstreamer.rtp", "jpegparse", "rtpjpegpay")
    row("jpeg_gstreamer.rtp", "jpeg.mjpeg", "the same by rtpjpegpay", "m=video 0 RTP/AVP 26\r\n", **expected)
    by_gstreamer("slices.mjpeg", "jpeg_restart.rtp", "jpegparse", "rtpjpegpay mtu=500")
    row("jpeg_restart.rtp", "slices.mjpeg", "ffmpeg's encoder in slices, by rtpjpegpay: restart markers",
        "m=video 0 RTP/AVP 26\r\n", **expected)
    write_capture("jpeg_q40.rtp", jpeg_packets("scaled.mjpeg", 0, 40, lambda i: False, (64, 64)))
    row("jpeg_q40.rtp", "scaled.mjpeg", "libjpeg's encoder at quality 40, 4:2:2, by hand: Q 40, so tables by the RFC's formula",
        "m=video 0 RTP/AVP 26\r\n", **expected)
    write_capture("jpeg_once.rtp", jpeg_packets("jpeg.mjpeg", 1, 130, lambda i: i == 0, (64, 64), 3000))
    row("jpeg_once.rtp", "jpeg.mjpeg", "ffmpeg's pictures by hand: Q 130, tables with the first picture alone, packets of 3,000 bytes",
        "m=video 0 RTP/AVP 26\r\n", **expected)


def main():
    if OUT.exists():
        shutil.rmtree(OUT)
    OUT.mkdir(parents=True)
    h264()
    h265()
    jpeg()
    (OUT / "expected.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
    lines = ["# Films and their RTP packets", "",
             "Written by `tools/golden_media.py` with encoders and payloaders that are not ours. A `.rtp` is RFC 4571 (each packet behind its",
             "length in 16 bits), beside it its `.sdp`; `expected.json` says which film it carries and what must come of it.", ""]
    lines += [f"- `{r['capture']}`: {r['what']}" for r in rows]
    (OUT / "README.md").write_text("\n".join(lines) + "\n")
    print(f"{len(rows)} captures in {OUT}, {sum(p.stat().st_size for p in OUT.iterdir())} bytes")


main()
