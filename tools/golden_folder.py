"""A folder of golden messages: the bytes, what is odd in each (README.md), what must come of each (expected.json).

Used by the encoders beside it. What must come of a message is written from the format's description, like the message.
"""

import json
import pathlib
import sys


class Folder:
    def __init__(self, name, title, script):
        root = pathlib.Path(__file__).resolve().parent.parent / "tests/golden"
        self.path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / name
        self.title, self.script, self.rows = title, script, []

    def event(self, name, odd, profile, data, **fields):
        self._add(name, odd, profile, data, {"is": "event", **fields})

    def telemetry(self, name, odd, profile, data, **fields):
        self._add(name, odd, profile, data, {"is": "telemetry", **fields})

    def login(self, name, odd, profile, data, **fields):
        self._add(name, odd, profile, data, {"is": "login", **fields})

    def refused(self, name, odd, profile, data, code, field=""):
        self._add(name, odd, profile, data, {"is": "refused", "code": code, "field": field})

    def _add(self, name, odd, profile, data, expected):
        assert all(name != row[0] for row in self.rows), name
        self.rows.append((name, odd, profile, data, expected))

    def write(self):
        self.path.mkdir(parents=True, exist_ok=True)
        for name, _, _, data, _ in self.rows:
            (self.path / name).write_bytes(data)
        listed = [{"file": name, "profile": profile, **expected} for name, _, profile, _, expected in self.rows]
        text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in listed)
        (self.path / "expected.json").write_text("[\n" + text + "\n]\n", encoding="utf-8")
        lines = [f"# {self.title}", "",
                 f"Written by `tools/{self.script}` from the format's description; people and numbers are invented.",
                 "`expected.json` says what must come of each and under which profile of `../partners.toml`.",
                 "What is odd in each:", ""]
        lines += [f"- `{name}`: {odd}" for name, odd, _, _, _ in self.rows]
        (self.path / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{len(self.rows)} messages in {self.path}")


def e7(lon, lat):
    """A position as the journal keeps it."""
    return [round(float(lon) * 1e7), round(float(lat) * 1e7)]
