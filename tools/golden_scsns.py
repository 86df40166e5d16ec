#!/usr/bin/env python3
"""Writes tests/golden/scsns: messages of the SCSNS format (JSON and form posts), right and wrong ones.

An encoder of its own, written from the description of the format and not from the decoder in
src/event/codec, so that the two can disagree. Same output on each run.

Usage: tools/golden_scsns.py [FOLDER]
"""

import copy
import json
import pathlib
import sys
import urllib.parse

POLICE, CENTRE = "P1100000000", "B1100000000"
FILES = []


def body(state="10", number="20261123213004123", **changes):
    out = {
        "startTag": "$DA", "evtId": "112UC001", "evtNm": "112센터 긴급영상 지원", "evtGrad": "10",
        "ocrNbr": number, "ocrSts": state,
        "ocrLc": {"crdntX": "126.9236512", "crdntY": "37.5571034", "crdntZ": "0"},
        "ocrPlc": "서울특별시 마포구 양화로 160", "ocrEvtCn": "폭행 신고, 용의자 도주 중",
        "ocrEvtTime": "20261123213004", "ocrEvtSts": {"ocrEvtStsCd": state, "ocrEvtStsDtl": "발생"},
        "ocrEvtStsUsr": {"ocrEvtUsrId": "K1042", "ocrEvtUsrNm": "홍길동"},
        "ocrEvtStsTime": "20261123213004", "ocrEvtEndTime": "", "ocrEvtItemCnt": "2",
        "ocrEvtItem": [{"key": "OCCUR_FCLT_ID", "val": "11440-0001"}, {"key": "IMAGE_SEND_TY_CD", "val": "FTP"}],
        "ocrEvtDtl": {"ocrEvtDtlCd": "폭행", "ocrEvtDtlCdDtl": ""}, "endTag": "$DB", "finishTag": "$DF",
    }
    for key, value in changes.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = value
    return out


def place(lon, lat):
    return {"crdntX": lon, "crdntY": lat, "crdntZ": "0"}


def envelope(content, **changes):
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    out = {
        "svcTy": "EVENT", "hdCnt": "14", "dtCnt": "16", "apSeq": {"apCurrent": "1", "apTotal": "1"},
        "cmnMtd": "1", "sendCd": POLICE, "rcvCd": CENTRE, "encAt": "N", "tranTy": "HTTP",
        "rrKey": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "reqDate": "20261123213005",
        "bodyLen": str(len(text.encode("utf-8"))), "sysCd": "112",
        "tranSysHis": [{"tranSysHis": POLICE + "_112"}, {"tranSysHis": POLICE + "_SCSNS"}], "body": content,
    }
    for key, value in changes.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = value
    return out


def dumps(message):
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def raw(name, odd, data):
    FILES.append((name, odd, data))


def msg(name, odd, content=None, **changes):
    raw(name + ".json", odd, dumps(envelope(content if content is not None else body(), **changes)))


def form(message, encoding="utf-8"):
    fields = {}
    for key, value in message.items():
        name = "Body" if key == "body" else key
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        fields[name] = text
    return urllib.parse.urlencode(fields, encoding=encoding).encode("ascii")


def life():
    msg("open", "nothing: state 10, as the 112 room sends it")
    msg("open_30", "state 30, which centres treat as 10", body("30"))
    msg("receipt", "state 20 of the same occurrence", body("20", ocrEvtStsTime="20261123213030"))
    msg("update", "state 40: moved, new words", body(
        "40", ocrLc=place("126.9241000", "37.5580000"), ocrPlc="홍대입구역 9번 출구", ocrEvtStsTime="20261123213100"))
    msg("release", "state 50", body("50", ocrEvtStsTime="20261123214000"))
    msg("close", "state 91", body("91", ocrEvtStsTime="20261123215000", ocrEvtEndTime="20261123215000"))
    msg("close_again", "91 twice: the very same body in a new envelope",
        body("91", ocrEvtStsTime="20261123215000", ocrEvtEndTime="20261123215000"), reqDate="20261123215010")
    msg("cancel", "state 90", body("90", ocrEvtStsTime="20261123213200"))
    msg("auto_close", "state 92", body("92", ocrEvtStsTime="20261123233004"))
    msg("update_before_open", "40 for a number that was never opened",
        body("40", number="20261123220000777", ocrEvtStsTime="20261123220010"))
    msg("close_before_open", "91 for a number that was never opened",
        body("91", number="20261123220000888", ocrEvtStsTime="20261123220020"))
    raw("auth.json", "AUTH: the API key in the body", dumps(envelope(
        {"startTag": "$DA", "apiKey": "golden-key-1", "endTag": "$DB", "finishTag": "$DF"}, svcTy="AUTH", rrKey="")))
    raw("auth_no_key.json", "AUTH without the key", dumps(envelope({"startTag": "$DA"}, svcTy="AUTH")))


