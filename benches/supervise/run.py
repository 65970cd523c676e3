#!/usr/bin/env python3
"""Measures supervisors side by side with the same programs: benches/supervise/run.py [NAME]...

Needs cc. Supervisors are looked up on PATH; those that are not there are left out. PIXCRAWLER names
the binary (default: target/release/pixcrawler). Everything runs in a folder of its own, and whatever
is left of a run is ended by its mark, never by its name.
"""

import argparse
import fcntl
import json
import os
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def procfile(folder, services):
    path = os.path.join(folder, "Procfile")
    with open(path, "w") as file:
        file.writelines(f"{name}: {command}\n" for name, command in services)
    return path


def workspace(folder, services):
    with open(os.path.join(folder, "pixcrawler.toml"), "w") as file:
        for name, command in services:
            file.write(f"[services.{name}]\ncommand = {json.dumps(command.split())}\n")
    return folder


def process_compose(folder, services):
    path = os.path.join(folder, "compose.json")
    with open(path, "w") as file:
        json.dump({"version": "0.5", "processes": {name: {"command": command} for name, command in services}}, file)
    return ["process-compose", "up", "-t=false", "--no-server", "-f", path]


# A command that runs these services, with one merged log on stdout where there is one.
SUPERVISORS = {
    # The first program writes straight into the reader's pipe: the way that nobody can shorten.
    "nothing": lambda work, folder, services: ["sh", "-c", "exec " + (services or [("", "true")])[0][1]],
    "minimal": lambda work, folder, services: [work, "mux", *(f"{name}=exec {command}" for name, command in services)],
    "pixcrawler": lambda work, folder, services: [os.environ["PIXCRAWLER"], "dev", "--keep-going", "--procfile", procfile(folder, services)],
    "pixcrawler, with log files": lambda work, folder, services: [os.environ["PIXCRAWLER"], "dev", "--keep-going", "--workspace", workspace(folder, services)],
    "honcho": lambda work, folder, services: ["honcho", "-f", procfile(folder, services), "start"],
    "foreman": lambda work, folder, services: ["foreman", "start", "-f", procfile(folder, services)],
    "overmind": lambda work, folder, services: ["overmind", "start", "-N", "-f", procfile(folder, services), "-s", folder + "/socket"],
    "hivemind": lambda work, folder, services: ["hivemind", procfile(folder, services)],
    "concurrently": lambda work, folder, services: ["concurrently", "-n", ",".join(name for name, _ in services), *(command for _, command in services)],
    "mprocs": lambda work, folder, services: ["mprocs", *(command for _, command in services)],
    "process-compose": lambda work, folder, services: process_compose(folder, services),
}

# These take a whole terminal and have no merged log to measure.
ON_TERMINAL = {"mprocs"}


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


