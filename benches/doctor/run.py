#!/usr/bin/env python3
"""The whole run of `pixcrawler doctor` beside each of its checks alone.

run.py PIXCRAWLER WORKSPACE [ROUNDS]

Each round runs everything once, in another order, so that a machine that is busy for a while is busy
for all alike. Wall time and processor time (user and system, children included), the least and the
median of all rounds; the ratio is that of the least, which is the one without the others' noise.
Then as many whole runs by themselves, each beside the slowest check of that very run: the same check
takes longer there than alone, since the others want the processor, too.
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time


def run(command, folder):
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    listed = subprocess.run([program, "doctor", "--list"], capture_output=True, text=True, check=True)
    checks = [line.split()[0] for line in listed.stdout.splitlines()]
    commands = {"all": [program, "doctor"]}
    commands |= {check: [program, "doctor", "--only", check] for check in checks}
    taken = {name: [] for name in commands}
    for _ in range(rounds):
        for name in random.sample(list(commands), len(commands)):
            taken[name].append(run(commands[name], folder))
    print(f"{'':16} {'wall: least':>12} {'median':>8} {'processor: least':>18} {'median':>8}   (ms, {rounds} rounds)")
    least = {}
    for name, times in sorted(taken.items(), key=lambda item: -min(item[1])[0]):
        wall, processor = zip(*times)
        least[name] = min(wall)
        print(
            f"{name:16} {min(wall) * 1e3:12.1f} {statistics.median(wall) * 1e3:8.1f}"
            f" {min(processor) * 1e3:18.1f} {statistics.median(processor) * 1e3:8.1f}"
        )
    slowest = max((time, name) for name, time in least.items() if name != "all")
    print(f"all / {slowest[1]} alone = {least['all'] / slowest[0]:.2f}")
    ratios, names = zip(*(within(program, folder) for _ in range(rounds)))
    name = max(set(names), key=names.count)
    print(f"all / its slowest ({name}) = {statistics.median(ratios):.3f}, least {min(ratios):.3f}   (within one run)")


def within(program, folder):
    """One whole run beside the slowest check of this very run, and that check's name."""
    began = time.perf_counter()
    told = subprocess.run(
        [program, "doctor", "--format", "json"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    wall = (time.perf_counter() - began) * 1e3
    slowest = max(json.loads(told.stdout)["checks"], key=lambda check: check["elapsed_ms"])
    # Whole milliseconds, cut off: half of one is what is missing on average.
    return wall / (slowest["elapsed_ms"] + 0.5), slowest["id"]


main()
