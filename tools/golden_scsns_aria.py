#!/usr/bin/env python3
"""Writes tests/golden/scsns_aria: SCSNS messages with an encrypted body, right and wrong ones.

ARIA is written here from RFC 5794 and checked against its vector at each run; pass phrase and padding are written from
the description of the links. Same output on each run.

Usage: tools/golden_scsns_aria.py [FOLDER]
"""

import base64
import json

from golden_folder import Folder, e7


def inverse(x):
    """x to the power 254 in GF(2^8) of x^8+x^4+x^3+x+1: power(x, 254)."""
    return power(x, 254)


def multiply(a, b):
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return out


def power(x, n):
    out = 1
    for _ in range(n):
        out = multiply(out, x)
    return out if x else 0


def affine(x, columns, constant):
    """Bit 0 is the lowest; columns[i] is what bit i of x adds."""
    out = constant
    for i in range(8):
        out ^= columns[i] if x >> i & 1 else 0
    return out


def rotate8(x, n):
    return (x << n | x >> (8 - n)) & 0xFF


def first_box():
    columns = [1 << i ^ rotate8(1 << i, 1) ^ rotate8(1 << i, 2) ^ rotate8(1 << i, 3) ^ rotate8(1 << i, 4) for i in range(8)]
    return [affine(inverse(x), columns, 0x63) for x in range(256)]


def second_box():
    # RFC 5794 2.4.2 gives the table; its rule is D * x^247 + 0xE2 with this D, row 0 the lowest bit of the result.
    rows = ["01011110", "00111101", "11010111", "10011101", "00101100", "10000001", "01011101", "11010011"]
    columns = [sum(int(rows[r][c]) << r for r in range(8)) for c in range(8)]
    return [affine(power(x, 247), columns, 0xE2) for x in range(256)]


S1, S2 = first_box(), second_box()
S1_BACK, S2_BACK = [S1.index(x) for x in range(256)], [S2.index(x) for x in range(256)]
TAKEN = ["3 4 6 8 9 13 14", "2 5 7 8 9 12 15", "1 4 6 10 11 12 15", "0 5 7 10 11 13 14", "0 2 5 8 11 14 15",
         "1 3 4 9 10 14 15", "0 2 7 9 10 12 13", "1 3 6 8 11 12 13", "0 1 4 7 10 13 15", "0 1 5 6 11 12 14",
         "2 3 5 6 8 13 15", "2 3 4 7 9 12 14", "1 2 6 7 9 11 12", "0 3 6 7 8 10 13", "0 3 4 5 9 11 14", "1 2 4 5 8 10 15"]
CONSTANTS = [bytes.fromhex(c) for c in ("517cc1b727220a94fe13abe8fa9a6ee0", "6db14acc9e21c820ff28b1d5ef5de2b0",
                                        "db92371d2126e9700324977504e8c90e")]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def diffuse(x):
    out = []
    for row in TAKEN:
        value = 0
        for i in row.split():
            value ^= x[int(i)]
        out.append(value)
    return bytes(out)


def odd(x):
    boxes = (S1, S2, S1_BACK, S2_BACK)
    return bytes(boxes[i % 4][v] for i, v in enumerate(x))


def even(x):
    boxes = (S1_BACK, S2_BACK, S1, S2)
    return bytes(boxes[i % 4][v] for i, v in enumerate(x))


def rotate(x, right):
    n = int.from_bytes(x, "big")
    right %= 128
    return ((n >> right | n << (128 - right)) & (1 << 128) - 1).to_bytes(16, "big")


def round_keys(key):
    left, rest = key[:16], key[16:]
    c1, c2, c3 = CONSTANTS[2], CONSTANTS[0], CONSTANTS[1]  # For 256 bits.
    w0 = left
    w1 = xor(diffuse(odd(xor(w0, c1))), rest)
    w2 = xor(diffuse(even(xor(w1, c2))), w0)
    w3 = xor(diffuse(odd(xor(w2, c3))), w1)
    w = [w0, w1, w2, w3]
    keys = []
    for turn in (19, 31, -61, -31):
        keys += [xor(w[i], rotate(w[(i + 1) % 4], turn)) for i in range(4)]
    keys.append(xor(w0, rotate(w1, -19)))
    return keys


def encrypt_block(keys, block):
    for i in range(15):
        block = xor(block, keys[i])
        block = diffuse(odd(block) if i % 2 == 0 else even(block))
    return xor(even(xor(block, keys[15])), keys[16])


def encrypt(key, plain, iv=None):
    keys, out, last = round_keys(key), b"", iv
    for at in range(0, len(plain), 16):
        block = plain[at:at + 16]
        last = encrypt_block(keys, xor(block, last) if iv else block)
        out += last
    return out


def decrypt_block(keys, block):
    """odd() and even() undo one another, diffuse() undoes itself."""
    block = xor(odd(xor(block, keys[16])), keys[15])
    for i in reversed(range(15)):
        block = diffuse(block)
        block = xor(even(block) if i % 2 == 0 else odd(block), keys[i])
    return block


def decrypt(key, cipher, iv=None):
    keys, out, last = round_keys(key), b"", iv
    for at in range(0, len(cipher), 16):
        block = cipher[at:at + 16]
        plain = decrypt_block(keys, block)
        out += xor(plain, last) if iv else plain
        last = block
    return out


