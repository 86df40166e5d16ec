#!/usr/bin/env python3
"""Reads what we send under ARIA with the cipher that tools/golden_scsns_aria.py writes from RFC 5794.

Usage: read_aria.py PROGRAM    PROGRAM prints a line of JSON for each message (tests/formats/aria_messages.cpp).
"""

import base64
import json
import pathlib
import subprocess
import sys
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import golden_scsns_aria as aria  # noqa: E402


def without_padding(agreed, plain):
    kind = agreed.get("padding", "x923")
    count = plain[-1]
    if kind == "pkcs7":
        assert 1 <= count <= 16 and plain.endswith(bytes([count]) * count), "PKCS #7 padding"
        return plain[:-count]
    if kind == "x923" and 1 <= count <= 16:
        assert plain[-count:-1] == bytes(count - 1), "X9.23 padding"
        return plain[:-count]
    return plain


def main():
    lines = subprocess.run([sys.argv[1]], stdout=subprocess.PIPE, check=True, timeout=60).stdout.splitlines()
    assert len(lines) == 68, f"{len(lines)} messages"
    for line in lines:
        case = json.loads(line)
        agreed = tomllib.loads("aria = { phrase_file = \"x\"" + case["aria"] + " }")["aria"]
        message = json.loads(case["message"])
        assert message["encAt"] == "Y" and message["sendCd"] == "B1100000000" and message["rcvCd"] == "M1100000000"
        text = message["body"]
        assert message["bodyLen"] == str(len(text))
        cipher = bytes.fromhex(text) if agreed.get("text") == "hex" else base64.b64decode(text, validate=True)
        iv = bytes.fromhex(agreed["iv"]) if "iv" in agreed else None
        body = json.loads(without_padding(agreed, aria.decrypt(aria.key_of(case["phrase"]), cipher, iv)).decode("utf-8"))
        assert body["ocrNbr"] == "20260928000000123" and body["ocrSts"] == "91", body
        assert body["ocrPlc"] == "서울광장" + "." * case["letters"], body
        assert body["startTag"] == "$DA" and body["finishTag"] == "$DF"
    print(f"{len(lines)} messages read")


if __name__ == "__main__":
    main()