def packing():
    capital = envelope(body())
    capital["Body"] = capital.pop("body")
    raw("body_capital.json", "`Body` instead of `body`", dumps(capital))
    text = envelope(body())
    text["Body"] = json.dumps(text.pop("body"), ensure_ascii=False)
    raw("body_string.json", "`Body` is a string of JSON", dumps(text))
    both = envelope(body())
    both["Body"] = copy.deepcopy(both["body"])
    raw("body_twice.json", "both `body` and `Body`", dumps(both))
    raw("post.form", "form post, each envelope field a field, Body and lists as JSON strings", form(envelope(body())))
    listed = body()
    listed["ocrEvtItem"] = json.dumps(listed["ocrEvtItem"], ensure_ascii=False)
    listed["ocrLc"] = json.dumps(listed["ocrLc"])
    raw("post_nested.form", "form post whose Body holds the items and the place as strings of JSON again",
        form(envelope(listed)))
    raw("post_json.form", "JSON under a form's content type", dumps(envelope(body())))
    raw("post_broken_escape.form", "form post with a broken percent escape", form(envelope(body()))[:-1] + b"&x=%G1")
    raw("bom.json", "a byte order mark in front", b"\xef\xbb\xbf" + dumps(envelope(body())))
    msg("history_object", "tranSysHis is an object, not a list", tranSysHis={"tranSysHis": POLICE + "_112"})
    msg("history_string", "tranSysHis is a string of JSON",
        tranSysHis=json.dumps([{"tranSysHis": POLICE + "_112"}, {"tranSysHis": POLICE + "_SCSNS"}]))
    hops = [POLICE + "_112", CENTRE + "_IPC", POLICE + "_112"]
    msg("history_loop", "the route passes 112 twice", tranSysHis=[{"tranSysHis": hop} for hop in hops])
    msg("history_number", "tranSysHis is a number", tranSysHis=7)
    numbers = body(ocrNbr=20261123213004123, ocrLc=place(126.9236512, 37.5571034), evtGrad=10, ocrEvtItemCnt=2,
                   ocrEvtTime=20261123213004, ocrEvtStsTime=20261123213004, ocrSts=10)
    msg("numbers", "numbers as numbers", numbers, hdCnt=14, dtCnt=16, reqDate=20261123213005)
    alias = body()
    alias["ocrEvtUsr"] = alias.pop("ocrEvtStsUsr")
    msg("user_alias", "`ocrEvtUsr` instead of `ocrEvtStsUsr`", alias)
    msg("state_nested", "the state only in ocrEvtSts", body(ocrSts=None))
    msg("state_mismatch", "ocrSts 40, ocrEvtSts 10", body("40", ocrEvtSts={"ocrEvtStsCd": "10", "ocrEvtStsDtl": ""}))
    letters = len(json.dumps(body(), ensure_ascii=False, separators=(",", ":")))
    msg("length_in_letters", "bodyLen counts letters", bodyLen=str(letters))
    msg("length_wrong", "bodyLen is 1", bodyLen="1")
    msg("length_empty", "bodyLen is empty", bodyLen="")
    msg("split", "part 1 of 2", apSeq={"apCurrent": "1", "apTotal": "2"})
    msg("encrypted_flag", "encAt Y with a plain body", encAt="Y")
    msg("encrypted", "encAt Y with a cipher text", encAt="Y", body="kS8x0m1Qy2b3Zw==")


