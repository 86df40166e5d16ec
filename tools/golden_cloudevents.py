#!/usr/bin/env python3
"""Writes tests/golden/cloudevents: CloudEvents 1.0 over HTTP, right and wrong ones.

An encoder of its own, from the specification (spec.md, json-format.md, http-protocol-binding.md of CloudEvents 1.0).
A `.http` file is a message as HTTP carries it: its headers, an empty line, its body. Same output on each run.

Usage: tools/golden_cloudevents.py [FOLDER]
"""

import base64
import json

from golden_folder import Folder, e7

PROFILE, AGREED = "cloud", "cloud-agreed"
CLOUD, PLAIN = "application/cloudevents+json; charset=UTF-8", "application/json"
TIME = "2026-11-23T21:30:04+09:00"
DATA = {"position": [126.9236512, 37.5571034], "place": "서울 마포구 양화로 160", "text": "비상벨이 눌렸습니다", "grade": "10",
        "items": {"BELL": "7"}}
CORE = {"specversion": "1.0", "id": "bell-7-1", "source": "//bells.mapo.seoul.kr/7", "type": "EBSCP110", "time": TIME}
OK = dict(type="EBSCP110", known=True, sender="B1144000000://bells.mapo.seoul.kr/7", number="bell-7-1", state="10", grade="10",
          test=False, place=DATA["place"], text=DATA["text"], position=e7("126.9236512", "37.5571034"), positionFault="",
          occurred="2026-11-23T12:30:04.000000Z", stateTime="2026-11-23T12:30:04.000000Z", items=DATA["items"], faults=[])
CAME = "2026-11-23T12:30:06.000000Z"  # When the tests say that each came.
BARE = dict(place="", text="", position=None, grade="20", items={})


def message(headers, body):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


def percent(text):
    """3.1.3.2: space, double quote, percent and all but U+0021 to U+007E, by the bytes of UTF-8 in upper case."""
    return "".join(chr(b) if 0x21 <= b <= 0x7E and b not in (0x22, 0x25) else f"%{b:02X}" for b in text.encode())


def document(**changes):
    event = {**CORE, "datacontenttype": "application/json", "data": DATA}
    event.update(changes)
    return {name: value for name, value in event.items() if value is not ...}


def structured(content_type=CLOUD, **changes):
    return message({"Content-Type": content_type}, json.dumps(document(**changes), ensure_ascii=False).encode())


def binary(body=None, content_type=PLAIN, **changes):
    attributes = {name: percent(value) for name, value in CORE.items()}
    attributes.update(changes)
    headers = {f"ce-{name}": value for name, value in attributes.items() if value is not ...}
    if content_type is not None:
        headers["Content-Type"] = content_type
    return message(headers, json.dumps(DATA, ensure_ascii=False).encode() if body is None else body)


def b64(data):
    return base64.b64encode(data).decode()


