#!/usr/bin/env python3
"""Writes docs/plan.ko.md (the city's plan, clause by clause, and where Bongsu does it) from docs/plan.toml.

    python3 tools/plan.py           writes the file
    python3 tools/plan.py --check   writes nothing; 1, naming what, when the file is another one or when plan.toml names what does not exist
"""

import json
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE, PAGE = ROOT / "docs" / "plan.toml", ROOT / "docs" / "plan.ko.md"
ROWS = [f"R{number}" for number in range(1, 32)]
STATES = {"works": "됨", "partly": "일부", "not-yet": "아직"}
METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}


def expanded(text):
    """CMake's text with its foreach loops over words unrolled, their variables and those that string(REGEX REPLACE) sets filled in."""
    loop = re.compile(r"foreach\((\w+) ((?:[\w.-]+ ?)+)\)\n(.*?)endforeach\(\)", re.S)

    def unrolled(match):
        name, items, body = match.groups()
        if items.startswith("IN "):
            return match.group(0)
        rounds = []
        for item in items.split():
            filled = body.replace("${%s}" % name, item)
            for pattern, by, out, value in re.findall(r'string\(REGEX REPLACE "([^"]*)" "([^"]*)" (\w+) (\S+?)\)', filled):
                filled = filled.replace("${%s}" % out, re.sub(pattern, by, value))
            rounds.append(filled)
        return "".join(rounds)

    return loop.sub(unrolled, text)


def ctests():
    """The names of all ctests that a CMakeLists.txt below tests/ or of a room declares."""
    names = set()
    for path in [*(ROOT / "tests").rglob("CMakeLists.txt"), *(ROOT / "src").rglob("CMakeLists.txt")]:
        text = expanded(re.sub(r"#.*", "", path.read_text(encoding="utf-8")))
        names.update(re.findall(r"add_test\(NAME ([\w-]+) ", text))
        for name, options in re.findall(r"bongsu_test\(([\w-]+)\s([^()]*?)SOURCES", text):
            names.add(name)
            if "STORES" in options.split():
                names.add(f"{name}_postgres")
    return names


class Tree:
    """What a clause may point to."""

    def __init__(self):
        contract = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
        self.routes = {f"{method.upper()} {path}" for path, operations in contract["paths"].items() for method in operations if method.upper() in METHODS}
        keys = (ROOT / "console" / "src" / "ui" / "keys.ts").read_text(encoding="utf-8")
        self.keys = {key for shown in re.findall(r'shown: "([^"]+)"', keys) for key in re.split(r",? ", shown)}
        self.program = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src" / "app").rglob("*.cpp")))
        self.services = {path.stem for path in (ROOT / "src" / "service" / "services").glob("*.toml")}
        self.tests = ctests()

    def lacks(self, where):
        """Why `where` is nowhere; empty when it is there."""
        if where.split(" ")[0] in METHODS:
            return "" if where in self.routes else "is no route of docs/openapi.json"
        if where.startswith("./bongsu "):
            unknown = [word for word in where.split()[1:] if f'"{word}"' not in self.program and word not in self.services]
            return f"has no command {unknown[0]}" if unknown else ""
        if where.startswith("DATA/"):
            name = [part for part in where.split("/") if "*" not in part][-1]
            return "" if name in self.program else f"names {name}, which no source of src/app reads"
        if where in self.keys:
            return ""
        return "" if where.strip("/.") and (ROOT / where).exists() else "is no path, route, command or key"


