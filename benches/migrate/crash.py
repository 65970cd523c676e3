#!/usr/bin/env python3
"""Runners that are killed at any point, several at once: everything must have happened exactly once.

    benches/migrate/crash.py target/release/pixcrawler postgresql://USER:PASSWORD@HOST:PORT

USER may create databases. KILLS (1000) is how many runners die, AT_ONCE (4) how many are at work together.
Where pgbouncer is installed, every other round goes through one in transaction mode as well. Commits
take 20 ms here (a deferred trigger sleeps), so that many a kill falls into one.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

KILLS = int(os.environ.get("KILLS", "1000"))
AT_ONCE = int(os.environ.get("AT_ONCE", "4"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 10**9)))

LOG = """CREATE TABLE log (n int);--> statement-breakpoint
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow();"""
ALONE = """-- no-transaction
INSERT INTO log VALUES (300);
CREATE INDEX CONCURRENTLY log_n ON log (n);
INSERT INTO log VALUES (301);"""


def journal(root: Path, alone: bool) -> list[int]:
    """Eight migrations; gives the numbers that must stand in the log afterwards."""
    scripts, numbers = [LOG], []
    for n in range(1, 8):
        if alone and n == 3:
            scripts.append(ALONE)
            numbers += [300, 301]
        else:
            scripts.append(f"INSERT INTO log VALUES ({n});--> statement-breakpoint\nCREATE TABLE t{n} (id int);")
            numbers.append(n)
    out = root / "frontend/drizzle"
    (out / "meta").mkdir(parents=True)
    entries = []
    for n, text in enumerate(scripts):
        (out / f"{n:04}_m.sql").write_text(text)
        entries.append({"idx": n, "version": "7", "when": 1000 + n, "tag": f"{n:04}_m", "breakpoints": True})
    (out / "meta/_journal.json").write_text(json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}))
    (root / "frontend/package.json").write_text('{"name": "crash"}')
    (root / "frontend/drizzle.config.ts").write_text("export default { dialect: 'postgresql', schema: './s.ts' };\n")
    return sorted(numbers)


def ask(url: str, sql: str) -> str:
    done = subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", url, "-c", sql], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{sql}: {done.stderr}")
    return done.stdout.strip()


class Pooler:
    def __init__(self, server):
        self.dir = tempfile.TemporaryDirectory()
        folder = Path(self.dir.name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        login = f"user={server.username}" + (f" password={server.password}" if server.password else "")
        (folder / "users.txt").write_text(f'"{server.username}" "{server.password or ""}"\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host={server.hostname} port={server.port or 5432} {login}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\nauth_type = plain\n"
            f"auth_file = {folder}/users.txt\npool_mode = transaction\n"
        )
        folder.chmod(0o755)
        as_other = {"user": 65534} if os.geteuid() == 0 else {}
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(["pgbouncer", folder / "ini"], stdout=quiet, stderr=quiet, **as_other)
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            time.sleep(0.01)

    def close(self):
        self.process.kill()
        self.process.wait()


def start(binary, root, url):
    quiet = subprocess.DEVNULL
    return subprocess.Popen([binary, "migrate", "-q"], cwd=root, env={**os.environ, "DATABASE_URL": url}, stdin=quiet, stdout=quiet, stderr=quiet)


def main():
    binary, base = os.path.realpath(sys.argv[1]), sys.argv[2].rstrip("/")
    server = urlsplit(base)
    chance = random.Random(SEED)
    pooled = shutil.which("pgbouncer") is not None
    if not pooled:
        print("left out: rounds through a pooler: there is no pgbouncer", file=sys.stderr)
    killed = rounds = 0
    slowest = 0.0
    began = time.monotonic()
    while killed < KILLS:
        alone = not pooled or rounds % 2 == 0
        rounds += 1
        name = f"crash_{os.getpid()}_{rounds}"
        ask(f"{base}/postgres", f"CREATE DATABASE {name}")
        url = f"{base}/{name}"
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            numbers = journal(root, alone)
            pooler = None if alone else Pooler(server)
            urls = [url]
            if pooler:
                urls.append(f"{server.scheme}://{server.netloc.rsplit('@', 1)[0]}@127.0.0.1:{pooler.port}/{name}?pgbouncer=true")
            done = False
            while not done and killed < KILLS:
                at = time.monotonic()
                runners = [(at + 0.003 + chance.random() * 0.25, start(binary, root, chance.choice(urls))) for _ in range(AT_ONCE)]
                done = True
                for end, runner in sorted(runners, key=lambda it: it[0]):
                    try:
                        runner.wait(max(0.0, end - time.monotonic()))
                    except subprocess.TimeoutExpired:
                        runner.kill()
                        killed += 1
                        done = False
                    runner.wait()
            at = time.monotonic()
            left = subprocess.run([binary, "migrate", "--lock-wait", "20s"], cwd=root, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True)
            slowest = max(slowest, time.monotonic() - at)
            told = f"seed {SEED}, round {rounds}"
            if left.returncode:
                sys.exit(f"{told}: {left.stdout}{left.stderr}")
            found = {
                "log": ask(url, "SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM log"),
                "rows": ask(url, "SELECT string_agg(created_at::text, ',' ORDER BY id) FROM drizzle.__drizzle_migrations"),
                "invalid indexes": ask(url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"),
                "marks": ask(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pixcrawler'"),
            }
            wanted = {
                "log": ",".join(map(str, numbers)),
                "rows": ",".join(str(1000 + n) for n in range(8)),
                "invalid indexes": "0",
                "marks": "0",
            }
            if found != wanted:
                sys.exit(f"{told}: {found}, not {wanted}")
            if pooler:
                pooler.close()
        ask(f"{base}/postgres", f"DROP DATABASE {name} WITH (FORCE)")
    print(f"{killed} runners killed in {rounds} rounds ({time.monotonic() - began:.0f} s, seed {SEED}); everything exactly once; the slowest run that followed took {slowest:.1f} s")


main()
