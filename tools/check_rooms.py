#!/usr/bin/env python3
"""Rules about the shape of the code that a compiler cannot see. Runs in a second, needs nothing but Python.

Each finding says what to do instead. A line ends its own check with `// tidy-ok: <reason>`.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 500
TEST_LINES_MAX = 700
FUNCTION_LINES_MAX = 70
BANNED_ROOMS = {"util", "utils", "common", "helpers", "misc", "core", "manager"}
PLUMBING = {"base", "charset", "crypto", "env", "sql", "http", "bus", "ticket", "config", "address", "sandbox"}
MEDIA = {"media", "decode", "rtsp", "onvif", "hub", "transcode", "webrtc", "ingest", "synthetic", "view"}
EVENT = {"journal", "place", "footage", "device", "imports", "identity", "alarm", "duty", "coverage", "event", "intake", "grant", "ptz", "incident", "hold", "drill", "sop", "service", "ledger", "outbound", "federation"}
ANYWHERE = ("\0",)

# (pattern, folders where it is allowed, what to do instead)
BANNED = [
    (r"\b(system_clock|steady_clock|high_resolution_clock)::now", ("src/env/",), "take env::Clock&: a simulation owns time"),
    (r"std::random_device|\bs?rand\(\)", ("src/env/",), "take env::Random&: a run must replay from its seed"),
    (r"\bstd::(jthread|thread|async)\b|\.detach\(\)", ("src/env/", "src/app/"), "only app/ starts threads"),
    (r"\bstd::(cout|cerr)\b|(?<![\w:])printf\(", ("src/app/",), "LOG_INFO with fields"),
    (r"\bthrow\b", (), "return fail(ErrorKind::…): rooms do not throw"),
    (r"\busing namespace (?!std::chrono)", (), "qualify the name"),
    (r"\?\s*co_await|:\s*co_await", (), "GCC 12 miscompiles co_await inside ?: — use if/else"),
    (r"\[[^\]]*\w[^\]]*\]\s*\([^)]*\)\s*(mutable\s*)?->\s*[\w:]*awaitable", (), "name the coroutine: a lambda's captures die before it does"),
    (r"\b(FIXME|XXX|TODO)\b", (), "finish it, or write down in docs/ what is not there"),
    (r"\b(strcpy|strcat|sprintf|gets|system|popen)\(", (), "a bounded call"),
    (r"#include <boost/beast", ("src/http/server.cpp", "src/http/web_socket.hpp", "src/http/answer_reader.cpp", "src/outbound/http_answer.cpp"), "Beast serves in src/http/server.cpp and web_socket.cpp and reads answers in src/http/answer_reader.cpp and src/outbound/http_answer.cpp"),
    (r"#include <pugixml", ("src/onvif/xml.cpp",), "onvif/xml.cpp alone parses cameras' XML"),
    (r"#include <tl/expected", ("src/base/result.hpp",), "include base/result.hpp"),
    (r"#include <toml\+\+", ("src/config/",), "config/ alone reads TOML"),
    (r"#include <sqlite3", ("src/sql/",), "sql/ alone talks to SQLite"),
    (r"#include <iconv", ("src/charset/",), "charset/ alone converts between encodings"),
    (r"#include <libpq", ("src/sql/",), "sql/ alone talks to PostgreSQL"),
    (r"#include <lib(av|sw)", ("src/decode/libav.hpp",), "decode/libav.hpp alone names the libraries that decode"),
    (r"#include <seccomp", ("src/sandbox/calls.cpp",), "sandbox/calls.cpp alone filters system calls"),
    (r"#include <proj", ("src/imports/crs.cpp",), "imports/crs.cpp alone transforms coordinates"),
    (r"#include <(zip|expat)\.h", ("src/imports/",), "imports/ alone unpacks workbooks"),
]


def sources():
    for folder in ("src", "tests", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp") and "build" not in path.parts:
                yield path


def function_lengths(lines):
    """(line, length) of bodies that open on a line at column 0 or one indent and close at the same column."""
    start = None
    for number, line in enumerate(lines, 1):
        opens = line.endswith("{") and line[:1].strip() and not re.match(r"(namespace|class|struct|enum|extern|union|constexpr .*=|inline constexpr .*=|const )", line)
        if start is None and opens:
            start = number
        elif start is not None and line.startswith("}"):
            yield start, number - start + 1
            start = None


def findings(path, text):
    lines = text.splitlines()
    relative = str(path.relative_to(ROOT))
    is_test = "/test/" in relative or relative.startswith(("tests/", "benchmarks/"))
    limit = TEST_LINES_MAX if is_test else FILE_LINES_MAX
    if len(lines) > limit and "tidy-ok: data" not in text[:400]:
        yield 1, f"{len(lines)} lines; split by what changes together (at most {limit})"
    if not is_test:
        for number, length in function_lengths(lines):
            if length > FUNCTION_LINES_MAX and "tidy-ok:" not in lines[number - 1]:
                yield number, f"function of {length} lines (at most {FUNCTION_LINES_MAX}): keep the branching, move out the work"
    for number, line in enumerate(lines, 1):
        if "tidy-ok:" in line:
            continue
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line) if "#include" not in line else line
        code = code.split("//")[0] if "TODO" not in code and "FIXME" not in code else code
        for pattern, allowed, advice in BANNED:
            if is_test and ("thread" in pattern or "throw" in pattern):
                continue
            if re.search(pattern, code) and not relative.startswith(tuple(allowed) or ANYWHERE):
                yield number, advice
        if is_test and re.search(r"sleep_for|usleep\(|\bsleep\(", code):
            yield number, "wait for the thing itself with a deadline, not for time"


def colour_findings():
    for path in sorted((ROOT / "src").glob("*/CMakeLists.txt")):
        room = path.parent.name
        if room in BANNED_ROOMS:
            yield path, 1, "a room is named for what it owns"
        if room == "app":
            continue
        words = set(re.findall(r"[\w:]+", path.read_text()))
        known = PLUMBING | MEDIA | EVENT
        if room not in known:
            yield path, 1, f"'{room}' has no colour: add it to PLUMBING, MEDIA or EVENT in tools/check_rooms.py"
        foreign = EVENT if room in MEDIA else MEDIA if room in EVENT else (MEDIA | EVENT)
        # A test may use a room of the other colour as a real peer; the room itself may not.
        body = re.split(r"bongsu_test\(", path.read_text())[0]
        for used in sorted(set(re.findall(r"[\w]+", body.split("USES", 1)[1] if "USES" in body else "")) & foreign):
            if used != room:
                yield path, 1, f"{room} must not use {used}: the two rivers meet in app/ only"
        del words
        if not (path.parent / "README.md").exists():
            yield path, 1, "a room has a README.md: what it owns, promises and never does"


def own_names(text):
    """What a file names for itself: in its unnamed namespaces, as `static`, as a macro; and what it takes by `using`, as {name: taken}."""
    names, unnamed = {}, False
    for line in re.sub(r'R"(\w*)\(.*?\)\1"', '""', text, flags=re.S).splitlines():
        if line.startswith("namespace {"):
            unnamed = True
        elif unnamed and re.match(r"\}\s*// namespace$", line):
            unnamed = False
        elif taken := re.match(r"using (?:\w+::)+(\w+);", line):
            names.setdefault(taken[1], True)
        elif line.startswith(("using namespace", "namespace ", "TEST", "INSTANTIATE", "static_assert")):
            continue
        elif macro := re.match(r"#define (\w+)", line):
            names[macro[1]] = False
        elif unnamed and (kind := re.match(r"(?:template.*> )?(?:class|struct|enum class|enum|union|using) (\w+)", line)):
            names[kind[1]] = False
        elif (unnamed and re.match(r"\w", line)) or line.startswith("static "):
            if one := re.match(r"[^(={\[]*?(?<!:)\b([A-Za-z_]\w*)\s*[\[({=;]", line):
                names.update(dict.fromkeys([one[1], *re.findall(r", (k[A-Z]\w*) = ", line)], False))
    return names


def said_names(text):
    """The functions that a header declares."""
    lines = (line for line in text.splitlines() if re.match(r"\w", line) and not line.startswith(("namespace", "class", "struct", "enum", "using")))
    return {one[1] for line in lines if (one := re.match(r"[^(={]*?(?<!:)\b(\w+)\(", line))}


def batch_findings():
    """Sources of one target are compiled in batches (cmake/room.cmake): each sees what its neighbours name for themselves
    and the headers that they include. An overload from there would change a call, and no compiler would say so."""
    for path in sorted(ROOT.glob("src/*/CMakeLists.txt")) + [ROOT / "tests/CMakeLists.txt"]:
        listed = re.sub(r"#.*", "", path.read_text()).replace("${CMAKE_SOURCE_DIR}/", f"{ROOT}/")
        targets = {}
        for kind, body in re.findall(r"(bongsu_room|bongsu_test|bongsu_batch|add_library)\(([^)]*)\)", listed):
            words = body.split()
            name = words[1] if kind == "bongsu_room" else words[0]
            sources, apart = (re.split(r"\bAPART\b", body) + [""])[:2]
            apart = [word for word in re.split(r"\b(?:SOURCES|[A-Z]*_?USES)\b", apart)[0].split() if word.endswith(".cpp")]
            target = targets.setdefault(name, ([], set(), kind.startswith("bongsu_")))
            target[0].extend(word for word in body.split() if word.endswith(".cpp") and "$" not in word and word not in target[0])
            target[1].update(apart)
            targets[name] = (target[0], target[1], target[2] or kind.startswith("bongsu_"))
        for name, (sources, apart, batched) in targets.items():
            owners = {}
            folder = path.parent / "site" if name == "bongsu_site" else path.parent
            headers = {header.name: said_names(header.read_text()) for header in folder.glob("*.hpp")} if batched and len(sources) - len(apart) > 1 else {}
            for source in sources if batched else []:
                if source in apart:
                    continue
                text = (path.parent / source).read_text()
                foreign = {word: header for header, said in headers.items() if f"/{header}\"" not in text for word in said}
                for word, taken in own_names(text).items():
                    other = owners.setdefault(word, (source, taken))
                    if not taken and word in foreign:
                        yield path, 1, f"{name}: {source} names '{word}' for itself, as {foreign[word]} does for all: it stands under APART"
                    if other[0] != source and not (taken and other[1]):
                        yield path, 1, f"{name}: {other[0]} and {source} both name '{word}' for themselves: one of them stands under APART"


def main():
    count = 0
    for path in sources():
        for number, advice in findings(path, path.read_text()):
            print(f"{path.relative_to(ROOT)}:{number}: {advice}")
            count += 1
    for path, number, advice in [*colour_findings(), *batch_findings()]:
        print(f"{path.relative_to(ROOT)}:{number}: {advice}")
        count += 1
    print(f"check_rooms: {count} finding{'s' if count != 1 else ''}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
