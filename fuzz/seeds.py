#!/usr/bin/env python3
"""Fills corpus/TARGET from the repository's own cases and fixtures."""
import pathlib
import re

here = pathlib.Path(__file__).parent
root = here.parent
count = 0


def put(target, data):
    global count
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{count}").write_bytes(data)
    count += 1


envs = [file.read_bytes() for file in (root / "tests/fixtures/dialects").rglob("*.env")]
envs += [file.read_bytes() for file in root.rglob("*.example") if "target" not in file.parts]
sql, journals = [], []
for case in (root / "tests/cases").rglob("*.md"):
    for head, body in re.findall(r"```(\S+)[^\n]*\n(.*?)```", case.read_text(), re.S):
        if head == "env":
            envs.append(body.encode())
        elif head == "sql":
            sql.append(body.encode())
for file in root.rglob("*.sql"):
    if not {"target", "node_modules"} & set(file.parts):
        sql.append(file.read_bytes())
for file in root.rglob("_journal.json"):
    if not {"target", "node_modules"} & set(file.parts):
        journals.append(file.read_bytes())
journals.append(b'{"version":"7","dialect":"postgresql","entries":[{"idx":0,"version":"7","when":1,"tag":"0000_a","breakpoints":true}]}')
loaders = re.findall(r'name = "(dialect-[a-z-]+)"', (here / "Cargo.toml").read_text())
for data in envs:
    for target in loaders:
        put(target, data)
    put("silencers", data)
    put("procfile", data)
    for tier in b"\0\1\2":
        put("fix", bytes([tier]) + data)
        put("scaffold", bytes([tier]) + data)
for data in sql:
    put("sql", data)
    put("silencers", data)
for data in journals:
    put("journal", data)
for file in (root / "env-schemas").glob("*.toml"):
    put("schema", file.read_bytes())
readme = (root / "README.md").read_text()
for block in re.findall(r"```toml\n(.*?)```", readme, re.S):
    put("settings", block.encode())
put("procfile", b"web: python3 -m http.server $PORT\nworker: sleep 1\n# a comment\n")
print(count, "seeds")