def broken():
    whole = dumps(envelope(body()))
    raw("malformed.json", "a comma too many", whole.replace(b'"encAt":"N",', b'"encAt":"N",,'))
    raw("truncated.json", "cut in the middle of the body", whole[: len(whole) * 2 // 3])
    raw("truncated_letter.json", "cut within a Korean letter", whole[: whole.index("긴급".encode()) + 4])
    raw("empty.json", "no byte at all", b"")
    raw("list.json", "a list, not an object", b"[" + whole + b"]")
    raw("trailing.json", "a second message behind the first", whole + whole)
    raw("deep.json", "nested 4,000 deep", b'{"body":' + b"[" * 4000 + b"]" * 4000 + b"}")
    raw("oversized.json", "one byte more than 256 KiB", dumps(envelope(body(ocrEvtCn="")))[:-1].ljust(256 * 1024, b" ") + b"}")
    raw("cp949.json", "CP949 instead of UTF-8", whole.decode().encode("cp949"))
    raw("cp949.form", "form post percent-encoded from CP949", form(envelope(body()), "cp949"))
    raw("surrogate.json", "a lone surrogate by escape", whole.replace(b'"ocrEvtCn":"', b'"ocrEvtCn":"\\ud800'))
    raw("not_a_form.form", "neither JSON nor a form", b"\x00\x01\x02 hello")
    msg("body_missing", "no body", body=None)
    msg("body_number", "the body is a number", body=5)
    msg("body_text", "the body is no JSON", body="hello")
    msg("sender_missing", "no sendCd", sendCd=None)
    msg("sender_wrong", "sendCd is a word", sendCd="police")
    msg("receiver_missing", "no rcvCd", rcvCd="")
    msg("service_wrong", "svcTy PING", svcTy="PING")
    msg("request_time_missing", "no reqDate", reqDate=None)
    msg("request_time_wrong", "reqDate has the right length and is no date", reqDate="20261332256199")


def content():
    msg("type_unknown", "an evtId that nobody knows", body(evtId="XYZUC999", evtNm="새 서비스"))
    msg("type_missing", "no evtId", body(evtId=None))
    msg("type_hostile", "evtId is markup", body(evtId="<script>alert(1)</script>"))
    msg("type_list", "evtId is a list", body(evtId=["112UC001"]))
    msg("number_missing", "ocrNbr is empty", body(number=""))
    msg("state_unknown", "state 77", body("77"))
    msg("state_missing", "no state on either path", body(ocrSts=None, ocrEvtSts=None))
    msg("grade_unknown", "grade 15", body(evtGrad="15"))
    msg("grade_missing", "no grade", body(evtGrad=None))
    msg("time_17", "17 digits", body(ocrEvtTime="20261123213004123"))
    msg("time_20", "20 digits", body(ocrEvtTime="20261123213004123456"))
    msg("time_23", "23 digits", body(ocrEvtTime="20261123213004123456789"))
    msg("time_13", "13 digits", body(ocrEvtTime="2026112321300"))
    msg("time_impossible", "2019-02-30", body(ocrEvtTime="20190230120000"))
    msg("time_status_impossible", "2019-02-30 as the state's time", body(ocrEvtStsTime="20190230120000"))
    msg("time_missing", "no time at all", body(ocrEvtTime="", ocrEvtStsTime=""))
    msg("end_before_begin", "an end an hour before its begin", body("91", ocrEvtStsTime="20261123215000", ocrEvtEndTime="20261123203004"))
    msg("end_state_before_begin", "a closing state an hour before its begin", body("91", ocrEvtStsTime="20261123203004"))
    msg("state_before_begin", "an update before its begin", body("40", ocrEvtStsTime="20261123213003"))
    msg("end_impossible", "2019-02-30 as the end", body("91", ocrEvtStsTime="20261123215000", ocrEvtEndTime="20190230120000"))
    msg("end_zeros", "zeros for an end that has not come", body(ocrEvtEndTime="00000000000000"))
    msg("items_count_wrong", "says 5 items, has 2", body(ocrEvtItemCnt="5"))
    msg("items_count_word", "item count is a word", body(ocrEvtItemCnt="two"))
    msg("items_empty_key", "an empty key in front of a good item", body(
        ocrEvtItem=[{"key": "", "val": "x"}, {"key": "CAR_NUM", "val": "12가3456"}]))
    msg("items_string", "items are a number", body(ocrEvtItem=3))
    msg("semicolon", "`;` and the separators of other formats in the text", body(ocrEvtCn="가;나$DF다\u041f;"))
    msg("control_escaped", "escaped control bytes and a direction override in the text",
        body(ocrEvtCn="앞\u0007뒤\u0000끝", ocrPlc="\u202e거꾸로"))
    raw("control_raw.json", "a raw line break within a string",
        dumps(envelope(body(ocrEvtCn="첫줄@둘째줄"))).replace(b"@", b"\n"))
    msg("text_long", "a text of 30,000 letters", body(ocrEvtCn="가" * 30000))


def places():
    def at(name, odd, lon, lat):
        msg("place_" + name, odd, body(ocrLc=place(lon, lat)))
    at("zero", "0, 0", "0", "0")
    at("zero_decimals", "0.0, 0.0", "0.0", "0.0")
    at("empty", "both empty", "", "")
    at("half", "longitude only", "126.9236512", "")
    msg("place_missing", "no ocrLc", body(ocrLc=None))
    at("swapped", "latitude in crdntX", "37.5571034", "126.9236512")
    at("utm_k", "EPSG 5179, metres", "953898.467", "1952035.979")
    at("central_2010", "EPSG 5186, metres", "198053.647", "551888.916")
    at("central_2010_swapped", "EPSG 5186, north first", "551888.916", "198053.647")
    at("central", "EPSG 5181, metres", "198053.647", "451888.916")
    at("far", "Paris", "2.3522", "48.8566")
    at("tokyo", "Tokyo", "139.6917", "35.6895")
    at("nan", "NaN", "NaN", "37.5")
    at("infinite", "inf", "126.9", "inf")
    at("words", "degrees as words", "126도 58분", "37도 33분")
    at("comma", "a decimal comma", "126,9236", "37,5571")
    at("boolean", "a boolean", True, "37.5")
    at("exponent", "an exponent", "1e2", "37.5")
    msg("place_list", "a list of two numbers", body(ocrLc=[126.9236512, 37.5571034]))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                          pathlib.Path(__file__).resolve().parent.parent / "tests/golden/scsns")
    folder.mkdir(parents=True, exist_ok=True)
    for group in (life, packing, broken, content, places):
        group()
    lines = ["# SCSNS messages", "", "Written by `tools/golden_scsns.py` from the format's description; people and keys are invented.",
             "What is odd in each:", ""]
    for name, odd, data in FILES:
        (folder / name).write_bytes(data)
        lines.append(f"- `{name}`: {odd}")
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(FILES)} messages in {folder}")


if __name__ == "__main__":
    main()
