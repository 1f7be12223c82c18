#!/usr/bin/env python3
"""End to end: tasks that submit tasks, wait for them, and are cancelled, on real daemons.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import pathlib
import signal
import tempfile
import time
import unittest

from support import Case


def lines(path):
    path = pathlib.Path(path)
    return path.read_text().split("\n")[:-1] if path.exists() else []


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.02)


class Dynamic(Case):
    def check_recursion(self, mode):
        out = self.drive("recursion", mode, 20, 14)
        self.assertIn("fib 6765", out)
        self.assertIn("fib impure 377", out)
        self.assertIn("quicksort sorted", out)

    def test_recursion_by_tasks_on_one_worker_with_one_thread(self):
        scheduler, _ = self.cluster(1)
        self.check_recursion(scheduler.address)

    def test_recursion_by_tasks_on_three_workers(self):
        scheduler, _ = self.cluster(3)
        self.check_recursion(scheduler.address)

    def test_recursion_by_tasks_in_an_embedded_cluster(self):
        self.check_recursion("embedded")

    def test_a_waiting_task_whose_worker_is_killed_runs_again_elsewhere(self):
        scheduler, workers = self.cluster(2, "--no-nanny")
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            job = self.start("e2e_driver", "nested-slow-sum", scheduler.address, 200, 20, log)
            wait_for(lambda: lines(log))
            time.sleep(0.5)
            pid = int(lines(log)[0].split()[1])
            next(w for w in workers if w.process.pid == pid).process.send_signal(signal.SIGKILL)
            code, out, errors = job.end(120)
            self.assertEqual(code, 0, errors)
            self.assertIn("sum 20100", out)
            self.assertEqual(len(lines(log)), 2)

    def test_cancelling_a_task_ends_its_wait_and_what_it_waits_for(self):
        scheduler, _ = self.cluster(1)
        with tempfile.TemporaryDirectory() as folder:
            out = self.drive("cancel", scheduler.address, pathlib.Path(folder) / "log")
        self.assertIn("CancelledError", out)
        self.assertIn("after 9", out)

    def test_a_worker_whose_task_waits_ends_cleanly_on_sigterm(self):
        scheduler, workers = self.cluster(1, "--no-nanny")
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            self.start("e2e_driver", "nested-slow-sum", scheduler.address, 2, 60000, log)
            wait_for(lambda: lines(log))
            workers[0].process.terminate()
            self.assertEqual(workers[0].end(30)[0], 0)


unittest.main()
