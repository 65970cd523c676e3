#!/usr/bin/env python3
"""A working day in a few minutes: benches/soak/run.py [SECONDS]

Services that print all the time, flood, crash and are started again, one whose file changes every
few seconds, and one whose env file does. Every second it looks at the tool's memory, descriptors and processes; at the end every line must be
accounted for, on the screen and in the journals, and nothing may have grown. PIXCRAWLER names the binary.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.abspath(os.environ.get("PIXCRAWLER", os.path.join(HERE, "../../target/release/pixcrawler")))

# Numbers its lines over all its lives, and says in a file how many it has printed.
PROGRAM = '''
import os, random, signal, sys, time
ending = []
signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
name, how, state = sys.argv[1:4]
try:
    number = int(open(state).read())
except (OSError, ValueError):
    number = 0
def say(count):
    global number
    text = "".join(f"<{name} {number + n} {'x' * random.randrange(20, 160)}>\\n" for n in range(count)).encode()
    number += count
    # First the promise, then the lines: who is killed in between has promised too much, and ends that run.
    while text:
        text = text[os.write(1, text):]
    with open(state + ".new", "w") as file:
        file.write(str(number))
    os.replace(state + ".new", state)
try:
    lives = int(open(state + ".lives").read())
except (OSError, ValueError):
    lives = 0
with open(state + ".lives", "w") as file:
    file.write(str(lives + 1))
# Five short lives in a row would be a crash loop: every fourth is long enough to count as stable.
until = time.time() + (31 if lives % 4 == 3 else random.uniform(2, 6))
while not ending and (how != "crashes" or time.time() < until):
    say(20000 if how == "floods" else random.randrange(1, 30))
    time.sleep(random.uniform(1, 3) if how == "floods" else random.uniform(0.001, 0.02))
if not ending and random.random() < 0.3:
    raise ValueError("as planned")
'''

SERVICES = {"steady": "talks", "flood": "floods", "crash-a": "crashes", "crash-b": "crashes", "watched": "talks", "configured": "talks"}

# What is appended to a service, beside its command.
MORE = {"watched": 'watch = ["watched.txt"]\n', "configured": 'cwd = "tier"\n'}

# Seconds between two changes of each of the two files.
CHANGES = 7


def settings(folder):
    text = '[logs]\nmax-size = "256 MB"\nmax-files = 50\n\n[tiers.tier]\n'
    for name, how in SERVICES.items():
        command = json.dumps(["python3", "-u", f"{folder}/program.py", name, how, f"{folder}/state-{name}"])
        text += f'\n[services.{name}]\ncommand = {command}\nrestart = "always"\n' + MORE.get(name, "")
    return text


def change(folder, number):
    """Two files change, each in the manner of an editor: a new file takes the place of the old."""
    for name, text in {"watched.txt": f"{number}\n", "tier/.env": f"SOAK={number}\n"}.items():
        with open(f"{folder}/{name}.new", "w") as file:
            file.write(text)
        os.replace(f"{folder}/{name}.new", f"{folder}/{name}")


def tree(root):
    """The tool's own processes: the one that was started, its keeper, its supervisor."""
    pids = [root]
    for _ in range(2):
        try:
            with open(f"/proc/{pids[-1]}/task/{pids[-1]}/children") as file:
                pids.append(int(file.read().split()[0]))
        except (OSError, IndexError):
            break
    return pids


def sample(root):
    memory = descriptors = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                memory += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
            descriptors += len(os.listdir(f"/proc/{pid}/fd"))
        except (OSError, StopIteration):
            pass
    zombies = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                zombies += fields[0] == "Z" and int(fields[1]) in tree(root)
            except OSError:
                pass
    return memory / 1024, descriptors, zombies


