#!/usr/bin/env python3
"""End to end: tartan-scheduler and tartan-worker as processes, killed and stopped for real.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import tempfile
import time
import unittest

from support import BIN, Case

SQUARES_OF_1000 = "sum 333833500"


class Start(Case):
    def test_daemons_say_when_they_are_ready_and_end_cleanly_on_sigterm(self):
        scheduler, workers = self.cluster(1)
        for daemon in (*workers, scheduler):
            daemon.process.terminate()
            self.assertEqual(daemon.end()[0], 0)

    def test_a_scheduler_ends_cleanly_on_sigint(self):
        scheduler = self.scheduler()
        scheduler.process.send_signal(signal.SIGINT)
        self.assertEqual(scheduler.end()[0], 0)

    def test_a_busy_port_is_one_sentence_and_a_failure(self):
        port = self.scheduler().address.rsplit(":", 1)[1]
        code, _, errors = self.start("tartan-scheduler", "--port", port).end()
        self.assertNotEqual(code, 0)
        self.assertIn(port, errors)
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)

    def test_an_address_others_can_reach_is_refused(self):
        code, _, errors = self.start("tartan-scheduler", "--host", "0.0.0.0", "--port", 0).end()
        self.assertNotEqual(code, 0)
        self.assertIn("0.0.0.0", errors)

    def test_the_scheduler_file_leads_workers_to_the_scheduler(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "scheduler.json"
            scheduler = self.scheduler("--scheduler-file", path)
            self.assertEqual(json.loads(path.read_text())["address"], scheduler.address)
            worker = self.start("tartan-worker", "--scheduler-file", path, "--nthreads", 1,
                                "--module", BIN / "e2e_tasks.so")
            worker.wait_line("ready")
            self.assertIn(SQUARES_OF_1000, self.drive("squares", scheduler.address, 1000))
            scheduler.process.terminate()
            scheduler.end()
            self.assertFalse(path.exists())

    def test_a_scheduler_nobody_uses_ends_after_its_idle_timeout(self):
        scheduler = self.scheduler("--idle-timeout", "1s")
        self.assertEqual(scheduler.end(30)[0], 0)

    def test_configuration_is_layered_and_unknown_settings_are_errors(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "tartan.yaml"
            path.write_text("scheduler:\n  prot: 1\n")
            code, _, errors = self.start("tartan-scheduler", "--config", path).end()
            self.assertNotEqual(code, 0)
            self.assertIn("scheduler.prot", errors)

    def test_a_worker_without_scheduler_gives_up_after_its_death_timeout(self):
        code, _, errors = self.start("tartan-worker", "tcp://127.0.0.1:1", "--death-timeout", "1s",
                                     "--no-nanny").end()
        self.assertNotEqual(code, 0)
        self.assertIn("tcp://127.0.0.1:1", errors)

    def test_a_client_without_scheduler_gets_a_connection_error(self):
        code, _, errors = self.start("e2e_driver", "squares", "tcp://127.0.0.1:1", 1).end()
        self.assertEqual(code, 1)
        self.assertIn("tcp://127.0.0.1:1", errors)


class Failures(Case):
    def kill_during(self, signal_number, *worker_arguments):
        scheduler, workers = self.cluster(2, *worker_arguments)
        job = self.start("e2e_driver", "slow-sum", scheduler.address, 300, 20)
        job.wait_line("started")
        time.sleep(1)
        workers[0].process.send_signal(signal_number)
        code, out, errors = job.end(120)
        self.assertEqual(code, 0, errors)
        self.assertIn("sum 45150", out)

    def test_a_job_survives_the_sigkill_of_one_of_two_workers(self):
        self.kill_during(signal.SIGKILL, "--no-nanny")

    def test_a_job_survives_a_worker_stopped_for_good(self):
        self.kill_during(signal.SIGSTOP, "--no-nanny")

    def test_a_job_survives_a_worker_asked_to_end(self):
        self.kill_during(signal.SIGTERM, "--no-nanny")

    def test_the_parent_process_restarts_a_worker_that_died(self):
        scheduler = self.scheduler()
        nanny = self.worker(scheduler, "--name", "alpha")
        pid = nanny.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        self.assertIn(SQUARES_OF_1000, self.drive("squares", scheduler.address, 1000))

    def test_a_task_that_always_kills_its_worker_fails_and_only_it(self):
        scheduler = self.scheduler()
        self.worker(scheduler, "--name", "alpha")
        self.worker(scheduler, "--name", "beta")
        out = self.drive("poison", scheduler.address)
        self.assertIn("right 200", out)
        self.assertIn("code worker_lost", out)

    def test_an_exception_reaches_the_client_with_type_message_task_and_worker(self):
        scheduler, _ = self.cluster(1)
        out = self.drive("task-error", scheduler.address)
        self.assertIn("type std::domain_error", out)
        self.assertIn("message one over zero", out)
        self.assertRegex(out, r"task \S*reciprocal")
        self.assertIn("alpha", out)
        self.assertIn("after 0.25", out)

    def test_a_client_learns_that_the_scheduler_is_gone(self):
        scheduler, workers = self.cluster(1, "--death-timeout", "4s", "--no-nanny")
        client = self.start("e2e_driver", "outlive", scheduler.address)
        client.wait_line("started")
        scheduler.process.kill()
        code, out, _ = client.end(60)
        self.assertEqual(code, 0)
        self.assertIn("ConnectionError", out)
        self.assertIn(scheduler.address, out)
        self.assertNotEqual(workers[0].end(60)[0], 0)

    def test_another_protocol_version_is_refused_in_a_sentence(self):
        out = self.drive("wrong-version", self.scheduler().address)
        self.assertIn("refused:", out)
        self.assertIn("999", out)

    def test_a_killed_worker_does_not_change_the_bits_of_a_k_means_fit(self):
        scheduler, workers = self.cluster(2, "--no-nanny")
        expected = re.search("bits .*", self.drive("kmeans", scheduler.address)).group(0)
        job = self.start("e2e_driver", "kmeans", scheduler.address)
        job.wait_line("started")
        time.sleep(0.3)
        workers[1].process.kill()
        code, out, errors = job.end(300)
        self.assertEqual(code, 0, errors)
        self.assertIn(expected, out)


class Data(Case):
    def test_values_of_100_megabytes_travel_between_workers_and_clients(self):
        scheduler, _ = self.cluster(2)
        out = self.drive("large-value", scheduler.address, 100)
        self.assertEqual(out.count("equal"), 3, out)


class Modes(Case):
    def test_the_same_program_gives_the_same_bits_everywhere(self):
        scheduler, _ = self.cluster(2)
        results = {mode: self.drive("program", mode) for mode in
                   ("inline", "embedded", "threads", "processes", scheduler.address)}
        self.assertEqual(len(set(results.values())), 1, results)
        self.assertIn("40425", results["inline"])


class Hostile(Case):
    def send_garbage(self, address, rng):
        host, port = address.removeprefix("tcp://").rsplit(":", 1)
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
        ready = b"\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"
        pieces = [
            rng.randbytes(rng.randrange(1, 5000)),
            greeting[: rng.randrange(1, 64)],
            greeting + ready + b"\x02" + struct.pack(">Q", 1 << 62) + b"x" * 100,
            greeting + ready + b"\x02" + struct.pack(">Q", 1 << 40),
            greeting + ready + b"\x00\x20half a frame",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]
        for piece in pieces:
            with socket.create_connection((host, int(port)), 5) as connection:
                connection.settimeout(0.2)
                try:
                    connection.sendall(piece)
                    connection.recv(100)
                except OSError:
                    pass

    def test_garbage_on_every_port_disturbs_nothing(self):
        rng = random.Random(1)
        scheduler, workers = self.cluster(2, "--no-nanny")
        job = self.start("e2e_driver", "slow-sum", scheduler.address, 200, 20)
        job.wait_line("started")
        daemons = [scheduler, *workers]
        before = [daemon.resident_bytes() for daemon in daemons]
        for address in (scheduler.address, *(worker.data_address for worker in workers)):
            for _ in range(5):
                self.send_garbage(address, rng)
            plane = "control" if address == scheduler.address else "data"
            self.drive("garbage", address, plane, 3000)
        code, out, errors = job.end(120)
        self.assertEqual(code, 0, errors)
        self.assertIn("sum 20100", out)
        self.assertIn(SQUARES_OF_1000, self.drive("squares", scheduler.address, 1000))
        for daemon, earlier in zip(daemons, before):
            self.assertIsNone(daemon.process.poll())
            self.assertLess(daemon.resident_bytes() - earlier, 200 << 20)
        self.assertTrue(any("drop" in line for line in scheduler.errors),
                        "the scheduler logged nothing about what it dropped")


unittest.main()
