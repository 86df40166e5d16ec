#!/usr/bin/env python3
"""Writes tests/golden/wearable: text messages of wearables and bells, right and wrong ones.

An encoder of its own, from the description of the format. Same output on each run.

Usage: tools/golden_wearable.py [FOLDER]
"""

from golden_folder import Folder, e7

PERSON = ["김아무개", "9", "010-0000-0000/010-1111-1111", "서울 마포구 양화로 160", "SN-0042", "SM-0042"]
STATE = ["NORMAL", "87", "1", "126.9236512", "37.5571034", "0"]
ITEMS = {"name": "김아무개", "age": "9", "phones": "010-0000-0000/010-1111-1111", "sensorId": "SN-0042", "smartId": "SM-0042",
         "status": "NORMAL", "battery": "87"}
OK = dict(type="WPSSF110", known=True, sender="W1144000000", state="10", grade="10", test=False, place="서울 마포구 양화로 160",
          position=e7("126.9236512", "37.5571034"), items=ITEMS, faults=[])


def line(*fields, end="\n", encoding="utf-8"):
    return (",".join(fields) + end).encode(encoding)


def smart(kind="SMART", **changes):
    names = ["name", "age", "phones", "address", "sensorId", "smartId", "status", "battery", "emergency", "x", "y", "z"]
    fields = dict(zip(names, PERSON + STATE))
    fields.update(changes)
    return [kind, *(v for v in fields.values() if v is not None)]


def main():
    out = Folder("wearable", "Messages of wearables and bells", "golden_wearable.py")

    def ok(name, odd, data, profile="bells", **changes):
        out.event(name, odd, profile, data, **{**OK, **changes})

    def bad(name, odd, data, code, field="", profile="bells"):
        out.refused(name, odd, profile, data, code, field)

    ok("smart.txt", "nothing: an emergency", line(*smart()))
    ok("crlf.txt", "CRLF", line(*smart(), end="\r\n"))
    ok("no_end.txt", "no line end, then silence", line(*smart(), end=""))
    ok("address_comma.txt", "a comma within the address", line(*smart(address="서울 마포구, 양화로 160")), place="서울 마포구, 양화로 160",
       faults=["commaIn:address"])
    ok("address_commas.txt", "three commas within the address", line(*smart(address="서울, 마포구, 양화로, 160")),
       place="서울, 마포구, 양화로, 160", faults=["commaIn:address"])
    lean = {k: v for k, v in ITEMS.items() if k != "battery"}
    ok("battery_empty.txt", "an empty battery", line(*smart(battery="")), items=lean, faults=["absent:battery"])
    ok("battery_left_out.txt", "no battery field at all", line(*smart(battery=None)), items=lean, faults=["absent:battery"])
    ok("battery_word.txt", "the battery as a word", line(*smart(battery="87%")), items=lean, faults=["batteryFault"])
    ok("battery_101.txt", "101 per cent", line(*smart(battery="101")), items=lean, faults=["batteryFault"])
    ok("battery_left_out_and_words.txt", "no battery field, and a place that is none", line(*smart(battery=None, x="N/A", y="N/A")),
       items=lean, position=None, positionFault="zero", faults=["absent:battery", "positionFault:pointX", "positionFault:pointY"])
    bad("battery_left_out_and_comma.txt", "no battery field, and a comma within the address",
        line(*smart(battery=None, address="서울 마포구, 양화로 160")), 4102, "sensorId")
    bad("fields_few.txt", "two fields too few", line(*smart(battery=None, z=None)), 4101, "SMART")
    bad("fields_none.txt", "SMART alone", line("SMART"), 4101, "SMART")
    bad("emergency_3.txt", "emergency 3", line(*smart(emergency="3")), 4102, "emergency")
    bad("emergency_empty.txt", "no emergency value", line(*smart(emergency="")), 4102, "emergency")
    bad("kind_unknown.txt", "a kind that is none", line(*smart("PHONE")), 4102, "the first field")
    bad("kind_lower.txt", "smart in lower case where that is not agreed", line(*smart("smart")), 4102, "the first field")
    ok("kind_lower_agreed.txt", "smart in lower case where that is agreed, CP949", line(*smart("smart"), encoding="cp949"),
       "bells-cp949", type="EBSCP110")
    bad("cp949.txt", "CP949 where UTF-8 is agreed", line(*smart(), encoding="cp949"), 4000)
    bad("device_none.txt", "neither sensor nor watch", line(*smart(sensorId="", smartId="")), 4101, "sensorId")
    bad("device_hostile.txt", "a sensor id of markup", line(*smart(sensorId="<b>")), 4102, "sensorId")
    ok("place_words.txt", "degrees as words: the emergency stands, its place is not known", line(*smart(x="126도")), position=None,
       positionFault="zero", faults=["positionFault:pointX"])
    ok("place_swapped.txt", "latitude first", line(*smart(x="37.5571034", y="126.9236512")), positionFault="swapped")
    ok("place_zero.txt", "0.0 for a place", line(*smart(x="0.0", y="0.0")), position=None, positionFault="zero")
    ok("test.txt", "TEST: nobody may be told", line(*smart("TEST")), test=True)
    ok("test_by_emergency.txt", "emergency 2: a test", line(*smart(emergency="2")), test=True)
    ok("control.txt", "control bytes in the status", line(*smart(status="A\x07B")), items={**ITEMS, "status": "A\ufffdB"},
       faults=["control:status"])
    ok("sensor.txt", "an emergency of a sensor", line("SENSOR", "SN-0042", "SM-0042", *STATE), place="",
       items={k: ITEMS[k] for k in ("sensorId", "smartId", "status", "battery")})
    bad("sensor_surplus.txt", "a comma too many where no text can hold it", line("SENSOR", "SN-0042", "SM-0042", *STATE, "x"), 4102,
        "SENSOR")
    device = dict(kind="device", source="SN-0042", test=False, faults=[])
    out.telemetry("calm.txt", "emergency 0 while none is open: a reading", "bells", line(*smart(emergency="0")), **device,
                  position=e7("126.9236512", "37.5571034"), items=ITEMS)
    out.telemetry("clear.txt", "CLEAR while none is open", "bells", line("CLEAR", "SN-0042", "SM-0042"), **device,
                  items={"sensorId": "SN-0042", "smartId": "SM-0042"})
    out.telemetry("sms.txt", "SMS: kept, not sent on; a comma within its text", "bells",
                  line("SMS", "010-1111-1111", "아이가 학교를 나섰습니다, 확인 바랍니다"), kind="text", source="",
                  items={"phones": "010-1111-1111", "text": "아이가 학교를 나섰습니다, 확인 바랍니다"}, faults=["commaIn:text"])
    bad("oversized.txt", "a line of 5,000 bytes", b"SMS,010," + b"x" * 5000 + b"\n", 4000)
    out.write()


if __name__ == "__main__":
    main()
