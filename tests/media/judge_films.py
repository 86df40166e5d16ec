#!/usr/bin/env python3
"""judge_films.py MEDIA_FILM: what becomes of each golden capture, judged by ffmpeg and ffprobe.

Each film of tests/golden/media goes through our SDP reader, BlockBuilder and MP4 or JPEG writer; ffprobe must then find its codec, size, key
pictures and times, ffmpeg must decode it without a word of complaint, and each decoded picture must be that of the encoder's own file.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden/media"
START = 1_796_000_000  # As in film.cpp, in seconds.
FORMS = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg", "mp4": "mp4"}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr.strip(), f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def pictures(path):
    """A digest of each decoded picture, in order."""
    form = FORMS[path.suffix[1:]]
    out = run("ffmpeg", "-v", "warning", "-f", form, "-i", str(path), "-fps_mode", "passthrough", "-f", "framemd5", "-")
    return [line.rsplit(",", 1)[1].strip() for line in out.splitlines() if line and not line.startswith("#")]


def probe(path):
    form = FORMS[path.suffix[1:]]
    return json.loads(run("ffprobe", "-v", "warning", "-f", form, "-show_streams", "-show_packets", "-of", "json", str(path)))


def judge(row, part, index):
    path = pathlib.Path(part["file"])
    found = probe(path)
    stream, packets = found["streams"][0], found["packets"]
    size = row["sizes"][index]
    assert [stream["width"], stream["height"]] == size == [part["width"], part["height"]], stream
    assert len(packets) == row["frames"][index] == part["frames"], len(packets)
    if path.suffix == ".mp4":
        assert stream["codec_tag_string"] == ("avc1" if row["codec"] == "h264" else "hvc1"), stream
        keys = [i for i, packet in enumerate(packets) if "K" in packet["flags"]]
        assert keys == row["keys"][index], keys
        times = [float(packet["pts_time"]) for packet in packets]
        assert all(abs(time - START - i / 10) < 0.002 for i, time in enumerate(times)), times
        assert part["codecs"] == row["codecs"] or index > 0, part["codecs"]
    wanted, got = pictures(GOLDEN / row["films"][index]), pictures(path)
    assert got == wanted, f"{sum(a != b for a, b in zip(got, wanted))} of {len(wanted)} pictures differ"


def main():
    for program in ("ffmpeg", "ffprobe"):
        assert shutil.which(program), f"{program} is missing: apt-get install ffmpeg"
    failed = 0
    for row in json.loads((GOLDEN / "expected.json").read_text()):
        with tempfile.TemporaryDirectory() as folder:
            prefix = f"{folder}/film"
            try:
                run(sys.argv[1], str(GOLDEN / row["sdp"]), str(GOLDEN / row["capture"]), prefix)
                parts = json.loads(pathlib.Path(prefix + ".json").read_text())
                assert len(parts) == len(row["films"]), parts
                for index, part in enumerate(parts):
                    judge(row, part, index)
                print(f"ok   {row['capture']}")
            except AssertionError as error:
                failed += 1
                print(f"FAIL {row['capture']}: {error}")
    sys.exit(1 if failed else 0)


main()
