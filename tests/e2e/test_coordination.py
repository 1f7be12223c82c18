#!/usr/bin/env python3
"""End to end: what programs share by name, while programs and workers are killed.

Run by ctest with TARTAN_BIN naming the folder of the programs.
"""

import pathlib
import re
import signal
import tempfile
import time
import unittest

from support import Case

PROGRAM = "e2e_coordination"


class Coordination(Case):
    def leased_cluster(self, lease, workers=2):
        scheduler = self.scheduler("--client-lease", lease)
        names = ["alpha", "beta"][:workers]
        return scheduler, [self.worker(scheduler, "--name", name, "--no-nanny") for name in names]

    def test_what_a_killed_program_held_is_taken_over_and_what_it_put_is_there(self):
        scheduler, _ = self.leased_cluster("6s")
        holder = self.start(PROGRAM, "hold", scheduler.address)
        holder.wait_line("^holding$")
        # From here on it reads nothing of what it is given.
        holder.process.send_signal(signal.SIGSTOP)
        taker = self.start(PROGRAM, "take", scheduler.address)
        taker.wait_line("^asked$")
        self.assertNotIn("locked", taker.lines)
        holder.process.send_signal(signal.SIGKILL)
        code, out, errors = taker.end(120)
        self.assertEqual(code, 0, errors + out)
        self.assertEqual(out.split("\n"), [
            "free before false", "asked", "locked", "acquired", "item 1", "item 2", "item 3",
            "awaited 42", "variable kept", "queued future right", "future right",
            "dataset right"])

    def test_tasks_on_two_workers_count_under_a_lock_to_the_exact_number(self):
        scheduler, _ = self.leased_cluster("30s")
        with tempfile.TemporaryDirectory() as folder:
            counting = self.start(PROGRAM, "count", scheduler.address,
                                  pathlib.Path(folder) / "number", 20, 50)
            code, out, errors = counting.end(120)
        self.assertEqual(code, 0, errors + out)
        self.assertIn("count 1000", out)

    def test_the_lock_of_a_task_is_free_as_soon_as_its_worker_is_killed(self):
        # The lease is too long to be what frees it.
        scheduler, workers = self.leased_cluster("10m")
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "log"
            job = self.start(PROGRAM, "hold-in-task", scheduler.address, log)
            deadline = time.monotonic() + 60
            while not (log.exists() and log.read_text().endswith("\n")):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            pid = int(log.read_text())
            next(w for w in workers if w.process.pid == pid).process.send_signal(signal.SIGKILL)
            code, out, errors = job.end(120)
        self.assertEqual(code, 0, errors + out)
        self.assertIn("took 1", out)

    def test_a_queue_whose_consumers_are_killed_loses_nothing_but_what_they_had_in_hand(self):
        scheduler, _ = self.leased_cluster("2s", 1)
        count = 400
        producer = self.start(PROGRAM, "produce", scheduler.address, count)
        killed = [self.start(PROGRAM, "consume", scheduler.address) for _ in range(3)]
        for consumer in killed:
            consumer.wait_line("^got ")
            consumer.process.send_signal(signal.SIGKILL)
        survivor = self.start(PROGRAM, "consume", scheduler.address)
        self.assertEqual(producer.end(120)[0], 0)
        # What the dead had been given unread is back before their leases can run out twice.
        time.sleep(5)
        self.start(PROGRAM, "end", scheduler.address).end(60)
        self.assertEqual(survivor.end(120)[0], 0)
        def numbers(consumer):
            return [int(m.group(1)) for line in consumer.lines
                    if (m := re.search(r"^got (\d+)$", line))]

        # The last item of a killed one may have been read, and the word of that not have left.
        got = numbers(survivor) + [n for c in killed for n in numbers(c)[:-1]]
        self.assertEqual(len(got), len(set(got)), "an item was delivered twice")
        last = {numbers(c)[-1] for c in killed}
        missing = set(range(count)) - set(got) - last
        # Or it was read and acknowledged, but the program did not come to print it.
        self.assertLessEqual(len(missing), len(killed), missing)


unittest.main()
