#!/usr/bin/env python3
"""End to end: task modules that travel from client programs to workers started without them.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import json
import os
import pathlib
import random
import signal
import socket
import stat
import tempfile
import time
import unittest

from support import BIN, Case, resident_bytes

PADDING = 30 << 20


def own_address():
    """An address of this host that is not loopback; None when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


class Modules(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        super().tearDown()
        self.folder.cleanup()

    def plain_worker(self, scheduler, name, *arguments, place=None):
        """A worker without --module, with a cache of this test's own."""
        place = self.path / (place or name)
        place.mkdir(exist_ok=True)
        daemon = self.start("tartan-worker", scheduler.address, "--name", name, "--nthreads", 2,
                            "--local-directory", place, *arguments)
        daemon.wait_line(r"ready, data at tcp://")
        return daemon

    def program(self, version, command, *arguments, code=0, seconds=60):
        got, out, errors = self.start(f"e2e_program{version}", command, *arguments).end(seconds)
        self.assertEqual(got, code, errors + out)
        return out

    def modules(self, scheduler):
        """By name: what the scheduler knows of each module."""
        return {module["name"]: module
                for module in json.loads(self.program(1, "modules", scheduler.address))}

    def tasks(self, scheduler):
        code, out, _ = self.start("tartan", "info", "--json", scheduler.address).end()
        self.assertEqual(code, 0)
        return out

    def cached(self, place):
        return sorted((self.path / place).glob("tartan-modules-*/*.so"))

    def padded(self):
        """The first version, made large by bytes behind its end, which the loader passes over."""
        path = self.path / "padded.so"
        padding = random.Random(1).randbytes(PADDING)
        path.write_bytes((BIN / "e2e_version1.so").read_bytes() + padding)
        return path

    def test_a_module_travels_once_to_the_scheduler_and_once_to_each_worker(self):
        scheduler = self.scheduler()
        for name in ("alpha", "beta"):
            self.plain_worker(scheduler, name)
        for _ in range(2):  # two clients with the same module
            out = self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 40, 20)
            self.assertIn("told v1 v1 v1 v1", out)
        known = self.modules(scheduler)["e2e_version1.so"]
        self.assertEqual((known["uploads"], known["downloads"]), (1, 2))
        self.assertEqual(known["held"], (BIN / "e2e_version1.so").stat().st_size)

    def test_a_library_a_program_is_linked_with_travels_without_being_named(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        out = self.program("_linked", "run", scheduler.address, "-", 4, 0)
        self.assertIn("told v1 v1 v1 v1", out)
        out = self.program("_linked", "nested", scheduler.address, "-")
        self.assertIn("told v1 v1 v1 v1 7", out)
        known = self.modules(scheduler)["e2e_linked.so"]
        self.assertEqual((known["uploads"], known["downloads"]), (1, 1))

    def test_a_client_that_leaves_too_early_leaves_a_failed_task_and_no_more(self):
        scheduler = self.scheduler()
        client = self.start("e2e_program_linked", "detach", scheduler.address, "-",
                            self.path / "written")
        client.say("go")
        self.assertEqual(client.end()[0], 0)
        worker = self.plain_worker(scheduler, "alpha")
        failed = '"failed":1'
        for _ in range(600):
            if failed in self.tasks(scheduler):
                break
            time.sleep(0.1)
        self.assertIn(failed, self.tasks(scheduler))
        self.assertFalse((self.path / "written").exists())
        # The worker is none the worse for it.
        out = self.program("_linked", "run", scheduler.address, "-", 4, 0)
        self.assertIn("told v1", out)
        self.assertIsNone(worker.process.poll())

    def test_a_program_that_brings_a_module_runs_on_a_cluster_of_its_own_too(self):
        for program in (1, "_linked"):
            module = BIN / "e2e_version1.so" if program == 1 else "-"
            for kind in ("threads", "processes"):
                out = self.program(program, "own", module, kind)
                for number in (5, 6):
                    self.assertIn(f"told v1 v1 v1 v1 {number}", out)

    def test_workers_of_one_host_share_the_cache_and_keep_it(self):
        scheduler = self.scheduler()
        first = self.plain_worker(scheduler, "alpha", place="shared")
        self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 4, 0)
        self.assertEqual(len(self.cached("shared")), 1)
        self.assertEqual(stat.S_IMODE(self.cached("shared")[0].parent.stat().st_mode), 0o700)
        first.process.terminate()
        first.end()
        self.plain_worker(scheduler, "beta", place="shared")
        self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 4, 0)
        self.assertEqual(self.modules(scheduler)["e2e_version1.so"]["downloads"], 1)

    def test_a_damaged_file_in_the_cache_is_fetched_again(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha", place="shared")
        self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 4, 0)
        file = self.cached("shared")[0]
        whole = file.read_bytes()
        file.unlink()  # the first worker has it mapped
        file.write_bytes(whole[:5000] + b"x" + whole[5001:])
        self.daemons[1].process.terminate()
        self.daemons[1].end()
        worker = self.plain_worker(scheduler, "beta", place="shared")
        out = self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 4, 0)
        self.assertIn("told v1", out)
        self.assertEqual(file.read_bytes(), whole)
        self.assertTrue(any("damaged" in line for line in worker.errors), worker.errors)

    def test_two_versions_of_a_function_run_side_by_side_on_one_worker(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        jobs = [self.start(f"e2e_program{version}", "run", scheduler.address,
                           BIN / f"e2e_version{version}.so", 30, 20) for version in (1, 2)]
        for version, job in zip((1, 2), jobs):
            code, out, errors = job.end()
            self.assertEqual(code, 0, errors + out)
            self.assertEqual([line for line in out.splitlines() if line.startswith("told")],
                             ["told " + " ".join([f"v{version}"] * 4)])

    def test_tasks_of_a_module_submit_others_of_the_same_version(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        for version in (1, 2, 1):
            out = self.program(version, "nested", scheduler.address,
                               BIN / f"e2e_version{version}.so")
            self.assertIn("told " + " ".join([f"v{version}"] * 4) + " 7", out)

    def test_a_program_that_brings_no_module_is_told_how(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        self.program(2, "run", scheduler.address, BIN / "e2e_version2.so", 2, 0)
        # Nor is it given another version that happens to be there.
        out = self.program(1, "run", scheduler.address, "-", 1, 0, code=1)
        for word in ("unknown_function", "versions::told", "upload_module", "--tartan-worker"):
            self.assertIn(word, out)

    def test_another_signature_is_refused_with_both_and_then_at_submit(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        for turn in range(2):
            out = self.program(1, "number", scheduler.address, BIN / "e2e_version3.so", code=1)
            self.assertIn("float64(int64)", out)
            self.assertIn("int64(int64)", out.replace("float64(int64)", ""))
            where = "on the workers" if turn else "here (hash"
            self.assertIn(where, out)

    def test_a_module_for_another_abi_is_refused_with_both_tags(self):
        scheduler = self.scheduler()
        self.plain_worker(scheduler, "alpha")
        other = self.path / "other.so"
        bytes_ = (BIN / "e2e_version1.so").read_bytes()
        self.assertIn(b"tartan-module-tag: tartan 0.", bytes_)
        other.write_bytes(bytes_.replace(b"tag: tartan 0.", b"tag: tartan 9."))
        out = self.program(1, "run", scheduler.address, other, 1, 0, code=1)
        self.assertIn("version_mismatch", out)
        self.assertRegex(out, r"built for tartan 9\S+, gcc .* this process is tartan 0")

    def test_what_is_no_module_is_refused(self):
        scheduler = self.scheduler()
        for path, words in ((BIN / "nothing.so", "No such file"), (__file__, "no task module")):
            self.assertIn(words, self.program(1, "run", scheduler.address, path, 1, 0, code=1))

    def test_a_task_outlives_the_client_that_brought_its_module(self):
        scheduler = self.scheduler()
        written = self.path / "written"
        client = self.start("e2e_program1", "detach", scheduler.address, BIN / "e2e_version1.so",
                            written)
        client.say("go")
        self.assertEqual(client.end()[0], 0)
        self.plain_worker(scheduler, "alpha")
        for _ in range(600):
            if written.exists():
                break
            time.sleep(0.1)
        self.assertEqual(written.read_text(), "v1\n")

    def test_a_worker_killed_while_a_module_is_on_its_way_changes_nothing(self):
        scheduler = self.scheduler()
        workers = [self.plain_worker(scheduler, name, "--no-nanny") for name in ("alpha", "beta")]
        job = self.start("e2e_program1", "run", scheduler.address, self.padded(), 60, 20)
        job.wait_line("started")
        workers[0].process.send_signal(signal.SIGKILL)
        code, out, errors = job.end(60)
        self.assertEqual(code, 0, errors + out)
        self.assertIn("told v1 v1 v1 v1", out)

    def test_a_large_module_stays_within_bounds(self):
        scheduler = self.scheduler()
        worker = self.plain_worker(scheduler, "alpha", "--no-nanny")
        daemons = (scheduler, worker)
        before = [resident_bytes(daemon.process.pid) for daemon in daemons]
        self.program(1, "run", scheduler.address, self.padded(), 8, 0)
        self.assertEqual(self.cached("alpha")[0].stat().st_size,
                         (BIN / "e2e_version1.so").stat().st_size + PADDING)
        for daemon, earlier in zip(daemons, before):
            grown = resident_bytes(daemon.process.pid, "VmHWM") - earlier
            self.assertLess(grown, 2 * PADDING + (32 << 20))
        # Once it is loaded the worker has it on disk alone.
        self.assertLess(resident_bytes(worker.process.pid) - before[1], PADDING)

    def test_a_module_above_the_limit_is_refused(self):
        os.environ["TARTAN_SCHEDULER__MODULE_LIMIT"] = "1MiB"
        self.addCleanup(os.environ.pop, "TARTAN_SCHEDULER__MODULE_LIMIT")
        scheduler = self.scheduler()
        out = self.program(1, "run", scheduler.address, self.padded(), 1, 0, code=1)
        self.assertIn("1.0 MiB", out)
        self.assertIn("scheduler.module-limit", out)

    def test_beyond_loopback_a_worker_loads_modules_only_when_told_to(self):
        host = own_address()
        if host is None:
            self.skipTest("this host has no address but loopback")
        scheduler = self.scheduler("--host", host, "--allow-insecure")
        strict = self.plain_worker(scheduler, "strict")
        out = self.program(1, "run", scheduler.address, BIN / "e2e_version1.so", 1, 0, code=1)
        for word in ("strict", "--allow-modules", "versions::told", "unknown_function"):
            self.assertIn(word, out)
        self.assertEqual(self.cached("strict"), [])
        strict.process.terminate()
        strict.end()
        allowed = self.plain_worker(scheduler, "open", "--allow-modules")
        self.assertIn("told v1", self.program(1, "run", scheduler.address,
                                              BIN / "e2e_version1.so", 4, 0))
        allowed.process.terminate()
        allowed.end()
        os.environ["TARTAN_WORKER__ALLOW_MODULES"] = "true"
        self.addCleanup(os.environ.pop, "TARTAN_WORKER__ALLOW_MODULES")
        self.plain_worker(scheduler, "by-environment")
        self.assertIn("told v2", self.program(2, "run", scheduler.address,
                                              BIN / "e2e_version2.so", 4, 0))


if __name__ == "__main__":
    unittest.main()
