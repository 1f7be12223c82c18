"""What the end-to-end tests share: daemons as processes, and clusters of them."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import unittest

BIN = pathlib.Path(os.environ["TARTAN_BIN"])


def resident_bytes(pid, which="VmRSS"):
    """What a process has in memory; VmHWM is the most it ever had."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(which + r":\s+(\d+) kB", text).group(1)) * 1024


class Daemon:
    """A process whose output is read line by line by a thread."""

    def __init__(self, program, *arguments, before=()):
        self.process = subprocess.Popen([*before, BIN / program, *map(str, arguments)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.lines, self.errors = [], []
        self.news = threading.Condition()
        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, into), daemon=True).start()

    def _read(self, stream, into):
        for line in stream:
            with self.news:
                into.append(line.rstrip("\n"))
                self.news.notify_all()

    def wait_line(self, pattern, seconds=60):
        """The first line of stdout that matches."""
        with self.news:
            found = self.news.wait_for(
                lambda: next((m for l in self.lines if (m := re.search(pattern, l))), None),
                seconds)
        if not found:
            raise AssertionError(f"no line {pattern!r} in {self.lines}; stderr: {self.errors}")
        return found

    def end(self, seconds=60):
        """Waits for the end and returns (exit code, stdout, stderr)."""
        code = self.process.wait(seconds)
        time.sleep(0.05)
        return code, "\n".join(self.lines), "\n".join(self.errors)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def resident_bytes(self):
        return resident_bytes(self.process.pid)

    def stop(self):
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Case(unittest.TestCase):
    def setUp(self):
        self.daemons = []

    def tearDown(self):
        for daemon in reversed(self.daemons):
            daemon.stop()

    def start(self, program, *arguments):
        daemon = Daemon(program, *arguments)
        self.daemons.append(daemon)
        return daemon

    def scheduler(self, *arguments):
        daemon = self.start("tartan-scheduler", "--port", 0, *arguments)
        daemon.address = daemon.wait_line(r"ready at (tcp://\S+)").group(1)
        return daemon

    def worker(self, scheduler, *arguments, ready=True):
        if "--nthreads" not in arguments:
            arguments = ("--nthreads", 1, *arguments)
        daemon = self.start("tartan-worker", scheduler.address, "--module", BIN / "e2e_tasks.so",
                            *arguments)
        if ready:
            daemon.data_address = daemon.wait_line(r"ready, data at (tcp://[^\s,]+)").group(1)
        return daemon

    def cluster(self, workers=2, *arguments):
        scheduler = self.scheduler()
        names = ["alpha", "beta", "gamma"][:workers]
        return scheduler, [self.worker(scheduler, "--name", name, *arguments) for name in names]

    def drive(self, *arguments, seconds=120):
        """Runs the driver to its end and returns what it printed."""
        code, out, errors = self.start("e2e_driver", *arguments).end(seconds)
        self.assertEqual(code, 0, errors + out)
        return out