class Run:
    """One supervisor with its services; what is left of it goes with the block."""

    serial = 0

    def __init__(self, options, name, services, out):
        Run.serial += 1
        self.folder = tempfile.mkdtemp(dir=options.folder)
        self.mark = f"PX_BENCH={os.getpid()}-{Run.serial}".encode()
        services = [(service, command.replace("WORK", options.work).replace("DIR", self.folder)) for service, command in services]
        command = SUPERVISORS[name](options.work, self.folder, services)
        environment = {key: value for key, value in os.environ.items() if key != "PORT"}
        environment["PX_BENCH"] = self.mark.split(b"=")[1].decode()
        self.reader = self.terminal = None
        stdin = stdout = subprocess.DEVNULL
        if out:
            words = [word.replace("DIR", self.folder) for word in out]
            self.reader = subprocess.Popen([options.work, *words], stdin=subprocess.PIPE)
            stdout = self.reader.stdin
        if name in ON_TERMINAL:
            self.terminal, stdin = pty.openpty()
            fcntl.ioctl(stdin, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            stdout, environment["TERM"] = stdin, "xterm-256color"
            threading.Thread(target=self.drain, daemon=True).start()
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, start_new_session=True)
        if self.reader:
            self.reader.stdin.close()

    def drain(self):
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(20):
            own, services = self.look()
            if not own and not services:
                break
            for pid in [*own, *services]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            time.sleep(0.02)
        self.process.wait()
        if self.reader:
            self.reader.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self):
        """Asks it to end, as a person would."""
        if self.terminal:
            os.write(self.terminal, b"q")
        else:
            os.kill(self.process.pid, signal.SIGINT)

    def look(self):
        """The supervisor's own processes and its services, found by their mark."""
        own, services = [], []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or self.mark not in read(f"/proc/{entry}/environ").split(b"\0"):
                continue
            state = read(f"/proc/{entry}/stat").rpartition(b")")[2].split()
            if not state or state[0] in (b"Z", b"X"):
                continue
            words = read(f"/proc/{entry}/cmdline").split(b"\0")
            program = os.path.basename(words[0])
            if program == b"work" and words[1] != b"mux":
                services.append(int(entry))
            elif program not in (b"sh", b"dash", b"bash"):
                own.append(int(entry))
        return own, services

    def cost(self):
        """Seconds of CPU and resident MiB of all of the supervisor's own processes."""
        cpu, memory = 0, 0
        for pid in self.look()[0]:
            fields = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            if len(fields) > 21:
                cpu += int(fields[11]) + int(fields[12])
                memory += int(fields[21])
        return cpu / TICKS, memory * PAGE / 2**20

    def wait_for(self, condition, limit):
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if condition():
                return True
            time.sleep(0.005)
        return False

    def file(self, name):
        return os.path.join(self.folder, name)

    def started(self):
        return [int(line) / 1e9 for line in read(self.file("starts")).split()]


def throughput(options, name):
    services = [(f"s{letter.lower()}", f"WORK flood {letter} {options.lines} DIR/gate") for letter in "ABC"]
    with Run(options, name, services, ["count", "ABC", str(options.lines), "DIR/out"]) as run:
        peak = 0
        while not os.path.exists(run.file("out")) and time.monotonic() - run.began < options.limit:
            peak = max(peak, run.cost()[1])
            time.sleep(0.1)
        if not os.path.exists(run.file("out")):
            return {"lines/s": f"not done in {options.limit} s"}
        cpu, memory = run.cost()
        result = json.loads(read(run.file("out")))
        open(run.file("gate"), "w").close()
        return {
            "lines/s": round(result["lines"] / max(result["last"] - result["first"], 1) * 1e9),
            "CPU s": round(cpu, 2),
            "MiB": round(max(peak, memory), 1),
            "lost": result["lost"],
            "torn": result["torn"],
            "out of order": result["disorder"],
        }


def burst(options, name):
    services = [("only", "WORK burst A 50000 3")]
    with Run(options, name, services, ["count", "A", "50000", "DIR/out"]) as run:
        ended = run.wait_for(lambda: run.process.poll() is not None, 15)
        run.wait_for(lambda: os.path.exists(run.file("out")), 5)
        result = json.loads(read(run.file("out")) or b'{"lost": null, "torn": null}')
        # The last lines may come twice: once as a card that says how it ended.
        lost = None if result["lost"] is None else max(result["lost"], 0)
        return {"lost of a burst": lost, "its code": run.process.returncode if ended else "does not end"}


def latency(options, name):
    services = [("tick", "WORK tick 500 4000 DIR/gate"), ("one", "WORK idle DIR/starts"), ("two", "WORK idle DIR/starts")]
    with Run(options, name, services, ["late", "500", "DIR/out"]) as run:
        run.wait_for(lambda: read(run.file("out")).endswith(b"\n"), 20)
        result = json.loads(read(run.file("out")) or b'{"p50": null, "p99": null}')
        return {"p50 µs": result["p50"], "p99 µs": result["p99"]}


def start(options, name):
    firsts = []
    for _ in range(7):
        with Run(options, name, [(f"s{n}", "WORK idle DIR/starts") for n in range(3)], None) as run:
            if run.wait_for(lambda run=run: len(run.started()) == 3, 10):
                firsts.append((min(run.started()) - run.began) * 1e3)
    return {"first service ms": round(statistics.median(firsts), 1) if firsts else None}


