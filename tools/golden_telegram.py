#!/usr/bin/env python3
"""Writes tests/golden/telegram: telegrams of the five services (three-letter system codes), right and wrong ones.

An encoder of its own, from the description of the format. Same output on each run.

Usage: tools/golden_telegram.py [FOLDER]
"""

from golden_folder import Folder, e7

RS, US = "\x1e", "\x1f"
FIRE = dict(type="119UC001", known=True, sender="F1100000000", number="T20261123213004", state="10", grade="10",
            typeName="화재", detail="교통사고", position=e7("127.0992389", "37.4140687"),
            place="경기도 성남시 분당구 판교로 1; 2층", occurred="2026-11-23T12:29:50.000000Z",
            stateTime="2026-11-23T12:30:04.000000Z", user="user119", items={"BJD": "4113111500"}, test=False, faults=[])


def fire(**changes):
    fields = {"id": "T20261123213004", "class": "화재", "sub": "교통사고", "lon": "127.0992389", "lat": "37.4140687",
              "addr": "경기도 성남시 분당구 판교로 1; 2층", "bjd": "4113111500", "at": "20261123212950", "user": "user119"}
    fields.update(changes)
    return list(fields.values())


def telegram(fields, kind="10", state="10", send="119", receive="UCP", encoding="utf-8", counts_end=True, unit="bytes",
             length=None, last="", stated="20261123213004", sent="20261123213005", end=b";"):
    text = RS.join(fields) + (RS + last if last is not None else "")
    body = text.encode(encoding)
    size = len(text) if unit == "letters" else len(body)
    size = size + len(end) if counts_end else size
    head = f"{kind}{state}{stated}{send}{receive}{sent}" + f"{size if length is None else length:010d}"
    assert len(head) == 48 or length is not None, head
    return head.encode("ascii") + body + end


WP1 = ["S0001", "워치3", "127.0276", "37.4979", "강남대로 1", "1168010100", "R-778", "김아무개", "010-0000-0000", "20150301", "M",
       "서울 어딘가", "박보호", "010-1111-1111", "20261123212955", "http://images.example/1.jpg", "파란 점퍼", "심장 질환", "wp01"]
INTERNAL = ["U-1", "DUCDP110", "10", "한강 둔치", "호우", "수위 상승", "자연재난", US.join(["126.93", "37.52", "0"]),
            "20261123212900", "", "", "", "", "10", "N", "", "", "", "", ""]


