#!/usr/bin/env python3
"""End to end: arrays larger than memory, and the same bits from any cluster.

Run by ctest with TARTAN_BIN naming the folder of the programs. TARTAN_MEMORY_SCALE=16 takes 8 GiB
through a worker of 2 GiB and 16 GiB through another.
"""

import contextlib
import json
import os
import pathlib
import signal
import tempfile
import threading
import time
import unittest

from support import Case, resident_bytes

SCALE = int(os.environ.get("TARTAN_MEMORY_SCALE", "1"))
LIMIT = SCALE << 27


@contextlib.contextmanager
def most_bytes(folder):
    """A list of how many bytes of values lay in the folder, looked at all the time."""
    seen, done = [0], threading.Event()

    def look():
        while not done.wait(0.02):
            total = 0
            for file in pathlib.Path(folder).glob("tartan-worker-*/*.value"):
                with contextlib.suppress(FileNotFoundError):
                    total += file.stat().st_size
            seen.append(total)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


class Arrays(Case):
    def compute(self, *arguments):
        code, out, errors = self.start("e2e_arrays", *arguments).end(600)
        self.assertEqual(code, 0, errors + out)
        return out.strip()

    def within_the_limit(self, what, rows):
        """Runs it on one worker; returns its answer and the most bytes that were on disk."""
        with tempfile.TemporaryDirectory() as folder:
            scheduler = self.scheduler()
            self.worker(scheduler, "--memory-limit", LIMIT, "--local-directory", folder,
                        "--nthreads", 2)
            worker = json.loads(self.drive("workers", scheduler.address))[0]
            start = time.monotonic()
            with most_bytes(folder) as on_disk:
                out = self.compute(what, scheduler.address, rows, 8192, 32)
            seconds = time.monotonic() - start
            after = json.loads(self.drive("workers", scheduler.address))[0]
            self.assertEqual(after["pid"], worker["pid"], "the worker died on the way")
            peak = resident_bytes(int(worker["pid"]), "VmHWM")
            print(f"{what}: {rows * 8192 * 8 >> 20} MiB, limit {LIMIT >> 20} MiB, peak "
                  f"{peak >> 20} MiB, on disk {max(on_disk) >> 20} MiB, {seconds:.1f} s")
            self.assertLess(peak, LIMIT)
            return out, max(on_disk)

    def test_rows_become_columns_and_back_within_a_quarter_of_their_memory(self):
        out, spilled = self.within_the_limit("rechunk", 8192 * SCALE)
        self.assertEqual(out, "right")
        self.assertGreater(spilled, 0)

    def test_the_deviation_from_a_mean_streams_without_touching_the_disk(self):
        out, spilled = self.within_the_limit("anomaly", 16384 * SCALE)
        self.assertRegex(out, r"deviation (0\.99|1\.00)")
        self.assertEqual(spilled, 0)

    def test_one_two_and_seven_workers_give_the_same_bits_and_so_do_those_that_are_killed(self):
        answers = set()
        for workers in (1, 2, 7):
            scheduler = self.scheduler()
            for number in range(workers):
                self.worker(scheduler, "--name", f"worker{number}")
            answers.add(self.compute("bits", scheduler.address))
        self.assertEqual(len(answers), 1, answers)
        scheduler, _ = self.cluster(3)
        done = threading.Event()

        def kill_one_after_the_other():
            while not done.wait(0.1):
                for worker in json.loads(self.drive("workers", scheduler.address))[:1]:
                    os.kill(int(worker["pid"]), signal.SIGKILL)

        killer = threading.Thread(target=kill_one_after_the_other)
        killer.start()
        try:
            for _ in range(5):
                answers.add(self.compute("bits", scheduler.address))
        finally:
            done.set()
            killer.join()
        self.assertEqual(len(answers), 1, answers)


if __name__ == "__main__":
    unittest.main()
