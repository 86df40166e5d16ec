#!/usr/bin/env python3
"""Writes tests/golden/scsns_tcp: SCSNS messages over TCP with binary separators, right and wrong ones.

An encoder of its own, from the description of the format. Same output on each run.

Usage: tools/golden_scsns_tcp.py [FOLDER]
"""

from golden_folder import Folder, e7

HEAD, FIELD, ARRAY, PART, START, END, DONE = b"\xd0", b"\xd1", b"\xd2", b"\xd3", b"\xda", b"\xdb", b"\xdf"
POLICE, CENTRE = "P1100000000", "B1100000000"
OK = dict(type="112UC001", known=True, sender=POLICE, number="20261123213004123", state="10", grade="10",
          position=e7("126.9236512", "37.5571034"), place="서울특별시 마포구 양화로 160", text="폭행 신고, 용의자 도주 중",
          occurred="2026-11-23T12:30:04.000000Z", stateTime="2026-11-23T12:30:04.000000Z", user="K1042", detail="폭행",
          items={"OCCUR_FCLT_ID": "11440-0001", "IMAGE_SEND_TY_CD": "FTP"}, faults=[])


def raw(value, encoding="utf-8"):
    return value if isinstance(value, bytes) else value.encode(encoding)


def parts(*values):
    return PART.join(raw(v) for v in values)


def body(**changes):
    fields = {
        "evtId": "112UC001", "evtNm": "112센터 긴급영상 지원", "evtGrad": "10", "ocrNbr": "20261123213004123",
        "ocrSts": "10", "ocrLc": parts("126.9236512", "37.5571034", "0"), "ocrPlc": "서울특별시 마포구 양화로 160",
        "ocrEvtCn": "폭행 신고, 용의자 도주 중", "ocrEvtTime": "20261123213004", "ocrEvtSts": "발생",
        "ocrEvtStsUsr": "K1042", "ocrEvtStsTime": "20261123213004", "ocrEvtEndTime": "", "ocrEvtItemCnt": "2",
        "ocrEvtItem": ARRAY.join([parts("OCCUR_FCLT_ID", "11440-0001"), parts("IMAGE_SEND_TY_CD", "FTP")]),
        "ocrEvtDtl": parts("폭행", "서울"),
    }
    fields.update(changes)
    return fields


def message(fields=None, encoding="utf-8", extra=(), drop=0, **changes):
    fields = list((fields or body()).values()) + list(extra)
    inner = FIELD.join(raw(v, encoding) for v in fields[: len(fields) - drop])
    head = {
        "svcTy": "EVENT", "hdCnt": "14", "dtCnt": "16", "apSeq": parts("1", "1"), "cmnMtd": "1", "sendCd": POLICE,
        "rcvCd": CENTRE, "encAt": "N", "tranTy": "TCP", "rrKey": "", "reqDate": "20261123213005",
        "bodyLen": str(len(inner)), "sysCd": "112",
        "tranSysHis": ARRAY.join([raw(POLICE + "_112"), raw(POLICE + "_SCSNS")]),
    }
    head.update(changes)
    outer = FIELD.join(raw(v, encoding) for v in head.values() if v is not None)
    return outer + HEAD + START + inner + END + DONE