def main():
    out = Folder("telegram", "Telegrams of the five services", "golden_telegram.py")

    def ok(name, odd, data, profile="fire", **changes):
        out.event(name, odd, profile, data, **{**FIRE, **changes})

    def bad(name, odd, data, code, field="", profile="fire"):
        out.refused(name, odd, profile, data, code, field)

    ok("fire.bin", "nothing: as the 119 room sends it, an empty field at the end, a ';' within the address",
       telegram(fire()))
    ok("end_not_counted.bin", "DATA_LEN does not count the closing ';'", telegram(fire(), counts_end=False))
    ok("no_last_field.bin", "no empty field at the end", telegram(fire(), last=None))
    ok("semicolon_last.bin", "the last text ends by ';' in front of the closing ';'",
       telegram(fire(user="user119;"), last=None), user="user119;")
    ok("lower_case.bin", "ucp in lower case", telegram(fire(), receive="ucp"))
    ok("in_letters.bin", "DATA_LEN counts letters", telegram(fire(), unit="letters"), "fire-letters")
    bad("in_letters_unagreed.bin", "DATA_LEN counts letters where bytes are agreed", telegram(fire(), unit="letters"), 4102,
        "DATA_LEN")
    ok("cp949.bin", "CP949", telegram(fire(), encoding="cp949"), "fire-cp949")
    bad("cp949_unagreed.bin", "CP949 where UTF-8 is agreed", telegram(fire(), encoding="cp949"), 4000, "field 2")
    bad("utf8_unagreed.bin", "one byte that no CP949 letter has", telegram(fire(), encoding="cp949").replace(
        "교통".encode("cp949"), b"\xff\xff\xff\xff"), 4000, "field 3", "fire-cp949")
    bad("length_long.bin", "DATA_LEN is ten more than the body, then silence",
        telegram(fire(), length=len(RS.join(fire()).encode()) + 12), 4102, "DATA_LEN")
    bad("length_short.bin", "DATA_LEN is ten less than the body", telegram(fire(), length=len(RS.join(fire()).encode()) - 8),
        4102, "DATA_LEN")
    bad("length_word.bin", "DATA_LEN is a word",
        telegram(fire()).replace(telegram(fire())[38:48], b"0000000abc", 1), 4102, "DATA_LEN")
    bad("length_huge.bin", "DATA_LEN of ten nines", telegram(fire(), length=9999999999), 4102, "DATA_LEN")
    bad("no_end.bin", "the closing ';' never comes", telegram(fire(), end=b"", counts_end=False), 4102, "DATA_LEN")
    bad("head_short.bin", "the peer closes within the head", telegram(fire())[:30], 4000)
    bad("eof_byte.bin", "bytes 0xFF as of a reader that met the end", telegram(fire())[:60] + b"\xff" * 20, 4102, "DATA_LEN")
    bad("http.bin", "a browser at the wrong port", b"GET / HTTP/1.1\r\nHost: centre.example\r\nAccept: text/html\r\n\r\n",
        4102, "DATA_LEN")
    bad("fields_few.bin", "seven fields of nine", telegram(fire()[:7], last=None), 4101, "occurred")
    bad("fields_none.bin", "an empty body", telegram([""], last=None), 4101, "class")
    bad("fields_many.bin", "twelve fields of nine", telegram(fire() + ["a", "b", "c"], last=None), 4102, "the body")
    bad("number_empty.bin", "no report id", telegram(fire(id="")), 4101, "reportId")
    bad("number_hostile.bin", "a report id of markup", telegram(fire(id="<script>")), 4102, "reportId")
    ok("bjd_short.bin", "a legal-dong code of nine digits", telegram(fire(bjd="411311150")), items={"BJD": "411311150"},
       faults=["bjdFault"])
    bad("time_impossible.bin", "2019-02-30", telegram(fire(at="20190230120000")), 4102, "occurred")
    ok("time_17.bin", "17 digits in the body", telegram(fire(at="20261123212950250")), occurred="2026-11-23T12:29:50.250000Z")
    bad("state_time_impossible.bin", "2019-02-30 in the head", telegram(fire(), stated="20190230120000"), 4102, "MSG_STA_DTM")
    bad("type_unknown.bin", "MSG_TYP_CD 77", telegram(fire(), kind="77"), 4102, "MSG_TYP_CD")
    bad("state_unknown.bin", "STA_TYP_CD 77: never taken for 10", telegram(fire(), state="77"), 4102, "STA_TYP_CD")
    bad("state_login.bin", "STA_TYP_CD 99 of an incident", telegram(fire(), state="99"), 4102, "STA_TYP_CD")
    bad("pair_wrong.bin", "112 at the port of 119", telegram(fire(), send="112"), 4001, "SND_SYS_CD")
    bad("system_wrong.bin", "a system code with a space", telegram(fire(), send="1 9"), 4102, "SND_SYS_CD")
    ok("moved.bin", "state 40: another place", telegram(fire(lon="127.1", addr="사거리"), state="40"), state="40",
       place="사거리", position=e7("127.1", "37.4140687"))
    ok("closed.bin", "state 91", telegram(fire(), state="91"), state="91")
    ok("cancelled.bin", "state 90", telegram(fire(), state="90"), state="90")
    ok("state_before_begin.bin", "it began after its state", telegram(fire(at="20261123213005")),
       occurred="2026-11-23T12:30:05.000000Z", faults=["stateBeforeBegin"])
    ok("place_zero.bin", "0.0 for a place", telegram(fire(lon="0.0", lat="0.0")), position=None, positionFault="zero")
    ok("place_empty.bin", "no place", telegram(fire(lon="", lat="")), position=None, positionFault="zero")
    ok("place_swapped.bin", "latitude first", telegram(fire(lon="37.4140687", lat="127.0992389")), positionFault="swapped")
    ok("place_words.bin", "degrees as words: the fire stands, its place is not known", telegram(fire(lon="동경 127도")), position=None,
       positionFault="zero", faults=["positionFault:lon"])
    out.event("place_four_parts.bin", "a position of four parts", "disaster",
              telegram(INTERNAL[:7] + [US.join(["126.93", "37.52", "0", "0"])] + INTERNAL[8:], send="DSC"), type="DUCDP110",
              number="U-1", position=None, positionFault="zero", faults=["positionFault:outbPos"])
    ok("control.bin", "control bytes and a line break in the address", telegram(fire(addr="앞\x07뒤\n끝")),
       place="앞\ufffd뒤\n끝", faults=["control:address"])
    bad("parts.bin", "0x1F within the address", telegram(fire(addr="가" + US + "나")), 4102, "address")
    ok("mapped.bin", "class and sub-class known by the code map", telegram(fire()), "fire-mapped")
    ok("mapped_class.bin", "the class alone known by the code map", telegram(fire(**{"class": "구조"}, sub="수난")), "fire-mapped",
       grade="20", typeName="구조", detail="수난")
    ok("unmapped.bin", "a class that the code map does not know: unregistered, no fire report",
       telegram(fire(**{"class": "풍선"}, sub="")), "fire-mapped", type="UNREGISTERED", known=False, typeName="풍선", detail="",
       faults=["typeUnmapped"])
    bad("disabled_service.bin", "a class of a type that is not agreed", telegram(fire(**{"class": "가로등"}, sub="")), 4004, "evtId",
        "fire-mapped")
    case = ["YU3024003890", "CODE1", "강력범죄", "126.9236512", "37.5571034", "양화로 160", "1144012000", "20261123213004", "112op"]
    ok("police.bin", "nothing: a 112 case", telegram(case, send="112"), "police", type="112UC001", sender="P1100000000",
       number="YU3024003890", typeName="강력범죄", detail="", position=e7("126.9236512", "37.5571034"), place="양화로 160",
       occurred="2026-11-23T12:30:04.000000Z", user="112op", items={"CODE": "CODE1", "BJD": "1144012000"}, code112=1)
    ok("another_order.bin", "another partner's order and names: a profile and no code",
       telegram(["op7", "K-1", "0", "납치", "37.5571034", "126.9236512", "양화로 160", "이름과 전화"], send="112", last=None), "another-112",
       type="112UC001", sender="P2600000000", number="K-1", typeName="납치", detail="", position=e7("126.9236512", "37.5571034"),
       place="양화로 160", occurred="2026-11-23T12:30:04.000000Z", user="op7", items={"PRIORITY": "0"}, code112=0)
    ok("vulnerable.bin", "nothing: the 19 fields of a carrier", telegram(WP1, send="WP1"), "carrier", type="WPSSF110",
       sender="S1100000000", number="S0001", typeName="워치3", detail="", position=e7("127.0276", "37.4979"), place="강남대로 1",
       text="심장 질환", occurred="2026-11-23T12:29:55.000000Z", user="wp01",
       items={"BJD": "1168010100", "REF_ID": "R-778", "DSC_NM": "김아무개", "DSC_PHONE": "010-0000-0000", "DSC_BIRTH": "20150301",
              "DSC_SEX": "M", "DSC_ADDR": "서울 어딘가", "GUARD_NM": "박보호", "GUARD_PHONE": "010-1111-1111",
              "IMAGE": "http://images.example/1.jpg", "INFO": "파란 점퍼"})
    bad("vulnerable_18.bin", "18 of the 19 fields", telegram(WP1[:18], send="WP1", last=None), 4101, "SENDER_ID", "carrier")
    disaster = dict(type="DUCDP110", sender="D1100000000", number="U-1", grade="20", typeName="호우", detail="자연재난",
                    position=e7("126.93", "37.52"), place="한강 둔치", text="수위 상승", occurred="2026-11-23T12:29:00.000000Z",
                    user="", items={"statMsgTypCd": "10"})
    ok("disaster.bin", "the internal names, a position of parts", telegram(INTERNAL, send="DSC"), "disaster", **disaster)
    drill = INTERNAL.copy()
    drill[14] = "Y"
    ok("drill.bin", "isTest Y: a drill among real cases", telegram(drill, send="DSC"), "disaster", **{**disaster, "test": True})
    wrong = INTERNAL.copy()
    wrong[13] = "91"
    ok("state_mismatch.bin", "procSt 91 under STA_TYP_CD 10", telegram(wrong, send="DSC"), "disaster",
       **{**disaster, "faults": ["stateMismatch"]})
    bad("drill_word.bin", "isTest is neither Y nor N", telegram([*INTERNAL[:14], "maybe", *INTERNAL[15:]], send="DSC"), 4102,
        "isTest", "disaster")
    dispatch = INTERNAL.copy()
    dispatch[0:2] = ["U-2", "112UC120"]
    ok("dispatch.bin", "20: a dispatch by the internal names", telegram(dispatch, kind="20", send="112"), "patrol",
       **{**disaster, "type": "112UC120", "sender": "P1100000000", "number": "U-2", "grade": "10"})
    car = ["U-2", "순12", "20261123213000", "0", "126.9236512", "37.5571034", "7"]
    out.telemetry("car.bin", "30: where a patrol car is", "patrol", telegram(car, kind="30", send="112"), kind="vehicle",
                  source="순12", number="U-2", position=e7("126.9236512", "37.5571034"), at="2026-11-23T12:30:00.000000Z",
                  items={"TRACE_ID": "0", "ROUTE_ID": "7"}, faults=[])
    bad("car_nameless.bin", "a position of no car", telegram([car[0], "", *car[2:]], kind="30", send="112"), 4101, "CAR_NUM",
        "patrol")
    out.login("login.bin", "99: a user and a secret", "fire", telegram(["user119", "s3cret"], kind="99", state="99", last=None),
              user="user119", system="119", secret="s3cret")
    out.login("login_bare.bin", "99: a user alone", "fire", telegram(["user119"], kind="99", state="99", last=None),
              user="user119", system="119", secret="")
    bad("login_nobody.bin", "99 with DATA_LEN 0 and no ';'",
        telegram([], kind="99", state="99", last=None, end=b"", counts_end=False), 4101, "user")
    out.write()


if __name__ == "__main__":
    main()
