#!/usr/bin/env python3
"""Writes tests/golden/imports/: camera lists in the forms that offices send, made without our own code.

CSV and GeoJSON by hand, XLSX part by part with zipfile, coordinates by the formulas of the transverse Mercator projection (Krueger's
series) and the Molodensky-Badekas shift, forward only: the program goes the other way. Run it from the root; it needs
nothing but Python. What each file shows stands in tests/golden/imports/README.md.
"""

import io
import json
import math
import pathlib
import zipfile
from xml.sax.saxutils import escape

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/golden/imports"

GRS80 = (6378137.0, 1 / 298.257222101)
BESSEL = (6377397.155, 1 / 299.1528128)


def tmerc(lat, lon, ellipsoid, lon0, k, x0, y0, lat0=38.0):
    """Krueger 1912, series to n^4: below a tenth of a millimetre within 4 degrees of the meridian."""
    a, f = ellipsoid
    n = f / (2 - f)
    big_a = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = [n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
             13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
             61 * n**3 / 240 - 103 * n**4 / 140,
             49561 * n**4 / 161280]
    e = math.sqrt(f * (2 - f))

    def northing_and_easting(phi, lam):
        t = math.sinh(math.atanh(math.sin(phi)) - e * math.atanh(e * math.sin(phi)))
        xi = math.atan2(t, math.cos(lam))
        eta = math.atanh(math.sin(lam) / math.hypot(1, t))
        north = xi + sum(c * math.sin(2 * (j + 1) * xi) * math.cosh(2 * (j + 1) * eta) for j, c in enumerate(alpha))
        east = eta + sum(c * math.cos(2 * (j + 1) * xi) * math.sinh(2 * (j + 1) * eta) for j, c in enumerate(alpha))
        return k * big_a * north, k * big_a * east

    origin, _ = northing_and_easting(math.radians(lat0), 0)
    north, east = northing_and_easting(math.radians(lat), math.radians(lon - lon0))
    return x0 + east, y0 + north - origin


def geocentric(lat, lon, ellipsoid):
    a, f = ellipsoid
    e2 = f * (2 - f)
    phi, lam = math.radians(lat), math.radians(lon)
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    return [n * math.cos(phi) * math.cos(lam), n * math.cos(phi) * math.sin(lam), n * (1 - e2) * math.sin(phi)]


def geodetic(point, ellipsoid):
    a, f = ellipsoid
    e2 = f * (2 - f)
    x, y, z = point
    p = math.hypot(x, y)
    phi = math.atan2(z, p * (1 - e2))
    for _ in range(20):
        n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
        phi = math.atan2(z + e2 * n * math.sin(phi), p)
    return math.degrees(phi), math.degrees(math.atan2(y, x))


def bessel_of(lat, lon):
    """The way back of EPSG:5191, found by iteration, so that it is the inverse of the published forward formula."""
    guess = [lat, lon]
    for _ in range(10):
        there = to_wgs84(*guess)
        guess = [guess[0] + lat - there[0], guess[1] + lon - there[1]]
    return guess


def to_wgs84(lat, lon):
    """EPSG:5191, Molodensky-Badekas in the coordinate frame convention (method 9636): NGII notice 2003-497."""
    pivot = [-3159521.31, 4068151.32, 3748113.85]
    shift = [-145.907, 505.034, 685.756]
    rx, ry, rz = (math.radians(s / 3600) for s in (-1.162, 2.347, 1.592))
    scale = 1 + 6.342e-6
    d = [c - p for c, p in zip(geocentric(lat, lon, BESSEL), pivot)]
    turned = [d[0] + rz * d[1] - ry * d[2], -rz * d[0] + d[1] + rx * d[2], ry * d[0] - rx * d[1] + d[2]]
    return geodetic([p + scale * t + s for p, t, s in zip(pivot, turned, shift)], GRS80)


def project(lat, lon, epsg):
    if epsg == 5179:
        return tmerc(lat, lon, GRS80, 127.5, 0.9996, 1_000_000, 2_000_000)
    if epsg == 5181:
        return tmerc(lat, lon, GRS80, 127.0, 1, 200_000, 500_000)
    if epsg == 5186:
        return tmerc(lat, lon, GRS80, 127.0, 1, 200_000, 600_000)
    if epsg == 5174:
        return tmerc(*bessel_of(lat, lon), BESSEL, 127.0 + 10.405 / 3600, 1, 200_000, 500_000)
    return lon, lat