def faults(plan, tree):
    """What is wrong with plan.toml, a line each."""
    found = []
    if list(plan["rows"]) != ROWS:
        found.append("rows: they are " + ROWS[0] + " to " + ROWS[-1] + ", each once and in order")
    sections = [section["key"] for section in plan["section"]]
    for clause in plan["clause"]:
        name = f'"{clause.get("says", "a clause that says nothing")}"'
        if wanting := [key for key in ("section", "says", "rows", "state") if not clause.get(key)]:
            found.append(f"{name}: no {wanting[0]}")
            continue
        state, where, tests, missing = (clause.get(key) for key in ("state", "where", "tests", "missing"))
        if unknown := set(clause) - {"section", "says", "rows", "where", "tests", "state", "missing"}:
            found.append(f"{name}: unknown field {sorted(unknown)[0]}")
        if clause["section"] not in sections:
            found.append(f'{name}: no section {clause["section"]}')
        found += [f"{name}: unknown row {row}" for row in clause["rows"] if row not in ROWS]
        found += [f"{name}: {each} {why}" for each in where or [] if (why := tree.lacks(each))]
        found += [f"{name}: {test} is a ctest of no CMakeLists.txt" for test in tests or [] if test not in tree.tests]
        if state not in STATES:
            found.append(f"{name}: state is one of {', '.join(STATES)}")
        elif state == "works" and (not where or not tests or missing):
            found.append(f"{name}: what works names where and tests, and nothing that is missing")
        elif state == "partly" and (not where or not missing):
            found.append(f"{name}: what works partly names where, and what is missing")
        elif state == "not-yet" and (where or tests or not missing):
            found.append(f"{name}: what is not there yet names what is missing, no place and no test")
        if "|" in clause["says"] + (missing or ""):
            found.append(f"{name}: | ends a cell of the page's tables")
    used = {row for clause in plan["clause"] for row in clause.get("rows", [])}
    found += [f"{row} has no clause" for row in ROWS if row not in used]
    found += [f"section {key} has no clause" for key in sections if all(clause.get("section") != key for clause in plan["clause"])]
    return found


def shown(where):
    """A place as the page shows it: a path of the repository as a link."""
    text = f"`{where}`"
    is_path = not re.match(r"[A-Z]+ /|\./|DATA/|/$", where) and (ROOT / where).exists()
    return f"[{text}]({where.removeprefix('docs/') if where.startswith('docs/') else '../' + where})" if is_path else text


def counts(clauses):
    return [sum(1 for clause in clauses if clause["state"] == state) for state in STATES]


def page(plan):
    """docs/plan.ko.md."""
    clauses = plan["clause"]
    total = dict(zip(STATES.values(), counts(clauses)))
    lines = [
        "# 계획과 제품",
        "",
        "<!-- tools/plan.py가 docs/plan.toml로 쓴 파일입니다. plan.toml을 고치고 `python3 tools/plan.py`로 다시 씁니다. -->",
        "",
        "서울시의 「스마트서울 CCTV안전센터 운영계획」(2019-11-15)이 바라는 것을 항목마다 우리 말로 옮기고, 이 제품의 어디가 그 일을 하며 어느 시험이 그것을 보이는지 적었습니다.",
        "됨: 쓰는 사람의 손에서 되고 시험이 있음. 일부: 되는 것이 있으나 적힌 것이 없음. 아직: 없음. `./test`가 여기에 적힌 경로, 명령, 파일, 시험이 실제로 있는지 확인합니다.",
        "시험의 이름은 `./test 이름`으로 하나만 돌릴 수 있습니다([testing.md](testing.md)).",
        "",
        f"항목 {len(clauses)}: " + ", ".join(f"{word} {number}" for word, number in total.items()),
        "",
    ]
    numbers = {row: [] for row in ROWS}
    number = 0
    for section in plan["section"]:
        lines += [f"## {section['name']}", "", "| | 계획의 내용 | 임무 | 제품의 어디 | 시험 | 상태 |", "|---|---|---|---|---|---|"]
        for clause in (one for one in clauses if one["section"] == section["key"]):
            number += 1
            for row in clause["rows"]:
                numbers[row].append((number, clause))
            state = STATES[clause["state"]] + (f": {clause['missing']}" if "missing" in clause else "")
            cells = [str(number), clause["says"], " ".join(clause["rows"]), ", ".join(map(shown, clause.get("where", []))),
                     ", ".join(f"`{test}`" for test in clause.get("tests", [])), state]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## 임무의 행마다", "", "| | 무엇 | 됨 | 일부 | 아직 | 항목 |", "|---|---|---|---|---|---|"]
    for row in ROWS:
        cells = [row, plan["rows"][row], *map(str, counts([clause for _, clause in numbers[row]])), " ".join(str(each) for each, _ in numbers[row])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(words):
    if words not in ([], ["--check"]):
        sys.exit(__doc__)
    plan = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    found = faults(plan, Tree())
    if not found and words:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(plan):
            found.append("docs/plan.ko.md is not what docs/plan.toml says: run python3 tools/plan.py")
    for fault in found:
        print(f"plan: {fault}")
    if not found and not words:
        PAGE.write_text(page(plan), encoding="utf-8")
    if not found:
        print("plan: " + ", ".join(f"{state} {number}" for state, number in zip(STATES, counts(plan["clause"]))))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
