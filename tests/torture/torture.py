#!/usr/bin/env python3
"""Torture: real daemons are killed, stopped and continued while trees of tasks are computed, and
every result is held against a serial run.

    tests/torture/torture.py                          the short form ctest runs
    tests/torture/torture.py --minutes 60 --seed 7    for as long as wanted

TARTAN_BIN names the folder of the programs (default build/release/bin). The exit code is 1 when a
result is wrong, missing, or a daemon ends that should not. Faults, drawn from the seed:

    kill    SIGKILL of a worker process; its parent process starts another
    stop    SIGSTOP of a worker process for up to --stop-seconds, then SIGCONT
    nanny   SIGKILL of the parent process, which takes its worker along; a new one is started later
    cut     a worker's host is cut off from the network for up to --stop-seconds (needs --hosts)
    deafen  what scheduler and clients send to a worker's host is lost for as long, what it sends
            arrives (needs --hosts)

With --hosts each worker runs in a network namespace of its own, if this machine allows that.
"""

import argparse
import os
import pathlib
import random
import signal
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TARTAN_BIN", str(ROOT / "build/release/bin"))
sys.path.insert(0, str(ROOT / "tests/e2e"))
import hosts  # noqa: E402
from support import BIN, Daemon  # noqa: E402

SKIPPED = 77  # as ctest is told


class Cluster:
    def __init__(self, workers, network=None):
        self.network = network
        where = ("--host", network.ADDRESS, "--allow-insecure") if network else ()
        self.scheduler = Daemon("tartan-scheduler", "--port", 0, *where)
        self.address = self.scheduler.wait_line(r"ready at (tcp://\S+)").group(1)
        self.workers = [self.start_worker(i) for i in range(workers)]
        for worker in self.workers:
            worker.wait_line("ready")

    def start_worker(self, number):
        arguments = [self.address, "--nthreads", 1, "--name", f"worker-{number}", "--module",
                     BIN / "e2e_tasks.so"]
        if self.network is None:
            return Daemon("tartan-worker", *arguments)
        return Daemon("tartan-worker", *arguments, "--host", self.network.address(number),
                      "--allow-insecure", before=self.network.command(number))

    def process_of(self, worker):
        """The worker process itself, a child of the nanny; None between two of them."""
        nanny = worker.process.pid
        try:
            children = pathlib.Path(f"/proc/{nanny}/task/{nanny}/children").read_text().split()
        except FileNotFoundError:
            return None
        return int(children[0]) if children else None

    def stop(self):
        for daemon in (*self.workers, self.scheduler):
            daemon.stop()
        if self.network:
            self.network.remove()


class Torturer(threading.Thread):
    """Applies a fault every few seconds for a time; leaves everything running."""

    def __init__(self, cluster, faults, every, stop_seconds, seed, seconds):
        super().__init__(daemon=True)
        self.end = time.monotonic() + seconds
        self.cluster, self.faults, self.every = cluster, faults, every
        self.stop_seconds, self.random = stop_seconds, random.Random(seed)
        self.counts = dict.fromkeys(faults, 0)
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(self.every) and time.monotonic() < self.end:
            self.apply(self.random.choice(self.faults),
                       self.random.randrange(len(self.cluster.workers)))

    def wait(self):
        self.over.wait(self.random.uniform(0.5, 1) * self.stop_seconds)

    def apply(self, fault, number):
        worker = self.cluster.workers[number]
        pid = self.cluster.process_of(worker)
        if pid is None:
            return
        try:
            if fault == "kill":
                os.kill(pid, signal.SIGKILL)
            elif fault == "stop":
                os.kill(pid, signal.SIGSTOP)
                self.wait()
                os.kill(pid, signal.SIGCONT)
            elif fault == "cut":
                self.cluster.network.cut(number)
                self.wait()
                self.cluster.network.mend(number)
            elif fault == "deafen":
                self.cluster.network.deafen(number)
                self.wait()
                self.cluster.network.undeafen(number)
            else:
                worker.process.kill()
                worker.process.wait()
                self.over.wait(1)
                self.cluster.workers[number] = self.cluster.start_worker(number)
        except ProcessLookupError:
            return
        self.counts[fault] += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.4, help="of faults; then the last tree "
                        "is let come to its end")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--leaves", type=int, default=2001, help="of a tree; twice as many tasks")
    parser.add_argument("--milliseconds", type=int, default=5, help="of a task")
    parser.add_argument("--every", type=float, default=2, help="seconds between faults")
    parser.add_argument("--stop-seconds", type=float, default=6)
    parser.add_argument("--faults", default=None, help="default: kill,stop,nanny, and cut,deafen "
                        "with --hosts")
    parser.add_argument("--hosts", action="store_true", help="a network namespace for each worker")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    network = None
    if arguments.hosts and not hosts.possible():
        print("no network namespaces can be made here (root and iproute2 are needed); skipped")
        return SKIPPED
    if arguments.hosts:
        network = hosts.Network(arguments.workers)
    faults = arguments.faults or "kill,stop,nanny" + (",cut,deafen" if network else "")
    cluster = Cluster(arguments.workers, network)
    torturer = Torturer(cluster, faults.split(","), arguments.every,
                        arguments.stop_seconds, arguments.seed, 60 * arguments.minutes)
    torturer.start()
    trees, problems = 0, []
    try:
        while not problems and (trees == 0 or torturer.is_alive()):
            job = Daemon("e2e_driver", "tree", cluster.address, arguments.leaves,
                         arguments.milliseconds)
            code, out, errors = job.end(300 + 60 * arguments.minutes)
            if code != 0 or "tree equal" not in out:
                problems.append(f"tree {trees}: exit code {code}\n{out}\n{errors}")
            if cluster.scheduler.process.poll() is not None:
                problems.append("the scheduler ended: " + "\n".join(cluster.scheduler.errors))
            trees += 1
    finally:
        torturer.over.set()
        torturer.join()
        cluster.stop()
    tasks = trees * (2 * arguments.leaves - 1)
    counted = ", ".join(f"{count} x {fault}" for fault, count in torturer.counts.items())
    print(f"seed {arguments.seed}: {trees} trees, {tasks} tasks; {counted}; "
          f"{len(problems)} problems")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