# (number, road, lot, purpose, cameras, direction, lat, lon)
PLACES = [
    ("MP-0001", "서울특별시 마포구 월드컵로 212", "서울특별시 마포구 성산동 370", "생활방범", 4, "360도 전방면", 37.566283, 126.901464),
    ("MP-0002", "서울특별시 마포구 와우산로 94", "서울특별시 마포구 상수동 72-1", "어린이보호", 1, "북동", 37.550874, 126.925571),
    ("MP-0003", "", "서울특별시 마포구 망원동 205-4", "시설물관리", 2, "남", 37.552311, 126.899312),
    ("마포 4호", "서울특별시 마포구 독막로 \"공덕\" 311, 앞", "서울특별시 마포구 염리동 168-9", "주정차단속", 1, "", 37.545120, 126.950903),
]
FORM_2017 = ["관리기관명", "소재지도로명주소", "소재지지번주소", "설치목적구분", "카메라대수", "카메라화소수", "촬영방면정보", "보관일수", "설치년월",
             "관리기관전화번호", "위도", "경도", "데이터기준일자"]
FORM_2019 = FORM_2017 + ["제공기관코드", "제공기관명"]
FORM_2024 = ["개방자치단체코드", "관리번호", "관리기관명", "소재지도로명주소", "소재지지번주소", "설치목적구분", "카메라대수", "카메라화소수", "촬영방면정보",
             "보관일수", "설치연월", "관리기관전화번호", "WGS84위도", "WGS84경도", "데이터기준일자", "데이터갱신구분", "데이터갱신시점", "최종수정시점"]


def row_of(form, place):
    number, road, lot, purpose, cameras, direction, lat, lon = place
    values = {"관리기관명": "서울특별시 마포구청", "소재지도로명주소": road, "소재지지번주소": lot, "설치목적구분": purpose,
              "카메라대수": str(cameras), "카메라화소수": "200", "촬영방면정보": direction, "보관일수": "30", "설치년월": "201312",
              "설치연월": "2013-12", "관리기관전화번호": "02-3153-8000", "위도": f"{lat:.6f}", "경도": f"{lon:.6f}",
              "WGS84위도": f"{lat:.6f}", "WGS84경도": f"{lon:.6f}", "데이터기준일자": "2026-01-31", "제공기관코드": "3130000",
              "제공기관명": "서울특별시 마포구", "개방자치단체코드": "3130000", "관리번호": number, "데이터갱신구분": "U",
              "데이터갱신시점": "2026-01-31 02:00:00", "최종수정시점": "2026-01-31 02:00:00", "번호": "1"}
    return [values[name] for name in form]


def csv(rows, end="\r\n"):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
    return "".join(",".join(cell(c) for c in row) + end for row in rows)