def main():
    out = Folder("scsns_tcp", "SCSNS messages over TCP", "golden_scsns_tcp.py")
    tcp, agreed = "police-tcp", "police-tcp-agreed"

    def ok(name, odd, data, profile=tcp, **changes):
        out.event(name, odd, profile, data, **{**OK, **changes})

    def bad(name, odd, data, code, field="", profile=tcp):
        out.refused(name, odd, profile, data, code, field)

    ok("open.bin", "nothing: state 10, as the 112 room sends it", message())
    ok("length_in_letters.bin", "bodyLen counts letters",
       message(bodyLen=str(len(FIELD.join(raw(v) for v in body().values()).decode("utf-8", "replace")))), faults=None)
    ok("length_short.bin", "the body is longer than bodyLen", message(bodyLen="100"), faults=["bodyLenFault"])
    ok("seventeen.bin", "17 data items, the last one empty", message(extra=[""], dtCnt="17"))
    ok("seventeen_filled.bin", "17 data items, the last one filled", message(extra=["7"], dtCnt="17"),
       items={**OK["items"], "DATA_17": "7"})
    ok("seventeen_said.bin", "dtCnt says 17, 16 came", message(dtCnt="17"), faults=["dtCnt"])
    ok("header_count_wrong.bin", "hdCnt says 13, 14 came", message(hdCnt="13"), faults=["hdCnt"])
    bad("fifteen.bin", "15 data items", message(drop=1), 4102, "dtCnt")
    bad("eighteen.bin", "18 data items", message(extra=["", ""]), 4102, "dtCnt")
    bad("header_short.bin", "13 header items", message(rrKey=None), 4102, "hdCnt")
    ok("time_17.bin", "17 digits with milliseconds", message(body(ocrEvtTime="20261123213004123")),
       occurred="2026-11-23T12:30:04.123000Z")
    bad("time_16.bin", "16 digits of which two are letters", message(body(ocrEvtTime="20261123213004xx")), 4102, "ocrEvtTime")
    bad("time_impossible.bin", "2019-02-30", message(body(ocrEvtTime="20190230120000")), 4102, "ocrEvtTime")
    bad("time_year_1026.bin", "a year that no partner can mean", message(body(ocrEvtTime="10261123213004")), 4102, "ocrEvtTime")
    ok("state_with_code.bin", "the progress as code and words", message(body(ocrEvtSts=parts("10", "발생"))))
    ok("state_mismatch.bin", "status 40, progress 10", message(body(ocrSts="40", ocrEvtSts=parts("10", "발생"))),
       state="40", faults=["stateMismatch"])
    bad("state_unknown.bin", "status 77: never taken for 10", message(body(ocrSts="77")), 4102, "ocrSts")
    bad("grade_unknown.bin", "grade 15: never taken for urgent", message(body(evtGrad="15")), 4102, "evtGrad")
    ok("type_unknown.bin", "an evtId that nobody knows: kept, no fire report", message(body(evtId="XYZUC999")),
       type="XYZUC999", known=False)
    ok("items_count_wrong.bin", "says 5 items, has 2", message(body(ocrEvtItemCnt="5")), faults=["itemCount"])
    ok("items_count_empty.bin", "item count is empty", message(body(ocrEvtItemCnt="")))
    ok("items_count_word.bin", "item count is a word", message(body(ocrEvtItemCnt="two")), faults=["itemCount"])
    ok("items_none.bin", "no items", message(body(ocrEvtItemCnt="0", ocrEvtItem="")), items={})
    ok("items_empty_key.bin", "an empty key in front of a good item",
       message(body(ocrEvtItem=ARRAY.join([parts("", "x"), parts("CAR_NUM", "12가3456")]))),
       items={"CAR_NUM": "12가3456"}, faults=["itemKey"])
    ok("items_no_pair.bin", "an item without its value", message(body(ocrEvtItem=ARRAY.join([b"ALONE", parts("A", "1")]))),
       items={"A": "1"}, faults=["itemShape"])
    ok("history_loop.bin", "the route passes 112 twice",
       message(tranSysHis=ARRAY.join(raw(h) for h in (POLICE + "_112", CENTRE + "_IPC", POLICE + "_112"))),
       faults=["routeLoop"])
    ok("cyrillic.bin", "a Russian name: its letters begin with the separators' bytes",
       message(body(ocrEvtCn="피해자 Иванов Пётр; 여권 확인")), text="피해자 Иванов Пётр; 여권 확인")
    ok("arabic.bin", "an Arabic name: its letters begin with DA and DB among others", message(body(ocrEvtCn="신고자 ڊۊ")),
       text="신고자 ڊۊ")
    bad("cp949.bin", "CP949: separators are bytes of Korean letters", message(encoding="cp949"), 4000, "evtNm")
    bad("cp949_words.bin", "UTF-8 but for the words in CP949", message(body(ocrEvtCn="신고".encode("cp949"))), 4000, "ocrEvtCn")
    bad("latin1.bin", "one stray byte in the place", message(body(ocrPlc=b"Caf\xe9 160")), 4000, "ocrPlc")
    bad("letter_cut.bin", "a Korean letter cut in the middle", message(body(ocrPlc="마포".encode()[:4])), 4000, "ocrPlc")
    bad("no_start.bin", "no start of data", message().replace(HEAD + START, HEAD), 4101, "startTag")
    bad("no_end.bin", "no end of data", message().replace(END + DONE, DONE), 4101, "endTag")
    bad("no_body.bin", "a header alone", message().split(HEAD)[0] + DONE, 4101, "body")
    bad("truncated.bin", "cut in the middle, then silence", message()[:200], 4101, "finishTag")
    bad("oversized.bin", "one byte more than 256 KiB", (b"EVENT" + b"x" * (256 * 1024))[: 256 * 1024] + DONE, 4000)
    bad("separator_in_name.bin", "an array separator within a name", message(body(evtNm=b"a\xd2b")), 4102, "evtNm")
    ok("end_before_begin.bin", "an end an hour before its begin", message(body(ocrEvtEndTime="20261123203004")),
       ended="2026-11-23T11:30:04.000000Z", faults=["endBeforeBegin"])
    ok("end_agreed_clock.bin", "an end under a clock that is two minutes ahead", message(body(ocrEvtStsTime="20261123213100",
       ocrEvtEndTime="20261123213100")), agreed, ended="2026-11-23T12:29:00.000000Z",
       occurred="2026-11-23T12:28:04.000000Z", stateTime="2026-11-23T12:29:00.000000Z")
    bad("place_four_parts.bin", "a position of four parts", message(body(ocrLc=parts("126.9", "37.5", "0", "0"))), 4102, "ocrLc")
    ok("place_words.bin", "degrees as words", message(body(ocrLc=parts("126도", "37.5", "0"))), position=None, positionFault="zero",
       faults=["positionFault:ocrLc.crdntX"])
    ok("control.bin", "control bytes in the text", message(body(ocrEvtCn="앞\x07뒤\x00끝")), text="앞\ufffd뒤\ufffd끝",
       faults=["control:ocrEvtCn"])
    bad("encrypted.bin", "encAt Y over TCP", message(encAt="Y"), 4102, "encAt")
    bad("auth.bin", "AUTH over TCP", message(svcTy="AUTH"), 4102, "svcTy")
    bad("split.bin", "part 1 of 2", message(apSeq=parts("1", "2")), 4102, "apSeq.apTotal")
    for name, odd, lon, lat, fault in (
            ("zero", "0, 0", "0", "0", "zero"), ("zero_decimals", "0.0, 0.0: not only \"0\" is no place", "0.0", "0.0", "zero"),
            ("empty", "both empty", "", "", "zero"), ("utm_k", "EPSG 5179, metres", "953898.467", "1952035.979", "projected"),
            ("tokyo", "outside of Korea", "139.6917", "35.6895", "far")):
        ok(f"place_{name}.bin", odd, message(body(ocrLc=parts(lon, lat, "0"))), position=None, positionFault=fault)
    ok("place_swapped.bin", "latitude first", message(body(ocrLc=parts("37.5571034", "126.9236512", "0"))),
       positionFault="swapped")
    ok("two_messages.bin", "a line end, then the message", b"\r\n" + message())
    ok("agreed.bin", "nothing, under a profile with a clock two minutes ahead", message(), agreed,
       occurred="2026-11-23T12:28:04.000000Z", stateTime="2026-11-23T12:28:04.000000Z")
    ok("mapped.bin", "the partner's own id, known by the code map", message(body(evtId="112-VIDEO")), agreed, grade="20",
       occurred="2026-11-23T12:28:04.000000Z", stateTime="2026-11-23T12:28:04.000000Z")
    bad("disabled_service.bin", "an event type that is not agreed", message(body(evtId="119UC001")), 4004, "evtId", agreed)
    ok("unknown_never_refused.bin", "an unknown id where only some types are agreed: kept", message(body(evtId="ZZZUC001")),
       agreed, type="ZZZUC001", known=False, occurred=None, stateTime=None)
    bad("pair_wrong.bin", "a sender that is not agreed", message(sendCd="P2600000000"), 4001, "sendCd", agreed)
    out.write()


if __name__ == "__main__":
    main()