def main():
    out = Folder("cloudevents", "CloudEvents over HTTP", "golden_cloudevents.py")

    def ok(name, odd, data, profile=PROFILE, **changes):
        out.event(name + ".http", odd, profile, data, **{**OK, **changes})

    def bad(name, odd, data, field, code=4102, profile=PROFILE):
        out.refused(name + ".http", odd, profile, data, code, field)

    # Structured mode (http-protocol-binding 3.2).
    ok("structured", "nothing: structured mode", structured())
    ok("structured_plain_json", "structured mode under application/json", structured(PLAIN))
    ok("structured_type_capitals", "its media type in capitals", structured("Application/CloudEvents+JSON"))
    ok("structured_and_headers", "the same attributes as headers too, one of them another: the payload counts",
       message({"Content-Type": CLOUD, "ce-id": "another"}, json.dumps(document()).encode()))
    ok("no_time", "no time: it is when the message came", structured(time=...), occurred=CAME, stateTime=CAME,
       faults=["absent:time"])
    ok("time_null", "a time of null, which is none", structured(time=None), occurred=CAME, stateTime=CAME, faults=["absent:time"])
    ok("time_utc", "a time in UTC, with a fraction", structured(time="2026-11-23T12:30:04.25Z"),
       occurred="2026-11-23T12:30:04.250000Z", stateTime="2026-11-23T12:30:04.250000Z")
    ok("time_ahead", "a clock that is an hour ahead", structured(time="2026-11-23T22:30:04+09:00"),
       occurred="2026-11-23T13:30:04.000000Z", stateTime=CAME, faults=["clockAhead"])
    ok("revision_highest", "a revision of 2^53-1, the highest", structured(data={**DATA, "revision": 2**53 - 1}))
    ok("no_data", "no data: an event at no known place", structured(data=..., datacontenttype=...), **BARE, faults=["absent:data"])
    ok("data_null", "data of null", structured(data=None), **BARE, faults=["absent:data"])
    ok("only_required", "the four attributes that are required and nothing else",
       structured(time=..., data=..., datacontenttype=...), **BARE, occurred=CAME, stateTime=CAME,
       faults=["absent:time", "absent:data"])
    ok("data_text", "data that is a text of JSON: it is not read as JSON again", structured(data='{"grade":"10"}'),
       **{**BARE, "text": '{"grade":"10"}'})
    ok("data_number", "data that is a number", structured(data=1.5), **BARE, faults=["dataUnread"])
    ok("data_list", "data that is a list", structured(data=[DATA]), **BARE, faults=["dataUnread"])
    ok("data_plain_text", "data declared text/plain", structured(datacontenttype="text/plain", data="비상벨"),
       **{**BARE, "text": "비상벨"})
    ok("data_xml", "data declared XML", structured(datacontenttype="application/xml", data='<bell id="7"/>'), **BARE,
       faults=["dataUnread"])
    ok("data_vendor_json", "data declared JSON of a vendor's, in capitals", structured(datacontenttype="Application/Vnd.Bell+JSON; v=1"))
    whole = json.dumps(DATA, ensure_ascii=False).encode()
    ok("base64", "data_base64 that is declared JSON", structured(data=..., data_base64=b64(whole)))
    ok("base64_undeclared", "data_base64 without datacontenttype: nothing is assumed of it, though it is JSON",
       structured(data=..., datacontenttype=..., data_base64=b64(whole)), **BARE, faults=["dataUnread"])
    ok("base64_picture", "data_base64 of a picture", structured(data=..., datacontenttype="image/png", data_base64=b64(b"\x89PNG")),
       **BARE, faults=["dataUnread"])
    ok("base64_empty", "data_base64 of nothing", structured(data=..., data_base64=""), **BARE, faults=["absent:data"])
    ok("subject", "a subject: kept as an item", structured(subject="bell/7"), items={"BELL": "7", "subject": "bell/7"})
    ok("subject_null", "a subject of null", structured(subject=None))
    ok("subject_number", "a subject that is a number", structured(subject=7), faults=["attribute:subject"])
    ok("subject_empty", "an empty subject", structured(subject=""), faults=["attribute:subject"])
    ok("schema", "a dataschema", structured(dataschema="https://bells.mapo.seoul.kr/schema/1"))
    ok("schema_relative", "a dataschema that is no absolute URI", structured(dataschema="schema/1"), faults=["notUri:dataschema"])
    ok("extensions", "extension attributes of each type of JSON", structured(
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01", sampledrate=30, urgent=True, unset=None, binary="AA=="))
    ok("extension_names", "extensions with names that are none", structured(Trace_Parent="x", **{"추적": 1}), faults=["attributeName"])
    ok("extension_values", "extensions of no attribute's type", structured(big=2**31, half=0.5, list=[1], object={"a": 1}),
       faults=["attributeValue"])
    ok("source_words", "a source that is no URI reference", structured(source="비상벨 7호"), sender="B1144000000:비상벨 7호",
       faults=["notUri:source"])
    ok("type_uri", "a type that is a URI", structured(type="https://bells.mapo.seoul.kr/types/alarm?v=2#x"),
       type="https://bells.mapo.seoul.kr/types/alarm?v=2#x", known=False)
    ok("type_reverse_dns", "a type with a reversed name, of 90 letters", structured(type="kr.seoul.mapo." + "a" * 76),
       type="kr.seoul.mapo." + "a" * 76, known=False)
    ok("type_hangul", "a type of hangul, with a space", structured(type="비상 벨"), type="비상 벨", known=False)
    ok("place_swapped", "latitude first", structured(data={**DATA, "position": [37.5571034, 126.9236512]}), positionFault="swapped")
    ok("place_zero", "0, 0 for a place", structured(data={**DATA, "position": [0, 0]}), position=None, positionFault="zero")
    ok("place_tokyo", "a place in Japan", structured(data={**DATA, "position": [139.6917, 35.6895]}), position=None, positionFault="far")
    ok("place_utm_k", "metres of EPSG 5179 for degrees", structured(data={**DATA, "position": [953900, 1952000]}), position=None,
       positionFault="projected")
    for name, odd, written in (("words", "a place of words", ["종로", "1"]), ("texts", "degrees that are texts", ["126.9236512", "37.5571034"]),
                               ("half", "a longitude alone", [126.9236512]), ("half_null", "a latitude of null", [126.9236512, None]),
                               ("names", "a place as an object", {"lon": 126.9236512, "lat": 37.5571034}),
                               ("one_text", "a place as one text", "126.9236512,37.5571034")):
        ok(f"place_{name}", odd + ": no known place", structured(data={**DATA, "position": written}), position=None,
           positionFault="zero", faults=["positionFault:data.position"])
    ok("test", "a test", structured(data={**DATA, "test": True}), test=True)

    # Binary mode (http-protocol-binding 3.1).
    ok("binary", "nothing: binary mode", binary())
    ok("binary_hangul", "percent-encoded hangul, space, quote and percent", binary(id=percent('벨 "7" 100%')),
       number='벨 "7" 100%')
    ok("binary_small_hex", "percent-encoding in lower case, and where none is needed", binary(id="%62ell%2d7-%ea%b0%80"),
       number="bell-7-가")
    ok("binary_once", "encoded twice: decoded once", binary(id="bell%252D7"), number="bell%2D7")
    ok("binary_quoted", "a value in double quotes, as older versions wrote it", binary(id='"bell \\"7\\""'), number='bell "7"')
    ok("binary_no_time", "no ce-time", binary(time=...), occurred=CAME, stateTime=CAME, faults=["absent:time"])
    ok("binary_no_data", "no body", binary(b""), **BARE, faults=["absent:data"])
    ok("binary_no_type", "no Content-Type: nothing is assumed of the body", binary(content_type=None), **BARE, faults=["dataUnread"])
    ok("binary_text", "a body of plain text", binary("비상벨".encode(), "text/plain; charset=utf-8"), **{**BARE, "text": "비상벨"})
    ok("binary_picture", "a picture", binary(b"\x89PNG\r\n\x1a\n", "image/png"), **BARE, faults=["dataUnread"])
    ok("binary_json_text", "a body that is a text of JSON", binary('"비상벨"'.encode()), **{**BARE, "text": "비상벨"})
    ok("binary_datacontenttype", "ce-datacontenttype, which must not be there", binary(datacontenttype="text/plain"),
       faults=["attribute:datacontenttype"])
    ok("binary_subject", "ce-subject and an extension", binary(subject=percent("종로 1"), traceparent="00-1"),
       items={"BELL": "7", "subject": "종로 1"})
    ok("binary_place_words", "a place of words in binary mode: no known place", binary(json.dumps({**DATA, "position": "종로"}).encode()),
       position=None, positionFault="zero", faults=["positionFault:position"])
    ok("binary_extension_broken", "an extension that is no UTF-8", binary(comexample="%C0%A0"), faults=["attributeValue"])

    # Under an agreement.
    agreed = dict(type="119UC001", grade="10", occurred="2026-11-23T12:28:04.000000Z", stateTime="2026-11-23T12:28:04.000000Z",
                  sender="F1144000000://bells.mapo.seoul.kr/7")
    ok("agreed_mapped", "a type of the partner's own, and a clock that is two minutes ahead",
       structured(type="kr.go.fire.alarm", data={**DATA, "grade": "20"}), AGREED, **agreed)
    ok("agreed_no_time", "no time where a clock's offset is agreed: ours has none", structured(type="119UC001", time=...), AGREED,
       **{**agreed, "occurred": CAME, "stateTime": CAME}, faults=["absent:time"])
    bad("agreed_type", "a type that is not agreed", structured(), "type", 4004, AGREED)

    # Refusals.
    for name in ("id", "source", "type", "specversion"):
        under = CLOUD
        bad(f"{name}_missing", f"no {name}", structured(under, **{name: ...}), name)
        bad(f"{name}_empty", f"an empty {name}", structured(under, **{name: ""}), name)
        bad(f"{name}_number", f"a number for {name}", structured(under, **{name: 7}), name)
        bad(f"binary_{name}_missing", f"no ce-{name}", binary(**{name: ...}), f"ce-{name}")
        bad(f"binary_{name}_broken", f"a ce-{name} that is no UTF-8", binary(**{name: "%C0%A0"}), f"ce-{name}")
    bad("specversion_old", "specversion 0.3", structured(specversion="0.3"), "specversion")
    bad("id_control", "a control character in the id", structured(id="a\x07"), "id")
    bad("id_no_character", "U+FFFF in the id", structured(id="a\uffff"), "id")
    bad("id_long", "an id of 129 letters", structured(id="가" * 129), "id")
    bad("source_long", "a source of 129 letters", structured(source="가" * 129), "source")
    bad("type_long", "a type of 257 letters", structured(type="가" * 257), "type")
    bad("type_override", "a type that turns the reading direction", structured(type="a\u202eb"), "type")
    bad("time_words", "a time of words", structured(time="어제"), "time")
    bad("time_impossible", "30 February", structured(time="2019-02-30T00:00:00Z"), "time")
    bad("time_far", "the year 9999", structured(time="9999-12-31T23:59:59Z"), "time")
    bad("time_old", "the year 1601", structured(time="1601-01-01T00:00:00Z"), "time")
    bad("binary_time_far", "the year 2256 in ce-time", binary(time="2256-06-01T00:00:00Z"), "ce-time")
    bad("revision_high", "a revision of 2^53, past what a journal entry takes", structured(data={**DATA, "revision": 2**53}), "data.revision")
    bad("time_number", "a time that is a number", structured(time=1), "time")
    bad("binary_time_words", "a ce-time of words", binary(time=percent("어제")), "ce-time")
    bad("base64_and_data", "data and data_base64", structured(data_base64=b64(whole)), "data_base64")
    bad("base64_broken", "data_base64 that is none", structured(data=..., data_base64="***"), "data_base64")
    bad("base64_number", "data_base64 that is a number", structured(data=..., data_base64=7), "data_base64")
    bad("base64_no_json", "data_base64 that is declared JSON and is none", structured(data=..., data_base64=b64(b"{")), "data_base64")
    bad("grade_unknown", "grade 30 in the data", structured(data={**DATA, "grade": "30"}), "data.grade")
    bad("binary_grade_unknown", "grade 30 in the body", binary(json.dumps({**DATA, "grade": "30"}).encode()), "grade")
    bad("items_list", "items that are a list", structured(data={**DATA, "items": []}), "data.items")
    bad("binary_no_json", "a body that is declared JSON and is none", binary(b"{"), "body")
    bad("no_json", "half a document", message({"Content-Type": CLOUD}, b'{"specversion":"1.0"'), "body")
    bad("list", "a list where an event belongs", message({"Content-Type": CLOUD}, b"[]"), "body")
    bad("cp949", "CP949", message({"Content-Type": CLOUD}, json.dumps(document(), ensure_ascii=False).encode("cp949")), "body")
    bad("batch", "a batch of one: nobody was asked to send any",
        message({"Content-Type": "application/cloudevents-batch+json"}, json.dumps([document()]).encode()), "Content-Type")
    bad("avro", "another event format", message({"Content-Type": "application/cloudevents+avro"}, b"\x00"), "Content-Type")
    out.write()


if __name__ == "__main__":
    main()