def idle(options, name):
    with Run(options, name, [(f"s{n}", "WORK idle DIR/starts") for n in range(3)], None) as run:
        run.wait_for(lambda: len(run.started()) == 3, 10)
        time.sleep(1.5)
        before = run.cost()[0]
        time.sleep(5)
        cpu, memory = run.cost()
        return {"idle CPU ms in 5 s": round((cpu - before) * 1e3), "idle MiB": round(memory, 1)}


def many(options, name):
    with Run(options, name, [(f"s{n}", "WORK idle DIR/starts") for n in range(200)], None) as run:
        if not run.wait_for(lambda: len(run.started()) == 200, 30):
            return {"200 started s": f"{len(run.started())} of 200"}
        took = max(run.started()) - run.began
        time.sleep(0.5)
        memory = run.cost()[1]
        asked = time.monotonic()
        run.ask()
        ended = run.wait_for(lambda: run.process.poll() is not None, 20)
        return {
            "200 started s": round(took, 2),
            "their MiB": round(memory, 1),
            "stopped s": round(time.monotonic() - asked, 2) if ended else "never",
        }


STUBBORN = [("polite", "WORK idle DIR/starts"), ("deaf", "WORK deaf"), ("daemon", "WORK daemon"), ("both", "WORK daemon")]


def left(run, seconds):
    """Who is alive so much later."""
    run.wait_for(lambda: not run.look()[1], seconds)
    return len(run.look()[1])


def interrupted(options, name):
    with Run(options, name, STUBBORN, None) as run:
        run.wait_for(lambda: len(run.look()[1]) >= 6, 10)
        asked = time.monotonic()
        run.ask()
        ended = run.wait_for(lambda: run.process.poll() is not None, 12)
        return {"Ctrl+C: ends after s": round(time.monotonic() - asked, 1) if ended else "never", "left of 6": left(run, 1)}


def killed(options, name):
    with Run(options, name, STUBBORN, None) as run:
        run.wait_for(lambda: len(run.look()[1]) >= 6, 10)
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait()
        return {"SIGKILL: left of 6": left(run, 3)}


TESTS = [throughput, burst, latency, start, idle, many, interrupted, killed]


def page(results, note):
    columns = []
    for result in results.values():
        columns += [key for key in result if key not in columns]
    lines = [note, "", "| | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for column in columns:
        cells = (str(result.get(column, "")) for result in results.values())
        lines.append(f"| {column} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", help=f"of {', '.join(SUPERVISORS)}; all that are there")
    arguments.add_argument("--tests", default="", help=", ".join(test.__name__ for test in TESTS))
    arguments.add_argument("--lines", type=int, default=500_000, help="of each of three services")
    arguments.add_argument("--limit", type=int, default=60, help="seconds that a flood may take")
    arguments.add_argument("--out", help="writes the table there too")
    options = arguments.parse_args()
    os.environ.setdefault("PIXCRAWLER", os.path.join(HERE, "../../target/release/pixcrawler"))
    os.environ["PIXCRAWLER"] = os.path.abspath(os.environ["PIXCRAWLER"])
    with tempfile.TemporaryDirectory(prefix="px-bench-") as options.folder:
        options.work = os.path.join(options.folder, "work")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", options.work, os.path.join(HERE, "work.c")], check=True)
        results = {}
        for name in options.names or SUPERVISORS:
            program = SUPERVISORS[name](options.work, options.folder, [])[0]
            if not shutil.which(program):
                print(f"{name} is not here", file=sys.stderr)
                continue
            result = results[name] = {}
            for test in TESTS:
                if options.tests and test.__name__ not in options.tests.split(","):
                    continue
                if name in ON_TERMINAL and test in (throughput, burst, latency):
                    continue
                # The minimal one promises nothing about ends.
                if name == "minimal" and test in (many, interrupted, killed, burst):
                    continue
                if name == "nothing" and test is not latency:
                    continue
                result.update(test(options, name))
                print(name, test.__name__, file=sys.stderr)
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    text = page(results, f"{os.cpu_count()} cores, Linux {os.uname().release}, load {load}, {time.strftime('%Y-%m-%d')}")
    print(text)
    if options.out:
        with open(options.out, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
