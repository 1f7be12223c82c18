#!/usr/bin/env python3
"""End to end: values that do not fit into a worker's memory.

Run by ctest with TARTAN_BIN naming the folder of the programs. TARTAN_MEMORY_SCALE=4 asks for
blocks of 64 MiB instead of 16, 4 GiB in all, against a limit of 1 GiB.
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import Case, resident_bytes

SCALE = int(os.environ.get("TARTAN_MEMORY_SCALE", "1"))


class Memory(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def start_worker(self, limit, *arguments):
        scheduler = self.scheduler()
        worker = self.worker(scheduler, "--memory-limit", limit, "--local-directory",
                             self.folder.name, "--nthreads", 2, *arguments)
        return scheduler, worker

    def files(self):
        return sorted(pathlib.Path(self.folder.name).glob("tartan-worker-*/*.value"))

    def finish(self, job, number):
        """Lets the driver use what it has made; its blocks come out right, or this fails."""
        job.say("go")
        code, out, errors = job.end(300)
        self.assertEqual(code, 0, errors + out)
        self.assertIn(f"right {number} of {number}, gathered {number // 4}", out)
        return json.loads(re.search("workers (.*)", out).group(1))

    def make(self, scheduler, number, mebibytes):
        job = self.start("e2e_driver", "blocks", scheduler.address, number, mebibytes)
        job.wait_line("made", 300)
        return job

    def test_values_of_four_times_the_limit_are_held_within_it(self):
        limit = SCALE << 28
        scheduler, nanny = self.start_worker(limit)
        worker = int(json.loads(self.drive("workers", scheduler.address))[0]["pid"])
        job = self.make(scheduler, 64, 16 * SCALE)
        made = resident_bytes(worker, "VmHWM")
        info = self.finish(job, 64)
        peak = resident_bytes(worker, "VmHWM")
        print(f"limit {limit >> 20} MiB, values {1024 * SCALE} MiB, peak {made >> 20} MiB after "
              f"making them, {peak >> 20} MiB after using them, "
              f"{info[0]['spilled_bytes'] >> 20} MiB spilled")
        self.assertGreater(info[0]["spilled_bytes"], 0)
        self.assertLessEqual(peak, 1.1 * limit)
        nanny.process.terminate()
        nanny.end()
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_graph_that_streams_four_times_the_limit_spills_nothing(self):
        scheduler, _ = self.start_worker("256MiB")
        out = self.drive("stream", scheduler.address, 16, 64)
        self.assertIn("right 16 of 16", out)
        info = json.loads(re.search("workers (.*)", out).group(1))
        self.assertEqual(info[0]["spilled_bytes"], 0)
        self.assertEqual(self.files(), [])

    def test_workers_fetch_from_each_other_what_is_on_disk(self):
        scheduler, _ = self.start_worker("128MiB", "--name", "alpha")
        self.worker(scheduler, "--memory-limit", "128MiB", "--local-directory", self.folder.name,
                    "--name", "beta")
        workers = self.finish(self.make(scheduler, 64, 8), 64)
        self.assertTrue(all(worker["spilled_bytes"] > 0 for worker in workers), workers)

    def test_damaged_files_are_computed_again(self):
        scheduler, worker = self.start_worker("128MiB", "--no-nanny")
        job = self.make(scheduler, 32, 8)
        files = self.files()
        self.assertGreater(len(files), 5)
        for path in files[:3]:
            with open(path, "r+b") as file:
                file.seek(1_000_003)
                byte = file.read(1)
                file.seek(1_000_003)
                file.write(bytes([byte[0] ^ 1]))
        files[3].unlink()
        self.finish(job, 32)
        warnings = [line for line in worker.errors if "computed again" in line]
        for path in files[:4]:
            self.assertTrue(any(str(path) in line for line in warnings), worker.errors)

    def test_a_spill_limit_loses_nothing_and_says_the_numbers(self):
        scheduler, worker = self.start_worker("128MiB", "--no-nanny", "--spill-limit", "40MiB")
        self.finish(self.make(scheduler, 20, 8), 20)
        self.assertLessEqual(len(self.files()), 5)
        told = [line for line in worker.errors if "cannot spill" in line]
        self.assertEqual(len(told), 1, worker.errors)
        self.assertIn("40.0 MiB", told[0])

    def test_a_full_disk_loses_nothing(self):
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs",
                                self.folder.name], capture_output=True)
        if mount.returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            scheduler, worker = self.start_worker("128MiB", "--no-nanny")
            self.finish(self.make(scheduler, 20, 8), 20)
            told = [line for line in worker.errors if "cannot spill" in line]
            self.assertIn("No space left", "".join(told))
            worker.process.terminate()
            worker.end()
        finally:
            subprocess.run(["umount", "-l", self.folder.name], check=True)

    def test_a_worker_above_its_last_threshold_is_killed_and_restarted(self):
        scheduler, nanny = self.start_worker("128MiB", "--memory-pause", 0, "--memory-target", 0,
                                             "--memory-spill", 0)
        self.start("e2e_driver", "blocks", scheduler.address, 20, 8)
        nanny.wait_line("ready")
        with nanny.news:
            killed = nanny.news.wait_for(
                lambda: next((l for l in nanny.errors if "is killed" in l), None), 60)
        self.assertTrue(killed, nanny.errors)
        self.assertIn("121.6 MiB", killed)
        self.assertIn("128.0 MiB", killed)

    def test_thresholds_out_of_order_are_an_error_that_names_them(self):
        code, _, errors = self.start("tartan-worker", "tcp://127.0.0.1:1", "--memory-pause", 0.5
                                     ).end()
        self.assertNotEqual(code, 0)
        self.assertIn("worker.memory-pause", errors)
        self.assertIn("worker.memory-spill", errors)


unittest.main()