def column(index):
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def xlsx(sheets, shared=True, merges=()):
    """sheets: [(name, rows)]; a cell is a text (shared or inline), a number, or None for none."""
    texts = []

    def cell(value, place):
        if value is None:
            return ""
        if isinstance(value, (int, float)):
            return f'<c r="{place}"><v>{value!r}</v></c>'
        if not shared:
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        if value not in texts:
            texts.append(value)
        return f'<c r="{place}" t="s"><v>{texts.index(value)}</v></c>'

    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {}
    for n, (_, rows) in enumerate(sheets, 1):
        body = "".join(f'<row r="{r}">' + "".join(cell(v, f"{column(c)}{r}") for c, v in enumerate(row)) + "</row>"
                       for r, row in enumerate(rows, 1) if row)
        merged = f'<mergeCells count="{len(merges)}">' + "".join(f'<mergeCell ref="{m}"/>' for m in merges) + "</mergeCells>" if merges else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = f"{head}<worksheet {ns}><sheetData>{body}</sheetData>{merged}</worksheet>"
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in enumerate(sheets, 1))
    parts["xl/workbook.xml"] = f'{head}<workbook {ns} xmlns:r="{rel}"><sheets>{listed}</sheets></workbook>'
    relations = "".join(f'<Relationship Id="rId{n}" Type="{rel}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1))
    parts["xl/_rels/workbook.xml.rels"] = ('%s<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
                                           % (head, relations))
    if texts:
        # Each text in two runs, with a reading aid that is no part of it.
        items = "".join(f'<si><r><t xml:space="preserve">{escape(t[:1])}</t></r><r><t xml:space="preserve">{escape(t[1:])}</t></r>'
                        f'<rPh sb="0" eb="1"><t>읽기</t></rPh></si>' for t in texts)
        parts["xl/sharedStrings.xml"] = f"{head}<sst {ns}>{items}</sst>"
    parts["[Content_Types].xml"] = f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return pack(parts)


def pack(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 31, 2, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def feature(place, position, kind="Point"):
    properties = dict(zip(FORM_2024, row_of(FORM_2024, place)))
    properties["카메라대수"] = int(properties["카메라대수"])
    for name in ("WGS84위도", "WGS84경도"):
        del properties[name]
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": position}}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    files = {}

    for name, form in (("2017", FORM_2017), ("2019", FORM_2019), ("2024", FORM_2024)):
        text = csv([form] + [row_of(form, p) for p in PLACES])
        files[f"standard_{name}_utf8.csv"] = text.encode()
        files[f"standard_{name}_bom.csv"] = b"\xef\xbb\xbf" + text.encode()
        files[f"standard_{name}_cp949.csv"] = text.encode("cp949")
    files["standard_2024_utf16.csv"] = csv([FORM_2024] + [row_of(FORM_2024, p) for p in PLACES]).replace(",", "\t").encode("utf-16")
    files["standard_title_rows.csv"] = csv([["마포구 CCTV 현황"], [], FORM_2019] + [row_of(FORM_2019, p) for p in PLACES]).encode("cp949")
    files["broken_cp949.csv"] = files["standard_2024_cp949.csv"].replace("망원동".encode("cp949"), b"\xb8\xc1\x80\x20\xb5\xbf")

    # 안심이 without a header, a comma at each line's end; a swapped row, 0, 0, one in the sea, one without a place, a bad count.
    ansim = [["마포구", f"서울특별시 마포구 성산동 {n}", f"{37.56 + n / 1e4:.6f}", f"{126.9 + n / 1e4:.6f}", str(n % 4 + 1), "성산1동", ""] for n in range(1, 101)]
    ansim[9][2:4] = reversed(ansim[9][2:4])
    ansim[19][2:4] = ["0", "0"]
    ansim[29][2:4] = ["31.250000", "121.473700"]
    ansim[39][2:4] = ["", ""]
    ansim[49][4] = "셋"
    ansim[59][4] = "0"
    ansim[69][2] = "37.56O12"
    ansim[79][2:4] = ["35.179600", "129.075600"]
    files["ansim_no_header.csv"] = csv(ansim, "\n").encode()
    files["ansim_cp949.csv"] = csv(ansim, "\n").encode("cp949")

    mess = [row_of(FORM_2024, p) for p in PLACES]
    mess.append(row_of(FORM_2024, PLACES[0]))                       # row 6: its number again
    mess.append(row_of(FORM_2024, ("MP-0005",) + PLACES[1][1:]) + ["too much"])  # row 7: a cell more than the header
    mess.append(row_of(FORM_2024, ("MP-0006", "서울특별시 마포구 토정로\n줄바꿈 37", "") + PLACES[2][3:]))
    mess.append(row_of(FORM_2024, ("MP-0007", "", "") + PLACES[2][3:]))  # named by its number
    files["standard_mess.csv"] = (csv([FORM_2024] + mess) + '"MP"x,1\r\n\r\n').encode()

    table = [FORM_2024] + [row_of(FORM_2024, p) for p in PLACES]
    numbers = [FORM_2024] + [[float(c) if n in ("WGS84위도", "WGS84경도") else int(c) if n == "카메라대수" else c or None
                              for n, c in zip(FORM_2024, row_of(FORM_2024, p))] for p in PLACES]
    files["standard_shared.xlsx"] = xlsx([("CCTV", numbers)])
    files["standard_inline.xlsx"] = xlsx([("CCTV", table), ("빈 시트", [])], shared=False)
    files["two_sheets.xlsx"] = xlsx([("마포", numbers), ("옛날", table)])
    merged = [["마포구 CCTV"] + [None] * 17] + [list(r) for r in numbers]
    merged[3][2] = merged[4][2] = None
    files["merged_cells.xlsx"] = xlsx([("CCTV", merged)], merges=("A1:R1", "C3:C5"))
    files["no_workbook.xlsx"] = pack({"word/document.xml": "<document/>"})
    files["doctype.xlsx"] = pack({"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "bbbb">]><workbook>&b;</workbook>', "xl/_rels/workbook.xml.rels": "<Relationships/>"})

    wgs84 = [feature(p, [p[7], p[6]]) for p in PLACES]
    wgs84.append(feature(("MP-0009",) + PLACES[0][1:], [[126.9, 37.5], [126.91, 37.51]], "LineString"))
    wgs84.append({"type": "Feature", "properties": {"관리번호": "MP-0010", "카메라대수": 1}, "geometry": None})
    files["wgs84.geojson"] = json.dumps({"type": "FeatureCollection", "features": wgs84}, ensure_ascii=False).encode()
    files["named_5186.geojson"] = json.dumps(
        {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5186"}},
         "features": [feature(p, [round(c, 4) for c in project(p[6], p[7], 5186)]) for p in PLACES]}, ensure_ascii=False).encode()

    for epsg in (5179, 5181, 5186, 5174):
        rows = []
        for p in PLACES:
            x, y = project(p[6], p[7], epsg)
            rows.append([p[0], p[1] or p[2], str(p[4]), f"{x:.4f}", f"{y:.4f}"])
        files[f"metres_{epsg}.csv"] = csv([["관리번호", "주소", "카메라대수", "X", "Y"]] + rows).encode()
        files[f"metres_{epsg}_north_first.csv"] = csv([["관리번호", "주소", "카메라대수", "X", "Y"]] + [r[:3] + [r[4], r[3]] for r in rows]).encode()
    rows = [[p[0], p[1] or p[2], str(p[4])] + [f"{c:.4f}" for c in project(p[6], p[7], 5174)] for p in PLACES]
    files["metres_named_5174.csv"] = csv([["관리번호", "주소", "카메라대수", "좌표정보x(epsg5174)", "좌표정보y(epsg5174)"]] + rows).encode()
    swapped = [["관리번호", "주소", "카메라대수", "위도", "경도"]] + [[p[0], p[1] or p[2], str(p[4]), str(p[7]), str(p[6])] for p in PLACES]
    files["names_swapped.csv"] = csv(swapped).encode()
    files["addresses_only.csv"] = csv([["관리번호", "주소", "카메라대수"]] + [r[:3] for r in rows]).encode()
    files["bells.csv"] = csv([["번호", "안전비상벨관리번호", "소재지도로명주소", "WGS84위도", "WGS84경도", "부가기능"]] +
                             [["1", "A2041", p[1] or p[2], str(p[6]), str(p[7]), "CCTV"] for p in PLACES]).encode()

    controls = []
    for lat, lon in ((37.566535, 126.9779692), (38.0, 127.0), (37.43, 127.18), (33.2541, 126.5601), (35.1796, 129.0756), (37.9654, 124.6305)):
        for epsg in (5179, 5181, 5186, 5174):
            x, y = project(lat, lon, epsg)
            controls.append({"epsg": epsg, "x": round(x, 4), "y": round(y, 4), "lon": lon, "lat": lat})
    # The institute's own pair: 36°59'49.697" N 127°00'07.549" E on Bessel's ellipsoid is 37° N 127° E.
    x, y = tmerc(36 + 59 / 60 + 49.697 / 3600, 127 + 7.549 / 3600, BESSEL, 127.0 + 10.405 / 3600, 1, 200_000, 500_000)
    controls.append({"epsg": 5174, "x": round(x, 4), "y": round(y, 4), "lon": 127.0, "lat": 37.0, "published": True})
    files["controls.json"] = json.dumps(controls, indent=1).encode() + b"\n"

    for name, body in files.items():
        (OUT / name).write_bytes(body)
    print(f"{len(files)} files in {OUT}")


if __name__ == "__main__":
    main()
