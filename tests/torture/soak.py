#!/usr/bin/env python3
"""Soak: mixed work against one scheduler and two workers until so many tasks are through; prints
their resident memory on the way, and whether it grows once it is warm.

    tests/torture/soak.py --tasks 10000000

Clients come and go; every result is checked. The exit code is 1 when a result is wrong or when the
second half of the run ends with more than 1.1 times the memory (and 16 MiB) it began with.
"""

import argparse
import statistics
import sys

from torture import Cluster
from support import Daemon

ROUNDS = 10


def mebibytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000_000)
    parser.add_argument("--per-round", type=int, default=20_000)
    arguments = parser.parse_args()
    cluster = Cluster(2)
    per_job = ROUNDS * (2 * arguments.per_round + 3)
    samples, problems = [], []
    try:
        while not problems and len(samples) * per_job < arguments.tasks:
            job = Daemon("e2e_driver", "mixed", cluster.address, ROUNDS, arguments.per_round)
            code, out, errors = job.end(600)
            if code != 0 or "right" not in out:
                problems.append(f"exit code {code}\n{out}\n{errors}")
            processes = [cluster.scheduler.process.pid, *map(cluster.process_of, cluster.workers)]
            samples.append([mebibytes(pid) for pid in processes])
            print(f"{len(samples) * per_job:>11} tasks  scheduler {samples[-1][0]:7.1f} MiB  "
                  f"workers {samples[-1][1]:7.1f} {samples[-1][2]:7.1f} MiB", flush=True)
    finally:
        cluster.stop()
    quarter = max(1, len(samples) // 4)
    for i, name in enumerate(("scheduler", "worker 0", "worker 1")):
        early = statistics.median(sample[i] for sample in samples[2 * quarter:3 * quarter] or samples)
        late = statistics.median(sample[i] for sample in samples[-quarter:])
        print(f"{name}: {early:.1f} MiB in the third quarter, {late:.1f} in the last")
        if late > 1.1 * early + 16:
            problems.append(f"the memory of the {name} grows")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