def x923(data, block):
    """Zeros and the count; a full block gets none."""
    over = len(data) % block
    return data if over == 0 else data + bytes(block - over - 1) + bytes([block - over])


def key_of(phrase):
    return x923(phrase[:32].encode("utf-8"), 32)[:32]


def pkcs7(data):
    count = 16 - len(data) % 16
    return data + bytes([count]) * count


def body(text="폭행 신고"):
    return json.dumps({
        "startTag": "$DA", "evtId": "MOJUC110", "evtNm": "전자발찌 위치추적", "evtGrad": "10", "ocrNbr": "20261123213004123",
        "ocrSts": "10", "ocrLc": {"crdntX": "126.9236512", "crdntY": "37.5571034", "crdntZ": "0"}, "ocrPlc": "양화로 160",
        "ocrEvtCn": text, "ocrEvtTime": "20261123213004", "ocrEvtStsTime": "20261123213004", "ocrEvtItemCnt": "0",
        "ocrEvtItem": [], "endTag": "$DB", "finishTag": "$DF"}, ensure_ascii=False, separators=(",", ":")).encode()


def envelope(content, length, **changes):
    out = {"svcTy": "EVENT", "sendCd": "M1100000000", "rcvCd": "B1100000000", "encAt": "Y", "tranTy": "HTTP",
           "rrKey": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "reqDate": "20261123213005", "bodyLen": str(length), "sysCd": "MOJ",
           "tranSysHis": [{"tranSysHis": "M1100000000_MOJ"}, {"tranSysHis": "M1100000000_SCSNS"}], "body": content}
    out.update(changes)
    return json.dumps(out, ensure_ascii=False, separators=(",", ":")).encode()


ECB_PHRASE, CBC_PHRASE = "봉수 시험 암호문구 2026", "an older phrase of more than thirty-two letters"
IV = bytes(range(16))


def main():
    assert encrypt(bytes(range(32)), bytes.fromhex("00112233445566778899aabbccddeeff")).hex() == "f92bd7c79fb72e2f2b8f80c1972d24fc"
    out = Folder("scsns_aria", "SCSNS messages under ARIA", "golden_scsns_aria.py")
    ok = dict(type="MOJUC110", known=True, sender="M1100000000", number="20261123213004123", state="10", text="폭행 신고",
              place="양화로 160", position=e7("126.9236512", "37.5571034"), faults=[])

    def ecb(plain, phrase=ECB_PHRASE):
        return base64.b64encode(encrypt(key_of(phrase), x923(plain, 16))).decode()

    def cbc(plain):
        return encrypt(key_of(CBC_PHRASE), pkcs7(plain), IV).hex()

    plain = body()
    full = body("폭행 신고" + "." * (-len(plain) % 16))
    assert len(full) % 16 == 0
    out.event("ecb.json", "nothing: ECB, base64, a Korean pass phrase", "aria-ecb", envelope(ecb(plain), len(ecb(plain))), **ok)
    out.event("ecb_plain_length.json", "bodyLen counts the plain body", "aria-ecb", envelope(ecb(plain), len(plain)), **ok)
    out.event("ecb_full_blocks.json", "a body that fills its blocks: no padding", "aria-ecb", envelope(ecb(full), len(full)),
              **{**ok, "text": json.loads(full)["ocrEvtCn"]})
    out.event("cbc.json", "CBC with an iv, hex, a pass phrase cut at 32 letters", "aria-cbc", envelope(cbc(plain), len(plain)), **ok)
    out.event("plain.json", "encAt N where a key is agreed: read as it is", "aria-ecb",
              envelope(plain.decode(), len(plain), encAt="N"), **ok)
    out.refused("no_key.json", "encAt Y to a receiver without a key", "police-http", envelope(ecb(plain), len(plain)), 4102, "encAt")
    out.refused("wrong_key.json", "another pass phrase", "aria-ecb", envelope(ecb(plain, "another"), len(plain)), 4000, "body")
    out.refused("wrong_mode.json", "CBC where ECB is agreed", "aria-ecb",
                envelope(base64.b64encode(encrypt(key_of(ECB_PHRASE), x923(plain, 16), IV)).decode(), len(plain)), 4000, "body")
    out.refused("not_base64.json", "no base64", "aria-ecb", envelope("암호문", 9), 4000, "body")
    out.refused("not_blocks.json", "15 bytes of cipher", "aria-ecb", envelope(base64.b64encode(b"x" * 15).decode(), 20), 4000, "body")
    short = body("폭행")
    assert x923(short, 16)[-1] > 1  # A padding of the one byte 1 is right in both ways of padding.
    out.refused("padding_wrong.json", "no PKCS #7 padding", "aria-cbc", envelope(
        encrypt(key_of(CBC_PHRASE), x923(short, 16), IV).hex(), len(short)), 4000, "body")
    out.refused("object.json", "encAt Y with a plain object", "aria-ecb", envelope(json.loads(plain), len(plain)), 4102, "body")
    out.refused("no_json.json", "decrypts to no JSON", "aria-ecb", envelope(ecb("안녕하세요".encode()), 20), 4000, "body")
    for name, phrase in (("aria-ecb.phrase", ECB_PHRASE), ("aria-cbc.phrase", CBC_PHRASE)):
        (out.path / name).write_text(phrase, encoding="utf-8")
    out.write()


if __name__ == "__main__":
    main()