class Counter(threading.Thread):
    """Reads the screen: for each service the next number, and what was not as expected."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.next, self.wrong, self.lines = stream, {name: 0 for name in SERVICES}, [], 0
        self.start()

    def run(self):
        shape = re.compile(rb"^\d\d:\d\d:\d\d (\S+) +<(\S+) (\d+) x+>$")
        for line in self.stream:
            found = shape.match(line.rstrip(b"\n"))
            if found:
                name, number = found[1].decode(), int(found[3])
                self.lines += 1
                if found[1] != found[2] or number != self.next[name]:
                    self.wrong.append(line[:60])
                self.next[name] = number + 1


def journals(folder):
    """The lines that the journals account for, by service."""
    counts = {name: 0 for name in SERVICES}
    logs = os.path.join(folder, ".pixcrawler/logs")
    for name in sorted(os.listdir(logs + "/sessions")):
        with open(f"{logs}/sessions/{name}") as file:
            for entry in map(json.loads, file):
                if "part" in entry:
                    counts[entry["service"]] += entry["lines"]
    return counts


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    folder = tempfile.mkdtemp(prefix="px-soak-")
    with open(f"{folder}/program.py", "w") as file:
        file.write(PROGRAM)
    with open(f"{folder}/pixcrawler.toml", "w") as file:
        file.write(settings(folder))
    os.mkdir(f"{folder}/tier")
    change(folder, 0)
    session = subprocess.Popen([BINARY, "dev", "--no-check", "--workspace", folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counter = Counter(session.stdout)
    samples, began = [], time.monotonic()
    while time.monotonic() - began < seconds and session.poll() is None:
        time.sleep(1)
        samples.append(sample(session.pid))
        if len(samples) % CHANGES == 0:
            change(folder, len(samples))
    died = session.poll()
    if died is None:
        session.send_signal(signal.SIGINT)
        session.wait(60)
    counter.join(30)
    promised = {name: int(open(f"{folder}/state-{name}").read()) for name in SERVICES}
    kept = journals(folder)
    # The first fifth warms up; growth is the last fifth against the second.
    fifth = max(len(samples) // 5, 1)
    mean = lambda part, at: sum(sample[at] for sample in part) / max(len(part), 1)
    early, late = samples[fifth : 2 * fifth], samples[-fifth:]
    lives = {name: int(open(f"{folder}/state-{name}.lives").read()) for name in SERVICES}
    print(f"{seconds} s, {counter.lines} lines, exit {session.returncode}, lives: {lives}")
    for at, what in enumerate(["memory MiB", "descriptors", "zombies"]):
        print(f"{what}: {mean(early, at):.1f} early, {mean(late, at):.1f} late, {max(sample[at] for sample in samples):.1f} at most")
    tenth = max(len(samples) // 10, 1)
    course = [mean(samples[at : at + tenth], 0) for at in range(0, tenth * 10, tenth)]
    print(f"memory MiB, a tenth of the time each: {', '.join(f'{part:.1f}' for part in course)}")
    # Who is stopped may be killed between its lines and its promise: what was printed counts.
    missing = {name: promised[name] - counter.next[name] for name in SERVICES if promised[name] > counter.next[name]}
    print(f"out of order or torn: {len(counter.wrong)} {counter.wrong[:3]}; missing on the screen: {missing}")
    unkept = {name: counter.next[name] - kept[name] for name in SERVICES if counter.next[name] > kept[name]}
    print(f"missing in the journals: {unkept}")
    # A change starts one service again, each time.
    unchanged = [name for name in MORE if lives[name] < seconds // CHANGES // 2]
    print(f"not started again when a file changed: {unchanged}")
    bad = died is not None or unchanged or counter.wrong or missing or unkept or mean(late, 0) > 1.2 * mean(early, 0) + 1 or mean(late, 1) > mean(early, 1) + 1
    if bad:
        print(f"NOT AS IT SHOULD BE; kept: {folder}")
        sys.exit(1)
    shutil.rmtree(folder)
    print("all is accounted for, nothing has grown")


if __name__ == "__main__":
    main()
