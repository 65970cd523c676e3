#!/usr/bin/env python3
"""Fills corpus/TARGET from the repository's own cases and fixtures."""
import pathlib
import re
import subprocess
import tempfile

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
for version in "234":
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", folder, "-c", f"index.version={version}"]
        subprocess.run([*git, "init", "-q"], check=True)
        for name in ("a", ".env", "backend/.env", "backend/main.py"):
            file = pathlib.Path(folder, name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(name)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "add", "-N", "."], check=True)
        put("git-index", pathlib.Path(folder, ".git/index").read_bytes())
for target, names in {
    "manifest": ("package.json", "package-lock.json", "bun.lock", "pyproject.toml", "uv.lock"),
    "code": ("*.py", "*.ts"),
}.items():
    for name in names:
        for file in [*(root / "templates").rglob(name), *(root / "tests").rglob(name)]:
            put(target, file.read_bytes())
# The unit tests of the readers hold the modules that they are about, as strings of several lines.
for file in [*(root / "src/code/python").rglob("*.rs"), *(root / "src/code/typescript").rglob("*.rs")]:
    for body in re.findall(r'r?#?"((?:[^"\\]|\\.)*\n(?:[^"\\]|\\.)*)"', file.read_text()):
        put("code", body.replace("\\n\\\n", "\n").replace('\\"', '"').encode())
for report in (
    b'{"status": "degraded", "checks": {"database": {"connected": false}, "redis": "up"}}',
    b'{"detail": {"status": "unhealthy", "components": [{"name": "celery", "ok": false}]}}',
    b"ok",
    b"# TYPE http_requests_total counter\nhttp_requests_total{status=\"5xx\",a=\"\\\"}\"} 3e2 17\n# EOF\n",
):
    put("report", report)
for text in (b"at \x1b[31mabcd\x1b[0mEFGH1234 \x1b]0;title\x07\xff", b"10%\r20%\rabcdEFGH1234\n\x1bP1\x1b\\", b""):
    put("screen", b"abcdEFGH1234" + text)
for text in (b"redis://:pw@a/0,redis://b;postgresql://u:p%40@h/d?password=x see https://x/", b"ALTER ROLE a PASSWORD 'b' -- c"):
    put("masks", text)
for line in (b"A=1 node 'a b' >log 2>&1", b"cd a && exec python3 -m x", b"cat <<E\n$(x \"y\")\nE"):
    put("shell-line", line)
print(count, "seeds")
