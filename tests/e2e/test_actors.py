#!/usr/bin/env python3
"""End to end: actors on real daemons, and what becomes of them when workers and clients end.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import os
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


class Actors(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "log"

    def tearDown(self):
        super().tearDown()
        self.folder.cleanup()

    def started(self, scheduler, milliseconds=120000):
        """A driver whose actor has a call running, and the process that runs it."""
        job = self.start("e2e_driver", "actor", scheduler.address, self.log,
                         milliseconds)
        job.wait_line("sum 5050")
        return job, int(job.wait_line(r"process (\d+)").group(1))

    def check_lost(self, job, words):
        for call in ("pending", "behind", "later"):
            line = job.wait_line(f"{call} fails: code actor_lost: .*").group(0)
            self.assertRegex(line, "lost with its worker (alpha|beta)")
            self.assertIn(words, line)
            self.assertIn("create it again", line)
        job.wait_line("again gives 1001")

    def test_when_its_worker_is_killed_the_error_names_worker_and_signal(self):
        scheduler, _ = self.cluster(2)
        job, process = self.started(scheduler)
        os.kill(process, signal.SIGKILL)
        self.check_lost(job, "SIGKILL")

    def test_when_its_worker_dies_unseen_the_calls_end_with_its_lease(self):
        scheduler, workers = self.cluster(2, "--no-nanny")
        job, process = self.started(scheduler)
        next(w for w in workers if w.process.pid == process).process.kill()
        self.check_lost(job, "died or does not answer")

    def test_a_worker_that_was_stopped_and_comes_back_has_lost_the_actor_and_destroys_it(self):
        scheduler, _ = self.cluster(2, "--no-nanny")
        job, process = self.started(scheduler, 3000)
        os.kill(process, signal.SIGSTOP)
        self.check_lost(job, "died or does not answer")
        self.assertEqual(lines(self.log), ["made", "made"])
        os.kill(process, signal.SIGCONT)
        wait_for(lambda: lines(self.log).count("gone") == 1)
        job.say("end")
        self.assertEqual(job.end()[0], 0)
        wait_for(lambda: lines(self.log).count("gone") == 2)

    def test_the_actor_of_a_client_that_is_killed_goes_with_its_lease(self):
        scheduler, _ = self.cluster(1)
        job = self.start("e2e_driver", "actor-kept", scheduler.address, self.log)
        job.wait_line("sum 1")
        self.assertEqual(lines(self.log), ["made"])
        job.process.kill()
        wait_for(lambda: lines(self.log) == ["made", "gone"])

    def test_the_actor_of_a_client_that_ends_goes_at_once(self):
        scheduler, _ = self.cluster(1)
        job = self.start("e2e_driver", "actor-kept", scheduler.address, self.log)
        job.wait_line("sum 1")
        job.say("end")
        self.assertEqual(job.end()[0], 0)
        wait_for(lambda: lines(self.log) == ["made", "gone"])


if __name__ == "__main__":
    unittest.main()
