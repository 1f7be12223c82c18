#!/usr/bin/env python3
"""End to end: what an operator does to a running cluster.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import json
import os
import pathlib
import re
import signal
import tempfile
import time
import unittest

from support import BIN, Case


class Operations(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.log = pathlib.Path(self.folder.name) / "log"

    def cluster_of(self, *limits):
        scheduler = self.scheduler()
        names = ["alpha", "beta", "gamma"]
        return scheduler, [self.worker(scheduler, "--name", name, "--memory-limit", limit,
                                       "--local-directory", self.folder.name)
                           for name, limit in zip(names, limits)]

    def executions(self):
        return len(self.log.read_text().splitlines())

    def end(self, job):
        code, out, errors = job.end(120)
        self.assertEqual(code, 0, errors + out)
        return out

    def test_a_retired_workers_values_spilled_ones_too_are_elsewhere(self):
        scheduler, (alpha, _) = self.cluster_of("128MiB", "2GiB")
        job = self.start("e2e_driver", "retire", scheduler.address, 32, 8, self.log)
        job.wait_line("made", 120)
        for _ in range(100):  # the next heartbeat tells
            workers = json.loads(self.drive("workers", scheduler.address))
            if workers[0]["spilled_bytes"] > 0:
                break
            time.sleep(0.1)
        self.assertGreater(workers[0]["spilled_bytes"], 0)
        job.say("go")
        out = self.end(job)
        self.assertIn("alpha retired", out)
        self.assertIn("right 32", out)
        self.assertIn("scattered 4", out)
        self.assertRegex(out, "refused beta cannot be retired.*no worker would be left")
        self.assertEqual(self.executions(), 32)
        # The nanny ends with its worker, which it does not start again.
        code, lines, errors = alpha.end()
        self.assertEqual(code, 0, errors)
        self.assertEqual(lines.count("ready"), 1)

    def test_a_worker_whose_values_fit_nowhere_is_not_retired(self):
        scheduler, (alpha, _) = self.cluster_of("2GiB", "64MiB")
        job = self.start("e2e_driver", "retire", scheduler.address, 16, 8, self.log)
        job.wait_line("made")
        job.say("go")
        code, _, errors = job.end(120)
        self.assertEqual(code, 1)
        self.assertRegex(errors, "alpha cannot be retired: .* MiB")
        self.assertIsNone(alpha.process.poll())
        self.assertIn("sum 385", self.drive("squares", scheduler.address, 10))

    def test_a_running_task_ends_before_its_worker_leaves(self):
        scheduler, (alpha, _) = self.cluster_of("1GiB", "1GiB")
        job = self.start("e2e_driver", "slow-sum", scheduler.address, 8, 500)
        job.wait_line("started")
        code, out, errors = self.start("tartan", "retire", scheduler.address, "alpha").end()
        self.assertEqual(code, 0, errors)
        self.assertIn("alpha retired", out)
        self.assertIn("sum 36", self.end(job))
        self.assertEqual(alpha.end()[0], 0)
        code, _, errors = self.start("tartan", "retire", scheduler.address, "eve").end()
        self.assertEqual(code, 1)
        self.assertIn("no worker is called eve; there are beta", errors)

    def test_a_value_with_copies_outlives_a_holder_without_being_made_again(self):
        scheduler, _ = self.cluster_of("1GiB", "1GiB", "1GiB")
        job = self.start("e2e_driver", "replicate", scheduler.address, 8, 4, self.log)
        self.assertGreaterEqual(int(job.wait_line(r"copies (\d+)").group(1)), 16)
        workers = json.loads(self.drive("workers", scheduler.address))
        os.kill(next(w["pid"] for w in workers if w["name"] == "alpha"), signal.SIGKILL)
        job.say("go")
        out = self.end(job)
        self.assertIn("right 8", out)
        self.assertIn("again", out)
        self.assertEqual(self.executions(), 8)

    def test_rebalance_evens_out_what_workers_hold(self):
        scheduler, _ = self.cluster_of("1GiB", "1GiB", "1GiB")
        out = self.drive("rebalance", scheduler.address, 30, 2, self.log)
        workers = json.loads(re.search("workers (.*)", out).group(1))
        mean = 30 * (2 << 20) / 3
        for worker in workers:
            self.assertLess(abs(worker["stored_bytes"] - mean), 0.15 * mean, workers)
        self.assertIn("right 30", out)
        self.assertRegex(out, "group 30 memory 30 bytes 6[23]")
        self.assertEqual(self.executions(), 30)

    def test_restart_replaces_processes_and_cancels_everybodys_futures(self):
        scheduler, _ = self.cluster_of("1GiB", "1GiB")
        self.worker(scheduler, "--name", "gamma", "--no-nanny")
        out = self.drive("restart", scheduler.address)
        pids = {when: dict(pair.split("=") for pair in re.search(f"{when} (.*)", out)
                           .group(1).split()) for when in ("before", "after")}
        self.assertEqual(pids["before"].keys(), pids["after"].keys())
        for name, same in (("alpha", False), ("beta", False), ("gamma", True)):
            self.assertEqual(pids["before"][name] == pids["after"][name], same, out)
        self.assertIn("alpha restarted", out)
        self.assertIn("gamma reset", out)
        for future in ("running", "done"):
            self.assertRegex(out, f"{future}: .*client operator restarted the cluster")
        self.assertIn("square 9", out)

    def test_the_command_line_shows_groups(self):
        scheduler, _ = self.cluster_of("1GiB")
        job = self.start("e2e_driver", "slow-sum", scheduler.address, 4, 1000)
        job.wait_line("started")
        code, out, errors = self.start("tartan", "status", scheduler.address).end()
        self.assertEqual(code, 0, errors)
        self.assertRegex(out, r"slowly +4 ")
        self.end(job)


unittest.main()
